/*
 * hpke: one-message Hybrid Public Key Encryption, RFC 9180 in base mode: DHKEM(P-256, HKDF-SHA256),
 * HKDF-SHA256 and AES-GCM. Written on EVP because OpenSSL 3.0 has no HPKE of its own; held against
 * the RFC's vectors in tests/unit/test_activation.c.
 */
#ifndef CONGVAN_WIRE_HPKE_H
#define CONGVAN_WIRE_HPKE_H

#include "lib/base/buf.h"
#include "lib/base/status.h"

#define HPKE_PUBLIC 65 /* uncompressed point: SerializePublicKey of section 7.1.1 */
#define HPKE_PRIVATE 32
#define HPKE_TAG 16
#define HPKE_OVERHEAD (HPKE_PUBLIC + HPKE_TAG)

/* The values of section 7.3. */
enum hpke_aead { HPKE_AES_128_GCM = 1, HPKE_AES_256_GCM = 2 };

/* A fresh key pair. */
enum status
hpke_keypair(unsigned char private_key[HPKE_PRIVATE], unsigned char public_key[HPKE_PUBLIC]);

/* The public half. STATUS_INVALID when the number is not a private key of the curve. */
enum status
hpke_public(const unsigned char private_key[HPKE_PRIVATE], unsigned char public_key[HPKE_PUBLIC]);

/*
 * SealBase: appends the encapsulated key, then ciphertext and tag. `ephemeral`: NULL for a fresh
 * pair; tests give the private key of their vector. STATUS_INVALID: public_key is not a point of
 * the curve.
 */
enum status hpke_seal(enum hpke_aead aead, const unsigned char public_key[HPKE_PUBLIC],
	const unsigned char *ephemeral, struct span info, struct span aad, struct span plain,
	struct buf *out);

/* A private key made ready to open with. _new: STATUS_INVALID when the number is not a private key of the curve; the caller wipes its own copy. */
struct hpke_recipient;
enum status hpke_recipient_new(const unsigned char private_key[HPKE_PRIVATE], struct hpke_recipient **out);
void hpke_recipient_free(struct hpke_recipient *r);
/* HPKE_PUBLIC bytes, as long as r lives. */
const unsigned char *hpke_recipient_public(const struct hpke_recipient *r);

/*
 * OpenBase: writes sealed.len - HPKE_OVERHEAD bytes to `to`. STATUS_DENIED when it does not open,
 * for whatever reason; `to` then holds nothing of the content. Not by two threads with the same recipient.
 */
enum status hpke_open(enum hpke_aead aead, const struct hpke_recipient *r, struct span info, struct span aad, struct span sealed,
	unsigned char *to);

#endif
