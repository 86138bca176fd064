/*
 * needs: what is still missing before signatures can be judged to the end and kept for the long term: certificates of issuers (AIA
 * caIssuers, RFC 5280 4.2.2.1) and revocation data for each certificate below the anchor (OCSP responders, RFC 6960; CRL distribution points,
 * RFC 5280 4.2.1.13); and which data at hand are the proofs that a long-term signature carries (EN 319 122-1 5.4, EN 319 142-1
 * 5.4). Nothing is fetched here; what was fetched is looked at by lib/pki/fetched.
 */
#ifndef CONGVAN_PKI_NEEDS_H
#define CONGVAN_PKI_NEEDS_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/pki/policy.h"
#include "lib/pki/revocation.h"

#define NEEDS_CERTS_MAX 200 /* certificates looked at in all signatures of a file */
#define NEEDS_URLS 4        /* of one kind and certificate */
#define NEEDS_URL_MAX 1024  /* characters; longer ones are passed over, and so is what is not http or https */

struct needs_urls {
	char *at[NEEDS_URLS];
	size_t count;
};

/* One certificate of the signatures' paths, each once. Belongs to the needs. */
struct needs_cert {
	X509 *cert;
	X509 *issuer;              /* NULL: not at hand, or an anchor */
	bool anchor;
	bool timestamp;            /* signs a timestamp token of the file */
	clock_us timestamp_until;  /* … of which one holds so long by its digests (ageing.h) */
	bool no_revocation;        /* id-pkix-ocsp-nocheck: its issuer says that nobody need ask (RFC 6960 4.2.2.2.1) */
	enum revocation_state state; /* by the data at hand */
	struct needs_urls issuers; /* where to get the issuer; filled in only when it is missing */
	struct needs_urls ocsp, crl;
	struct span proof;         /* the data that say `state`: OCSPResponse or CertificateList, DER; empty without */
	bool proof_is_ocsp;
	clock_us next_update;      /* of it; 0 without */
	struct buf proof_der;      /* what proof looks at */
};

struct needs;

/* The policy outlives the needs. NULL without memory. */
struct needs *needs_new(const struct policy *p);
void needs_free(struct needs *n);

/*
 * Looks at a CMS signature or timestamp token and the tokens among its unsigned attributes. What cannot be read has no needs.
 * STATUS_OK; STATUS_TOO_LARGE over NEEDS_CERTS_MAX (what was found stays); STATUS_NO_MEMORY.
 */
enum status needs_add(struct needs *n, struct span cms);

/* Asks the policy for every certificate found; after the last needs_add. */
enum status needs_ask(struct needs *n);

/*
 * Until when the newest timestamp's certificate, and its algorithms and those of its path by the rules of the folder of trust, are good: a renewal must come before. 0: no timestamp.
 */
clock_us needs_timestamps_until(const struct needs *n);

size_t needs_count(const struct needs *n);
const struct needs_cert *needs_at(const struct needs *n, size_t i);

/*
 * The first moment after the policy's time at which what was found may change by itself: a certificate or the data about it come to their end, or a certificate begins. 0: none is known.
 */
clock_us needs_stand_until(const struct needs *n);

/* True when something is still to be had: an issuer, or the state of a certificate, and a place to ask. */
bool needs_issuer(const struct needs_cert *c);
bool needs_revocation(const struct needs_cert *c);

/* The OCSP request for it (DER, without nonce, so that the answer can be kept), to be freed with buf_free. */
enum status needs_ocsp_request(const struct needs_cert *c, struct buf *out);

#endif
