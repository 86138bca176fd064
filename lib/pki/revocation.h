/*
 * revocation: was this certificate revoked, by the CRLs and OCSP responses at hand? crl and ocsp each look at their kind; revocation_find asks both
 * and takes the better answer. Nothing is fetched.
 */
#ifndef CONGVAN_PKI_REVOCATION_H
#define CONGVAN_PKI_REVOCATION_H

#include <stdbool.h>
#include <openssl/x509.h>

#include "lib/base/clock.h"
#include "lib/pki/policy.h"

enum revocation_state {
	REVOCATION_UNKNOWN,       /* no data for this certificate */
	REVOCATION_STALE,         /* data, but its nextUpdate lies before the time asked about */
	REVOCATION_OUT_OF_BOUNDS, /* data, but its issuer's certificate was not valid at that time */
	REVOCATION_GOOD,
	REVOCATION_HELD,          /* suspended (certificateHold): may be lifted again */
	REVOCATION_REVOKED
};

struct revocation {
	enum revocation_state state;
	clock_us revoked_at;  /* HELD and REVOKED */
	clock_us this_update; /* of the data that was used */
	bool after_expiry;    /* GOOD, and the data also speaks for the time after the certificate's end */
};

/*
 * The state of `cert` at time t. `issuer` is the next certificate of its path. HELD and REVOKED are given only when
 * revoked_at is not after t; a later revocation is GOOD at t.
 */
void crl_find(X509 *cert, X509 *issuer, const STACK_OF(X509_CRL) *crls, clock_us t,
	struct revocation *out);
void ocsp_find(X509 *cert, X509 *issuer, const struct policy *p, clock_us t, struct revocation *out);

/* Both, with the CRLs of the policy and `more` (may be NULL: CRLs inside the signature). */
void revocation_find(X509 *cert, X509 *issuer, const struct policy *p,
	const STACK_OF(X509_CRL) *more, clock_us t, struct revocation *out);

/* Takes b into a when b says more: revoked over held over good over out of bounds over stale over unknown. */
void revocation_join(struct revocation *a, const struct revocation *b);

#endif
