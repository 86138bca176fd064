/* dbconn_private: what dbconn.c (connecting) and dbconn_pipeline.c (statements) share. */
#ifndef CONGVAN_DB_DBCONN_PRIVATE_H
#define CONGVAN_DB_DBCONN_PRIVATE_H

#include <libpq-fe.h>
#include <stdio.h>

#include "daemon/db/dbconn.h"
#include "daemon/db/prepared.h"
#include "daemon/db/result.h"
#include "lib/base/clock.h"

struct watch;
struct lookup;
struct loop_timer;

/* One command in the pipeline, oldest first. */
struct dbconn_entry {
	enum dbconn_entry_kind {
		ENTRY_PREPARE, /* belongs to the EXECUTE after it; answers nobody */
		ENTRY_EXECUTE,
		ENTRY_SYNC,
		ENTRY_SCRIPT
	} kind;
	const struct db_stmt *stmt;
	db_cb cb;
	void *arg;
	struct dbconn_entry *next;
};

struct dbconn {
	struct loop *loop;
	const char *label;
	struct dbconn_target target;
	struct dbconn_hooks hooks;
	void *arg;

	enum dbconn_state state;
	clock_us since;    /* of the state */
	clock_us progress; /* of the last answer, or of the first statement after a rest */
	unsigned depth;    /* frames standing on this struct; it is freed at 0 */
	unsigned backoff_ms;
	char broken_why[160];

	struct lookup *lookup; /* while CONNECTING and the hosts of the URL are looked up: no PGconn yet */
	PGconn *pg;
	struct watch *watch;
	struct loop_timer *timer;
	struct prepared prepared;

	struct dbconn_entry *head, **tail;
	size_t pending;     /* entries that answer somebody */
	bool wants_results; /* dbconn_request since the last flush, and no sync after it */

	/* The answer of the head entry as it comes in. */
	struct {
		struct db_result result;
		enum status status;
		PGresult *error_result; /* holds the texts of the error; may be a PREPARE's, for its EXECUTE */
		bool begun;             /* a result of the head entry has been seen */
	} query;
};

/* Takes it down: answers what is outstanding, calls `down`, connects again after a while. */
void dbconn_lost(struct dbconn *c, const char *why);
/* The socket is readable or writable. */
void dbconn_read(struct dbconn *c);
void dbconn_notice(void *arg, const PGresult *res);
void dbconn_answer_all(struct dbconn *c, enum status st);
/* Answer of target.settle. */
void dbconn_settled(void *arg, enum status st, const struct db_result *result, const struct db_error *error);

#endif
