/*
 * http_fixture: a small program on daemon/http for the flow tests and the bench: one route for each
 * way of reading and answering. Prints "ready port=N" and serves until SIGTERM.
 *
 * http_fixture [--socket PATH] [--tls ADDRESS --cert PEM --key PEM [--client-ca PEM]] [--log LEVEL]
 * [NAME=VALUE of a limit]…
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/http/http.h"
#include "daemon/io/loop.h"
#include "lib/base/digest.h"
#include "lib/base/log.h"

struct app {
	struct loop *loop;
	struct http_server *server;
	unsigned gone;
};

/* A call that waits for a timer, and what then happens to it. */
struct job {
	struct app *app;
	struct http_call *call;
	struct loop_timer *timer;
	struct digest_stream *digest;
	uint64_t bytes, left, since_pause;
	unsigned ms, count;
};

static uint64_t
number(struct http_call *call, const char *name, uint64_t otherwise)
{
	const char *s = http_call_query(call, name);

	return s != NULL ? strtoull(s, NULL, 10) : otherwise;
}

static struct job *
job_new(struct http_call *call)
{
	struct job *j = calloc(1, sizeof(*j));

	if (j == NULL)
		abort();
	j->app = http_call_app(call);
	j->call = call;
	return j;
}

static void
job_free(struct job *j)
{
	loop_timer_stop(j->timer);
	digest_free(j->digest);
	free(j);
}

static void
job_later(struct job *j, unsigned ms, unsigned repeat, void (*fn)(void *arg))
{
	if (loop_timer_start(j->app->loop, ms, repeat, fn, j, &j->timer) != STATUS_OK)
		abort();
}

/* --- answers at once --- */

static void
get_small(struct http_call *call)
{
	http_answer_bytes(call, 200, "application/json", "{\"ok\":true}", 11);
}

static void
get_echo(struct http_call *call)
{
	const struct http_peer *peer = http_call_peer(call);
	const char *q = http_call_query(call, "q"), *id = http_call_param(call, "id"),
		   *x = http_call_header(call, "X-Test");

	http_answer_json(call, 200,
		json_pack("{s:s,s:s,s:s?,s:s?,s:s?,s:s,s:s,s:i,s:s,s:s?}", "method",
			http_call_method(call), "path", http_call_path(call), "q", q, "id", id, "x",
			x, "language", http_call_language(call) == LANGUAGE_EN ? "en" : "vi",
			"peer", peer->address, "uid", (int)peer->uid, "cert", peer->cert_sha256,
			"identity", (const char *)http_call_identity(call)));
}

static void
post_json(struct http_call *call)
{
	http_answer_json(call, 200, json_incref(http_call_json(call)));
}

static void
get_problem(struct http_call *call)
{
	struct diag *diag = diag_new();

	diag_add(diag, SEVERITY_WARNING, "conf.syntax", "2:1", NULL, NULL, NULL);
	diag_add(diag, SEVERITY_ERROR, "conf.value", "line 3", "seven", "7", "RFC 1 2.3");
	http_answer_problem(call, STATUS_INVALID, NULL, diag);
	diag_free(diag);
}

static void
get_counters(struct http_call *call)
{
	struct app *app = http_call_app(call);
	json_t *o = http_server_counters(app->server);

	json_object_set_new(o, "gone", json_integer(app->gone));
	http_answer_json(call, 200, o);
}

static void
get_empty(struct http_call *call)
{
	http_answer_header(call, "X-Test", "a");
	http_answer_header(call, "X-Bad", "a\r\nX-Injected: b");
	http_answer_header(call, "Content-Length", "5");
	http_answer_empty(call, 204);
}

static void
get_twice(struct http_call *call)
{
	http_answer_empty(call, 204);
	http_answer_bytes(call, 200, "text/plain", "second", 6);
}

/* 1000 bytes that can be asked for in parts. */
static void
get_file(struct http_call *call)
{
	char bytes[1000], range[64];
	uint64_t first, last;
	int r;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)('a' + i % 26);
	http_answer_header(call, "ETag", "\"v1\"");
	http_answer_header(call, "Accept-Ranges", "bytes");
	if (http_call_if_none_match(call, "\"v1\"")) {
		http_answer_empty(call, 304);
		return;
	}
	r = http_call_range(call, sizeof(bytes), &first, &last);
	if (r < 0) {
		http_answer_header(call, "Content-Range", "bytes */1000");
		http_answer_problem(call, STATUS_INVALID, "http.range", NULL);
	} else if (r == 0) {
		http_answer_bytes(call, 200, "text/plain", bytes, sizeof(bytes));
	} else {
		snprintf(range, sizeof(range), "bytes %u-%u/1000", (unsigned)first, (unsigned)last);
		http_answer_header(call, "Content-Range", range);
		http_answer_bytes(call, 206, "text/plain", bytes + first, last - first + 1);
	}
}

/* --- answers later --- */

static void
on_gone(void *arg)
{
	struct app *app = arg;

	app->gone++;
}

static void
waited(void *arg)
{
	struct job *j = arg;

	http_answer_json(j->call, 200, json_pack("{s:i}", "waited", (int)j->ms));
	job_free(j);
}

static void
get_wait(struct http_call *call)
{
	struct job *j = job_new(call);

	j->ms = (unsigned)number(call, "ms", 100);
	http_call_on_gone(call, on_gone, j->app);
	job_later(j, j->ms, 0, waited);
}

/* --- long answers --- */

static void
write_more(void *arg)
{
	static char block[65536];
	struct job *j = arg;
	size_t n;

	if (block[0] == '\0')
		memset(block, 'x', sizeof(block));
	while (j->left > 0) {
		n = j->left < sizeof(block) ? (size_t)j->left : sizeof(block);
		j->left -= n;
		if (!http_answer_write(j->call, block, n) && j->left > 0)
			return;
	}
	http_answer_end(j->call);
	job_free(j);
}

static void
get_big(struct http_call *call)
{
	struct job *j = job_new(call);

	j->left = number(call, "bytes", 1000000);
	http_call_on_gone(call, on_gone, j->app);
	http_answer_begin(call, 200, "application/octet-stream",
		http_call_query(call, "chunked") != NULL ? -1 : (int64_t)j->left, write_more, j);
	write_more(j);
}

static void
get_abort(struct http_call *call)
{
	http_answer_begin(call, 200, "text/plain", 100, NULL, NULL);
	http_answer_write(call, "half", 4);
	http_answer_abort(call);
}

static void
get_short(struct http_call *call)
{
	http_answer_begin(call, 200, "text/plain", 100, NULL, NULL);
	http_answer_write(call, "half", 4);
	http_answer_end(call);
}

static void
get_long(struct http_call *call)
{
	http_answer_begin(call, 200, "text/plain", 4, NULL, NULL);
	http_answer_write(call, "far too long", 12);
	http_answer_end(call);
}

/* --- bodies --- */

static void
go_on(void *arg)
{
	struct job *j = arg;

	loop_timer_stop(j->timer);
	j->timer = NULL;
	http_call_resume(j->call);
}

static void
on_piece(void *arg, enum status st, const unsigned char *p, size_t n)
{
	struct job *j = arg;
	struct digest d;
	char hex[DIGEST_HEX];

	if (st != STATUS_OK) {
		j->app->gone += st == STATUS_CANCELLED;
		job_free(j);
		return;
	}
	if (p != NULL) {
		digest_put(j->digest, p, n);
		j->bytes += n;
		j->since_pause += n;
		if (j->ms > 0 && j->since_pause >= 65536 && j->timer == NULL) {
			j->since_pause = 0;
			http_call_pause(j->call);
			job_later(j, j->ms, 0, go_on);
		}
		return;
	}
	d = digest_end(j->digest);
	j->digest = NULL;
	digest_hex(&d, hex);
	http_answer_json(
		j->call, 201, json_pack("{s:I,s:s}", "bytes", (json_int_t)j->bytes, "sha256", hex));
	job_free(j);
}

static void
post_stream(struct http_call *call)
{
	struct job *j = job_new(call);

	j->ms = (unsigned)number(call, "pause", 0);
	j->digest = digest_begin();
	http_call_stream(call, on_piece, j);
}

static void
late(void *arg)
{
	struct job *j = arg;

	loop_timer_stop(j->timer);
	j->timer = NULL;
	http_call_stream(j->call, on_piece, j);
}

static void
post_late(struct http_call *call)
{
	struct job *j = job_new(call);

	j->digest = digest_begin();
	job_later(j, 100, 0, late);
}

static void
post_early(struct http_call *call)
{
	http_answer_problem(call, STATUS_INVALID, NULL, NULL);
}

static void
enough(void *arg, enum status st, const unsigned char *p, size_t n)
{
	(void)p;
	(void)n;
	if (st == STATUS_OK)
		http_answer_problem(arg, STATUS_INVALID, NULL, NULL);
}

static void
post_enough(struct http_call *call)
{
	http_call_stream(call, enough, call);
}

/* --- event streams --- */

static void
events_gone(void *arg)
{
	struct job *j = arg;

	j->app->gone++;
	job_free(j);
}

static void
event(void *arg)
{
	struct job *j = arg;
	char id[20];

	snprintf(id, sizeof(id), "%u", ++j->count);
	http_event(j->call, "tick", id, "one\ntwo");
	if (j->left > 0 && --j->left == 0) {
		http_answer_end(j->call);
		job_free(j);
	}
}

static void
get_events(struct http_call *call)
{
	struct job *j = job_new(call);

	j->left = number(call, "count", 0);
	http_call_on_gone(call, events_gone, j);
	http_answer_events(call);
	job_later(j, 1, (unsigned)number(call, "ms", 20), event);
}

/* Fills the stream as fast as it can: the reader that does not read is cut. */
static void
flood(void *arg)
{
	static char text[4096];
	struct job *j = arg;

	if (text[0] == '\0')
		memset(text, 'x', sizeof(text) - 1);
	for (int i = 0; i < 32; i++)
		if (!http_event(j->call, NULL, NULL, text))
			return;
}

static void
get_flood(struct http_call *call)
{
	struct job *j = job_new(call);

	http_call_on_gone(call, events_gone, j);
	http_answer_events(call);
	job_later(j, 1, 1, flood);
}

/* --- who asks: "Bearer NAME" is NAME; "slow…" takes a while to find out, "bad" is refused --- */

static void
identified(void *arg)
{
	struct job *j = arg;

	http_auth_done(j->call, STATUS_OK, strdup("slow"), "slow");
	job_free(j);
}

static void
identify(struct http_call *call)
{
	const char *s = http_call_header(call, "Authorization");

	if (s == NULL || strncmp(s, "Bearer ", 7) != 0)
		http_auth_done(call, STATUS_OK, NULL, NULL);
	else if (strcmp(s + 7, "bad") == 0)
		http_auth_done(call, STATUS_UNAUTHENTICATED, NULL, NULL);
	else if (strncmp(s + 7, "slow", 4) == 0)
		job_later(job_new(call), 100, 0, identified);
	else
		http_auth_done(call, STATUS_OK, strdup(s + 7), s + 7);
}

static const struct http_route routes[] = {
	{"GET", "/small", HTTP_BODY_NONE, 0, get_small},
	{"GET", "/echo", HTTP_BODY_NONE, 0, get_echo},
	{"GET", "/echo/{id}", HTTP_BODY_NONE, 0, get_echo},
	{"GET", "/private", HTTP_BODY_NONE, HTTP_NEED_SESSION, get_echo},
	{"GET", "/problem", HTTP_BODY_NONE, 0, get_problem},
	{"GET", "/counters", HTTP_BODY_NONE, 0, get_counters},
	{"GET", "/empty", HTTP_BODY_NONE, 0, get_empty},
	{"GET", "/twice", HTTP_BODY_NONE, 0, get_twice},
	{"GET", "/file", HTTP_BODY_NONE, 0, get_file},
	{"GET", "/wait", HTTP_BODY_NONE, 0, get_wait},
	{"GET", "/big", HTTP_BODY_NONE, 0, get_big},
	{"GET", "/abort", HTTP_BODY_NONE, 0, get_abort},
	{"GET", "/short", HTTP_BODY_NONE, 0, get_short},
	{"GET", "/long", HTTP_BODY_NONE, 0, get_long},
	{"GET", "/events", HTTP_BODY_NONE, 0, get_events},
	{"GET", "/flood", HTTP_BODY_NONE, 0, get_flood},
	{"POST", "/json", HTTP_BODY_JSON, 0, post_json},
	{"POST", "/write", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY | HTTP_NEED_MATCH,
		post_json},
	{"POST", "/stream", HTTP_BODY_STREAM, 0, post_stream},
	{"POST", "/late", HTTP_BODY_STREAM, 0, post_late},
	{"POST", "/early", HTTP_BODY_STREAM, 0, post_early},
	{"POST", "/enough", HTTP_BODY_STREAM, 0, post_enough},
};

/* --- the program --- */

static void
on_stopped(void *arg)
{
	loop_stop(((struct app *)arg)->loop);
}

static void
on_term(void *arg)
{
	struct app *app = arg;

	http_server_stop(app->server, 2000, on_stopped, app);
}

static void
on_hup(void *arg)
{
	struct app *app = arg;

	if (http_server_reload_tls(app->server, NULL) != STATUS_OK)
		log_error("fixture", "error=reload");
}

static bool
set_limit(struct http_limits *l, const char *s)
{
	const struct {
		const char *name;
		size_t *size;
		uint64_t *u64;
		unsigned *number;
	} rows[] = {
		{"head_bytes", &l->head_bytes, NULL, NULL},
		{"json_bytes", &l->json_bytes, NULL, NULL},
		{"header_count", &l->header_count, NULL, NULL},
		{"stream_bytes", NULL, &l->stream_bytes, NULL},
		{"head_ms", NULL, NULL, &l->head_ms},
		{"body_idle_ms", NULL, NULL, &l->body_idle_ms},
		{"write_idle_ms", NULL, NULL, &l->write_idle_ms},
		{"keep_alive_ms", NULL, NULL, &l->keep_alive_ms},
		{"tls_handshake_ms", NULL, NULL, &l->tls_handshake_ms},
		{"connections", NULL, NULL, &l->connections},
		{"calls_per_identity", NULL, NULL, &l->calls_per_identity},
	};
	const char *value = strchr(s, '=');
	uint64_t v = value != NULL ? strtoull(value + 1, NULL, 10) : 0;

	for (size_t i = 0; value != NULL && i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].name) != (size_t)(value - s) ||
			strncmp(rows[i].name, s, (size_t)(value - s)) != 0)
			continue;
		if (rows[i].size != NULL)
			*rows[i].size = (size_t)v;
		else if (rows[i].u64 != NULL)
			*rows[i].u64 = v;
		else
			*rows[i].number = (unsigned)v;
		return true;
	}
	return false;
}

static bool
read_arguments(int argc, char **argv, struct http_listener *l, struct http_limits *limits,
	const char **log_level)
{
	const struct {
		const char *name;
		const char **to;
	} options[] = {{"--socket", &l->unix_path}, {"--tls", &l->tls_address},
		{"--cert", &l->tls_certificate}, {"--key", &l->tls_key},
		{"--client-ca", &l->tls_client_ca}, {"--log", log_level}};

	for (int i = 1; i < argc; i++) {
		bool found = set_limit(limits, argv[i]);

		for (size_t k = 0; k < sizeof(options) / sizeof(options[0]) && !found; k++)
			if (strcmp(argv[i], options[k].name) == 0 && i + 1 < argc) {
				*options[k].to = argv[++i];
				found = true;
			}
		if (!found)
			return false;
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct http_limits limits = http_limits_default;
	struct http_listener listener = {.unix_mode = 0600};
	struct app app = {NULL, NULL, 0};
	const struct http_config config = {routes, sizeof(routes) / sizeof(routes[0]), &listener,
		&limits, {identify, free}, &app};
	const char *log_level = "info";
	struct diag *diag = diag_new();
	enum status st;

	if (!read_arguments(argc, argv, &listener, &limits, &log_level)) {
		fprintf(stderr, "http_fixture: bad argument\n");
		return 2;
	}
	log_init("http_fixture", 2, log_level_from_name(log_level));
	if (loop_new(&app.loop) != STATUS_OK)
		return 1;
	st = http_server_start(app.loop, &config, diag, &app.server);
	for (size_t i = 0; i < diag_count(diag); i++)
		fprintf(stderr, "%s %s: %s\n", diag_at(diag, i)->code, diag_at(diag, i)->where,
			diag_at(diag, i)->got);
	diag_free(diag);
	if (st == STATUS_OK) {
		loop_on_signal(app.loop, SIGTERM, on_term, &app);
		loop_on_signal(app.loop, SIGHUP, on_hup, &app);
		printf("ready port=%u\n", http_server_port(app.server));
		fflush(stdout);
		loop_run(app.loop);
	}
	loop_free(app.loop);
	return st == STATUS_OK ? 0 : 1;
}
