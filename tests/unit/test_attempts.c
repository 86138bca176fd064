/* attempts: no guess is free, whatever happens to the process; a right PIN pays for the next attempt in advance, and that costs nobody anything but after a crash. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "signer/attempts.h"

#define KEY "leader1"
#define START ((clock_us)1800000000 * CLOCK_SECOND)

static const struct attempts_rules usual = {5, 10, CLOCK_SECOND};

struct world {
	char dir[64], path[80];
	struct attempts *a;
};

static void
begin(struct world *w, const struct attempts_rules *rules)
{
	snprintf(w->dir, sizeof(w->dir), "/tmp/attempts.XXXXXX");
	assert_non_null(mkdtemp(w->dir));
	snprintf(w->path, sizeof(w->path), "%s/" KEY, w->dir);
	assert_int_equal(attempts_open(w->dir, rules, &w->a), STATUS_OK);
}

static void
end(struct world *w)
{
	attempts_close(w->a);
	unlink(w->path);
	snprintf(w->path, sizeof(w->path), "%s/other", w->dir);
	unlink(w->path);
	rmdir(w->dir);
}

/* The process is gone without a word, and another one begins. */
static void
crash(struct world *w, const struct attempts_rules *rules)
{
	static struct attempts *gone[64]; /* closed, it would write */
	static size_t count;

	assert_true(count < 64);
	gone[count++] = w->a;
	assert_int_equal(attempts_open(w->dir, rules, &w->a), STATUS_OK);
	assert_ptr_not_equal(gone[count - 1], w->a);
}

static unsigned
left(const struct world *w, clock_us now)
{
	return attempts_state(w->a, KEY, now).left;
}

static void
right_pin(struct world *w, clock_us now)
{
	assert_int_equal(attempts_charge(w->a, KEY, now), STATUS_OK);
	attempts_refund(w->a, KEY, true);
}

static void
wrong_pin(struct world *w, clock_us now)
{
	assert_int_equal(attempts_charge(w->a, KEY, now), STATUS_OK);
	attempts_wrong(w->a, KEY, now);
}

static void
read_file(const struct world *w, char line[64])
{
	FILE *f = fopen(w->path, "r");

	assert_non_null(f);
	assert_non_null(fgets(line, 64, f));
	fclose(f);
}

static void
test_paid_once(void **state)
{
	struct world w;
	char first[64], later[64];

	(void)state;
	begin(&w, &usual);
	right_pin(&w, START);
	assert_int_equal(left(&w, START), 10);
	read_file(&w, first);
	for (int i = 1; i < 5; i++) {
		right_pin(&w, START + i * CLOCK_SECOND);
		read_file(&w, later);
		assert_string_equal(first, later); /* not written to */
		assert_int_equal(left(&w, START + i * CLOCK_SECOND), 10);
	}
	assert_int_equal(attempts_charge(w.a, "other", START), STATUS_OK);
	attempts_refund(w.a, "other", true);
	attempts_close(w.a); /* in order */
	assert_int_equal(attempts_open(w.dir, &usual, &w.a), STATUS_OK);
	assert_int_equal(left(&w, START), 10);
	assert_int_equal(attempts_state(w.a, "other", START).left, 10);
	end(&w);
}

/* Wrong ones count one by one, with the time of each, whether they were paid for or not; untried ones do not count. */
static void
test_wrong(void **state)
{
	struct world w;
	clock_us t = START;

	(void)state;
	begin(&w, &usual);
	right_pin(&w, t);
	for (unsigned i = 1; i <= 5; i++) {
		t += 3 * CLOCK_DAY;
		assert_int_equal(attempts_charge(w.a, KEY, t), STATUS_OK);
		attempts_refund(w.a, KEY, false);
		assert_int_equal(left(&w, t), 10 - (i - 1));
		wrong_pin(&w, t);
		assert_int_equal(left(&w, t), 10 - i);
	}
	assert_int_equal(attempts_state(w.a, KEY, t).retry_after, 1); /* from the last one on */
	right_pin(&w, t + 2 * CLOCK_SECOND);
	assert_int_equal(left(&w, t), 10);
	wrong_pin(&w, t + 3 * CLOCK_SECOND);
	assert_int_equal(left(&w, t), 9);
	end(&w);
}

/* The delay of a wrong PIN that was paid for long ago runs from when it was given. */
static void
test_delay(void **state)
{
	static const struct attempts_rules strict = {2, 5, 3600 * CLOCK_SECOND};
	struct world w;
	clock_us t = START + 30 * CLOCK_DAY;

	(void)state;
	begin(&w, &strict);
	right_pin(&w, START);
	wrong_pin(&w, t);
	wrong_pin(&w, t);
	assert_int_equal(attempts_state(w.a, KEY, t).status, STATUS_TOO_MANY);
	assert_int_equal(attempts_state(w.a, KEY, t).retry_after, 3600);
	end(&w);
}

/* Whoever can end the process after each guess, before anything is said of it, has no more guesses than the rules give. */
static void
test_crash(void **state)
{
	struct world w;
	unsigned guesses = 0;
	clock_us t = START;

	(void)state;
	begin(&w, &usual);
	right_pin(&w, t);
	crash(&w, &usual);
	assert_int_equal(left(&w, t), 9); /* one too many stands */
	right_pin(&w, t);
	assert_int_equal(left(&w, t), 10);
	for (; attempts_state(w.a, KEY, t).status != STATUS_LOCKED; t += 30 * CLOCK_DAY) {
		assert_int_equal(attempts_state(w.a, KEY, t).status, STATUS_OK);
		assert_int_equal(attempts_charge(w.a, KEY, t), STATUS_OK);
		guesses++;
		crash(&w, &usual);
	}
	assert_int_equal(guesses, 10);
	end(&w);
}

/* The administrator's word, by another hand or by this process, is not undone by what was known before. */
static void
test_unlock(void **state)
{
	struct attempts *other;
	struct world w;

	(void)state;
	begin(&w, &usual);
	right_pin(&w, START);
	assert_int_equal(attempts_unlock(w.a, KEY), STATUS_OK);
	assert_int_equal(left(&w, START), 10);
	wrong_pin(&w, START);
	assert_int_equal(left(&w, START), 9);
	assert_int_equal(attempts_open(w.dir, &usual, &other), STATUS_OK);
	right_pin(&w, START);
	assert_int_equal(attempts_unlock(other, KEY), STATUS_OK);
	wrong_pin(&w, START);
	wrong_pin(&w, START);
	assert_int_equal(left(&w, START), 8);
	attempts_close(other);
	end(&w);
}

/* Rules with few attempts have none to spare. */
static void
test_few(void **state)
{
	static const struct attempts_rules few = {2, 2, CLOCK_SECOND}, eager = {1, 10, CLOCK_SECOND};
	const struct attempts_rules *all[] = {&few, &eager};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world w;

		begin(&w, all[i]);
		right_pin(&w, START);
		crash(&w, all[i]);
		assert_int_equal(left(&w, START), all[i]->most);
		end(&w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paid_once),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_crash),
		cmocka_unit_test(test_unlock),
		cmocka_unit_test(test_few),
	};

	return cmocka_run_group_tests_name("attempts", tests, NULL, NULL);
}
