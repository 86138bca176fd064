/* pdf_layout: see pdf_layout.h. One walk through the bytes; each object and section that is expected must come, in the order of their places. */
#include "lib/doc/pdf_layout.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/order.h"
#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_string.h"

#define DEPTH_MAX 64
#define KEYS_MAX 65536u /* of one dictionary */
#define INTEGER_OBJECT_MAX 1024u /* bytes of one that is a stream's length: thousands of streams may have the same */

enum kind { OBJECT, TABLE };

struct expected {
	uint64_t at;
	uint32_t number;
	uint16_t generation;
	enum kind kind;
	bool numbered; /* number and generation are known: not of a cross-reference stream that does not list itself */
};

struct layout {
	struct span file;
	uint64_t from;
	const struct pdf_xref *x;
	struct expected *list;
	size_t count, room, next;
	size_t at;
};

/* --- what must be there --- */

static bool
expect(struct layout *w, const struct expected *e)
{
	if (w->count == w->room) {
		size_t room = w->room != 0 ? 2 * w->room : 64;
		struct expected *p = realloc(w->list, room * sizeof(*p));

		if (p == NULL)
			return false;
		w->list = p;
		w->room = room;
	}
	w->list[w->count++] = *e;
	return true;
}

/* The same in place, number and generation as an older section says: a table that is written whole each time. */
static bool
is_known(const struct layout *w, size_t section, const struct pdf_entry *e)
{
	const struct pdf_entry *was = pdf_xref_find(w->x, section + 1, e->number);

	return was != NULL && was->kind == e->kind && was->at == e->at && was->generation == e->generation;
}

/* False without memory; *plain_out false when an entry leads somewhere else. */
static bool
expect_section(struct layout *w, size_t i, bool *plain_out)
{
	const struct pdf_section *s = &w->x->sections[i];

	if (!expect(w, &(struct expected){.at = s->at, .kind = s->stream ? OBJECT : TABLE}))
		return false;
	if (s->hybrid && !expect(w, &(struct expected){.at = s->hybrid_at, .kind = OBJECT}))
		return false;
	for (size_t k = 0; k < s->count; k++) {
		const struct pdf_entry *e = &s->entries[k];

		if (e->kind != PDF_ENTRY_PLAIN || (e->at < w->from && is_known(w, i, e)))
			continue;
		if (e->at < w->from || e->at >= w->file.len)
			*plain_out = false;
		else if (!expect(w, &(struct expected){.at = e->at, .number = e->number, .generation = e->generation, .numbered = true}))
			return false;
	}
	return true;
}

static int
by_place(const void *a, const void *b)
{
	const struct expected *x = a, *y = b;

	return x->at != y->at ? (x->at < y->at ? -1 : 1) : (int)x->numbered - (int)y->numbered;
}

/* A cross-reference stream that lists itself is one object. Two others in one place are none. */
static bool
join(struct layout *w)
{
	size_t kept = 0;

	if (w->count > 0)
		qsort(w->list, w->count, sizeof(w->list[0]), by_place);
	for (size_t i = 0; i < w->count; i++) {
		struct expected *last = kept > 0 ? &w->list[kept - 1] : NULL;

		if (last == NULL || last->at != w->list[i].at)
			w->list[kept++] = w->list[i];
		else if (last->kind == OBJECT && !last->numbered && w->list[i].kind == OBJECT && w->list[i].numbered)
			*last = w->list[i];
		else
			return false;
	}
	w->count = kept;
	return true;
}

/* --- what must not be there --- */

static bool
is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

/* Digits before p, and white space after them; moves to before the digits. */
static bool
back_over_number(const unsigned char *begin, const unsigned char **p)
{
	const unsigned char *at = *p, *digits;

	while (at > begin && pdf_is_space(at[-1]))
		at--;
	if (at == *p)
		return false;
	digits = at;
	while (at > begin && is_digit(at[-1]))
		at--;
	*p = at;
	return at < digits;
}

/* `obj` at p ends "n g obj" or "endobj" that begins after `begin`. */
static bool
is_object_word(const unsigned char *begin, const unsigned char *p)
{
	if (p - begin >= 3 && memcmp(p - 3, "end", 3) == 0)
		return true;
	return back_over_number(begin, &p) && back_over_number(begin, &p);
}

bool
pdf_layout_marked(struct span in)
{
	static const char *const words[] = {"endstream", "startxref", "trailer"};
	const unsigned char *end = in.data + in.len, *p;

	for (p = in.data; (p = memmem(p, (size_t)(end - p), "obj", 3)) != NULL; p += 3)
		if (is_object_word(in.data, p))
			return true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);

		for (p = in.data; (p = memmem(p, (size_t)(end - p), words[i], n)) != NULL;) {
			p += n;
			while (p < end && pdf_is_space(*p))
				p++;
			if (words[i][0] != 't' || (end - p >= 2 && memcmp(p, "<<", 2) == 0)) /* the word itself may be meant */
				return true;
		}
	}
	return false;
}

/* --- a value that all read alike --- */

/* FNV-1a of a name's bytes, #xx as what it stands for: of two keys with the same, the one may be the other. */
static uint64_t
hash_of(struct span name)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = name.data[i];

		if (c == '#' && i + 2 < name.len && pdf_hex_digit(name.data[i + 1]) >= 0 && pdf_hex_digit(name.data[i + 2]) >= 0) {
			c = (unsigned char)(pdf_hex_digit(name.data[i + 1]) << 4 | pdf_hex_digit(name.data[i + 2]));
			i += 2;
		}
		h = (h ^ c) * UINT64_C(0x100000001b3);
	}
	return h;
}

bool
pdf_layout_differ(uint64_t *numbers, size_t n)
{
	if (n > 0)
		qsort(numbers, n, sizeof(*numbers), order_u64);
	for (size_t i = 1; i < n; i++)
		if (numbers[i - 1] == numbers[i])
			return false;
	return true;
}

static bool value(struct pdf_lex *l, unsigned depth);

/* `l` stands after "<<". */
static bool
dictionary(struct pdf_lex *l, unsigned depth)
{
	struct buf keys;
	enum pdf_token t;
	uint64_t h;
	bool right = true;

	buf_init(&keys, KEYS_MAX * sizeof(h));
	while (right && (t = pdf_lex_next(l)) != PDF_TOKEN_DICT_CLOSE) {
		right = t == PDF_TOKEN_NAME;
		if (right) {
			h = hash_of(pdf_lex_text(l));
			buf_put(&keys, &h, sizeof(h));
			right = value(l, depth);
		}
	}
	right = right && buf_status(&keys) == STATUS_OK && pdf_layout_differ((uint64_t *)(void *)keys.data, keys.len / sizeof(h));
	buf_free(&keys);
	return right;
}

/* `l` stands after "[". */
static bool
array(struct pdf_lex *l, unsigned depth)
{
	for (;;) {
		struct pdf_lex ahead = *l;

		if (pdf_lex_next(&ahead) == PDF_TOKEN_ARRAY_CLOSE) {
			*l = ahead;
			return true;
		}
		if (!value(l, depth))
			return false;
	}
}

static bool
value(struct pdf_lex *l, unsigned depth)
{
	struct pdf_lex ahead = *l;
	enum pdf_token t = pdf_lex_next(&ahead);

	if (t != PDF_TOKEN_DICT_OPEN && t != PDF_TOKEN_ARRAY_OPEN)
		return pdf_lex_skip(l);
	*l = ahead;
	return depth < DEPTH_MAX && (t == PDF_TOKEN_DICT_OPEN ? dictionary(l, depth + 1) : array(l, depth + 1));
}

bool
pdf_layout_value(struct pdf_lex *l)
{
	return value(l, 0);
}

/* --- the walk --- */

static struct span
between(const struct layout *w, size_t from, size_t to)
{
	return (struct span){w->file.data + from, to - from};
}

static bool
here(const struct layout *w, const char *word)
{
	size_t n = strlen(word);

	return w->file.len - w->at >= n && memcmp(w->file.data + w->at, word, n) == 0;
}

/* At least `least` bytes of white space. */
static bool
pass_space(struct layout *w, size_t least)
{
	size_t begin = w->at;

	while (w->at < w->file.len && pdf_is_space(w->file.data[w->at]))
		w->at++;
	return w->at - begin >= least;
}

static bool
pass_word(struct layout *w, const char *word)
{
	if (!here(w, word))
		return false;
	w->at += strlen(word);
	return true;
}

static bool
pass_number(struct layout *w, uint64_t *out)
{
	size_t begin = w->at;

	for (*out = 0; w->at < w->file.len && is_digit(w->file.data[w->at]) && w->at - begin < 11; w->at++)
		*out = *out * 10 + (uint64_t)(w->file.data[w->at] - '0');
	return w->at > begin;
}

/* Blanks and one line end. */
static bool
pass_line_end(struct layout *w)
{
	while (here(w, " "))
		w->at++;
	if (pass_word(w, "\r")) {
		(void)pass_word(w, "\n");
		return true;
	}
	return pass_word(w, "\n");
}

/* White space and comments of which nobody can make more; to the next other byte. */
static bool
pass_gap(struct layout *w)
{
	for (;;) {
		size_t begin;

		(void)pass_space(w, 0);
		if (w->at == w->file.len || w->file.data[w->at] != '%')
			return true;
		for (begin = w->at; w->at < w->file.len && w->file.data[w->at] != '\r' && w->file.data[w->at] != '\n'; w->at++)
			;
		if (pdf_layout_marked(between(w, begin, w->at)))
			return false;
	}
}

/* "startxref n %%EOF"; the number has been compared when the revisions were found (pdf_xref). */
static bool
pass_end(struct layout *w)
{
	uint64_t number;

	return pass_word(w, "startxref") && pass_space(w, 1) && pass_number(w, &number) && pass_space(w, 1) && pass_word(w, "%%EOF");
}

/* One value, a dictionary mostly, out of which nothing else can be read. */
static bool
pass_value(struct layout *w)
{
	struct pdf_lex l;
	size_t begin = w->at;

	pdf_lex_init(&l, w->file, w->at);
	if (!pdf_layout_value(&l))
		return false;
	w->at = l.at;
	return !pdf_layout_marked(between(w, begin, w->at));
}

/* Exactly 20 bytes (7.5.4). */
static bool
pass_line(struct layout *w)
{
	const unsigned char *p = w->file.data + w->at;

	if (w->file.len - w->at < 20)
		return false;
	for (size_t i = 0; i < 16; i++)
		if (i == 10 ? p[i] != ' ' : !is_digit(p[i]))
			return false;
	w->at += 20;
	return p[16] == ' ' && (p[17] == 'n' || p[17] == 'f') && ((p[18] == ' ' && (p[19] == '\r' || p[19] == '\n')) || (p[18] == '\r' && p[19] == '\n'));
}

static bool
pass_table(struct layout *w)
{
	uint64_t first, n;

	if (!pass_word(w, "xref") || !pass_line_end(w))
		return false;
	while (pass_space(w, 0) && !here(w, "trailer")) { /* MuPDF leaves a line empty */
		if (!pass_number(w, &first) || !pass_word(w, " ") || !pass_number(w, &n) || !pass_line_end(w))
			return false;
		for (; n > 0; n--)
			if (!pass_line(w))
				return false;
	}
	w->at += strlen("trailer");
	(void)pass_space(w, 0);
	return here(w, "<<") && pass_value(w);
}

/* The integer that is the value of object `number`. */
static bool
integer_of(const struct layout *w, uint64_t number, uint64_t *out)
{
	const struct pdf_entry *e = number <= PDF_NUMBER_MAX ? pdf_xref_find(w->x, 0, (uint32_t)number) : NULL;
	struct pdf_lex l;
	uint64_t any;

	if (e == NULL || e->kind != PDF_ENTRY_PLAIN || e->at >= w->file.len)
		return false;
	pdf_lex_init(&l, between(w, 0, w->file.len - e->at > INTEGER_OBJECT_MAX ? (size_t)e->at + INTEGER_OBJECT_MAX : w->file.len), (size_t)e->at);
	return pdf_lex_integer(&l, PDF_NUMBER_MAX, &any) && pdf_lex_integer(&l, UINT16_MAX, &any) && pdf_lex_word(&l, "obj") &&
		pdf_lex_integer(&l, INT64_MAX, out) && pdf_lex_word(&l, "endobj");
}

/* /Length of the dictionary at `dict`: a number, or a reference to one. */
static bool
length_of(const struct layout *w, size_t dict, uint64_t *out)
{
	struct pdf_lex l, v, next;
	uint64_t generation;

	pdf_lex_init(&l, w->file, dict);
	if (!pdf_lex_dict_find(&l, "Length", &v, NULL) || !pdf_lex_integer(&v, INT64_MAX, out))
		return false;
	next = v;
	return !pdf_lex_integer(&next, UINT16_MAX, &generation) || !pdf_lex_word(&next, "R") || integer_of(w, *out, out);
}

/*
 * After "stream": the first `endstream` ends it, for whoever looks for that and for whoever believes /Length, and nothing else is in it. A line end may stand before.
 */
static bool
pass_stream(struct layout *w, size_t dict)
{
	const unsigned char *end = memmem(w->file.data + w->at, w->file.len - w->at, "endstream", 9);
	uint64_t length;
	size_t begin, left;

	(void)pass_word(w, "\r");
	if (end == NULL || !pass_word(w, "\n") || !length_of(w, dict, &length))
		return false;
	begin = w->at;
	w->at = (size_t)(end - w->file.data);
	if (w->at < begin || length > w->at - begin)
		return false;
	left = w->at - begin - (size_t)length;
	if (left > 2 || (left == 2 && memcmp(end - 2, "\r\n", 2) != 0) || (left == 1 && end[-1] != '\n' && end[-1] != '\r') || pdf_layout_marked(between(w, begin, w->at)))
		return false;
	w->at += 9;
	return true;
}

static bool
pass_object(struct layout *w, const struct expected *e)
{
	uint64_t number, generation;
	size_t value;

	if (!pass_number(w, &number) || !pass_space(w, 1) || !pass_number(w, &generation) || !pass_space(w, 1) || !pass_word(w, "obj"))
		return false;
	if (e->numbered && (number != e->number || generation != e->generation))
		return false;
	if (!pass_gap(w))
		return false;
	value = w->at;
	if (!pass_value(w) || !pass_gap(w) || (pass_word(w, "stream") && (!pass_stream(w, value) || !pass_gap(w))))
		return false;
	return pass_word(w, "endobj") && (w->at == w->file.len || pdf_is_space(w->file.data[w->at]));
}

/* Each begins where it should; white space may stand before it (a section's place is often that of the line end before). */
static bool
pass_expected(struct layout *w, size_t after)
{
	const struct expected *e = w->next < w->count ? &w->list[w->next] : NULL;

	if (e == NULL || e->at < after || e->at > w->at)
		return false;
	w->next++;
	return e->kind == TABLE ? pass_table(w) : pass_object(w, e);
}

static bool
walk(struct layout *w)
{
	for (w->at = (size_t)w->from;;) {
		size_t after = w->at;

		if (!pass_gap(w))
			return false;
		if (w->at == w->file.len)
			return w->next == w->count;
		if (here(w, "startxref") ? !pass_end(w) : !pass_expected(w, after))
			return false;
	}
}

enum status
pdf_layout_check(struct span file, const struct pdf_xref *x, uint64_t from, bool *plain_out)
{
	struct layout w = {.file = file, .from = from, .x = x};
	enum status st = STATUS_OK;

	*plain_out = true;
	for (size_t i = 0; i < x->count && st == STATUS_OK; i++)
		if (x->sections[i].at >= from && !expect_section(&w, i, plain_out))
			st = STATUS_NO_MEMORY;
	if (st == STATUS_OK)
		*plain_out = *plain_out && join(&w) && walk(&w);
	free(w.list);
	return st;
}
