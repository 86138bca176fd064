/* signer_link: see signer_link.h. The connection itself is daemon/io/link. */
#include "config.h"

#include "daemon/sign/signer_link.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/io/link.h"
#include "daemon/io/loop.h"
#include "lib/base/log.h"

#define HELLO_MS 10000u
#define CALL_MS 30000u
#define SIGN_MS 120000u /* a thousand signatures with a slow key */
#define JOIN_A_TURN 64  /* signatures of a large answer taken over in one turn of the loop */
#define NEXT_TURN_MS 1u /* libuv runs a timer of 0 again in the same turn */

/*
 * AWAY: not connected. GREETING: HELLO was sent. READY: calls go out. CLOSED: signer_link_close was
 * called.
 */
enum signer_link_state {
	SIGNER_LINK_AWAY,
	SIGNER_LINK_GREETING,
	SIGNER_LINK_READY,
	SIGNER_LINK_CLOSED
};

struct call {
	struct call *next;
	struct signer_link *link;
	enum signer_msg type;
	uint32_t
		id; /* 0: no answer is awaited: was not sent, or was answered and is being joined */
	enum status status;
	signer_cb cb;
	void *arg;
	struct loop_timer *timer;
	json_t *reply; /* a large answer, and what of its file is not yet in it */
	struct span file, rest;
};

struct signer_link {
	enum signer_link_state state;
	struct loop *loop;
	struct link *link;
	json_t *hello;
	struct call *calls;
	unsigned count;
	uint32_t last_id;
	void (*done)(void *arg);
	void *done_arg;
};

static const bool moves[4][4] = {
	[SIGNER_LINK_AWAY] = {[SIGNER_LINK_GREETING] = true, [SIGNER_LINK_CLOSED] = true},
	[SIGNER_LINK_GREETING] = {[SIGNER_LINK_READY] = true,
		[SIGNER_LINK_AWAY] = true,
		[SIGNER_LINK_CLOSED] = true},
	[SIGNER_LINK_READY] = {[SIGNER_LINK_AWAY] = true, [SIGNER_LINK_CLOSED] = true},
};

static void
set_state(struct signer_link *s, enum signer_link_state to)
{
	if (!moves[s->state][to])
		abort();
	s->state = to;
}

/* --- calls --- */

/* Takes the call out of the list and ends it. Its callback may make others, or close the link. */
static void
end_call(struct call *c, enum status st, json_t *reply)
{
	struct signer_link *s = c->link;

	for (struct call **p = &s->calls; *p != NULL; p = &(*p)->next)
		if (*p == c) {
			*p = c->next;
			s->count--;
			break;
		}
	loop_timer_stop(c->timer);
	c->cb(c->arg, st, reply);
	frame_unmap(&c->file);
	json_decref(c->reply);
	free(c);
}

/* The calls that were sent. Their callbacks cannot send others: the state is AWAY. */
static void
end_sent(struct signer_link *s, enum status st)
{
	struct call *c;

	do {
		for (c = s->calls; c != NULL && c->id == 0;)
			c = c->next;
		if (c != NULL)
			end_call(c, st, NULL);
	} while (c != NULL);
}

static void
on_late(void *arg)
{
	struct call *c = arg;
	struct signer_link *s = c->link;
	bool greeting = c->type == SIGNER_MSG_HELLO && s->state == SIGNER_LINK_GREETING;

	end_call(c, c->id != 0 ? STATUS_TIMEOUT : c->status, NULL);
	if (greeting)
		link_drop(s->link);
}

/* Sends the request. STATUS_OK: an answer is awaited. */
static enum status
send_call(struct call *c, json_t *request)
{
	struct signer_link *s = c->link;
	struct frame f = {.type = (uint8_t)c->type};
	struct buf text;
	enum status st;

	if (++s->last_id == 0)
		s->last_id = 1;
	f.id = s->last_id;
	buf_init(&text, FRAME_MAX);
	st = signer_msg_encode(request, &text);
	f.payload = (struct span){text.data, text.len};
	if (st == STATUS_OK)
		st = link_send(s->link, &f);
	buf_free(&text);
	if (st == STATUS_OK)
		c->id = f.id;
	return st;
}

static uint64_t
patience(enum signer_msg type)
{
	return type == SIGNER_MSG_HELLO ? HELLO_MS : type == SIGNER_MSG_SIGN ? SIGN_MS : CALL_MS;
}

/* A call is ended by its answer, by its timer, or with the connection; one that cannot be sent by
 * its timer at once. */
static enum status
start_call(struct signer_link *s, enum signer_msg type, json_t *request, bool may_send,
	signer_cb cb, void *arg)
{
	struct call *c = calloc(1, sizeof(*c));
	enum status st;

	if (c == NULL)
		return STATUS_NO_MEMORY;
	*c = (struct call){.link = s, .type = type, .cb = cb, .arg = arg};
	c->status = !may_send                   ? STATUS_UNAVAILABLE
		: s->count >= SIGNER_LINK_CALLS ? STATUS_TOO_MANY
						: send_call(c, request);
	st = loop_timer_start(
		s->loop, c->status == STATUS_OK ? patience(type) : 0, 0, on_late, c, &c->timer);
	if (st != STATUS_OK) {
		free(c); /* an answer to what was sent will find nobody */
		return STATUS_NO_MEMORY;
	}
	c->next = s->calls;
	s->calls = c;
	s->count++;
	return STATUS_OK;
}

enum status
signer_link_call(
	struct signer_link *s, enum signer_msg type, json_t *request, signer_cb cb, void *arg)
{
	if (s->state == SIGNER_LINK_CLOSED)
		return STATUS_CANCELLED;
	return start_call(s, type, request, s->state == SIGNER_LINK_READY, cb, arg);
}

/* --- what the connection brings --- */

static void
on_hello(void *arg, enum status st, json_t *reply)
{
	struct signer_link *s = arg;
	const char *name = json_string_value(json_object_get(reply, "signer"));

	if (s->state != SIGNER_LINK_GREETING)
		return;
	if (st != STATUS_OK || json_integer_value(json_object_get(reply, "version")) != 2) {
		log_warn("signer", "hello=%s", status_code(st));
		link_drop(s->link);
		return;
	}
	json_decref(s->hello);
	s->hello = json_incref(reply);
	set_state(s, SIGNER_LINK_READY);
	log_info("signer", "link=ready name=\"%s\"", name != NULL ? name : "-");
}

static void
on_up(void *arg)
{
	struct signer_link *s = arg;
	json_t *nothing = json_object();

	set_state(s, SIGNER_LINK_GREETING);
	if (nothing == NULL ||
		start_call(s, SIGNER_MSG_HELLO, nothing, true, on_hello, s) != STATUS_OK)
		link_drop(s->link);
	json_decref(nothing);
}

static void
on_down(void *arg)
{
	struct signer_link *s = arg;

	if (s->state == SIGNER_LINK_READY)
		log_warn("signer", "link=lost calls=%u", s->count);
	if (s->state == SIGNER_LINK_GREETING || s->state == SIGNER_LINK_READY)
		set_state(s, SIGNER_LINK_AWAY);
	end_sent(s, STATUS_UNAVAILABLE);
}

static struct call *
find_call(const struct signer_link *s, uint32_t id)
{
	for (struct call *c = s->calls; c != NULL; c = c->next)
		if (c->id == id)
			return c;
	return NULL;
}

static void
join(void *arg)
{
	struct call *c = arg;
	struct signer_link *s = c->link;
	enum status st = signer_msg_join_some(c->reply, c->file, &c->rest, JOIN_A_TURN);

	loop_timer_stop(c->timer);
	c->timer = NULL;
	if (st == STATUS_UNAVAILABLE)
		st = loop_timer_start(s->loop, NEXT_TURN_MS, 0, join, c, &c->timer);
	else if (st == STATUS_OK)
		end_call(c, STATUS_OK, c->reply);
	if (st != STATUS_OK) {
		log_error("signer", "reply=broken joining=%s", status_code(st));
		end_call(c, STATUS_UNAVAILABLE, NULL);
		link_drop(s->link);
	}
}

/* Megabytes of signatures are put into the answer a piece a turn, so that nobody else waits for it.
 */
static enum status
begin_join(struct call *c, const struct frame *f, json_t *reply)
{
	struct loop_timer *timer = NULL;
	enum status st;

	if (f->fd_count != 1 || c->type != SIGNER_MSG_SIGN || json_object_get(reply, "cms") != NULL)
		return STATUS_MALFORMED;
	st = frame_map(f->fds[0], &c->file);
	if (st == STATUS_OK)
		st = loop_timer_start(c->link->loop, NEXT_TURN_MS, 0, join, c, &timer);
	if (st != STATUS_OK)
		return st;
	loop_timer_stop(c->timer);
	c->timer = timer;
	c->id = 0;
	c->rest = c->file;
	c->reply = json_incref(reply);
	return STATUS_OK;
}

static enum status
status_of_error(const json_t *reply)
{
	const char *code = json_string_value(json_object_get(reply, "status"));
	enum status st = code != NULL ? status_from_code(code) : STATUS_INTERNAL;

	return st != STATUS_OK ? st : STATUS_INTERNAL;
}

static void
on_frame(void *arg, struct frame *f)
{
	struct signer_link *s = arg;
	struct call *c = f->id != 0 ? find_call(s, f->id) : NULL;
	json_t *reply = NULL;
	enum status st;

	if (c == NULL)
		return; /* too late: the call has ended */
	st = f->type == c->type || f->type == SIGNER_MSG_ERROR
		? signer_msg_decode(f->payload, &reply)
		: STATUS_MALFORMED;
	if (st == STATUS_OK && f->fd_count > 0)
		st = begin_join(c, f, reply);
	else if (st == STATUS_OK)
		end_call(
			c, f->type == SIGNER_MSG_ERROR ? status_of_error(reply) : STATUS_OK, reply);
	json_decref(reply);
	if (st != STATUS_OK) {
		log_error(
			"signer", "reply=broken type=%u to=%s", f->type, signer_msg_name(c->type));
		link_drop(s->link);
	}
}

static void
on_closed(void *arg)
{
	struct signer_link *s = arg;

	while (s->calls != NULL)
		end_call(s->calls, STATUS_CANCELLED, NULL);
	if (s->done != NULL)
		s->done(s->done_arg);
	json_decref(s->hello);
	free(s);
}

static const struct link_events events = {on_up, on_frame, on_down, on_closed};

enum status
signer_link_new(struct loop *loop, const char *socket, struct signer_link **out)
{
	struct signer_link *s = calloc(1, sizeof(*s));
	enum status st;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	s->state = SIGNER_LINK_AWAY;
	s->loop = loop;
	st = link_new(loop, socket, &events, s, &s->link);
	if (st != STATUS_OK) {
		free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

void
signer_link_close(struct signer_link *s, void (*done)(void *arg), void *arg)
{
	if (s == NULL || s->state == SIGNER_LINK_CLOSED)
		return;
	set_state(s, SIGNER_LINK_CLOSED);
	s->done = done;
	s->done_arg = arg;
	link_close(s->link);
}

bool
signer_link_ready(const struct signer_link *s)
{
	return s->state == SIGNER_LINK_READY;
}

json_t *
signer_link_hello(const struct signer_link *s)
{
	return s->hello;
}
