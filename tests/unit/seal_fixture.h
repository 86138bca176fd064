/*
 * seal_fixture: signing PDFs in tests with keys of the test PKI: prepare, sign the digest, embed,
 * and the whole file out.
 */
#ifndef CONGVAN_TESTS_SEAL_FIXTURE_H
#define CONGVAN_TESTS_SEAL_FIXTURE_H

#include "lib/seal/seal.h"
#include "tests/unit/spans.h"

/*
 * The CMS (B-B, as PAdES wants it) over a digest by a key of the PKI ("leader1", "bad/foreign");
 * free() data.
 */
struct span cms_over(const struct digest *digest, const char *who);

/*
 * Prepares and embeds; the new file in *out (free() data). Fails the test only when `diag` is NULL;
 * else gives the status.
 */
enum status seal_file(struct span base, const struct seal_request *req, const char *who,
	struct span *out, struct diag *diag);

/*
 * The same up to a baseline level (EN 319 142-1 clause 6): B-T with a timestamp of the PKI's TSA, B-LT with the chain, its CRLs and an
 * OCSP answer in the DSS, B-LTA with a document timestamp. free() data.
 */
struct span seal_level(struct span base, const struct seal_request *req, const char *who, enum level level);

/* Each step on its own, for a file that has a signature of `who`. */
struct span seal_proofs(struct span file, const char *who);
struct span seal_timestamp(struct span file, clock_us gen_time);

/* The test PKI as a policy, judging at 2026-11-24T12:00:00Z. */
struct policy *pki_policy(void);

#endif
