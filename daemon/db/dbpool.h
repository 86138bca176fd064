/* dbpool: autocommitted statements over a few connections, first come first served. */
#ifndef CONGVAN_DB_DBPOOL_H
#define CONGVAN_DB_DBPOOL_H

#include "daemon/db/dbconn.h"

struct dbpool;

struct dbpool_config {
	const char *label;
	const struct db_stmt *settle;
	unsigned connections;
	size_t queue;       /* statements waiting at most */
	uint64_t wait_ms;   /* for a free connection, at most */
	uint64_t answer_ms; /* for the answer, at most: above the statement_timeout that settle sets */
	bool binary;
	/* A connection came up or went down. */
	void (*changed)(void *arg);
	void *arg;
};

/* Statements wait from now on; connections come with dbpool_connect. */
enum status dbpool_new(struct loop *loop, const struct dbpool_config *config, struct dbpool **out);

/* url lives as long as p. */
enum status dbpool_connect(struct dbpool *p, const char *url);

/* As dbconn_retry, for all its connections. */
void dbpool_retry(struct dbpool *p);

/* Answers what waits or runs with STATUS_CANCELLED. */
void dbpool_free(struct dbpool *p);

/* As db_query. */
void dbpool_query(struct dbpool *p, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg);

/* Called about every second: answers what has waited too long. */
void dbpool_tick(struct dbpool *p);

/*
 * True when running the statement twice is the same as once, as far as its text tells: SELECT or WITH … FROM a table, without any word that
 * writes. What only calls a function may write.
 */
bool dbpool_only_reads(const char *sql);

unsigned dbpool_up(const struct dbpool *p);
void dbpool_count(const struct dbpool *p, struct db_counters *to);

#endif
