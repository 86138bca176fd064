/* pdf_references: see pdf_references.h. */
#include "lib/doc/pdf_references.h"

#include "lib/doc/pdf_lex.h"

#define BYTES_MIN (UINT64_C(16) << 20)

/* Brackets that are open, the innermost last: a bit each, set for a dictionary. No reader follows so many (qpdf: 500). */
#define OPEN_MAX 512u

struct brackets {
	size_t open;
	unsigned char dictionary[OPEN_MAX / 8];
};

/* False when too many are open. One that closes nothing, or another kind, closes nothing in most readers. */
static bool
follow_bracket(struct brackets *b, enum pdf_token t)
{
	bool dictionary = t == PDF_TOKEN_DICT_OPEN || t == PDF_TOKEN_DICT_CLOSE;
	unsigned char bit;

	if (t == PDF_TOKEN_DICT_OPEN || t == PDF_TOKEN_ARRAY_OPEN) {
		if (b->open == OPEN_MAX)
			return false;
		bit = (unsigned char)(1u << b->open % 8);
		b->dictionary[b->open / 8] &= (unsigned char)~bit;
		b->dictionary[b->open / 8] |= dictionary ? bit : 0;
		b->open++;
	} else if ((t == PDF_TOKEN_DICT_CLOSE || t == PDF_TOKEN_ARRAY_CLOSE) && b->open > 0 &&
		(b->dictionary[(b->open - 1) / 8] >> (b->open - 1) % 8 & 1) == dictionary) {
		b->open--;
	}
	return true;
}

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

/* After an integer: when it begins a reference, takes that. */
static void
read_reference(struct pdf_lex *l, pdf_reference_fn take, void *arg)
{
	struct pdf_lex ahead = *l;
	uint64_t generation;

	if (l->integer <= 0 || l->integer > PDF_NUMBER_MAX || !pdf_lex_integer(&ahead, 65535, &generation) || !pdf_lex_word(&ahead, "R"))
		return;
	take(arg, (int)l->integer);
	*l = ahead;
}

/* Gives the token that ended the object: a word, the end, or what is no token. */
static enum pdf_token
read_references(struct pdf_lex *l, pdf_reference_fn take, void *arg)
{
	struct brackets b = {0};
	bool has_value = false;

	for (;;) {
		enum pdf_token t = pdf_lex_next(l);

		if (t == PDF_TOKEN_END || t == PDF_TOKEN_BAD || (t == PDF_TOKEN_WORD && b.open == 0 && ends_object(l, has_value)))
			return t;
		if (!follow_bracket(&b, t))
			return PDF_TOKEN_BAD;
		if (t == PDF_TOKEN_INTEGER)
			read_reference(l, take, arg);
		has_value |= b.open == 0;
	}
}

uint64_t
pdf_references_bytes(struct span file)
{
	return BYTES_MIN + 4 * (uint64_t)file.len;
}

bool
pdf_references_of_entry(struct span file, const struct pdf_entry *e, uint64_t *left, pdf_reference_fn take, void *arg)
{
	uint64_t number, generation, read;
	struct pdf_lex l;
	bool ended;

	if (e->kind != PDF_ENTRY_PLAIN || e->at >= file.len)
		return false;
	pdf_lex_init(&l, file, (size_t)e->at);
	ended = pdf_lex_integer(&l, PDF_NUMBER_MAX, &number) && number == e->number && pdf_lex_integer(&l, 65535, &generation) &&
		pdf_lex_word(&l, "obj") && read_references(&l, take, arg) == PDF_TOKEN_WORD;
	read = l.at - e->at;
	*left -= read < *left ? read : *left;
	return ended;
}

void
pdf_references_of_text(struct span text, pdf_reference_fn take, void *arg)
{
	struct pdf_lex l;

	pdf_lex_init(&l, text, 0);
	read_references(&l, take, arg);
}
