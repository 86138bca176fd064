/*
 * seal_pdf_verify: judges every signature of a PDF: its byte range, the digest of it, the CMS by
 * lib/pki with the file's own long-term evidence, and what later revisions changed. The verdict of a signature whose document was changed
 * in a forbidden way is TOTAL-FAILED (FORMAT_FAILURE), in a suspicious way at best INDETERMINATE
 * (SIG_CONSTRAINTS_FAILURE); `intact` tells of the signed bytes alone.
 */
#define _GNU_SOURCE /* memmem */
#include "lib/seal/seal_counter.h"
#include "lib/seal/seal_pdf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_diff.h"
#include "lib/doc/pdf_scan.h"
#include "lib/seal/seal_pdf_evidence.h"
#include "lib/seal/seal_pieces.h"

/*
 * One boundary: where a signature's revision ends, and what changed from there to the next
 * boundary.
 */
struct stage {
	uint64_t end;
	struct pdf_scan *scan;
	struct pdf_diff diff;
};

/* What is known of one signature before changes after it lower its verdict. */
struct judged {
	enum indication indication;
	bool intact;
	bool stood; /* it stands in its own revision as it stands now */
};

struct judging {
	struct span file;
	const struct policy *policy;
	struct pdf_scan *scan; /* of the whole file */
	struct judged *judged; /* by index of the signature */
	struct stage *stages;  /* oldest first; the last is the whole file and has no diff */
	size_t stage_count;
	struct seal_report *report;
	struct seal_pdf_evidence evidence;
	struct verdict_run *run;
};

static void
fail(struct verdict *v, enum indication indication, enum sub_indication sub, const char *why)
{
	v->indication = indication;
	v->sub = sub;
	snprintf(v->why, sizeof(v->why), "%s", why);
}

static bool
sub_filter_is(const struct pdf_signature *s, const char *name)
{
	return s->sub_filter != NULL && strcmp(s->sub_filter, name) == 0;
}

static void
judge_signature(struct judging *j, size_t i, struct verdict *v)
{
	const struct pdf_signature *s = &pdf_scan_info(j->scan)->signatures[i];
	struct seal_pdf_content c = {
		.hash = j->evidence.hash, .sig = s, .sha1_inside = sub_filter_is(s, "adbe.pkcs7.sha1")};
	struct span cms =
		s->contents.len > 0 ? s->contents : (struct span){(const unsigned char *)"", 0};
	size_t stamp = seal_pdf_stamp_of(&j->evidence, i);

	if (stamp != VERDICT_NOT_COVERED)
		verdict_run_stamp(j->run, stamp, v);
	else if (s->timestamp)
		verdict_judge_timestamp(cms, seal_pdf_digest, &c, j->policy, v);
	else
		verdict_run_cms(j->run, cms, seal_pdf_digest, &c,
			seal_pdf_covered(j->scan, &j->evidence, i), v);
	if (c.sha1_inside)
		verdict_weaken(v, j->policy, STRENGTH_WEAK, "SHA1");
	if (s->fault != NULL) {
		v->intact = false;
		fail(v, INDICATION_FAILED, SUB_FORMAT_FAILURE, s->fault);
	} else if (!s->timestamp && !c.sha1_inside && !sub_filter_is(s, "ETSI.CAdES.detached") &&
		!sub_filter_is(s, "adbe.pkcs7.detached") && v->indication == INDICATION_PASSED) {
		fail(v, INDICATION_INDETERMINATE, SUB_SIG_CONSTRAINTS_FAILURE, "unknown SubFilter");
	}
}

static int
by_end(const void *a, const void *b)
{
	uint64_t x = ((const struct stage *)a)->end, y = ((const struct stage *)b)->end;

	return x < y ? -1 : x > y;
}

/* The boundaries of all sound signatures and the end of the file, each once. */
static enum status
make_stages(struct judging *j)
{
	const struct pdf_info *info = pdf_scan_info(j->scan);
	size_t n = 0, kept = 0;

	j->stages = calloc(info->signature_count + 1, sizeof(j->stages[0]));
	if (j->stages == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < info->signature_count; i++)
		if (info->signatures[i].fault == NULL && !info->signatures[i].whole_file)
			j->stages[n++].end = info->signatures[i].revision_end;
	j->stages[n++].end = UINT64_MAX;
	qsort(j->stages, n, sizeof(j->stages[0]), by_end);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || j->stages[kept - 1].end != j->stages[i].end)
			j->stages[kept++] = j->stages[i];
	j->stage_count = kept;
	for (size_t i = 0; i < kept; i++)
		pdf_diff_init(&j->stages[i].diff);
	return STATUS_OK;
}

/*
 * Each signature of this boundary must stand in its own revision as it stands now: else it was
 * slipped in from outside the signed bytes.
 */
static void
look_back(struct judging *j, const struct stage *stage)
{
	const struct pdf_info *now = pdf_scan_info(j->scan), *then = pdf_scan_info(stage->scan);

	for (size_t i = 0; i < now->signature_count; i++) {
		const struct pdf_signature *s = &now->signatures[i];

		for (size_t k = 0; s->revision_end == stage->end && k < then->signature_count;
			k++) {
			const struct pdf_signature *o = &then->signatures[k];

			j->judged[i].stood |= o->fault == NULL && o->whole_file &&
				strcmp(o->field, s->field) == 0 &&
				memcmp(o->range, s->range, sizeof(o->range)) == 0;
		}
	}
}

static enum status
compare_stage(struct judging *j, struct stage *now, struct stage *next)
{
	enum status st = STATUS_OK;

	if (now->scan == NULL)
		st = pdf_scan_open_earlier(j->scan, now->end, &now->scan, NULL);
	if (st != STATUS_OK)
		return st;
	look_back(j, now);
	if (next->end != UINT64_MAX)
		st = pdf_scan_open_earlier(j->scan, next->end, &next->scan, NULL);
	return st == STATUS_OK
		? pdf_diff_run(now->scan, next->scan != NULL ? next->scan : j->scan, &now->diff)
		: st;
}

/* Compares each boundary with the next; at most two of them are open at a time. */
static enum status
compare_stages(struct judging *j)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i + 1 < j->stage_count && st == STATUS_OK; i++) {
		struct stage *now = &j->stages[i];

		st = compare_stage(j, now, now + 1);
		if (st == STATUS_INVALID || st == STATUS_TOO_LARGE) {
			pdf_diff_add(
				&now->diff, PDF_CHANGE_FORBIDDEN, "pdf.change.unreadable", NULL);
			st = STATUS_OK;
		}
		pdf_scan_free(now->scan);
		now->scan = NULL;
	}
	return st;
}

/* All that came after the signature: the sum of the comparisons from its boundary on. */
static void
changes_after(const struct judging *j, const struct pdf_signature *s, struct pdf_diff *sum)
{
	for (size_t i = 0; i < j->stage_count && !s->whole_file; i++) {
		const struct pdf_diff *d = &j->stages[i].diff;

		if (j->stages[i].end < s->revision_end || s->fault != NULL)
			continue;
		sum->worst = d->worst > sum->worst ? d->worst : sum->worst;
		for (const char *line = buf_str(&d->list), *end; (end = strchr(line, '\n')) != NULL;
			line = end + 1) {
			char one[400];

			snprintf(one, sizeof(one), "%.*s", (int)(end - line), line);
			pdf_diff_add(sum, PDF_CHANGE_NONE, one, NULL);
		}
	}
}

/*
 * A later signature that is not right may be there only for its picture, drawn over what was
 * signed: then what was added is not simply permitted.
 */
static void
doubt_later(const struct judging *j, size_t at, struct pdf_diff *sum)
{
	const struct pdf_info *info = pdf_scan_info(j->scan);
	const struct judged *own = &j->judged[at];

	for (size_t i = 0; i < info->signature_count; i++) {
		const struct judged *v = &j->judged[i];

		if (i == at || info->signatures[i].at < info->signatures[at].revision_end)
			continue;
		if (!v->intact ||
			(own->indication == INDICATION_PASSED &&
				v->indication != INDICATION_PASSED))
			pdf_diff_add(sum, PDF_CHANGE_SUSPICIOUS, "pdf.change.bad-signature",
				info->signatures[i].field);
	}
}

static void
apply_changes(struct judging *j, size_t i, struct seal_signature *out)
{
	const struct pdf_signature *s = &pdf_scan_info(j->scan)->signatures[i];
	struct pdf_diff sum;

	pdf_diff_init(&sum);
	changes_after(j, s, &sum);
	if (s->fault != NULL)
		pdf_diff_add(&sum, PDF_CHANGE_FORBIDDEN, s->fault, NULL);
	else if (!s->whole_file && !j->judged[i].stood)
		pdf_diff_add(&sum, PDF_CHANGE_FORBIDDEN, "pdf.change.structure", NULL);
	if (s->padding_used)
		pdf_diff_add(&sum, PDF_CHANGE_SUSPICIOUS, "pdf.range.padding", NULL);
	if (sum.worst == PDF_CHANGE_PERMITTED)
		doubt_later(j, i, &sum);
	out->changes = pdf_change_name(sum.worst);
	out->change_list =
		sum.list.len > 0 ? seal_report_keep(j->report, buf_str(&sum.list)) : NULL;
	if (sum.worst == PDF_CHANGE_FORBIDDEN && out->verdict->indication != INDICATION_FAILED)
		fail(out->verdict, INDICATION_FAILED, SUB_FORMAT_FAILURE,
			"changed after signing in a forbidden way");
	else if (sum.worst == PDF_CHANGE_SUSPICIOUS &&
		out->verdict->indication == INDICATION_PASSED)
		fail(out->verdict, INDICATION_INDETERMINATE, SUB_SIG_CONSTRAINTS_FAILURE,
			"changed after signing in a suspicious way");
	pdf_diff_free(&sum);
}

static enum status
add_signatures(struct judging *j)
{
	const struct pdf_info *info = pdf_scan_info(j->scan);

	for (size_t i = 0; i < info->signature_count; i++) {
		const struct pdf_signature *s = &info->signatures[i];
		struct seal_signature *out = seal_report_add(j->report);

		if (out == NULL)
			return STATUS_NO_MEMORY;
		out->field = seal_report_keep(j->report, s->field);
		out->sub_filter = seal_report_keep(j->report, s->sub_filter);
		out->claimed_time = seal_report_keep(j->report, s->time);
		out->is_timestamp = s->timestamp;
		out->covers_whole_file = s->whole_file;
		out->revision_end = s->revision_end;
		if (s->fault == NULL)
			memcpy(out->range, s->range, sizeof(out->range));
		judge_signature(j, i, out->verdict);
		j->judged[i] =
			(struct judged){out->verdict->indication, out->verdict->intact, false};
	}
	return STATUS_OK;
}

/*
 * Signatures that stand in the bytes but not in the newest form: taken out by a later revision, so
 * that nobody sees that the file was signed and changed.
 */
static void
tell_removed(const struct judging *j, struct diag *diag)
{
	const unsigned char *p = j->file.data, *end = j->file.data + j->file.len;
	size_t found = 0, known = pdf_scan_info(j->scan)->signature_count;

	while (found <= known && (p = memmem(p, (size_t)(end - p), "/ByteRange", 10)) != NULL) {
		p += 10;
		found++;
	}
	if (found > known)
		diag_warn(diag, "pdf.signature.removed", NULL, NULL, NULL);
}

/* Foreign ones only: PAdES has no counter-signatures (EN 319 142-1 6.3), so that whoever signs after another signs the file. */
static enum status
add_counters(struct judging *j, size_t i, struct diag *diag)
{
	const struct pdf_signature *s = &pdf_scan_info(j->scan)->signatures[i];

	if (s->timestamp || s->contents.len == 0 || s->fault != NULL)
		return STATUS_OK;
	return seal_counters_judge(j->report, i + 1, j->run, s->contents, seal_pdf_covered(j->scan, &j->evidence, i), diag);
}

static enum status
judge_all(struct judging *j, struct diag *diag)
{
	const struct pdf_info *info = pdf_scan_info(j->scan);
	enum status st;

	j->judged = calloc(info->signature_count + 1, sizeof(j->judged[0]));
	if (j->judged == NULL)
		return STATUS_NO_MEMORY;
	j->run = verdict_run_new(j->policy, &j->evidence.evidence);
	if (j->run == NULL)
		return STATUS_NO_MEMORY;
	st = add_signatures(j);
	if (st == STATUS_OK)
		st = make_stages(j);
	if (st == STATUS_OK)
		st = compare_stages(j);
	for (size_t i = 0; st == STATUS_OK && i < info->signature_count; i++)
		apply_changes(
			j, i, (struct seal_signature *)(uintptr_t)seal_report_at(j->report, i));
	for (size_t i = 0; st == STATUS_OK && i < info->signature_count; i++)
		st = add_counters(j, i, diag);
	return st;
}

enum status
seal_pdf_verify_pieces(struct span file, const struct policy *policy, seal_piece_fn found, void *arg, struct seal_report **out, struct diag *diag)
{
	struct judging j = {.file = file, .policy = policy};
	enum status st;

	/*
	 * A file that must be repaired is still told about; none of its signatures is believed
	 * (pdf.range.damaged).
	 */
	st = pdf_scan_open(file, true, &j.scan, diag);
	if (st == STATUS_OK && (j.report = seal_report_new()) == NULL)
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK)
		st = seal_pdf_evidence_read(j.scan, &j.evidence, diag);
	if (st == STATUS_OK)
		st = judge_all(&j, diag);
	if (st == STATUS_OK)
		tell_removed(&j, diag);
	if (st == STATUS_OK && found != NULL)
		st = seal_pieces_scan(j.scan, found, arg);
	for (size_t i = 0; j.stages != NULL && i < j.stage_count; i++) {
		pdf_scan_free(j.stages[i].scan);
		pdf_diff_free(&j.stages[i].diff);
	}
	verdict_run_free(j.run);
	seal_pdf_evidence_free(&j.evidence);
	free(j.stages);
	free(j.judged);
	pdf_scan_free(j.scan);
	if (st == STATUS_OK)
		*out = j.report;
	else
		seal_report_free(j.report);
	return st;
}

enum status
seal_pdf_verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out, struct diag *diag)
{
	(void)detached;
	return seal_pdf_verify_pieces(file, policy, NULL, NULL, out, diag);
}
