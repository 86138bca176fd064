/*
 * target: the path and query of a request as text: percent-decoding (RFC 3986 section 2.1),
 * strictly, into UTF-8 in NFC. The bytes have passed the parser, so that only characters of a URI
 * are in them.
 */
#ifndef CONGVAN_HTTP_TARGET_H
#define CONGVAN_HTTP_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/arena.h"
#include "lib/base/status.h"

#define HTTP_SEGMENTS_MAX 16u /* no route has more */
#define HTTP_QUERY_MAX 64u    /* names in one query */

/* "/v1/a%2Fb" is two segments, "v1" and "a/b". The root has none. */
struct http_path {
	size_t count;
	const char *segments[HTTP_SEGMENTS_MAX];
	const char *text; /* decoded, for people */
};

struct http_query {
	size_t count;
	const struct http_query_pair {
		const char *name, *value;
	} * pairs;
};

/*
 * STATUS_MALFORMED: a bad escape, not UTF-8, a control character, or a segment that is empty, "."
 * or "..". STATUS_NOT_FOUND: more segments than any route has. Strings live in the arena.
 */
enum status http_path_read(struct arena *arena, const char *raw, struct http_path *out);

/*
 * name=value&…, "+" is a space (as in a form), a name alone has the value "".
 * raw NULL: empty. STATUS_MALFORMED as above, or more than HTTP_QUERY_MAX names.
 */
enum status http_query_read(struct arena *arena, const char *raw, struct http_query *out);

/* The first value of that name; NULL without. */
const char *http_query_find(const struct http_query *query, const char *name);

#endif
