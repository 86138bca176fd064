/* condition: Range, If-Match and If-None-Match of a request (RFC 9110 sections 13 and 14). */
#include <string.h>

#include "daemon/http/server_private.h"

/* 1*DIGIT that fits; moves *s behind it. */
static bool
read_position(const char **s, uint64_t *out)
{
	const char *p = *s;
	uint64_t v = 0;

	for (; *p >= '0' && *p <= '9'; p++) {
		if (p - *s >= 18)
			return false;
		v = v * 10 + (uint64_t)(*p - '0');
	}
	if (p == *s)
		return false;
	*s = p;
	*out = v;
	return true;
}

int
http_call_range(struct http_call *call, uint64_t size, uint64_t *first_out, uint64_t *last_out)
{
	const char *s = http_call_header(call, "range");
	uint64_t first = 0, last = 0;
	bool has_first, has_last;

	if (s == NULL || strcmp(call->head.method, "GET") != 0 || strncmp(s, "bytes=", 6) != 0 ||
		http_call_header(call, "if-range") !=
			NULL) /* may be ignored, and without the tag must be */
		return 0;
	s += 6;
	has_first = read_position(&s, &first);
	if (*s++ != '-')
		return 0;
	has_last = read_position(&s, &last);
	if (*s != '\0' || (!has_first && !has_last) || (has_first && has_last && last < first))
		return 0; /* several ranges, or none that means anything: the whole is a right
			     answer */
	if (!has_first) { /* the last n bytes */
		if (last == 0 || size == 0)
			return -1;
		first = last < size ? size - last : 0;
		last = size - 1;
	} else if (first >= size) {
		return -1;
	} else if (!has_last || last >= size) {
		last = size - 1;
	}
	*first_out = first;
	*last_out = last;
	return 1;
}

/*
 * Looks for the tag (with its quotes) in a list; "*" is any. Weak tags compare by their opaque part
 * if `weak`.
 */
static bool
list_has(const char *list, const char *tag, bool weak)
{
	size_t n;

	for (const char *s = list; *s != '\0'; s += n) {
		bool is_weak;

		s += strspn(s, " \t,");
		if (*s == '*')
			return true;
		is_weak = strncmp(s, "W/", 2) == 0;
		if (is_weak)
			s += 2;
		if (*s != '"')
			return false;
		n = strcspn(s + 1, "\"") + 1;
		if (s[n] != '"')
			return false;
		n++;
		if ((weak || !is_weak) && strlen(tag) == n && memcmp(s, tag, n) == 0)
			return true;
	}
	return false;
}

bool
http_call_if_match(struct http_call *call, const char *tag)
{
	const char *list = http_call_header(call, "if-match");

	return list == NULL || list_has(list, tag, false);
}

bool
http_call_if_none_match(struct http_call *call, const char *tag)
{
	const char *list = http_call_header(call, "if-none-match");

	return list != NULL && list_has(list, tag, true);
}
