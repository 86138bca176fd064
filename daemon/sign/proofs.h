/*
 * proofs: where congvand gets what a signature lacks: the cache in the database, and behind it the network. An answer is looked at by a worker before it
 * is kept or handed on. Whoever asks for the same thing while it is being fetched waits for the same fetch; a place that failed is left alone for
 * a while, longer each time.
 */
#ifndef CONGVAN_SIGN_PROOFS_H
#define CONGVAN_SIGN_PROOFS_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/status.h"

struct db;
struct fetch;
struct loop;
struct pool;
struct proofs;

struct proofs_config {
	struct loop *loop;
	struct db *db;
	struct pool *pool;
	struct fetch *fetch;
	unsigned retry_seconds;   /* after the first failure */
	unsigned max_age_seconds; /* then asked for again, whatever nextUpdate says */
	uint64_t most_bytes;      /* of the cache */
	uint64_t answer_bytes;    /* of one answer */
	unsigned ms;              /* for one request */
};

/* NULL without memory. */
struct proofs *proofs_new(const struct proofs_config *config);

/* From now on nothing new is fetched (STATUS_CANCELLED); requests under way end with whatever ends them: network, workers, database being stopped. Legal on NULL. */
void proofs_close(struct proofs *p);

/* After all of those have been stopped. Legal on NULL. */
void proofs_free(struct proofs *p);

enum proof_kind { PROOF_CERT, PROOF_CRL, PROOF_OCSP };
const char *proof_kind_name(enum proof_kind k);

/*
 * fd: the proof (DER), a sealed file borrowed during the call, -1 unless STATUS_OK. STATUS_DENIED: the host may not be asked; STATUS_INVALID: the answer is not
 * to be believed; STATUS_UNAVAILABLE: also when it failed lately and is left alone. why: for logs and people.
 */
typedef void (*proof_cb)(void *arg, enum status st, int fd, const char *why);

/*
 * missing: a row of the job NEEDS ("of", "issuer", "request", "cert"; copied). cb once, never inside. url: of the row.
 */
void proofs_get(struct proofs *p, enum proof_kind kind, const char *url, const json_t *missing, proof_cb cb, void *arg);

struct proofs_counters {
	uint64_t hits, fetched, failed, refused; /* refused: an answer that is not to be believed */
	unsigned running;
};
struct proofs_counters proofs_counters(const struct proofs *p);

#endif
