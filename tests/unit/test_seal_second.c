/*
 * seal_second: our verifier against OpenSSL and poppler on real files. Where they are given the same file they agree; a verifier of ours that were wrong is played by giving the others
 * a file that is not the one our report is about.
 */
#define _GNU_SOURCE /* memmem */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/imprints.h"
#include "lib/doc/pdf_second.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/second.h"
#include "lib/seal/seal_second.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"
#include "tests/unit/seal_fixture.h"

#define NONE ((struct span){NULL, 0})
static const struct span text = {(const unsigned char *)"van ban", 7};

static struct policy *policy;
static struct span letter, by_leader, by_both;

static int
make_letter(void **state)
{
	struct seal_request r = {.signer = "Nguyễn Văn An", .time = INT64_C(1795500000000000), .look = {.role = SEAL_ROLE_LEADER,
		.anchor = "Nguyễn Văn An"}};

	(void)state;
	pdf_second_warm_up();
	policy = pki_policy();
	letter = built_file("tests/data/letter.pdf");
	seal_file(letter, &r, "leader1", &by_leader, NULL);
	r.look.role = SEAL_ROLE_OFFICE;
	seal_file(by_leader, &r, "leader2", &by_both, NULL); /* an EC key */
	return 0;
}

static int
drop_letter(void **state)
{
	(void)state;
	free((void *)(uintptr_t)letter.data);
	free((void *)(uintptr_t)by_leader.data);
	free((void *)(uintptr_t)by_both.data);
	policy_free(policy);
	return 0;
}

static struct seal_report *
report_on(const struct seal_kind *kind, struct span file, struct span detached)
{
	struct seal_report *r = NULL;

	assert_int_equal(kind->verify(file, detached, policy, &r, NULL), STATUS_OK);
	return r;
}

/* Findings of the comparison that name this implementation. */
static size_t
count_by(const struct diag *d, const char *by)
{
	size_t n = 0;

	for (size_t i = 0; i < diag_count(d); i++)
		n += strcmp(diag_at(d, i)->code, "seal.second") == 0 && strncmp(diag_at(d, i)->got, by, strlen(by)) == 0;
	return n;
}

static void
test_agreement(void **state)
{
	struct seal_report *one = report_on(&seal_pdf, by_leader, NONE), *both = report_on(&seal_pdf, by_both, NONE);
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(seal_report_count(both), 2);
	assert_int_equal(seal_report_at(both, 0)->verdict->indication, INDICATION_PASSED);
	assert_int_equal(seal_second(&seal_pdf, by_leader, NONE, policy, one, d), STATUS_OK);
	assert_int_equal(seal_second(&seal_pdf, by_both, NONE, policy, both, d), STATUS_OK);
	assert_int_equal(diag_count(d), 0);
	seal_report_free(one);
	seal_report_free(both);
	diag_free(d);
}

/* Our report says intact; what the others are given has one bit of the document changed. */
static void
test_a_changed_document(void **state)
{
	struct seal_report *r = report_on(&seal_pdf, by_both, NONE);
	struct diag *d = diag_new();
	unsigned char *copy = malloc(by_both.len);
	char *word;

	(void)state;
	memcpy(copy, by_both.data, by_both.len);
	word = memmem(copy, letter.len, "/MediaBox", 9); /* of the letter itself: both signatures cover it */
	assert_non_null(word);
	word[1] = 'N';
	assert_int_equal(seal_second(&seal_pdf, (struct span){copy, by_both.len}, NONE, policy, r, d), STATUS_CONFLICT);
	assert_int_equal(count_by(d, "poppler"), 2);
	assert_int_equal(count_by(d, "OpenSSL"), 2);
	assert_string_equal(diag_at(d, 0)->where, seal_report_at(r, 0)->field);
	free(copy);
	seal_report_free(r);
	diag_free(d);
}

/* A wrong embed: another signature in the hole than the one that was made for these bytes. */
static void
test_a_wrong_embed(void **state)
{
	struct seal_report *r = report_on(&seal_pdf, by_leader, NONE);
	struct digest other = digest_of("another document", 16);
	struct span cms = cms_over(&other, "leader1");
	unsigned char *copy = malloc(by_leader.len);
	struct diag *d = diag_new();
	char *hole;

	(void)state;
	memcpy(copy, by_leader.data, by_leader.len);
	hole = memmem(copy + letter.len, by_leader.len - letter.len, "<308", 4);
	assert_non_null(hole);
	for (size_t i = 0; i < cms.len; i++) {
		static const char digits[] = "0123456789abcdef";

		hole[1 + 2 * i] = digits[cms.data[i] >> 4];
		hole[2 + 2 * i] = digits[cms.data[i] & 15];
	}
	assert_int_equal(seal_second(&seal_pdf, (struct span){copy, by_leader.len}, NONE, policy, r, d), STATUS_CONFLICT);
	assert_int_equal(count_by(d, "poppler"), 1);
	assert_int_equal(count_by(d, "OpenSSL"), 1);
	free(copy);
	free((void *)(uintptr_t)cms.data);
	seal_report_free(r);
	diag_free(d);
}

/* A signature that only we see: the others are given the file without it. */
static void
test_a_signature_that_nobody_else_sees(void **state)
{
	struct seal_report *r = report_on(&seal_pdf, by_both, NONE);
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(seal_second(&seal_pdf, by_leader, NONE, policy, r, d), STATUS_CONFLICT);
	assert_int_equal(count_by(d, "poppler: does not know it"), 1);
	seal_report_free(r);
	diag_free(d);
}

/* We call it passed; with the anchors that OpenSSL has there is no path. */
static void
test_another_trust(void **state)
{
	struct seal_report *r = report_on(&seal_pdf, by_leader, NONE);
	struct policy *stranger = policy_new(fixture_time("2026-11-24T12:00:00Z"));
	struct buf root = fixture_pki("bad/foreign-root.pem");
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(policy_add_anchors(stranger, (struct span){root.data, root.len}), STATUS_OK);
	assert_int_equal(seal_second(&seal_pdf, by_leader, NONE, stranger, r, d), STATUS_CONFLICT);
	assert_int_equal(count_by(d, "OpenSSL"), 1);
	assert_int_equal(count_by(d, "poppler"), 0);
	buf_free(&root);
	policy_free(stranger);
	seal_report_free(r);
	diag_free(d);
}

static void
test_detached(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, text);
	struct span p7s = {cms.data, cms.len}, changed = {(const unsigned char *)"van bAn", 7};
	struct seal_report *r = report_on(&seal_cms, text, p7s);
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(seal_report_at(r, 0)->verdict->level, LEVEL_B_B);
	assert_int_equal(seal_second(&seal_cms, text, p7s, policy, r, d), STATUS_OK);
	assert_int_equal(seal_second(&seal_cms, changed, p7s, policy, r, d), STATUS_CONFLICT);
	assert_int_equal(count_by(d, "OpenSSL"), 1);
	seal_report_free(r);
	buf_free(&cms);
	diag_free(d);
}

/* Of a file that is not here: OpenSSL checks value and path, its messageDigest is held against the digest. One bit of the value, another file, a missing attribute, another trust: no. */
static void
test_digests_alone(void **state)
{
	struct odd plain = {.cert = "leader1.pem", .key = "leader1.key", .plain = true}, bare = {.cert = "leader1.pem", .key = "leader1.key", .bare = true};
	struct buf record = fixture_record(text), other = fixture_record((struct span){(const unsigned char *)"van bAn", 7}), cms, odd;
	struct span known = {record.data, record.len}, value;
	static const char *const keys[][2] = {{"leader1.pem", "leader1.key"}, {"leader2.pem", "leader2.key"}};
	struct policy *nobody = policy_new(INT64_C(1795500000000000));
	struct diag *d = diag_new();
	struct imprints i;
	char why[200];

	(void)state;
	for (size_t k = 0; k < 2; k++) {
		struct seal_report *r;

		cms = fixture_sign(keys[k][0], keys[k][1], NULL, text);
		r = report_on(&seal_digests, known, (struct span){cms.data, cms.len});
		assert_int_equal(seal_second(&seal_digests, known, (struct span){cms.data, cms.len}, policy, r, d), STATUS_OK);
		assert_int_equal(diag_count(d), 0);
		assert_int_equal(seal_second(&seal_digests, (struct span){other.data, other.len}, (struct span){cms.data, cms.len}, policy, r, d), STATUS_CONFLICT);
		assert_int_equal(count_by(d, "OpenSSL"), 1);
		assert_int_equal(seal_second(&seal_digests, text, (struct span){cms.data, cms.len}, policy, r, NULL), STATUS_INVALID);
		diag_free(d);
		d = diag_new();
		assert_true(imprints_read(known, &i));
		assert_false(second_digests((struct span){cms.data, cms.len}, &i, true, SECOND_PATH, nobody, why));
		assert_true(second_digests((struct span){cms.data, cms.len}, &i, true, SECOND_VALUE, nobody, why));
		assert_int_equal(cms_signature_value((struct span){cms.data, cms.len}, &value), STATUS_OK);
		cms.data[value.data - cms.data + (ptrdiff_t)value.len - 1] ^= 1;
		assert_false(second_digests((struct span){cms.data, cms.len}, &i, true, SECOND_VALUE, nobody, why));
		seal_report_free(r);
		buf_free(&cms);
	}
	odd = fixture_odd(&plain, text);
	assert_false(second_digests((struct span){odd.data, odd.len}, &i, true, SECOND_VALUE, policy, why));
	assert_true(second_digests((struct span){odd.data, odd.len}, &i, false, SECOND_VALUE, policy, why));
	buf_free(&odd);
	odd = fixture_odd(&bare, text); /* without attributes OpenSSL would look at nothing but the file */
	assert_false(second_digests((struct span){odd.data, odd.len}, &i, false, SECOND_VALUE, policy, why));
	buf_free(&odd);
	buf_free(&record);
	buf_free(&other);
	policy_free(nobody);
	diag_free(d);
}

/* An Ed25519 signature of `s` over the text, by these options. */
static struct buf
by_edwards(const struct subject *s, const struct cms_options *options)
{
	struct imprint of = imprint_of(IMPRINT_SHA512, text.data, text.len);
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	struct buf made;

	buf_init(&made, CMS_MAX);
	assert_int_equal(cms_template_new(s->cert, NULL, options, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, s->key, &key), STATUS_OK);
	assert_int_equal(cms_template_sign(t, &(struct cms_input){{of.bytes, imprint_size(of.kind)}, fixture_time("2026-02-03T04:05:06Z")}, cms_key_sign, key, &made),
		STATUS_OK);
	cms_key_free(key);
	cms_template_free(t);
	return made;
}

/* The same of Ed25519, which signs the attributes: GnuTLS over them. Besides: no contentType, as a counter-signature has none. */
static void
test_digests_alone_edwards(void **state)
{
	struct subject ca = issue(&(struct issue){.name = "CA", .from = "2020-01-01T00:00:00Z", .to = "2035-01-01T00:00:00Z", .config = ISSUE_CA});
	struct issue of = {.name = "Ed", .issuer = &ca, .from = "2021-01-01T00:00:00Z", .to = "2030-01-01T00:00:00Z", .config = ISSUE_SIGNER,
		.key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")};
	struct subject s = issue(&of);
	struct buf record = fixture_record(text), other = fixture_record((struct span){(const unsigned char *)"van bAn", 7});
	struct buf cms = by_edwards(&s, &(struct cms_options){.signing_time = true}), typeless = by_edwards(&s, &(struct cms_options){.counter = true});
	struct span known = {record.data, record.len}, p7s = {cms.data, cms.len}, value;
	struct policy *trusting = policy_new(fixture_time("2026-02-04T00:00:00Z"));
	struct diag *d = diag_new();
	struct seal_report *r = NULL;
	struct imprints i;
	char why[200];

	(void)state;
	policy_trust(trusting, &ca);
	assert_true(imprints_read(known, &i));
	assert_int_equal(seal_digests.verify(known, p7s, trusting, &r, NULL), STATUS_OK);
	assert_true(seal_report_at(r, 0)->verdict->intact);
	assert_int_equal(seal_second(&seal_digests, known, p7s, trusting, r, d), STATUS_OK);
	assert_int_equal(diag_count(d), 0);
	assert_int_equal(seal_second(&seal_digests, (struct span){other.data, other.len}, p7s, trusting, r, d), STATUS_CONFLICT);
	assert_int_equal(count_by(d, "GnuTLS"), 1);
	assert_true(second_eddsa_digests(p7s, &i, true, SECOND_PATH, trusting, why));
	assert_false(second_eddsa_digests(p7s, &i, true, SECOND_PATH, policy, why));
	assert_true(second_eddsa_digests(p7s, &i, true, SECOND_VALUE, policy, why));
	assert_false(second_eddsa_digests((struct span){typeless.data, typeless.len}, &i, true, SECOND_VALUE, policy, why));
	assert_int_equal(cms_signature_value(p7s, &value), STATUS_OK);
	cms.data[value.data - cms.data] ^= 1;
	assert_false(second_eddsa_digests(p7s, &i, true, SECOND_VALUE, policy, why));
	cms.data[value.data - cms.data] ^= 1;
	for (size_t at = 0; at < cms.len; at++) /* a bit of any attribute: of messageDigest, of the time, of the certificate's digest */
		if ((at + 9 < cms.len && memcmp(cms.data + at, "260203040506Z", 9) == 0) || (at + 64 < cms.len && memcmp(cms.data + at, i.of[IMPRINT_SHA512].bytes, 64) == 0)) {
			cms.data[at + 8] ^= 1;
			assert_false(second_eddsa_digests(p7s, &i, true, SECOND_VALUE, policy, why));
			cms.data[at + 8] ^= 1;
		}
	assert_true(second_eddsa_digests(p7s, &i, true, SECOND_VALUE, policy, why));
	seal_report_free(r);
	diag_free(d);
	policy_free(trusting);
	EVP_PKEY_free(of.key);
	subject_free(&s);
	subject_free(&ca);
	buf_free(&record);
	buf_free(&other);
	buf_free(&cms);
	buf_free(&typeless);
}

/* We read a signing-certificate attribute where there is none: OpenSSL's CAdES check says so. */
static void
test_not_cades(void **state)
{
	struct buf good = fixture_sign("leader1.pem", "leader1.key", NULL, text);
	struct odd plain = {.cert = "leader1.pem", .key = "leader1.key", .plain = true};
	struct buf cms = fixture_odd(&plain, text);
	struct seal_report *r = report_on(&seal_cms, text, (struct span){good.data, good.len});
	struct seal_report *honest = report_on(&seal_cms, text, (struct span){cms.data, cms.len});
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(seal_second(&seal_cms, text, (struct span){cms.data, cms.len}, policy, honest, d), STATUS_OK);
	assert_int_equal(seal_second(&seal_cms, text, (struct span){cms.data, cms.len}, policy, r, d), STATUS_CONFLICT);
	seal_report_free(r);
	seal_report_free(honest);
	buf_free(&good);
	buf_free(&cms);
	diag_free(d);
}

/* The rule itself. */
static void
test_what_is_a_disagreement(void **state)
{
	static const struct {
		bool intact;
		int says;
		bool agree;
	} rows[] = {
		{true, SEAL_OPINION_GOOD, true}, {true, SEAL_OPINION_BAD, false}, {true, SEAL_OPINION_NONE, false},
		{false, SEAL_OPINION_GOOD, false}, {false, SEAL_OPINION_BAD, true}, {false, SEAL_OPINION_NONE, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct verdict v = {.intact = rows[i].intact};
		struct seal_signature s = {.field = "f", .verdict = &v};
		struct seal_opinion o = {.by = "x", .why = ""};

		o.says = rows[i].says;
		assert_int_equal(seal_agree(&s, &o, NULL), rows[i].agree);
	}
}

/* The value alone is asked for when we found no path: then OpenSSL's finding none either is no objection to the value, with or without CAdES. */
static void
test_the_value_alone(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &(struct cms_options){0}, text);
	struct policy *nobody = policy_new(INT64_C(1795500000000000));
	struct span der = {cms.data, cms.len}, other = {(const unsigned char *)"van khac", 8};
	char why[200];

	(void)state;
	for (int cades = 0; cades < 2; cades++) {
		assert_true(second_cms(der, &text, 1, cades, SECOND_VALUE, nobody, why));
		assert_false(second_cms(der, &text, 1, cades, SECOND_PATH, nobody, why));
		assert_true(second_cms(der, &text, 1, cades, SECOND_PATH, policy, why));
		assert_false(second_cms(der, &other, 1, cades, SECOND_VALUE, nobody, why));
	}
	policy_free(nobody);
	buf_free(&cms);
}

/* What a token signs that holds no certificate but its own: leader1's over the text, no issuer inside. */
static struct buf
without_issuer(void)
{
	struct imprint of = imprint_of(IMPRINT_SHA256, text.data, text.len);
	struct cms_input input = {{of.bytes, imprint_size(of.kind)}, fixture_time("2026-02-03T04:05:06Z")};
	X509 *cert = fixture_cert("leader1.pem");
	EVP_PKEY *private = fixture_key("leader1.key");
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	struct buf made;

	buf_init(&made, CMS_MAX);
	assert_int_equal(cms_template_new(cert, NULL, &(struct cms_options){0}, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, private, &key), STATUS_OK);
	assert_int_equal(cms_template_sign(t, &input, cms_key_sign, key, &made), STATUS_OK);
	cms_key_free(key);
	cms_template_free(t);
	EVP_PKEY_free(private);
	X509_free(cert);
	return made;
}

/* CMS_verify of OpenSSL 3.0 looks for issuers inside only: those that the policy knows are given to it too, and are no anchors by that. */
static void
test_an_issuer_that_is_known_here(void **state)
{
	struct buf cms = without_issuer(), record = fixture_record(text);
	struct policy *unanchored = policy_new(INT64_C(1795500000000000)), *nobody = policy_new(INT64_C(1795500000000000));
	struct span der = {cms.data, cms.len}, pem = built_file("tests/data/pki/issuing.pem"), root = built_file("tests/data/pki/root.pem");
	struct imprints i;
	char why[200];

	(void)state;
	assert_true(imprints_read((struct span){record.data, record.len}, &i));
	assert_int_equal(policy_add_intermediates(unanchored, pem), STATUS_OK);
	assert_int_equal(policy_add_anchors(nobody, root), STATUS_OK);
	for (int cades = 0; cades < 2; cades++) {
		assert_true(second_cms(der, &text, 1, cades, SECOND_PATH, policy, why));
		assert_true(second_digests(der, &i, cades, SECOND_PATH, policy, why));
		assert_false(second_cms(der, &text, 1, cades, SECOND_PATH, unanchored, why));
		assert_false(second_digests(der, &i, cades, SECOND_PATH, unanchored, why));
		assert_false(second_cms(der, &text, 1, cades, SECOND_PATH, nobody, why)); /* the anchor alone: nobody knows the issuer */
		assert_false(second_digests(der, &i, cades, SECOND_PATH, nobody, why));
	}
	policy_free(unanchored);
	policy_free(nobody);
	free((void *)(uintptr_t)pem.data);
	free((void *)(uintptr_t)root.data);
	buf_free(&record);
	buf_free(&cms);
}

/* The names are strength_name's. Nobody is asked about a counter-signature by an algorithm that is not known here. */
static void
test_by_whom_it_can_be_judged(void **state)
{
	static const struct {
		const char *name;
		enum second_scheme scheme;
	} rows[] = {{"RSA-2048", SECOND_RSA}, {"RSA-PSS-3072", SECOND_PSS}, {"ECDSA-P-256", SECOND_ECDSA}, {"ED25519-256", SECOND_ED25519}, {"ED448-456", SECOND_OTHER},
		{"DSA-2048", SECOND_OTHER}, {"", SECOND_OTHER}};
	char why[200] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(second_scheme_of(rows[i].name), rows[i].scheme);
	assert_false(second_counter(SECOND_OTHER, text, text, SECOND_VALUE, policy, why));
	assert_string_not_equal(why, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_a_changed_document),
		cmocka_unit_test(test_a_wrong_embed),
		cmocka_unit_test(test_a_signature_that_nobody_else_sees),
		cmocka_unit_test(test_another_trust),
		cmocka_unit_test(test_detached),
		cmocka_unit_test(test_digests_alone),
		cmocka_unit_test(test_digests_alone_edwards),
		cmocka_unit_test(test_not_cades),
		cmocka_unit_test(test_the_value_alone),
		cmocka_unit_test(test_an_issuer_that_is_known_here),
		cmocka_unit_test(test_what_is_a_disagreement),
		cmocka_unit_test(test_by_whom_it_can_be_judged),
	};

	return cmocka_run_group_tests_name("seal_second", tests, make_letter, drop_letter);
}
