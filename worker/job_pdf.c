/*
 * job_pdf: what a PDF is, its text for the search, and pictures of its pages. Each only reads;
 * signing is job_seal.c.
 */
#include "config.h"

#include <string.h>

#include "lib/base/text.h"
#include "lib/doc/pdf_scan.h"
#include "lib/doc/pdf_text.h"
#include "worker/job_table.h"

#define PICTURE_MAX (64u << 20) /* of a PNG: 4000 pixels square, not compressed */
#define LIST_MOST                                                                                  \
	1000u /* pages and fields that are told: more than a person looks at, and a frame holds it \
	       */

static json_t *
box_json(const struct pdf_box *b)
{
	return json_pack("[f, f, f, f]", b->x0, b->y0, b->x1, b->y1);
}

static json_t *
flags_json(unsigned flags)
{
	json_t *list = json_array();

	for (unsigned bit = 0; bit < PDF_FLAG_COUNT; bit++)
		if ((flags & 1u << bit) != 0)
			json_array_append_new(
				list, json_string(pdf_flag_name((enum pdf_flag_bit)bit)));
	return list;
}

static json_t *
pages_json(const struct pdf_info *info)
{
	json_t *list = json_array();

	for (size_t i = 0; i < info->page_count && i < LIST_MOST; i++)
		json_array_append_new(list,
			json_pack("{s:o, s:i}", "box", box_json(&info->pages[i].crop), "rotate",
				info->pages[i].rotate));
	return list;
}

static json_t *
fields_json(const struct pdf_info *info)
{
	static const char *const kinds[] = {"text", "signature", "other"};
	json_t *list = json_array();

	for (size_t i = 0; i < info->field_count && i < LIST_MOST; i++) {
		const struct pdf_field *f = &info->fields[i];

		json_array_append_new(list,
			json_pack("{s:s, s:s, s:I, s:o, s:b}", "name", f->name, "kind",
				kinds[f->kind], "page", (json_int_t)f->page, "rect",
				box_json(&f->rect), "filled", f->filled));
	}
	return list;
}

static json_t *
signatures_json(const struct pdf_info *info)
{
	json_t *list = json_array();

	for (size_t i = 0; i < info->signature_count; i++) {
		const struct pdf_signature *s = &info->signatures[i];

		json_array_append_new(list,
			json_pack("{s:s, s:s?, s:s?, s:s?, s:s?, s:s?, s:b, s:s?, s:I, s:b, s:i}",
				"field", s->field, "sub_filter", s->sub_filter, "name", s->name,
				"reason", s->reason, "location", s->location, "time", s->time,
				"is_timestamp", s->timestamp, "fault", s->fault, "revision_end",
				(json_int_t)s->revision_end, "covers_whole_file", s->whole_file,
				"docmdp", s->docmdp));
	}
	return list;
}

enum status
job_pdf_inspect(struct job_run *run)
{
	struct pdf_scan *scan = NULL;
	const struct pdf_info *info;
	enum status st = pdf_scan_open(run->inputs[0], true, &scan, run->diag);

	if (st != STATUS_OK)
		return st;
	info = pdf_scan_info(scan);
	run->value = json_pack("{s:I, s:s, s:b, s:b, s:b, s:b, s:i, s:I, s:o, s:o, s:o, s:o}",
		"pages", (json_int_t)info->page_count, "version", info->version, "encrypted",
		info->encrypted, "damaged", info->recovered, "linearized", info->linearized, "form",
		info->form, "certified", info->certified, "revisions",
		(json_int_t)(info->xref != NULL ? info->xref->revision_count : 0), "flags",
		flags_json(info->flags), "page_list", pages_json(info), "fields", fields_json(info),
		"signatures", signatures_json(info));
	pdf_scan_free(scan);
	return run->value != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
job_pdf_text(struct job_run *run)
{
	struct pdf_text *text = NULL;
	struct buf out;
	enum status st;

	buf_init(&out, 2 * PDF_TEXT_MAX);
	st = pdf_text_open(run->inputs[0], &text, run->diag);
	if (st == STATUS_OK)
		st = pdf_text_all(text, &out, run->diag);
	if (st == STATUS_OK) {
		run->value = json_pack("{s:I, s:I}", "pages", (json_int_t)pdf_text_pages(text),
			"characters", (json_int_t)text_length(buf_str(&out)));
		st = run->value != NULL ? job_output_bytes(run, (struct span){out.data, out.len})
					: STATUS_NO_MEMORY;
	}
	pdf_text_free(text);
	buf_free(&out);
	return st;
}

/* The file to look at: the only input, or a base with the tail that signing prepared. */
static enum status
whole_file(const struct job_run *run, struct buf *joined, struct span *out)
{
	buf_init(joined, run->inputs[0].len + run->inputs[1].len);
	*out = run->inputs[0];
	if (run->input_count == 1)
		return STATUS_OK;
	buf_put(joined, run->inputs[0].data, run->inputs[0].len);
	buf_put(joined, run->inputs[1].data, run->inputs[1].len);
	*out = (struct span){joined->data, joined->len};
	return buf_status(joined);
}

/* The field of the signature that is being prepared: the one whose dictionary stands in the tail. NULL: it is seen on no page. */
static const struct pdf_field *
find_prepared(const struct pdf_scan *scan, uint64_t base_size)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	const struct pdf_field *found = NULL;

	for (size_t i = 0; i < info->signature_count; i++) {
		const struct pdf_signature *s = &info->signatures[i];
		const struct pdf_field *f = &info->fields[s->field_index];

		if (s->at != UINT64_MAX && s->at >= base_size && f->page > 0 && f->rect.x1 > f->rect.x0 && f->rect.y1 > f->rect.y0)
			found = f;
	}
	return found;
}

/* Of prepared bytes also where the signature is seen, and the page in points, by which a place on its picture can be named. */
static enum status
say_place(struct job_run *run, const struct pdf_scan *scan, const struct pdf_field *f)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	size_t page = (size_t)json_integer_value(json_object_get(run->value, "page"));
	enum status st = job_set(run, "signature_page", json_integer(f != NULL ? (json_int_t)f->page : 0));

	if (st == STATUS_OK && f != NULL)
		st = job_set(run, "signature_rect", box_json(&f->rect));
	if (st == STATUS_OK && page > 0 && page <= info->page_count)
		st = job_set(run, "box", box_json(&info->pages[page - 1].crop));
	if (st == STATUS_OK && page > 0 && page <= info->page_count)
		st = job_set(run, "rotate", json_integer(info->pages[page - 1].rotate));
	return st;
}

/* A page 0 is the last one. */
static enum status
draw(struct job_run *run, struct pdf_text *text, int64_t page, int64_t width)
{
	unsigned got_width = 0, got_height = 0;
	struct buf png;
	enum status st;

	if (page == 0)
		page = (int64_t)pdf_text_pages(text);
	buf_init(&png, PICTURE_MAX);
	st = pdf_text_picture(text, (size_t)page, (unsigned)width, &png, &got_width, &got_height);
	if (st == STATUS_OK) {
		run->value = json_pack("{s:I, s:I, s:I, s:I}", "width", (json_int_t)got_width,
			"height", (json_int_t)got_height, "page", (json_int_t)page, "pages",
			(json_int_t)pdf_text_pages(text));
		st = run->value != NULL ? job_output_bytes(run, (struct span){png.data, png.len})
					: STATUS_NO_MEMORY;
	}
	buf_free(&png);
	return st;
}

enum status
job_pdf_preview(struct job_run *run)
{
	int64_t page = -1, width = 800;
	const struct pdf_field *signature = NULL;
	struct pdf_scan *scan = NULL;
	struct pdf_text *text = NULL;
	struct buf joined;
	struct span file;
	enum status st;

	if (!job_number(run, "page", 0, PDF_PAGES_MAX, &page) ||
		!job_number(run, "width", 16, PDF_PICTURE_SIDE_MAX, &width))
		return STATUS_MALFORMED;
	st = whole_file(run, &joined, &file);
	if (st == STATUS_OK && run->input_count > 1)
		st = pdf_scan_open(file, false, &scan, run->diag);
	if (scan != NULL)
		signature = find_prepared(scan, run->inputs[0].len);
	if (page < 0)
		page = signature != NULL ? (int64_t)signature->page : 1;
	if (st == STATUS_OK)
		st = pdf_text_open(file, &text, run->diag);
	if (st == STATUS_OK)
		st = draw(run, text, page, width);
	if (st == STATUS_OK && scan != NULL)
		st = say_place(run, scan, signature);
	pdf_text_free(text);
	pdf_scan_free(scan);
	buf_free(&joined);
	return st;
}
