/*
 * sequencer and proofs on a real database with the real schema: dense indexes, the tree's root against an independent computation, proofs
 * checked as a stranger would, a restart in the middle, and a signer that is away.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/evidence/proof.h"
#include "daemon/evidence/sequencer.h"
#include "tests/unit/db_fixture.h"

#define ORIGIN "congvan.example/test"

static struct {
	struct fixture f;
	struct sequencer *s;
	bool stopped, away;
	int asked;
	void (*signed_cb)(void *arg, const char *note);
	void *signed_arg;
	char note[600];
} t;

static char *
read_file(const char *path)
{
	FILE *in = fopen(path, "rb");
	char *text = calloc(1, 200000);

	assert_non_null(in);
	assert_non_null(text);
	assert_true(fread(text, 1, 199999, in) > 0);
	fclose(in);
	return text;
}

static int
migration_name(const struct dirent *e)
{
	return e->d_name[0] >= '0' && e->d_name[0] <= '9';
}

static int
open_office(void **state)
{
	char dir[500], path[800];
	struct dirent **names;
	int n;

	(void)state;
	fixture_open(&t.f);
	snprintf(dir, sizeof(dir), "%s/schemas/sql", getenv("CONGVAN_SRCDIR") ? getenv("CONGVAN_SRCDIR") : ".");
	n = scandir(dir, &names, migration_name, alphasort);
	assert_true(n > 3);
	for (int i = 0; i < n; i++) {
		char *sql;

		snprintf(path, sizeof(path), "%s/%s", dir, names[i]->d_name);
		sql = read_file(path);
		fixture_migration(&t.f, names[i]->d_name, sql);
		free(sql);
		free(names[i]);
	}
	free(names);
	fixture_start(&t.f, NULL);
	assert_int_equal(t.f.ready, STATUS_OK);
	return 0;
}

static void
on_stopped(void *arg)
{
	(void)arg;
	t.stopped = true;
}

static void
stop(void)
{
	if (t.s == NULL)
		return;
	t.stopped = false;
	sequencer_stop(t.s, on_stopped, NULL);
	t.s = NULL;
	assert_true(fixture_until(&t.f, &t.stopped, 30000));
}

static int
close_office(void **state)
{
	(void)state;
	stop(); /* of a test that failed: its timer would keep fixture_close waiting for ever */
	fixture_close(&t.f);
	return 0;
}

static void
answer(void *arg)
{
	(void)arg;
	t.signed_cb(t.signed_arg, t.away ? NULL : t.note);
}

static void
sign(void *arg, const char *body, void (*signed_cb)(void *arg, const char *note), void *signed_arg)
{
	(void)arg;
	t.asked++;
	snprintf(t.note, sizeof(t.note), "%s\n— test c2ln\n", body);
	t.signed_cb = signed_cb;
	t.signed_arg = signed_arg;
	loop_soon(t.f.loop, answer, NULL);
}

static void
start(void)
{
	static const struct sequencer_signer signer = {sign, NULL};
	struct sequencer_config config = {.loop = t.f.loop, .db = t.f.db, .origin = ORIGIN, .signer = &signer,
		.interval_ms = 50};

	assert_int_equal(sequencer_start(&config, &t.s), STATUS_OK);
}

static void
add_leaves(int n)
{
	char sql[400];

	snprintf(sql, sizeof(sql),
		"INSERT INTO leaf (id, type, body, hash) SELECT uuid7(), 'test', b, sha256('\\x00'::bytea || b) FROM "
		"(SELECT convert_to('{\"n\":' || i || ',\"r\":' || random() || '}', 'UTF8') AS b FROM generate_series(1, %d) i) x", n);
	assert_int_equal(fixture_sql(&t.f, sql, NULL), STATUS_OK);
}

static long
number(const char *sql)
{
	const char *text = "";

	assert_int_equal(fixture_sql(&t.f, sql, &text), STATUS_OK);
	return strtol(text, NULL, 10);
}

static void
wait_for_checkpoint(long size)
{
	for (int i = 0; i < 600; i++) {
		if (number("SELECT coalesce(max(size), 0) FROM checkpoint") >= size)
			return;
		fixture_turn(&t.f, 50);
	}
	fail_msg("no checkpoint of size %ld", size);
}

/* RFC 6962 section 2.1 as it is written there: recursion over the list of leaf hashes. */
static struct digest
root_of(const struct digest *leaves, size_t n)
{
	size_t k = 1;
	struct digest left, right;

	if (n == 1)
		return leaves[0];
	while (k * 2 < n)
		k *= 2;
	left = root_of(leaves, k);
	right = root_of(leaves + k, n - k);
	return merkle_node(&left, &right);
}

struct hashes {
	struct digest *all;
	size_t count;
	bool come;
};

static void
on_hashes(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct hashes *h = arg;

	(void)error;
	h->come = true;
	if (st != STATUS_OK)
		return;
	h->count = db_rows(rows);
	h->all = calloc(h->count + 1, sizeof(*h->all));
	for (size_t i = 0; i < h->count && h->all != NULL; i++)
		memcpy(h->all[i].bytes, db_bytes(rows, i, 0).data, DIGEST_BYTES);
}

static struct digest *
leaf_hashes(size_t n)
{
	static const struct db_stmt stmt = {"test_hashes", "SELECT hash FROM leaf WHERE index IS NOT NULL ORDER BY index", 0};
	struct hashes h = {0};

	db_query(t.f.db, &stmt, NULL, on_hashes, &h);
	assert_true(fixture_until(&t.f, &h.come, 30000));
	assert_non_null(h.all);
	assert_true(h.count >= n);
	return h.all;
}

static void
check_root(size_t n)
{
	struct digest *all = leaf_hashes(n), want = root_of(all, n);
	char sql[100], hex[DIGEST_HEX];
	const char *text = "";

	snprintf(sql, sizeof(sql), "SELECT encode(root, 'hex') FROM checkpoint WHERE size = %zu", n);
	assert_int_equal(fixture_sql(&t.f, sql, &text), STATUS_OK);
	digest_hex(&want, hex);
	assert_string_equal(text, hex);
	free(all);
}

static void
test_dense_and_right(void **state)
{
	(void)state;
	add_leaves(1);
	start();
	wait_for_checkpoint(1);
	check_root(1);
	add_leaves(2345); /* more than two rounds */
	sequencer_wake(t.s);
	wait_for_checkpoint(2346);
	assert_int_equal(number("SELECT count(*) FROM leaf WHERE index IS NULL"), 0);
	assert_int_equal(number("SELECT max(index) - min(index) + 1 - count(*) FROM leaf"), 0);
	check_root(2346);
	assert_non_null(strstr(t.note, ORIGIN "\n2346\n"));
	stop();
}

static void
test_goes_on_after_a_restart(void **state)
{
	(void)state;
	add_leaves(77);
	start();
	wait_for_checkpoint(2423);
	check_root(2423);
	stop();
}

static void
test_signer_away(void **state)
{
	int asked;

	(void)state;
	t.away = true;
	add_leaves(3);
	start();
	asked = t.asked;
	for (int i = 0; i < 100 && t.asked < asked + 2; i++)
		fixture_turn(&t.f, 50);
	assert_true(t.asked >= asked + 2); /* tried again, and leaves are numbered all the same */
	assert_int_equal(number("SELECT max(index) + 1 FROM leaf"), 2426);
	t.away = false;
	wait_for_checkpoint(2426);
	check_root(2426);
	stop();
}

struct proven {
	bool done;
	enum status st;
	struct merkle_proof proof;
};

static void
on_proof(void *arg, enum status st, const struct merkle_proof *proof)
{
	struct proven *p = arg;

	p->done = true;
	p->st = st;
	if (proof != NULL)
		p->proof = *proof;
}

static void
test_inclusion(void **state)
{
	static const uint64_t sizes[] = {1, 2, 3, 1000, 2346, 2423, 2426};
	struct digest *all = leaf_hashes(2426);

	(void)state;
	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct digest root = root_of(all, sizes[s]);
		uint64_t indexes[] = {0, sizes[s] / 2, sizes[s] - 1};

		for (size_t i = 0; i < 3; i++) {
			struct proven p = {0};

			proof_inclusion(t.f.db, indexes[i], sizes[s], on_proof, &p);
			assert_false(p.done);
			assert_true(fixture_until(&t.f, &p.done, 30000));
			assert_int_equal(p.st, STATUS_OK);
			assert_true(merkle_check_inclusion(&all[indexes[i]], indexes[i], sizes[s], &p.proof, &root));
			if (sizes[s] > 1)
				assert_false(merkle_check_inclusion(&all[(indexes[i] + 1) % sizes[s]], indexes[i], sizes[s],
					&p.proof, &root));
		}
	}
	free(all);
}

static void
test_consistency(void **state)
{
	static const uint64_t pairs[][2] = {{1, 2426}, {2, 3}, {1024, 2048}, {2346, 2423}, {2423, 2426}, {2426, 2426}};
	struct digest *all = leaf_hashes(2426);

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct digest first = root_of(all, pairs[i][0]), second = root_of(all, pairs[i][1]);
		struct proven p = {0};

		proof_consistency(t.f.db, pairs[i][0], pairs[i][1], on_proof, &p);
		assert_true(fixture_until(&t.f, &p.done, 30000));
		assert_int_equal(p.st, STATUS_OK);
		assert_true(merkle_check_consistency(pairs[i][0], &first, pairs[i][1], &second, &p.proof));
	}
	free(all);
}

static void
test_refused_proofs(void **state)
{
	struct proven p = {0}, q = {0};

	(void)state;
	proof_inclusion(t.f.db, 5, 5, on_proof, &p);
	assert_true(fixture_until(&t.f, &p.done, 30000));
	assert_int_equal(p.st, STATUS_INVALID);
	proof_inclusion(t.f.db, 0, 5000, on_proof, &q); /* beyond the log */
	assert_true(fixture_until(&t.f, &q.done, 30000));
	assert_int_equal(q.st, STATUS_NOT_FOUND);
}

static void
test_history_cannot_be_changed(void **state)
{
	static const char *const changes[] = {
		"UPDATE leaf SET body = '\\x7b7d', hash = sha256('\\x007b7d'::bytea) WHERE index = 3",
		"UPDATE leaf SET index = 999999 WHERE index = 3",
		"DELETE FROM leaf WHERE index = 3",
		"TRUNCATE leaf CASCADE",
		"UPDATE tree_node SET hash = sha256('x') WHERE level = 1 AND number = 0",
		"INSERT INTO leaf (id, type, body, hash) VALUES (uuid7(), 'x', 'a', sha256('b'))",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		assert_int_not_equal(fixture_sql(&t.f, changes[i], NULL), STATUS_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dense_and_right),
		cmocka_unit_test(test_goes_on_after_a_restart),
		cmocka_unit_test(test_signer_away),
		cmocka_unit_test(test_inclusion),
		cmocka_unit_test(test_consistency),
		cmocka_unit_test(test_refused_proofs),
		cmocka_unit_test(test_history_cannot_be_changed),
	};

	return cmocka_run_group_tests(tests, open_office, close_office);
}
