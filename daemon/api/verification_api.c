/*
 * verification_api: any file judged for whoever is signed in. The bytes stream into the content store like an upload that nothing refers to: it is
 * swept after a day.
 */
#include <string.h>

#include "daemon/api/content_receive.h"
#include "daemon/api/report_form.h"
#include "daemon/api/version_view.h"
#include "daemon/flow/param.h"
#include "daemon/store/content.h"
#include "daemon/store/holder.h"
#include "lib/base/hex.h"
#include "lib/base/magic.h"

struct verification {
	struct http_call *call;
	const struct report_form *form;
	const char *detached; /* hex digest, "" without */
	struct digest sha256, signature;
};

/* What may hold signatures inside: a PDF, an archive (ASiC), XML, a CMS (.p7m; of a .p7s the report says that its file is missing). The worker looks closer. */
static bool
may_hold_signatures(const struct content_received *r)
{
	return magic_is_signed_data(r->head, r->head_len) || memmem(r->head, r->head_len, "%PDF-", 5) != NULL || (r->head_len > 4 && memcmp(r->head, "PK\3\4", 4) == 0) ||
		(r->head_len > 0 && r->head[0] == '<') || (r->head_len > 3 && memcmp(r->head, "\xef\xbb\xbf<", 4) == 0);
}

static void
on_judged(void *arg, struct job_result *result)
{
	struct verification *v = arg;

	if (result->status == STATUS_NOT_FOUND) /* the file itself has just been stored */
		api_refuse(v->call, STATUS_INVALID, "version.missing", "detached", v->detached, NULL);
	else if (result->status != STATUS_OK || result->value == NULL)
		version_view_refuse(v->call, result);
	else
		report_form_answer(v->call, v->form, json_incref(result->value), NULL);
}

/* A signature named by its digest must be one that the person may name. */
static void
on_held(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct verification *v = arg;

	(void)value;
	(void)constraint;
	if (st == STATUS_NOT_FOUND)
		api_refuse(v->call, STATUS_INVALID, "version.missing", "detached", v->detached, NULL);
	else if (st != STATUS_OK)
		http_answer_problem(v->call, st, NULL, NULL);
	else
		version_view_judge(v->call, "cms", &v->sha256, &v->signature, on_judged, v);
}

static void
on_received(struct http_call *call, void *arg, const struct content_received *received)
{
	struct verification *v = arg;

	v->sha256 = received->sha256;
	if (v->detached[0] != '\0')
		holder_find_one(api_of(call)->db, api_person(call), v->detached, on_held, v);
	else if (may_hold_signatures(received))
		version_view_judge(call, "auto", &v->sha256, NULL, on_judged, v);
	else
		api_refuse(call, STATUS_UNSUPPORTED, "verification.kind", "mime", NULL, "PDF, ASiC, .p7m, XML");
}

void
verifications_create(struct http_call *call)
{
	struct verification *v = arena_alloc(http_call_arena(call), sizeof(*v));

	if (v == NULL) {
		http_answer_problem(call, STATUS_NO_MEMORY, NULL, NULL);
		return;
	}
	*v = (struct verification){.call = call, .detached = api_query(call, "detached"), .form = report_form_of(call)};
	if (v->form == NULL)
		return;
	if (v->detached[0] != '\0' && (!flow_is_digest(v->detached) || !hex_decode(v->detached, v->signature.bytes, DIGEST_BYTES))) {
		api_refuse(call, STATUS_INVALID, "param.digest", "detached", v->detached, NULL);
		return;
	}
	content_receive(call, CONTENT_NO_LIMIT, on_received, v);
}
