/* secret: zeroed, separate, and gone when freed. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sys/mman.h>

#include "lib/base/secret.h"

static void
test_alloc(void **state)
{
	unsigned char *a = secret_alloc(100), *b = secret_alloc(5000);

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	for (int i = 0; i < 100; i++)
		assert_int_equal(a[i], 0);
	memset(a, 0xaa, 100);
	memset(b, 0xbb, 5000);
	assert_int_equal(a[99], 0xaa);
	assert_int_equal((uintptr_t)a % 16, 0);
	secret_free(a);
	assert_int_equal(b[4999], 0xbb);
	secret_free(b);
	secret_free(NULL);
	assert_null(secret_alloc(SIZE_MAX));
}

/* After the free the page is not there any more: the kernel refuses to look at it. */
static void
test_unmapped_when_freed(void **state)
{
	void *p = secret_alloc(32);
	void *page = (void *)((uintptr_t)p & ~(uintptr_t)4095);
	unsigned char in;

	(void)state;
	assert_int_equal(mincore(page, 4096, &in), 0);
	secret_free(p);
	assert_int_equal(mincore(page, 4096, &in), -1);
}

static void
test_equal(void **state)
{
	(void)state;
	assert_true(secret_equal("123456", "123456", 6));
	assert_false(secret_equal("123456", "123457", 6));
	assert_false(secret_equal("023456", "123456", 6));
	assert_true(secret_equal("a", "b", 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_unmapped_when_freed),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
