/* event: see event.h. */
#include "daemon/store/event.h"

#include <stdlib.h>

struct listener {
	event_fn fn;
	void *arg;
};

static void
on_notify(void *arg, const char *payload)
{
	struct listener *l = arg;
	json_t *event = payload != NULL ? json_loads(payload, 0, NULL) : NULL;

	if (event != NULL || payload == NULL)
		l->fn(l->arg, event);
	json_decref(event);
}

void
event_listen(struct db *db, event_fn fn, void *arg)
{
	struct listener *l = malloc(sizeof(*l)); /* lives as long as db: there is one listener per process */

	if (l == NULL)
		abort();
	*l = (struct listener){fn, arg};
	db_listen(db, "congvan_event", on_notify, l);
}
