/* cades_extend: see cades_extend.h. */
#include "lib/pki/cades_extend.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "lib/pki/ats.h"
#include "lib/pki/cms_parts.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/der.h"

/* id-ri-ocsp-response, 1.3.6.1.5.5.7.16.2 (RFC 5940 2.1) */
static const unsigned char oid_ocsp_response[] = {DER_OID, 8, 43, 6, 1, 5, 5, 7, 16, 2};
/* id-aa-ets-archiveTimestampV2 ... 2.48, and the older v1 ... 2.27 */
static const unsigned char oid_archive_v1[] = {DER_OID, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 27};
static const unsigned char oid_archive_v2[] = {DER_OID, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 48};

static bool
attribute_is(struct span attribute, const unsigned char *oid, size_t len)
{
	struct der type;
	struct span values;

	return cms_attribute_split(attribute, &type, &values) && type.whole.len == len &&
		memcmp(type.whole.data, oid, len) == 0;
}

static bool
has_old_archive(const struct cms_parts *parts)
{
	for (size_t i = 0; i < parts->unsigned_count; i++)
		if (attribute_is(parts->unsigned_attributes[i], oid_archive_v1, sizeof(oid_archive_v1)) ||
			attribute_is(parts->unsigned_attributes[i], oid_archive_v2, sizeof(oid_archive_v2)))
			return true;
	return false;
}

/* An OCSPResponse that answers. */
static bool
is_ocsp(struct span der)
{
	const unsigned char *p = der.data;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)der.len);
	bool is = r != NULL && p == der.data + der.len &&
		OCSP_response_status(r) == OCSP_RESPONSE_STATUS_SUCCESSFUL;

	OCSP_RESPONSE_free(r);
	return is;
}

/* Exactly one DER structure of its kind, and nothing behind it. */
static bool
is_proof(const struct cades_proof *proof)
{
	const unsigned char *p = proof->der.data, *end = p + proof->der.len;
	struct span whole = proof->der;
	struct der d;
	bool is = false;

	if (!der_expect(&whole, DER_SEQUENCE, &d) || whole.len != 0 || proof->der.len > CMS_READ_MAX)
		return false;
	switch (proof->kind) {
	case CADES_PROOF_CERT: {
		X509 *x = d2i_X509(NULL, &p, (long)proof->der.len);

		is = x != NULL && p == end;
		X509_free(x);
		break;
	}
	case CADES_PROOF_CRL: {
		X509_CRL *c = d2i_X509_CRL(NULL, &p, (long)proof->der.len);

		is = c != NULL && p == end;
		X509_CRL_free(c);
		break;
	}
	case CADES_PROOF_OCSP:
		is = is_ocsp(proof->der);
		break;
	}
	ERR_clear_error();
	return is;
}

static enum status
check_proofs(const struct cades_proof *proofs, size_t count, struct diag *diag)
{
	static const char *const wants[] = {"Certificate", "CertificateList", "OCSPResponse"};
	enum status st = STATUS_OK;

	for (size_t i = 0; i < count; i++)
		if (!is_proof(&proofs[i])) {
			char where[40];

			snprintf(where, sizeof(where), "proof %zu", i + 1);
			diag_add(diag, SEVERITY_ERROR, "seal.proof", where, NULL, wants[proofs[i].kind],
				"EN 319 122-1 6.3");
			st = STATUS_INVALID;
		}
	return st;
}

/* RevocationInfoChoice: other [1] IMPLICIT SEQUENCE { id-ri-ocsp-response, OCSPResponse }. */
static void
put_other(struct buf *to, struct span ocsp)
{
	der_put_header(to, DER_CONTEXT(1), sizeof(oid_ocsp_response) + ocsp.len);
	buf_put(to, oid_ocsp_response, sizeof(oid_ocsp_response));
	buf_put(to, ocsp.data, ocsp.len);
}

/* A SET OF that grows: what was in it, and what is new. */
struct grown {
	struct span *element;
	size_t count;
	bool changed;
	bool other; /* has a RevocationInfoChoice of another format */
};

static bool
grown_put(struct grown *g, struct span element)
{
	for (size_t i = 0; i < g->count; i++)
		if (g->element[i].len == element.len &&
			memcmp(g->element[i].data, element.data, element.len) == 0)
			return true;
	if (g->count == 2 * CADES_PROOFS_MAX)
		return false;
	g->element[g->count++] = element;
	g->changed = true;
	g->other = g->other || element.data[0] == DER_CONTEXT(1);
	return true;
}

static bool
grown_open(struct grown *g, struct span elements)
{
	struct der d;

	g->element = calloc(2 * CADES_PROOFS_MAX, sizeof(*g->element));
	if (g->element == NULL)
		return false;
	while (elements.len != 0)
		if (!der_get(&elements, &d) || !grown_put(g, d.whole))
			return false;
	g->changed = false;
	return true;
}

/*
 * `others` keeps the OCSP responses in their new clothes: it is filled before views into it are taken.
 */
static bool
add_all(struct grown *certs, struct grown *crls, const struct cades_proof *proofs, size_t count, struct buf *others)
{
	size_t at = 0;
	bool ok = true;

	for (size_t i = 0; i < count; i++)
		if (proofs[i].kind == CADES_PROOF_OCSP)
			put_other(others, proofs[i].der);
	if (buf_status(others) != STATUS_OK)
		return false;
	for (size_t i = 0; i < count && ok; i++) {
		struct span rest;
		struct der d;

		if (proofs[i].kind == CADES_PROOF_CERT) {
			ok = grown_put(certs, proofs[i].der);
			continue;
		}
		if (proofs[i].kind == CADES_PROOF_CRL) {
			ok = grown_put(crls, proofs[i].der);
			continue;
		}
		rest = (struct span){others->data + at, others->len - at}; /* there is an OCSP response: others has data */
		ok = der_get(&rest, &d) && grown_put(crls, d.whole);
		if (ok)
			at += d.whole.len;
	}
	return ok;
}

/* SignedData up to signerInfos, with the new sets; version 5 with another revocation format inside (RFC 5652 5.1). */
static void
put_head(struct span head, struct grown *certs, struct grown *crls, struct buf *out)
{
	static const unsigned char version_5[] = {DER_INTEGER, 1, 5};
	struct der version, algorithms, content, old;
	struct span old_certs = {NULL, 0}, old_crls = {NULL, 0};

	/* cms_parts_split has read it: none of these fails */
	(void)der_expect(&head, DER_INTEGER, &version);
	(void)der_expect(&head, DER_SET, &algorithms);
	(void)der_expect(&head, DER_SEQUENCE, &content);
	if (der_expect(&head, DER_CONTEXT(0), &old))
		old_certs = old.whole;
	if (der_expect(&head, DER_CONTEXT(1), &old))
		old_crls = old.whole;
	if (crls->other)
		buf_put(out, version_5, sizeof(version_5));
	else
		buf_put(out, version.whole.data, version.whole.len);
	buf_put(out, algorithms.whole.data, algorithms.whole.len);
	buf_put(out, content.whole.data, content.whole.len);
	if (certs->changed)
		der_put_set_of(out, DER_CONTEXT(0), certs->element, certs->count);
	else
		buf_put(out, old_certs.data, old_certs.len);
	if (crls->changed)
		der_put_set_of(out, DER_CONTEXT(1), crls->element, crls->count);
	else
		buf_put(out, old_crls.data, old_crls.len);
}

static enum status
read_parts(struct span cms, struct cms_parts *parts, struct diag *diag)
{
	if (cms.len > CMS_READ_MAX)
		return STATUS_TOO_LARGE;
	if (!cms_parts_split(cms, parts)) {
		diag_add(diag, SEVERITY_ERROR, "cades.form", "SignedData", NULL, "DER, 1 SignerInfo",
			"RFC 5652 5.1");
		return STATUS_INVALID;
	}
	if (has_old_archive(parts)) {
		diag_add(diag, SEVERITY_ERROR, "cades.archive-v2", "unsignedAttrs", NULL, NULL,
			"TS 101 733 6.4.1");
		return STATUS_UNSUPPORTED;
	}
	return STATUS_OK;
}

static enum status
extend(struct cms_parts *parts, const struct cades_proof *proofs, size_t count, struct buf *out)
{
	struct grown certs = {0}, crls = {0};
	struct buf others, head;
	enum status st = STATUS_TOO_LARGE;

	buf_init(&others, CMS_READ_MAX);
	buf_init(&head, CMS_READ_MAX);
	if (!grown_open(&certs, parts->certs) || !grown_open(&crls, parts->crls) ||
		!add_all(&certs, &crls, proofs, count, &others))
		goto out;
	st = STATUS_OK;
	if (!certs.changed && !crls.changed)
		goto out;
	put_head(parts->head, &certs, &crls, &head);
	st = buf_status(&head);
	parts->head = (struct span){head.data, head.len};
	if (st == STATUS_OK)
		st = cms_parts_join(parts, out);
out:
	free(certs.element);
	free(crls.element);
	buf_free(&others);
	buf_free(&head);
	return st;
}

enum status
cades_add_proofs(struct span cms, const struct cades_proof *proofs, size_t count, struct buf *out, struct diag *diag)
{
	struct cms_parts parts;
	enum status st = count <= CADES_PROOFS_MAX ? read_parts(cms, &parts, diag) : STATUS_TOO_LARGE;

	if (st == STATUS_OK)
		st = check_proofs(proofs, count, diag);
	return st == STATUS_OK ? extend(&parts, proofs, count, out) : st;
}

static bool
has_serial(struct span certs, const ASN1_INTEGER *serial)
{
	struct der d;
	bool found = false;

	while (!found && der_get(&certs, &d)) {
		const unsigned char *p = d.whole.data;
		X509 *x = d2i_X509(NULL, &p, (long)d.whole.len);

		found = x != NULL && ASN1_INTEGER_cmp(X509_get0_serialNumber(x), serial) == 0;
		X509_free(x);
	}
	return found;
}

bool
cades_concerns(struct span cms, const struct cades_proof *proof)
{
	const unsigned char *p = proof->der.data;
	struct cms_parts parts;
	OCSP_RESPONSE *r;
	OCSP_BASICRESP *basic;
	bool concerns = false;

	if (proof->kind != CADES_PROOF_OCSP)
		return true;
	r = d2i_OCSP_RESPONSE(NULL, &p, (long)proof->der.len);
	basic = r != NULL ? OCSP_response_get1_basic(r) : NULL;
	for (int i = 0; basic != NULL && !concerns && i < OCSP_resp_count(basic) && cms_parts_split(cms, &parts); i++) {
		ASN1_INTEGER *serial = NULL;

		OCSP_id_get0_info(NULL, NULL, NULL, &serial,
			(OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(OCSP_resp_get0(basic, i)));
		concerns = serial != NULL && has_serial(parts.certs, serial);
	}
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(r);
	ERR_clear_error();
	return concerns;
}

static enum status
read_archive(struct span cms, const char *digest_name, struct span content_digest, struct cms_parts *parts,
	struct buf *index, struct diag *diag)
{
	enum status st = read_parts(cms, parts, diag);

	if (st == STATUS_OK && parts->content.data == NULL && content_digest.len == 0)
		st = STATUS_INVALID;
	return st == STATUS_OK ? ats_index_build(parts, digest_name, index) : st;
}

enum status
cades_archive_imprint(struct span cms, const char *digest_name, struct span content_digest, unsigned char *to,
	size_t *len, struct diag *diag)
{
	struct cms_parts parts;
	struct buf index;
	enum status st;

	buf_init(&index, CMS_READ_MAX);
	st = read_archive(cms, digest_name, content_digest, &parts, &index, diag);
	if (st == STATUS_OK)
		st = ats_imprint(&parts, digest_name, content_digest, (struct span){index.data, index.len}, to, len);
	buf_free(&index);
	return st;
}

enum status
cades_add_archive_timestamp(struct span cms, const char *digest_name, struct span content_digest, struct span token,
	struct buf *out, struct diag *diag)
{
	struct cms_parts parts;
	struct buf index;
	enum status st;

	buf_init(&index, CMS_READ_MAX);
	st = read_archive(cms, digest_name, content_digest, &parts, &index, diag);
	if (st == STATUS_OK) {
		st = ats_embed(cms, token, (struct span){index.data, index.len}, content_digest, out);
		if (st == STATUS_INVALID)
			diag_add(diag, SEVERITY_ERROR, "cades.archive-token", "TimeStampToken", NULL, NULL,
				"EN 319 122-1 5.5.3");
	}
	buf_free(&index);
	return st;
}
