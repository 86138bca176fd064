/*
 * service_keys: the signer's own two keys, made at the first start and kept in its data folder with
 * mode 0600: the activation key (P-256; clients seal to it and pin it) and the log key (Ed25519;
 * signs checkpoints of the evidence log as C2SP signed notes).
 */
#ifndef CONGVAN_SIGNER_SERVICE_KEYS_H
#define CONGVAN_SIGNER_SERVICE_KEYS_H

#include <openssl/evp.h>

#include "lib/base/status.h"

struct activation_key {
	unsigned char *private_key; /* 32 bytes, secret_alloc'ed */
	unsigned char public_key[65];
};

/* Reads DIR/activation.key (PEM, PKCS#8), or makes it. STATUS_INVALID: the file is not such a key.
 */
enum status activation_key_load(int dir, struct activation_key *out);
void activation_key_free(struct activation_key *k);

/* The same for DIR/log.key. */
enum status log_key_load(int dir, EVP_PKEY **out);

#endif
