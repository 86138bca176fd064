/* pdf_xref: see pdf_xref.h. */
#include "lib/doc/pdf_xref.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/order.h"
#include "lib/doc/pdf_flate.h"
#include "lib/doc/pdf_lex.h"

#define TAIL 1024u /* Annex H.3, note 18: %%EOF within the last 1024 bytes */
#define SPACE 4u   /* between the offset and "xref": some writers point at the line end before */
#define STREAM_COLUMNS 64u
#define NUMBER_LONG 64u
#define INDEX_FROM 8u /* sections: with fewer each is looked through */

struct reader {
	struct span file;
	struct pdf_xref *x;
	struct diag *diag;
	size_t entries; /* of all sections */
	uint64_t rows;  /* unpacked of all streams, whether or not they became entries */
	uint64_t read;  /* bytes from where each section begins to where it ends */
	size_t room;    /* of the section being read */
	uint64_t tail;  /* after the number of the last startxref */
};

static enum status
refuse(struct reader *r, const char *code, uint64_t at, const char *got, const char *want)
{
	char where[32];

	snprintf(where, sizeof(where), "%" PRIu64, at);
	diag_add(r->diag, SEVERITY_ERROR, code, where, got, want, "ISO 32000-1 7.5");
	return STATUS_INVALID;
}

static enum status
add_entry(struct reader *r, struct pdf_section *s, const struct pdf_entry *e)
{
	if (++r->entries > PDF_ENTRIES_MAX) {
		refuse(r, "pdf.xref.too-many", s->at, NULL, NULL);
		return STATUS_TOO_LARGE;
	}
	if (s->count == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct pdf_entry *p = realloc(s->entries, room * sizeof(*p));

		if (p == NULL)
			return STATUS_NO_MEMORY;
		s->entries = p;
		r->room = room;
	}
	s->entries[s->count] = *e;
	s->entries[s->count].order = (uint32_t)s->count;
	s->count++;
	return STATUS_OK;
}

/* One line of a table: "nnnnnnnnnn ggggg n". */
static bool
table_entry(struct pdf_lex *l, struct pdf_entry *e)
{
	uint64_t generation;

	if (!pdf_lex_integer(l, UINT64_C(9999999999), &e->at) ||
		!pdf_lex_integer(l, 65535, &generation) || pdf_lex_next(l) != PDF_TOKEN_WORD)
		return false;
	e->generation = (uint16_t)generation;
	e->kind = pdf_lex_is(l, "n") ? PDF_ENTRY_PLAIN : PDF_ENTRY_FREE;
	return e->kind == PDF_ENTRY_PLAIN || pdf_lex_is(l, "f");
}

/* Subsections up to the word "trailer"; `l` stands after "xref". */
static enum status
read_table(struct reader *r, struct pdf_lex *l, struct pdf_section *s)
{
	enum status st = STATUS_OK;

	while (pdf_lex_next(l) == PDF_TOKEN_INTEGER && st == STATUS_OK) {
		uint64_t first = (uint64_t)l->integer, n;

		if (l->integer < 0 || first > PDF_NUMBER_MAX ||
			!pdf_lex_integer(l, PDF_NUMBER_MAX, &n))
			return refuse(r, "pdf.xref", l->start, NULL, "first count");
		for (uint64_t i = 0; i < n && st == STATUS_OK; i++) {
			struct pdf_entry e = {.number = (uint32_t)(first + i)};

			if (!table_entry(l, &e))
				return refuse(r, "pdf.xref", l->start, NULL, "nnnnnnnnnn ggggg n");
			st = add_entry(r, s, &e);
		}
	}
	if (st != STATUS_OK)
		return st;
	if (!pdf_lex_is(l, "trailer"))
		return refuse(r, "pdf.xref", l->start, NULL, "trailer");
	s->trailer_at = l->at;
	return STATUS_OK;
}

/* The integer value of a key; absent: `otherwise`. False when it is something else. */
static bool
dict_integer(const struct pdf_lex *dict, const char *key, uint64_t otherwise, uint64_t *out)
{
	struct pdf_lex v;

	if (!pdf_lex_dict_find(dict, key, &v, NULL)) {
		*out = otherwise;
		return true;
	}
	return pdf_lex_integer(&v, INT64_MAX, out);
}

static bool
dict_name_is(const struct pdf_lex *dict, const char *key, const char *name)
{
	struct pdf_lex v;

	return pdf_lex_dict_find(dict, key, &v, NULL) && pdf_lex_next(&v) == PDF_TOKEN_NAME &&
		pdf_lex_is(&v, name);
}

/* The widths of the three columns (7.5.8.2). */
static bool
read_widths(const struct pdf_lex *dict, uint64_t w[3])
{
	struct pdf_lex v;

	if (!pdf_lex_dict_find(dict, "W", &v, NULL) || pdf_lex_next(&v) != PDF_TOKEN_ARRAY_OPEN)
		return false;
	for (int i = 0; i < 3; i++)
		if (!pdf_lex_integer(&v, 8, &w[i]))
			return false;
	return pdf_lex_next(&v) == PDF_TOKEN_ARRAY_CLOSE && w[1] > 0;
}

/* Filter and predictor of a cross-reference stream: Flate or nothing. `raw` -> rows. */
static enum status
stream_rows(const struct pdf_lex *dict, struct span raw, size_t width, struct buf *rows)
{
	struct pdf_lex v, parms;
	uint64_t predictor = 1, columns = 1;
	struct buf packed;
	enum status st;

	if (!pdf_lex_dict_find(dict, "Filter", &v, NULL)) {
		buf_put(rows, raw.data, raw.len);
		return buf_status(rows);
	}
	if (pdf_lex_next(&v) == PDF_TOKEN_ARRAY_OPEN)
		pdf_lex_next(&v);
	if (!pdf_lex_is(&v, "FlateDecode"))
		return STATUS_UNSUPPORTED;
	if (pdf_lex_dict_find(dict, "DecodeParms", &parms, NULL)) {
		struct pdf_lex ahead = parms, any;
		bool whole;

		if (pdf_lex_next(&ahead) == PDF_TOKEN_ARRAY_OPEN)
			parms = ahead;
		ahead = parms;
		(void)pdf_lex_dict_find(&parms, "Predictor", &any, &whole);
		if (!whole && !pdf_lex_word(&ahead, "null")) /* a reader that makes a dictionary of it would read other rows */
			return STATUS_INVALID;
		if (!dict_integer(&parms, "Predictor", 1, &predictor) || !dict_integer(&parms, "Columns", 1, &columns))
			return STATUS_INVALID;
	}
	if (predictor < 10)
		return predictor == 1 ? pdf_flate_unpack(raw, rows) : STATUS_UNSUPPORTED;
	if (columns == 0 || columns > STREAM_COLUMNS || columns != width)
		return STATUS_INVALID;
	buf_init(&packed, rows->max + rows->max / columns + 64);
	st = pdf_flate_unpack(raw, &packed);
	if (st == STATUS_OK)
		st = pdf_flate_unpredict((struct span){packed.data, packed.len}, columns, rows);
	buf_free(&packed);
	return st;
}

static uint64_t
column(const unsigned char **p, uint64_t width, uint64_t otherwise)
{
	uint64_t v = 0;

	if (width == 0)
		return otherwise;
	for (; width > 0; width--)
		v = v << 8 | *(*p)++;
	return v;
}

/* Rows first .. first+n-1 of the stream as entries. */
static enum status
stream_entries(struct reader *r, struct pdf_section *s, const uint64_t w[3],
	const unsigned char **p, uint64_t first, uint64_t n)
{
	enum status st = STATUS_OK;

	for (uint64_t i = 0; i < n && st == STATUS_OK; i++) {
		struct pdf_entry e = {.number = (uint32_t)(first + i)};
		uint64_t kind = column(p, w[0], 1), third;

		e.at = column(p, w[1], 0);
		third = column(p, w[2], 0);
		if (kind > 2)
			continue; /* 7.5.8.3: other types are as references to null */
		e.kind = (uint8_t)kind;
		e.generation = kind == PDF_ENTRY_PACKED ? 0 : (uint16_t)third;
		e.index = third <= UINT32_MAX ? (uint32_t)third : UINT32_MAX;
		st = add_entry(r, s, &e);
	}
	return st;
}

static enum status
stream_index(struct reader *r, const struct pdf_lex *dict, struct pdf_section *s,
	const uint64_t w[3], struct span rows)
{
	const unsigned char *p = rows.data;
	size_t width = (size_t)(w[0] + w[1] + w[2]), left = rows.len / width;
	struct pdf_lex v;
	enum status st = STATUS_OK;

	if (!pdf_lex_dict_find(dict, "Index", &v, NULL)) {
		if (s->size > left)
			return refuse(r, "pdf.xref", s->at, NULL, "/Size");
		return stream_entries(r, s, w, &p, 0, s->size);
	}
	if (pdf_lex_next(&v) != PDF_TOKEN_ARRAY_OPEN)
		return refuse(r, "pdf.xref", s->at, NULL, "/Index");
	while (st == STATUS_OK && pdf_lex_next(&v) == PDF_TOKEN_INTEGER) {
		uint64_t first = (uint64_t)v.integer, n;

		if (v.integer < 0 || first > PDF_NUMBER_MAX || !pdf_lex_integer(&v, left, &n) ||
			n > PDF_NUMBER_MAX - first + 1)
			return refuse(r, "pdf.xref", s->at, NULL, "/Index");
		left -= (size_t)n;
		st = stream_entries(r, s, w, &p, first, n);
	}
	return st;
}

/* `l` stands before the dictionary of "n g obj". */
static enum status
read_stream(struct reader *r, struct pdf_lex *l, struct pdf_section *s)
{
	struct pdf_lex dict = *l;
	uint64_t w[3], length;
	struct span raw;
	struct buf rows;
	size_t width;
	enum status st;

	s->stream = true;
	s->trailer_at = l->at;
	if (!dict_name_is(&dict, "Type", "XRef") || !read_widths(&dict, w) ||
		!dict_integer(&dict, "Size", 0, &s->size) || s->size > PDF_NUMBER_MAX + 1 ||
		!dict_integer(&dict, "Length", UINT64_MAX, &length) || !pdf_lex_skip(l) ||
		!pdf_lex_word(l, "stream"))
		return refuse(r, "pdf.xref", s->at, NULL, "/Type /XRef");
	if (l->at < l->in.len && l->in.data[l->at] == '\r')
		l->at++;
	if (l->at < l->in.len && l->in.data[l->at] == '\n')
		l->at++;
	if (length > l->in.len - l->at)
		return refuse(r, "pdf.xref", s->at, NULL, "/Length");
	raw = (struct span){l->in.data + l->at, (size_t)length};
	l->at += (size_t)length;
	if (!pdf_lex_word(l, "endstream"))
		return refuse(r, "pdf.xref", s->at, NULL, "endstream");
	r->read += l->at - s->at;
	width = (size_t)(w[0] + w[1] + w[2]);
	buf_init(&rows, (size_t)(PDF_ENTRIES_MAX - r->rows) * width);
	st = stream_rows(&dict, raw, width, &rows);
	r->rows += rows.len / width;
	if (st == STATUS_INVALID || st == STATUS_UNSUPPORTED)
		st = refuse(r, "pdf.xref", s->at, NULL, "/FlateDecode");
	if (st == STATUS_TOO_LARGE)
		refuse(r, "pdf.xref.too-many", s->at, NULL, NULL);
	if (st == STATUS_OK)
		st = stream_index(r, &dict, s, w, (struct span){rows.data, rows.len});
	buf_free(&rows);
	return st;
}

/* The entries of a hybrid's stream count in the same section (7.5.8.4), after those of the table.
 */
static enum status
read_hybrid(struct reader *r, struct pdf_section *s, uint64_t at)
{
	struct pdf_section hidden = {.at = at, .entries = s->entries, .count = s->count};
	struct pdf_lex l;
	uint64_t number, generation;
	enum status st;

	s->hybrid = true;
	s->hybrid_at = at;
	pdf_lex_init(&l, r->file, (size_t)at);
	if (at >= r->file.len || !pdf_lex_integer(&l, PDF_NUMBER_MAX, &number) ||
		!pdf_lex_integer(&l, 65535, &generation) || !pdf_lex_word(&l, "obj"))
		return refuse(r, "pdf.xref", at, NULL, "/XRefStm");
	st = read_stream(r, &l, &hidden);
	s->entries = hidden.entries;
	s->count = hidden.count;
	return st;
}

/* Nothing but white space within reach: not looked through to where something stands, which may be gigabytes away. */
static bool
is_void(struct span file, uint64_t at)
{
	for (uint64_t i = 0; i <= SPACE && at + i < file.len; i++)
		if (!pdf_is_space(file.data[at + i]))
			return false;
	return true;
}

/* Reads the section at s->at; *prev_out is /Prev or UINT64_MAX. */
static enum status
read_section(struct reader *r, struct pdf_section *s, uint64_t *prev_out)
{
	struct pdf_lex l, dict;
	uint64_t generation, stm;
	enum pdf_token t;
	enum status st;
	bool ok;

	r->room = 0;
	if (is_void(r->file, s->at))
		return refuse(r, "pdf.startxref", s->at, NULL, "xref");
	pdf_lex_init(&l, r->file, (size_t)s->at);
	t = pdf_lex_next(&l);
	if (l.start - s->at > SPACE)
		return refuse(r, "pdf.startxref", s->at, NULL, "xref");
	if (t == PDF_TOKEN_WORD && pdf_lex_is(&l, "xref"))
		st = read_table(r, &l, s);
	else if (t == PDF_TOKEN_INTEGER && pdf_lex_integer(&l, 65535, &generation) &&
		pdf_lex_word(&l, "obj"))
		st = read_stream(r, &l, s);
	else
		return refuse(r, "pdf.startxref", s->at, NULL, "xref");
	if (st != STATUS_OK)
		return st;
	pdf_lex_init(&dict, r->file, (size_t)s->trailer_at);
	pdf_lex_dict_find(&dict, "Size", &l, &ok);
	if (!ok || !dict_integer(&dict, "Size", 0, &s->size) || s->size > PDF_NUMBER_MAX + 1 ||
		!dict_integer(&dict, "Prev", UINT64_MAX, prev_out) ||
		!dict_integer(&dict, "XRefStm", UINT64_MAX, &stm))
		return refuse(r, "pdf.xref", s->trailer_at, NULL, "trailer");
	if (!s->stream && !pdf_lex_skip(&dict))
		return refuse(r, "pdf.xref", s->trailer_at, NULL, "trailer");
	r->read += s->stream ? 0 : dict.at - s->at;
	if (!s->stream && stm != UINT64_MAX)
		st = read_hybrid(r, s, stm);
	if (st == STATUS_OK && r->read > 2 * (uint64_t)r->file.len) /* sections of a file lie apart; within each other, a few MB could be read thousands of times */
		return refuse(r, "pdf.xref", s->at, NULL, NULL);
	return st;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = ((const struct pdf_entry *)a)->number,
		 y = ((const struct pdf_entry *)b)->number;

	return x < y ? -1 : x > y;
}

static int
by_order(const void *a, const void *b)
{
	uint32_t x = ((const struct pdf_entry *)a)->order, y = ((const struct pdf_entry *)b)->order;
	int d = by_number(a, b);

	return d != 0 ? d : x < y ? -1 : x > y;
}

/* What a hybrid's table calls free stands behind what its stream has under the number. */
static int
by_use_and_order(const void *a, const void *b)
{
	bool x = ((const struct pdf_entry *)a)->kind == PDF_ENTRY_FREE, y = ((const struct pdf_entry *)b)->kind == PDF_ENTRY_FREE;
	int d = by_number(a, b);

	return d != 0 ? d : x != y ? (int)x - (int)y : by_order(a, b);
}

/* For bisection; of doubles the one that counts comes first. */
static void
sort_entries(struct pdf_section *s)
{
	bool sorted = true;

	for (size_t i = 1; i < s->count && sorted; i++)
		sorted = s->entries[i - 1].number < s->entries[i].number;
	if (!sorted)
		qsort(s->entries, s->count, sizeof(s->entries[0]), s->hybrid ? by_use_and_order : by_order);
}

/* Where the cross-reference streams stand, and of many sections which of them has which object: else each object would be looked for in all of them. */
static enum status
make_index(struct pdf_xref *x)
{
	size_t entries = 0;

	if ((x->streams = calloc(x->count + 1, sizeof(x->streams[0]))) == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < x->count; i++) {
		if (x->sections[i].stream)
			x->streams[x->stream_count++] = x->sections[i].at;
		entries += x->sections[i].count;
	}
	if (x->stream_count > 0)
		qsort(x->streams, x->stream_count, sizeof(x->streams[0]), order_u64);
	if (x->count <= INDEX_FROM)
		return STATUS_OK;
	if ((x->index = calloc(entries + 1, sizeof(x->index[0]))) == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < x->sections[i].count; k++)
			x->index[x->index_count++] = (uint64_t)x->sections[i].entries[k].number << 32 | i;
	if (x->index_count > 0)
		qsort(x->index, x->index_count, sizeof(x->index[0]), order_u64);
	return STATUS_OK;
}

/* Follows /Prev from startxref. */
static enum status
read_chain(struct reader *r)
{
	struct pdf_xref *x = r->x;
	uint64_t at = x->startxref, prev;
	size_t room = 0;
	enum status st = STATUS_OK;

	while (at != UINT64_MAX && st == STATUS_OK) {
		struct pdf_section *s;

		if (at >= r->file.len)
			return refuse(r, "pdf.startxref", at, NULL, NULL);
		for (size_t i = 0; i < x->count; i++)
			if (x->sections[i].at == at)
				return refuse(r, "pdf.xref.loop", at, NULL, NULL);
		if (x->count == PDF_SECTIONS_MAX) {
			refuse(r, "pdf.xref.too-many", at, NULL, NULL);
			return STATUS_TOO_LARGE;
		}
		if (x->count == room) {
			room = room ? 2 * room : 8;
			s = realloc(x->sections, room * sizeof(*s));
			if (s == NULL)
				return STATUS_NO_MEMORY;
			x->sections = s;
		}
		s = &x->sections[x->count++];
		memset(s, 0, sizeof(*s));
		s->at = at;
		st = read_section(r, s, &prev);
		sort_entries(s);
		if (s->size > x->max_size)
			x->max_size = s->size;
		at = prev;
	}
	return st;
}

/*
 * The number after a `startxref` that ends at `from`, behind white space and comments. *passed: where the last of these ended, in vain; a comment may hold the word millions of times, and each
 * leads there.
 */
static bool
number_after(struct span file, uint64_t from, uint64_t *passed, struct pdf_lex *l, uint64_t *out)
{
	pdf_lex_init(l, file, from);
	while (l->at < file.len && pdf_is_space(file.data[l->at]))
		l->at++;
	if (l->at < file.len && file.data[l->at] == '%') {
		if (l->at < *passed)
			return false;
		pdf_lex_gap(l);
		*passed = l->at;
	}
	if (l->in.len - l->at > NUMBER_LONG) /* what is longer is none, and may hold the word as often */
		l->in.len = l->at + NUMBER_LONG;
	return pdf_lex_integer(l, INT64_MAX, out);
}

/* Finds "startxref N %%EOF" after `from`; *end_out after %%EOF. False when none. */
static bool
find_end(struct span file, uint64_t from, uint64_t *end_out, uint64_t *number_out)
{
	static const char word[] = "startxref";
	uint64_t passed = 0;

	while (from < file.len) {
		const unsigned char *p = memmem(file.data + from, file.len - from, word, 9);
		struct pdf_lex l;
		size_t at;

		if (p == NULL)
			return false;
		from = (uint64_t)(p - file.data) + 9;
		if (!number_after(file, from, &passed, &l, number_out))
			continue;
		for (at = l.at; at < file.len && pdf_is_space(file.data[at]); at++)
			;
		if (file.len - at >= 5 && memcmp(file.data + at, "%%EOF", 5) == 0) {
			*end_out = at + 5;
			return true;
		}
	}
	return false;
}

static uint64_t
line_end(struct span file, uint64_t at)
{
	if (at < file.len && file.data[at] == '\r')
		at++;
	if (at < file.len && file.data[at] == '\n')
		at++;
	return at;
}

/*
 * Where each revision ends. A section that follows its predecessor lies before it in a linearized
 * file (Annex F): the two are one revision, closed at the end of the later one.
 */
static enum status
find_revisions(struct reader *r)
{
	struct pdf_xref *x = r->x;
	size_t i = x->count;

	x->revisions = calloc(x->count, sizeof(x->revisions[0]));
	if (x->revisions == NULL)
		return STATUS_NO_MEMORY;
	while (i-- > 0) {
		struct pdf_revision *v = &x->revisions[x->revision_count++];
		uint64_t from = x->sections[i].trailer_at, number;

		v->newest = v->oldest = i;
		if (i > 0 && x->sections[i - 1].at < x->sections[i].at)
			v->newest = --i;
		if (!find_end(r->file, from, &v->end, &number)) {
			if (i != 0)
				return refuse(r, "pdf.xref", from, NULL, "%%EOF");
			v->end = r->tail;
			v->end_eol = r->file.len;
			x->no_eof = true;
			break;
		}
		v->end_eol = line_end(r->file, v->end);
		if (number != x->sections[i].at || (x->revision_count > 1 && v->end <= v[-1].end))
			return refuse(r, "pdf.startxref", v->end, NULL, NULL);
	}
	return STATUS_OK;
}

/* The number after the last "startxref" of the tail. */
static enum status
find_startxref(struct reader *r)
{
	size_t from = r->file.len > TAIL + 64 ? r->file.len - TAIL - 64 : 0;
	const unsigned char *p = r->file.data + from, *q, *last = NULL;
	struct pdf_lex l;

	while ((q = memmem(p, (size_t)(r->file.data + r->file.len - p), "startxref", 9)) != NULL) {
		last = q;
		p = q + 9;
	}
	if (last == NULL)
		return refuse(r, "pdf.startxref", r->file.len, NULL, "startxref");
	pdf_lex_init(&l, r->file, (size_t)(last - r->file.data) + 9);
	if (!pdf_lex_integer(&l, INT64_MAX, &r->x->startxref))
		return refuse(r, "pdf.startxref", l.start, NULL, "startxref");
	r->tail = l.at;
	return STATUS_OK;
}

/*
 * After the last %%EOF only white space may stand: a viewer could take anything else for a
 * revision.
 */
static enum status
check_trailing(struct reader *r)
{
	const struct pdf_revision *last = &r->x->revisions[r->x->revision_count - 1];

	for (uint64_t at = last->end; at < r->file.len; at++)
		if (!pdf_is_space(r->file.data[at]))
			return refuse(r, "pdf.trailing", at, NULL, "%%EOF");
	return STATUS_OK;
}

/*
 * A file that says that it is linearized and how long it is begins, for some readers (poppler), with the section behind that dictionary, for others (qpdf) with
 * startxref's: they must be one (Annex F.3.5). Where the length is another, everybody takes startxref's.
 */
static enum status
check_linearized(struct reader *r)
{
	struct pdf_lex l, dict, v;
	uint64_t any, length;

	pdf_lex_init(&l, r->file, 0);
	if (!pdf_lex_integer(&l, PDF_NUMBER_MAX, &any) || !pdf_lex_integer(&l, UINT16_MAX, &any) || !pdf_lex_word(&l, "obj"))
		return STATUS_OK;
	dict = l;
	if (!pdf_lex_dict_find(&dict, "Linearized", &v, NULL) || !dict_integer(&dict, "L", 0, &length) || length != r->file.len)
		return STATUS_OK;
	if (!pdf_lex_skip(&l) || !pdf_lex_word(&l, "endobj") || pdf_lex_next(&l) == PDF_TOKEN_END)
		return refuse(r, "pdf.linearized", l.start, NULL, "endobj");
	if (r->x->startxref > l.start || l.start - r->x->startxref > SPACE)
		return refuse(r, "pdf.linearized", l.start, NULL, NULL);
	return STATUS_OK;
}

enum status
pdf_xref_read(struct span file, struct pdf_xref **out, struct diag *diag)
{
	struct reader r = {.file = file, .diag = diag};
	enum status st;

	r.x = calloc(1, sizeof(*r.x));
	if (r.x == NULL)
		return STATUS_NO_MEMORY;
	st = find_startxref(&r);
	if (st == STATUS_OK)
		st = read_chain(&r);
	if (st == STATUS_OK)
		st = make_index(r.x);
	if (st == STATUS_OK)
		st = find_revisions(&r);
	if (st == STATUS_OK)
		st = check_trailing(&r);
	if (st == STATUS_OK)
		st = check_linearized(&r);
	if (st != STATUS_OK) {
		pdf_xref_free(r.x);
		return st;
	}
	*out = r.x;
	return STATUS_OK;
}

void
pdf_xref_free(struct pdf_xref *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->count; i++)
		free(x->sections[i].entries);
	free(x->sections);
	free(x->revisions);
	free(x->streams);
	free(x->index);
	free(x);
}

/* The section's entry that counts, or NULL. */
static const struct pdf_entry *
find_in(const struct pdf_section *s, uint32_t number)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->entries[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < s->count && s->entries[low].number == number ? &s->entries[low] : NULL;
}

/* The newest section among [from, count) that has the object, or count. */
static size_t
section_of(const struct pdf_xref *x, size_t from, uint32_t number)
{
	uint64_t wanted = (uint64_t)number << 32 | from;
	size_t low = 0, high = x->index_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (x->index[middle] < wanted)
			low = middle + 1;
		else
			high = middle;
	}
	return low < x->index_count && x->index[low] >> 32 == number ? (size_t)(x->index[low] & UINT32_MAX) : x->count;
}

const struct pdf_entry *
pdf_xref_find(const struct pdf_xref *x, size_t from, uint32_t number)
{
	const struct pdf_entry *e = NULL;

	if (x->index != NULL) {
		size_t i = section_of(x, from, number);

		return i < x->count ? find_in(&x->sections[i], number) : NULL;
	}
	for (size_t i = from; i < x->count && e == NULL; i++)
		e = find_in(&x->sections[i], number);
	return e;
}

bool
pdf_xref_is_stream(const struct pdf_xref *x, uint64_t at)
{
	return x->stream_count > 0 && bsearch(&at, x->streams, x->stream_count, sizeof(at), order_u64) != NULL;
}

const struct pdf_revision *
pdf_xref_revision(const struct pdf_xref *x, uint64_t size)
{
	for (size_t i = 0; i < x->revision_count; i++)
		if (size >= x->revisions[i].end && size <= x->revisions[i].end_eol)
			return &x->revisions[i];
	return NULL;
}
