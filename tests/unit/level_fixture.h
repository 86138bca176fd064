/* level_fixture: what raising a signature's level needs in tests: OpenSSL's own TSA, and the proofs for the long term of the test PKI. */
#ifndef CONGVAN_TESTS_LEVEL_FIXTURE_H
#define CONGVAN_TESTS_LEVEL_FIXTURE_H

#include "lib/base/buf.h"
#include "lib/pki/cades_extend.h"

struct span span_of(const struct buf *b);

/* A token of now for this SHA-256 digest; the TSA keeps its serial number in dir. */
struct buf level_stamp(const char *dir, struct span digest);

/* `cms` with a signature timestamp of that TSA. */
struct buf level_b_t(const char *dir, struct buf cms);

/* Everything for the long term of `who`: the chain, the CRLs of root and issuing CA, and an OCSP answer, each DER. */
#define LEVEL_PROOFS 5
struct level_proofs {
	struct buf bytes[LEVEL_PROOFS];
	struct cades_proof list[LEVEL_PROOFS];
};
void level_proofs(const char *dir, const char *who, struct level_proofs *p);
void level_proofs_free(struct level_proofs *p);

/* The Java program of tests/java over "SIGNATURE CONTENT …" in dir; its exit code, what it said is in dir/output. */
int level_java(const char *dir, const char *pairs);

#endif
