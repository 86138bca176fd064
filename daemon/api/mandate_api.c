/*
 * mandate_api: who may sign for whom. Making one makes an internal document whose main file states the mandate in canonical JSON; from there it goes the way of every
 * document: submitted to the grantor, who signs it. Only then is it in force.
 */
#include <string.h>

#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/flow/mandate.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "daemon/store/mandate.h"
#include "lib/base/clock.h"
#include "lib/base/hex.h"
#include "lib/base/uuid.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))
#define FILE_MOST (64u << 10)
#define NOT_FOUND_CODE "mandate.missing"

struct making {
	struct api_write *w;
	struct flow_creation creation;
	json_t *row, *params;
	struct content_put *put;
	char from[CLOCK_TEXT], until[CLOCK_TEXT];
};

/* ---- reading ---- */

struct page {
	struct http_call *call;
	int limit;
};

static void
on_list(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct page *p = arg;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(p->call, st, NULL, NULL);
	else
		api_answer_page(p->call, value, p->limit, "id", NULL);
}

static void
mandates_list(struct http_call *call)
{
	struct page *p = arena_alloc(http_call_arena(call), sizeof(*p));
	const char *after, *none;

	p->call = call;
	if (!api_limit(call, &p->limit) || !api_cursor(call, &after, &none))
		return;
	if (after[0] != '\0' && !uuid_is_valid(after))
		api_refuse(call, STATUS_INVALID, "param.cursor", "cursor", after, NULL);
	else
		mandate_list(api_of(call)->db, api_person(call), api_query(call, "person"), strcmp(api_query(call, "in_force"), "true") == 0, after,
			p->limit + 1, on_list, p);
}

static void
on_shown(void *arg, enum status st, json_t *value, const char *constraint)
{
	if (st == STATUS_NOT_FOUND)
		api_refuse(arg, st, NOT_FOUND_CODE, "mandate", NULL, NULL);
	else
		api_answer_value(arg, st, value, constraint);
}

static void
mandates_show(struct http_call *call)
{
	const char *id = api_id(call, "id", NOT_FOUND_CODE);

	if (id != NULL)
		mandate_show(api_of(call)->db, api_person(call), id, on_shown, call);
}

/* ---- making ---- */

static void
give_up(struct making *m)
{
	content_put_abort(m->put);
	m->put = NULL;
	json_decref(m->row);
	json_decref(m->params);
	m->row = m->params = NULL;
}

static void
refuse(struct making *m, enum status st)
{
	give_up(m);
	api_write_refuse(m->w, st, NULL);
}

static void
also_mandate(struct act *act, const json_t *moved, void *arg)
{
	struct making *m = arg;

	json_object_set(m->row, "document", json_object_get(moved, "document"));
	mandate_insert(act, m->row, NULL, NULL);
}

static void
on_made(void *arg, const struct flow_result *result)
{
	struct making *m = arg;

	give_up(m);
	api_write_moved(m->w, result);
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct making *m = arg;
	struct flow_request *r = &m->creation.request;
	char hex[DIGEST_HEX];

	m->put = NULL;
	if (st != STATUS_OK) {
		refuse(m, st);
		return;
	}
	digest_hex(&stored->sha256, hex);
	json_object_set_new(m->params, "main", json_pack("{s:s,s:s}", "sha256", hex, "name", "uy-quyen.json"));
	r->params = m->params;
	r->also = also_mandate;
	r->also_arg = m;
	if (api_write_fill(m->w, r, 201))
		flow_create(&m->creation, on_made, m);
	else
		give_up(m);
}

static void
on_room(void *arg)
{
	(void)arg; /* one piece, well below what the database takes at once */
}

static json_t *
party(const json_t *account)
{
	return json_pack("{s:O,s:O,s:O,s:O}", "id", json_object_get(account, "id"), "login", json_object_get(account, "login"), "name",
		json_object_get(account, "name"), "title", json_object_get(account, "title"));
}

/* What the grantor signs. */
static enum status
write_file(const struct making *m, const json_t *people, struct buf *to)
{
	const json_t *organ = json_object_get(people, "organ");
	const char *kind = store_text(m->row, "kind");
	json_t *file = json_pack("{s:i,s:s,s:O,s:s,s:s,s:{s:O,s:O},s:o,s:o,s:O,s:s,s:s,s:s}", "v", 1, "type", "mandate", "id", json_object_get(m->row, "id"),
		"kind", kind, "meaning", flow_mandate_meaning(kind), "organ", "code", json_object_get(organ, "code"), "name",
		json_object_get(organ, "name"), "grantor", party(json_object_get(people, "grantor")), "holder", party(json_object_get(people, "holder")),
		"kinds", json_object_get(m->row, "kinds"), "from", m->from, "until", m->until, "basis", store_text(m->row, "basis"));
	enum status st = file != NULL ? leaf_canonical(file, to) : STATUS_NO_MEMORY;

	json_decref(file);
	return st;
}

static void
check_person(struct making *m, const json_t *people, const char *who)
{
	const json_t *found = json_object_get(people, who);
	struct diag *diag = m->w->diag;

	if (!json_is_object(found))
		diag_error(diag, "move.target", who, store_text(m->w->body, who), NULL);
	else if (!store_flag(found, "leader"))
		diag_error(diag, "move.target.role", who, store_text(found, "name"), "leader");
	else
		json_object_set(m->row, who, json_object_get(found, "id"));
}

static json_t *
document_params(struct making *m, const json_t *people)
{
	const json_t *grantor = json_object_get(people, "grantor"), *holder = json_object_get(people, "holder");
	const char *kind = store_text(m->w->body, "document_kind");

	if (kind[0] == '\0')
		kind = strcmp(store_text(json_object_get(people, "organ"), "regime"), "state") == 0 ? "GUQ" : "QD";
	return json_pack("{s:s,s:s,s:o,s:s,s:s,s:s}", "direction", "internal", "kind", kind, "subject",
		json_sprintf("Ủy quyền ký (%s): %s cho %s", flow_mandate_meaning(store_text(m->row, "kind")), store_text(grantor, "name"),
			store_text(holder, "name")), "summary", store_text(m->row, "basis"), "signer_name", store_text(grantor, "name"),
		"signer_position", store_text(grantor, "title"));
}

static void
on_people(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct making *m = arg;
	struct diag *diag = m->w->diag;
	const json_t *unknown = json_object_get(value, "unknown");
	struct buf file;

	(void)constraint;
	if (st != STATUS_OK) {
		refuse(m, st);
		return;
	}
	check_person(m, value, "grantor");
	check_person(m, value, "holder");
	if (!diag_has_error(diag) && json_equal(json_object_get(m->row, "grantor"), json_object_get(m->row, "holder")))
		diag_error(diag, "mandate.self", "holder", store_text(m->w->body, "holder"), NULL);
	if (json_array_size(unknown) > 0)
		diag_error(diag, "mandate.kind-of-document", "kinds", json_string_value(json_array_get(unknown, 0)), NULL);
	if (diag_has_error(diag)) {
		refuse(m, STATUS_INVALID);
		return;
	}
	m->params = document_params(m, value);
	buf_init(&file, FILE_MOST);
	st = write_file(m, value, &file);
	if (st == STATUS_OK && (m->put = content_put_begin(m->w->api->db, FILE_MOST, on_room, m)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK) {
		content_put_write(m->put, file.data, file.len);
		content_put_end(m->put, on_stored, m);
		m->put = NULL;
	}
	buf_free(&file);
	if (st != STATUS_OK)
		refuse(m, st);
}

/* Days become the instants they begin with, in Vietnam; `until` is the last day, so it ends with it. */
static void
read_days(struct making *m)
{
	const json_t *body = m->w->body;
	clock_us from = clock_now(), until;
	struct clock_date day;

	if (clock_parse_date(store_text(body, "from"), &day))
		from = clock_from_date(day);
	if (!clock_parse_date(store_text(body, "until"), &day))
		return; /* a finding is there already */
	until = clock_from_date(day) + CLOCK_DAY;
	if (until <= clock_now() || until <= from)
		diag_error(m->w->diag, "mandate.days", "until", store_text(body, "until"), NULL);
	else if (until > from + 5 * 366 * CLOCK_DAY)
		diag_error(m->w->diag, "mandate.term", "until", store_text(body, "until"), NULL);
	clock_format_utc(from, m->from);
	clock_format_utc(until, m->until);
}

static void
begin_create(struct api_write *w)
{
	static const struct flow_param members[] = {{"grantor", PARAM_TEXT, true, 64}, {"holder", PARAM_TEXT, true, 64}, {"kind", PARAM_TEXT, true, 20},
		{"kinds", PARAM_TARGETS, false, 50}, {"from", PARAM_DATE, false, 0}, {"until", PARAM_DATE, true, 0}, {"basis", PARAM_TEXT, true, 1000},
		{"document_kind", PARAM_TEXT, false, 20}};
	struct making *m = arena_alloc(http_call_arena(w->call), sizeof(*m));
	const char *kind = flow_mandate_kind(store_text(w->body, "kind"));
	json_t *kinds = json_object_get(w->body, "kinds");
	char id[UUID_TEXT];

	flow_params_check(members, COUNT(members), w->body, w->diag);
	m->w = w;
	if (!diag_has_error(w->diag) && kind == NULL)
		diag_error(w->diag, "param.value", "kind", store_text(w->body, "kind"), "KT, TL, TM, TUQ, Q");
	if (!diag_has_error(w->diag))
		read_days(m);
	if (diag_has_error(w->diag)) {
		api_write_refuse(w, STATUS_INVALID, NULL);
		return;
	}
	uuid_new(id);
	m->row = json_pack("{s:s,s:s,s:s,s:o,s:s,s:s,s:s}", "id", id, "organ", w->person->organ, "kind", kind, "kinds",
		json_is_array(kinds) ? json_incref(kinds) : json_array(), "from", m->from, "until", m->until, "basis", store_text(w->body, "basis"));
	mandate_people(w->api->db, w->person->organ, store_text(w->body, "grantor"), store_text(w->body, "holder"), kinds, on_people, m);
}

static void
mandates_create(struct http_call *call)
{
	api_write(call, ROLE_SPECIALIST | ROLE_CLERK, begin_create);
}

/* ---- revoking ---- */

static void
on_revoked(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	if (st == STATUS_NOT_FOUND) {
		diag_error(w->diag, "mandate.revoke", "mandate", http_call_param(w->call, "id"), NULL);
		st = STATUS_CONFLICT;
	}
	if (st != STATUS_OK)
		api_act_fail(w, st, constraint);
	else
		api_act_done(w, 200, value, "mandate.revoke", value, NULL);
}

static void
run_revoke(struct api_write *w)
{
	mandate_revoke(w->act, w->person, http_call_param(w->call, "id"), w->data, store_text(w->body, "reason"), on_revoked, w);
}

static void
on_found(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	(void)value, (void)constraint;
	if (st == STATUS_NOT_FOUND)
		diag_error(w->diag, NOT_FOUND_CODE, "mandate", http_call_param(w->call, "id"), NULL);
	if (st != STATUS_OK)
		api_write_refuse(w, st, NULL);
	else
		api_write_act(w, run_revoke);
}

static void
begin_revoke(struct api_write *w)
{
	static const struct flow_param members[] = {{"reason", PARAM_TEXT, true, 1000}, {"from", PARAM_DATE, false, 0}};
	char *from = arena_alloc(http_call_arena(w->call), CLOCK_TEXT);
	struct clock_date day;

	flow_params_check(members, COUNT(members), w->body, w->diag);
	if (clock_parse_date(store_text(w->body, "from"), &day)) {
		clock_format_utc(clock_from_date(day), from);
		if (clock_from_date(day) > clock_now())
			diag_error(w->diag, "mandate.revoke.later", "from", store_text(w->body, "from"), NULL);
	}
	w->data = from;
	if (diag_has_error(w->diag))
		api_write_refuse(w, STATUS_INVALID, NULL);
	else
		mandate_show(w->api->db, w->person, http_call_param(w->call, "id"), on_found, w);
}

static void
mandates_revoke(struct http_call *call)
{
	if (api_id(call, "id", NOT_FOUND_CODE) != NULL)
		api_write(call, ROLE_LEADER | ROLE_ADMIN, begin_revoke);
}

const struct http_route mandate_routes[] = {
	{"GET", "/v1/mandates", HTTP_BODY_NONE, HTTP_NEED_SESSION, mandates_list},
	{"POST", "/v1/mandates", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, mandates_create},
	{"GET", "/v1/mandates/{id}", HTTP_BODY_NONE, HTTP_NEED_SESSION, mandates_show},
	{"POST", "/v1/mandates/{id}/revoke", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, mandates_revoke},
};
const size_t mandate_route_count = COUNT(mandate_routes);
