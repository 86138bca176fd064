/* pdf_form: see pdf_form.h. */
#define _GNU_SOURCE /* memmem */
#include "lib/doc/pdf_form.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/doc/appearance.h"
#include "lib/doc/pdf_file.h"
#include "lib/doc/pdf_write.h"

#define TEXT_SIZE 13.0
#define BODY_MAX (1u << 20)
#define DEFAULT_FONT "/TiRo"
/*
 * Where a byte range is written later: as wide as three offsets of ten digits. Only in the tail's
 * newest dictionary.
 */
#define RANGE_BLANK "/ByteRange [0                                 ]"
#define RANGE_DIGITS "/ByteRange [0 %010" PRIu64 " %010" PRIu64 " %010" PRIu64

static enum status
refuse(struct diag *diag, const char *code, const char *field)
{
	diag_error(diag, code, field, NULL, NULL);
	return STATUS_INVALID;
}

static bool
name_taken(const struct pdf_scan *scan, const char *name)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	size_t n = strlen(name);

	for (size_t i = 0; i < info->field_count; i++) {
		const char *other = info->fields[i].name;

		if (strncmp(other, name, n) == 0 && (other[n] == '\0' || other[n] == '.'))
			return true;
	}
	return false;
}

static bool
name_fits(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= 100 && strchr(name, '.') == NULL && text_is_utf8(name, n);
}

static void
put_body(struct pdf_update *u, int number, struct buf *b)
{
	pdf_update_put(u, number, (struct span){b->data, b->len});
	buf_free(b);
}

/* Type, place and page of a widget. 132: Print and Locked (12.5.3): it cannot be dragged away. */
static void
put_widget(struct buf *b, const struct pdf_page *page, const struct pdf_box *rect, int flags)
{
	buf_printf(b, "/Type /Annot /Subtype /Widget /F %d /P %d %d R /Rect ", flags, page->object,
		page->generation);
	pdf_put_box(b, rect);
}

static void
put_string(struct pdf_update *u, int number, const char *body)
{
	pdf_update_put(u, number, (struct span){(const unsigned char *)body, strlen(body)});
}

static double
text_size(const struct pdf_place *at)
{
	return at->size > 4 && at->size < 40 ? at->size : TEXT_SIZE;
}

static enum status
text_look(struct pdf_update *u, struct pdf_font *font, const char *value,
	const struct pdf_place *at, int rotate, int *look, struct diag *diag)
{
	struct appearance a = {.width = at->width,
		.height = at->height,
		.rotate = rotate,
		.lines = {value},
		.size = text_size(at),
		.field = true,
		.white = at->dots,
		.align = at->bounded ? APPEARANCE_CENTRE : APPEARANCE_LEFT};

	if (value == NULL)
		return appearance_write_empty(at->width, at->height, u, look);
	return appearance_write(&a, font, u, look, diag);
}

enum status
pdf_form_make_text(struct pdf_update *u, struct pdf_font *font, const char *name, const char *value,
	const struct pdf_place *at, struct diag *diag)
{
	const struct pdf_scan *scan = pdf_update_scan(u);
	const struct pdf_page *page = &pdf_scan_info(scan)->pages[at->page - 1];
	int field, times, look = 0;
	enum status st;
	struct buf b;

	if (!name_fits(name) || name_taken(scan, name))
		return refuse(diag, "pdf.field.name", name);
	if ((field = pdf_update_new(u)) == 0 || (times = pdf_update_new(u)) == 0)
		return STATUS_NO_MEMORY;
	st = text_look(u, font, value, at, page->rotate, &look, diag);
	if (st != STATUS_OK)
		return st;
	buf_init(&b, BODY_MAX);
	buf_put_str(&b, "<< /FT /Tx /T ");
	pdf_put_text(&b, name);
	if (value != NULL) {
		buf_put_str(&b, " /V ");
		pdf_put_text(&b, value);
	}
	buf_put_str(&b, " /DA (" DEFAULT_FONT " ");
	pdf_put_number(&b, text_size(at));
	buf_put_str(&b, " Tf 0 g) ");
	put_widget(&b, page, &at->rect, 4);
	buf_printf(&b, "%s /MK << /R %d%s >> /AP << /N %d 0 R >> >>", at->bounded ? " /Q 1" : "",
		page->rotate, at->dots ? " /BG [1]" : "", look);
	put_body(u, field, &b);
	put_string(u, times,
		"<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding "
		">>");
	if ((st = pdf_update_form_font(u, DEFAULT_FONT, times)) != STATUS_OK ||
		(st = pdf_update_add_field(u, field, false, diag)) != STATUS_OK)
		return st;
	return pdf_update_annotate(u, at->page, field, diag);
}

static bool
is_locked(const struct pdf_info *info, const char *name)
{
	for (size_t i = 0; i < info->signature_count; i++)
		if (pdf_signature_locks(&info->signatures[i], name))
			return true;
	return false;
}

/* The size in "/F 13 Tf 0 g", or a usual one when it is 0 (automatic) or unreadable. */
static double
size_of(const char *da)
{
	const char *tf = da != NULL ? strstr(da, " Tf") : NULL;
	double size = 0;

	if (tf != NULL) {
		while (tf > da && strchr("0123456789.", tf[-1]) != NULL)
			tf--;
		for (; *tf >= '0' && *tf <= '9'; tf++) /* strtod would depend on the locale */
			size = size * 10 + (*tf - '0');
		for (double part = 0.1; (*tf == '.' && part == 0.1) || (*tf >= '0' && *tf <= '9');
			tf++)
			if (*tf != '.') {
				size += part * (*tf - '0');
				part /= 10;
			}
	}
	return size > 2 && size < 100 ? size : TEXT_SIZE;
}

/* How the field is seen, from its widget. */
static void
read_look(struct pdf_update *u, const struct pdf_field *f, struct appearance *a)
{
	qpdf_data q = pdf_scan_handle(pdf_update_scan(u));
	qpdf_oh node = qpdf_get_object_by_id(q, f->widget, f->widget_generation),
		mk = pdf_get(q, node, "/MK"), da = pdf_get(q, node, "/DA");
	double w = f->rect.x1 - f->rect.x0, h = f->rect.y1 - f->rect.y0,
	       r = pdf_key_number(q, mk, "/R", 0);

	a->rotate = r == 90 || r == 180 || r == 270 ? (int)r : 0;
	a->width = a->rotate % 180 ? h : w;
	a->height = a->rotate % 180 ? w : h;
	a->white = pdf_key_is(q, mk, "/BG");
	a->size = size_of(qpdf_oh_is_string(q, da) ? qpdf_oh_get_utf8_value(q, da) : NULL);
	a->field = true;
	a->align = pdf_key_number(q, node, "/Q", 0) == 1 ? APPEARANCE_CENTRE : APPEARANCE_LEFT;
}

enum status
pdf_form_fill_text(struct pdf_update *u, struct pdf_font *font, const char *name, const char *value,
	struct diag *diag)
{
	const struct pdf_scan *scan = pdf_update_scan(u);
	const struct pdf_field *f = pdf_scan_field(scan, name);
	struct appearance a = {.lines = {value}};
	enum status st;
	struct buf b;
	int look = 0;

	if (f == NULL || f->kind != PDF_FIELD_TEXT || f->object == 0 || f->widget == 0)
		return refuse(diag, "pdf.field.missing", name);
	if (is_locked(pdf_scan_info(scan), name))
		return refuse(diag, "pdf.field.locked", name);
	read_look(u, f, &a);
	st = appearance_write(&a, font, u, &look, diag);
	if (st != STATUS_OK)
		return st;
	buf_init(&b, BODY_MAX);
	pdf_put_text(&b, value);
	st = pdf_update_set(u, f->object, f->generation, "/V", buf_str(&b));
	buf_free(&b);
	if (st == STATUS_OK)
		st = pdf_update_set_appearance(u, f->widget, f->widget_generation, look);
	return st == STATUS_INVALID ? refuse(diag, "pdf.field.missing", name) : st;
}

/* "D:20261124132554+07'00'" */
static void
put_date(struct buf *b, clock_us time)
{
	char t[CLOCK_TEXT];

	clock_format_vietnam(time, t); /* 2026-11-24T13:25:54+07:00 */
	buf_printf(b, " /M (D:%.4s%.2s%.2s%.2s%.2s%.2s%.3s'%.2s')", t, t + 5, t + 8, t + 11, t + 14,
		t + 17, t + 19, t + 23);
}

static void
put_entry(struct buf *b, const char *key, const char *text)
{
	if (text == NULL)
		return;
	buf_printf(b, " %s ", key);
	pdf_put_text(b, text);
}

static int
put_signature(struct pdf_update *u, const struct pdf_sign *sign)
{
	int number = pdf_update_new(u);
	struct buf b;
	unsigned char *hole;

	buf_init(&b, BODY_MAX + 2 * sign->room);
	buf_printf(&b, "<< /Type %s /Filter /Adobe.PPKLite /SubFilter ",
		strcmp(sign->sub_filter, "ETSI.RFC3161") == 0 ? "/DocTimeStamp" : "/Sig");
	pdf_put_name(&b, sign->sub_filter);
	buf_put_str(&b, " " RANGE_BLANK " /Contents <");
	if ((hole = buf_reserve(&b, 2 * sign->room)) != NULL)
		memset(hole, '0', 2 * sign->room);
	buf_put_byte(&b, '>');
	if (sign->time != 0)
		put_date(&b, sign->time);
	put_entry(&b, "/Name", sign->name);
	put_entry(&b, "/Reason", sign->reason);
	put_entry(&b, "/Location", sign->location);
	if (sign->lock_fields)
		buf_printf(&b,
			" /Reference [<< /Type /SigRef /TransformMethod /FieldMDP /TransformParams "
			"<< /Type /TransformParams /Action /All /V /1.2 >> /Data %d 0 R >>]",
			pdf_update_catalog(u));
	buf_put_str(&b, " >>");
	put_body(u, number, &b);
	return number;
}

/* The first name SignatureN that is free. */
static void
choose_name(const struct pdf_scan *scan, char to[32])
{
	size_t n = pdf_scan_info(scan)->signature_count + 1;

	snprintf(to, 32, "Signature%zu", n);
	while (name_taken(scan, to))
		snprintf(to, 32, "Signature%zu", ++n);
}

static enum status
fill_existing(struct pdf_update *u, const struct pdf_sign *sign, const struct pdf_field *f,
	int *value_out, struct diag *diag)
{
	enum status st;

	if (f->kind != PDF_FIELD_SIGNATURE || f->object == 0)
		return refuse(diag, "pdf.field.name", f->name);
	if (f->filled)
		return refuse(diag, "pdf.field.signed", f->name);
	st = pdf_update_set_reference(
		u, f->object, f->generation, "/V", *value_out = put_signature(u, sign));
	if (st == STATUS_OK && sign->appearance != 0 && f->widget != 0)
		st = pdf_update_set_appearance(
			u, f->widget, f->widget_generation, sign->appearance);
	return st;
}

static enum status
add_new(struct pdf_update *u, const struct pdf_sign *sign, const char *name, int *value_out,
	struct diag *diag)
{
	const struct pdf_info *info = pdf_scan_info(pdf_update_scan(u));
	size_t page = sign->place.page ? sign->place.page : 1;
	int field, lock;
	enum status st;
	struct buf b;

	if (!name_fits(name))
		return refuse(diag, "pdf.field.name", name);
	if (info->pages[page - 1].object == 0)
		return refuse(diag, "pdf.page.direct", NULL);
	*value_out = put_signature(u, sign);
	field = pdf_update_new(u);
	buf_init(&b, BODY_MAX);
	buf_put_str(&b, "<< /FT /Sig /T ");
	pdf_put_text(&b, name);
	buf_printf(&b, " /V %d 0 R ", *value_out);
	put_widget(&b, &info->pages[page - 1], &sign->place.rect, 132);
	if (sign->appearance != 0)
		buf_printf(&b, " /AP << /N %d 0 R >>", sign->appearance);
	if (sign->lock_fields) {
		lock = pdf_update_new(u);
		put_string(u, lock, "<< /Type /SigFieldLock /Action /All >>");
		buf_printf(&b, " /Lock %d 0 R", lock);
	}
	buf_put_str(&b, " >>");
	put_body(u, field, &b);
	st = pdf_update_add_field(u, field, true, diag);
	return st == STATUS_OK ? pdf_update_annotate(u, page, field, diag) : st;
}

enum status
pdf_form_sign(struct pdf_update *u, const struct pdf_sign *sign, int *value_out, struct diag *diag)
{
	const struct pdf_scan *scan = pdf_update_scan(u);
	const struct pdf_field *f = sign->field != NULL ? pdf_scan_field(scan, sign->field) : NULL;
	char chosen[32];

	if (f != NULL)
		return fill_existing(u, sign, f, value_out, diag);
	if (sign->field != NULL && name_taken(scan, sign->field))
		return refuse(diag, "pdf.field.name", sign->field);
	choose_name(scan, chosen);
	return add_new(u, sign, sign->field != NULL ? sign->field : chosen, value_out, diag);
}

enum status
pdf_form_set_range(const struct pdf_update *u, int value, uint64_t base_size, struct buf *tail,
	uint64_t *hole_at, uint64_t *hole_size)
{
	static const char blank[] = RANGE_BLANK " /Contents <";
	size_t from = pdf_update_offset(u, value);
	unsigned char *p, *hole, *end;
	uint64_t at, after;
	char digits[sizeof(RANGE_BLANK) + 16];

	if (from > tail->len ||
		(p = memmem(tail->data + from, tail->len - from, blank, sizeof(blank) - 1)) == NULL)
		return STATUS_INTERNAL;
	hole = p + sizeof(blank) - 1;
	if ((end = memchr(hole, '>', tail->len - (size_t)(hole - tail->data))) == NULL)
		return STATUS_INTERNAL;
	at = base_size + (uint64_t)(hole - tail->data);
	after = base_size + (uint64_t)(end - tail->data) + 1;
	snprintf(
		digits, sizeof(digits), RANGE_DIGITS, at - 1, after, base_size + tail->len - after);
	if (strlen(digits) > sizeof(RANGE_BLANK) - 2)
		return STATUS_TOO_LARGE;
	memcpy(p, digits, strlen(digits));
	*hole_at = at;
	*hole_size = (uint64_t)(end - hole);
	return STATUS_OK;
}
