/* content: see content.h. Size, sweeping, and bytes inside an act; up is content_put.c, down content_get.c, descriptors content_fd.c. */
#include "daemon/store/content.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/io/loop.h"
#include "daemon/store/content_private.h"
#include "lib/base/log.h"
#include "lib/base/uuid.h"

#define SWEEP_MS (10 * 60 * 1000)
#define SWEEP_LIMIT 500

/* ---- inside an act ---- */

const struct db_stmt content_stmt_store = {"content_store", "SELECT content_store($1::uuid, $2::bytea, $3::bytea)", 3};

void
content_act_put(struct act *act, const void *data, size_t n, struct digest *sha256_out, db_cb cb, void *arg)
{
	struct digest sha256 = digest_of(data, n);
	char upload[UUID_TEXT];

	uuid_new(upload);
	*sha256_out = sha256;
	act_query(act, &content_stmt_store,
		(struct db_param[]){DB_TEXT(upload), DB_BYTES(sha256.bytes, DIGEST_BYTES), DB_BYTES(n > 0 ? data : "", n)},
		cb, arg);
}

/* ---- size ---- */

const struct db_stmt content_stmt_find = {"content_find", "SELECT size, upload::text, base IS NOT NULL FROM content WHERE sha256 = $1", 1};

struct stat_call {
	void (*cb)(void *arg, enum status st, uint64_t size);
	void *arg;
};

static void
on_stat(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct stat_call call = *(struct stat_call *)arg;

	(void)error;
	free(arg);
	if (st == STATUS_OK && db_rows(r) == 0)
		st = STATUS_NOT_FOUND;
	call.cb(call.arg, st, st == STATUS_OK ? (uint64_t)db_number(r, 0, 0) : 0);
}

void
content_stat(struct db *db, const struct digest *sha256, void (*cb)(void *arg, enum status st, uint64_t size), void *arg)
{
	struct stat_call *call = malloc(sizeof(*call));

	if (call == NULL)
		abort();
	*call = (struct stat_call){cb, arg};
	db_query(db, &content_stmt_find, &DB_BYTES(sha256->bytes, DIGEST_BYTES), on_stat, call);
}

/* ---- sweeping ---- */

static const struct db_stmt stmt_sweep = {"content_sweep", "SELECT content_sweep($1::integer)", 1};

struct sweep_call {
	void (*cb)(void *arg, enum status st, unsigned deleted);
	void *arg;
};

static void
on_swept(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct sweep_call call = *(struct sweep_call *)arg;

	(void)error;
	free(arg);
	call.cb(call.arg, st, st == STATUS_OK ? (unsigned)db_number(r, 0, 0) : 0);
}

void
content_sweep(struct db *db, unsigned limit, void (*cb)(void *arg, enum status st, unsigned deleted), void *arg)
{
	struct sweep_call *call = malloc(sizeof(*call));
	char text[16];

	if (call == NULL)
		abort();
	*call = (struct sweep_call){cb, arg};
	snprintf(text, sizeof(text), "%u", limit);
	db_query(db, &stmt_sweep, &DB_TEXT(text), on_swept, call);
}

struct content_sweeper {
	struct db *db;
	struct db_leader *leader;
	struct loop_timer *timer;
	bool sweeping, stopped;
};

static void
on_sweep(void *arg, enum status st, unsigned deleted)
{
	struct content_sweeper *s = arg;

	s->sweeping = false;
	if (st == STATUS_OK && deleted > 0)
		log_info("content", "event=swept deleted=%u", deleted);
	if (s->stopped)
		free(s);
}

static void
on_time(void *arg)
{
	struct content_sweeper *s = arg;

	if (s->sweeping)
		return;
	s->sweeping = true;
	content_sweep(s->db, SWEEP_LIMIT, on_sweep, s);
}

static void
on_lead(void *arg)
{
	struct content_sweeper *s = arg;

	if (loop_timer_start(db_loop(s->db), SWEEP_MS / 10, SWEEP_MS, on_time, s, &s->timer) != STATUS_OK)
		abort();
}

static void
on_lead_lost(void *arg)
{
	struct content_sweeper *s = arg;

	loop_timer_stop(s->timer);
	s->timer = NULL;
}

struct content_sweeper *
content_sweeper_start(struct db *db)
{
	struct content_sweeper *s = calloc(1, sizeof(*s));

	if (s == NULL)
		abort();
	s->db = db;
	s->leader = db_leader_start(db, DB_LEADER_SWEEP, on_lead, on_lead_lost, s);
	return s;
}

void
content_sweeper_stop(struct content_sweeper *s)
{
	if (s == NULL)
		return;
	db_leader_stop(s->leader);
	loop_timer_stop(s->timer);
	s->timer = NULL;
	s->stopped = true;
	if (!s->sweeping)
		free(s);
}
