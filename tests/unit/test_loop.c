/*
 * loop: tasks run later and in order, timers stop inside themselves, a long turn shows, nothing
 * leaks.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "daemon/io/loop.h"
#include "lib/base/clock.h"

struct trace {
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_task task, other;
	char order[32];
	int count;
	bool inside;
};

static void
mark(struct trace *t, char c)
{
	t->order[strlen(t->order)] = c;
}

static void
second(void *arg)
{
	struct trace *t = arg;

	assert_false(t->inside);
	mark(t, 'b');
}

static void
first(void *arg)
{
	struct trace *t = arg;

	assert_false(t->inside);
	mark(t, 'a');
	t->inside = true;
	assert_int_equal(loop_soon(t->loop, second, t), STATUS_OK);
	t->inside = false;
	mark(t, '.');
}

static void
test_soon_runs_later_and_once(void **state)
{
	struct trace t = {0};

	(void)state;
	assert_int_equal(loop_new(&t.loop), STATUS_OK);
	t.inside = true;
	assert_int_equal(loop_soon(t.loop, first, &t), STATUS_OK);
	t.inside = false;
	assert_string_equal(t.order, "");
	loop_run(t.loop);
	assert_string_equal(t.order, "a.b");
	loop_run(t.loop); /* nothing active: returns */
	assert_string_equal(t.order, "a.b");
	loop_free(t.loop);
}

static void
again(void *arg)
{
	struct trace *t = arg;

	mark(t, 't');
	if (++t->count < 3)
		loop_task_post(t->loop, &t->task);
	else
		loop_task_cancel(&t->other);
}

static void
never(void *arg)
{
	mark(arg, '!');
}

static void
test_task_posts_itself_and_cancels(void **state)
{
	struct trace t = {0};

	(void)state;
	assert_int_equal(loop_new(&t.loop), STATUS_OK);
	loop_task_init(&t.task, again, &t);
	loop_task_init(&t.other, never, &t);
	t.count = 2;
	loop_task_post(t.loop, &t.task);
	loop_task_post(t.loop, &t.task); /* waits already */
	loop_task_post(t.loop, &t.other);
	loop_run(t.loop);
	assert_string_equal(t.order, "t");
	t.count = 0;
	loop_task_post(t.loop, &t.task);
	loop_run(t.loop);
	assert_string_equal(t.order, "tttt");
	loop_task_cancel(&t.task); /* does not wait: nothing */
	loop_free(t.loop);
}

static void
tick(void *arg)
{
	struct trace *t = arg;

	if (++t->count == 3) {
		loop_timer_stop(t->timer);
		loop_timer_stop(t->timer);
	}
}

static void
test_timer_stops_inside_itself(void **state)
{
	struct trace t = {0};
	clock_us began = clock_monotonic();

	(void)state;
	assert_int_equal(loop_new(&t.loop), STATUS_OK);
	assert_int_equal(loop_timer_start(t.loop, 10, 5, tick, &t, &t.timer), STATUS_OK);
	loop_run(t.loop);
	assert_int_equal(t.count, 3);
	assert_true(clock_monotonic() - began >= 19000);
	loop_timer_stop(NULL);
	loop_free(t.loop);
}

static void
once(void *arg)
{
	struct trace *t = arg;

	if (++t->count == 1)
		loop_timer_again(t->timer, 1);
	else
		loop_timer_stop(t->timer);
}

static void
test_timer_set_anew(void **state)
{
	struct trace t = {0};

	(void)state;
	assert_int_equal(loop_new(&t.loop), STATUS_OK);
	assert_int_equal(loop_timer_start(t.loop, 1, 0, once, &t, &t.timer), STATUS_OK);
	loop_run(t.loop);
	assert_int_equal(t.count, 2);
	loop_free(t.loop);
}

static void
stop(void *arg)
{
	struct trace *t = arg;

	t->count++;
	loop_stop(t->loop);
}

static void
raise_term(void *arg)
{
	(void)arg;
	assert_int_equal(raise(SIGTERM), 0);
}

static void
test_signal_and_stop(void **state)
{
	struct trace t = {0};

	(void)state;
	assert_int_equal(loop_new(&t.loop), STATUS_OK);
	assert_int_equal(loop_on_signal(t.loop, SIGTERM, stop, &t), STATUS_OK);
	loop_run(t.loop); /* a signal alone keeps nothing running */
	assert_int_equal(loop_timer_start(t.loop, 10000, 0, never, &t, &t.timer), STATUS_OK);
	assert_int_equal(loop_soon(t.loop, raise_term, NULL), STATUS_OK);
	loop_run(t.loop);
	assert_int_equal(t.count, 1);
	assert_string_equal(t.order, "");
	loop_free(t.loop); /* with a timer and a signal left */
}

static void
busy(void *arg)
{
	clock_us until = clock_monotonic() + 30000;

	(void)arg;
	while (clock_monotonic() < until)
		;
}

static void
nothing(void *arg)
{
	(void)arg;
}

static void
test_longest_turn(void **state)
{
	struct trace t = {0};

	(void)state;
	assert_int_equal(loop_new(&t.loop), STATUS_OK);
	assert_int_equal(loop_timer_start(t.loop, 400, 0, nothing, &t, &t.timer), STATUS_OK);
	loop_run(t.loop);
	assert_true(loop_longest_turn_us(t.loop) < 300000); /* waiting is not work */
	loop_reset_longest_turn(t.loop);
	assert_int_equal(loop_soon(t.loop, busy, NULL), STATUS_OK);
	loop_timer_again(t.timer, 40); /* a turn ends where the next begins */
	loop_run(t.loop);
	assert_true(loop_longest_turn_us(t.loop) >= 30000);
	assert_true(loop_longest_turn_cpu_us(t.loop) > 0);
	assert_true(loop_longest_turn_cpu_us(t.loop) <= loop_longest_turn_us(t.loop) + 1000);
	loop_reset_longest_turn(t.loop);
	assert_int_equal(loop_longest_turn_us(t.loop), 0);
	assert_int_equal(loop_longest_turn_cpu_us(t.loop), 0);
	loop_free(t.loop);
}

static void
test_free_with_tasks_left(void **state)
{
	struct trace t = {0};

	(void)state;
	loop_free(NULL);
	assert_int_equal(loop_new(&t.loop), STATUS_OK);
	loop_task_init(&t.task, never, &t);
	loop_task_post(t.loop, &t.task);
	assert_int_equal(loop_soon(t.loop, never, &t), STATUS_OK);
	loop_free(t.loop);
	assert_string_equal(t.order, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_soon_runs_later_and_once),
		cmocka_unit_test(test_task_posts_itself_and_cancels),
		cmocka_unit_test(test_timer_stops_inside_itself),
		cmocka_unit_test(test_timer_set_anew),
		cmocka_unit_test(test_signal_and_stop),
		cmocka_unit_test(test_longest_turn),
		cmocka_unit_test(test_free_with_tasks_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
