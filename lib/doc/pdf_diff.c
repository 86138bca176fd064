/*
 * pdf_diff: see pdf_diff.h. Here: the objects that later sections write, catalog and trailer,
 * references to what was not there. Values: pdf_diff_value.c.
 */
#include "lib/doc/pdf_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_diff_parts.h"
#include "lib/doc/pdf_layout.h"
#include "lib/doc/pdf_packed.h"
#include "lib/doc/pdf_references.h"

#define ARENA_BYTES (UINT64_C(256) << 20)
#define KEYS_MAX 5000u
#define OBJECT_TEXT_MAX (32u << 20)

const char *
pdf_change_name(enum pdf_change c)
{
	static const char *const names[] = {"none", "permitted", "suspicious", "forbidden"};

	return names[c];
}

void
pdf_diff_init(struct pdf_diff *d)
{
	d->worst = PDF_CHANGE_NONE;
	buf_init(&d->list, PDF_DIFF_LIST_MAX);
}

void
pdf_diff_free(struct pdf_diff *d)
{
	buf_free(&d->list);
}

/* True when the list has this line; `line` ends with its line end. A name that ends like another line is not that line. */
static bool
has_line(const struct pdf_diff *d, const char *line)
{
	const char *list = buf_str(&d->list);

	for (const char *p = list; (p = strstr(p, line)) != NULL; p++)
		if (p == list || p[-1] == '\n')
			return true;
	return false;
}

void
pdf_diff_add(struct pdf_diff *d, enum pdf_change c, const char *code, const char *argument)
{
	char line[400];
	size_t n;

	d->worst = c > d->worst ? c : d->worst;
	snprintf(line, sizeof(line) - 1, "%s%s%s", code, argument ? " " : "",
		argument ? argument : "");
	for (char *p = line; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r')
			*p = ' ';
	n = strlen(line);
	strcpy(line + n, "\n");
	if (d->list.len + n + 1 <= d->list.max && !has_line(d, line)) /* a full list is not looked through */
		buf_put(&d->list, line, n + 1);
}

bool
bit_is(const struct comparison *c, const unsigned char *set, int number)
{
	return number > 0 && (size_t)number < c->numbers && (set[number / 8] >> (number % 8) & 1);
}

static void
bit_set(struct comparison *c, unsigned char *set, int number)
{
	if (number > 0 && (size_t)number < c->numbers)
		set[number / 8] |= (unsigned char)(1u << (number % 8));
}

void
explain(struct comparison *c, int number)
{
	bit_set(c, c->explained, number);
}

/*
 * DocMDP 1 lets through only validation data and timestamps (EN 319 142-1 5.5), DocMDP 2 no
 * comments and no new fields but signatures.
 */
void
found(struct comparison *c, enum pdf_change change, const char *code, const char *argument)
{
	bool archival =
		strcmp(code, "pdf.change.dss") == 0 || strcmp(code, "pdf.change.timestamp") == 0;
	bool beyond = strcmp(code, "pdf.change.comment") == 0 ||
		strcmp(code, "pdf.change.field-added") == 0;

	if ((c->certified == 1 && !archival) || (c->certified == 2 && beyond))
		change = PDF_CHANGE_FORBIDDEN;
	pdf_diff_add(c->out, change, code, argument);
}

const char *
value_text(struct comparison *c, qpdf_data q, qpdf_oh v, bool resolved)
{
	const char *text = c->full ? NULL : arena_strdup(c->arena, resolved ? qpdf_oh_unparse_resolved(q, v) : qpdf_oh_unparse(q, v));

	if (text == NULL && !c->full) { /* over the bound: nothing that cannot be compared passes, and nothing more is written out to be */
		pdf_diff_add(c->out, PDF_CHANGE_FORBIDDEN, "pdf.change.unchecked", NULL);
		c->full = true;
	}
	return text != NULL ? text : "";
}

bool
key_differs(struct comparison *c, qpdf_oh a, qpdf_oh b, const char *key)
{
	qpdf_oh va = pdf_get(c->a, a, key), vb = pdf_get(c->b, b, key);
	bool differs = strcmp(value_text(c, c->a, va, false), value_text(c, c->b, vb, false)) != 0;

	qpdf_oh_release(c->a, va);
	qpdf_oh_release(c->b, vb);
	return differs;
}

static enum key_rule
rule_of(const struct key_rule_row *rules, const char *key)
{
	for (; rules->key != NULL; rules++)
		if (strcmp(rules->key, key) == 0)
			return rules->rule;
	return KEY_SAME;
}

static void
judge_key(struct comparison *c, enum key_rule rule, bool had, const char *key, const char *code,
	const char *what)
{
	char about[300];

	snprintf(about, sizeof(about), "%s %s", what, key);
	if (rule == KEY_DOUBT)
		found(c, PDF_CHANGE_SUSPICIOUS, code, about);
	else if (rule == KEY_SAME || (rule == KEY_ADDED && had))
		found(c, PDF_CHANGE_FORBIDDEN, code, about);
}

/* What is not harmless under a key that may change: a person must look. */
static enum key_rule
harmless_rule(struct comparison *c, enum key_rule rule, qpdf_oh a, qpdf_oh b, const char *key)
{
	qpdf_oh va, vb;
	bool harmless;

	if (rule != KEY_FREE && rule != KEY_ADDED)
		return rule;
	va = pdf_get(c->a, a, key);
	vb = pdf_get(c->b, b, key);
	harmless = is_harmless(c->a, va, key) && is_harmless(c->b, vb, key);
	if (rule == KEY_ADDED && !qpdf_oh_is_null(c->a, va))
		harmless = true; /* refused as a change */
	qpdf_oh_release(c->a, va);
	qpdf_oh_release(c->b, vb);
	return harmless ? rule : KEY_DOUBT;
}

/* The keys of a dictionary, copied: qpdf iterates over one at a time. */
static size_t
keys_of(struct comparison *c, qpdf_data q, qpdf_oh dict, const char **keys)
{
	size_t n = 0;

	if (!qpdf_oh_is_dictionary(q, dict))
		return 0;
	qpdf_oh_begin_dict_key_iter(q, dict);
	while (qpdf_oh_dict_more_keys(q) && n < KEYS_MAX)
		keys[n++] = arena_strdup(c->arena, qpdf_oh_dict_next_key(q));
	if (qpdf_oh_dict_more_keys(q))
		pdf_diff_add(c->out, PDF_CHANGE_FORBIDDEN, "pdf.change.unchecked", NULL);
	return n;
}

void
compare_keys(struct comparison *c, qpdf_oh a, qpdf_oh b, const struct key_rule_row *rules,
	const char *code, const char *what)
{
	const char **keys = calloc(2 * KEYS_MAX, sizeof(*keys));
	size_t n, m;

	/* none of what is compared by its keys is a stream: as one it could be a page's content too */
	if (qpdf_oh_is_stream(c->a, a) || qpdf_oh_is_stream(c->b, b))
		found(c, PDF_CHANGE_FORBIDDEN, code, what);
	if (keys == NULL) {
		pdf_diff_add(c->out, PDF_CHANGE_FORBIDDEN, "pdf.change.unchecked", NULL);
		return;
	}
	n = keys_of(c, c->a, a, keys);
	m = n + keys_of(c, c->b, b, keys + n);
	for (size_t i = 0; i < m; i++) {
		enum key_rule rule;

		if (keys[i] == NULL ||
			(i >= n && qpdf_oh_is_dictionary(c->a, a) && qpdf_oh_has_key(c->a, a, keys[i])))
			continue;
		rule = rule_of(rules, keys[i]);
		if (rule != KEY_ELSEWHERE && key_differs(c, a, b, keys[i]))
			judge_key(c, harmless_rule(c, rule, a, b, keys[i]), i < n, keys[i], code, what);
	}
	free(keys);
}

bool
array_grew(struct comparison *c, qpdf_oh a, qpdf_oh b,
	void (*added)(struct comparison *, qpdf_oh, void *), void *arg)
{
	int n = qpdf_oh_is_array(c->a, a) ? qpdf_oh_get_array_n_items(c->a, a) : 0, at = 0;
	int m = qpdf_oh_is_array(c->b, b) ? qpdf_oh_get_array_n_items(c->b, b) : 0;
	const char *old = NULL; /* the item of a that is looked for, written out once */

	for (int i = 0; i < m; i++) {
		qpdf_oh item = qpdf_oh_get_array_item(c->b, b, i);

		if (old == NULL && at < n) {
			qpdf_oh o = qpdf_oh_get_array_item(c->a, a, at);

			old = value_text(c, c->a, o, false);
			qpdf_oh_release(c->a, o);
		}
		if (old != NULL && strcmp(old, value_text(c, c->b, item, false)) == 0) {
			at++;
			old = NULL;
		} else
			added(c, item, arg);
		qpdf_oh_release(c->b, item);
	}
	return at == n;
}

/* The older chain of sections must be the end of the newer one. */
static bool
chain_continues(struct comparison *c)
{
	const struct pdf_xref *x = pdf_scan_info(c->before)->xref,
			      *y = pdf_scan_info(c->after)->xref;

	if (x == NULL || y == NULL || y->count <= x->count)
		return false;
	c->later = y->count - x->count;
	for (size_t i = 0; i < x->count; i++)
		if (x->sections[i].at != y->sections[c->later + i].at)
			return false;
	return true;
}

/*
 * An object that was there must be written again under its own generation and once: else what names it finds nothing in some readers
 * and the new object in others.
 */
static void
judge_entry(struct comparison *c, const struct pdf_section *s, size_t k)
{
	const struct pdf_entry *e = &s->entries[k],
			       *was = pdf_xref_find(pdf_scan_info(c->before)->xref, 0, e->number);
	char number[20];

	if (e->number == 0 || was == NULL || was->kind == PDF_ENTRY_FREE)
		return;
	if (e->kind != PDF_ENTRY_FREE && e->generation == was->generation &&
		(k + 1 == s->count || s->entries[k + 1].number != e->number))
		return;
	snprintf(number, sizeof(number), "%u", (unsigned)e->number);
	found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.object", number);
}

static bool
is_xref_stream(const struct pdf_xref *x, const struct pdf_entry *e)
{
	return e != NULL && e->kind == PDF_ENTRY_PLAIN && pdf_xref_is_stream(x, e->at);
}

static void
mark_tables(struct comparison *c)
{
	const struct pdf_xref *x = pdf_scan_info(c->before)->xref;

	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < x->sections[i].count; k++) {
			const struct pdf_entry *e = &x->sections[i].entries[k];

			if (is_xref_stream(x, e) && pdf_xref_find(x, 0, e->number) == e)
				bit_set(c, c->tables, (int)e->number);
		}
}

static enum status
mark_touched(struct comparison *c)
{
	const struct pdf_xref *y = pdf_scan_info(c->after)->xref;
	uint32_t top = 0;

	for (size_t i = 0; i < y->count; i++)
		if (y->sections[i].count > 0 &&
			y->sections[i].entries[y->sections[i].count - 1].number > top)
			top = y->sections[i].entries[y->sections[i].count - 1].number;
	c->numbers = (size_t)top + 1;
	c->touched = calloc(c->numbers / 8 + 1, 1);
	c->explained = calloc(c->numbers / 8 + 1, 1);
	c->tables = calloc(c->numbers / 8 + 1, 1);
	if (c->touched == NULL || c->explained == NULL || c->tables == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < c->later; i++)
		for (size_t k = 0; k < y->sections[i].count; k++) {
			bit_set(c, c->touched, (int)y->sections[i].entries[k].number);
			judge_entry(c, &y->sections[i], k);
		}
	mark_tables(c);
	return STATUS_OK;
}

/* An object of a revision, or the null object when it has none of this number. */
static qpdf_oh
object_of(qpdf_data q, const struct pdf_xref *x, int number)
{
	const struct pdf_entry *e = pdf_xref_find(x, 0, (uint32_t)number);

	return e != NULL && e->kind != PDF_ENTRY_FREE
		? qpdf_get_object_by_id(q, number, e->generation)
		: qpdf_oh_new_null(q);
}

static bool
streams_differ(struct comparison *c, qpdf_oh a, qpdf_oh b)
{
	unsigned char *p = NULL, *r = NULL;
	size_t n = 0, m = 0;
	QPDF_BOOL decoded;
	bool differ = true;

	if (qpdf_oh_get_stream_data(c->a, a, qpdf_dl_none, &decoded, &p, &n) == QPDF_SUCCESS &&
		qpdf_oh_get_stream_data(c->b, b, qpdf_dl_none, &decoded, &r, &m) == QPDF_SUCCESS)
		differ = n != m || (n > 0 && memcmp(p, r, n) != 0);
	free(p);
	free(r);
	return differ;
}

static bool
objects_differ(struct comparison *c, qpdf_oh a, qpdf_oh b)
{
	struct buf ta, tb;
	bool differ = true;

	if (qpdf_oh_is_stream(c->a, a) != qpdf_oh_is_stream(c->b, b))
		return true;
	buf_init(&ta, OBJECT_TEXT_MAX);
	buf_init(&tb, OBJECT_TEXT_MAX);
	pdf_unparse(c->a, a, &ta);
	pdf_unparse(c->b, b, &tb);
	if (buf_status(&ta) == STATUS_OK && buf_status(&tb) == STATUS_OK)
		differ = strcmp(buf_str(&ta), buf_str(&tb)) != 0;
	if (!differ && qpdf_oh_is_stream(c->a, a))
		differ = streams_differ(c, a, b);
	buf_free(&ta);
	buf_free(&tb);
	return differ;
}

/*
 * Every object of the older revision that later sections write must be the same or have been looked
 * at. One that is null, or cannot be found, is an object too: a page that names it shows what it becomes.
 */
static void
judge_rest(struct comparison *c)
{
	const struct pdf_xref *x = pdf_scan_info(c->before)->xref,
			      *y = pdf_scan_info(c->after)->xref;
	char number[20];

	for (int i = 1; (size_t)i < c->numbers; i++) {
		const struct pdf_entry *was = pdf_xref_find(x, 0, (uint32_t)i);
		qpdf_oh a, b;

		if (!bit_is(c, c->touched, i) || bit_is(c, c->explained, i) || was == NULL || was->kind == PDF_ENTRY_FREE)
			continue;
		a = object_of(c->a, x, i);
		b = object_of(c->b, y, i);
		/* Some writers give each of their cross-reference streams the same number: tables, not what calls itself so. */
		if (objects_differ(c, a, b) &&
			!(bit_is(c, c->tables, i) && is_xref_stream(y, pdf_xref_find(y, 0, (uint32_t)i)))) {
			snprintf(number, sizeof(number), "%d", i);
			found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.object", number);
		}
		qpdf_oh_release(c->a, a);
		qpdf_oh_release(c->b, b);
	}
}

void
watch(struct comparison *c, int number)
{
	for (size_t i = 0; i < c->sole_count; i++)
		if (c->soles[i].number == number)
			return;
	if (number != 0 && c->sole_count < SOLES_MAX)
		c->soles[c->sole_count++].number = number;
}

size_t
references_to(const struct comparison *c, int number)
{
	for (size_t i = 0; i < c->sole_count; i++)
		if (number != 0 && c->soles[i].number == number)
			return c->soles[i].count;
	return SIZE_MAX;
}

/* What the references of the older revision's objects are counted into. */
struct counting {
	struct comparison *c;
	int dangling; /* one to what only the later revision has; 0: none */
	bool unsure;  /* there is one of which nobody can say what it names */
};

static void
take_reference(void *arg, int number)
{
	struct counting *n = arg;
	struct comparison *c = n->c;
	const struct pdf_entry *e;

	n->unsure |= number == 0;
	for (size_t i = 0; i < c->sole_count; i++)
		c->soles[i].count += c->soles[i].number == number;
	c->table_named |= bit_is(c, c->tables, number);
	if (!bit_is(c, c->touched, number))
		return;
	e = pdf_xref_find(pdf_scan_info(c->before)->xref, 0, (uint32_t)number);
	if (e == NULL || e->kind == PDF_ENTRY_FREE)
		n->dangling = number;
}

static bool
is_table(void *arg, int number)
{
	const struct comparison *c = ((struct counting *)arg)->c;

	return bit_is(c, c->tables, number);
}

/* Reads every object of the older revision for references; what is counted twice only makes the judgement stricter. */
static void
judge_references(struct comparison *c)
{
	struct counting n = {.c = c};
	char number[20];

	if (!pdf_references(c->before, is_table, take_reference, &n) || n.unsure)
		pdf_diff_add(c->out, PDF_CHANGE_FORBIDDEN, "pdf.change.unchecked", NULL);
	if (c->table_named)
		found(c, PDF_CHANGE_SUSPICIOUS, "pdf.change.structure", NULL);
	if (n.dangling != 0) {
		snprintf(number, sizeof(number), "%d", n.dangling);
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.dangling", number);
	}
}

static void
compare_info(struct comparison *c, qpdf_oh ta, qpdf_oh tb)
{
	static const struct key_rule_row rules[] = {{"/Title", KEY_FREE}, {"/Author", KEY_FREE},
		{"/Subject", KEY_FREE}, {"/Keywords", KEY_FREE}, {"/Creator", KEY_FREE},
		{"/Producer", KEY_FREE}, {"/CreationDate", KEY_FREE}, {"/ModDate", KEY_FREE},
		{"/Trapped", KEY_FREE}, {NULL, KEY_SAME}};
	qpdf_oh a = pdf_get(c->a, ta, "/Info"), b = pdf_get(c->b, tb, "/Info");
	int number = pdf_key_object(c->a, ta, "/Info");

	if (references_to(c, number) == 0 && bit_is(c, c->touched, number) &&
		qpdf_oh_is_dictionary(c->a, a)) {
		compare_keys(c, a, b, rules, "pdf.change.info", "/Info");
		explain(c, number);
		found(c, PDF_CHANGE_PERMITTED, "pdf.change.info", NULL);
	}
	qpdf_oh_release(c->a, a);
	qpdf_oh_release(c->b, b);
}

/*
 * XMP metadata may change when nothing but the catalog names it: else it could be a page's content
 * too.
 */
static void
compare_metadata(struct comparison *c, qpdf_oh ra)
{
	qpdf_oh a = pdf_get(c->a, ra, "/Metadata");
	int number = pdf_key_object(c->a, ra, "/Metadata");

	if (references_to(c, number) == 1 && bit_is(c, c->touched, number) &&
		pdf_key_name_is(c->a, a, "/Type", "/Metadata")) {
		explain(c, number);
		found(c, PDF_CHANGE_PERMITTED, "pdf.change.info", NULL);
	}
	qpdf_oh_release(c->a, a);
}

/* iText (2.1, 4, 5) writes its release into the root of the page tree with each update; whatever else the dictionary is, that key says nothing there. */
static void
compare_page_root(struct comparison *c, qpdf_oh ra, qpdf_oh rb)
{
	static const struct key_rule_row rules[] = {{"/ITXT", KEY_FREE}, {NULL, KEY_SAME}};
	qpdf_oh a = pdf_get(c->a, ra, "/Pages"), b = pdf_get(c->b, rb, "/Pages");
	int number = pdf_key_object(c->a, ra, "/Pages");

	if (bit_is(c, c->touched, number) && number == pdf_key_object(c->b, rb, "/Pages") && qpdf_oh_is_dictionary(c->a, a) &&
		key_differs(c, a, b, "/ITXT")) {
		compare_keys(c, a, b, rules, "pdf.change.pages", "/Pages");
		explain(c, number);
		found(c, PDF_CHANGE_PERMITTED, "pdf.change.info", NULL);
	}
	qpdf_oh_release(c->a, a);
	qpdf_oh_release(c->b, b);
}

static void
compare_catalog(struct comparison *c)
{
	static const struct key_rule_row rules[] = {{"/AcroForm", KEY_ELSEWHERE},
		{"/DSS", KEY_ELSEWHERE}, {"/Metadata", KEY_ADDED}, {"/Extensions", KEY_FREE},
		{"/Version", KEY_FREE}, {"/Perms", KEY_DOUBT}, {NULL, KEY_SAME}};
	qpdf_oh ra = qpdf_get_root(c->a), rb = qpdf_get_root(c->b), fa, fb;
	int number = qpdf_oh_get_object_id(c->a, ra);

	if (number != qpdf_oh_get_object_id(c->b, rb)) {
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.catalog", "/Root");
		return;
	}
	compare_keys(c, ra, rb, rules, "pdf.change.catalog", "/Root");
	explain(c, number);
	fa = pdf_get(c->a, ra, "/AcroForm");
	fb = pdf_get(c->b, rb, "/AcroForm");
	compare_form(c, fa, fb);
	compare_dss(c, ra, rb);
	compare_metadata(c, ra);
	compare_page_root(c, ra, rb);
	qpdf_oh_release(c->a, fa);
	qpdf_oh_release(c->b, fb);
}

static void
compare_all(struct comparison *c)
{
	qpdf_oh ta = qpdf_get_trailer(c->a), tb = qpdf_get_trailer(c->b);
	qpdf_oh ra = qpdf_get_root(c->a);

	watch(c, pdf_key_object(c->a, ta, "/Info"));
	watch(c, pdf_key_object(c->a, ra, "/Metadata"));
	watch_dss(c, ra);
	watch_form(c, ra);
	judge_references(c);
	if (key_differs(c, ta, tb, "/Encrypt"))
		found(c, PDF_CHANGE_FORBIDDEN, "pdf.change.catalog", "/Encrypt");
	compare_info(c, ta, tb);
	compare_catalog(c);
	compare_fields(c);
	compare_pages(c);
	judge_rest(c);
}

/* What qpdf makes of the bytes is what is compared here; whoever makes something else of them sees something else. */
static enum status
judge_layout(struct comparison *c)
{
	bool plain;
	enum status st = pdf_layout_check(pdf_scan_file(c->after), pdf_scan_info(c->after)->xref, pdf_scan_file(c->before).len, &plain);

	if (st == STATUS_OK && !(plain && pdf_packed_plain(c->b, pdf_scan_info(c->after)->xref, c->later)))
		pdf_diff_add(c->out, PDF_CHANGE_SUSPICIOUS, "pdf.change.layout", NULL);
	return st;
}

enum status
pdf_diff_run(const struct pdf_scan *before, const struct pdf_scan *after, struct pdf_diff *out)
{
	struct comparison c = {.before = before, .after = after, .out = out};
	enum status st = STATUS_OK;

	c.a = pdf_scan_handle(before);
	c.b = pdf_scan_handle(after);
	c.certified = pdf_scan_info(before)->certified;
	if (!chain_continues(&c)) {
		pdf_diff_add(out, PDF_CHANGE_FORBIDDEN, "pdf.change.structure", NULL);
		return STATUS_OK;
	}
	if ((c.arena = arena_new(ARENA_BYTES)) == NULL)
		return STATUS_NO_MEMORY;
	st = mark_touched(&c);
	if (st == STATUS_OK)
		st = judge_layout(&c);
	if (st == STATUS_OK)
		compare_all(&c);
	if (st == STATUS_OK && (qpdf_has_error(c.a) || qpdf_has_error(c.b)))
		pdf_diff_add(out, PDF_CHANGE_FORBIDDEN, "pdf.change.unchecked", NULL);
	arena_free(c.arena);
	free(c.touched);
	free(c.explained);
	free(c.tables);
	return st;
}
