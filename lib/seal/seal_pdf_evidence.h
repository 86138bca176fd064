/*
 * seal_pdf_evidence: what a PDF holds for the long term besides its signatures: the items of its
 * DSS and its document timestamps in order, each with the oldest timestamp over it (EN 319 102-1
 * 5.6.2.4: what existed when), as lib/pki/verdict wants it.
 */
#ifndef CONGVAN_SEAL_SEAL_PDF_EVIDENCE_H
#define CONGVAN_SEAL_SEAL_PDF_EVIDENCE_H

#include "lib/base/status.h"
#include "lib/doc/pdf_dss.h"
#include "lib/doc/pdf_scan.h"
#include "lib/pki/verdict.h"
#include "lib/seal/seal_pdf_hash.h"

/* The signed content of one signature, for seal_pdf_digest. */
struct seal_pdf_content {
	struct seal_pdf_hash *hash; /* of the scan */
	const struct pdf_signature *sig;
	bool sha1_inside; /* adbe.pkcs7.sha1: the signed content is the SHA-1 digest of the range
			     (12.8.3.3) */
};

/* content_digest_fn over a struct seal_pdf_content. */
enum status seal_pdf_digest(void *arg, const char *digest_name, unsigned char *to, size_t *len);

struct seal_pdf_evidence {
	struct seal_pdf_hash *hash;
	struct verdict_evidence evidence; /* views into what follows */
	struct pdf_dss dss;
	struct verdict_proof *proofs;
	struct verdict_stamp stamps[VERDICT_FILE_STAMPS_MAX];
	struct seal_pdf_content contents[VERDICT_FILE_STAMPS_MAX];
	size_t signature[VERDICT_FILE_STAMPS_MAX]; /* index of that timestamp in the scan */
};

/*
 * From a scan, which must outlive it, as must this struct stay where it is. Timestamps whose byte
 * range is not sound prove nothing. Free by seal_pdf_evidence_free, also after an error.
 */
enum status seal_pdf_evidence_read(
	const struct pdf_scan *scan, struct seal_pdf_evidence *out, struct diag *diag);
void seal_pdf_evidence_free(struct seal_pdf_evidence *e);

/* The oldest timestamp over signature i of the scan, and which one it is itself; or VERDICT_NOT_COVERED. */
size_t seal_pdf_covered(const struct pdf_scan *scan, const struct seal_pdf_evidence *e, size_t i);
size_t seal_pdf_stamp_of(const struct seal_pdf_evidence *e, size_t i);

#endif
