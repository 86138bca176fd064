/* event_api: GET /v1/events: server-sent events to everybody connected whom a change concerns. */
#include <stdlib.h>
#include <string.h>

#include "daemon/api/event_hub.h"
#include "daemon/api/routes.h"
#include "daemon/store/account.h"
#include "daemon/store/event.h"

struct stream {
	struct http_call *call;
	const struct person *person;
	struct event_hub *hub;
	struct stream *next, **self;
};

struct event_hub {
	struct db *db;
	struct stream *streams;
	bool looking, again; /* who may not go on is being asked for; and is to be once more */
	size_t count;
	struct event_listener *listener;
	void (*on_outbox)(void *arg);
	void *outbox_arg;
};

static bool
concerns(const json_t *event, const struct person *p)
{
	const json_t *accounts = json_object_get(event, "accounts"), *a;
	size_t i;

	if (!json_is_array(accounts))
		return strcmp(store_text(event, "organ"), p->organ) == 0;
	json_array_foreach(accounts, i, a)
		if (strcmp(json_string_value(a), p->id) == 0)
			return true;
	return false;
}

/* Who did it hears of the document too: another of his windows may show it. */
static void
tell(struct stream *s, const json_t *event)
{
	bool inbox = concerns(event, s->person) && store_text(event, "kind")[0] != '\0';
	json_t *data;
	char *text;

	if (!inbox && !concerns(event, s->person) && strcmp(store_text(event, "actor"), s->person->id) != 0)
		return;
	data = json_pack("{s:s,s:s,s:s,s:I}", "document", store_text(event, "document"), "kind", store_text(event, "kind"), "state",
		store_text(event, "state"), "revision", (json_int_t)store_number(event, "revision"));
	text = json_dumps(data, JSON_COMPACT);
	json_decref(data);
	if (text != NULL && http_event(s->call, "document", NULL, text) && inbox)
		http_event(s->call, "inbox", NULL, text);
	free(text);
}

static void
leave(struct stream *s)
{
	*s->self = s->next;
	if (s->next != NULL)
		s->next->self = s->self;
	s->hub->count--;
}

static void
end(struct stream *s)
{
	leave(s);
	http_call_on_gone(s->call, NULL, NULL);
	http_answer_end(s->call);
}

static bool
is_one_of(const struct person *p, const json_t *list)
{
	const json_t *x;
	size_t i;

	json_array_foreach(list, i, x)
		if (strcmp(store_text(x, "session"), p->session) == 0 && strcmp(store_text(x, "account"), p->id) == 0 && strcmp(store_text(x, "organ"), p->organ) == 0)
			return true;
	return false;
}

static void
on_ended(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct event_hub *hub = arg;
	struct stream *next;

	(void)constraint;
	for (struct stream *s = hub->streams; s != NULL && st == STATUS_OK; s = next) {
		next = s->next;
		if (is_one_of(s->person, value))
			end(s);
	}
	hub->looking = false;
	if (hub->again)
		event_hub_look(hub);
}

void
event_hub_look(struct event_hub *hub)
{
	json_t *list;

	hub->again = hub->looking;
	if (hub->looking || hub->streams == NULL)
		return;
	list = json_array();
	for (const struct stream *s = hub->streams; s != NULL; s = s->next)
		json_array_append_new(list, json_pack("{s:s,s:s,s:s}", "session", s->person->session, "account", s->person->id, "organ", s->person->organ));
	hub->looking = true;
	account_ended(hub->db, list, on_ended, hub);
	json_decref(list);
}

static void
on_event(void *arg, const json_t *event)
{
	struct event_hub *hub = arg;
	struct stream *next;

	if (event == NULL || store_flag(event, "ended"))
		event_hub_look(hub);
	if (event != NULL && store_flag(event, "ended"))
		return;

	if (hub->on_outbox != NULL && (event == NULL || store_flag(event, "outbox")))
		hub->on_outbox(hub->outbox_arg);
	if (event != NULL && store_flag(event, "outbox"))
		return;
	for (struct stream *s = hub->streams; s != NULL; s = next) {
		next = s->next;
		if (event != NULL)
			tell(s, event);
		else
			http_event(s->call, "inbox", NULL, "{}"); /* some were lost: look again */
	}
}

struct event_hub *
event_hub_new(struct db *db)
{
	struct event_hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return NULL;
	hub->db = db;
	if ((hub->listener = event_listen(db, on_event, hub)) == NULL) {
		free(hub);
		return NULL;
	}
	return hub;
}

void
event_hub_on_outbox(struct event_hub *hub, void (*fn)(void *arg), void *arg)
{
	hub->on_outbox = fn;
	hub->outbox_arg = arg;
}

size_t
event_hub_count(const struct event_hub *hub)
{
	return hub != NULL ? hub->count : 0;
}

void
event_hub_free(struct event_hub *hub)
{
	if (hub == NULL)
		return;
	event_listener_free(hub->listener);
	free(hub);
}

static void
gone(void *arg)
{
	leave(arg);
}

static void
events(struct http_call *call)
{
	struct stream *s = arena_alloc(http_call_arena(call), sizeof(*s));
	struct event_hub *hub = api_of(call)->events;

	*s = (struct stream){call, api_person(call), hub, hub->streams, &hub->streams};
	if (hub->streams != NULL)
		hub->streams->self = &s->next;
	hub->streams = s;
	hub->count++;
	http_call_on_gone(call, gone, s);
	http_answer_events(call);
	http_event(call, "hello", NULL, "{}");
}

const struct http_route event_routes[] = {
	{"GET", "/v1/events", HTTP_BODY_NONE, HTTP_NEED_SESSION, events},
};
const size_t event_route_count = sizeof(event_routes) / sizeof(event_routes[0]);
