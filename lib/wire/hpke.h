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

/*
 * OpenBase: writes sealed.len - HPKE_OVERHEAD bytes to `to`. STATUS_DENIED when it does not open,
 * for whatever reason; `to` then holds nothing of the content.
 */
enum status hpke_open(enum hpke_aead aead, const unsigned char private_key[HPKE_PRIVATE],
	struct span info, struct span aad, struct span sealed, unsigned char *to);

#endif
