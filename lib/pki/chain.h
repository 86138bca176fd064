/*
 * chain: the path from a certificate to a trust anchor (RFC 5280 6) and its judgement at a moment (EN 319 102-1 5.2.6, X.509 certificate
 * validation): validity, usage, revocation, strength. Building does not look at the time, so that a path can be judged at several
 * moments (now, and when a timestamp proves the signature was there).
 */
#ifndef CONGVAN_PKI_CHAIN_H
#define CONGVAN_PKI_CHAIN_H

#include <stdbool.h>
#include <openssl/x509.h>

#include "lib/base/clock.h"
#include "lib/pki/policy.h"
#include "lib/pki/revocation.h"
#include "lib/pki/strength.h"
#include "lib/pki/verdict.h"

#define CHAIN_DEPTH 8           /* certificates between leaf and anchor */
#define CHAIN_CANDIDATES 256    /* taken from inside a signature */
#define CHAIN_VERIFICATIONS 128 /* signatures on certificates checked while building one path: thousands of the same name cost no more */
#define CHAIN_PATHS 8           /* whole paths tried */

enum chain_use { CHAIN_USE_DOCUMENT, CHAIN_USE_TIMESTAMP };

/*
 * Builds the path: leaf first, anchor last, own references. Candidates are the policy's intermediates and `inside` (certificates of the
 * signature, may be NULL). Several certificates of one name are tried one after the other, those first in whose time the certificate below lies
 * (of an authority that renewed its certificate with the same key, the one that it was issued under); the first path that keeps RFC 5280's rules
 * (constraints on names, length and policies, usage, critical extensions) to an anchor for this use is taken. SUB_NONE, or what is wrong
 * with `why` as a static English sentence: NO_CERTIFICATE_CHAIN_FOUND, CHAIN_CONSTRAINTS_FAILURE,
 * CERTIFICATE_CHAIN_GENERAL_FAILURE, POLICY_PROCESSING_ERROR (no memory). `last_out` (may be NULL): the certificate whose issuer was not
 * found, when that is it; belongs to leaf, inside or the policy.
 */
enum sub_indication chain_build(X509 *leaf, const STACK_OF(X509) *inside, const struct policy *p, enum chain_use use,
	STACK_OF(X509) **path_out, X509 **last_out, const char **why);

struct chain_finding {
	enum sub_indication sub; /* SUB_NONE: passed */
	const char *why;         /* static */
	X509 *at;                /* the certificate that it is about; of the path; NULL: the path as a whole */
	bool issuer_in_doubt;    /* a certificate above the leaf is revoked, out of its time or no longer trusted, whatever else is found */
	X509 *unchecked;         /* the first certificate of the path without fresh revocation data; NULL: none */
	clock_us stale_since;    /* nextUpdate of the data about it that is at hand; 0: none is */
	clock_us revoked_at;     /* with REVOKED_NO_POE, REVOKED_CA_NO_POE and TRY_LATER for a suspension */
	bool revocation_checked; /* every certificate below the anchor: fresh data at that time */
	enum strength strength;  /* the weakest of the path */
	X509 *weakest;           /* whose key or signature that is */
	clock_us good_until;     /* the first end of an algorithm of the path (ageing.h), … */
	X509 *ageing;            /* … and whose that is; NULL: none is known */
	struct revocation revocations[CHAIN_DEPTH + 1]; /* by place in the path */
};

/*
 * Judges a built path. In the order of EN 319 102-1: revocation, then validity: REVOKED_NO_POE, REVOKED_CA_NO_POE, TRY_LATER,
 * REVOCATION_OUT_OF_BOUNDS_NO_POE, OUT_OF_BOUNDS_NO_POE, OUT_OF_BOUNDS_NOT_REVOKED, NO_CERTIFICATE_CHAIN_FOUND_NO_POE (an
 * issuer out of its time, or an anchor no longer trusted), CHAIN_CONSTRAINTS_FAILURE (usage). q->t is the time.
 */
void chain_judge(const STACK_OF(X509) *path, struct policy *p, enum chain_use use,
	const struct revocation_query *q, struct chain_finding *out);

#endif
