/* db, migrations: applied once and in order, together or not at all, by several congvand at once; what does not fit is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/db/migrate.h"
#include "lib/base/message.h"
#include "tests/unit/db_fixture.h"

/* The server runs all the time; the migrations under test are those of a folder of its own, on a database of its own. */
static struct fixture fix;
static char folder[100], url[300];
static int databases;

static int
start(void **state)
{
	(void)state;
	fixture_open(&fix);
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

static int
fresh(void **state)
{
	char sql[60], command[200];

	(void)state;
	snprintf(sql, sizeof(sql), "CREATE DATABASE d%d", ++databases);
	assert_int_equal(fixture_sql(&fix, sql, NULL), STATUS_OK);
	snprintf(url, sizeof(url), "host='%s/postgresql/run' user=congvan dbname=d%d", fix.data, databases);
	snprintf(folder, sizeof(folder), "%s/sql%d", fix.dir, databases);
	snprintf(command, sizeof(command), "mkdir '%s'", folder);
	return system(command);
}

static void
put(const char *name, const char *sql)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(sql, f) >= 0);
	fclose(f);
}

static void
drop(const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(unlink(path), 0);
}

struct outcome {
	bool come;
	enum status status;
	unsigned applied;
	struct diag *diag;
	struct migrate *m;
};

static void
on_done(void *arg, enum status st, unsigned applied)
{
	struct outcome *o = arg;

	assert_false(o->come);
	o->come = true;
	o->status = st;
	o->applied = applied;
}

static void
begin(struct outcome *o)
{
	enum status st;

	*o = (struct outcome){.diag = diag_new()};
	st = migrate_start(fix.loop, &(struct migrate_config){.url = url, .dir = folder, .wait_ms = 5000}, o->diag, on_done, o, &o->m);
	if (st != STATUS_OK)
		on_done(o, st, 0);
}

static void
finish(struct outcome *o, const char *finding)
{
	assert_true(fixture_until(&fix, &o->come, 20000));
	for (size_t i = 0; i < diag_count(o->diag); i++)
		assert_non_null(message_find(diag_at(o->diag, i)->code, LANGUAGE_VI));
	if (finding == NULL) {
		assert_int_equal(o->status, STATUS_OK);
		assert_int_equal(diag_count(o->diag), 0);
	} else {
		assert_int_not_equal(o->status, STATUS_OK);
		assert_true(diag_has(o->diag, finding));
	}
	diag_free(o->diag);
}

/* Runs the migrations; finding NULL: they must go well, and so many be new. */
static void
expect(unsigned applied, const char *finding)
{
	struct outcome o;

	begin(&o);
	finish(&o, finding);
	if (finding == NULL)
		assert_int_equal(o.applied, applied);
}

static void
test_in_order_and_once(void **state)
{
	(void)state;
	expect(0, NULL);
	put("002_b.sql", "INSERT INTO a VALUES (1); -- no newline at the end");
	put("001_a.sql", "CREATE TABLE a (v int);\nCREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1; $$;\n");
	put("README", "not a migration");
	expect(2, NULL);
	expect(0, NULL);
	put("010_c.sql", "ALTER TABLE a ADD w text DEFAULT 'mới'");
	expect(1, NULL);
	expect(0, NULL);
}

/* Four at once on a database that none has seen: each file is applied by exactly one. */
static void
test_at_once(void **state)
{
	struct outcome o[4];
	unsigned sum = 0;

	(void)state;
	put("001_a.sql", "CREATE TABLE a (v int); SELECT pg_sleep(0.3);");
	put("002_b.sql", "CREATE TABLE b (v int)");
	for (int i = 0; i < 4; i++)
		begin(&o[i]);
	for (int i = 0; i < 4; i++) {
		finish(&o[i], NULL);
		sum += o[i].applied;
	}
	assert_int_equal(sum, 2);
}

static void
test_failing_is_undone(void **state)
{
	(void)state;
	put("001_a.sql", "CREATE TABLE a (v int)");
	put("002_b.sql", "CREATE TABLE b (v int); SELECT nothing;");
	expect(0, "db.migration.failed");
	/* Nothing of it is left, so that the mended one can create the table. */
	put("002_b.sql", "CREATE TABLE b (v int)");
	expect(1, NULL);
}

static void
test_own_commit_refused(void **state)
{
	(void)state;
	put("001_a.sql", "CREATE TABLE a (v int); COMMIT; BEGIN;");
	expect(0, "db.migration.failed");
}

static void
test_changed_newer_missing_late(void **state)
{
	(void)state;
	put("001_a.sql", "CREATE TABLE a (v int)");
	put("003_c.sql", "CREATE TABLE c (v int)");
	expect(2, NULL);
	put("001_a.sql", "CREATE TABLE a (v bigint)");
	expect(0, "db.migration.changed");
	put("001_a.sql", "CREATE TABLE a (v int)");
	put("002_b.sql", "CREATE TABLE b (v int)");
	expect(0, "db.migration.late");
	drop("002_b.sql");
	drop("001_a.sql");
	expect(0, "db.migration.missing");
	put("001_a.sql", "CREATE TABLE a (v int)");
	drop("003_c.sql");
	expect(0, "db.migration.newer");
	put("003_c.sql", "CREATE TABLE c (v int)");
	expect(0, NULL);
}

static void
test_bad_folders(void **state)
{
	(void)state;
	put("1_a.sql", "SELECT 1");
	expect(0, "db.migration.name");
	drop("1_a.sql");
	put("001_A'b.sql", "SELECT 1");
	expect(0, "db.migration.name");
	drop("001_A'b.sql");
	put("001_a.sql", "SELECT 1");
	put("001_b.sql", "SELECT 1");
	expect(0, "db.migration.name");
	strcat(folder, "/none");
	expect(0, "db.migration.folder");
}

static void
test_unreachable(void **state)
{
	struct outcome o;

	(void)state;
	snprintf(url, sizeof(url), "host='%s/nowhere' user=congvan dbname=x", fix.data);
	begin(&o);
	finish(&o, "db.unreachable");
	assert_int_equal(o.status, STATUS_UNAVAILABLE);
}

static void
test_cancelled(void **state)
{
	struct outcome o;

	(void)state;
	put("001_a.sql", "SELECT pg_sleep(1)");
	for (unsigned ms = 0; ms < 200; ms = 2 * ms + 1) {
		begin(&o);
		fixture_turn(&fix, ms);
		assert_false(o.come);
		migrate_cancel(o.m);
		diag_free(o.diag);
	}
	fixture_turn(&fix, 20);
	assert_false(o.come);
}

/* A second daemon on the same database by URL: no embedded server, migrations of the program. */
static void
test_by_url(void **state)
{
	struct fixture other = fix;
	const char *text;

	(void)state;
	other.db = NULL;
	other.stmts = NULL;
	strcpy(other.migrations, folder);
	put("001_a.sql", "CREATE TABLE a AS SELECT 5 AS v");
	fixture_start(&other, url);
	assert_int_equal(other.ready, STATUS_OK);
	assert_int_equal(db_server_pid(other.db), 0);
	assert_int_equal(fixture_sql(&other, "SELECT v FROM a", &text), STATUS_OK);
	assert_string_equal(text, "5");
	fixture_stop(&other);
	put("001_a.sql", "CREATE TABLE a AS SELECT 6 AS v");
	fixture_start(&other, url);
	assert_int_equal(other.ready, STATUS_INVALID);
	fixture_stop(&other);
	while (other.stmts != NULL) {
		struct fixture_stmt *s = other.stmts;

		other.stmts = s->next;
		free(s);
	}
}

#define TEST(t) cmocka_unit_test_setup(t, fresh)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_in_order_and_once),
		TEST(test_at_once),
		TEST(test_failing_is_undone),
		TEST(test_own_commit_refused),
		TEST(test_changed_newer_missing_late),
		TEST(test_bad_folders),
		TEST(test_unreachable),
		TEST(test_cancelled),
		TEST(test_by_url),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
