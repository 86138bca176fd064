/*
 * content_new: a file on its way into the act that refers to it; see content.h. Most new files of an office are a stored PDF and some kilobytes of signature behind it:
 * only these travel, and nothing is committed twice. The hash is of the very bytes that are sent, whoever may still write to the file.
 */
#include "daemon/store/content.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "daemon/store/content_cache.h"
#include "lib/base/uuid.h"

struct content_new {
	struct digest sha256, base;
	uint64_t size;
	bool based, stored; /* stored: uploaded already */
	unsigned char *bytes;
	size_t len;
};

struct hashing {
	struct db *db;
	int fd;
	bool fixed; /* nobody could write to it from the beginning */
	uint64_t at, base_size;
	struct digest_stream *hash;
	struct content_new *n;
	void (*cb)(void *arg, enum status st, struct content_new *n);
	void *arg;
};

static const struct db_stmt stmt_add = {"content_add", "SELECT content_add($1::uuid, $2::bytea, $3::bytea, $4::bytea)", 4};

const struct digest *
content_new_digest(const struct content_new *n)
{
	return &n->sha256;
}

uint64_t
content_new_size(const struct content_new *n)
{
	return n->size;
}

void
content_new_free(struct content_new *n)
{
	if (n != NULL)
		free(n->bytes);
	free(n);
}

static void
on_added(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	(void)arg; /* the act fails by itself */
	(void)st;
	(void)r;
	(void)error;
}

void
content_new_put(struct act *act, const struct content_new *n)
{
	char upload[UUID_TEXT];

	if (n->stored)
		return;
	uuid_new(upload);
	act_query(act, &stmt_add, (struct db_param[]){DB_TEXT(upload), DB_BYTES(n->sha256.bytes, DIGEST_BYTES),
		n->based ? DB_BYTES(n->base.bytes, DIGEST_BYTES) : DB_NULL, DB_BYTES(n->bytes, n->len)}, on_added, NULL);
}

/* ---- hashing ---- */

static void
end(struct hashing *h, enum status st)
{
	struct content_new *n = h->n;

	if (st == STATUS_OK && h->fixed && !n->stored)
		content_cache_keep(h->db, &n->sha256, h->fd);
	digest_free(h->hash);
	close(h->fd);
	if (st != STATUS_OK) {
		content_new_free(n);
		n = NULL;
	}
	h->cb(h->arg, st, n);
	free(h);
}

static void
on_uploaded(void *arg, enum status st, const struct content_stored *stored)
{
	struct hashing *h = arg;

	if (st == STATUS_OK) {
		h->n->stored = true;
		h->n->sha256 = stored->sha256;
		h->n->size = stored->size;
	}
	end(h, st);
}

/* All of `want` bytes at h->at, hashed. */
static bool
take(struct hashing *h, unsigned char *to, size_t want)
{
	for (size_t got = 0; got < want;) {
		ssize_t n = pread(h->fd, to + got, want - got, (off_t)(h->at + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		got += (size_t)n;
	}
	digest_put(h->hash, to, want);
	h->at += want;
	return true;
}

/* What comes after the base, or all of it. */
static void
take_rest(struct hashing *h)
{
	struct content_new *n = h->n;

	if (n->size - h->at > CONTENT_CHUNK || (n->based && n->size == h->at)) {
		content_put_fd(h->db, h->fd, CONTENT_NO_LIMIT, on_uploaded, h);
		return;
	}
	n->len = (size_t)(n->size - h->at);
	if ((n->bytes = malloc(n->len + 1)) == NULL)
		abort();
	if (!take(h, n->bytes, n->len)) {
		end(h, STATUS_IO);
		return;
	}
	n->sha256 = digest_end(h->hash);
	h->hash = NULL;
	end(h, STATUS_OK);
}

static void
start_over(struct hashing *h)
{
	digest_free(h->hash);
	if ((h->hash = digest_begin()) == NULL)
		abort();
	h->at = 0;
}

/* One piece of the base a turn. */
static void
on_turn(void *arg)
{
	struct hashing *h = arg;
	size_t want = h->base_size - h->at < CONTENT_CHUNK ? (size_t)(h->base_size - h->at) : CONTENT_CHUNK;
	unsigned char *piece;
	struct digest found;
	bool fine;

	if (want > 0) {
		if ((piece = malloc(want)) == NULL)
			abort();
		fine = take(h, piece, want);
		free(piece);
		if (!fine)
			end(h, STATUS_IO);
		else if (h->at < h->base_size && loop_soon(db_loop(h->db), on_turn, h) != STATUS_OK)
			abort();
		if (!fine || h->at < h->base_size)
			return;
		found = digest_so_far(h->hash);
		h->n->based = memcmp(found.bytes, h->n->base.bytes, DIGEST_BYTES) == 0;
		if (!h->n->based)
			start_over(h);
	}
	take_rest(h);
}

static void
on_broken(void *arg)
{
	end(arg, STATUS_IO);
}

void
content_new_fd(struct db *db, int fd, const struct digest *base, uint64_t base_size,
	void (*cb)(void *arg, enum status st, struct content_new *n), void *arg)
{
	struct hashing *h = calloc(1, sizeof(*h));
	struct stat st;
	bool fine;

	if (h == NULL || (h->n = calloc(1, sizeof(*h->n))) == NULL || (h->hash = digest_begin()) == NULL)
		abort();
	h->db = db;
	h->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	h->fixed = content_cache_takes(fd);
	h->cb = cb;
	h->arg = arg;
	fine = h->fd >= 0 && fstat(h->fd, &st) == 0 && S_ISREG(st.st_mode);
	if (fine)
		h->n->size = (uint64_t)st.st_size;
	if (fine && base != NULL && base_size <= h->n->size) {
		h->n->base = *base;
		h->base_size = base_size;
	}
	if (loop_soon(db_loop(db), fine ? on_turn : on_broken, h) != STATUS_OK)
		abort();
}
