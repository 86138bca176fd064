/*
 * content: the bytes of everything stored, addressed by SHA-256, in chunks of 256 KiB in PostgreSQL (schemas/sql/001_content.sql). Up and down
 * streams: memory per transfer is bounded whatever its size, and no transfer holds a connection while its client is slow. The same bytes are stored
 * once. Content is uploaded first; an act then refers to it. What nothing refers to within a day is swept.
 */
#ifndef CONGVAN_STORE_CONTENT_H
#define CONGVAN_STORE_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/db/db.h"
#include "lib/base/digest.h"

#define CONTENT_CHUNK ((size_t)256 * 1024)
#define CONTENT_NO_LIMIT UINT64_MAX
#define CONTENT_IN_MEMORY (UINT64_C(32) << 20) /* bytes that a worker gets in a memory file; more are on disk */

struct content_stored {
	struct digest sha256;
	uint64_t size;
	bool fresh; /* the bytes were not there before */
};
/* stored is NULL unless STATUS_OK; it lives during the call. */
typedef void (*content_stored_cb)(void *arg, enum status st, const struct content_stored *stored);

/* ---- up ---- */

struct content_put;

/*
 * An upload of at most limit bytes. more(arg) is called, in a later turn, after content_put_write returned false and there is room again, or
 * when the upload has failed (see content_put_status). NULL without memory. Ended by content_put_end or content_put_abort.
 */
struct content_put *content_put_begin(struct db *db, uint64_t limit, void (*more)(void *arg), void *arg);

/* Takes n bytes (copied; at most 1 MiB at a time). False: write no more until `more` is called. */
bool content_put_write(struct content_put *p, const void *data, size_t n);

/*
 * STATUS_OK so far; STATUS_TOO_LARGE over the limit; or why the database does not take it (a lost connection is tried again for some seconds first). After
 * a failure writes are dropped and content_put_end tells the same.
 */
enum status content_put_status(const struct content_put *p);

/* All bytes are written. cb once, in a later turn: STATUS_OK when they are durably stored. p is gone then. */
void content_put_end(struct content_put *p, content_stored_cb cb, void *arg);

/* Before content_put_end: the account (an id) that brought the bytes and may name them from then on (holder.h). */
void content_put_holder(struct content_put *p, const char *account);

/* Nothing of it is kept. p is gone. Legal on NULL. */
void content_put_abort(struct content_put *p);

/* The whole file behind fd (a worker's memfd), read in pieces from offset 0. fd is duplicated; the caller may close his at once. */
void content_put_fd(struct db *db, int fd, uint64_t limit, content_stored_cb cb, void *arg);

/*
 * Inside an act: stores at most CONTENT_CHUNK bytes together with what refers to them, in one commit. *sha256_out is set at once. cb as for
 * act_query.
 */
void content_act_put(struct act *act, const void *data, size_t n, struct digest *sha256_out, db_cb cb, void *arg);

/*
 * A file that the act which refers to it stores: hashed beforehand, a piece a turn. When it begins with all the bytes of `base` (NULL: with nothing known) only what comes
 * after them is kept and sent; what is to be sent is a chunk at most, else the file is uploaded as by content_put_fd and the act has nothing to do. fd is duplicated. cb
 * once: STATUS_OK and n, the callee's to free.
 */
struct content_new;
void content_new_fd(struct db *db, int fd, const struct digest *base, uint64_t base_size,
	void (*cb)(void *arg, enum status st, struct content_new *n), void *arg);
const struct digest *content_new_digest(const struct content_new *n);
uint64_t content_new_size(const struct content_new *n);
/* Before what refers to it. May be called again when the act runs again. */
void content_new_put(struct act *act, const struct content_new *n);
void content_new_free(struct content_new *n);

/* ---- down ---- */

struct content_get;

/*
 * Bytes first to last (both inclusive; last beyond the end means the end) in order. chunk is called with at most CONTENT_CHUNK bytes, good during the
 * call; when it returns false nothing more comes until content_get_more. done once: STATUS_OK after the last chunk; STATUS_NOT_FOUND; STATUS_INVALID (first
 * is beyond the end); STATUS_INTERNAL (what is stored does not have this hash; found out only when all of it is read, before
 * the last chunk is handed out, and logged); or the database's. Neither is called inside. g is gone when done is called. NULL without memory.
 */
struct content_get *content_get(struct db *db, const struct digest *sha256, uint64_t first, uint64_t last,
	bool (*chunk)(void *arg, const unsigned char *data, size_t n), void (*done)(void *arg, enum status st), void *arg);
/* Called at once after content_get: a whole content of more bytes is not read, done gets STATUS_TOO_LARGE. */
void content_get_limit(struct content_get *g, uint64_t most);
/* Bytes of the whole content: in chunk. */
uint64_t content_get_size(const struct content_get *g);
void content_get_more(struct content_get *g);
/* No further callback. g is gone. Legal on NULL, and inside chunk. */
void content_get_abort(struct content_get *g);

/*
 * The whole content in a sealed memfd at any offset (others may have the same one: map it), for a worker's job; over CONTENT_IN_MEMORY in a file on disk without a name, for reading only
 * (daemon/io/spool.h). cb once: STATUS_OK and a descriptor that is then the callee's to close, else -1; STATUS_TOO_LARGE over limit; STATUS_NO_SPACE.
 */
void content_get_fd(struct db *db, const struct digest *sha256, uint64_t limit,
	void (*cb)(void *arg, enum status st, int fd), void *arg);

/*
 * Of a content of any size what a detached signature over it needs: the record of its digests (lib/base/imprints.h) in a sealed memfd. It is read to its end, and the hash it is
 * stored by checked, with a chunk in memory at a time. cb as for content_get_fd.
 */
void content_get_imprints(struct db *db, const struct digest *sha256, void (*cb)(void *arg, enum status st, int fd), void *arg);

/* Is it there, and how large: STATUS_OK, STATUS_NOT_FOUND, or the database's. */
void content_stat(struct db *db, const struct digest *sha256, void (*cb)(void *arg, enum status st, uint64_t size), void *arg);

struct diag;
/* The finding content.large: size bytes were found, most may be. */
void content_say_large(struct diag *diag, uint64_t size, uint64_t most);

/* ---- sweeping ---- */

/* Deletes up to limit contents that nothing refers to, and abandoned uploads. */
void content_sweep(struct db *db, unsigned limit, void (*cb)(void *arg, enum status st, unsigned deleted), void *arg);

/* Sweeps every ten minutes, in one congvand of those on the database. Stop before db_stop. */
struct content_sweeper;
struct content_sweeper *content_sweeper_start(struct db *db);
void content_sweeper_stop(struct content_sweeper *s);

#endif
