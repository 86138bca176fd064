/*
 * fetch: outgoing HTTP of congvand (timestamps, revocation data, gateways), by libcurl's multi interface on the loop. Only hosts on the
 * allow list are asked (a certificate's AIA or an organ's address must not make the daemon knock on inner doors: SSRF), redirects are not
 * followed, answers are bounded in size and time.
 */
#ifndef CONGVAN_IO_FETCH_H
#define CONGVAN_IO_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"

struct loop;
struct fetch;

struct fetch_config {
	const char *allow;      /* fetch_allow.h; a host without port: any port */
	const char *proxy;      /* URL, or NULL or "": none. It looks up names and connects, and so the addresses are its business */
	const char *ca;         /* PEM for https, or NULL: the system's */
	unsigned running;       /* requests at a time; 0: 32. Others wait. */
};

/* Copies what it needs of config. STATUS_INVALID: the list has a word that is none; it is logged. */
enum status fetch_open(struct loop *loop, const struct fetch_config *config, struct fetch **out);

/* Cancels what runs (their callbacks get STATUS_CANCELLED), then done once. */
void fetch_close(struct fetch *f, void (*done)(void *arg), void *arg);

struct fetch_request {
	const char *method;     /* "GET", "POST" */
	const char *url;        /* http or https */
	const char *type;       /* Content-Type of the body, or NULL */
	const char *accept;     /* or NULL */
	const char *authorization; /* header value, or NULL */
	struct span body;       /* copied */
	uint64_t most;          /* bytes of the answer; 0: 1 MiB */
	unsigned ms;            /* for all, redirects too; 0: 15000 */
	unsigned redirects;     /* of a GET that are followed; 0: the 3xx answer is the answer */
};

/*
 * STATUS_OK: an answer with any HTTP code; body lives during the call. STATUS_DENIED: the host is not allowed, or it leads to an address that is not; STATUS_UNAVAILABLE: no connection;
 * STATUS_TIMEOUT; STATUS_TOO_LARGE; STATUS_CANCELLED; STATUS_MALFORMED: not an http(s) URL. why: for logs and people, or "".
 */
typedef void (*fetch_cb)(void *arg, enum status st, long http, struct span body, const char *why);

/* cb exactly once, never inside. */
void fetch_start(struct fetch *f, const struct fetch_request *request, fetch_cb cb, void *arg);

/* True when the URL's host (and port) is on the list. */
bool fetch_allows(const struct fetch *f, const char *url);

#endif
