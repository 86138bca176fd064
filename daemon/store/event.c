/* event: see event.h. */
#include "daemon/store/event.h"

#include <stdlib.h>

struct event_listener {
	event_fn fn;
	void *arg;
};

static void
on_notify(void *arg, const char *payload)
{
	struct event_listener *l = arg;
	json_t *event = payload != NULL ? json_loads(payload, 0, NULL) : NULL;

	if (event != NULL || payload == NULL)
		l->fn(l->arg, event);
	json_decref(event);
}

struct event_listener *
event_listen(struct db *db, event_fn fn, void *arg)
{
	struct event_listener *l = malloc(sizeof(*l));

	if (l == NULL)
		return NULL;
	*l = (struct event_listener){fn, arg};
	db_listen(db, "congvan_event", on_notify, l);
	return l;
}

void
event_listener_free(struct event_listener *l)
{
	free(l);
}
