/* ocsp: answers at hand, by whom they may be signed, and how long they count; one made by `openssl ocsp`. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <openssl/ocsp.h>
#include <openssl/rsa.h>

#include "lib/pki/revocation.h"
#include "tests/unit/pki_fixture.h"

#define NOW "2026-11-24T12:00:00Z"

static struct revocation
find(const struct ocsp_answer *answer, const char *cert_name, const char *time)
{
	struct policy *p = policy_new(fixture_time(time));
	X509 *cert = fixture_cert(cert_name), *issuer = fixture_cert("issuing.pem");
	struct buf crl = fixture_pki("crls/issuing.crl"), b = fixture_ocsp(answer);
	struct revocation r;

	assert_int_equal(policy_add_ocsp(p, (struct span){b.data, b.len}), STATUS_OK);
	assert_int_equal(policy_add_crls(p, (struct span){crl.data, crl.len}), STATUS_OK);
	ocsp_find(cert, issuer, p, &(struct revocation_query){.t = fixture_time(time)}, &r);
	buf_free(&b);
	buf_free(&crl);
	X509_free(cert);
	X509_free(issuer);
	policy_free(p);
	return r;
}

/* An answer signed anew by RSASSA-PSS (RFC 4055). */
static struct buf
pss_signed(const struct ocsp_answer *a, const EVP_MD *md)
{
	struct buf b = fixture_ocsp(a);
	const unsigned char *p = b.data;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &p, (long)b.len);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
	EVP_PKEY *key = fixture_key(a->key);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	X509 *signer = fixture_cert(a->signer);
	unsigned char *der = NULL;
	EVP_PKEY_CTX *how;
	int len;

	assert_int_equal(EVP_DigestSignInit(ctx, &how, md, NULL, key), 1);
	assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING), 1);
	assert_int_equal(OCSP_basic_sign_ctx(basic, signer, ctx, NULL, 0), 1);
	OCSP_RESPONSE_free(response);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	assert_true(len > 0);
	buf_free(&b);
	buf_init(&b, (size_t)len);
	buf_put(&b, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	X509_free(signer);
	return b;
}

static struct ocsp_answer
answer(const char *signer, const char *key, int status)
{
	return (struct ocsp_answer){.cert = "leader1.pem", .signer = signer, .key = key,
		.status = status, .reason = OCSP_REVOKED_STATUS_KEYCOMPROMISE,
		.revoked_at = status == V_OCSP_CERTSTATUS_REVOKED ?
			fixture_time("2026-11-20T00:00:00Z") : 0,
		.this_update = fixture_time("2026-11-24T00:00:00Z"),
		.next_update = fixture_time("2026-11-26T00:00:00Z")};
}

static void
test_states(void **state)
{
	struct ocsp_answer good = answer("ocsp.pem", "ocsp.key", V_OCSP_CERTSTATUS_GOOD);
	struct ocsp_answer revoked = answer("ocsp.pem", "ocsp.key", V_OCSP_CERTSTATUS_REVOKED);
	struct ocsp_answer unknown = answer("ocsp.pem", "ocsp.key", V_OCSP_CERTSTATUS_UNKNOWN);
	struct ocsp_answer held = revoked, endless = good;

	(void)state;
	assert_int_equal(find(&good, "leader1.pem", NOW).state, REVOCATION_GOOD);
	assert_int_equal(find(&good, "leader2.pem", NOW).state, REVOCATION_UNKNOWN);
	assert_int_equal(find(&good, "leader1.pem", "2026-11-27T00:00:00Z").state, REVOCATION_STALE);
	assert_int_equal(find(&good, "leader1.pem", "2026-11-01T00:00:00Z").state, REVOCATION_GOOD);
	assert_int_equal(find(&revoked, "leader1.pem", NOW).state, REVOCATION_REVOKED);
	assert_int_equal(find(&revoked, "leader1.pem", "2027-11-27T00:00:00Z").state,
		REVOCATION_REVOKED);
	assert_int_equal(find(&revoked, "leader1.pem", "2026-11-19T00:00:00Z").state, REVOCATION_GOOD);
	assert_int_equal(find(&unknown, "leader1.pem", NOW).state, REVOCATION_UNKNOWN);
	held.reason = OCSP_REVOKED_STATUS_CERTIFICATEHOLD;
	assert_int_equal(find(&held, "leader1.pem", NOW).state, REVOCATION_HELD);
	/* without nextUpdate it counts for a day */
	endless.next_update = 0;
	assert_int_equal(find(&endless, "leader1.pem", NOW).state, REVOCATION_GOOD);
	assert_int_equal(find(&endless, "leader1.pem", "2026-11-25T00:00:01Z").state,
		REVOCATION_STALE);
}

static void
test_strength(void **state)
{
	static const struct {
		const EVP_MD *(*md)(void);
		enum strength strength;
	} rows[] = {{EVP_sha256, STRENGTH_GOOD}, {EVP_sha1, STRENGTH_WEAK}};
	struct ocsp_answer good = answer("issuing.pem", "issuing.key", V_OCSP_CERTSTATUS_GOOD);
	X509 *cert = fixture_cert("leader1.pem"), *issuer = fixture_cert("issuing.pem");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct policy *p = policy_new(fixture_time(NOW));
		struct buf b = pss_signed(&good, rows[i].md());
		struct revocation r;

		assert_int_equal(policy_add_ocsp(p, (struct span){b.data, b.len}), STATUS_OK);
		ocsp_find(cert, issuer, p, &(struct revocation_query){.t = fixture_time(NOW)}, &r);
		assert_int_equal(r.state, REVOCATION_GOOD);
		assert_int_equal(r.strength, rows[i].strength);
		buf_free(&b);
		policy_free(p);
	}
	X509_free(cert);
	X509_free(issuer);
}

static void
test_who_may_answer(void **state)
{
	static const struct {
		const char *signer, *key;
		enum revocation_state state;
	} rows[] = {
		{"issuing.pem", "issuing.key", REVOCATION_GOOD}, /* the issuer itself */
		{"ocsp.pem", "ocsp.key", REVOCATION_GOOD},
		{"leader3.pem", "leader3.key", REVOCATION_UNKNOWN}, /* no OCSPSigning */
		{"root.pem", "root.key", REVOCATION_UNKNOWN},
		{"bad/foreign-root.pem", "bad/bad.key", REVOCATION_UNKNOWN},
		{"bad/ocsp-expired.pem", "bad/bad.key", REVOCATION_OUT_OF_BOUNDS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ocsp_answer a = answer(rows[i].signer, rows[i].key, V_OCSP_CERTSTATUS_GOOD);

		assert_int_equal(find(&a, "leader1.pem", NOW).state, rows[i].state);
	}
}

/* A responder whose certificate has ended since: what it said of revoked stands, what it said of good does not. Said after its end: neither. */
static void
test_responder_ended(void **state)
{
	static const struct {
		int status;
		const char *from;
		enum revocation_state state;
	} rows[] = {
		{V_OCSP_CERTSTATUS_REVOKED, "2021-06-01T00:00:00Z", REVOCATION_REVOKED},
		{V_OCSP_CERTSTATUS_GOOD, "2021-06-01T00:00:00Z", REVOCATION_OUT_OF_BOUNDS},
		{V_OCSP_CERTSTATUS_REVOKED, "2023-06-01T00:00:00Z", REVOCATION_OUT_OF_BOUNDS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ocsp_answer a = answer("bad/ocsp-expired.pem", "bad/bad.key", rows[i].status);

		a.revoked_at = rows[i].status == V_OCSP_CERTSTATUS_REVOKED ? fixture_time("2021-05-01T00:00:00Z") : 0;
		a.this_update = fixture_time(rows[i].from);
		a.next_update = a.this_update + 30 * CLOCK_DAY;
		assert_int_equal(find(&a, "leader1.pem", NOW).state, rows[i].state);
	}
}

static void
test_damaged(void **state)
{
	struct ocsp_answer good = answer("ocsp.pem", "ocsp.key", V_OCSP_CERTSTATUS_GOOD);
	struct buf b = fixture_ocsp(&good);
	X509 *cert = fixture_cert("leader1.pem"), *issuer = fixture_cert("issuing.pem");
	size_t taken = 0;

	(void)state;
	for (size_t i = 0; i < b.len; i += 3) {
		struct policy *p = policy_new(fixture_time(NOW));
		struct revocation r;

		b.data[i] ^= 0x41;
		if (policy_add_ocsp(p, (struct span){b.data, b.len}) == STATUS_OK) {
			ocsp_find(cert, issuer, p, &(struct revocation_query){.t = fixture_time(NOW)}, &r);
			/* the responder's certificate may be damaged where it does not matter, and then is not signed right */
			taken += r.state == REVOCATION_GOOD;
		}
		b.data[i] ^= 0x41;
		policy_free(p);
	}
	assert_int_equal(taken, 0);
	for (size_t n = 0; n < b.len; n += 13) {
		struct policy *p = policy_new(fixture_time(NOW));

		assert_int_equal(policy_add_ocsp(p, (struct span){b.data, n}), STATUS_INVALID);
		policy_free(p);
	}
	X509_free(cert);
	X509_free(issuer);
	buf_free(&b);
}

static void
test_openssl_responder(void **state)
{
	char *dir = fixture_scratch(), path[1100];
	struct buf b;
	/* its answer is of the real now */
	struct policy *p = policy_new(0);
	X509 *good = fixture_cert("leader1.pem"), *bad = fixture_cert("bad/revoked.pem");
	X509 *issuer = fixture_cert("issuing.pem");
	struct revocation r;

	(void)state;
	assert_int_equal(fixture_run(dir, "cd '%s' && openssl ocsp -issuer issuing.pem -cert leader1.pem "
		"-cert bad/revoked.pem -reqout '%s/q' -no_nonce && openssl ocsp -index issuing.index "
		"-CA issuing.pem -rsigner ocsp.pem -rkey ocsp.key -reqin '%s/q' -respout '%s/r' "
		"-ndays 1", fixture_path("."), dir, dir, dir), 0);
	snprintf(path, sizeof(path), "%s/r", dir);
	b = fixture_read(path);
	assert_int_equal(policy_add_ocsp(p, (struct span){b.data, b.len}), STATUS_OK);
	ocsp_find(good, issuer, p, &(struct revocation_query){.t = policy_time(p)}, &r);
	assert_int_equal(r.state, REVOCATION_GOOD);
	ocsp_find(bad, issuer, p, &(struct revocation_query){.t = policy_time(p)}, &r);
	assert_int_equal(r.state, REVOCATION_REVOKED);
	assert_true(r.revoked_at == fixture_time("2026-03-01T00:00:00Z"));
	X509_free(good);
	X509_free(bad);
	X509_free(issuer);
	policy_free(p);
	buf_free(&b);
	fixture_scratch_free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_strength),
		cmocka_unit_test(test_who_may_answer),
		cmocka_unit_test(test_responder_ended),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_openssl_responder),
	};

	return cmocka_run_group_tests_name("ocsp", tests, NULL, NULL);
}
