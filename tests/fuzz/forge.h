/*
 * forge: a PKI of fixed keys for the fuzz targets of lib/pki, and signing again what a fuzzer has altered: without that a damaged certificate, list,
 * answer or signature gets no further than to its wrong signature value. The certificates are made anew in each process, the keys are always the
 * same, so that an input found today says the same tomorrow. Nothing trusts these keys but the policy given here.
 */
#ifndef CONGVAN_TESTS_FUZZ_FORGE_H
#define CONGVAN_TESTS_FUZZ_FORGE_H

#include <stdbool.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/pki/policy.h"
#include "tests/unit/pki_issue.h"

enum forge_who {
	FORGE_ROOT,      /* the anchor */
	FORGE_ISSUING,   /* by ROOT */
	FORGE_SUB,       /* a CA by ISSUING */
	FORGE_SIGNER,    /* by ISSUING */
	FORGE_LEAF,      /* by SUB */
	FORGE_TSA,       /* by ISSUING */
	FORGE_RESPONDER, /* OCSP, by ISSUING */
	FORGE_COUNT
};

#define FORGE_NOW "2026-11-24T12:00:00Z"

/* Made at the first call; the process keeps them. */
const struct subject *forge_subject(enum forge_who who);

/* A new policy at FORGE_NOW with ROOT as anchor and ISSUING as intermediate. */
struct policy *forge_policy(void);

/* What the signatures of the seeds are about, and its digest by any name (a content_digest_fn). */
struct span forge_content(void);
enum status forge_digest(void *arg, const char *name, unsigned char *to, size_t *len);

/*
 * Appends a copy with a right signature by the key: of SEQUENCE { to be signed, algorithm, BIT STRING … } as certificates and CRLs are; of an OCSP response; of
 * a SignedData whose messageDigest is also made right, for its own content or else forge_content(); of a timestamp token, whose imprint is made `imprint`
 * (SHA-256; empty: left as it is). False, and nothing appended, when it is not that far intact.
 */
bool forge_signed(struct span der, enum forge_who by, struct buf *out);
bool forge_ocsp(struct span response, enum forge_who by, struct buf *out);
bool forge_cms(struct span cms, enum forge_who by, struct buf *out);
bool forge_token(struct span token, struct span imprint, struct buf *out);

#endif
