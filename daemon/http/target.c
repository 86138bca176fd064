/* target: see target.h. */
#include "daemon/http/target.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Decodes n bytes in place of the copy; false for an escape that is none. Length in *n. */
static bool
unescape(char *s, size_t *n, bool plus_is_space)
{
	size_t to = 0;
	int high, low;

	for (size_t i = 0; i < *n; i++) {
		if (s[i] == '%') {
			if (*n - i < 3 || (high = hex_digit(s[i + 1])) < 0 ||
				(low = hex_digit(s[i + 2])) < 0)
				return false;
			s[to++] = (char)(high << 4 | low);
			i += 2;
		} else {
			s[to++] = plus_is_space && s[i] == '+' ? ' ' : s[i];
		}
	}
	s[to] = '\0';
	*n = to;
	return true;
}

static bool
is_plain_ascii(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || (unsigned char)s[i] > 0x7e)
			return false;
	return true;
}

/* n bytes, decoded, in NFC, into the arena. */
static enum status
decode(struct arena *arena, const char *raw, size_t n, bool query, const char **out)
{
	char *s = arena_strndup(arena, raw, n), *nfc = NULL;
	enum status st;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	if (!unescape(s, &n, query))
		return STATUS_MALFORMED;
	if (is_plain_ascii(s, n)) {
		*out = s;
		return STATUS_OK;
	}
	/* A search word may come from a text field of several lines, a name in a path may not. */
	if (!query && strpbrk(s, "\t\r\n") != NULL)
		return STATUS_MALFORMED;
	st = text_nfc(s, n, &nfc);
	if (st != STATUS_OK)
		return st == STATUS_INVALID ? STATUS_MALFORMED : st;
	s = arena_strdup(arena, nfc);
	free(nfc);
	if (s == NULL)
		return STATUS_NO_MEMORY;
	*out = s;
	return STATUS_OK;
}

/*
 * A path that could mean another one after somebody normalises it means nothing here (RFC 3986
 * section 5.2.4).
 */
static bool
segment_is_valid(const char *s)
{
	return *s != '\0' && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

enum status
http_path_read(struct arena *arena, const char *raw, struct http_path *out)
{
	struct http_path path = {.count = 0};
	const char *s = raw + 1;
	enum status st;
	size_t n;

	if (*raw != '/')
		return STATUS_MALFORMED;
	while (*s != '\0') {
		if (path.count == HTTP_SEGMENTS_MAX)
			return STATUS_NOT_FOUND;
		n = strcspn(s, "/");
		st = decode(arena, s, n, false, &path.segments[path.count]);
		if (st != STATUS_OK)
			return st;
		if (!segment_is_valid(path.segments[path.count]))
			return STATUS_MALFORMED;
		path.count++;
		s += n;
		if (*s == '/' && *++s == '\0') /* "/a/" is not "/a" */
			return STATUS_NOT_FOUND;
	}
	path.text = raw;
	if (strchr(raw, '%') != NULL &&
		(st = decode(arena, raw, strlen(raw), false, &path.text)) != STATUS_OK)
		return st;
	*out = path;
	return STATUS_OK;
}

static enum status
read_pair(struct arena *arena, const char *raw, size_t n, struct http_query_pair *out)
{
	const char *equals = memchr(raw, '=', n);
	size_t name_len = equals != NULL ? (size_t)(equals - raw) : n;
	enum status st;

	st = decode(arena, raw, name_len, true, &out->name);
	if (st != STATUS_OK)
		return st;
	if (*out->name == '\0')
		return STATUS_MALFORMED;
	out->value = "";
	return equals != NULL ? decode(arena, equals + 1, n - name_len - 1, true, &out->value)
			      : STATUS_OK;
}

enum status
http_query_read(struct arena *arena, const char *raw, struct http_query *out)
{
	struct http_query_pair *pairs;
	size_t count = 1, used = 0, n;
	enum status st;

	*out = (struct http_query){0, NULL};
	if (raw == NULL || *raw == '\0')
		return STATUS_OK;
	for (const char *s = raw; *s != '\0'; s++)
		count += *s == '&';
	if (count > HTTP_QUERY_MAX)
		return STATUS_MALFORMED;
	pairs = arena_alloc(arena, count * sizeof(*pairs));
	if (pairs == NULL)
		return STATUS_NO_MEMORY;
	for (const char *s = raw; used < count; s += n + 1) {
		n = strcspn(s, "&");
		st = read_pair(arena, s, n, &pairs[used]);
		if (st != STATUS_OK)
			return st;
		used++;
	}
	*out = (struct http_query){used, pairs};
	return STATUS_OK;
}

const char *
http_query_find(const struct http_query *query, const char *name)
{
	for (size_t i = 0; i < query->count; i++)
		if (strcmp(query->pairs[i].name, name) == 0)
			return query->pairs[i].value;
	return NULL;
}
