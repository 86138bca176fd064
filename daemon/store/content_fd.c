/*
 * content_fd: whole contents from and into files of memory, or of disk when they are large, for worker jobs. A file of more than one chunk is hashed first, in pieces between turns of the loop: when
 * the database has it already (a document sealed or unpacked again) nothing is sent.
 */
#include "daemon/store/content.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "daemon/io/spool.h"
#include "daemon/store/content_cache.h"
#include "daemon/store/content_private.h"
#include "lib/base/diag.h"

#define PIECE CONTENT_CHUNK

/* ---- up ---- */

enum put_fd_state {
	PUT_FD_HASHING, /* the file is read once for its hash */
	PUT_FD_ASKING,  /* does the database have it? */
	PUT_FD_SENDING  /* it is read again and uploaded */
};

struct put_fd {
	struct db *db;
	int fd;
	enum put_fd_state state;
	bool fixed; /* nobody could write to it from the beginning */
	uint64_t size, at, limit;
	struct digest_stream *hash;
	struct digest sha256;
	struct content_put *put;
	unsigned char *piece;
	content_stored_cb cb;
	void *arg;
};

static const struct db_stmt stmt_hold = {"content_hold", "SELECT content_hold($1)", 1};

static void send_some(struct put_fd *f);

static void
put_fd_end(struct put_fd *f, enum status st, const struct content_stored *stored)
{
	content_stored_cb cb = f->cb;
	void *arg = f->arg;

	if (st == STATUS_OK && f->fixed)
		content_cache_keep(f->db, &stored->sha256, f->fd);
	content_put_abort(f->put);
	digest_free(f->hash);
	close(f->fd);
	free(f->piece);
	free(f);
	cb(arg, st, stored);
}

/* The next piece; 0 at the end, -1 on an error or when the file is shorter than it was. */
static ssize_t
read_piece(struct put_fd *f)
{
	size_t want = f->size - f->at < PIECE ? (size_t)(f->size - f->at) : PIECE;
	ssize_t n;

	if (want == 0)
		return 0;
	do {
		n = pread(f->fd, f->piece, want, (off_t)f->at);
	} while (n < 0 && errno == EINTR);
	if (n <= 0)
		return -1;
	f->at += (uint64_t)n;
	return n;
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	put_fd_end(arg, st, stored);
}

static void
on_more(void *arg)
{
	send_some(arg);
}

static void
send_some(struct put_fd *f)
{
	ssize_t n;
	bool room;

	do {
		if (content_put_status(f->put) != STATUS_OK) {
			n = 0; /* the end tells why */
			break;
		}
		n = read_piece(f);
		if (n < 0) {
			put_fd_end(f, STATUS_IO, NULL);
			return;
		}
		room = n == 0 || content_put_write(f->put, f->piece, (size_t)n);
	} while (n > 0 && room);
	if (n == 0) {
		struct content_put *put = f->put;

		f->put = NULL;
		content_put_end(put, on_stored, f);
	}
}

static void
send_begin(struct put_fd *f)
{
	f->state = PUT_FD_SENDING;
	f->at = 0;
	f->put = content_put_begin(f->db, f->limit, on_more, f);
	if (f->put == NULL)
		put_fd_end(f, STATUS_NO_MEMORY, NULL);
	else
		send_some(f);
}

static void
on_held(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct put_fd *f = arg;
	struct content_stored stored = {f->sha256, f->size, false};

	(void)error;
	if (st == STATUS_OK && db_flag(r, 0, 0))
		put_fd_end(f, STATUS_OK, &stored);
	else
		send_begin(f); /* not there, or not known: sending it is right in both cases */
}

/* One piece a turn. */
static void
on_turn(void *arg)
{
	struct put_fd *f = arg;
	ssize_t n;

	if (f->size > f->limit) {
		put_fd_end(f, STATUS_TOO_LARGE, NULL);
		return;
	}
	if (f->size <= CONTENT_CHUNK) {
		send_begin(f);
		return;
	}
	n = read_piece(f);
	if (n < 0) {
		put_fd_end(f, STATUS_IO, NULL);
		return;
	}
	if (n > 0) {
		digest_put(f->hash, f->piece, (size_t)n);
		if (loop_soon(db_loop(f->db), on_turn, f) != STATUS_OK)
			abort();
		return;
	}
	f->sha256 = digest_end(f->hash);
	f->hash = NULL;
	f->state = PUT_FD_ASKING;
	db_query(f->db, &stmt_hold, &DB_BYTES(f->sha256.bytes, DIGEST_BYTES), on_held, f);
}

static void
on_broken(void *arg)
{
	put_fd_end(arg, STATUS_IO, NULL);
}

void
content_put_fd(struct db *db, int fd, uint64_t limit, content_stored_cb cb, void *arg)
{
	struct put_fd *f = calloc(1, sizeof(*f));
	struct stat st;
	bool fine;

	if (f == NULL)
		abort();
	f->db = db;
	f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	f->limit = limit;
	f->hash = digest_begin();
	f->piece = malloc(PIECE);
	f->cb = cb;
	f->arg = arg;
	fine = f->fd >= 0 && f->hash != NULL && f->piece != NULL && fstat(f->fd, &st) == 0 && S_ISREG(st.st_mode);
	if (fine)
		f->size = (uint64_t)st.st_size;
	f->fixed = fine && content_cache_takes(fd);
	if (loop_soon(db_loop(db), fine ? on_turn : on_broken, f) != STATUS_OK)
		abort();
}

/* ---- down ---- */

struct get_fd {
	struct db *db;
	struct digest sha256;
	int fd;     /* -1: no byte has come yet */
	uint64_t at; /* bytes that were handed to the file on disk */
	enum status status;
	struct content_get *get;
	bool spooled; /* on disk */
	bool writing; /* a piece is on its way there: nothing more is asked for */
	bool ended;   /* the last one, or why no more come: `last` */
	enum status last;
	void (*cb)(void *arg, enum status st, int fd);
	void *arg;
};

static void on_written(void *arg, enum status st);

/* By its size, before the first bytes. */
static enum status
open_file(struct get_fd *f)
{
	uint64_t size = content_get_size(f->get);

	f->spooled = size > CONTENT_IN_MEMORY;
	if (f->spooled)
		return spool_open(db_dir(f->db), size, &f->fd);
	f->fd = memfd_create("content", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return f->fd >= 0 ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status
write_now(int fd, const unsigned char *data, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, data, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return errno == ENOSPC || errno == ENOMEM ? STATUS_NO_MEMORY : STATUS_IO;
		data += written;
		n -= (size_t)written;
	}
	return STATUS_OK;
}

static bool
on_bytes(void *arg, const unsigned char *data, size_t n)
{
	struct get_fd *f = arg;

	if (f->status == STATUS_OK && f->fd < 0)
		f->status = open_file(f);
	if (f->status != STATUS_OK)
		return true;
	if (!f->spooled) {
		f->status = write_now(f->fd, data, n);
		return true;
	}
	f->writing = true;
	db_hold(f->db);
	spool_write(db_loop(f->db), f->fd, f->at, data, n, on_written, f);
	f->at += n;
	return false;
}

/* Nobody writes to it any more. */
static enum status
close_for_writing(struct get_fd *f)
{
	const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;
	int fd = f->fd;

	if (f->spooled) {
		f->fd = -1;
		return spool_seal(fd, &f->fd);
	}
	if (fd < 0) /* of no bytes */
		f->fd = memfd_create("content", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return f->fd >= 0 && lseek(f->fd, 0, SEEK_SET) == 0 && fcntl(f->fd, F_ADD_SEALS, seals) == 0 ? STATUS_OK : STATUS_IO;
}

static void
finish(struct get_fd *f, enum status st)
{
	void (*cb)(void *, enum status, int) = f->cb;
	void *arg = f->arg;
	int fd;

	if (st == STATUS_OK)
		st = f->status;
	if (st == STATUS_OK)
		st = close_for_writing(f);
	if (st != STATUS_OK && f->fd >= 0) {
		close(f->fd);
		f->fd = -1;
	}
	if (st == STATUS_OK && !f->spooled)
		content_cache_keep(f->db, &f->sha256, f->fd);
	fd = f->fd;
	free(f);
	cb(arg, st, fd);
}

static void
on_done(void *arg, enum status st)
{
	struct get_fd *f = arg;

	if (!f->writing) {
		finish(f, st);
		return;
	}
	f->ended = true;
	f->last = st;
}

static void
on_written(void *arg, enum status st)
{
	struct get_fd *f = arg;
	struct db *db = f->db;

	f->writing = false;
	f->status = db_is_stopping(db) ? STATUS_CANCELLED : st;
	if (f->ended) {
		finish(f, f->last);
	} else if (f->status != STATUS_OK) {
		content_get_abort(f->get);
		finish(f, f->status);
	} else {
		content_get_more(f->get);
	}
	db_release(db);
}

void
content_say_large(struct diag *diag, uint64_t size, uint64_t most)
{
	char got[24], want[32];

	snprintf(got, sizeof(got), "%" PRIu64, size);
	snprintf(want, sizeof(want), "0..%" PRIu64, most);
	diag_error(diag, "content.large", "content", got, want);
}

static void
on_no_file(void *arg)
{
	on_done(arg, STATUS_NO_MEMORY);
}

static void
on_kept(void *arg)
{
	struct get_fd f = *(struct get_fd *)arg;

	free(arg);
	f.cb(f.arg, STATUS_OK, f.fd);
}

void
content_get_fd(struct db *db, const struct digest *sha256, uint64_t limit,
	void (*cb)(void *arg, enum status st, int fd), void *arg)
{
	struct get_fd *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	f->db = db;
	f->sha256 = *sha256;
	f->cb = cb;
	f->arg = arg;
	f->fd = content_cache_find(db, sha256, limit);
	if (f->fd >= 0) {
		if (loop_soon(db_loop(db), on_kept, f) != STATUS_OK)
			abort();
		return;
	}
	f->get = content_get(db, sha256, 0, UINT64_MAX, on_bytes, on_done, f);
	if (f->get != NULL)
		content_get_limit(f->get, limit);
	else if (loop_soon(db_loop(db), on_no_file, f) != STATUS_OK)
		abort();
}
