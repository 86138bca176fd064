/* import_p12: `congvan-signer --import-p12`: brings a key from a certificate authority's PKCS#12
 * file into the key folder. */
#ifndef CONGVAN_SIGNER_IMPORT_P12_H
#define CONGVAN_SIGNER_IMPORT_P12_H

#include "lib/base/diag.h"
#include "signer/settings.h"

#define IMPORT_ITERATIONS 100000 /* of the key derivation in the stored file */
#define IMPORT_PIN 6             /* characters a PIN must have */

/*
 * Reads `file` with its PIN (also in the old forms with RC2 and 3DES) and writes ID.p12 (AES-256,
 * PBKDF2, same PIN) and ID.pem (certificate and chain) into the key folder, ID.pem last: a key is
 * there when its public half is. STATUS_DENIED: wrong PIN; STATUS_DUPLICATE: the id is taken.
 */
enum status import_p12(const struct settings *s, const char *file, const char *id, const char *pin,
	int iterations, struct diag *diag);

#endif
