/* client: see client.h. */
#include "cli/client.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/uuid.h"

#define CLIENT_BODY_MAX (64u << 20) /* an answer held in memory; larger things are downloads */
#define CLIENT_BAR_BYTES (4u << 20) /* shorter transfers draw no bar */

struct client {
	struct client_config config;
	CURL *curl;
};

/* What one attempt gathers. */
struct transfer {
	struct buf body;
	FILE *to;               /* download target, or NULL */
	bool (*line)(void *arg, const char *text);
	void *line_arg;
	bool is_json;
	char etag[80];
	CURL *curl;
	bool bar;
	bool bar_drawn;
};

struct client *
client_new(const struct client_config *config)
{
	struct client *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->config = *config;
	if (c->config.tries == 0)
		c->config.tries = 5;
	c->curl = curl_easy_init();
	if (c->curl == NULL) {
		free(c);
		return NULL;
	}
	return c;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_easy_cleanup(c->curl);
	free(c);
}

static size_t
on_header(char *line, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t len = size * n;

	if (len > 5 && strncasecmp(line, "etag:", 5) == 0) {
		const char *p = memchr(line, '"', len);
		const char *end = p ? memchr(p + 1, '"', len - (size_t)(p + 1 - line)) : NULL;

		if (end != NULL && (size_t)(end - p - 1) < sizeof(t->etag)) {
			memcpy(t->etag, p + 1, (size_t)(end - p - 1));
			t->etag[end - p - 1] = '\0';
		}
	}
	if (len > 13 && strncasecmp(line, "content-type:", 13) == 0)
		t->is_json = memmem(line, len, "json", 4) != NULL;
	return len;
}

/* Hands complete lines to the caller; keeps the rest. False: the caller has seen enough. */
static bool
feed_lines(struct transfer *t)
{
	char *end;

	while (t->body.len > 0 && (end = memchr(t->body.data, '\n', t->body.len)) != NULL) {
		size_t n = (size_t)(end - (char *)t->body.data);

		*end = '\0';
		if (!t->line(t->line_arg, (const char *)t->body.data))
			return false;
		buf_consume(&t->body, n + 1);
	}
	return true;
}

static size_t
on_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	long code = 0;

	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &code);
	if (t->to != NULL && code >= 200 && code < 300)
		return fwrite(p, size, n, t->to) * size;
	buf_put(&t->body, p, size * n);
	if (buf_status(&t->body) != STATUS_OK)
		return 0;
	if (t->line != NULL && code == 200 && !feed_lines(t))
		return 0;
	return size * n;
}

static int
on_progress(void *arg, curl_off_t dtotal, curl_off_t dnow, curl_off_t utotal, curl_off_t unow)
{
	struct transfer *t = arg;
	curl_off_t total = utotal > dtotal ? utotal : dtotal, now = utotal > dtotal ? unow : dnow;
	int done;

	if (!t->bar || total < (curl_off_t)CLIENT_BAR_BYTES)
		return 0;
	done = (int)(now * 40 / total);
	fprintf(stderr, "\r[%.*s%*s] %3d %% %lld MiB", done,
		"########################################", 40 - done, "", (int)(now * 100 / total),
		(long long)(now >> 20));
	t->bar_drawn = true;
	return 0;
}

static struct curl_slist *
headers(struct client *c, const char *type, const char *accept, const char *if_match, const char *key)
{
	struct curl_slist *list = NULL;
	char line[600];

	snprintf(line, sizeof(line), "Accept-Language: %s", c->config.language == LANGUAGE_EN ? "en" : "vi");
	list = curl_slist_append(list, line);
	snprintf(line, sizeof(line), "Accept: %s", accept ? accept : "application/json");
	list = curl_slist_append(list, line);
	if (type != NULL) {
		snprintf(line, sizeof(line), "Content-Type: %s", type);
		list = curl_slist_append(list, line);
	}
	list = curl_slist_append(list, "Expect:");
	if (c->config.token != NULL) {
		snprintf(line, sizeof(line), "Authorization: Bearer %s", c->config.token);
		list = curl_slist_append(list, line);
	}
	if (if_match != NULL) {
		snprintf(line, sizeof(line), "If-Match: \"%s\"", if_match);
		list = curl_slist_append(list, line);
	}
	if (key != NULL) {
		snprintf(line, sizeof(line), "Idempotency-Key: %s", key);
		list = curl_slist_append(list, line);
	}
	return list;
}

static void
common_options(struct client *c, struct transfer *t, const char *path)
{
	char url[4096];

	curl_easy_reset(c->curl);
	if (c->config.socket != NULL) {
		curl_easy_setopt(c->curl, CURLOPT_UNIX_SOCKET_PATH, c->config.socket);
		snprintf(url, sizeof(url), "http://congvan%s", path);
	} else {
		snprintf(url, sizeof(url), "%s%s", c->config.url, path);
		curl_easy_setopt(c->curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
		if (c->config.ca != NULL)
			curl_easy_setopt(c->curl, CURLOPT_CAINFO, c->config.ca);
		if (c->config.cert != NULL)
			curl_easy_setopt(c->curl, CURLOPT_SSLCERT, c->config.cert);
		if (c->config.key != NULL)
			curl_easy_setopt(c->curl, CURLOPT_SSLKEY, c->config.key);
	}
	curl_easy_setopt(c->curl, CURLOPT_URL, url);
	curl_easy_setopt(c->curl, CURLOPT_PROXY, c->config.proxy != NULL ? c->config.proxy : "");
	curl_easy_setopt(c->curl, CURLOPT_NOPROXY, ""); /* the environment has no say */
	curl_easy_setopt(c->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c->curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(c->curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c->curl, CURLOPT_XFERINFODATA, t);
	curl_easy_setopt(c->curl, CURLOPT_NOPROGRESS, 0L);
	t->curl = c->curl;
	t->bar = c->config.progress;
}

static void
finish(struct transfer *t, CURLcode rc, struct client_answer *out)
{
	if (t->bar_drawn)
		fputc('\n', stderr);
	curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &out->code);
	memcpy(out->etag, t->etag, sizeof(out->etag));
	if (rc != CURLE_OK && !(t->line != NULL && rc == CURLE_WRITE_ERROR)) {
		out->code = 0;
		snprintf(out->error, sizeof(out->error), "%s", curl_easy_strerror(rc));
	} else if (t->is_json) {
		out->json = json_loadb(buf_str(&t->body), t->body.len, JSON_REJECT_DUPLICATES, NULL);
	} else {
		out->length = t->body.len;
		out->text = (char *)buf_steal(&t->body, NULL);
	}
	buf_free(&t->body);
}

/*
 * True when the same request should be sent again: it may not have been done, and its key makes that safe. Not when the signer has answered (a token that is not there): an approval is good once, and a
 * second try would be told only that it is used up.
 */
static bool
worth_repeating(const struct client_answer *a)
{
	const char *code = json_string_value(json_object_get(a->json, "code"));

	return a->code == 0 || (a->code == 503 && (code == NULL || strcmp(code, "signing.refused") != 0));
}

static void
pause_before(unsigned attempt)
{
	struct timespec ts = {.tv_sec = (time_t)(attempt / 2), .tv_nsec = 300000000L};

	nanosleep(&ts, NULL);
}

void
client_call(struct client *c, const char *method, const char *path, json_t *body, const char *if_match,
	const char *accept, struct client_answer *out)
{
	bool is_write = strcmp(method, "GET") != 0;
	char *text = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
	char key[UUID_TEXT];

	uuid_new(key);
	for (unsigned attempt = 0;; attempt++) {
		struct transfer t = {0};
		struct curl_slist *list;

		buf_init(&t.body, CLIENT_BODY_MAX);
		memset(out, 0, sizeof(*out));
		common_options(c, &t, path);
		list = headers(c, text ? "application/json" : NULL, accept, if_match, is_write ? key : NULL);
		curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, list);
		curl_easy_setopt(c->curl, CURLOPT_CUSTOMREQUEST, method);
		if (text != NULL)
			curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, text);
		else if (is_write && strcmp(method, "DELETE") != 0)
			curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, "");
		finish(&t, curl_easy_perform(c->curl), out);
		curl_slist_free_all(list);
		if (!worth_repeating(out) || attempt + 1 >= c->config.tries)
			break;
		client_answer_clear(out);
		pause_before(attempt);
	}
	if (text != NULL) {
		explicit_bzero(text, strlen(text)); /* may hold a password */
		free(text);
	}
}

void
client_upload(struct client *c, const char *path, const char *file, const char *type, struct client_answer *out)
{
	char key[UUID_TEXT];
	struct stat sb;

	uuid_new(key);
	for (unsigned attempt = 0;; attempt++) {
		struct transfer t = {0};
		struct curl_slist *list;
		FILE *from = fopen(file, "rb");

		memset(out, 0, sizeof(*out));
		if (from == NULL || fstat(fileno(from), &sb) != 0) {
			snprintf(out->error, sizeof(out->error), "%s: %m", file);
			if (from != NULL)
				fclose(from);
			return;
		}
		buf_init(&t.body, CLIENT_BODY_MAX);
		common_options(c, &t, path);
		list = headers(c, type, NULL, NULL, key);
		curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, list);
		curl_easy_setopt(c->curl, CURLOPT_POST, 1L);
		curl_easy_setopt(c->curl, CURLOPT_READDATA, from);
		curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)sb.st_size);
		finish(&t, curl_easy_perform(c->curl), out);
		curl_slist_free_all(list);
		fclose(from);
		if (!worth_repeating(out) || attempt + 1 >= c->config.tries)
			return;
		client_answer_clear(out);
		pause_before(attempt);
	}
}

void
client_download(struct client *c, const char *path, FILE *to, struct client_answer *out)
{
	struct transfer t = {.to = to};
	struct curl_slist *list;

	memset(out, 0, sizeof(*out));
	buf_init(&t.body, CLIENT_BODY_MAX);
	common_options(c, &t, path);
	list = headers(c, NULL, "*/*", NULL, NULL);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, list);
	finish(&t, curl_easy_perform(c->curl), out);
	curl_slist_free_all(list);
}

void
client_events(struct client *c, const char *path, bool (*line)(void *arg, const char *text), void *arg,
	struct client_answer *out)
{
	struct transfer t = {.line = line, .line_arg = arg};
	struct curl_slist *list;

	memset(out, 0, sizeof(*out));
	buf_init(&t.body, CLIENT_BODY_MAX);
	common_options(c, &t, path);
	list = headers(c, NULL, "text/event-stream", NULL, NULL);
	curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, list);
	finish(&t, curl_easy_perform(c->curl), out);
	curl_slist_free_all(list);
}

void
client_answer_clear(struct client_answer *a)
{
	json_decref(a->json);
	free(a->text);
	a->json = NULL;
	a->text = NULL;
}

char *
client_escape(struct client *c, const char *s)
{
	char *escaped = curl_easy_escape(c->curl, s, (int)strlen(s));
	char *copy = escaped != NULL ? strdup(escaped) : NULL;

	curl_free(escaped);
	return copy;
}
