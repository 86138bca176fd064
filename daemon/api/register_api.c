/* register_api: registers, their periods and entries, the printed register, voiding. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/flow/param.h"
#include "daemon/flow/register.h"
#include "daemon/store/register.h"
#include "lib/base/uuid.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))
#define PRINTED (16u << 20)

static void
registers_list(struct http_call *call)
{
	register_list(api_of(call)->db, api_person(call)->organ, api_answer_items, call);
}

/* ---- opening a register, and a period ---- */

static void
register_created(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 201, value, "register.create", value, NULL);
}

static void
run_register(struct api_write *w)
{
	json_t *row = json_copy(w->body);
	char id[UUID_TEXT];

	uuid_new(id);
	json_object_set_new(row, "id", json_string(id));
	if (json_object_get(row, "organ") == NULL)
		json_object_set_new(row, "organ", json_string(w->person->organ));
	register_insert(w->act, row, register_created, w);
	json_decref(row);
}

static void
begin_register(struct api_write *w)
{
	static const struct flow_param members[] = {{"organ", PARAM_TARGET, false, 1}, {"direction", PARAM_TEXT, true, 10},
		{"kind_group", PARAM_TEXT, false, 40}, {"kinds", PARAM_TARGETS, false, 60}, {"name", PARAM_TEXT, true, 200},
		{"period", PARAM_TEXT, true, 10}};
	enum flow_direction d;

	flow_params_check(members, COUNT(members), w->body, w->diag);
	if (!diag_has_error(w->diag)) {
		if (!flow_direction_from_name(store_text(w->body, "direction"), &d))
			diag_error(w->diag, "param.value", "direction", store_text(w->body, "direction"), "incoming, outgoing, internal");
		if (strcmp(store_text(w->body, "period"), "year") != 0 && strcmp(store_text(w->body, "period"), "term") != 0)
			diag_error(w->diag, "param.value", "period", store_text(w->body, "period"), "year, term");
	}
	if (diag_has_error(w->diag))
		api_write_refuse(w, STATUS_INVALID, NULL);
	else
		api_write_act(w, run_register);
}

static void
registers_create(struct http_call *call)
{
	api_write(call, ROLE_ADMIN, begin_register);
}

static void
period_created(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	if (st == STATUS_INVALID && strcmp(constraint, "register_period_register_fkey") == 0) {
		diag_error(w->diag, "register.none", "register", http_call_param(w->call, "id"), NULL);
		st = STATUS_NOT_FOUND;
	}
	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 201, value, "register.period", value, NULL);
}

static void
run_period(struct api_write *w)
{
	json_t *row = json_copy(w->body);

	json_object_set_new(row, "register", json_string(http_call_param(w->call, "id")));
	register_period_insert(w->act, row, period_created, w);
	json_decref(row);
}

static void
begin_period(struct api_write *w)
{
	static const struct flow_param members[] = {{"label", PARAM_TEXT, true, 20}, {"starts", PARAM_DATE, true, 0},
		{"ends", PARAM_DATE, false, 0}};

	flow_params_check(members, COUNT(members), w->body, w->diag);
	if (diag_has_error(w->diag))
		api_write_refuse(w, STATUS_INVALID, NULL);
	else
		api_write_act(w, run_period);
}

static void
periods_create(struct http_call *call)
{
	if (api_id(call, "id", "register.none") != NULL)
		api_write(call, ROLE_ADMIN, begin_period);
}

/* ---- entries ---- */

struct entries {
	struct http_call *call;
	struct register_filter filter;
	bool printed;
};

static const char *
notation_of(const json_t *line)
{
	return store_text(line, "notation");
}

/* Each line as it is printed, for people who read JSON. */
static void
add_texts(json_t *items, enum flow_direction d)
{
	json_t *e;
	size_t i;
	struct buf b;

	json_array_foreach(items, i, e) {
		buf_init(&b, PRINTED);
		register_print_line(&b, d, json_object_get(e, "line"), store_text(e, "void_reason"));
		if (b.len > 0)
			json_object_set_new(e, "text", json_stringn(buf_str(&b), b.len - 1));
		json_object_set_new(e, "notation", json_string(notation_of(json_object_get(e, "line"))));
		buf_free(&b);
	}
}

static void
print(struct entries *p, json_t *value, enum flow_direction d)
{
	json_t *reg = json_object_get(value, "register"), *items = json_object_get(value, "items"), *e;
	struct buf b;
	size_t i;

	buf_init(&b, PRINTED);
	register_print_head(&b, d, store_text(reg, "organ_name"), store_text(reg, "name"), store_text(value, "period"));
	json_array_foreach(items, i, e)
		register_print_line(&b, d, json_object_get(e, "line"), store_text(e, "void_reason"));
	if (buf_status(&b) != STATUS_OK)
		http_answer_problem(p->call, buf_status(&b), NULL, NULL);
	else
		http_answer_bytes(p->call, 200, "text/plain; charset=utf-8", b.data, b.len);
	buf_free(&b);
}

static void
on_entries(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct entries *p = arg;
	json_t *items = json_object_get(value, "items"), *next = json_null(), *reg = json_object_get(value, "register");
	enum flow_direction d = FLOW_INCOMING;
	size_t shown = (size_t)p->filter.limit - 1;
	char text[24];

	(void)constraint;
	if (st == STATUS_NOT_FOUND)
		api_refuse(p->call, st, "register.none", "register", p->filter.reg, NULL);
	else if (st != STATUS_OK)
		http_answer_problem(p->call, st, NULL, NULL);
	if (st != STATUS_OK)
		return;
	flow_direction_from_name(store_text(reg, "direction"), &d);
	if (p->printed) {
		print(p, value, d);
		return;
	}
	if (json_array_size(items) > shown) {
		json_array_remove(items, shown);
		snprintf(text, sizeof(text), "%lld~", (long long)store_number(json_array_get(items, shown - 1), "number"));
		next = json_string(text);
	}
	add_texts(items, d);
	http_answer_json(p->call, 200, json_pack("{s:O,s:o,s:O,s:O}", "items", items, "next", next, "register", reg, "period",
		json_object_get(value, "period")));
}

static void
entries_list(struct http_call *call)
{
	struct entries *p = arena_alloc(http_call_arena(call), sizeof(*p));
	const char *accept = http_call_header(call, "Accept"), *id = api_id(call, "id", "register.none"), *after, *none;
	int limit;

	if (id == NULL || !api_limit(call, &limit) || !api_cursor(call, &after, &none) ||
		!api_day(call, "from", &p->filter.from) || !api_day(call, "to", &p->filter.to))
		return;
	p->call = call;
	p->printed = accept != NULL && strncmp(accept, "text/plain", 10) == 0;
	p->filter.reg = id;
	p->filter.period = api_query(call, "period");
	p->filter.after = atoi(after);
	p->filter.limit = p->printed ? 100000 : limit + 1;
	register_entries(api_of(call)->db, api_person(call), &p->filter, on_entries, p);
}

/* ---- voiding a number: it stays, struck through ---- */

/* The entry as the list of entries shows it. */
static json_t *
as_listed(const json_t *entry, enum flow_direction d)
{
	json_t *copy = json_deep_copy(entry), *items = json_pack("[O]", copy);

	add_texts(items, d);
	json_decref(items);
	return copy;
}

static void
voided(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;
	json_t *shown;

	if (st == STATUS_NOT_FOUND)
		diag_error(w->diag, "register.voided", "number", http_call_param(w->call, "number"), NULL);
	if (st == STATUS_INVALID && strcmp(constraint, "register_entry_state") == 0) { /* it moved on meanwhile */
		diag_error(w->diag, "register.void.state", "state", NULL, NULL);
		st = STATUS_CONFLICT;
	}
	if (st != STATUS_OK) {
		api_act_fail(w, st == STATUS_NOT_FOUND ? STATUS_CONFLICT : st, constraint);
		return;
	}
	shown = as_listed(value, *(enum flow_direction *)w->data);
	api_act_done(w, 200, shown, "register.void", value, NULL);
	json_decref(shown);
}

static void
run_void(struct api_write *w)
{
	register_void_number(w->act, http_call_param(w->call, "id"), store_text(w->body, "period"),
		atoi(http_call_param(w->call, "number")), w->person->id, store_text(w->body, "reason"), voided, w);
}

static void
on_entry(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;
	enum flow_state state;

	(void)constraint;
	if (st == STATUS_NOT_FOUND || (st == STATUS_OK && strcmp(store_text(value, "organ"), w->person->organ) != 0)) {
		diag_error(w->diag, "register.entry", "number", http_call_param(w->call, "number"), NULL);
		st = STATUS_NOT_FOUND;
	}
	w->data = arena_alloc(http_call_arena(w->call), sizeof(enum flow_direction));
	if (st == STATUS_OK && (!flow_direction_from_name(store_text(value, "direction"), w->data) || !flow_state_from_name(store_text(value, "state"), &state)))
		st = STATUS_INTERNAL;
	if (st == STATUS_OK && !store_flag(value, "voided"))
		st = register_check_void(*(enum flow_direction *)w->data, state, w->diag);
	if (st != STATUS_OK) {
		api_write_refuse(w, st, NULL);
		return;
	}
	api_write_act(w, run_void);
}

static void
begin_void(struct api_write *w)
{
	static const struct flow_param members[] = {{"period", PARAM_TEXT, true, 20}, {"reason", PARAM_TEXT, true, 1000}};
	int number = atoi(http_call_param(w->call, "number"));

	flow_params_check(members, COUNT(members), w->body, w->diag);
	if (number < 1)
		diag_error(w->diag, "param.number", "number", http_call_param(w->call, "number"), "1..");
	if (diag_has_error(w->diag))
		api_write_refuse(w, STATUS_INVALID, NULL);
	else
		register_entry_find(w->api->db, http_call_param(w->call, "id"), store_text(w->body, "period"), number, on_entry, w);
}

static void
entries_void(struct http_call *call)
{
	if (api_id(call, "id", "register.none") != NULL)
		api_write(call, ROLE_CLERK, begin_void);
}

const struct http_route register_routes[] = {
	{"GET", "/v1/registers", HTTP_BODY_NONE, HTTP_NEED_SESSION, registers_list},
	{"POST", "/v1/registers", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, registers_create},
	{"POST", "/v1/registers/{id}/periods", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, periods_create},
	{"GET", "/v1/registers/{id}/entries", HTTP_BODY_NONE, HTTP_NEED_SESSION, entries_list},
	{"POST", "/v1/registers/{id}/entries/{number}/void", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, entries_void},
};
const size_t register_route_count = COUNT(register_routes);
