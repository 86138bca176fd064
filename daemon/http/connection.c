/*
 * connection: drives the parser with the bytes of one connection, gives heads and bodies to the
 * call, and sees to it that no peer keeps us waiting: every state has one thing it waits for, and
 * that has its limit.
 */
#include "daemon/http/server_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"

static void
set_state(struct http_connection *c, enum http_connection_state to)
{
	static const unsigned allowed[] = {
		[HTTP_CONNECTION_HANDSHAKE] = 1u << HTTP_CONNECTION_IDLE,
		[HTTP_CONNECTION_IDLE] = 1u << HTTP_CONNECTION_HEAD | 1u << HTTP_CONNECTION_CALL |
			1u << HTTP_CONNECTION_LINGER,
		[HTTP_CONNECTION_HEAD] = 1u << HTTP_CONNECTION_CALL | 1u << HTTP_CONNECTION_IDLE,
		[HTTP_CONNECTION_CALL] = 1u << HTTP_CONNECTION_IDLE | 1u << HTTP_CONNECTION_DRAIN |
			1u << HTTP_CONNECTION_LINGER,
		[HTTP_CONNECTION_DRAIN] = 1u << HTTP_CONNECTION_IDLE | 1u << HTTP_CONNECTION_LINGER,
		[HTTP_CONNECTION_LINGER] = 0,
	};

	if (to != HTTP_CONNECTION_CLOSED && to != c->state && (allowed[c->state] & 1u << to) == 0)
		log_error("http", "error=connection-state from=%d to=%d", (int)c->state, (int)to);
	c->state = to;
}

/* --- waiting --- */

static enum http_wait
what_it_waits_for(const struct http_connection *c)
{
	switch (c->state) {
	case HTTP_CONNECTION_HANDSHAKE:
		return HTTP_WAIT_HANDSHAKE;
	case HTTP_CONNECTION_IDLE:
		return conn_queued(c->conn) > 0 ? HTTP_WAIT_WRITE : HTTP_WAIT_IDLE;
	case HTTP_CONNECTION_HEAD:
		return HTTP_WAIT_HEAD;
	case HTTP_CONNECTION_CALL:
		if (conn_queued(c->conn) > 0)
			return HTTP_WAIT_WRITE;
		return http_call_wants_body(c->call) ? HTTP_WAIT_BODY : HTTP_WAIT_NOTHING;
	case HTTP_CONNECTION_DRAIN:
		return HTTP_WAIT_BODY;
	case HTTP_CONNECTION_LINGER:
		return conn_queued(c->conn) > 0 ? HTTP_WAIT_WRITE : HTTP_WAIT_LINGER;
	default:
		return HTTP_WAIT_NOTHING;
	}
}

/* Bytes moved in the direction that is waited for. */
static uint64_t
progress(const struct http_connection *c, enum http_wait wait)
{
	return wait == HTTP_WAIT_WRITE ? conn_bytes_out(c->conn) : conn_bytes_in(c->conn);
}

void
http_connection_wait(struct http_connection *c)
{
	enum http_wait wait =
		conn_state(c->conn) == CONN_CLOSING ? HTTP_WAIT_NOTHING : what_it_waits_for(c);

	if (wait == c->waiting)
		return;
	c->waiting = wait;
	conn_read_size(c->conn, wait == HTTP_WAIT_BODY ? CONN_READ_MUCH : CONN_READ_FEW);
	if (wait == HTTP_WAIT_NOTHING) {
		expiry_clear(&c->deadline);
		return;
	}
	c->progress_mark = progress(c, wait);
	expiry_set(c->server->expiry, &c->deadline, (unsigned)wait, c);
}

/* Too slow to be served. Answers where the peer can still read it. */
static void
cut(struct http_connection *c, enum http_wait wait)
{
	struct http_call *call;

	c->server->counters.cut_by_wait[wait]++;
	if (wait == HTTP_WAIT_HEAD && (call = http_call_new(c)) != NULL) {
		set_state(c, HTTP_CONNECTION_CALL);
		call->close_after = true;
		http_answer_problem(call, STATUS_TIMEOUT, "http.head.slow", NULL);
	} else if (wait == HTTP_WAIT_BODY && c->call != NULL) {
		http_call_fail_body(c->call, STATUS_TIMEOUT, "http.body.slow", NULL);
	} else {
		conn_close(c->conn);
	}
}

/* In each period a body or an answer must move by some bytes; a head has one period in all. */
void
http_connection_expired(struct http_connection *c, enum http_wait wait)
{
	bool moved = (wait == HTTP_WAIT_BODY || wait == HTTP_WAIT_WRITE) &&
		progress(c, wait) - c->progress_mark >= HTTP_LEAST_PROGRESS;

	c->waiting = HTTP_WAIT_NOTHING;
	if (!moved && what_it_waits_for(c) == wait)
		cut(c, wait);
	http_connection_wait(c);
}

/* --- the end of a call and of the connection --- */

static void
linger(struct http_connection *c)
{
	set_state(c, HTTP_CONNECTION_LINGER);
	conn_finish(c->conn);
}

static void
log_call(const struct http_call *call)
{
	const struct conn_peer *peer = conn_peer(call->connection->conn);
	char object[32];

	snprintf(object, sizeof(object), "call=%llu", (unsigned long long)call->id);
	log_info(object, "method=%s path=%s status=%d ms=%.1f in=%llu out=%llu peer=%s uid=%ld",
		call->head.method != NULL ? call->head.method : "-",
		call->head.path != NULL ? call->head.path : "-", call->code,
		(double)(clock_monotonic() - call->began) / 1000.0,
		(unsigned long long)call->body_bytes, (unsigned long long)call->sent, peer->address,
		peer->is_unix ? (long)peer->uid : -1L);
}

/* The call is answered. What follows depends on how much of its body is still to come. */
static void
leave_call(struct http_connection *c)
{
	struct http_call *call = c->call;
	bool body_done = call->body == HTTP_BODY_IS_DONE;
	bool drainable = !body_done && call->continued && !call->head.chunked &&
		c->parser.left <= HTTP_DRAIN_MAX;
	bool end = call->close_after || c->server->stopping || conn_has_ended(c->conn) ||
		!(body_done || drainable);

	log_call(call);
	c->call = NULL;
	http_call_free(call);
	if (end)
		linger(c);
	else
		set_state(c, body_done ? HTTP_CONNECTION_IDLE : HTTP_CONNECTION_DRAIN);
}

/* --- requests --- */

static void
begin_call(struct http_connection *c)
{
	struct http_call *call = http_call_new(c);
	enum http_refusal r;
	size_t used;

	if (call == NULL) {
		conn_close(c->conn);
		return;
	}
	set_state(c, HTTP_CONNECTION_CALL);
	r = http_parser_head(&c->parser, call->arena, &call->head);
	if (r != HTTP_REFUSE_NONE) {
		http_answer_refusal(call, r);
		return;
	}
	/* Known to have no body: then it is complete before the handler runs. */
	if (!call->head.chunked && call->head.length == 0) {
		http_parser_next(&c->parser, NULL, 0, &used);
		call->body = HTTP_BODY_IS_DONE;
	}
	http_call_dispatch(call);
}

/* Broken framing: nothing after it can be trusted. */
static void
refuse(struct http_connection *c)
{
	struct http_call *call = c->call;

	if (call != NULL) {
		c->server->counters.refused_by_parser++;
		http_call_fail_body(call, STATUS_MALFORMED, http_refusal_code(c->parser.refusal), NULL);
		return;
	}
	if (c->state == HTTP_CONNECTION_DRAIN || (call = http_call_new(c)) == NULL) {
		conn_close(c->conn);
		return;
	}
	set_state(c, HTTP_CONNECTION_CALL);
	http_answer_refusal(call, c->parser.refusal);
}

static void
end_message(struct http_connection *c)
{
	if (c->state == HTTP_CONNECTION_DRAIN)
		set_state(c, c->server->stopping ? HTTP_CONNECTION_LINGER : HTTP_CONNECTION_IDLE);
	else if (c->call != NULL)
		http_call_end_body(c->call);
	if (c->state == HTTP_CONNECTION_LINGER)
		conn_finish(c->conn);
}

static void
take_item(struct http_connection *c, enum http_item item)
{
	switch (item) {
	case HTTP_ITEM_HEAD:
		begin_call(c);
		break;
	case HTTP_ITEM_DATA:
		if (c->call != NULL)
			http_call_take_body(c->call, c->parser.data.data, c->parser.data.len);
		break;
	case HTTP_ITEM_END:
		end_message(c);
		break;
	case HTTP_ITEM_REFUSED:
		refuse(c);
		break;
	case HTTP_ITEM_MORE:
		if (c->state == HTTP_CONNECTION_IDLE || c->state == HTTP_CONNECTION_HEAD)
			set_state(c,
				http_parser_is_idle(&c->parser) ? HTTP_CONNECTION_IDLE
								: HTTP_CONNECTION_HEAD);
		break;
	}
}

/* As far as the bytes and the calls allow; returns how many bytes are taken. */
static size_t
process(struct http_connection *c, const unsigned char *p, size_t n)
{
	enum http_item item = HTTP_ITEM_HEAD;
	unsigned requests = 0;
	size_t used = 0, taken;

	while (item != HTTP_ITEM_MORE && conn_state(c->conn) == CONN_OPEN) {
		if (c->call != NULL && !http_call_wants_body(c->call))
			return used;
		if (c->call == NULL && requests == HTTP_REQUESTS_PER_TURN) {
			loop_task_post(c->server->loop, &c->pump);
			return used;
		}
		item = http_parser_next(&c->parser, p + used, n - used, &taken);
		used += taken;
		requests += item == HTTP_ITEM_HEAD;
		take_item(c, item);
		if (c->call != NULL && c->call->phase == HTTP_CALL_ENDED)
			leave_call(c);
	}
	return conn_state(c->conn) == CONN_OPEN ? used : n;
}

static size_t
on_data(void *arg, const unsigned char *p, size_t n)
{
	struct http_connection *c = arg;
	size_t used;

	c->in_data = true;
	used = process(c, p, n);
	c->in_data = false;
	http_connection_wait(c);
	return used;
}

/*
 * In a turn of its own: a call that was answered by a callback ends, a body that is wanted flows,
 * the next request is read.
 */
static void
pump(void *arg)
{
	struct http_connection *c = arg;

	if (c->call != NULL && c->call->phase == HTTP_CALL_ENDED)
		leave_call(c);
	if (conn_state(c->conn) == CONN_OPEN) {
		c->in_data = true;
		process(c, (const unsigned char *)"", 0);
		c->in_data = false;
		if (c->call == NULL || http_call_wants_body(c->call))
			conn_resume(c->conn);
	}
	http_connection_wait(c);
}

void
http_connection_pump(struct http_connection *c)
{
	if (!c->in_data)
		loop_task_post(c->server->loop, &c->pump);
}

/* --- events of the connection --- */

static void
on_opened(void *arg)
{
	struct http_connection *c = arg;

	set_state(c, HTTP_CONNECTION_IDLE);
	http_connection_wait(c);
}

/*
 * The peer sends no more but may read: an answer that is under way is finished (RFC 9112
 * section 9.6).
 */
static void
on_ended(void *arg)
{
	struct http_connection *c = arg;

	if (c->call == NULL) {
		if (c->state == HTTP_CONNECTION_IDLE)
			linger(c);
		else
			conn_close(c->conn);
	} else if (c->call->phase == HTTP_CALL_EVENTS || c->call->body != HTTP_BODY_IS_DONE) {
		conn_close(c->conn);
	}
	http_connection_wait(c);
}

static void
on_wrote(void *arg, size_t n)
{
	struct http_connection *c = arg;

	(void)n;
	if (c->call != NULL)
		http_answer_wrote(c->call);
	http_connection_wait(c);
}

static void
on_closed(void *arg)
{
	struct http_connection *c = arg;
	struct http_server *s = c->server;
	struct http_call *call = c->call;

	s->counters.bytes_in += conn_bytes_in(c->conn);
	s->counters.bytes_out += conn_bytes_out(c->conn);
	if (call != NULL) {
		if (call->code == 0)
			call->code = status_http(STATUS_CANCELLED);
		log_call(call);
		http_call_lose_connection(call);
	}
	set_state(c, HTTP_CONNECTION_CLOSED);
	expiry_clear(&c->deadline);
	loop_task_cancel(&c->pump);
	http_parser_free(&c->parser);
	TAILQ_REMOVE(&s->connections, c, link);
	s->connection_count--;
	free(c);
	http_server_check_stopped(s);
}

static const struct conn_events events = {on_opened, on_data, on_ended, on_wrote, on_closed};

/* --- accepting --- */

/*
 * At the limit the connection that has been idle longest makes room; without one the newcomer is
 * turned away.
 */
static bool
make_room(struct http_server *s)
{
	struct http_connection *oldest;

	if (s->connection_count < s->limits.connections)
		return true;
	oldest = expiry_oldest(s->expiry, HTTP_WAIT_IDLE);
	if (oldest == NULL)
		return false;
	s->counters.connections_evicted++;
	expiry_clear(&oldest->deadline);
	conn_close(oldest->conn);
	return true;
}

/* A problem like any other, in the language of who asks for none: the request is not read. */
static void
turn_away(struct http_server *s, int fd, bool plain)
{
	static const char code[] = "http.connections";
	const char *title = message_text(code, LANGUAGE_VI);
	char body[400], busy[700];
	int n;

	s->counters.connections_refused++;
	if (plain) {
		n = snprintf(body, sizeof(body),
			"{\"type\":\"urn:congvan:%s\",\"title\":\"%s\",\"status\":503,\"code\":\"%s\",\"findings\":[]}", code, title, code);
		n = snprintf(busy, sizeof(busy),
			"HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: %d\r\nRetry-After: 1\r\n"
			"Connection: close\r\n\r\n%s", n, body);
		(void)!send(fd, busy, (size_t)n, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	close(fd);
}

void
http_connection_accept(
	struct http_server *s, int fd, const struct conn_peer *peer, struct tls_context *tls)
{
	struct http_connection *c;

	if (!make_room(s) || (c = calloc(1, sizeof(*c))) == NULL) {
		turn_away(s, fd, tls == NULL);
		return;
	}
	c->server = s;
	if (conn_new(s->group, fd, tls, peer, &events, c, &c->conn) != STATUS_OK) {
		free(c);
		turn_away(s, fd, tls == NULL);
		return;
	}
	c->state = tls != NULL ? HTTP_CONNECTION_HANDSHAKE : HTTP_CONNECTION_IDLE;
	c->waiting = HTTP_WAIT_NOTHING;
	loop_task_init(&c->pump, pump, c);
	http_parser_init(&c->parser, s->limits.head_bytes, s->limits.header_count);
	TAILQ_INSERT_TAIL(&s->connections, c, link);
	s->connection_count++;
	s->counters.connections_total++;
	http_connection_wait(c);
}

void
http_connection_stop(struct http_connection *c)
{
	if (c->call == NULL) {
		if (c->state == HTTP_CONNECTION_IDLE && conn_state(c->conn) == CONN_OPEN &&
			conn_queued(c->conn) > 0)
			linger(c);
		else if (c->state != HTTP_CONNECTION_LINGER && c->state != HTTP_CONNECTION_DRAIN)
			conn_close(c->conn);
	} else if (c->call->phase == HTTP_CALL_EVENTS) {
		http_call_end_events(c->call);
	}
	http_connection_wait(c);
}
