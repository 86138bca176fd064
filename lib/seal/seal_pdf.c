/*
 * seal_pdf: signatures inside a PDF (PAdES B-B, EN 319 142-1: ETSI.CAdES.detached, claimed time in
 * /M): prepare adds field, appearance and hole by one incremental update; embed fills the hole and
 * proves the result before anybody stores it, unless its caller does. What is seen is in seal_pdf_look.c, judging in
 * seal_pdf_verify.c, the long term in seal_pdf_archive.c.
 */
#include "lib/seal/seal_pdf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/text.h"
#include "lib/doc/pdf_form.h"
#include "lib/seal/seal_pdf_look.h"
#include "lib/seal/seal_pieces.h"

#define ROOM_USUAL 16384u
#define FIELDS (sizeof(((struct seal_request *)0)->fields) / sizeof(struct seal_field))

/*
 * Makes a field that is not there. Without a value a missing place is no error: the number may be
 * printed already.
 */
static enum status
make_field(struct seal_pdf_job *j, const struct seal_field *f)
{
	const struct pdf_scan *scan = pdf_update_scan(j->update);
	size_t page = f->page > 0 ? (size_t)f->page : 0;
	struct diag *own = diag_new();
	struct pdf_place at;
	enum status st = STATUS_OK;

	if (own == NULL)
		return STATUS_NO_MEMORY;
	if (pdf_scan_info(scan)->signature_count > 0) {
		diag_error(own, "pdf.field.late", f->name, NULL, NULL);
		st = STATUS_INVALID;
	} else if (seal_pdf_has_rect(f->rect)) {
		struct pdf_box box = seal_pdf_box_of(f->rect);

		st = pdf_place_given(scan, page ? page : 1, &box, &at, own);
	} else if (f->anchor == NULL) {
		diag_error(own, f->value != NULL ? "pdf.field.missing" : "pdf.place.anchor",
			f->name, NULL, NULL);
		st = STATUS_INVALID;
	} else if ((st = seal_pdf_need_text(j)) == STATUS_OK) {
		st = pdf_place_gap(j->text, scan, page, f->anchor, &at, own);
		if (st == STATUS_INVALID && f->value == NULL) {
			diag_warn(j->diag, diag_at(own, 0)->code, f->name, f->anchor, NULL);
			diag_free(own);
			return STATUS_OK;
		}
	}
	diag_join(j->diag, own);
	diag_free(own);
	if (st == STATUS_OK && f->value != NULL)
		st = seal_pdf_need_font(j);
	return st == STATUS_OK
		? pdf_form_make_text(j->update, j->font, f->name, f->value, &at, j->diag)
		: st;
}

static enum status
do_fields(struct seal_pdf_job *j)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < FIELDS && j->req->fields[i].name != NULL && st == STATUS_OK; i++) {
		const struct seal_field *f = &j->req->fields[i];
		char *value = NULL;

		if (f->value != NULL && text_nfc(f->value, strlen(f->value), &value) != STATUS_OK) {
			diag_error(j->diag, "seal.text", f->name, f->value, "UTF-8");
			return STATUS_INVALID;
		}
		if (pdf_scan_field(pdf_update_scan(j->update), f->name) == NULL) {
			struct seal_field clean = *f;

			clean.value = value;
			st = make_field(j, &clean);
		} else if (value != NULL && (st = seal_pdf_need_font(j)) == STATUS_OK) {
			st = pdf_form_fill_text(j->update, j->font, f->name, value, j->diag);
		}
		free(value);
	}
	return st;
}

static struct imprint_stream *
over(enum imprint_kind kind, struct span base)
{
	struct imprint_stream *s = imprint_begin(kind);

	if (s != NULL)
		imprint_put(s, base.data, base.len);
	return s;
}

/* The digest of base and tail without the hole and its brackets, of which `s` has the base; takes it over. */
static struct imprint
range_imprint(struct imprint_stream *s, const struct seal_prepared *p)
{
	size_t from = (size_t)(p->hole_at - p->base_size) - 1, to = from + (size_t)p->hole_size + 2;

	imprint_put(s, p->tail.data, from);
	imprint_put(s, p->tail.data + to, p->tail.len - to);
	return imprint_end(s);
}

static struct digest
digest_in(const struct imprint *sha256)
{
	struct digest d;

	memcpy(d.bytes, sha256->bytes, sizeof(d.bytes));
	return d;
}

enum status
seal_pdf_range_digest(struct span base, const struct seal_prepared *p, struct digest *out)
{
	struct imprint_stream *s = over(IMPRINT_SHA256, base);
	struct imprint sha256;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	sha256 = range_imprint(s, p);
	*out = digest_in(&sha256);
	return STATUS_OK;
}

/* What is to be signed, and the digest of the base on the way: the base is read once for both. */
static enum status
take_digests(struct span base, enum imprint_kind kind, struct seal_prepared *p)
{
	struct imprint_stream *s = over(IMPRINT_SHA256, base), *alone = s != NULL ? imprint_fork(s) : NULL;
	struct imprint sha256;

	if (alone == NULL) {
		imprint_free(s);
		return STATUS_NO_MEMORY;
	}
	sha256 = imprint_end(alone);
	p->base = digest_in(&sha256);
	p->base_known = true;
	p->imprint = range_imprint(s, p);
	p->digest = digest_in(&p->imprint);
	if (kind == IMPRINT_SHA256)
		return STATUS_OK;
	if ((s = over(kind, base)) == NULL)
		return STATUS_NO_MEMORY;
	p->imprint = range_imprint(s, p);
	return STATUS_OK;
}

static enum status
sign(struct seal_pdf_job *j, struct seal_prepared *out)
{
	const struct seal_request *req = j->req;
	struct pdf_sign sign = {.field = req->field,
		.sub_filter = "ETSI.CAdES.detached",
		.name = req->signer,
		.reason = req->reason,
		.location = req->location,
		.time = req->time,
		.room = req->room ? req->room : ROOM_USUAL,
		.lock_fields = req->look.role == SEAL_ROLE_OFFICE};
	enum status st;
	int value = 0;

	if (sign.room > SEAL_PDF_ROOM_MAX)
		return STATUS_TOO_LARGE;
	st = seal_pdf_make_look(j, &sign.place, &sign.appearance);
	if (st == STATUS_OK)
		st = pdf_form_sign(j->update, &sign, &value, j->diag);
	if (st == STATUS_OK && j->font != NULL)
		st = pdf_font_write(j->font, j->update);
	if (st == STATUS_OK)
		st = pdf_update_finish(j->update, &out->tail, j->diag);
	if (st == STATUS_OK)
		st = pdf_form_set_range(
			j->update, value, j->base.len, &out->tail, &out->hole_at, &out->hole_size);
	return st;
}

static enum status
prepare(struct span base, const struct seal_request *req, struct seal_prepared *out,
	struct diag *diag)
{
	struct seal_pdf_job j = {.base = base, .req = req, .diag = diag};
	struct seal_prepared made = {.base_size = base.len};
	enum status st = pdf_update_begin(base, &j.update, diag);

	if (st == STATUS_OK)
		st = do_fields(&j);
	if (st == STATUS_OK)
		st = sign(&j, &made);
	if (st == STATUS_OK)
		st = take_digests(base, req->algorithm, &made);
	if (st == STATUS_OK)
		*out = made;
	else
		seal_prepared_free(&made);
	seal_pdf_job_close(&j);
	return st;
}

static enum status
fill(struct span base, const struct seal_request *req, struct buf *tail, struct diag *diag)
{
	struct seal_pdf_job j = {.base = base, .req = req, .diag = diag};
	enum status st = pdf_update_begin(base, &j.update, diag);

	for (size_t i = 0; st == STATUS_OK && i < FIELDS && req->fields[i].name != NULL; i++)
		if (pdf_scan_field(pdf_update_scan(j.update), req->fields[i].name) == NULL) {
			/* Making a field now would not be a permitted change under the signature
			 * that is there. */
			diag_error(diag, "pdf.field.missing", req->fields[i].name, NULL, NULL);
			st = STATUS_INVALID;
		}
	if (st == STATUS_OK)
		st = do_fields(&j);
	if (st == STATUS_OK && j.font != NULL)
		st = pdf_font_write(j.font, j.update);
	if (st == STATUS_OK)
		st = pdf_update_finish(j.update, tail, diag);
	seal_pdf_job_close(&j);
	return st;
}

/* True when `cms` is one DER SEQUENCE of exactly its length (X.690 10.1: definite, shortest form).
 */
static bool
is_der(struct span cms)
{
	size_t octets, len = 0;

	if (cms.len < 2 || cms.data[0] != 0x30)
		return false;
	if (cms.data[1] < 0x80)
		return cms.len == (size_t)cms.data[1] + 2;
	octets = cms.data[1] & 0x7f;
	if (octets == 0 || octets > 4 || cms.len < octets + 2 || cms.data[2] == 0)
		return false;
	for (size_t i = 0; i < octets; i++)
		len = len << 8 | cms.data[2 + i];
	return len >= 0x80 && len == cms.len - 2 - octets;
}

static bool
is_hole(struct span base, const struct seal_prepared *p)
{
	uint64_t at = p->hole_at - base.len;

	if (p->hole_at <= base.len || at >= p->tail.len || p->hole_size >= p->tail.len - at)
		return false;
	if (p->tail.data[at - 1] != '<' || p->tail.data[at + p->hole_size] != '>')
		return false;
	for (uint64_t i = 0; i < p->hole_size; i++)
		if (p->tail.data[at + i] != '0')
			return false;
	return true;
}

/*
 * Opens the result without recovery and looks for the signature: sound, over the whole file, with
 * this CMS.
 */
static enum status
check_result(struct span base, const struct seal_prepared *p, struct span cms, struct diag *diag)
{
	size_t size = base.len + p->tail.len;
	unsigned char *all = malloc(size);
	struct pdf_scan *scan = NULL;
	enum status st = STATUS_NO_MEMORY;
	bool found = false;

	if (all == NULL)
		return st;
	memcpy(all, base.data, base.len);
	memcpy(all + base.len, p->tail.data, p->tail.len);
	st = pdf_scan_open((struct span){all, size}, false, &scan, NULL);
	for (size_t i = 0; st == STATUS_OK && i < pdf_scan_info(scan)->signature_count; i++) {
		const struct pdf_signature *s = &pdf_scan_info(scan)->signatures[i];

		if (s->range[1] != p->hole_at - 1)
			continue;
		found = s->fault == NULL && s->whole_file && s->contents.len == cms.len &&
			memcmp(s->contents.data, cms.data, cms.len) == 0;
	}
	pdf_scan_free(scan);
	free(all);
	if (found)
		return STATUS_OK;
	diag_error(diag, "seal.result", NULL, NULL, NULL);
	return STATUS_INTERNAL;
}

enum status
seal_pdf_embed(struct span base, struct seal_prepared *p, struct span cms, struct diag *diag)
{
	struct imprint_stream *s;
	struct imprint now;
	enum status st;
	char *hole;

	if (p->base_size != base.len || !is_hole(base, p)) {
		diag_error(diag, "seal.prepared", NULL, NULL, NULL);
		return STATUS_CONFLICT;
	}
	if (!is_der(cms)) {
		diag_error(diag, "seal.cms", NULL, NULL, "DER");
		return STATUS_INVALID;
	}
	if (cms.len > p->hole_size / 2) {
		char got[24], want[24];

		snprintf(got, sizeof(got), "%zu", cms.len);
		snprintf(want, sizeof(want), "%" PRIu64, p->hole_size / 2);
		diag_error(diag, "seal.hole", NULL, got, want);
		return STATUS_TOO_LARGE;
	}
	if ((s = p->over_base != NULL ? imprint_fork(p->over_base) : over(IMPRINT_SHA256, base)) == NULL)
		return STATUS_NO_MEMORY;
	now = range_imprint(s, p);
	if (memcmp(now.bytes, p->digest.bytes, DIGEST_BYTES) != 0) {
		diag_error(diag, "seal.prepared", "digest", NULL, NULL);
		return STATUS_CONFLICT;
	}
	hole = (char *)p->tail.data + (p->hole_at - base.len);
	for (size_t i = 0; i < cms.len; i++) {
		char two[3];

		hex_encode(cms.data + i, 1, two);
		memcpy(hole + 2 * i, two, 2);
	}
	st = p->judged ? STATUS_OK : check_result(base, p, cms, diag);
	if (st != STATUS_OK)
		memset(hole, '0', 2 * cms.len);
	return st;
}

const struct seal_kind seal_pdf = {
	.name = "pdf",
	.prepare = prepare,
	.embed = seal_pdf_embed,
	.fill = fill,
	.verify = seal_pdf_verify,
	.pieces = seal_pieces_pdf,
	.verify_pieces = seal_pdf_verify_pieces,
	.add_proofs = seal_pdf_add_proofs,
	.prepare_archive = seal_pdf_prepare_archive,
	.embed_archive = seal_pdf_embed_archive,
};
