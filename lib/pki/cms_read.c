/* cms_read: see cms_read.h. */
#include "lib/pki/cms_read.h"

#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "lib/pki/der.h"

#define ATTRIBUTES_MAX 32 /* signed ones of a signature that is checked by hand */

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

/* A counter-signature is over no content: there is no type of one (RFC 5652 11.4). */
static const char *
check_type(const struct cms_signature *s)
{
	bool there;
	const ASN1_OBJECT *type = (const ASN1_OBJECT *)cms_signed_attribute(s, NID_pkcs9_contentType, V_ASN1_OBJECT, &there);

	if (s->counter)
		return there ? "a counter-signature has a contentType attribute (RFC 5652 11.4)" : NULL;
	if (type == NULL)
		return "the contentType attribute is missing or not single (RFC 5652 11.1)";
	if (OBJ_cmp(type, CMS_get0_eContentType(s->info)) != 0)
		return "the contentType attribute is not the type of the content (RFC 5652 11.1)";
	return NULL;
}

static const char *
read_attributes(struct cms_signature *s)
{
	bool there;
	const ASN1_STRING *digest;

	s->has_attributes = CMS_signed_get_attr_count(s->signer) > 0;
	if (!s->has_attributes)
		return s->content_type == NID_pkcs7_data ? NULL :
			"no signed attributes, though the content is not plain data (RFC 5652 5.3)";
	digest = cms_signed_attribute(s, NID_pkcs9_messageDigest, V_ASN1_OCTET_STRING, &there);
	if (digest == NULL)
		return "the messageDigest attribute is missing or not single (RFC 5652 11.2)";
	s->message_digest = span_of(digest);
	return check_type(s);
}

/* SET SIZE (1..MAX): OpenSSL refuses some of these only when it checks the value, and the signature would be called wrong. */
static bool
has_empty_attribute(const CMS_SignerInfo *signer)
{
	for (int i = 0; i < CMS_signed_get_attr_count(signer); i++)
		if (X509_ATTRIBUTE_count(CMS_signed_get_attr(signer, i)) < 1)
			return true;
	for (int i = 0; i < CMS_unsigned_get_attr_count(signer); i++)
		if (X509_ATTRIBUTE_count(CMS_unsigned_get_attr(signer, i)) < 1)
			return true;
	return false;
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
	if (has_empty_attribute(s->signer))
		return "an attribute has no value (RFC 5652 5.3)";
	return read_attributes(s);
}

static enum status
read(struct span cms, bool counter, struct cert_kept *kept, struct cms_signature *out, const char **why)
{
	struct cms_signature s = {.counter = counter};
	enum status st = STATUS_INVALID;
	size_t used = 0;

	*why = "it is not a CMS ContentInfo";
	if (cms.len > CMS_READ_MAX)
		return STATUS_TOO_LARGE;
	if ((s.info = cert_kept_cms(kept, cms, &used)) == NULL)
		goto out;
	for (size_t i = used; i < cms.len; i++)
		if (cms.data[i] != 0) {
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

enum status
cms_read(struct span cms, struct cert_kept *kept, struct cms_signature *out, const char **why)
{
	return read(cms, false, kept, out, why);
}

enum status
cms_read_counter(struct span cms, struct cert_kept *kept, struct cms_signature *out, const char **why)
{
	return read(cms, true, kept, out, why);
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

/* RSASSA-PSS-params of the SignerInfo (RFC 4055 3.1) set for a verification by md. MGF1 with whatever digest they name. */
static bool
set_pss(const struct cms_signature *s, EVP_PKEY_CTX *ctx, const EVP_MD *md)
{
	const EVP_MD *hash = EVP_sha1(), *mask = EVP_sha1();
	X509_ALGOR *algorithm = NULL, *inner = NULL;
	const ASN1_OBJECT *oid;
	const void *value;
	RSA_PSS_PARAMS *p;
	long salt = 20;
	int type;
	bool right;

	CMS_SignerInfo_get0_algs(s->signer, NULL, NULL, NULL, &algorithm);
	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	p = type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS)) : NULL;
	if (p == NULL)
		return false;
	if (p->hashAlgorithm != NULL)
		hash = EVP_get_digestbyobj(p->hashAlgorithm->algorithm);
	if (p->maskGenAlgorithm != NULL) {
		X509_ALGOR_get0(&oid, &type, &value, p->maskGenAlgorithm);
		inner = OBJ_obj2nid(oid) == NID_mgf1 && type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(X509_ALGOR)) : NULL;
		mask = inner != NULL ? EVP_get_digestbyobj(inner->algorithm) : NULL;
	}
	if (p->saltLength != NULL)
		salt = ASN1_INTEGER_get(p->saltLength);
	right = hash != NULL && mask != NULL && EVP_MD_get_type(hash) == EVP_MD_get_type(md) && salt >= 0 && salt <= 512 &&
		(p->trailerField == NULL || ASN1_INTEGER_get(p->trailerField) == 1) &&
		EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 && EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, mask) == 1 &&
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, (int)salt) == 1;
	X509_ALGOR_free(inner);
	RSA_PSS_PARAMS_free(p);
	return right;
}

/* The signed attributes as they were signed: a SET OF in DER (RFC 5652 5.4). */
static bool
put_signed(const struct cms_signature *s, struct buf *set)
{
	int count = CMS_signed_get_attr_count(s->signer);
	struct span parts[ATTRIBUTES_MAX];
	unsigned char *der[ATTRIBUTES_MAX] = {NULL};
	bool right = count > 0 && count <= ATTRIBUTES_MAX;

	for (int i = 0; right && i < count; i++) {
		int len = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(s->signer, i), &der[i]);

		parts[i] = (struct span){der[i], len > 0 ? (size_t)len : 0};
		right = len > 0;
	}
	if (right)
		der_put_set_of(set, DER_SET, parts, (size_t)count);
	for (int i = 0; i < ATTRIBUTES_MAX; i++)
		OPENSSL_free(der[i]);
	return right && buf_status(set) == STATUS_OK;
}

/*
 * By hand what OpenSSL 3.0 does not do: it knows no EdDSA in CMS, which signs the attributes themselves with messageDigest by SHA-512 (RFC 8419 2.3, 3.1), and it takes no
 * attributes without contentType, as a counter-signature's are.
 */
static bool
check_by_hand(const struct cms_signature *s, X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	bool eddsa = s->signature_nid == NID_ED25519;
	const EVP_MD *md = eddsa ? NULL : EVP_get_digestbynid(s->digest_nid);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx = NULL;
	struct buf set;
	bool right;

	buf_init(&set, CMS_READ_MAX);
	right = ctx != NULL && put_signed(s, &set) && (eddsa ? EVP_PKEY_is_a(key, "ED25519") && s->digest_nid == NID_sha512 :
		md != NULL && !EVP_PKEY_is_a(key, "ED25519")) &&
		EVP_DigestVerifyInit(ctx, &key_ctx, md, NULL, key) == 1 &&
		(s->signature_nid != NID_rsassaPss || set_pss(s, key_ctx, md)) &&
		EVP_DigestVerify(ctx, s->value.data, s->value.len, set.data, set.len) == 1;
	buf_free(&set);
	EVP_MD_CTX_free(ctx);
	return right;
}

/* The digest that the name of a signature algorithm has in it is the one of the SignerInfo. */
static bool
names_digest(const struct cms_signature *s)
{
	int digest = NID_undef, key = NID_undef;

	return OBJ_find_sigid_algs(s->signature_nid, &digest, &key) != 1 || digest == NID_undef || digest == s->digest_nid;
}

bool
cms_check_value(const struct cms_signature *s, X509 *cert, struct span content_digest)
{
	bool right = false;

	if (X509_get0_pubkey(cert) == NULL)
		return false;
	if (s->has_attributes && (s->counter || s->signature_nid == NID_ED25519)) {
		right = names_digest(s) && check_by_hand(s, cert);
	} else if (s->has_attributes) {
		CMS_SignerInfo_set1_signer_cert(s->signer, cert);
		right = CMS_SignerInfo_verify(s->signer) == 1;
	} else
		right = check_bare(s, cert, content_digest);
	ERR_clear_error();
	return right;
}
