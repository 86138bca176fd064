/* clock: both time zones, the forms partners send, days that do not exist. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/clock.h"

static void
test_formats(void **state)
{
	/* 2026-11-23T17:00:00.5Z is already the 24th in Vietnam */
	clock_us t = INT64_C(1795453200) * CLOCK_SECOND + 500000;
	char text[CLOCK_TEXT];
	struct clock_date d;

	(void)state;
	clock_format_utc(t, text);
	assert_string_equal(text, "2026-11-23T17:00:00.500000Z");
	clock_format_vietnam(t, text);
	assert_string_equal(text, "2026-11-24T00:00:00+07:00");
	clock_format_people(t, text);
	assert_string_equal(text, "24/11/2026 00:00:00 +07:00");
	d = clock_date_vietnam(t);
	assert_int_equal(d.year, 2026);
	assert_int_equal(d.month, 11);
	assert_int_equal(d.day, 24);
	clock_format_date(d, text);
	assert_string_equal(text, "2026-11-24");
	assert_true(clock_from_date(d) == t - 500000);
}

static void
test_before_1970(void **state)
{
	struct clock_date d = {1945, 9, 2}, back;
	char text[CLOCK_TEXT];
	clock_us t;

	(void)state;
	t = clock_from_date(d);
	assert_true(t < 0);
	back = clock_date_vietnam(t);
	assert_int_equal(back.year, 1945);
	assert_int_equal(back.day, 2);
	back = clock_date_vietnam(t - 1);
	assert_int_equal(back.day, 1);
	clock_format_utc(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999999Z");
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"1970-01-01T07:00:00+07:00", 0},
		{"1969-12-31T17:30:00-06:30", 0},
		{"1970-01-01t00:00:01z", 1000000},
		{"1970-01-01 00:00:01Z", 1000000},
		{"1970/01/01T00:00:00Z", 0},
		{"1970-01-01T00:00:00.5Z", 500000},
		{"1970-01-01T00:00:00.123456789Z", 123456},
		{"2024-02-29T00:00:00Z", INT64_C(1709164800000000)},
	};
	static const char *const bad[] = {"", "2026-11-24", "2026-11-24T06:25:54", "2026-02-30T00:00:00Z",
		"2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z",
		"2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z",
		"2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0700", "2026-01-01T00:00:00+24:00",
		"2026-01-01T00:00:00Zx", "2026-1-01T00:00:00Z", "2026-01/01T00:00:00Z",
		"0000-01-01T00:00:00Z", "2026-01-01T00:00:00.00000000000000000000000001Z",
		"-026-01-01T00:00:00Z", "2026-01-01T+1:00:00Z"};
	clock_us t;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(clock_parse(good[i].text, &t));
		assert_true(t == good[i].want);
	}
	t = 42;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clock_parse(bad[i], &t))
			fail_msg("accepted: %s", bad[i]);
	assert_true(t == 42);
}

static void
test_parse_date(void **state)
{
	static const char *const bad[] = {"", "2026-02-29", "2026-04-31", "1900-02-29", "26-01-01",
		"2026-01-01 ", "2026-01", "2026.01.01", "01/02/2026"};
	struct clock_date d;

	(void)state;
	assert_true(clock_parse_date("2000-02-29", &d));
	assert_int_equal(d.day, 29);
	assert_true(clock_parse_date("2026/12/31", &d));
	assert_int_equal(d.month, 12);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clock_parse_date(bad[i], &d))
			fail_msg("accepted: %s", bad[i]);
}

static void
test_round_trip(void **state)
{
	char text[CLOCK_TEXT];
	clock_us back;

	(void)state;
	for (clock_us t = -40000 * CLOCK_DAY; t < 40000 * CLOCK_DAY; t += 37 * CLOCK_DAY + 12345678901) {
		clock_format_utc(t, text);
		assert_true(clock_parse(text, &back));
		assert_true(back == t);
	}
	assert_true(clock_now() > INT64_C(1700000000000000));
	assert_true(clock_monotonic() <= clock_monotonic());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_before_1970),
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_date),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
