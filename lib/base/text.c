/* text: see text.h. */
#include "lib/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* Length of the character at s (at most n bytes) and its code point, or 0 when it is not UTF-8. */
static size_t
decode(const char *s, size_t n, utf8proc_int32_t *cp)
{
	utf8proc_ssize_t len;

	len = utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, cp);
	return len > 0 && *cp >= 0 ? (size_t)len : 0;
}

static bool
is_control(utf8proc_int32_t cp)
{
	return (cp < 0x20 && cp != '\t' && cp != '\n' && cp != '\r') || (cp >= 0x7f && cp < 0xa0);
}

bool
text_is_utf8(const char *s, size_t n)
{
	utf8proc_int32_t cp;

	for (size_t i = 0, len; i < n; i += len) {
		len = decode(s + i, n - i, &cp);
		if (len == 0 || cp == 0)
			return false;
	}
	return true;
}

static bool
is_clean(const char *s, size_t n)
{
	utf8proc_int32_t cp;

	for (size_t i = 0, len; i < n; i += len)
		if ((len = decode(s + i, n - i, &cp)) == 0 || is_control(cp))
			return false;
	return true;
}

static enum status
map(const char *s, size_t n, utf8proc_option_t options, char **out)
{
	utf8proc_uint8_t *to = NULL;
	utf8proc_ssize_t len;

	if (!is_clean(s, n))
		return STATUS_INVALID;
	if (n == 0) {
		*out = calloc(1, 1);
		return *out != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	}
	len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &to, options);
	if (len == UTF8PROC_ERROR_NOMEM)
		return STATUS_NO_MEMORY;
	if (len < 0)
		return STATUS_INVALID;
	*out = (char *)to;
	return STATUS_OK;
}

/*
 * Clean, and of characters alone that stand for themselves in NFC whatever is beside them (UAX 15, quick check): those before the
 * first combining mark, and Latin Extended Additional. Nearly all Vietnamese text is that, and needs no tables.
 */
static bool
is_composed(const char *s, size_t n)
{
	utf8proc_int32_t cp;

	for (size_t i = 0, len; i < n; i += len)
		if ((len = decode(s + i, n - i, &cp)) == 0 || is_control(cp) ||
			(cp >= 0x300 && (cp < 0x1e00 || cp > 0x1eff)))
			return false;
	return true;
}

enum status
text_nfc(const char *s, size_t n, char **out)
{
	if (n > 0 && is_composed(s, n))
		return (*out = strndup(s, n)) != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	return map(s, n, UTF8PROC_STABLE | UTF8PROC_COMPOSE, out);
}

enum status
text_caseless(const char *s, size_t n, char **out)
{
	return map(s, n, UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD, out);
}

/* đ is a letter of its own in Unicode, without decomposition: replaced in place (2 bytes by 1). */
static void
fold_in_place(char *s)
{
	char *to = s;
	bool space = true;

	for (const char *p = s; *p != '\0'; p++) {
		if ((unsigned char)p[0] == 0xc4 && (unsigned char)p[1] == 0x91) {
			*to++ = 'd';
			p++;
			space = false;
		} else if (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r') {
			if (!space)
				*to++ = ' ';
			space = true;
		} else {
			*to++ = *p;
			space = false;
		}
	}
	if (to > s && to[-1] == ' ')
		to--;
	*to = '\0';
}

enum status
text_fold(const char *s, size_t n, char **out)
{
	enum status st;

	st = map(s, n, UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE |
		UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD | UTF8PROC_IGNORE, out);
	if (st == STATUS_OK)
		fold_in_place(*out);
	return st;
}

bool
text_same(const char *a, const char *b)
{
	char *fa = NULL, *fb = NULL;
	bool same;

	same = text_fold(a, strlen(a), &fa) == STATUS_OK &&
		text_fold(b, strlen(b), &fb) == STATUS_OK && strcmp(fa, fb) == 0;
	free(fa);
	free(fb);
	return same;
}

void
text_excerpt(char *to, size_t size, const char *s, size_t n)
{
	size_t used = 0, i = 0;

	if (size == 0)
		return;
	while (i < n) {
		utf8proc_int32_t cp = 0;
		size_t len = decode(s + i, n - i, &cp);
		bool bad = len == 0 || is_control(cp);
		const char *from = bad ? REPLACEMENT : s + i;
		size_t put = bad ? sizeof(REPLACEMENT) - 1 : len;

		if (put > size - 1 - used)
			break;
		memcpy(to + used, from, put);
		used += put;
		i += len ? len : 1;
	}
	to[used] = '\0';
}

void
text_line(char *to, size_t size, const char *s, size_t n)
{
	text_excerpt(to, size, s, n);
	for (; size > 0 && *to != '\0'; to++)
		if (*to == '\t' || *to == '\n' || *to == '\r')
			*to = ' ';
}

size_t
text_length(const char *s)
{
	size_t count = 0;

	for (; *s != '\0'; s++)
		if (((unsigned char)*s & 0xc0) != 0x80)
			count++;
	return count;
}
