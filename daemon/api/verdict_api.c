/*
 * verdict_api: a version judged now: the signatures inside it, and those beside it that belong to it, in one report. A detached signature is judged with the file
 * it signs, and so is a CMS with its content inside; of an ASiC container those signatures count that are over this very file.
 */
#include <string.h>
#include <strings.h>

#include "daemon/api/report_form.h"
#include "daemon/api/version_view.h"
#include "daemon/flow/mandate.h"
#include "daemon/sign/judge.h"
#include "daemon/sign/sign.h"
#include "daemon/store/document.h"
#include "daemon/store/mandate.h"
#include "lib/base/hex.h"

#define VERDICT_SIGNATURES 32u /* detached ones of a version */

struct verdict {
	struct http_call *call;
	const struct report_form *form;
	const char *id, *name, *inside; /* inside: kind of the signatures inside, or NULL: it can have none */
	struct digest file;
	struct beside {
		struct digest sha256;
		const char *id, *kind;
	} beside[VERDICT_SIGNATURES];
	size_t count, at;
	json_t *report, *one; /* of all so far; of the version just judged, until its mandates are known */
};

static void next(struct verdict *v);

static int
rank(const json_t *report)
{
	static const char *const worse[] = {"", "TOTAL-PASSED", "INDETERMINATE", "TOTAL-FAILED"};
	const char *indication = store_text(report, "indication");

	for (size_t i = 0; i < sizeof(worse) / sizeof(worse[0]); i++)
		if (strcmp(indication, worse[i]) == 0)
			return (int)i;
	return 0;
}

/* What a container holds besides is no word about this file; what is left has the worst indication of its signatures. */
static void
drop_others(json_t *report)
{
	json_t *list = json_object_get(report, "signatures"), *s;
	bool dropped = false;

	for (size_t i = json_array_size(list); i-- > 0;)
		if (json_is_false(json_object_get(json_array_get(list, i), "covers"))) {
			json_array_remove(list, i);
			dropped = true;
		}
	if (!dropped)
		return;
	json_object_set_new(report, "indication", json_string(json_array_size(list) > 0 ? "" : "INDETERMINATE"));
	for (size_t i = 0; i < json_array_size(list); i++)
		if (rank(s = json_array_get(list, i)) > rank(report))
			json_object_set(report, "indication", json_object_get(s, "indication"));
}

/* The worst indication of all, and every list of the reports one after the other. */
static void
join(struct verdict *v, json_t *more)
{
	const char *name;
	json_t *value, *list;

	drop_others(more);
	if (v->report == NULL) {
		v->report = json_incref(more);
		return;
	}
	if (rank(more) > rank(v->report))
		json_object_set(v->report, "indication", json_object_get(more, "indication"));
	json_object_foreach((json_t *)more, name, value) {
		list = json_object_get(v->report, name);
		if (json_is_array(list) && json_is_array(value))
			json_array_extend(list, value);
		else if (list == NULL)
			json_object_set(v->report, name, value);
	}
}

/* What our own records say of the signers' mandates is laid over each report by itself: it knows only its file, and which signature is whose. */
static void
on_uses(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct verdict *v = arg;

	(void)constraint;
	if (st != STATUS_OK) {
		json_decref(v->one);
		json_decref(v->report);
		http_answer_problem(v->call, st, NULL, NULL);
		return;
	}
	flow_mandate_judge(v->one, value);
	join(v, v->one);
	json_decref(v->one);
	v->one = NULL;
	next(v);
}

static void
on_report(void *arg, struct job_result *result)
{
	struct verdict *v = arg;

	if (result->status != STATUS_OK || result->value == NULL) {
		version_view_refuse(v->call, result);
		json_decref(v->report);
		return;
	}
	v->one = json_deep_copy(result->value);
	mandate_uses(api_of(v->call)->db, v->at > 0 ? v->beside[v->at - 1].id : v->id, on_uses, v);
}

/* Inside first, then each of those beside it. */
static void
next(struct verdict *v)
{
	const struct sign_office *o = api_of(v->call)->sign;

	if (v->inside != NULL) {
		const char *kind = v->inside;

		v->inside = NULL;
		sign_judge(o, kind, &v->file, NULL, on_report, v);
	} else if (v->at < v->count) {
		v->at++;
		sign_judge(o, v->beside[v->at - 1].kind, &v->file, &v->beside[v->at - 1].sha256, on_report, v);
	} else {
		report_form_answer(v->call, v->form, v->report, v->name);
	}
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n >= k && strcasecmp(name + n - k, suffix) == 0;
}

/* The kind of signatures that a file of this type may hold. Of versions taken in before the bytes told it, a CMS with its content inside is known by its name. */
static const char *
inside_of(const char *mime, const char *name)
{
	static const struct {
		const char *mime, *kind;
	} kinds[] = {
		{"application/pdf", "pdf"}, {"application/vnd.etsi.asic-e+zip", "asic"}, {"application/vnd.etsi.asic-s+zip", "asic"},
		{"application/pkcs7-mime", "cms"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(mime, kinds[i].mime) == 0)
			return kinds[i].kind;
	return ends_with(name, ".p7m") ? "cms" : NULL;
}

static bool
is_cms(const char *name)
{
	return ends_with(name, ".p7s") || ends_with(name, ".p7m");
}

static void
add(struct verdict *v, const char *id, const char *hex, const char *name)
{
	if (v->count == VERDICT_SIGNATURES || !hex_decode(hex, v->beside[v->count].sha256.bytes, DIGEST_BYTES))
		return;
	v->beside[v->count].id = arena_strdup(http_call_arena(v->call), id);
	v->beside[v->count++].kind = is_cms(name) ? "cms" : "asic";
}

static void
on_version(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct verdict *v = arg;
	const char *own = store_text(value, "sha256"), *signed_file = store_text(value, "signed"), *name = store_text(value, "name");
	const json_t *s;
	size_t i;

	(void)constraint;
	if (st != STATUS_OK) {
		if (st == STATUS_NOT_FOUND)
			api_refuse(v->call, st, "version.missing", "version", http_call_param(v->call, "version"), NULL);
		else
			http_answer_problem(v->call, st, NULL, NULL);
		return;
	}
	v->id = arena_strdup(http_call_arena(v->call), store_text(value, "id"));
	v->name = arena_strdup(http_call_arena(v->call), name);
	if (signed_file[0] != '\0' && is_cms(name)) { /* this is a signature itself */
		add(v, v->id, own, name);
		own = signed_file;
	} else {
		v->inside = inside_of(store_text(value, "mime"), name);
		json_array_foreach(json_object_get(value, "detached"), i, s)
			add(v, store_text(s, "id"), store_text(s, "sha256"), store_text(s, "name"));
	}
	if (v->inside == NULL && v->count == 0)
		api_refuse(v->call, STATUS_UNSUPPORTED, "verification.kind", "version", store_text(value, "mime"), "application/pdf, .p7s, .p7m, .asice, .asics");
	else if (!hex_decode(own, v->file.bytes, DIGEST_BYTES))
		http_answer_problem(v->call, STATUS_INTERNAL, NULL, NULL);
	else
		next(v);
}

void
versions_verdict(struct http_call *call)
{
	const char *id = api_id(call, "id", "document.missing");
	struct verdict *v;

	if (id == NULL)
		return;
	v = arena_alloc(http_call_arena(call), sizeof(*v));
	if (v == NULL) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	if (api_of(call)->sign == NULL || api_of(call)->sign->pool == NULL) {
		http_answer_problem(call, STATUS_UNAVAILABLE, NULL, NULL);
		return;
	}
	*v = (struct verdict){.call = call, .form = report_form_of(call)};
	if (v->form == NULL)
		return;
	version_find(api_of(call)->db, api_person(call), id, http_call_param(call, "version"), on_version, v);
}
