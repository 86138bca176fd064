/*
 * session: a connection of one's own (db_session_*). Few at a time: who comes later waits in line. A connection is made for each session and ended
 * with it, so that nothing of one (settings, transaction, temporary tables) reaches the next.
 */
#include "daemon/db/session.h"

#include <stdlib.h>

#include "daemon/db/request.h"
#include "daemon/io/loop.h"

#define SESSIONS_MOST 8

enum session_state {
	SESSION_WAITING, /* for one of the few places */
	SESSION_OPENING, /* connecting */
	SESSION_OPEN,    /* the owner has it */
	SESSION_DOWN,    /* its connection is gone: every query is STATUS_UNAVAILABLE until it is closed */
	SESSION_CLOSED   /* freed in a later turn */
};

struct db_session {
	struct loop *loop;
	struct sessions *all; /* NULL after sessions_free: only db_session_close is left to do */
	struct dbconn *conn;
	enum session_state state;
	void (*opened)(void *arg, enum status st, struct db_session *s);
	void *arg;
	clock_us since;
	struct request_queue refused;
	bool soon;
	struct db_session *next;
};

struct sessions {
	struct loop *loop;
	struct sessions_config config;
	const char *url; /* NULL: not yet */
	struct db_session *list; /* oldest first */
	size_t waiting, placed;
	bool soon, closing;
};

static void
unlink_session(struct db_session *s)
{
	struct db_session **at = &s->all->list;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	if (s->state == SESSION_WAITING)
		s->all->waiting--;
	else
		s->all->placed--;
}

static void
free_session(void *arg)
{
	struct db_session *s = arg;
	struct request *r;

	s->soon = false;
	while ((r = request_pop(&s->refused)) != NULL)
		request_answer(r, r->refused, NULL, NULL);
	if (s->state == SESSION_CLOSED && !s->soon)
		free(s);
}

static void
session_soon(struct db_session *s)
{
	if (!s->soon && loop_soon(s->loop, free_session, s) != STATUS_OK)
		abort();
	s->soon = true;
}

static void place(void *arg);

static void
want_place(struct sessions *all)
{
	if (!all->soon && loop_soon(all->loop, place, all) != STATUS_OK)
		abort();
	all->soon = true;
}

/* Tells the owner that it cannot have a session, and forgets it. */
static void
refuse(struct db_session *s, enum status st)
{
	struct sessions *all = s->all;

	unlink_session(s);
	s->state = SESSION_CLOSED;
	dbconn_close(s->conn);
	s->opened(s->arg, st, NULL);
	session_soon(s);
	if (!all->closing)
		want_place(all);
}

static void
on_up(void *arg)
{
	struct db_session *s = arg;

	s->state = SESSION_OPEN;
	s->opened(s->arg, STATUS_OK, s);
}

static void
on_down(void *arg, bool was_up, const char *why)
{
	struct db_session *s = arg;

	(void)why;
	if (was_up)
		s->state = SESSION_DOWN;
	else
		refuse(s, STATUS_UNAVAILABLE);
}

/* Gives the free places to those who wait. */
static void
place(void *arg)
{
	static const struct dbconn_hooks hooks = {on_up, on_down, NULL};
	struct sessions *all = arg;
	struct dbconn_target target = {all->url, all->config.settle, true};

	all->soon = false;
	if (all->closing) {
		free(all);
		return;
	}
	for (struct db_session *s = all->list; s != NULL && all->url != NULL && all->placed < SESSIONS_MOST; s = s->next) {
		if (s->state != SESSION_WAITING)
			continue;
		s->conn = dbconn_new(all->loop, "db=session", &target, &hooks, s);
		if (s->conn == NULL)
			return; /* those who wait too long are refused by sessions_tick */
		s->state = SESSION_OPENING;
		all->waiting--;
		all->placed++;
	}
}

void
sessions_connect(struct sessions *all, const char *url)
{
	all->url = url;
	want_place(all);
}

void
sessions_open(struct sessions *all, void (*opened)(void *arg, enum status st, struct db_session *s), void *arg)
{
	struct db_session *s = calloc(1, sizeof(*s)), **at = &all->list;

	if (s == NULL)
		abort();
	*s = (struct db_session){.loop = all->loop, .all = all, .opened = opened, .arg = arg, .since = clock_monotonic()};
	while (*at != NULL)
		at = &(*at)->next;
	*at = s;
	all->waiting++;
	want_place(all);
}

void
db_session_query(struct db_session *s, const struct db_stmt *stmt, const struct db_param *params, db_cb cb,
	void *arg)
{
	struct request *r;

	if (s->state == SESSION_OPEN && dbconn_send(s->conn, stmt, params, false, cb, arg)) {
		dbconn_sync(s->conn, NULL, NULL);
		dbconn_flush(s->conn);
		return;
	}
	r = request_new(stmt, params, cb, arg);
	r->refused = STATUS_UNAVAILABLE;
	request_push(&s->refused, r);
	session_soon(s);
}

void
db_session_close(struct db_session *s)
{
	if (s->all != NULL) {
		unlink_session(s);
		want_place(s->all);
	}
	s->state = SESSION_CLOSED;
	dbconn_close(s->conn);
	session_soon(s);
}

enum status
sessions_new(struct loop *loop, const struct sessions_config *config, struct sessions **out)
{
	struct sessions *all = calloc(1, sizeof(*all));

	if (all == NULL)
		return STATUS_NO_MEMORY;
	all->loop = loop;
	all->config = *config;
	*out = all;
	return STATUS_OK;
}

void
sessions_tick(struct sessions *all)
{
	clock_us oldest = clock_monotonic() - (clock_us)all->config.wait_ms * 1000;
	struct db_session *s, *next;

	for (s = all->list; s != NULL; s = next) {
		next = s->next;
		if (s->state == SESSION_OPEN)
			dbconn_check(s->conn, all->config.answer_ms);
		else if (s->state == SESSION_OPENING)
			dbconn_check(s->conn, 0);
		else if (s->state == SESSION_WAITING && (s->since < oldest || all->waiting > all->config.queue))
			refuse(s, s->since < oldest ? STATUS_UNAVAILABLE : STATUS_TOO_MANY);
	}
}

void
sessions_free(struct sessions *all)
{
	struct db_session *s;

	if (all == NULL)
		return;
	all->closing = true;
	while ((s = all->list) != NULL) {
		if (s->state == SESSION_WAITING || s->state == SESSION_OPENING) {
			refuse(s, STATUS_CANCELLED);
			continue;
		}
		/* The owner still has it and will close it; its queries are answered now. */
		all->list = s->next;
		s->all = NULL;
		s->state = SESSION_DOWN;
		dbconn_close(s->conn);
		s->conn = NULL;
	}
	if (!all->soon)
		free(all);
}
