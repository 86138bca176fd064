/*
 * checkpoint: the signed head of the evidence log as text that strangers' tools read: a C2SP tlog-checkpoint in a C2SP signed-note, with
 * Ed25519 keys (RFC 8032). The signer signs the body; anybody checks the note off line.
 *
 *   <origin>\n<size>\n<base64 root>\n[<extension line>\n…]      the body: what is signed, with its last newline
 *   \n
 *   — <key name> <base64 of key id and signature>\n             U+2014, one line for each signature
 */
#ifndef CONGVAN_PKI_CHECKPOINT_H
#define CONGVAN_PKI_CHECKPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

#define CHECKPOINT_MAX 65536         /* bytes of a note */
#define CHECKPOINT_NAME_MAX 256      /* of origin and key name, with the closing NUL */
#define CHECKPOINT_SIGNATURES_MAX 100 /* as in the reference implementation */
#define CHECKPOINT_KEY_BYTES 32
#define CHECKPOINT_SIGNATURE_BYTES 64

/* The key that a log signs with: its name (usually the origin) and its Ed25519 public key. */
struct checkpoint_key {
	char name[CHECKPOINT_NAME_MAX];
	unsigned char public_key[CHECKPOINT_KEY_BYTES];
};

struct checkpoint {
	char origin[CHECKPOINT_NAME_MAX];
	uint64_t size;
	struct digest root;
	struct span body;       /* view into the note */
	struct span extensions; /* lines with their newlines, a view into the note; empty: none */
};

/* True for a key name: not empty, no white space, no plus sign, no control characters, valid UTF-8 (signed-note "Signatures"). */
bool checkpoint_name_is_right(const char *name);

/*
 * Appends the body. `extensions`: NULL or a NULL-terminated list of lines without newline. STATUS_INVALID: the origin or a line is
 * empty, or has a newline or another control character, or is not UTF-8, or is too long.
 */
enum status checkpoint_body(const char *origin, uint64_t size, const struct digest *root,
	const char *const *extensions, struct buf *out);

/* Appends the note: the body, the blank line, and the line of this key's signature over the body. */
enum status checkpoint_note(struct span body, const struct checkpoint_key *key,
	const unsigned char signature[CHECKPOINT_SIGNATURE_BYTES], struct buf *out);

/* The same with the signature made here. `name`: the key's name. STATUS_UNSUPPORTED: not an Ed25519 private key. */
enum status checkpoint_sign(struct span body, const char *name, EVP_PKEY *key, struct buf *out);

/* Reads a body alone (tlog-checkpoint "Note text"), without looking for signatures. STATUS_MALFORMED. */
enum status checkpoint_read(struct span body, struct checkpoint *out);

/*
 * Reads a note and checks it with this key. STATUS_MALFORMED: not a note, or not with a checkpoint in it; STATUS_NOT_FOUND: no signature by this
 * key (others are passed over); STATUS_INVALID: a signature under this key's name and id is wrong.
 */
enum status checkpoint_open(struct span note, const struct checkpoint_key *key,
	struct checkpoint *out);

/* The key's id: first four bytes of SHA-256(name, newline, 0x01, public key) (signed-note "Ed25519 signatures"). */
void checkpoint_key_id(const struct checkpoint_key *key, unsigned char id[4]);

/* The verifier key text "name+hex id+base64(0x01, public key)", appended; and read back. STATUS_INVALID. */
enum status checkpoint_key_text(const struct checkpoint_key *key, struct buf *out);
enum status checkpoint_key_read(const char *text, struct checkpoint_key *out);

/* Name and public half of an Ed25519 key. STATUS_UNSUPPORTED: another kind; STATUS_INVALID: not a key name. */
enum status checkpoint_key_of(const char *name, const EVP_PKEY *key, struct checkpoint_key *out);

#endif
