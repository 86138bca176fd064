/* crl: the state of a certificate by revocation lists: dates, holds, age, scope, signature. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "lib/pki/policy_data.h"
#include "lib/pki/revocation.h"
#include "tests/unit/pki_fixture.h"

#define NOW "2026-11-24T12:00:00Z"

static void
push(STACK_OF(X509_CRL) *list, const char *name)
{
	struct buf b = fixture_pki(name);
	BIO *bio = BIO_new_mem_buf(b.data, (int)b.len);
	X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);

	assert_non_null(crl);
	sk_X509_CRL_push(list, crl);
	BIO_free(bio);
	buf_free(&b);
}

static struct revocation
find(const char *cert_name, const char *issuer_name, const STACK_OF(X509_CRL) *list, const char *time)
{
	X509 *cert = fixture_cert(cert_name), *issuer = fixture_cert(issuer_name);
	struct policy *p = policy_new(fixture_time(time));
	struct revocation_query q = {.t = fixture_time(time)};
	struct revocation r;

	for (int i = 0; i < sk_X509_CRL_num(list); i++) {
		X509_CRL *crl = sk_X509_CRL_value(list, i);

		X509_CRL_up_ref(crl);
		assert_int_equal(policy_keep_crl(p, crl, false), STATUS_OK);
	}
	crl_find(cert, issuer, p, &q, &r);
	policy_free(p);
	X509_free(cert);
	X509_free(issuer);
	return r;
}

/* The list signed anew by RSASSA-PSS (RFC 4055). */
static X509_CRL *
pss_signed(const char *name, const char *key_name, const EVP_MD *md)
{
	STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
	EVP_PKEY *key = fixture_key(key_name);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	unsigned char *der = NULL;
	const unsigned char *p;
	EVP_PKEY_CTX *how;
	X509_CRL *crl;
	int len;

	push(list, name);
	crl = sk_X509_CRL_pop(list);
	assert_int_equal(EVP_DigestSignInit(ctx, &how, md, NULL, key), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
	assert_true(X509_CRL_sign_ctx(crl, ctx) > 0);
	len = i2d_X509_CRL(crl, &der);
	X509_CRL_free(crl);
	p = der;
	crl = d2i_X509_CRL(NULL, &p, len);
	assert_non_null(crl);
	OPENSSL_free(der);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	sk_X509_CRL_free(list);
	return crl;
}

static void
test_strength(void **state)
{
	static const struct {
		const EVP_MD *(*md)(void);
		enum strength strength;
	} rows[] = {{EVP_sha256, STRENGTH_GOOD}, {EVP_sha1, STRENGTH_WEAK}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
		struct revocation r;

		sk_X509_CRL_push(list, pss_signed("crls/issuing.crl", "issuing.key", rows[i].md()));
		r = find("leader1.pem", "issuing.pem", list, NOW);
		assert_int_equal(r.state, REVOCATION_GOOD);
		assert_int_equal(r.strength, rows[i].strength);
		sk_X509_CRL_pop_free(list, X509_CRL_free);
	}
}

static void
test_states(void **state)
{
	static const struct {
		const char *cert, *time;
		enum revocation_state state;
	} rows[] = {
		{"leader1.pem", NOW, REVOCATION_GOOD},
		{"bad/revoked.pem", NOW, REVOCATION_REVOKED},
		{"bad/revoked.pem", "2026-03-01T00:00:00Z", REVOCATION_REVOKED},
		{"bad/revoked.pem", "2026-02-28T23:59:59Z", REVOCATION_GOOD},
		{"bad/held.pem", NOW, REVOCATION_HELD},
		{"bad/held.pem", "2026-02-28T23:59:59Z", REVOCATION_GOOD},
		{"bad/expired.pem", NOW, REVOCATION_UNKNOWN}, /* may have left the list */
		{"leader1.pem", "2036-06-01T00:00:00Z", REVOCATION_STALE},
		{"bad/held.pem", "2036-06-01T00:00:00Z", REVOCATION_STALE},
		{"bad/revoked.pem", "2036-06-01T00:00:00Z", REVOCATION_REVOKED},
	};
	STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
	struct revocation r;

	(void)state;
	push(list, "crls/issuing.crl");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		r = find(rows[i].cert, "issuing.pem", list, rows[i].time);
		assert_int_equal(r.state, rows[i].state);
		if (r.state == REVOCATION_REVOKED)
			assert_true(r.revoked_at == fixture_time("2026-03-01T00:00:00Z"));
	}
	sk_X509_CRL_pop_free(list, X509_CRL_free);
}

static void
test_wrong_lists(void **state)
{
	STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();

	(void)state;
	assert_int_equal(find("leader1.pem", "issuing.pem", list, NOW).state, REVOCATION_UNKNOWN);
	push(list, "crls/root.crl");
	push(list, "bad/foreign.crl");
	push(list, "bad/ca.crl");
	assert_int_equal(find("leader1.pem", "issuing.pem", list, NOW).state, REVOCATION_UNKNOWN);
	push(list, "bad/crl-old.crl");
	assert_int_equal(find("leader1.pem", "issuing.pem", list, NOW).state, REVOCATION_STALE);
	/* the old list was fresh in its time, and says for ever who is revoked */
	assert_int_equal(find("leader1.pem", "issuing.pem", list, "2026-04-15T00:00:00Z").state,
		REVOCATION_GOOD);
	assert_int_equal(find("bad/revoked.pem", "issuing.pem", list, NOW).state, REVOCATION_REVOKED);
	push(list, "crls/issuing.crl");
	assert_int_equal(find("leader1.pem", "issuing.pem", list, NOW).state, REVOCATION_GOOD);
	sk_X509_CRL_pop_free(list, X509_CRL_free);
}

enum oddity { COMPLETE, ONLY_CA, ONLY_USER, INDIRECT, SOME_REASONS, OTHER_POINT, SAME_POINT, DELTA,
	UNKNOWN_CRITICAL, OTHER_KEY };

static void
set_point(ISSUING_DIST_POINT *idp, const char *uri)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();

	ASN1_STRING_set(s, uri, -1);
	GENERAL_NAME_set0_value(name, GEN_URI, s);
	idp->distpoint = DIST_POINT_NAME_new();
	idp->distpoint->type = 0;
	idp->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
	sk_GENERAL_NAME_push(idp->distpoint->name.fullname, name);
}

/* An empty list of the issuing CA, odd in one way. */
static X509_CRL *
make_crl(enum oddity odd)
{
	X509 *issuer = fixture_cert("issuing.pem");
	EVP_PKEY *key = fixture_key(odd == OTHER_KEY ? "root.key" : "issuing.key");
	ISSUING_DIST_POINT *idp = ISSUING_DIST_POINT_new();
	ASN1_TIME *now = ASN1_TIME_set(NULL, (time_t)(fixture_time("2026-11-01T00:00:00Z") / CLOCK_SECOND));
	ASN1_TIME *next = ASN1_TIME_set(NULL, (time_t)(fixture_time("2027-11-01T00:00:00Z") / CLOCK_SECOND));
	ASN1_INTEGER *number = ASN1_INTEGER_new();
	X509_CRL *crl = X509_CRL_new();

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(issuer));
	X509_CRL_set1_lastUpdate(crl, now);
	X509_CRL_set1_nextUpdate(crl, next);
	ASN1_INTEGER_set(number, 7);
	if (odd == ONLY_CA)
		idp->onlyCA = 0xff;
	if (odd == ONLY_USER)
		idp->onlyuser = 0xff;
	if (odd == INDIRECT)
		idp->indirectCRL = 0xff;
	if (odd == SOME_REASONS) {
		idp->onlysomereasons = ASN1_BIT_STRING_new();
		ASN1_BIT_STRING_set_bit(idp->onlysomereasons, 1, 1);
	}
	if (odd == OTHER_POINT)
		set_point(idp, "http://pki.demo.invalid/other.crl");
	if (odd == SAME_POINT)
		set_point(idp, "http://pki.demo.invalid/issuing.crl");
	if (odd >= ONLY_CA && odd <= SAME_POINT)
		assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_issuing_distribution_point, idp, 1, 0), 1);
	if (odd == DELTA)
		assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_delta_crl, number, 0, 0), 1);
	if (odd == UNKNOWN_CRITICAL)
		assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_invalidity_date, now, 1, 0), 1);
	assert_true(X509_CRL_sign(crl, key, EVP_sha256()) > 0);
	ISSUING_DIST_POINT_free(idp);
	ASN1_TIME_free(now);
	ASN1_TIME_free(next);
	ASN1_INTEGER_free(number);
	EVP_PKEY_free(key);
	X509_free(issuer);
	return crl;
}

static void
test_scope(void **state)
{
	static const enum revocation_state want[] = {
		[COMPLETE] = REVOCATION_GOOD, [ONLY_CA] = REVOCATION_UNKNOWN,
		[ONLY_USER] = REVOCATION_GOOD, [INDIRECT] = REVOCATION_GOOD /* its own list, which may list others' too */,
		[SOME_REASONS] = REVOCATION_UNKNOWN, [OTHER_POINT] = REVOCATION_UNKNOWN,
		[SAME_POINT] = REVOCATION_GOOD, [DELTA] = REVOCATION_UNKNOWN,
		[UNKNOWN_CRITICAL] = REVOCATION_UNKNOWN, [OTHER_KEY] = REVOCATION_UNKNOWN,
	};

	(void)state;
	for (int i = COMPLETE; i <= OTHER_KEY; i++) {
		STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();

		sk_X509_CRL_push(list, make_crl((enum oddity)i));
		assert_int_equal(find("leader1.pem", "issuing.pem", list, NOW).state, want[i]);
		sk_X509_CRL_pop_free(list, X509_CRL_free);
	}
}

/* Which of two answers counts. */
static void
test_join(void **state)
{
	struct revocation a = {.state = REVOCATION_HELD, .this_update = 10};
	struct revocation lifted = {.state = REVOCATION_GOOD, .this_update = 20};
	struct revocation revoked = {.state = REVOCATION_REVOKED, .this_update = 5};
	struct revocation stale = {.state = REVOCATION_STALE, .this_update = 30};

	(void)state;
	revocation_join(&a, &stale, false);
	assert_int_equal(a.state, REVOCATION_HELD);
	revocation_join(&a, &lifted, false);
	assert_int_equal(a.state, REVOCATION_GOOD);
	revocation_join(&a, &revoked, false);
	assert_int_equal(a.state, REVOCATION_REVOKED);
	revocation_join(&a, &lifted, false);
	assert_int_equal(a.state, REVOCATION_REVOKED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_strength),
		cmocka_unit_test(test_wrong_lists),
		cmocka_unit_test(test_scope),
		cmocka_unit_test(test_join),
	};

	return cmocka_run_group_tests_name("crl", tests, NULL, NULL);
}
