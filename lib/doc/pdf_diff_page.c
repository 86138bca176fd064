/*
 * pdf_diff_page: pages in two revisions: the same pages with the same content; annotations only
 * added (see pdf_diff.h).
 */
#include <stdio.h>
#include <string.h>

#include "lib/doc/pdf_diff_parts.h"

/*
 * Comments that cannot hide what is printed; the others could be drawn over it (evil annotation
 * attack).
 */
static const char *const comments[] = {
	"/Text", "/Popup", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly"};

/* The field of the later revision that this widget belongs to, or NULL. */
static const struct pdf_field *
field_of(struct comparison *c, qpdf_oh widget)
{
	const struct pdf_info *info = pdf_scan_info(c->after);
	int number = qpdf_oh_get_object_id(c->b, widget);

	for (size_t i = 0; number != 0 && i < info->field_count; i++)
		if (info->fields[i].widget == number)
			return &info->fields[i];
	return NULL;
}

static void
added_widget(struct comparison *c, qpdf_oh item, const char *where)
{
	const struct pdf_field *f = field_of(c, item);
	bool visible;

	if (f == NULL || f->kind != PDF_FIELD_SIGNATURE ||
		pdf_scan_field(c->before, f->name) != NULL || !bit_is(c, c->touched, f->widget)) {
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.annotation", where);
		return;
	}
	/* An empty signature field with something to see is an annotation in disguise. */
	visible = pdf_key_is(c->b, item, "/AP") && f->rect.x1 - f->rect.x0 > 0 &&
		f->rect.y1 - f->rect.y0 > 0;
	if (visible && !f->filled)
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.annotation", where);
}

static void
added_annotation(struct comparison *c, qpdf_oh item, void *arg)
{
	const char *where = arg;

	if (qpdf_oh_is_stream(c->b, item)) /* the annotations may be the page's content too */
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.annotation", where);
	if (pdf_key_name_is(c->b, item, "/Subtype", "/Widget")) {
		added_widget(c, item, where);
		return;
	}
	for (size_t i = 0; i < sizeof(comments) / sizeof(comments[0]); i++)
		if (pdf_key_name_is(c->b, item, "/Subtype", comments[i])) {
			found(c, c->certified == 3 ? PDF_CHANGE_PERMITTED : PDF_CHANGE_SUSPICIOUS,
				"pdf.change.comment", where);
			return;
		}
	found(c,
		c->certified == 1 || c->certified == 2 ? PDF_CHANGE_FORBIDDEN
						       : PDF_CHANGE_SUSPICIOUS,
		"pdf.change.annotation", where);
}

static void
compare_page(struct comparison *c, size_t index, qpdf_oh a, qpdf_oh b)
{
	static const struct key_rule_row rules[] = {{"/Annots", KEY_ELSEWHERE},
		{"/LastModified", KEY_FREE}, {"/PieceInfo", KEY_FREE}, {"/Tabs", KEY_FREE},
		{NULL, KEY_SAME}};
	qpdf_oh la = pdf_get(c->a, a, "/Annots"), lb = pdf_get(c->b, b, "/Annots");
	char where[32];

	snprintf(where, sizeof(where), "%zu", index + 1);
	compare_keys(c, a, b, rules, "pdf.change.page", where);
	if (!array_grew(c, la, lb, added_annotation, where))
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.annotation", where);
	explain(c, pdf_scan_info(c->before)->pages[index].object);
	explain(c, pdf_key_object(c->a, a, "/Annots"));
	qpdf_oh_release(c->a, la);
	qpdf_oh_release(c->b, lb);
}

void
compare_pages(struct comparison *c)
{
	const struct pdf_info *x = pdf_scan_info(c->before), *y = pdf_scan_info(c->after);

	if (x->page_count != y->page_count) {
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.pages", NULL);
		return;
	}
	for (size_t i = 0; i < x->page_count; i++) {
		qpdf_oh a, b;
		int array;

		if (x->pages[i].object != y->pages[i].object ||
			x->pages[i].generation != y->pages[i].generation) {
			found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.pages", NULL);
			return;
		}
		if (x->pages[i].object == 0)
			continue;
		a = qpdf_get_object_by_id(c->a, x->pages[i].object, x->pages[i].generation);
		b = qpdf_get_object_by_id(c->b, x->pages[i].object, x->pages[i].generation);
		array = pdf_key_object(c->a, a, "/Annots");
		if (bit_is(c, c->touched, x->pages[i].object) || bit_is(c, c->touched, array))
			compare_page(c, i, a, b);
		qpdf_oh_release(c->a, a);
		qpdf_oh_release(c->b, b);
	}
}
