/*
 * checkpoints: signing the evidence log's checkpoints (C2SP tlog-checkpoint, signed-note) with the
 * log key. The log only grows: size and root of the last one signed are on the disk before its
 * signature leaves, and nothing smaller, and nothing else of the same size, is signed ever after.
 */
#ifndef CONGVAN_SIGNER_CHECKPOINTS_H
#define CONGVAN_SIGNER_CHECKPOINTS_H

#include <openssl/evp.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"

#define CHECKPOINT_LINE 320 /* room for a signature line */

struct checkpoints;

/* dir: descriptor of the data folder, which stays the caller's. The key is taken over.
 * STATUS_INVALID: the state file cannot be read. */
enum status
checkpoints_open(int dir, const char *origin, EVP_PKEY *log_key, struct checkpoints **out);
void checkpoints_close(struct checkpoints *c);

/*
 * Signs a note: exactly the lines origin, size in decimal, root in base64. Writes "— name base64"
 * without a newline. On a refusal *why is a code of the catalogue: STATUS_MALFORMED (form),
 * STATUS_DENIED (origin), STATUS_CONFLICT (shrinks, differs); STATUS_IO, STATUS_NO_SPACE.
 */
enum status checkpoints_sign(
	struct checkpoints *c, const char *note, char line[CHECKPOINT_LINE], const char **why);

/* The 32 bytes of the log's public key. */
void checkpoints_public(const struct checkpoints *c, unsigned char public_key[32]);

#endif
