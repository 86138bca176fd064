/*
 * load_sign: people who sign over the API's Unix socket, for bench_sign. Each is a thread with a connection of its own that takes the next
 * documents of its list, prepares each, seals the approval (key, digests, nonce, PIN) to the signer's key as the command line does, and sends it.
 *
 * load_sign SOCKET KEY PIN BATCH ROLE SHOWN PEOPLE   PEOPLE lines on standard input: token, then ids of documents, separated by blanks.
 * SHOWN 1: each fetches the version and what preparing appends and computes the digest that it approves, as the command line does.
 * Prints one JSON object; ends with 1 when a signature was not made at the level B-B.
 */
#include <errno.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/hex.h"
#include "lib/base/secret.h"
#include "lib/base/uuid.h"
#include "lib/seal/seal.h"
#include "lib/wire/activation.h"

#define ANSWER_MOST (64u << 20)
#define BODY_MOST (4u << 20)

static struct {
	const char *socket, *key, *pin, *role;
	size_t batch;
	bool shown;
} run;

struct person {
	pthread_t thread;
	char *line, *token, *rest; /* rest: of the list of documents */
	int fd;
	unsigned char signer[65]; /* its key, asked for once a sitting, as the page does */
	bool asked;
	struct buf answer; /* head and body of the last one */
	size_t signatures;
	clock_us *acts;    /* duration of each act: prepared and approved */
	size_t act_count;
	clock_us preparing, approving;
};

static void
fail(const char *what, const char *detail)
{
	fprintf(stderr, "load_sign: %s: %.2000s\n", what, detail);
	exit(1);
}

static void
send_all(int fd, const void *data, size_t n)
{
	for (const char *p = data; n > 0;) {
		ssize_t sent = write(fd, p, n);

		if (sent <= 0 && errno != EINTR)
			fail("write", strerror(errno));
		p += sent > 0 ? sent : 0;
		n -= sent > 0 ? (size_t)sent : 0;
	}
}

/* Reads one answer; the span of its body. */
static struct span
receive(struct person *p, const char *code)
{
	size_t body = 0, want = 0;
	static const char length[] = "\r\nContent-Length:";

	p->answer.len = 0;
	while (want == 0 || p->answer.len < body + want) {
		char piece[65536];
		ssize_t n = read(p->fd, piece, sizeof(piece));
		char *end, *at;

		if (n <= 0)
			fail("read", n < 0 ? strerror(errno) : "connection closed");
		buf_put(&p->answer, piece, (size_t)n);
		if (want != 0)
			continue;
		buf_put(&p->answer, "", 1);
		p->answer.len--;
		end = strstr((char *)p->answer.data, "\r\n\r\n");
		if (end == NULL)
			continue;
		at = strcasestr((char *)p->answer.data, length);
		if (at == NULL || at > end || strncmp((char *)p->answer.data + 9, code, 3) != 0)
			fail("answer", (char *)p->answer.data);
		body = (size_t)(end + 4 - (char *)p->answer.data);
		want = strtoul(at + strlen(length), NULL, 10);
	}
	return (struct span){p->answer.data + body, want};
}

static struct span
call(struct person *p, const char *method, const char *target, const json_t *body, const char *code)
{
	char head[600], key[UUID_TEXT], *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	size_t n = text != NULL ? strlen(text) : 0;

	uuid_new(key);
	if (body == NULL)
		snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\n\r\n", method, target, p->token);
	else
		snprintf(head, sizeof(head), "%s %s HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer %s\r\nIdempotency-Key: %s\r\n"
			"Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n", method, target, p->token, key, n);
	send_all(p->fd, head, strlen(head));
	send_all(p->fd, text, n);
	free(text);
	return receive(p, code);
}

static json_t *
call_json(struct person *p, const char *method, const char *target, const json_t *body, const char *code)
{
	struct span s = call(p, method, target, body, code);
	json_t *value = json_loadb((const char *)s.data, s.len, 0, NULL);

	if (value == NULL)
		fail("JSON", target);
	return value;
}

static const char *
text_of(const json_t *object, const char *member)
{
	const char *s = json_string_value(json_object_get(object, member));

	if (s == NULL)
		fail("member", member);
	return s;
}

/* The digest from the bytes: of the version, and what preparing appends. */
static void
compute(struct person *p, const json_t *prepared, struct imprint *out)
{
	struct buf whole;
	char target[200];

	buf_init(&whole, BODY_MOST);
	for (int part = 0; part < 2; part++) {
		struct span s;

		if (part == 0)
			snprintf(target, sizeof(target), "/v1/documents/%s/versions/%s/content", text_of(prepared, "document"),
				text_of(prepared, "base_version"));
		else
			snprintf(target, sizeof(target), "/v1/signings/%s/tail", text_of(prepared, "id"));
		s = call(p, "GET", target, NULL, "200");
		buf_put(&whole, s.data, s.len);
	}
	if (buf_status(&whole) != STATUS_OK ||
		seal_prepared_imprint((struct span){whole.data, whole.len}, IMPRINT_SHA256, out) != STATUS_OK)
		fail("digest", target);
	buf_free(&whole);
}

static void
prepare(struct person *p, const char *document, struct activation *a, json_t *ids)
{
	json_t *wish = json_pack("{s:s,s:s,s:s,s:s,s:s}", "document", document, "move", "sign", "key", run.key, "level", "B-B", "role", run.role),
		*prepared = call_json(p, "POST", "/v1/signings", wish, "201");
	struct imprint named;

	if (!imprint_from_hex(IMPRINT_SHA256, text_of(prepared, "digest"), &named))
		fail("digest", document);
	a->digests[a->count] = named;
	if (run.shown)
		compute(p, prepared, &a->digests[a->count]);
	if (!imprint_equal(&named, &a->digests[a->count]))
		fail("digest differs", document);
	a->titles[a->count++] = strdup(text_of(prepared, "title"));
	json_array_append(ids, json_object_get(prepared, "id"));
	json_decref(wish);
	json_decref(prepared);
}

static void
ask_signer(struct person *p)
{
	json_t *signer = call_json(p, "GET", "/v1/signer", NULL, "200");

	if (!hex_decode(text_of(signer, "activation_key"), p->signer, sizeof(p->signer)))
		fail("signer", "no key");
	json_decref(signer);
	p->asked = true;
}

static char *
seal(struct person *p, struct activation *a)
{
	unsigned char nonce[16];
	struct buf sealed;
	char *base64;

	if (!p->asked)
		ask_signer(p);
	if (getrandom(nonce, sizeof(nonce), 0) != (ssize_t)sizeof(nonce))
		fail("getrandom", strerror(errno));
	hex_encode(nonce, sizeof(nonce), a->nonce);
	a->expires = clock_now() + 5 * 60 * CLOCK_SECOND;
	snprintf(a->key, sizeof(a->key), "%s", run.key);
	a->algorithm = IMPRINT_SHA256;
	buf_init(&sealed, ACTIVATION_MAX);
	if (activation_seal(a, p->signer, &sealed) != STATUS_OK)
		fail("activation", "cannot be sealed");
	base64 = base64_encode(sealed.data, sealed.len);
	buf_free(&sealed);
	return base64;
}

static void
approve(struct person *p, struct activation *a, json_t *ids)
{
	char *sealed = seal(p, a);
	json_t *body = json_pack("{s:s,s:O}", "activation", sealed, "signings", ids),
		*answer = call_json(p, "POST", "/v1/signings/approve", body, "200"), *one;
	size_t i;

	json_array_foreach(json_object_get(answer, "signings"), i, one)
		if (strcmp(text_of(one, "state"), "done") != 0 || strcmp(text_of(one, "level"), "B-B") != 0)
			fail("not signed", json_dumps(one, 0));
	if (i != a->count)
		fail("not signed", "fewer than approved");
	p->signatures += i;
	free(sealed);
	json_decref(body);
	json_decref(answer);
}

/* One act of the person; false at the end of the list. */
static bool
act(struct person *p)
{
	struct activation a = {.digests = calloc(run.batch, sizeof(struct imprint)), .titles = calloc(run.batch, sizeof(char *))};
	json_t *ids = json_array();
	clock_us began = clock_monotonic(), prepared;
	const char *document = NULL;

	while (a.count < run.batch && (document = strtok_r(NULL, " \n", &p->rest)) != NULL)
		prepare(p, document, &a, ids);
	prepared = clock_monotonic();
	if (a.count > 0) {
		a.pin = secret_alloc(ACTIVATION_PIN);
		snprintf(a.pin, ACTIVATION_PIN, "%s", run.pin);
		approve(p, &a, ids);
		secret_free(a.pin);
		p->preparing += prepared - began;
		p->approving += clock_monotonic() - prepared;
		p->acts = realloc(p->acts, (p->act_count + 1) * sizeof(*p->acts));
		p->acts[p->act_count++] = clock_monotonic() - began;
	}
	for (size_t i = 0; i < a.count; i++)
		free(a.titles[i]);
	free(a.titles);
	free(a.digests);
	json_decref(ids);
	return document != NULL;
}

static void *
work(void *arg)
{
	struct person *p = arg;

	while (act(p))
		;
	return NULL;
}

static void
arrive(struct person *p, char *line)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};

	*p = (struct person){.line = line};
	p->token = strtok_r(line, " \n", &p->rest);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", run.socket);
	p->fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (p->token == NULL || p->fd < 0 || connect(p->fd, (struct sockaddr *)&a, sizeof(a)) != 0)
		fail("connect", strerror(errno));
	buf_init(&p->answer, ANSWER_MOST);
}

static int
compare(const void *a, const void *b)
{
	clock_us x = *(const clock_us *)a, y = *(const clock_us *)b;

	return x < y ? -1 : x > y;
}

static void
report(struct person *people, size_t count, double seconds)
{
	clock_us *all = NULL, preparing = 0, approving = 0;
	size_t n = 0, signatures = 0;

	for (size_t i = 0; i < count; i++) {
		struct person *p = &people[i];

		all = realloc(all, (n + p->act_count + 1) * sizeof(*all));
		if (p->act_count > 0)
			memcpy(all + n, p->acts, p->act_count * sizeof(*all));
		n += p->act_count;
		signatures += p->signatures;
		preparing += p->preparing;
		approving += p->approving;
		free(p->acts);
		free(p->line);
		buf_free(&p->answer);
		close(p->fd);
	}
	if (n == 0)
		fail("input", "no documents");
	qsort(all, n, sizeof(*all), compare);
	printf("{\"signatures\":%zu,\"seconds\":%.4f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"preparing_s\":%.3f,\"approving_s\":%.3f}\n", signatures, seconds,
		(double)all[n / 2] / 1e3, (double)all[n * 99 / 100] / 1e3, (double)preparing / 1e6, (double)approving / 1e6);
	free(all);
}

int
main(int argc, char **argv)
{
	size_t count = argc == 8 ? strtoul(argv[7], NULL, 10) : 0, room = 0;
	struct person *people = calloc(count + 1, sizeof(*people));
	clock_us began;

	(void)CRYPTO_secure_malloc_init(1 << 20, 32); /* secrets there, not in mappings of their own: the people are not what is measured */
	if (count == 0 || people == NULL || (run.batch = strtoul(argv[4], NULL, 10)) == 0 || run.batch > ACTIVATION_DIGESTS)
		return 2;
	run.socket = argv[1], run.key = argv[2], run.pin = argv[3], run.role = argv[5], run.shown = strcmp(argv[6], "1") == 0;
	for (size_t i = 0; i < count; i++) {
		char *line = NULL;

		room = 0;
		if (getline(&line, &room, stdin) <= 0)
			fail("input", "fewer lines than people");
		arrive(&people[i], line);
	}
	began = clock_monotonic();
	for (size_t i = 0; i < count; i++)
		if (pthread_create(&people[i].thread, NULL, work, &people[i]) != 0)
			fail("thread", strerror(errno));
	for (size_t i = 0; i < count; i++)
		pthread_join(people[i].thread, NULL);
	report(people, count, (double)(clock_monotonic() - began) / 1e6);
	free(people);
	return 0;
}
