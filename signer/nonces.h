/*
 * nonces: those of the activations seen in the last minutes, so that none is used twice. Kept in
 * memory; after a restart they are taken from the signing record, which holds every one that had a
 * consequence.
 */
#ifndef CONGVAN_SIGNER_NONCES_H
#define CONGVAN_SIGNER_NONCES_H

#include <stdbool.h>

#include "lib/base/clock.h"
#include "lib/base/status.h"

struct nonces;

struct nonces *nonces_new(void);
void nonces_free(struct nonces *n);

bool nonces_seen(const struct nonces *n, const char *nonce);

/*
 * Keeps a nonce (32 hex digits) until its activation has long expired. STATUS_TOO_MANY when too
 * many are alive: better no signature than a forgotten nonce.
 */
enum status nonces_add(struct nonces *n, const char *nonce, clock_us expires, clock_us now);

#endif
