/* signing_api: keys, preparing, approving, numbering (docs/api.md, docs/architecture.md "Signing"). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api/routes.h"
#include "daemon/api/write.h"
#include "daemon/flow/param.h"
#include "daemon/io/pool.h"
#include "daemon/sign/sign.h"
#include "daemon/sign/signer_link.h"
#include "daemon/store/content.h"
#include "daemon/store/signing.h"
#include "lib/base/hex.h"
#include "lib/base/uuid.h"
#include "lib/wire/frame.h"

#define TAIL_MOST (16u << 20)
#define ACTIVATION_MOST (2u << 20) /* characters; limits.json_bytes stands before it */
#define OWN_FILES 52u /* a main file and its attachments, as daemon/flow/draft.c lets in */
#define COUNT(t) (sizeof(t) / sizeof((t)[0]))

/* ---- keys ---- */

/* The keys given to this person; an administrator sees all. */
static void
on_keys(void *arg, enum status st, json_t *reply)
{
	struct http_call *call = arg;
	const struct person *person = api_person(call);
	json_t *items, *key;
	size_t i;

	if (st != STATUS_OK) {
		http_answer_problem(call, st, NULL, NULL);
		return;
	}
	items = json_array();
	json_array_foreach(json_object_get(reply, "keys"), i, key)
		if ((person->roles & ROLE_ADMIN) != 0 || strcmp(store_text(key, "id"), person->key_id) == 0)
			json_array_append(items, key);
	http_answer_json(call, 200, json_pack("{s:o,s:n}", "items", items, "next"));
}

static void
keys_list(struct http_call *call)
{
	struct signer_link *signer = api_of(call)->sign->signer;
	json_t *nothing = json_object();
	enum status st = signer != NULL ? signer_link_call(signer, SIGNER_MSG_KEYS, nothing, on_keys, call) :
		STATUS_UNAVAILABLE;

	json_decref(nothing);
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
}

static void
signer_show(struct http_call *call)
{
	struct signer_link *signer = api_of(call)->sign->signer;
	const json_t *hello = signer != NULL ? signer_link_hello(signer) : NULL;

	if (hello == NULL)
		http_answer_problem(call, STATUS_UNAVAILABLE, NULL, NULL);
	else
		http_answer_json(call, 200, json_pack("{s:O,s:O,s:O*}", "activation_key",
			json_object_get(hello, "activation_key"), "name", json_object_get(hello, "signer"), "log_key",
			json_object_get(hello, "log_key")));
}

/* ---- prepare and number ---- */

static void
answered(struct api_write *w, enum status st, const struct diag *diag)
{
	diag_join(w->diag, diag);
	api_write_refuse(w, st, NULL);
}

static void
on_prepared(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct api_write *w = arg;

	if (st == STATUS_OK)
		api_write_answer(w, 201, json_incref(value));
	else
		answered(w, st, diag);
}

static void
on_numbered(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct api_write *w = arg;

	if (st == STATUS_OK)
		api_write_answer_document(w, 200, store_text(value, "document"));
	else
		answered(w, st, diag);
}

/* Whatever the move asks for besides is judged with the document, daemon/sign. */
static const struct flow_param number_members[] = {{"document", PARAM_ID, true, 0}, {"move", PARAM_TEXT, true, 20}, {"register", PARAM_TARGET, false, 1},
	{"note", PARAM_TEXT, false, 1000}};
static const struct flow_param sign_members[] = {{"document", PARAM_ID, true, 0}, {"move", PARAM_TEXT, true, 20}, {"key", PARAM_TEXT, false, 200},
	{"algorithm", PARAM_TEXT, false, 20}, {"cms_size", PARAM_NUMBER, false, SIGN_CMS_MOST / 2}, {"role", PARAM_TEXT, false, 20}, {"page", PARAM_LEVEL, false, 100000},
	{"rect", PARAM_RECT, false, 0}, {"anchor", PARAM_TEXT, false, 200}, {"png", PARAM_FILE, false, 0}, {"reason", PARAM_TEXT, false, 1000},
	{"level", PARAM_TEXT, false, 20}, {"container", PARAM_TEXT, false, 20}, {"main_only", PARAM_FLAG, false, 0}, {"attachments", PARAM_FLAG, false, 0}, {"attachment_container", PARAM_TEXT, false, 20},
	{"counter", PARAM_TEXT, false, 40}, {"copy", PARAM_TEXT, false, 20}, {"extract", PARAM_FILE, false, 0}, {"forward", PARAM_TEXT, false, 200},
	{"note", PARAM_TEXT, false, 1000}};

static void
begin_signing(struct api_write *w)
{
	const char *move = store_text(w->body, "move");
	bool number = strcmp(move, "number") == 0;

	if (!number && !sign_move_is_signature(move))
		diag_error(w->diag, "signing.move", "move", move, "initial, sign, number, seal, copy, stamp");
	flow_params_check(number ? number_members : sign_members, number ? COUNT(number_members) : COUNT(sign_members), w->body, w->diag);
	if (diag_has_error(w->diag))
		api_write_refuse(w, STATUS_INVALID, NULL);
	else if (number)
		sign_number(w->api->sign, w->person, w->body, &w->repeat, on_numbered, w);
	else
		sign_prepare(w->api->sign, w->person, w->body, on_prepared, w);
}

static void
signing_create(struct http_call *call)
{
	api_write(call, 0, begin_signing);
}

/* ---- approve ---- */

static void
on_approved(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct api_write *w = arg;

	if (st == STATUS_OK)
		api_write_answer(w, 200, json_incref(value));
	else
		answered(w, st, diag);
}

static void
begin_approval(struct api_write *w)
{
	static const struct flow_param members[] = {{"activation", PARAM_TEXT, true, ACTIVATION_MOST}, {"signings", PARAM_VALUE, true, 0}};
	const char *activation = store_text(w->body, "activation");
	const json_t *ids = json_object_get(w->body, "signings");

	flow_params_check(members, COUNT(members), w->body, w->diag);
	if (ids != NULL && !json_is_array(ids))
		diag_error(w->diag, "param.type", "signings", NULL, "array");
	if (diag_has_error(w->diag)) {
		api_write_refuse(w, STATUS_INVALID, NULL);
		return;
	}
	sign_approve(w->api->sign, w->person, activation, ids, on_approved, w);
}

static void
signing_approve(struct http_call *call)
{
	api_write(call, 0, begin_approval);
}

/* ---- the person's own key ---- */

/* The main file's and its attachments', in order: {"cms","attachments":[{"id","cms"}]}. */
struct own_files {
	json_t *ids;
	struct span cms[OWN_FILES];
	unsigned char *der[OWN_FILES];
	size_t count;
};

static bool
own_add(struct own_files *f, const char *id, const char *base64)
{
	size_t len = 0;

	if (f->count == OWN_FILES || base64[0] == '\0' || !base64_decode(base64, strlen(base64), &f->der[f->count], &len))
		return false;
	f->cms[f->count] = (struct span){f->der[f->count], len};
	f->count++;
	json_array_append_new(f->ids, json_string(id));
	return len <= SIGN_CMS_MOST;
}

static void
begin_own(struct api_write *w)
{
	static const struct flow_param members[] = {{"cms", PARAM_VALUE, true, 0}, {"attachments", PARAM_VALUE, false, 0}};
	static const struct flow_param file[] = {{"id", PARAM_VALUE, true, 0}, {"cms", PARAM_VALUE, true, 0}};
	struct own_files *f = calloc(1, sizeof(*f));
	const json_t *more = json_object_get(w->body, "attachments"), *one;
	bool ok;
	size_t i;

	if (f == NULL || (f->ids = json_array()) == NULL)
		abort();
	flow_params_check(members, COUNT(members), w->body, w->diag);
	json_array_foreach(more, i, one)
		flow_params_check(file, COUNT(file), one, w->diag);
	if (more != NULL && !json_is_null(more) && !json_is_array(more))
		diag_error(w->diag, "param.type", "attachments", NULL, "array");
	ok = own_add(f, api_id(w->call, "id", "signing.unknown"), store_text(w->body, "cms"));
	json_array_foreach(more, i, one)
		ok = ok && own_add(f, store_text(one, "id"), store_text(one, "cms"));
	if (ok && !diag_has_error(w->diag)) {
		sign_own(w->api->sign, w->person, f->ids, f->cms, on_approved, w);
	} else {
		if (!ok)
			diag_error(w->diag, "signing.cms", "cms", NULL, "base64");
		api_write_refuse(w, STATUS_INVALID, NULL);
	}
	for (i = 0; i < f->count; i++)
		free(f->der[i]);
	json_decref(f->ids);
	free(f);
}

static void
signing_complete(struct http_call *call)
{
	if (api_id(call, "id", "signing.unknown") != NULL)
		api_write(call, 0, begin_own);
}

/* ---- one signing, and the picture of what will be signed ---- */

static void
signing_get(struct http_call *call)
{
	const char *id = api_id(call, "id", "signing.unknown");

	if (id != NULL)
		signing_show(api_of(call)->db, api_person(call)->id, id, api_answer_value, call);
}

struct look {
	struct http_call *call;
	int files[2];
	size_t count;
	struct digest tail;
	json_t *params;
};

static void
look_end(struct look *l)
{
	for (size_t i = 0; i < l->count; i++)
		frame_close_fds(&(struct frame){.fds = {l->files[i]}, .fd_count = 1});
	json_decref(l->params);
}

/* Four points, and what follows them; nothing where the worker said nothing. */
static void
say_box(struct http_call *call, const char *header, const json_t *box, const char *more)
{
	double v[4];
	char text[160];

	if (json_array_size(box) != 4)
		return;
	for (size_t i = 0; i < 4; i++)
		v[i] = json_number_value(json_array_get(box, i));
	snprintf(text, sizeof(text), "%.2f %.2f %.2f %.2f%s", v[0], v[1], v[2], v[3], more);
	http_answer_header(call, header, text);
}

/* Which of how many pages the picture is, where the signature is seen, and the page in points. */
static void
say_pages(struct http_call *call, const json_t *value)
{
	static const char *const headers[][2] = {{"Congvan-Page", "page"}, {"Congvan-Pages", "pages"}, {"Congvan-Signature-Page", "signature_page"}};
	char text[24];

	for (size_t i = 0; i < COUNT(headers); i++) {
		snprintf(text, sizeof(text), "%lld", (long long)store_number(value, headers[i][1]));
		http_answer_header(call, headers[i][0], text);
	}
	snprintf(text, sizeof(text), " %lld", (long long)store_number(value, "rotate"));
	say_box(call, "Congvan-Page-Box", json_object_get(value, "box"), text);
	say_box(call, "Congvan-Signature-Rect", json_object_get(value, "signature_rect"), "");
	http_answer_header(call, "Cache-Control", "private, no-store");
}

static void
on_picture(void *arg, struct job_result *result)
{
	struct look *l = arg;
	struct span png;

	if (result->status == STATUS_OK && result->file_count == 1 && frame_map(result->files[0], &png) == STATUS_OK) {
		say_pages(l->call, result->value);
		http_answer_bytes(l->call, 200, "image/png", png.data, png.len);
		frame_unmap(&png);
	} else {
		api_problem(l->call, result->status != STATUS_OK ? result->status : STATUS_INTERNAL, NULL, result->diag);
	}
	look_end(l);
}

static void on_part(void *arg, enum status st, int fd);

static void
draw(struct look *l)
{
	struct job job = {.type = JOB_PDF_PREVIEW, .params = l->params, .files = {l->files[0], l->files[1]}, .file_count = 2};
	enum status st = pool_submit(api_of(l->call)->pool, &job, POOL_URGENT, on_picture, l);

	if (st == STATUS_OK)
		return;
	http_answer_problem(l->call, st, NULL, NULL);
	look_end(l);
}

static void
on_part(void *arg, enum status st, int fd)
{
	struct look *l = arg;

	if (st != STATUS_OK) {
		http_answer_problem(l->call, st, NULL, NULL);
		look_end(l);
		return;
	}
	l->files[l->count++] = fd;
	if (l->count == 1)
		content_get_fd(api_of(l->call)->db, &l->tail, SIGN_FILE_MOST, on_part, l);
	else
		draw(l);
}

static void
on_shown(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct look *l = arg;
	struct digest base;

	(void)constraint;
	if (st == STATUS_OK && (strcmp(store_text(value, "container"), "pdf") != 0 || !hex_decode(store_text(value, "base_sha256"), base.bytes, DIGEST_BYTES) ||
		!hex_decode(store_text(value, "tail"), l->tail.bytes, DIGEST_BYTES)))
		st = STATUS_UNSUPPORTED; /* not a PDF: nothing to draw */
	if (st == STATUS_OK) {
		content_get_fd(api_of(l->call)->db, &base, SIGN_FILE_MOST, on_part, l);
		return;
	}
	http_answer_problem(l->call, st, NULL, NULL);
	look_end(l);
}

/* What preparing will append to the version: with it a client computes the digest itself. Bounded by what a worker makes (picture and font). */
static void
on_tail_bytes(void *arg, enum status st, int fd)
{
	struct http_call *call = arg;
	struct span tail;

	if (st == STATUS_OK && (st = frame_map(fd, &tail)) == STATUS_OK) {
		http_answer_bytes(call, 200, "application/octet-stream", tail.data, tail.len);
		frame_unmap(&tail);
	} else
		http_answer_problem(call, st, NULL, NULL);
	if (fd >= 0)
		frame_close_fds(&(struct frame){.fds = {fd}, .fd_count = 1});
}

static void
on_tail_shown(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct http_call *call = arg;
	struct digest tail;

	(void)constraint;
	if (st != STATUS_OK)
		http_answer_problem(call, st, NULL, NULL);
	else if (hex_decode(store_text(value, "tail"), tail.bytes, DIGEST_BYTES))
		content_get_fd(api_of(call)->db, &tail, TAIL_MOST, on_tail_bytes, call);
	else
		http_answer_bytes(call, 200, "application/octet-stream", "", 0);
}

static void
signing_tail(struct http_call *call)
{
	const char *id = api_id(call, "id", "signing.unknown");

	if (id != NULL)
		signing_show(api_of(call)->db, api_person(call)->id, id, on_tail_shown, call);
}

static void
signing_preview(struct http_call *call)
{
	struct look *l = arena_alloc(http_call_arena(call), sizeof(*l));
	const char *id = api_id(call, "id", "signing.unknown"), *page = api_query(call, "page");

	if (id == NULL)
		return;
	if (strlen(page) > 5 || strspn(page, "0123456789") != strlen(page)) {
		api_refuse(call, STATUS_INVALID, "param.number", "page", page, NULL);
		return;
	}
	l->call = call;
	l->params = json_pack("{s:i}", "width", 900);
	if (page[0] != '\0') /* else the page with the signature */
		json_object_set_new(l->params, "page", json_integer(atoi(page)));
	signing_show(api_of(call)->db, api_person(call)->id, id, on_shown, l);
}

const struct http_route signing_routes[] = {
	{"GET", "/v1/keys", HTTP_BODY_NONE, HTTP_NEED_SESSION, keys_list},
	{"GET", "/v1/signer", HTTP_BODY_NONE, HTTP_NEED_SESSION, signer_show},
	{"POST", "/v1/signings", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, signing_create},
	{"POST", "/v1/signings/approve", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, signing_approve},
	{"GET", "/v1/signings/{id}", HTTP_BODY_NONE, HTTP_NEED_SESSION, signing_get},
	{"POST", "/v1/signings/{id}/complete", HTTP_BODY_JSON, HTTP_NEED_SESSION | HTTP_NEED_KEY, signing_complete},
	{"GET", "/v1/signings/{id}/tail", HTTP_BODY_NONE, HTTP_NEED_SESSION, signing_tail},
	{"GET", "/v1/signings/{id}/preview", HTTP_BODY_NONE, HTTP_NEED_SESSION, signing_preview},
};
const size_t signing_route_count = COUNT(signing_routes);
