/*
 * events: server-sent events (the "text/event-stream" of the HTML standard, section 9.2). A reader
 * that does not keep up is cut: it connects again with Last-Event-ID and loses nothing that
 * matters, while we keep nothing for it.
 */
#include <string.h>

#include "daemon/http/server_private.h"

void
http_answer_events(struct http_call *call)
{
	if (call->answer != HTTP_ANSWER_NONE)
		return;
	call->phase = HTTP_CALL_EVENTS;
	http_answer_head(call, 200, "text/event-stream", -1, NULL, 0);
	if (call->connection == NULL || call->head_only || call->server->stopping) {
		loop_task_post(call->server->loop,
			&call->tell_end); /* over before it began: `gone` comes in a later turn */
		return;
	}
	http_events_ping(call); /* so that the client sees the stream begin, also through proxies */
}

/* One block of text as one chunk; false when the reader is gone or too slow. */
static bool
send_text(struct http_call *call, const char *text, size_t n)
{
	struct conn *conn;

	if (call->phase != HTTP_CALL_EVENTS || call->connection == NULL)
		return false;
	conn = call->connection->conn;
	if (conn_state(conn) != CONN_OPEN)
		return false;
	http_answer_write(call, text, n);
	if (conn_queued(conn) > HTTP_HIGH_WATER)
		conn_close(conn);
	return conn_state(conn) == CONN_OPEN;
}

void
http_events_ping(struct http_call *call)
{
	if (send_text(call, ":\n\n", 3))
		expiry_set(call->server->expiry, &call->ping, HTTP_WAIT_PING, call);
}

static void
put_field(struct buf *b, const char *name, const char *value)
{
	if (value == NULL || strpbrk(value, "\r\n") != NULL)
		return;
	buf_put_str(b, name);
	buf_put_str(b, ": ");
	buf_put_str(b, value);
	buf_put_byte(b, '\n');
}

/* Every line of the data is a field of its own; CR would end a line, too. */
static void
put_data(struct buf *b, const char *data)
{
	size_t n;

	for (;; data += n + 1) {
		n = strcspn(data, "\r\n");
		buf_put_str(b, "data: ");
		buf_put(b, data, n);
		buf_put_byte(b, '\n');
		if (data[n] == '\0')
			return;
		if (data[n] == '\r' && data[n + 1] == '\n')
			data++;
	}
}

bool
http_event(struct http_call *call, const char *event, const char *id, const char *data)
{
	struct buf text;
	bool sent;

	buf_init(&text, 1u << 20);
	put_field(&text, "event", event);
	put_field(&text, "id", id);
	put_data(&text, data != NULL ? data : "");
	buf_put_byte(&text, '\n');
	sent = buf_status(&text) == STATUS_OK && send_text(call, (const char *)text.data, text.len);
	buf_free(&text);
	return sent;
}
