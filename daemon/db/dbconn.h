/*
 * dbconn: one libpq connection on the loop, in pipeline mode, that connects again by itself. It sends statements and hands back their results in
 * order; what a lost connection means to the work is decided by its owner (pool, combiner, session, control).
 */
#ifndef CONGVAN_DB_DBCONN_H
#define CONGVAN_DB_DBCONN_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/db/db.h"

struct dbconn;

enum dbconn_state {
	DBCONN_CLOSED,     /* dbconn_close was called; freed as soon as nobody stands on it */
	DBCONN_WAITING,    /* no PGconn; the back-off timer runs */
	DBCONN_CONNECTING, /* the hosts are looked up, then PQconnectPoll says what to wait for */
	DBCONN_UP,         /* statements may be sent; results arrive in order */
	DBCONN_BROKEN      /* a send failed: nothing more is sent, and the next turn takes it down */
};

struct dbconn_target {
	const char *url;              /* libpq URL or key=value string; must outlive the connection */
	const struct db_stmt *settle; /* run first on every new connection (settings), or NULL */
	bool once;                    /* does not connect again: the owner closes it when it is down */
};

struct dbconn_hooks {
	/* Up: statements may be sent (those sent now follow `settle`). */
	void (*up)(void *arg);
	/* No longer up, or (was_up false) an attempt failed. Everything outstanding has been answered. */
	void (*down)(void *arg, bool was_up, const char *why);
	void (*notify)(void *arg, const char *channel, const char *payload); /* or NULL */
};

/* Begins to connect in a later turn; hooks are never called inside. label: for the log, static. NULL without memory. */
struct dbconn *dbconn_new(struct loop *loop, const char *label, const struct dbconn_target *target,
	const struct dbconn_hooks *hooks, void *arg);

/* Ends it: what is outstanding is answered STATUS_CANCELLED before this returns; no hook is called any more. */
void dbconn_close(struct dbconn *c);

bool dbconn_is_up(const struct dbconn *c);
/* Statements sent and not yet answered. */
size_t dbconn_pending(const struct dbconn *c);

/*
 * Sends a statement, preparing it first where needed. False: not up, nothing was sent and cb will not be called. Otherwise cb once, later, in order: as
 * db_cb says, but STATUS_CANCELLED when an earlier statement failed and no dbconn_sync stood between, and STATUS_UNCERTAIN when the connection is lost first.
 * binary: columns come in binary format.
 */
bool dbconn_send(struct dbconn *c, const struct db_stmt *stmt, const struct db_param *params, bool binary, db_cb cb,
	void *arg);

/* A border in the pipeline: statements after it run though one before it failed. cb (or NULL) when the server has passed it. */
bool dbconn_sync(struct dbconn *c, db_cb cb, void *arg);

/* The server is to send what results it has at the next dbconn_flush; needed when no dbconn_sync follows. */
void dbconn_request(struct dbconn *c);

/* Several statements in one text, as they stand. Only while nothing is outstanding. cb once, after the last or the first that failed. */
bool dbconn_script(struct dbconn *c, const char *text, db_cb cb, void *arg);

/* Pushes what was sent to the socket: call once after a group of sends. */
void dbconn_flush(struct dbconn *c);

/* The server is known to be there: if it waits to connect again, it does so now. Legal on NULL. */
void dbconn_retry(struct dbconn *c);

/* Takes it down in the next turn, and connects again. */
void dbconn_break(struct dbconn *c);

/* Called about every second: takes a connection down that has not answered for limit_ms or not connected for 10 s. Legal on NULL. */
void dbconn_check(struct dbconn *c, uint64_t limit_ms);

/* The user that a libpq URL names; false when it names none, or is no URL. */
bool dbconn_user(const char *url, char *to, size_t size);

#endif
