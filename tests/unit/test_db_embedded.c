/* db, embedded: made, started, stopped, killed, left behind, refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/unit/db_fixture.h"

static int
open_fixture(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	fixture_open(f);
	*state = f;
	return 0;
}

static int
close_fixture(void **state)
{
	fixture_close(*state);
	free(*state);
	return 0;
}

/* Ended; whether its new parent has buried it is not our affair. */
static bool
gone_within(pid_t pid, int ms)
{
	char path[64], state;
	FILE *file;
	int got;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	for (int i = 0; i < ms / 10; i++) {
		file = fopen(path, "r");
		if (file == NULL)
			return true;
		got = fscanf(file, "%*d (%*[^)]) %c", &state);
		fclose(file);
		if (got == 1 && state == 'Z')
			return true;
		usleep(10000);
	}
	return false;
}

/* From nothing to an answer, through a path with spaces; stopped cleanly; started again with the data kept. */
static void
test_start_stop(void **state)
{
	struct fixture *f = *state;
	struct stat st;
	char path[200];
	const char *text;
	pid_t pid;

	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	assert_true(db_is_up(f->db));
	pid = db_server_pid(f->db);
	assert_int_not_equal(pid, 0);
	assert_int_equal(fixture_sql(f, "SHOW listen_addresses", &text), STATUS_OK);
	assert_string_equal(text, "");
	assert_int_equal(fixture_sql(f, "SHOW fsync", &text), STATUS_OK);
	assert_string_equal(text, "on");
	assert_int_equal(fixture_sql(f, "SHOW data_checksums", &text), STATUS_OK);
	assert_string_equal(text, "on");
	assert_int_equal(fixture_sql(f, "SHOW server_encoding", &text), STATUS_OK);
	assert_string_equal(text, "UTF8");
	assert_int_equal(fixture_sql(f, "CREATE TABLE kept (v int)", NULL), STATUS_OK);
	assert_int_equal(fixture_sql(f, "INSERT INTO kept VALUES (42)", NULL), STATUS_OK);
	snprintf(path, sizeof(path), "%s/postgresql/run", f->data);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	if (geteuid() == 0)
		assert_int_not_equal(st.st_uid, 0);
	fixture_stop(f);
	assert_true(gone_within(pid, 100));
	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	assert_int_equal(fixture_sql(f, "SELECT v FROM kept", &text), STATUS_OK);
	assert_string_equal(text, "42");
}

/* kill -9 of postgres: another one comes, and the connections with it. */
static void
test_server_killed(void **state)
{
	struct fixture *f = *state;
	const char *text;
	pid_t pid;

	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	pid = db_server_pid(f->db);
	assert_int_equal(fixture_sql(f, "CREATE TABLE kept AS SELECT 7 AS v", NULL), STATUS_OK);
	kill(pid, SIGKILL);
	fixture_turn(f, 50);
	/* Waits for the new one. */
	assert_int_equal(fixture_sql(f, "SELECT v FROM kept", &text), STATUS_OK);
	assert_string_equal(text, "7");
	assert_int_not_equal(db_server_pid(f->db), pid);
	assert_true(db_counters(f->db).reconnects > 0);
}

/* A congvand that was killed leaves a postgres (or not, when it died in time): the next congvand gets the data in either case. */
static void
test_owner_killed(void **state)
{
	struct fixture *f = *state;
	const char *text;
	int report[2], status;
	pid_t owner, server = 0;

	assert_int_equal(pipe(report), 0);
	owner = fork();
	if (owner == 0) {
		struct fixture other = *f;

		loop_new(&other.loop);
		fixture_start(&other, NULL);
		fixture_sql(&other, "CREATE TABLE kept AS SELECT 9 AS v", NULL);
		server = db_server_pid(other.db);
		if (write(report[1], &server, sizeof(server)) < 0)
			_exit(1);
		fixture_turn(&other, 60000);
		_exit(0);
	}
	assert_int_equal(read(report[0], &server, sizeof(server)), sizeof(server));
	close(report[0]);
	close(report[1]);
	kill(owner, SIGKILL);
	waitpid(owner, &status, 0);
	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	assert_int_not_equal(db_server_pid(f->db), server);
	assert_true(gone_within(server, 100));
	assert_int_equal(fixture_sql(f, "SELECT v FROM kept", &text), STATUS_OK);
	assert_string_equal(text, "9");
}

/* A postgres that does not hear of its parent's death: started by hand on the same data. */
static void
test_left_behind(void **state)
{
	struct fixture *f = *state;
	char command[1024], pid_path[200];
	long pid = 0;
	FILE *file;

	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	fixture_stop(f);
	/* The usual user of the tests is root: as the owner of the data then. */
	snprintf(command, sizeof(command),
		"cd / && exec setpriv $([ $(id -u) = 0 ] && stat -c '--reuid=%%u --regid=%%g --clear-groups' '%s/postgresql/data') "
		"/usr/lib/postgresql/15/bin/postgres -D '%s/postgresql/data' -k '%s/postgresql/run' -c listen_addresses= >/dev/null 2>&1 &",
		f->data, f->data, f->data);
	assert_int_equal(system(command), 0);
	snprintf(pid_path, sizeof(pid_path), "%s/postgresql/data/postmaster.pid", f->data);
	for (int i = 0; i < 300 && pid == 0; i++) {
		usleep(10000);
		if ((file = fopen(pid_path, "r")) != NULL) {
			if (fscanf(file, "%ld", &pid) != 1)
				pid = 0;
			fclose(file);
		}
	}
	assert_true(pid > 1);
	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	assert_int_not_equal(db_server_pid(f->db), pid);
	assert_true(gone_within((pid_t)pid, 100));
}

/* A process id in a stale pid file that now belongs to somebody else is left alone. */
static void
test_stale_pid_file(void **state)
{
	struct fixture *f = *state;
	char path[200];
	struct stat st;
	pid_t innocent;
	FILE *file;

	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	fixture_stop(f);
	snprintf(path, sizeof(path), "%s/postgresql/data", f->data);
	assert_int_equal(stat(path, &st), 0);
	innocent = fork();
	if (innocent == 0) {
		/* Of the user that postgres runs as: only such a process stands in its way. */
		if (geteuid() == 0 && setuid(st.st_uid) != 0)
			_exit(1);
		sleep(60);
		_exit(0);
	}
	snprintf(path, sizeof(path), "%s/postgresql/data/postmaster.pid", f->data);
	file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file, "%d\n%s/postgresql/data\n1\n5432\n/tmp\n\n  1 1\nready   \n", (int)innocent, f->data);
	fclose(file);
	if (geteuid() == 0)
		assert_int_equal(chown(path, st.st_uid, st.st_gid), 0);
	fixture_start(f, NULL);
	assert_int_equal(waitpid(innocent, NULL, WNOHANG), 0);
	kill(innocent, SIGKILL);
	waitpid(innocent, NULL, 0);
	assert_int_equal(f->ready, STATUS_OK);
}

/* An initdb that was cut short is begun again. */
static void
test_unfinished_initdb(void **state)
{
	struct fixture *f = *state;
	char path[200];
	FILE *file;

	mkdir(f->data, 0711);
	snprintf(path, sizeof(path), "%s/postgresql", f->data);
	mkdir(path, 0711);
	snprintf(path, sizeof(path), "%s/postgresql/data.new", f->data);
	mkdir(path, 0755);
	snprintf(path, sizeof(path), "%s/postgresql/data.new/half", f->data);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/postgresql/data.new/PG_VERSION", f->data);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	if (geteuid() == 0) {
		char command[300];

		snprintf(command, sizeof(command), "chown -R nobody '%s/postgresql/data.new'", f->data);
		assert_int_equal(system(command), 0);
		snprintf(command, sizeof(command), "chown -R root '%s/postgresql/data.new'", f->data);
		assert_int_equal(system(command), 0);
		snprintf(command, sizeof(command), "chmod -R a+rwX '%s/postgresql/data.new'", f->data);
		assert_int_equal(system(command), 0);
	}
	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
}

/* Two congvand on one data directory: the second is refused, the first goes on. */
static void
test_second_refused(void **state)
{
	struct fixture *f = *state;
	struct fixture other = *f;
	const char *text;

	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	other.db = NULL;
	fixture_start(&other, NULL);
	assert_int_equal(other.ready, STATUS_CONFLICT);
	assert_int_equal(fixture_sql(f, "SELECT 1", &text), STATUS_OK);
}

/* A path too long for a socket address: a short folder takes its place, ours alone. */
static void
test_long_path(void **state)
{
	struct fixture *f = *state;
	char longer[96], dir[96] = "";
	const char *text;
	struct stat st;

	memset(longer, 'x', sizeof(longer));
	snprintf(longer, sizeof(longer), "%s/", f->dir);
	longer[strlen(longer)] = 'x';
	longer[sizeof(longer) - 1] = '\0';
	memcpy(f->data, longer, sizeof(longer));
	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
	assert_int_equal(fixture_sql(f, "SHOW unix_socket_directories", &text), STATUS_OK);
	assert_int_equal(sscanf(text, "\"%95[^\"]\"", dir), 1);
	assert_memory_equal(dir, "/tmp/congvan-", 13);
	assert_int_equal(stat(dir, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	fixture_stop(f);
	assert_int_equal(rmdir(dir), 0);
}

/* Root's own folders are closed to the service user: said at once, with the folder's name. */
static void
test_closed_way(void **state)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	chmod(f->dir, 0700);
	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_INVALID);
	assert_null(f->db);
}

/* Stopped before it is ready, in every phase of the start. */
static void
on_stopped(void *arg)
{
	*(bool *)arg = true;
}

static void
never_ready(void *arg, enum status st)
{
	(void)arg;
	(void)st;
	fail();
}

static void
test_stop_while_starting(void **state)
{
	struct fixture *f = *state;
	struct db_config config = {.data_dir = f->data, .migrations = f->migrations, .connections = 2, .queue = 10, .as_owner = true};

	for (unsigned ms = 0; ms < 400; ms = ms * 2 + 3) {
		bool stopped = false;

		assert_int_equal(db_start(f->loop, &config, never_ready, f, &f->db), STATUS_OK);
		fixture_turn(f, ms);
		db_stop(f->db, on_stopped, &stopped);
		assert_false(stopped);
		assert_true(fixture_until(f, &stopped, 20000));
		f->db = NULL;
	}
	fixture_start(f, NULL);
	assert_int_equal(f->ready, STATUS_OK);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, open_fixture, close_fixture)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_start_stop),
		TEST(test_server_killed),
		TEST(test_owner_killed),
		TEST(test_left_behind),
		TEST(test_stale_pid_file),
		TEST(test_unfinished_initdb),
		TEST(test_second_refused),
		TEST(test_long_path),
		TEST(test_closed_way),
		TEST(test_stop_while_starting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
