/* edxml_text: see edxml_text.h. */
#include "lib/doc/edxml_text.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* The bytes without DEL and the C1 controls (C2 80 … C2 9F), which XML allows and text_nfc does
 * not. */
static char *
without_controls(const char *s, size_t n, size_t *len_out)
{
	char *to = malloc(n + 1);
	size_t len = 0;

	for (size_t i = 0; i < n && to != NULL; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c == 0xc2 && i + 1 < n && (unsigned char)s[i + 1] < 0xa0) {
			i++;
			continue;
		}
		if ((c >= 0x20 && c != 0x7f) || is_space(s[i]))
			to[len++] = s[i];
	}
	*len_out = len;
	return to;
}

/* U+202A-202E, U+2066-2069: characters that change the direction in which a text is shown. */
static bool
has_direction(const char *s)
{
	for (; (s = strstr(s, "\xe2\x80")) != NULL; s += 2)
		if ((unsigned char)s[2] >= 0xaa && (unsigned char)s[2] <= 0xae)
			return true;
	return false;
}

static bool
has_isolate(const char *s)
{
	for (; (s = strstr(s, "\xe2\x81")) != NULL; s += 2)
		if ((unsigned char)s[2] >= 0xa6 && (unsigned char)s[2] <= 0xa9)
			return true;
	return false;
}

static void
trim(const char **s, size_t *n)
{
	while (*n > 0 && is_space(**s)) {
		++*s;
		--*n;
	}
	while (*n > 0 && is_space((*s)[*n - 1]))
		--*n;
}

enum status
edxml_text_keep(struct arena *a, const char *s, size_t n, const char *where, struct diag *diag,
	const char **out)
{
	char *nfc = NULL, *clean = NULL;
	enum status st;

	trim(&s, &n);
	*out = NULL;
	if (n == 0)
		return STATUS_OK;
	st = text_nfc(s, n, &nfc);
	if (st == STATUS_INVALID) {
		diag_warn(diag, "edxml.text.control", where, NULL, NULL);
		if ((clean = without_controls(s, n, &n)) == NULL)
			return STATUS_NO_MEMORY;
		s = clean;
		trim(&s, &n); /* a dropped control may have stood outside of white space */
		st = text_nfc(s, n, &nfc);
		free(clean);
	}
	if (st != STATUS_OK)
		return st;
	if (has_direction(nfc) || has_isolate(nfc))
		diag_warn(diag, "edxml.text.direction", where, nfc, NULL);
	if (strstr(nfc, "\xef\xbf\xbd") != NULL)
		diag_warn(diag, "edxml.text.damaged", where, nfc, NULL);
	if (*nfc != '\0' && (*out = arena_strdup(a, nfc)) == NULL)
		st = STATUS_NO_MEMORY;
	free(nfc);
	return st;
}
