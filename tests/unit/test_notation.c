/* Notations by rule set, and one search key for every spelling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/notation.h"

static const struct rule_set party = {"party-05", "Số ", "-", "{kind}/{organ}", "{kind}/{organ}", 2};
static const struct rule_set state_rules = {"state-30", "Số: ", "/", "{kind}-{organ}", "{organ}-{unit}", 2};

static void
printed(const struct rule_set *rules, bool letter, int number, const char *kind, const char *organ,
	const char *unit, const char *want)
{
	struct notation n;

	assert_int_equal(notation_make(rules, letter, number, kind, organ, unit, &n), STATUS_OK);
	assert_string_equal(n.printed, want);
}

static void
party_and_state(void **state)
{
	(void)state;
	printed(&party, true, 12, "CV", "QU", "", "Số 12-CV/QU");
	printed(&party, false, 7, "NQ", "QU", "VP", "Số 07-NQ/QU");
	printed(&party, false, 123, "QĐ", "ĐU", "", "Số 123-QĐ/ĐU");
	printed(&state_rules, false, 15, "QĐ", "UBND", "", "Số: 15/QĐ-UBND");
	printed(&state_rules, true, 1234, "", "BGDĐT", "VP", "Số: 1234/BGDĐT-VP");
	printed(&state_rules, true, 3, "", "UBND", "", "Số: 03/UBND");
}

static void
parts(void **state)
{
	struct notation n;

	(void)state;
	assert_int_equal(notation_make(&party, true, 12, "CV", "QU", "", &n), STATUS_OK);
	assert_string_equal(n.number, "12");
	assert_string_equal(n.text, "CV/QU");
	assert_string_equal(n.full, "12-CV/QU");
	assert_int_equal(notation_make(&party, true, 0, "CV", "QU", "", &n), STATUS_INVALID);
	assert_int_equal(notation_make(&party, true, 1, "CV", "", "", &n), STATUS_INVALID);
}

static void
joined(void **state)
{
	static const char *const rows[][3] = {{"12", "CV/QU", "12-CV/QU"}, {"15", "QĐ-UBND", "15/QĐ-UBND"},
		{"30", "2020/NĐ-CP", "30/2020/NĐ-CP"}, {"", "VPCP-TTĐT", "VPCP-TTĐT"}, {"7816", "", "7816"}};
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		notation_join(rows[i][0], rows[i][1], text, sizeof(text));
		assert_string_equal(text, rows[i][2]);
	}
}

static void
one_key(void **state)
{
	static const char *const rows[][2] = {
		{"15/QĐ-UBND", "15/qd-ubnd"}, {"15/QD-UBND", "15/qd-ubnd"}, {"Số: 15/QĐ-UBND", "15/qd-ubnd"},
		{"so 15/qd-ubnd", "15/qd-ubnd"}, {"Số 015 / QĐ - UBND", "15/qd-ubnd"},
		{"15/QĐ-UBND", "15/qd-ubnd"}, {"  15/QĐ–UBND ", "15/qd-ubnd"},
		{"Số 12-CV/QU", "12/cv-qu"}, {"12-CV/QU", "12/cv-qu"}, {"12 CV QU", "12/cv-qu"},
		{"30/2020/NĐ-CP", "30/2020-nd-cp"}, {"74fass22", "74fass22/"}, {"15", "15/"}, {"0", "0/"},
		{"QĐ-UBND", "/qd-ubnd"}, {"", ""}, {" :/- ", ""}, {"100%_x'", "100/x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *key = NULL;

		assert_int_equal(notation_key(rows[i][0], &key), STATUS_OK);
		assert_string_equal(key, rows[i][1]);
		free(key);
	}
}

static void
bad_text(void **state)
{
	char *key = NULL, *many = malloc(5001);

	(void)state;
	assert_int_equal(notation_key("15/\xff", &key), STATUS_INVALID);
	memset(many, 'a', 5000);
	many[5000] = '\0';
	assert_int_equal(notation_key(many, &key), STATUS_INVALID);
	assert_null(key);
	free(many);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(party_and_state), cmocka_unit_test(parts),
		cmocka_unit_test(joined), cmocka_unit_test(one_key), cmocka_unit_test(bad_text)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
