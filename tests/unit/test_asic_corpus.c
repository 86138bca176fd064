/*
 * Every container of tests/corpus/asic: the worst verdict, or the finding with which it is refused, is what its name says, and the findings of its .expect
 * are there.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/message.h"
#include "lib/seal/seal.h"
#include "tests/unit/corpus.h"
#include "tests/unit/pki_fixture.h"

static char *
corpus_path(const char *folder, const char *name)
{
	static char path[1300];
	const char *build = getenv("CONGVAN_BUILDDIR");

	snprintf(path, sizeof(path), "%s/tests/corpus/asic/made/%s/%s", build != NULL ? build : ".", folder, name);
	return path;
}

static const char *
worst(const struct seal_report *r)
{
	const struct verdict *worst = NULL;

	for (size_t i = 0; i < seal_report_count(r); i++) {
		const struct verdict *v = seal_report_at(r, i)->verdict;

		if (worst == NULL || v->indication > worst->indication)
			worst = v;
	}
	return worst == NULL ? "none" : worst->indication == INDICATION_PASSED ? "TOTAL-PASSED" : sub_indication_name(worst->sub);
}

static bool
judge_file(const char *folder, const char *name, const struct policy *policy)
{
	struct buf file = fixture_read(corpus_path(folder, name));
	struct diag *diag = diag_new();
	struct seal_report *r = NULL;
	enum status st = seal_asic.verify((struct span){file.data, file.len}, (struct span){NULL, 0}, policy, &r, diag);
	const char *said = st == STATUS_OK ? worst(r) : "refused";
	bool met = strncmp(name, said, strlen(said)) == 0;

	for (size_t i = 0; st == STATUS_INVALID && i < diag_count(diag); i++)
		met = met || (diag_at(diag, i)->severity == SEVERITY_ERROR &&
			strncmp(name, diag_at(diag, i)->code, strlen(diag_at(diag, i)->code)) == 0);
	if (!met) {
		print_error("%s/%s: %s\n", folder, name, said);
		corpus_print(diag);
	}
	met = corpus_met(corpus_path(folder, name), diag, false) && met;
	seal_report_free(r);
	diag_free(diag);
	buf_free(&file);
	return met;
}

static void
judge_folder(const char *folder, size_t least)
{
	struct policy *policy = policy_new(clock_now());
	DIR *d = opendir(corpus_path(folder, ""));
	struct dirent *e;
	size_t count = 0, wrong = 0;

	assert_int_equal(policy_read_folder(policy, fixture_path(".")), STATUS_OK);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		size_t n = strlen(e->d_name);

		if (n < 6 || strcmp(e->d_name + n - 6, ".asice") != 0)
			continue;
		count++;
		wrong += !judge_file(folder, e->d_name, policy);
	}
	closedir(d);
	policy_free(policy);
	assert_int_equal(wrong, 0);
	assert_true(count >= least);
}

static void
test_good(void **state)
{
	(void)state;
	judge_folder("good", 25);
}

static void
test_bad(void **state)
{
	(void)state;
	judge_folder("bad", 55);
}

/* Digests in a manifest are what the signature rests on: where weak algorithms are refused, a SHA-1 there is, however good the CMS is. */
static void
test_weak_refused(void **state)
{
	struct buf file = fixture_read(corpus_path("good", "TOTAL-PASSED.cades-sha1.asice"));
	struct policy *policy = policy_new(clock_now());

	(void)state;
	assert_int_equal(policy_read_folder(policy, fixture_path(".")), STATUS_OK);
	for (int refused = 0; refused < 2; refused++) {
		struct seal_report *r = NULL;
		struct diag *diag = diag_new();

		if (refused)
			policy_set_weak(policy, POLICY_WEAK_REFUSE, clock_now() - 365 * CLOCK_DAY);
		assert_int_equal(seal_asic.verify((struct span){file.data, file.len}, (struct span){NULL, 0}, policy, &r, diag), STATUS_OK);
		assert_string_equal(worst(r), refused ? "CRYPTO_CONSTRAINTS_FAILURE_NO_POE" : "TOTAL-PASSED");
		assert_true(seal_report_at(r, 0)->verdict->weak_algorithm);
		seal_report_free(r);
		diag_free(diag);
	}
	policy_free(policy);
	buf_free(&file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_weak_refused),
	};

	return cmocka_run_group_tests_name("asic_corpus", tests, NULL, NULL);
}
