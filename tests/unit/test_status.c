/* status: every value has its row, and the codes are one to one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/status.h"

static void
test_rows(void **state)
{
	(void)state;
	for (unsigned i = 0; i < STATUS_COUNT_; i++) {
		enum status st = (enum status)i;

		assert_int_equal(status_from_code(status_code(st)), st);
		assert_in_range(status_http(st), 200, 599);
		assert_true(strlen(status_text(st)) > 3);
		assert_null(strchr(status_code(st), '_'));
	}
	assert_int_equal(status_http(STATUS_OK), 200);
	assert_int_equal(status_http(STATUS_STALE), 412);
}

static void
test_outside_the_table(void **state)
{
	(void)state;
	assert_string_equal(status_code(STATUS_COUNT_), "unknown");
	assert_string_equal(status_code((enum status)9999), "unknown");
	assert_int_equal(status_http((enum status)9999), 500);
	assert_string_equal(status_text((enum status)9999), "unknown status");
	assert_int_equal(status_from_code("nonsense"), STATUS_INTERNAL);
	assert_int_equal(status_from_code(""), STATUS_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_outside_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
