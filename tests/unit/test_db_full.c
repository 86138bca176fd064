/*
 * db on a full disk: work is refused and says why, nothing acknowledged is lost, and it goes on when there is room again. Needs root (a file
 * system of its own in a mount namespace of its own).
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/store/content.h"
#include "tests/unit/db_fixture.h"

#define SIZE ((size_t)3 << 20)

static struct fixture fix;
static bool mounted;
static unsigned char bytes[SIZE];

static int
start(void **state)
{
	char command[400];

	(void)state;
	fixture_open(&fix);
	if (mkdir(fix.data, 0711) != 0 || unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
		mount("tmpfs", fix.data, "tmpfs", 0, "size=600m,mode=0711") != 0)
		return 0;
	mounted = true;
	snprintf(command, sizeof(command), "cd '%s/schemas/sql' && cp 001_content.sql 130_content_base.sql '%s'",
		getenv("CONGVAN_SRCDIR") != NULL ? getenv("CONGVAN_SRCDIR") : "../..", fix.migrations);
	if (system(command) != 0)
		return -1;
	fixture_start(&fix, NULL);
	return fix.ready == STATUS_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	if (mounted) {
		fixture_stop(&fix);
		umount2(fix.data, MNT_DETACH);
	}
	fixture_close(&fix);
	return 0;
}

struct up {
	bool done;
	enum status status;
	struct digest sha256;
};

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct up *u = arg;

	u->done = true;
	u->status = st;
	if (stored != NULL)
		u->sha256 = stored->sha256;
}

/* Content number n: 3 MiB, or a small one. */
static enum status
put(unsigned n, size_t size, struct digest *sha256)
{
	struct up u = {0};
	int fd = memfd_create("test", 0);

	memset(bytes, (int)n, sizeof(bytes));
	memcpy(bytes, &n, sizeof(n));
	assert_int_equal(write(fd, bytes, size), size);
	content_put_fd(fix.db, fd, CONTENT_NO_LIMIT, on_stored, &u);
	close(fd);
	assert_true(fixture_until(&fix, &u.done, 60000));
	*sha256 = u.sha256;
	return u.status;
}

static void
on_size(void *arg, enum status st, uint64_t size)
{
	struct up *u = arg;

	(void)size;
	u->done = true;
	u->status = st;
}

/* A file that leaves so many bytes free. */
static void
fill(const char *path, size_t left)
{
	struct statvfs v;
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(statvfs(fix.data, &v), 0);
	assert_int_equal(posix_fallocate(fd, 0, (off_t)(v.f_bavail * v.f_bsize - left)), 0);
	close(fd);
}

static void
check_stored(const struct digest *stored, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct up u = {0};

		content_stat(fix.db, &stored[i], on_size, &u);
		assert_true(fixture_until(&fix, &u.done, 20000));
		assert_int_equal(u.status, STATUS_OK);
	}
}

/* Nearly full: writing is refused in time, reading goes on, and writing too when there is room again. */
static void
test_refused_in_time(void **state)
{
	static struct digest stored[2], d;
	char filler[128];

	(void)state;
	if (!mounted)
		skip();
	snprintf(filler, sizeof(filler), "%s/filler", fix.data);
	assert_int_equal(put(1, SIZE, &stored[0]), STATUS_OK);
	assert_int_equal(put(2, 20000, &stored[1]), STATUS_OK);
	fill(filler, (size_t)150 << 20);
	fixture_turn(&fix, 700);
	assert_true(db_counters(fix.db).full);
	assert_int_equal(put(3, SIZE, &d), STATUS_NO_SPACE);
	assert_int_equal(put(4, 20000, &d), STATUS_NO_SPACE);
	assert_true(db_is_up(fix.db));
	check_stored(stored, 2);
	assert_int_equal(unlink(filler), 0);
	fixture_turn(&fix, 700);
	assert_false(db_counters(fix.db).full);
	assert_int_equal(put(3, SIZE, &d), STATUS_OK);
	assert_int_equal(put(4, 20000, &d), STATUS_OK);
}

/* Full to the last byte, by somebody else: the server goes down and comes back by itself when there is room again. */
static void
test_down_and_back(void **state)
{
	static struct digest stored[2], d;
	char filler[128];
	enum status st;
	bool down = false;

	(void)state;
	if (!mounted)
		skip();
	snprintf(filler, sizeof(filler), "%s/filler", fix.data);
	assert_int_equal(put(11, SIZE, &stored[0]), STATUS_OK);
	assert_int_equal(put(12, 20000, &stored[1]), STATUS_OK);
	assert_int_equal(fixture_sql(&fix, "CREATE TABLE junk (b text)", NULL), STATUS_OK);
	fill(filler, (size_t)20 << 20);
	for (int i = 0; i < 20 && !down; i++) {
		/* The log's segments are made ahead: switched until no new one can be made. */
		st = fixture_sql(&fix, "INSERT INTO junk SELECT repeat(md5(g::text), 100) FROM generate_series(1, 1000) g", NULL);
		if (st == STATUS_OK || st == STATUS_NO_SPACE)
			st = fixture_sql(&fix, "SELECT pg_switch_wal()", NULL);
		down = st == STATUS_UNCERTAIN || st == STATUS_UNAVAILABLE;
	}
	print_message("the server went %s\n", down ? "down" : "on");
	assert_int_equal(unlink(filler), 0);
	fixture_turn(&fix, 700);
	for (int i = 0; i < 300 && !db_is_up(fix.db); i++)
		fixture_turn(&fix, 100);
	assert_int_equal(put(13, SIZE, &d), STATUS_OK);
	assert_int_equal(put(14, 20000, &d), STATUS_OK);
	check_stored(stored, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_in_time),
		cmocka_unit_test(test_down_and_back),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
