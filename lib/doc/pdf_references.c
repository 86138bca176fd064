/* pdf_references: see pdf_references.h. */
#include "lib/doc/pdf_references.h"

#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_file.h"
#include "lib/doc/pdf_lex.h"

/* What may be read from a file's bytes: this and four times the file. Each object that ends is read once; many that do not could cost their number times the file. */
#define BYTES_MIN (UINT64_C(16) << 20)
#define OBJECT_TEXT_MAX (32u << 20)

/*
 * The token read last ends an object outside of all brackets: `stream` or `endobj`, and where that is missing what can only stand
 * behind the object. Not before the object has a value: a reader could take one of these words for it.
 */
static bool
ends_object(const struct pdf_lex *l, bool has_value)
{
	static const char *const words[] = {"stream", "obj", "xref", "trailer", "startxref"};

	for (size_t i = 0; has_value && i < sizeof(words) / sizeof(words[0]); i++)
		if (pdf_lex_is(l, words[i]))
			return true;
	return pdf_lex_is(l, "endobj");
}

/* What readers agree on, what they do not, and what is no number to any: of the tokens that a reference can be made of. */
enum kind { OTHER, NUMBER, ODD };

struct reading {
	pdf_reference_fn take;
	void *arg;
	bool parsed;       /* the text is qpdf's, which writes words that it does not know as strings */
	struct pdf_lex l;
	enum kind kinds[2]; /* of the last two tokens, the newest first */
	int64_t values[2];  /* of a NUMBER */
};

/* The token read last as a word: the bytes of a word, or of a string that may have been one to qpdf. */
static struct span
word_of(const struct reading *r, enum pdf_token t)
{
	struct span w = pdf_lex_text(&r->l);

	if (t == PDF_TOKEN_STRING && r->parsed)
		return (struct span){w.data + 1, w.len - 2};
	return t == PDF_TOKEN_WORD ? w : (struct span){NULL, 0};
}

static bool
is_of_numbers(struct span w)
{
	for (size_t i = 0; i < w.len; i++)
		if (w.data[i] != 'R' && memchr("0123456789+-.", w.data[i], 13) == NULL)
			return false;
	return w.len > 0;
}

/*
 * Readers make a number of a word that begins like one, each its own: 3-3, 33+0 or 33x. They end it before the R of 0R, make a whole
 * one of 33.0, and let 4294967329 overflow to 33.
 */
static enum kind
kind_of(const struct reading *r, enum pdf_token t)
{
	struct span w = word_of(r, t);

	if (t == PDF_TOKEN_INTEGER)
		return r->l.integer > PDF_NUMBER_MAX || r->l.integer < -(int64_t)PDF_NUMBER_MAX ? ODD : NUMBER;
	if (t == PDF_TOKEN_REAL)
		return ODD;
	if (w.len == 0 || w.data[0] == 'R' || memchr("0123456789+-.", w.data[0], 13) == NULL)
		return OTHER;
	return t == PDF_TOKEN_WORD || is_of_numbers(w) ? ODD : OTHER;
}

static bool
is_word(struct span w, char c)
{
	return w.len == 1 && w.data[0] == c;
}

/* At a word: it makes a reference, to some reader, of what stands before it or of itself. */
static bool
is_reference_to_some(const struct reading *r, enum pdf_token t)
{
	struct span w = word_of(r, t);

	if (kind_of(r, t) == ODD && w.len > 0 && w.data[w.len - 1] == 'R')
		return true;
	if (!is_word(w, 'R') || r->kinds[0] == OTHER)
		return false;
	if (r->kinds[0] == NUMBER && r->kinds[1] == OTHER)
		return false;
	return !(r->kinds[0] == NUMBER && r->kinds[1] == NUMBER && r->values[1] <= 0); /* 0 0 R is nobody's */
}

/* After an integer: when it begins a reference that every reader reads so, takes that. */
static bool
read_reference(struct reading *r)
{
	struct pdf_lex ahead = r->l;
	uint64_t generation;

	if (r->l.integer <= 0 || r->l.integer > PDF_NUMBER_MAX || !pdf_lex_integer(&ahead, 65535, &generation) || !pdf_lex_word(&ahead, "R"))
		return false;
	r->take(r->arg, (int)r->l.integer);
	r->l = ahead;
	return true;
}

static void
read_token(struct reading *r, enum pdf_token t)
{
	enum kind kind = kind_of(r, t);

	if (t == PDF_TOKEN_INTEGER && read_reference(r))
		kind = OTHER;
	else if (is_reference_to_some(r, t))
		r->take(r->arg, 0);
	r->kinds[1] = r->kinds[0];
	r->values[1] = r->values[0];
	r->kinds[0] = kind;
	r->values[0] = r->l.integer;
}

/* Gives the token that ended the object: a word, the end, or what is no token, behind which each reader goes on at another place, or not at all. */
static enum pdf_token
read_references(struct reading *r)
{
	struct pdf_brackets b = {0};
	bool has_value = false;

	for (;;) {
		enum pdf_token t = pdf_lex_next(&r->l);

		if (t == PDF_TOKEN_END || (t == PDF_TOKEN_WORD && b.open == 0 && ends_object(&r->l, has_value)))
			return t;
		if (t == PDF_TOKEN_BAD || !pdf_brackets_follow(&b, t)) {
			r->take(r->arg, 0);
			return PDF_TOKEN_BAD;
		}
		read_token(r, t);
		has_value |= b.open == 0;
	}
}

/*
 * From the bytes of the file; takes what was read from *left. False when it does not stand there by itself, or its bytes do not end
 * as an object must.
 */
static bool
read_raw(struct reading *r, struct span file, const struct pdf_entry *e, uint64_t *left)
{
	uint64_t number, generation, read;
	bool ended;

	if (e->kind != PDF_ENTRY_PLAIN || e->at >= file.len)
		return false;
	r->parsed = false;
	pdf_lex_init(&r->l, file, (size_t)e->at);
	ended = pdf_lex_integer(&r->l, PDF_NUMBER_MAX, &number) && number == e->number && pdf_lex_integer(&r->l, 65535, &generation) &&
		pdf_lex_word(&r->l, "obj") && read_references(r) == PDF_TOKEN_WORD;
	read = r->l.at - e->at;
	*left -= read < *left ? read : *left;
	return ended;
}

static void
read_parsed(struct reading *r, qpdf_data q, const struct pdf_entry *e, struct buf *text)
{
	qpdf_oh oh = qpdf_get_object_by_id(q, (int)e->number, e->generation);

	if (!qpdf_oh_is_null(q, oh)) {
		text->len = 0;
		pdf_unparse(q, oh, text);
		r->parsed = true;
		pdf_lex_init(&r->l, (struct span){text->data, text->len}, 0);
		read_references(r);
	}
	qpdf_oh_release(q, oh);
}

/* The numbers of which some section has an entry, a bit each, up to *top_out; NULL without memory. A number may be millions above the one before. */
static unsigned char *
numbers_of(const struct pdf_xref *x, uint32_t *top_out)
{
	unsigned char *there;
	uint32_t top = 0;

	for (size_t i = 0; i < x->count; i++)
		if (x->sections[i].count > 0 && x->sections[i].entries[x->sections[i].count - 1].number > top)
			top = x->sections[i].entries[x->sections[i].count - 1].number;
	if ((there = calloc(top / 8 + 1, 1)) == NULL)
		return NULL;
	for (size_t i = 0; i < x->count; i++)
		for (size_t k = 0; k < x->sections[i].count; k++)
			there[x->sections[i].entries[k].number / 8] |= (unsigned char)(1u << x->sections[i].entries[k].number % 8);
	*top_out = top;
	return there;
}

bool
pdf_references(const struct pdf_scan *scan, bool (*skip)(void *, int), pdf_reference_fn take, void *arg)
{
	const struct pdf_xref *x = pdf_scan_info(scan)->xref;
	struct span file = pdf_scan_file(scan);
	uint64_t left = BYTES_MIN + 4 * (uint64_t)file.len;
	uint32_t top = 0;
	unsigned char *there = numbers_of(x, &top);
	struct buf text;
	bool all;

	buf_init(&text, OBJECT_TEXT_MAX);
	for (uint32_t i = 1; there != NULL && i <= top && left > 0; i++) {
		const struct pdf_entry *e = there[i / 8] >> i % 8 & 1 ? pdf_xref_find(x, 0, i) : NULL;
		struct reading r = {.take = take, .arg = arg};

		if (e != NULL && e->kind != PDF_ENTRY_FREE && (skip == NULL || !skip(arg, (int)i)) && !read_raw(&r, file, e, &left))
			read_parsed(&(struct reading){.take = take, .arg = arg}, pdf_scan_handle(scan), e, &text);
	}
	all = there != NULL && buf_status(&text) == STATUS_OK && left > 0;
	free(there);
	buf_free(&text);
	return all;
}
