/* pdf_reach: see pdf_reach.h. What is read of one object follows qpdf 11 (QPDF::readObjectAtOffset), which reads on where others would have given up. */
#define _GNU_SOURCE /* memmem */
#include "lib/doc/pdf_reach.h"

#include <string.h>

#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_string.h"

#define LENGTHS_MAX 4

struct reach {
	struct span file;
	const struct pdf_xref *x; /* NULL: the file is repaired */
	uint64_t left;
};

/* False when that was too much. */
static bool
spend(struct reach *r, size_t from, size_t to)
{
	uint64_t n = to > from ? to - from : 0;

	r->left = n < r->left ? r->left - n : 0;
	return r->left > 0;
}

/* "Length", written in whatever way (7.3.5). */
static bool
is_length(struct span name)
{
	static const char word[] = "Length";
	size_t n = 0;

	for (size_t i = 0; i < name.len; i++, n++) {
		int c = name.data[i];

		if (c == '#' && i + 2 < name.len && pdf_hex_digit(name.data[i + 1]) >= 0 && pdf_hex_digit(name.data[i + 2]) >= 0) {
			c = pdf_hex_digit(name.data[i + 1]) << 4 | pdf_hex_digit(name.data[i + 2]);
			i += 2;
		}
		if (n >= strlen(word) || c != word[n])
			return false;
	}
	return n == strlen(word);
}

/* What may be the length of a stream: each integer behind that key. More than one is nobody's file. */
struct lengths {
	struct pdf_lex at[LENGTHS_MAX];
	size_t count;
};

/*
 * One value, or up to where it might end: what is no token is passed over inside of brackets, a closing bracket of another kind too. False when it is a dictionary with more lengths than can be
 * kept.
 */
static bool
pass_value(struct pdf_lex *l, struct lengths *lengths, bool *is_dictionary)
{
	struct pdf_brackets b = {0};
	enum pdf_token t = pdf_lex_next(l);
	bool key = false;

	*is_dictionary = t == PDF_TOKEN_DICT_OPEN;
	for (; t != PDF_TOKEN_END && pdf_brackets_follow(&b, t) && b.open > 0; t = pdf_lex_next(l)) {
		if (key && t == PDF_TOKEN_INTEGER) {
			if (lengths->count == LENGTHS_MAX)
				return false;
			lengths->at[lengths->count++] = *l;
		}
		key = *is_dictionary && b.open == 1 && t == PDF_TOKEN_NAME && is_length(pdf_lex_text(l));
	}
	return true;
}

/* The integer that is object `number`, or 0. */
static uint64_t
integer_at(struct reach *r, uint64_t number)
{
	const struct pdf_entry *e = r->x != NULL ? pdf_xref_find(r->x, 0, (uint32_t)number) : NULL;
	uint64_t any, value = 0;
	struct pdf_lex l;

	if (e == NULL || e->kind != PDF_ENTRY_PLAIN || e->at >= r->file.len)
		return 0;
	pdf_lex_init(&l, r->file, (size_t)e->at);
	if (!pdf_lex_integer(&l, PDF_NUMBER_MAX, &any) || !pdf_lex_integer(&l, UINT16_MAX, &any) || !pdf_lex_word(&l, "obj") || !pdf_lex_integer(&l, INT64_MAX, &value))
		value = 0;
	spend(r, (size_t)e->at, l.at);
	return value;
}

/* `v` has read the value of /Length. */
static uint64_t
length_of(struct reach *r, const struct pdf_lex *v)
{
	struct pdf_lex next = *v;
	uint64_t generation;

	if (v->integer < 0)
		return 0;
	if (pdf_lex_integer(&next, UINT16_MAX, &generation) && pdf_lex_word(&next, "R"))
		return v->integer <= PDF_NUMBER_MAX ? integer_at(r, (uint64_t)v->integer) : 0;
	return (uint64_t)v->integer;
}

/* `at` is behind the word `stream`; gives where its data begins. */
static size_t
data_begins(struct span file, size_t at)
{
	while (at < file.len && file.data[at] != '\0' && (pdf_is_space(file.data[at]) || file.data[at] == '\v')) {
		unsigned char c = file.data[at++];

		if (c == '\r')
			return at < file.len && file.data[at] == '\n' ? at + 1 : at;
		if (c == '\n')
			return at;
	}
	return at;
}

/* `words` words and the white space behind them, as `endstream` and `endobj` stand behind a stream. */
static bool
spend_words(struct reach *r, size_t at, int words)
{
	struct pdf_lex l;

	pdf_lex_init(&l, r->file, at);
	for (; words > 0; words--)
		(void)pdf_lex_next(&l);
	while (l.at < r->file.len && pdf_is_space(r->file.data[l.at]))
		l.at++;
	return spend(r, at, l.at);
}

/* What is looked for when a stream does not end where its length says: the first of these. */
static bool
spend_repair(struct reach *r, size_t at)
{
	const unsigned char *from = r->file.data + at, *a = memmem(from, r->file.len - at, "endstream", 9);
	size_t most = a != NULL ? (size_t)(a - from) : r->file.len - at;
	const unsigned char *b = memmem(from, most, "endobj", 6);

	return spend(r, 0, most) && (b == NULL || spend(r, 0, (size_t)(b - from)));
}

static bool
spend_stream(struct reach *r, size_t at, const struct lengths *lengths)
{
	size_t data = data_begins(r->file, at);
	bool good = spend(r, at, data);

	for (size_t i = 0; i < lengths->count && good; i++) {
		uint64_t n = length_of(r, &lengths->at[i]);

		good = n > r->file.len - data || spend_words(r, data + (size_t)n, 2);
	}
	return good && (r->x != NULL || spend_repair(r, data));
}

/* What stands at `at`, behind "n g obj" or `trailer`. */
static bool
spend_value(struct reach *r, size_t at)
{
	struct lengths lengths = {.count = 0};
	struct pdf_lex l;
	bool is_dictionary;

	pdf_lex_init(&l, r->file, at);
	if (!pass_value(&l, &lengths, &is_dictionary) || !spend(r, at, l.at))
		return false;
	at = l.at;
	if (!is_dictionary || !pdf_lex_word(&l, "stream"))
		return spend_words(r, at, 1);
	return spend(r, at, l.at) && spend_stream(r, l.at, &lengths);
}

/* Where another object stands nobody reads on. */
static bool
spend_object(struct reach *r, const struct pdf_entry *e)
{
	uint64_t number, generation;
	struct pdf_lex l;
	bool is_it;

	pdf_lex_init(&l, r->file, (size_t)e->at);
	is_it = pdf_lex_integer(&l, PDF_NUMBER_MAX, &number) && pdf_lex_integer(&l, UINT16_MAX, &generation) && pdf_lex_word(&l, "obj") && number == e->number;
	return spend(r, (size_t)e->at, l.at) && (!is_it || spend_value(r, l.at));
}

bool
pdf_reach_bounded(struct span file, const struct pdf_xref *x)
{
	struct reach r = {file, x, PDF_REACH_FREE + 2 * (uint64_t)file.len};
	size_t entries = 0;
	bool good = true;

	for (size_t i = 0; i < x->count; i++)
		entries += x->sections[i].count;
	if (file.len == 0 || entries <= PDF_REACH_FREE / file.len) /* however far each reaches */
		return true;
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; good && k < x->sections[i].count; k++) {
			const struct pdf_entry *e = &x->sections[i].entries[k];

			if (e->kind == PDF_ENTRY_PLAIN && e->at < file.len && pdf_xref_find(x, 0, e->number) == e)
				good = spend_object(&r, e);
		}
	return good;
}

/* What stands behind each of a word. */
static bool
spend_each(struct reach *r, const char *word)
{
	const unsigned char *p = r->file.data, *end = p + r->file.len;
	size_t n = strlen(word);

	while ((p = memmem(p, (size_t)(end - p), word, n)) != NULL) {
		bool apart = p == r->file.data || pdf_is_space(p[-1]);

		p += n;
		if (apart && !spend_value(r, (size_t)(p - r->file.data)))
			return false;
	}
	return true;
}

bool
pdf_reach_bounded_anywhere(struct span file)
{
	struct reach r = {file, NULL, PDF_REACH_FREE + 2 * (uint64_t)file.len};

	return spend_each(&r, "obj") && spend_each(&r, "trailer");
}
