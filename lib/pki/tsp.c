/* tsp: see tsp.h. */
#include "lib/pki/tsp.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "lib/base/hex.h"
#include "lib/base/text.h"
#include "lib/pki/cades.h"
#include "lib/pki/cert.h"
#include "lib/pki/der.h"
#include "lib/pki/strength.h"

#define RESPONSE_MAX (1u << 20)

struct tsp_request {
	TS_REQ *request;
	unsigned char *der;
	size_t der_len;
	int digest_nid;
	unsigned char digest[EVP_MAX_MD_SIZE];
	size_t digest_len;
	unsigned char nonce[TSP_NONCE_BYTES];
};

static bool
set_imprint(TS_REQ *request, const EVP_MD *md, struct span digest)
{
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	bool ok = imprint != NULL && algorithm != NULL;

	if (ok) {
		/* NULL parameters, as TSAs in the field expect them */
		ok = X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_MD_get_type(md)), V_ASN1_NULL, NULL) == 1 &&
			TS_MSG_IMPRINT_set_algo(imprint, algorithm) == 1 &&
			TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)digest.data, (int)digest.len) == 1 &&
			TS_REQ_set_msg_imprint(request, imprint) == 1;
	}
	X509_ALGOR_free(algorithm);
	TS_MSG_IMPRINT_free(imprint);
	return ok;
}

static bool
set_nonce(TS_REQ *request, const unsigned char bytes[TSP_NONCE_BYTES])
{
	BIGNUM *number = NULL;
	ASN1_INTEGER *nonce = NULL;
	bool ok;

	ok = (number = BN_bin2bn(bytes, TSP_NONCE_BYTES, NULL)) != NULL &&
		(nonce = BN_to_ASN1_INTEGER(number, NULL)) != NULL &&
		TS_REQ_set_nonce(request, nonce) == 1;
	ASN1_INTEGER_free(nonce);
	BN_free(number);
	return ok;
}

static enum status
fill(struct tsp_request *r, const EVP_MD *md, struct span digest, const char *policy)
{
	ASN1_OBJECT *oid = NULL;
	int len;

	r->request = TS_REQ_new();
	if (r->request == NULL || TS_REQ_set_version(r->request, 1) != 1 ||
		!set_imprint(r->request, md, digest) || !set_nonce(r->request, r->nonce) ||
		TS_REQ_set_cert_req(r->request, 1) != 1)
		return STATUS_NO_MEMORY;
	if (policy != NULL) {
		oid = OBJ_txt2obj(policy, 1);
		if (oid == NULL)
			return STATUS_INVALID;
		len = TS_REQ_set_policy_id(r->request, oid);
		ASN1_OBJECT_free(oid);
		if (len != 1)
			return STATUS_NO_MEMORY;
	}
	len = i2d_TS_REQ(r->request, &r->der);
	if (len <= 0)
		return STATUS_NO_MEMORY;
	r->der_len = (size_t)len;
	return STATUS_OK;
}

static enum status
make(const char *digest_name, struct span digest, const char *policy, const unsigned char *nonce,
	struct tsp_request **out)
{
	const EVP_MD *md = EVP_get_digestbyname(digest_name);
	struct tsp_request *r;
	enum status st;

	if (md == NULL || digest.len != (size_t)EVP_MD_get_size(md))
		return STATUS_UNSUPPORTED;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->digest_nid = EVP_MD_get_type(md);
	memcpy(r->digest, digest.data, digest.len);
	r->digest_len = digest.len;
	memcpy(r->nonce, nonce, TSP_NONCE_BYTES);
	st = fill(r, md, digest, policy);
	ERR_clear_error();
	if (st != STATUS_OK)
		tsp_request_free(r);
	else
		*out = r;
	return st;
}

enum status
tsp_request_new(const char *digest_name, struct span digest, const char *policy,
	struct tsp_request **out)
{
	unsigned char nonce[TSP_NONCE_BYTES];

	if (RAND_bytes(nonce, sizeof(nonce)) != 1)
		return STATUS_INTERNAL;
	return make(digest_name, digest, policy, nonce, out);
}

enum status
tsp_request_again(const char *digest_name, struct span digest, const char *policy,
	struct span nonce, struct tsp_request **out)
{
	if (nonce.len != TSP_NONCE_BYTES)
		return STATUS_INVALID;
	return make(digest_name, digest, policy, nonce.data, out);
}

struct span
tsp_request_nonce(const struct tsp_request *r)
{
	return (struct span){r->nonce, TSP_NONCE_BYTES};
}

void
tsp_request_free(struct tsp_request *r)
{
	if (r == NULL)
		return;
	TS_REQ_free(r->request);
	OPENSSL_free(r->der);
	free(r);
}

struct span
tsp_request_der(const struct tsp_request *r)
{
	return (struct span){r->der, r->der_len};
}

enum status
tsp_token_read(struct span token, struct cert_kept *kept, struct tsp_token *out, const char **why)
{
	struct tsp_token t = {0};
	const unsigned char *p;
	TS_MSG_IMPRINT *imprint;
	const ASN1_OBJECT *oid;
	ASN1_OCTET_STRING *digest;
	BIGNUM *serial;
	enum status st = cms_read(token, kept, &t.cms, why);

	if (st != STATUS_OK)
		return st;
	p = t.cms.content.data;
	*why = "the content is not a TSTInfo (RFC 3161 2.4.2)";
	if (t.cms.content_type != NID_id_smime_ct_TSTInfo || p == NULL)
		goto bad;
	t.info = d2i_TS_TST_INFO(NULL, &p, (long)t.cms.content.len);
	if (t.info == NULL || p != t.cms.content.data + t.cms.content.len ||
		TS_TST_INFO_get_version(t.info) != 1)
		goto bad;
	t.gen_time = cert_time(TS_TST_INFO_get_time(t.info));
	if (t.gen_time == 0)
		goto bad;
	imprint = TS_TST_INFO_get_msg_imprint(t.info);
	X509_ALGOR_get0(&oid, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
	t.digest_nid = OBJ_obj2nid(oid);
	digest = TS_MSG_IMPRINT_get_msg(imprint);
	t.imprint = (struct span){
		ASN1_STRING_get0_data(digest), (size_t)ASN1_STRING_length(digest)};
	OBJ_obj2txt(t.policy, sizeof(t.policy), TS_TST_INFO_get_policy_id(t.info), 1);
	serial = ASN1_INTEGER_to_BN(TS_TST_INFO_get_serial(t.info), NULL);
	if (serial != NULL && BN_num_bytes(serial) < 39) {
		char *hex = BN_bn2hex(serial);

		snprintf(t.serial, sizeof(t.serial), "%s", hex != NULL ? hex : "");
		OPENSSL_free(hex);
	}
	BN_free(serial);
	ERR_clear_error();
	*out = t;
	*why = "";
	return STATUS_OK;
bad:
	tsp_token_free(&t);
	ERR_clear_error();
	return STATUS_INVALID;
}

void
tsp_token_free(struct tsp_token *t)
{
	TS_TST_INFO_free(t->info);
	cms_signature_free(&t->cms);
	*t = (struct tsp_token){0};
}

bool
tsp_token_is_about(const struct tsp_token *t, int digest_nid, struct span digest)
{
	return digest_nid != NID_undef && t->digest_nid == digest_nid &&
		t->imprint.len == digest.len && digest.len != 0 &&
		memcmp(t->imprint.data, digest.data, digest.len) == 0;
}

enum sub_indication
tsp_token_check(const struct tsp_token *t, const STACK_OF(X509) *more, X509 **signer_out,
	const char **why)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned hash_len = 0;
	const EVP_MD *md = EVP_get_digestbynid(t->cms.digest_nid);
	X509 *cert = cms_find_signer(&t->cms, more);
	int named;

	*why = "the certificate of the timestamp's signer is not there";
	if (cert == NULL)
		return SUB_NO_SIGNING_CERTIFICATE_FOUND;
	*why = "the timestamp's messageDigest is not that of its content";
	if (md == NULL || EVP_Digest(t->cms.content.data, t->cms.content.len, hash, &hash_len, md,
		NULL) != 1 || hash_len != t->cms.message_digest.len ||
		memcmp(hash, t->cms.message_digest.data, hash_len) != 0)
		return SUB_HASH_FAILURE;
	*why = "the timestamp's signature value is wrong";
	if (!cms_check_value(&t->cms, cert, (struct span){hash, hash_len}))
		return SUB_SIG_CRYPTO_FAILURE;
	switch (cades_check_reference(&t->cms, cert, &named)) {
	case CADES_REFERENCE_RIGHT:
		if (strength_of_digest(named) == STRENGTH_BROKEN) {
			*why = "the timestamp names its signer's certificate by a broken hash";
			return SUB_SIG_CONSTRAINTS_FAILURE;
		}
		*why = "";
		*signer_out = cert;
		return SUB_NONE;
	case CADES_OTHER_CERTIFICATE:
		*why = "the timestamp refers to another certificate than its signer's";
		return SUB_NO_SIGNING_CERTIFICATE_FOUND;
	default:
		*why = "the timestamp does not refer rightly to its signer's certificate (RFC 3161 2.4.1)";
		return SUB_SIG_CONSTRAINTS_FAILURE;
	}
}

/* PKIStatusInfo: 0 granted, 1 granted with modifications; otherwise what the TSA says about it. */
static bool
granted(TS_RESP *response, struct diag *diag)
{
	TS_STATUS_INFO *info = TS_RESP_get_status_info(response);
	long status = ASN1_INTEGER_get(TS_STATUS_INFO_get0_status(info));
	const STACK_OF(ASN1_UTF8STRING) *texts = TS_STATUS_INFO_get0_text(info);
	char number[32], said[300] = "";

	if (status == TS_STATUS_GRANTED || status == TS_STATUS_GRANTED_WITH_MODS)
		return true;
	snprintf(number, sizeof(number), "status %ld", status);
	if (sk_ASN1_UTF8STRING_num(texts) > 0) {
		const ASN1_STRING *s = sk_ASN1_UTF8STRING_value(texts, 0);

		text_excerpt(said, sizeof(said), (const char *)ASN1_STRING_get0_data(s),
			(size_t)ASN1_STRING_length(s));
	}
	diag_add(diag, SEVERITY_ERROR, "tsp.refused", number, said, NULL, "RFC 3161 2.4.2");
	return false;
}

/* All that is wrong with the token as an answer to r. */
static bool
answers(const struct tsp_request *r, const struct tsp_token *t, struct diag *diag)
{
	const ASN1_INTEGER *asked = TS_REQ_get_nonce(r->request), *nonce = TS_TST_INFO_get_nonce(t->info);
	ASN1_OBJECT *policy = TS_REQ_get_policy_id(r->request);
	const char *why;
	X509 *signer = NULL;
	bool ok = true;

	if (!tsp_token_is_about(t, r->digest_nid, (struct span){r->digest, r->digest_len})) {
		diag_add(diag, SEVERITY_ERROR, "tsp.imprint", "TSTInfo.messageImprint", NULL, NULL,
			"RFC 3161 2.4.2");
		ok = false;
	}
	if (nonce == NULL || ASN1_INTEGER_cmp(asked, nonce) != 0) {
		diag_add(diag, SEVERITY_ERROR, "tsp.nonce", "TSTInfo.nonce", NULL, NULL,
			"RFC 3161 2.4.2");
		ok = false;
	}
	if (policy != NULL && OBJ_cmp(policy, TS_TST_INFO_get_policy_id(t->info)) != 0) {
		diag_add(diag, SEVERITY_ERROR, "tsp.policy", "TSTInfo.policy", t->policy, NULL,
			"RFC 3161 2.4.2");
		ok = false;
	}
	if (tsp_token_check(t, NULL, &signer, &why) != SUB_NONE) {
		diag_add(diag, SEVERITY_ERROR, "tsp.signature", "TimeStampToken", why, NULL,
			"RFC 3161 2.4.1");
		return false;
	}
	if (!cert_may_sign_timestamps(signer)) {
		char subject[256];

		cert_name_text(X509_get_subject_name(signer), subject, sizeof(subject));
		diag_add(diag, SEVERITY_ERROR, "tsp.usage", "TimeStampToken", subject,
			"extKeyUsage critical, timeStamping", "RFC 3161 2.3");
		ok = false;
	}
	return ok;
}

/* TimeStampResp: SEQUENCE { PKIStatusInfo, TimeStampToken OPTIONAL }: the token's own bytes, not a re-encoding. */
static struct span
token_bytes(struct span response)
{
	struct der all, info, token;

	if (!der_expect(&response, DER_SEQUENCE, &all) ||
		!der_expect(&all.value, DER_SEQUENCE, &info) ||
		!der_expect(&all.value, DER_SEQUENCE, &token))
		return (struct span){NULL, 0};
	return token.whole;
}

enum status
tsp_response_read(const struct tsp_request *r, struct span response, struct buf *token,
	struct diag *diag)
{
	const unsigned char *p = response.data;
	TS_RESP *read = response.len > 0 && response.len <= RESPONSE_MAX ?
		d2i_TS_RESP(NULL, &p, (long)response.len) : NULL;
	struct tsp_token t;
	struct span bytes;
	const char *why = "";
	enum status st = STATUS_MALFORMED;

	if (read == NULL || p != response.data + response.len) {
		diag_error(diag, "tsp.malformed", "TimeStampResp", NULL, NULL);
		goto out;
	}
	if (!granted(read, diag)) {
		st = STATUS_UNAVAILABLE;
		goto out;
	}
	bytes = token_bytes(response);
	if (bytes.len == 0 || tsp_token_read(bytes, NULL, &t, &why) != STATUS_OK) {
		diag_error(diag, "tsp.malformed", "TimeStampToken", why, NULL);
		goto out;
	}
	st = answers(r, &t, diag) ? STATUS_OK : STATUS_INVALID;
	tsp_token_free(&t);
	if (st == STATUS_OK) {
		buf_put(token, bytes.data, bytes.len);
		st = buf_status(token);
	}
out:
	TS_RESP_free(read);
	ERR_clear_error();
	return st;
}
