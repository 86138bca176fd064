/*
 * keyring: the signing keys of a folder. Each key is two files: ID.pem, its certificate and chain
 * (readable without a PIN), and the private half in the form of one key store: ID.p12 (key_p12.c)
 * or ID.p11 naming a token (key_p11.c). A new key store is one file with a struct key_store
 * and one row in keyring.c. A third file, ID.conf, is optional: how the key signs, where there is a choice
 * (key { scheme = "pss"; digest = "SHA384" }).
 */
#ifndef CONGVAN_SIGNER_KEYRING_H
#define CONGVAN_SIGNER_KEYRING_H

#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/imprint.h"
#include "lib/base/status.h"
#include "lib/pki/cms_build.h"
#include "lib/wire/signer_msg.h"

#define KEYRING_KEYS 1000
#define KEY_CHAIN 8           /* certificates in ID.pem */
#define KEY_FILE (256u << 10) /* bytes of ID.pem and of ID.p12 */

#define KEYRING_PATH 512      /* of the folder */

struct key_store;
struct keyring;

/* The public half of a key. Counted: key_ref, key_unref. */
struct key {
	char id[64];
	const struct key_store *store;
	X509 *cert;
	STACK_OF(X509) * chain;                       /* issuers, without cert */
	struct cms_template *templates[SIGNER_FORMATS];            /* by enum signer_format */
	enum imprint_kind digest;                     /* what it signs with */
	bool pin_pad;                                 /* the PIN is entered at a reader: activations have none */
	bool pss;                                     /* RSA: RSASSA-PSS, chosen in ID.conf */
	char subject[256], organ[256], algorithm[32]; /* for people; UTF-8 */
	struct digest seen;                           /* the store's own: see key_p12.c, … */
	OSSL_DECODER_CTX *reader;                     /* … also this, made at the first unlocking, … */
	EVP_PKEY *read;                               /* … and where it puts what it read; NULL at other times */
	clock_us not_before, not_after;
	unsigned refs;
};

/* An unlocked private key, for one activation. */
struct key_session {
	const struct key_store *store;
	EVP_PKEY *private_key; /* or */
	cms_sign_fn sign;      /* the primitive of a key that never comes out, and its arg */
	void *sign_arg;
	void *more;      /* the store's own */
	const char *why; /* why unlocking failed, when the status alone does not say it: code of the catalogue */
};

struct key_store {
	const char *name; /* "p12": kind of key, and suffix of its file */
	/* What the file beside the certificate says; NULL: nothing to read. */
	enum status (*load)(const struct keyring *r, struct key *k);
	/*
	 * Opens the private half. STATUS_DENIED: wrong PIN. STATUS_CONFLICT: not
	 * the key of k->cert. STATUS_UNSUPPORTED: cannot be read, whatever the PIN. PIN is not
	 * kept.
	 */
	enum status (*unlock)(
		const struct keyring *r, struct key *k, const char *pin, struct key_session *out);
	/* After a failed signature: why, as a code of the catalogue, or NULL. NULL: the store has none. */
	const char *(*trouble)(const struct key_session *s);
	void (*lock)(struct key_session *s);
};

extern const struct key_store key_p12, key_p11;

struct modules;

/* modules: of tokens, may be NULL; outlives the keyring. */
enum status keyring_open(const char *dir, const struct modules *modules, struct keyring **out);
int keyring_dir(const struct keyring *r);
const char *keyring_path(const struct keyring *r);
const struct modules *keyring_modules(const struct keyring *r);
void keyring_close(struct keyring *r);

/* Reads the folder again when it changed (always with `force`). Files that cannot be read are
 * logged and left out. */
void keyring_refresh(struct keyring *r, bool force);

size_t keyring_count(const struct keyring *r);
struct key *keyring_at(const struct keyring *r, size_t i);

/* NULL when there is no such key. Not counted: key_ref it to keep it over a refresh. */
struct key *keyring_find(const struct keyring *r, const char *id);

struct key *key_ref(struct key *k);
void key_unref(struct key *k);

/* The template of signatures in this format, made at first use; belongs to the key. */
enum status key_template(struct key *k, enum signer_format f, const struct cms_template **out);

/* As key_store.unlock; key_lock wipes and is legal on a zeroed session. */
enum status keyring_unlock(
	const struct keyring *r, struct key *k, const char *pin, struct key_session *out);
void key_lock(struct key_session *s);

/* Reads a file of the keyring folder into a new secret allocation. STATUS_TOO_LARGE over KEY_FILE.
 */
enum status key_file_read(int dir, const char *name, unsigned char **out, size_t *len_out);

/* A key from the text of an ID.pem. STATUS_INVALID. For keyring and import. */
enum status key_from_pem(const char *id, const struct key_store *store, const unsigned char *pem,
	size_t len, struct key **out);

#endif
