/* pdf_text: see pdf_text.h. */
#include "lib/doc/pdf_text.h"

#include <cairo.h>
#include <math.h>
#include <poppler.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define FIELDS_READ 1000u /* of one page */

struct pdf_text {
	PopplerDocument *document;
	size_t pages;
};

enum status
pdf_text_open(struct span file, struct pdf_text **out, struct diag *diag)
{
	struct pdf_text *t = calloc(1, sizeof(*t));
	GError *error = NULL;
	GBytes *bytes;

	if (t == NULL)
		return STATUS_NO_MEMORY;
	bytes = g_bytes_new_static(file.data, file.len);
	t->document = poppler_document_new_from_bytes(bytes, NULL, &error);
	g_bytes_unref(bytes);
	if (t->document == NULL) {
		bool encrypted = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);

		diag_error(diag, encrypted ? "pdf.encrypted" : "pdf.damaged", "poppler",
			error != NULL ? error->message : NULL, NULL);
		g_clear_error(&error);
		free(t);
		return STATUS_INVALID;
	}
	t->pages = (size_t)MAX(poppler_document_get_n_pages(t->document), 0);
	*out = t;
	return STATUS_OK;
}

void
pdf_text_free(struct pdf_text *t)
{
	if (t == NULL)
		return;
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

/* Control characters as spaces: poppler gives out what the file maps to, and text_nfc refuses them.
 */
static void
clean(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p != '\0'; p++) {
		if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
			*p = ' ';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
			p[0] = p[1] = ' ';
			p++;
		}
	}
}

/* The text in NFC (free() it), or NULL. */
static char *
nfc(const char *s, size_t n)
{
	char *copy = malloc(3 * n + 1), *out = NULL;

	if (copy == NULL)
		return NULL;
	if (text_is_utf8(s, n)) {
		memcpy(copy, s, n);
		copy[n] = '\0';
	} else {
		text_excerpt(copy, 3 * n + 1, s, n);
	}
	clean(copy);
	if (text_nfc(copy, strlen(copy), &out) != STATUS_OK)
		out = NULL;
	free(copy);
	return out;
}

/* Appends the text in NFC and a closing character when there is room; false when there is none. */
static bool
put_text(struct buf *to, size_t start, const char *raw, char close)
{
	char *text = raw != NULL ? nfc(raw, strlen(raw)) : NULL;
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

/* What a character is to the words. */
enum kind { KIND_SPACE, KIND_LETTER, KIND_DOT };

static enum kind
kind_at(const char *p, enum kind before)
{
	gunichar c = g_utf8_get_char(p);

	if (g_unichar_isspace(c) || g_unichar_iscntrl(c))
		return KIND_SPACE;
	if (c == 0x2026 || c == '_')
		return KIND_DOT;
	if (c == '.' && (p[1] == '.' || (before == KIND_DOT && p[-1] == '.')))
		return KIND_DOT;
	return KIND_LETTER;
}

struct collector {
	struct pdf_words *words;
	size_t room;
	GList *attributes;
	PopplerRectangle *boxes;
	guint count;
};

static double
font_size(const struct collector *c, int index)
{
	for (GList *l = c->attributes; l != NULL; l = l->next) {
		const PopplerTextAttributes *a = l->data;

		if (index >= a->start_index && index <= a->end_index)
			return a->font_size;
	}
	return 0;
}

/* The characters [from, to) of the text, which begin at s, as a word. */
static enum status
add_word(struct collector *c, const char *s, const char *end, guint from, guint to, bool dots)
{
	struct pdf_words *w = c->words;
	struct pdf_word *word;
	struct pdf_box b = {1e9, 1e9, -1e9, -1e9};

	if (w->count == PDF_WORDS_MAX)
		return STATUS_TOO_LARGE;
	if (w->count == c->room) {
		size_t room = c->room ? 2 * c->room : 256;

		if ((word = realloc(w->words, room * sizeof(*word))) == NULL)
			return STATUS_NO_MEMORY;
		w->words = word;
		c->room = room;
	}
	for (guint i = from; i < to && i < c->count; i++) {
		b.x0 = fmin(b.x0, fmin(c->boxes[i].x1, c->boxes[i].x2));
		b.x1 = fmax(b.x1, fmax(c->boxes[i].x1, c->boxes[i].x2));
		b.y0 = fmin(b.y0, fmin(c->boxes[i].y1, c->boxes[i].y2));
		b.y1 = fmax(b.y1, fmax(c->boxes[i].y1, c->boxes[i].y2));
	}
	word = &w->words[w->count];
	*word = (struct pdf_word){.box = b, .size = font_size(c, (int)from), .dots = dots};
	if ((word->text = nfc(s, (size_t)(end - s))) == NULL)
		return STATUS_NO_MEMORY;
	w->count++;
	return STATUS_OK;
}

static enum status
split(struct collector *c, const char *text)
{
	const char *word = text, *p = text;
	enum kind kind = KIND_SPACE;
	enum status st = STATUS_OK;
	guint from = 0, i = 0;

	for (; st == STATUS_OK; p = g_utf8_next_char(p), i++) {
		enum kind now = *p == '\0' ? KIND_SPACE : kind_at(p, kind);

		if (now != kind) {
			if (kind != KIND_SPACE)
				st = add_word(c, word, p, from, i, kind == KIND_DOT);
			word = p;
			from = i;
		}
		kind = now;
		if (*p == '\0')
			break;
	}
	return st == STATUS_TOO_LARGE ? STATUS_OK : st;
}

enum status
pdf_text_words(struct pdf_text *t, size_t page, struct pdf_words *out)
{
	PopplerPage *p = get_page(t, page);
	struct pdf_words words = {NULL, 0};
	struct collector c = {.words = &words};
	char *text;
	enum status st = STATUS_OK;

	if (p == NULL)
		return STATUS_NOT_FOUND;
	text = poppler_page_get_text(p);
	poppler_page_get_text_layout(p, &c.boxes, &c.count);
	c.attributes = poppler_page_get_text_attributes(p);
	if (text != NULL && g_utf8_validate(text, -1, NULL))
		st = split(&c, text);
	poppler_page_free_text_attributes(c.attributes);
	g_free(c.boxes);
	g_free(text);
	g_object_unref(p);
	if (st != STATUS_OK) {
		pdf_words_free(&words);
		return st;
	}
	*out = words;
	return STATUS_OK;
}

void
pdf_words_free(struct pdf_words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->words[i].text);
	free(w->words);
	*w = (struct pdf_words){NULL, 0};
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
