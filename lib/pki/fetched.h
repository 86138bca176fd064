/*
 * fetched: an answer from the network judged before anybody believes or keeps it: is it what was asked for, signed by whom it must be, and fresh?
 * A host on the allow list, or somebody on the way to it, may send anything.
 */
#ifndef CONGVAN_PKI_FETCHED_H
#define CONGVAN_PKI_FETCHED_H

#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/status.h"
#include "lib/pki/revocation.h"

/* Longest time that an answer without nextUpdate counts (as lib/pki/ocsp). */
#define FETCHED_WITHOUT_NEXT CLOCK_DAY

struct fetched {
	struct buf der;              /* as it is kept: OCSPResponse, CertificateList, Certificate; buf_free */
	enum revocation_state state; /* CRL and OCSP: what it says of the certificate */
	clock_us this_update;
	clock_us next_update;        /* 0: none given */
};

/*
 * The issuer of `of`: a certificate (DER, PEM) or the one that issued it among those of a certs-only CMS (RFC 5280 4.2.2.1). It must have signed `of`;
 * whether it leads to an anchor is asked later. STATUS_INVALID with `why`, a code of the catalogue, static.
 */
enum status fetched_issuer(struct span body, X509 *of, struct fetched *out, const char **why);

/*
 * A CRL (DER or PEM) that covers `cert`, fresh at `at`, by `issuer` or by whom `known` (may be NULL) knows as the signer of lists about its certificates (crl_signer.h).
 */
struct policy;
enum status fetched_crl(struct span body, X509 *cert, X509 *issuer, const struct policy *known, clock_us at, struct fetched *out, const char **why);

/* An OCSPResponse about `cert`, signed by its issuer or for it, fresh at `at`. */
enum status fetched_ocsp(struct span body, X509 *cert, X509 *issuer, clock_us at, struct fetched *out, const char **why);

#endif
