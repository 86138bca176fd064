/* xml_algorithm: both ways agree, and a URI that only looks like one of the list is unknown. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/evp.h>

#include "lib/doc/xml_algorithm.h"

#define MORE "http://www.w3.org/2001/04/xmldsig-more#"
#define MORE_2007 "http://www.w3.org/2007/05/xmldsig-more#"
#define ENC "http://www.w3.org/2001/04/xmlenc#"

static void
test_digests(void **state)
{
	static const char *const rows[][2] = {{ENC "sha256", "SHA256"}, {MORE "sha384", "SHA384"}, {ENC "sha512", "SHA512"},
		{MORE "sha224", "SHA224"}, {XML_DSIG "sha1", "SHA1"}, {MORE_2007 "sha3-256", "SHA3-256"},
		{MORE_2007 "sha3-384", "SHA3-384"}, {MORE_2007 "sha3-512", "SHA3-512"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *name = xml_digest_name(rows[i][0]);

		assert_non_null(name);
		assert_string_equal(name, rows[i][1]);
		assert_string_equal(xml_digest_uri(name), rows[i][0]);
		assert_non_null(EVP_get_digestbyname(name)); /* the name means something to OpenSSL */
	}
}

static void
test_methods(void **state)
{
	static const struct {
		const char *uri;
		enum xml_scheme scheme;
		const char *digest;
	} rows[] = {
		{MORE "rsa-sha256", XML_RSA_PKCS1, "SHA256"},
		{MORE "rsa-sha384", XML_RSA_PKCS1, "SHA384"},
		{MORE "rsa-sha512", XML_RSA_PKCS1, "SHA512"},
		{XML_DSIG "rsa-sha1", XML_RSA_PKCS1, "SHA1"},
		{MORE_2007 "sha256-rsa-MGF1", XML_RSA_PSS, "SHA256"},
		{MORE_2007 "sha384-rsa-MGF1", XML_RSA_PSS, "SHA384"},
		{MORE_2007 "sha512-rsa-MGF1", XML_RSA_PSS, "SHA512"},
		{MORE "ecdsa-sha256", XML_ECDSA, "SHA256"},
		{MORE "ecdsa-sha384", XML_ECDSA, "SHA384"},
		{MORE "ecdsa-sha512", XML_ECDSA, "SHA512"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct xml_signature_method *m = xml_signature_method(rows[i].uri);

		assert_non_null(m);
		assert_string_equal(m->uri, rows[i].uri);
		assert_int_equal(m->scheme, rows[i].scheme);
		assert_string_equal(m->digest_name, rows[i].digest);
		assert_non_null(xml_digest_uri(m->digest_name));
	}
}

static void
test_unknown(void **state)
{
	static const char *const uris[] = {"", "SHA256", "sha256", ENC "SHA256", ENC "sha256 ", " " ENC "sha256", ENC "sha2567", ENC,
		ENC "sha384", XML_DSIG "sha256", MORE "md5", MORE "rsa-md5", XML_DSIG "dsa-sha1", XML_DSIG "hmac-sha1", MORE "hmac-sha256",
		MORE "rsa-SHA256", XML_DSIG "rsa-sha256", MORE "ecdsa-sha256#", "https://www.w3.org/2001/04/xmlenc#sha256"};

	(void)state;
	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
		if (xml_digest_name(uris[i]) != NULL || xml_signature_method(uris[i]) != NULL)
			fail_msg("known: '%s'", uris[i]);
	assert_null(xml_digest_name(MORE "rsa-sha256")); /* a method is no digest, nor the other way */
	assert_null(xml_signature_method(ENC "sha256"));
	assert_null(xml_digest_uri("MD5"));
	assert_null(xml_digest_uri("sha256"));
	assert_null(xml_digest_uri(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_methods),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
