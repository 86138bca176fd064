/*
 * content_put: an upload. Bytes gather in a buffer; a chunk goes out when one is full and the last one is answered, and stays in the buffer until then, so
 * that it can be sent again after a lost connection (chunks and ends are the same when sent twice). Up to one chunk in all is stored at the
 * end by a single act; more gets an upload of its own, ended by an act, whose commit also makes the chunks durable.
 */
#include "daemon/store/content.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/loop.h"
#include "daemon/store/content_private.h"
#include "daemon/store/holder.h"
#include "lib/base/log.h"
#include "lib/base/uuid.h"

#define WRITE_MOST ((size_t)1 << 20)
#define ATTEMPTS 4
#define AGAIN_MS 500

enum put_state {
	PUT_TAKING,  /* writes are taken */
	PUT_ENDING,  /* content_put_end was called; chunks are still to go */
	PUT_SEALING, /* the act that makes it a content is under way */
	PUT_ABORTED, /* content_put_abort was called: no callback any more; freed when nothing is under way */
	PUT_OVER     /* answered; freed */
};

struct content_put {
	struct db *db;
	enum put_state state;
	enum status status;
	uint64_t limit, size;
	struct digest_stream *hash;
	struct digest sha256;
	char upload[UUID_TEXT], holder[UUID_TEXT]; /* holder "": nobody in particular */
	struct buf bytes;      /* not yet answered for by the database */
	size_t flying;         /* of them, under way */
	unsigned chunks;       /* stored */
	unsigned attempts;
	bool fresh, full;      /* full: write returned false, more is owed */
	bool soon;
	struct loop_timer *again;
	void (*more)(void *arg);
	void *more_arg;
	content_stored_cb cb;
	void *cb_arg;
};

static const struct db_stmt stmt_chunk = {"content_chunk",
	"WITH u AS (INSERT INTO content_upload (id) VALUES ($1::uuid) ON CONFLICT DO NOTHING) "
	"INSERT INTO content_chunk (upload, n, bytes) VALUES ($1::uuid, $2::integer, $3) ON CONFLICT DO NOTHING",
	3};
static const struct db_stmt stmt_commit = {"content_commit", "SELECT content_commit($1::uuid, $2::bytea, $3::bigint)", 3};
static const struct db_stmt stmt_forget = {"content_forget",
	"WITH k AS (DELETE FROM content_chunk WHERE upload = $1::uuid) DELETE FROM content_upload WHERE id = $1::uuid", 1};

static void pump(struct content_put *p);

static void
set_state(struct content_put *p, enum put_state state)
{
#define TO(x) (1u << PUT_##x)
	static const unsigned moves[] = {
		[PUT_TAKING] = TO(ENDING) | TO(ABORTED),
		[PUT_ENDING] = TO(SEALING) | TO(OVER),
		[PUT_SEALING] = TO(OVER),
		[PUT_ABORTED] = TO(OVER),
		[PUT_OVER] = 0,
	};
#undef TO

	if (!(moves[p->state] & 1u << state))
		abort();
	p->state = state;
}

static void
free_put(struct content_put *p)
{
	set_state(p, PUT_OVER);
	loop_timer_stop(p->again);
	digest_free(p->hash);
	buf_free(&p->bytes);
	free(p);
}

static void
answer(struct content_put *p)
{
	struct content_stored stored = {p->sha256, p->size, p->fresh};
	content_stored_cb cb = p->cb;
	enum status st = p->status;
	void *arg = p->cb_arg;

	free_put(p);
	cb(arg, st, st == STATUS_OK ? &stored : NULL);
}

/* ---- a later turn ---- */

static void
on_turn(void *arg)
{
	struct content_put *p = arg;

	p->soon = false;
	pump(p);
}

static void
turn_soon(struct content_put *p)
{
	if (!p->soon && loop_soon(db_loop(p->db), on_turn, p) != STATUS_OK)
		abort();
	p->soon = true;
}

static void
on_again(void *arg)
{
	struct content_put *p = arg;

	loop_timer_stop(p->again);
	p->again = NULL;
	pump(p);
}

/* A failure that may pass: tries the same once more after a while. False when it is final. */
static bool
try_again(struct content_put *p, enum status st)
{
	bool passing = st == STATUS_UNCERTAIN || st == STATUS_UNAVAILABLE || st == STATUS_CONFLICT || st == STATUS_TOO_MANY;

	if (!passing || p->state == PUT_ABORTED || ++p->attempts >= ATTEMPTS)
		return false;
	return loop_timer_start(db_loop(p->db), AGAIN_MS * p->attempts, 0, on_again, p, &p->again) == STATUS_OK;
}

/* What the caller is told: an outcome in doubt is no matter for content, which may simply be sent again. */
static enum status
final_status(enum status st)
{
	return st == STATUS_UNCERTAIN ? STATUS_UNAVAILABLE : st;
}

/* ---- chunks ---- */

static void
on_chunk(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct content_put *p = arg;

	(void)r;
	(void)error;
	if (st == STATUS_OK) {
		buf_consume(&p->bytes, p->flying);
		p->chunks++;
		p->attempts = 0;
	}
	p->flying = 0;
	if (st != STATUS_OK && try_again(p, st))
		return;
	if (st != STATUS_OK && p->status == STATUS_OK)
		p->status = final_status(st);
	pump(p);
}

static void
send_chunk(struct content_put *p)
{
	char n[16];

	p->flying = p->bytes.len < CONTENT_CHUNK ? p->bytes.len : CONTENT_CHUNK;
	snprintf(n, sizeof(n), "%u", p->chunks);
	db_bulk(p->db, &stmt_chunk,
		(struct db_param[]){DB_TEXT(p->upload), DB_TEXT(n), DB_BYTES(p->bytes.data, p->flying)}, on_chunk, p);
}

/* ---- the act at the end ---- */

static void
on_sealed(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct content_put *p = arg;

	if (st == STATUS_OK)
		p->fresh = db_flag(r, 0, 0);
	/* The server went down and lost chunks that were not yet flushed: the bytes must come again. */
	if (error != NULL && strcmp(error->constraint, "content_whole") == 0) {
		log_warn("content", "event=chunks-lost upload=%s", p->upload);
		p->status = STATUS_UNAVAILABLE;
	}
}

static void
on_held(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	(void)arg; /* the act fails by itself */
	(void)st;
	(void)r;
	(void)error;
}

static void
seal_run(struct act *act, void *arg)
{
	struct content_put *p = arg;
	char size[24];

	if (p->chunks > 0) {
		snprintf(size, sizeof(size), "%" PRIu64, p->size);
		act_query(act, &stmt_commit,
			(struct db_param[]){DB_TEXT(p->upload), DB_BYTES(p->sha256.bytes, DIGEST_BYTES), DB_TEXT(size)},
			on_sealed, p);
	} else {
		act_query(act, &content_stmt_store,
			(struct db_param[]){DB_TEXT(p->upload), DB_BYTES(p->sha256.bytes, DIGEST_BYTES),
				DB_BYTES(p->bytes.len > 0 ? p->bytes.data : (const unsigned char *)"", p->bytes.len)},
			on_sealed, p);
	}
	if (p->holder[0] != '\0')
		holder_insert(act, p->holder, &p->sha256, on_held, NULL);
	act_end(act, STATUS_OK);
}

static void
seal_done(void *arg, enum status st)
{
	struct content_put *p = arg;

	if (st != STATUS_OK && p->status == STATUS_OK && try_again(p, st))
		return;
	if (p->status == STATUS_OK)
		p->status = final_status(st);
	answer(p);
}

static const struct act_kind seal_kind = {.run = seal_run, .done = seal_done};

/* ---- going on ---- */

static void
on_forgotten(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	(void)arg;
	(void)st; /* not forgotten now: swept after a day */
	(void)r;
	(void)error;
}

static void
pump_aborted(struct content_put *p)
{
	if (p->chunks > 0)
		db_bulk(p->db, &stmt_forget, &DB_TEXT(p->upload), on_forgotten, NULL);
	free_put(p);
}

/* The end: what is left goes as a last chunk, or all of it in the act. */
static void
pump_ending(struct content_put *p)
{
	if (p->status != STATUS_OK) {
		if (p->chunks > 0)
			db_bulk(p->db, &stmt_forget, &DB_TEXT(p->upload), on_forgotten, NULL);
		answer(p);
	} else if (p->bytes.len > CONTENT_CHUNK || (p->chunks > 0 && p->bytes.len > 0)) {
		send_chunk(p);
	} else {
		if (p->hash != NULL)
			p->sha256 = digest_end(p->hash);
		p->hash = NULL;
		set_state(p, PUT_SEALING);
		db_act(p->db, &seal_kind, p);
	}
}

/* Does what is to be done next. Called only from callbacks and later turns. */
static void
pump(struct content_put *p)
{
	bool room;

	if (p->flying > 0 || p->again != NULL || p->soon)
		return;
	switch (p->state) {
	case PUT_ABORTED:
		pump_aborted(p);
		return;
	case PUT_ENDING:
		pump_ending(p);
		return;
	case PUT_SEALING:
		db_act(p->db, &seal_kind, p); /* once more */
		return;
	default:
		break;
	}
	/* More than one chunk: so it is not one that the act could take. */
	if (p->status == STATUS_OK && p->bytes.len > CONTENT_CHUNK)
		send_chunk(p);
	room = p->status != STATUS_OK || p->bytes.len <= 2 * CONTENT_CHUNK;
	if (p->full && room) {
		p->full = false;
		p->more(p->more_arg);
	}
}

/* ---- the caller's side ---- */

struct content_put *
content_put_begin(struct db *db, uint64_t limit, void (*more)(void *arg), void *arg)
{
	struct content_put *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->db = db;
	p->limit = limit;
	p->more = more;
	p->more_arg = arg;
	p->hash = digest_begin();
	buf_init(&p->bytes, 2 * CONTENT_CHUNK + WRITE_MOST);
	uuid_new(p->upload);
	if (p->hash == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

void
content_put_holder(struct content_put *p, const char *account)
{
	snprintf(p->holder, sizeof(p->holder), "%s", account);
}

bool
content_put_write(struct content_put *p, const void *data, size_t n)
{
	if (p->status != STATUS_OK)
		return true;
	if (n > p->limit - p->size) {
		p->status = STATUS_TOO_LARGE;
		return true;
	}
	digest_put(p->hash, data, n);
	buf_put(&p->bytes, data, n);
	p->size += n;
	if (buf_status(&p->bytes) != STATUS_OK) {
		p->status = buf_status(&p->bytes);
		return true;
	}
	if (p->bytes.len > CONTENT_CHUNK && p->flying == 0)
		turn_soon(p);
	p->full = p->bytes.len > 2 * CONTENT_CHUNK;
	return !p->full;
}

enum status
content_put_status(const struct content_put *p)
{
	return p->status;
}

void
content_put_end(struct content_put *p, content_stored_cb cb, void *arg)
{
	p->cb = cb;
	p->cb_arg = arg;
	p->full = false;
	set_state(p, PUT_ENDING);
	turn_soon(p);
}

void
content_put_abort(struct content_put *p)
{
	if (p == NULL)
		return;
	p->full = false;
	set_state(p, PUT_ABORTED);
	loop_timer_stop(p->again);
	p->again = NULL;
	turn_soon(p);
}
