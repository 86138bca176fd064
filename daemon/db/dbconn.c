/*
 * dbconn: see dbconn.h. Connecting and the states are in this file, statements and results in dbconn_pipeline.c. In pipeline mode every command
 * gets its results and a NULL, also after an abort, and a sync one result of its own (libpq manual 34.5).
 */
#include "daemon/db/dbconn_private.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/db/lookup.h"
#include "daemon/db/watch.h"
#include "daemon/io/loop.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define BACKOFF_LEAST_MS 50
#define BACKOFF_MOST_MS 5000
#define SERVER_LEAST 150000

static void connect_start(struct dbconn *c);
static void connect_step(struct dbconn *c);

/* Allowed moves; everything may go to CLOSED. */
static const unsigned moves[] = {
	[DBCONN_CLOSED] = 0,
	[DBCONN_WAITING] = 1u << DBCONN_CONNECTING,
	[DBCONN_CONNECTING] = 1u << DBCONN_UP | 1u << DBCONN_WAITING,
	[DBCONN_UP] = 1u << DBCONN_BROKEN | 1u << DBCONN_WAITING,
	[DBCONN_BROKEN] = 1u << DBCONN_WAITING,
};

static void
set_state(struct dbconn *c, enum dbconn_state state)
{
	if (state != DBCONN_CLOSED && !(moves[c->state] & 1u << state))
		abort();
	c->state = state;
	c->since = clock_monotonic();
}

/* ---- life ---- */

static void
leave(struct dbconn *c)
{
	if (--c->depth == 0 && c->state == DBCONN_CLOSED)
		free(c);
}

static void
on_timer(void *arg)
{
	struct dbconn *c = arg;

	loop_timer_stop(c->timer);
	c->timer = NULL;
	c->depth++;
	if (c->state == DBCONN_WAITING)
		connect_start(c);
	else if (c->state == DBCONN_BROKEN)
		dbconn_lost(c, c->broken_why);
	leave(c);
}

static void
timer_in(struct dbconn *c, uint64_t ms)
{
	loop_timer_stop(c->timer);
	c->timer = NULL;
	if (loop_timer_start(c->loop, ms, 0, on_timer, c, &c->timer) != STATUS_OK)
		abort(); /* no memory for a timer: nothing could be answered any more */
}

struct dbconn *
dbconn_new(struct loop *loop, const char *label, const struct dbconn_target *target,
	const struct dbconn_hooks *hooks, void *arg)
{
	struct dbconn *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->loop = loop;
	c->label = label;
	c->target = *target;
	c->hooks = *hooks;
	c->arg = arg;
	c->state = DBCONN_WAITING;
	c->backoff_ms = BACKOFF_LEAST_MS;
	c->tail = &c->head;
	result_init(&c->query.result);
	timer_in(c, 0);
	return c;
}

/* Gives the connection back to libpq; the watch goes first because libpq closes the descriptor. */
static void
drop(struct dbconn *c)
{
	lookup_cancel(c->lookup);
	c->lookup = NULL;
	watch_stop(c->watch);
	c->watch = NULL;
	if (c->pg != NULL)
		PQfinish(c->pg);
	c->pg = NULL;
	prepared_clear(&c->prepared);
}

void
dbconn_close(struct dbconn *c)
{
	if (c == NULL || c->state == DBCONN_CLOSED)
		return;
	c->depth++;
	set_state(c, DBCONN_CLOSED);
	loop_timer_stop(c->timer);
	c->timer = NULL;
	drop(c);
	dbconn_answer_all(c, STATUS_CANCELLED);
	leave(c);
}

void
dbconn_lost(struct dbconn *c, const char *why)
{
	bool was_up = c->state == DBCONN_UP || c->state == DBCONN_BROKEN;
	char text[160];

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(why, "\n"), why);
	log_write(was_up ? LOG_LEVEL_WARN : LOG_LEVEL_DEBUG, c->label, "event=%s why=\"%s\"",
		was_up ? "lost" : "connect-failed", text);
	drop(c);
	set_state(c, DBCONN_WAITING);
	if (!c->target.once)
		timer_in(c, c->backoff_ms);
	c->backoff_ms = c->backoff_ms * 2 > BACKOFF_MOST_MS ? BACKOFF_MOST_MS : c->backoff_ms * 2;
	dbconn_answer_all(c, STATUS_UNCERTAIN);
	if (c->state != DBCONN_CLOSED)
		c->hooks.down(c->arg, was_up, text);
}

void
dbconn_break(struct dbconn *c)
{
	if (c->state != DBCONN_UP)
		return;
	snprintf(c->broken_why, sizeof(c->broken_why), "%s", PQerrorMessage(c->pg));
	set_state(c, DBCONN_BROKEN);
	timer_in(c, 0);
}

void
dbconn_retry(struct dbconn *c)
{
	if (c == NULL)
		return;
	c->backoff_ms = BACKOFF_LEAST_MS;
	if (c->state == DBCONN_WAITING && c->timer != NULL)
		timer_in(c, 0);
}

bool
dbconn_is_up(const struct dbconn *c)
{
	return c != NULL && c->state == DBCONN_UP;
}

void
dbconn_check(struct dbconn *c, uint64_t limit_ms)
{
	clock_us limit = (clock_us)limit_ms * 1000, now = clock_monotonic();
	bool stuck;

	if (c == NULL)
		return;
	stuck = c->state == DBCONN_CONNECTING && now - c->since > 10 * CLOCK_SECOND;
	if (c->state == DBCONN_UP && c->head != NULL && limit_ms != 0 && now - c->progress > limit)
		stuck = true;
	if (!stuck)
		return;
	c->depth++;
	/* If this process itself stood still (suspended, or out of breath) the answer may be there unread. */
	if (c->state == DBCONN_UP)
		dbconn_read(c);
	if (c->state == DBCONN_CONNECTING || (c->state == DBCONN_UP && c->progress <= now - limit))
		dbconn_lost(c, "no answer in time");
	leave(c);
}

bool
dbconn_user(const char *url, char *to, size_t size)
{
	PQconninfoOption *all = PQconninfoParse(url, NULL);
	const char *user = NULL;
	int n = -1;

	for (const PQconninfoOption *o = all; o != NULL && o->keyword != NULL; o++)
		if (strcmp(o->keyword, "user") == 0)
			user = o->val;
	if (user != NULL)
		n = snprintf(to, size, "%s", user);
	PQconninfoFree(all);
	return n > 0 && (size_t)n < size;
}

/* ---- connecting ---- */

static void
on_ready(void *arg)
{
	struct dbconn *c = arg;

	c->depth++;
	if (c->state == DBCONN_CONNECTING)
		connect_step(c);
	else if (c->state == DBCONN_UP)
		dbconn_read(c);
	leave(c);
}

/* libpq may have closed one socket and opened another, even under the same number: a watch is made anew after each step. */
static bool
watch_again(struct dbconn *c, bool read, bool write)
{
	watch_stop(c->watch);
	c->watch = NULL;
	if (PQsocket(c->pg) < 0 ||
		watch_start(c->loop, PQsocket(c->pg), on_ready, c, &c->watch) != STATUS_OK)
		return false;
	watch_set(c->watch, read, write);
	return true;
}

/* What a URL may overrule stands before it, what it may not after it. */
static PGconn *
begin(const char *url, const struct lookup_lists *hosts)
{
	static const char *const keys[] = {"target_session_attrs", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout", "gssencmode", "dbname",
		"fallback_application_name", "client_encoding", "host", "hostaddr", "port", NULL};
	const char *const values[] = {"read-write", "30", "10", "3", "30000", "disable", url, "congvand",
		"UTF8", hosts->host, hosts->hostaddr, hosts->port, NULL};

	return PQconnectStartParams(keys, values, 1);
}

static void
connect_to(struct dbconn *c, const struct lookup_lists *hosts)
{
	c->pg = begin(c->target.url, hosts);
	if (c->pg == NULL || PQstatus(c->pg) == CONNECTION_BAD) {
		dbconn_lost(c, c->pg != NULL ? PQerrorMessage(c->pg) : "no memory");
		return;
	}
	PQsetNoticeReceiver(c->pg, dbconn_notice, c);
	/* PQconnectStart ends as if PQconnectPoll had last said WRITING. */
	if (!watch_again(c, false, true))
		dbconn_lost(c, "no socket");
}

static void
on_hosts(void *arg, enum status st, const struct lookup_lists *hosts, const char *why)
{
	struct dbconn *c = arg;

	c->lookup = NULL;
	c->depth++;
	if (st == STATUS_OK)
		connect_to(c, hosts);
	else
		dbconn_lost(c, why);
	leave(c);
}

static void
connect_start(struct dbconn *c)
{
	set_state(c, DBCONN_CONNECTING);
	if (lookup_start(c->loop, c->target.url, on_hosts, c, &c->lookup) != STATUS_OK)
		dbconn_lost(c, "no memory");
}

static void
connected(struct dbconn *c)
{
	int version = PQserverVersion(c->pg);

	if (version < SERVER_LEAST) {
		log_error(c->label, "event=server-too-old version=%d least=%d", version, SERVER_LEAST);
		dbconn_lost(c, "PostgreSQL is older than 15");
		return;
	}
	if (PQsetnonblocking(c->pg, 1) != 0 || PQenterPipelineMode(c->pg) != 1 ||
		!watch_again(c, true, false)) {
		dbconn_lost(c, "no pipeline");
		return;
	}
	set_state(c, DBCONN_UP);
	log_debug(c->label, "event=up backend=%d", PQbackendPID(c->pg));
	c->backoff_ms = BACKOFF_LEAST_MS;
	c->progress = clock_monotonic();
	if (c->target.settle != NULL) {
		dbconn_send(c, c->target.settle, NULL, false, dbconn_settled, c);
		dbconn_sync(c, NULL, NULL);
	}
	c->hooks.up(c->arg);
	if (c->state == DBCONN_UP)
		dbconn_flush(c);
}

static void
connect_step(struct dbconn *c)
{
	bool ok = true;

	/* Not watched while libpq works: it may close the descriptor. */
	watch_stop(c->watch);
	c->watch = NULL;
	switch (PQconnectPoll(c->pg)) {
	case PGRES_POLLING_READING:
		ok = watch_again(c, true, false);
		break;
	case PGRES_POLLING_WRITING:
		ok = watch_again(c, false, true);
		break;
	case PGRES_POLLING_OK:
		connected(c);
		return;
	default:
		dbconn_lost(c, PQerrorMessage(c->pg));
		return;
	}
	if (!ok)
		dbconn_lost(c, "no socket");
}
