/* control: see control.h. */
#include "daemon/db/control.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/loop.h"
#include "lib/base/log.h"

/* Silence of the server longer than this: the lead must be given up, because another may hold it already. */
#define ANSWER_MS 5000
#define CHANNEL_MAX 63 /* an identifier */

struct listener {
	char channel[CHANNEL_MAX + 1], sql[CHANNEL_MAX + 16];
	struct db_stmt stmt; /* LISTEN takes no parameter, so each channel is a statement */
	void (*fn)(void *arg, const char *payload);
	void *arg;
	struct listener *next;
};

enum leader_state {
	LEADER_OUT,    /* does not hold the lock; asked for at each tick */
	LEADER_IN,     /* holds it: gained was called, lost not yet */
	LEADER_STOPPED /* db_leader_stop was called: freed when its last answer is in */
};

struct db_leader {
	struct control *control; /* NULL after control_free */
	char key[24];
	enum leader_state state;
	bool asking; /* an answer is to come */
	void (*gained)(void *arg);
	void (*lost)(void *arg);
	void *arg;
	struct db_leader *next;
};

struct control {
	struct loop *loop;
	const struct db_stmt *settle;
	struct dbconn *conn;
	struct listener *listeners;
	struct db_leader *leaders;
	bool up_before; /* this is not the first connection */
	uint64_t lost;
	void (*changed)(void *arg);
	void *arg;
};

static const struct db_stmt stmt_lock = {"leader_lock", "SELECT pg_try_advisory_lock($1::bigint)", 1};
static const struct db_stmt stmt_unlock = {"leader_unlock", "SELECT pg_advisory_unlock($1::bigint)", 1};
static const struct db_stmt stmt_alive = {"alive", "SELECT 1", 0};

static void
send(struct control *c, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg)
{
	dbconn_send(c->conn, stmt, params, false, cb, arg);
	dbconn_sync(c->conn, NULL, NULL);
	dbconn_flush(c->conn);
}

/* ---- notifications ---- */

static void
on_listen(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	const struct listener *l = arg;

	(void)result;
	if (st != STATUS_OK && error != NULL)
		log_error("db=control", "event=listen-failed channel=%s message=\"%s\"", l->channel,
			error->message);
}

void
control_listen(struct control *c, const char *channel, void (*fn)(void *arg, const char *payload), void *arg)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (l == NULL || strlen(channel) > CHANNEL_MAX || strchr(channel, '"') != NULL)
		abort(); /* channels are constants */
	snprintf(l->channel, sizeof(l->channel), "%s", channel);
	snprintf(l->sql, sizeof(l->sql), "LISTEN \"%s\"", channel);
	l->stmt = (struct db_stmt){"listen", l->sql, 0};
	l->fn = fn;
	l->arg = arg;
	l->next = c->listeners;
	c->listeners = l;
	if (dbconn_is_up(c->conn))
		send(c, &l->stmt, NULL, on_listen, l);
}

static void
on_notify(void *arg, const char *channel, const char *payload)
{
	struct control *c = arg;

	for (const struct listener *l = c->listeners; l != NULL; l = l->next)
		if (strcmp(l->channel, channel) == 0)
			l->fn(l->arg, payload);
}

/* ---- leaders ---- */

static void
ask(struct db_leader *l, const struct db_stmt *stmt, db_cb cb)
{
	struct db_param key = DB_TEXT(l->key);

	if (l->asking || !dbconn_is_up(l->control->conn))
		return;
	l->asking = true;
	send(l->control, stmt, &key, cb, l);
}

static void
unlink_leader(struct db_leader *l)
{
	struct db_leader **at;

	if (l->control == NULL)
		return;
	for (at = &l->control->leaders; *at != l; at = &(*at)->next)
		;
	*at = l->next;
}

static void
on_unlock(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct db_leader *l = arg;

	(void)st;
	(void)result;
	(void)error;
	unlink_leader(l);
	free(l);
}

static void
on_lock(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct db_leader *l = arg;
	bool got = st == STATUS_OK && db_flag(result, 0, 0);

	(void)error;
	l->asking = false;
	if (l->state == LEADER_STOPPED) {
		/* Stopped while asking: give back what came too late. */
		if (got)
			ask(l, &stmt_unlock, on_unlock);
		if (!l->asking)
			on_unlock(l, STATUS_OK, NULL, NULL);
	} else if (got) {
		l->state = LEADER_IN;
		log_info("db=control", "event=leader key=%s", l->key);
		l->gained(l->arg);
	}
}

struct db_leader *
control_lead(struct control *c, int64_t key, void (*gained)(void *arg), void (*lost)(void *arg), void *arg)
{
	struct db_leader *l = calloc(1, sizeof(*l));

	if (l == NULL)
		abort();
	l->control = c;
	snprintf(l->key, sizeof(l->key), "%" PRId64, key);
	l->gained = gained;
	l->lost = lost;
	l->arg = arg;
	l->next = c->leaders;
	c->leaders = l;
	ask(l, &stmt_lock, on_lock);
	return l;
}

void
db_leader_stop(struct db_leader *l)
{
	bool in;

	if (l == NULL)
		return;
	in = l->state == LEADER_IN;
	l->state = LEADER_STOPPED;
	if (l->asking)
		return;
	if (in && l->control != NULL)
		ask(l, &stmt_unlock, on_unlock);
	if (!l->asking)
		on_unlock(l, STATUS_OK, NULL, NULL);
}

/* ---- the connection ---- */

static void
on_up(void *arg)
{
	struct control *c = arg;

	for (struct listener *l = c->listeners; l != NULL; l = l->next)
		send(c, &l->stmt, NULL, on_listen, l);
	for (struct db_leader *l = c->leaders; l != NULL; l = l->next)
		ask(l, &stmt_lock, on_lock);
	for (struct listener *l = c->listeners; c->up_before && l != NULL; l = l->next)
		l->fn(l->arg, NULL);
	c->up_before = true;
	c->changed(c->arg);
}

/* Callbacks may stop their own leader, so the list is walked from its start until nobody leads. */
static void
lose_all(struct control *c)
{
	struct db_leader *l = c->leaders;

	while (l != NULL) {
		if (l->state == LEADER_IN) {
			l->state = LEADER_OUT;
			log_warn("db=control", "event=leader-lost key=%s", l->key);
			l->lost(l->arg);
			l = c->leaders;
		} else {
			l = l->next;
		}
	}
}

static void
on_down(void *arg, bool was_up, const char *why)
{
	struct control *c = arg;

	(void)why;
	if (!was_up)
		return;
	c->lost++;
	lose_all(c);
	c->changed(c->arg);
}

static void
on_alive(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	(void)arg;
	(void)st;
	(void)result;
	(void)error;
}

void
control_tick(struct control *c)
{
	struct db_leader *next;

	if (dbconn_is_up(c->conn) && dbconn_pending(c->conn) == 0)
		send(c, &stmt_alive, NULL, on_alive, c);
	for (struct db_leader *l = c->leaders; l != NULL; l = next) {
		next = l->next;
		if (l->state == LEADER_OUT)
			ask(l, &stmt_lock, on_lock);
	}
	dbconn_check(c->conn, ANSWER_MS);
}

/* ---- life ---- */

enum status
control_new(struct loop *loop, const struct db_stmt *settle, void (*changed)(void *arg), void *arg,
	struct control **out)
{
	struct control *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return STATUS_NO_MEMORY;
	c->loop = loop;
	c->settle = settle;
	c->changed = changed;
	c->arg = arg;
	*out = c;
	return STATUS_OK;
}

enum status
control_connect(struct control *c, const char *url)
{
	static const struct dbconn_hooks hooks = {on_up, on_down, on_notify};
	struct dbconn_target target = {url, c->settle, false};

	c->conn = dbconn_new(c->loop, "db=control", &target, &hooks, c);
	return c->conn != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
control_retry(struct control *c)
{
	dbconn_retry(c->conn);
}

void
control_free(struct control *c)
{
	struct listener *l;
	struct db_leader *leader;

	if (c == NULL)
		return;
	dbconn_close(c->conn);
	lose_all(c);
	while ((leader = c->leaders) != NULL) {
		c->leaders = leader->next;
		leader->control = NULL;
		leader->next = NULL;
	}
	while ((l = c->listeners) != NULL) {
		c->listeners = l->next;
		free(l);
	}
	free(c);
}

bool
control_is_up(const struct control *c)
{
	return dbconn_is_up(c->conn);
}

void
control_count(const struct control *c, struct db_counters *to)
{
	to->reconnects += c->lost;
	to->connections += dbconn_is_up(c->conn);
}
