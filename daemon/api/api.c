/* api: see api.h. */
#include "daemon/api/api.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/gateway_api.h"
#include "daemon/flow/facts.h"
#include "daemon/flow/move.h"
#include "daemon/store/document.h"
#include "daemon/store/store.h"
#include "lib/base/uuid.h"

#define LIMIT_MOST 200
#define LIMIT_DEFAULT 20

struct api *
api_of(struct http_call *call)
{
	return http_call_app(call);
}

const struct person *
api_person(struct http_call *call)
{
	return gateway_is_path(http_call_path(call)) ? NULL : http_call_identity(call); /* a gateway is no person */
}

void
api_refuse(struct http_call *call, enum status st, const char *code, const char *where, const char *got,
	const char *want)
{
	struct diag *diag = diag_new();

	diag_error(diag, code, where, got, want);
	http_answer_problem(call, st, code, diag);
	diag_free(diag);
}

void
api_problem(struct http_call *call, enum status st, const char *code, const struct diag *diag)
{
	for (size_t i = 0; code == NULL && i < diag_count(diag); i++)
		if (diag_at(diag, i)->severity == SEVERITY_ERROR)
			code = diag_at(diag, i)->code;
	http_answer_problem(call, st, code, diag);
}

bool
api_has_role(struct http_call *call, unsigned roles)
{
	char want[100];

	if (api_person(call)->roles & roles)
		return true;
	flow_who_names(roles, want, sizeof(want));
	api_refuse(call, STATUS_DENIED, "account.role", "roles", NULL, want);
	return false;
}

const char *
api_id(struct http_call *call, const char *name, const char *code)
{
	const char *id = http_call_param(call, name);

	if (id != NULL && strlen(id) == UUID_TEXT - 1 && uuid_is_valid(id))
		return id;
	api_refuse(call, STATUS_NOT_FOUND, code, name, id, NULL);
	return NULL;
}

const char *
api_query(struct http_call *call, const char *name)
{
	const char *v = http_call_query(call, name);

	return v != NULL ? v : "";
}

bool
api_limit(struct http_call *call, int *limit_out)
{
	const char *text = api_query(call, "limit");
	char *end;
	long n = LIMIT_DEFAULT;

	if (text[0] != '\0') {
		n = strtol(text, &end, 10);
		if (*end != '\0' || n < 1 || n > LIMIT_MOST) {
			api_refuse(call, STATUS_INVALID, "param.number", "limit", text, "1..200");
			return false;
		}
	}
	*limit_out = (int)n;
	return true;
}

bool
api_cursor(struct http_call *call, const char **a_out, const char **b_out)
{
	const char *text = api_query(call, "cursor"), *mid = strchr(text, '~');

	if (text[0] != '\0' && (mid == NULL || strlen(text) > 300)) {
		api_refuse(call, STATUS_INVALID, "param.cursor", "cursor", text, NULL);
		return false;
	}
	*a_out = mid != NULL ? arena_strndup(http_call_arena(call), text, (size_t)(mid - text)) : "";
	*b_out = mid != NULL ? mid + 1 : "";
	return *a_out != NULL;
}

bool
api_day(struct http_call *call, const char *name, const char **out)
{
	struct clock_date d;
	const char *text = api_query(call, name);

	if (text[0] != '\0' && (strchr(text, '/') != NULL || !clock_parse_date(text, &d))) {
		api_refuse(call, STATUS_INVALID, "param.date", name, text, "YYYY-MM-DD");
		return false;
	}
	*out = text;
	return true;
}

void
api_answer_value(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
	else
		http_answer_json(call, 200, json_incref(value));
}

void
api_answer_items(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
	else
		http_answer_json(call, 200, json_pack("{s:O,s:n}", "items", value, "next"));
}

json_t *
api_page_next(json_t *rows, int limit, const char *a, const char *b)
{
	char cursor[320];
	const json_t *last;

	if (json_array_size(rows) <= (size_t)limit)
		return json_null();
	while (json_array_size(rows) > (size_t)limit)
		json_array_remove(rows, json_array_size(rows) - 1);
	last = json_array_get(rows, (size_t)limit - 1);
	snprintf(cursor, sizeof(cursor), "%s~%s", store_text(last, a), b != NULL ? store_text(last, b) : "");
	return json_string(cursor);
}

void
api_answer_page(struct http_call *call, json_t *rows, int limit, const char *a, const char *b)
{
	json_t *next = api_page_next(rows, limit, a, b);

	http_answer_json(call, 200, json_pack("{s:O,s:o}", "items", rows, "next", next));
}

struct answer {
	struct http_call *call;
	int code;
};

static void
on_document(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct answer *a = arg;
	struct flow_document d;
	char etag[32];

	(void)constraint;
	if (st == STATUS_NOT_FOUND)
		api_refuse(a->call, st, "document.missing", "document", NULL, NULL);
	else if (st != STATUS_OK)
		http_answer_problem(a->call, st, NULL, NULL);
	else if (!flow_document_from_json(value, &d))
		http_answer_problem(a->call, STATUS_INTERNAL, NULL, NULL);
	else {
		json_object_set_new(d.view, "moves", flow_moves_allowed(&d, api_person(a->call)));
		snprintf(etag, sizeof(etag), "\"%lld\"", (long long)d.revision);
		http_answer_header(a->call, "ETag", etag);
		http_answer_json(a->call, a->code, json_incref(d.view));
	}
}

void
api_answer_document(struct http_call *call, int code, const char *id)
{
	struct answer *a = arena_alloc(http_call_arena(call), sizeof(*a));

	if (a == NULL) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	*a = (struct answer){call, code};
	document_load(api_of(call)->db, api_person(call), id, on_document, a);
}
