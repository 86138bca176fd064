/* content: bytes up and down at every border of chunk and size, stored once, never changed, swept only when nobody refers to them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/io/spool.h"
#include "daemon/store/content.h"
#include "lib/base/hex.h"
#include "tests/unit/db_fixture.h"

static struct fixture fix;

static int
start(void **state)
{
	char command[400];

	(void)state;
	fixture_open(&fix);
	snprintf(command, sizeof(command), "cd '%s/schemas/sql' && cp 001_content.sql 130_content_base.sql '%s'",
		getenv("CONGVAN_SRCDIR") != NULL ? getenv("CONGVAN_SRCDIR") : "../..", fix.migrations);
	if (system(command) != 0)
		return -1;
	fixture_migration(&fix, "002_test.sql",
		"CREATE TABLE version (id int PRIMARY KEY, sha256 bytea NOT NULL REFERENCES content);"
		"CREATE TABLE derived (sha256 bytea PRIMARY KEY REFERENCES content ON DELETE CASCADE, t text);");
	fixture_start(&fix, NULL);
	return fix.ready == STATUS_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	fixture_close(&fix);
	return 0;
}

/* Byte i of test content number `seed`. */
static unsigned char
byte_at(unsigned seed, uint64_t i)
{
	uint64_t x = (i / 8 + 1) * UINT64_C(0x9e3779b97f4a7c15) + seed;

	return (unsigned char)(x >> (i % 8 * 8));
}

static void
fill(unsigned char *to, unsigned seed, uint64_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = byte_at(seed, from + i);
}

static int64_t
number(const char *sql)
{
	const char *text;

	assert_int_equal(fixture_sql(&fix, sql, &text), STATUS_OK);
	return atoll(text);
}

static int64_t
number_of(const char *sql_before_hash, const struct digest *d)
{
	char hex[DIGEST_HEX], sql[400];

	digest_hex(d, hex);
	snprintf(sql, sizeof(sql), "%s'\\x%s'", sql_before_hash, hex);
	return number(sql);
}

/* ---- memory in use now, and the most of it seen ---- */

size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));
static size_t heap_most;

static size_t
heap(void)
{
	/* With AddressSanitizer freed memory rests a while; what counts is what is held. */
	size_t now = __sanitizer_get_current_allocated_bytes != NULL ? __sanitizer_get_current_allocated_bytes()
								     : mallinfo2().uordblks + mallinfo2().hblkhd;

	if (now > heap_most)
		heap_most = now;
	return now;
}

/* ---- an upload ---- */

struct up {
	struct content_put *put;
	unsigned seed;
	uint64_t size, at;
	size_t piece;
	uint64_t limit;
	unsigned mores;
	size_t waiting_most;
	bool done;
	enum status status;
	struct content_stored stored;
};

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct up *u = arg;

	assert_false(u->done);
	assert_true((stored != NULL) == (st == STATUS_OK));
	u->done = true;
	u->status = st;
	if (stored != NULL)
		u->stored = *stored;
}

static void
up_some(struct up *u)
{
	unsigned char *bytes = malloc(u->piece);
	bool room = true;
	size_t n;

	while (room && u->at < u->size && content_put_status(u->put) == STATUS_OK) {
		n = u->size - u->at < u->piece ? (size_t)(u->size - u->at) : u->piece;
		fill(bytes, u->seed, u->at, n);
		room = content_put_write(u->put, bytes, n);
		heap();
		u->at += n;
	}
	free(bytes);
	if (u->at == u->size || content_put_status(u->put) != STATUS_OK) {
		content_put_end(u->put, on_stored, u);
		assert_false(u->done);
		u->put = NULL;
	}
}

static void
on_more(void *arg)
{
	struct up *u = arg;

	u->mores++;
	up_some(u);
}

static void
up_begin(struct up *u)
{
	if (u->piece == 0)
		u->piece = 65536;
	if (u->limit == 0)
		u->limit = CONTENT_NO_LIMIT;
	u->put = content_put_begin(fix.db, u->limit, on_more, u);
	assert_non_null(u->put);
	up_some(u);
}

static struct digest
expected(const struct up *u)
{
	struct digest_stream *s = digest_begin();
	unsigned char bytes[4096];

	for (uint64_t at = 0; at < u->size; at += sizeof(bytes)) {
		size_t n = u->size - at < sizeof(bytes) ? (size_t)(u->size - at) : sizeof(bytes);

		fill(bytes, u->seed, at, n);
		digest_put(s, bytes, n);
	}
	return digest_end(s);
}

static void
up_wait(struct up *u)
{
	struct digest d = expected(u);

	assert_true(fixture_until(&fix, &u->done, 120000));
	assert_int_equal(u->status, STATUS_OK);
	assert_int_equal(u->stored.size, u->size);
	assert_memory_equal(u->stored.sha256.bytes, d.bytes, DIGEST_BYTES);
}

/* ---- a download, checked byte by byte ---- */

struct down {
	struct content_get *get;
	unsigned seed;
	uint64_t at, got;
	bool pauses; /* after every chunk */
	bool paused, aborts;
	bool done;
	enum status status;
};

static bool
on_bytes(void *arg, const unsigned char *data, size_t n)
{
	struct down *d = arg;

	assert_false(d->paused);
	assert_in_range(n, 1, CONTENT_CHUNK);
	heap();
	for (size_t i = 0; i < n; i++)
		if (data[i] != byte_at(d->seed, d->at + i))
			fail();
	d->at += n;
	d->got += n;
	if (d->aborts) {
		content_get_abort(d->get);
		d->done = true;
		return false;
	}
	d->paused = d->pauses;
	return !d->pauses;
}

static void
on_done(void *arg, enum status st)
{
	struct down *d = arg;

	assert_false(d->done);
	d->done = true;
	d->status = st;
}

static uint64_t
down(const struct up *u, uint64_t first, uint64_t last, enum status want, bool pauses)
{
	struct down d = {.seed = u->seed, .at = first, .pauses = pauses};

	d.get = content_get(fix.db, &u->stored.sha256, first, last, on_bytes, on_done, &d);
	assert_false(d.done);
	while (pauses && !fixture_until(&fix, &d.done, 1)) {
		if (d.paused) {
			uint64_t got = d.got;

			fixture_turn(&fix, 5);
			assert_int_equal(d.got, got); /* nothing comes while it is paused */
			d.paused = false;
			content_get_more(d.get);
		}
	}
	assert_true(fixture_until(&fix, &d.done, 120000));
	assert_int_equal(d.status, want);
	return d.got;
}

/* ---- tests ---- */

static void
test_sizes(void **state)
{
	static const uint64_t sizes[] = {0, 1, 20000, 262143, 262144, 262145, 524287, 524288, 524289, 1000000, 3000000};
	static const size_t pieces[] = {1 << 20, 65536, 262144, 70001};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct up u = {.seed = 100 + (unsigned)i, .size = sizes[i], .piece = pieces[i % 4]};

		up_begin(&u);
		up_wait(&u);
		assert_true(u.stored.fresh);
		assert_int_equal(down(&u, 0, UINT64_MAX, STATUS_OK, i % 2), sizes[i]);
		if (sizes[i] > 0) {
			assert_int_equal(down(&u, sizes[i] - 1, sizes[i] - 1, STATUS_OK, false), 1);
			assert_int_equal(down(&u, sizes[i], UINT64_MAX, STATUS_INVALID, false), 0);
		}
		if (sizes[i] > 300000)
			assert_int_equal(down(&u, 262143, 262145, STATUS_OK, false), 3);
		if (sizes[i] > 600000)
			assert_int_equal(down(&u, 100, 599999, STATUS_OK, true), 599900);
	}
	assert_int_equal(number("SELECT count(*) FROM content_upload"), 0);
	assert_int_equal(number("SELECT count(*) FROM content"), sizeof(sizes) / sizeof(sizes[0]));
}

static void
test_not_found(void **state)
{
	struct up u = {.seed = 1};

	(void)state;
	memset(&u.stored.sha256, 0x5a, sizeof(u.stored.sha256));
	down(&u, 0, UINT64_MAX, STATUS_NOT_FOUND, false);
}

/* The same bytes by four clients at once and once more later: one content, one set of chunks. */
static void
test_same_at_once(void **state)
{
	struct up u[5];
	unsigned fresh = 0;

	(void)state;
	for (int i = 0; i < 4; i++) {
		u[i] = (struct up){.seed = 500, .size = 2000000, .piece = 50000 + (size_t)i};
		up_begin(&u[i]);
	}
	for (int i = 0; i < 4; i++) {
		up_wait(&u[i]);
		fresh += u[i].stored.fresh;
	}
	assert_int_equal(fresh, 1);
	u[4] = (struct up){.seed = 500, .size = 2000000};
	up_begin(&u[4]);
	up_wait(&u[4]);
	assert_false(u[4].stored.fresh);
	assert_int_equal(number("SELECT count(*) FROM content_chunk k WHERE NOT EXISTS "
				"(SELECT 1 FROM content c WHERE c.upload = k.upload)"), 0);
	assert_int_equal(number("SELECT count(*) FROM content_upload"), 0);
	down(&u[4], 0, UINT64_MAX, STATUS_OK, false);
	/* Small ones, by the act. */
	for (int i = 0; i < 4; i++) {
		u[i] = (struct up){.seed = 501, .size = 20000};
		up_begin(&u[i]);
	}
	fresh = 0;
	for (int i = 0; i < 4; i++) {
		up_wait(&u[i]);
		fresh += u[i].stored.fresh;
	}
	assert_int_equal(fresh, 1);
}

static void
test_limit(void **state)
{
	struct up over = {.seed = 600, .size = 700000, .limit = 699999}, at = {.seed = 601, .size = 700000, .limit = 700000};

	(void)state;
	up_begin(&over);
	assert_true(fixture_until(&fix, &over.done, 20000));
	assert_int_equal(over.status, STATUS_TOO_LARGE);
	up_begin(&at);
	up_wait(&at);
	fixture_turn(&fix, 100);
	assert_int_equal(number("SELECT count(*) FROM content_upload"), 0);
}

static void
test_abort(void **state)
{
	struct up u;
	struct down d = {0};

	(void)state;
	for (unsigned ms = 0; ms < 40; ms += 4) {
		u = (struct up){.seed = 700 + ms, .size = UINT64_C(1) << 40};
		u.piece = 65536;
		u.put = content_put_begin(fix.db, CONTENT_NO_LIMIT, on_more, &u);
		up_some(&u);
		fixture_turn(&fix, ms);
		content_put_abort(u.put);
		fixture_turn(&fix, 20);
		u.mores = 0;
		fixture_turn(&fix, 5);
		assert_int_equal(u.mores, 0);
	}
	fixture_turn(&fix, 300);
	assert_int_equal(number("SELECT count(*) FROM content_upload"), 0);
	assert_int_equal(number("SELECT count(*) FROM content_chunk k WHERE NOT EXISTS "
				"(SELECT 1 FROM content c WHERE c.upload = k.upload)"), 0);
	/* Downloads: inside chunk, and while a statement is under way. */
	u = (struct up){.seed = 690, .size = 1000000};
	up_begin(&u);
	up_wait(&u);
	d = (struct down){.seed = 690, .aborts = true};
	d.get = content_get(fix.db, &u.stored.sha256, 0, UINT64_MAX, on_bytes, on_done, &d);
	assert_true(fixture_until(&fix, &d.done, 5000));
	d = (struct down){.seed = 690};
	d.get = content_get(fix.db, &u.stored.sha256, 0, UINT64_MAX, on_bytes, on_done, &d);
	content_get_abort(d.get);
	fixture_turn(&fix, 50);
	assert_false(d.done);
}

#define LARGE (UINT64_C(50) << 20)
static struct digest large; /* of seed 800 */

/* 50 MB up and down: the memory of this process does not follow. */
static void
test_large(void **state)
{
	struct up u = {.seed = 800, .size = LARGE};
	size_t before;

	(void)state;
	heap_most = 0;
	before = heap();
	up_begin(&u);
	up_wait(&u);
	assert_true(u.mores > 50); /* held back, again and again */
	assert_int_equal(down(&u, 0, UINT64_MAX, STATUS_OK, false), u.size);
	print_message("50 MiB up and down: %zu KiB more at most\n", (heap_most - before) / 1024);
	assert_in_range(heap_most - before, 0, 4 << 20); /* chunk, copy for libpq, its buffers both ways */
	assert_int_equal(number_of("SELECT count(*) FROM content_chunk JOIN content USING (upload) WHERE sha256 = ",
				 &u.stored.sha256), 200);
	large = u.stored.sha256;
}

/* ---- descriptors ---- */

struct got_fd {
	bool done;
	enum status status;
	int fd;
};

static void
on_fd(void *arg, enum status st, int fd)
{
	*(struct got_fd *)arg = (struct got_fd){true, st, fd};
}

static void
test_fd(void **state)
{
	static const uint64_t sizes[] = {0, 5000, 262144, 262145, 5000000};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct up u = {.seed = 900 + (unsigned)i, .size = sizes[i]}, again = u;
		struct got_fd g = {0}, small = {0};
		unsigned char *bytes = malloc(sizes[i] + 1);
		int fd = memfd_create("test", MFD_ALLOW_SEALING);

		fill(bytes, u.seed, 0, sizes[i]);
		assert_int_equal(pwrite(fd, bytes, sizes[i], 0), sizes[i]);
		if (i % 2 == 1) /* then it is kept, and comes from there */
			assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
		content_put_fd(fix.db, fd, CONTENT_NO_LIMIT, on_stored, &u);
		assert_false(u.done);
		up_wait(&u);
		assert_int_equal(u.stored.fresh, sizes[i] != 0); /* the empty one is known */
		content_put_fd(fix.db, fd, CONTENT_NO_LIMIT, on_stored, &again);
		close(fd);
		up_wait(&again);
		assert_false(again.stored.fresh);
		content_get_fd(fix.db, &u.stored.sha256, CONTENT_NO_LIMIT, on_fd, &g);
		assert_true(fixture_until(&fix, &g.done, 20000));
		assert_int_equal(g.status, STATUS_OK);
		assert_int_equal(lseek(g.fd, 0, SEEK_END), sizes[i]);
		assert_int_equal(lseek(g.fd, 0, SEEK_SET), 0);
		memset(bytes, 0, sizes[i]);
		assert_int_equal(read(g.fd, bytes, sizes[i] + 1), sizes[i]);
		for (uint64_t n = 0; n < sizes[i]; n++)
			if (bytes[n] != byte_at(u.seed, n))
				fail();
		assert_int_equal(pwrite(g.fd, "x", 1, 0), -1); /* sealed */
		close(g.fd);
		free(bytes);
		if (sizes[i] == 0)
			continue;
		content_get_fd(fix.db, &u.stored.sha256, sizes[i] - 1, on_fd, &small);
		assert_true(fixture_until(&fix, &small.done, 20000));
		assert_int_equal(small.status, STATUS_TOO_LARGE);
		assert_int_equal(small.fd, -1);
	}
}

/* The same for a worker: not in memory but in a file on disk that has no name, and that nobody can write to. Not more than that fits on the disk. */
static void
test_large_fd(void **state)
{
	struct got_fd g = {0};
	struct stat st;
	unsigned char byte;
	size_t before = heap();
	char path[40], name[PATH_MAX];
	ssize_t n;
	int fd;

	(void)state;
	heap_most = 0;
	content_get_fd(fix.db, &large, CONTENT_NO_LIMIT, on_fd, &g);
	assert_true(fixture_until(&fix, &g.done, 60000));
	assert_int_equal(g.status, STATUS_OK);
	assert_int_equal(fstat(g.fd, &st), 0);
	assert_int_equal(st.st_size, LARGE);
	assert_int_equal(st.st_nlink, 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", g.fd);
	n = readlink(path, name, sizeof(name) - 1);
	assert_true(n > 0);
	name[n] = '\0';
	assert_non_null(strstr(name, fix.data)); /* in the folder of data, not in memory */
	for (uint64_t at = 0; at < LARGE; at += 65537) {
		assert_int_equal(pread(g.fd, &byte, 1, (off_t)at), 1);
		assert_int_equal(byte, byte_at(800, at));
	}
	assert_int_equal(pwrite(g.fd, "x", 1, 0), -1);
	close(g.fd);
	assert_true(heap() < before + (4 << 20));
	assert_int_equal(spool_open(fix.data, UINT64_C(1) << 62, &fd), STATUS_NO_SPACE);
	assert_int_equal(spool_open(fix.data, UINT64_MAX, &fd), STATUS_NO_SPACE);
	assert_int_equal(spool_open("/nowhere", 1, &fd), STATUS_IO);
}

static void
test_fd_refused(void **state)
{
	struct up limit = {.size = 5000}, pipe_end = {0};
	int fds[2], fd = memfd_create("test", 0);

	(void)state;
	assert_int_equal(ftruncate(fd, 5000), 0);
	content_put_fd(fix.db, fd, 4999, on_stored, &limit);
	assert_int_equal(pipe(fds), 0);
	content_put_fd(fix.db, fds[0], CONTENT_NO_LIMIT, on_stored, &pipe_end);
	assert_true(fixture_until(&fix, &limit.done, 5000));
	assert_true(fixture_until(&fix, &pipe_end.done, 5000));
	assert_int_equal(limit.status, STATUS_TOO_LARGE);
	assert_int_equal(pipe_end.status, STATUS_IO);
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

/* ---- inside an act ---- */

struct act_up {
	bool done;
	enum status status;
	struct digest sha256;
	unsigned seed;
	size_t n;
	enum status end;
};

static void
on_act_put(void *arg, enum status st, const struct db_result *r, const struct db_error *e)
{
	(void)arg;
	(void)st;
	(void)r;
	(void)e;
}

static void
act_up_run(struct act *act, void *arg)
{
	static const struct db_stmt version = {"version", "INSERT INTO version VALUES ($1, $2)", 2};
	struct act_up *a = arg;
	unsigned char *bytes = malloc(a->n + 1);
	char id[16];

	fill(bytes, a->seed, 0, a->n);
	content_act_put(act, bytes, a->n, &a->sha256, on_act_put, a);
	free(bytes);
	snprintf(id, sizeof(id), "%u", a->seed);
	act_query(act, &version, (struct db_param[]){DB_TEXT(id), DB_BYTES(a->sha256.bytes, DIGEST_BYTES)}, on_act_put, a);
	act_end(act, a->end);
}

static void
act_up_done(void *arg, enum status st)
{
	struct act_up *a = arg;

	a->done = true;
	a->status = st;
}

static const struct act_kind act_up_kind = {.run = act_up_run, .done = act_up_done};

static void
test_in_act(void **state)
{
	struct act_up kept = {.seed = 1000, .n = 30000}, refused = {.seed = 1001, .n = 30000, .end = STATUS_DENIED},
		      empty = {.seed = 1002, .n = 0};
	struct up u = {.seed = 1000};

	(void)state;
	db_act(fix.db, &act_up_kind, &kept);
	db_act(fix.db, &act_up_kind, &refused);
	db_act(fix.db, &act_up_kind, &empty);
	assert_true(fixture_until(&fix, &kept.done, 5000));
	assert_true(fixture_until(&fix, &refused.done, 5000));
	assert_true(fixture_until(&fix, &empty.done, 5000));
	assert_int_equal(kept.status, STATUS_OK);
	assert_int_equal(refused.status, STATUS_DENIED);
	assert_int_equal(empty.status, STATUS_OK);
	u.stored.sha256 = kept.sha256;
	assert_int_equal(down(&u, 0, UINT64_MAX, STATUS_OK, false), 30000);
	u.stored.sha256 = refused.sha256;
	down(&u, 0, UINT64_MAX, STATUS_NOT_FOUND, false);
}

/* ---- integrity ---- */

static void
test_immutable(void **state)
{
	static const char *const forbidden[] = {
		"UPDATE content SET size = size + 1",
		"UPDATE content_chunk SET bytes = bytes",
		"DELETE FROM content",
		"DELETE FROM content_chunk",
		"TRUNCATE content_chunk",
		"TRUNCATE content CASCADE",
		"INSERT INTO content_chunk VALUES ('00000000-0000-7000-8000-000000000000', 0, '')",
		"INSERT INTO content_chunk VALUES ('00000000-0000-7000-8000-000000000000', 0, repeat('x', 262145)::bytea)",
		"INSERT INTO content VALUES ('\\x00', 1, '00000000-0000-7000-8000-000000000000')",
		"SELECT content_commit('00000000-0000-7000-8000-000000000000', decode(repeat('ab', 32), 'hex'), 5)",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(forbidden) / sizeof(forbidden[0]); i++)
		if (fixture_sql(&fix, forbidden[i], NULL) != STATUS_INVALID)
			fail_msg("%s", forbidden[i]);
}

/* Bytes changed behind our back (triggers off, as a superuser can) are found out before the last chunk is handed out. */
/* Turns a byte of chunk n over in the database. */
static void
damage(const struct digest *sha256, int n)
{
	char hex[DIGEST_HEX], sql[400];

	digest_hex(sha256, hex);
	assert_int_equal(fixture_sql(&fix, "ALTER TABLE content_chunk DISABLE TRIGGER ALL", NULL), STATUS_OK);
	snprintf(sql, sizeof(sql),
		"UPDATE content_chunk SET bytes = set_byte(bytes, 7, 255 - get_byte(bytes, 7)) FROM content c "
		"WHERE c.sha256 = '\\x%s' AND c.upload = content_chunk.upload AND n = %d", hex, n);
	assert_int_equal(fixture_sql(&fix, sql, NULL), STATUS_OK);
	assert_int_equal(fixture_sql(&fix, "ALTER TABLE content_chunk ENABLE TRIGGER ALL", NULL), STATUS_OK);
}

static void
test_damage_found(void **state)
{
	struct up u = {.seed = 1100, .size = 600000};
	struct down d = {.seed = 1100};

	(void)state;
	up_begin(&u);
	up_wait(&u);
	damage(&u.stored.sha256, 2);
	d.get = content_get(fix.db, &u.stored.sha256, 0, UINT64_MAX, on_bytes, on_done, &d);
	assert_true(fixture_until(&fix, &d.done, 5000));
	assert_int_equal(d.status, STATUS_INTERNAL);
	assert_int_equal(d.got, 2 * CONTENT_CHUNK);
}

/* A memory file whose content is damaged in the database. */
static int
stored_and_damaged(struct up *u, int seals)
{
	unsigned char *bytes = malloc(u->size);
	int fd = memfd_create("test", MFD_ALLOW_SEALING);

	fill(bytes, u->seed, 0, u->size);
	assert_int_equal(write(fd, bytes, u->size), u->size);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	free(bytes);
	content_put_fd(fix.db, fd, CONTENT_NO_LIMIT, on_stored, u);
	up_wait(u);
	damage(&u->stored.sha256, 0);
	return fd;
}

/* What nobody can write to is kept for a while and not asked for again; anything else comes from the database each time. */
static void
test_kept_only_when_sealed(void **state)
{
	static const struct {
		int seals;
		enum status found;
	} rows[] = {{F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE, STATUS_OK}, {F_SEAL_SHRINK | F_SEAL_GROW, STATUS_INTERNAL}, {0, STATUS_INTERNAL}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct up u = {.seed = 1150 + (unsigned)i, .size = 70000};
		struct got_fd g = {0};
		int fd = stored_and_damaged(&u, rows[i].seals);
		unsigned char last = 0;

		if (rows[i].found != STATUS_OK) /* the caller's file does not matter any more */
			assert_int_equal(pwrite(fd, "x", 1, 0), 1);
		close(fd);
		content_get_fd(fix.db, &u.stored.sha256, CONTENT_NO_LIMIT, on_fd, &g);
		assert_false(g.done);
		assert_true(fixture_until(&fix, &g.done, 20000));
		assert_int_equal(g.status, rows[i].found);
		if (g.status == STATUS_OK) {
			assert_int_equal(pread(g.fd, &last, 1, (off_t)u.size - 1), 1);
			assert_int_equal(last, byte_at(u.seed, u.size - 1));
			assert_int_equal(pwrite(g.fd, "x", 1, 0), -1);
			close(g.fd);
		}
	}
}

/* ---- a content that begins with another ---- */

struct grown {
	struct content_new *n;
	unsigned id;
	bool done;
	enum status status, end;
};

static void
on_new(void *arg, enum status st, struct content_new *n)
{
	struct grown *g = arg;

	g->done = true;
	g->status = st;
	g->n = n;
}

static void
grown_run(struct act *act, void *arg)
{
	static const struct db_stmt version = {"version", "INSERT INTO version VALUES ($1, $2)", 2};
	const struct grown *g = arg;
	char id[16];

	snprintf(id, sizeof(id), "%u", g->id);
	content_new_put(act, g->n);
	act_query(act, &version, (struct db_param[]){DB_TEXT(id), DB_BYTES(content_new_digest(g->n)->bytes, DIGEST_BYTES)}, on_act_put, NULL);
	act_end(act, g->end);
}

static void
grown_done(void *arg, enum status st)
{
	struct grown *g = arg;

	g->done = true;
	g->status = st;
}

/* Stores u's bytes by an act of its own as what comes after base; u->stored is what it should be. */
static void
grow(struct up *u, const struct up *base, enum status end)
{
	static const struct act_kind kind = {.run = grown_run, .done = grown_done};
	static unsigned id = 20000;
	struct grown g = {.id = ++id, .end = end};
	unsigned char *bytes = malloc(u->size);
	int fd = memfd_create("test", MFD_ALLOW_SEALING);

	fill(bytes, u->seed, 0, u->size);
	assert_int_equal(pwrite(fd, bytes, u->size, 0), u->size);
	free(bytes);
	content_new_fd(fix.db, fd, base != NULL ? &base->stored.sha256 : NULL, base != NULL ? base->size : 0, on_new, &g);
	assert_false(g.done);
	close(fd);
	assert_true(fixture_until(&fix, &g.done, 20000));
	assert_int_equal(g.status, STATUS_OK);
	u->stored.sha256 = expected(u);
	assert_memory_equal(content_new_digest(g.n)->bytes, u->stored.sha256.bytes, DIGEST_BYTES);
	assert_int_equal(content_new_size(g.n), u->size);
	g.done = false;
	db_act(fix.db, &kind, &g);
	assert_true(fixture_until(&fix, &g.done, 5000));
	assert_int_equal(g.status, end);
	content_new_free(g.n);
}

static int64_t
own_bytes(const struct up *u)
{
	return number_of("SELECT coalesce(sum(octet_length(bytes)), 0) FROM content_chunk JOIN content USING (upload) WHERE sha256 = ", &u->stored.sha256);
}

static void
test_grown(void **state)
{
	static const uint64_t more[] = {1, 20000, 262144, 262145};
	struct up base = {.seed = 1300, .size = 300000}, third = {.seed = 1300, .size = 340000};

	(void)state;
	up_begin(&base);
	up_wait(&base);
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		struct up u = {.seed = 1300, .size = base.size + more[i]};
		bool based = more[i] <= CONTENT_CHUNK;

		grow(&u, &base, STATUS_OK);
		assert_int_equal(own_bytes(&u), based ? more[i] : u.size);
		assert_int_equal(number_of("SELECT count(base) FROM content WHERE sha256 = ", &u.stored.sha256), based);
		assert_int_equal(down(&u, 0, UINT64_MAX, STATUS_OK, false), u.size);
		assert_int_equal(down(&u, 0, UINT64_MAX, STATUS_OK, true), u.size);
		assert_int_equal(down(&u, 299999, 300000, STATUS_OK, false), 2);
		assert_int_equal(down(&u, 262143, 262144, STATUS_OK, false), 2);
		assert_int_equal(down(&u, base.size, UINT64_MAX, STATUS_OK, false), more[i]);
		down(&u, u.size, UINT64_MAX, STATUS_INVALID, false);
		if (more[i] != 20000)
			continue;
		grow(&third, &u, STATUS_OK);
		assert_int_equal(own_bytes(&third), 20000);
		assert_int_equal(down(&third, 0, UINT64_MAX, STATUS_OK, false), third.size);
		assert_int_equal(down(&third, 299999, 320000, STATUS_OK, true), 20002);
	}
	damage(&third.stored.sha256, 0);
	assert_int_equal(down(&third, 0, UINT64_MAX, STATUS_INTERNAL, false), 320000); /* all but what is its own */
}

/* What does not begin with it, or is refused, or is the same, or has no base. */
static void
test_grown_not(void **state)
{
	struct up base = {.seed = 1310, .size = 30000}, other = {.seed = 1311, .size = 40000}, shorter = {.seed = 1310, .size = 29999},
		same = {.seed = 1310, .size = 30000}, refused = {.seed = 1310, .size = 30007}, bare = {.seed = 1312, .size = 262144},
		long_ = {.seed = 1313, .size = 262145};

	(void)state;
	up_begin(&base);
	up_wait(&base);
	grow(&other, &base, STATUS_OK);
	grow(&shorter, &base, STATUS_OK);
	grow(&same, &base, STATUS_OK);
	grow(&refused, &base, STATUS_DENIED);
	grow(&bare, NULL, STATUS_OK);
	grow(&long_, NULL, STATUS_OK);
	for (size_t i = 0; i < 5; i++) {
		const struct up *u = (const struct up *[]){&other, &shorter, &same, &bare, &long_}[i];

		assert_int_equal(own_bytes(u), u->size);
		assert_int_equal(down(u, 0, UINT64_MAX, STATUS_OK, false), u->size);
	}
	down(&refused, 0, UINT64_MAX, STATUS_NOT_FOUND, false);
}

/* ---- sweeping ---- */

static void
on_swept(void *arg, enum status st, unsigned deleted)
{
	struct got_fd *g = arg;

	*g = (struct got_fd){true, st, (int)deleted};
}

static int
sweep(void)
{
	struct got_fd g = {0};

	content_sweep(fix.db, 1000, on_swept, &g);
	assert_true(fixture_until(&fix, &g.done, 20000));
	assert_int_equal(g.status, STATUS_OK);
	return g.fd;
}

static void
test_sweep(void **state)
{
	struct up loose = {.seed = 1200, .size = 600000}, derived = {.seed = 1201, .size = 600000}, young = {.seed = 1202, .size = 1000};
	struct act_up referred = {.seed = 1203, .n = 1000};
	char hex[DIGEST_HEX], sql[300];

	(void)state;
	up_begin(&loose);
	up_begin(&derived);
	up_begin(&young);
	db_act(fix.db, &act_up_kind, &referred);
	up_wait(&loose);
	up_wait(&derived);
	up_wait(&young);
	assert_true(fixture_until(&fix, &referred.done, 5000));
	digest_hex(&derived.stored.sha256, hex);
	snprintf(sql, sizeof(sql), "INSERT INTO derived VALUES ('\\x%s', 'text')", hex);
	assert_int_equal(fixture_sql(&fix, sql, NULL), STATUS_OK);
	assert_int_equal(sweep(), 0); /* all are younger than a day */
	digest_hex(&young.stored.sha256, hex);
	snprintf(sql, sizeof(sql), "UPDATE content_claim SET until = now() WHERE sha256 <> '\\x%s'", hex);
	assert_int_equal(fixture_sql(&fix, sql, NULL), STATUS_OK);
	assert_true(sweep() >= 2);
	assert_int_equal(number_of("SELECT count(*) FROM content WHERE sha256 = ", &loose.stored.sha256), 0);
	assert_int_equal(number_of("SELECT count(*) FROM content WHERE sha256 = ", &derived.stored.sha256), 0);
	assert_int_equal(number_of("SELECT count(*) FROM content WHERE sha256 = ", &young.stored.sha256), 1);
	assert_int_equal(number_of("SELECT count(*) FROM content WHERE sha256 = ", &referred.sha256), 1);
	assert_int_equal(number("SELECT count(*) FROM derived"), 0);
	assert_int_equal(number("SELECT count(*) FROM content_chunk k WHERE NOT EXISTS "
				"(SELECT 1 FROM content c WHERE c.upload = k.upload)"), 0);
	/* The reference goes: content_release puts it on the list again. */
	assert_int_equal(sweep(), 0);
	digest_hex(&referred.sha256, hex);
	snprintf(sql, sizeof(sql), "WITH d AS (DELETE FROM version WHERE sha256 = '\\x%s') SELECT content_release('\\x%s')", hex, hex);
	assert_int_equal(fixture_sql(&fix, sql, NULL), STATUS_OK);
	assert_int_equal(sweep(), 1);
	/* Swept and uploaded again: there as ever. */
	loose.done = false;
	loose.at = 0;
	up_begin(&loose);
	up_wait(&loose);
	assert_true(loose.stored.fresh);
	down(&loose, 0, UINT64_MAX, STATUS_OK, false);
}

/* Uploads and sweeps at once: what was told to be stored is stored. */
/* A base stays while something stands on it, and goes after it. */
static void
test_sweep_grown(void **state)
{
	struct up base = {.seed = 1320, .size = 300000}, top = {.seed = 1320, .size = 310000};
	char hex[DIGEST_HEX], sql[300];

	(void)state;
	up_begin(&base);
	up_wait(&base);
	grow(&top, &base, STATUS_OK);
	assert_int_equal(fixture_sql(&fix, "UPDATE content_claim SET until = now()", NULL), STATUS_OK);
	sweep();
	assert_int_equal(down(&top, 0, UINT64_MAX, STATUS_OK, false), top.size);
	digest_hex(&top.stored.sha256, hex);
	snprintf(sql, sizeof(sql), "DELETE FROM version WHERE sha256 = '\\x%s'", hex);
	assert_int_equal(fixture_sql(&fix, sql, NULL), STATUS_OK);
	snprintf(sql, sizeof(sql), "SELECT content_release('\\x%s')", hex);
	assert_int_equal(fixture_sql(&fix, sql, NULL), STATUS_OK);
	assert_int_equal(sweep(), 1);
	assert_int_equal(number_of("SELECT count(*) FROM content WHERE sha256 = ", &base.stored.sha256), 1);
	assert_int_equal(sweep(), 1);
	assert_int_equal(number_of("SELECT count(*) FROM content WHERE sha256 = ", &base.stored.sha256), 0);
	assert_int_equal(number("SELECT count(*) FROM content_chunk k WHERE NOT EXISTS (SELECT 1 FROM content c WHERE c.upload = k.upload)"), 0);
}

static void
test_sweep_while_uploading(void **state)
{
	static struct up u[40];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 40; i++) {
			u[i] = (struct up){.seed = 1300 + (unsigned)i % 4, .size = 300000};
			up_begin(&u[i]);
			if (i % 4 == 0)
				fixture_sql(&fix, "UPDATE content_claim SET until = now()", NULL);
			if (i % 4 == 2)
				sweep();
		}
		for (int i = 0; i < 40; i++)
			up_wait(&u[i]);
		assert_int_equal(number("SELECT count(*) FROM content c JOIN content_chunk k USING (upload) "
					"WHERE c.size = 300000 HAVING count(*) % 2 = 0"), number("SELECT 2 * count(*) FROM content WHERE size = 300000"));
	}
}

static void
test_abandoned_upload_swept(void **state)
{
	(void)state;
	assert_int_equal(fixture_sql(&fix, "INSERT INTO content_upload VALUES ('00000000-0000-7000-8000-00000000000a', now() - interval '2 days')", NULL), STATUS_OK);
	assert_int_equal(fixture_sql(&fix, "INSERT INTO content_chunk VALUES ('00000000-0000-7000-8000-00000000000a', 0, 'x')", NULL), STATUS_OK);
	sweep();
	assert_int_equal(number("SELECT count(*) FROM content_upload"), 0);
	assert_int_equal(number("SELECT count(*) FROM content_chunk WHERE upload = '00000000-0000-7000-8000-00000000000a'"), 0);
}

/* postgres killed while uploads run: each ends, and what was acknowledged is there whole. */
static void
test_killed_while_uploading(void **state)
{
	static struct up u[12];
	unsigned stored = 0;

	(void)state;
	for (int i = 0; i < 12; i++) {
		u[i] = (struct up){.seed = 1400 + (unsigned)i, .size = i % 3 == 0 ? 20000 : 8000000};
		up_begin(&u[i]);
	}
	fixture_turn(&fix, 120);
	kill(db_server_pid(fix.db), SIGKILL);
	for (int i = 0; i < 12; i++) {
		assert_true(fixture_until(&fix, &u[i].done, 120000));
		assert_true(u[i].status == STATUS_OK || u[i].status == STATUS_UNAVAILABLE);
		stored += u[i].status == STATUS_OK;
	}
	print_message("%u of 12 uploads went on over the restart\n", stored);
	assert_true(stored > 0);
	for (int i = 0; i < 12; i++)
		if (u[i].status == STATUS_OK)
			assert_int_equal(down(&u[i], 0, UINT64_MAX, STATUS_OK, false), u[i].size);
}

/* Stopped with transfers in every state. */
static void
test_stop_with_transfers(void **state)
{
	static struct up u[8];
	struct up there = {.seed = 1500, .size = CONTENT_IN_MEMORY + 2000000};
	struct down d = {.seed = 1500};
	struct got_fd g[8] = {0};

	(void)state;
	up_begin(&there);
	up_wait(&there);
	for (int i = 0; i < 8; i++) {
		u[i] = (struct up){.seed = 1510 + (unsigned)i, .size = i < 4 ? 20000 : 4000000};
		up_begin(&u[i]);
	}
	d.get = content_get(fix.db, &there.stored.sha256, 0, UINT64_MAX, on_bytes, on_done, &d);
	for (int i = 0; i < 8; i++) { /* on the way to the disk, from another thread too */
		content_get_fd(fix.db, &there.stored.sha256, CONTENT_NO_LIMIT, on_fd, &g[i]);
		fixture_turn(&fix, 3);
	}
	fixture_stop(&fix);
	for (int i = 0; i < 8; i++) {
		assert_true(g[i].done);
		assert_true(g[i].status == STATUS_CANCELLED || (g[i].status == STATUS_OK && i < 7));
		if (g[i].status == STATUS_OK)
			close(g[i].fd);
	}
	for (int i = 0; i < 8; i++)
		assert_true(u[i].done);
	assert_true(d.done);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_not_found),
		cmocka_unit_test(test_same_at_once),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_abort),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_fd),
		cmocka_unit_test(test_large_fd),
		cmocka_unit_test(test_fd_refused),
		cmocka_unit_test(test_in_act),
		cmocka_unit_test(test_immutable),
		cmocka_unit_test(test_damage_found),
		cmocka_unit_test(test_kept_only_when_sealed),
		cmocka_unit_test(test_grown),
		cmocka_unit_test(test_grown_not),
		cmocka_unit_test(test_sweep),
		cmocka_unit_test(test_sweep_grown),
		cmocka_unit_test(test_sweep_while_uploading),
		cmocka_unit_test(test_abandoned_upload_swept),
		cmocka_unit_test(test_killed_while_uploading),
		cmocka_unit_test(test_stop_with_transfers),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
