/*
 * sign_log: the signing record: every decision of the signer, one canonical JSON line each, in
 * append-only files that are chained by hash: each line holds its number ("seq", from 1), the
 * SHA-256 of the line before it ("prev", without the newline; zeros for the first) and the time
 * ("at"). A line is on the disk before its decision leaves the process.
 *
 * Files are named sign-NUMBER.log after their first line's number; a new one begins when one is
 * full. The last line of the last file may be torn by a crash: its decision was never told to
 * anybody, so the torn bytes are set aside (torn-NUMBER-TIME) and the fact is recorded.
 */
#ifndef CONGVAN_SIGNER_SIGN_LOG_H
#define CONGVAN_SIGNER_SIGN_LOG_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

#define SIGN_LOG_LINE                                                                              \
	(2u << 20) /* bytes of one line: 1,000 digests asked and approved, and their titles */

struct sign_log;

struct sign_log_head {
	uint64_t seq;       /* of the last line; 0: none yet */
	struct digest hash; /* of the last line; zeros: none yet */
};

/* Sees each verified record, oldest first. */
typedef void (*sign_log_fn)(void *arg, const json_t *record);

/*
 * Opens the record in folder `dir` (which must exist) for appending, after verifying the newest
 * files; seen (may be NULL) is shown their records. STATUS_INVALID with findings when the chain is
 * broken: then nothing may be signed until a person has looked.
 */
enum status sign_log_open(const char *dir, uint64_t file_bytes, sign_log_fn seen, void *arg,
	struct diag *diag, struct sign_log **out);
void sign_log_close(struct sign_log *l);

/*
 * Appends a record with at, prev and seq added to it, and returns when it is on the disk.
 * STATUS_NO_SPACE, STATUS_IO: it is not in the record. After a failure that leaves the file in
 * doubt every later append fails with STATUS_IO.
 */
enum status sign_log_append(struct sign_log *l, json_t *record);

/* A member whose value is JSON text already: the long lists of a batch, which would take longer as objects than to be signed. */
struct sign_log_text {
	const char *name;
	struct span json; /* data NULL: not there */
};

/* As sign_log_append, with these members too. Their names are not in record, and they stand in order. */
enum status sign_log_append_with(struct sign_log *l, json_t *record, const struct sign_log_text *texts, size_t count);

struct sign_log_head sign_log_head(const struct sign_log *l);

/* Verifies all files of a folder without changing anything; a torn last line is a warning. */
enum status sign_log_verify(
	const char *dir, sign_log_fn seen, void *arg, struct diag *diag, struct sign_log_head *out);

#endif
