/* tsp: requests that OpenSSL's TSA answers, its answers, and answers that are wrong in one thing each. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/digest.h"
#include "lib/base/message.h"
#include "lib/pki/tsp.h"
#include "tests/unit/pki_fixture.h"

static const unsigned char text[] = "giá trị chữ ký";
static const struct span data = {text, sizeof(text) - 1};

static struct tsp_request *
make_request(const char *policy)
{
	struct digest d = digest_of(data.data, data.len);
	struct tsp_request *r = NULL;

	assert_int_equal(tsp_request_new("SHA256", (struct span){d.bytes, DIGEST_BYTES}, policy, &r),
		STATUS_OK);
	return r;
}

/* The demo's TSA: openssl ts -reply with tsa.cnf of the PKI. */
static struct buf
answer(const struct tsp_request *r, const char *dir)
{
	struct span der = tsp_request_der(r);
	char path[1100];

	snprintf(path, sizeof(path), "%s/q", dir);
	fixture_write(path, der.data, der.len);
	assert_int_equal(fixture_run(dir, "cp '%s/'tsa.* '%s' . && echo 01 >tsa.serial && "
		"openssl ts -reply -config tsa.cnf -queryfile q -out r",
		fixture_path("."), fixture_path("issuing.pem")), 0);
	snprintf(path, sizeof(path), "%s/r", dir);
	return fixture_read(path);
}

static void
test_openssl_answers(void **state)
{
	struct tsp_request *r = make_request(NULL);
	struct diag *diag = diag_new();
	char *dir = fixture_scratch(), path[1100];
	struct buf response = answer(r, dir), token;
	struct tsp_token t;
	const char *why;

	(void)state;
	buf_init(&token, CMS_MAX);
	assert_int_equal(tsp_response_read(r, (struct span){response.data, response.len}, &token,
		diag), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(tsp_token_read((struct span){token.data, token.len}, NULL, &t, &why), STATUS_OK);
	assert_string_equal(t.policy, "1.3.6.1.4.1.99999.1.1");
	assert_true(t.gen_time > fixture_time("2025-01-01T00:00:00Z"));
	assert_int_equal(t.digest_nid, NID_sha256);
	tsp_token_free(&t);

	/* the token that we keep is what openssl ts accepts for the data and the request */
	snprintf(path, sizeof(path), "%s/token", dir);
	fixture_write(path, token.data, token.len);
	snprintf(path, sizeof(path), "%s/data", dir);
	fixture_write(path, data.data, data.len);
	assert_int_equal(fixture_run(dir, "openssl ts -verify -token_in -in token -data data "
		"-CAfile '%s' -untrusted issuing.pem", fixture_path("root.pem")), 0);
	assert_int_equal(fixture_run(dir, "openssl ts -verify -token_in -in token -queryfile q "
		"-CAfile '%s' -untrusted issuing.pem", fixture_path("root.pem")), 0);
	buf_free(&token);
	buf_free(&response);
	fixture_scratch_free(dir);
	diag_free(diag);
	tsp_request_free(r);
}

/* An answer to another request: other nonce, other policy, other data. */
static void
test_wrong_answers(void **state)
{
	struct tsp_request *r = make_request(NULL), *again = make_request(NULL);
	struct tsp_request *other_policy = make_request("1.2.3.4"), *other_data = NULL;
	char *dir = fixture_scratch();
	struct buf response = answer(r, dir), token;
	struct digest d = digest_of("x", 1);
	struct span bytes = {response.data, response.len};
	struct diag *diag = diag_new();

	(void)state;
	buf_init(&token, CMS_MAX);
	assert_int_equal(tsp_request_new("SHA256", (struct span){d.bytes, DIGEST_BYTES}, NULL,
		&other_data), STATUS_OK);
	assert_int_equal(tsp_response_read(again, bytes, &token, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "tsp.nonce"));
	assert_false(diag_has(diag, "tsp.imprint"));
	assert_int_equal(tsp_response_read(other_policy, bytes, &token, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "tsp.policy"));
	assert_int_equal(tsp_response_read(other_data, bytes, &token, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "tsp.imprint"));
	/* damage: at the end is the signature value, before it everything else */
	response.data[response.len - 3] ^= 1;
	assert_int_equal(tsp_response_read(r, bytes, &token, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "tsp.signature"));
	for (size_t n = 0; n < response.len; n += 11)
		assert_int_equal(tsp_response_read(r, (struct span){response.data, n}, &token, diag),
			STATUS_MALFORMED);
	assert_int_equal(token.len, 0);
	buf_free(&response);
	fixture_scratch_free(dir);
	diag_free(diag);
	tsp_request_free(r);
	tsp_request_free(again);
	tsp_request_free(other_policy);
	tsp_request_free(other_data);
}

/* The TSA says no: its words come through. */
static void
test_refusal(void **state)
{
	struct tsp_request *r = make_request("1.2.3.4"); /* a policy it does not have */
	struct diag *diag = diag_new();
	char *dir = fixture_scratch();
	struct buf response = answer(r, dir), token;

	(void)state;
	buf_init(&token, CMS_MAX);
	assert_int_equal(tsp_response_read(r, (struct span){response.data, response.len}, &token,
		diag), STATUS_UNAVAILABLE);
	assert_true(diag_has(diag, "tsp.refused"));
	assert_non_null(strstr(diag_at(diag, 0)->got, "policy"));
	assert_non_null(message_find("tsp.refused", LANGUAGE_VI));
	buf_free(&response);
	fixture_scratch_free(dir);
	diag_free(diag);
	tsp_request_free(r);
}

/* A response around any token: SEQUENCE { SEQUENCE { INTEGER 0 }, token }. */
static struct buf
wrap(const struct buf *token)
{
	static const unsigned char granted[] = {0x30, 3, 2, 1, 0};
	struct buf b;
	size_t len = sizeof(granted) + token->len;

	buf_init(&b, CMS_MAX);
	buf_put(&b, (unsigned char[]){0x30, 0x82, (unsigned char)(len >> 8), (unsigned char)len}, 4);
	buf_put(&b, granted, sizeof(granted));
	buf_put(&b, token->data, token->len);
	return b;
}

static void
test_wrong_usage(void **state)
{
	struct tsp_request *r = make_request(NULL);
	struct buf made = fixture_token("bad/tsa.pem", "bad/bad.key", data,
		fixture_time("2026-03-01T00:00:00Z"));
	struct buf response = wrap(&made), token;
	struct diag *diag = diag_new();

	(void)state;
	buf_init(&token, CMS_MAX);
	assert_int_equal(tsp_response_read(r, (struct span){response.data, response.len}, &token,
		diag), STATUS_INVALID);
	assert_true(diag_has(diag, "tsp.usage"));
	assert_true(diag_has(diag, "tsp.nonce")); /* all findings, not the first */
	assert_false(diag_has(diag, "tsp.signature"));
	assert_false(diag_has(diag, "tsp.imprint"));
	buf_free(&made);
	buf_free(&response);
	diag_free(diag);
	tsp_request_free(r);
}

static void
test_requests(void **state)
{
	struct tsp_request *r = NULL, *a = make_request(NULL), *b = make_request(NULL);
	unsigned char d[64] = {0};

	(void)state;
	assert_int_equal(tsp_request_new("SHA256", (struct span){d, 31}, NULL, &r), STATUS_UNSUPPORTED);
	assert_int_equal(tsp_request_new("NONE", (struct span){d, 32}, NULL, &r), STATUS_UNSUPPORTED);
	assert_int_equal(tsp_request_new("SHA256", (struct span){d, 32}, "x", &r), STATUS_INVALID);
	assert_null(r);
	assert_int_equal(tsp_request_new("SHA512", (struct span){d, 64}, "1.2.3", &r), STATUS_OK);
	tsp_request_free(r);
	/* no two requests are the same */
	assert_true(tsp_request_der(a).len != tsp_request_der(b).len ||
		memcmp(tsp_request_der(a).data, tsp_request_der(b).data, tsp_request_der(a).len) != 0);
	tsp_request_free(a);
	tsp_request_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openssl_answers),
		cmocka_unit_test(test_wrong_answers),
		cmocka_unit_test(test_refusal),
		cmocka_unit_test(test_wrong_usage),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests_name("tsp", tests, NULL, NULL);
}
