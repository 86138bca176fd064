/* pdf_words: see pdf_words.h. */
#include "lib/doc/pdf_words.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* Control characters as spaces: files map to them, and text_nfc refuses them. */
static void
clean(char *s)
{
	for (unsigned char *p = (unsigned char *)s; *p != '\0'; p++) {
		if ((*p < 0x20 && *p != '\n') || *p == 0x7f)
			*p = ' ';
		else if (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0) {
			p[0] = p[1] = ' ';
			p++;
		}
	}
}

char *
pdf_words_nfc(const char *s, size_t n)
{
	char *copy = malloc(3 * n + 1), *out = NULL;

	if (copy == NULL)
		return NULL;
	if (text_is_utf8(s, n)) {
		memcpy(copy, s, n);
		copy[n] = '\0';
	} else {
		text_excerpt(copy, 3 * n + 1, s, n);
	}
	clean(copy);
	if (text_nfc(copy, strlen(copy), &out) != STATUS_OK)
		out = NULL;
	free(copy);
	return out;
}

/* What a character is to the words. */
enum kind { KIND_SPACE, KIND_LETTER, KIND_DOT };

static enum kind
kind_at(const char *p, enum kind before)
{
	gunichar c = g_utf8_get_char(p);

	if (g_unichar_isspace(c) || g_unichar_iscntrl(c))
		return KIND_SPACE;
	if (c == 0x2026 || c == '_')
		return KIND_DOT;
	if (c == '.' && (p[1] == '.' || (before == KIND_DOT && p[-1] == '.')))
		return KIND_DOT;
	return KIND_LETTER;
}

struct collector {
	struct pdf_words *words;
	size_t room;
	const struct pdf_char *chars;
	size_t count;
};

/* The characters [from, to) of the text, which begin at s, as a word. */
static enum status
add_word(struct collector *c, const char *s, const char *end, size_t from, size_t to, bool dots)
{
	struct pdf_words *w = c->words;
	struct pdf_word *word;
	struct pdf_box b = {1e9, 1e9, -1e9, -1e9};

	if (w->count == PDF_WORDS_MAX)
		return STATUS_TOO_LARGE;
	if (w->count == c->room) {
		size_t room = c->room ? 2 * c->room : 256;

		if ((word = realloc(w->words, room * sizeof(*word))) == NULL)
			return STATUS_NO_MEMORY;
		w->words = word;
		c->room = room;
	}
	for (size_t i = from; i < to && i < c->count; i++) {
		const struct pdf_box *at = &c->chars[i].box;

		b.x0 = fmin(b.x0, fmin(at->x0, at->x1));
		b.x1 = fmax(b.x1, fmax(at->x0, at->x1));
		b.y0 = fmin(b.y0, fmin(at->y0, at->y1));
		b.y1 = fmax(b.y1, fmax(at->y0, at->y1));
	}
	word = &w->words[w->count];
	*word = (struct pdf_word){.box = b, .size = from < c->count ? c->chars[from].size : 0, .dots = dots};
	if ((word->text = pdf_words_nfc(s, (size_t)(end - s))) == NULL)
		return STATUS_NO_MEMORY;
	w->count++;
	return STATUS_OK;
}

enum status
pdf_words_split(const char *text, const struct pdf_char *chars, size_t count, struct pdf_words *out)
{
	struct pdf_words words = {NULL, 0};
	struct collector c = {&words, 0, chars, count};
	const char *word = text, *p = text;
	enum kind kind = KIND_SPACE;
	enum status st = STATUS_OK;
	size_t from = 0, i = 0;

	for (; st == STATUS_OK; p = g_utf8_next_char(p), i++) {
		enum kind now = *p == '\0' ? KIND_SPACE : kind_at(p, kind);

		if (now != kind) {
			if (kind != KIND_SPACE)
				st = add_word(&c, word, p, from, i, kind == KIND_DOT);
			word = p;
			from = i;
		}
		kind = now;
		if (*p == '\0')
			break;
	}
	if (st != STATUS_OK && st != STATUS_TOO_LARGE) {
		pdf_words_free(&words);
		return st;
	}
	*out = words;
	return STATUS_OK;
}

void
pdf_words_free(struct pdf_words *w)
{
	for (size_t i = 0; i < w->count; i++)
		free(w->words[i].text);
	free(w->words);
	*w = (struct pdf_words){NULL, 0};
}
