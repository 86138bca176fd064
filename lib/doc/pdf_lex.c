/* pdf_lex: see pdf_lex.h. */
#include "lib/doc/pdf_lex.h"

#include <string.h>

#define NESTED_MAX 200

/* What a byte is (7.2.2): files are long, and each byte is looked at many times. */
#define SPACE 1
#define DELIMITER 2
#define HEX 4

/* clang-format off */
static const unsigned char kinds[256] = {
	['\0'] = SPACE, ['\t'] = SPACE, ['\n'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE, [' '] = SPACE,
	['('] = DELIMITER, [')'] = DELIMITER, ['<'] = DELIMITER, ['>'] = DELIMITER, ['['] = DELIMITER,
	[']'] = DELIMITER, ['{'] = DELIMITER, ['}'] = DELIMITER, ['/'] = DELIMITER, ['%'] = DELIMITER,
	['0'] = HEX, ['1'] = HEX, ['2'] = HEX, ['3'] = HEX, ['4'] = HEX, ['5'] = HEX, ['6'] = HEX, ['7'] = HEX,
	['8'] = HEX, ['9'] = HEX, ['a'] = HEX, ['b'] = HEX, ['c'] = HEX, ['d'] = HEX, ['e'] = HEX, ['f'] = HEX,
	['A'] = HEX, ['B'] = HEX, ['C'] = HEX, ['D'] = HEX, ['E'] = HEX, ['F'] = HEX,
};
/* clang-format on */

bool
pdf_is_space(unsigned char c)
{
	return kinds[c] & SPACE;
}

bool
pdf_lex_is_dense(const unsigned char *p, size_t n)
{
	unsigned seen = 0;

	for (size_t i = 0; i < n; i++)
		seen |= kinds[p[i]];
	return (seen & SPACE) == 0;
}

static bool
is_regular(unsigned char c)
{
	return !(kinds[c] & (SPACE | DELIMITER));
}

void
pdf_lex_init(struct pdf_lex *l, struct span in, size_t at)
{
	memset(l, 0, sizeof(*l));
	l->in = in;
	l->at = at < in.len ? at : in.len;
}

void
pdf_lex_gap(struct pdf_lex *l)
{
	const unsigned char *p = l->in.data;

	while (l->at < l->in.len) {
		if (p[l->at] == '%') {
			while (l->at < l->in.len && p[l->at] != '\n' && p[l->at] != '\r')
				l->at++;
		} else if (pdf_is_space(p[l->at])) {
			l->at++;
		} else {
			break;
		}
	}
}

static enum pdf_token
lex_string(struct pdf_lex *l)
{
	const unsigned char *p = l->in.data;
	size_t depth = 1;

	for (l->at++; l->at < l->in.len; l->at++) {
		if (p[l->at] == '\\')
			l->at++;
		else if (p[l->at] == '(')
			depth++;
		else if (p[l->at] == ')' && --depth == 0) {
			l->at++;
			return PDF_TOKEN_STRING;
		}
	}
	l->at = l->in.len;
	return PDF_TOKEN_BAD;
}

static enum pdf_token
lex_hex(struct pdf_lex *l)
{
	const unsigned char *p = l->in.data + l->at + 1, *end = l->in.data + l->in.len;

	while (p < end && kinds[*p] & (HEX | SPACE))
		p++;
	l->at = (size_t)(p - l->in.data);
	if (p == end || *p != '>')
		return PDF_TOKEN_BAD;
	l->at++;
	return PDF_TOKEN_HEX;
}

/* A number, or a word that only begins like one. */
static enum pdf_token
lex_regular(struct pdf_lex *l)
{
	const unsigned char *p = l->in.data;
	bool digits = false, dots = false, number = true, minus = p[l->at] == '-';
	int64_t v = 0;

	while (l->at < l->in.len && is_regular(p[l->at])) {
		unsigned char c = p[l->at];

		if (c >= '0' && c <= '9') {
			digits = true;
			if (v > (INT64_MAX - 9) / 10)
				number = false;
			else if (!dots)
				v = v * 10 + (c - '0');
		} else if (c == '.' && !dots) {
			dots = true;
		} else if ((c != '-' && c != '+') || l->at != l->start) {
			number = false;
		}
		l->at++;
	}
	if (!number || !digits)
		return PDF_TOKEN_WORD;
	l->integer = minus ? -v : v;
	return dots ? PDF_TOKEN_REAL : PDF_TOKEN_INTEGER;
}

static enum pdf_token
lex_delimiter(struct pdf_lex *l)
{
	const unsigned char *p = l->in.data + l->at;
	bool twice = l->at + 1 < l->in.len && p[1] == p[0];

	switch (*p) {
	case '(':
		return lex_string(l);
	case '<':
		if (!twice)
			return lex_hex(l);
		l->at += 2;
		return PDF_TOKEN_DICT_OPEN;
	case '>':
		l->at += twice ? 2 : 1;
		return twice ? PDF_TOKEN_DICT_CLOSE : PDF_TOKEN_BAD;
	case '[':
		l->at++;
		return PDF_TOKEN_ARRAY_OPEN;
	case ']':
		l->at++;
		return PDF_TOKEN_ARRAY_CLOSE;
	case '/':
		l->start = ++l->at;
		while (l->at < l->in.len && is_regular(l->in.data[l->at]))
			l->at++;
		return PDF_TOKEN_NAME;
	default:
		l->at++;
		return PDF_TOKEN_BAD;
	}
}

enum pdf_token
pdf_lex_next(struct pdf_lex *l)
{
	enum pdf_token t;

	pdf_lex_gap(l);
	l->start = l->end = l->at;
	if (l->at >= l->in.len)
		return PDF_TOKEN_END;
	t = is_regular(l->in.data[l->at]) ? lex_regular(l) : lex_delimiter(l);
	l->end = l->at;
	return t;
}

struct span
pdf_lex_text(const struct pdf_lex *l)
{
	return (struct span){l->in.data + l->start, l->end - l->start};
}

bool
pdf_lex_is(const struct pdf_lex *l, const char *word)
{
	struct span t = pdf_lex_text(l);

	return t.len == strlen(word) && memcmp(t.data, word, t.len) == 0;
}

bool
pdf_lex_integer(struct pdf_lex *l, uint64_t max, uint64_t *out)
{
	if (pdf_lex_next(l) != PDF_TOKEN_INTEGER || l->integer < 0 || (uint64_t)l->integer > max)
		return false;
	*out = (uint64_t)l->integer;
	return true;
}

bool
pdf_lex_word(struct pdf_lex *l, const char *word)
{
	return pdf_lex_next(l) == PDF_TOKEN_WORD && pdf_lex_is(l, word);
}

/* After an integer: takes "g R" along when it follows. */
static void
take_reference(struct pdf_lex *l)
{
	struct pdf_lex ahead = *l;
	uint64_t generation;

	if (pdf_lex_integer(&ahead, 65535, &generation) && pdf_lex_word(&ahead, "R"))
		*l = ahead;
}

bool
pdf_lex_skip(struct pdf_lex *l)
{
	size_t depth = 0;

	do {
		switch (pdf_lex_next(l)) {
		case PDF_TOKEN_END:
		case PDF_TOKEN_BAD:
			return false;
		case PDF_TOKEN_DICT_OPEN:
		case PDF_TOKEN_ARRAY_OPEN:
			if (++depth > NESTED_MAX)
				return false;
			break;
		case PDF_TOKEN_DICT_CLOSE:
		case PDF_TOKEN_ARRAY_CLOSE:
			if (depth-- == 0)
				return false;
			break;
		case PDF_TOKEN_INTEGER:
			take_reference(l);
			break;
		default:
			break;
		}
	} while (depth > 0);
	return true;
}

bool
pdf_lex_dict_find(const struct pdf_lex *l, const char *key, struct pdf_lex *value, bool *ok)
{
	struct pdf_lex at = *l;
	bool found = false, whole = false;
	enum pdf_token t;

	if (pdf_lex_next(&at) == PDF_TOKEN_DICT_OPEN) {
		while ((t = pdf_lex_next(&at)) == PDF_TOKEN_NAME) {
			if (pdf_lex_is(&at, key)) {
				*value = at;
				found = true;
			}
			if (!pdf_lex_skip(&at))
				break;
		}
		whole = t == PDF_TOKEN_DICT_CLOSE;
	}
	if (ok != NULL)
		*ok = whole;
	return found && whole;
}

bool
pdf_brackets_follow(struct pdf_brackets *b, enum pdf_token t)
{
	bool dictionary = t == PDF_TOKEN_DICT_OPEN || t == PDF_TOKEN_DICT_CLOSE;
	unsigned char bit;

	if (t == PDF_TOKEN_DICT_OPEN || t == PDF_TOKEN_ARRAY_OPEN) {
		if (b->open == PDF_BRACKETS_MAX)
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
