/*
 * pdf_update: see pdf_update.h. Changes to existing objects are made on qpdf's objects in memory
 * and written out from there.
 */
#include "lib/doc/pdf_update.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/digest.h"
#include "lib/doc/pdf_file.h"
#include "lib/doc/pdf_flate.h"
#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_references.h"
#include "lib/doc/pdf_write.h"

#define OFFSET_MAX UINT64_C(9999999999)
#define CHANGED_MAX 256u

/* One object of the update. */
struct piece {
	int number, generation;
	bool changed;    /* an existing object, written from qpdf's memory */
	struct buf body; /* of a new one */
	uint64_t at;
};

struct pdf_update {
	struct span base;
	struct pdf_scan *scan;
	qpdf_data q;
	int next; /* number of the next new object */
	struct piece *pieces;
	size_t count, room;
	enum status failed;
};

/* What the root of the page tree says must be so: readers that believe it show other pages. */
static bool
count_is_right(struct pdf_update *u)
{
	qpdf_oh root = qpdf_get_root(u->q), pages = pdf_get(u->q, root, "/Pages");
	double count = pdf_key_number(u->q, pages, "/Count", -1);

	qpdf_oh_release(u->q, pages);
	qpdf_oh_release(u->q, root);
	return count == (double)pdf_scan_info(u->scan)->page_count;
}

static bool
is_in_page_tree(const struct pdf_update *u, qpdf_oh oh)
{
	const struct pdf_info *info = pdf_scan_info(u->scan);
	int number = qpdf_oh_is_indirect(u->q, oh) ? qpdf_oh_get_object_id(u->q, oh) : 0;

	for (size_t i = 0; number != 0 && i < info->page_count; i++)
		if (info->pages[i].object == number)
			return true;
	return number != 0 && pdf_key_is(u->q, oh, "/Kids");
}

/* A page, the catalog or the form itself is a form field too. Without memory: it is. */
static bool
is_other_a_field(const struct pdf_update *u, qpdf_oh root)
{
	const struct pdf_info *info = pdf_scan_info(u->scan);
	int others[] = {qpdf_oh_get_object_id(u->q, root), pdf_key_object(u->q, root, "/AcroForm")}, top = 0;
	unsigned char *is_other;
	bool is = false;

	for (size_t i = 0; i < 2; i++)
		top = others[i] > top ? others[i] : top;
	for (size_t i = 0; i < info->page_count; i++)
		top = info->pages[i].object > top ? info->pages[i].object : top;
	is_other = calloc((size_t)top + 1, 1);
	if (is_other == NULL)
		return true;
	for (size_t i = 0; i < 2; i++)
		is_other[others[i]] = others[i] != 0;
	for (size_t i = 0; i < info->page_count; i++)
		is_other[info->pages[i].object] = info->pages[i].object != 0;
	for (size_t i = 0; i < info->field_count && !is; i++) {
		const struct pdf_field *f = &info->fields[i];

		is = (f->object <= top && is_other[f->object]) || (f->widget <= top && is_other[f->widget]);
	}
	free(is_other);
	return is;
}

/* The catalog, its form, a field or its store stands in the page tree, or the form in its own fields: what is written into the one would change the other. The finding, or NULL. */
static const char *
is_two_parts(const struct pdf_update *u)
{
	static const char *const parts[][2] = {{"/AcroForm", "pdf.form"}, {"/DSS", "pdf.dss"}};
	qpdf_oh root = qpdf_get_root(u->q);

	if (is_in_page_tree(u, root))
		return "pdf.pages.deep";
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		qpdf_oh part = qpdf_oh_get_key(u->q, root, parts[i][0]);
		bool is = is_in_page_tree(u, part) ||
			(qpdf_oh_is_indirect(u->q, part) && qpdf_oh_get_object_id(u->q, part) == qpdf_oh_get_object_id(u->q, root));

		qpdf_oh_release(u->q, part);
		if (is)
			return parts[i][1];
	}
	return is_other_a_field(u, root) ? "pdf.form" : NULL;
}

static enum status
may_update(struct pdf_update *u, bool archival, struct diag *diag)
{
	const struct pdf_info *info = pdf_scan_info(u->scan);
	qpdf_oh trailer = qpdf_get_trailer(u->q);

	if (info->encrypted || pdf_key_object(u->q, trailer, "/Encrypt") != 0) /* also one that is not there: our trailer has none */
		diag_error(diag, "pdf.encrypted", "/Encrypt", NULL, NULL);
	else if (info->certified == 1 && !archival)
		diag_error(diag, "pdf.certified", "/DocMDP", "1", NULL);
	else if (pdf_key_object(u->q, trailer, "/Root") == 0)
		diag_error(diag, "pdf.catalog.direct", "/Root", NULL, NULL);
	else if (is_two_parts(u) != NULL)
		diag_error(diag, is_two_parts(u), "/Pages", NULL, NULL);
	else if (!count_is_right(u))
		diag_error(diag, "pdf.pages.count", "/Pages /Count", NULL, NULL);
	else
		return STATUS_OK;
	return STATUS_INVALID;
}

/*
 * The first number that is free for sure: qpdf's counts every object of the file and every
 * reference to one that is not there; a new object must not become the target of such a reference.
 */
static void
find_next(struct pdf_update *u)
{
	const struct pdf_xref *x = pdf_scan_info(u->scan)->xref;
	qpdf_oh probe = qpdf_make_indirect_object(u->q, qpdf_oh_new_null(u->q));
	int free_number = qpdf_oh_get_object_id(u->q, probe);

	qpdf_oh_release(u->q, probe);
	u->next = free_number > (int)x->max_size ? free_number : (int)x->max_size;
	for (size_t i = 0; i < x->count; i++)
		if (x->sections[i].count > 0) {
			int top = (int)x->sections[i].entries[x->sections[i].count - 1].number;

			u->next = top >= u->next ? top + 1 : u->next;
		}
}

/* True when the file has an object at this entry's place and it is null. */
static bool
is_null_there(const struct pdf_update *u, const struct pdf_entry *e)
{
	uint64_t number, generation;
	struct pdf_lex l;

	pdf_lex_init(&l, u->base, (size_t)e->at);
	return pdf_lex_integer(&l, PDF_NUMBER_MAX, &number) && number == e->number &&
		pdf_lex_integer(&l, 65535, &generation) && pdf_lex_word(&l, "obj") &&
		pdf_lex_word(&l, "null");
}

/*
 * After find_next, which makes qpdf read every object: one that it could not read as it stands (a
 * stream of another length than it says) is null to it, and something else to readers that repair:
 * nobody could say what was signed.
 */
static enum status
all_readable(struct pdf_update *u, struct diag *diag)
{
	const struct pdf_xref *x = pdf_scan_info(u->scan)->xref;
	char number[20];

	if (!qpdf_more_warnings(u->q))
		return STATUS_OK;
	for (int i = 1; i < u->next; i++) {
		const struct pdf_entry *e = pdf_xref_find(x, 0, (uint32_t)i);
		qpdf_oh oh;
		bool lost;

		if (e == NULL || e->kind != PDF_ENTRY_PLAIN)
			continue;
		oh = qpdf_get_object_by_id(u->q, i, e->generation);
		lost = qpdf_oh_is_null(u->q, oh) && !is_null_there(u, e);
		qpdf_oh_release(u->q, oh);
		if (lost) {
			snprintf(number, sizeof(number), "%d", i);
			diag_error(diag, "pdf.object.damaged", number, NULL, NULL);
			return STATUS_INVALID;
		}
	}
	return STATUS_OK;
}

/* What our own judgement reads as references. */
struct named {
	int top;     /* the highest number */
	bool unsure; /* there is one of which nobody can say what it names */
};

static void
take_named(void *arg, int number)
{
	struct named *n = arg;

	n->unsure |= number == 0;
	n->top = number > n->top ? number : n->top;
}

/*
 * What stands behind an object that does not end as it should is nothing to qpdf, but our own judgement counts the references in it: a
 * new object must not become the target of one of these either. Without a warning of qpdf every object is as it should be.
 */
static enum status
pass_over_strays(struct pdf_update *u, struct diag *diag)
{
	struct named n = {.top = u->next - 1};

	if (!qpdf_more_warnings(u->q))
		return STATUS_OK;
	if (!pdf_references(u->scan, NULL, take_named, &n) || n.unsure) {
		diag_error(diag, "pdf.object.damaged", "n g R", NULL, NULL);
		return STATUS_INVALID;
	}
	u->next = n.top + 1;
	return STATUS_OK;
}

static enum status
begin(struct span base, bool archival, struct pdf_update **out, struct diag *diag)
{
	struct pdf_update *u = calloc(1, sizeof(*u));
	enum status st;

	if (u == NULL)
		return STATUS_NO_MEMORY;
	u->base = base;
	st = pdf_scan_open(base, false, &u->scan, diag);
	if (st == STATUS_OK) {
		u->q = pdf_scan_handle(u->scan);
		st = may_update(u, archival, diag);
	}
	if (st == STATUS_OK) {
		find_next(u);
		st = all_readable(u, diag);
	}
	if (st == STATUS_OK)
		st = pass_over_strays(u, diag);
	if (st != STATUS_OK) {
		pdf_update_free(u);
		return st;
	}
	*out = u;
	return STATUS_OK;
}

enum status
pdf_update_begin(struct span base, struct pdf_update **out, struct diag *diag)
{
	return begin(base, false, out, diag);
}

enum status
pdf_update_begin_archival(struct span base, struct pdf_update **out, struct diag *diag)
{
	return begin(base, true, out, diag);
}

void
pdf_update_free(struct pdf_update *u)
{
	if (u == NULL)
		return;
	for (size_t i = 0; i < u->count; i++)
		buf_free(&u->pieces[i].body);
	free(u->pieces);
	pdf_scan_free(u->scan);
	free(u);
}

const struct pdf_scan *
pdf_update_scan(const struct pdf_update *u)
{
	return u->scan;
}

static struct piece *
add_piece(struct pdf_update *u, int number, int generation)
{
	struct piece *p;

	if (u->count == u->room) {
		size_t room = u->room ? 2 * u->room : 32;

		if ((p = realloc(u->pieces, room * sizeof(*p))) == NULL) {
			u->failed = STATUS_NO_MEMORY;
			return NULL;
		}
		u->pieces = p;
		u->room = room;
	}
	p = &u->pieces[u->count++];
	*p = (struct piece){.number = number, .generation = generation};
	buf_init(&p->body, PDF_UPDATE_MAX);
	return p;
}

static struct piece *
find_piece(struct pdf_update *u, int number)
{
	for (size_t i = 0; i < u->count; i++)
		if (u->pieces[i].number == number)
			return &u->pieces[i];
	return NULL;
}

int
pdf_update_new(struct pdf_update *u)
{
	qpdf_oh stub;

	if (u->next > (int)PDF_NUMBER_MAX || add_piece(u, u->next, 0) == NULL) {
		u->failed = u->failed != STATUS_OK ? u->failed : STATUS_TOO_LARGE;
		return 0;
	}
	/* qpdf leaves out references to objects that it does not have: this one it shall have. */
	stub = qpdf_oh_new_dictionary(u->q);
	qpdf_replace_object(u->q, u->next, 0, stub);
	qpdf_oh_release(u->q, stub);
	return u->next++;
}

void
pdf_update_put(struct pdf_update *u, int number, struct span body)
{
	struct piece *p = find_piece(u, number);

	if (p != NULL) {
		p->body.len = 0;
		buf_put(&p->body, body.data, body.len);
	}
}

static void
put_stream(struct pdf_update *u, int number, const char *dict, const char *filter, struct span data)
{
	struct piece *p = find_piece(u, number);

	if (p == NULL)
		return;
	p->body.len = 0;
	buf_printf(&p->body, "<< %s%s /Length %zu >>\nstream\n", dict, filter, data.len);
	buf_put(&p->body, data.data, data.len);
	buf_put_str(&p->body, "\nendstream");
}

void
pdf_update_put_packed(struct pdf_update *u, int number, const char *dict, struct span packed)
{
	put_stream(u, number, dict, " /Filter /FlateDecode", packed);
}

void
pdf_update_put_stream(struct pdf_update *u, int number, const char *dict, struct span data)
{
	struct buf packed;

	buf_init(&packed, PDF_UPDATE_MAX);
	if (pdf_flate_pack(data, PDF_FLATE_USUAL, &packed) == STATUS_OK &&
		packed.len + 20 < data.len)
		pdf_update_put_packed(u, number, dict, (struct span){packed.data, packed.len});
	else
		put_stream(u, number, dict, "", data);
	buf_free(&packed);
}

/* Notes that an existing object is to be written again. */
static enum status
touch(struct pdf_update *u, int number, int generation)
{
	struct piece *p;

	if (find_piece(u, number) != NULL)
		return STATUS_OK;
	if (u->count > CHANGED_MAX + 64 || (p = add_piece(u, number, generation)) == NULL)
		return u->failed != STATUS_OK ? u->failed : STATUS_TOO_LARGE;
	p->changed = true;
	return STATUS_OK;
}

/* An existing object that holds `oh`: itself when indirect, else `holder`. */
static enum status
touch_holder(struct pdf_update *u, qpdf_oh oh, qpdf_oh holder)
{
	if (!qpdf_oh_is_indirect(u->q, oh))
		oh = holder;
	return touch(u, qpdf_oh_get_object_id(u->q, oh), qpdf_oh_get_generation(u->q, oh));
}

/*
 * Two pages may name the same array of annotations: what is added to one must not show on the
 * other.
 */
static bool
is_shared(struct pdf_update *u, size_t page, int array)
{
	const struct pdf_info *info = pdf_scan_info(u->scan);

	for (size_t i = 0; i < info->page_count; i++) {
		qpdf_oh other;
		int number;

		if (i + 1 == page || info->pages[i].object == 0)
			continue;
		other = qpdf_get_object_by_id(
			u->q, info->pages[i].object, info->pages[i].generation);
		number = pdf_key_object(u->q, other, "/Annots");
		qpdf_oh_release(u->q, other);
		if (number == array)
			return true;
	}
	return false;
}

static qpdf_oh
copy_array(struct pdf_update *u, qpdf_oh array)
{
	qpdf_oh copy = qpdf_oh_new_array(u->q);

	for (int i = 0; i < qpdf_oh_get_array_n_items(u->q, array); i++)
		qpdf_oh_append_item(u->q, copy, qpdf_oh_get_array_item(u->q, array, i));
	return copy;
}

enum status
pdf_update_annotate(struct pdf_update *u, size_t page, int annotation, struct diag *diag)
{
	const struct pdf_info *info = pdf_scan_info(u->scan);
	const struct pdf_page *p;
	qpdf_oh node, annots, add;

	if (page == 0 || page > info->page_count) {
		diag_error(diag, "pdf.page.number", NULL, NULL, NULL);
		return STATUS_INVALID;
	}
	p = &info->pages[page - 1];
	if (p->object == 0) {
		diag_error(diag, "pdf.page.direct", "/Kids", NULL, NULL);
		return STATUS_INVALID;
	}
	node = qpdf_get_object_by_id(u->q, p->object, p->generation);
	annots = qpdf_oh_get_key(u->q, node, "/Annots");
	add = qpdf_get_object_by_id(u->q, annotation, 0);
	if (!qpdf_oh_is_array(u->q, annots)) {
		annots = qpdf_oh_new_array(u->q);
		qpdf_oh_replace_key(u->q, node, "/Annots", annots);
	} else if (qpdf_oh_is_indirect(u->q, annots) &&
		is_shared(u, page, qpdf_oh_get_object_id(u->q, annots))) {
		annots = copy_array(u, annots);
		qpdf_oh_replace_key(u->q, node, "/Annots", annots);
	}
	qpdf_oh_append_item(u->q, annots, add);
	return touch_holder(u, annots, node);
}

/* A new dictionary that is built up in qpdf's memory; 0 without memory. */
static int
new_dictionary(struct pdf_update *u)
{
	int number = pdf_update_new(u);

	if (number != 0)
		find_piece(u, number)->changed = true;
	return number;
}

/*
 * The form dictionary, made when the catalog has none; *holder_out is the indirect object to write
 * when it changes.
 */
static enum status
get_form(struct pdf_update *u, qpdf_oh *form_out, qpdf_oh *holder_out, struct diag *diag)
{
	qpdf_oh root = qpdf_get_root(u->q), form = qpdf_oh_get_key(u->q, root, "/AcroForm");
	int number;

	if (qpdf_oh_is_null(u->q, form)) {
		if ((number = new_dictionary(u)) == 0)
			return u->failed;
		form = qpdf_get_object_by_id(u->q, number, 0);
		qpdf_oh_replace_key(u->q, form, "/Fields", qpdf_oh_new_array(u->q));
		qpdf_oh_replace_key(u->q, root, "/AcroForm", form);
		if (touch_holder(u, root, root) != STATUS_OK)
			return STATUS_NO_MEMORY;
	}
	if (!qpdf_oh_is_dictionary(u->q, form)) {
		diag_error(diag, "pdf.form", "/AcroForm", NULL, NULL);
		return STATUS_INVALID;
	}
	*form_out = form;
	*holder_out = qpdf_oh_is_indirect(u->q, form) ? form : root;
	return STATUS_OK;
}

enum status
pdf_update_add_field(struct pdf_update *u, int field, bool signature, struct diag *diag)
{
	qpdf_oh form, holder, fields;
	enum status st = get_form(u, &form, &holder, diag);
	int flags;

	if (st != STATUS_OK)
		return st;
	fields = qpdf_oh_get_key(u->q, form, "/Fields");
	if (qpdf_oh_is_null(u->q, fields)) {
		fields = qpdf_oh_new_array(u->q);
		qpdf_oh_replace_key(u->q, form, "/Fields", fields);
	}
	if (!qpdf_oh_is_array(u->q, fields)) {
		diag_error(diag, "pdf.form", "/AcroForm /Fields", NULL, "[ ]");
		return STATUS_INVALID;
	}
	if (qpdf_oh_is_indirect(u->q, fields) && is_shared(u, 0, qpdf_oh_get_object_id(u->q, fields))) {
		fields = copy_array(u, fields);
		qpdf_oh_replace_key(u->q, form, "/Fields", fields);
	}
	qpdf_oh_append_item(u->q, fields, qpdf_get_object_by_id(u->q, field, 0));
	st = touch_holder(u, fields, holder);
	flags = (int)pdf_key_number(u->q, form, "/SigFlags", 0);
	if (st == STATUS_OK && signature && (flags & 3) != 3) {
		qpdf_oh_replace_key(u->q, form, "/SigFlags", qpdf_oh_new_integer(u->q, flags | 3));
		st = touch_holder(u, holder, holder);
	}
	return st;
}

/* A dictionary below `of`, made when there is none; *holder moves to it when it is indirect. */
static qpdf_oh
get_dictionary(struct pdf_update *u, qpdf_oh of, const char *key, qpdf_oh *holder)
{
	qpdf_oh d = qpdf_oh_get_key(u->q, of, key);

	if (!qpdf_oh_is_dictionary(u->q, d)) {
		d = qpdf_oh_new_dictionary(u->q);
		qpdf_oh_replace_key(u->q, of, key, d);
	} else if (qpdf_oh_is_indirect(u->q, d)) {
		*holder = d;
	}
	return d;
}

enum status
pdf_update_form_font(struct pdf_update *u, const char *name, int font)
{
	qpdf_oh form, holder, resources, fonts;
	enum status st = get_form(u, &form, &holder, NULL);

	if (st != STATUS_OK)
		return st;
	resources = get_dictionary(u, form, "/DR", &holder);
	fonts = get_dictionary(u, resources, "/Font", &holder);
	if (qpdf_oh_has_key(u->q, fonts, name))
		return STATUS_OK;
	qpdf_oh_replace_key(u->q, fonts, name, qpdf_get_object_by_id(u->q, font, 0));
	return touch_holder(u, holder, holder);
}

enum status
pdf_update_append(struct pdf_update *u, const char *of, const char *key, int object)
{
	qpdf_oh root = qpdf_get_root(u->q), dict = qpdf_oh_get_key(u->q, root, of), array;
	enum status st = STATUS_OK;
	int number;

	if (qpdf_oh_is_null(u->q, dict)) {
		if ((number = new_dictionary(u)) == 0)
			return u->failed;
		dict = qpdf_get_object_by_id(u->q, number, 0);
		qpdf_oh_replace_key(u->q, root, of, dict);
		st = touch_holder(u, root, root);
	}
	array = qpdf_oh_get_key_if_dict(u->q, dict, key);
	if (st == STATUS_OK && qpdf_oh_is_dictionary(u->q, dict) &&
		qpdf_oh_is_null(u->q, array)) {
		array = qpdf_oh_new_array(u->q);
		qpdf_oh_replace_key(u->q, dict, key, array);
	}
	if (st != STATUS_OK || !qpdf_oh_is_array(u->q, array))
		return st != STATUS_OK ? st : STATUS_INVALID;
	qpdf_oh_append_item(u->q, array, qpdf_get_object_by_id(u->q, object, 0));
	return touch_holder(u, array, qpdf_oh_is_indirect(u->q, dict) ? dict : root);
}

int
pdf_update_catalog(const struct pdf_update *u)
{
	return qpdf_oh_get_object_id(u->q, qpdf_get_root(u->q));
}

static enum status
set(struct pdf_update *u, int number, int generation, const char *key, qpdf_oh value)
{
	qpdf_oh node = qpdf_get_object_by_id(u->q, number, generation);

	if (!qpdf_oh_is_dictionary(u->q, node))
		return STATUS_INVALID;
	qpdf_oh_replace_key(u->q, node, key, value);
	return touch(u, number, generation);
}

enum status
pdf_update_set(struct pdf_update *u, int number, int generation, const char *key, const char *value)
{
	return set(u, number, generation, key, qpdf_oh_parse(u->q, value));
}

enum status
pdf_update_set_reference(struct pdf_update *u, int number, int generation, const char *key, int to)
{
	return set(u, number, generation, key, qpdf_get_object_by_id(u->q, to, 0));
}

enum status
pdf_update_set_appearance(struct pdf_update *u, int number, int generation, int form)
{
	qpdf_oh ap = qpdf_oh_new_dictionary(u->q);

	qpdf_oh_replace_key(u->q, ap, "/N", qpdf_get_object_by_id(u->q, form, 0));
	return set(u, number, generation, "/AP", ap);
}

static int
by_number(const void *a, const void *b)
{
	return ((const struct piece *)a)->number - ((const struct piece *)b)->number;
}

static void
write_objects(struct pdf_update *u, struct buf *tail)
{
	struct buf text;

	buf_init(&text, tail->max);
	for (size_t i = 0; i < u->count; i++) {
		struct piece *p = &u->pieces[i];

		p->at = u->base.len + tail->len;
		buf_printf(tail, "%d %d obj\n", p->number, p->generation);
		if (p->changed) {
			qpdf_oh oh = qpdf_get_object_by_id(u->q, p->number, p->generation);

			text.len = 0;
			pdf_unparse(u->q, oh, &text);
			pdf_put_tokens(tail, (struct span){text.data, text.len});
			if (u->failed == STATUS_OK)
				u->failed = buf_status(&text);
		} else {
			buf_put(tail, p->body.data, p->body.len);
		}
		buf_put_str(tail, "\nendobj\n");
		if (u->failed == STATUS_OK)
			u->failed = buf_status(&p->body);
	}
	buf_free(&text);
}

/* /ID: the first part is kept, the second renewed from what is written (14.4). */
static void
write_id(struct pdf_update *u, struct buf *tail)
{
	qpdf_oh id = pdf_get(u->q, qpdf_get_trailer(u->q), "/ID"), first;
	struct digest d = digest_of(tail->data, tail->len);
	const char *p = NULL;
	size_t n = 0;

	if (qpdf_oh_is_array(u->q, id) && qpdf_oh_get_array_n_items(u->q, id) == 2) {
		first = qpdf_oh_get_array_item(u->q, id, 0);
		if (qpdf_oh_is_string(u->q, first))
			p = qpdf_oh_get_binary_string_value(u->q, first, &n);
	}
	buf_put_str(tail, " /ID [");
	if (p != NULL && n > 0 && n <= 256)
		pdf_put_hex(tail, (const unsigned char *)p, n);
	else
		pdf_put_hex(tail, d.bytes, 16);
	pdf_put_hex(tail, d.bytes, 16);
	buf_put_byte(tail, ']');
}

static void
write_trailer(struct pdf_update *u, int size, struct buf *tail)
{
	qpdf_oh trailer = qpdf_get_trailer(u->q), root = qpdf_get_root(u->q);
	qpdf_oh info = pdf_get(u->q, trailer, "/Info");

	buf_printf(tail, "/Size %d /Root %d %d R /Prev %" PRIu64, size,
		qpdf_oh_get_object_id(u->q, root), qpdf_oh_get_generation(u->q, root),
		pdf_scan_info(u->scan)->xref->startxref);
	if (qpdf_oh_is_indirect(u->q, info))
		buf_printf(tail, " /Info %d %d R", qpdf_oh_get_object_id(u->q, info),
			qpdf_oh_get_generation(u->q, info));
	write_id(u, tail);
}

/* Length of the run of consecutive numbers at i. */
static size_t
run_at(const struct pdf_update *u, size_t i)
{
	size_t n = 1;

	while (i + n < u->count && u->pieces[i + n].number == u->pieces[i].number + (int)n)
		n++;
	return n;
}

static void
write_table(struct pdf_update *u, struct buf *tail)
{
	buf_put_str(tail, "xref\n");
	for (size_t i = 0; i < u->count;) {
		size_t n = run_at(u, i);

		buf_printf(tail, "%d %zu\n", u->pieces[i].number, n);
		for (; n > 0; n--, i++)
			buf_printf(tail, "%010" PRIu64 " %05d n \n", u->pieces[i].at,
				u->pieces[i].generation);
	}
	buf_put_str(tail, "trailer\n<< ");
	write_trailer(u, u->next, tail);
	buf_put_str(tail, " >>\n");
}

static void
write_stream(struct pdf_update *u, uint64_t at, struct buf *tail)
{
	int number = u->next++;
	struct piece *self = add_piece(u, number, 0);
	struct buf rows;

	if (self == NULL)
		return;
	self->at = at;
	buf_init(&rows, u->count * 12);
	buf_printf(tail, "%d 0 obj\n<< /Type /XRef /W [1 5 2] /Index [", number);
	for (size_t i = 0; i < u->count;) {
		size_t n = run_at(u, i);

		buf_printf(tail, "%s%d %zu", i ? " " : "", u->pieces[i].number, n);
		for (; n > 0; n--, i++) {
			buf_put_byte(&rows, 1);
			buf_put_byte(&rows, (unsigned char)(u->pieces[i].at >> 32));
			buf_put_u32(&rows, (uint32_t)u->pieces[i].at);
			buf_put_u16(&rows, (uint16_t)u->pieces[i].generation);
		}
	}
	buf_printf(tail, "] /Length %zu ", rows.len);
	write_trailer(u, u->next, tail);
	buf_put_str(tail, " >>\nstream\n");
	buf_put(tail, rows.data, rows.len);
	buf_put_str(tail, "\nendstream\nendobj\n");
	buf_free(&rows);
}

/* A signature that is held by an object which is to be written anew, or NULL. */
static const struct pdf_signature *
find_signature_lost(const struct pdf_update *u)
{
	const struct pdf_info *info = pdf_scan_info(u->scan);

	for (size_t i = 0; i < info->signature_count; i++)
		for (size_t k = 0; k < u->count; k++)
			if (u->pieces[k].number == pdf_signature_holder(u->scan, &info->signatures[i]))
				return &info->signatures[i];
	return NULL;
}

enum status
pdf_update_finish(struct pdf_update *u, struct buf *tail, struct diag *diag)
{
	const struct pdf_info *info = pdf_scan_info(u->scan);
	const struct pdf_signature *lost;
	unsigned char last = u->base.data[u->base.len - 1];
	uint64_t at;

	if (u->failed != STATUS_OK)
		return u->failed;
	if ((lost = find_signature_lost(u)) != NULL) {
		diag_error(diag, "pdf.signature.shared", lost->field, NULL, NULL);
		return STATUS_INVALID;
	}
	buf_init(tail, PDF_UPDATE_MAX);
	if (info->xref->no_eof) /* closes the base: readers look for it where a revision ends */
		buf_put_str(tail, "\n%%EOF\n");
	else if (last != '\n' && last != '\r')
		buf_put_byte(tail, '\n');
	qsort(u->pieces, u->count, sizeof(u->pieces[0]), by_number);
	write_objects(u, tail);
	at = u->base.len + tail->len;
	if (info->stream_xref)
		write_stream(u, at, tail);
	else
		write_table(u, tail);
	buf_printf(tail, "startxref\n%" PRIu64 "\n%%%%EOF\n", at);
	if (u->failed == STATUS_OK)
		u->failed = buf_status(tail);
	if (u->failed == STATUS_OK && u->base.len + tail->len > OFFSET_MAX)
		u->failed = STATUS_TOO_LARGE;
	return u->failed;
}

size_t
pdf_update_offset(const struct pdf_update *u, int number)
{
	for (size_t i = 0; i < u->count; i++)
		if (u->pieces[i].number == number)
			return (size_t)(u->pieces[i].at - u->base.len);
	return SIZE_MAX;
}
