/* policy: what a folder of trust gives, and what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_folder),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_wrong_kinds),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
