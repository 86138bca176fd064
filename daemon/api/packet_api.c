/* packet_api: packets handed in by the clerk, what came and went, and the outbox. */
#include <stdio.h>
#include <string.h>

#include "daemon/api/content_receive.h"
#include "daemon/api/content_send.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/exchange/exchange.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "daemon/store/packet.h"
#include "lib/base/uuid.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

/* ---- handing in ---- */

static void
on_judged(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct http_call *call = arg;
	char place[80];

	if (value != NULL) {
		snprintf(place, sizeof(place), "/v1/packets/%s", store_text(value, "packet"));
		http_answer_header(call, "Location", place);
	}
	if (st == STATUS_OK)
		http_answer_json(call, store_flag(value, "again") ? 200 : 201, json_incref(value));
	else
		api_problem(call, st, NULL, diag);
}

static void
on_received(struct http_call *call, void *arg, const struct content_received *received)
{
	char hex[DIGEST_HEX];
	struct exchange_packet packet = {.transport = "api", .source = arg, .sha256 = hex, .size = received->size,
		.person = api_person(call)};

	digest_hex(&received->sha256, hex);
	exchange_receive(api_of(call)->exchange, &packet, on_judged, call);
}

/* ?name=: the file's, for people. */
static void
packets_create(struct http_call *call)
{
	if (!api_has_role(call, ROLE_CLERK))
		return;
	if (api_of(call)->exchange == NULL)
		http_answer_problem(call, STATUS_UNAVAILABLE, NULL, NULL);
	else
		content_receive(call, CONTENT_NO_LIMIT, on_received, (void *)(uintptr_t)api_query(call, "name"));
}

/* ---- what came and went ---- */

/* {"organ","limit","cursor",…} from the query; NULL after it answered 422. */
static json_t *
filter_of(struct http_call *call, const char *const *members, size_t count)
{
	const char *cursor = api_query(call, "cursor");
	json_t *filter;
	int limit;

	if (!api_limit(call, &limit))
		return NULL;
	if (cursor[0] != '\0' && (strlen(cursor) != UUID_TEXT - 1 || !uuid_is_valid(cursor))) {
		api_refuse(call, STATUS_INVALID, "param.cursor", "cursor", cursor, NULL);
		return NULL;
	}
	filter = json_pack("{s:s,s:i}", "organ", api_person(call)->organ, "limit", limit);
	if (cursor[0] != '\0')
		json_object_set_new(filter, "cursor", json_string(cursor));
	for (size_t i = 0; i < count; i++)
		if (api_query(call, members[i])[0] != '\0')
			json_object_set_new(filter, members[i], json_string(api_query(call, members[i])));
	return filter;
}

static void
packets_list(struct http_call *call)
{
	static const char *const members[] = {"way", "state"};
	json_t *filter;

	if (!api_has_role(call, ROLE_CLERK | ROLE_ARCHIVIST) || (filter = filter_of(call, members, COUNT(members))) == NULL)
		return;
	packet_list(api_of(call)->db, filter, api_answer_value, call);
	json_decref(filter);
}

static void
on_packet(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	if (st == STATUS_NOT_FOUND)
		api_refuse(call, st, "packet.missing", "packet", http_call_param(call, "id"), NULL);
	else
		api_answer_value(call, st, value, constraint);
}

static void
on_packet_of_content(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;
	const char *source = store_text(value, "source");
	char name[80];

	if (st != STATUS_OK) {
		on_packet(call, st, value, constraint);
		return;
	}
	snprintf(name, sizeof(name), "%s.edxml", store_text(value, "id"));
	content_send(call, store_text(value, "sha256"), "application/xml",
		source[0] != '\0' && strcmp(store_text(value, "way"), "in") == 0 ? source : name,
		(uint64_t)store_number(value, "size"));
}

static void
show(struct http_call *call, store_cb cb)
{
	const char *id;

	if (api_has_role(call, ROLE_CLERK | ROLE_ARCHIVIST) && (id = api_id(call, "id", "packet.missing")) != NULL)
		packet_show(api_of(call)->db, id, api_person(call)->organ, cb, call);
}

static void
packets_show(struct http_call *call)
{
	show(call, on_packet);
}

static void
packets_content(struct http_call *call)
{
	show(call, on_packet_of_content);
}

/* ---- the outbox ---- */

static void
outbox_show(struct http_call *call)
{
	static const char *const members[] = {"state"};
	json_t *filter;

	if (!api_has_role(call, ROLE_CLERK) || (filter = filter_of(call, members, COUNT(members))) == NULL)
		return;
	outbox_list(api_of(call)->db, filter, api_answer_value, call);
	json_decref(filter);
}

static void
decided(struct api_write *w, enum status st, json_t *value, const char *constraint, const char *type)
{
	json_t *details;

	if (st == STATUS_NOT_FOUND)
		diag_error(w->diag, "outbox.missing", "outbox", http_call_param(w->call, "id"), NULL);
	if (st != STATUS_OK) {
		api_act_fail(w, st, constraint);
		return;
	}
	details = json_pack("{s:O,s:O,s:O,s:O}", "outbox", json_object_get(value, "id"), "document",
		json_object_get(value, "document"), "receiver", json_object_get(value, "receiver_code"), "kind",
		json_object_get(value, "kind"));
	api_act_done(w, 200, value, type, details, NULL);
	json_decref(details);
}

static void
retried(void *arg, enum status st, json_t *value, const char *constraint)
{
	decided(arg, st, value, constraint, "outbox.retry");
}

/* The three decisions have nothing to say but which row: whatever else stands in the body was meant for something else. */
static void
decide(struct api_write *w, void (*run)(struct api_write *w))
{
	flow_params_check(NULL, 0, w->body, w->diag);
	if (diag_has_error(w->diag))
		api_write_refuse(w, STATUS_INVALID, NULL);
	else
		api_write_act(w, run);
}

static void
run_retry(struct api_write *w)
{
	outbox_retry(w->act, http_call_param(w->call, "id"), w->person->organ, retried, w);
}

static void
begin_retry(struct api_write *w)
{
	decide(w, run_retry);
}

static void
outbox_retry_now(struct http_call *call)
{
	if (api_id(call, "id", "outbox.missing") != NULL)
		api_write(call, ROLE_CLERK, begin_retry);
}

static void
cancelled(void *arg, enum status st, json_t *value, const char *constraint)
{
	decided(arg, st, value, constraint, "outbox.cancel");
}

/* ---- carried by hand: the packet to the medium, then word that it is there ---- */

static void
on_to_carry(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;
	char name[80];

	(void)constraint;
	if (st == STATUS_NOT_FOUND) {
		api_refuse(call, st, "outbox.missing", "outbox", http_call_param(call, "id"), NULL);
	} else if (st != STATUS_OK) {
		http_answer_problem(call, st, NULL, NULL);
	} else {
		snprintf(name, sizeof(name), "%s.edxml", store_text(value, "id"));
		content_send(call, store_text(value, "sha256"), "application/xml", name, (uint64_t)store_number(value, "size"));
	}
}

static void
outbox_content(struct http_call *call)
{
	const char *id;

	if (api_has_role(call, ROLE_CLERK) && (id = api_id(call, "id", "outbox.missing")) != NULL)
		outbox_to_carry(api_of(call)->db, id, api_person(call)->organ, on_to_carry, call);
}

static void
on_carried(void *arg, enum status st, json_t *value, const char *constraint)
{
	decided(arg, st, value, constraint, "packet.sent");
}

static void
run_carried(struct api_write *w)
{
	outbox_carried(w->act, http_call_param(w->call, "id"), w->person->organ, on_carried, w);
}

static void
begin_carried(struct api_write *w)
{
	decide(w, run_carried);
}

static void
outbox_carried_it(struct http_call *call)
{
	if (api_id(call, "id", "outbox.missing") != NULL)
		api_write(call, ROLE_CLERK, begin_carried);
}

static void
run_cancel(struct api_write *w)
{
	outbox_cancel(w->act, http_call_param(w->call, "id"), w->person->organ, cancelled, w);
}

static void
begin_cancel(struct api_write *w)
{
	decide(w, run_cancel);
}

static void
outbox_cancel_it(struct http_call *call)
{
	if (api_id(call, "id", "outbox.missing") != NULL)
		api_write(call, ROLE_CLERK, begin_cancel);
}

#define WRITE (HTTP_NEED_SESSION | HTTP_NEED_KEY)
const struct http_route packet_routes[] = {
	{"POST", "/v1/packets", HTTP_BODY_STREAM, HTTP_NEED_SESSION, packets_create},
	{"GET", "/v1/packets", HTTP_BODY_NONE, HTTP_NEED_SESSION, packets_list},
	{"GET", "/v1/packets/{id}", HTTP_BODY_NONE, HTTP_NEED_SESSION, packets_show},
	{"GET", "/v1/packets/{id}/content", HTTP_BODY_NONE, HTTP_NEED_SESSION, packets_content},
	{"GET", "/v1/outbox", HTTP_BODY_NONE, HTTP_NEED_SESSION, outbox_show},
	{"POST", "/v1/outbox/{id}/retry", HTTP_BODY_JSON, WRITE, outbox_retry_now},
	{"GET", "/v1/outbox/{id}/content", HTTP_BODY_NONE, HTTP_NEED_SESSION, outbox_content},
	{"POST", "/v1/outbox/{id}/carried", HTTP_BODY_JSON, WRITE, outbox_carried_it},
	{"POST", "/v1/outbox/{id}/cancel", HTTP_BODY_JSON, WRITE, outbox_cancel_it},
};
const size_t packet_route_count = COUNT(packet_routes);
