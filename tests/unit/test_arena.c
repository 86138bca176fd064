/* arena: zeroed and aligned memory, a bound that holds, copies that are copies. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/arena.h"

static void
test_alignment_and_zero(void **state)
{
	struct arena *a = arena_new(1 << 20);

	(void)state;
	for (size_t n = 1; n < 400; n += 7) {
		unsigned char *p = arena_alloc(a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	arena_free(a);
}

static void
test_bound(void **state)
{
	struct arena *a = arena_new(1000);

	(void)state;
	assert_null(arena_alloc(a, 1001));
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_null(arena_alloc(a, SIZE_MAX - 15));
	assert_non_null(arena_alloc(a, 500));
	assert_int_equal(arena_used(a), 512);
	assert_null(arena_alloc(a, 500));
	assert_int_equal(arena_used(a), 512); /* a refused request costs nothing */
	assert_non_null(arena_alloc(a, 400));
	arena_free(a);
}

static void
test_large_blocks_beside_small(void **state)
{
	struct arena *a = arena_new(10 << 20);
	char *small, *large;

	(void)state;
	small = arena_strdup(a, "before");
	large = arena_alloc(a, 3 << 20);
	assert_non_null(large);
	memset(large, 'x', 3 << 20);
	assert_string_equal(small, "before");
	assert_non_null(arena_alloc(a, 100000));
	assert_null(arena_alloc(a, 8 << 20));
	arena_free(a);
}

static void
test_copies(void **state)
{
	struct arena *a = arena_new(4096);
	char from[] = "Công văn";
	char *copy = arena_strdup(a, from);

	(void)state;
	from[0] = 'X';
	assert_string_equal(copy, "Công văn");
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(a, "abc", 0), "");
	assert_string_equal(arena_printf(a, "%d-%s", 12, "CV/QU"), "12-CV/QU");
	assert_string_equal(arena_printf(a, "%s", ""), "");
	assert_null(arena_strdup(a, NULL));
	assert_null(arena_printf(a, "%5000d", 1));
	arena_free(a);
	arena_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alignment_and_zero),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_large_blocks_beside_small),
		cmocka_unit_test(test_copies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
