/*
 * token: a private key in a PKCS#11 token or HSM (Cryptoki 2.40), spoken to directly. A layer like libp11 between would keep the PIN to log
 * in again by itself and give one error for all; here a login is done once, by the caller's will, and a token that went away is told from a
 * wrong PIN. One thread.
 */
#ifndef CONGVAN_TOKEN_TOKEN_H
#define CONGVAN_TOKEN_TOKEN_H

#include <stdbool.h>
#include <openssl/x509.h>

#include "lib/base/status.h"
#include "lib/pki/cms_build.h"

#define TOKEN_SLOTS 64        /* looked at in one module */
#define TOKEN_CERTIFICATES 64 /* of one token */

struct token_module;

/* A module that is loaded and initialized; its code runs in this process. STATUS_NOT_FOUND: no such file or no module. */
enum status token_module_open(const char *path, struct token_module **out);
void token_module_close(struct token_module *m);

/* Which token of the module. All that are given must fit; nothing given: the only token there is. */
struct token_choice {
	const char *label;  /* without the padding; NULL: any */
	const char *serial; /* as the token says it; NULL: any */
	long slot;          /* CK_SLOT_ID; -1: any */
};

struct token;

/*
 * Opens a session, without a login. STATUS_NOT_FOUND: no token fits (the card is not in its reader); STATUS_CONFLICT: several do;
 * STATUS_UNAVAILABLE: the module or token fails.
 */
enum status token_open(struct token_module *m, const struct token_choice *choice, struct token **out);

/* Ends the login and the session, wipes the PIN. Legal on NULL. */
void token_close(struct token *t);

/* The PIN is entered at the reader (CKF_PROTECTED_AUTHENTICATION_PATH): token_login wants none. */
bool token_has_pad(const struct token *t);

/*
 * Logs in, with one try. pin: NULL for a reader with a PIN pad; kept, locked, until token_close for keys that want it before each signature
 * (CKA_ALWAYS_AUTHENTICATE). insist: try also when the token says that one more wrong PIN locks it. STATUS_DENIED: wrong PIN;
 * STATUS_LOCKED: the token's PIN is locked, or this would be the last try (*why tells which); STATUS_INVALID: a PIN is missing or there
 * is a pad for it; STATUS_UNAVAILABLE: the token is gone. *why: code of the catalogue, set unless OK.
 */
enum status token_login(struct token *t, const char *pin, bool insist, const char **why);

/* Adds the certificates of the token to `to`. */
enum status token_certificates(struct token *t, STACK_OF(X509) *to);

struct token_key;

/*
 * The private key of this certificate, by the CKA_ID that the certificate has on the token, or else by its public key. After token_login.
 * STATUS_NOT_FOUND: not there.
 */
enum status token_key_open(struct token *t, X509 *cert, struct token_key **out);
void token_key_free(struct token_key *k);

/*
 * Signature primitive for cms_template_sign, with the token_key as arg. The first value is checked against the certificate: STATUS_CONFLICT
 * when it is another key's. STATUS_UNAVAILABLE: the token went away, token_key_why says it as a code of the catalogue. STATUS_UNSUPPORTED:
 * the token has no mechanism for it.
 */
enum status token_key_sign(void *key, const struct cms_to_sign *what, unsigned char *to, size_t *len);
const char *token_key_why(const struct token_key *k);

#endif
