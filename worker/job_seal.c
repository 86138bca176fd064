/*
 * job_seal: the two ends of signing. Prepare gives the digest that a person approves and the bytes
 * that will be appended; embed puts the signer's CMS in and judges the new file by our own verifier
 * before anybody stores it.
 */
#include "config.h"

#include <string.h>
#include <unistd.h>

#include "lib/base/hex.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/needs.h"
#include "worker/job_table.h"
#include "worker/seal_form.h"
#include "worker/seal_kinds.h"

#define SEAL_FIELDS_MOST 7 /* fields[8], the last one ends the list */
#define SEAL_ROOM_MOST (1 << 20)
#define SEAL_PAGE_MOST 100000

static const char *const role_names[] = {
	[SEAL_ROLE_LEADER] = "leader",
	[SEAL_ROLE_OFFICE] = "office",
	[SEAL_ROLE_ATTACHMENT] = "attachment",
	[SEAL_ROLE_COPY] = "copy",
	[SEAL_ROLE_ARRIVAL] = "arrival",
	[SEAL_ROLE_INVISIBLE] = "invisible",
};

static const char *const copy_names[] = {
	[SEAL_COPY_SAO_Y] = "sao-y",
	[SEAL_COPY_SAO_LUC] = "sao-luc",
	[SEAL_COPY_TRICH_SAO] = "trich-sao",
};

/* --- parameters --- */

static bool
read_role(const struct job_run *run, enum seal_role *out)
{
	const char *name = "invisible";

	if (!job_text(run, "role", &name))
		return false;
	for (int i = SEAL_ROLE_LEADER; i <= SEAL_ROLE_INVISIBLE; i++)
		if (strcmp(role_names[i], name) == 0) {
			*out = (enum seal_role)i;
			return true;
		}
	return false;
}

static bool
read_copy(const struct job_run *run, enum seal_copy *out)
{
	const char *name = copy_names[SEAL_COPY_SAO_Y];

	if (!job_text(run, "copy", &name))
		return false;
	for (int i = SEAL_COPY_SAO_Y; i <= SEAL_COPY_TRICH_SAO; i++)
		if (strcmp(copy_names[i], name) == 0) {
			*out = (enum seal_copy)i;
			return true;
		}
	return false;
}

/* Four numbers, or nothing at all. */
static bool
read_rect(const json_t *v, double rect[4])
{
	if (v == NULL || json_is_null(v))
		return true;
	if (json_array_size(v) != 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		const json_t *n = json_array_get(v, i);

		if (!json_is_number(n))
			return false;
		rect[i] = json_number_value(n);
	}
	return true;
}

static bool
read_lines(const json_t *v, const char *lines[4])
{
	size_t n = json_array_size(v);

	if (n > 4)
		return false;
	for (size_t i = 0; i < n; i++)
		if ((lines[i] = json_string_value(json_array_get(v, i))) == NULL)
			return false;
	return true;
}

static bool
read_field(const json_t *row, struct seal_field *field)
{
	const json_t *page = json_object_get(row, "page");

	field->name = json_string_value(json_object_get(row, "name"));
	field->value = json_string_value(json_object_get(row, "value"));
	field->anchor = json_string_value(json_object_get(row, "anchor"));
	if (page != NULL && !json_is_null(page)) {
		if (!json_is_integer(page) || json_integer_value(page) < 0 ||
			json_integer_value(page) > SEAL_PAGE_MOST)
			return false;
		field->page = (int)json_integer_value(page);
	}
	return field->name != NULL && read_rect(json_object_get(row, "rect"), field->rect);
}

static bool
read_fields(const json_t *v, struct seal_field fields[])
{
	size_t n = json_array_size(v);

	if (n > SEAL_FIELDS_MOST)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!read_field(json_array_get(v, i), &fields[i]))
			return false;
	return true;
}

static enum status
read_look(struct job_run *run, struct seal_look *look)
{
	int64_t page = 0;

	if (!read_role(run, &look->role))
		return job_bad_parameter(run, "role");
	if (!read_copy(run, &look->copy))
		return job_bad_parameter(run, "copy");
	if (!job_number(run, "page", 0, SEAL_PAGE_MOST, &page) ||
		!job_text(run, "anchor", &look->anchor) ||
		!job_text(run, "notation", &look->notation))
		return STATUS_MALFORMED;
	look->page = (int)page;
	if (!read_rect(json_object_get(run->params, "rect"), look->rect))
		return job_bad_parameter(run, "rect");
	if (!read_lines(json_object_get(run->params, "lines"), look->lines))
		return job_bad_parameter(run, "lines");
	if (run->input_count > 1 && json_object_get(run->params, "names") == NULL) /* else they are files to sign */
		look->png = run->inputs[1];
	look->font = jobs_font(run->jobs);
	return STATUS_OK;
}

static enum status
read_request(struct job_run *run, struct seal_request *req)
{
	const char *time = NULL, *algorithm = NULL;
	int64_t room = 0;

	if (!job_text(run, "algorithm", &algorithm))
		return STATUS_MALFORMED;
	if (algorithm != NULL && !imprint_kind_find(algorithm, &req->algorithm))
		return job_bad_parameter(run, "algorithm");
	if (!job_text(run, "field", &req->field) || !job_text(run, "signer", &req->signer) ||
		!job_text(run, "reason", &req->reason) ||
		!job_text(run, "location", &req->location) || !job_text(run, "time", &time) ||
		!job_number(run, "room", 0, SEAL_ROOM_MOST, &room))
		return STATUS_MALFORMED;
	if (time == NULL || !clock_parse(time, &req->time))
		return job_bad_parameter(run, "time");
	req->room = (size_t)room;
	req->cache = jobs_cache(run->jobs);
	if (!read_fields(json_object_get(run->params, "fields"), req->fields))
		return job_bad_parameter(run, "fields");
	return read_look(run, &req->look);
}

/* --- prepare --- */

enum status
job_seal_prepare(struct job_run *run)
{
	struct seal_request req = {0};
	struct seal_prepared prepared = {0};
	struct seal_forming form;
	enum status st;

	if ((st = seal_form_of(run, &form)) != STATUS_OK || (st = read_request(run, &req)) != STATUS_OK)
		return st;
	if (form.kind->prepare == NULL)
		return job_bad_parameter(run, "kind");
	if (form.names == 0 ? run->input_count > 2 : run->input_count != form.names)
		return job_bad_parameter(run, "files");
	st = seal_form_prepare(run, &form, &req, &prepared);
	if (st == STATUS_OK)
		st = job_output_bytes(run, (struct span){prepared.tail.data, prepared.tail.len});
	seal_prepared_free(&prepared);
	return st;
}

/* --- number and date --- */

static enum status make_file(struct job_run *run, const struct seal_prepared *prepared, bool alone);

enum status
job_pdf_fill(struct job_run *run)
{
	struct seal_request req = {0};
	struct seal_prepared filled = {0};
	enum status st;

	if (!read_fields(json_object_get(run->params, "fields"), req.fields))
		return job_bad_parameter(run, "fields");
	req.cache = jobs_cache(run->jobs);
	req.look.font = jobs_font(run->jobs);
	st = seal_pdf.fill(run->inputs[0], &req, &filled.tail, run->diag);
	if (st == STATUS_OK && (run->value = json_object()) == NULL)
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK)
		st = make_file(run, &filled, false);
	seal_prepared_free(&filled);
	return st;
}

/* --- embed --- */

/* The file that embedding made: for a PDF base and tail, for a detached CMS and for ASiC the tail alone. */
static enum status
make_file(struct job_run *run, const struct seal_prepared *prepared, bool alone)
{
	struct span parts[2] = {run->inputs[0], {prepared->tail.data, prepared->tail.len}};

	return alone ? job_output_bytes(run, parts[1]) : job_output_parts(run, parts, 2);
}

/*
 * The signature just made is the one that reaches furthest; in a PDF it stands in the hole that was kept for it, and is over all the rest of the file. One that our own verifier fails,
 * or finds elsewhere, must never be stored.
 */
static enum status
check_newest(struct job_run *run, const struct seal_kind *kind, const struct seal_prepared *prepared, const struct seal_report *report)
{
	const struct seal_signature *newest = NULL;
	bool placed;

	for (size_t i = 0; i < seal_report_count(report); i++) {
		const struct seal_signature *s = seal_report_at(report, i);

		if (newest == NULL || s->revision_end >= newest->revision_end)
			newest = s;
	}
	placed = newest != NULL && (kind != &seal_pdf || (newest->covers_whole_file && newest->range[1] + 1 == prepared->hole_at &&
		newest->range[2] == prepared->hole_at + prepared->hole_size + 1));
	if (placed && newest->verdict->intact && newest->verdict->indication != INDICATION_FAILED)
		return STATUS_OK;
	diag_error(run->diag, "worker.seal", newest != NULL ? newest->field : NULL,
		newest != NULL ? sub_indication_name(newest->verdict->sub) : NULL, NULL);
	return STATUS_INVALID;
}

/* Our verdict on the new file, and its pieces, which cost little while it is open. */
static enum status
judge_with_pieces(struct job_run *run, const struct seal_kind *kind, struct span file, struct span beside, const struct policy *policy,
	struct seal_report **report, struct seal_pieces *pieces)
{
	bool at_once = kind->verify_pieces != NULL;
	enum status st = at_once ? kind->verify_pieces(file, policy, seal_pieces_keep, pieces, report, run->diag) : kind->verify(file, beside, policy, report, run->diag);

	if (st == STATUS_OK && !at_once && kind->pieces != NULL)
		st = kind->pieces(file, beside, seal_pieces_keep, pieces, run->diag);
	return st == STATUS_OK ? seal_tell(run, *report) : st;
}

/* congvand would ask at once what the new file lacks. After the judgement: what the file keeps is added to the policy. */
static enum status
tell_needs(struct job_run *run, const struct seal_pieces *pieces, struct policy *policy)
{
	struct needs *needs = NULL;
	json_t *value = NULL;
	enum status st = seal_needs_of(pieces, policy, &needs);

	if (st == STATUS_OK)
		st = seal_needs_json(needs, &value);
	needs_free(needs);
	return st == STATUS_OK ? job_set(run, "needs", value) : st;
}

static enum status
judge_file(struct job_run *run, const struct seal_kind *kind, const struct seal_prepared *prepared, bool detached)
{
	struct seal_report *report = NULL;
	struct seal_pieces pieces = {0};
	struct policy *policy = NULL;
	struct span made, none = {NULL, 0}, file, beside;
	enum status st = frame_map(run->outputs[0], &made);

	if (st != STATUS_OK)
		return st;
	file = detached ? run->inputs[0] : made;
	beside = detached ? made : none;
	st = seal_policy(run, 0, &policy);
	if (st == STATUS_OK)
		st = judge_with_pieces(run, kind, file, beside, policy, &report, &pieces);
	if (st == STATUS_OK)
		st = check_newest(run, kind, prepared, report);
	if (st == STATUS_OK)
		st = seal_confirm(run, kind, file, beside, policy, report);
	if (st == STATUS_OK)
		st = tell_needs(run, &pieces, policy);
	seal_pieces_free(&pieces);
	seal_report_free(report);
	policy_free(policy);
	frame_unmap(&made);
	return st;
}

/*
 * The counter-signature just made, known by its value: it and the signature that it is over must be whole. What it is beside is input 3, when the document is not inside. The result
 * says its name: "own".
 */
static enum status
judge_counter(struct job_run *run)
{
	const struct seal_signature *own = NULL;
	struct span made, value, content = run->input_count > 3 ? run->inputs[3] : (struct span){NULL, 0}, file, beside;
	struct seal_report *report = NULL;
	struct policy *policy = NULL;
	struct digest wanted;
	enum status st = frame_map(run->outputs[0], &made);

	if (st != STATUS_OK)
		return st;
	file = content.data != NULL ? content : made;
	beside = content.data != NULL ? made : content;
	st = cms_signature_value(run->inputs[2], &value);
	if (st == STATUS_OK)
		wanted = digest_of(value.data, value.len);
	if (st == STATUS_OK)
		st = seal_policy(run, 0, &policy);
	if (st == STATUS_OK)
		st = seal_judge(run, &seal_cms, file, beside, policy, &report);
	for (size_t i = 0; st == STATUS_OK && i < seal_report_count(report); i++)
		if (seal_report_at(report, i)->counter_of == 1 &&
			memcmp(&seal_report_at(report, i)->verdict->value_digest, &wanted, sizeof(wanted)) == 0)
			own = seal_report_at(report, i);
	if (st == STATUS_OK && (own == NULL || !own->verdict->intact || own->verdict->indication == INDICATION_FAILED ||
		!seal_report_at(report, 0)->verdict->intact)) {
		diag_error(run->diag, "worker.seal", own != NULL ? own->field : NULL, own != NULL ? sub_indication_name(own->verdict->sub) : NULL, NULL);
		st = STATUS_INVALID;
	}
	if (st == STATUS_OK)
		st = job_set(run, "own", json_string(own->field));
	if (st == STATUS_OK)
		st = seal_confirm(run, &seal_cms, file, beside, policy, report);
	seal_report_free(report);
	policy_free(policy);
	frame_unmap(&made);
	return st;
}

enum status
job_seal_embed(struct job_run *run)
{
	struct seal_prepared prepared = {0};
	struct seal_forming form;
	enum status st;

	if ((st = seal_form_of(run, &form)) != STATUS_OK)
		return st;
	if (form.kind->embed == NULL)
		return job_bad_parameter(run, "kind");
	st = seal_prepared_read(run, run->inputs[0], run->inputs[1], &prepared);
	prepared.judged = form.kind == &seal_pdf;
	if (st == STATUS_OK)
		st = seal_form_embed(run, &form, &prepared, run->inputs[2]);
	if (st == STATUS_OK)
		st = make_file(run, &prepared, form.kind != &seal_pdf);
	if (st == STATUS_OK)
		st = form.kind == &seal_counter ? judge_counter(run) :
			judge_file(run, form.kind, &prepared, form.kind == &seal_digests || (form.kind == &seal_cms && form.form != SEAL_FORM_ATTACHED));
	seal_prepared_free(&prepared);
	return st;
}
