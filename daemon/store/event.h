/* event: what acts told the connected people (daemon/store/document: notify), across all congvand of one database. */
#ifndef CONGVAN_STORE_EVENT_H
#define CONGVAN_STORE_EVENT_H

#include "daemon/store/store.h"

/*
 * event: {"document","organ","kind","revision","state","actor","accounts":[…] or null (everybody of the organ)}, borrowed; NULL: some may have
 * been lost, look again.
 */
typedef void (*event_fn)(void *arg, const json_t *event);

struct event_listener;
/* NULL without memory. Free it after db_stop: there is no stopping before. */
struct event_listener *event_listen(struct db *db, event_fn fn, void *arg);
void event_listener_free(struct event_listener *l);

#endif
