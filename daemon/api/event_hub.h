/* event_hub: the connected listeners of GET /v1/events. */
#ifndef CONGVAN_API_EVENT_HUB_H
#define CONGVAN_API_EVENT_HUB_H

#include <stddef.h>

#include "daemon/api/api.h"

struct event_hub *event_hub_new(struct db *db);
/* fn when something was put into the outbox, by any congvand of the database; NULL: nobody. */
void event_hub_on_outbox(struct event_hub *hub, void (*fn)(void *arg), void *arg);
/*
 * Ends the streams of those who may listen no longer: session or token revoked or over, account disabled. The hub does it by itself when another congvand, or this one, says that one was
 * revoked; sessions that end by their time are found by whoever calls this now and then.
 */
void event_hub_look(struct event_hub *hub);
size_t event_hub_count(const struct event_hub *hub);
/* After the HTTP server and the database have stopped. */
void event_hub_free(struct event_hub *hub);

#endif
