/*
 * revocation: was this certificate revoked, by the CRLs and OCSP responses at hand? crl and ocsp each look at their kind; revocation_find asks both
 * and takes the better answer. Nothing is fetched.
 */
#ifndef CONGVAN_PKI_REVOCATION_H
#define CONGVAN_PKI_REVOCATION_H

#include <stdbool.h>
#include <openssl/x509.h>

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/pki/policy.h"
#include "lib/pki/strength.h"

enum revocation_state {
	REVOCATION_UNKNOWN,       /* no data for this certificate */
	REVOCATION_STALE,         /* data, but too old at the time asked about */
	REVOCATION_OUT_OF_BOUNDS, /* data, but its issuer's certificate was not valid at that time */
	REVOCATION_GOOD,
	REVOCATION_HELD,          /* suspended (certificateHold): may be lifted again */
	REVOCATION_REVOKED
};

struct revocation {
	enum revocation_state state;
	clock_us revoked_at;  /* HELD and REVOKED */
	clock_us this_update, next_update; /* of the data that was used; next_update 0: none said */
	bool after_expiry;    /* GOOD, and the data also speaks for the time after the certificate's end */
	bool fresh;           /* at the time asked about (policy_set_freshness) */
	enum strength strength; /* of the signature on the data */
	bool is_ocsp, inside; /* its kind; it came with the file */
	struct digest source; /* its digest; only when the state is not UNKNOWN */
	X509_NAME *source_issuer; /* who signed it; belongs to the policy */
	X509 *signer;         /* of a CRL: the certificate that signed it, when it is not the path's issuer (crl_signer.h); belongs to the policy */
};

struct revocation_query {
	clock_us t;           /* the state at this moment is asked for */
	clock_us issued_from; /* data issued before is not fresh; 0: any */
	bool sliding;         /* only data issued by t and proven to have existed by then, the newest of it, fresh or not (EN 319 102-1 5.6.2.2) */
	bool inside;          /* only data that came with the file */
	bool own;             /* only lists by the issuer's own key: about those who sign lists */
};

/*
 * The state of `cert` by the policy's revocation data. `issuer` is the next certificate of its path. HELD and REVOKED are given only when
 * revoked_at is not after t; a later revocation is GOOD at t. Complete CRLs of the issuer, also by another key of it, or of the CRL issuer that the certificate names (indirect),
 * and deltas to them (RFC 5280 6.3.3); a list for some reasons only is not used. OCSP answers without a nonce are as good as any: what counts is their time.
 */
void crl_find(X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q, struct revocation *out);
void ocsp_find(X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q, struct revocation *out);

/* Both. */
void revocation_find(X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q,
	struct revocation *out);

/* For crl and ocsp: fills in freshness by the policy, and STALE where not fresh data says nothing. */
void revocation_age(struct revocation *r, const struct policy *p, const struct revocation_query *q);

/*
 * Takes b into a when b says more: revoked over the newer of held and good over out of bounds over stale over unknown. Sliding: the newer of what says anything, but revoked
 * over both.
 */
void revocation_join(struct revocation *a, const struct revocation *b, bool sliding);

#endif
