/*
 * seal_xml and xmldsig: every file of tests/corpus/xmldsig (made by xmlsec1 and by damaging what it made) gets the verdict its name says, and what was
 * signed is told exactly.
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

#include "lib/seal/seal_edxml.h"
#include "lib/seal/seal_xml.h"
#include "tests/unit/pki_fixture.h"

static const char *
corpus_path(const char *folder, const char *name)
{
	static char path[1300];
	const char *build = getenv("CONGVAN_BUILDDIR");

	snprintf(path, sizeof(path), "%s/tests/corpus/xmldsig/made/%s/%s", build != NULL ? build : ".", folder, name);
	return path;
}

static struct policy *
make_policy(void)
{
	struct policy *p = policy_new(fixture_time("2026-11-24T12:00:00Z"));

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	return p;
}

/* The file's name up to the dot before WHAT: a sub-indication, TOTAL-PASSED, or (with dots in it) the code of a finding. */
static bool
judge_file(const char *folder, const char *name, const struct policy *policy)
{
	struct buf file = fixture_read(corpus_path(folder, name));
	struct diag *diag = diag_new();
	struct seal_report *r = NULL;
	enum status st = seal_xml_judge_document((struct span){file.data, file.len}, false, policy, &r, diag);
	bool met = false;
	char got[300] = "refused";

	if (st == STATUS_OK && seal_report_count(r) == 1) {
		const struct seal_signature *s = seal_report_at(r, 0);
		const char *said = s->verdict->indication == INDICATION_PASSED ? indication_name(INDICATION_PASSED) :
			sub_indication_name(s->verdict->sub);
		size_t n = strlen(said);
		bool part = strstr(name, ".part") != NULL;

		met = strncmp(name, said, n) == 0 && name[n] == '.' && (s->verdict->indication != INDICATION_PASSED || s->covers_whole_file == !part);
		snprintf(got, sizeof(got), "%s (%.200s)%s", said, s->verdict->why, s->covers_whole_file ? " whole" : "");
	}
	for (size_t i = 0; st == STATUS_INVALID && i < diag_count(diag); i++)
		met = met || strncmp(name, diag_at(diag, i)->code, strlen(diag_at(diag, i)->code)) == 0;
	if (!met)
		print_error("%s/%s: %s\n", folder, name, got);
	seal_report_free(r);
	diag_free(diag);
	buf_free(&file);
	return met;
}

static void
judge_folder(const char *folder, size_t least)
{
	struct policy *policy = make_policy();
	DIR *d = opendir(corpus_path(folder, ""));
	struct dirent *e;
	size_t count = 0, wrong = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
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
	judge_folder("good", 15);
}

static void
test_bad(void **state)
{
	(void)state;
	judge_folder("bad", 50);
}

static const struct xmldsig_signature *
read_first(const char *folder, const char *name, struct xmldsig **x)
{
	struct buf file = fixture_read(corpus_path(folder, name));

	assert_int_equal(xmldsig_read((struct span){file.data, file.len}, NULL, false, NULL, x), STATUS_OK);
	buf_free(&file);
	assert_int_equal(xmldsig_count(*x), 1);
	return xmldsig_at(*x, 0);
}

/* What each reference covers is said as a path, and not more. */
static void
test_what_was_signed(void **state)
{
	struct xmldsig *x;
	const struct xmldsig_signature *s = read_first("good", "TOTAL-PASSED.whole-and-part.xml", &x);

	(void)state;
	assert_string_equal(s->path, "/CongVan/Signature");
	assert_string_equal(xmldsig_root(x), "/CongVan");
	assert_int_equal(s->reference_count, 2);
	assert_int_equal(s->references[0].what, XMLDSIG_WHOLE);
	assert_string_equal(s->references[1].path, "/CongVan/TrichYeu");
	assert_string_equal(s->references[1].uri, "#noi-dung");
	assert_int_equal(s->cert_count, 2);
	xmldsig_free(x);

	s = read_first("good", "TOTAL-PASSED.xades.xml", &x);
	assert_true(s->is_xades && s->properties_signed && s->has_cert_ref);
	assert_string_equal(s->signing_time, "2026-02-03T11:05:06+07:00");
	assert_int_equal(s->references[1].what, XMLDSIG_PROPERTIES);
	xmldsig_free(x);

	/* properties that the signature does not cover say nothing */
	s = read_first("bad", "SIG_CONSTRAINTS_FAILURE.xades-not-signed.xml", &x);
	assert_true(s->is_xades && !s->properties_signed && !s->has_cert_ref);
	assert_string_equal(s->signing_time, "");
	xmldsig_free(x);
}

static void
test_verdict(void **state)
{
	struct buf file = fixture_read(corpus_path("good", "TOTAL-PASSED.xades-ec.xml"));
	struct policy *policy = make_policy();
	struct seal_report *r = NULL;
	const struct seal_signature *s;

	(void)state;
	assert_ptr_equal(seal_kind_for((struct span){file.data, file.len}, false), &seal_xml);
	assert_int_equal(seal_xml.verify((struct span){file.data, file.len}, (struct span){NULL, 0}, policy, &r, NULL), STATUS_OK);
	s = seal_report_at(r, 0);
	assert_string_equal(level_name(s->verdict->level), "B-B");
	assert_string_equal(s->sub_filter, "XAdES");
	assert_string_equal(s->claimed_time, "2026-02-03T11:05:06+07:00");
	assert_string_equal(s->verdict->signature_name, "ECDSA-P-256");
	assert_true(s->verdict->intact && s->verdict->revocation_checked && !s->verdict->weak_algorithm);
	seal_report_free(r);
	buf_free(&file);
	file = fixture_read(corpus_path("good", "TOTAL-PASSED.sha1.xml"));
	assert_int_equal(seal_xml.verify((struct span){file.data, file.len}, (struct span){NULL, 0}, policy, &r, NULL), STATUS_OK);
	assert_true(seal_report_at(r, 0)->verdict->weak_algorithm);
	seal_report_free(r);
	buf_free(&file);
	policy_free(policy);
}

/* A timestamp over the value, and data for the long term among the unsigned properties; the trust folder has only the anchor. */
static void
test_long_term(void **state)
{
	struct buf file = fixture_read(corpus_path("good", "TOTAL-PASSED.xades-lt.xml")), root = fixture_pki("root.pem");
	struct policy *policy = policy_new(clock_now());
	struct seal_report *r = NULL;
	unsigned char *time;

	(void)state;
	assert_int_equal(policy_add_anchors(policy, (struct span){root.data, root.len}), STATUS_OK);
	assert_int_equal(seal_xml.verify((struct span){file.data, file.len}, (struct span){NULL, 0}, policy, &r, NULL), STATUS_OK);
	assert_int_equal(seal_report_at(r, 0)->verdict->indication, INDICATION_PASSED);
	assert_string_equal(level_name(seal_report_at(r, 0)->verdict->level), "B-LT");
	assert_true(seal_report_at(r, 0)->verdict->proven_time != 0);
	seal_report_free(r);
	/* the timestamp of another value proves nothing */
	time = memmem(file.data, file.len, "<SignatureValue>", 16);
	assert_non_null(time);
	time[16] = time[16] == 'A' ? 'B' : 'A';
	assert_int_equal(seal_xml.verify((struct span){file.data, file.len}, (struct span){NULL, 0}, policy, &r, NULL), STATUS_OK);
	assert_int_equal(seal_report_at(r, 0)->verdict->sub, SUB_SIG_CRYPTO_FAILURE);
	assert_true(seal_report_at(r, 0)->verdict->proven_time == 0);
	seal_report_free(r);
	policy_free(policy);
	buf_free(&root);
	buf_free(&file);
}

/* A packet's signature block: its name says which finding; of "none" nothing is judged, and a dummy is called one. */
static bool
judge_packet(const char *name, const struct policy *policy)
{
	struct buf file = fixture_read(corpus_path("edxml", name));
	bool without = strcmp(name, "none.without.edxml") == 0, dummy = strcmp(name, "none.dummy.edxml") == 0, met;
	struct diag *diag = diag_new();
	json_t *report = NULL;

	assert_int_equal(seal_edxml_judge((struct span){file.data, file.len}, without ? EDXML_SIGNATURE_NONE :
		dummy ? EDXML_SIGNATURE_DUMMY : EDXML_SIGNATURE_REAL, policy, &report, diag), STATUS_OK);
	met = without ? diag_count(diag) == 0 && report == NULL :
		dummy ? diag_count(diag) == 1 && strcmp(diag_at(diag, 0)->code, "edxml.signature.dummy") == 0 && report == NULL && !diag_has_error(diag) :
		diag_count(diag) == 1 && json_is_object(report) &&
		strncmp(diag_at(diag, 0)->code, name, strlen(diag_at(diag, 0)->code)) == 0 && !diag_has_error(diag);
	if (!met)
		print_error("edxml/%s: %s %s\n", name, diag_count(diag) > 0 ? diag_at(diag, 0)->code : "nothing",
			diag_count(diag) > 0 ? diag_at(diag, 0)->got : "");
	json_decref(report);
	diag_free(diag);
	buf_free(&file);
	return met;
}

static void
test_packets(void **state)
{
	static const char *const names[] = {"edxml.signature.good.whole", "edxml.signature.good.own-namespace", "edxml.signature.failed.subject",
		"edxml.signature.failed.attachment", "edxml.signature.failed.own-namespace", "edxml.signature.open.foreign",
		"edxml.signature.part.subject", "none.dummy", "none.without"};
	struct policy *policy = make_policy();
	struct diag *diag = diag_new();
	json_t *report = NULL;
	char name[80];
	bool met = true;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(name, sizeof(name), "%s.edxml", names[i]);
		met = judge_packet(name, policy) && met;
	}
	assert_true(met);
	/* no signature where it should be */
	assert_int_equal(seal_edxml_judge((struct span){(const unsigned char *)"<a/>", 4}, EDXML_SIGNATURE_REAL, policy, &report, diag), STATUS_OK);
	assert_true(diag_has(diag, "edxml.signature.unverified"));
	json_decref(report);
	diag_free(diag);
	/* nothing to judge by */
	diag = diag_new();
	assert_int_equal(seal_edxml_judge((struct span){(const unsigned char *)"<a/>", 4}, EDXML_SIGNATURE_REAL, NULL, &report, diag), STATUS_OK);
	assert_true(diag_count(diag) == 1 && diag_has(diag, "edxml.signature.unverified") && report == NULL);
	diag_free(diag);
	policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_what_was_signed),
		cmocka_unit_test(test_verdict),
		cmocka_unit_test(test_long_term),
		cmocka_unit_test(test_packets),
	};

	return cmocka_run_group_tests_name("seal_xml", tests, NULL, NULL);
}
