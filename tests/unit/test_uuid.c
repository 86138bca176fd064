/* uuid: version 7 by RFC 9562, in order, all different. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/uuid.h"
#include "lib/base/clock.h"

static void
test_form(void **state)
{
	char id[UUID_TEXT];

	(void)state;
	uuid_new(id);
	assert_int_equal(strlen(id), 36);
	assert_true(uuid_is_valid(id));
	assert_int_equal(id[14], '7');
	assert_non_null(strchr("89ab", id[19]));
}

static void
test_time(void **state)
{
	char id[UUID_TEXT], digits[13];
	long long before = clock_now() / 1000, after, then;

	(void)state;
	uuid_new(id);
	after = clock_now() / 1000;
	memcpy(digits, id, 8);
	memcpy(digits + 8, id + 9, 4);
	digits[12] = '\0';
	then = strtoll(digits, NULL, 16);
	assert_true(then >= before && then <= after);
}

/* More within one millisecond than its counter holds: they still go up. */
static void
test_order(void **state)
{
	char last[UUID_TEXT] = "", id[UUID_TEXT];

	(void)state;
	for (int i = 0; i < 20000; i++) {
		uuid_new(id);
		assert_true(strncmp(last, id, 18) < 0);
		strcpy(last, id);
	}
}

static void
test_valid(void **state)
{
	static const char *const bad[] = {"", "0192f0c1-0000-7000-8000-00000000000",
		"0192f0c1-0000-7000-8000-0000000000000", "0192F0C1-0000-7000-8000-000000000000",
		"0192f0c10000-7000-8000-000000000000-", "{192f0c1-0000-7000-8000-00000000000}",
		"0192f0c1-0000-7000-8000-00000000000g"};

	(void)state;
	assert_true(uuid_is_valid("0192f0c1-0000-7000-8000-000000000000"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(uuid_is_valid(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
