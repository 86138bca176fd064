/* event_hub: the connected listeners of GET /v1/events. */
#ifndef CONGVAN_API_EVENT_HUB_H
#define CONGVAN_API_EVENT_HUB_H

#include <stddef.h>

#include "daemon/api/api.h"

struct event_hub *event_hub_new(struct db *db);
size_t event_hub_count(const struct event_hub *hub);
/* After the HTTP server and the database have stopped. */
void event_hub_free(struct event_hub *hub);

#endif
