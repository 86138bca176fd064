/* hpke: see hpke.h. Names of functions and labels are those of RFC 9180 sections 4 and 5. */
#include "lib/wire/hpke.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define KEM_ID 0x0010 /* DHKEM(P-256, HKDF-SHA256) */
#define KDF_ID 0x0001 /* HKDF-SHA256 */
#define HASH 32
#define IV 12
#define LABELED 512 /* more than any labeled input of ours */

struct suite {
	unsigned char id[10];
	size_t len;
};

struct context {
	unsigned char key[32];
	unsigned char iv[IV];
};

static struct suite
kem_suite(void)
{
	return (struct suite){{'K', 'E', 'M', KEM_ID >> 8, KEM_ID & 0xff}, 5};
}

static struct suite
hpke_suite(enum hpke_aead aead)
{
	return (struct suite){{'H', 'P', 'K', 'E', KEM_ID >> 8, KEM_ID & 0xff, KDF_ID >> 8,
				      KDF_ID & 0xff, 0, (unsigned char)aead},
		10};
}

static size_t
key_size(enum hpke_aead aead)
{
	return aead == HPKE_AES_128_GCM ? 16 : 32;
}

struct hpke_recipient {
	EVP_PKEY *key;
	unsigned char public_key[HPKE_PUBLIC];
	EVP_MAC_CTX *hmac;
};

/* A context for labeled(): looking HMAC and digest up anew for each of the ten uses would cost more than the uses. */
static EVP_MAC_CTX *
hmac_new(void)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *ctx = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
	char digest[] = "SHA256";
	OSSL_PARAM params[] = {OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, sizeof(digest) - 1), OSSL_PARAM_END};

	EVP_MAC_free(mac);
	if (ctx != NULL && EVP_MAC_CTX_set_params(ctx, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

/* HMAC(key, [length] "HPKE-v1" suite label data [1]): both labeled functions are one block of this.
 */
static bool
labeled(EVP_MAC_CTX *hmac, struct span key, const size_t *length, struct suite s, const char *label, struct span data,
	unsigned char out[HASH])
{
	unsigned char text[LABELED];
	size_t n = 0, label_len = strlen(label), got = 0;
	bool ok;

	if (data.len > sizeof(text) - 64)
		return false;
	if (length != NULL) {
		text[n++] = (unsigned char)(*length >> 8);
		text[n++] = (unsigned char)*length;
	}
	memcpy(text + n, "HPKE-v1", 7);
	n += 7;
	memcpy(text + n, s.id, s.len);
	n += s.len;
	memcpy(text + n, label, label_len);
	n += label_len;
	if (data.len > 0)
		memcpy(text + n, data.data, data.len);
	n += data.len;
	if (length != NULL)
		text[n++] = 1;
	ok = EVP_MAC_init(hmac, key.len > 0 ? key.data : (const unsigned char *)"", key.len, NULL) == 1 &&
		EVP_MAC_update(hmac, text, n) == 1 && EVP_MAC_final(hmac, out, &got, HASH) == 1 && got == HASH;
	OPENSSL_cleanse(text, sizeof(text));
	return ok;
}

static bool
labeled_extract(EVP_MAC_CTX *hmac, struct span salt, struct suite s, const char *label, struct span ikm,
	unsigned char out[HASH])
{
	return labeled(hmac, salt, NULL, s, label, ikm, out);
}

/* length at most HASH, which is all this suite asks for. */
static bool
labeled_expand(EVP_MAC_CTX *hmac, const unsigned char prk[HASH], struct suite s, const char *label, struct span info,
	size_t length, unsigned char *out)
{
	unsigned char block[HASH];
	bool ok = length <= HASH && labeled(hmac, (struct span){prk, HASH}, &length, s, label, info, block);

	if (ok)
		memcpy(out, block, length);
	OPENSSL_cleanse(block, sizeof(block));
	return ok;
}

static EVP_PKEY *
key_of(const unsigned char *private_key, const unsigned char *public_key)
{
	OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	BIGNUM *d = BN_secure_new();
	OSSL_PARAM *params = NULL;
	EVP_PKEY *key = NULL;

	if (b == NULL || ctx == NULL || d == NULL || BN_bin2bn(private_key, HPKE_PRIVATE, d) == NULL)
		goto out;
	if (!OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) ||
		!OSSL_PARAM_BLD_push_octet_string(
			b, OSSL_PKEY_PARAM_PUB_KEY, public_key, HPKE_PUBLIC) ||
		!OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_PRIV_KEY, d))
		goto out;
	if ((params = OSSL_PARAM_BLD_to_param(b)) == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
		EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params) != 1)
		key = NULL;
out:
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(b);
	EVP_PKEY_CTX_free(ctx);
	BN_clear_free(d);
	return key;
}

enum status
hpke_public(const unsigned char private_key[HPKE_PRIVATE], unsigned char public_key[HPKE_PUBLIC])
{
	EC_GROUP *g = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
	EC_POINT *p = g != NULL ? EC_POINT_new(g) : NULL;
	BIGNUM *d = BN_secure_new();
	enum status st = STATUS_NO_MEMORY;

	if (p == NULL || d == NULL || BN_bin2bn(private_key, HPKE_PRIVATE, d) == NULL)
		goto out;
	BN_set_flags(d, BN_FLG_CONSTTIME);
	st = STATUS_INVALID;
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(g)) >= 0)
		goto out;
	if (EC_POINT_mul(g, p, d, NULL, NULL, NULL) == 1 &&
		EC_POINT_point2oct(g, p, POINT_CONVERSION_UNCOMPRESSED, public_key, HPKE_PUBLIC,
			NULL) == HPKE_PUBLIC)
		st = STATUS_OK;
out:
	ERR_clear_error();
	BN_clear_free(d);
	EC_POINT_free(p);
	EC_GROUP_free(g);
	return st;
}

static enum status
fresh_private(unsigned char private_key[HPKE_PRIVATE])
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIGNUM *d = NULL;
	enum status st = STATUS_INTERNAL;

	if (key != NULL && EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) == 1 &&
		BN_bn2binpad(d, private_key, HPKE_PRIVATE) == HPKE_PRIVATE)
		st = STATUS_OK;
	ERR_clear_error();
	BN_clear_free(d);
	EVP_PKEY_free(key);
	return st;
}

enum status
hpke_keypair(unsigned char private_key[HPKE_PRIVATE], unsigned char public_key[HPKE_PUBLIC])
{
	enum status st = fresh_private(private_key);

	return st == STATUS_OK ? hpke_public(private_key, public_key) : st;
}

enum status
hpke_recipient_new(const unsigned char private_key[HPKE_PRIVATE], struct hpke_recipient **out)
{
	struct hpke_recipient *r = calloc(1, sizeof(*r));
	enum status st = r != NULL ? hpke_public(private_key, r->public_key) : STATUS_NO_MEMORY;

	if (st == STATUS_OK && ((r->key = key_of(private_key, r->public_key)) == NULL || (r->hmac = hmac_new()) == NULL))
		st = STATUS_NO_MEMORY;
	ERR_clear_error();
	if (st == STATUS_OK)
		*out = r;
	else
		hpke_recipient_free(r);
	return st;
}

void
hpke_recipient_free(struct hpke_recipient *r)
{
	if (r == NULL)
		return;
	EVP_PKEY_free(r->key);
	EVP_MAC_CTX_free(r->hmac);
	free(r);
}

const unsigned char *
hpke_recipient_public(const struct hpke_recipient *r)
{
	return r->public_key;
}

/*
 * DH of section 4.1. The peer's point is checked as section 7.1.4 asks (partial validation of SP 800-56A): it is no infinity, its
 * coordinates are below the field's prime, and it lies on the curve, all of which reading it checks. What OpenSSL would check besides, that
 * the order of the group takes it to infinity, holds for every point of a curve with cofactor 1 and costs as much as DH itself.
 */
static bool
diffie_hellman(EVP_PKEY *own, const unsigned char *peer_public, unsigned char out[HASH])
{
	EVP_PKEY *peer = EVP_PKEY_new();
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(own, NULL);
	size_t len = HASH;
	bool ok = peer != NULL && ctx != NULL && peer_public[0] == POINT_CONVERSION_UNCOMPRESSED &&
		EVP_PKEY_copy_parameters(peer, own) == 1 &&
		EVP_PKEY_set1_encoded_public_key(peer, peer_public, HPKE_PUBLIC) == 1 && EVP_PKEY_derive_init(ctx) == 1 &&
		EVP_PKEY_derive_set_peer_ex(ctx, peer, 0) == 1 && EVP_PKEY_derive(ctx, out, &len) == 1 && len == HASH;

	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
	ERR_clear_error();
	return ok;
}

/* ExtractAndExpand of section 4.1: kem_context is enc and the recipient's public key. */
static bool
shared_secret(EVP_MAC_CTX *hmac, const unsigned char dh[HASH], const unsigned char *enc,
	const unsigned char *recipient, unsigned char out[HASH])
{
	unsigned char prk[HASH], kem_context[2 * HPKE_PUBLIC];
	bool ok;

	memcpy(kem_context, enc, HPKE_PUBLIC);
	memcpy(kem_context + HPKE_PUBLIC, recipient, HPKE_PUBLIC);
	ok = labeled_extract(hmac, (struct span){NULL, 0}, kem_suite(), "eae_prk",
		     (struct span){dh, HASH}, prk) &&
		labeled_expand(hmac, prk, kem_suite(), "shared_secret",
			(struct span){kem_context, sizeof(kem_context)}, HASH, out);
	OPENSSL_cleanse(prk, sizeof(prk));
	return ok;
}

/* KeySchedule of section 5.1 in mode_base: psk and psk_id are empty. */
static bool
key_schedule(EVP_MAC_CTX *hmac, enum hpke_aead aead, const unsigned char shared[HASH], struct span info,
	struct context *out)
{
	struct span empty = {NULL, 0};
	struct suite s = hpke_suite(aead);
	unsigned char ks[1 + 2 * HASH] = {0}, secret[HASH];
	struct span ks_span = {ks, sizeof(ks)};
	bool ok;

	ok = labeled_extract(hmac, empty, s, "psk_id_hash", empty, ks + 1) &&
		labeled_extract(hmac, empty, s, "info_hash", info, ks + 1 + HASH) &&
		labeled_extract(hmac, (struct span){shared, HASH}, s, "secret", empty, secret) &&
		labeled_expand(hmac, secret, s, "key", ks_span, key_size(aead), out->key) &&
		labeled_expand(hmac, secret, s, "base_nonce", ks_span, IV, out->iv);
	OPENSSL_cleanse(secret, sizeof(secret));
	return ok;
}

static bool
start(EVP_CIPHER_CTX *ctx, enum hpke_aead aead, const struct context *c, struct span aad, int enc)
{
	const EVP_CIPHER *cipher = aead == HPKE_AES_128_GCM ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
	int n;

	return EVP_CipherInit_ex(ctx, cipher, NULL, c->key, c->iv, enc) == 1 &&
		(aad.len == 0 || EVP_CipherUpdate(ctx, NULL, &n, aad.data, (int)aad.len) == 1);
}

/* The first message of a context: its nonce is base_nonce itself (section 5.2). */
static bool
encrypt(enum hpke_aead aead, const struct context *c, struct span aad, struct span plain,
	unsigned char *to)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, m = 0;
	bool ok = ctx != NULL && start(ctx, aead, c, aad, 1) &&
		(plain.len == 0 ||
			EVP_CipherUpdate(ctx, to, &n, plain.data, (int)plain.len) == 1) &&
		EVP_CipherFinal_ex(ctx, to + n, &m) == 1 && (size_t)(n + m) == plain.len &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, HPKE_TAG, to + plain.len) == 1;

	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool
decrypt(enum hpke_aead aead, const struct context *c, struct span aad, struct span text,
	unsigned char *to)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	size_t len = text.len - HPKE_TAG;
	unsigned char tag[HPKE_TAG];
	int n = 0, m = 0;
	bool ok;

	memcpy(tag, text.data + len, HPKE_TAG);
	ok = ctx != NULL && start(ctx, aead, c, aad, 0) &&
		(len == 0 || EVP_CipherUpdate(ctx, to, &n, text.data, (int)len) == 1) &&
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, HPKE_TAG, tag) == 1 &&
		EVP_CipherFinal_ex(ctx, to + n, &m) == 1 && (size_t)(n + m) == len;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		OPENSSL_cleanse(to, len);
	ERR_clear_error();
	return ok;
}

enum status
hpke_seal(enum hpke_aead aead, const unsigned char public_key[HPKE_PUBLIC],
	const unsigned char *ephemeral, struct span info, struct span aad, struct span plain,
	struct buf *out)
{
	unsigned char sk[HPKE_PRIVATE], dh[HASH], shared[HASH], *to;
	struct hpke_recipient *own = NULL; /* ours is the same kind of thing, for one message */
	struct context c;
	enum status st = STATUS_OK;

	if (plain.len > 1u << 30 || aad.len > 1u << 30)
		return STATUS_TOO_LARGE;
	if (ephemeral != NULL)
		memcpy(sk, ephemeral, sizeof(sk));
	else
		st = fresh_private(sk);
	if (st == STATUS_OK)
		st = hpke_recipient_new(sk, &own);
	if (st != STATUS_OK)
		goto out;
	st = STATUS_INVALID;
	if (!diffie_hellman(own->key, public_key, dh))
		goto out;
	st = STATUS_INTERNAL;
	if (!shared_secret(own->hmac, dh, own->public_key, public_key, shared) || !key_schedule(own->hmac, aead, shared, info, &c))
		goto out;
	buf_put(out, own->public_key, sizeof(own->public_key));
	to = buf_reserve(out, plain.len + HPKE_TAG);
	if (to == NULL)
		st = buf_status(out);
	else if (encrypt(aead, &c, aad, plain, to))
		st = STATUS_OK;
out:
	hpke_recipient_free(own);
	OPENSSL_cleanse(sk, sizeof(sk));
	OPENSSL_cleanse(dh, sizeof(dh));
	OPENSSL_cleanse(shared, sizeof(shared));
	OPENSSL_cleanse(&c, sizeof(c));
	return st;
}

enum status
hpke_open(enum hpke_aead aead, const struct hpke_recipient *r, struct span info, struct span aad, struct span sealed, unsigned char *to)
{
	unsigned char dh[HASH], shared[HASH];
	struct span text;
	struct context c;
	enum status st = STATUS_DENIED;

	if (sealed.len < HPKE_OVERHEAD || sealed.len > 1u << 30)
		return STATUS_DENIED;
	text = (struct span){sealed.data + HPKE_PUBLIC, sealed.len - HPKE_PUBLIC};
	if (diffie_hellman(r->key, sealed.data, dh) && shared_secret(r->hmac, dh, sealed.data, r->public_key, shared) &&
		key_schedule(r->hmac, aead, shared, info, &c) && decrypt(aead, &c, aad, text, to))
		st = STATUS_OK;
	OPENSSL_cleanse(dh, sizeof(dh));
	OPENSSL_cleanse(shared, sizeof(shared));
	OPENSSL_cleanse(&c, sizeof(c));
	return st;
}
