/* write: see write.h. */
#include "daemon/api/write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/normal.h"

static void
release(struct api_write *w)
{
	json_decref(w->body);
	json_decref(w->answer);
	leaf_free(&w->leaf);
	diag_free(w->diag);
}

void
api_write_refuse(struct api_write *w, enum status st, const char *code)
{
	api_problem(w->call, st, code, w->diag);
	release(w);
}

static bool
key_is_valid(const char *key)
{
	size_t n = strlen(key);

	for (size_t i = 0; i < n; i++)
		if (key[i] < 0x21 || key[i] > 0x7e)
			return false;
	return n >= 1 && n <= 200;
}

/* Of method, path and body: another request under the same key is refused. */
static struct digest
request_digest(struct http_call *call, const json_t *body)
{
	struct digest_stream *s = digest_begin();
	char *text = json_dumps(body, JSON_SORT_KEYS | JSON_COMPACT);

	if (s == NULL || text == NULL)
		abort();
	digest_put(s, http_call_method(call), strlen(http_call_method(call)) + 1);
	digest_put(s, http_call_path(call), strlen(http_call_path(call)) + 1);
	digest_put(s, text, strlen(text));
	free(text);
	return digest_end(s);
}

void
api_write_answer(struct api_write *w, int code, json_t *value)
{
	http_answer_json(w->call, code, value);
	release(w);
}

void
api_write_answer_document(struct api_write *w, int code, const char *id)
{
	api_answer_document(w->call, code, id);
	release(w);
}

/* The kept answer: a document is shown as it is now. */
static void
answer_again(struct api_write *w, const json_t *kept)
{
	json_t *answer = json_object_get(kept, "answer");
	int code = (int)store_number(kept, "code");
	const char *document = store_text(answer, "$document");

	if (!store_flag(kept, "same"))
		api_refuse(w->call, STATUS_INVALID, "idempotency.other-request", "Idempotency-Key", w->repeat.key, NULL);
	else if (document[0] != '\0')
		api_answer_document(w->call, code, document);
	else if (json_is_null(answer) || answer == NULL)
		http_answer_empty(w->call, code);
	else
		http_answer_json(w->call, code, json_incref(answer));
	release(w);
}

static void
on_found(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	(void)constraint;
	if (st == STATUS_OK)
		answer_again(w, value);
	else if (st == STATUS_NOT_FOUND)
		w->begin(w);
	else
		api_write_refuse(w, st, NULL);
}

void
api_write(struct http_call *call, unsigned roles, void (*begin)(struct api_write *w))
{
	const char *key = http_call_header(call, "Idempotency-Key");
	struct api_write *w;
	enum status st = STATUS_OK;

	if (roles != 0 && !api_has_role(call, roles))
		return;
	if (key == NULL || !key_is_valid(key)) {
		api_refuse(call, key == NULL ? STATUS_PRECONDITION : STATUS_INVALID,
			key == NULL ? "idempotency.missing" : "idempotency.key", "Idempotency-Key", NULL, NULL);
		return;
	}
	w = arena_alloc(http_call_arena(call), sizeof(*w));
	if (w == NULL) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	w->call = call;
	w->api = api_of(call);
	w->person = api_person(call);
	w->begin = begin;
	w->diag = diag_new();
	if (http_call_json(call) != NULL)
		st = normal_json(http_call_json(call), false, &w->body);
	else
		w->body = json_object();
	if (st == STATUS_TOO_LARGE) {
		diag_error(w->diag, "param.number", "body", NULL, "< 9e18");
		api_write_refuse(w, STATUS_INVALID, NULL);
		return;
	}
	if (st != STATUS_OK) {
		diag_error(w->diag, "param.text", "body", NULL, "Unicode");
		api_write_refuse(w, st, NULL);
		return;
	}
	w->repeat = (struct repeat){w->person->id, key, request_digest(call, w->body)};
	repeat_find(w->api->db, &w->repeat, on_found, w);
}

/*
 * A conflict with a finding is one of the office's; without, others' transactions stood in the way however often it was tried: nothing was done, and the same
 * request may be sent again.
 */
static enum status
in_the_way(enum status st, const struct diag *diag)
{
	return st == STATUS_CONFLICT && !diag_has_error(diag) ? STATUS_UNAVAILABLE : st;
}

/* ---- an act of its own ---- */

static void
act_run(struct act *act, void *arg)
{
	struct api_write *w = arg;

	w->act = act;
	w->failed = STATUS_OK;
	w->constraint[0] = '\0';
	w->run(w);
}

static void
act_over(void *arg, enum status st)
{
	struct api_write *w = arg;

	if (st == STATUS_DUPLICATE && strcmp(w->constraint, REPEAT_CONSTRAINT) == 0) {
		repeat_find(w->api->db, &w->repeat, on_found, w);
		return;
	}
	st = in_the_way(st, w->diag);
	if (st == STATUS_DUPLICATE)
		diag_error(w->diag, "record.duplicate", w->constraint, NULL, NULL);
	else if (st == STATUS_INVALID && strcmp(w->constraint, "register_period_overlap") == 0)
		diag_error(w->diag, "register.period.overlap", "starts", NULL, NULL);
	else if (st == STATUS_INVALID && !diag_has_error(w->diag))
		diag_error(w->diag, "param.value", w->constraint, NULL, NULL);
	if (st != STATUS_OK) {
		api_write_refuse(w, st, NULL);
		return;
	}
	if (w->answer != NULL)
		http_answer_json(w->call, w->code, json_incref(w->answer));
	else
		http_answer_empty(w->call, w->code);
	release(w);
}

static const struct act_kind kind = {.run = act_run, .done = act_over};

void
api_write_act(struct api_write *w, void (*run)(struct api_write *w))
{
	w->run = run;
	db_act(w->api->db, &kind, w);
}

void
api_act_step(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct api_write *w = arg;

	(void)value;
	if (st == STATUS_OK || st == STATUS_CANCELLED || w->failed != STATUS_OK)
		return;
	w->failed = st;
	snprintf(w->constraint, sizeof(w->constraint), "%s", constraint);
}

void
api_act_fail(struct api_write *w, enum status st, const char *constraint)
{
	api_act_step(w, st, NULL, constraint);
	act_end(w->act, st);
}

void
api_act_done(struct api_write *w, int code, json_t *answer, const char *type, const json_t *details, const char *hidden)
{
	json_t *kept = json_deep_copy(answer), *fields = NULL;
	enum status st = STATUS_OK;

	json_decref(w->answer);
	w->answer = json_incref(answer);
	w->code = code;
	leaf_free(&w->leaf);
	memset(&w->leaf, 0, sizeof(w->leaf));
	if (details != NULL) {
		fields = json_pack("{s:O}", "details", details);
		st = leaf_make(type, w->person, w->person->organ_code, fields, &w->leaf);
		json_decref(fields);
		if (st == STATUS_OK)
			leaf_insert(w->act, &w->leaf, NULL, api_act_step, w);
	}
	if (hidden != NULL)
		json_object_del(kept, hidden);
	repeat_insert(w->act, &w->repeat, code, kept, api_act_step, w);
	json_decref(kept);
	act_end(w->act, st);
}

/* ---- a change of a document ---- */

bool
api_revision(struct http_call *call, int64_t *out)
{
	const char *text = http_call_header(call, "If-Match");
	char *end;
	long long n;

	*out = 0;
	if (text == NULL)
		return true;
	if (text[0] == '"') {
		n = strtoll(text + 1, &end, 10);
		if (n > 0 && strcmp(end, "\"") == 0) {
			*out = n;
			return true;
		}
	}
	api_refuse(call, STATUS_INVALID, "match.form", "If-Match", text, "\"REVISION\"");
	return false;
}

bool
api_write_fill(struct api_write *w, struct flow_request *r, int code)
{
	if (!api_revision(w->call, &r->revision)) {
		release(w);
		return false;
	}
	r->db = w->api->db;
	r->person = w->person;
	r->certified = w->api->settings.certified;
	if (r->params == NULL)
		r->params = w->body;
	r->repeat = &w->repeat;
	r->repeat_code = code;
	w->code = code;
	return true;
}

void
api_write_moved(void *arg, const struct flow_result *result)
{
	struct api_write *w = arg;

	if (result->status == STATUS_OK) {
		api_answer_document(w->call, w->code, store_text(result->moved, "document"));
		release(w);
	} else if (result->status == STATUS_DUPLICATE) {
		repeat_find(w->api->db, &w->repeat, on_found, w);
	} else {
		api_problem(w->call, in_the_way(result->status, result->diag), NULL, result->diag);
		release(w);
	}
}

void
api_write_move(struct api_write *w, struct flow_request *r, int code, void (*fn)(const struct flow_request *r, flow_cb cb, void *arg))
{
	if (api_write_fill(w, r, code))
		fn(r, api_write_moved, w);
}
