/* cms_read: see cms_read.h. */
#include "lib/pki/cms_read.h"

#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "lib/pki/der.h"

#define ATTRIBUTES_MAX 32 /* signed ones of an EdDSA signature */

static struct span
span_of(const ASN1_STRING *s)
{
	static const unsigned char nothing[1];
	const unsigned char *data = ASN1_STRING_get0_data(s);

	return (struct span){data != NULL ? data : nothing, (size_t)ASN1_STRING_length(s)};
}

const ASN1_STRING *
cms_signed_attribute(const struct cms_signature *s, int nid, int type, bool *there)
{
	*there = CMS_signed_get_attr_by_NID(s->signer, nid, -1) >= 0;
	/* -3: exactly one attribute with exactly one value */
	return *there ? CMS_signed_get0_data_by_OBJ(s->signer, OBJ_nid2obj(nid), -3, type) : NULL;
}

static const char *
read_attributes(struct cms_signature *s)
{
	bool there;
	const ASN1_STRING *digest;
	const ASN1_OBJECT *type;

	s->has_attributes = CMS_signed_get_attr_count(s->signer) > 0;
	if (!s->has_attributes)
		return s->content_type == NID_pkcs7_data ? NULL :
			"no signed attributes, though the content is not plain data (RFC 5652 5.3)";
	digest = cms_signed_attribute(s, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, &there);
	if (digest == NULL)
		return "the messageDigest attribute is missing or not single (RFC 5652 11.2)";
	s->message_digest = span_of(digest);
	type = (const ASN1_OBJECT *)cms_signed_attribute(s, NID_pkcs9_contentType, V_ASN1_OBJECT,
		&there);
	if (type == NULL)
		return "the contentType attribute is missing or not single (RFC 5652 11.1)";
	if (OBJ_cmp(type, CMS_get0_eContentType(s->info)) != 0)
		return "the contentType attribute is not the type of the content (RFC 5652 11.1)";
	return NULL;
}

static const char *
read_signer(struct cms_signature *s)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(s->info);
	X509_ALGOR *digest = NULL, *algorithm = NULL;
	ASN1_OCTET_STRING **content;
	const ASN1_OBJECT *oid;

	if (sk_CMS_SignerInfo_num(signers) != 1)
		return "there is not exactly one SignerInfo";
	s->signer = sk_CMS_SignerInfo_value(signers, 0);
	s->content_type = OBJ_obj2nid(CMS_get0_eContentType(s->info));
	content = CMS_get0_content(s->info);
	if (content != NULL && *content != NULL)
		s->content = span_of(*content);
	CMS_SignerInfo_get0_algs(s->signer, NULL, NULL, &digest, &algorithm);
	X509_ALGOR_get0(&oid, NULL, NULL, digest);
	s->digest_nid = OBJ_obj2nid(oid);
	X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
	s->signature_nid = OBJ_obj2nid(oid);
	s->value = span_of(CMS_SignerInfo_get0_signature(s->signer));
	if (s->value.len == 0)
		return "the signature value is empty";
	return read_attributes(s);
}

enum status
cms_read(struct span cms, struct cms_signature *out, const char **why)
{
	struct cms_signature s = {0};
	const unsigned char *p = cms.data, *end = cms.data + cms.len;
	enum status st = STATUS_INVALID;

	*why = "it is not a CMS ContentInfo";
	if (cms.len > CMS_READ_MAX)
		return STATUS_TOO_LARGE;
	if (cms.len == 0 || (s.info = d2i_CMS_ContentInfo(NULL, &p, (long)cms.len)) == NULL)
		goto out;
	for (; p < end; p++)
		if (*p != 0) {
			*why = "something follows the CMS structure";
			goto out;
		}
	if (OBJ_obj2nid(CMS_get0_type(s.info)) != NID_pkcs7_signed) {
		*why = "it is not a SignedData";
		goto out;
	}
	*why = read_signer(&s);
	if (*why != NULL)
		goto out;
	s.certs = CMS_get1_certs(s.info);
	s.crls = CMS_get1_crls(s.info);
	*out = s;
	*why = "";
	st = STATUS_OK;
out:
	if (st != STATUS_OK)
		cms_signature_free(&s);
	ERR_clear_error();
	return st;
}

void
cms_signature_free(struct cms_signature *s)
{
	sk_X509_pop_free(s->certs, X509_free);
	sk_X509_CRL_pop_free(s->crls, X509_CRL_free);
	CMS_ContentInfo_free(s->info);
	*s = (struct cms_signature){0};
}

static X509 *
find_in(const struct cms_signature *s, const STACK_OF(X509) *certs)
{
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (CMS_SignerInfo_cert_cmp(s->signer, sk_X509_value(certs, i)) == 0)
			return sk_X509_value(certs, i);
	return NULL;
}

X509 *
cms_find_signer(const struct cms_signature *s, const STACK_OF(X509) *more)
{
	X509 *x = find_in(s, s->certs);

	return x != NULL ? x : find_in(s, more);
}

/* Without signed attributes the value is over the content itself, whose digest is all we have. */
static bool
check_bare(const struct cms_signature *s, X509 *cert, struct span digest)
{
	const EVP_MD *md = EVP_get_digestbynid(s->digest_nid);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(X509_get0_pubkey(cert), NULL);
	bool right = md != NULL && ctx != NULL && s->signature_nid != NID_rsassaPss &&
		EVP_PKEY_verify_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, md) == 1 &&
		EVP_PKEY_verify(ctx, s->value.data, s->value.len, digest.data, digest.len) == 1;

	EVP_PKEY_CTX_free(ctx);
	return right;
}

/*
 * EdDSA signs the attributes themselves, not a digest of them, and messageDigest is by SHA-512 (RFC 8419 2.3, 3.1). OpenSSL 3.0 cannot
 * check it: the attributes are put together as signed, a SET OF in DER (RFC 5652 5.4).
 */
static bool
check_ed25519(const struct cms_signature *s, X509 *cert)
{
	int count = CMS_signed_get_attr_count(s->signer);
	struct span parts[ATTRIBUTES_MAX];
	unsigned char *der[ATTRIBUTES_MAX] = {NULL};
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct buf set;
	bool right = ctx != NULL && s->digest_nid == NID_sha512 && count > 0 && count <= ATTRIBUTES_MAX;

	buf_init(&set, CMS_READ_MAX);
	for (int i = 0; right && i < count; i++) {
		int len = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(s->signer, i), &der[i]);

		parts[i] = (struct span){der[i], len > 0 ? (size_t)len : 0};
		right = len > 0;
	}
	if (right) {
		der_put_set_of(&set, DER_SET, parts, (size_t)count);
		right = buf_status(&set) == STATUS_OK &&
			EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, X509_get0_pubkey(cert)) == 1 &&
			EVP_DigestVerify(ctx, s->value.data, s->value.len, set.data, set.len) == 1;
	}
	for (int i = 0; i < ATTRIBUTES_MAX; i++)
		OPENSSL_free(der[i]);
	buf_free(&set);
	EVP_MD_CTX_free(ctx);
	return right;
}

bool
cms_check_value(const struct cms_signature *s, X509 *cert, struct span content_digest)
{
	bool right = false;

	if (X509_get0_pubkey(cert) == NULL)
		return false;
	if (s->has_attributes && s->signature_nid == NID_ED25519) {
		right = EVP_PKEY_is_a(X509_get0_pubkey(cert), "ED25519") && check_ed25519(s, cert);
	} else if (s->has_attributes) {
		CMS_SignerInfo_set1_signer_cert(s->signer, cert);
		right = CMS_SignerInfo_verify(s->signer) == 1;
	} else
		right = check_bare(s, cert, content_digest);
	ERR_clear_error();
	return right;
}
