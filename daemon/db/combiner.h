/*
 * combiner: the write combiner behind db_act. One connection, one transaction at a time; the acts in it run one after the other, each under its
 * own savepoint, and are answered after the commit that holds them.
 */
#ifndef CONGVAN_DB_COMBINER_H
#define CONGVAN_DB_COMBINER_H

#include "daemon/db/dbconn.h"

struct combiner;

struct combiner_config {
	const struct db_stmt *settle;
	size_t queue;       /* acts waiting at most */
	uint64_t wait_ms;   /* for a connection, at most */
	uint64_t act_ms;    /* an act that neither ends nor waits for a statement for so long is refused with STATUS_TIMEOUT */
	uint64_t answer_ms; /* as in dbpool_config */
	void (*changed)(void *arg);
	void *arg;
};

enum status combiner_new(struct loop *loop, const struct combiner_config *config, struct combiner **out);

/* Acts wait until then. url lives as long as c. */
enum status combiner_connect(struct combiner *c, const char *url);

/* As dbconn_retry. */
void combiner_retry(struct combiner *c);

/* Waiting acts and those not committed end with STATUS_CANCELLED, those in a commit under way with STATUS_UNCERTAIN. */
void combiner_free(struct combiner *c);

void combiner_act(struct combiner *c, const struct act_kind *kind, void *arg);
void combiner_tick(struct combiner *c);
bool combiner_is_up(const struct combiner *c);
void combiner_count(const struct combiner *c, struct db_counters *to);

#endif
