/* cert_kept: whatever is read with kept certificates is what OpenSSL reads without them; the same bytes are read once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/err.h>

#include "lib/pki/cert_kept.h"
#include "lib/pki/policy_data.h"
#include "lib/pki/verdict.h"
#include "tests/unit/pki_fixture.h"

static const unsigned char text[] = "nội dung";
static const struct span content = {text, sizeof(text) - 1};

static struct buf
der_of(CMS_ContentInfo *info)
{
	unsigned char *der = NULL;
	int n = info != NULL ? i2d_CMS_ContentInfo(info, &der) : 0;
	struct buf b;

	buf_init(&b, 1u << 26);
	buf_put(&b, der, n > 0 ? (size_t)n : 0);
	OPENSSL_free(der);
	return b;
}

static void
assert_same_certs(CMS_ContentInfo *a, CMS_ContentInfo *b)
{
	STACK_OF(X509) *left = CMS_get1_certs(a), *right = CMS_get1_certs(b);

	assert_int_equal(sk_X509_num(left), sk_X509_num(right));
	for (int i = 0; i < sk_X509_num(left); i++)
		assert_int_equal(X509_cmp(sk_X509_value(left, i), sk_X509_value(right, i)), 0);
	sk_X509_pop_free(left, X509_free);
	sk_X509_pop_free(right, X509_free);
}

/* True when it is a structure at all. */
static bool
compare(struct cert_kept *k, struct span cms)
{
	const unsigned char *p = cms.data;
	CMS_ContentInfo *want = d2i_CMS_ContentInfo(NULL, &p, (long)cms.len), *got;
	bool is = want != NULL;
	size_t used = 0;

	ERR_clear_error();
	got = cert_kept_cms(k, cms, &used);
	assert_int_equal(got != NULL, is);
	if (is) {
		struct buf a = der_of(want), b = der_of(got);

		assert_int_equal(used, (size_t)(p - cms.data));
		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
		assert_same_certs(want, got);
		buf_free(&a);
		buf_free(&b);
	}
	CMS_ContentInfo_free(want);
	CMS_ContentInfo_free(got);
	ERR_clear_error();
	return is;
}

static void
test_read_once(void **state)
{
	struct cert_kept *k = cert_kept_new();
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &(struct cms_options){.signing_time = true}, content);
	struct span whole = {cms.data, cms.len};
	size_t found, read;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(compare(k, whole));
		cert_kept_counts(k, &found, &read);
		assert_int_equal(read, 2);
		assert_int_equal(found, i * 2);
	}
	cert_kept_clear(k);
	assert_true(compare(k, whole));
	cert_kept_counts(k, &found, &read);
	assert_int_equal(read, 4);
	assert_true(compare(NULL, whole));
	cert_kept_free(k);
	buf_free(&cms);
}

/* A reference outlives the keeper; of two that differ in one bit each is its own; what is no certificate is none. */
static void
test_certificates(void **state)
{
	struct cert_kept *k = cert_kept_new();
	X509 *leader = fixture_cert("leader1.pem"), *a, *b;
	unsigned char *der = NULL;
	int n = i2d_X509(leader, &der);
	struct span whole = {der, (size_t)n};

	(void)state;
	a = cert_kept_read(k, whole);
	b = cert_kept_read(k, whole);
	assert_non_null(a);
	assert_ptr_equal(a, b);
	X509_free(b);
	der[n - 1] ^= 1; /* of the signature */
	b = cert_kept_read(k, whole);
	assert_non_null(b);
	assert_int_not_equal(X509_cmp(a, b), 0);
	assert_null(cert_kept_read(k, (struct span){der, (size_t)n - 1}));
	assert_null(cert_kept_read(k, (struct span){der, 0}));
	cert_kept_free(k);
	assert_int_equal(X509_cmp(a, leader), 0);
	X509_free(a);
	X509_free(b);
	X509_free(leader);
	OPENSSL_free(der);
}

/* More certificates than are kept: each is still read right. */
static void
test_many(void **state)
{
	struct cert_kept *k = cert_kept_new();
	X509 *leader = fixture_cert("leader1.pem");
	unsigned char *der = NULL;
	int n = i2d_X509(leader, &der);
	size_t found, read;

	(void)state;
	for (int i = 0; i < 3 * CERT_KEPT; i++) {
		X509 *x, *y;

		der[n - 1] = (unsigned char)i;
		x = cert_kept_read(k, (struct span){der, (size_t)n});
		y = cert_kept_read(k, (struct span){der, (size_t)n});
		assert_non_null(x);
		assert_ptr_equal(x, y);
		X509_free(x);
		X509_free(y);
	}
	cert_kept_counts(k, &found, &read);
	assert_int_equal(read, 3 * CERT_KEPT);
	assert_int_equal(found, 3 * CERT_KEPT);
	cert_kept_free(k);
	X509_free(leader);
	OPENSSL_free(der);
}

static size_t
compare_folder(struct cert_kept *k, const char *folder)
{
	const char *build = getenv("CONGVAN_BUILDDIR");
	char dir[1024], path[2048];
	struct dirent *e;
	size_t n = 0;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/tests/corpus/pki/%s", build != NULL ? build : ".", folder);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		struct buf b;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
		b = fixture_read(path);
		for (int again = 0; again < 2; again++)
			n += compare(k, (struct span){b.data, b.len});
		buf_free(&b);
	}
	closedir(d);
	return n / 2;
}

static void
test_corpus(void **state)
{
	struct cert_kept *k = cert_kept_new();

	(void)state;
	assert_true(compare_folder(k, "good") >= 10);
	assert_true(compare_folder(k, "bad") >= 10);
	cert_kept_free(k);
}

/* One signature cut at every place and with every seventh byte changed, and zeros behind it; what is inside twice is inside twice. */
static void
test_broken(void **state)
{
	struct cert_kept *k = cert_kept_new();
	struct buf cms = fixture_odd(&(struct odd){.cert = "leader1.pem", .key = "leader1.key", .attached = true, .extra_cert = "leader3.pem"}, content), longer;

	(void)state;
	for (size_t n = 0; n < cms.len; n += 5)
		assert_false(compare(k, (struct span){cms.data, n}));
	for (size_t i = 0; i < cms.len; i += 7)
		for (unsigned bit = 1; bit < 256; bit <<= 3) {
			cms.data[i] ^= (unsigned char)bit;
			(void)compare(k, (struct span){cms.data, cms.len});
			cms.data[i] ^= (unsigned char)bit;
		}
	buf_init(&longer, 1u << 20);
	buf_put(&longer, cms.data, cms.len);
	buf_put(&longer, "\0\0\0\0", 4);
	assert_true(compare(k, (struct span){longer.data, longer.len}));
	buf_free(&longer);
	buf_free(&cms);
	cms = fixture_odd(&(struct odd){.cert = "leader1.pem", .key = "leader1.key", .two_signers = true}, content);
	assert_true(compare(k, (struct span){cms.data, cms.len}));
	buf_free(&cms);
	cert_kept_free(k);
}

/* A folder of trust keeps the certificates of what is judged by it, until it is told to forget. */
static void
test_folder(void **state)
{
	struct policy_folder *f = policy_folder_new(fixture_path("."));
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &(struct cms_options){.signing_time = true}, content);
	struct span over = content;
	size_t found = 0, read = 0;

	(void)state;
	assert_non_null(f);
	for (int i = 0; i < 3; i++) {
		struct policy *p = NULL;
		struct verdict v;

		assert_int_equal(policy_folder_policy(f, 0, &p), STATUS_OK);
		verdict_judge_cms((struct span){cms.data, cms.len}, fixture_digest, &over, p, &v);
		assert_int_equal(v.indication, INDICATION_PASSED);
		cert_kept_counts(p->known, &found, &read);
		assert_int_equal(read, i < 2 ? 2 : 4);
		policy_free(p);
		if (i == 1)
			policy_folder_forget(f);
	}
	assert_int_equal(found, 2);
	policy_folder_free(f);
	buf_free(&cms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_once),
		cmocka_unit_test(test_certificates),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_broken),
		cmocka_unit_test(test_folder),
	};

	return cmocka_run_group_tests_name("cert_kept", tests, NULL, NULL);
}
