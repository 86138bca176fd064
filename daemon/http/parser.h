/*
 * parser: HTTP/1.1 requests out of a stream of bytes, strictly (RFC 9112). A push parser without
 * sockets: it is given whatever has arrived and says what it found. What it refuses, and why, is
 * the table of refusal.h; after a refusal it gives nothing more.
 *
 * An idle parser holds no memory: a head that arrives whole is read where it lies, and only one
 * that comes in pieces is gathered.
 */
#ifndef CONGVAN_HTTP_PARSER_H
#define CONGVAN_HTTP_PARSER_H

#include "daemon/http/head.h"
#include "daemon/http/refusal.h"
#include "lib/base/buf.h"

enum http_item {
	HTTP_ITEM_MORE,   /* all bytes taken, nothing complete yet */
	HTTP_ITEM_HEAD,   /* a head: call http_parser_head before anything else */
	HTTP_ITEM_DATA,   /* a piece of the body: parser->data, inside the bytes that were given */
	HTTP_ITEM_END,    /* the message is complete; the next bytes are another request */
	HTTP_ITEM_REFUSED /* parser->refusal says why */
};

enum http_parser_state {
	HTTP_PARSER_IDLE,    /* no byte of a request yet */
	HTTP_PARSER_SKIP_LF, /* the one empty line allowed before a request (RFC 9112 section 2.2):
				its CR is read */
	HTTP_PARSER_HEAD,    /* gathering request line and fields */
	HTTP_PARSER_HEAD_READY, /* waiting for http_parser_head */
	HTTP_PARSER_LENGTH,     /* body: `left` bytes to come */
	HTTP_PARSER_SIZE_FIRST, /* chunk size: first digit */
	HTTP_PARSER_SIZE,       /* chunk size: further digits */
	HTTP_PARSER_EXT_NAME,   /* chunk extension: after ";" */
	HTTP_PARSER_EXT_VALUE,  /* after "=": token or quoted string */
	HTTP_PARSER_EXT_TOKEN,
	HTTP_PARSER_EXT_QUOTED,
	HTTP_PARSER_EXT_ESCAPED,
	HTTP_PARSER_EXT_CLOSED, /* after the closing quote */
	HTTP_PARSER_SIZE_LF,    /* CR of the size line is read */
	HTTP_PARSER_CHUNK,      /* chunk data: `left` bytes to come */
	HTTP_PARSER_CHUNK_CR,
	HTTP_PARSER_CHUNK_LF,
	HTTP_PARSER_TRAILER, /* gathering trailer fields */
	HTTP_PARSER_END,     /* to be told, then idle */
	HTTP_PARSER_REFUSED
};

/* Read only `data`, `refusal` and `state`; the rest is the parser's own. */
struct http_parser {
	enum http_parser_state state;
	enum http_refusal refusal;
	struct span data;

	size_t head_max, field_max;
	struct buf gathered; /* head or trailer so far, when it did not arrive in one piece */
	struct span head;    /* HTTP_PARSER_HEAD_READY: the whole head */
	struct http_request_line line;
	size_t head_len; /* bytes of the head or trailer so far */
	size_t line_len; /* bytes of the present line, without its CR */
	size_t lines;    /* lines complete */
	uint64_t left;   /* of the body or chunk */
	unsigned digits; /* of the chunk size */
	unsigned size_line;
	bool seen_cr, skipped;
};

/*
 * head_max: bytes of request line and fields together (and of trailer fields); field_max: their
 * number.
 */
void http_parser_init(struct http_parser *p, size_t head_max, size_t field_max);
void http_parser_free(struct http_parser *p);

/*
 * Looks at bytes[0..n) and returns the first thing found; *used_out bytes are taken (all of them
 * for HTTP_ITEM_MORE). Call again with the rest, also with n 0 after HTTP_ITEM_HEAD and
 * HTTP_ITEM_DATA: an end may need no more bytes.
 */
enum http_item
http_parser_next(struct http_parser *p, const unsigned char *bytes, size_t n, size_t *used_out);

/*
 * After HTTP_ITEM_HEAD, while the bytes given are still there: reads the head into the arena and
 * makes ready for the body. A refusal is also kept in p->refusal.
 */
enum http_refusal
http_parser_head(struct http_parser *p, struct arena *arena, struct http_head *out);

/* True when no byte of a request has arrived since the last one. */
bool http_parser_is_idle(const struct http_parser *p);

#endif
