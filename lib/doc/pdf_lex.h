/*
 * pdf_lex: tokens of PDF syntax (ISO 32000-1 7.2, 7.3) over bytes in memory, for the places where
 * offsets in the file count and qpdf does not tell them: cross-reference sections and the hole of a
 * signature. Allocates nothing, never recurses.
 */
#ifndef CONGVAN_DOC_PDF_LEX_H
#define CONGVAN_DOC_PDF_LEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

enum pdf_token {
	PDF_TOKEN_END,
	PDF_TOKEN_BAD,
	PDF_TOKEN_INTEGER,
	PDF_TOKEN_REAL,
	PDF_TOKEN_NAME,   /* text: without the slash, escapes kept */
	PDF_TOKEN_STRING, /* ( ) */
	PDF_TOKEN_HEX,    /* < > */
	PDF_TOKEN_DICT_OPEN,
	PDF_TOKEN_DICT_CLOSE,
	PDF_TOKEN_ARRAY_OPEN,
	PDF_TOKEN_ARRAY_CLOSE,
	PDF_TOKEN_WORD /* obj, R, true, xref, … */
};

struct pdf_lex {
	struct span in;
	size_t at;         /* where the next token is looked for */
	size_t start, end; /* of the token read last */
	int64_t integer;   /* value of an INTEGER */
};

void pdf_lex_init(struct pdf_lex *l, struct span in, size_t at);
enum pdf_token pdf_lex_next(struct pdf_lex *l);

/* Moves over white space and comments, to where the next token begins. */
void pdf_lex_gap(struct pdf_lex *l);

/* The bytes of the token read last (a name without its slash). */
struct span pdf_lex_text(const struct pdf_lex *l);
bool pdf_lex_is(const struct pdf_lex *l, const char *word);

/* Reads the next token and tells whether it is a non-negative integer up to max. */
bool pdf_lex_integer(struct pdf_lex *l, uint64_t max, uint64_t *out);

/* Reads the next token and tells whether it is this word. */
bool pdf_lex_word(struct pdf_lex *l, const char *word);

/*
 * Skips one whole value (dictionaries and arrays with all they hold, "n g R" as one). False at bad
 * syntax.
 */
bool pdf_lex_skip(struct pdf_lex *l);

/*
 * `l` stands before "<<". Finds the value of a key of this dictionary (not of nested ones) and sets
 * `at` to it; the last of several wins, as in most readers. False when there is none; *ok (may be
 * NULL) is false when the dictionary cannot be read.
 */
bool pdf_lex_dict_find(const struct pdf_lex *l, const char *key, struct pdf_lex *value, bool *ok);

/* Brackets that are open, the innermost last: a bit each, set for a dictionary. Zeroed: none. No reader follows so many (qpdf: 500). */
#define PDF_BRACKETS_MAX 512u
struct pdf_brackets {
	size_t open;
	unsigned char dictionary[PDF_BRACKETS_MAX / 8];
};

/* Takes a token in. False when too many are open. A bracket that closes nothing, or another kind, closes nothing in most readers. */
bool pdf_brackets_follow(struct pdf_brackets *b, enum pdf_token t);

bool pdf_is_space(unsigned char c);

/* True when none of the bytes is white space. */
bool pdf_lex_is_dense(const unsigned char *p, size_t n);

#endif
