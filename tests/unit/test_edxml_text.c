/* edxml_text: what is kept of an element's text: trimmed, composed, without controls; and what a person is warned of. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/edxml_text.h"

static const struct {
	const char *in;
	const char *out;  /* NULL: nothing is left */
	const char *code; /* the only finding; NULL: none */
} rows[] = {
	{"", NULL, NULL},
	{" \t\r\n", NULL, NULL},
	{"abc", "abc", NULL},
	{"\n  a  b\tc \r\n", "a  b\tc", NULL},
	/* Vietnamese letters taken apart become the composed ones, and those stay. */
	{"Vie\xcc\xa3\xcc\x82t", "Vi\xe1\xbb\x87t", NULL},
	{"Vi\xc3\xaa\xcc\xa3t", "Vi\xe1\xbb\x87t", NULL},
	{"Vi\xe1\xbb\x87t", "Vi\xe1\xbb\x87t", NULL},
	{"\xc4\x90\xe1\xba\xa3ng", "\xc4\x90\xe1\xba\xa3ng", NULL},
	{"a\x7f" "b", "ab", "edxml.text.control"},
	{"a\xc2\x85" "b\xc2\x9f", "ab", "edxml.text.control"},
	{"a\xc2\xa0" "b", "a\xc2\xa0" "b", NULL}, /* no control: the first after them */
	{"\x7f", NULL, "edxml.text.control"},
	{"\xc2\x80\xc2\x9f", NULL, "edxml.text.control"},
	/* What is dropped uncovers white space: still trimmed, and nothing is nothing. */
	{"\x7f \x7f", NULL, "edxml.text.control"},
	{"\x7f abc \x7f", "abc", "edxml.text.control"},
	{"\xc2\x80\n abc\t\xc2\x81", "abc", "edxml.text.control"},
	{"a\xe2\x80\xae" "b", "a\xe2\x80\xae" "b", "edxml.text.direction"},
	{"a\xe2\x80\xaa" "b", "a\xe2\x80\xaa" "b", "edxml.text.direction"},
	{"a\xe2\x81\xa6" "b", "a\xe2\x81\xa6" "b", "edxml.text.direction"},
	{"a\xe2\x81\xa9", "a\xe2\x81\xa9", "edxml.text.direction"},
	{"\xe2\x80\x9c" "a\xe2\x80\x9d \xe2\x80\x93 b", "\xe2\x80\x9c" "a\xe2\x80\x9d \xe2\x80\x93 b", NULL}, /* quotes and a dash */
	{"\xe2\x80\xa6\xe2\x80\xae", "\xe2\x80\xa6\xe2\x80\xae", "edxml.text.direction"}, /* not only the first of its kind */
	{"Qu\xef\xbf\xbdng", "Qu\xef\xbf\xbdng", "edxml.text.damaged"},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(10000);
		struct diag *diag = diag_new();
		size_t n = strlen(rows[i].in);
		char *in = malloc(n ? n : 1); /* without a closing NUL */
		const char *out = "?";

		memcpy(in, rows[i].in, n);
		assert_int_equal(edxml_text_keep(a, in, n, "/edXML/Subject", diag, &out), STATUS_OK);
		if ((out == NULL) != (rows[i].out == NULL) || (out != NULL && strcmp(out, rows[i].out) != 0))
			fail_msg("row %zu: '%s'", i, out != NULL ? out : "(nothing)");
		if (diag_count(diag) != (rows[i].code != NULL) || (rows[i].code != NULL && !diag_has(diag, rows[i].code)))
			fail_msg("row %zu: %zu findings", i, diag_count(diag));
		assert_false(diag_has_error(diag));
		if (rows[i].code != NULL)
			assert_string_equal(diag_at(diag, 0)->where, "/edXML/Subject");
		free(in);
		diag_free(diag);
		arena_free(a);
	}
}

/* All three warnings of one text, and a text longer than a finding may be. */
static void
test_all_findings(void **state)
{
	struct arena *a = arena_new(100000);
	struct diag *diag = diag_new();
	char *long_text = malloc(20000);
	const char *out;

	(void)state;
	assert_int_equal(edxml_text_keep(a, "\x7f\xe2\x80\xae\xef\xbf\xbd", 7, "/x", diag, &out), STATUS_OK);
	assert_int_equal(diag_count(diag), 3);
	memset(long_text, 'x', 20000);
	memcpy(long_text + 10000, "\xe2\x81\xa7", 3);
	assert_int_equal(edxml_text_keep(a, long_text, 20000, "/x", diag, &out), STATUS_OK);
	assert_int_equal(strlen(out), 20000);
	assert_int_equal(diag_count(diag), 4);
	free(long_text);
	diag_free(diag);
	arena_free(a);
}

/* No room: told, never half a text. */
static void
test_no_room(void **state)
{
	struct arena *a = arena_new(16);
	const char *out = "?";

	(void)state;
	assert_int_equal(edxml_text_keep(a, "a text of more than sixteen bytes", 33, "/x", NULL, &out), STATUS_NO_MEMORY);
	assert_null(out);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_all_findings),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
