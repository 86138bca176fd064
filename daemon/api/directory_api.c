/* directory_api: organs, units, kinds of documents. */
#include <string.h>

#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/flow/param.h"
#include "daemon/store/directory.h"
#include "lib/base/uuid.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

#define ORGAN_MEMBERS                                                                              \
	{"old_code", PARAM_TEXT, false, 35}, {"code102", PARAM_TEXT, false, 35}, {"in_charge", PARAM_TEXT, false, 200}, \
	{"mark", PARAM_TEXT, false, 30}, {"regime", PARAM_TEXT, false, 10}, {"parent", PARAM_TARGET, false, 1},         \
	{"transport", PARAM_TEXT, false, 20}, {"address", PARAM_TEXT, false, 500}, {"email", PARAM_TEXT, false, 200},   \
	{"telephone", PARAM_TEXT, false, 50}, {"place", PARAM_TEXT, false, 100}

static const struct flow_param new_organ[] = {{"code", PARAM_TEXT, true, 35}, {"name", PARAM_TEXT, true, 200}, ORGAN_MEMBERS};
static const struct flow_param changed_organ[] = {{"name", PARAM_TEXT, false, 200}, ORGAN_MEMBERS};
static const struct flow_param new_unit[] = {{"organ", PARAM_TEXT, true, 40}, {"name", PARAM_TEXT, true, 200},
	{"mark", PARAM_TEXT, false, 30}, {"parent", PARAM_TARGET, false, 1}};

struct page {
	struct http_call *call;
	int limit;
};

static void
on_organs(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct page *p = arg;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(p->call, st, NULL, NULL);
	else
		api_answer_page(p->call, value, p->limit, "code", NULL);
}

static void
organs_list(struct http_call *call)
{
	struct page *p = arena_alloc(http_call_arena(call), sizeof(*p));
	const char *code, *none;

	p->call = call;
	if (api_limit(call, &p->limit) && api_cursor(call, &code, &none))
		organ_list(api_of(call)->db, code, api_query(call, "q"), strcmp(api_query(call, "own"), "true") == 0,
			p->limit + 1, on_organs, p);
}

/* A store write that answers the row: its leaf has the row as details. */
static void
finish_row(struct api_write *w, enum status st, json_t *value, const char *constraint, int code, const char *type)
{
	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, code, value, type, value, NULL);
}

static bool
check(struct api_write *w, const struct flow_param *members, size_t count)
{
	flow_params_check(members, count, w->body, w->diag);
	if (!diag_has_error(w->diag))
		return true;
	api_write_refuse(w, STATUS_INVALID, NULL);
	return false;
}

static void
add_id(json_t *body)
{
	char id[UUID_TEXT];

	uuid_new(id);
	json_object_set_new(body, "id", json_string(id));
}

static void
organ_created(void *arg, enum status st, json_t *value, const char *constraint)
{
	finish_row(arg, st, value, constraint, 201, "organ.create");
}

static void
run_organ(struct api_write *w)
{
	json_t *row = json_copy(w->body);

	add_id(row);
	organ_insert(w->act, row, organ_created, w);
	json_decref(row);
}

static void
begin_organ(struct api_write *w)
{
	if (check(w, new_organ, COUNT(new_organ)))
		api_write_act(w, run_organ);
}

static void
organs_create(struct http_call *call)
{
	api_write(call, ROLE_ADMIN, begin_organ);
}

static void
organ_changed(void *arg, enum status st, json_t *value, const char *constraint)
{
	finish_row(arg, st, value, constraint, 200, "organ.change");
}

static void
run_organ_change(struct api_write *w)
{
	organ_update(w->act, http_call_param(w->call, "id"), w->body, organ_changed, w);
}

static void
begin_organ_change(struct api_write *w)
{
	if (check(w, changed_organ, COUNT(changed_organ)))
		api_write_act(w, run_organ_change);
}

static void
organs_change(struct http_call *call)
{
	api_write(call, ROLE_ADMIN, begin_organ_change);
}

static void
units_list(struct http_call *call)
{
	unit_list(api_of(call)->db, api_query(call, "organ"), api_answer_items, call);
}

static void
unit_created(void *arg, enum status st, json_t *value, const char *constraint)
{
	finish_row(arg, st, value, constraint, 201, "unit.create");
}

static void
run_unit(struct api_write *w)
{
	json_t *row = json_copy(w->body);

	add_id(row);
	unit_insert(w->act, row, unit_created, w);
	json_decref(row);
}

static void
begin_unit(struct api_write *w)
{
	if (check(w, new_unit, COUNT(new_unit)))
		api_write_act(w, run_unit);
}

static void
units_create(struct http_call *call)
{
	api_write(call, ROLE_ADMIN, begin_unit);
}

static void
kinds_list(struct http_call *call)
{
	const char *day;

	if (api_day(call, "day", &day))
		kind_list(api_of(call)->db, day, api_answer_items, call);
}

const struct http_route directory_routes[] = {
	{"GET", "/v1/organs", HTTP_BODY_NONE, HTTP_NEED_SESSION, organs_list},
	{"POST", "/v1/organs", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, organs_create},
	{"PATCH", "/v1/organs/{id}", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, organs_change},
	{"GET", "/v1/units", HTTP_BODY_NONE, HTTP_NEED_SESSION, units_list},
	{"POST", "/v1/units", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, units_create},
	{"GET", "/v1/kinds", HTTP_BODY_NONE, HTTP_NEED_SESSION, kinds_list},
};
const size_t directory_route_count = COUNT(directory_routes);
