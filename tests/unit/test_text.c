/* text: what is UTF-8, NFC of Vietnamese in all its encodings, and the search form. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <utf8proc.h>

#include "lib/base/text.h"

static char *
folded(const char *s)
{
	char *out = NULL;

	assert_int_equal(text_fold(s, strlen(s), &out), STATUS_OK);
	return out;
}

static void
test_utf8(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool good;
	} rows[] = {
		{"", 0, true}, {"Đảng ủy", 11, true}, {"\xf0\x9f\x93\x84", 4, true},
		{"\xc0\x80", 2, false}, {"\xe0\x80\xaf", 3, false},       /* overlong */
		{"\xed\xa0\x80", 3, false},                               /* surrogate */
		{"\xf4\x90\x80\x80", 4, false},                           /* over U+10FFFF */
		{"\xc4", 1, false}, {"a\x80", 2, false}, {"a\0b", 3, false}, {"\xfe", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (text_is_utf8(rows[i].bytes, rows[i].n) != rows[i].good)
			fail_msg("row %zu", i);
}

static void
test_nfc(void **state)
{
	/* "Tiếng Việt": composed; decomposed; and the mixed form that Windows keyboards make (ê + acute) */
	static const char *const forms[] = {"Ti\xe1\xba\xbfng Vi\xe1\xbb\x87t",
		"Tie\xcc\x82\xcc\x81ng Vie\xcc\xa3\xcc\x82t", "Ti\xc3\xaa\xcc\x81ng Vi\xc3\xaa\xcc\xa3t"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		char *out = NULL;

		assert_int_equal(text_nfc(forms[i], strlen(forms[i]), &out), STATUS_OK);
		assert_string_equal(out, forms[0]);
		free(out);
	}
}

/* Every character up to U+2FFF after and before others, against utf8proc alone: the short way must not change what is not NFC. */
static void
test_nfc_all(void **state)
{
	static const char *const beside[] = {"", "a", "ê", "ế", "\xcc\x81", "\xcc\xa3"};

	(void)state;
	for (utf8proc_int32_t cp = 0xa0; cp < 0x3000; cp++) {
		utf8proc_uint8_t one[4];
		int n = (int)utf8proc_encode_char(cp, one);

		for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]); i++) {
			char text[32], *out = NULL;
			utf8proc_uint8_t *want;

			snprintf(text, sizeof(text), "%s%.*s%s", beside[i], n, (const char *)one, beside[i]);
			want = utf8proc_NFC((const utf8proc_uint8_t *)text);
			assert_int_equal(text_nfc(text, strlen(text), &out), STATUS_OK);
			assert_string_equal(out, (const char *)want);
			free(out);
			free(want);
		}
	}
}

/* Not only the letters of English; accents stay. */
static void
test_caseless(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {{"CÔNG VĂN ĐẾN.PDF", "công văn đến.pdf", true}, {"Đơn", "đơn", true}, {"Ti\xe1\xba\xbfng", "TIE\xcc\x82\xcc\x81NG", true}, {"đơn", "don", false},
		{"", "", true}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *a = NULL, *b = NULL;

		assert_int_equal(text_caseless(rows[i].a, strlen(rows[i].a), &a), STATUS_OK);
		assert_int_equal(text_caseless(rows[i].b, strlen(rows[i].b), &b), STATUS_OK);
		assert_int_equal(strcmp(a, b) == 0, rows[i].same);
		free(a);
		free(b);
	}
}

static void
test_nfc_refuses(void **state)
{
	static const char *const bad[] = {"a\x01z", "\x7f", "\xc2\x85", "\xff", "a\x0b"};
	char *out = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(text_nfc(bad[i], strlen(bad[i]), &out), STATUS_INVALID);
		assert_null(out);
	}
	assert_int_equal(text_nfc("a\0b", 3, &out), STATUS_INVALID);
	assert_int_equal(text_nfc("a\tb\nc", 5, &out), STATUS_OK);
	assert_string_equal(out, "a\tb\nc");
	free(out);
	assert_int_equal(text_nfc("", 0, &out), STATUS_OK);
	assert_string_equal(out, "");
	free(out);
}

static void
test_fold(void **state)
{
	static const char *const rows[][2] = {
		{"Đảng ủy Khối các cơ quan", "dang uy khoi cac co quan"},
		{"ĐƯỜNG", "duong"}, {"đ Đ", "d d"}, {"  a \t\n b  ", "a b"}, {"", ""}, {"   ", ""},
		{"12-CV/QU", "12-cv/qu"}, {"ỨNG DỤNG", "ung dung"},
		{"Nguye\xcc\x82\xcc\x83n", "nguyen"}, {"\xef\xbc\xa1\xef\xbc\xa2", "ab"}, /* full width */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *out = folded(rows[i][0]);

		assert_string_equal(out, rows[i][1]);
		free(out);
	}
}

static void
test_same(void **state)
{
	(void)state;
	assert_true(text_same("Quyết định", "QUYET  DINH"));
	assert_false(text_same("Quyết định", "Quyết tâm"));
	assert_false(text_same("\xff", "\xff")); /* what cannot be read is the same as nothing */
}

static void
test_excerpt(void **state)
{
	char to[8];

	(void)state;
	text_excerpt(to, sizeof(to), "abcdefghij", 10);
	assert_string_equal(to, "abcdefg");
	text_excerpt(to, sizeof(to), "abcdef\xe1\xba\xa9", 9);
	assert_string_equal(to, "abcdef");
	text_excerpt(to, sizeof(to), "a\x01\xff", 3);
	assert_string_equal(to, "a\xef\xbf\xbd\xef\xbf\xbd");
	text_excerpt(to, 1, "abc", 3);
	assert_string_equal(to, "");
	text_excerpt(to, 0, "abc", 3);
	assert_string_equal(to, "");
}

static void
test_line(void **state)
{
	char to[12];

	(void)state;
	text_line(to, sizeof(to), "a\tb\r\nc", 6);
	assert_string_equal(to, "a b  c");
	text_line(to, sizeof(to), "a\x1b\xc2\x9b" "b", 5);
	assert_string_equal(to, "a\xef\xbf\xbd\xef\xbf\xbd" "b");
	text_line(to, 4, "\nabcdef", 7);
	assert_string_equal(to, " ab");
	text_line(to, 0, "abc", 3);
	assert_string_equal(to, " ab");
}

static void
test_length(void **state)
{
	(void)state;
	assert_int_equal(text_length(""), 0);
	assert_int_equal(text_length("Đảng ủy"), 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_nfc),
		cmocka_unit_test(test_nfc_all),
		cmocka_unit_test(test_caseless),
		cmocka_unit_test(test_nfc_refuses),
		cmocka_unit_test(test_fold),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_excerpt),
		cmocka_unit_test(test_line), cmocka_unit_test(test_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
