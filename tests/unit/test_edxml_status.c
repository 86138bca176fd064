/* edxml_status: the nine codes, and which may follow which. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/message.h"
#include "lib/doc/edxml_status.h"

static void
test_codes(void **state)
{
	static const char *const known[] = {"01", "02", "03", "04", "05", "06", "13", "15", "16"};
	static const char *const unknown[] = {
		"", "0", "00", "7", "07", "12", "14", "17", "99", "001", "1 ", "01\n", "a"};
	enum edxml_status_code code;

	(void)state;
	assert_int_equal(EDXML_STATUS_CODES, sizeof(known) / sizeof(known[0]));
	for (size_t i = 0; i < EDXML_STATUS_CODES; i++) {
		assert_true(edxml_status_find(known[i], &code));
		assert_int_equal(code, i);
		assert_string_equal(edxml_status_text(code), known[i]);
		assert_non_null(message_find(edxml_status_message(code), LANGUAGE_VI));
		assert_true(strlen(edxml_status_sdk(code)) > 0);
	}
	assert_true(edxml_status_find("3", &code) && code == EDXML_STATUS_ACCEPTED);
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		assert_false(edxml_status_find(unknown[i], &code));
	assert_false(edxml_status_find(NULL, &code));
}

static void
test_who_and_why(void **state)
{
	(void)state;
	for (int i = 0; i < EDXML_STATUS_CODES; i++)
		assert_int_equal(edxml_status_from_receiver((enum edxml_status_code)i),
			i != EDXML_STATUS_TAKE_BACK);
	assert_true(edxml_status_needs_reason(EDXML_STATUS_REJECTED));
	assert_true(edxml_status_needs_reason(EDXML_STATUS_TAKE_BACK));
	assert_false(edxml_status_needs_reason(EDXML_STATUS_ACCEPTED));
}

static void
test_steps(void **state)
{
	static const struct {
		const char *from, *to; /* from "": nothing before */
		enum edxml_step step;
	} rows[] = {
		{"", "01", EDXML_STEP_EXPECTED},
		{"", "03", EDXML_STEP_UNUSUAL},
		{"01", "02", EDXML_STEP_EXPECTED},
		{"01", "03", EDXML_STEP_EXPECTED},
		{"01", "05", EDXML_STEP_UNUSUAL},
		{"01", "01", EDXML_STEP_UNUSUAL},
		{"03", "04", EDXML_STEP_EXPECTED},
		{"03", "05", EDXML_STEP_EXPECTED},
		{"03", "06", EDXML_STEP_EXPECTED},
		{"03", "01", EDXML_STEP_UNUSUAL},
		{"04", "05", EDXML_STEP_EXPECTED},
		{"04", "06", EDXML_STEP_EXPECTED},
		{"05", "04", EDXML_STEP_EXPECTED},
		{"05", "05", EDXML_STEP_UNUSUAL},
		{"05", "06", EDXML_STEP_EXPECTED},
		{"02", "03", EDXML_STEP_REFUSED},
		{"02", "02", EDXML_STEP_UNUSUAL},
		{"06", "05", EDXML_STEP_REFUSED},
		{"06", "06", EDXML_STEP_UNUSUAL},
		{"03", "15", EDXML_STEP_EXPECTED},
		{"06", "16", EDXML_STEP_EXPECTED},
		{"01", "13", EDXML_STEP_EXPECTED},
		{"15", "05", EDXML_STEP_UNUSUAL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum edxml_status_code from = EDXML_STATUS_ARRIVED, to;
		bool first = rows[i].from[0] == '\0';

		assert_true(first || edxml_status_find(rows[i].from, &from));
		assert_true(edxml_status_find(rows[i].to, &to));
		assert_int_equal(edxml_status_step(first, from, to), rows[i].step);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_who_and_why),
		cmocka_unit_test(test_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
