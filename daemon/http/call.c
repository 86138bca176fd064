/*
 * call: one request on its way: route, checks, identity, body, handler. What a handler asks of it
 * is in request.c, answers are in answer.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/http/server_private.h"
#include "lib/base/log.h"

/* Of a JSON body: an approval of 1,000 documents has about 1,000; all of it is parsed and checked in one turn of the loop. */
#define JSON_VALUES 5000

#define KEY_MAX 200u /* Idempotency-Key, docs/api.md */

static void
finish(void *arg)
{
	struct http_call *call = arg;

	if (call->connection != NULL)
		http_connection_pump(call->connection);
	else
		http_call_free(call);
}

static void
drained(void *arg)
{
	struct http_call *call = arg;

	call->burst = 0;
	if (call->wants_drained && call->phase != HTTP_CALL_ENDED) {
		call->wants_drained = false;
		call->drained(call->drained_arg);
	}
}

static void tell_end(void *arg);

static void
copy_peer(struct http_peer *to, const struct conn_peer *from)
{
	to->kind = from->is_unix ? HTTP_PEER_UNIX : HTTP_PEER_TLS;
	to->uid = from->uid;
	to->gid = from->gid;
	to->pid = from->pid;
	memcpy(to->cert_sha256, from->cert_sha256, sizeof(to->cert_sha256));
	memcpy(to->address, from->address, sizeof(to->address));
}

struct http_call *
http_call_new(struct http_connection *c)
{
	struct arena *arena = arena_new(HTTP_ARENA_MAX);
	struct http_call *call = arena != NULL ? arena_alloc(arena, sizeof(*call)) : NULL;

	if (call == NULL) {
		arena_free(arena);
		return NULL;
	}
	call->arena = arena;
	call->server = c->server;
	call->connection = c;
	call->id = ++c->server->last_call_id;
	call->began = clock_monotonic();
	call->left = -1;
	buf_init(&call->extra, 16384);
	loop_task_init(&call->finish, finish, call);
	loop_task_init(&call->drained_task, drained, call);
	loop_task_init(&call->tell_end, tell_end, call);
	copy_peer(&call->peer, conn_peer(c->conn));
	c->call = call;
	c->server->call_count++;
	c->server->counters.calls_total++;
	return call;
}

void
http_call_free(struct http_call *call)
{
	struct http_server *s = call->server;

	if (call->code >= 100 && call->code < 600)
		s->counters.calls_by_class[call->code / 100]++;
	expiry_clear(&call->ping);
	loop_task_cancel(&call->finish);
	loop_task_cancel(&call->drained_task);
	loop_task_cancel(&call->tell_end);
	if (call->identity != NULL && s->config.auth.release != NULL)
		s->config.auth.release(call->identity);
	tally_leave(s->tally, call->counted);
	json_decref(call->json);
	buf_wipe(&call->json_text); /* may hold a password */
	buf_free(&call->extra);
	arena_free(call->arena);
	s->call_count--;
	http_server_check_stopped(s);
}

/* --- before the handler --- */

static bool
is_json_type(const char *type)
{
	static const char json[] = "application/json";

	return type != NULL && strncasecmp(type, json, sizeof(json) - 1) == 0 &&
		strchr("; \t", type[sizeof(json) - 1]) != NULL;
}

/* Says how long the body is, or has become, and how long it may be; in bytes. */
static void
refuse_long(struct http_call *call, uint64_t got, uint64_t most)
{
	struct diag *diag = diag_new();
	char is[24], may[32];

	snprintf(is, sizeof(is), "%" PRIu64, got);
	snprintf(may, sizeof(may), "0..%" PRIu64, most);
	diag_error(diag, "http.body.long", "body", is, may);
	if (call->phase == HTTP_CALL_COLLECT || call->body_cb != NULL)
		http_call_fail_body(call, STATUS_TOO_LARGE, "http.body.long", diag);
	else
		http_answer_problem(call, STATUS_TOO_LARGE, "http.body.long", diag);
	diag_free(diag);
}

/* Whether the body, as announced, is one that the route takes. */
static bool
check_body(struct http_call *call)
{
	const struct http_limits *limits = &call->server->limits;
	bool has_body = call->body != HTTP_BODY_IS_DONE;

	switch (call->match.route->body) {
	case HTTP_BODY_NONE:
		if (has_body)
			http_answer_problem(call, STATUS_MALFORMED, "http.body.unwanted", NULL);
		return !has_body;
	case HTTP_BODY_JSON: /* who asks is not known yet: json_limit is looked at again */
		if (has_body && !is_json_type(http_call_header(call, "content-type"))) {
			http_answer_problem(call, STATUS_UNSUPPORTED, "http.body.type", NULL);
			return false;
		}
		if (call->head.length > limits->json_bytes) {
			refuse_long(call, call->head.length, limits->json_bytes);
			return false;
		}
		return true;
	case HTTP_BODY_STREAM:
		if (call->head.length > limits->stream_bytes)
			refuse_long(call, call->head.length, limits->stream_bytes);
		return call->head.length <= limits->stream_bytes;
	}
	return false;
}

static bool
method_is_implemented(const char *method)
{
	static const char *const known[] = {
		"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strcmp(known[i], method) == 0)
			return true;
	return false;
}

/* Reads the target and finds the route; answers and returns false when there is none. */
static bool
find_route(struct http_call *call)
{
	char allow[64];
	enum status st;

	st = http_path_read(call->arena, call->head.path, &call->path);
	if (st == STATUS_OK)
		st = http_query_read(call->arena, call->head.query, &call->query);
	if (st != STATUS_OK) {
		http_answer_problem(call, st,
			st == STATUS_MALFORMED           ? "http.target.encoding"
				: st == STATUS_NOT_FOUND ? "http.path.unknown"
							 : NULL,
			NULL);
		return false;
	}
	st = http_router_find(
		call->server->router, call->head.method, &call->path, &call->match, allow);
	if (st == STATUS_NOT_FOUND) {
		http_answer_problem(call, st, "http.path.unknown", NULL);
	} else if (st == STATUS_UNSUPPORTED && !method_is_implemented(call->head.method)) {
		http_answer_problem(call, st, "http.method.unknown", NULL);
	} else if (st == STATUS_UNSUPPORTED) {
		http_answer_header(call, "Allow", allow);
		http_answer_problem(call, st, "http.method.not-allowed", NULL);
	}
	return st == STATUS_OK;
}

static bool
key_is_valid(const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < n; i++)
		if (key[i] < 0x21 || key[i] > 0x7e)
			return false;
	return n > 0 && n <= KEY_MAX;
}

/* What the route needs besides the body. */
static bool
check_needs(struct http_call *call)
{
	unsigned need = call->match.route->need;
	const char *key = http_call_header(call, "idempotency-key");

	if ((need & HTTP_NEED_SESSION) != 0 && call->identity == NULL)
		http_answer_problem(call, STATUS_UNAUTHENTICATED, NULL, NULL);
	else if ((need & HTTP_NEED_KEY) != 0 && key == NULL)
		http_answer_problem(call, STATUS_PRECONDITION, "http.key.missing", NULL);
	else if (key != NULL && !key_is_valid(key))
		http_answer_problem(call, STATUS_MALFORMED, "http.key", NULL);
	else if ((need & HTTP_NEED_MATCH) != 0 && http_call_header(call, "if-match") == NULL)
		http_answer_problem(call, STATUS_PRECONDITION, "http.match.missing", NULL);
	else
		return true;
	return false;
}

static void
run_handler(struct http_call *call)
{
	struct loop *loop = call->server->loop;

	call->phase = HTTP_CALL_HANDLER;
	loop_note(loop, call->match.route->pattern);
	call->match.route->handler(call); /* may end the call */
	loop_note(loop, "");
}

/*
 * RFC 9110 section 10.1.1: only when the body will really be read, and only if the client waits for
 * it.
 */
static void
say_continue(struct http_call *call)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (call->continued)
		return;
	call->continued = true;
	if (call->connection != NULL && call->body == HTTP_BODY_WAITS &&
		call->answer == HTTP_ANSWER_NONE)
		conn_write(call->connection->conn, text, sizeof(text) - 1);
}

/* Parsed JSON takes forty times its text: strangers get enough to sign in. */
static size_t
json_limit(const struct http_call *call)
{
	size_t most = call->server->limits.json_bytes;

	return call->identity == NULL && most > HTTP_STRANGER_JSON ? HTTP_STRANGER_JSON : most;
}

static void
begin_body(struct http_call *call)
{
	if (call->match.route->body != HTTP_BODY_JSON) {
		run_handler(call);
		return;
	}
	if (call->body == HTTP_BODY_IS_DONE) { /* no body: an act without parameters */
		call->json = json_object();
		run_handler(call);
		return;
	}
	if (call->head.length > json_limit(call)) {
		refuse_long(call, call->head.length, json_limit(call));
		return;
	}
	call->phase = HTTP_CALL_COLLECT;
	buf_init(&call->json_text, json_limit(call));
	say_continue(call);
	call->body = HTTP_BODY_FLOWS;
	if (call->connection != NULL)
		http_connection_pump(call->connection);
}

void
http_call_dispatch(struct http_call *call)
{
	call->language = http_language_read(http_call_header(call, "accept-language"));
	call->continued = !call->head.expect_continue;
	call->close_after = !call->head.keep_alive;
	call->head_only = strcmp(call->head.method, "HEAD") == 0;
	if (!find_route(call) || !check_body(call))
		return;
	if (call->server->config.auth.identify == NULL) {
		http_auth_done(call, STATUS_OK, NULL, NULL);
		return;
	}
	call->server->config.auth.identify(call);
}

/* One of the calls that this identity has running; false when it has too many. */
static bool
count_call(struct http_call *call, const char *key)
{
	struct http_server *s = call->server;
	enum status st = STATUS_OK;

	if (key != NULL)
		st = tally_enter(s->tally, key, s->limits.calls_per_identity, &call->counted);
	if (st == STATUS_TOO_MANY) {
		s->counters.refused_by_limit++;
		http_answer_header(call, "Retry-After", "1");
		http_answer_problem(call, st, "http.calls", NULL);
	} else if (st != STATUS_OK) {
		http_answer_problem(call, st, NULL, NULL);
	}
	return st == STATUS_OK;
}

void
http_auth_done(struct http_call *call, enum status st, void *identity, const char *limit_key)
{
	struct http_server *s = call->server;

	if (call->phase != HTTP_CALL_IDENTIFY) {
		log_error("http", "call=%llu error=identified-twice", (unsigned long long)call->id);
		return;
	}
	call->identity = identity;
	if (call->connection == NULL) { /* gone meanwhile: nobody asks any more */
		call->phase = HTTP_CALL_ENDED;
		loop_task_post(s->loop, &call->finish);
		return;
	}
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
	else if (count_call(call, limit_key) && check_needs(call))
		begin_body(call);
	http_connection_wait(call->connection);
}

/* --- the body --- */

bool
http_call_wants_body(const struct http_call *call)
{
	return call->body == HTTP_BODY_FLOWS && !call->paused && call->phase != HTTP_CALL_ENDED;
}

void
http_call_fail_body(struct http_call *call, enum status st, const char *code, const struct diag *diag)
{
	http_body_cb cb = call->body_cb;

	call->body_cb = NULL;
	call->gone = NULL;
	call->close_after = true;
	call->body = HTTP_BODY_WAITS;
	if (cb != NULL)
		cb(call->body_arg, st, NULL, 0);
	if (call->phase == HTTP_CALL_ENDED)
		return;
	if (call->answer == HTTP_ANSWER_NONE && code != NULL)
		http_answer_problem(call, st, code, diag);
	else
		http_answer_abort(call);
}

void
http_call_take_body(struct http_call *call, const unsigned char *p, size_t n)
{
	call->continued = true; /* the client did not wait */
	call->body_bytes += n;
	if (call->phase == HTTP_CALL_COLLECT) {
		buf_put(&call->json_text, p, n);
		if (buf_status(&call->json_text) == STATUS_TOO_LARGE)
			refuse_long(call, call->body_bytes, json_limit(call));
		else if (buf_status(&call->json_text) != STATUS_OK)
			http_call_fail_body(call, buf_status(&call->json_text), "status.no-memory", NULL);
	} else if (call->body_bytes > call->server->limits.stream_bytes) {
		refuse_long(call, call->body_bytes, call->server->limits.stream_bytes);
	} else if (call->body_cb != NULL) {
		call->body_cb(call->body_arg, STATUS_OK, p, n);
	}
}

static void
refuse_json(struct http_call *call, const json_error_t *error, const char *code)
{
	struct diag *diag = diag_new();
	char where[64];

	if (error != NULL) {
		snprintf(where, sizeof(where), "%d:%d", error->line, error->column);
		diag_error(diag, code, where, error->text, NULL);
	}
	http_answer_problem(call, STATUS_MALFORMED, code, diag);
	diag_free(diag);
}

/* Members, items and openings outside strings: what parsing and checking will cost. A long string is cheap, many short values are not. */
static size_t
values_in(const char *p, size_t n)
{
	size_t values = 0;
	bool inside = false;

	for (size_t i = 0; i < n; i++) {
		if (inside && p[i] == '\\')
			i++;
		else if (p[i] == '"')
			inside = !inside;
		else if (!inside)
			values += p[i] == ',' || p[i] == ':' || p[i] == '[' || p[i] == '{';
	}
	return values;
}

static void
read_json(struct http_call *call)
{
	json_error_t error;

	if (values_in(buf_str(&call->json_text), call->json_text.len) > JSON_VALUES) {
		buf_wipe(&call->json_text);
		http_answer_problem(call, STATUS_TOO_LARGE, "http.json.values", NULL);
		return;
	}
	call->json = json_loadb(
		buf_str(&call->json_text), call->json_text.len, JSON_REJECT_DUPLICATES, &error);
	buf_wipe(&call->json_text);
	if (call->json == NULL)
		refuse_json(call, &error, "http.json");
	else if (!json_is_object(call->json))
		refuse_json(call, NULL, "http.json.object");
	else
		run_handler(call);
}

void
http_call_end_body(struct http_call *call)
{
	http_body_cb cb = call->body_cb;

	call->body = HTTP_BODY_IS_DONE;
	if (call->phase == HTTP_CALL_COLLECT) {
		read_json(call);
	} else if (cb != NULL) {
		call->body_cb = NULL;
		cb(call->body_arg, STATUS_OK, NULL, 0);
	}
}

/*
 * What http_call_stream could not tell at once: the end of an empty body, or that the client has
 * gone already. And the end of an event stream that cannot begin.
 */
static void
tell_end(void *arg)
{
	struct http_call *call = arg;

	if (call->phase == HTTP_CALL_ENDED)
		return;
	if (call->phase == HTTP_CALL_EVENTS)
		http_call_end_events(call);
	else if (call->body == HTTP_BODY_IS_DONE)
		http_call_end_body(call);
	else if (call->connection == NULL)
		http_call_fail_body(call, STATUS_CANCELLED, NULL, NULL);
}

void
http_call_stream(struct http_call *call, http_body_cb data, void *arg)
{
	call->body_cb = data;
	call->body_arg = arg;
	if (call->connection == NULL || call->body == HTTP_BODY_IS_DONE) {
		loop_task_post(call->server->loop, &call->tell_end);
		return;
	}
	say_continue(call);
	call->body = HTTP_BODY_FLOWS;
	http_connection_pump(call->connection);
}

void
http_call_pause(struct http_call *call)
{
	call->paused = true;
}

void
http_call_resume(struct http_call *call)
{
	if (!call->paused)
		return;
	call->paused = false;
	if (call->connection != NULL)
		http_connection_pump(call->connection);
}

/* --- the client has gone --- */

void
http_call_on_gone(struct http_call *call, void (*gone)(void *arg), void *arg)
{
	call->gone = gone;
	call->gone_arg = arg;
}

static void
tell_gone(struct http_call *call)
{
	void (*gone)(void *) = call->gone;

	call->gone = NULL;
	if (gone != NULL)
		gone(call->gone_arg);
}

void
http_call_end_events(struct http_call *call)
{
	tell_gone(call);
	if (call->phase != HTTP_CALL_ENDED)
		http_answer_end(call);
}

void
http_call_lose_connection(struct http_call *call)
{
	call->connection = NULL;
	expiry_clear(&call->ping);
	switch (call->phase) {
	case HTTP_CALL_IDENTIFY: /* http_auth_done will come */
		break;
	case HTTP_CALL_COLLECT:
		call->phase = HTTP_CALL_ENDED;
		break;
	case HTTP_CALL_EVENTS:
		http_call_end_events(call);
		break;
	case HTTP_CALL_HANDLER:
		if (call->body_cb != NULL) {
			http_call_fail_body(call, STATUS_CANCELLED, NULL, NULL);
			break;
		}
		tell_gone(call);
		if (call->wants_drained) /* a source that waits must come to its end */
			loop_task_post(call->server->loop, &call->drained_task);
		break;
	case HTTP_CALL_ENDED:
		break;
	}
	if (call->phase == HTTP_CALL_ENDED)
		http_call_free(call);
}
