/* cms_read, cades: foreign signatures taken apart; the corpus of tests/data/make_pki_corpus judged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/cades.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/tsp.h"
#include "lib/pki/verdict.h"
#include "tests/unit/pki_fixture.h"

static const unsigned char text[] = "nội dung";
static const struct span content = {text, sizeof(text) - 1};

static void
test_parts(void **state)
{
	struct cms_options o = {.signing_time = true};
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &o, content);
	X509 *leader = fixture_cert("leader1.pem"), *other = fixture_cert("leader3.pem");
	struct cms_signature s;
	const char *why;
	bool there;
	int hash;

	(void)state;
	assert_int_equal(cms_read((struct span){cms.data, cms.len}, NULL, &s, &why), STATUS_OK);
	assert_null(s.content.data);
	assert_int_equal(s.content_type, NID_pkcs7_data);
	assert_int_equal(s.digest_nid, NID_sha256);
	assert_int_equal(s.signature_nid, NID_sha256WithRSAEncryption);
	assert_int_equal(s.value.len, 256);
	assert_int_equal(s.message_digest.len, 32);
	assert_int_equal(sk_X509_num(s.certs), 2);
	assert_int_equal(X509_cmp(cms_find_signer(&s, NULL), leader), 0);
	assert_true(cms_check_value(&s, leader, s.message_digest));
	assert_false(cms_check_value(&s, other, s.message_digest));
	assert_int_equal(cades_check_reference(&s, leader, &hash), CADES_REFERENCE_RIGHT);
	assert_int_equal(hash, NID_sha256);
	assert_int_equal(cades_check_reference(&s, other, &hash), CADES_OTHER_CERTIFICATE);
	assert_true(cades_signing_time(&s) == fixture_time("2026-02-03T04:05:06Z"));
	assert_null(cms_signed_attribute(&s, NID_pkcs9_messageDigest, V_ASN1_INTEGER, &there));
	assert_true(there);
	assert_null(cms_signed_attribute(&s, NID_pkcs9_countersignature, V_ASN1_SEQUENCE, &there));
	assert_false(there);
	cms_signature_free(&s);
	buf_free(&cms);
	X509_free(leader);
	X509_free(other);
}

static void
test_too_large(void **state)
{
	unsigned char *big = calloc(1, CMS_READ_MAX + 1);
	struct cms_signature s;
	const char *why;

	(void)state;
	assert_int_equal(cms_read((struct span){NULL, 0}, NULL, &s, &why), STATUS_INVALID);
	big[0] = 0x30;
	assert_int_equal(cms_read((struct span){big, CMS_READ_MAX + 1}, NULL, &s, &why), STATUS_TOO_LARGE);
	assert_int_equal(cms_read((struct span){big, CMS_READ_MAX}, NULL, &s, &why), STATUS_INVALID);
	free(big);
}

static enum status
digest_content(void *arg, const char *name, unsigned char *to, size_t *len)
{
	struct buf *c = arg;
	unsigned got;

	assert_int_equal(EVP_Digest(c->data, c->len, to, &got, EVP_get_digestbyname(name), NULL), 1);
	*len = got;
	return STATUS_OK;
}

/* A corpus file is called KIND.EXPECTED.WHAT: kind cms, token, cert, crl or ocsp; expected a (sub-)indication or status. */
static void
judge_file(const char *path, const char *name, struct buf *document, struct policy *p)
{
	struct buf b = fixture_read(path);
	struct span bytes = {b.data, b.len};
	char kind[16], want[80];
	const char *got = NULL;
	struct verdict v;
	struct policy *scratch = policy_new(0);

	assert_int_equal(sscanf(name, "%15[^.].%79[^.]", kind, want), 2);
	if (strcmp(kind, "cms") == 0 || strcmp(kind, "token") == 0) {
		(strcmp(kind, "cms") == 0 ? verdict_judge_cms : verdict_judge_timestamp)(bytes,
			digest_content, document, p, &v);
		got = v.sub == SUB_NONE ? indication_name(v.indication) : sub_indication_name(v.sub);
	} else if (strcmp(kind, "cert") == 0)
		got = status_code(policy_add_intermediates(scratch, bytes));
	else if (strcmp(kind, "crl") == 0)
		got = status_code(policy_add_crls(scratch, bytes));
	else if (strcmp(kind, "ocsp") == 0)
		got = status_code(policy_add_ocsp(scratch, bytes));
	if (got == NULL || strcmp(got, want) != 0)
		fail_msg("%s: %s", name, got != NULL ? got : "unknown kind");
	policy_free(scratch);
	buf_free(&b);
}

static size_t
judge_folder(const char *folder, struct buf *document, struct policy *p)
{
	char dir[1024], path[2048];
	const char *build = getenv("CONGVAN_BUILDDIR");
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/corpus/pki/%s", build != NULL ? build : ".", folder);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		judge_file(path, e->d_name, document, p);
		n++;
	}
	closedir(d);
	return n;
}

static void
test_corpus(void **state)
{
	struct policy *p = policy_new(0);
	struct buf document = fixture_read(fixture_path("../../corpus/pki/document"));

	(void)state;
	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	assert_true(judge_folder("good", &document, p) >= 20);
	assert_true(judge_folder("bad", &document, p) >= 40);
	buf_free(&document);
	policy_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests_name("cms_read", tests, NULL, NULL);
}
