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
#include "lib/pki/strength.h"
#include "lib/pki/verdict.h"

#define CHAIN_DEPTH 8       /* certificates between leaf and anchor */
#define CHAIN_CANDIDATES 64 /* taken from inside a signature */

/*
 * Builds the path: leaf first, anchor last, own references. Candidates are `inside` (certificates of the signature, may be
 * NULL) and the policy's intermediates. SUB_NONE, or what is wrong with `why` as a static English sentence: NO_CERTIFICATE_CHAIN_FOUND,
 * CHAIN_CONSTRAINTS_FAILURE, CERTIFICATE_CHAIN_GENERAL_FAILURE, POLICY_PROCESSING_ERROR (no memory).
 */
enum sub_indication chain_build(X509 *leaf, const STACK_OF(X509) *inside, const struct policy *p,
	STACK_OF(X509) **path_out, const char **why);

enum chain_use { CHAIN_USE_DOCUMENT, CHAIN_USE_TIMESTAMP };

struct chain_finding {
	enum sub_indication sub; /* SUB_NONE: passed */
	const char *why;         /* static */
	clock_us revoked_at;     /* with REVOKED_NO_POE, REVOKED_CA_NO_POE and TRY_LATER for a suspension */
	bool revocation_checked; /* every certificate below the anchor: fresh data at that time */
	enum strength strength;  /* the weakest of the path */
};

/*
 * Judges a built path at time t; `crls` are further revocation lists (may be NULL). In the order of EN 319 102-1: revocation,
 * then validity: REVOKED_NO_POE, REVOKED_CA_NO_POE, TRY_LATER, REVOCATION_OUT_OF_BOUNDS_NO_POE, OUT_OF_BOUNDS_NO_POE,
 * OUT_OF_BOUNDS_NOT_REVOKED, NO_CERTIFICATE_CHAIN_FOUND_NO_POE (an issuer out of its time), CHAIN_CONSTRAINTS_FAILURE (usage).
 */
void chain_judge(const STACK_OF(X509) *path, const STACK_OF(X509_CRL) *crls, const struct policy *p,
	enum chain_use use, clock_us t, struct chain_finding *out);

#endif
