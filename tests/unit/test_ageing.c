/*
 * ageing: dated ends of algorithms in policy.rules: read or refused; a signature by an algorithm that has ended passes only when it is proven older; a timestamp that uses one proves
 * nothing unless it is proven older itself; and until when an archived file's newest timestamp holds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/ageing.h"
#include "lib/pki/needs.h"
#include "lib/pki/verdict.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define NOW "2026-11-24T12:00:00Z"
#define LONG_AGO "2020-01-01T00:00:00Z"
#define FAR "2040-01-01T00:00:00Z"

static const unsigned char text[] = "nội dung";
static struct span content = {text, sizeof(text) - 1};

static enum status
apply(struct policy *p, const char *rules)
{
	return policy_apply_rules(p, POLICY_RULES_OF_FOLDER, (struct span){(const unsigned char *)rules, strlen(rules)});
}

static void
test_rules(void **state)
{
	static const char *const bad[] = {"algorithm: SHA256\n", "algorithm: SHA256 until\n", "algorithm: SHA256 until soon\n", "algorithm: ROT13 until 2030-01-01\n",
		"algorithm: RSA under until 2030-01-01\n", "algorithm: RSA under x until 2030-01-01\n", "algorithm: RSA under 0 until 2030-01-01\n",
		"algorithm: SHA256 under 256 until 2030-01-01\n", "algorithm: until 2030-01-01\n"};
	struct policy *p = policy_new(fixture_time(NOW));
	struct buf many;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(apply(p, bad[i]), STATUS_INVALID);
	assert_int_equal(p->ageing_count, 0);
	assert_true(ageing_next(p) == AGEING_NEVER);
	assert_int_equal(apply(p, "algorithm: SHA256 until 2035-01-01 # a day in Vietnam\nalgorithm: RSA under 3000 until 2031-01-01T00:00:00Z\n"
		"algorithm: EC until 2040-01-01\nalgorithm: rsa until 2050-01-01\n"), STATUS_OK);
	assert_int_equal(p->ageing_count, 4);
	assert_true(ageing_next(p) == fixture_time("2031-01-01T00:00:00Z"));
	assert_true(ageing_of_digest(p, NID_sha256) == fixture_time("2034-12-31T17:00:00Z"));
	assert_true(ageing_of_digest(p, NID_sha512) == AGEING_NEVER);
	/* a weak one ends on its own day */
	assert_true(ageing_of_digest(p, NID_sha1) == AGEING_NEVER);
	assert_int_equal(apply(p, "weak: refuse 2027-01-01T00:00:00Z\n"), STATUS_OK);
	assert_true(ageing_of_digest(p, NID_sha1) == fixture_time("2027-01-01T00:00:00Z"));
	assert_true(ageing_next(p) == fixture_time("2027-01-01T00:00:00Z"));
	buf_init(&many, 1 << 16);
	for (int i = 0; i <= POLICY_AGEING_MAX; i++)
		buf_put_str(&many, "algorithm: SHA384 until 2035-01-01\n");
	assert_int_equal(apply(p, buf_str(&many)), STATUS_INVALID);
	buf_free(&many);
	policy_free(p);
}

/* A signer with P-256 below P-256, and an authority for timestamps with RSA below RSA. */
struct world {
	struct subject root, signer, stamp_root, tsa;
};

static void
make(struct world *w)
{
	EVP_PKEY *a = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072), *b = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);

	w->root = issue(&(struct issue){.name = "Root", .from = LONG_AGO, .to = FAR, .config = ISSUE_CA});
	w->signer = issue(&(struct issue){.name = "Leader", .issuer = &w->root, .from = LONG_AGO, .to = FAR, .config = ISSUE_SIGNER});
	w->stamp_root = issue(&(struct issue){.name = "Stamp root", .from = LONG_AGO, .to = FAR, .config = ISSUE_CA, .key = a});
	w->tsa = issue(&(struct issue){.name = "TSA", .issuer = &w->stamp_root, .from = LONG_AGO, .to = FAR, .config = ISSUE_TSA, .key = b});
	EVP_PKEY_free(a);
	EVP_PKEY_free(b);
}

static void
unmake(struct world *w)
{
	subject_free(&w->root);
	subject_free(&w->signer);
	subject_free(&w->stamp_root);
	subject_free(&w->tsa);
}

static struct policy *
policy_of(const struct world *w, const char *rules)
{
	struct policy *p = policy_new(fixture_time(NOW));

	policy_trust(p, &w->root);
	policy_trust(p, &w->stamp_root);
	assert_int_equal(apply(p, rules), STATUS_OK);
	return p;
}

static void
test_judged(void **state)
{
	static const struct {
		const char *rules, *stamp, *archive;
		enum sub_indication sub;
		bool weak;
	} rows[] = {
		{"", NULL, NULL, SUB_NONE, false},
		{"algorithm: EC under 300 until 2027-06-01\n", NULL, NULL, SUB_NONE, false},
		{"algorithm: EC under 300 until 2026-06-01\n", NULL, NULL, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, true},
		{"algorithm: EC under 200 until 2026-06-01\n", NULL, NULL, SUB_NONE, false},
		{"algorithm: RSA until 2026-06-01\n", NULL, NULL, SUB_NONE, false},
		{"algorithm: SHA256 until 2026-06-01\n", NULL, NULL, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, true},
		{"algorithm: SHA512 until 2026-06-01\n", NULL, NULL, SUB_NONE, false},
		/* proven older, and proven no older than the end */
		{"algorithm: EC under 300 until 2026-06-01\n", "2026-05-01T00:00:00Z", NULL, SUB_NONE, true},
		{"algorithm: EC under 300 until 2026-06-01\n", "2026-07-01T00:00:00Z", NULL, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, true},
		/* the timestamp's own key has ended: it proves nothing, unless another proves that it is older */
		{"algorithm: EC until 2026-06-01\nalgorithm: RSA under 3000 until 2026-07-01\n", "2026-05-01T00:00:00Z", NULL,
			SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, true},
		{"algorithm: SHA256 until 2026-06-01\n", "2026-05-01T00:00:00Z", NULL, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, true},
		{"algorithm: RSA under 3000 until 2027-07-01\nalgorithm: EC until 2026-06-01\n", "2026-05-01T00:00:00Z", NULL, SUB_NONE, true},
	};
	struct world w;

	(void)state;
	make(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy *p = policy_of(&w, rows[i].rules);
		X509 *chain[] = {w.root.cert, NULL}, *stamp_chain[] = {w.stamp_root.cert, NULL};
		struct buf cms = issue_signature(&w.signer, chain, NULL, content);
		struct verdict v;

		if (rows[i].stamp != NULL)
			cms = issue_stamped(cms, &w.tsa, stamp_chain, rows[i].stamp);
		verdict_judge_cms((struct span){cms.data, cms.len}, fixture_digest, &content, p, &v);
		if (v.sub != rows[i].sub || v.weak_algorithm != rows[i].weak)
			fail_msg("%zu: %s (%s)%s", i, sub_indication_name(v.sub), v.why, v.weak_algorithm ? " weak" : "");
		if (v.weak_algorithm) {
			assert_true(v.weak_until != 0);
			assert_true(v.weak_name[0] != '\0');
		}
		buf_free(&cms);
		policy_free(p);
	}
	unmake(&w);
}

/* When the newest timestamp must be renewed. */
static void
test_until(void **state)
{
	static const struct {
		const char *rules, *until;
	} rows[] = {
		{"", FAR},
		{"algorithm: RSA under 3000 until 2030-06-01T00:00:00Z\n", "2030-06-01T00:00:00Z"},
		{"algorithm: RSA until 2030-06-01T00:00:00Z\n", "2030-06-01T00:00:00Z"},
		{"algorithm: RSA under 2000 until 2030-06-01T00:00:00Z\n", FAR},
		{"algorithm: EC until 2028-06-01T00:00:00Z\n", FAR}, /* the signer's, not the timestamp's */
		{"algorithm: SHA256 until 2029-06-01T00:00:00Z\nalgorithm: RSA until 2030-06-01T00:00:00Z\n", "2029-06-01T00:00:00Z"},
		{"algorithm: SHA384 until 2029-06-01T00:00:00Z\n", FAR},
	};
	struct world w;

	(void)state;
	make(&w);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy *p = policy_of(&w, rows[i].rules);
		X509 *chain[] = {w.root.cert, NULL}, *stamp_chain[] = {w.stamp_root.cert, NULL};
		struct buf cms = issue_archived(issue_stamped(issue_signature(&w.signer, chain, NULL, content), &w.tsa, stamp_chain, "2026-05-01T00:00:00Z"), content,
			&w.tsa, stamp_chain, "2026-05-02T00:00:00Z");
		struct needs *n = needs_new(p);

		assert_int_equal(needs_add(n, (struct span){cms.data, cms.len}), STATUS_OK);
		assert_int_equal(needs_ask(n), STATUS_OK);
		if (needs_timestamps_until(n) != fixture_time(rows[i].until))
			fail_msg("%zu", i);
		/* a verdict is kept no longer than until something ends */
		if (ageing_next(p) != AGEING_NEVER)
			assert_true(needs_stand_until(n) <= ageing_next(p));
		needs_free(n);
		buf_free(&cms);
		policy_free(p);
	}
	unmake(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_judged),
		cmocka_unit_test(test_until),
	};

	return cmocka_run_group_tests_name("ageing", tests, NULL, NULL);
}
