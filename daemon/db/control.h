/*
 * control: one connection that hears notifications and holds the advisory locks of single-runner tasks. A lock lives as long as the
 * connection, so losing it means losing every lead.
 */
#ifndef CONGVAN_DB_CONTROL_H
#define CONGVAN_DB_CONTROL_H

#include "daemon/db/dbconn.h"

struct control;
struct db_leader;

enum status control_new(struct loop *loop, const struct db_stmt *settle, void (*changed)(void *arg), void *arg,
	struct control **out);
/* Listeners and leaders wait until then. url lives as long as c. */
enum status control_connect(struct control *c, const char *url);
/* As dbconn_retry. */
void control_retry(struct control *c);
void control_free(struct control *c);
void control_listen(struct control *c, const char *channel, void (*fn)(void *arg, const char *payload), void *arg);
struct db_leader *control_lead(struct control *c, int64_t key, void (*gained)(void *arg), void (*lost)(void *arg),
	void *arg);
/* Called about every second: tries for the locks it does not have, and feels whether the connection still answers. */
void control_tick(struct control *c);
bool control_is_up(const struct control *c);
void control_count(const struct control *c, struct db_counters *to);

#endif
