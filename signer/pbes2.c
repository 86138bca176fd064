/* pbes2: see pbes2.h. */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Transform: the interface that replaced it has none of one block */
#include "signer/pbes2.h"

#include <string.h>
#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include "lib/base/secret.h"

#define BLOCK SHA256_CBLOCK
#define HASH SHA256_DIGEST_LENGTH
#define IV 16

/* Everything here is made from the PIN, and wiped. */
struct derivation {
	SHA256_CTX inner, outer; /* that have taken in the key of HMAC (RFC 2104) with its two masks */
	SHA256_CTX work;
	unsigned char key[BLOCK];
	unsigned char block[BLOCK]; /* a value of HASH bytes as the second and last block of a message */
	unsigned char hash[HASH];
};

static void
start_masked(const unsigned char key[BLOCK], unsigned char mask, SHA256_CTX *out)
{
	unsigned char masked[BLOCK];

	for (size_t i = 0; i < BLOCK; i++)
		masked[i] = key[i] ^ mask;
	SHA256_Init(out);
	SHA256_Update(out, masked, BLOCK);
	OPENSSL_cleanse(masked, sizeof(masked));
}

static void
set_key(struct derivation *d, const char *pin)
{
	size_t n = strlen(pin);

	memset(d->key, 0, sizeof(d->key));
	if (n > BLOCK)
		SHA256((const unsigned char *)pin, n, d->key);
	else
		memcpy(d->key, pin, n);
	start_masked(d->key, 0x36, &d->inner);
	start_masked(d->key, 0x5c, &d->outer);
}

/* HMAC of salt and block number 1, into hash. */
static void
first_round(struct derivation *d, const unsigned char *salt, size_t salt_len)
{
	static const unsigned char number[] = {0, 0, 0, 1};

	d->work = d->inner;
	SHA256_Update(&d->work, salt, salt_len);
	SHA256_Update(&d->work, number, sizeof(number));
	SHA256_Final(d->hash, &d->work);
	d->work = d->outer;
	SHA256_Update(&d->work, d->hash, HASH);
	SHA256_Final(d->hash, &d->work);
}

static void
put_state(const SHA256_CTX *c, unsigned char to[HASH])
{
	for (size_t i = 0; i < 8; i++) {
		to[4 * i] = (unsigned char)(c->h[i] >> 24);
		to[4 * i + 1] = (unsigned char)(c->h[i] >> 16);
		to[4 * i + 2] = (unsigned char)(c->h[i] >> 8);
		to[4 * i + 3] = (unsigned char)c->h[i];
	}
}

/* HMAC of what stands in block, into block: two compressions, because the padding is always the same. */
static void
next_round(struct derivation *d)
{
	memcpy(d->work.h, d->inner.h, sizeof(d->work.h));
	SHA256_Transform(&d->work, d->block);
	put_state(&d->work, d->block);
	memcpy(d->work.h, d->outer.h, sizeof(d->work.h));
	SHA256_Transform(&d->work, d->block);
	put_state(&d->work, d->block);
}

void
pbes2_derive(const char *pin, const unsigned char *salt, size_t salt_len, long rounds, unsigned char out[32])
{
	static const unsigned bits = 8 * (BLOCK + HASH);
	struct derivation d;

	set_key(&d, pin);
	first_round(&d, salt, salt_len);
	memcpy(out, d.hash, HASH);
	memset(d.block, 0, sizeof(d.block));
	memcpy(d.block, d.hash, HASH);
	d.block[HASH] = 0x80; /* padding of FIPS 180-4 5.1.1 */
	d.block[BLOCK - 2] = bits >> 8;
	d.block[BLOCK - 1] = bits & 0xff;
	for (long i = 1; i < rounds; i++) {
		next_round(&d);
		for (size_t k = 0; k < HASH; k++)
			out[k] ^= d.block[k];
	}
	OPENSSL_cleanse(&d, sizeof(d));
}

/* What the algorithm identifier says. */
struct scheme {
	const EVP_CIPHER *cipher;
	int key_len;
	unsigned char iv[IV];
	const ASN1_OCTET_STRING *salt;
	long rounds;
};

/* The cipher and its IV (RFC 8018 B.2.5). */
static bool
read_cipher(const X509_ALGOR *a, struct scheme *s)
{
	int nid = OBJ_obj2nid(a->algorithm);

	s->cipher = nid == NID_aes_256_cbc ? EVP_aes_256_cbc() : nid == NID_aes_192_cbc ? EVP_aes_192_cbc() :
		nid == NID_aes_128_cbc ? EVP_aes_128_cbc() : NULL;
	if (s->cipher == NULL || a->parameter == NULL || a->parameter->type != V_ASN1_OCTET_STRING ||
		ASN1_STRING_length(a->parameter->value.octet_string) != IV)
		return false;
	s->key_len = EVP_CIPHER_get_key_length(s->cipher);
	memcpy(s->iv, ASN1_STRING_get0_data(a->parameter->value.octet_string), IV);
	return true;
}

/* PBKDF2-params (RFC 8018 A.2); salt belongs to kdf. */
static bool
read_kdf(const PBKDF2PARAM *kdf, struct scheme *s)
{
	int64_t rounds = 0, len = s->key_len;

	if (kdf->salt->type != V_ASN1_OCTET_STRING || ASN1_INTEGER_get_int64(&rounds, kdf->iter) != 1 || rounds < 1 || rounds > INT32_MAX ||
		(kdf->keylength != NULL && ASN1_INTEGER_get_int64(&len, kdf->keylength) != 1) || len != s->key_len ||
		kdf->prf == NULL || OBJ_obj2nid(kdf->prf->algorithm) != NID_hmacWithSHA256)
		return false;
	s->salt = kdf->salt->value.octet_string;
	s->rounds = (long)rounds;
	return true;
}

static enum status
decrypt(const struct scheme *s, const ASN1_OCTET_STRING *text, const char *pin, unsigned char **out, size_t *len_out)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	unsigned char key[32], *to = secret_alloc((size_t)ASN1_STRING_length(text) + IV);
	int n = 0, more = 0;
	enum status st = ctx != NULL && to != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	if (st == STATUS_OK) {
		pbes2_derive(pin, ASN1_STRING_get0_data(s->salt), (size_t)ASN1_STRING_length(s->salt), s->rounds, key);
		if (EVP_DecryptInit_ex(ctx, s->cipher, NULL, key, s->iv) != 1)
			st = STATUS_UNSUPPORTED;
		else if (EVP_DecryptUpdate(ctx, to, &n, ASN1_STRING_get0_data(text), ASN1_STRING_length(text)) != 1 ||
			EVP_DecryptFinal_ex(ctx, to + n, &more) != 1)
			st = STATUS_DENIED;
		OPENSSL_cleanse(key, sizeof(key));
	}
	EVP_CIPHER_CTX_free(ctx);
	if (st == STATUS_OK) {
		*out = to;
		*len_out = (size_t)(n + more);
		to = NULL;
	}
	secret_free(to);
	return st;
}

enum status
pbes2_open(const X509_SIG *encrypted, const char *pin, unsigned char **out, size_t *len_out)
{
	const X509_ALGOR *algorithm;
	const ASN1_OCTET_STRING *text;
	PBE2PARAM *pbe = NULL;
	PBKDF2PARAM *kdf = NULL;
	struct scheme s = {.cipher = NULL};
	enum status st = STATUS_UNSUPPORTED;

	X509_SIG_get0(encrypted, &algorithm, &text);
	if (OBJ_obj2nid(algorithm->algorithm) == NID_pbes2)
		pbe = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBE2PARAM), algorithm->parameter);
	if (pbe != NULL && OBJ_obj2nid(pbe->keyfunc->algorithm) == NID_id_pbkdf2)
		kdf = ASN1_TYPE_unpack_sequence(ASN1_ITEM_rptr(PBKDF2PARAM), pbe->keyfunc->parameter);
	if (kdf != NULL && read_cipher(pbe->encryption, &s) && read_kdf(kdf, &s))
		st = decrypt(&s, text, pin, out, len_out);
	PBKDF2PARAM_free(kdf);
	PBE2PARAM_free(pbe);
	ERR_clear_error();
	return st;
}
