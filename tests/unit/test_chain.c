/* chain: paths are built from the right certificates, bounded, and judged at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/chain.h"
#include "tests/unit/pki_fixture.h"

#define NOW "2026-11-24T12:00:00Z"

static void
add(enum status (*to)(struct policy *, struct span), struct policy *p, const char *name)
{
	struct buf b = fixture_pki(name);

	assert_int_equal(to(p, (struct span){b.data, b.len}), STATUS_OK);
	buf_free(&b);
}

/* Builds the path of a certificate; its length, or minus the sub-indication. */
static int
build(const char *leaf_name, const STACK_OF(X509) *inside, const struct policy *p)
{
	X509 *leaf = fixture_cert(leaf_name);
	STACK_OF(X509) *path = NULL;
	const char *why = NULL;
	enum sub_indication sub = chain_build(leaf, inside, p, CHAIN_USE_DOCUMENT, &path, NULL, &why);
	int n = sub == SUB_NONE ? sk_X509_num(path) : -(int)sub;

	assert_non_null(why);
	sk_X509_pop_free(path, X509_free);
	X509_free(leaf);
	return n;
}

static void
test_build(void **state)
{
	struct policy *p = policy_new(fixture_time(NOW));
	STACK_OF(X509) *inside = sk_X509_new_null();
	X509 *issuing = fixture_cert("issuing.pem");

	(void)state;
	assert_int_equal(build("leader1.pem", NULL, p), -(int)SUB_NO_CERTIFICATE_CHAIN_FOUND);
	add(policy_add_anchors, p, "root.pem");
	assert_int_equal(build("leader1.pem", NULL, p), -(int)SUB_NO_CERTIFICATE_CHAIN_FOUND);
	sk_X509_push(inside, issuing);
	assert_int_equal(build("leader1.pem", inside, p), 3);
	add(policy_add_intermediates, p, "issuing.pem");
	assert_int_equal(build("leader1.pem", NULL, p), 3);
	assert_int_equal(build("root.pem", NULL, p), 1);
	/* times do not matter for the path itself */
	assert_int_equal(build("bad/expired.pem", NULL, p), 3);
	assert_int_equal(build("bad/foreign.pem", inside, p), -(int)SUB_NO_CERTIFICATE_CHAIN_FOUND);
	policy_free(p);

	/* an issuing CA may be the anchor, without its root */
	p = policy_new(fixture_time(NOW));
	add(policy_add_anchors, p, "issuing.pem");
	assert_int_equal(build("leader1.pem", NULL, p), 2);
	policy_free(p);
	sk_X509_free(inside);
	X509_free(issuing);
}

/* Of a thousand certificates inside only the first are looked at. */
static void
test_bound(void **state)
{
	struct policy *p = policy_new(fixture_time(NOW));
	STACK_OF(X509) *inside = sk_X509_new_null();
	X509 *issuing = fixture_cert("issuing.pem"), *other = fixture_cert("leader2.pem");

	(void)state;
	add(policy_add_anchors, p, "root.pem");
	for (int i = 0; i < CHAIN_CANDIDATES; i++)
		sk_X509_push(inside, other);
	sk_X509_push(inside, issuing);
	assert_int_equal(build("leader1.pem", inside, p), -(int)SUB_NO_CERTIFICATE_CHAIN_FOUND);
	sk_X509_set(inside, CHAIN_CANDIDATES - 1, issuing);
	assert_int_equal(build("leader1.pem", inside, p), 3);
	sk_X509_free(inside);
	X509_free(issuing);
	X509_free(other);
	policy_free(p);
}

static struct chain_finding
judge(const char *leaf_name, struct policy *p, enum chain_use use, const char *time)
{
	X509 *leaf = fixture_cert(leaf_name);
	STACK_OF(X509) *path = NULL;
	struct revocation_query q = {.t = fixture_time(time)};
	struct chain_finding f;
	const char *why;

	assert_int_equal(chain_build(leaf, NULL, p, use, &path, NULL, &why), SUB_NONE);
	chain_judge(path, p, use, &q, &f);
	sk_X509_pop_free(path, X509_free);
	X509_free(leaf);
	return f;
}

static void
test_judge(void **state)
{
	static const struct {
		const char *leaf, *time;
		enum chain_use use;
		enum sub_indication sub;
		bool checked;
	} rows[] = {
		{"leader1.pem", NOW, CHAIN_USE_DOCUMENT, SUB_NONE, true},
		{"leader1.pem", NOW, CHAIN_USE_TIMESTAMP, SUB_CHAIN_CONSTRAINTS_FAILURE, true},
		{"tsa.pem", NOW, CHAIN_USE_TIMESTAMP, SUB_NONE, true},
		{"tsa.pem", NOW, CHAIN_USE_DOCUMENT, SUB_CHAIN_CONSTRAINTS_FAILURE, true},
		{"leader1.pem", "2036-06-01T00:00:00Z", CHAIN_USE_DOCUMENT, SUB_OUT_OF_BOUNDS_NO_POE, false},
		{"bad/long.pem", "2041-06-01T00:00:00Z", CHAIN_USE_DOCUMENT,
			SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, false},
		{"bad/revoked.pem", NOW, CHAIN_USE_DOCUMENT, SUB_REVOKED_NO_POE, true},
		{"bad/revoked.pem", "2026-02-01T00:00:00Z", CHAIN_USE_DOCUMENT, SUB_NONE, true},
		{"bad/held.pem", NOW, CHAIN_USE_DOCUMENT, SUB_TRY_LATER, true},
	};
	struct policy *p = policy_new(fixture_time(NOW));

	(void)state;
	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain_finding f = judge(rows[i].leaf, p, rows[i].use, rows[i].time);

		if (f.sub != rows[i].sub)
			fail_msg("row %zu: %s", i, sub_indication_name(f.sub));
		assert_int_equal(f.revocation_checked, rows[i].checked);
		assert_int_equal(f.sub == SUB_NONE, f.why[0] == '\0');
	}
	assert_int_equal(judge("bad/sha1.pem", p, CHAIN_USE_DOCUMENT, NOW).strength, STRENGTH_WEAK);
	policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_judge),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
