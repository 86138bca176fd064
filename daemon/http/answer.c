/*
 * answer: what goes back. A head and a small body are composed in one buffer of the server and
 * leave in one system call; a long body is written in pieces with back-pressure. Answers to a
 * client that has gone go nowhere, and end as if they had arrived.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "daemon/http/server_private.h"
#include "lib/base/log.h"

static const struct {
	int code;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{202, "Accepted"},
	{204, "No Content"},
	{206, "Partial Content"},
	{303, "See Other"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{416, "Range Not Satisfiable"},
	{417, "Expectation Failed"},
	{422, "Unprocessable Content"},
	{423, "Locked"},
	{428, "Precondition Required"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{504, "Gateway Timeout"},
	{507, "Insufficient Storage"},
};

/*
 * The text is for people who look at the wire; a code without one has an empty reason (RFC 9112
 * section 4).
 */
static const char *
reason_of(int code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		if (reasons[i].code == code)
			return reasons[i].reason;
	return "";
}

/* --- header lines --- */

/* Fields that describe the message itself are the server's. */
static bool
is_ours(const char *name)
{
	static const char *const ours[] = {"connection", "content-length", "content-type", "date",
		"keep-alive", "trailer", "transfer-encoding", "upgrade"};

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcasecmp(name, ours[i]) == 0)
			return true;
	return false;
}

static bool
header_is_valid(const char *name, const char *value)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!http_is_token_byte((unsigned char)*p))
			return false;
	for (const char *p = value; *p != '\0'; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return false;
	return *name != '\0' && !is_ours(name);
}

void
http_answer_header(struct http_call *call, const char *name, const char *value)
{
	if (!header_is_valid(name, value)) {
		log_error("http", "call=%llu error=bad-answer-header name=%s",
			(unsigned long long)call->id, name);
		return;
	}
	if (strcasecmp(name, "cache-control") == 0)
		call->has_cache_control = true;
	buf_put_str(&call->extra, name);
	buf_put(&call->extra, ": ", 2);
	buf_put_str(&call->extra, value);
	buf_put(&call->extra, "\r\n", 2);
}

/* RFC 9110 section 5.6.7; made once a second. */
static void
put_date(struct http_server *s)
{
	clock_us now = clock_now() / CLOCK_SECOND;
	time_t t = (time_t)now;
	struct tm tm;

	if (now != s->date_second) {
		s->date_second = now;
		gmtime_r(&t, &tm);
		strftime(s->date, sizeof(s->date), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
	}
	buf_put_str(&s->compose, s->date);
}

static void
put_number(struct buf *b, uint64_t v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do
		digits[--n] = (char)('0' + v % 10);
	while ((v /= 10) > 0);
	buf_put(b, digits + n, sizeof(digits) - n);
}

/* How the end of the body is told (RFC 9112 section 6). */
static void
put_framing(struct http_call *call, int64_t length)
{
	struct buf *b = &call->server->compose;

	if (call->code == 204 || call->code == 304)
		return;
	if (length >= 0) {
		buf_put_str(b, "Content-Length: ");
		put_number(b, (uint64_t)length);
		buf_put_str(b, "\r\n");
	} else if (call->head.minor == 1) {
		call->chunked = true;
		buf_put_str(b, "Transfer-Encoding: chunked\r\n");
	} else {
		call->close_after = true;
	}
}

/*
 * A body that will not be read to its end ends the connection; said here, because now is the time
 * to say it.
 */
static void
decide_close(struct http_call *call)
{
	const struct http_connection *c = call->connection;

	if (call->body != HTTP_BODY_IS_DONE &&
		(!call->continued || call->head.chunked || c->parser.left > HTTP_DRAIN_MAX))
		call->close_after = true;
	if (call->server->stopping || conn_has_ended(c->conn))
		call->close_after = true;
}

static void
compose_head(struct http_call *call, const char *type, int64_t length)
{
	struct buf *b = &call->server->compose;

	buf_put(b, "HTTP/1.1 ", 9);
	put_number(b, (uint64_t)call->code);
	buf_put(b, " ", 1);
	buf_put_str(b, reason_of(call->code));
	buf_put(b, "\r\n", 2);
	put_date(call->server);
	if (type != NULL) {
		buf_put_str(b, "Content-Type: ");
		buf_put_str(b, type);
		buf_put(b, "\r\n", 2);
	}
	put_framing(call, length);
	if (!call->has_cache_control)
		buf_put_str(b, "Cache-Control: no-store\r\n");
	buf_put_str(b, "X-Content-Type-Options: nosniff\r\n");
	if (call->close_after)
		buf_put_str(b, "Connection: close\r\n");
	buf_put(b, call->extra.data, call->extra.len);
	buf_put(b, "\r\n", 2);
}

void
http_answer_head(struct http_call *call, int code, const char *type, int64_t length,
	const void *body, size_t n)
{
	struct buf *b = &call->server->compose;
	struct iovec pieces[2];

	call->answer = HTTP_ANSWER_BEGUN;
	if (call->connection == NULL)
		return;
	call->code = code;
	decide_close(call);
	b->len = 0;
	compose_head(call, type, length);
	if (buf_status(b) != STATUS_OK || buf_status(&call->extra) != STATUS_OK) {
		buf_free(b); /* usable again for the next answer */
		conn_close(call->connection->conn);
		return;
	}
	if (call->head_only || code == 204 || code == 304)
		call->head_only = true;
	pieces[0] = (struct iovec){b->data, b->len};
	pieces[1] = (struct iovec){(void *)(uintptr_t)body, call->head_only ? 0 : n};
	call->sent += pieces[1].iov_len;
	conn_write_pieces(call->connection->conn, pieces, 2);
}

/* --- the end of an answer --- */

void
http_answer_done(struct http_call *call)
{
	call->answer = HTTP_ANSWER_DONE;
	call->phase = HTTP_CALL_ENDED;
	call->wants_drained = false;
	call->gone = NULL;
	if (call->connection == NULL) {
		loop_task_post(call->server->loop, &call->finish);
		return;
	}
	http_connection_pump(call->connection);
	http_connection_wait(call->connection);
}

/* A handler that answers twice is a fault of ours that must not corrupt the connection. */
static bool
may_begin(struct http_call *call)
{
	if (call->answer == HTTP_ANSWER_NONE)
		return true;
	log_error("http", "call=%llu error=answered-twice", (unsigned long long)call->id);
	return false;
}

/* --- whole answers --- */

void
http_answer_bytes(struct http_call *call, int code, const char *type, const void *p, size_t n)
{
	if (!may_begin(call))
		return;
	http_answer_head(call, code, type, (int64_t)n, p, n);
	http_answer_done(call);
}

void
http_answer_empty(struct http_call *call, int code)
{
	http_answer_bytes(call, code, NULL, NULL, 0);
}

static int
dump(const char *p, size_t n, void *arg)
{
	buf_put(arg, p, n);
	return buf_status(arg) == STATUS_OK ? 0 : -1;
}

void
http_answer_json_as(struct http_call *call, int code, const char *type, json_t *value)
{
	struct buf text;

	buf_init(&text, 64u << 20);
	if (value == NULL ||
		json_dump_callback(value, dump, &text, JSON_COMPACT | JSON_ENCODE_ANY) != 0) {
		log_error("http", "call=%llu error=answer-json", (unsigned long long)call->id);
		http_answer_bytes(call, 500, NULL, NULL, 0);
	} else {
		http_answer_bytes(call, code, type, text.data, text.len);
	}
	buf_free(&text);
	json_decref(value);
}

void
http_answer_json(struct http_call *call, int code, json_t *value)
{
	http_answer_json_as(call, code, "application/json", value);
}

/* --- long answers --- */

void
http_answer_begin(struct http_call *call, int code, const char *type, int64_t length,
	void (*drained)(void *arg), void *arg)
{
	if (!may_begin(call))
		return;
	call->left = length;
	call->drained = drained;
	call->drained_arg = arg;
	http_answer_head(call, code, type, length, NULL, 0);
}

static void
write_chunk(struct http_call *call, const void *p, size_t n)
{
	char size[20];
	struct iovec pieces[3] = {{size, 0}, {(void *)(uintptr_t)p, n}, {(char[]){'\r', '\n'}, 2}};

	pieces[0].iov_len = (size_t)snprintf(size, sizeof(size), "%zx\r\n", n);
	conn_write_pieces(call->connection->conn, pieces, 3);
}

/* More than was announced would be read as the next answer. */
static bool
is_within_length(struct http_call *call, size_t n)
{
	if (call->left < 0)
		return true;
	if ((uint64_t)call->left < n) {
		log_error("http", "call=%llu error=answer-too-long", (unsigned long long)call->id);
		conn_close(call->connection->conn);
		return false;
	}
	call->left -= (int64_t)n;
	return true;
}

bool
http_answer_write(struct http_call *call, const void *p, size_t n)
{
	struct conn *conn;

	if (call->answer != HTTP_ANSWER_BEGUN || call->connection == NULL || n == 0 ||
		!is_within_length(call, n) || call->head_only)
		return true;
	conn = call->connection->conn;
	call->sent += n;
	call->burst += n;
	if (call->chunked)
		write_chunk(call, p, n);
	else
		conn_write(conn, p, n);
	http_connection_wait(call->connection);
	if (conn_queued(conn) <= HTTP_HIGH_WATER && call->burst <= HTTP_BURST)
		return true;
	if (call->drained == NULL)
		return true; /* a source that cannot stop */
	call->wants_drained = true;
	if (conn_queued(conn) <= HTTP_LOW_WATER)
		loop_task_post(call->server->loop, &call->drained_task);
	return false;
}

void
http_answer_wrote(struct http_call *call)
{
	if (call->wants_drained && conn_queued(call->connection->conn) <= HTTP_LOW_WATER)
		loop_task_post(call->server->loop, &call->drained_task);
}

void
http_answer_end(struct http_call *call)
{
	if (call->answer != HTTP_ANSWER_BEGUN)
		return;
	if (call->left > 0 && !call->head_only && call->connection != NULL) {
		log_error("http", "call=%llu error=answer-too-short", (unsigned long long)call->id);
		http_answer_abort(call);
		return;
	}
	if (call->chunked && !call->head_only && call->connection != NULL)
		conn_write(call->connection->conn, "0\r\n\r\n", 5);
	http_answer_done(call);
}

void
http_answer_abort(struct http_call *call)
{
	if (call->phase == HTTP_CALL_ENDED)
		return;
	if (call->connection != NULL) {
		call->code = call->code != 0 ? call->code : 500;
		conn_close(call->connection->conn);
	}
	http_answer_done(call);
}
