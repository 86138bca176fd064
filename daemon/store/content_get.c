/*
 * content_get: a download. One chunk after the other, each a statement of its own, so that a slow client holds one chunk and no connection. A content with a base is
 * read part by part, from the lowest base up. When the whole is read its hash is checked before the last chunk is given away.
 */
#include "daemon/store/content.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/loop.h"
#include "daemon/store/content_private.h"
#include "lib/base/log.h"
#include "lib/base/uuid.h"

/* The chunks of one upload: bytes from where the part before it ends. */
struct part {
	uint64_t end;
	char upload[UUID_TEXT];
};

struct content_get {
	struct db *db;
	struct digest sha256;
	uint64_t first, last; /* inclusive */
	uint64_t size, most;
	struct part *parts; /* the last ends with the content */
	struct digest_stream *hash; /* NULL when only a part is read */
	uint64_t at;   /* the next byte to hand out */
	bool asking;   /* a statement is under way */
	bool paused;   /* chunk returned false */
	bool inside;   /* chunk is on the stack */
	bool aborted;
	bool (*chunk)(void *arg, const unsigned char *data, size_t n);
	void (*done)(void *arg, enum status st);
	void *arg;
};

static const struct db_stmt stmt_chunk = {"content_get_chunk",
	"SELECT bytes FROM content_chunk WHERE upload = $1::uuid AND n = $2::integer", 2};

/* From the lowest base up. */
static const struct db_stmt stmt_parts = {"content_parts",
	"WITH RECURSIVE part AS (SELECT size, upload, base FROM content WHERE sha256 = $1 UNION ALL "
	"SELECT c.size, c.upload, c.base FROM part JOIN content c ON c.sha256 = part.base) SELECT size, upload::text FROM part ORDER BY size", 1};

static void
free_get(struct content_get *g)
{
	digest_free(g->hash);
	free(g->parts);
	free(g);
}

static void
end(struct content_get *g, enum status st)
{
	void (*done)(void *, enum status) = g->done;
	void *arg = g->arg;

	free_get(g);
	done(arg, st);
}

/* What is stored is not what was stored: a fault of disk or of whoever has been at the tables. */
static void
damaged(struct content_get *g, const char *what)
{
	char hex[DIGEST_HEX];

	digest_hex(&g->sha256, hex);
	log_error("content", "event=damaged sha256=%s what=%s", hex, what);
	end(g, STATUS_INTERNAL);
}

static void on_chunk(void *arg, enum status st, const struct db_result *r, const struct db_error *error);

/* The part that the next byte is in, and where that begins. */
static const struct part *
part_at(const struct content_get *g, uint64_t *begin_out)
{
	const struct part *p = g->parts;

	for (*begin_out = 0; p->end <= g->at; p++)
		*begin_out = p->end;
	return p;
}

/* Where the chunk with the next byte begins, and how long it must be. */
static uint64_t
chunk_at(const struct content_get *g, size_t *size_out)
{
	uint64_t begin, at;
	const struct part *p = part_at(g, &begin);

	at = begin + (g->at - begin) / CONTENT_CHUNK * CONTENT_CHUNK;
	*size_out = p->end - at < CONTENT_CHUNK ? (size_t)(p->end - at) : CONTENT_CHUNK;
	return at;
}

static void
ask(struct content_get *g)
{
	uint64_t begin;
	const struct part *p = part_at(g, &begin);
	char n[24];

	g->asking = true;
	snprintf(n, sizeof(n), "%" PRIu64, (g->at - begin) / CONTENT_CHUNK);
	db_bulk(g->db, &stmt_chunk, (struct db_param[]){DB_TEXT(p->upload), DB_TEXT(n)}, on_chunk, g);
}

/* True when the digest is not to be checked, or not yet, or is right. */
static bool
check(struct content_get *g, struct span bytes, bool last)
{
	struct digest found;

	if (g->hash == NULL)
		return true;
	digest_put(g->hash, bytes.data, bytes.len);
	if (!last)
		return true;
	found = digest_end(g->hash);
	g->hash = NULL;
	return memcmp(found.bytes, g->sha256.bytes, DIGEST_BYTES) == 0;
}

static void
hand_out(struct content_get *g, struct span bytes)
{
	size_t length;
	uint64_t base = chunk_at(g, &length), end_at = base + length;
	size_t skip = (size_t)(g->at - base);

	if (end_at > g->last + 1)
		end_at = g->last + 1;
	bytes.data += skip;
	bytes.len = (size_t)(end_at - g->at);
	g->at = end_at;
	g->inside = true;
	g->paused = !g->chunk(g->arg, bytes.data, bytes.len);
	g->inside = false;
}

static void
on_chunk(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct content_get *g = arg;
	struct span bytes;
	uint64_t base;
	size_t want;

	(void)error;
	g->asking = false;
	if (g->aborted) {
		free_get(g);
		return;
	}
	if (st != STATUS_OK) {
		end(g, st);
		return;
	}
	bytes = db_bytes(r, 0, 0);
	base = chunk_at(g, &want);
	if (db_rows(r) == 0 || bytes.len != want) {
		damaged(g, "chunk");
		return;
	}
	if (!check(g, bytes, base + bytes.len == g->size)) {
		damaged(g, "hash");
		return;
	}
	hand_out(g, bytes);
	if (g->aborted)
		free_get(g);
	else if (g->at > g->last)
		end(g, STATUS_OK);
	else if (!g->paused)
		ask(g);
}

/* Rows of size and upload, the whole last. */
static void
take_parts(struct content_get *g, const struct db_result *r)
{
	size_t n = db_rows(r);

	g->parts = calloc(n, sizeof(*g->parts));
	if (g->parts == NULL)
		abort();
	for (size_t i = 0; i < n; i++) {
		g->parts[i].end = (uint64_t)db_number(r, i, 0);
		snprintf(g->parts[i].upload, sizeof(g->parts[i].upload), "%s", db_text(r, i, 1));
	}
	g->size = g->parts[n - 1].end;
}

/* Of the content, or of its parts: these rows have no third column. */
static void
on_found(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct content_get *g = arg;

	(void)error;
	g->asking = false;
	if (g->aborted) {
		free_get(g);
		return;
	}
	if (st != STATUS_OK || db_rows(r) == 0) {
		end(g, st != STATUS_OK ? st : STATUS_NOT_FOUND);
		return;
	}
	g->size = (uint64_t)db_number(r, 0, 0);
	if (g->size > g->most) {
		end(g, STATUS_TOO_LARGE);
		return;
	}
	if (db_flag(r, 0, 2)) {
		g->asking = true;
		db_query(g->db, &stmt_parts, &DB_BYTES(g->sha256.bytes, DIGEST_BYTES), on_found, g);
		return;
	}
	take_parts(g, r);
	if (g->size == 0 || g->first >= g->size || g->last < g->first) {
		end(g, g->size == 0 && g->first == 0 ? STATUS_OK : STATUS_INVALID);
		return;
	}
	if (g->last >= g->size)
		g->last = g->size - 1;
	if (g->first == 0 && g->last == g->size - 1)
		g->hash = digest_begin();
	g->at = g->first;
	ask(g);
}

struct content_get *
content_get(struct db *db, const struct digest *sha256, uint64_t first, uint64_t last,
	bool (*chunk)(void *arg, const unsigned char *data, size_t n), void (*done)(void *arg, enum status st), void *arg)
{
	struct content_get *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->db = db;
	g->sha256 = *sha256;
	g->first = first;
	g->last = last;
	g->most = UINT64_MAX;
	g->chunk = chunk;
	g->done = done;
	g->arg = arg;
	g->asking = true;
	db_query(db, &content_stmt_find, &DB_BYTES(sha256->bytes, DIGEST_BYTES), on_found, g);
	return g;
}

void
content_get_limit(struct content_get *g, uint64_t most)
{
	g->most = most;
}

uint64_t
content_get_size(const struct content_get *g)
{
	return g->size;
}

void
content_get_more(struct content_get *g)
{
	if (!g->paused || g->inside)
		return;
	g->paused = false;
	if (!g->asking)
		ask(g);
}

void
content_get_abort(struct content_get *g)
{
	if (g == NULL)
		return;
	g->aborted = true;
	if (!g->asking && !g->inside)
		free_get(g);
}
