/*
 * activation: what a person approves, sealed to the signer so that congvand can neither read the
 * PIN nor sign anything else (signature activation data in the sense of EN 419 241-1/-2). HPKE of
 * RFC 9180 in base mode: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM (a browser can do it
 * with WebCrypto); info "congvan activation 1". The plain text is canonical JSON:
 *
 *   {"algorithm":"SHA256"|"SHA384"|"SHA512","count":n,"digests":[hex…],"expires":RFC3339,"formats":["pades"|"cades"|"counter"…],
 *    "key":id,"nonce":32 hex digits,"pin":…,"titles":[…]}
 *
 * One document is a list of one. "formats" is the form of each signature (signer_format.h). Earlier forms are still read: the first had no "algorithm", which means SHA-256; it and the
 * second had no "formats", which means one form for all, whichever is asked for. The digests are all by the one
 * algorithm that the key signs with. A key whose PIN is entered at its reader (PIN pad) has an empty "pin".
 *
 * with the members in this order, no white space, lower-case hexadecimal, and \" and \\ as the only escapes:
 * texts have no control characters. JSON.stringify of such an object gives exactly this.
 */
#ifndef CONGVAN_WIRE_ACTIVATION_H
#define CONGVAN_WIRE_ACTIVATION_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/imprint.h"
#include "lib/base/status.h"
#include "lib/wire/hpke.h"
#include "lib/wire/signer_format.h"

#define ACTIVATION_DIGESTS 1000   /* documents in one approval */
#define ACTIVATION_TITLE 400      /* bytes of a title */
#define ACTIVATION_PIN 128        /* bytes of a PIN */
#define ACTIVATION_MAX (1u << 20) /* bytes of a sealed activation */

/* Times outside of these years are nobody's, and do not survive being written and read again. */
#define ACTIVATION_TIME_IS_SANE(t) ((t) > 0 && (t) < INT64_C(80000) * CLOCK_DAY)

struct activation {
	char key[64];
	char nonce[33];
	clock_us expires;
	enum imprint_kind algorithm; /* of every digest */
	size_t count;
	struct imprint *digests;
	enum signer_format *formats; /* of each; NULL: an earlier form, which has none */
	char **titles; /* what the person saw: "12-CV/QU Về việc …"; goes into the signing record */
	char *text;    /* where the titles stand that were read together; NULL: each is malloc'ed */
	char *pin; /* secret_alloc'ed; "" for a PIN pad */
};

void activation_free(struct activation *a);

/* A key id: lower-case letters, digits, '.', '_' and '-', beginning with a letter or digit, at
 * most 63. It is also a file name. */
bool activation_key_id_valid(const char *id);

/* A fresh nonce: 32 hex digits and a NUL. */
enum status activation_nonce(char nonce[33]);

/*
 * Seals to the signer's P-256 public key (65 bytes, uncompressed point) into out: 65-byte
 * encapsulated key, then ciphertext and tag. Texts are UTF-8 without control characters.
 * STATUS_INVALID when a field breaks the form above; STATUS_TOO_LARGE.
 */
enum status
activation_seal(const struct activation *a, const unsigned char public_key[65], struct buf *out);

/* STATUS_DENIED when it does not open, STATUS_MALFORMED when the content is not exactly the
 * canonical form above. */
enum status
activation_open(struct span sealed, const struct hpke_recipient *r, struct activation **out);

/* The plain text alone, as activation_open reads it after decryption (for tests and fuzzing).
 * STATUS_MALFORMED. */
enum status activation_parse(struct span text, struct activation **out);

/*
 * The signer's public key in a form that one person can read to another: the first ten bytes of the SHA-256 of its 65 bytes,
 * "1a2b-3c4d-5e6f-7081-92a3". The page computes the same (web/sign.js).
 */
#define ACTIVATION_KEY_CODE 25 /* with its NUL */
void activation_key_code(const unsigned char public_key[65], char to[ACTIVATION_KEY_CODE]);

/* True when what a person says, the whole key in hexadecimal or its code, is this key; blanks, hyphens and case do not matter. */
bool activation_key_is(const char *said, const unsigned char public_key[65]);

/* A fresh key pair for the signer. */
enum status activation_keypair(unsigned char private_key[32], unsigned char public_key[65]);

#endif
