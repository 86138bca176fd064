/*
 * service_keys: the signer's own two keys, made at the first start and kept in its data folder with
 * mode 0600: the activation key (P-256; clients seal to it and pin it) and the log key (Ed25519;
 * signs checkpoints of the evidence log as C2SP signed notes).
 */
#ifndef CONGVAN_SIGNER_SERVICE_KEYS_H
#define CONGVAN_SIGNER_SERVICE_KEYS_H

#include <openssl/evp.h>

#include "lib/base/status.h"

struct hpke_recipient;

/* Reads DIR/activation.key (PEM, PKCS#8), or makes it. STATUS_INVALID: the file is not such a key. hpke_recipient_free it. */
enum status activation_key_load(int dir, struct hpke_recipient **out);

/* The same for DIR/log.key. */
enum status log_key_load(int dir, EVP_PKEY **out);

#endif
