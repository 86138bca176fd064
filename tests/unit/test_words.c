/* Words as the search sees them, and what a person types made a query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/words.h"

static void
put(const char *in, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(words_put(&b, in), STATUS_OK);
	assert_string_equal(buf_str(&b), want);
	buf_free(&b);
}

static void
words(void **state)
{
	(void)state;
	put("Về việc KIỆN TOÀN, tổ chức (đợt 1)", "ve viec kien toan to chuc dot 1");
	put("Số: 15/QĐ-UBND", "so 15 qd ubnd");
	put("  ", "");
	put("a–b…c “d”", "a b c d");
}

static void
query(const char *in, const char *want)
{
	char *q = NULL;

	assert_int_equal(words_query(in, &q), STATUS_OK);
	assert_string_equal(q, want);
	free(q);
}

static void
queries(void **state)
{
	(void)state;
	query("Quyết định", "'quyet' & 'dinh'");
	query("quyet dinh*", "'quyet' & 'dinh':*");
	query("*", "");
	query("", "");
	query("a'b\\c & !d | e:*", "'a' & 'b' & 'c' & 'd' & 'e'");
	query("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22",
		"'1' & '2' & '3' & '4' & '5' & '6' & '7' & '8' & '9' & '10' & '11' & '12' & '13' & '14' & '15' & '16' & '17' & '18' & '19' & '20'");
}

static void
refused(void **state)
{
	char *q = NULL;

	(void)state;
	assert_int_equal(words_query("a\xff", &q), STATUS_INVALID);
	assert_null(q);
}

static void
document(void **state)
{
	json_t *columns = json_loads("{\"subject\":\"Về việc A\",\"issuer_name\":\"Sở Y tế\",\"issuer_code\":\"H26\",\"notation\":\"15/QĐ-UBND\","
		"\"receivers\":[{\"organ_id\":\"X\",\"organ_name\":\"Phường Hai\"}]}", 0, NULL);
	char *words_text = NULL, *issuer = NULL;

	(void)state;
	assert_int_equal(words_of_document(columns, &words_text, &issuer), STATUS_OK);
	assert_string_equal(issuer, "so y te h26 phuong hai");
	assert_string_equal(words_text, "15 qd ubnd ve viec a so y te h26 phuong hai");
	free(words_text);
	free(issuer);
	json_decref(columns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(words), cmocka_unit_test(queries), cmocka_unit_test(refused),
		cmocka_unit_test(document)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
