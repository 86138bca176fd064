/*
 * pdf_pages: the page tree of a scan (ISO 32000-1 7.7.3), walked with a stack of its own: qpdf's
 * walk recurses as deep as the file says. Boxes and rotation are inherited on the way down.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_scan_parts.h"

#define NODES_MAX (4 * PDF_PAGES_MAX)

struct level {
	qpdf_oh kids;
	int next, count;
	struct pdf_page inherited;
};

struct walk {
	struct pdf_scan *s;
	struct diag *diag;
	struct level stack[PDF_PAGE_DEPTH_MAX];
	size_t depth, nodes;
};

static void
take_box(qpdf_data q, qpdf_oh node, const char *key, struct pdf_box *box)
{
	qpdf_oh v = pdf_get(q, node, key);
	struct pdf_box b;

	if (pdf_box_of(q, v, &b) && b.x1 - b.x0 >= 1 && b.y1 - b.y0 >= 1)
		*box = b;
	qpdf_oh_release(q, v);
}

static void
inherit(qpdf_data q, qpdf_oh node, struct pdf_page *p)
{
	double rotate = pdf_key_number(q, node, "/Rotate", p->rotate);

	take_box(q, node, "/MediaBox", &p->media);
	take_box(q, node, "/CropBox", &p->crop);
	if (fabs(rotate) < 1e6 && fmod(rotate, 90) == 0)
		p->rotate = ((int)rotate % 360 + 360) % 360;
}

static enum status
add_page(struct walk *w, qpdf_oh node, const struct pdf_page *inherited)
{
	struct pdf_scan *s = w->s;
	struct pdf_page *p;
	struct pdf_box *c, *m;

	if (s->info.page_count == PDF_PAGES_MAX) {
		diag_error(w->diag, "pdf.pages.too-many", "/Pages", NULL, "50000");
		return STATUS_TOO_LARGE;
	}
	if (s->info.page_count == s->page_room) {
		size_t room = s->page_room ? 2 * s->page_room : 16;

		if ((p = realloc(s->pages, room * sizeof(*p))) == NULL)
			return STATUS_NO_MEMORY;
		s->pages = p;
		s->page_room = room;
		s->info.pages = p;
	}
	p = &s->pages[s->info.page_count++];
	*p = *inherited;
	inherit(s->q, node, p);
	if (qpdf_oh_is_indirect(s->q, node)) {
		p->object = qpdf_oh_get_object_id(s->q, node);
		p->generation = qpdf_oh_get_generation(s->q, node);
	}
	c = &p->crop;
	m = &p->media;
	*c = (struct pdf_box){
		fmax(c->x0, m->x0), fmax(c->y0, m->y0), fmin(c->x1, m->x1), fmin(c->y1, m->y1)};
	if (c->x1 - c->x0 < 1 || c->y1 - c->y0 < 1)
		*c = *m;
	return STATUS_OK;
}

/* Goes down into a node of the tree. A loop ends at the depth limit. */
static enum status
enter(struct walk *w, qpdf_oh node, const struct pdf_page *inherited)
{
	qpdf_data q = w->s->q;
	struct level *l;

	if (w->depth == PDF_PAGE_DEPTH_MAX) {
		diag_error(w->diag, "pdf.pages.deep", "/Pages", NULL, "64");
		return STATUS_INVALID;
	}
	l = &w->stack[w->depth];
	l->kids = pdf_get(q, node, "/Kids");
	l->next = 0;
	l->count = qpdf_oh_is_array(q, l->kids) ? qpdf_oh_get_array_n_items(q, l->kids) : 0;
	l->inherited = *inherited;
	inherit(q, node, &l->inherited);
	w->depth++;
	return STATUS_OK;
}

static enum status
visit(struct walk *w, qpdf_oh kid, const struct pdf_page *inherited)
{
	qpdf_data q = w->s->q;

	if (++w->nodes > NODES_MAX) {
		diag_error(w->diag, "pdf.pages.too-many", "/Pages", NULL, NULL);
		return STATUS_TOO_LARGE;
	}
	if (!qpdf_oh_is_dictionary(q, kid))
		return STATUS_OK;
	if (pdf_key_is(q, kid, "/Kids"))
		return enter(w, kid, inherited);
	return add_page(w, kid, inherited);
}

enum status
pdf_scan_pages(struct pdf_scan *s, qpdf_oh root, struct diag *diag)
{
	/* A page without MediaBox is shown as US Letter by most viewers. */
	struct pdf_page base = {.media = {0, 0, 612, 792}, .crop = {-1e7, -1e7, 1e7, 1e7}};
	struct walk *w = calloc(1, sizeof(*w));
	qpdf_oh pages = pdf_get(s->q, root, "/Pages");
	enum status st;

	if (w == NULL)
		return STATUS_NO_MEMORY;
	w->s = s;
	w->diag = diag;
	st = enter(w, pages, &base);
	while (st == STATUS_OK && w->depth > 0) {
		struct level *l = &w->stack[w->depth - 1];
		qpdf_oh kid;

		if (l->next == l->count) {
			qpdf_oh_release(s->q, l->kids);
			w->depth--;
			continue;
		}
		kid = qpdf_oh_get_array_item(s->q, l->kids, l->next++);
		st = visit(w, kid, &l->inherited);
		qpdf_oh_release(s->q, kid);
	}
	free(w);
	if (st == STATUS_OK && s->info.page_count == 0) {
		diag_error(diag, "pdf.pages.none", "/Pages", NULL, NULL);
		st = STATUS_INVALID;
	}
	return st;
}
