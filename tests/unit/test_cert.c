/* cert, strength: reading certificates and what they say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/objects.h>

#include "lib/pki/cert.h"
#include "lib/pki/strength.h"
#include "tests/unit/pki_fixture.h"

static void
test_read(void **state)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct buf bundle = fixture_pki("issuing-chain.pem"), crl = fixture_pki("crls/root.crl");
	X509 *root = fixture_cert("root.pem");
	unsigned char *der = NULL;
	int len = i2d_X509(root, &der);

	(void)state;
	assert_int_equal(cert_read_all((struct span){bundle.data, bundle.len}, certs), STATUS_OK);
	assert_int_equal(sk_X509_num(certs), 2);
	assert_int_equal(cert_read_all((struct span){der, (size_t)len}, certs), STATUS_OK);
	assert_int_equal(sk_X509_num(certs), 3);
	/* nothing in it, another thing in it, cut, something behind it */
	assert_int_equal(cert_read_all((struct span){der, 0}, certs), STATUS_INVALID);
	assert_int_equal(cert_read_all((struct span){crl.data, crl.len}, certs), STATUS_INVALID);
	for (int n = 1; n < len; n += 5)
		assert_int_equal(cert_read_all((struct span){der, (size_t)n}, certs), STATUS_INVALID);
	der = OPENSSL_realloc(der, (size_t)len + 1);
	der[len] = 0;
	assert_int_equal(cert_read_all((struct span){der, (size_t)len + 1}, certs), STATUS_INVALID);
	assert_int_equal(sk_X509_num(certs), 3);
	OPENSSL_free(der);
	X509_free(root);
	buf_free(&bundle);
	buf_free(&crl);
	sk_X509_pop_free(certs, X509_free);
}

static void
test_too_many(void **state)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	struct buf one = fixture_pki("leader2.pem"), many;

	(void)state;
	buf_init(&many, 1 << 24);
	for (int i = 0; i <= CERT_FILE_MAX; i++)
		buf_put(&many, one.data, one.len);
	assert_int_equal(cert_read_all((struct span){many.data, many.len}, certs), STATUS_TOO_LARGE);
	buf_free(&one);
	buf_free(&many);
	sk_X509_pop_free(certs, X509_free);
}

static void
test_facts(void **state)
{
	X509 *x = fixture_cert("leader1.pem");
	char text[256], tiny[8];

	(void)state;
	cert_name_text(X509_get_subject_name(x), text, sizeof(text));
	assert_string_equal(text,
		"UID=CCCD:000000000001, CN=Nguyễn Văn Mẫu, title=Bí thư, OU=Ban Thường vụ, "
		"O=Quận ủy Demo, L=Xứ Demo, C=VN");
	cert_name_text(X509_get_subject_name(x), tiny, sizeof(tiny));
	assert_int_equal(strlen(tiny), 7);
	cert_name_part(X509_get_subject_name(x), NID_commonName, text, sizeof(text));
	assert_string_equal(text, "Nguyễn Văn Mẫu");
	cert_name_part(X509_get_subject_name(x), NID_serialNumber, text, sizeof(text));
	assert_string_equal(text, "");
	cert_serial_text(x, text, sizeof(text));
	assert_true(strlen(text) >= 16);
	assert_true(cert_valid_at(x, fixture_time("2025-01-01T00:00:00Z")));
	assert_true(cert_valid_at(x, fixture_time("2035-12-31T23:59:59Z")));
	assert_false(cert_valid_at(x, fixture_time("2024-12-31T23:59:59Z")));
	assert_false(cert_valid_at(x, fixture_time("2036-01-01T00:00:00Z")));
	X509_free(x);
}

static void
test_usage(void **state)
{
	static const struct {
		const char *name;
		bool documents, timestamps, ocsp;
	} rows[] = {
		{"leader1.pem", true, false, false}, {"office.pem", true, false, false},
		{"tsa.pem", false, true, false}, {"bad/tsa.pem", true, false, false},
		{"ocsp.pem", false, false, true}, {"tls.pem", false, false, false},
		{"bad/usage.pem", false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509 *x = fixture_cert(rows[i].name);

		assert_int_equal(cert_may_sign_documents(x), rows[i].documents);
		assert_int_equal(cert_may_sign_timestamps(x), rows[i].timestamps);
		assert_int_equal(cert_may_sign_ocsp(x), rows[i].ocsp);
		X509_free(x);
	}
}

static void
test_strength(void **state)
{
	static const struct {
		const char *name, *key;
		enum strength strength;
	} rows[] = {
		{"leader1.pem", "RSA-2048", STRENGTH_GOOD}, {"leader2.pem", "ECDSA-P-256", STRENGTH_GOOD},
		{"bad/weak.pem", "RSA-1024", STRENGTH_WEAK}, {"bad/sha1.pem", "RSA-2048", STRENGTH_WEAK},
	};
	char name[48];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		X509 *x = fixture_cert(rows[i].name);

		assert_int_equal(strength_of_cert(x, 0), rows[i].strength);
		strength_name(X509_get0_pubkey(x), NID_undef, name, sizeof(name));
		assert_string_equal(name, rows[i].key);
		X509_free(x);
	}
	assert_int_equal(strength_of_digest(NID_sha512), STRENGTH_GOOD);
	assert_int_equal(strength_of_digest(NID_sha3_384), STRENGTH_GOOD);
	assert_int_equal(strength_of_digest(NID_sha1), STRENGTH_WEAK);
	assert_int_equal(strength_of_digest(NID_sha224), STRENGTH_WEAK);
	assert_int_equal(strength_of_digest(NID_md5), STRENGTH_BROKEN);
	assert_int_equal(strength_of_digest(NID_undef), STRENGTH_BROKEN);
	assert_int_equal(strength_of_key(NULL), STRENGTH_BROKEN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_usage),
		cmocka_unit_test(test_strength),
	};

	return cmocka_run_group_tests_name("cert", tests, NULL, NULL);
}
