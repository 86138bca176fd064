/* db, statements: values there and back, errors as statuses, lost connections, limits, sessions, notifications, leaders. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <cmocka.h>

#include "daemon/db/dbpool.h"
#include "tests/unit/db_fixture.h"

static struct fixture fix;

static int
start(void **state)
{
	fixture_open(&fix);
	fixture_migration(&fix, "001_test.sql",
		"CREATE TABLE thing (id int PRIMARY KEY, v text CONSTRAINT v_short CHECK (length(v) < 10), b bytea);"
		"CREATE TABLE part (thing int REFERENCES thing);"
		"CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not this'; END $$;"
		"CREATE TABLE fixed (v int); INSERT INTO fixed VALUES (1);"
		"CREATE TRIGGER fixed_no BEFORE UPDATE ON fixed FOR EACH ROW EXECUTE FUNCTION no();");
	fixture_start(&fix, NULL);
	*state = &fix;
	return fix.ready == STATUS_OK ? 0 : -1;
}

static int
stop(void **state)
{
	(void)state;
	fixture_close(&fix);
	return 0;
}

/* ---- one statement with its answer ---- */

struct answer {
	bool come;
	unsigned times;
	enum status status;
	char text[64], sqlstate[6], constraint[64];
	unsigned char bytes[64];
	size_t len, rows, touched;
	bool null;
};

static void
on_answer(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct answer *a = arg;
	struct span s;

	a->come = true;
	a->times++;
	a->status = st;
	assert_true((st == STATUS_OK) == (r != NULL));
	if (error != NULL) {
		strcpy(a->sqlstate, error->sqlstate);
		snprintf(a->constraint, sizeof(a->constraint), "%s", error->constraint);
	}
	if (r == NULL)
		return;
	a->rows = db_rows(r);
	a->touched = db_touched(r);
	snprintf(a->text, sizeof(a->text), "%s", db_text(r, 0, 0));
	a->null = db_is_null(r, 0, 0);
	s = db_bytes(r, 0, 0);
	a->len = s.len;
	memcpy(a->bytes, s.data, s.len < sizeof(a->bytes) ? s.len : sizeof(a->bytes));
}

static void
ask(struct answer *a, const struct db_stmt *stmt, const struct db_param *params)
{
	*a = (struct answer){0};
	db_query(fix.db, stmt, params, on_answer, a);
	assert_false(a->come);
	assert_true(fixture_until(&fix, &a->come, 20000));
	assert_int_equal(a->times, 1);
}

static void
test_values(void **state)
{
	static const struct db_stmt put = {"put", "INSERT INTO thing VALUES ($1, $2, $3)", 3};
	static const struct db_stmt get_v = {"get_v", "SELECT v FROM thing WHERE id = $1", 1};
	static const struct db_stmt get_b = {"get_b", "SELECT b FROM thing WHERE id = $1", 1};
	static const struct db_stmt change = {"change", "UPDATE thing SET v = v WHERE id < $1", 1};
	struct db_param one[] = {DB_TEXT("1"), DB_TEXT("Số 1"), DB_BYTES("\0\xff\\x", 4)};
	struct db_param two[] = {DB_TEXT("2"), DB_NULL, DB_BYTES("", 0)};
	struct answer a;

	(void)state;
	ask(&a, &put, one);
	assert_int_equal(a.status, STATUS_OK);
	assert_int_equal(a.touched, 1);
	ask(&a, &put, two);
	assert_int_equal(a.status, STATUS_OK);
	ask(&a, &get_v, one);
	assert_string_equal(a.text, "Số 1");
	ask(&a, &get_b, one);
	assert_int_equal(a.len, 4);
	assert_memory_equal(a.bytes, "\0\xff\\x", 4);
	ask(&a, &get_v, two);
	assert_true(a.null);
	assert_string_equal(a.text, "");
	ask(&a, &get_b, two);
	assert_false(a.null);
	assert_int_equal(a.len, 0);
	ask(&a, &change, (struct db_param[]){DB_TEXT("3")});
	assert_int_equal(a.touched, 2);
	ask(&a, &get_v, (struct db_param[]){DB_TEXT("99")});
	assert_int_equal(a.rows, 0);
	assert_string_equal(a.text, ""); /* no row: empty, not a crash */
}

static void
test_errors(void **state)
{
	static const struct {
		const char *sql, *sqlstate, *constraint;
		enum status status;
	} rows[] = {
		{"INSERT INTO thing VALUES (500), (500)", "23505", "thing_pkey", STATUS_DUPLICATE},
		{"INSERT INTO thing VALUES (501, 'much too long for this')", "23514", "v_short", STATUS_INVALID},
		{"INSERT INTO part VALUES (77777)", "23503", "part_thing_fkey", STATUS_INVALID},
		{"INSERT INTO thing VALUES (NULL)", "23502", "", STATUS_INVALID},
		{"SELECT 1 / 0", "22012", "", STATUS_INVALID},
		{"SELECT 'x'::int", "22P02", "", STATUS_INVALID},
		{"UPDATE fixed SET v = 2", "P0001", "", STATUS_INVALID},
		{"SELECT nothing", "42703", "", STATUS_INTERNAL},
		{"not sql at all", "42601", "", STATUS_INTERNAL},
		{"DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", "40001", "", STATUS_CONFLICT},
		{"DO $$ BEGIN RAISE SQLSTATE '40P01'; END $$", "40P01", "", STATUS_CONFLICT},
		{"DO $$ BEGIN RAISE SQLSTATE '53100'; END $$", "53100", "", STATUS_NO_SPACE},
		{"DO $$ BEGIN RAISE SQLSTATE '57014'; END $$", "57014", "", STATUS_TIMEOUT},
		{"DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$", "55P03", "", STATUS_TIMEOUT},
	};
	static struct db_stmt stmts[sizeof(rows) / sizeof(rows[0])];
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		stmts[i] = (struct db_stmt){"error", rows[i].sql, 0};
		/* Twice: the second time a good statement is prepared already, a bad one is tried anew. */
		for (int n = 0; n < 2; n++) {
			ask(&a, &stmts[i], NULL);
			assert_int_equal(a.status, rows[i].status);
			assert_string_equal(a.sqlstate, rows[i].sqlstate);
			assert_string_equal(a.constraint, rows[i].constraint);
		}
	}
	assert_int_equal(fixture_sql(&fix, "SELECT 1", NULL), STATUS_OK);
}

/* Many at once, bad ones between: every callback once, none of the good ones hurt. */
static void
test_many(void **state)
{
	static const struct db_stmt sum = {"sum", "SELECT $1::int + 1", 1};
	static struct answer answers[500];
	char number[500][12];

	(void)state;
	memset(answers, 0, sizeof(answers));
	for (int i = 0; i < 500; i++) {
		snprintf(number[i], sizeof(number[i]), i % 7 == 3 ? "x%d" : "%d", i);
		db_query(fix.db, &sum, &DB_TEXT(number[i]), on_answer, &answers[i]);
	}
	for (int i = 0; i < 500; i++) {
		assert_true(fixture_until(&fix, &answers[i].come, 20000));
		assert_int_equal(answers[i].times, 1);
		assert_int_equal(answers[i].status, i % 7 == 3 ? STATUS_INVALID : STATUS_OK);
		if (i % 7 != 3)
			assert_int_equal(atoi(answers[i].text), i + 1);
	}
}

static void
test_queue_is_bounded(void **state)
{
	static const struct db_stmt nap = {"nap", "SELECT 1, pg_sleep(0.05)", 0};
	static const struct db_stmt one = {"one", "SELECT 1", 0};
	enum { N = 2100 };
	struct answer *answers = calloc(N, sizeof(*answers));
	int refused = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		db_query(fix.db, i < 3 ? &nap : &one, NULL, on_answer, &answers[i]);
	for (int i = 0; i < N; i++) {
		assert_true(fixture_until(&fix, &answers[i].come, 20000));
		refused += answers[i].status == STATUS_TOO_MANY;
	}
	assert_in_range(refused, 50, 100);
	free(answers);
}

static void
test_large_result_refused(void **state)
{
	const char *text;

	(void)state;
	assert_int_equal(fixture_sql(&fix, "SELECT repeat('x', 1000) FROM generate_series(1, 40000)", NULL), STATUS_TOO_LARGE);
	assert_int_equal(fixture_sql(&fix, "SELECT repeat('x', 40000000)", NULL), STATUS_TOO_LARGE);
	assert_int_equal(fixture_sql(&fix, "SELECT length(repeat('x', 10000000))", &text), STATUS_OK);
	assert_string_equal(text, "10000000");
}

/* ---- lost connections ---- */

static void
test_only_reads(void **state)
{
	static const char *const reads[] = {"SELECT a FROM t", " select a\n FROM (SELECT 1) x", "WITH x AS (SELECT 1) SELECT 2 FROM x",
		"SELECT utc(now()) FROM t JOIN f($1) ON true"};
	static const char *const writes[] = {"SELECT f(1)", "SELECT v FROM f(1)", "INSERT INTO t SELECT 1 FROM u", "SELECT 1 FROM t FOR UPDATE",
		"WITH x AS (DELETE FROM t RETURNING 1) SELECT 1 FROM x", "SELECT nextval('s') FROM t", "", "CALL p()",
		"SELECT pg_advisory_lock(1) FROM t"};

	(void)state;
	for (size_t i = 0; i < sizeof(reads) / sizeof(reads[0]); i++)
		assert_true(dbpool_only_reads(reads[i]));
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		assert_false(dbpool_only_reads(writes[i]));
}

static void
test_lost(void **state)
{
	static const struct db_stmt writes = {"w", "WITH x AS (SELECT pg_sleep(1)) INSERT INTO part SELECT NULL FROM x", 0};
	static const struct db_stmt reads = {"r", "SELECT id, pg_sleep(0.2) FROM thing LIMIT 1", 0};
	struct answer w = {0}, r = {0};

	(void)state;
	db_query(fix.db, &writes, NULL, on_answer, &w);
	db_query(fix.db, &reads, NULL, on_answer, &r);
	fixture_turn(&fix, 100);
	kill(db_server_pid(fix.db), SIGKILL);
	assert_true(fixture_until(&fix, &w.come, 20000));
	assert_true(fixture_until(&fix, &r.come, 20000));
	assert_int_equal(w.status, STATUS_UNCERTAIN);
	assert_int_equal(r.status, STATUS_OK); /* run again after the restart */
	assert_int_equal(w.times + r.times, 2);
	assert_int_equal(fixture_sql(&fix, "SELECT 1", NULL), STATUS_OK);
	assert_true(db_counters(fix.db).uncertain >= 1);
}

/* The server ends one connection by hand; the rest goes on. */
static void
test_backend_terminated(void **state)
{
	struct answer a = {0};
	static const struct db_stmt slow = {"slow", "INSERT INTO part SELECT NULL FROM (SELECT pg_sleep(5)) x", 0};

	(void)state;
	db_query(fix.db, &slow, NULL, on_answer, &a);
	fixture_turn(&fix, 50);
	assert_int_equal(fixture_sql(&fix, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
					   "WHERE query LIKE '%pg_sleep(5)%' AND pid <> pg_backend_pid()", NULL), STATUS_OK);
	assert_true(fixture_until(&fix, &a.come, 5000));
	assert_int_equal(a.status, STATUS_UNCERTAIN);
	fixture_turn(&fix, 300);
	assert_int_equal(db_counters(fix.db).connections, 3 + 3 + 2);
}

/* ---- sessions ---- */

struct opened {
	bool come;
	enum status status;
	struct db_session *session;
};

static void
on_opened(void *arg, enum status st, struct db_session *s)
{
	*(struct opened *)arg = (struct opened){true, st, s};
}

static void
test_session(void **state)
{
	static const struct db_stmt begin = {"b", "BEGIN", 0};
	static const struct db_stmt put = {"p", "INSERT INTO thing VALUES (900)", 0};
	struct opened o = {0}, more[9] = {0};
	struct answer a[2] = {0};
	const char *text;

	(void)state;
	db_session_open(fix.db, on_opened, &o);
	assert_false(o.come);
	assert_true(fixture_until(&fix, &o.come, 5000));
	assert_int_equal(o.status, STATUS_OK);
	db_session_query(o.session, &begin, NULL, on_answer, &a[0]);
	db_session_query(o.session, &put, NULL, on_answer, &a[1]);
	assert_true(fixture_until(&fix, &a[1].come, 5000));
	assert_int_equal(a[1].status, STATUS_OK);
	db_session_close(o.session);
	fixture_turn(&fix, 50);
	assert_int_equal(fixture_sql(&fix, "SELECT count(*) FROM thing WHERE id = 900", &text), STATUS_OK);
	assert_string_equal(text, "0");
	/* A ninth waits until one of eight is closed. */
	for (int i = 0; i < 9; i++)
		db_session_open(fix.db, on_opened, &more[i]);
	assert_true(fixture_until(&fix, &more[7].come, 5000));
	fixture_turn(&fix, 50);
	assert_false(more[8].come);
	db_session_close(more[0].session);
	assert_true(fixture_until(&fix, &more[8].come, 5000));
	for (int i = 1; i < 9; i++)
		db_session_close(more[i].session);
}

static void
test_session_lost(void **state)
{
	static const struct db_stmt slow = {"s", "SELECT pg_sleep(5)", 0};
	struct opened o = {0};
	struct answer a = {0}, b = {0};

	(void)state;
	db_session_open(fix.db, on_opened, &o);
	assert_true(fixture_until(&fix, &o.come, 5000));
	db_session_query(o.session, &slow, NULL, on_answer, &a);
	fixture_turn(&fix, 50);
	assert_int_equal(fixture_sql(&fix, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
					   "WHERE query LIKE '%pg_sleep(5)%' AND pid <> pg_backend_pid()", NULL), STATUS_OK);
	assert_true(fixture_until(&fix, &a.come, 5000));
	assert_int_equal(a.status, STATUS_UNCERTAIN);
	db_session_query(o.session, &slow, NULL, on_answer, &b);
	assert_true(fixture_until(&fix, &b.come, 5000));
	assert_int_equal(b.status, STATUS_UNAVAILABLE);
	db_session_close(o.session);
}

/* ---- notifications and leaders ---- */

struct heard {
	unsigned texts, losses;
	char last[32];
	bool any, lost;
};

static void
on_heard(void *arg, const char *payload)
{
	struct heard *h = arg;

	if (payload == NULL) {
		h->losses++;
		h->lost = true;
		return;
	}
	h->texts++;
	h->any = true;
	snprintf(h->last, sizeof(h->last), "%s", payload);
}

static void
lead_gained(void *arg)
{
	((bool *)arg)[0] = true;
}

static void
lead_lost(void *arg)
{
	((bool *)arg)[1] = true;
}

static void
test_listen_and_lead(void **state)
{
	static struct heard h; /* db keeps it */
	bool first[2] = {false}, second[2] = {false};
	struct db_leader *a, *b;

	(void)state;
	db_listen(fix.db, "inbox", on_heard, &h);
	assert_int_equal(fixture_sql(&fix, "SELECT pg_notify('inbox', 'xin chào')", NULL), STATUS_OK);
	fixture_turn(&fix, 50);
	assert_int_equal(fixture_sql(&fix, "SELECT pg_notify('inbox', 'một')", NULL), STATUS_OK);
	assert_true(fixture_until(&fix, &h.any, 2000));
	a = db_leader_start(fix.db, 4711, lead_gained, lead_lost, first);
	assert_true(fixture_until(&fix, &first[0], 2000));
	kill(db_server_pid(fix.db), SIGKILL);
	assert_true(fixture_until(&fix, &first[1], 5000));
	first[0] = false;
	assert_true(fixture_until(&fix, &h.lost, 10000));
	assert_int_equal(h.losses, 1);
	assert_true(fixture_until(&fix, &first[0], 10000));
	h.any = false;
	assert_int_equal(fixture_sql(&fix, "SELECT pg_notify('inbox', 'hai')", NULL), STATUS_OK);
	assert_true(fixture_until(&fix, &h.any, 2000));
	assert_string_equal(h.last, "hai");
	/* Another holder of the lock: gained only when it is free. */
	assert_int_equal(fixture_sql(&fix, "SELECT 1", NULL), STATUS_OK);
	db_leader_stop(a);
	b = db_leader_start(fix.db, 4712, lead_gained, lead_lost, second);
	assert_true(fixture_until(&fix, &second[0], 3000));
	db_leader_stop(b);
	fixture_turn(&fix, 50);
}

/* A lock held elsewhere keeps the lead away until it is released. */
static void
test_lead_waits(void **state)
{
	static const struct db_stmt lock = {"l", "SELECT pg_advisory_lock(99)", 0};
	struct opened o = {0};
	struct answer a = {0};
	bool lead[2] = {false};
	struct db_leader *l;

	(void)state;
	db_session_open(fix.db, on_opened, &o);
	assert_true(fixture_until(&fix, &o.come, 5000));
	db_session_query(o.session, &lock, NULL, on_answer, &a);
	assert_true(fixture_until(&fix, &a.come, 5000));
	l = db_leader_start(fix.db, 99, lead_gained, lead_lost, lead);
	assert_false(fixture_until(&fix, &lead[0], 1200));
	db_session_close(o.session);
	assert_true(fixture_until(&fix, &lead[0], 3000));
	db_leader_stop(l);
	assert_false(lead[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_queue_is_bounded),
		cmocka_unit_test(test_large_result_refused),
		cmocka_unit_test(test_only_reads),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_backend_terminated),
		cmocka_unit_test(test_session),
		cmocka_unit_test(test_session_lost),
		cmocka_unit_test(test_listen_and_lead),
		cmocka_unit_test(test_lead_waits),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
