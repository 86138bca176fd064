/*
 * number: see sign.h. The number that would come next is asked for, filled into the form, and taken in the act only if it is still the next: between the
 * two another clerk may have taken it, then all begins again with the new one.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/flow/act.h"
#include "daemon/flow/facts.h"
#include "daemon/flow/move.h"
#include "daemon/io/pool.h"
#include "daemon/sign/sign.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "lib/base/hex.h"

#define NUMBER_TRIES 20

struct number {
	const struct sign_office *office;
	const struct person *person;
	const json_t *wish;
	const struct repeat *repeat;
	sign_cb cb;
	void *arg;
	struct diag *diag;
	json_t *loaded, *params, *next;
	struct flow_document document;
	struct flow_version version;
	char sha256[65];
	int base, filled;
	int tries;
};

static void ask(struct number *n);

static void
finish(struct number *n, enum status st, json_t *value)
{
	n->cb(n->arg, st, n->diag, value);
	if (n->base >= 0)
		close(n->base);
	if (n->filled >= 0)
		close(n->filled);
	json_decref(n->loaded);
	json_decref(n->params);
	json_decref(n->next);
	diag_free(n->diag);
	free(n);
}

static struct flow_request
request(const struct number *n)
{
	return (struct flow_request){.db = n->office->db, .person = n->person, .certified = n->office->certified,
		.document = n->document.id, .revision = n->document.revision, .move = "number", .params = n->params};
}

static void
on_moved(void *arg, const struct flow_result *r)
{
	struct number *n = arg;

	if (r->status == STATUS_CONFLICT && diag_has(r->diag, "register.number-taken") && ++n->tries < NUMBER_TRIES) {
		ask(n);
		return;
	}
	diag_join(n->diag, r->diag);
	finish(n, r->status, (json_t *)r->moved);
}

static void
take(struct number *n)
{
	struct flow_request r = request(n);

	json_object_set(n->params, "expect", json_object_get(n->next, "number"));
	r.repeat = n->repeat;
	r.printed = n->filled >= 0 ? n->next : NULL;
	r.repeat_code = 200;
	if (n->filled >= 0) {
		n->version = (struct flow_version){.part = "main", .sha256 = n->sha256, .name = n->document.main_name,
			.mime = "application/pdf", .cause = "numbered"};
		r.versions = &n->version;
		r.version_count = 1;
	}
	flow_move(&r, on_moved, n);
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct number *n = arg;

	if (st != STATUS_OK) {
		finish(n, st, NULL);
		return;
	}
	digest_hex(&stored->sha256, n->sha256);
	take(n);
}

static void
on_filled(void *arg, struct job_result *result)
{
	struct number *n = arg;

	if (result->status != STATUS_OK || result->file_count < 1) {
		diag_join(n->diag, result->diag);
		finish(n, result->status != STATUS_OK ? result->status : STATUS_INTERNAL, NULL);
		return;
	}
	if (n->filled >= 0)
		close(n->filled);
	n->filled = result->files[0];
	result->files[0] = -1;
	content_put_fd(n->office->db, n->filled, CONTENT_NO_LIMIT, on_stored, n);
}

/* Day below 10 and month below 3 with a leading 0 (Decree 30/2020, Appendix I). */
static json_t *
day_text(const char *date)
{
	return json_sprintf("%02d", (int)strtol(date + (strlen(date) == 10 ? 8 : 0), NULL, 10));
}

static json_t *
month_text(const char *date)
{
	int m = (int)strtol(date + (strlen(date) == 10 ? 5 : 0), NULL, 10);

	return json_sprintf(m < 3 ? "%02d" : "%d", m);
}

static void
fill(struct number *n)
{
	const char *date = store_text(n->next, "date");
	struct job job = {.type = JOB_PDF_FILL};
	enum status st;

	job.params = json_pack("{s:[{s:s,s:O},{s:s,s:o},{s:s,s:o}]}", "fields", "name", SIGN_FIELD_NUMBER, "value",
		json_object_get(n->next, "notation"), "name", SIGN_FIELD_DAY, "value", day_text(date), "name",
		SIGN_FIELD_MONTH, "value", month_text(date));
	if (job.params == NULL) {
		finish(n, STATUS_NO_MEMORY, NULL);
		return;
	}
	job.files[job.file_count++] = n->base;
	st = pool_submit(n->office->pool, &job, POOL_URGENT, on_filled, n);
	json_decref(job.params);
	if (st != STATUS_OK)
		finish(n, st, NULL);
}

static void
on_next(void *arg, const struct flow_result *r)
{
	struct number *n = arg;

	if (r->status != STATUS_OK) {
		diag_join(n->diag, r->diag);
		finish(n, r->status, NULL);
		return;
	}
	json_decref(n->next);
	n->next = json_deep_copy(r->moved);
	if (n->base >= 0)
		fill(n);
	else
		take(n);
}

static void
ask(struct number *n)
{
	struct flow_request r = request(n);

	json_object_del(n->params, "expect");
	flow_next_number(&r, on_next, n);
}

static void
on_base(void *arg, enum status st, int fd)
{
	struct number *n = arg;

	if (st != STATUS_OK) {
		finish(n, st, NULL);
		return;
	}
	n->base = fd;
	ask(n);
}

static void
on_document(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct number *n = arg;
	const struct flow_move *row;
	struct digest base;
	bool pdf;

	(void)constraint;
	if (st == STATUS_OK && (n->loaded = json_deep_copy(value)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK && !flow_document_from_json(n->loaded, &n->document))
		st = STATUS_INTERNAL;
	pdf = st == STATUS_OK && strcmp(n->document.main_mime, "application/pdf") == 0;
	if (st == STATUS_OK)
		st = flow_check(&n->document, n->person, "number", n->params, pdf ? 1 : 0, n->diag, &row);
	if (st != STATUS_OK)
		finish(n, st, NULL);
	else if (pdf && hex_decode(n->document.main_sha256, base.bytes, DIGEST_BYTES))
		content_get_fd(n->office->db, &base, SIGN_FILE_MOST, on_base, n);
	else
		ask(n);
}

void
sign_number(const struct sign_office *o, const struct person *person, const json_t *wish, const struct repeat *repeat,
	sign_cb cb, void *arg)
{
	static const char *const passed[] = {"register", "note"};
	struct number *n = calloc(1, sizeof(*n));

	if (n == NULL || (n->diag = diag_new()) == NULL || (n->params = json_object()) == NULL)
		abort();
	n->office = o;
	n->person = person;
	n->wish = wish;
	n->repeat = repeat;
	n->cb = cb;
	n->arg = arg;
	n->base = n->filled = -1;
	for (size_t i = 0; i < sizeof(passed) / sizeof(passed[0]); i++)
		if (json_object_get(wish, passed[i]) != NULL)
			json_object_set(n->params, passed[i], json_object_get(wish, passed[i]));
	document_load_to_act(o->db, person, store_text(wish, "document"), on_document, n);
}
