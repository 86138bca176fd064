/* guard: counts failed proofs of identity by where they came from, in memory and bounded, so that nobody tries passwords or tokens at speed. */
#ifndef CONGVAN_API_GUARD_H
#define CONGVAN_API_GUARD_H

#include "daemon/http/http.h"
#include "lib/base/clock.h"

struct guard;

/* per_minute failures of one source are let through before guard_wait says to wait. */
struct guard *guard_new(unsigned per_minute);
void guard_free(struct guard *g);

/* Seconds the source must wait now; 0: go on. Source: the address, or the uid on the Unix socket. now: clock_monotonic. */
unsigned guard_wait(struct guard *g, const struct http_peer *peer, clock_us now);
void guard_failed(struct guard *g, const struct http_peer *peer, clock_us now);

#endif
