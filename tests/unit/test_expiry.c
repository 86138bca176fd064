/*
 * expiry and outq: deadlines fire once and in order, moving and clearing them in callbacks; bytes
 * leave a queue as they came.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/io/expiry.h"
#include "daemon/io/outq.h"
#include "lib/base/clock.h"

struct thing {
	struct expiry_item item;
	char name;
};

static struct {
	struct loop *loop;
	struct expiry *expiry;
	struct thing a, b, c;
	char order[64];
	clock_us began;
} f;

static void
note(char name, unsigned queue)
{
	size_t n = strlen(f.order);

	f.order[n] = name;
	f.order[n + 1] = (char)('0' + queue);
}

static void
free_it(void *arg)
{
	(void)arg;
	expiry_free(f.expiry);
}

static void
expired(void *arg, unsigned queue)
{
	struct thing *t = arg;

	assert_null(t->item.queue);
	note(t->name, queue);
	if (t->name == 'a' && queue == 0) { /* another one that is due in the same look is taken
					       back, a new one begins */
		expiry_clear(&f.b.item);
		expiry_set(f.expiry, &t->item, 1, t);
	} else if (t->name == 'a') {
		assert_int_equal(loop_soon(f.loop, free_it, NULL), STATUS_OK);
	}
}

static void
never(void *arg, unsigned queue)
{
	(void)arg;
	(void)queue;
	fail();
}

static void
test_expiry(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.a.name = 'a', f.b.name = 'b', f.c.name = 'c';
	f.began = clock_monotonic(); /* before: the loop's clock stands still until it runs */
	assert_int_equal(loop_new(&f.loop), STATUS_OK);
	assert_int_equal(expiry_new(f.loop, expired, &f.expiry), STATUS_OK);
	expiry_length(f.expiry, 0, 20);
	expiry_length(f.expiry, 1, 60);
	expiry_length(f.expiry, 2, 5);
	assert_null(expiry_oldest(f.expiry, 0));
	expiry_set(f.expiry, &f.c.item, 1, &f.c);
	expiry_set(f.expiry, &f.b.item, 1, &f.b);
	expiry_set(f.expiry, &f.a.item, 0, &f.a);
	expiry_set(f.expiry, &f.b.item, 0, &f.b); /* moved behind a */
	assert_ptr_equal(expiry_oldest(f.expiry, 0), &f.a);
	assert_ptr_equal(expiry_oldest(f.expiry, 1), &f.c);
	expiry_set(f.expiry, &f.c.item, 2, &f.c); /* shorter than what the timer is set for */
	loop_run(f.loop);
	assert_string_equal(f.order, "c2a0a1");
	assert_true(clock_monotonic() - f.began >= 78000);
	expiry_clear(&f.a.item);
	loop_free(f.loop);
}

static void
test_expiry_freed_while_waiting(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	assert_int_equal(loop_new(&f.loop), STATUS_OK);
	assert_int_equal(expiry_new(f.loop, never, &f.expiry), STATUS_OK);
	expiry_length(f.expiry, 0, 1);
	expiry_set(f.expiry, &f.a.item, 0, &f.a);
	expiry_clear(&f.a.item);
	expiry_clear(&f.a.item);
	expiry_free(f.expiry);
	expiry_free(NULL);
	loop_run(f.loop);
	loop_free(f.loop);
}

static void
test_outq(void **state)
{
	struct outq q = {NULL, NULL, 0};
	struct iovec pieces[8];
	unsigned char sent[60000], got[60000];
	size_t put = 0, taken = 0, n;

	(void)state;
	for (size_t i = 0; i < sizeof(sent); i++)
		sent[i] = (unsigned char)(i * 7 + i / 251);
	assert_true(outq_put(&q, sent, 0));
	assert_null(q.first);
	/* of all sizes, taken at odd places */
	for (size_t i = 0; put < sizeof(sent) || q.bytes > 0; i++) {
		n = i % 3 == 0 ? 1 : i % 3 == 1 ? 777 : 9001;
		if (n > sizeof(sent) - put)
			n = sizeof(sent) - put;
		assert_true(outq_put(&q, sent + put, n));
		put += n;
		assert_int_equal(q.bytes, put - taken);
		if (outq_peek(&q, pieces, 8) == 0)
			continue;
		n = i % 2 == 0 ? pieces[0].iov_len : pieces[0].iov_len / 2;
		memcpy(got + taken, pieces[0].iov_base, n);
		outq_take(&q, n);
		taken += n;
	}
	assert_int_equal(taken, sizeof(sent));
	assert_memory_equal(got, sent, sizeof(sent));
	assert_null(q.first);
	assert_null(q.last);
	/* small writes share a piece; a take may go over pieces */
	assert_true(outq_put(&q, "a", 1) && outq_put(&q, "b", 1) && outq_put(&q, sent, 50000) &&
		outq_put(&q, "c", 1));
	assert_int_equal(outq_peek(&q, pieces, 8), 3);
	assert_int_equal(outq_peek(&q, pieces, 1), 1);
	assert_int_equal(pieces[0].iov_len, 2);
	outq_take(&q, 50002);
	assert_int_equal(outq_peek(&q, pieces, 8), 1);
	assert_memory_equal(pieces[0].iov_base, "c", 1);
	outq_free(&q);
	assert_null(q.first);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expiry),
		cmocka_unit_test(test_expiry_freed_while_waiting),
		cmocka_unit_test(test_outq),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
