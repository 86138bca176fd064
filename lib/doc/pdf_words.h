/*
 * pdf_words: the words of a page with their places, whoever read them: poppler (pdf_text) or our own
 * reading of the content stream (pdf_show).
 */
#ifndef CONGVAN_DOC_PDF_WORDS_H
#define CONGVAN_DOC_PDF_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/status.h"
#include "lib/doc/pdf_box.h"

#define PDF_WORDS_MAX 20000u /* of one page */

struct pdf_word {
	char *text;         /* NFC */
	struct pdf_box box; /* as the page is seen: origin at the top left, y downwards (y0 is the
			       upper edge) */
	double size;        /* of the font, points; 0: not known */
	bool dots;          /* a row of dots or a line to write on */
};

struct pdf_words {
	struct pdf_word *words;
	size_t count;
};

/* Where a character of the text stands. */
struct pdf_char {
	struct pdf_box box;
	double size;
};

/*
 * Cuts UTF-8 text at white space and where dots begin and end; chars[i] is of its i-th code point,
 * those beyond `count` have no place. Words beyond PDF_WORDS_MAX are left out. Free with
 * pdf_words_free.
 */
enum status pdf_words_split(const char *text, const struct pdf_char *chars, size_t count, struct pdf_words *out);
void pdf_words_free(struct pdf_words *w);

/* The text in NFC, control characters as spaces, what is no UTF-8 replaced; free() it. NULL without memory. */
char *pdf_words_nfc(const char *s, size_t n);

#endif
