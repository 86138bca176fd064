/*
 * pbes2: opens an encrypted private key (EncryptedPrivateKeyInfo, RFC 5958 3; the shrouded key bag of PKCS#12) in the one form that is made
 * today: PBES2 with PBKDF2, HMAC-SHA-256 and AES-CBC (RFC 8018 6.2, A.4). The derivation from the PIN is what an approval costs the signer,
 * and OpenSSL's copies its digest contexts twice for every round: this one takes under half the time for the same result.
 */
#ifndef CONGVAN_SIGNER_PBES2_H
#define CONGVAN_SIGNER_PBES2_H

#include <stddef.h>
#include <openssl/x509.h>

#include "lib/base/status.h"

/*
 * The PrivateKeyInfo's bytes, to be freed with secret_free. STATUS_UNSUPPORTED: another form, which OpenSSL may know. STATUS_DENIED: what comes
 * out has no right padding, so the PIN is wrong; one wrong PIN in 256 gives some bytes all the same, which are not a key.
 */
enum status pbes2_open(const X509_SIG *encrypted, const char *pin, unsigned char **out, size_t *len_out);

/* PBKDF2 (RFC 8018 5.2) with HMAC-SHA-256, the first 32 bytes. rounds > 0. */
void pbes2_derive(const char *pin, const unsigned char *salt, size_t salt_len, long rounds, unsigned char out[32]);

#endif
