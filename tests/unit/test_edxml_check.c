/* edxml_check: how places are written, and which organisation numbers are refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/edxml_check.h"

#define HEADER "/edXML/edXMLEnvelope/edXMLHeader/"
#define D10 "\xc4\x90\xc4\x90\xc4\x90\xc4\x90\xc4\x90\xc4\x90\xc4\x90\xc4\x90\xc4\x90\xc4\x90" /* ten letters of two bytes */

static void
test_where(void **state)
{
	char to[EDXML_WHERE], inside[1000];

	(void)state;
	edxml_where(to, "MessageHeader/From", 17);
	assert_string_equal(to, HEADER "MessageHeader/From:17");
	edxml_where(to, "MessageHeader/From", 0);
	assert_string_equal(to, HEADER "MessageHeader/From");
	memset(inside, 'x', sizeof(inside) - 1);
	inside[sizeof(inside) - 1] = '\0';
	edxml_where(to, inside, 4294967295u); /* cut, never past the end */
	assert_int_equal(strlen(to), EDXML_WHERE - 1);
}

static void
test_organ(void **state)
{
	static const struct {
		const char *id;
		unsigned own, line;
		const char *code, *where;
	} rows[] = {
		{"H29.01", 5, 9, NULL, NULL},
		{"x", 0, 0, NULL, NULL},
		{"12345678901234567890123456789012345", 5, 9, NULL, NULL},
		{"123456789012345678901234567890123456", 5, 9, "edxml.organ_id.long", HEADER "From:5"},
		{D10 D10 D10 "12345", 5, 9, NULL, NULL}, /* 35 letters, not bytes */
		{D10 D10 D10 "123456", 5, 9, "edxml.organ_id.long", HEADER "From:5"},
		{NULL, 5, 9, "edxml.organ_id.missing", HEADER "From:5"},
		{NULL, 0, 9, "edxml.organ_id.missing", HEADER "From:9"},
		{NULL, 0, 0, "edxml.organ_id.missing", HEADER "From"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct edxml_organ organ = {.organ_id = rows[i].id, .organ_name = "a name is no number", .line = rows[i].own};
		struct diag *diag = diag_new();

		edxml_check_organ(&organ, "From", rows[i].line, diag);
		assert_int_equal(diag_count(diag), rows[i].code != NULL);
		if (rows[i].code != NULL) {
			assert_string_equal(diag_at(diag, 0)->code, rows[i].code);
			assert_string_equal(diag_at(diag, 0)->where, rows[i].where);
			assert_true(diag_has_error(diag));
			assert_non_null(diag_at(diag, 0)->clause);
		}
		diag_free(diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_organ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
