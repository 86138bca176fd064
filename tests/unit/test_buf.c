/* buf: the maximum holds, failure sticks, typed gets never read past the end. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/buf.h"

static void
test_maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_put_str(&b, "abcd");
	assert_int_equal(buf_status(&b), STATUS_OK);
	buf_put_byte(&b, 'e');
	assert_int_equal(buf_status(&b), STATUS_TOO_LARGE);
	buf_put(&b, "", 0);
	assert_int_equal(b.len, 4);
	assert_string_equal(buf_str(&b), "abcd");
	assert_null(buf_steal(&b, NULL));
	buf_free(&b);
	assert_int_equal(buf_status(&b), STATUS_OK);
}

static void
test_growth_and_consume(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%04d", i);
	assert_int_equal(b.len, 4000);
	buf_consume(&b, 3996);
	assert_string_equal(buf_str(&b), "0999");
	buf_free(&b);
}

static void
test_numbers(void **state)
{
	struct buf b;
	struct span s, bytes;
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	(void)state;
	buf_init(&b, 100);
	buf_put_u16(&b, 0x0102);
	buf_put_u32(&b, 0x03040506);
	buf_put_u64(&b, UINT64_C(0x0708090a0b0c0d0e));
	s = (struct span){b.data, b.len};
	assert_true(span_get_u16(&s, &v16));
	assert_true(span_get_u32(&s, &v32));
	assert_true(span_get_u64(&s, &v64));
	assert_int_equal(v16, 0x0102);
	assert_int_equal(v32, 0x03040506);
	assert_true(v64 == UINT64_C(0x0708090a0b0c0d0e));
	assert_false(span_get_u16(&s, &v16));
	assert_false(span_get_bytes(&s, 1, &bytes));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maximum),
		cmocka_unit_test(test_growth_and_consume),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
