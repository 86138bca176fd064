/*
 * cms_build: detached CAdES signatures (CMS SignedData, RFC 5652; EN 319 122-1 level B-B) over a digest that is already known, and
 * adding a signature timestamp to one (level B-T). A template is made once per key: it holds the DER of everything that is the same
 * in each signature, so that signing fills in two values and costs what the private-key operation costs.
 *
 * The signed attributes are exactly contentType, messageDigest and signingCertificateV2 (RFC 5035), which is what PAdES wants (EN 319
 * 142-1 6.3: no signing-time, the claimed time is in /M); CAdES adds signingTime.
 */
#ifndef CONGVAN_PKI_CMS_BUILD_H
#define CONGVAN_PKI_CMS_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/imprint.h"
#include "lib/base/status.h"

#define CMS_MAX 1048576 /* bytes of a SignedData that these functions make or take */

/* EdDSA signs the attributes themselves, the others their digest (RFC 8419 3.1). */
enum cms_scheme { CMS_RSA_PKCS1, CMS_RSA_PSS, CMS_ECDSA, CMS_ED25519 };

struct cms_options {
	const char *digest_name; /* "SHA256", "SHA384" or "SHA512"; NULL: what fits the key, cms_digest_of */
	bool pss;                /* RSA keys: RSASSA-PSS (MGF1 and salt by the same digest) instead of PKCS#1 v1.5 */
	bool signing_time;       /* CAdES: add the signingTime attribute */
	bool counter;            /* a counter-signature (counter.h): the digest is of another signature's value, and there is no contentType */
};

struct cms_template;

/*
 * The digest that fits a key: SHA-256 for RSA and P-256, SHA-384 for P-384, SHA-512 for P-521, and for Ed25519, which takes no other
 * (RFC 8419 3.1). A key of type RSASSA-PSS may name its own in its parameters (RFC 4055 3.1).
 */
enum imprint_kind cms_digest_of(X509 *cert);

/*
 * The template for signatures by the key of `cert`, with the certificates of `chain` (issuers, without `cert`; may be
 * NULL) inside. Copies what it needs. STATUS_UNSUPPORTED: a digest not named above, a key that is not RSA of at least 2048 bits
 * or ECDSA of at least 256 (Circular 15/2025) or Ed25519 (with SHA-512); STATUS_TOO_LARGE over CMS_MAX; STATUS_NO_MEMORY.
 */
enum status cms_template_new(X509 *cert, const STACK_OF(X509) *chain,
	const struct cms_options *options, struct cms_template **out);
void cms_template_free(struct cms_template *t);

/* "SHA256" …, and the length of that digest. Static. */
const char *cms_template_digest_name(const struct cms_template *t);
size_t cms_template_digest_size(const struct cms_template *t);
enum cms_scheme cms_template_scheme(const struct cms_template *t);

/* The public key of the certificate; belongs to the template. */
EVP_PKEY *cms_template_public_key(const struct cms_template *t);

/* The most bytes a SignedData of this template can have, without unsigned attributes. */
size_t cms_template_room(const struct cms_template *t);

/* The longest run of bytes that stands whole in every SignedData of this template, within the first 64 bytes of it: its certificates. */
struct span cms_template_shared(const struct cms_template *t);

/* What one signature is about. */
struct cms_input {
	struct span digest;    /* of the content, by the template's algorithm: becomes messageDigest */
	clock_us signing_time; /* used when the template has signing_time; before 2050 (UTCTime) */
};

/* What the private key gets to sign: the DER of the signed attributes, and its digest by the named algorithm. */
struct cms_to_sign {
	enum cms_scheme scheme;
	const char *digest_name;
	struct span data;
	struct span digest;
};

/*
 * The signature primitive: writes the signature value to `to` (*len: its room, then its size). ECDSA values are
 * Ecdsa-Sig-Value DER (RFC 5753). Anything but STATUS_OK ends the signing with that status.
 */
typedef enum status (*cms_sign_fn)(void *arg, const struct cms_to_sign *what, unsigned char *to,
	size_t *len);

/* Appends the SignedData to `out`. STATUS_INVALID: the digest or time does not fit the template. */
enum status cms_template_sign(const struct cms_template *t, const struct cms_input *input,
	cms_sign_fn sign, void *arg, struct buf *out);

/*
 * The same without cms_template_shared, for who keeps that once for many: *shared_at says after how many of the bytes appended it
 * belongs. Nothing is appended on failure.
 */
enum status cms_template_sign_around(const struct cms_template *t, const struct cms_input *input,
	cms_sign_fn sign, void *arg, struct buf *out, size_t *shared_at);

/*
 * The same in two steps, for keys that are elsewhere (a client's own token, a remote service): the attributes to sign,
 * and the SignedData from the value that came back. Nothing checks the value here: verify the result before it is used.
 */
enum status cms_template_attributes(const struct cms_template *t, const struct cms_input *input,
	struct buf *out);
enum status cms_template_assemble(const struct cms_template *t, const struct cms_input *input,
	struct span signature, struct buf *out);

/*
 * A private key of OpenSSL (also one that an engine or provider keeps in a token) as signature primitive: give cms_key_sign
 * and the cms_key to cms_template_sign. STATUS_INVALID: not the key of the template's certificate. One thread at a time.
 */
struct cms_key;
enum status cms_key_new(const struct cms_template *t, EVP_PKEY *key, struct cms_key **out);
void cms_key_free(struct cms_key *k);
enum status cms_key_sign(void *key, const struct cms_to_sign *what, unsigned char *to, size_t *len);

/*
 * The signature value of a DER SignedData with one SignerInfo: what a signature timestamp is about (EN 319 122-1 5.3). A view into `cms`.
 * STATUS_INVALID: anything else.
 */
enum status cms_signature_value(struct span cms, struct span *out);

/*
 * Appends to `out` a copy of the detached `cms` (as above) with its content inside (RFC 5652 5.2, eContent): CAdES attached. What is signed stays as it
 * is, so nothing else changes. Does not check that the content is what was signed. STATUS_INVALID as above, or there is content already.
 */
enum status cms_attach(struct span cms, struct span content, struct buf *out);

/*
 * Appends to `out` a copy of `cms` (as above) with the TimeStampToken as a signature-time-stamp unsigned attribute. Every
 * other byte is kept. Does not check that the token is about this signature: tsp_check does. STATUS_INVALID as above.
 */
enum status cms_add_timestamp(struct span cms, struct span token, struct buf *out);

#endif
