/*
 * token_key: finding the private key of a certificate in a token, and signing with it. What the mechanisms take and give is made to fit
 * CMS: DigestInfo for PKCS#1 v1.5 (RFC 8017 9.2), raw r and s into Ecdsa-Sig-Value (RFC 5753), EMSA-PSS done here where the token has raw
 * RSA only.
 */
#include "lib/token/cryptoki.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "lib/base/imprint.h"

#define RSA_MAX 2048 /* bytes */
#define EDDSA 0x00001057UL /* CKM_EDDSA of Cryptoki 3.0, which SoftHSM and others took over early */

struct token_key {
	struct token *token;
	EVP_PKEY *public_key;
	CK_OBJECT_HANDLE object;
	bool always;    /* CKA_ALWAYS_AUTHENTICATE: a login before each signature */
	bool checked;   /* the first value was this key's */
	bool raw_pss;   /* the token has no CKM_RSA_PKCS_PSS */
	const char *why;
};

/* DigestInfo before the digest, by imprint_kind. */
static const unsigned char digest_info[][19] = {
	{0x30, 49, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 32},
	{0x30, 65, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 48},
	{0x30, 81, 0x30, 13, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 64},
};

static const struct {
	CK_MECHANISM_TYPE hash;
	CK_RSA_PKCS_MGF_TYPE mgf;
} pss_of[] = {{CKM_SHA256, CKG_MGF1_SHA256}, {CKM_SHA384, CKG_MGF1_SHA384}, {CKM_SHA512, CKG_MGF1_SHA512}};

/* --- finding it --- */

/* Private keys with this attribute; the only one of them. */
static enum status
find_by(struct token *t, CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG len, CK_OBJECT_HANDLE *out)
{
	CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
	CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof(class)}, {type, value, len}};
	CK_ULONG count;
	enum status st = cryptoki_find(t, wanted, 2, out, 1, &count);

	return st != STATUS_OK ? st : count == 1 ? STATUS_OK : STATUS_NOT_FOUND;
}

/* An object of this class and value, then the private key with the same CKA_ID. */
static enum status
find_through(struct token *t, CK_OBJECT_CLASS class, CK_ATTRIBUTE_TYPE type, void *value, CK_ULONG len, CK_OBJECT_HANDLE *out)
{
	CK_ATTRIBUTE wanted[] = {{CKA_CLASS, &class, sizeof(class)}, {type, value, len}};
	CK_OBJECT_HANDLE object;
	CK_ULONG count, id_len;
	unsigned char *id;
	enum status st = cryptoki_find(t, wanted, 2, &object, 1, &count);

	if (st != STATUS_OK || count == 0)
		return st != STATUS_OK ? st : STATUS_NOT_FOUND;
	id = cryptoki_attribute(t, object, CKA_ID, &id_len);
	st = id != NULL && id_len > 0 ? find_by(t, CKA_ID, id, id_len, out) : STATUS_NOT_FOUND;
	free(id);
	return st;
}

/* The certificate is not on the token: by the numbers of its public key. */
static enum status
find_by_public_key(struct token *t, EVP_PKEY *key, CK_OBJECT_HANDLE *out)
{
	unsigned char bytes[RSA_MAX];
	BIGNUM *n = NULL;
	enum status st = STATUS_NOT_FOUND;

	if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &n) == 1 && (size_t)BN_num_bytes(n) <= sizeof(bytes)) {
		int len = BN_bn2bin(n, bytes);

		st = find_by(t, CKA_MODULUS, bytes, (CK_ULONG)len, out);
	} else {
		size_t len = 0;
		unsigned char *point = NULL;
		int n_der = 0;
		ASN1_OCTET_STRING *octets = ASN1_OCTET_STRING_new();

		if (octets != NULL && EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes), &len) == 1 &&
			ASN1_OCTET_STRING_set(octets, bytes, (int)len) == 1)
			n_der = i2d_ASN1_OCTET_STRING(octets, &point); /* CKA_EC_POINT is the point in DER */
		if (n_der > 0)
			st = find_through(t, CKO_PUBLIC_KEY, CKA_EC_POINT, point, (CK_ULONG)n_der, out);
		OPENSSL_free(point);
		ASN1_OCTET_STRING_free(octets);
	}
	BN_free(n);
	ERR_clear_error();
	return st;
}

enum status
token_key_open(struct token *t, X509 *cert, struct token_key **out)
{
	struct token_key *k = calloc(1, sizeof(*k));
	unsigned char *der = NULL, *always;
	int len = i2d_X509(cert, &der);
	CK_ULONG n = 0;
	enum status st;

	if (k == NULL || len <= 0) {
		OPENSSL_free(der);
		free(k);
		return STATUS_NO_MEMORY;
	}
	k->token = t;
	k->public_key = X509_get_pubkey(cert);
	st = k->public_key != NULL ? find_through(t, CKO_CERTIFICATE, CKA_VALUE, der, (CK_ULONG)len, &k->object) : STATUS_INVALID;
	if (st == STATUS_NOT_FOUND)
		st = find_by_public_key(t, k->public_key, &k->object);
	OPENSSL_free(der);
	if (st != STATUS_OK) {
		token_key_free(k);
		return st;
	}
	always = cryptoki_attribute(t, k->object, CKA_ALWAYS_AUTHENTICATE, &n);
	k->always = always != NULL && n == sizeof(CK_BBOOL) && always[0] == CK_TRUE;
	free(always);
	*out = k;
	return STATUS_OK;
}

void
token_key_free(struct token_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_free(k->public_key);
	free(k);
}

const char *
token_key_why(const struct token_key *k)
{
	return k->why;
}

/* --- signing --- */

static CK_RV
sign_raw(struct token_key *k, CK_MECHANISM *mechanism, const void *data, size_t len, unsigned char *to, CK_ULONG *n)
{
	struct token *t = k->token;
	CK_RV rv = t->p11->C_SignInit(t->session, mechanism, k->object);

	if (rv == CKR_OK && k->always)
		rv = cryptoki_login(t, CKU_CONTEXT_SPECIFIC);
	if (rv == CKR_OK)
		rv = t->p11->C_Sign(t->session, (CK_BYTE *)data, (CK_ULONG)len, to, n);
	return rv;
}

static CK_RV
sign_pkcs1(struct token_key *k, const struct cms_to_sign *what, enum imprint_kind kind, unsigned char *to, CK_ULONG *n)
{
	CK_MECHANISM mechanism = {CKM_RSA_PKCS, NULL, 0};
	unsigned char data[sizeof(digest_info[0]) + IMPRINT_BYTES];

	memcpy(data, digest_info[kind], sizeof(digest_info[0]));
	memcpy(data + sizeof(digest_info[0]), what->digest.data, what->digest.len);
	return sign_raw(k, &mechanism, data, sizeof(digest_info[0]) + what->digest.len, to, n);
}

/* MGF1 (RFC 8017 B.2.1), xored into `to`. */
static bool
mask(const EVP_MD *md, const unsigned char *seed, size_t seed_len, unsigned char *to, size_t len)
{
	unsigned char block[EVP_MAX_MD_SIZE], in[EVP_MAX_MD_SIZE + 4];
	unsigned got = 0;

	memcpy(in, seed, seed_len);
	for (size_t at = 0, i = 0; at < len; at += got, i++) {
		in[seed_len] = in[seed_len + 1] = 0;
		in[seed_len + 2] = (unsigned char)(i >> 8);
		in[seed_len + 3] = (unsigned char)i;
		if (EVP_Digest(in, seed_len + 4, block, &got, md, NULL) != 1)
			return false;
		for (size_t b = 0; b < got && at + b < len; b++)
			to[at + b] ^= block[b];
	}
	return true;
}

/* EMSA-PSS-ENCODE (RFC 8017 9.1.1) with a salt of the digest's length; `to` has the modulus' bytes. */
static bool
encode_pss(const struct cms_to_sign *what, enum imprint_kind kind, int bits, unsigned char *to, size_t size)
{
	const EVP_MD *md = EVP_get_digestbyname(imprint_name(kind));
	size_t h = what->digest.len, em_bits = (size_t)bits - 1, em = (em_bits + 7) / 8, db = em - h - 1;
	unsigned char in[8 + 2 * EVP_MAX_MD_SIZE] = {0}, *at = to + (size - em), *salt = in + 8 + h;
	unsigned got = 0;

	if (md == NULL || em < 2 * h + 2 || em > size)
		return false;
	memcpy(in + 8, what->digest.data, h);
	if (RAND_bytes(salt, (int)h) != 1)
		return false;
	memset(to, 0, size);
	at[db - h - 1] = 1;
	memcpy(at + db - h, salt, h);
	if (EVP_Digest(in, 8 + 2 * h, at + db, &got, md, NULL) != 1 || !mask(md, at + db, h, at, db))
		return false;
	at[0] &= (unsigned char)(0xff >> (8 * em - em_bits));
	at[em - 1] = 0xbc;
	return true;
}

static CK_RV
sign_pss(struct token_key *k, const struct cms_to_sign *what, enum imprint_kind kind, unsigned char *to, CK_ULONG *n)
{
	CK_RSA_PKCS_PSS_PARAMS pss = {pss_of[kind].hash, pss_of[kind].mgf, (CK_ULONG)what->digest.len};
	CK_MECHANISM mechanism = {CKM_RSA_PKCS_PSS, &pss, sizeof(pss)}, raw = {CKM_RSA_X_509, NULL, 0};
	int bits = EVP_PKEY_get_bits(k->public_key);
	unsigned char encoded[RSA_MAX];
	size_t size = (size_t)(bits + 7) / 8;
	CK_RV rv = CKR_MECHANISM_INVALID;

	if (!k->raw_pss)
		rv = sign_raw(k, &mechanism, what->digest.data, what->digest.len, to, n);
	if (rv != CKR_MECHANISM_INVALID && rv != CKR_MECHANISM_PARAM_INVALID)
		return rv;
	k->raw_pss = true;
	if (size > sizeof(encoded) || !encode_pss(what, kind, bits, encoded, size))
		return CKR_MECHANISM_INVALID;
	return sign_raw(k, &raw, encoded, size, to, n);
}

/* r and s, each half of the value, as Ecdsa-Sig-Value. */
static CK_RV
ecdsa_der(const unsigned char *raw, CK_ULONG len, unsigned char *to, CK_ULONG *n)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, (int)len / 2, NULL), *s = BN_bin2bn(raw + len / 2, (int)len / 2, NULL);
	CK_RV rv = CKR_GENERAL_ERROR;
	int size;

	if (sig != NULL && r != NULL && s != NULL && len > 0 && len % 2 == 0 && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = s = NULL;
		size = i2d_ECDSA_SIG(sig, NULL);
		if (size > 0 && (CK_ULONG)size <= *n) {
			*n = (CK_ULONG)i2d_ECDSA_SIG(sig, &to);
			rv = CKR_OK;
		}
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return rv;
}

static CK_RV
sign_ecdsa(struct token_key *k, const struct cms_to_sign *what, unsigned char *to, CK_ULONG *n)
{
	CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
	unsigned char raw[256];
	CK_ULONG len = sizeof(raw);
	CK_RV rv = sign_raw(k, &mechanism, what->digest.data, what->digest.len, raw, &len);

	return rv == CKR_OK ? ecdsa_der(raw, len, to, n) : rv;
}

static bool
set_padding(EVP_PKEY_CTX *ctx, const struct cms_to_sign *what)
{
	const EVP_MD *md = EVP_get_digestbyname(what->digest_name);

	if (what->scheme == CMS_RSA_PSS && (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) != 1))
		return false;
	return EVP_PKEY_CTX_set_signature_md(ctx, md) == 1;
}

/* The value must be the certificate's key's: an object with a wrong CKA_ID would give signatures that nobody can check. */
static bool
is_ours(const struct token_key *k, const struct cms_to_sign *what, const unsigned char *value, size_t len)
{
	EVP_PKEY_CTX *ctx = NULL;
	EVP_MD_CTX *message = NULL;
	bool right;

	if (what->scheme == CMS_ED25519) {
		message = EVP_MD_CTX_new();
		right = message != NULL && EVP_DigestVerifyInit(message, NULL, NULL, NULL, k->public_key) == 1 &&
			EVP_DigestVerify(message, value, len, what->data.data, what->data.len) == 1;
	} else {
		ctx = EVP_PKEY_CTX_new(k->public_key, NULL);
		right = ctx != NULL && EVP_PKEY_verify_init(ctx) == 1 && set_padding(ctx, what) &&
			EVP_PKEY_verify(ctx, value, len, what->digest.data, what->digest.len) == 1;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_MD_CTX_free(message);
	ERR_clear_error();
	return right;
}

enum status
token_key_sign(void *key, const struct cms_to_sign *what, unsigned char *to, size_t *len)
{
	struct token_key *k = key;
	CK_MECHANISM eddsa = {EDDSA, NULL, 0};
	CK_ULONG n = (CK_ULONG)*len;
	CK_RV rv = CKR_MECHANISM_INVALID;
	enum imprint_kind kind;
	enum status st;

	if (!imprint_kind_find(what->digest_name, &kind))
		return STATUS_UNSUPPORTED;
	switch (what->scheme) {
	case CMS_RSA_PKCS1:
		rv = sign_pkcs1(k, what, kind, to, &n);
		break;
	case CMS_RSA_PSS:
		rv = sign_pss(k, what, kind, to, &n);
		break;
	case CMS_ECDSA:
		rv = sign_ecdsa(k, what, to, &n);
		break;
	case CMS_ED25519:
		rv = sign_raw(k, &eddsa, what->data.data, what->data.len, to, &n);
		break;
	}
	st = cryptoki_status(rv, &k->why);
	if (st == STATUS_OK && !k->checked && !is_ours(k, what, to, n)) {
		k->why = "signing_key.mismatch";
		return STATUS_CONFLICT;
	}
	k->checked = k->checked || st == STATUS_OK;
	if (st == STATUS_OK)
		*len = n;
	return st;
}
