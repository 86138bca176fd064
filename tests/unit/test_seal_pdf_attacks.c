/*
 * seal_pdf against the published attacks on signed PDFs (tests/corpus/pdf/make_attacks.py, made and
 * signed without our writer): each file gets the verdict that is written beside it, and no file but
 * the honest ones is called valid and unchanged.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/seal/seal.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/seal_fixture.h"

static const char *const indications[] = {
	[INDICATION_PASSED] = "passed",
	[INDICATION_INDETERMINATE] = "indeterminate",
	[INDICATION_FAILED] = "failed",
};

struct row {
	char name[64], kind[32], field[32], indication[16], changes[16], code[64];
};

static const struct seal_signature *
find(const struct seal_report *r, const char *field)
{
	for (size_t i = 0; i < seal_report_count(r); i++)
		if (strcmp(seal_report_at(r, i)->field, field) == 0)
			return seal_report_at(r, i);
	return NULL;
}

static bool
is_expected(const struct row *row, const struct seal_signature *s, const struct diag *diag)
{
	bool told = strcmp(row->kind, "removed") == 0 || strcmp(row->kind, "flagged") == 0;

	if (told && !diag_has(diag, row->code))
		return false;
	if (strcmp(row->indication, indications[s->verdict->indication]) != 0 ||
		strcmp(row->changes, s->changes) != 0)
		return false;
	if (!told && row->code[0] != '-' &&
		(s->change_list == NULL || strstr(s->change_list, row->code) == NULL))
		return false;
	return told || strcmp(row->kind, "honest") == 0 ||
		s->verdict->indication != INDICATION_PASSED || strcmp(s->changes, "none") != 0;
}

/* False, and told, when the verdict is another. */
static bool
judge(const struct row *row, const struct policy *policy)
{
	struct seal_report *r = NULL;
	const struct seal_signature *s = NULL;
	struct diag *diag = diag_new();
	struct span file;
	char path[200];
	bool right;

	snprintf(path, sizeof(path), "tests/corpus/pdf/attacks/%s.pdf", row->name);
	file = built_file(path);
	if (seal_pdf.verify(file, (struct span){NULL, 0}, policy, &r, diag) == STATUS_OK)
		s = find(r, row->field);
	if (s == NULL) {
		right = r != NULL && row->field[0] == '-' && seal_report_count(r) == 0 &&
			diag_has(diag, row->code);
		if (!right)
			show(diag, row->name);
	} else {
		right = is_expected(row, s, diag);
		if (!right)
			fprintf(stderr, "# %s (%s): %s %s (%s), %s [%s], expected %s %s %s\n",
				row->name, row->kind, indications[s->verdict->indication],
				sub_indication_name(s->verdict->sub), s->verdict->why, s->changes,
				s->change_list != NULL ? s->change_list : "", row->indication,
				row->changes, row->code);
	}
	seal_report_free(r);
	diag_free(diag);
	free((void *)(uintptr_t)file.data);
	return right;
}

static void
test_attacks(void **state)
{
	struct span expect = built_file("tests/corpus/pdf/attacks/expect");
	char *text = strndup((const char *)expect.data, expect.len), *save = NULL;
	struct policy *policy = pki_policy();
	size_t n = 0, wrong = 0;

	(void)state;
	for (char *line = strtok_r(text, "\n", &save); line != NULL;
		line = strtok_r(NULL, "\n", &save)) {
		struct row row;

		assert_int_equal(sscanf(line, "%63s %31s %31s %15s %15s %63s", row.name, row.kind,
					 row.field, row.indication, row.changes, row.code),
			6);
		n++;
		wrong += !judge(&row, policy);
	}
	assert_true(n >= 203);
	if (wrong > 0)
		fail_msg("%zu of %zu files are judged otherwise than expected", wrong, n);
	policy_free(policy);
	free(text);
	free((void *)(uintptr_t)expect.data);
}

/* The SHA-1 of the document is what the signature is over: where weak algorithms are refused, so is this, however good the CMS is. */
static void
test_weak_refused(void **state)
{
	struct policy *policy = pki_policy();
	struct span file = built_file("tests/corpus/pdf/attacks/weak_sha1_inside.pdf");
	struct seal_report *r = NULL;
	const struct verdict *v;

	(void)state;
	assert_int_equal(seal_pdf.verify(file, (struct span){NULL, 0}, policy, &r, NULL), STATUS_OK);
	v = seal_report_at(r, 0)->verdict;
	assert_int_equal(v->indication, INDICATION_PASSED);
	assert_true(v->weak_algorithm);
	seal_report_free(r);
	policy_set_weak(policy, POLICY_WEAK_REFUSE, clock_now() - 365 * CLOCK_DAY);
	assert_int_equal(seal_pdf.verify(file, (struct span){NULL, 0}, policy, &r, NULL), STATUS_OK);
	v = seal_report_at(r, 0)->verdict;
	assert_int_equal(v->indication, INDICATION_INDETERMINATE);
	assert_int_equal(v->sub, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
	assert_string_equal(v->weak_name, "SHA1");
	seal_report_free(r);
	policy_free(policy);
	free((void *)(uintptr_t)file.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_attacks), cmocka_unit_test(test_weak_refused)};

	return cmocka_run_group_tests_name("seal_pdf_attacks", tests, NULL, NULL);
}
