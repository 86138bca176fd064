/*
 * pdf_code: what the codes of an embedded font mean and how far they go (ISO 32000-1 9.6, 9.7, 9.10.3): only fonts
 * that leave nothing to guess, that is, with a ToUnicode table, widths and a descriptor. For pdf_show.
 */
#ifndef CONGVAN_DOC_PDF_CODE_H
#define CONGVAN_DOC_PDF_CODE_H

#include <stdint.h>

#include "lib/doc/pdf_file.h"

struct pdf_code_font;

struct pdf_code {
	uint32_t letter; /* one code point */
	double width;    /* of a thousandth of the size: 1000 is as wide as the font is high */
	size_t bytes;    /* of the string */
	bool blank;      /* the one-byte code 32, which word spacing is added to */
};

/* The font of this dictionary; it lives in the arena. NULL: not one of those, or no memory. */
struct pdf_code_font *pdf_code_open(qpdf_data q, qpdf_oh font, struct arena *a);

/* Reach above and below the line, parts of the size; below is negative. */
double pdf_code_ascent(const struct pdf_code_font *f);
double pdf_code_descent(const struct pdf_code_font *f);
bool pdf_code_is_wide(const struct pdf_code_font *f); /* two bytes a code */

/* The first code of the string. False: the font does not say what it means. */
bool pdf_code_next(struct pdf_code_font *f, struct span string, struct pdf_code *out);

/* A number token's value; PDF knows no exponents. */
double pdf_code_number(struct span token);

#endif
