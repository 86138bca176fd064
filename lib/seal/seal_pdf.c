/*
 * seal_pdf: signatures inside a PDF (PAdES B-B, EN 319 142-1: ETSI.CAdES.detached, claimed time in
 * /M): prepare adds field, appearance and hole by one incremental update; embed fills the hole and
 * proves the result before anybody stores it. Judging is in seal_pdf_verify.c.
 */
#include "lib/seal/seal_pdf.h"
#include "lib/seal/seal_pieces.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/text.h"
#include "lib/doc/appearance.h"
#include "lib/doc/pdf_font.h"
#include "lib/doc/pdf_form.h"
#include "lib/doc/pdf_image.h"
#include "lib/doc/pdf_place.h"
#include "lib/doc/pdf_text.h"
#include "lib/doc/pdf_update.h"

#define ROOM_USUAL 16384u
#define LINES (sizeof(((struct seal_look *)0)->lines) / sizeof(char *))
#define FIELDS (sizeof(((struct seal_request *)0)->fields) / sizeof(struct seal_field))
#define BOX_MARGIN 4.0

/* One prepare: what it has opened, freed together. */
struct job {
	struct span base;
	const struct seal_request *req;
	struct diag *diag;
	struct pdf_update *update;
	struct pdf_text *text; /* opened when a place must be found */
	struct pdf_font *font; /* opened when text must be shown */
	char *lines[LINES];    /* NFC */
	size_t line_count;
};

static enum status
need_text(struct job *j)
{
	return j->text != NULL ? STATUS_OK : pdf_text_open(j->base, &j->text, j->diag);
}

static enum status
need_font(struct job *j)
{
	return j->font != NULL ? STATUS_OK : pdf_font_open(
		j->req->look.font, j->req->cache, &j->font, j->diag);
}

static bool
has_rect(const double r[4])
{
	return r[0] != 0 || r[1] != 0 || r[2] != 0 || r[3] != 0;
}

static struct pdf_box
box_of(const double r[4])
{
	return (struct pdf_box){r[0], r[1], r[2], r[3]};
}

static enum status
add_line(struct job *j, const char *line)
{
	enum status st = text_nfc(line, strlen(line), &j->lines[j->line_count]);

	if (st == STATUS_INVALID)
		diag_error(j->diag, "seal.text", "lines", line, "UTF-8");
	if (st == STATUS_OK)
		j->line_count++;
	return st;
}

/*
 * The lines asked for; for the office and attachments at least the name and the time (Decree
 * 30/2020 App. I).
 */
static enum status
take_lines(struct job *j)
{
	const struct seal_request *req = j->req;
	enum status st = STATUS_OK;
	char when[CLOCK_TEXT];

	for (size_t i = 0; i < LINES && req->look.lines[i] != NULL && st == STATUS_OK; i++)
		st = add_line(j, req->look.lines[i]);
	if (st != STATUS_OK || j->line_count > 0 || req->look.role == SEAL_ROLE_INVISIBLE ||
		(req->look.role == SEAL_ROLE_LEADER && req->look.png.data != NULL))
		return st;
	if (req->signer != NULL)
		st = add_line(j, req->signer);
	clock_format_people(req->time, when);
	return st == STATUS_OK ? add_line(j, when) : st;
}

static enum status
widest(struct job *j, double *out)
{
	enum status st = j->line_count > 0 ? need_font(j) : STATUS_OK;

	*out = 0;
	for (size_t i = 0; i < j->line_count && st == STATUS_OK; i++) {
		double w = pdf_font_width(j->font, j->lines[i], APPEARANCE_TEXT_SIZE);

		*out = w > *out ? w : *out;
	}
	return st;
}

/* Width by height of what is to be seen: of the picture, or of the lines. */
static enum status
aspect_of(struct job *j, double text_width, double *out)
{
	unsigned w = 0, h = 0;
	enum status st = STATUS_OK;

	*out = (text_width + BOX_MARGIN) / ((double)(j->line_count + 1) * APPEARANCE_LINE);
	if (j->req->look.png.data != NULL &&
		(st = pdf_image_size(j->req->look.png, &w, &h, j->diag)) == STATUS_OK)
		*out = (double)w / h;
	return st;
}

/* Where the anchor decides. */
static enum status
find_place(struct job *j, double text_width, struct pdf_place *out)
{
	const struct pdf_scan *scan = pdf_update_scan(j->update);
	const struct seal_look *look = &j->req->look;
	size_t page = look->page > 0 ? (size_t)look->page : 0;
	const char *name = look->anchor != NULL ? look->anchor : j->req->signer;
	double aspect = 1;
	enum status st = aspect_of(j, text_width, &aspect);

	if (st == STATUS_OK)
		st = need_text(j);
	if (st != STATUS_OK)
		return st;
	if (look->role == SEAL_ROLE_OFFICE)
		return pdf_place_seal(j->text, scan, page, look->anchor,
			look->png.data != NULL ? aspect : 1, text_width, j->line_count, out,
			j->diag);
	if (name != NULL)
		return pdf_place_signature(j->text, scan, page, name, aspect, out, j->diag);
	diag_error(j->diag, "pdf.place.anchor", "anchor", NULL, NULL);
	return STATUS_INVALID;
}

static enum status
place(struct job *j, struct pdf_place *out)
{
	const struct pdf_scan *scan = pdf_update_scan(j->update);
	const struct seal_look *look = &j->req->look;
	double text_width = 0;
	enum status st = widest(j, &text_width);

	if (st != STATUS_OK)
		return st;
	if (has_rect(look->rect)) {
		struct pdf_box box = box_of(look->rect);
		size_t page = look->page > 0 ? (size_t)look->page : pdf_scan_info(scan)->page_count;

		return pdf_place_given(scan, page, &box, out, j->diag);
	}
	if (look->role == SEAL_ROLE_ATTACHMENT)
		return pdf_place_corner(scan, look->page > 0 ? (size_t)look->page : 0,
			text_width + BOX_MARGIN,
			(double)j->line_count * APPEARANCE_LINE + BOX_MARGIN, out, j->diag);
	return find_place(j, text_width, out);
}

/* Field, place and form object of the signature. */
static enum status
make_look(struct job *j, struct pdf_place *at, int *form_out)
{
	const struct pdf_info *info = pdf_scan_info(pdf_update_scan(j->update));
	struct appearance a = {.size = APPEARANCE_TEXT_SIZE, .align = APPEARANCE_CENTRE};
	const struct pdf_field *existing = NULL;
	enum status st;

	if (j->req->look.role == SEAL_ROLE_INVISIBLE)
		return STATUS_OK;
	if (j->req->field != NULL)
		existing = pdf_scan_field(pdf_update_scan(j->update), j->req->field);
	if (existing != NULL && existing->page != 0 && existing->rect.x1 - existing->rect.x0 >= 1)
		st = pdf_place_given(
			pdf_update_scan(j->update), existing->page, &existing->rect, at, j->diag);
	else
		st = place(j, at);
	if (st != STATUS_OK)
		return st;
	a.width = at->width;
	a.height = at->height;
	a.rotate = info->pages[at->page - 1].rotate;
	a.png = j->req->look.png;
	a.cache = j->req->cache;
	if (j->req->look.role == SEAL_ROLE_ATTACHMENT)
		a.align = APPEARANCE_RIGHT;
	for (size_t i = 0; i < j->line_count; i++)
		a.lines[i] = j->lines[i];
	if (j->line_count > 0 && (st = need_font(j)) != STATUS_OK)
		return st;
	return appearance_write(&a, j->font, j->update, form_out, j->diag);
}

/*
 * Makes a field that is not there. Without a value a missing place is no error: the number may be
 * printed already.
 */
static enum status
make_field(struct job *j, const struct seal_field *f)
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
	} else if (has_rect(f->rect)) {
		struct pdf_box box = box_of(f->rect);

		st = pdf_place_given(scan, page ? page : 1, &box, &at, own);
	} else if (f->anchor == NULL) {
		diag_error(own, f->value != NULL ? "pdf.field.missing" : "pdf.place.anchor",
			f->name, NULL, NULL);
		st = STATUS_INVALID;
	} else if ((st = need_text(j)) == STATUS_OK) {
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
		st = need_font(j);
	return st == STATUS_OK
		? pdf_form_make_text(j->update, j->font, f->name, f->value, &at, j->diag)
		: st;
}

static enum status
do_fields(struct job *j)
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
		} else if (value != NULL && (st = need_font(j)) == STATUS_OK) {
			st = pdf_form_fill_text(j->update, j->font, f->name, value, j->diag);
		}
		free(value);
	}
	return st;
}

/* The digest of base and tail without the hole and its brackets. */
static struct imprint
range_imprint(enum imprint_kind kind, struct span base, const struct seal_prepared *p)
{
	size_t from = (size_t)(p->hole_at - base.len) - 1, to = from + (size_t)p->hole_size + 2;
	struct imprint_stream *s = imprint_begin(kind);

	imprint_put(s, base.data, base.len);
	imprint_put(s, p->tail.data, from);
	imprint_put(s, p->tail.data + to, p->tail.len - to);
	return imprint_end(s);
}

struct digest
seal_pdf_range_digest(struct span base, const struct seal_prepared *p)
{
	struct imprint sha256 = range_imprint(IMPRINT_SHA256, base, p);
	struct digest d;

	memcpy(d.bytes, sha256.bytes, sizeof(d.bytes));
	return d;
}

static enum status
sign(struct job *j, struct seal_prepared *out)
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
	st = make_look(j, &sign.place, &sign.appearance);
	if (st == STATUS_OK)
		st = pdf_form_sign(j->update, &sign, &value, j->diag);
	if (st == STATUS_OK && j->font != NULL)
		st = pdf_font_write(j->font, j->update);
	if (st == STATUS_OK)
		st = pdf_update_finish(j->update, &out->tail);
	if (st == STATUS_OK)
		st = pdf_form_set_range(
			j->update, value, j->base.len, &out->tail, &out->hole_at, &out->hole_size);
	return st;
}

static void
job_close(struct job *j)
{
	for (size_t i = 0; i < j->line_count; i++)
		free(j->lines[i]);
	pdf_font_free(j->font);
	pdf_text_free(j->text);
	pdf_update_free(j->update);
}

static enum status
prepare(struct span base, const struct seal_request *req, struct seal_prepared *out,
	struct diag *diag)
{
	struct job j = {.base = base, .req = req, .diag = diag};
	struct seal_prepared made = {.base_size = base.len};
	enum status st = pdf_update_begin(base, &j.update, diag);

	if (st == STATUS_OK)
		st = take_lines(&j);
	if (st == STATUS_OK)
		st = do_fields(&j);
	if (st == STATUS_OK)
		st = sign(&j, &made);
	if (st == STATUS_OK) {
		made.digest = seal_pdf_range_digest(base, &made);
		made.imprint = range_imprint(req->algorithm, base, &made);
		*out = made;
	} else {
		seal_prepared_free(&made);
	}
	job_close(&j);
	return st;
}

static enum status
fill(struct span base, const struct seal_request *req, struct buf *tail, struct diag *diag)
{
	struct job j = {.base = base, .req = req, .diag = diag};
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
		st = pdf_update_finish(j.update, tail);
	job_close(&j);
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
	struct digest now;
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
	now = seal_pdf_range_digest(base, p);
	if (memcmp(&now, &p->digest, sizeof(now)) != 0) {
		diag_error(diag, "seal.prepared", "digest", NULL, NULL);
		return STATUS_CONFLICT;
	}
	hole = (char *)p->tail.data + (p->hole_at - base.len);
	for (size_t i = 0; i < cms.len; i++) {
		char two[3];

		hex_encode(cms.data + i, 1, two);
		memcpy(hole + 2 * i, two, 2);
	}
	st = check_result(base, p, cms, diag);
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
	.add_proofs = seal_pdf_add_proofs,
	.prepare_archive = seal_pdf_prepare_archive,
	.embed_archive = seal_pdf_embed_archive,
};
