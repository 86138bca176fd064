/*
 * http: what a handler sees of a request and how it answers. The server (daemon/http, sockets in
 * daemon/io) reads requests with a strict parser, finds the route, checks identity and limits, and
 * calls the handler. No rule of the office and no SQL in here.
 *
 * Life of a call: made when the request head is complete; the handler is called once (BODY_NONE: at
 * once; BODY_JSON: when the whole body is read and parsed; BODY_STREAM: at once, body follows
 * through http_call_stream). The handler, or a callback it started, answers exactly once. After the
 * answer is complete the server frees the call; until then it stays valid even if the client has
 * gone (answers then go nowhere). A handler that waits for callbacks need not care about the
 * connection.
 */
#ifndef CONGVAN_HTTP_HTTP_H
#define CONGVAN_HTTP_HTTP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/message.h"
#include "lib/base/status.h"

struct http_call;

enum http_body {
	HTTP_BODY_NONE, /* a body is refused with 400 */
	/*
	 * An application/json object of at most json_bytes (16 KiB without identity); none at all
	 * is the empty object.
	 */
	HTTP_BODY_JSON,
	HTTP_BODY_STREAM /* any type, at most the route's limit; Content-Length or chunked */
};

enum http_need {
	HTTP_NEED_SESSION = 1, /* 401 without an identity */
	HTTP_NEED_KEY = 2,     /* Idempotency-Key header required (428) */
	HTTP_NEED_MATCH = 4    /* If-Match header required (428) */
};

struct http_route {
	const char *method;  /* "GET" (answers HEAD too), "POST", "PUT", "PATCH", "DELETE" */
	const char *pattern; /* "/v1/documents/{id}/versions/{n}" */
	enum http_body body;
	unsigned need; /* enum http_need bits */
	void (*handler)(struct http_call *call);
};

/* The other end, as the transport knows it. */
struct http_peer {
	enum { HTTP_PEER_UNIX, HTTP_PEER_TLS } kind;
	uid_t uid; /* Unix socket: peer credentials */
	gid_t gid;
	pid_t pid;
	char cert_sha256[65]; /* TLS: of the verified client certificate, or "" */
	char address[64];     /* TLS: numeric address; "unix" otherwise */
};

/* --- reading the request (pointers live as long as the call) --- */

/* The pointer given to http_server_start. */
void *http_call_app(struct http_call *call);
/* Memory that lives as long as the call. */
struct arena *http_call_arena(struct http_call *call);
const char *http_call_method(struct http_call *call);
/* The path, decoded. */
const char *http_call_path(struct http_call *call);
/* {name} of the pattern, decoded; NULL if absent. */
const char *http_call_param(struct http_call *call, const char *name);
/* The first value of that name in the query, decoded UTF-8 in NFC; NULL if absent. */
const char *http_call_query(struct http_call *call, const char *name);
/* Name in any case; NULL if absent. */
const char *http_call_header(struct http_call *call, const char *name);
const struct http_peer *http_call_peer(struct http_call *call);
/* By Accept-Language; Vietnamese by default. */
enum language http_call_language(struct http_call *call);
/* HTTP_BODY_JSON: the object (borrowed). */
json_t *http_call_json(struct http_call *call);
/* For the log: "call=%llu". */
uint64_t http_call_id(struct http_call *call);

/*
 * Who asks: set once by the authentication hook before the handler runs; NULL without. Opaque to
 * http.
 */
void *http_call_identity(struct http_call *call);

/*
 * HTTP_BODY_STREAM: from now on `data` is called for each piece (data NULL, n 0: complete; STATUS
 * other than OK: client gone, too slow or over a limit). Never called inside http_call_stream.
 * After a failure there are no more calls and no `gone`; the handler may answer inside that
 * callback, else the server itself answers, and the call is over when the callback returns: forget
 * it there. After the handler has answered it gets no more pieces. Reading pauses while
 * http_call_pause is in force (back-pressure); what was given before is the caller's to keep.
 */
typedef void (*http_body_cb)(void *arg, enum status st, const unsigned char *data, size_t n);
void http_call_stream(struct http_call *call, http_body_cb data, void *arg);
void http_call_pause(struct http_call *call);
void http_call_resume(struct http_call *call);

/*
 * Called once if the client goes away before the answer is complete. May be NULL to clear. The call
 * stays valid and must still be answered, except an event stream: that is over when `gone` returns.
 */
void http_call_on_gone(struct http_call *call, void (*gone)(void *arg), void *arg);

/* --- answering: exactly one of these "answers" per call --- */

/* Extra header for the answer to come; name and value are copied and checked (no CR, LF, NUL). */
void http_answer_header(struct http_call *call, const char *name, const char *value);

/* application/json, takes the reference to value. */
void http_answer_json(struct http_call *call, int code, json_t *value);

/* Small body of any type, copied. */
void http_answer_bytes(struct http_call *call, int code, const char *type, const void *p, size_t n);

/* 204, 304, or any code with an empty body. */
void http_answer_empty(struct http_call *call, int code);

/*
 * problem+json (RFC 9457): type "urn:congvan:" + code, title and detail in the language of the
 * call, status, "code", "findings". `code` is a catalogue code, or NULL: "status." +
 * status_code(st). diag may be NULL. The call copies what it needs. The HTTP status is
 * status_http(st), but that of the code where daemon/http/problem.c has a row for it (http.range:
 * 416).
 */
void http_answer_problem(
	struct http_call *call, enum status st, const char *code, const struct diag *diag);

/*
 * A long body written in pieces with back-pressure. length < 0: chunked. http_answer_write copies
 * p; it returns false when more than the high-water mark (256 KiB) is waiting, or when others want
 * their turn: then stop until `drained` is called (in a later turn). End with http_answer_end, also
 * after HEAD, for which nothing need be written. If the source fails midway: http_answer_abort
 * closes the connection so that the client sees a truncated body. When the client has gone, writes
 * are dropped and `drained` still comes. Range requests (bytes=a-b, one range) are the handler's:
 * http_call_range parses the header.
 */
void http_answer_begin(struct http_call *call, int code, const char *type, int64_t length,
	void (*drained)(void *arg), void *arg);
bool http_answer_write(struct http_call *call, const void *p, size_t n);
void http_answer_end(struct http_call *call);
void http_answer_abort(struct http_call *call);

/*
 * One byte range of an object of `size` bytes: 0 no Range header (or to be ignored), 1 satisfiable
 * (set), -1 not satisfiable (answer 416).
 */
int http_call_range(struct http_call *call, uint64_t size, uint64_t *first_out, uint64_t *last_out);

/*
 * If-Match holds for the current tag (with its quotes, "\"7\""), or is absent; If-None-Match names
 * it: answer 304. Weak and strong as in RFC 9110 section 8.8.3.2.
 */
bool http_call_if_match(struct http_call *call, const char *tag);
bool http_call_if_none_match(struct http_call *call, const char *tag);

/*
 * Server-sent events: begins the stream; then events; the server sends comments to keep it alive.
 * Set http_call_on_gone first: the call ends when the client goes, when it does not keep up (256
 * KiB waiting) or when the server stops, always by `gone`; or by http_answer_end. False: gone, and
 * `gone` comes in a later turn.
 */
void http_answer_events(struct http_call *call);
bool http_event(struct http_call *call, const char *event, const char *id, const char *data);

/* --- the server --- */
struct http_server;

struct http_listener {
	const char *unix_path; /* or NULL */
	mode_t unix_mode;
	const char *tls_address;               /* "127.0.0.1:8443", "[::]:8443", or NULL */
	const char *tls_certificate, *tls_key; /* PEM */
	/* PEM: issuers of client certificates (a client may come without), or NULL. */
	const char *tls_client_ca;
	const char *tls_client_crl; /* their revocation lists, or NULL: not checked (daemon/io/tls.h) */
};

/* Defaults in http_limits_default, each documented there and in docs/operations.md. */
struct http_limits {
	size_t head_bytes, json_bytes, header_count;
	uint64_t stream_bytes;
	unsigned head_ms, body_idle_ms, write_idle_ms, keep_alive_ms, tls_handshake_ms;
	unsigned connections, calls_per_identity;
};
extern const struct http_limits http_limits_default;

/*
 * Finds out who asks, asynchronously, before the handler: reads Authorization, cookies, peer. Calls
 * http_auth_done exactly once, maybe later: with the identity (released by `release` with the call)
 * or NULL (anonymous), or a status other than OK to refuse. limit_key: whose concurrency is
 * counted.
 */
struct http_auth {
	void (*identify)(struct http_call *call);
	void (*release)(void *identity);
};
void http_auth_done(struct http_call *call, enum status st, void *identity, const char *limit_key);

struct http_config {
	const struct http_route *routes;
	size_t route_count;
	const struct http_listener *listener;
	const struct http_limits *limits;
	struct http_auth auth;
	void *app;
};

struct loop; /* daemon/io/loop.h */

/*
 * Routes and app must outlive the server; listener and limits (NULL: the defaults) are copied.
 * STATUS_INVALID or STATUS_DUPLICATE with findings.
 */
enum status http_server_start(struct loop *loop, const struct http_config *config,
	struct diag *diag, struct http_server **out);

/* The TCP port of the TLS listener (of use when the address said 0); 0 without one. */
unsigned http_server_port(const struct http_server *s);

/* Reads certificate, key, client CA and revocation list again, for new connections. On failure the old ones stay. */
enum status http_server_reload_tls(struct http_server *s, struct diag *diag);

/*
 * Stops accepting, ends event streams, lets running calls finish for at most `ms`, then closes
 * connections; done once, in a later turn, when all is closed and freed. Calls whose handler has
 * not answered yet are waited for even then: stop what they wait for after the server.
 */
void http_server_stop(struct http_server *s, unsigned ms, void (*done)(void *arg), void *arg);

/* Counters for /metrics as an object: see http_server_counters in server.c for the names. */
json_t *http_server_counters(const struct http_server *s);

#endif
