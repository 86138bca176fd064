/* message: the catalogue is whole: both languages for each code, each code once, NFC. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <stdio.h>

#include "lib/base/message.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

static void
test_every_code(void **state)
{
	(void)state;
	assert_true(message_count() > 20);
	for (size_t i = 0; i < message_count(); i++) {
		const char *code = message_code(i);

		for (int lang = LANGUAGE_VI; lang <= LANGUAGE_EN; lang++) {
			const char *text = message_find(code, (enum language)lang);
			char *nfc = NULL;

			assert_non_null(text);
			assert_true(text[0] != '\0');
			assert_int_equal(text_nfc(text, strlen(text), &nfc), STATUS_OK);
			if (strcmp(nfc, text) != 0)
				fail_msg("not NFC: %s", code);
			free(nfc);
		}
		if (i > 0 && strcmp(code, message_code(i - 1)) == 0)
			fail_msg("twice in the catalogue: %s", code);
		for (const char *p = code; *p != '\0'; p++)
			if (strchr("abcdefghijklmnopqrstuvwxyz0123456789.-_", *p) == NULL)
				fail_msg("not a code: %s", code);
	}
}

static void
test_every_status(void **state)
{
	(void)state;
	for (unsigned i = 0; i < STATUS_COUNT_; i++) {
		char code[80];

		snprintf(code, sizeof(code), "status.%s", status_code((enum status)i));
		if (message_find(code, LANGUAGE_VI) == NULL)
			fail_msg("no text: %s", code);
	}
}

static void
test_lookup(void **state)
{
	(void)state;
	assert_string_equal(message_text("status.ok", LANGUAGE_VI), "Đã xong");
	assert_string_equal(message_text("status.ok", LANGUAGE_EN), "Done");
	assert_null(message_find("no.such.code", LANGUAGE_VI));
	assert_string_equal(message_text("no.such.code", LANGUAGE_EN), "no.such.code");
}

static void
test_words(void **state)
{
	char to[200], few[10];

	(void)state;
	message_words("status.ok: fetch.http 503", LANGUAGE_EN, to, sizeof(to));
	assert_string_equal(to, "Done: the server answers HTTP 503");
	message_words("status.ok.", LANGUAGE_VI, to, sizeof(to));
	assert_string_equal(to, "Đã xong.");
	/* what only looks like one stays */
	message_words("http://tsa.example/a.status.ok CN=Đào no.such.code 1.2.3 .", LANGUAGE_VI, to, sizeof(to));
	assert_string_equal(to, "http://tsa.example/a.status.ok CN=Đào no.such.code 1.2.3 .");
	message_words("", LANGUAGE_VI, to, sizeof(to));
	assert_string_equal(to, "");
	/* cut before what does not fit, and not inside a character */
	message_words("12345678Đ", LANGUAGE_VI, few, sizeof(few));
	assert_string_equal(few, "12345678");
	message_words("123 status.ok", LANGUAGE_VI, few, sizeof(few));
	assert_string_equal(few, "123 ");
}

static void
test_language(void **state)
{
	(void)state;
	assert_int_equal(message_language("en"), LANGUAGE_EN);
	assert_int_equal(message_language("en-US"), LANGUAGE_EN);
	assert_int_equal(message_language("en_GB.UTF-8"), LANGUAGE_EN);
	assert_int_equal(message_language("vi_VN.UTF-8"), LANGUAGE_VI);
	assert_int_equal(message_language("C"), LANGUAGE_VI);
	assert_int_equal(message_language(NULL), LANGUAGE_VI);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_code),
		cmocka_unit_test(test_every_status),
		cmocka_unit_test(test_lookup), cmocka_unit_test(test_words),
		cmocka_unit_test(test_language),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
