/* seal_counter: see seal_counter.h. */
#include "lib/seal/seal_counter.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/counter.h"

/* By its own value, not by its place: a SET is sorted, and a further counter-signature would move the others. */
static const char *
name_of(struct seal_report *r, const struct counter *c)
{
	struct digest d = digest_of(c->info.data, c->info.len);
	char hex[DIGEST_HEX], name[40];

	if (c->value.len != 0)
		d = digest_of(c->value.data, c->value.len);
	digest_hex(&d, hex);
	snprintf(name, sizeof(name), "counter-%.16s", hex);
	return seal_report_keep(r, name);
}

static void
keep_claimed(struct seal_report *r, struct seal_signature *s)
{
	char time[CLOCK_TEXT];

	if (s->verdict->claimed_time == 0)
		return;
	clock_format_vietnam(s->verdict->claimed_time, time);
	s->claimed_time = seal_report_keep(r, time);
}

static void
tell_many(struct diag *diag, const char *where)
{
	diag_warn(diag, "counter.many", where, NULL, NULL);
}

static enum status
judge_list(struct seal_report *r, size_t number, struct verdict_run *run, const struct cms_parts *parts, size_t covered_by, struct diag *diag)
{
	const struct seal_signature *of = seal_report_at(r, number - 1);
	size_t first = seal_report_count(r), count;
	struct counter list[COUNTER_MAX];
	bool left_out = false;

	count = counter_list(parts, list, &left_out);
	for (size_t i = 0; i < count; i++) {
		struct seal_signature *s;

		if (seal_report_count(r) == SEAL_SIGNATURES_MAX) {
			left_out = true;
			break;
		}
		s = seal_report_add(r);
		if (s == NULL)
			return STATUS_NO_MEMORY;
		s->field = name_of(r, &list[i]);
		s->counter_of = list[i].of == COUNTER_OF_SIGNATURE ? number : first + list[i].of + 1;
		s->covers_whole_file = of->covers_whole_file;
		s->revision_end = of->revision_end;
		s->changes = "none";
		verdict_run_counter(run, parts, &list[i], covered_by, s->verdict);
		keep_claimed(r, s);
	}
	if (left_out)
		tell_many(diag, of->field);
	return STATUS_OK;
}

enum status
seal_counters_judge(struct seal_report *r, size_t number, struct verdict_run *run, struct span cms, size_t covered_by, struct diag *diag)
{
	struct cms_parts parts;
	struct buf der;
	struct span in;
	struct der d;
	enum status st = STATUS_OK;

	buf_init(&der, CMS_READ_MAX);
	if (cms.len <= CMS_READ_MAX && counter_der(cms, &der) == STATUS_OK) {
		in = der.len != 0 ? (struct span){der.data, der.len} : cms;
		if (der_expect(&in, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &parts))
			st = judge_list(r, number, run, &parts, covered_by, diag);
		else /* more attributes than we look at, or a form that only its reader knows */
			tell_many(diag, seal_report_at(r, number - 1)->field);
	}
	buf_free(&der);
	return st;
}

/* --- counter-signing --- */

static enum status
refuse(struct diag *diag)
{
	diag_add(diag, SEVERITY_ERROR, "counter.form", "SignedData", NULL, "DER, 1 SignerInfo", "RFC 5652 11.4");
	return STATUS_INVALID;
}

static enum status
prepare(struct span base, const struct seal_request *req, struct seal_prepared *out, struct diag *diag)
{
	struct cms_parts parts;

	if (base.len > CMS_READ_MAX || !cms_parts_split(base, &parts))
		return refuse(diag);
	memset(out, 0, sizeof(*out));
	buf_init(&out->tail, CMS_READ_MAX);
	out->base_size = base.len;
	out->digest = digest_of(parts.value.data, parts.value.len);
	out->imprint = imprint_of(req->algorithm, parts.value.data, parts.value.len);
	return STATUS_OK;
}

static enum status
embed(struct span base, struct seal_prepared *prepared, struct span cms, struct diag *diag)
{
	if (prepared->base_size != base.len)
		return STATUS_CONFLICT;
	buf_free(&prepared->tail);
	buf_init(&prepared->tail, CMS_READ_MAX);
	return counter_add(base, cms, &prepared->tail, diag);
}

static enum status
verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out, struct diag *diag)
{
	return seal_cms.verify(file, detached, policy, out, diag);
}

static enum status
pieces(struct span file, struct span detached, seal_piece_fn found, void *arg, struct diag *diag)
{
	return seal_cms.pieces(file, detached, found, arg, diag);
}

const struct seal_kind seal_counter = {
	.name = "counter",
	.prepare = prepare,
	.embed = embed,
	.verify = verify,
	.pieces = pieces,
};

enum status
seal_counter_imprint(struct span cms, enum imprint_kind kind, struct imprint *out)
{
	struct cms_parts parts;

	if (cms.len > CMS_READ_MAX || !cms_parts_split(cms, &parts))
		return STATUS_INVALID;
	*out = imprint_of(kind, parts.value.data, parts.value.len);
	return STATUS_OK;
}
