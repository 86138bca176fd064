/* session: the places for db_session_open. */
#ifndef CONGVAN_DB_SESSION_H
#define CONGVAN_DB_SESSION_H

#include "daemon/db/dbconn.h"

struct sessions;

struct sessions_config {
	const struct db_stmt *settle;
	size_t queue;              /* waiting for a place at most */
	uint64_t wait_ms;
	uint64_t answer_ms;
};

enum status sessions_new(struct loop *loop, const struct sessions_config *config, struct sessions **out);
/* Who asks for a session waits until then. url lives as long as all. */
void sessions_connect(struct sessions *all, const char *url);
void sessions_open(struct sessions *all, void (*opened)(void *arg, enum status st, struct db_session *s), void *arg);
void sessions_tick(struct sessions *all);
/* Who waits gets STATUS_CANCELLED; who has a session may still close it. */
void sessions_free(struct sessions *all);

#endif
