/* policy: what a folder of trust gives, and what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/policy_data.h"
#include "tests/unit/pki_fixture.h"

static void
test_folder(void **state)
{
	struct policy *p = policy_new(0);

	(void)state;
	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	assert_int_equal((int)p->anchor_count, 1);
	assert_int_equal(sk_X509_num(p->intermediates), 1);
	assert_int_equal((int)p->crl_count, 2);
	assert_true(policy_time(p) > fixture_time("2025-01-01T00:00:00Z"));
	assert_int_equal(policy_read_folder(p, fixture_path("no-such-folder")), STATUS_NOT_FOUND);
	assert_int_equal(policy_read_folder(p, fixture_path("root.pem")), STATUS_NOT_FOUND);
	policy_free(p);
}

/* Only files with the endings of their place are read; one that is something else is an error, not passed over. */
static void
test_files(void **state)
{
	char *dir = fixture_scratch();
	struct policy *p = policy_new(0);

	(void)state;
	assert_int_equal(policy_read_folder(p, dir), STATUS_OK);
	assert_int_equal(fixture_run(dir, "mkdir anchors crls ocsp intermediates && "
		"openssl x509 -in '%s' -outform DER -out anchors/r.cer && "
		"openssl crl -in '%s' -outform DER -out crls/r.crl && echo x >anchors/readme.txt && "
		"echo x >anchors/.hidden.pem && echo x >crls/x~", fixture_path("root.pem"),
		fixture_path("crls/root.crl")), 0);
	assert_int_equal(policy_read_folder(p, dir), STATUS_OK);
	assert_int_equal((int)p->anchor_count, 1);
	assert_int_equal((int)p->crl_count, 1);
	assert_int_equal(fixture_run(dir, "echo x >intermediates/x.pem"), 0);
	assert_int_equal(policy_read_folder(p, dir), STATUS_INVALID);
	assert_int_equal(fixture_run(dir, "rm intermediates/x.pem; echo x >ocsp/x.der"), 0);
	assert_int_equal(policy_read_folder(p, dir), STATUS_INVALID);
	policy_free(p);
	fixture_scratch_free(dir);
}

static void
test_wrong_kinds(void **state)
{
	struct policy *p = policy_new(0);
	struct buf cert = fixture_pki("root.pem"), crl = fixture_pki("crls/root.crl");

	(void)state;
	assert_int_equal(policy_add_anchors(p, (struct span){crl.data, crl.len}), STATUS_INVALID);
	assert_int_equal(policy_add_crls(p, (struct span){cert.data, cert.len}), STATUS_INVALID);
	assert_int_equal(policy_add_ocsp(p, (struct span){cert.data, cert.len}), STATUS_INVALID);
	assert_int_equal(policy_add_anchors(p, (struct span){cert.data, 0}), STATUS_INVALID);
	assert_int_equal(policy_add_crls(p, (struct span){NULL, 0}), STATUS_INVALID);
	policy_free(p);
	policy_free(NULL);
	buf_free(&cert);
	buf_free(&crl);
}

/* The rules beside an anchor and those of the folder: what they set, and that any other line is refused. */
static void
test_rules(void **state)
{
	static const char *const bad[] = {"trusted-until: hôm qua", "use: everything", "use:", "label:", "trust-from: 2020-01-01",
		"no colon", "trusted-from: 2030-01-01\ntrusted-until: 2020-01-01", "trusted-from: 2020-13-01"};
	static const char *const bad_folder[] = {"revocation: maybe", "weak: refuse", "weak: refuse soon", "max-age: 10",
		"max-age: -1 days", "grace: 1 weeks", "use: signature", "max-age: 99999999999999999999 days"};
	char *dir = fixture_scratch();
	struct policy *p = policy_new(0);
	struct buf root = fixture_pki("root.pem");
	struct span cert = {root.data, root.len};

	(void)state;
	assert_int_equal(fixture_run(dir, "mkdir anchors signature-policies && cp '%s' anchors/quoc-gia.pem && "
		"printf 'label: Gốc quốc gia\\n# chỉ dùng cho chữ ký\\nuse: signature, tls-client\\n"
		"trusted-from: 2020-01-01\\ntrusted-until: 2030-01-01T00:00:00Z\\n' >anchors/quoc-gia.rules && "
		"echo quy chế >signature-policies/1.2.3.4.txt && "
		"printf 'revocation: require\\nweak: refuse 2027-01-01\\nmax-age: 30 days\\ngrace: 24 hours # một ngày\\n' >policy.rules",
		fixture_path("root.pem")), 0);
	assert_int_equal(policy_read_folder(p, dir), STATUS_OK);
	assert_int_equal(p->anchor_count, 1);
	assert_string_equal(p->anchors[0].label, "Gốc quốc gia");
	assert_int_equal(p->anchors[0].uses, POLICY_USE_SIGNATURE | POLICY_USE_TLS_CLIENT);
	assert_true(p->anchors[0].from == fixture_time("2019-12-31T17:00:00Z"));
	assert_true(p->anchors[0].until == fixture_time("2030-01-01T00:00:00Z"));
	assert_int_equal(p->signature_policy_count, 1);
	assert_string_equal(p->signature_policies[0].oid, "1.2.3.4");
	assert_int_equal(p->revocation, POLICY_REVOCATION_REQUIRE);
	assert_int_equal(p->weak, POLICY_WEAK_REFUSE);
	assert_true(p->max_age == 30 * CLOCK_DAY && p->grace == CLOCK_DAY);
	assert_int_equal(fixture_run(dir, "echo x >signature-policies/không.txt"), 0);
	assert_int_equal(policy_read_folder(p, dir), STATUS_INVALID);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (policy_add_ruled_anchors(p, cert, (struct span){(const unsigned char *)bad[i], strlen(bad[i])}) !=
			STATUS_INVALID)
			fail_msg("taken: %s", bad[i]);
	for (size_t i = 0; i < sizeof(bad_folder) / sizeof(bad_folder[0]); i++)
		if (policy_apply_rules(p, POLICY_RULES_OF_FOLDER,
			(struct span){(const unsigned char *)bad_folder[i], strlen(bad_folder[i])}) != STATUS_INVALID)
			fail_msg("taken: %s", bad_folder[i]);
	policy_free(p);
	buf_free(&root);
	fixture_scratch_free(dir);
}

static void
run(const char *dir, const char *command)
{
	assert_int_equal(fixture_run(dir, "%s", command), 0);
}

/* The policy that the folder gives now; *cert its first anchor as it is in memory. */
static struct policy *
now(struct policy_folder *f, X509 **cert)
{
	struct policy *p = NULL;

	assert_int_equal(policy_folder_policy(f, fixture_time("2026-11-24T00:00:00Z"), &p), STATUS_OK);
	*cert = p->anchor_count > 0 ? p->anchors[0].cert : NULL;
	return p;
}

/* What is kept of a folder is parsed once; a byte, a file or a name that is another counts from the next policy on. */
static void
test_kept(void **state)
{
	char *dir = fixture_scratch();
	struct policy_folder *f = policy_folder_new(dir);
	struct policy *first, *again, *p = NULL;
	struct buf crl = fixture_pki("crls/issuing.crl");
	X509 *one, *two;

	(void)state;
	assert_int_equal(fixture_run(dir, "mkdir anchors crls ocsp signature-policies && cp '%s' anchors/a.pem && echo một >signature-policies/1.2.3.txt",
		fixture_path("root.pem")), 0);
	first = now(f, &one);
	assert_int_equal(policy_add_crls(first, (struct span){crl.data, crl.len}), STATUS_OK); /* of one job alone */
	again = now(f, &two);
	assert_ptr_equal(one, two);
	assert_int_equal(again->crl_count, 0);
	assert_int_equal(again->signature_policy_count, 1);
	assert_true(policy_time(again) == fixture_time("2026-11-24T00:00:00Z"));
	policy_free(again);
	run(dir, "printf 'label: Gốc\nuse: timestamp\n' >anchors/a.rules");
	again = now(f, &two);
	assert_ptr_not_equal(one, two);
	assert_int_equal(again->anchors[0].uses, POLICY_USE_TIMESTAMP);
	policy_free(again);
	run(dir, "printf 'label: Gốc\nuse: signature\n' >anchors/a.rules"); /* the same length */
	again = now(f, &one);
	assert_int_equal(again->anchors[0].uses, POLICY_USE_SIGNATURE);
	policy_free(again);
	run(dir, "echo hai >signature-policies/1.2.3.txt && echo 'revocation: require' >policy.rules");
	again = now(f, &one);
	assert_int_equal(again->revocation, POLICY_REVOCATION_REQUIRE);
	assert_memory_equal(again->signature_policies[0].text.data, "hai", 3);
	assert_memory_equal(first->signature_policies[0].text.data, "một", 5); /* what a job has, it keeps */
	policy_free(again);
	run(dir, "mv signature-policies/1.2.3.txt signature-policies/1.2.4.txt");
	again = now(f, &one);
	assert_string_equal(again->signature_policies[0].oid, "1.2.4");
	policy_free(again);
	run(dir, "rm anchors/a.pem");
	again = now(f, &one);
	assert_null(one);
	policy_free(again);
	run(dir, "echo x >anchors/b.pem");
	assert_int_equal(policy_folder_policy(f, 0, &p), STATUS_INVALID);
	run(dir, "rm anchors/b.pem");
	again = now(f, &one);
	policy_folder_forget(f);
	policy_free(again);
	assert_int_equal(fixture_run(dir, "head -c 17000000 /dev/zero >signature-policies/1.2.5.txt && cp '%s' anchors/a.pem",
		fixture_path("root.pem")), 0);
	policy_free(now(f, &one)); /* too much to keep, but all there */
	again = now(f, &two);
	assert_int_equal(again->signature_policy_count, 2);
	policy_free(again);
	policy_folder_free(f);
	policy_folder_free(NULL);
	policy_free(first);
	f = policy_folder_new("/no/such/folder");
	assert_int_equal(policy_folder_policy(f, 0, &p), STATUS_NOT_FOUND);
	policy_folder_free(f);
	buf_free(&crl);
	fixture_scratch_free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_wrong_kinds),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_kept),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
