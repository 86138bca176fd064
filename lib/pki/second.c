/* second: see second.h. */
#include "lib/pki/second.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/pkcs7.h>
#include <openssl/rsa.h>

#include "lib/base/imprints.h"
#include "lib/pki/der.h"
#include "lib/pki/policy_data.h"
#include "lib/pki/second_gnutls.h"

#define ATTRIBUTES_MOST (1 << 20) /* bytes of the signed attributes */
#define CERT_MOST 65536 /* bytes of a certificate, or of the attribute that names it */

enum second_scheme
second_scheme_of(const char *signature_name)
{
	static const struct {
		const char *begins;
		enum second_scheme scheme;
	} schemes[] = {{"RSA-PSS", SECOND_PSS}, {"RSA", SECOND_RSA}, {"ECDSA", SECOND_ECDSA}, {"ED25519", SECOND_ED25519}};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncmp(signature_name, schemes[i].begins, strlen(schemes[i].begins)) == 0)
			return schemes[i].scheme;
	return SECOND_OTHER;
}

/* The pieces one after the other, as a BIO to read from: a document is not copied to be checked. */
struct pieces {
	const struct span *parts;
	size_t count, at, offset;
};

static int
pieces_read(BIO *bio, char *to, int size)
{
	struct pieces *p = BIO_get_data(bio);
	size_t n;

	BIO_clear_retry_flags(bio);
	while (p->at < p->count && p->offset == p->parts[p->at].len) {
		p->at++;
		p->offset = 0;
	}
	if (p->at == p->count || size <= 0)
		return 0;
	n = p->parts[p->at].len - p->offset;
	if (n > (size_t)size)
		n = (size_t)size;
	memcpy(to, p->parts[p->at].data + p->offset, n);
	p->offset += n;
	return (int)n;
}

static long
pieces_ctrl(BIO *bio, int cmd, long num, void *ptr)
{
	const struct pieces *p = BIO_get_data(bio);

	(void)num;
	(void)ptr;
	if (cmd == BIO_CTRL_EOF)
		return p->at == p->count;
	return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *
pieces_method(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "pieces");

	if (m != NULL && (BIO_meth_set_read(m, pieces_read) != 1 || BIO_meth_set_ctrl(m, pieces_ctrl) != 1)) {
		BIO_meth_free(m);
		m = NULL;
	}
	return m;
}

static void
explain(char why[200])
{
	unsigned long e = ERR_peek_last_error();
	const char *data = NULL, *reason;
	int flags = 0;

	e = ERR_peek_last_error_data(&data, &flags);
	reason = e != 0 ? ERR_reason_error_string(e) : NULL;
	snprintf(why, 200, "%s%s%s", reason != NULL ? reason : "not valid", (flags & ERR_TXT_STRING) && data != NULL ? ": " : "",
		(flags & ERR_TXT_STRING) && data != NULL ? data : "");
}

/* With CMS_CADES OpenSSL builds the path whatever is asked: for the value alone nothing that is wrong with it counts. */
static int
pass_over(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 1;
}

/* A store of its own with the anchors, so that no setting of ours on the policy's store has a say. */
static X509_STORE *
make_store(const struct policy *p)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = store != NULL ? X509_STORE_get0_param(store) : NULL;

	if (param == NULL)
		return NULL;
	for (size_t i = 0; i < p->anchor_count; i++)
		X509_STORE_add_cert(store, p->anchors[i].cert);
	X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_ANY);
	X509_VERIFY_PARAM_set_time(param, (time_t)(p->at / CLOCK_SECOND));
	return store;
}

/*
 * Issuers that the policy knows, beside the certificates inside: CMS_verify of OpenSSL 3.0 builds its path from these alone; among the certificates given to it it looks for signers only.
 * No signature covers them, and no anchor becomes of them. One that is inside already is refused, which is right.
 */
static void
add_known_issuers(CMS_ContentInfo *info, const struct policy *p)
{
	for (int i = 0; i < sk_X509_num(p->intermediates); i++)
		(void)CMS_add1_cert(info, sk_X509_value(p->intermediates, i));
	ERR_clear_error();
}

/* OpenSSL's PKCS#7 code reads the structure; its digests are computed on the way through its BIO. */
static bool
pkcs7_value(PKCS7 *p7, PKCS7_SIGNER_INFO *signer, X509 *cert, struct span over)
{
	char taken[512];
	BIO *in = BIO_new_mem_buf(over.data, (int)over.len), *through = in != NULL ? PKCS7_dataInit(p7, in) : NULL;
	bool good = through != NULL;

	while (good && BIO_read(through, taken, sizeof(taken)) > 0)
		;
	good = good && PKCS7_signatureVerify(through, p7, signer, cert) == 1;
	if (through != NULL)
		BIO_free_all(through);
	else
		BIO_free(in);
	return good;
}

static bool
path_of(X509 *cert, STACK_OF(X509) *inside, const struct policy *p)
{
	X509_STORE *store = make_store(p);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *all = sk_X509_dup(p->intermediates);
	bool good = store != NULL && ctx != NULL && all != NULL;

	for (int i = 0; good && i < sk_X509_num(inside); i++)
		good = sk_X509_push(all, sk_X509_value(inside, i)) > 0;
	good = good && X509_STORE_CTX_init(ctx, store, cert, all) == 1 && X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(all);
	return good;
}

static bool
counter_openssl(struct span whole, struct span over, enum second_depth depth, const struct policy *p, char why[200])
{
	const unsigned char *at = whole.data;
	PKCS7 *p7 = whole.len <= INT_MAX && over.len <= INT_MAX ? d2i_PKCS7(NULL, &at, (long)whole.len) : NULL;
	STACK_OF(PKCS7_SIGNER_INFO) *signers = p7 != NULL && PKCS7_type_is_signed(p7) ? PKCS7_get_signer_info(p7) : NULL;
	PKCS7_SIGNER_INFO *signer = sk_PKCS7_SIGNER_INFO_num(signers) == 1 ? sk_PKCS7_SIGNER_INFO_value(signers, 0) : NULL;
	X509 *cert = signer != NULL ? PKCS7_cert_from_signer_info(p7, signer) : NULL;
	bool good;

	if (signer != NULL && cert == NULL) /* known here, not inside */
		cert = X509_find_by_issuer_and_serial(p->intermediates, signer->issuer_and_serial->issuer, signer->issuer_and_serial->serial);
	snprintf(why, 200, cert != NULL ? "not valid" : "not a structure it reads, or without its certificate");
	good = cert != NULL && pkcs7_value(p7, signer, cert, over) && (depth == SECOND_VALUE || path_of(cert, p7->d.sign->cert, p));
	if (!good && cert != NULL)
		explain(why);
	PKCS7_free(p7);
	ERR_clear_error();
	return good;
}

bool
second_cms(struct span cms, const struct span *content, size_t parts, bool cades, enum second_depth depth,
	const struct policy *p, char why[200])
{
	struct pieces pieces = {.parts = content, .count = parts};
	size_t used = 0;
	CMS_ContentInfo *info = cert_kept_cms(p->known, cms, &used);
	unsigned flags = CMS_BINARY | (cades ? CMS_CADES : 0) | (depth == SECOND_VALUE ? CMS_NO_SIGNER_CERT_VERIFY : 0);
	X509_STORE *store = make_store(p);
	BIO_METHOD *method = pieces_method();
	BIO *in = method != NULL ? BIO_new(method) : NULL, *out = BIO_new(BIO_s_null());
	bool detached = info != NULL && CMS_is_detached(info) == 1, good = false;

	snprintf(why, 200, "not a CMS structure");
	ERR_clear_error();
	if (info != NULL && store != NULL && in != NULL && out != NULL) {
		if (depth == SECOND_VALUE)
			X509_STORE_set_verify_cb(store, pass_over);
		else
			add_known_issuers(info, p);
		BIO_set_data(in, &pieces);
		BIO_set_init(in, 1);
		good = CMS_verify(info, p->intermediates, store, detached ? in : NULL, out, flags) == 1;
		if (!good)
			explain(why);
	}
	BIO_free(in);
	BIO_free(out);
	BIO_meth_free(method);
	X509_STORE_free(store);
	CMS_ContentInfo_free(info);
	ERR_clear_error();
	return good;
}

/* --- a file of which only the digests are known --- */

/* The only signer's messageDigest, as OpenSSL reads it, is the digest that is known. */
static bool
is_about(CMS_ContentInfo *info, const struct imprints *content)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(info);
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
	const ASN1_OCTET_STRING *digest;
	enum imprint_kind kind;
	X509_ALGOR *algorithm = NULL;

	if (signer == NULL || CMS_is_detached(info) != 1 || CMS_signed_get_attr_count(signer) <= 0)
		return false;
	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &algorithm, NULL);
	digest = CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_messageDigest), -3, V_ASN1_OCTET_STRING);
	return digest != NULL && algorithm != NULL && imprint_kind_find(OBJ_nid2sn(OBJ_obj2nid(algorithm->algorithm)), &kind) &&
		(size_t)ASN1_STRING_length(digest) == imprint_size(kind) &&
		memcmp(ASN1_STRING_get0_data(digest), content->of[kind].bytes, imprint_size(kind)) == 0;
}

bool
second_digests(struct span cms, const struct imprints *content, bool cades, enum second_depth depth, const struct policy *p, char why[200])
{
	size_t used = 0;
	CMS_ContentInfo *info = cert_kept_cms(p->known, cms, &used);
	unsigned flags = CMS_BINARY | CMS_NO_CONTENT_VERIFY | (cades ? CMS_CADES : 0) | (depth == SECOND_VALUE ? CMS_NO_SIGNER_CERT_VERIFY : 0);
	X509_STORE *store = make_store(p);
	BIO *in = BIO_new_mem_buf("", 0), *out = BIO_new(BIO_s_null());
	bool good = info != NULL && store != NULL && in != NULL && out != NULL;

	snprintf(why, 200, info != NULL ? "the file is not what was signed" : "not a CMS structure");
	ERR_clear_error();
	if (good && (good = is_about(info, content))) {
		if (depth == SECOND_VALUE)
			X509_STORE_set_verify_cb(store, pass_over);
		else
			add_known_issuers(info, p);
		good = CMS_verify(info, p->intermediates, store, in, out, flags) == 1;
		if (!good)
			explain(why);
	}
	BIO_free(in);
	BIO_free(out);
	X509_STORE_free(store);
	CMS_ContentInfo_free(info);
	ERR_clear_error();
	return good;
}

/* --- Ed25519 --- */

/* The signing-certificate attribute names this certificate, and others only of its chain (RFC 5035 5.4). */
static bool
names_signer(struct span ess, X509 *cert, STACK_OF(X509) *inside)
{
	const unsigned char *at = ess.data;
	ESS_SIGNING_CERT_V2 *v2 = ess.len > 0 && ess.len <= INT_MAX ? d2i_ESS_SIGNING_CERT_V2(NULL, &at, (long)ess.len) : NULL;
	STACK_OF(X509) *chain = sk_X509_new_null();
	bool good = v2 != NULL && chain != NULL && sk_X509_push(chain, cert) > 0;

	for (int i = 0; good && i < sk_X509_num(inside); i++)
		if (X509_cmp(sk_X509_value(inside, i), cert) != 0)
			good = sk_X509_push(chain, sk_X509_value(inside, i)) > 0;
	good = good && OSSL_ESS_check_signing_certs(NULL, v2, chain, 1) == 1;
	sk_X509_free(chain);
	ESS_SIGNING_CERT_V2_free(v2);
	return good;
}

/*
 * The signed attributes as they are signed: each as OpenSSL reads and writes it, in their order, as a SET (RFC 5652 5.4). Attributes that are not in DER come out otherwise than they were signed,
 * and the value is not right for them.
 */
static bool
signed_set(CMS_ContentInfo *info, struct buf *out)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(info);
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
	int count = signer != NULL ? CMS_signed_get_attr_count(signer) : 0;
	struct buf inside;

	buf_init(&inside, ATTRIBUTES_MOST);
	for (int i = 0; i < count; i++) {
		unsigned char *der = NULL;
		int n = i2d_X509_ATTRIBUTE(CMS_signed_get_attr(signer, i), &der);

		buf_put(&inside, der, n > 0 ? (size_t)n : 0);
		OPENSSL_free(der);
	}
	der_put(out, DER_SET, inside.data, inside.len);
	count = buf_status(&inside) == STATUS_OK && buf_status(out) == STATUS_OK ? count : 0;
	buf_free(&inside);
	return count > 0;
}

/* One contentType among the attributes, and it is the type of what is outside (RFC 5652 11.1). */
static bool
names_type(CMS_ContentInfo *info)
{
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
	const ASN1_OBJECT *type = CMS_signed_get0_data_by_OBJ(signer, OBJ_nid2obj(NID_pkcs9_contentType), -3, V_ASN1_OBJECT);

	return type != NULL && OBJ_cmp(type, CMS_get0_eContentType(info)) == 0;
}

/* GnuTLS over the content, or without one over the signed attributes alone. */
static bool
ask_gnutls(CMS_ContentInfo *info, struct span cms, const struct span *content, size_t parts, bool attributes, struct buf *signer, struct buf *ess, char why[200])
{
	struct buf set;
	bool good;

	if (!attributes)
		return second_gnutls(cms, content, CMS_is_detached(info) == 1 ? parts : 0, signer, ess, why);
	buf_init(&set, ATTRIBUTES_MOST + 16);
	good = signed_set(info, &set) && second_gnutls_message(cms, (struct span){set.data, set.len}, signer, ess, why);
	buf_free(&set);
	return good;
}

static bool
eddsa(struct span cms, const struct span *content, size_t parts, const struct imprints *known, bool cades, enum second_depth depth, const struct policy *p, char why[200])
{
	const unsigned char *der;
	size_t used = 0;
	CMS_ContentInfo *info = cert_kept_cms(p->known, cms, &used);
	STACK_OF(X509) *inside = info != NULL ? CMS_get1_certs(info) : NULL;
	struct buf signer, ess;
	X509 *cert = NULL;
	bool good = false;

	buf_init(&signer, CERT_MOST);
	buf_init(&ess, CERT_MOST);
	snprintf(why, 200, info != NULL ? "the file is not what was signed" : "not a CMS structure");
	ERR_clear_error();
	if (info != NULL && (known == NULL || (is_about(info, known) && names_type(info)))) /* what stands behind it is the rest of a hole */
		good = ask_gnutls(info, (struct span){cms.data, used}, content, parts, known != NULL, &signer, &ess, why);
	der = signer.data;
	if (good && (cert = d2i_X509(NULL, &der, (long)signer.len)) == NULL)
		good = false;
	if (good && ((cades && !names_signer((struct span){ess.data, ess.len}, cert, inside)) || (depth == SECOND_PATH && !path_of(cert, inside, p)))) {
		explain(why);
		good = false;
	}
	X509_free(cert);
	buf_free(&signer);
	buf_free(&ess);
	sk_X509_pop_free(inside, X509_free);
	CMS_ContentInfo_free(info);
	ERR_clear_error();
	return good;
}

bool
second_eddsa(struct span cms, const struct span *content, size_t parts, bool cades, enum second_depth depth, const struct policy *p, char why[200])
{
	return eddsa(cms, content, parts, NULL, cades, depth, p, why);
}

bool
second_eddsa_digests(struct span cms, const struct imprints *content, bool cades, enum second_depth depth, const struct policy *p, char why[200])
{
	return eddsa(cms, NULL, 0, content, cades, depth, p, why);
}

/* --- RSASSA-PSS --- */

struct pss {
	enum imprint_kind digest; /* of the content, of the attributes and inside the mask */
	unsigned salt;
};

static bool
kind_of(const X509_ALGOR *a, enum imprint_kind *out)
{
	return a != NULL && imprint_kind_find(OBJ_nid2sn(OBJ_obj2nid(a->algorithm)), out);
}

/* The parameters of the SignerInfo (RFC 4055 3.1), whose digest is the one of the content too (RFC 4056 3). */
static bool
read_pss(CMS_SignerInfo *signer, struct pss *out)
{
	X509_ALGOR *content = NULL, *signature = NULL, *inside = NULL;
	enum imprint_kind kinds[3] = {IMPRINT_SHA256, IMPRINT_SHA256, IMPRINT_SHA256};
	RSA_PSS_PARAMS *params;
	int64_t salt = 20;
	bool good;

	CMS_SignerInfo_get0_algs(signer, NULL, NULL, &content, &signature);
	if (signature == NULL || OBJ_obj2nid(signature->algorithm) != NID_rsassaPss || signature->parameter == NULL)
		return false;
	params = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(RSA_PSS_PARAMS), signature->parameter);
	if (params != NULL && params->maskGenAlgorithm != NULL && OBJ_obj2nid(params->maskGenAlgorithm->algorithm) == NID_mgf1 && params->maskGenAlgorithm->parameter != NULL)
		inside = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(X509_ALGOR), params->maskGenAlgorithm->parameter);
	good = params != NULL && kind_of(content, &kinds[0]) && kind_of(params->hashAlgorithm, &kinds[1]) && kind_of(inside, &kinds[2]) && kinds[0] == kinds[1] &&
		kinds[1] == kinds[2] && (params->trailerField == NULL || ASN1_INTEGER_get(params->trailerField) == 1) &&
		(params->saltLength == NULL || ASN1_INTEGER_get_int64(&salt, params->saltLength) == 1) && salt >= 0 && salt <= UINT16_MAX;
	*out = (struct pss){kinds[0], (unsigned)salt};
	X509_ALGOR_free(inside);
	RSA_PSS_PARAMS_free(params);
	return good;
}

/* Among those inside, or known here. Borrowed. */
static X509 *
signer_of(CMS_SignerInfo *signer, STACK_OF(X509) *inside, const struct policy *p)
{
	for (int i = 0; i < sk_X509_num(inside); i++)
		if (CMS_SignerInfo_cert_cmp(signer, sk_X509_value(inside, i)) == 0)
			return sk_X509_value(inside, i);
	for (int i = 0; i < sk_X509_num(p->intermediates); i++)
		if (CMS_SignerInfo_cert_cmp(signer, sk_X509_value(p->intermediates, i)) == 0)
			return sk_X509_value(p->intermediates, i);
	return NULL;
}

/* The value over the attributes, which speak of `over` and have no type: what a counter-signature is of has none (RFC 5652 11.4). */
static bool
pss_value(CMS_ContentInfo *info, CMS_SignerInfo *signer, X509 *cert, struct span over, char why[200])
{
	const ASN1_OCTET_STRING *value = CMS_SignerInfo_get0_signature(signer);
	struct imprints about = {.size = over.len};
	unsigned char *der = NULL;
	struct buf set;
	struct pss pss;
	int n;
	bool good;

	for (int i = 0; i < IMPRINTS_KINDS; i++)
		about.of[i] = imprint_of((enum imprint_kind)i, over.data, over.len);
	snprintf(why, 200, "not over that signature");
	if (CMS_signed_get_attr_by_NID(signer, NID_pkcs9_contentType, -1) >= 0 || !is_about(info, &about))
		return false;
	snprintf(why, 200, "not parameters of RSASSA-PSS that it reads");
	if (!read_pss(signer, &pss) || value == NULL || (n = i2d_X509(cert, &der)) <= 0)
		return false;
	buf_init(&set, ATTRIBUTES_MOST + 16);
	good = signed_set(info, &set) && second_gnutls_pss((struct span){der, (size_t)n}, pss.digest, pss.salt, (struct span){set.data, set.len},
		(struct span){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)}, why);
	buf_free(&set);
	OPENSSL_free(der);
	return good;
}

static bool
counter_pss(struct span whole, struct span over, enum second_depth depth, const struct policy *p, char why[200])
{
	size_t used = 0;
	CMS_ContentInfo *info = cert_kept_cms(p->known, whole, &used);
	STACK_OF(CMS_SignerInfo) *signers = info != NULL ? CMS_get0_SignerInfos(info) : NULL;
	CMS_SignerInfo *signer = sk_CMS_SignerInfo_num(signers) == 1 ? sk_CMS_SignerInfo_value(signers, 0) : NULL;
	STACK_OF(X509) *inside = signer != NULL ? CMS_get1_certs(info) : NULL;
	X509 *cert = signer != NULL ? signer_of(signer, inside, p) : NULL;
	bool good;

	snprintf(why, 200, "not a structure it reads, or without its certificate");
	ERR_clear_error();
	good = cert != NULL && pss_value(info, signer, cert, over, why);
	if (good && depth == SECOND_PATH && !path_of(cert, inside, p)) {
		explain(why);
		good = false;
	}
	sk_X509_pop_free(inside, X509_free);
	CMS_ContentInfo_free(info);
	ERR_clear_error();
	return good;
}

/* --- counter-signatures --- */

bool
second_counter(enum second_scheme scheme, struct span whole, struct span over, enum second_depth depth, const struct policy *p, char why[200])
{
	switch (scheme) {
	case SECOND_RSA:
	case SECOND_ECDSA:
		return counter_openssl(whole, over, depth, p, why);
	case SECOND_PSS:
		return counter_pss(whole, over, depth, p, why);
	case SECOND_ED25519:
		return second_eddsa(whole, &over, 1, false, depth, p, why);
	case SECOND_OTHER:
		break;
	}
	snprintf(why, 200, "nobody knows the algorithm");
	return false;
}
