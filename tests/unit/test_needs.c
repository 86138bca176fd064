/* needs and fetched: what signatures still lack, which proofs they have, and answers from the network that must not be believed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/ocsp.h>

#include "lib/pki/fetched.h"
#include "lib/pki/needs.h"
#include "tests/unit/pki_fixture.h"

#define NOW "2026-11-24T12:00:00Z"

static struct span
span_of(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

static struct policy *
policy(const char *anchors, const char *intermediates, const char *crl)
{
	struct policy *p = policy_new(fixture_time(NOW));
	struct buf b = fixture_pki(anchors);

	assert_int_equal(policy_add_anchors(p, span_of(&b)), STATUS_OK);
	buf_free(&b);
	if (intermediates != NULL) {
		b = fixture_pki(intermediates);
		assert_int_equal(policy_add_intermediates(p, span_of(&b)), STATUS_OK);
		buf_free(&b);
	}
	if (crl != NULL) {
		b = fixture_pki(crl);
		assert_int_equal(policy_add_crls(p, span_of(&b)), STATUS_OK);
		buf_free(&b);
	}
	return p;
}

static struct needs *
look(const struct policy *p, const struct buf *cms)
{
	struct needs *n = needs_new(p);

	assert_non_null(n);
	assert_int_equal(needs_add(n, span_of(cms)), STATUS_OK);
	assert_int_equal(needs_ask(n), STATUS_OK);
	return n;
}

/* The entry of this PKI certificate. */
static const struct needs_cert *
entry(const struct needs *n, const char *name)
{
	X509 *cert = fixture_cert(name);
	const struct needs_cert *found = NULL;

	for (size_t i = 0; i < needs_count(n); i++)
		if (X509_cmp(needs_at(n, i)->cert, cert) == 0)
			found = needs_at(n, i);
	X509_free(cert);
	assert_non_null(found);
	return found;
}

static const struct span text = {(const unsigned char *)"van ban", 7};

static void
test_nothing_at_hand(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, text), request;
	struct buf stamped = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2026-11-24T11:00:00Z"));
	/* the token has the TSA's certificate alone inside */
	struct policy *p = policy("root.pem", "issuing.pem", NULL);
	struct needs *n = look(p, &stamped);
	const struct needs_cert *c;
	const unsigned char *at;
	OCSP_REQUEST *asked;

	(void)state;
	/* leader, issuing, root, and the timestamp's own certificate */
	assert_int_equal(needs_count(n), 4);
	c = entry(n, "leader1.pem");
	assert_true(needs_revocation(c));
	assert_false(needs_issuer(c));
	assert_int_equal(c->state, REVOCATION_UNKNOWN);
	assert_int_equal(c->ocsp.count, 1);
	assert_string_equal(c->ocsp.at[0], "http://ocsp.demo.invalid/");
	assert_string_equal(c->crl.at[0], "http://pki.demo.invalid/issuing.crl");
	assert_int_equal(c->proof.len, 0);
	assert_int_equal(needs_ocsp_request(c, &request), STATUS_OK);
	at = request.data;
	asked = d2i_OCSP_REQUEST(NULL, &at, (long)request.len);
	assert_non_null(asked);
	assert_int_equal(OCSP_request_onereq_count(asked), 1);
	OCSP_REQUEST_free(asked);
	buf_free(&request);
	c = entry(n, "issuing.pem");
	assert_true(needs_revocation(c));
	assert_int_equal(c->ocsp.count, 0);
	assert_string_equal(c->crl.at[0], "http://pki.demo.invalid/root.crl");
	assert_true(needs_revocation(entry(n, "tsa.pem")));
	assert_true(entry(n, "root.pem")->anchor);
	assert_false(needs_revocation(entry(n, "root.pem")));
	needs_free(n);
	policy_free(p);
	buf_free(&stamped);
}

static void
test_lists_at_hand_are_the_proofs(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, text);
	struct policy *p = policy("root.pem", NULL, "crls/issuing.crl");
	struct needs *n = look(p, &cms);
	const struct needs_cert *c = entry(n, "leader1.pem");
	const unsigned char *at = c->proof.data;
	X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)c->proof.len);

	(void)state;
	assert_non_null(crl);
	X509_CRL_free(crl);
	assert_int_equal(c->state, REVOCATION_GOOD);
	assert_false(c->proof_is_ocsp);
	assert_false(needs_revocation(c));
	assert_true(needs_revocation(entry(n, "issuing.pem"))); /* the root's list is not there */
	needs_free(n);
	policy_free(p);
	buf_free(&cms);
}

static void
test_ocsp_before_lists(void **state)
{
	struct ocsp_answer good = {.cert = "leader1.pem", .signer = "ocsp.pem", .key = "ocsp.key",
		.status = V_OCSP_CERTSTATUS_GOOD, .this_update = fixture_time("2026-11-24T00:00:00Z"),
		.next_update = fixture_time("2026-11-26T00:00:00Z")};
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, text), ocsp = fixture_ocsp(&good);
	struct policy *p = policy("root.pem", NULL, "crls/issuing.crl");
	struct fetched f;
	struct needs *n;
	const struct needs_cert *c;
	const char *why;

	(void)state;
	assert_int_equal(policy_add_ocsp(p, span_of(&ocsp)), STATUS_OK);
	n = look(p, &cms);
	c = entry(n, "leader1.pem");
	assert_true(c->proof_is_ocsp);
	/* a whole response again, which the checker takes */
	assert_int_equal(fetched_ocsp(c->proof, c->cert, c->issuer, fixture_time(NOW), &f, &why), STATUS_OK);
	buf_free(&f.der);
	needs_free(n);
	policy_free(p);
	buf_free(&ocsp);
	buf_free(&cms);
}

static void
test_issuer_missing(void **state)
{
	/* a signature with nothing but its own certificate inside */
	struct buf cms = fixture_token("leader1.pem", "leader1.key", text, fixture_time("2026-11-24T11:00:00Z"));
	struct policy *p = policy("root.pem", NULL, NULL), *known;
	struct needs *n = look(p, &cms);
	const struct needs_cert *c = entry(n, "leader1.pem");

	(void)state;
	assert_true(needs_issuer(c));
	assert_int_equal(c->issuers.count, 1);
	assert_string_equal(c->issuers.at[0], "http://pki.demo.invalid/issuing.cer");
	assert_false(needs_revocation(c)); /* nobody knows yet who could tell */
	needs_free(n);
	known = policy("root.pem", "issuing.pem", NULL);
	n = look(known, &cms);
	assert_false(needs_issuer(entry(n, "leader1.pem")));
	assert_true(needs_revocation(entry(n, "leader1.pem")));
	needs_free(n);
	policy_free(known);
	policy_free(p);
	buf_free(&cms);
}

static void
test_unreadable_has_no_needs(void **state)
{
	struct policy *p = policy("root.pem", NULL, NULL);
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, text);

	(void)state;
	for (size_t len = 0; len < cms.len; len += 97) {
		struct needs *n = needs_new(p);

		assert_int_equal(needs_add(n, (struct span){cms.data, len}), STATUS_OK);
		assert_int_equal(needs_ask(n), STATUS_OK);
		assert_int_equal(needs_count(n), 0);
		needs_free(n);
	}
	buf_free(&cms);
	policy_free(p);
}

/* --- answers --- */

static enum status
try_crl(const char *file, const char *cert_name, const char *issuer_name, const char *time)
{
	X509 *cert = fixture_cert(cert_name), *issuer = fixture_cert(issuer_name);
	struct buf body = fixture_pki(file);
	struct fetched f;
	const char *why = NULL;
	enum status st = fetched_crl(span_of(&body), cert, issuer, NULL, fixture_time(time), &f, &why);

	if (st == STATUS_OK) {
		assert_int_equal(f.der.data[0], 0x30);
		assert_true(f.next_update > fixture_time(time));
	} else {
		assert_non_null(why);
	}
	buf_free(&f.der);
	buf_free(&body);
	X509_free(cert);
	X509_free(issuer);
	return st;
}

static void
test_crl_answers(void **state)
{
	(void)state;
	assert_int_equal(try_crl("crls/issuing.crl", "leader1.pem", "issuing.pem", NOW), STATUS_OK);
	assert_int_equal(try_crl("crls/issuing.crl", "bad/revoked.pem", "issuing.pem", NOW), STATUS_OK);
	assert_int_equal(try_crl("crls/root.crl", "leader1.pem", "issuing.pem", NOW), STATUS_INVALID);
	assert_int_equal(try_crl("bad/foreign.crl", "leader1.pem", "issuing.pem", NOW), STATUS_INVALID);
	assert_int_equal(try_crl("bad/crl-old.crl", "leader1.pem", "issuing.pem", NOW), STATUS_INVALID);
	assert_int_equal(try_crl("leader1.pem", "leader1.pem", "issuing.pem", NOW), STATUS_INVALID);
	/* a list of the first of November is of a time to come in October */
	assert_int_equal(try_crl("crls/issuing.crl", "leader1.pem", "issuing.pem", "2026-10-01T00:00:00Z"), STATUS_INVALID);
}

static void
test_ocsp_answers(void **state)
{
	static const struct {
		const char *cert, *signer, *key, *this_update, *next_update;
		enum status want;
	} rows[] = {
		{"leader1.pem", "ocsp.pem", "ocsp.key", "2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", STATUS_OK},
		{"leader2.pem", "ocsp.pem", "ocsp.key", "2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", STATUS_INVALID},
		{"leader1.pem", "leader3.pem", "leader3.key", "2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z", STATUS_INVALID},
		{"leader1.pem", "ocsp.pem", "ocsp.key", "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z", STATUS_INVALID},
		{"leader1.pem", "ocsp.pem", "ocsp.key", "2026-11-25T00:00:00Z", "2026-11-26T00:00:00Z", STATUS_INVALID},
	};
	X509 *cert = fixture_cert("leader1.pem"), *issuer = fixture_cert("issuing.pem");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ocsp_answer a = {.cert = rows[i].cert, .signer = rows[i].signer, .key = rows[i].key,
			.status = V_OCSP_CERTSTATUS_GOOD, .this_update = fixture_time(rows[i].this_update),
			.next_update = fixture_time(rows[i].next_update)};
		struct buf b = fixture_ocsp(&a);
		struct fetched f;
		const char *why = NULL;

		assert_int_equal(fetched_ocsp(span_of(&b), cert, issuer, fixture_time(NOW), &f, &why), rows[i].want);
		if (rows[i].want == STATUS_OK)
			assert_true(f.next_update == fixture_time(rows[i].next_update) && f.state == REVOCATION_GOOD);
		buf_free(&f.der);
		buf_free(&b);
	}
	X509_free(cert);
	X509_free(issuer);
}

static void
test_issuer_answers(void **state)
{
	X509 *leader = fixture_cert("leader1.pem");
	char *dir = fixture_scratch(), path[1100];
	struct { const char *name; enum status want; } rows[] = {
		{"issuing.pem", STATUS_OK}, {"issuing-chain.pem", STATUS_OK}, {"root.pem", STATUS_INVALID},
		{"bad/ca.pem", STATUS_INVALID}, {"crls/root.crl", STATUS_INVALID}};
	struct fetched f;
	struct buf b;
	const char *why = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		b = fixture_pki(rows[i].name);
		assert_int_equal(fetched_issuer(span_of(&b), leader, &f, &why), rows[i].want);
		buf_free(&f.der);
		buf_free(&b);
	}
	/* a bag as caIssuers places give it */
	assert_int_equal(fixture_run(dir, "openssl crl2pkcs7 -nocrl -certfile '%s' -outform DER -out '%s/bag.p7c'",
		fixture_path("issuing-chain.pem"), dir), 0);
	snprintf(path, sizeof(path), "%s/bag.p7c", dir);
	b = fixture_read(path);
	assert_int_equal(fetched_issuer(span_of(&b), leader, &f, &why), STATUS_OK);
	buf_free(&f.der);
	assert_int_equal(fetched_issuer((struct span){b.data, b.len / 2}, leader, &f, &why), STATUS_INVALID);
	buf_free(&b);
	fixture_scratch_free(dir);
	X509_free(leader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_at_hand),
		cmocka_unit_test(test_lists_at_hand_are_the_proofs),
		cmocka_unit_test(test_ocsp_before_lists),
		cmocka_unit_test(test_issuer_missing),
		cmocka_unit_test(test_unreadable_has_no_needs),
		cmocka_unit_test(test_crl_answers),
		cmocka_unit_test(test_ocsp_answers),
		cmocka_unit_test(test_issuer_answers),
	};

	return cmocka_run_group_tests_name("needs", tests, NULL, NULL);
}
