/* pdf_text: see pdf_text.h. */
#include "lib/doc/pdf_text.h"

#include <cairo.h>
#include <math.h>
#include <poppler.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_show.h"

#define FIELDS_READ 1000u /* of one page */

/* The words of one page, kept for the next question. */
struct kept {
	size_t page; /* 0: none */
	enum status st;
	struct pdf_words words;
};

struct pdf_text {
	struct span file;
	struct diag *diag;
	PopplerDocument *document; /* NULL: not opened yet */
	size_t pages;
	struct kept read, drawn; /* by poppler; by ourselves */
};

static enum status
open_document(struct pdf_text *t, struct diag *diag)
{
	GError *error = NULL;
	GBytes *bytes = g_bytes_new_static(t->file.data, t->file.len);

	t->document = poppler_document_new_from_bytes(bytes, NULL, &error);
	g_bytes_unref(bytes);
	if (t->document == NULL) {
		bool encrypted = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);

		diag_error(diag, encrypted ? "pdf.encrypted" : "pdf.damaged", "poppler",
			error != NULL ? error->message : NULL, NULL);
		g_clear_error(&error);
		return STATUS_INVALID;
	}
	t->pages = (size_t)MAX(poppler_document_get_n_pages(t->document), 0);
	return STATUS_OK;
}

enum status
pdf_text_open_late(struct span file, struct pdf_text **out, struct diag *diag)
{
	struct pdf_text *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return STATUS_NO_MEMORY;
	t->file = file;
	t->diag = diag;
	*out = t;
	return STATUS_OK;
}

enum status
pdf_text_open(struct span file, struct pdf_text **out, struct diag *diag)
{
	struct pdf_text *t = NULL;
	enum status st = pdf_text_open_late(file, &t, NULL);

	if (st == STATUS_OK)
		st = open_document(t, diag);
	if (st == STATUS_OK)
		*out = t;
	else
		pdf_text_free(t);
	return st;
}

static void
forget(struct kept *k)
{
	if (k->page != 0 && k->st == STATUS_OK)
		pdf_words_free(&k->words);
	k->page = 0;
}

void
pdf_text_free(struct pdf_text *t)
{
	if (t == NULL)
		return;
	forget(&t->read);
	forget(&t->drawn);
	if (t->document != NULL)
		g_object_unref(t->document);
	free(t);
}

size_t
pdf_text_pages(const struct pdf_text *t)
{
	return t->pages;
}

static PopplerPage *
get_page(struct pdf_text *t, size_t page)
{
	if (page == 0 || page > t->pages)
		return NULL;
	return poppler_document_get_page(t->document, (int)page - 1);
}

/* Appends the text in NFC and a closing character when there is room; false when there is none. */
static bool
put_text(struct buf *to, size_t start, const char *raw, char close)
{
	char *text = raw != NULL ? pdf_words_nfc(raw, strlen(raw)) : NULL;
	size_t n = text != NULL ? strlen(text) : 0;
	bool room = to->len - start + n + 1 <= PDF_TEXT_MAX;

	if (room && n > 0)
		buf_put(to, text, n);
	if (room && close != '\0')
		buf_put_byte(to, (unsigned char)close);
	free(text);
	return room;
}

/* What is filled in stands in fields, which poppler does not count to the text of a page. */
static bool
put_fields(PopplerPage *page, struct buf *to, size_t start)
{
	GList *fields = poppler_page_get_form_field_mapping(page);
	bool room = true;
	size_t n = 0;

	for (GList *l = g_list_last(fields); l != NULL && room && n < FIELDS_READ;
		l = l->prev, n++) {
		PopplerFormField *f = ((PopplerFormFieldMapping *)l->data)->field;
		char *value;

		if (poppler_form_field_get_field_type(f) != POPPLER_FORM_FIELD_TEXT)
			continue;
		value = poppler_form_field_text_get_text(f);
		if (value != NULL && *value != '\0')
			room = put_text(to, start, "\n", '\0') && put_text(to, start, value, '\0');
		g_free(value);
	}
	poppler_page_free_form_field_mapping(fields);
	return room;
}

enum status
pdf_text_all(struct pdf_text *t, struct buf *to, struct diag *diag)
{
	size_t start = to->len;
	bool room = true;

	for (size_t i = 1; i <= t->pages && room; i++) {
		PopplerPage *page = get_page(t, i);
		char *raw = page != NULL ? poppler_page_get_text(page) : NULL;

		room = i <= PDF_TEXT_PAGES_MAX && put_text(to, start, raw, '\0') &&
			(page == NULL || put_fields(page, to, start)) &&
			put_text(to, start, NULL, '\f');
		g_free(raw);
		if (page != NULL)
			g_object_unref(page);
	}
	if (!room)
		diag_warn(diag, "pdf.text.cut", NULL, NULL, NULL);
	return buf_status(to);
}

/* The size of each character's font, as poppler tells it: by stretches of the text. */
static void
take_sizes(GList *attributes, struct pdf_char *chars, size_t count)
{
	for (GList *l = attributes; l != NULL; l = l->next) {
		const PopplerTextAttributes *a = l->data;

		for (int i = MAX(a->start_index, 0); i <= a->end_index && (size_t)i < count; i++)
			if (chars[i].size <= 0)
				chars[i].size = a->font_size;
	}
}

static enum status
read_words(PopplerPage *p, struct pdf_words *out)
{
	char *text = poppler_page_get_text(p);
	GList *attributes = poppler_page_get_text_attributes(p);
	PopplerRectangle *boxes = NULL;
	struct pdf_char *chars;
	guint count = 0;
	enum status st = STATUS_NO_MEMORY;

	poppler_page_get_text_layout(p, &boxes, &count);
	if ((chars = calloc(count + 1, sizeof(*chars))) != NULL) {
		for (guint i = 0; i < count; i++)
			chars[i].box = (struct pdf_box){boxes[i].x1, boxes[i].y1, boxes[i].x2, boxes[i].y2};
		take_sizes(attributes, chars, count);
		st = pdf_words_split(text != NULL && g_utf8_validate(text, -1, NULL) ? text : "", chars, count, out);
	}
	free(chars);
	poppler_page_free_text_attributes(attributes);
	g_free(boxes);
	g_free(text);
	return st;
}

enum status
pdf_text_words(struct pdf_text *t, size_t page, struct pdf_words *out)
{
	PopplerPage *p = get_page(t, page);
	enum status st;

	if (p == NULL)
		return STATUS_NOT_FOUND;
	st = read_words(p, out);
	g_object_unref(p);
	return st;
}

enum status
pdf_text_look(struct pdf_text *t, size_t page, const struct pdf_words **out)
{
	struct kept *k = &t->read;

	if (t->document == NULL && open_document(t, t->diag) != STATUS_OK)
		return STATUS_INVALID;
	if (k->page != page) {
		forget(k);
		k->st = pdf_text_words(t, page, &k->words);
		k->page = page;
	}
	*out = &k->words;
	return k->st;
}

enum status
pdf_text_drawn(struct pdf_text *t, const struct pdf_scan *scan, size_t page, const struct pdf_words **out)
{
	struct kept *k = &t->drawn;

	if (k->page != page) {
		forget(k);
		k->st = pdf_show_words(scan, page, &k->words);
		k->page = page;
	}
	*out = &k->words;
	return k->st;
}

static cairo_status_t
put_png(void *to, const unsigned char *data, unsigned n)
{
	buf_put(to, data, n);
	return buf_status(to) == STATUS_OK ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

static enum status
render(PopplerPage *page, int w, int h, double scale, struct buf *to)
{
	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, w, h);
	cairo_t *cr = cairo_create(surface);
	cairo_status_t rc;

	cairo_set_source_rgb(cr, 1, 1, 1);
	cairo_paint(cr);
	cairo_scale(cr, scale, scale);
	poppler_page_render(page, cr);
	rc = cairo_status(cr);
	cairo_destroy(cr);
	if (rc == CAIRO_STATUS_SUCCESS)
		rc = cairo_surface_write_to_png_stream(surface, put_png, to);
	cairo_surface_destroy(surface);
	if (buf_status(to) != STATUS_OK)
		return buf_status(to);
	return rc == CAIRO_STATUS_SUCCESS ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
pdf_text_picture(struct pdf_text *t, size_t page, unsigned width, struct buf *to,
	unsigned *width_out, unsigned *height_out)
{
	PopplerPage *p = get_page(t, page);
	double w = 0, h = 0, scale;
	unsigned pw, ph;
	enum status st;

	if (p == NULL)
		return STATUS_NOT_FOUND;
	poppler_page_get_size(p, &w, &h);
	if (width < 16 || width > PDF_PICTURE_SIDE_MAX || !(w >= 1) || !(h >= 1)) {
		g_object_unref(p);
		return STATUS_INVALID;
	}
	scale = fmin(width / w, PDF_PICTURE_SIDE_MAX / h);
	pw = (unsigned)fmax(1, fmin(PDF_PICTURE_SIDE_MAX, round(w * scale)));
	ph = (unsigned)fmax(1, fmin(PDF_PICTURE_SIDE_MAX, round(h * scale)));
	st = render(p, (int)pw, (int)ph, scale, to);
	g_object_unref(p);
	if (st == STATUS_OK) {
		*width_out = pw;
		*height_out = ph;
	}
	return st;
}
