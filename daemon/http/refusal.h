/*
 * refusal: why a request is refused before any handler sees it, one row each: name, HTTP status,
 * code of the catalogue, clause. A refusal by the parser closes the connection, because where the
 * next request begins is then not known for sure.
 */
#ifndef CONGVAN_HTTP_REFUSAL_H
#define CONGVAN_HTTP_REFUSAL_H

#define HTTP_REFUSALS(X)                                                                           \
	X(NONE, 200, "status.ok", "")                                                              \
	X(LINE_END, 400, "http.line-end", "RFC 9112 2.2")                                          \
	X(CONTROL, 400, "http.control", "RFC 9110 5.5")                                            \
	X(REQUEST_LINE, 400, "http.request-line", "RFC 9112 3")                                    \
	X(METHOD, 400, "http.method.malformed", "RFC 9112 3.1")                                    \
	X(TARGET, 400, "http.target", "RFC 9112 3.2")                                              \
	X(TARGET_LONG, 414, "http.target.long", "RFC 9112 3")                                      \
	X(VERSION, 400, "http.version", "RFC 9112 2.3")                                            \
	X(FIELD_NAME, 400, "http.field.name", "RFC 9110 5.1")                                      \
	X(FIELD_SPACE, 400, "http.field.space", "RFC 9112 5.1")                                    \
	X(FIELD_FOLD, 400, "http.field.fold", "RFC 9112 5.2")                                      \
	X(FIELD_DOUBLE, 400, "http.field.double", "RFC 9110 5.3")                                  \
	X(FIELD_LONG, 431, "http.field.long", "RFC 9110 5.4")                                      \
	X(FIELD_COUNT, 431, "http.field.count", "RFC 9110 5.4")                                    \
	X(HEAD_LONG, 431, "http.head.long", "RFC 9110 5.4")                                        \
	X(HOST_MISSING, 400, "http.host.missing", "RFC 9112 3.2")                                  \
	X(HOST_DOUBLE, 400, "http.host.double", "RFC 9112 3.2")                                    \
	X(HOST, 400, "http.host", "RFC 9112 3.2")                                                  \
	X(LENGTH, 400, "http.length", "RFC 9110 8.6")                                              \
	X(LENGTH_DOUBLE, 400, "http.length.double", "RFC 9112 6.3")                                \
	X(LENGTH_CODING, 400, "http.length.coding", "RFC 9112 6.1")                                \
	X(CODING, 400, "http.coding", "RFC 9112 6.1")                                              \
	X(EXPECT, 417, "http.expect", "RFC 9110 10.1.1")                                           \
	X(CHUNK_SIZE, 400, "http.chunk.size", "RFC 9112 7.1")                                      \
	X(CHUNK_EXTENSION, 400, "http.chunk.extension", "RFC 9112 7.1.1")                          \
	X(CHUNK_END, 400, "http.chunk.end", "RFC 9112 7.1")                                        \
	X(TRAILER, 400, "http.trailer", "RFC 9110 6.5.1")                                          \
	X(NO_MEMORY, 500, "status.no-memory", "")

enum http_refusal {
#define HTTP_REFUSAL_ENUM(name, http, code, clause) HTTP_REFUSE_##name,
	HTTP_REFUSALS(HTTP_REFUSAL_ENUM)
#undef HTTP_REFUSAL_ENUM
		HTTP_REFUSE_COUNT_
};

/* The HTTP status, the code of the catalogue, and the clause ("" without one), all static. */
int http_refusal_http(enum http_refusal r);
const char *http_refusal_code(enum http_refusal r);
const char *http_refusal_clause(enum http_refusal r);

#endif
