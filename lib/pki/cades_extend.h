/*
 * cades_extend: raising the level of a finished CAdES signature (EN 319 122-1 5.4, 5.5 and the baseline levels of 6): B-LT by putting
 * certificates and revocation data into SignedData, B-LTA by archive timestamps (ats). Nothing that the signature or an earlier timestamp
 * covers is encoded anew.
 */
#ifndef CONGVAN_PKI_CADES_EXTEND_H
#define CONGVAN_PKI_CADES_EXTEND_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

enum cades_proof_kind {
	CADES_PROOF_CERT, /* Certificate */
	CADES_PROOF_CRL,  /* CertificateList */
	CADES_PROOF_OCSP  /* OCSPResponse (RFC 6960), put in as other revocation info (RFC 5940) */
};

struct cades_proof {
	enum cades_proof_kind kind;
	struct span der; /* the caller's */
};

#define CADES_PROOFS_MAX 512

/*
 * Appends to `out` a copy of the SignedData `cms` (DER, one SignerInfo) with the proofs in its certificates and crls; what is there already is not
 * put in twice, and without anything new `out` stays empty. Findings: cades.form, cades.archive-v2, and seal.proof for every proof that is not
 * what it should be. STATUS_INVALID; STATUS_TOO_LARGE; STATUS_UNSUPPORTED: an older archive timestamp covers the sets as they are
 * (TS 101 733 6.4.1), so that adding would break it.
 */
enum status cades_add_proofs(struct span cms, const struct cades_proof *proofs, size_t count, struct buf *out,
	struct diag *diag);

/*
 * True when the proof may be of use for judging `cms`: certificates and CRLs always, an OCSP answer only when it is about a certificate inside. For
 * timestamp tokens: many programs read those as PKCS#7, which knows no OCSP answers, so that none is put in without need.
 */
bool cades_concerns(struct span cms, const struct cades_proof *proof);

/*
 * What an archive timestamp by this digest ("SHA256" …) of the signature as it stands is about: its message imprint to `to` (room
 * EVP_MAX_MD_SIZE, *len its size). `content_digest`: of what was signed, by the same algorithm; empty when the content is inside. Findings and
 * status as above; STATUS_INVALID also when content or digest are missing.
 */
enum status cades_archive_imprint(struct span cms, const char *digest_name, struct span content_digest,
	unsigned char *to, size_t *len, struct diag *diag);

/*
 * Appends to `out` a copy of `cms` with the TSA's token for that imprint as archive-time-stamp-v3. `cms` must be as it was then: a token
 * for anything else is STATUS_INVALID with cades.archive-token. The token's signature is not checked here: tsp_response_read does.
 */
enum status cades_add_archive_timestamp(struct span cms, const char *digest_name, struct span content_digest,
	struct span token, struct buf *out, struct diag *diag);

#endif
