/* cms_key: an EVP_PKEY behind the signature primitive of cms_build.h, with its context prepared once for all signatures. */
#include "lib/pki/cms_build.h"

#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

struct cms_key {
	EVP_PKEY_CTX *prepared; /* sign_init done, digest and padding set; NULL for Ed25519 */
	EVP_MD_CTX *message;    /* for Ed25519, which takes the message itself in one go */
};

static bool
set_scheme(EVP_PKEY_CTX *ctx, const struct cms_template *t)
{
	const EVP_MD *md = EVP_get_digestbyname(cms_template_digest_name(t));

	if (EVP_PKEY_sign_init(ctx) != 1)
		return false;
	switch (cms_template_scheme(t)) {
	case CMS_RSA_PKCS1:
		if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) != 1)
			return false;
		break;
	case CMS_RSA_PSS:
		/* what the AlgorithmIdentifier says: MGF1 by the same digest, salt of its length */
		if (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) != 1 ||
			EVP_PKEY_CTX_set_rsa_mgf1_md(ctx, md) != 1 ||
			EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) != 1)
			return false;
		break;
	case CMS_ECDSA:
		break;
	case CMS_ED25519:
		return false;
	}
	return EVP_PKEY_CTX_set_signature_md(ctx, md) == 1;
}

static bool
prepare(struct cms_key *k, const struct cms_template *t, EVP_PKEY *key)
{
	if (cms_template_scheme(t) == CMS_ED25519)
		return (k->message = EVP_MD_CTX_new()) != NULL &&
			EVP_DigestSignInit(k->message, NULL, NULL, NULL, key) == 1;
	return (k->prepared = EVP_PKEY_CTX_new(key, NULL)) != NULL && set_scheme(k->prepared, t);
}

enum status
cms_key_new(const struct cms_template *t, EVP_PKEY *key, struct cms_key **out)
{
	struct cms_key *k;

	if (EVP_PKEY_eq(cms_template_public_key(t), key) != 1) {
		ERR_clear_error();
		return STATUS_INVALID;
	}
	k = calloc(1, sizeof(*k));
	if (k == NULL)
		return STATUS_NO_MEMORY;
	if (!prepare(k, t, key)) {
		ERR_clear_error();
		cms_key_free(k);
		return STATUS_UNSUPPORTED;
	}
	*out = k;
	return STATUS_OK;
}

void
cms_key_free(struct cms_key *k)
{
	if (k == NULL)
		return;
	EVP_PKEY_CTX_free(k->prepared);
	EVP_MD_CTX_free(k->message);
	free(k);
}

enum status
cms_key_sign(void *key, const struct cms_to_sign *what, unsigned char *to, size_t *len)
{
	struct cms_key *k = key;
	int ok = k->message != NULL ?
		EVP_DigestSign(k->message, to, len, what->data.data, what->data.len) :
		EVP_PKEY_sign(k->prepared, to, len, what->digest.data, what->digest.len);

	if (ok == 1)
		return STATUS_OK;
	ERR_clear_error();
	return STATUS_INTERNAL;
}
