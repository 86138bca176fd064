/* db, acts: together or not at all, neighbours unhurt, gathered into few commits, certain answers when the server is killed under load. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <cmocka.h>

#include "tests/unit/db_fixture.h"

static struct fixture fix;

static int
start(void **state)
{
	fixture_open(&fix);
	fixture_migration(&fix, "001_test.sql",
		"CREATE TABLE thing (id int PRIMARY KEY, v text);"
		"CREATE TABLE late (id int UNIQUE DEFERRABLE INITIALLY DEFERRED);"
		"CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;"
		"CREATE TABLE slow (id int);"
		"CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED "
		"FOR EACH ROW EXECUTE FUNCTION dawdle();"
		"CREATE TABLE flush (id serial); CREATE TABLE said (setting text);"
		"CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO said VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;"
		"CREATE CONSTRAINT TRIGGER say_at_commit AFTER INSERT ON flush DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION say();"
		"CREATE TABLE number (next int); INSERT INTO number VALUES (1);");
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

static const struct db_stmt stmt_put = {"put", "INSERT INTO thing VALUES ($1, $2)", 2};
static const struct db_stmt stmt_late = {"late", "INSERT INTO late VALUES ($1)", 1};
static const struct db_stmt stmt_take = {"take", "UPDATE number SET next = next + 1 RETURNING next - 1", 0};

static int64_t
number(const char *sql)
{
	const char *text;

	assert_int_equal(fixture_sql(&fix, sql, &text), STATUS_OK);
	return atoll(text);
}

/* An act of a few inserts and an end. */
struct job {
	bool done;
	unsigned times, runs, answers, cancelled;
	enum status status, end;
	enum status statement; /* of the last failed one */
	int first, count;      /* ids put */
	bool waits;            /* ends from the callback of its last statement, not from run */
	bool silent;           /* calls act_end only if all went well */
	struct act *act;
};

static void
on_put(void *arg, enum status st, const struct db_result *r, const struct db_error *error)
{
	struct job *j = arg;

	(void)r;
	(void)error;
	j->answers++;
	if (st == STATUS_CANCELLED)
		j->cancelled++;
	else if (st != STATUS_OK)
		j->statement = st;
	if (j->waits && j->answers == (unsigned)j->count * j->runs && (st == STATUS_OK || !j->silent))
		act_end(j->act, st == STATUS_OK ? j->end : STATUS_OK);
}

static void
job_run(struct act *act, void *arg)
{
	struct job *j = arg;
	char id[16];

	j->act = act;
	j->runs++;
	j->answers = (unsigned)j->count * (j->runs - 1);
	for (int i = 0; i < j->count; i++) {
		snprintf(id, sizeof(id), "%d", j->first + i);
		act_query(act, &stmt_put, (struct db_param[]){DB_TEXT(id), DB_TEXT("x")}, on_put, j);
	}
	if (!j->waits)
		act_end(act, j->end);
}

static void
job_done(void *arg, enum status st)
{
	struct job *j = arg;

	j->done = true;
	j->times++;
	j->status = st;
}

static const struct act_kind job_kind = {.run = job_run, .done = job_done};

static void
run_all(struct job *jobs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		db_act(fix.db, &job_kind, &jobs[i]);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(jobs[i].runs, 0); /* never inside db_act */
	for (size_t i = 0; i < n; i++) {
		assert_true(fixture_until(&fix, &jobs[i].done, 20000));
		assert_int_equal(jobs[i].times, 1);
	}
}

/* One fails on a duplicate in its middle, one refuses itself: their neighbours in the same transaction stay, and each is undone whole. */
static void
test_neighbours(void **state)
{
	struct job jobs[] = {
		{.first = 10, .count = 3},
		{.first = 8, .count = 5},  /* 10 is taken: 8 and 9 go too, 11 and 12 are cancelled */
		{.first = 20, .count = 2, .end = STATUS_CONFLICT},
		{.first = 30, .count = 1},
		{.first = 12, .count = 3, .waits = true},
		{.first = 12, .count = 2, .waits = true, .silent = true},
		{.first = 40, .count = 2, .waits = true},
		{.first = 0, .count = 0},
		{.first = 0, .count = 0, .end = STATUS_DENIED},
	};
	struct db_counters before = db_counters(fix.db), after;

	(void)state;
	run_all(jobs, sizeof(jobs) / sizeof(jobs[0]));
	after = db_counters(fix.db);
	assert_in_range(after.batches - before.batches, 1, 4); /* one, unless this machine is out of breath */
	assert_int_equal(jobs[0].status, STATUS_OK);
	assert_int_equal(jobs[1].status, STATUS_DUPLICATE);
	assert_int_equal(jobs[1].statement, STATUS_DUPLICATE);
	assert_int_equal(jobs[1].cancelled, 2);
	assert_int_equal(jobs[2].status, STATUS_CONFLICT);
	assert_int_equal(jobs[3].status, STATUS_OK);
	assert_int_equal(jobs[4].status, STATUS_DUPLICATE); /* though it said OK */
	assert_int_equal(jobs[5].status, STATUS_DUPLICATE);
	assert_int_equal(jobs[6].status, STATUS_OK);
	assert_int_equal(jobs[7].status, STATUS_OK);
	assert_int_equal(jobs[8].status, STATUS_DENIED);
	assert_int_equal(number("SELECT count(*) FROM thing"), 6);
	assert_int_equal(number("SELECT sum(id) FROM thing"), 10 + 11 + 12 + 30 + 40 + 41);
	assert_int_equal(fixture_sql(&fix, "DELETE FROM thing", NULL), STATUS_OK);
}

static void
flush_run(struct act *act, void *arg)
{
	static const struct db_stmt put = {"flush_put", "INSERT INTO flush DEFAULT VALUES", 0};
	struct job *j = arg;

	j->runs++;
	act_query(act, &put, NULL, on_put, j);
	act_end(act, STATUS_OK);
}

/* How many of the acts, done together, were committed with this setting. */
static int64_t
commit_with(const struct act_kind *const kinds[], size_t n, const char *setting)
{
	struct job jobs[4] = {0};
	char sql[80];

	assert_int_equal(fixture_sql(&fix, "DELETE FROM said", NULL), STATUS_OK);
	for (size_t i = 0; i < n; i++)
		db_act(fix.db, kinds[i], &jobs[i]);
	for (size_t i = 0; i < n; i++) {
		assert_true(fixture_until(&fix, &jobs[i].done, 20000));
		assert_int_equal(jobs[i].status, STATUS_OK);
	}
	assert_int_equal(number("SELECT count(*) FROM said"), n);
	snprintf(sql, sizeof(sql), "SELECT count(*) FROM said WHERE setting = '%s'", setting);
	return number(sql);
}

/* Acts that a crash may take are not flushed when they are among themselves; with another one, all are. */
static void
test_unflushed(void **state)
{
	static const struct act_kind lasting = {.run = flush_run, .done = job_done}, passing = {.run = flush_run, .done = job_done, .unflushed = true};
	const struct act_kind *alone[] = {&passing, &passing}, *first[] = {&lasting, &passing}, *last[] = {&passing, &passing, &lasting};

	(void)state;
	assert_int_equal(commit_with(alone, 2, "off"), 2);
	assert_int_equal(commit_with(first, 2, "on"), 2);
	assert_int_equal(commit_with(last, 3, "on"), 3);
	assert_int_equal(commit_with(alone, 1, "off"), 1);
	assert_int_equal(commit_with(first, 1, "on"), 1);
}

/* Two hundred acts in few commits. */
static void
test_gathered(void **state)
{
	static struct job jobs[200];
	struct db_counters before = db_counters(fix.db), after;

	(void)state;
	for (int i = 0; i < 200; i++)
		jobs[i] = (struct job){.first = 10 * i, .count = 2, .waits = i % 2};
	run_all(jobs, 200);
	after = db_counters(fix.db);
	assert_int_equal(after.acts - before.acts, 200);
	assert_in_range(after.batches - before.batches, 1, 40);
	assert_in_range(after.largest_batch, 8, 64);
	assert_int_equal(number("SELECT count(*) FROM thing"), 400);
	for (int i = 0; i < 200; i++)
		assert_int_equal(jobs[i].status, STATUS_OK);
	assert_int_equal(fixture_sql(&fix, "DELETE FROM thing", NULL), STATUS_OK);
}

/* An act asked for by a callback of another. */
struct chain {
	int left;
	bool over;
	enum status status;
};

static void chain_done(void *arg, enum status st);

static void
chain_run(struct act *act, void *arg)
{
	(void)arg;
	act_end(act, STATUS_OK);
}

static const struct act_kind chain_kind = {.run = chain_run, .done = chain_done};

static void
chain_done(void *arg, enum status st)
{
	struct chain *c = arg;

	if (st == STATUS_OK && --c->left > 0) {
		db_act(fix.db, &chain_kind, c);
		return;
	}
	c->over = true;
	c->status = st;
}

static void
test_chain(void **state)
{
	struct chain c = {50, false, STATUS_OK};

	(void)state;
	db_act(fix.db, &chain_kind, &c);
	assert_true(fixture_until(&fix, &c.over, 10000));
	assert_int_equal(c.status, STATUS_OK);
}

/* A constraint that speaks only at COMMIT: the guilty act is found, the others are done. */
struct late {
	bool done;
	unsigned runs;
	enum status status;
	const char *id;
};

static void
late_put(void *arg, enum status st, const struct db_result *r, const struct db_error *e)
{
	(void)arg;
	(void)st;
	(void)r;
	(void)e;
}

static void
late_run(struct act *act, void *arg)
{
	struct late *l = arg;

	l->runs++;
	act_query(act, &stmt_late, &DB_TEXT(l->id), late_put, l);
	act_end(act, STATUS_OK);
}

static void
late_done(void *arg, enum status st)
{
	struct late *l = arg;

	l->status = st;
	l->done = true;
}

static void
test_refused_commit(void **state)
{
	static const struct act_kind kind = {.run = late_run, .done = late_done};
	struct late l[4] = {{.id = "1"}, {.id = "2"}, {.id = "1"}, {.id = "3"}};

	(void)state;
	for (int i = 0; i < 4; i++)
		db_act(fix.db, &kind, &l[i]);
	for (int i = 0; i < 4; i++)
		assert_true(fixture_until(&fix, &l[i].done, 10000));
	assert_int_equal(l[0].status, STATUS_OK);
	assert_int_equal(l[1].status, STATUS_OK);
	assert_int_equal(l[2].status, STATUS_DUPLICATE);
	assert_int_equal(l[3].status, STATUS_OK);
	assert_int_equal(l[0].runs, 2);
	assert_int_equal(number("SELECT count(*) FROM late"), 3);
}

/* 40001 in an act: run again from scratch, at most three times. */
struct again {
	bool done;
	unsigned runs, fails;
	enum status status;
	struct act *act;
};

static void
again_answer(void *arg, enum status st, const struct db_result *r, const struct db_error *e)
{
	struct again *a = arg;

	(void)r;
	(void)e;
	if (st == STATUS_OK)
		act_end(a->act, STATUS_OK);
}

static void
again_run(struct act *act, void *arg)
{
	static const struct db_stmt bad = {"bad", "DO $$ BEGIN RAISE SQLSTATE '40001'; END $$", 0};
	static const struct db_stmt good = {"good", "SELECT 1", 0};
	struct again *a = arg;

	a->act = act;
	act_query(act, a->runs++ < a->fails ? &bad : &good, NULL, again_answer, a);
}

static void
again_done(void *arg, enum status st)
{
	struct again *a = arg;

	a->status = st;
	a->done = true;
}

static void
test_run_again(void **state)
{
	static const struct act_kind kind = {.run = again_run, .done = again_done};
	struct again two = {.fails = 2}, always = {.fails = 99};

	(void)state;
	db_act(fix.db, &kind, &two);
	db_act(fix.db, &kind, &always);
	assert_true(fixture_until(&fix, &two.done, 10000));
	assert_true(fixture_until(&fix, &always.done, 10000));
	assert_int_equal(two.status, STATUS_OK);
	assert_int_equal(two.runs, 3);
	assert_int_equal(always.status, STATUS_CONFLICT);
	assert_int_equal(always.runs, 3);
}

/* ---- the connection goes during an act, and during a commit ---- */

static void
one_run(struct act *act, const struct db_stmt *stmt, struct late *l)
{
	l->runs++;
	act_query(act, stmt, NULL, late_put, l);
	act_end(act, STATUS_OK);
}

static void
sleeping_run(struct act *act, void *arg)
{
	static const struct db_stmt first = {"sleep", "SELECT pg_sleep(1)", 0}, second = {"nothing", "SELECT 2", 0};
	struct late *l = arg;

	/* Long only the first time, so that the test is not. */
	one_run(act, l->runs == 0 ? &first : &second, l);
}

static void
slow_run(struct act *act, void *arg)
{
	static const struct db_stmt stmt = {"slow", "INSERT INTO slow VALUES (1)", 0};

	one_run(act, &stmt, arg);
}

static void
test_lost_before_commit(void **state)
{
	static const struct act_kind sleeping = {.run = sleeping_run, .done = late_done}, late = {.run = late_run, .done = late_done};
	struct late before = {.id = "101"}, during = {.id = ""}, after = {.id = "102"};

	(void)state;
	db_act(fix.db, &late, &before);
	db_act(fix.db, &sleeping, &during);
	db_act(fix.db, &late, &after);
	fixture_turn(&fix, 200);
	kill(db_server_pid(fix.db), SIGKILL);
	assert_true(fixture_until(&fix, &before.done, 20000));
	assert_true(fixture_until(&fix, &during.done, 20000));
	assert_true(fixture_until(&fix, &after.done, 20000));
	assert_int_equal(before.status, STATUS_OK);
	assert_int_equal(during.status, STATUS_OK);
	assert_int_equal(after.status, STATUS_OK);
	assert_int_equal(before.runs, 2);
	assert_int_equal(during.runs, 2);
	assert_int_equal(after.runs, 2); /* begun on the heels of the sleeping one */
	assert_int_equal(number("SELECT count(*) FROM late WHERE id IN (101, 102)"), 2);
}

static void
test_lost_in_commit(void **state)
{
	static const struct act_kind slow = {.run = slow_run, .done = late_done};
	struct late kept = {.id = ""};
	struct job refused = {.first = 1, .count = 1, .end = STATUS_DENIED}, next = {.first = 5000, .count = 1};

	(void)state;
	db_act(fix.db, &slow, &kept);
	db_act(fix.db, &job_kind, &refused);
	fixture_turn(&fix, 200);
	db_act(fix.db, &job_kind, &next); /* comes during the commit: not touched by its loss */
	fixture_turn(&fix, 50);
	kill(db_server_pid(fix.db), SIGKILL);
	assert_true(fixture_until(&fix, &kept.done, 20000));
	assert_true(fixture_until(&fix, &refused.done, 20000));
	assert_true(fixture_until(&fix, &next.done, 20000));
	assert_int_equal(kept.status, STATUS_UNCERTAIN);
	assert_int_equal(kept.runs, 1);
	assert_int_equal(refused.status, STATUS_UNAVAILABLE);
	assert_int_equal(next.status, STATUS_OK);
	assert_int_equal(number("SELECT count(*) FROM slow"), 0);
}

/* A result too large for us is no error to the server, which has gone on to the next act by then: that act alone is refused. */
static void
huge_run(struct act *act, void *arg)
{
	static const struct db_stmt stmt = {"huge", "SELECT repeat('x', 40000000)", 0};

	one_run(act, &stmt, arg);
}

static void
test_result_too_large(void **state)
{
	static const struct act_kind huge = {.run = huge_run, .done = late_done}, late = {.run = late_run, .done = late_done};
	struct late before = {.id = "201"}, large = {.id = ""}, after = {.id = "202"};

	(void)state;
	db_act(fix.db, &late, &before);
	db_act(fix.db, &huge, &large);
	db_act(fix.db, &late, &after);
	assert_true(fixture_until(&fix, &before.done, 20000));
	assert_true(fixture_until(&fix, &large.done, 20000));
	assert_true(fixture_until(&fix, &after.done, 20000));
	assert_int_equal(before.status, STATUS_OK);
	assert_int_equal(large.status, STATUS_TOO_LARGE);
	assert_int_equal(after.status, STATUS_OK);
}

/* An act that never ends is refused in its time; its late words do no harm. */
static void
never_run(struct act *act, void *arg)
{
	((struct job *)arg)->act = act;
}

static void
test_never_ends(void **state)
{
	static const struct act_kind never = {.run = never_run, .done = job_done};
	struct job stuck = {0}, behind = {.first = 6000, .count = 1};

	(void)state;
	db_act(fix.db, &never, &stuck);
	db_act(fix.db, &job_kind, &behind);
	assert_true(fixture_until(&fix, &stuck.done, 20000));
	assert_int_equal(stuck.status, STATUS_TIMEOUT);
	assert_true(fixture_until(&fix, &behind.done, 5000));
	assert_int_equal(behind.status, STATUS_OK);
	act_query(stuck.act, &stmt_take, NULL, on_put, &stuck);
	fixture_turn(&fix, 20);
	assert_int_equal(stuck.cancelled, 1);
	act_end(stuck.act, STATUS_OK);
	fixture_turn(&fix, 1200);
	assert_int_equal(stuck.times, 1);
}

/* Queue limit. */
static void
test_too_many(void **state)
{
	enum { N = 2100 };
	struct job *jobs = calloc(N, sizeof(*jobs));
	unsigned refused = 0;

	(void)state;
	run_all(jobs, N);
	for (int i = 0; i < N; i++)
		refused += jobs[i].status == STATUS_TOO_MANY;
	assert_int_equal(refused, 100);
	free(jobs);
}

/* ---- kill -9 of postgres under load ---- */

struct load {
	int next, flying, taken, unknown, refused;
	bool over, stop;
	char *known; /* ids answered OK */
	char *maybe; /* answered UNCERTAIN */
};

struct load_act {
	struct load *load;
	struct act *act;
	int id;
};

static void load_more(struct load *l);

static void
load_put(void *arg, enum status st, const struct db_result *r, const struct db_error *e)
{
	struct load_act *a = arg;

	(void)r;
	(void)e;
	if (st == STATUS_OK)
		act_end(a->act, STATUS_OK);
}

/* Takes the gap-free number and stores a row under it, as a register does. */
static void
load_number(void *arg, enum status st, const struct db_result *r, const struct db_error *e)
{
	struct load_act *a = arg;
	char v[16];

	(void)e;
	if (st != STATUS_OK)
		return;
	snprintf(v, sizeof(v), "%d", a->id);
	act_query(a->act, &stmt_put, (struct db_param[]){DB_TEXT(db_text(r, 0, 0)), DB_TEXT(v)}, load_put, a);
}

static void
load_run(struct act *act, void *arg)
{
	struct load_act *a = arg;

	a->act = act;
	act_query(act, &stmt_take, NULL, load_number, a);
}

static void
load_done(void *arg, enum status st)
{
	struct load_act *a = arg;
	struct load *l = a->load;

	l->flying--;
	if (st == STATUS_OK)
		l->known[a->id] = 1;
	else if (st == STATUS_UNCERTAIN)
		l->maybe[a->id] = 1;
	l->taken += st == STATUS_OK;
	l->unknown += st == STATUS_UNCERTAIN;
	l->refused += st == STATUS_UNAVAILABLE;
	assert_true(st == STATUS_OK || st == STATUS_UNCERTAIN || st == STATUS_UNAVAILABLE);
	free(a);
	load_more(l);
}

#define LOAD_MOST 200000

static void
load_more(struct load *l)
{
	static const struct act_kind kind = {.run = load_run, .done = load_done};
	struct load_act *a;

	while (!l->stop && l->flying < 50 && l->next < LOAD_MOST) {
		a = calloc(1, sizeof(*a));
		a->load = l;
		a->id = l->next++;
		l->flying++;
		db_act(fix.db, &kind, a);
	}
	l->over = l->flying == 0;
}

static void
check_load(struct load *l)
{
	static char text[64];
	const char *answer;
	int rows = 0, i, at = 0;

	/* Every acknowledged act is there, no refused one is; the numbers have no gap and no double. */
	assert_int_equal(fixture_sql(&fix, "CREATE TABLE seen AS SELECT v::int AS v FROM thing", NULL), STATUS_OK);
	for (i = 0; i < l->next; i += 100) {
		static char sql[300];

		snprintf(sql, sizeof(sql),
			"SELECT string_agg(CASE WHEN s.v IS NULL THEN '0' ELSE '1' END, '' ORDER BY g) "
			"FROM generate_series(%d, %d) g LEFT JOIN seen s ON s.v = g", i, i + 99);
		assert_int_equal(fixture_sql(&fix, sql, &answer), STATUS_OK);
		for (at = 0; at < 100 && i + at < l->next; at++) {
			bool there = answer[at] == '1';

			rows += there;
			if (l->known[i + at])
				assert_true(there);
			else if (!l->maybe[i + at])
				assert_false(there);
		}
	}
	(void)text;
	assert_int_equal(number("SELECT count(*) FROM thing"), rows);
	assert_int_equal(number("SELECT count(DISTINCT id) FROM thing"), rows);
	assert_int_equal(number("SELECT max(id) FROM thing"), rows);
	assert_int_equal(number("SELECT next FROM number"), rows + 1);
	assert_in_range(rows, l->taken, l->taken + l->unknown);
}

static void
test_killed_under_load(void **state)
{
	static struct load l;
	int before = 0;

	(void)state;
	assert_int_equal(fixture_sql(&fix, "DELETE FROM thing", NULL), STATUS_OK);
	l.known = calloc(LOAD_MOST, 1);
	l.maybe = calloc(LOAD_MOST, 1);
	srand(42);
	load_more(&l);
	for (int i = 0; i < 6; i++) {
		int old = db_server_pid(fix.db), now;

		fixture_turn(&fix, 200 + (unsigned)rand() % 200);
		assert_int_not_equal(old, 0);
		kill(old, i % 3 == 2 ? SIGQUIT : SIGKILL);
		for (int n = 0; n < 300; n++) {
			now = db_server_pid(fix.db);
			if (now != 0 && now != old && db_is_up(fix.db))
				break;
			fixture_turn(&fix, 100);
		}
		before = l.taken;
		for (int n = 0; n < 100 && l.taken == before; n++)
			fixture_turn(&fix, 100);
		assert_true(l.taken > before); /* work goes on after each */
	}
	fixture_turn(&fix, 200);
	l.stop = true;
	assert_true(fixture_until(&fix, &l.over, 20000));
	assert_true(db_counters(fix.db).reconnects >= 6);
	print_message("acts: %d committed, %d uncertain, %d refused\n", l.taken, l.unknown, l.refused);
	check_load(&l);
	free(l.known);
	free(l.maybe);
}

/* Stopped with acts in every state: each is answered once, none is left. */
static void
test_stop_with_acts(void **state)
{
	static struct job jobs[300];

	(void)state;
	assert_int_equal(fixture_sql(&fix, "DELETE FROM thing", NULL), STATUS_OK);
	for (int i = 0; i < 300; i++) {
		jobs[i] = (struct job){.first = 10 * i, .count = 2, .waits = i % 2};
		db_act(fix.db, &job_kind, &jobs[i]);
	}
	fixture_turn(&fix, 5);
	fixture_stop(&fix);
	for (int i = 0; i < 300; i++) {
		assert_int_equal(jobs[i].times, 1);
		assert_true(jobs[i].status == STATUS_OK || jobs[i].status == STATUS_CANCELLED ||
			jobs[i].status == STATUS_UNCERTAIN);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_unflushed),
		cmocka_unit_test(test_gathered),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_refused_commit),
		cmocka_unit_test(test_run_again),
		cmocka_unit_test(test_lost_before_commit),
		cmocka_unit_test(test_lost_in_commit),
		cmocka_unit_test(test_result_too_large),
		cmocka_unit_test(test_never_ends),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_killed_under_load),
		cmocka_unit_test(test_stop_with_acts),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
