/* hex: RFC 4648 examples, and two texts never mean the same bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/hex.h"

static void
test_hex(void **state)
{
	static const unsigned char bytes[] = {0x00, 0x0f, 0xa5, 0xff};
	unsigned char back[4] = {1, 2, 3, 4};
	char text[9];

	(void)state;
	hex_encode(bytes, 4, text);
	assert_string_equal(text, "000fa5ff");
	assert_true(hex_decode("000fA5Ff", back, 4));
	assert_memory_equal(back, bytes, 4);
	assert_false(hex_decode("000fa5f", back, 4));
	assert_false(hex_decode("000fa5fff", back, 4));
	assert_false(hex_decode("000fa5fg", back, 4));
	assert_false(hex_decode("0x0fa5ff", back, 4));
	assert_false(hex_decode(" 00fa5ff", back, 4));
	assert_true(hex_decode("", back, 0));
	assert_true(hex_decode_bytes((const unsigned char *)"000fA5Ffgg", back, 4));
	assert_memory_equal(back, bytes, 4);
	assert_false(hex_decode_bytes((const unsigned char *)"000fA5Fg", back, 4));
	hex_encode(bytes, 0, text);
	assert_string_equal(text, "");
}

static void
test_base64_examples(void **state)
{
	static const char *const rows[][2] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"},
		{"foob", "Zm9vYg=="}, {"fooba", "Zm9vYmE="}, {"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xbf", "+/+/"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *text = base64_encode((const unsigned char *)rows[i][0], strlen(rows[i][0]));
		unsigned char *back;
		size_t n;

		assert_string_equal(text, rows[i][1]);
		assert_true(base64_decode(text, strlen(text), &back, &n));
		assert_int_equal(n, strlen(rows[i][0]));
		assert_memory_equal(back, rows[i][0], n);
		free(back);
		free(text);
	}
}

static void
test_base64_refused(void **state)
{
	static const char *const bad[] = {"Z", "Zg", "Zg=", "Zm9", "Zg==Zg==", "Zh==", "Zm9=", "====",
		"=", "Zm 9", "Zm9v\n", "Zm9vYg==\n", "-_-_", "Z===", "Zm=v", "Zm9vY=g="};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unsigned char *out = NULL;
		size_t n;

		if (base64_decode(bad[i], strlen(bad[i]), &out, &n))
			fail_msg("accepted: %s", bad[i]);
		assert_null(out);
	}
}

static void
test_base64_all_lengths(void **state)
{
	unsigned char bytes[200];

	(void)state;
	for (size_t n = 0; n < sizeof(bytes); n++) {
		unsigned char *back;
		size_t len;
		char *text;

		bytes[n] = (unsigned char)(n * 89 + 7);
		text = base64_encode(bytes, n);
		assert_true(base64_decode(text, strlen(text), &back, &len));
		assert_int_equal(len, n);
		assert_memory_equal(back, bytes, n);
		free(back);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hex),
		cmocka_unit_test(test_base64_examples),
		cmocka_unit_test(test_base64_refused),
		cmocka_unit_test(test_base64_all_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
