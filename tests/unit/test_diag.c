/* diag: findings are copies, cut and made readable; the list is bounded and still knows that there were errors. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/diag.h"

static void
test_add_and_read(void **state)
{
	struct diag *d = diag_new();
	char where[] = "line 3";

	(void)state;
	assert_false(diag_has_error(d));
	diag_warn(d, "conf.value", where, "got", NULL);
	assert_false(diag_has_error(d));
	diag_add(d, SEVERITY_ERROR, "conf.file", NULL, NULL, "want", "RFC 1");
	diag_error(d, "conf.syntax", "x", "y", "z");
	where[0] = '!';
	assert_int_equal(diag_count(d), 3);
	assert_string_equal(diag_at(d, 0)->where, "line 3");
	assert_null(diag_at(d, 0)->want);
	assert_int_equal(diag_at(d, 0)->severity, SEVERITY_WARNING);
	assert_null(diag_at(d, 1)->where);
	assert_string_equal(diag_at(d, 1)->clause, "RFC 1");
	assert_true(diag_has_error(d));
	assert_true(diag_has(d, "conf.syntax"));
	assert_false(diag_has(d, "conf"));
	diag_free(d);
	diag_free(NULL);
}

static void
test_hostile_text(void **state)
{
	struct diag *d = diag_new();
	char long_text[5000];
	const char *got;

	(void)state;
	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	memcpy(long_text + 398, "\xe1\xba\xa9", 3); /* ẩ across the cut */
	diag_error(d, "conf.value", "\xff\x01 x", long_text, NULL);
	assert_string_equal(diag_at(d, 0)->where, "\xef\xbf\xbd\xef\xbf\xbd x");
	got = diag_at(d, 0)->got;
	assert_int_equal(strlen(got), 398); /* not cut in the middle of the letter */
	diag_free(d);
}

static void
test_bounded(void **state)
{
	struct diag *d = diag_new();
	char text[401];

	(void)state;
	memset(text, 'b', 400);
	text[400] = '\0';
	for (int i = 0; i < 1000; i++)
		diag_add(d, i == 999 ? SEVERITY_ERROR : SEVERITY_NOTE, text, text, text, text, text);
	assert_int_equal(diag_count(d), 200);
	assert_int_equal(strlen(diag_at(d, 199)->clause), 400); /* all 200 find room at their largest */
	assert_true(diag_has_error(d)); /* counted though not kept */
	diag_free(d);
}

static void
test_null_list(void **state)
{
	(void)state;
	diag_error(NULL, "conf.value", "x", NULL, NULL);
	assert_int_equal(diag_count(NULL), 0);
	assert_false(diag_has_error(NULL));
	assert_false(diag_has(NULL, "conf.value"));
}

static void
test_join(void **state)
{
	struct diag *a = diag_new(), *b = diag_new();

	(void)state;
	diag_error(a, "conf.value", "a", NULL, NULL);
	diag_add(b, SEVERITY_NOTE, "conf.file", "b", "g", "w", "c");
	diag_join(a, b);
	diag_join(a, NULL);
	diag_free(b);
	assert_int_equal(diag_count(a), 2);
	assert_int_equal(diag_at(a, 1)->severity, SEVERITY_NOTE);
	assert_string_equal(diag_at(a, 1)->clause, "c");
	assert_string_equal(severity_name(diag_at(a, 1)->severity), "note");
	diag_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_read),
		cmocka_unit_test(test_hostile_text),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_null_list),
		cmocka_unit_test(test_join),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
