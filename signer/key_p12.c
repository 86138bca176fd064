/*
 * key_p12: keys in PKCS#12 files (RFC 7292). The file's integrity code is made from the PIN, so a
 * wrong PIN is told from a damaged file only by where it fails: whatever is not readable at all is
 * UNSUPPORTED, a code that does not match is DENIED.
 */
#include "signer/keyring.h"

#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/pkcs12.h>

#include "lib/base/secret.h"

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

static enum status
unlock(int dir, const struct key *k, const char *pin, struct key_session *out)
{
	unsigned char *file = NULL;
	const unsigned char *at;
	PKCS12 *p12 = NULL;
	char name[80];
	size_t len = 0;
	enum status st;

	snprintf(name, sizeof(name), "%s.p12", k->id);
	st = key_file_read(dir, name, &file, &len);
	if (st == STATUS_OK) {
		at = file;
		p12 = d2i_PKCS12(NULL, &at, (long)len);
		st = p12 != NULL ? open_p12(p12, k, pin, out) : STATUS_UNSUPPORTED;
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

const struct key_store key_p12 = {"p12", unlock, lock};
