/* document_api: search, documents, versions, moves, notes, history, inbox. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/file_check.h"
#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/flow/notation.h"
#include "daemon/flow/param.h"
#include "daemon/flow/words.h"
#include "daemon/store/document.h"
#include "daemon/store/search.h"
#include "lib/base/text.h"
#include "lib/base/uuid.h"

#define COUNT(t) (sizeof(t) / sizeof((t)[0]))
#define NOT_FOUND_CODE "document.missing"
#define FILES_MOST 51u /* as daemon/flow/draft.c lets in */

/* ---- search ---- */

struct finding_page {
	struct http_call *call;
	int limit;
};

/* The page, without the members that are for its cursor only. */
static void
answer_page(struct finding_page *p, json_t *rows, const char *a, const char *const *hidden, size_t count)
{
	json_t *next = api_page_next(rows, p->limit, a, "id"), *row;
	size_t i;

	json_array_foreach(rows, i, row)
		for (size_t h = 0; h < count; h++)
			json_object_del(row, hidden[h]);
	http_answer_json(p->call, 200, json_pack("{s:O,s:o}", "items", rows, "next", next));
}

static void
on_found(void *arg, enum status st, json_t *value, const char *constraint)
{
	static const char *const hidden[] = {"sort_date"};
	struct finding_page *p = arg;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(p->call, st, NULL, NULL);
	else
		answer_page(p, value, "sort_date", hidden, COUNT(hidden));
}

/* Text from malloc into the call's arena. */
static const char *
keep(struct http_call *call, char *s)
{
	const char *copy = s != NULL ? arena_strdup(http_call_arena(call), s) : NULL;

	free(s);
	return copy != NULL ? copy : "";
}

static bool
fold_filters(struct http_call *call, struct search_filter *f)
{
	char *query = NULL, *key = NULL;
	struct buf organ;
	const char *number = api_query(call, "number");
	bool ok;

	buf_init(&organ, 4096);
	ok = words_query(api_query(call, "q"), &query) == STATUS_OK && notation_key(number, &key) == STATUS_OK &&
		words_put(&organ, api_query(call, "organ")) == STATUS_OK;
	f->query = keep(call, query);
	f->key = keep(call, key);
	f->organ_fold = arena_strdup(http_call_arena(call), buf_str(&organ));
	buf_free(&organ);
	f->number = strlen(number) <= 9 && strspn(number, "0123456789") == strlen(number) ? number : "";
	if (!ok)
		api_refuse(call, STATUS_INVALID, "param.text", "q", NULL, NULL);
	return ok;
}

static bool
cursor_is_valid(const struct search_filter *f)
{
	struct clock_date d;

	return f->cursor_date[0] == '\0' || (clock_parse_date(f->cursor_date, &d) && strlen(f->cursor_id) == UUID_TEXT - 1 &&
		uuid_is_valid(f->cursor_id));
}

static void
documents_search(struct http_call *call)
{
	struct search_filter *f = arena_alloc(http_call_arena(call), sizeof(*f));
	struct finding_page *p = arena_alloc(http_call_arena(call), sizeof(*p));
	const char *reg = api_query(call, "register");

	f->direction = api_query(call, "direction");
	f->state = api_query(call, "state");
	f->kind = api_query(call, "kind");
	f->organ = api_query(call, "organ");
	f->reg = reg;
	p->call = call;
	if (!api_limit(call, &p->limit) || !api_cursor(call, &f->cursor_date, &f->cursor_id) || !api_day(call, "from", &f->from) ||
		!api_day(call, "to", &f->to) || !fold_filters(call, f))
		return;
	f->limit = p->limit;
	if (!cursor_is_valid(f))
		api_refuse(call, STATUS_INVALID, "param.cursor", "cursor", api_query(call, "cursor"), NULL);
	else if (reg[0] != '\0' && (strlen(reg) != UUID_TEXT - 1 || !uuid_is_valid(reg)))
		api_refuse(call, STATUS_INVALID, "param.id", "register", reg, "UUID");
	else
		search_documents(api_of(call)->db, api_person(call), f, on_found, p);
}

static void
on_inbox(void *arg, enum status st, json_t *value, const char *constraint)
{
	static const char *const hidden[] = {"after", "id"};
	struct finding_page *p = arg;
	json_t *e;
	size_t i;

	(void)constraint;
	if (st != STATUS_OK) {
		http_answer_problem(p->call, st, NULL, NULL);
		return;
	}
	json_array_foreach(value, i, e) {
		const char *deadline = store_text(e, "deadline");

		json_object_set_new(e, "after", json_string(deadline[0] ? deadline : "infinity"));
		json_object_set(e, "id", json_object_get(json_object_get(e, "document"), "id"));
	}
	answer_page(p, value, "after", hidden, COUNT(hidden));
}

static void
inbox(struct http_call *call)
{
	struct finding_page *p = arena_alloc(http_call_arena(call), sizeof(*p));
	const char *deadline, *id;
	struct clock_date d;

	p->call = call;
	if (!api_limit(call, &p->limit) || !api_cursor(call, &deadline, &id))
		return;
	if (deadline[0] != '\0' && ((strcmp(deadline, "infinity") != 0 && !clock_parse_date(deadline, &d)) ||
		strlen(id) != UUID_TEXT - 1 || !uuid_is_valid(id)))
		api_refuse(call, STATUS_INVALID, "param.cursor", "cursor", deadline, NULL);
	else
		search_inbox(api_of(call)->db, api_person(call), deadline, id, p->limit, on_inbox, p);
}

/* ---- one document ---- */

static void
documents_show(struct http_call *call)
{
	const char *id = api_id(call, "id", NOT_FOUND_CODE);

	if (id == NULL)
		return;
	search_mark_read(api_of(call)->db, api_person(call), id);
	api_answer_document(call, 200, id);
}

static void
on_history(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	/* Every document has at least the row of its making: none means it may not be seen. */
	if (st == STATUS_OK && json_array_size(value) == 0)
		api_refuse(call, STATUS_NOT_FOUND, NOT_FOUND_CODE, "document", NULL, NULL);
	else
		api_answer_items(call, st, value, constraint);
}

static void
documents_history(struct http_call *call)
{
	const char *id = api_id(call, "id", NOT_FOUND_CODE);

	if (id != NULL)
		document_history(api_of(call)->db, api_person(call), id, on_history, call);
}

/* ---- writing ---- */

static void
create(struct api_write *w)
{
	struct flow_creation *c = arena_alloc(http_call_arena(w->call), sizeof(*c));

	if (api_write_fill(w, &c->request, 201))
		flow_create(c, api_write_moved, w);
}

static void
begin_create(struct api_write *w)
{
	json_t *files = json_array(), *list = json_object_get(w->body, "attachments"), *f;
	size_t i;

	if (json_is_object(json_object_get(w->body, "main")))
		json_array_append(files, json_object_get(w->body, "main"));
	json_array_foreach(list, i, f)
		if (json_is_object(f) && i < FILES_MOST)
			json_array_append(files, f);
	file_check(w, files, create);
}

static void
documents_create(struct http_call *call)
{
	api_write(call, 0, begin_create);
}

static struct flow_request *
request_of(struct api_write *w)
{
	struct flow_request *r = arena_alloc(http_call_arena(w->call), sizeof(*r));

	r->document = http_call_param(w->call, "id");
	return r;
}

static void
begin_change(struct api_write *w)
{
	api_write_move(w, request_of(w), 200, flow_change);
}

static void
documents_change(struct http_call *call)
{
	if (api_id(call, "id", NOT_FOUND_CODE) != NULL)
		api_write(call, 0, begin_change);
}

static void
begin_move(struct api_write *w)
{
	struct flow_request *r = request_of(w);

	r->move = arena_strdup(http_call_arena(w->call), store_text(w->body, "move"));
	json_object_del(w->body, "move"); /* what is left are its parameters */
	api_write_move(w, r, 200, flow_move);
}

static void
documents_move(struct http_call *call)
{
	if (api_id(call, "id", NOT_FOUND_CODE) != NULL)
		api_write(call, 0, begin_move);
}

static void
add_version(struct api_write *w)
{
	struct flow_request *r = w->data;
	struct flow_version *v = (struct flow_version *)(uintptr_t)r->versions;

	v->mime = json_string_value(json_object_get(w->body, "mime"));
	v->findings = json_object_get(w->body, "findings");
	api_write_move(w, r, 201, flow_add_versions);
}

static void
begin_version(struct api_write *w)
{
	static const struct flow_param members[] = {{"part", PARAM_TEXT, true, 10}, {"part_number", PARAM_NUMBER, false, 1000},
		{"sha256", PARAM_TEXT, true, 64}, {"name", PARAM_TEXT, true, 255}};
	struct flow_request *r = request_of(w);
	struct flow_version *v = arena_alloc(http_call_arena(w->call), sizeof(*v));
	const char *part = store_text(w->body, "part");

	flow_params_check(members, COUNT(members), w->body, w->diag);
	*v = (struct flow_version){.part = part, .part_number = strcmp(part, "main") == 0 ? 0 : -1, .sha256 = store_text(w->body, "sha256"),
		.name = store_text(w->body, "name"), .cause = "drafted"};
	if (json_object_get(w->body, "part_number") != NULL && strcmp(part, "main") != 0)
		v->part_number = (int)store_number(w->body, "part_number");
	if (!diag_has_error(w->diag) && strcmp(part, "main") != 0 && strcmp(part, "attachment") != 0)
		diag_error(w->diag, "param.value", "part", part, "main, attachment");
	if (!diag_has_error(w->diag) && !flow_is_digest(v->sha256))
		diag_error(w->diag, "param.digest", "sha256", v->sha256, NULL);
	if (!diag_has_error(w->diag) && strchr(v->name, '/') != NULL)
		diag_error(w->diag, "param.value", "name", v->name, NULL);
	if (diag_has_error(w->diag)) {
		api_write_refuse(w, STATUS_INVALID, NULL);
		return;
	}
	r->versions = v;
	r->version_count = 1;
	w->data = r;
	file_check(w, json_pack("[O]", w->body), add_version);
}

static void
versions_create(struct http_call *call)
{
	if (api_id(call, "id", NOT_FOUND_CODE) != NULL)
		api_write(call, 0, begin_version);
}

/* ---- notes: opinions and progress; a direction (bút phê) is written by assigning ---- */

static void
note_written(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;
	json_t *details;

	if (st != STATUS_OK) {
		api_act_fail(w, st, constraint);
		return;
	}
	details = json_pack("{s:s,s:O,s:O}", "document", http_call_param(w->call, "id"), "note", json_object_get(value, "id"), "kind",
		json_object_get(value, "kind"));
	api_act_done(w, 201, value, "note.create", details, NULL);
	json_decref(details);
}

static void
run_note(struct api_write *w)
{
	char id[UUID_TEXT];
	json_t *row;

	uuid_new(id);
	row = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", id, "document", http_call_param(w->call, "id"), "kind",
		store_text(w->body, "kind"), "author", w->person->id, "body", store_text(w->body, "body"));
	note_insert(w->act, row, note_written, w);
	json_decref(row);
}

static void
on_note_document(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	(void)value, (void)constraint;
	if (st == STATUS_NOT_FOUND)
		diag_error(w->diag, NOT_FOUND_CODE, "document", NULL, NULL);
	if (st != STATUS_OK)
		api_write_refuse(w, st, NULL);
	else
		api_write_act(w, run_note);
}

static void
begin_note(struct api_write *w)
{
	static const struct flow_param members[] = {{"kind", PARAM_TEXT, true, 20}, {"body", PARAM_TEXT, true, 4000}};
	static const char *const kinds[] = {"opinion", "proposal", "progress"};
	bool known = false;

	flow_params_check(members, COUNT(members), w->body, w->diag);
	for (size_t i = 0; i < COUNT(kinds); i++)
		known = known || strcmp(store_text(w->body, "kind"), kinds[i]) == 0;
	if (!diag_has_error(w->diag) && !known)
		diag_error(w->diag, "param.value", "kind", store_text(w->body, "kind"), "opinion, proposal, progress");
	if (diag_has_error(w->diag))
		api_write_refuse(w, STATUS_INVALID, NULL);
	else
		document_load(w->api->db, w->person, http_call_param(w->call, "id"), on_note_document, w);
}

static void
notes_create(struct http_call *call)
{
	if (api_id(call, "id", NOT_FOUND_CODE) != NULL)
		api_write(call, 0, begin_note);
}

#define WRITE (HTTP_NEED_SESSION | HTTP_NEED_KEY)
const struct http_route document_routes[] = {
	{"GET", "/v1/documents", HTTP_BODY_NONE, HTTP_NEED_SESSION, documents_search},
	{"POST", "/v1/documents", HTTP_BODY_JSON, WRITE, documents_create},
	{"GET", "/v1/documents/{id}", HTTP_BODY_NONE, HTTP_NEED_SESSION, documents_show},
	{"PATCH", "/v1/documents/{id}", HTTP_BODY_JSON, WRITE | HTTP_NEED_MATCH, documents_change},
	{"POST", "/v1/documents/{id}/moves", HTTP_BODY_JSON, WRITE | HTTP_NEED_MATCH, documents_move},
	{"POST", "/v1/documents/{id}/versions", HTTP_BODY_JSON, WRITE | HTTP_NEED_MATCH, versions_create},
	{"GET", "/v1/documents/{id}/history", HTTP_BODY_NONE, HTTP_NEED_SESSION, documents_history},
	{"POST", "/v1/documents/{id}/notes", HTTP_BODY_JSON, WRITE, notes_create},
	{"GET", "/v1/inbox", HTTP_BODY_NONE, HTTP_NEED_SESSION, inbox},
};
const size_t document_route_count = COUNT(document_routes);
