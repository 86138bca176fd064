/*
 * pdf_pieces: see pdf_pieces.h. Where words end and which characters count follows poppler's TextPage::addChar and
 * TextLine::coalesce; what these decide by a threshold is declined near it.
 */
#include "lib/doc/pdf_pieces.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define GLYPHS_MOST 50000u
#define WORD_GAP 0.1       /* of the size: more is a new word, also backwards */
#define WORD_GAP_DOUBT 0.01
#define WORDS_APART 0.06   /* less between two words of a line, and they may be taken for one */
#define BASE_SAME 0.5      /* points */

static void *
grow(void *list, size_t size, size_t count, size_t *room)
{
	size_t wanted = *room ? 2 * *room : 512;

	if (count < *room)
		return list;
	list = realloc(list, wanted * size);
	if (list != NULL)
		*room = wanted;
	return list;
}

/* Letters of which nobody makes anything else: no joining marks, no right-to-left scripts, no ligatures. */
static bool
is_plain(uint32_t c)
{
	return (c >= 0x21 && c <= 0x7e) || (c >= 0xa1 && c <= 0x24f && c != 0xa8 && c != 0xad && c != 0xaf && c != 0xb4 && c != 0xb8) ||
		(c >= 0x1ea0 && c <= 0x1ef9) || (c >= 0x2010 && c <= 0x2026 && c != 0x2011) || (c >= 0x2030 && c <= 0x203a) || c == 0x20ab || c == 0x20ac;
}

static bool
begin_piece(struct pdf_pieces *s, const struct pdf_glyph *g)
{
	struct pdf_piece *list = grow(s->pieces, sizeof(*list), s->piece_count, &s->piece_room);

	if (list == NULL || s->piece_count == PDF_WORDS_MAX)
		return false;
	s->pieces = list;
	list[s->piece_count++] = (struct pdf_piece){s->glyph_count, 0, g->x, g->x, g->base, g->size, g->ascent, g->descent};
	s->open = true;
	return true;
}

bool
pdf_pieces_add(struct pdf_pieces *s, const struct pdf_glyph *g)
{
	struct pdf_glyph *list;

	if (g->x + g->width < 0 || g->x > s->width || g->base < 0 || g->base > s->height)
		return true; /* off the page: as if it were not there */
	if (g->x < 1 || g->x + g->width > s->width - 1 || g->base < 1 || g->base > s->height - 1 || g->width < 0.3)
		return false;
	if (g->letter == ' ' || g->letter == 0xa0) {
		s->open = false;
		return true;
	}
	if (!is_plain(g->letter) || s->glyph_count == GLYPHS_MOST)
		return false;
	if (s->open) {
		const struct pdf_piece *p = &s->pieces[s->piece_count - 1];
		double gap = (g->x - p->x1) / p->size, step = fabs(g->base - p->base);

		if (step < 0.3 * p->size && fabs(g->x - s->glyphs[s->glyph_count - 1].x) < 0.11 * p->size)
			return false; /* one over the other, as for bold print */
		if (fabs(step - BASE_SAME) < 0.1 || (step < BASE_SAME && fabs(fabs(gap) - WORD_GAP) < WORD_GAP_DOUBT))
			return false;
		if (step > BASE_SAME || fabs(gap) > WORD_GAP || fabs(g->size - p->size) > 1e-6)
			s->open = false;
	}
	if (!s->open && !begin_piece(s, g))
		return false;
	if ((list = grow(s->glyphs, sizeof(*list), s->glyph_count, &s->glyph_room)) == NULL)
		return false;
	s->glyphs = list;
	list[s->glyph_count++] = *g;
	s->pieces[s->piece_count - 1].count++;
	s->pieces[s->piece_count - 1].x1 = g->x + g->width;
	return true;
}

static double
top(const struct pdf_piece *p)
{
	return p->base - p->ascent;
}

static double
bottom(const struct pdf_piece *p)
{
	return p->base - p->descent;
}

static int
by_top(const void *a, const void *b)
{
	double x = top(a), y = top(b);

	return (x > y) - (x < y);
}

/* True when two pieces that share most of a line leave no doubt that they are two words of it. */
static bool
are_apart(const struct pdf_piece *a, const struct pdf_piece *b)
{
	double shared = fmin(bottom(a), bottom(b)) - fmax(top(a), top(b)), size = fmax(a->size, b->size);
	double gap = fmax(a->x0, b->x0) - fmin(a->x1, b->x1);

	if (shared < 0.3 * fmin(a->size, b->size))
		return true;
	/* letters spaced out one by one are joined by a rule of their own */
	return gap > WORDS_APART * size && (a->count > 1 || b->count > 1 || gap > 4 * size);
}

bool
pdf_pieces_apart(const struct pdf_pieces *s)
{
	struct pdf_piece *sorted = malloc((s->piece_count + 1) * sizeof(*sorted));
	bool good = sorted != NULL;

	if (good && s->piece_count > 0) {
		memcpy(sorted, s->pieces, s->piece_count * sizeof(*sorted));
		qsort(sorted, s->piece_count, sizeof(*sorted), by_top);
	}
	for (size_t i = 0; i < s->piece_count && good; i++)
		for (size_t k = i + 1; k < s->piece_count && good && top(&sorted[k]) < bottom(&sorted[i]); k++)
			good = are_apart(&sorted[i], &sorted[k]);
	free(sorted);
	return good;
}

static size_t
put_letter(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | c >> 12);
	to[1] = (char)(0x80 | (c >> 6 & 0x3f));
	to[2] = (char)(0x80 | (c & 0x3f));
	return 3;
}

enum status
pdf_pieces_words(const struct pdf_pieces *s, struct pdf_words *out)
{
	size_t most = s->glyph_count + s->piece_count, n = 0, at = 0;
	struct pdf_char *chars = calloc(most + 1, sizeof(*chars));
	char *text = malloc(3 * most + 1);
	enum status st = STATUS_NO_MEMORY;

	if (chars == NULL || text == NULL)
		goto out;
	for (size_t i = 0; i < s->piece_count; i++) {
		const struct pdf_piece *p = &s->pieces[i];

		for (size_t k = p->first; k < p->first + p->count; k++) {
			chars[n++] = (struct pdf_char){{s->glyphs[k].x, top(p), s->glyphs[k].x + s->glyphs[k].width, bottom(p)}, p->size};
			at += put_letter(text + at, s->glyphs[k].letter);
		}
		n++;
		text[at++] = ' ';
	}
	text[at] = '\0';
	st = pdf_words_split(text, chars, n, out);
out:
	free(chars);
	free(text);
	return st;
}

void
pdf_pieces_free(struct pdf_pieces *s)
{
	free(s->glyphs);
	free(s->pieces);
	*s = (struct pdf_pieces){0};
}
