/*
 * head: the grammar of a request's head: request line and field lines, and what they say about the
 * body and the connection. Works on bytes in memory; which bytes are a head is the parser's
 * business (parser.h).
 */
#ifndef CONGVAN_HTTP_HEAD_H
#define CONGVAN_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/http/refusal.h"
#include "lib/base/arena.h"
#include "lib/base/buf.h"

/*
 * RFC 9112 section 3 recommends at least 8000 octets for a request line; no field of ours needs
 * more either.
 */
#define HTTP_LINE_MAX 8192u
#define HTTP_METHOD_MAX 16u

struct http_field {
	const char *name; /* lower case */
	const char *value;
};

struct http_head {
	const char *method;
	const char *path;  /* as sent, begins with "/" (or is "*"); without the query */
	const char *query; /* as sent, NULL without a "?" */
	const char *host;  /* NULL: HTTP/1.0 without one */
	int minor;         /* HTTP/1.minor: 0 or 1 */
	bool keep_alive;
	bool expect_continue;
	bool chunked;
	bool has_length;
	uint64_t length; /* 0 without has_length */
	size_t field_count;
	const struct http_field *fields;
};

/* Where the three parts of a request line stand in it. */
struct http_request_line {
	size_t method_len;
	size_t target, target_len;
	int minor;
};

/* line: without its CRLF. */
enum http_refusal
http_request_line_read(const unsigned char *line, size_t n, struct http_request_line *out);

/*
 * The whole head, from the first byte of the request line to the CRLF of the empty line. Its line
 * ends and control bytes have been checked by the parser. Everything in *out is a copy in the
 * arena. field_max: number of field lines (at least those the parser has counted).
 */
enum http_refusal http_head_read(struct arena *arena, const unsigned char *p, size_t n,
	const struct http_request_line *line, size_t field_max, struct http_head *out);

/*
 * Checks trailer fields (the same form), which are then ignored: RFC 9110 section 6.5.1 allows
 * that.
 */
enum http_refusal http_trailer_check(const unsigned char *p, size_t n);

/* The value of the first field of that name (any case); NULL without. */
const char *http_head_field(const struct http_head *head, const char *name);

/* tchar of RFC 9110 section 5.6.2. */
bool http_is_token_byte(unsigned char c);

#endif
