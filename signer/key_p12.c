/*
 * key_p12: keys in PKCS#12 files (RFC 7292). The file's integrity code is made from the PIN, so a
 * wrong PIN is told from a damaged file only by where it fails: whatever is not readable at all is
 * UNSUPPORTED, a code that does not match is DENIED.
 *
 * Each of the file's three secrets (integrity code, certificates, key) costs a slow derivation from the PIN. The first unlocking
 * does them all and remembers the SHA-256 of the file that was found whole, with k->cert inside; as long as the file is that one,
 * deriving the key's alone is enough: a wrong PIN does not open it, or not to the private half of k->cert. Nothing that comes from a PIN
 * is kept.
 *
 * Whoever can write the file gains nothing by that: other bytes have another SHA-256, and then everything is done again. An exchanged
 * certificate or key, fewer rounds or a lost integrity code are refused as at the first time (a private half that is not k->cert's by comparing
 * the public one). What he could always do, and still can, is put back a file that was once whole, or guess PINs at his own copy.
 */
#include "signer/keyring.h"

#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "lib/base/secret.h"
#include "signer/pbes2.h"

static enum status
open_p12(PKCS12 *p12, const struct key *k, const char *pin, struct key_session *out)
{
	EVP_PKEY *private_key = NULL;
	X509 *cert = NULL;
	enum status st = STATUS_OK;

	if (PKCS12_mac_present(p12) != 1)
		return STATUS_UNSUPPORTED; /* without a code, anybody who can write the file chooses
					      the key */
	if (PKCS12_parse(p12, pin, &private_key, &cert, NULL) != 1)
		st = ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE
			? STATUS_DENIED
			: STATUS_UNSUPPORTED;
	else if (private_key == NULL || cert == NULL)
		st = STATUS_UNSUPPORTED;
	else if (X509_cmp(cert, k->cert) != 0 || X509_check_private_key(k->cert, private_key) != 1)
		st = STATUS_CONFLICT;
	X509_free(cert);
	if (st == STATUS_OK)
		out->private_key = private_key;
	else
		EVP_PKEY_free(private_key);
	return st;
}

/*
 * A PrivateKeyInfo by a decoder that is kept with the key: OpenSSL's own way looks through all its decoders anew each time, which
 * costs more than the rest of reading a key.
 */
static EVP_PKEY *
read_key(struct key *k, const unsigned char *der, size_t len)
{
	EVP_PKEY *private_key = NULL;

	if (k->reader == NULL)
		k->reader = OSSL_DECODER_CTX_new_for_pkey(&k->read, "DER", "PrivateKeyInfo",
			EVP_PKEY_get0_type_name(X509_get0_pubkey(k->cert)), EVP_PKEY_KEYPAIR, NULL, NULL);
	if (k->reader != NULL && OSSL_DECODER_from_data(k->reader, &der, &len) == 1 && len == 0) {
		private_key = k->read;
		k->read = NULL;
	}
	EVP_PKEY_free(k->read);
	k->read = NULL;
	return private_key;
}

/* In a form that only OpenSSL knows: the old ones of PKCS#12, PBES2 with other parts. */
static EVP_PKEY *
open_other(struct key *k, const PKCS12_SAFEBAG *bag, const char *pin)
{
	PKCS8_PRIV_KEY_INFO *p8 = PKCS12_decrypt_skey(bag, pin, (int)strlen(pin));
	unsigned char *der = NULL;
	int len = p8 != NULL ? i2d_PKCS8_PRIV_KEY_INFO(p8, &der) : 0;
	EVP_PKEY *private_key = len > 0 ? read_key(k, der, (size_t)len) : NULL;

	OPENSSL_clear_free(der, len > 0 ? (size_t)len : 0);
	PKCS8_PRIV_KEY_INFO_free(p8);
	return private_key;
}

/* The key in a shrouded bag that is not itself inside an encrypted part, which is where everybody puts it. NULL: not found, or not
 * with this PIN. */
static EVP_PKEY *
open_bag(struct key *k, const STACK_OF(PKCS12_SAFEBAG) *bags, const char *pin)
{
	EVP_PKEY *private_key = NULL;

	for (int i = 0; private_key == NULL && i < sk_PKCS12_SAFEBAG_num(bags); i++) {
		const PKCS12_SAFEBAG *bag = sk_PKCS12_SAFEBAG_value(bags, i);
		unsigned char *der = NULL;
		enum status st;
		size_t len;

		if (PKCS12_SAFEBAG_get_nid(bag) != NID_pkcs8ShroudedKeyBag)
			continue;
		st = pbes2_open(PKCS12_SAFEBAG_get0_pkcs8(bag), pin, &der, &len);
		if (st == STATUS_OK)
			private_key = read_key(k, der, len);
		else if (st == STATUS_UNSUPPORTED)
			private_key = open_other(k, bag, pin);
		secret_free(der);
	}
	return private_key;
}

static EVP_PKEY *
open_key_only(struct key *k, const PKCS12 *p12, const char *pin)
{
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	EVP_PKEY *private_key = NULL;

	for (int i = 0; private_key == NULL && i < sk_PKCS7_num(safes); i++) {
		PKCS7 *safe = sk_PKCS7_value(safes, i);
		STACK_OF(PKCS12_SAFEBAG) *bags =
			PKCS7_type_is_data(safe) ? PKCS12_unpack_p7data(safe) : NULL;

		private_key = open_bag(k, bags, pin);
		sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	}
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return private_key;
}

/* False: everything is to be done. */
static bool
open_again(const PKCS12 *p12, struct key *k, const char *pin, struct key_session *out)
{
	EVP_PKEY *private_key = open_key_only(k, p12, pin);

	if (private_key != NULL && X509_check_private_key(k->cert, private_key) == 1) {
		out->private_key = private_key;
		return true;
	}
	EVP_PKEY_free(private_key);
	ERR_clear_error();
	return false;
}

static enum status
unlock(const struct keyring *r, struct key *k, const char *pin, struct key_session *out)
{
	unsigned char *file = NULL;
	const unsigned char *at;
	PKCS12 *p12 = NULL;
	char name[80];
	size_t len = 0;
	enum status st;

	snprintf(name, sizeof(name), "%s.p12", k->id);
	st = key_file_read(keyring_dir(r), name, &file, &len);
	if (st == STATUS_OK) {
		struct digest now = digest_of(file, len);

		at = file;
		p12 = d2i_PKCS12(NULL, &at, (long)len);
		if (p12 == NULL)
			st = STATUS_UNSUPPORTED;
		else if (memcmp(&now, &k->seen, sizeof(now)) != 0 || !open_again(p12, k, pin, out))
			st = open_p12(p12, k, pin, out);
		if (st == STATUS_OK)
			k->seen = now;
	} else if (st != STATUS_NO_MEMORY) {
		st = STATUS_UNSUPPORTED;
	}
	PKCS12_free(p12);
	secret_free(file);
	ERR_clear_error();
	return st;
}

static void
lock(struct key_session *s)
{
	EVP_PKEY_free(s->private_key);
}

const struct key_store key_p12 = {"p12", NULL, unlock, NULL, lock};
