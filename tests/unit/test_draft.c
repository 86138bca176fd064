/* Metadata as people give them: limits, secrecy, and the columns that follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/draft.h"
#include "daemon/store/store.h"
#include "lib/base/message.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct person clerk = {.id = "i", .roles = ROLE_CLERK}, specialist = {.id = "i", .roles = ROLE_SPECIALIST},
	leader = {.id = "i", .roles = ROLE_LEADER};

static enum status
check(const char *params, const struct person *p, bool certified, struct diag *diag)
{
	json_t *o = json_loads(params, 0, NULL);
	enum status st;

	assert_non_null(o);
	st = draft_check(o, p, certified, diag);
	for (size_t i = 0; i < diag_count(diag); i++)
		assert_non_null(message_find(diag_at(diag, i)->code, LANGUAGE_VI));
	json_decref(o);
	return st;
}

static void
who(void **state)
{
	struct diag *diag = diag_new();

	(void)state;
	assert_int_equal(check("{\"direction\":\"outgoing\",\"subject\":\"x\"}", &specialist, false, diag), STATUS_OK);
	assert_int_equal(check("{\"direction\":\"internal\",\"subject\":\"x\"}", &clerk, false, diag), STATUS_OK);
	assert_int_equal(check("{\"direction\":\"incoming\",\"subject\":\"x\"}", &clerk, false, diag), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(check("{\"direction\":\"incoming\",\"subject\":\"x\"}", &specialist, false, diag), STATUS_DENIED);
	assert_int_equal(check("{\"direction\":\"outgoing\",\"subject\":\"x\"}", &leader, false, diag), STATUS_DENIED);
	diag_free(diag);
}

static void
refused(void **state)
{
	static const struct {
		const char *params, *code;
	} rows[] = {
		{"{\"subject\":\"x\"}", "param.value"},
		{"{\"direction\":\"outgoing\"}", "param.missing"},
		{"{\"direction\":\"outgoing\",\"subject\":\"\"}", "param.missing"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"priority\":5}", "param.number"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"priority\":1.5}", "param.number"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"secrecy\":\"rat mat\"}", "param.value"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"secrecy\":\"mat\"}", "document.secret.outgoing"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"issuer_name\":\"x\"}", "param.unknown"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"receivers\":[{\"organ_name\":\"x\"}]}", "param.organ"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"main\":{\"sha256\":\"ABC\",\"name\":\"a\"}}", "param.digest"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"main\":{\"sha256\":\"" DIGEST "\",\"name\":\"../a\"}}", "param.length"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"attachments\":{}}", "param.type"},
		{"{\"direction\":\"outgoing\",\"subject\":\"x\",\"due_date\":\"31/12/2026\"}", "param.date"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag *diag = diag_new();

		assert_int_equal(check(rows[i].params, &specialist, false, diag), STATUS_INVALID);
		assert_true(diag_has(diag, rows[i].code));
		diag_free(diag);
	}
}

static void
secrets(void **state)
{
	const char *stub = "{\"direction\":\"incoming\",\"subject\":\"x\",\"secrecy\":\"tuyet-mat\"}";
	const char *full = "{\"direction\":\"incoming\",\"subject\":\"x\",\"secrecy\":\"mat\",\"main\":{\"sha256\":\"" DIGEST "\",\"name\":\"a\"}}";
	struct diag *diag = diag_new();

	(void)state;
	assert_int_equal(check(stub, &clerk, false, diag), STATUS_OK);
	assert_int_equal(check(full, &clerk, true, diag), STATUS_OK);
	assert_int_equal(check(full, &clerk, false, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "document.secret.content"));
	diag_free(diag);
}

static void
columns(void **state)
{
	json_t *params = json_loads("{\"direction\":\"incoming\",\"subject\":\"Về A\",\"code_number\":\"015\",\"code_notation\":\"QĐ-UBND\","
		"\"due_date\":null,\"priority\":null,\"summary\":null,\"main\":{},\"unit\":\"x\"}", 0, NULL);
	json_t *out = NULL, *view, *change;

	(void)state;
	assert_int_equal(draft_columns(params, NULL, NULL, &out), STATUS_OK);
	assert_string_equal(store_text(out, "notation"), "015/QĐ-UBND");
	assert_string_equal(store_text(out, "notation_key"), "15/qd-ubnd");
	assert_string_equal(store_text(out, "words"), "015 qd ubnd ve a ");
	assert_true(json_is_null(json_object_get(out, "due_date")));
	assert_int_equal(store_number(out, "priority"), 0);
	assert_string_equal(store_text(out, "summary"), "");
	assert_null(json_object_get(out, "main"));
	assert_null(json_object_get(out, "unit"));
	json_decref(params);

	/* a change of one member keeps the rest in the words */
	view = out;
	change = json_loads("{\"subject\":\"Về B\"}", 0, NULL);
	assert_int_equal(draft_columns(change, view, NULL, &out), STATUS_OK);
	assert_string_equal(store_text(out, "words"), "015 qd ubnd ve b ");
	json_decref(out);
	json_decref(view);
	json_decref(change);
}

static void
mimes(void **state)
{
	(void)state;
	assert_string_equal(draft_mime("A.PDF"), "application/pdf");
	assert_string_equal(draft_mime("a.tar.docx"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
	assert_string_equal(draft_mime("uy-quyen.json"), "text/plain");
	assert_string_equal(draft_mime("pdf"), "application/octet-stream");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(who), cmocka_unit_test(refused), cmocka_unit_test(secrets),
		cmocka_unit_test(columns), cmocka_unit_test(mimes)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
