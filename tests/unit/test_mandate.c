/* The rules of mandates: which competence asks for which, what covers what, and what each fault makes of a good signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/mandate.h"
#include "daemon/store/store.h"

static void
test_kinds(void **state)
{
	static const struct {
		const char *competence, *kind;
	} rows[] = {
		{"KT.", "KT"}, {"K/T", "KT"}, {"kt. Bí thư", "KT"}, {"  K/T BÍ THƯ", "KT"}, {"TL.", "TL"}, {"T/L", "TL"}, {"TM.", "TM"}, {"T/M BAN THƯỜNG VỤ", "TM"},
		{"TUQ.", "TUQ"}, {"T.U.Q.", "TUQ"}, {"Q.", "Q"}, {"", NULL}, {"Bí thư", NULL}, {"KTT", NULL}, {"KHÔNG", NULL}, {"...", NULL},
		{"KKKKKKKKKKKKKKKKKKKKKKKKKKKKK", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *kind = flow_mandate_kind(rows[i].competence);

		if (rows[i].kind == NULL)
			assert_null(kind);
		else
			assert_string_equal(kind, rows[i].kind);
		if (kind != NULL)
			assert_non_null(flow_mandate_meaning(kind));
	}
	assert_null(flow_mandate_meaning("XX"));
}

static void
test_find(void **state)
{
	json_t *all = json_pack("[{s:s,s:s,s:[s,s]},{s:s,s:s,s:[]}]", "id", "a", "kind", "KT", "kinds", "CV", "TB", "id", "b", "kind", "TL", "kinds");

	(void)state;
	assert_string_equal(store_text(flow_mandate_find(all, "KT", "TB"), "id"), "a");
	assert_null(flow_mandate_find(all, "KT", "QD"));
	assert_null(flow_mandate_find(all, "KT", ""));
	assert_string_equal(store_text(flow_mandate_find(all, "TL", "QD"), "id"), "b");
	assert_null(flow_mandate_find(all, "TUQ", "CV"));
	assert_null(flow_mandate_find(NULL, "KT", "CV"));
	json_decref(all);
}

#define AT "2026-05-10T03:00:00.000000Z"
#define MANDATE(kind, from, until, signed_at, revoked)                                             \
	"{\"id\":\"m\",\"kind\":\"" kind "\",\"kinds\":[\"CV\"],\"from\":\"" from "\",\"until\":\"" until "\",\"signed_at\":" signed_at \
	",\"revoked_from\":" revoked "}"
#define FROM "2026-05-01T00:00:00.000000Z"
#define UNTIL "2026-06-01T00:00:00.000000Z"
#define SIGNED "\"2026-04-30T00:00:00.000000Z\""

static void
test_judge(void **state)
{
	static const struct {
		const char *competence, *document_kind, *mandate, *before, *status, *after;
	} rows[] = {
		{"KT.", "CV", MANDATE("KT", FROM, UNTIL, SIGNED, "null"), "TOTAL-PASSED", "held", "TOTAL-PASSED"},
		{"KT.", "CV", "null", "TOTAL-PASSED", "none", "INDETERMINATE"},
		{"TM.", "CV", MANDATE("KT", FROM, UNTIL, SIGNED, "null"), "TOTAL-PASSED", "kind", "INDETERMINATE"},
		{"KT.", "QD", MANDATE("KT", FROM, UNTIL, SIGNED, "null"), "TOTAL-PASSED", "scope", "INDETERMINATE"},
		{"KT.", "CV", MANDATE("KT", FROM, UNTIL, "null", "null"), "TOTAL-PASSED", "unsigned", "INDETERMINATE"},
		{"KT.", "CV", MANDATE("KT", FROM, UNTIL, "\"2026-05-10T03:00:00.000001Z\"", "null"), "TOTAL-PASSED", "unsigned", "INDETERMINATE"},
		{"KT.", "CV", MANDATE("KT", "2026-05-10T03:00:00.000001Z", UNTIL, SIGNED, "null"), "TOTAL-PASSED", "time", "INDETERMINATE"},
		{"KT.", "CV", MANDATE("KT", FROM, AT, SIGNED, "null"), "TOTAL-PASSED", "time", "INDETERMINATE"},
		{"KT.", "CV", MANDATE("KT", FROM, UNTIL, SIGNED, "\"" AT "\""), "TOTAL-PASSED", "revoked", "INDETERMINATE"},
		{"KT.", "CV", MANDATE("KT", FROM, UNTIL, SIGNED, "\"2026-05-10T03:00:00.000001Z\""), "TOTAL-PASSED", "held", "TOTAL-PASSED"},
		{"KT.", "CV", "null", "TOTAL-FAILED", "none", "TOTAL-FAILED"},      /* never better than it was */
		{"KT.", "CV", "null", "INDETERMINATE", "none", "INDETERMINATE"},
		{"", "CV", "null", "TOTAL-PASSED", NULL, "TOTAL-PASSED"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *mandate = json_loads(rows[i].mandate, JSON_DECODE_ANY, NULL), *s;
		json_t *report = json_pack("{s:[{s:s,s:s},{s:s,s:{s:s,s:s}}],s:s}", "signatures", "indication", "TOTAL-PASSED", "field", "other", "indication",
			rows[i].before, "text", "vi", "Hợp lệ.", "en", "Valid.", "indication", rows[i].before);
		json_t *uses = json_pack("[{s:s,s:s,s:s,s:i,s:O}]", "competence", rows[i].competence, "document_kind", rows[i].document_kind, "at", AT,
			"signature", 1, "mandate", mandate);

		flow_mandate_judge(report, uses);
		s = json_array_get(json_object_get(report, "signatures"), 1);
		assert_string_equal(store_text(s, "indication"), rows[i].after);
		assert_string_equal(store_text(report, "indication"), rows[i].after);
		if (rows[i].status == NULL)
			assert_null(json_object_get(s, "mandate"));
		else
			assert_string_equal(store_text(json_object_get(s, "mandate"), "status"), rows[i].status);
		if (strcmp(rows[i].before, rows[i].after) != 0)
			assert_string_equal(store_text(s, "sub_indication"), "MANDATE_NOT_HELD");
		assert_null(json_object_get(json_array_get(json_object_get(report, "signatures"), 0), "mandate"));
		json_decref(mandate);
		json_decref(report);
		json_decref(uses);
	}
}

static void
test_strange_reports(void **state)
{
	json_t *report = json_pack("{s:[]}", "signatures");
	json_t *uses = json_pack("[{s:s,s:i,s:n},{s:s,s:i,s:n}]", "competence", "KT.", "signature", 7, "mandate", "competence", "KT.", "signature", -1, "mandate");

	(void)state;
	flow_mandate_judge(report, uses); /* an index that is not there */
	flow_mandate_judge(NULL, uses);
	flow_mandate_judge(report, NULL);
	assert_int_equal(json_array_size(json_object_get(report, "signatures")), 0);
	json_decref(report);
	json_decref(uses);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_strange_reports),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
