/*
 * db: PostgreSQL in the loop. A pool of pipelined libpq connections for queries; the write combiner for acts; sessions for work
 * that needs a connection of its own (content chunks); notifications. SQL lives in daemon/store as constants; here is none of it.
 */
#ifndef CONGVAN_DB_DB_H
#define CONGVAN_DB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

struct loop;
struct db;
struct db_result;

/* A statement: prepared once per connection under its name. Constants, compared by address. */
struct db_stmt {
	const char *name;
	const char *sql;
	int params;
};

/* A bound parameter: text (NUL-terminated), binary bytea, or NULL. Copied by every call that takes parameters. */
struct db_param {
	const void *value;
	size_t len;    /* used for bytes only */
	bool bytes;
};
#define DB_NULL ((struct db_param){NULL, 0, false})
#define DB_TEXT(s) ((struct db_param){(s), 0, false})
#define DB_BYTES(p, n) ((struct db_param){(p), (n), true})

/*
 * Outcome of a statement. STATUS_OK with rows; STATUS_DUPLICATE (23505), STATUS_CONFLICT (40001, 40P01), STATUS_INVALID (other class 22/23 and P0001 raised by
 * our triggers), STATUS_TIMEOUT (57014, 55P03), STATUS_NO_SPACE (53100), STATUS_UNAVAILABLE (no connection: nothing was done), STATUS_UNCERTAIN (connection lost while it ran), STATUS_INTERNAL.
 * result and its texts live until the callback returns; result is NULL unless OK. error: SQLSTATE, constraint and message, or NULL.
 */
struct db_error {
	char sqlstate[6];
	const char *constraint; /* "" when none */
	const char *message;
};
typedef void (*db_cb)(void *arg, enum status st, const struct db_result *result, const struct db_error *error);

size_t db_rows(const struct db_result *r);
bool db_is_null(const struct db_result *r, size_t row, size_t col);
/* Text form; "" for NULL. */
const char *db_text(const struct db_result *r, size_t row, size_t col);
int64_t db_number(const struct db_result *r, size_t row, size_t col);
bool db_flag(const struct db_result *r, size_t row, size_t col);
/* Column of type bytea, binary. The results come in text format except that bytea columns are decoded. */
struct span db_bytes(const struct db_result *r, size_t row, size_t col);
/* Rows touched by INSERT, UPDATE, DELETE. */
size_t db_touched(const struct db_result *r);

struct db_config {
	const char *url;          /* libpq URL (multi-host allowed); NULL: the embedded PostgreSQL in data_dir */
	const char *owner_url;    /* of your cluster, for the migrations, which then give the user of url its rights; NULL: url is the owner */
	const char *data_dir;
	const char *migrations;   /* folder of numbered *.sql */
	const char *service_user; /* user the embedded postgres runs as when we are root */
	unsigned connections;     /* for queries; one more for acts, one for notifications */
	unsigned queue;           /* queries and acts waiting at most: beyond it STATUS_TOO_MANY */
	bool as_owner;            /* of the embedded server: no other role, for migrations that know none (tests) */
};

/* Starts (embedded server, migrations, pool). ready once: STATUS_OK, or why not (diag logged). Reconnects by itself afterwards. */
enum status db_start(struct loop *loop, const struct db_config *config, void (*ready)(void *arg, enum status st), void *arg,
	struct db **out);
/*
 * Answers everything outstanding with STATUS_CANCELLED (a commit under way: STATUS_UNCERTAIN), some of it before it returns; statements and acts asked for after it,
 * too. done in a later turn; db is gone then. Leaders and sessions may be stopped after it.
 */
void db_stop(struct db *db, void (*done)(void *arg), void *arg);
bool db_is_up(const struct db *db);
struct loop *db_loop(const struct db *db);
/* The folder of data: whatever needs a file on disk for a while makes it there (daemon/io/spool.h). Lives as long as db. */
const char *db_dir(const struct db *db);

/*
 * Something on another thread will come back with db in its hand: db_stop is not done until as many were released as were held. What comes back while it is stopping has nothing
 * more to bring: whoever waits for it gets STATUS_CANCELLED.
 */
bool db_is_stopping(const struct db *db);
void db_hold(struct db *db);
void db_release(struct db *db);

/*
 * A thing of daemon/store that lives as long as db: given back to whoever asks, NULL before it was set. forget is called once, in db_stop, while the loop still
 * turns; after that there is none any more, and setting one is false.
 */
bool db_set_companion(struct db *db, void *thing, void (*forget)(void *thing));
void *db_companion(const struct db *db);

/*
 * One autocommitted statement on any free connection. cb exactly once, never inside. When the connection is lost while it runs, a statement of the
 * form SELECT or WITH … FROM table that names no writing (INSERT, UPDATE …) is run again (STATUS_UNAVAILABLE after three times), any other is
 * STATUS_UNCERTAIN: so do not call a function of ours that writes in the select list of a SELECT … FROM table here.
 */
void db_query(struct db *db, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg);

/*
 * The same for large values, on connections of their own, so that small questions do not wait behind chunks. bytea comes unencoded: read results with
 * db_bytes, db_number and db_is_null only. Its commit is not flushed: what it wrote is durable once an act that is
 * asked for after cb has been answered.
 */
void db_bulk(struct db *db, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg);

/* ---- acts: the write combiner ----
 * An act is a chain of statements that stand or fall together. Acts that gather while a commit is in flight share one transaction,
 * each under its own savepoint. `run` is called when the act's turn comes: it issues act_query calls (several at once are pipelined;
 * callbacks may issue more) and finally act_end: STATUS_OK keeps the work, anything else rolls back to the savepoint. `done` is called once after the commit that
 * holds it: with act_end's status, or STATUS_UNAVAILABLE (nothing done) or STATUS_UNCERTAIN (the commit's outcome is unknown). A failed statement makes the rest of the act fail:
 * its callbacks get STATUS_CANCELLED, and the act ends with the failed statement's status unless act_end gave another refusal. run may be called again (after a
 * serialisation failure or a lost connection before commit): it must start from scratch; callbacks still owed to the earlier run have been called with
 * STATUS_CANCELLED by then. run is never called inside db_act, done never inside act_end.
 * Between run and act_end an act waits for nothing but its own statements: others wait behind it (after 3 s without one it is refused with STATUS_TIMEOUT).
 * After a failed statement act_end may be left out; called later than in the callbacks of the act's statements it is not legal then.
 * Several statements issued at once are one round trip; issue them and act_end(act, STATUS_OK) together where nothing is to be decided in between.
 */
struct act;
struct act_kind {
	void (*run)(struct act *act, void *arg);
	void (*done)(void *arg, enum status st);
	bool unflushed; /* a transaction of such acts alone is answered before it is on the disk: a crash of PostgreSQL may take what was done in its last second */
};
void db_act(struct db *db, const struct act_kind *kind, void *arg);
void act_query(struct act *act, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg);
void act_end(struct act *act, enum status st);

/* ---- sessions: a connection of one's own, for streams of chunks ---- */
struct db_session;
void db_session_open(struct db *db, void (*opened)(void *arg, enum status st, struct db_session *s), void *arg);
void db_session_query(struct db_session *s, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg);
/* Ends it; an open transaction is rolled back. */
void db_session_close(struct db_session *s);

/*
 * A task that only one congvand may run: holds the advisory lock `key` of the database (enum db_leader_key). gained when this process has it, lost when
 * the connection that held it is gone (somebody else may have it now: stop at once); again and again until stopped. Never called inside start or stop.
 */
struct db_leader;
enum db_leader_key { /* of everything in congvan that leads: no two may be the same */
	DB_LEADER_SEQUENCER = 1,
	DB_LEADER_EXCHANGE = 2,
	DB_LEADER_ARCHIVE = 3,
	DB_LEADER_SWEEP = 4,
};
struct db_leader *db_leader_start(struct db *db, int64_t key, void (*gained)(void *arg), void (*lost)(void *arg),
	void *arg);
void db_leader_stop(struct db_leader *l);

/* NOTIFY on a channel; payload lives during the call. Lost notifications after a reconnect: fn is called once with payload NULL. */
void db_listen(struct db *db, const char *channel, void (*fn)(void *arg, const char *payload), void *arg);

/* Counters: connections up, queries, acts, batches, largest batch, queue, reconnects. */
struct db_counters {
	uint64_t queries, acts, batches, largest_batch, queued, reconnects, uncertain;
	unsigned connections;
	bool full; /* the embedded server's disk is nearly full: acts and db_bulk writes are STATUS_NO_SPACE, reading goes on */
};
struct db_counters db_counters(const struct db *db);

/* Process id of the embedded PostgreSQL, 0 when there is none. */
int db_server_pid(const struct db *db);

#endif
