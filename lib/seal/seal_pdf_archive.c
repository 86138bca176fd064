/*
 * seal_pdf_archive: what keeps the signatures of a PDF judgeable for the long term (EN 319 142-1
 * 5.4.2, 5.4.3): a revision with validation data (DSS), and document timestamps over everything
 * before them. Both may be repeated for as long as the document must live.
 */
#include "lib/seal/seal_pdf.h"

#include <string.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "lib/doc/pdf_dss.h"
#include "lib/doc/pdf_form.h"
#include "lib/doc/pdf_update.h"
#include "lib/pki/tsp.h"

#define TOKEN_ROOM 12288u /* a token with a chain of three RSA-4096 certificates has about 7,000 bytes */

static const enum pdf_dss_part part_of[] = {
	[SEAL_PROOF_CERT] = PDF_DSS_CERTS,
	[SEAL_PROOF_CRL] = PDF_DSS_CRLS,
	[SEAL_PROOF_OCSP] = PDF_DSS_OCSPS,
};

/* True when the bytes are one value of that kind and nothing behind it. */
static bool
is_proof(const struct seal_proof *p)
{
	const unsigned char *at = p->der.data;
	bool read = false;

	if (p->kind == SEAL_PROOF_CERT) {
		X509 *cert = d2i_X509(NULL, &at, (long)p->der.len);

		read = cert != NULL;
		X509_free(cert);
	} else if (p->kind == SEAL_PROOF_CRL) {
		X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)p->der.len);

		read = crl != NULL;
		X509_CRL_free(crl);
	} else if (p->kind == SEAL_PROOF_OCSP) {
		OCSP_RESPONSE *ocsp = d2i_OCSP_RESPONSE(NULL, &at, (long)p->der.len);

		read = ocsp != NULL;
		OCSP_RESPONSE_free(ocsp);
	}
	ERR_clear_error();
	return read && at == p->der.data + p->der.len;
}

static bool
is_repeated(const struct seal_proof *proofs, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (proofs[k].kind == proofs[i].kind && proofs[k].der.len == proofs[i].der.len &&
			memcmp(proofs[k].der.data, proofs[i].der.data, proofs[i].der.len) == 0)
			return true;
	return false;
}

/* *added: how many were not there. */
static enum status
put_proofs(struct pdf_update *u, const struct seal_proof *proofs, size_t count, size_t *added,
	struct diag *diag)
{
	struct pdf_dss there;
	enum status st = pdf_dss_read(pdf_update_scan(u), &there, NULL);

	*added = 0;
	for (size_t i = 0; i < count && st == STATUS_OK; i++) {
		enum pdf_dss_part part;

		if (!is_proof(&proofs[i])) {
			diag_error(diag, "seal.proof", NULL, NULL, NULL);
			st = STATUS_INVALID;
			break;
		}
		part = part_of[proofs[i].kind];
		if (is_repeated(proofs, i) || pdf_dss_has(&there, part, proofs[i].der))
			continue;
		st = pdf_dss_add(u, part, proofs[i].der, diag);
		*added += st == STATUS_OK;
	}
	pdf_dss_free(&there);
	return st;
}

/* Opens the result without recovery: what cannot be read again is never handed out. */
static enum status
check_tail(struct span base, const struct buf *tail, struct diag *diag)
{
	struct pdf_scan *scan = NULL;
	struct buf all;
	enum status st;

	buf_init(&all, base.len + tail->len);
	buf_put(&all, base.data, base.len);
	buf_put(&all, tail->data, tail->len);
	st = buf_status(&all);
	if (st == STATUS_OK && pdf_scan_open((struct span){all.data, all.len}, false, &scan, NULL)
			!= STATUS_OK) {
		diag_error(diag, "seal.result", NULL, NULL, NULL);
		st = STATUS_INTERNAL;
	}
	pdf_scan_free(scan);
	buf_free(&all);
	return st;
}

enum status
seal_pdf_add_proofs(struct span file, struct span detached, const struct seal_proof *proofs,
	size_t count, struct buf *out, struct diag *diag)
{
	struct pdf_update *u = NULL;
	struct buf tail;
	size_t added = 0;
	enum status st = pdf_update_begin_archival(file, &u, diag);

	(void)detached;
	buf_init(&tail, PDF_UPDATE_MAX);
	if (st == STATUS_OK)
		st = put_proofs(u, proofs, count, &added, diag);
	if (st == STATUS_OK && added > 0) {
		st = pdf_update_finish(u, &tail, diag);
		if (st == STATUS_OK)
			st = check_tail(file, &tail, diag);
	}
	pdf_update_free(u);
	if (st == STATUS_OK) {
		buf_put(out, tail.data, tail.len);
		st = buf_status(out);
	}
	buf_free(&tail);
	return st;
}

enum status
seal_pdf_prepare_archive(struct span file, struct span detached, size_t room,
	struct seal_prepared *out, struct diag *diag)
{
	struct pdf_sign sign = {
		.sub_filter = "ETSI.RFC3161", .room = room ? room : TOKEN_ROOM};
	struct seal_prepared made = {.base_size = file.len};
	struct pdf_update *u = NULL;
	enum status st;
	int value = 0;

	(void)detached;
	if (sign.room > SEAL_PDF_ROOM_MAX)
		return STATUS_TOO_LARGE;
	st = pdf_update_begin_archival(file, &u, diag);
	if (st == STATUS_OK)
		st = pdf_form_sign(u, &sign, &value, diag);
	if (st == STATUS_OK)
		st = pdf_update_finish(u, &made.tail, diag);
	if (st == STATUS_OK)
		st = pdf_form_set_range(
			u, value, file.len, &made.tail, &made.hole_at, &made.hole_size);
	pdf_update_free(u);
	if (st == STATUS_OK)
		st = seal_pdf_range_digest(file, &made, &made.digest);
	if (st != STATUS_OK) {
		seal_prepared_free(&made);
		return st;
	}
	*out = made;
	return STATUS_OK;
}

enum status
seal_pdf_embed_archive(struct span file, struct span detached, struct seal_prepared *prepared,
	struct span token, struct diag *diag)
{
	struct span digest = {prepared->digest.bytes, DIGEST_BYTES};
	struct tsp_token t;
	const char *why = NULL;
	bool about;

	(void)detached;
	if (tsp_token_read(token, NULL, &t, &why) != STATUS_OK) {
		diag_error(diag, "tsp.malformed", NULL, why, NULL);
		return STATUS_INVALID;
	}
	about = tsp_token_is_about(&t, NID_sha256, digest);
	tsp_token_free(&t);
	if (!about) {
		diag_error(diag, "tsp.imprint", NULL, NULL, NULL);
		return STATUS_INVALID;
	}
	return seal_pdf_embed(file, prepared, token, diag);
}
