/* job_verify: judges every signature of a file, or a detached one beside it. */
#include "config.h"

#include "lib/base/hex.h"
#include "lib/seal/seal_asic_parts.h"
#include "worker/job_table.h"
#include "worker/seal_kinds.h"

/* Which signatures of a container are over the file with this digest: one that is over another file says nothing about this one. */
static enum status
mark_covers(struct job_run *run, const struct seal_kind *kind, const struct seal_report *report, const char *hex)
{
	json_t *list = json_object_get(run->value, "signatures");
	struct digest d;

	if (kind != &seal_asic || !hex_decode(hex, d.bytes, DIGEST_BYTES))
		return job_bad_parameter(run, "covers");
	for (size_t i = 0; i < seal_report_count(report); i++) {
		const struct seal_signature *s = seal_report_at(report, i);
		/* a counter-signature stands behind the signature it is over, and is about what that is about */
		bool covers = s->counter_of != 0 ? json_is_true(json_object_get(json_array_get(list, s->counter_of - 1), "covers")) :
			s->field != NULL && seal_asic_covers(run->inputs[0], s->field, &d);

		json_object_set_new(json_array_get(list, i), "covers", json_boolean(covers));
	}
	return STATUS_OK;
}

enum status
job_verify(struct job_run *run)
{
	struct span detached = {NULL, 0};
	const struct seal_kind *kind;
	struct seal_report *report = NULL;
	struct policy *policy = NULL;
	const char *text = NULL, *covers = NULL;
	clock_us at = 0;
	size_t files = 0;
	enum status st = seal_kind_of(run, &kind);

	if (st != STATUS_OK)
		return st;
	if (!job_text(run, "at", &text) || (text != NULL && !clock_parse(text, &at)))
		return job_bad_parameter(run, "at");
	if ((st = seal_inputs(run, &files)) != STATUS_OK)
		return st;
	if (files > 1)
		detached = run->inputs[1];
	if (!job_text(run, "covers", &covers))
		return STATUS_MALFORMED;
	st = seal_policy(run, at, &policy);
	if (st == STATUS_OK)
		st = seal_judge(run, kind, run->inputs[0], detached, policy, &report);
	if (st == STATUS_OK && covers != NULL)
		st = mark_covers(run, kind, report, covers);
	seal_report_free(report);
	policy_free(policy);
	return st;
}
