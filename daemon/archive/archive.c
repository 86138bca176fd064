/*
 * archive: see archive.h. An item goes content -> (worker: PDF to text) -> thread: folded -> put -> act: documents refreshed and the row done.
 * Any failure that is the file's own ends in state failed; any other leaves the row waiting, to be tried again later.
 */
#include "daemon/archive/archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/archive/text.h"
#include "daemon/io/offload.h"
#include "daemon/io/pool.h"
#include "daemon/store/archive_store.h"
#include "daemon/store/content.h"
#include "lib/base/log.h"

#define ARCHIVE_AT_ONCE 4u
#define ARCHIVE_FILE (512ull << 20) /* larger files are not read */
#define ARCHIVE_ATTEMPTS 8
#define ARCHIVE_FILL_MS 600000u

struct archive {
	struct archive_config config;
	struct loop_timer *timer;
	struct db_leader *leader;
	uint64_t filled_at; /* loop_now_ms, 0: not yet */
	unsigned items;
	bool leading, asking, closing;
	struct archive_counters counters;
	void (*done)(void *arg);
	void *done_arg;
};

struct item {
	struct archive *archive;
	struct digest sha256;
	bool pdf;
	int64_t attempts, pages; /* pages < 0: not a PDF */
	int fd;
	enum status st;
	struct archive_text text;
};

static void look(struct archive *a);

static void
finish(void *arg)
{
	struct archive *a = arg;
	void (*done)(void *) = a->done;
	void *done_arg = a->done_arg;

	free(a);
	done(done_arg);
}

/* Something has ended: the next look, or the end of all. */
static void
settle(struct archive *a)
{
	if (a->asking || a->items > 0)
		return;
	if (a->closing)
		loop_soon(a->config.loop, finish, a);
}

static void
item_free(struct item *i)
{
	struct archive *a = i->archive;

	if (i->fd >= 0)
		close(i->fd);
	archive_text_clear(&i->text);
	free(i);
	a->items--;
	settle(a);
	look(a);
}

/* Is it the file that cannot be read, as against something missing here that may come back? */
static bool
is_own_fault(enum status st)
{
	return st == STATUS_INVALID || st == STATUS_MALFORMED || st == STATUS_CRASHED || st == STATUS_TIMEOUT || st == STATUS_TOO_LARGE ||
		st == STATUS_UNSUPPORTED || st == STATUS_NOT_FOUND;
}

static void
on_failed(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	(void)st, (void)rows, (void)error; /* not written: it waits and is tried again */
	item_free(arg);
}

static void
fail(struct item *i, enum status st)
{
	char hex[DIGEST_HEX];

	digest_hex(&i->sha256, hex);
	if (!is_own_fault(st) && i->attempts < ARCHIVE_ATTEMPTS) {
		i->archive->counters.put_off++;
		log_info("archive", "event=put-off sha256=%s status=%s", hex, status_code(st));
		item_free(i);
		return;
	}
	i->archive->counters.failed++;
	log_warn("archive", "event=failed sha256=%s status=%s", hex, status_code(st));
	db_query(i->archive->config.db, &archive_store_finish,
		(struct db_param[]){DB_BYTES(i->sha256.bytes, DIGEST_BYTES), DB_TEXT("failed")}, on_failed, i);
}

/* ---- into the database ---- */

static void
ignore(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	(void)arg, (void)st, (void)rows, (void)error; /* a failed statement fails its act */
}

static void
run_refresh(struct act *act, void *arg)
{
	struct item *i = arg;

	act_query(act, &archive_store_refresh, (struct db_param[]){DB_BYTES(i->sha256.bytes, DIGEST_BYTES)}, ignore, i);
	act_query(act, &archive_store_finish, (struct db_param[]){DB_BYTES(i->sha256.bytes, DIGEST_BYTES), DB_TEXT("done")}, ignore, i);
	act_end(act, STATUS_OK);
}

static void
refreshed(void *arg, enum status st)
{
	struct item *i = arg;

	if (st != STATUS_OK) {
		fail(i, st);
		return;
	}
	i->archive->counters.done++;
	item_free(i);
}

static const struct act_kind refresh = {.run = run_refresh, .done = refreshed};

static void
on_put(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct item *i = arg;

	(void)rows, (void)error;
	if (st != STATUS_OK)
		fail(i, st);
	else
		db_act(i->archive->config.db, &refresh, i);
}

static void
put(struct item *i)
{
	char pages[24];

	snprintf(pages, sizeof(pages), "%lld", (long long)i->pages);
	db_query(i->archive->config.db, &archive_store_put,
		(struct db_param[]){DB_BYTES(i->sha256.bytes, DIGEST_BYTES), i->pages < 0 ? DB_NULL : DB_TEXT(pages), DB_TEXT(i->text.body),
			DB_TEXT(i->text.words)}, on_put, i);
}

/* ---- text ---- */

static void
work(void *arg)
{
	struct item *i = arg;

	i->st = archive_text_read(i->fd, &i->text);
}

static void
worked(void *arg, enum status st)
{
	struct item *i = arg;

	if (st == STATUS_OK)
		st = i->st;
	if (st == STATUS_OK)
		put(i);
	else
		fail(i, st);
}

static void
read_text(struct item *i)
{
	enum status st = offload_run(i->archive->config.offload, work, worked, i);

	if (st != STATUS_OK)
		fail(i, st);
}

static void
on_job(void *arg, struct job_result *result)
{
	struct item *i = arg;

	if (result->status != STATUS_OK || result->file_count == 0) {
		fail(i, result->status != STATUS_OK ? result->status : STATUS_INTERNAL);
		return;
	}
	i->pages = json_integer_value(json_object_get(result->value, "pages"));
	i->fd = result->files[0];
	result->files[0] = -1;
	read_text(i);
}

static void
submit(struct item *i)
{
	struct pool *pool = *i->archive->config.pool;
	struct job job = {.type = JOB_PDF_TEXT, .params = json_object(), .files = {i->fd}, .file_count = 1};
	enum status st = STATUS_UNAVAILABLE;

	if (pool != NULL && job.params != NULL)
		st = pool_submit(pool, &job, POOL_BACKGROUND, on_job, i);
	json_decref(job.params);
	close(i->fd);
	i->fd = -1;
	if (st != STATUS_OK)
		fail(i, st);
}

static void
on_content(void *arg, enum status st, int fd)
{
	struct item *i = arg;

	i->fd = fd;
	if (st != STATUS_OK)
		fail(i, st);
	else if (i->pdf)
		submit(i);
	else
		read_text(i);
}

/* ---- who is next ---- */

static void
begin(struct archive *a, const struct db_result *rows, size_t row)
{
	struct span sha256 = db_bytes(rows, row, 0);
	struct item *i = sha256.len == DIGEST_BYTES ? calloc(1, sizeof(*i)) : NULL;

	if (i == NULL)
		return; /* claimed and not done: its turn comes again */
	i->archive = a;
	i->fd = -1;
	i->pages = -1;
	i->attempts = db_number(rows, row, 2);
	i->pdf = strcmp(db_text(rows, row, 1), "application/pdf") == 0;
	memcpy(i->sha256.bytes, sha256.data, DIGEST_BYTES);
	a->items++;
	if (db_text(rows, row, 1)[0] == '\0')
		fail(i, STATUS_NOT_FOUND);
	else
		content_get_fd(a->config.db, &i->sha256, ARCHIVE_FILE, on_content, i);
}

static void
on_claimed(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct archive *a = arg;

	(void)error;
	a->asking = false;
	for (size_t r = 0; st == STATUS_OK && !a->closing && r < db_rows(rows); r++)
		begin(a, rows, r);
	settle(a);
}

static void
on_filled(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct archive *a = arg;

	(void)error;
	a->asking = false;
	if (st == STATUS_OK && db_touched(rows) > 0)
		log_info("archive", "event=filled rows=%zu", db_touched(rows));
	settle(a);
	if (st == STATUS_OK)
		look(a);
}

static void
look(struct archive *a)
{
	char n[12];
	uint64_t now = loop_now_ms(a->config.loop);

	if (a->closing || !a->leading || a->asking || a->items > 0 || *a->config.pool == NULL)
		return;
	a->asking = true;
	if (a->filled_at == 0 || now - a->filled_at > ARCHIVE_FILL_MS) {
		a->filled_at = now > 0 ? now : 1;
		db_query(a->config.db, &archive_store_fill, NULL, on_filled, a);
		return;
	}
	snprintf(n, sizeof(n), "%u", ARCHIVE_AT_ONCE);
	db_query(a->config.db, &archive_store_claim, (struct db_param[]){DB_TEXT(n)}, on_claimed, a);
}

static void
on_tick(void *arg)
{
	look(arg);
}

static void
on_gained(void *arg)
{
	struct archive *a = arg;

	a->leading = true;
	a->filled_at = 0;
	look(a);
}

static void
on_lost(void *arg)
{
	struct archive *a = arg;

	a->leading = false;
}

enum status
archive_start(const struct archive_config *config, struct archive **out)
{
	struct archive *a = calloc(1, sizeof(*a));
	unsigned ms = config->interval_ms != 0 ? config->interval_ms : 2000;
	enum status st;

	if (a == NULL)
		return STATUS_NO_MEMORY;
	a->config = *config;
	st = loop_timer_start(config->loop, ms, ms, on_tick, a, &a->timer);
	if (st == STATUS_OK && (a->leader = db_leader_start(config->db, DB_LEADER_ARCHIVE, on_gained, on_lost, a)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st != STATUS_OK) {
		loop_timer_stop(a->timer);
		free(a);
		return st;
	}
	*out = a;
	return STATUS_OK;
}

void
archive_stop(struct archive *a, void (*done)(void *arg), void *arg)
{
	a->closing = true;
	a->done = done;
	a->done_arg = arg;
	loop_timer_stop(a->timer);
	db_leader_stop(a->leader);
	settle(a);
}

struct archive_counters
archive_counters(const struct archive *a)
{
	struct archive_counters c = a->counters;

	c.leading = a->leading;
	return c;
}
