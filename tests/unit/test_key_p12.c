/* key_p12 and pbes2 by themselves: forms of PKCS#12 files, wrong PINs by the thousand, files that somebody else has written to. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "lib/base/secret.h"
#include "lib/pki/der.h"
#include "signer/keyring.h"
#include "signer/pbes2.h"

#define PIN "mật khẩu 123456"
#define ROUNDS 3 /* of the derivation: the tests try thousands of PINs */

struct person {
	EVP_PKEY *key;
	X509 *cert;
};

struct office {
	char dir[64];
	struct keyring *keyring;
	struct key *key;
	struct person right, other;
};

static struct person
person_new(const char *name)
{
	struct person p = {EVP_EC_gen("P-256"), X509_new()};
	X509_NAME *n = X509_get_subject_name(p.cert);

	assert_non_null(p.key);
	ASN1_INTEGER_set(X509_get_serialNumber(p.cert), 1);
	X509_gmtime_adj(X509_getm_notBefore(p.cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(p.cert), 3600);
	assert_int_equal(X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0), 1);
	assert_int_equal(X509_set_issuer_name(p.cert, n), 1);
	assert_int_equal(X509_set_pubkey(p.cert, p.key), 1);
	assert_true(X509_sign(p.cert, p.key, EVP_sha256()) > 0);
	return p;
}

static void
write_file(const struct office *o, const char *name, const void *bytes, size_t len)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", o->dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_int_equal(fwrite(bytes, 1, len, out), len);
	fclose(out);
}

static int
open_office(void **state)
{
	struct office *o = calloc(1, sizeof(*o));
	BIO *pem = BIO_new(BIO_s_mem());
	char *text;
	long len;

	strcpy(o->dir, "/tmp/congvan-p12-XXXXXX");
	assert_non_null(mkdtemp(o->dir));
	o->right = person_new("Nguyễn Văn Mẫu");
	o->other = person_new("Nguyễn Văn Mẫu"); /* the same name: only the key tells them apart */
	assert_int_equal(PEM_write_bio_X509(pem, o->right.cert), 1);
	len = BIO_get_mem_data(pem, &text);
	write_file(o, "mau.pem", text, (size_t)len);
	write_file(o, "mau.p12", "", 0);
	BIO_free(pem);
	assert_int_equal(keyring_open(o->dir, NULL, &o->keyring), STATUS_OK);
	o->key = keyring_find(o->keyring, "mau");
	assert_non_null(o->key);
	*state = o;
	return 0;
}

static int
close_office(void **state)
{
	struct office *o = *state;
	char command[128];

	keyring_close(o->keyring);
	EVP_PKEY_free(o->right.key);
	EVP_PKEY_free(o->other.key);
	X509_free(o->right.cert);
	X509_free(o->other.cert);
	snprintf(command, sizeof(command), "rm -rf %s", o->dir);
	assert_int_equal(system(command), 0);
	free(o);
	return 0;
}

/* Written over in place: the folder does not change, so the key is not loaded again. Takes p12. */
static void
put_p12(const struct office *o, PKCS12 *p12)
{
	unsigned char *der = NULL;
	int len;

	assert_non_null(p12);
	len = i2d_PKCS12(p12, &der);
	assert_true(len > 0);
	write_file(o, "mau.p12", der, (size_t)len);
	OPENSSL_free(der);
	PKCS12_free(p12);
}

static enum status
try_pin(const struct office *o, const char *pin)
{
	struct key_session s;
	enum status st = keyring_unlock(o->keyring, o->key, pin, &s);

	if (st == STATUS_OK)
		assert_int_equal(EVP_PKEY_eq(s.private_key, o->right.key), 1);
	else
		assert_null(s.private_key);
	assert_int_equal(ERR_peek_error(), 0);
	key_lock(&s);
	return st;
}

static PKCS12 *
usual(const struct person *key, const struct person *cert)
{
	return PKCS12_create(PIN, "mau", key->key, cert->cert, NULL, 0, 0, ROUNDS, ROUNDS, 0);
}

/* RFC 7914 section 11, and OpenSSL for what is longer than a block, shorter, or on its border. */
static void
test_derive(void **state)
{
	static const struct {
		const char *pin, *salt;
		long rounds;
		const char *key;
	} vectors[] = {
		{"passwd", "salt", 1, "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"},
		{"Password", "NaCl", 80000, "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"},
	};
	unsigned char got[32], want[32], salt[200];
	char pin[140];

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		assert_true(hex_decode(vectors[i].key, want, 32));
		pbes2_derive(vectors[i].pin, (const unsigned char *)vectors[i].salt, strlen(vectors[i].salt), vectors[i].rounds, got);
		assert_memory_equal(got, want, 32);
	}
	memset(salt, 0x5a, sizeof(salt));
	for (size_t n = 0; n < sizeof(pin); n++) {
		memset(pin, 'p', n);
		pin[n] = '\0';
		pbes2_derive(pin, salt, n + 50, (long)(n % 5 + 1), got);
		assert_int_equal(PKCS5_PBKDF2_HMAC(pin, (int)n, salt, (int)n + 50, (int)(n % 5 + 1), EVP_sha256(), 32, want), 1);
		assert_memory_equal(got, want, 32);
	}
}

/* Wrong before the first opening, right, wrong, right again. */
static void
check_opens(const struct office *o)
{
	assert_int_equal(try_pin(o, "mật khẩu"), STATUS_DENIED);
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
	assert_int_equal(try_pin(o, "mật khẩu"), STATUS_DENIED);
	assert_int_equal(try_pin(o, PIN " "), STATUS_DENIED);
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
}

static PKCS12 *
with_parts(const struct office *o, int key_nid, int safe_nid, int key_safe_nid, const struct person *first)
{
	STACK_OF(PKCS12_SAFEBAG) *certs = NULL, *keys = NULL;
	STACK_OF(PKCS7) *safes = NULL;
	PKCS12 *p12;

	assert_non_null(PKCS12_add_cert(&certs, o->right.cert));
	if (first != NULL)
		assert_non_null(PKCS12_add_key(&keys, first->key, 0, ROUNDS, key_nid, PIN));
	assert_non_null(PKCS12_add_key(&keys, o->right.key, 0, ROUNDS, key_nid, PIN));
	assert_int_equal(PKCS12_add_safe(&safes, certs, safe_nid, ROUNDS, PIN), 1);
	assert_int_equal(PKCS12_add_safe(&safes, keys, key_safe_nid, ROUNDS, PIN), 1);
	p12 = PKCS12_add_safes(safes, 0);
	assert_int_equal(PKCS12_set_mac(p12, PIN, -1, NULL, 0, ROUNDS, EVP_sha256()), 1);
	sk_PKCS12_SAFEBAG_pop_free(certs, PKCS12_SAFEBAG_free);
	sk_PKCS12_SAFEBAG_pop_free(keys, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
	return p12;
}

static void
test_forms(void **state)
{
	static const int ciphers[] = {NID_aes_256_cbc, NID_aes_192_cbc, NID_aes_128_cbc, NID_pbe_WithSHA1And3_Key_TripleDES_CBC};
	struct office *o = *state;

	for (size_t i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++) {
		put_p12(o, PKCS12_create(PIN, "mau", o->right.key, o->right.cert, NULL, ciphers[i], ciphers[i], ROUNDS, ROUNDS, 0));
		check_opens(o);
		put_p12(o, PKCS12_create(PIN, NULL, o->right.key, o->right.cert, NULL, ciphers[i], -1, ROUNDS, ROUNDS, 0));
		check_opens(o);
		/* the key inside an encrypted part besides */
		put_p12(o, with_parts(o, ciphers[i], -1, NID_aes_256_cbc, NULL));
		check_opens(o);
	}
	/* Two keys: the first one counts, and where it has no certificate in the file the whole is none. */
	put_p12(o, with_parts(o, NID_aes_256_cbc, -1, -1, &o->right));
	check_opens(o);
	put_p12(o, with_parts(o, NID_aes_256_cbc, -1, -1, &o->other));
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
	/* Without an integrity code; in a form that this process does not read; nothing at all. */
	put_p12(o, PKCS12_create(PIN, "mau", o->right.key, o->right.cert, NULL, 0, 0, ROUNDS, -1, 0));
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
	write_file(o, "mau.p12", "0", 1);
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
}

/* RC2 is in OpenSSL's legacy provider, which the signer does not load. */
static void
test_legacy(void **state)
{
	struct office *o = *state;
	OSSL_PROVIDER *standard = OSSL_PROVIDER_load(NULL, "default"), *legacy = OSSL_PROVIDER_load(NULL, "legacy");
	PKCS12 *p12;

	if (legacy == NULL) {
		OSSL_PROVIDER_unload(standard);
		skip();
	}
	p12 = PKCS12_create(PIN, "mau", o->right.key, o->right.cert, NULL, NID_pbe_WithSHA1And3_Key_TripleDES_CBC, NID_pbe_WithSHA1And40BitRC2_CBC,
		ROUNDS, ROUNDS, 0);
	OSSL_PROVIDER_unload(legacy);
	put_p12(o, p12);
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
	assert_int_equal(try_pin(o, "999999"), STATUS_DENIED);
	OSSL_PROVIDER_unload(standard);
}

/* Does the key bag of the file give bytes for this PIN, with a padding that looks right? */
static bool
gives_bytes(const PKCS12_SAFEBAG *bag, const char *pin)
{
	unsigned char *der = NULL;
	size_t len;
	enum status st = pbes2_open(PKCS12_SAFEBAG_get0_pkcs8(bag), pin, &der, &len);

	assert_true(st == STATUS_OK || st == STATUS_DENIED);
	secret_free(der);
	return st == STATUS_OK;
}

/* One wrong PIN in 256 leaves a padding that looks right: still wrong, as all others. */
static void
test_wrong_pins(void **state)
{
	struct office *o = *state;
	PKCS12 *p12 = usual(&o->right, &o->right);
	STACK_OF(PKCS7) *safes = PKCS12_unpack_authsafes(p12);
	STACK_OF(PKCS12_SAFEBAG) *bags = NULL;
	int by_chance = 0;

	for (int i = 0; i < sk_PKCS7_num(safes); i++)
		if (PKCS7_type_is_data(sk_PKCS7_value(safes, i)))
			bags = PKCS12_unpack_p7data(sk_PKCS7_value(safes, i));
	assert_int_equal(sk_PKCS12_SAFEBAG_num(bags), 1);
	put_p12(o, p12);
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
	assert_true(gives_bytes(sk_PKCS12_SAFEBAG_value(bags, 0), PIN));
	for (int i = 0; i < 4000; i++) {
		char pin[16];

		snprintf(pin, sizeof(pin), "%06d", i);
		by_chance += gives_bytes(sk_PKCS12_SAFEBAG_value(bags, 0), pin);
		assert_int_equal(try_pin(o, pin), STATUS_DENIED);
	}
	assert_true(by_chance > 0); /* some 16: else the test has not met what it is about */
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
	sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free);
	sk_PKCS7_pop_free(safes, PKCS7_free);
}

/* Where the bytes that the integrity code covers stand in the file (RFC 7292 4). */
static struct span
covered(struct span file)
{
	struct der pfx, part;

	assert_true(der_expect(&file, DER_SEQUENCE, &pfx));
	assert_true(der_expect(&pfx.value, DER_INTEGER, &part));
	assert_true(der_expect(&pfx.value, DER_SEQUENCE, &part));
	assert_true(der_expect(&part.value, DER_OID, &pfx));
	assert_true(der_expect(&part.value, DER_CONTEXT(0), &pfx));
	assert_true(der_expect(&pfx.value, DER_OCTET_STRING, &part));
	return part.value;
}

/* After the file was once opened, every byte that the integrity code covers is still covered: whatever is altered, nothing opens. */
static void
test_altered(void **state)
{
	struct office *o = *state;
	PKCS12 *p12 = usual(&o->right, &o->right);
	unsigned char *der = NULL;
	int len = i2d_PKCS12(p12, &der);
	struct span all = {der, (size_t)len}, inside = covered(all);
	size_t first = (size_t)(inside.data - der);

	PKCS12_free(p12);
	write_file(o, "mau.p12", der, all.len);
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
	for (size_t i = first; i < first + inside.len; i++) {
		enum status st;

		der[i] ^= 1;
		write_file(o, "mau.p12", der, all.len);
		st = try_pin(o, PIN);
		assert_true(st == STATUS_DENIED || st == STATUS_UNSUPPORTED);
		der[i] ^= 1;
	}
	write_file(o, "mau.p12", der, all.len);
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
	OPENSSL_free(der);
}

/* Somebody who can write the file and knows the PIN: another certificate, another key, both, nothing covered any more. */
static void
test_exchanged(void **state)
{
	struct office *o = *state;

	put_p12(o, usual(&o->right, &o->right));
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
	put_p12(o, PKCS12_create(PIN, "mau", NULL, o->other.cert, NULL, 0, 0, ROUNDS, ROUNDS, 0));
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
	put_p12(o, usual(&o->other, &o->other));
	assert_int_equal(try_pin(o, PIN), STATUS_CONFLICT);
	put_p12(o, with_parts(o, NID_aes_256_cbc, -1, -1, &o->other));
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
	put_p12(o, PKCS12_create(PIN, "mau", o->right.key, o->right.cert, NULL, 0, 0, ROUNDS, -1, 0));
	assert_int_equal(try_pin(o, PIN), STATUS_UNSUPPORTED);
	put_p12(o, PKCS12_create("another", "mau", o->right.key, o->right.cert, NULL, 0, 0, ROUNDS, ROUNDS, 0));
	assert_int_equal(try_pin(o, PIN), STATUS_DENIED);
	put_p12(o, usual(&o->right, &o->right));
	assert_int_equal(try_pin(o, PIN), STATUS_OK);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, open_office, close_office)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_derive),
		T(test_forms),
		T(test_legacy),
		T(test_wrong_pins),
		T(test_altered),
		T(test_exchanged),
	};

	return cmocka_run_group_tests_name("key_p12", tests, NULL, NULL);
}
