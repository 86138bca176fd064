/* seal_pdf_evidence: see seal_pdf_evidence.h. */
#include "lib/seal/seal_pdf_evidence.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

enum status
seal_pdf_digest(void *arg, const char *digest_name, unsigned char *to, size_t *len)
{
	const struct seal_pdf_content *c = arg;
	const EVP_MD *md = EVP_get_digestbyname(digest_name);
	unsigned char sha1[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (c->sig->fault != NULL || md == NULL || (size_t)EVP_MD_get_size(md) > *len)
		return STATUS_UNSUPPORTED;
	if (c->sha1_inside) {
		if (!seal_pdf_hash_range(c->hash, c->sig->range, EVP_sha1(), sha1, &n) ||
			EVP_Digest(sha1, n, to, &n, md, NULL) != 1)
			return STATUS_INTERNAL;
	} else if (!seal_pdf_hash_range(c->hash, c->sig->range, md, to, &n)) {
		return STATUS_INTERNAL;
	}
	*len = n;
	return STATUS_OK;
}

/* The end of what timestamp k covers. */
static uint64_t
end_of(const struct seal_pdf_evidence *e, size_t k)
{
	return e->contents[k].sig->revision_end;
}

/* Timestamps in the order of what they cover: each is put before those that cover more. */
static void
add_stamp(const struct pdf_scan *scan, struct seal_pdf_evidence *e, size_t i)
{
	const struct pdf_signature *s = &pdf_scan_info(scan)->signatures[i];
	size_t k = e->evidence.stamp_count++;

	for (; k > 0 && end_of(e, k - 1) > s->revision_end; k--) {
		e->contents[k] = e->contents[k - 1];
		e->signature[k] = e->signature[k - 1];
	}
	e->contents[k] = (struct seal_pdf_content){.hash = e->hash, .sig = s};
	e->signature[k] = i;
}

/*
 * Where the bytes of an object stand: its own place, or that of the object stream it is packed in.
 * UINT64_MAX: nowhere.
 */
static uint64_t
place_of(const struct pdf_xref *x, int object)
{
	const struct pdf_entry *e = pdf_xref_find(x, 0, (uint32_t)object);

	if (e != NULL && e->kind == PDF_ENTRY_PACKED)
		e = pdf_xref_find(x, 0, (uint32_t)e->at);
	return e != NULL && e->kind == PDF_ENTRY_PLAIN ? e->at : UINT64_MAX;
}

/* The oldest timestamp that covers bytes beginning before its end; an object never crosses one. */
static size_t
oldest_over(const struct seal_pdf_evidence *e, uint64_t at)
{
	for (size_t k = 0; k < e->evidence.stamp_count; k++)
		if (at < end_of(e, k))
			return k;
	return VERDICT_NOT_COVERED;
}

static enum status
take_proofs(const struct pdf_scan *scan, struct seal_pdf_evidence *e)
{
	static const enum verdict_proof_kind kinds[] = {[PDF_DSS_CERTS] = VERDICT_PROOF_CERT,
		[PDF_DSS_CRLS] = VERDICT_PROOF_CRL,
		[PDF_DSS_OCSPS] = VERDICT_PROOF_OCSP};
	const struct pdf_xref *x = pdf_scan_info(scan)->xref;

	e->proofs = calloc(e->dss.count + 1, sizeof(e->proofs[0]));
	if (e->proofs == NULL)
		return STATUS_NO_MEMORY;
	for (size_t i = 0; i < e->dss.count; i++) {
		const struct pdf_dss_item *item = &e->dss.items[i];

		e->proofs[i] = (struct verdict_proof){
			kinds[item->part], item->der, oldest_over(e, place_of(x, item->object))};
	}
	e->evidence.proofs = e->proofs;
	e->evidence.proof_count = e->dss.count;
	return STATUS_OK;
}

enum status
seal_pdf_evidence_read(
	const struct pdf_scan *scan, struct seal_pdf_evidence *out, struct diag *diag)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	enum status st;

	memset(out, 0, sizeof(*out));
	if ((out->hash = seal_pdf_hash_new(scan)) == NULL)
		return STATUS_NO_MEMORY;
	if (info->xref == NULL) /* read by repairing: nothing in it proves anything */
		return STATUS_OK;
	for (size_t i = 0; i < info->signature_count; i++)
		if (info->signatures[i].timestamp && info->signatures[i].fault == NULL &&
			out->evidence.stamp_count < VERDICT_FILE_STAMPS_MAX)
			add_stamp(scan, out, i);
	for (size_t k = 0; k < out->evidence.stamp_count; k++)
		out->stamps[k] = (struct verdict_stamp){
			out->contents[k].sig->contents, seal_pdf_digest, &out->contents[k]};
	out->evidence.stamps = out->stamps;
	st = pdf_dss_read(scan, &out->dss, diag);
	return st == STATUS_OK ? take_proofs(scan, out) : st;
}

void
seal_pdf_evidence_free(struct seal_pdf_evidence *e)
{
	pdf_dss_free(&e->dss);
	free(e->proofs);
	seal_pdf_hash_free(e->hash);
}

size_t
seal_pdf_stamp_of(const struct seal_pdf_evidence *e, size_t i)
{
	for (size_t k = 0; k < e->evidence.stamp_count; k++)
		if (e->signature[k] == i)
			return k;
	return VERDICT_NOT_COVERED;
}

size_t
seal_pdf_covered(const struct pdf_scan *scan, const struct seal_pdf_evidence *e, size_t i)
{
	const struct pdf_signature *s = &pdf_scan_info(scan)->signatures[i];

	for (size_t k = 0; s->fault == NULL && k < e->evidence.stamp_count; k++)
		if (e->signature[k] != i && s->revision_end < end_of(e, k))
			return k;
	return VERDICT_NOT_COVERED;
}
