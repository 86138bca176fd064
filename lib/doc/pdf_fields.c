/*
 * pdf_fields: the form fields of a scan (ISO 32000-1 12.7.3): a tree with inherited type, walked
 * with a stack of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_scan_parts.h"

#define DEPTH_MAX 32u
#define NODES_MAX (4 * PDF_FIELDS_MAX)
#define NAME_MAX_BYTES 2000u

struct level {
	qpdf_oh kids;
	int next, count;
	const char *name;
	enum pdf_field_kind kind;
};

struct walk {
	struct pdf_scan *s;
	struct diag *diag;
	struct level stack[DEPTH_MAX];
	size_t depth, nodes;
};

static enum status
too_many(struct walk *w)
{
	diag_error(w->diag, "pdf.form.too-many", "/AcroForm", NULL, "20000");
	return STATUS_TOO_LARGE;
}

static enum pdf_field_kind
kind_of(qpdf_data q, qpdf_oh node, enum pdf_field_kind inherited)
{
	qpdf_oh v = pdf_get(q, node, "/FT");
	enum pdf_field_kind kind = PDF_FIELD_OTHER;

	if (!qpdf_oh_is_name(q, v))
		kind = inherited;
	else if (pdf_name_is(q, v, "/Sig"))
		kind = PDF_FIELD_SIGNATURE;
	else if (pdf_name_is(q, v, "/Tx"))
		kind = PDF_FIELD_TEXT;
	qpdf_oh_release(q, v);
	return kind;
}

static const char *
name_of(struct walk *w, qpdf_oh node, const char *above)
{
	struct arena *a = w->s->arena;
	const char *part = pdf_key_text(w->s->q, node, "/T", a);

	if (part == NULL)
		return above;
	if (*above == '\0')
		return part;
	if (strlen(above) + strlen(part) > NAME_MAX_BYTES)
		return above;
	part = arena_printf(a, "%s.%s", above, part);
	return part != NULL ? part : above;
}

static bool
is_filled(const struct pdf_scan *s, qpdf_oh node)
{
	qpdf_data q = s->q;
	qpdf_oh v = pdf_get(q, node, "/V");
	bool known = qpdf_oh_is_indirect(q, v) &&
		pdf_signature_known(s, qpdf_oh_get_object_id(q, v)) != NULL;
	bool filled = known || !qpdf_oh_is_null(q, v);

	if (!known && qpdf_oh_is_string(q, v))
		filled = *qpdf_oh_get_utf8_value(q, v) != '\0';
	qpdf_oh_release(q, v);
	return filled;
}

/* The page (1-based) with this object number. */
static size_t
page_of(const struct pdf_scan *s, int object)
{
	for (size_t i = 0; object != 0 && i < s->info.page_count; i++)
		if (s->pages[i].object == object)
			return i + 1;
	return 0;
}

static void
take_widget(struct pdf_scan *s, qpdf_oh node, struct pdf_field *f)
{
	qpdf_oh rect = pdf_get(s->q, node, "/Rect");

	if (f->widget == 0 && pdf_box_of(s->q, rect, &f->rect)) {
		f->widget = qpdf_oh_is_indirect(s->q, node) ? qpdf_oh_get_object_id(s->q, node) : 0;
		f->widget_generation = f->widget ? qpdf_oh_get_generation(s->q, node) : 0;
		f->page = page_of(s, pdf_key_object(s->q, node, "/P"));
	}
	qpdf_oh_release(s->q, rect);
}

static enum status
add_field(struct walk *w, qpdf_oh node, const char *name, enum pdf_field_kind kind)
{
	struct pdf_scan *s = w->s;
	struct pdf_field *f;

	if (s->info.field_count == PDF_FIELDS_MAX)
		return too_many(w);
	if (s->info.field_count == s->field_room) {
		size_t room = s->field_room ? 2 * s->field_room : 16;

		if ((f = realloc(s->fields, room * sizeof(*f))) == NULL)
			return STATUS_NO_MEMORY;
		s->fields = f;
		s->field_room = room;
		s->info.fields = f;
	}
	f = &s->fields[s->info.field_count++];
	*f = (struct pdf_field){.name = name, .kind = kind, .filled = is_filled(s, node)};
	if (qpdf_oh_is_indirect(s->q, node)) {
		f->object = qpdf_oh_get_object_id(s->q, node);
		f->generation = qpdf_oh_get_generation(s->q, node);
	}
	take_widget(s, node, f);
	return STATUS_OK;
}

/* A kid without a name of its own is a widget of its parent, else a field below it (12.7.3.1). */
static bool
has_fields_below(qpdf_data q, qpdf_oh kids)
{
	qpdf_oh first;
	bool named;

	if (!qpdf_oh_is_array(q, kids) || qpdf_oh_get_array_n_items(q, kids) == 0)
		return false;
	first = qpdf_oh_get_array_item(q, kids, 0);
	named = pdf_key_is(q, first, "/T") || pdf_key_is(q, first, "/Kids");
	qpdf_oh_release(q, first);
	return named;
}

static enum status
visit(struct walk *w, qpdf_oh node, const struct level *above)
{
	struct pdf_scan *s = w->s;
	qpdf_data q = s->q;
	enum pdf_field_kind kind;
	const char *name;
	struct level *l;
	qpdf_oh kids;
	enum status st;

	if (++w->nodes > NODES_MAX)
		return too_many(w);
	if (!qpdf_oh_is_dictionary(q, node))
		return STATUS_OK;
	kind = kind_of(q, node, above->kind);
	name = name_of(w, node, above->name);
	kids = pdf_get(q, node, "/Kids");
	if (has_fields_below(q, kids)) {
		if (w->depth == DEPTH_MAX)
			return too_many(w);
		l = &w->stack[w->depth++];
		*l = (struct level){kids, 0, qpdf_oh_get_array_n_items(q, kids), name, kind};
		return STATUS_OK;
	}
	st = add_field(w, node, name, kind);
	for (int i = 0; st == STATUS_OK && qpdf_oh_is_array(q, kids) && i < 1; i++) {
		qpdf_oh kid = qpdf_oh_get_array_item(q, kids, i);

		take_widget(s, kid, &s->fields[s->info.field_count - 1]);
		qpdf_oh_release(q, kid);
	}
	qpdf_oh_release(q, kids);
	return st;
}

/* A widget whose page is looked for, and a field that it is of. */
struct homeless {
	int widget;
	size_t field;
};

static int
by_widget(const void *a, const void *b)
{
	int x = ((const struct homeless *)a)->widget, y = ((const struct homeless *)b)->widget;

	return x < y ? -1 : x > y;
}

/* The fields of this widget, all at once, if it is one of those; their number. */
static size_t
settle(struct pdf_scan *s, const struct homeless *list, size_t count, int widget, size_t page)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (list[middle].widget < widget)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == count || list[low].widget != widget || s->fields[list[low].field].page != 0)
		return 0;
	for (high = low; high < count && list[high].widget == widget; high++)
		s->fields[list[high].field].page = page;
	return high - low;
}

/*
 * Widgets need not name their page (/P): those found in no other way are looked for in the pages'
 * annotations.
 */
static enum status
find_pages(struct pdf_scan *s)
{
	struct homeless *list = calloc(s->info.field_count + 1, sizeof(*list));
	size_t count = 0, missing;

	if (list == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < s->info.field_count; i++)
		if (s->fields[i].widget != 0 && s->fields[i].page == 0)
			list[count++] = (struct homeless){s->fields[i].widget, i};
	if (count > 0)
		qsort(list, count, sizeof(*list), by_widget);
	missing = count;
	for (size_t p = 0; p < s->info.page_count && missing > 0; p++) {
		qpdf_oh page =
			qpdf_get_object_by_id(s->q, s->pages[p].object, s->pages[p].generation);
		qpdf_oh annots = pdf_get(s->q, page, "/Annots");
		int n = qpdf_oh_is_array(s->q, annots) ? qpdf_oh_get_array_n_items(s->q, annots)
						       : 0;

		for (int i = 0; i < n && missing > 0; i++) {
			qpdf_oh a = qpdf_oh_get_array_item(s->q, annots, i);

			missing -= settle(s, list, count, qpdf_oh_get_object_id(s->q, a), p + 1);
			qpdf_oh_release(s->q, a);
		}
		qpdf_oh_release(s->q, annots);
		qpdf_oh_release(s->q, page);
	}
	free(list);
	return STATUS_OK;
}

enum status
pdf_scan_fields(struct pdf_scan *s, qpdf_oh root, struct diag *diag)
{
	qpdf_oh form = pdf_get(s->q, root, "/AcroForm"), fields = pdf_get(s->q, form, "/Fields");
	struct walk *w;
	enum status st = STATUS_OK;

	s->info.form = qpdf_oh_is_dictionary(s->q, form);
	s->info.direct_form = s->info.form && !qpdf_oh_is_indirect(s->q, form);
	if (!qpdf_oh_is_array(s->q, fields))
		return STATUS_OK;
	if ((w = calloc(1, sizeof(*w))) == NULL)
		return STATUS_NO_MEMORY;
	w->s = s;
	w->diag = diag;
	w->depth = 1;
	w->stack[0] = (struct level){
		fields, 0, qpdf_oh_get_array_n_items(s->q, fields), "", PDF_FIELD_OTHER};
	while (st == STATUS_OK && w->depth > 0) {
		struct level *l = &w->stack[w->depth - 1];
		qpdf_oh node;

		if (l->next == l->count) {
			qpdf_oh_release(s->q, l->kids);
			w->depth--;
			continue;
		}
		node = qpdf_oh_get_array_item(s->q, l->kids, l->next++);
		st = visit(w, node, l);
		qpdf_oh_release(s->q, node);
	}
	free(w);
	return st == STATUS_OK ? find_pages(s) : st;
}
