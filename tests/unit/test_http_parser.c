/*
 * parser: the refusal table (every row refused for its own reason, however the bytes are cut), what is accepted and how it is read,
 * limits, and that a stream of requests comes out in order.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/http/parser.h"
#include "lib/base/message.h"

#define HEAD_MAX 1024
#define FIELD_MAX 8

#define H "Host: a\r\n"
#define POST "POST / HTTP/1.1\r\n" H
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

struct row {
	const char *what;
	const char *bytes;
	size_t n; /* 0: strlen */
	enum http_refusal want;
};

#define R(what, bytes, want) {what, bytes, 0, HTTP_REFUSE_##want}
#define RN(what, bytes, want) {what, bytes, sizeof(bytes) - 1, HTTP_REFUSE_##want}

static const struct row refused[] = {
	/* request line */
	R("HTTP/0.9", "GET /\r\n", VERSION),
	R("no target", "GET\r\n", REQUEST_LINE),
	R("empty target", "GET  HTTP/1.1\r\n" H "\r\n", TARGET),
	R("HTTP/1.2", "GET / HTTP/1.2\r\n" H "\r\n", VERSION),
	R("HTTP/2.0", "GET / HTTP/2.0\r\n" H "\r\n", VERSION),
	R("HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VERSION),
	R("HTTP/1", "GET / HTTP/1\r\n" H "\r\n", VERSION),
	R("HTTP/1.10", "GET / HTTP/1.10\r\n" H "\r\n", VERSION),
	R("HTTP/01.1", "GET / HTTP/01.1\r\n" H "\r\n", VERSION),
	R("lower-case version", "GET / http/1.1\r\n" H "\r\n", VERSION),
	R("HTTPS/1.1", "GET / HTTPS/1.1\r\n" H "\r\n", VERSION),
	R("space after version", "GET / HTTP/1.1 \r\n" H "\r\n", VERSION),
	R("two spaces before version", "GET /  HTTP/1.1\r\n" H "\r\n", VERSION),
	R("space in target", "GET /a b HTTP/1.1\r\n" H "\r\n", VERSION),
	R("tab between", "GET\t/\tHTTP/1.1\r\n" H "\r\n", REQUEST_LINE),
	R("tab in target", "GET /\t HTTP/1.1\r\n" H "\r\n", TARGET),
	R("space before method", " GET / HTTP/1.1\r\n" H "\r\n", METHOD),
	R("method no token", "G@T / HTTP/1.1\r\n" H "\r\n", METHOD),
	R("method too long", "GETGETGETGETGETGET / HTTP/1.1\r\n" H "\r\n", METHOD),
	R("two empty lines before", "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n", REQUEST_LINE),
	R("bare LF before", "\nGET / HTTP/1.1\r\n" H "\r\n", LINE_END),
	R("CR without LF before", "\rGET / HTTP/1.1\r\n" H "\r\n", LINE_END),
	R("raw UTF-8 in target", "GET /s\xe1\xbb\x95 HTTP/1.1\r\n" H "\r\n", TARGET),
	R("fragment", "GET /a#b HTTP/1.1\r\n" H "\r\n", TARGET),
	R("backslash", "GET /a\\b HTTP/1.1\r\n" H "\r\n", TARGET),
	R("quote", "GET /a\"b HTTP/1.1\r\n" H "\r\n", TARGET),
	R("braces", "GET /{a} HTTP/1.1\r\n" H "\r\n", TARGET),
	R("target without slash", "GET a HTTP/1.1\r\n" H "\r\n", TARGET),
	R("asterisk for GET", "GET * HTTP/1.1\r\n" H "\r\n", TARGET),
	R("authority form", "CONNECT a:443 HTTP/1.1\r\n" H "\r\n", TARGET),
	R("other scheme", "GET ftp://a/ HTTP/1.1\r\n" H "\r\n", TARGET),
	R("absolute form, other host", "GET http://b/ HTTP/1.1\r\n" H "\r\n", HOST),
	R("absolute form, user", "GET http://u@a/ HTTP/1.1\r\n" H "\r\n", HOST),
	R("absolute form without path", "GET http://a HTTP/1.1\r\n" H "\r\n", TARGET),
	RN("TLS on the plain port", "\x16\x03\x01\x02\x00", CONTROL),
	RN("NUL in request line", "GET /\0 HTTP/1.1\r\n" H "\r\n", CONTROL),
	/* line ends and control bytes */
	R("bare LF ends request line", "GET / HTTP/1.1\n" H "\r\n", LINE_END),
	R("bare LF ends field", "GET / HTTP/1.1\r\nHost: a\n\r\n", LINE_END),
	R("bare LF as empty line", "GET / HTTP/1.1\r\n" H "\n", LINE_END),
	R("bare CR in value", "GET / HTTP/1.1\r\n" H "X: a\rb\r\n\r\n", LINE_END),
	R("CR CR LF", "GET / HTTP/1.1\r\n" H "X: a\r\r\n\r\n", LINE_END),
	R("CR as line end", "GET / HTTP/1.1\rHost: a\r\r", LINE_END),
	RN("NUL in value", "GET / HTTP/1.1\r\n" H "X: a\0b\r\n\r\n", CONTROL),
	RN("NUL in name", "GET / HTTP/1.1\r\n" H "X\0: a\r\n\r\n", CONTROL),
	R("escape in value", "GET / HTTP/1.1\r\n" H "X: a\x1b[b\r\n\r\n", CONTROL),
	R("DEL in value", "GET / HTTP/1.1\r\n" H "X: a\x7f\r\n\r\n", CONTROL),
	R("vertical tab before colon", "GET / HTTP/1.1\r\n" H "X\v: a\r\n\r\n", CONTROL),
	/* fields */
	R("space before colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", FIELD_SPACE),
	R("tab before colon", "GET / HTTP/1.1\r\n" H "X\t: a\r\n\r\n", FIELD_SPACE),
	R("empty name", "GET / HTTP/1.1\r\n" H ": a\r\n\r\n", FIELD_NAME),
	R("no colon", "GET / HTTP/1.1\r\n" H "X\r\n\r\n", FIELD_NAME),
	R("space in name", "GET / HTTP/1.1\r\n" H "X Y: a\r\n\r\n", FIELD_NAME),
	R("quote in name", "GET / HTTP/1.1\r\n" H "\"X\": a\r\n\r\n", FIELD_NAME),
	R("UTF-8 in name", "GET / HTTP/1.1\r\n" H "S\xe1\xbb\x91: a\r\n\r\n", FIELD_NAME),
	R("folded by space", "GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", FIELD_FOLD),
	R("folded by tab", "GET / HTTP/1.1\r\n" H "X: a\r\n\tb\r\n\r\n", FIELD_FOLD),
	R("folded length", POST "Content-Length:\r\n 5\r\n\r\nhello", FIELD_FOLD),
	R("folded coding", POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n", FIELD_FOLD),
	R("space before first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", FIELD_FOLD),
	R("space as empty line", "GET / HTTP/1.1\r\n" H " \r\n\r\n", FIELD_FOLD),
	R("two Content-Type", POST "Content-Type: a/b\r\nContent-Type: a/b\r\n\r\n", FIELD_DOUBLE),
	R("two Authorization", "GET / HTTP/1.1\r\n" H "Authorization: a\r\nauthorization: b\r\n\r\n", FIELD_DOUBLE),
	R("two Idempotency-Key", POST "Idempotency-Key: a\r\nIdempotency-Key: a\r\n\r\n", FIELD_DOUBLE),
	R("two Cookie", "GET / HTTP/1.1\r\n" H "Cookie: a=1\r\nCookie: a=2\r\n\r\n", FIELD_DOUBLE),
	R("two Range", "GET / HTTP/1.1\r\n" H "Range: bytes=0-1\r\nRange: bytes=2-3\r\n\r\n", FIELD_DOUBLE),
	R("bad Connection", "GET / HTTP/1.1\r\n" H "Connection: clo\"se\r\n\r\n", FIELD_NAME),
	R("9 fields", "GET / HTTP/1.1\r\n" H "A:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\nA:1\r\n\r\n", FIELD_COUNT),
	/* Host */
	R("no Host", "GET / HTTP/1.1\r\n\r\n", HOST_MISSING),
	R("two Host", "GET / HTTP/1.1\r\n" H H "\r\n", HOST_DOUBLE),
	R("two Host, HTTP/1.0", "GET / HTTP/1.0\r\n" H "Host: b\r\n\r\n", HOST_DOUBLE),
	R("empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", HOST),
	R("Host with path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", HOST),
	R("Host with user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", HOST),
	R("Host list", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", HOST),
	R("Host with bad port", "GET / HTTP/1.1\r\nHost: a:8o\r\n\r\n", HOST),
	R("Host with long port", "GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n", HOST),
	R("Host, open bracket", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", HOST),
	R("Host, name in brackets", "GET / HTTP/1.1\r\nHost: [host]\r\n\r\n", HOST),
	R("Host, after bracket", "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n", HOST),
	/* Content-Length */
	R("two equal lengths", POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", LENGTH_DOUBLE),
	R("two lengths", POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\nhello", LENGTH_DOUBLE),
	R("listed length", POST "Content-Length: 5, 5\r\n\r\nhello", LENGTH_DOUBLE),
	R("length +5", POST "Content-Length: +5\r\n\r\nhello", LENGTH),
	R("length -5", POST "Content-Length: -5\r\n\r\nhello", LENGTH),
	R("length 0x5", POST "Content-Length: 0x5\r\n\r\nhello", LENGTH),
	R("length 5 5", POST "Content-Length: 5 5\r\n\r\nhello", LENGTH),
	R("length 5.0", POST "Content-Length: 5.0\r\n\r\nhello", LENGTH),
	R("length 1e1", POST "Content-Length: 1e1\r\n\r\nhello", LENGTH),
	R("length \"5\"", POST "Content-Length: \"5\"\r\n\r\nhello", LENGTH),
	R("empty length", POST "Content-Length:\r\n\r\n", LENGTH),
	R("length beyond 2^64", POST "Content-Length: 18446744073709551621\r\n\r\nhello", LENGTH),
	R("length with other digits", POST "Content-Length: \xd9\xa5\r\n\r\nhello", LENGTH),
	R("length and coding", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", LENGTH_CODING),
	R("coding and length", POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", LENGTH_CODING),
	/* Transfer-Encoding */
	R("gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", CODING),
	R("chunked, identity", POST "Transfer-Encoding: chunked, identity\r\n\r\n", CODING),
	R("identity", POST "Transfer-Encoding: identity\r\n\r\n", CODING),
	R("xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", CODING),
	R("chunked,", POST "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n", CODING),
	R("\"chunked\"", POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n", CODING),
	R("chunked;q=1", POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n", CODING),
	R("empty coding", POST "Transfer-Encoding:\r\n\r\n", CODING),
	R("chunked twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CODING),
	R("chunked in HTTP/1.0", "POST / HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", CODING),
	/* Expect */
	R("other expectation", POST "Expect: 200-ok\r\n\r\n", EXPECT),
	R("two expectations", POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", EXPECT),
	/* chunks */
	R("chunk size empty", CHUNKED "\r\n", CHUNK_SIZE),
	R("chunk size +5", CHUNKED "+5\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE),
	R("chunk size -1", CHUNKED "-1\r\n", CHUNK_SIZE),
	R("chunk size 0x5", CHUNKED "0x5\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE),
	R("chunk size g", CHUNKED "g\r\n", CHUNK_SIZE),
	R("chunk size with space", CHUNKED "5 \r\nhello\r\n0\r\n\r\n", CHUNK_SIZE),
	R("space before chunk size", CHUNKED " 5\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE),
	R("chunk size 5_0", CHUNKED "5_0\r\n", CHUNK_SIZE),
	R("chunk size beyond 2^64", CHUNKED "10000000000000005\r\nhello\r\n0\r\n\r\n", CHUNK_SIZE),
	R("chunk size all f", CHUNKED "ffffffffffffffff\r\n", CHUNK_SIZE),
	R("chunk size, bare LF", CHUNKED "5\nhello\r\n0\r\n\r\n", CHUNK_SIZE),
	R("chunk size, bare CR", CHUNKED "5\rhello", LINE_END),
	R("chunk data too long", CHUNKED "5\r\nhello!\r\n0\r\n\r\n", CHUNK_END),
	R("chunk data without CRLF", CHUNKED "5\r\nhello0\r\n\r\n", CHUNK_END),
	R("chunk data, bare LF", CHUNKED "5\r\nhello\n0\r\n\r\n", CHUNK_END),
	R("chunk data, CR only", CHUNKED "5\r\nhello\r0\r\n\r\n", CHUNK_END),
	R("extension, bare LF", CHUNKED "5;a\nhello\r\n0\r\n\r\n", CHUNK_EXTENSION),
	R("extension without name", CHUNKED "5;\r\nhello\r\n0\r\n\r\n", CHUNK_EXTENSION),
	R("extension with space", CHUNKED "5; a=b\r\nhello\r\n0\r\n\r\n", CHUNK_EXTENSION),
	R("extension without value", CHUNKED "5;a=\r\nhello\r\n0\r\n\r\n", CHUNK_EXTENSION),
	R("extension, line end in quotes", CHUNKED "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n", CHUNK_EXTENSION),
	R("extension, text after quotes", CHUNKED "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", CHUNK_EXTENSION),
	R("trailer Content-Length", CHUNKED "0\r\nContent-Length: 5\r\n\r\n", TRAILER),
	R("trailer Host", CHUNKED "0\r\nhost: b\r\n\r\n", TRAILER),
	R("trailer folded", CHUNKED "0\r\nA: b\r\n c\r\n\r\n", FIELD_FOLD),
	R("trailer folded first", CHUNKED "0\r\n A: b\r\n\r\n", FIELD_FOLD),
	R("trailer without name", CHUNKED "0\r\n: b\r\n\r\n", FIELD_NAME),
	R("trailer, bare LF", CHUNKED "0\r\n\n", LINE_END),
	RN("trailer, NUL", CHUNKED "0\r\nA: \0\r\n\r\n", CONTROL),
};

#define REFUSED (sizeof(refused) / sizeof(refused[0]))

/* Everything found in the bytes, cut at every `cut`: "METHOD path[?query] v.minor flags{body}" a request, then the refusal. */
static enum http_refusal
run(const unsigned char *p, size_t n, size_t cut, char *seen, size_t size)
{
	struct http_parser parser;
	struct arena *arena = arena_new(1 << 20);
	struct http_head head;
	size_t at = 0, end, used, len = 0;
	enum http_item item = HTTP_ITEM_MORE;
	enum http_refusal r;

	seen[0] = '\0';
	http_parser_init(&parser, HEAD_MAX, FIELD_MAX);
	do {
		end = (at / cut + 1) * cut < n ? (at / cut + 1) * cut : n;
		/* A copy of exact size: reading beyond it is seen by the sanitizer. */
		unsigned char *piece = malloc(end - at + (end == at));
		memcpy(piece, p + at, end - at);
		item = http_parser_next(&parser, piece, end - at, &used);
		assert_true(used <= end - at);
		if (item == HTTP_ITEM_MORE)
			assert_int_equal(used, end - at);
		at += used;
		if (item == HTTP_ITEM_HEAD && http_parser_head(&parser, arena, &head) == HTTP_REFUSE_NONE)
			len += (size_t)snprintf(seen + len, size - len, "%s %s%s%s 1.%d%s%s{", head.method, head.path,
				head.query ? "?" : "", head.query ? head.query : "", head.minor,
				head.keep_alive ? " keep" : "", head.expect_continue ? " expect" : "");
		else if (item == HTTP_ITEM_DATA)
			len += (size_t)snprintf(seen + len, size - len, "%.*s", (int)parser.data.len,
				(const char *)parser.data.data);
		else if (item == HTTP_ITEM_END)
			len += (size_t)snprintf(seen + len, size - len, "}");
		assert_true(len < size);
		free(piece);
	} while (item != HTTP_ITEM_REFUSED && (item != HTTP_ITEM_MORE || at < n));
	r = parser.refusal;
	http_parser_free(&parser);
	arena_free(arena);
	return r;
}

/* The same result for the whole, for single bytes and for other cuts. */
static enum http_refusal
run_all(const unsigned char *p, size_t n, char *seen, size_t size)
{
	char *other = malloc(size);
	enum http_refusal r = run(p, n, n, seen, size), again;

	for (size_t cut = 1; cut <= 17 && cut < n; cut++) {
		again = run(p, n, cut, other, size);
		assert_int_equal(again, r);
		assert_string_equal(other, seen);
	}
	free(other);
	return r;
}

static void
test_refused(void **state)
{
	char seen[4096];

	(void)state;
	assert_true(REFUSED >= 60);
	for (size_t i = 0; i < REFUSED; i++) {
		const struct row *row = &refused[i];
		size_t n = row->n ? row->n : strlen(row->bytes);
		enum http_refusal r = run_all((const unsigned char *)row->bytes, n, seen, sizeof(seen));

		if (r != row->want)
			print_error("%s: got %s, want %s\n", row->what, http_refusal_code(r), http_refusal_code(row->want));
		assert_int_equal(r, row->want);
		assert_null(strchr(seen, '}')); /* no request came out of it */
	}
}

static const struct {
	const char *bytes, *want;
} accepted[] = {
	{"GET / HTTP/1.1\r\n" H "\r\n", "GET / 1.1 keep{}"},
	{"\r\nGET / HTTP/1.1\r\n" H "\r\n", "GET / 1.1 keep{}"},
	{"GET / HTTP/1.0\r\n\r\n", "GET / 1.0{}"},
	{"GET / HTTP/1.1\r\n" H "Connection: close\r\n\r\n", "GET / 1.1{}"},
	{"GET / HTTP/1.1\r\n" H "Connection: x, CLOSE ,y\r\n\r\n", "GET / 1.1{}"},
	{"GET /a?b=c&d=%20 HTTP/1.1\r\n" H "\r\n", "GET /a?b=c&d=%20 1.1 keep{}"},
	{"GET /a? HTTP/1.1\r\n" H "\r\n", "GET /a? 1.1 keep{}"},
	{"GET http://A/x?y HTTP/1.1\r\n" H "\r\n", "GET /x?y 1.1 keep{}"},
	{"GET https://a:8443/x HTTP/1.1\r\nHost: a:8443\r\n\r\n", "GET /x 1.1 keep{}"},
	{"GET /x HTTP/1.1\r\nHost: [::1]:8443\r\n\r\n", "GET /x 1.1 keep{}"},
	{"OPTIONS * HTTP/1.1\r\n" H "\r\n", "OPTIONS * 1.1 keep{}"},
	{"GET / HTTP/1.1\r\nHOST:a\r\nX:\r\nY: \t b c \t \r\n\r\n", "GET / 1.1 keep{}"},
	{"GET / HTTP/1.1\r\n" H "X: \xe1\xbb\x95\r\n\r\n", "GET / 1.1 keep{}"},
	{POST "Content-Length: 5\r\n\r\nhello", "POST / 1.1 keep{hello}"},
	{POST "Content-Length: 005\r\n\r\nhello", "POST / 1.1 keep{hello}"},
	{POST "Content-Length: 0\r\n\r\n", "POST / 1.1 keep{}"},
	{POST "Content-Length: 5\r\n\r\nhel", "POST / 1.1 keep{hel"},
	{POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n", "POST / 1.1 keep expect{"},
	{"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx", "POST / 1.0{x}"},
	{CHUNKED "0\r\n\r\n", "POST / 1.1 keep{}"},
	{CHUNKED "5\r\nhello\r\n0\r\n\r\n", "POST / 1.1 keep{hello}"},
	{CHUNKED "2\r\nhe\r\n003\r\nllo\r\n000\r\n\r\n", "POST / 1.1 keep{hello}"},
	{CHUNKED "A\r\n0123456789\r\n0\r\nX: y\r\nZ: w\r\n\r\n", "POST / 1.1 keep{0123456789}"},
	{CHUNKED "a;n;m=v;o=\"q\\\"; \"\r\n0123456789\r\n0;x\r\n\r\n", "POST / 1.1 keep{0123456789}"},
	{POST "Transfer-Encoding: CHUNKED\r\n\r\n1\r\nx\r\n0\r\n\r\n", "POST / 1.1 keep{x}"},
	{POST "Content-Length: 2\r\n\r\nhiGET /2 HTTP/1.1\r\n" H "\r\n" CHUNKED "1\r\n!\r\n0\r\n\r\n\r\nGET /4 HTTP/1.0\r\n\r\n",
		"POST / 1.1 keep{hi}GET /2 1.1 keep{}POST / 1.1 keep{!}GET /4 1.0{}"},
};

static void
test_accepted(void **state)
{
	char seen[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		size_t n = strlen(accepted[i].bytes);

		assert_int_equal(run_all((const unsigned char *)accepted[i].bytes, n, seen, sizeof(seen)),
			HTTP_REFUSE_NONE);
		assert_string_equal(seen, accepted[i].want);
	}
}

/* What follows a refused request is never read as one. */
static void
test_nothing_after_refusal(void **state)
{
	static const char bytes[] = "GET / HTTP/1.1\r\n" H "\r\nGET / HTTP/1.1\n" H "\r\nGET /x HTTP/1.1\r\n" H "\r\n";
	struct http_parser parser;
	char seen[256];
	size_t used;

	(void)state;
	assert_int_equal(run_all((const unsigned char *)bytes, sizeof(bytes) - 1, seen, sizeof(seen)),
		HTTP_REFUSE_LINE_END);
	assert_string_equal(seen, "GET / 1.1 keep{}");
	http_parser_init(&parser, HEAD_MAX, FIELD_MAX);
	assert_int_equal(http_parser_next(&parser, (const unsigned char *)"\n", 1, &used), HTTP_ITEM_REFUSED);
	assert_int_equal(http_parser_next(&parser, (const unsigned char *)"GET", 3, &used), HTTP_ITEM_REFUSED);
	assert_int_equal(http_parser_next(&parser, NULL, 0, &used), HTTP_ITEM_REFUSED);
	http_parser_free(&parser);
}

static void
test_fields(void **state)
{
	static const char bytes[] = "GET / HTTP/1.1\r\nHost: a\r\nAccept-Language:  vi, en \r\nX:1\r\nx: 2\r\n\r\n";
	struct http_parser parser;
	struct http_head head;
	struct arena *arena = arena_new(1 << 16);
	size_t used;

	(void)state;
	http_parser_init(&parser, HEAD_MAX, FIELD_MAX);
	assert_true(http_parser_is_idle(&parser));
	assert_int_equal(http_parser_next(&parser, (const unsigned char *)bytes, sizeof(bytes) - 1, &used), HTTP_ITEM_HEAD);
	assert_false(http_parser_is_idle(&parser));
	assert_int_equal(http_parser_head(&parser, arena, &head), HTTP_REFUSE_NONE);
	assert_null(parser.gathered.data); /* read where it lies */
	assert_string_equal(http_head_field(&head, "accept-LANGUAGE"), "vi, en");
	assert_string_equal(http_head_field(&head, "X"), "1");
	assert_null(http_head_field(&head, "Y"));
	assert_int_equal(head.field_count, 4);
	assert_string_equal(head.host, "a");
	assert_int_equal(http_parser_next(&parser, NULL, 0, &used), HTTP_ITEM_END);
	assert_true(http_parser_is_idle(&parser));
	http_parser_free(&parser);
	arena_free(arena);
}

/* Each limit: exactly at it passes, one more is refused. */
static void
test_limits(void **state)
{
	static char bytes[HEAD_MAX + 64], seen[2 * HEAD_MAX];
	int n;

	(void)state;
	for (int over = 0; over <= 1; over++) {
		n = snprintf(bytes, sizeof(bytes), "GET / HTTP/1.1\r\n" H "X: ");
		memset(bytes + n, 'x', (size_t)(HEAD_MAX - n - 4 + over));
		memcpy(bytes + HEAD_MAX - 4 + over, "\r\n\r\n", 4);
		assert_int_equal(run_all((unsigned char *)bytes, (size_t)(HEAD_MAX + over), seen, sizeof(seen)),
			over ? HTTP_REFUSE_HEAD_LONG : HTTP_REFUSE_NONE);
	}
	memset(bytes, 'a', sizeof(bytes));
	memcpy(bytes, "GET /", 5);
	assert_int_equal(run_all((unsigned char *)bytes, sizeof(bytes), seen, sizeof(seen)), HTTP_REFUSE_TARGET_LONG);
	n = snprintf(bytes, sizeof(bytes), CHUNKED "5;");
	memset(bytes + n, 'x', 300);
	assert_int_equal(run_all((unsigned char *)bytes, (size_t)n + 300, seen, sizeof(seen)), HTTP_REFUSE_CHUNK_EXTENSION);
	n = snprintf(bytes, sizeof(bytes), CHUNKED "0\r\n");
	for (int i = 0; i <= FIELD_MAX; i++)
		n += snprintf(bytes + n, sizeof(bytes) - (size_t)n, "A: b\r\n");
	assert_int_equal(run_all((unsigned char *)bytes, (size_t)n, seen, sizeof(seen)), HTTP_REFUSE_FIELD_COUNT);
}

static void
test_line_limit(void **state)
{
	size_t n = 3 * HTTP_LINE_MAX, used;
	char *bytes = malloc(n);
	struct http_parser parser;

	(void)state;
	memset(bytes, 'x', n);
	memcpy(bytes, "GET / HTTP/1.1\r\nX:", 18);
	http_parser_init(&parser, n, FIELD_MAX);
	assert_int_equal(http_parser_next(&parser, (unsigned char *)bytes, n, &used), HTTP_ITEM_REFUSED);
	assert_int_equal(parser.refusal, HTTP_REFUSE_FIELD_LONG);
	http_parser_free(&parser);
	memset(bytes, 'x', n);
	memcpy(bytes, "GET /", 5);
	http_parser_init(&parser, n, FIELD_MAX);
	assert_int_equal(http_parser_next(&parser, (unsigned char *)bytes, n, &used), HTTP_ITEM_REFUSED);
	assert_int_equal(parser.refusal, HTTP_REFUSE_TARGET_LONG);
	http_parser_free(&parser);
	free(bytes);
}

/* Without memory the answer is 500, not a crash. */
static void
test_no_memory(void **state)
{
	static const char bytes[] = "GET / HTTP/1.1\r\n" H "\r\n";
	struct arena *arena = arena_new(16);
	struct http_parser parser;
	struct http_head head;
	size_t used;

	(void)state;
	http_parser_init(&parser, HEAD_MAX, FIELD_MAX);
	assert_int_equal(http_parser_next(&parser, (const unsigned char *)bytes, sizeof(bytes) - 1, &used), HTTP_ITEM_HEAD);
	assert_int_equal(http_parser_head(&parser, arena, &head), HTTP_REFUSE_NO_MEMORY);
	assert_int_equal(http_refusal_http(parser.refusal), 500);
	http_parser_free(&parser);
	arena_free(arena);
}

/* Every row of refusal.h has its texts. */
static void
test_catalogue(void **state)
{
	(void)state;
	for (int r = 0; r < HTTP_REFUSE_COUNT_; r++) {
		assert_non_null(message_find(http_refusal_code((enum http_refusal)r), LANGUAGE_VI));
		assert_non_null(message_find(http_refusal_code((enum http_refusal)r), LANGUAGE_EN));
		assert_true(http_refusal_http((enum http_refusal)r) >= 200);
		assert_non_null(http_refusal_clause((enum http_refusal)r));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_nothing_after_refusal),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_no_memory),
		cmocka_unit_test(test_catalogue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
