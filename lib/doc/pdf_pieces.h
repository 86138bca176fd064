/* pdf_pieces: from glyphs on a page to words, where poppler's choice is certain. For pdf_show. */
#ifndef CONGVAN_DOC_PDF_PIECES_H
#define CONGVAN_DOC_PDF_PIECES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"
#include "lib/doc/pdf_words.h"

/* Upright, in points from the left upper corner of the page as it is seen. */
struct pdf_glyph {
	uint32_t letter; /* code point */
	double x, base, width, size;
	double ascent, descent; /* of its font at this size; below the line is negative */
};

/* A word in the making: glyphs [first, first + count). */
struct pdf_piece {
	size_t first, count;
	double x0, x1, base, size, ascent, descent;
};

/* Begins with zeros but for the page's width and height. */
struct pdf_pieces {
	struct pdf_glyph *glyphs;
	size_t glyph_count, glyph_room;
	struct pdf_piece *pieces;
	size_t piece_count, piece_room;
	bool open; /* the last piece goes on */
	double width, height;
};

/* The next glyph that is drawn. False where poppler's choice is not certain, or without memory. */
bool pdf_pieces_add(struct pdf_pieces *s, const struct pdf_glyph *g);

/* True when no two pieces of a line could be taken for one word. */
bool pdf_pieces_apart(const struct pdf_pieces *s);

/* The pieces as words, cut as poppler's text is; free with pdf_words_free. */
enum status pdf_pieces_words(const struct pdf_pieces *s, struct pdf_words *out);

void pdf_pieces_free(struct pdf_pieces *s);

#endif
