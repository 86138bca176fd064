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
#include <openssl/crypto.h>
#include <openssl/err.h>

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

/* With a secure heap small ones are in it, zeroed also where another one has been; wiped when freed; the rest as before. Last: it stays. */
static void
test_in_secure_heap(void **state)
{
	unsigned char *early = secret_alloc(40), *p, *again, *large, *fill[64];
	size_t used, n = 0;

	(void)state;
	memset(early, 1, 40);
	assert_int_equal(CRYPTO_secure_malloc_init(1u << 20, 32), 1);
	used = CRYPTO_secure_used();
	p = secret_alloc(100000);
	assert_true(CRYPTO_secure_allocated(p));
	assert_int_equal((uintptr_t)p % 16, 0);
	memset(p, 0xaa, 100000);
	secret_free(p);
	assert_int_equal(CRYPTO_secure_used(), used);
	for (size_t i = 64; i < 100000; i++) /* the heap's list of free blocks is in front */
		assert_int_equal(((volatile unsigned char *)p)[i], 0);
	again = secret_alloc(100000);
	assert_ptr_equal(again, p);
	for (size_t i = 0; i < 100000; i++)
		assert_int_equal(again[i], 0);
	secret_free(again);
	large = secret_alloc(300000);
	assert_non_null(large);
	assert_false(CRYPTO_secure_allocated(large));
	secret_free(large);
	secret_free(early); /* from before the heap was there */

	/* full: a mapping again, and nothing left in OpenSSL's queue of errors */
	for (; n < 64; n++) {
		fill[n] = secret_alloc(200000);
		assert_non_null(fill[n]);
		memset(fill[n], 0xbb, 200000);
		if (!CRYPTO_secure_allocated(fill[n]))
			break;
	}
	assert_true(n > 0 && n < 64);
	assert_int_equal(ERR_peek_error(), 0);
	for (size_t i = 0; i <= n; i++)
		secret_free(fill[i]);
	assert_int_equal(CRYPTO_secure_used(), used);
	assert_null(secret_alloc(SIZE_MAX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc),
		cmocka_unit_test(test_unmapped_when_freed),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_in_secure_heap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
