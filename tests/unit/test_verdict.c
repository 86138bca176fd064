/* verdict: for each sub-indication that is given, a signature of the test PKI that earns it, and what saves it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/ocsp.h>

#include "lib/pki/verdict.h"
#include "tests/unit/pki_fixture.h"

static const unsigned char text[] = "nội dung văn bản";
static const struct span content = {text, sizeof(text) - 1};

#define NOW "2026-11-24T12:00:00Z"

static enum status
digest_content(void *arg, const char *name, unsigned char *to, size_t *len)
{
	const struct span *c = arg;
	unsigned got;

	assert_true(*len >= EVP_MAX_MD_SIZE);
	if (c == NULL)
		return STATUS_IO;
	assert_int_equal(EVP_Digest(c->data, c->len, to, &got, EVP_get_digestbyname(name), NULL), 1);
	*len = got;
	return STATUS_OK;
}

/* Anchors, intermediates and CRLs of the PKI, at a time. */
static struct policy *
policy_at(const char *time)
{
	struct policy *p = policy_new(fixture_time(time));

	assert_non_null(p);
	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	return p;
}

static struct policy *
policy_without_crls(const char *time)
{
	struct policy *p = policy_new(fixture_time(time));
	struct buf root = fixture_pki("root.pem");

	assert_int_equal(policy_add_anchors(p, (struct span){root.data, root.len}), STATUS_OK);
	buf_free(&root);
	return p;
}

static void
add_crl(struct policy *p, const char *name)
{
	struct buf b = fixture_pki(name);

	assert_int_equal(policy_add_crls(p, (struct span){b.data, b.len}), STATUS_OK);
	buf_free(&b);
}

static void
add_ocsp(struct policy *p, const struct ocsp_answer *a)
{
	struct buf b = fixture_ocsp(a);

	assert_int_equal(policy_add_ocsp(p, (struct span){b.data, b.len}), STATUS_OK);
	buf_free(&b);
}

static struct verdict
judge(const struct buf *cms, const struct policy *p)
{
	struct verdict v;
	struct span c = content;

	verdict_judge_cms((struct span){cms->data, cms->len}, digest_content, &c, p, &v);
	return v;
}

#define assert_verdict(v, ind, s)                                                                  \
	do {                                                                                       \
		struct verdict v_ = (v);                                                           \
		if (v_.indication != (ind) || v_.sub != (s))                                       \
			fail_msg("%s %s (%s), wanted %s %s", indication_name(v_.indication),       \
				sub_indication_name(v_.sub), v_.why, indication_name(ind),         \
				sub_indication_name(s));                                           \
	} while (0)

/* Signs by the pair of the PKI, judges at NOW with the PKI's policy, checks, frees. */
static void
check_pair(const char *cert, const char *key, enum indication ind, enum sub_indication sub)
{
	struct odd odd = {.cert = cert, .key = key};
	struct buf cms = fixture_odd(&odd, content);
	struct policy *p = policy_at(NOW);
	struct verdict v = judge(&cms, p);

	assert_verdict(v, ind, sub);
	assert_true(v.intact);
	policy_free(p);
	buf_free(&cms);
}

static void
test_passed(void **state)
{
	struct cms_options o = {.signing_time = true};
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &o, content);
	struct policy *p = policy_at(NOW);
	struct verdict v = judge(&cms, p);

	(void)state;
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_true(v.intact);
	assert_true(v.revocation_checked);
	assert_false(v.weak_algorithm);
	assert_int_equal(v.level, LEVEL_B_B);
	assert_string_equal(v.digest_name, "SHA256");
	assert_string_equal(v.signature_name, "RSA-2048");
	assert_string_equal(v.organ, "Quận ủy Demo");
	assert_non_null(strstr(v.subject, "CN=Nguyễn Văn Mẫu"));
	assert_non_null(strstr(v.issuer, "CN=CA cấp phát Demo congvan"));
	assert_true(v.claimed_time == fixture_time("2026-02-03T04:05:06Z"));
	assert_true(v.proven_time == 0);
	assert_true(v.not_before == fixture_time("2025-01-01T00:00:00Z"));
	assert_true(v.not_after == fixture_time("2035-12-31T23:59:59Z"));
	policy_free(p);
	buf_free(&cms);
	check_pair("leader2.pem", "leader2.key", INDICATION_PASSED, SUB_NONE);
	check_pair("office.pem", "office.key", INDICATION_PASSED, SUB_NONE);
}

static void
test_format(void **state)
{
	struct odd two = {.cert = "leader1.pem", .key = "leader1.key", .two_signers = true};
	struct buf cms = fixture_sign("leader2.pem", "leader2.key", NULL, content), b;
	struct policy *p = policy_at(NOW);

	(void)state;
	for (size_t n = 0; n < cms.len; n += 7) {
		b = cms;
		b.len = n;
		assert_verdict(judge(&b, p), INDICATION_FAILED, SUB_FORMAT_FAILURE);
	}
	/* zeros behind it are the rest of a hole in a PDF; anything else is not */
	buf_put(&cms, "\0\0\0", 3);
	assert_verdict(judge(&cms, p), INDICATION_PASSED, SUB_NONE);
	buf_put(&cms, "x", 1);
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_FORMAT_FAILURE);
	buf_free(&cms);
	cms = fixture_odd(&two, content);
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_FORMAT_FAILURE);
	buf_free(&cms);
	cms = fixture_pki("leader1.pem");
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_FORMAT_FAILURE);
	buf_free(&cms);
	policy_free(p);
}

static void
test_integrity(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, content);
	struct policy *p = policy_at(NOW);
	struct span other = {(const unsigned char *)"khác", 5};
	struct verdict v;

	(void)state;
	verdict_judge_cms((struct span){cms.data, cms.len}, digest_content, &other, p, &v);
	assert_verdict(v, INDICATION_FAILED, SUB_HASH_FAILURE);
	assert_false(v.intact);
	verdict_judge_cms((struct span){cms.data, cms.len}, digest_content, NULL, p, &v);
	assert_verdict(v, INDICATION_INDETERMINATE, SUB_SIGNED_DATA_NOT_FOUND);
	cms.data[cms.len - 10] ^= 1; /* the signature value is last */
	v = judge(&cms, p);
	assert_verdict(v, INDICATION_FAILED, SUB_SIG_CRYPTO_FAILURE);
	assert_false(v.intact);
	policy_free(p);
	buf_free(&cms);
}

/* A changed document is called changed whatever the certificate is. */
static void
test_integrity_first(void **state)
{
	struct odd odd = {.cert = "bad/foreign.pem", .key = "bad/p256.key"};
	struct buf cms = fixture_odd(&odd, (struct span){text, 3});
	struct policy *p = policy_at(NOW);

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_HASH_FAILURE);
	policy_free(p);
	buf_free(&cms);
}

/* Whatever byte is changed: what passes is intact and by the same certificate. */
static void
test_every_byte(void **state)
{
	struct buf cms = fixture_sign("leader2.pem", "leader2.key", NULL, content);
	struct policy *p = policy_at(NOW);
	struct verdict good = judge(&cms, p), v;
	size_t passed = 0;

	(void)state;
	for (size_t i = 0; i < cms.len; i++) {
		cms.data[i] ^= (unsigned char)(1u << (i % 8));
		v = judge(&cms, p);
		cms.data[i] ^= (unsigned char)(1u << (i % 8));
		if (v.indication != INDICATION_PASSED)
			continue;
		passed++;
		assert_true(v.intact);
		assert_memory_equal(&v.cert_digest, &good.cert_digest, sizeof(struct digest));
	}
	/* the issuing CA's certificate inside is not signed along, and known here anyway */
	assert_true(passed < cms.len * 2 / 3);
	policy_free(p);
	buf_free(&cms);
}

static void
test_revoked(void **state)
{
	static const struct odd odd = {.cert = "bad/revoked.pem", .key = "bad/bad.key"};
	struct odd late = odd;
	struct policy *p = policy_at(NOW), *earlier = policy_at("2026-02-15T00:00:00Z");
	struct buf cms = fixture_odd(&odd, content), token;
	struct verdict v;

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE);
	/* judged at a time before the revocation, which is the proof of existence then */
	assert_verdict(judge(&cms, earlier), INDICATION_PASSED, SUB_NONE);
	/* a timestamp from after the revocation proves nothing, one from before saves it */
	cms = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2026-03-02T00:00:00Z"));
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE);
	cms = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2026-02-28T23:00:00Z"));
	v = judge(&cms, p);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_int_equal(v.level, LEVEL_B_T);
	assert_true(v.proven_time == fixture_time("2026-02-28T23:00:00Z"));
	assert_true(v.revocation_checked);
	assert_non_null(strstr(v.tsa, "CN=Dấu thời gian Demo congvan"));
	buf_free(&cms);
	/* a content timestamp from after the revocation proves that it was signed with a revoked certificate */
	token = fixture_token("tsa.pem", "tsa.key", content, fixture_time("2026-03-02T00:00:00Z"));
	late.content_token = (struct span){token.data, token.len};
	cms = fixture_odd(&late, content);
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_REVOKED);
	buf_free(&cms);
	buf_free(&token);
	policy_free(p);
	policy_free(earlier);
}

static void
test_revoked_issuer(void **state)
{
	struct odd odd = {.cert = "bad/orphan.pem", .key = "bad/p256.key", .extra_cert = "bad/ca.pem"};
	struct buf cms = fixture_odd(&odd, content);
	struct policy *p = policy_at(NOW);

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_REVOKED_CA_NO_POE);
	cms = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2026-02-01T00:00:00Z"));
	assert_verdict(judge(&cms, p), INDICATION_PASSED, SUB_NONE);
	policy_free(p);
	buf_free(&cms);
}

static void
test_suspended(void **state)
{
	(void)state;
	check_pair("bad/held.pem", "bad/bad.key", INDICATION_INDETERMINATE, SUB_TRY_LATER);
}

static void
test_expired(void **state)
{
	static const struct odd odd = {.cert = "bad/expired.pem", .key = "bad/bad.key"};
	struct odd late = odd;
	struct policy *p = policy_at(NOW);
	struct buf cms = fixture_odd(&odd, content), token;
	struct verdict v;

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_OUT_OF_BOUNDS_NO_POE);
	cms = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2022-01-02T00:00:00Z"));
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_OUT_OF_BOUNDS_NO_POE);
	cms = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2021-06-01T00:00:00Z"));
	v = judge(&cms, p);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	/* the CRL is younger than the certificate's end: it does not speak for it */
	assert_false(v.revocation_checked);
	buf_free(&cms);

	token = fixture_token("tsa.pem", "tsa.key", content, fixture_time("2023-01-01T00:00:00Z"));
	late.content_token = (struct span){token.data, token.len};
	cms = fixture_odd(&late, content);
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_EXPIRED);
	buf_free(&cms);
	buf_free(&token);
	policy_free(p);
}

static void
test_expired_but_not_revoked(void **state)
{
	struct odd odd = {.cert = "bad/expired.pem", .key = "bad/bad.key"};
	struct ocsp_answer good = {.cert = "bad/expired.pem", .signer = "ocsp.pem", .key = "ocsp.key",
		.status = V_OCSP_CERTSTATUS_GOOD, .this_update = fixture_time("2026-11-24T00:00:00Z"),
		.next_update = fixture_time("2026-11-25T00:00:00Z")};
	struct buf cms = fixture_odd(&odd, content);
	struct policy *p = policy_at(NOW);

	(void)state;
	/* an answer of after the end speaks for it only when the responder says that it keeps those that ended since */
	add_ocsp(p, &good);
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_OUT_OF_BOUNDS_NO_POE);
	good.keeps_from = fixture_time("2024-01-01T00:00:00Z");
	add_ocsp(p, &good);
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_OUT_OF_BOUNDS_NO_POE);
	good.keeps_from = fixture_time("2020-01-01T00:00:00Z");
	add_ocsp(p, &good);
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_OUT_OF_BOUNDS_NOT_REVOKED);
	policy_free(p);
	buf_free(&cms);
}

static void
test_not_yet_valid(void **state)
{
	(void)state;
	check_pair("bad/notyet.pem", "bad/bad.key", INDICATION_FAILED, SUB_NOT_YET_VALID);
}

static void
test_issuer_out_of_time(void **state)
{
	struct odd odd = {.cert = "bad/long.pem", .key = "bad/bad.key"};
	struct buf cms = fixture_odd(&odd, content);
	struct policy *p = policy_at("2041-06-01T00:00:00Z");

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE,
		SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE);
	policy_free(p);
	buf_free(&cms);
}

static void
test_chain(void **state)
{
	struct odd by_leader = {.cert = "bad/by-leader.pem", .key = "bad/p256.key",
		.extra_cert = "leader1.pem"};
	struct buf cms = fixture_odd(&by_leader, content);
	struct policy *p = policy_at(NOW), *nothing = policy_new(fixture_time(NOW));

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_CHAIN_CONSTRAINTS_FAILURE);
	buf_free(&cms);
	cms = fixture_sign("leader1.pem", "leader1.key", NULL, content);
	assert_verdict(judge(&cms, nothing), INDICATION_INDETERMINATE,
		SUB_NO_CERTIFICATE_CHAIN_FOUND);
	buf_free(&cms);
	policy_free(p);
	policy_free(nothing);
	check_pair("bad/foreign.pem", "bad/p256.key", INDICATION_INDETERMINATE,
		SUB_NO_CERTIFICATE_CHAIN_FOUND);
	check_pair("bad/usage.pem", "bad/bad.key", INDICATION_INDETERMINATE,
		SUB_CHAIN_CONSTRAINTS_FAILURE);
	check_pair("bad/eku.pem", "bad/bad.key", INDICATION_INDETERMINATE,
		SUB_CHAIN_CONSTRAINTS_FAILURE);
}

/* A certificate whose own signature is wrong. */
static void
test_forged_certificate(void **state)
{
	X509 *cert = fixture_cert("leader1.pem");
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	const unsigned char *p = der;
	struct odd odd = {.key = "leader1.key"};
	struct policy *policy = policy_at(NOW);
	struct buf cms;

	(void)state;
	der[len - 1] ^= 1;
	odd.other_cert = d2i_X509(NULL, &p, len);
	cms = fixture_odd(&odd, content);
	assert_verdict(judge(&cms, policy), INDICATION_INDETERMINATE,
		SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE);
	buf_free(&cms);
	policy_free(policy);
	X509_free(odd.other_cert);
	OPENSSL_free(der);
	X509_free(cert);
}

static void
test_signing_certificate(void **state)
{
	struct odd none = {.cert = "leader1.pem", .key = "leader1.key", .no_certs = true};
	struct odd other = {.cert = "leader1.pem", .key = "leader1.key", .reference_of = "leader3.pem"};
	struct odd serial = {.cert = "leader1.pem", .key = "leader1.key",
		.reference_of = "leader1.pem", .break_serial = true};
	struct odd right = {.cert = "leader1.pem", .key = "leader1.key", .reference_of = "leader1.pem"};
	struct odd plain = {.cert = "leader1.pem", .key = "leader1.key", .plain = true};
	struct odd bare = {.cert = "leader2.pem", .key = "leader2.key", .bare = true};
	struct policy *p = policy_at(NOW);
	struct buf cms = fixture_odd(&none, content), leader = fixture_pki("leader1.pem");
	struct verdict v;

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_NO_SIGNING_CERTIFICATE_FOUND);
	assert_int_equal(policy_add_intermediates(p, (struct span){leader.data, leader.len}), STATUS_OK);
	assert_verdict(judge(&cms, p), INDICATION_PASSED, SUB_NONE);
	buf_free(&leader);
	buf_free(&cms);

	cms = fixture_odd(&other, content);
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_NO_SIGNING_CERTIFICATE_FOUND);
	buf_free(&cms);
	cms = fixture_odd(&serial, content);
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_SIG_CONSTRAINTS_FAILURE);
	buf_free(&cms);
	cms = fixture_odd(&right, content);
	assert_verdict(judge(&cms, p), INDICATION_PASSED, SUB_NONE);
	buf_free(&cms);

	/* what really comes from other offices: plain PKCS#7 */
	cms = fixture_odd(&plain, content);
	v = judge(&cms, p);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_int_equal(v.level, LEVEL_CMS);
	buf_free(&cms);
	cms = fixture_odd(&bare, content);
	v = judge(&cms, p);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_int_equal(v.level, LEVEL_CMS);
	buf_free(&cms);
	cms = fixture_odd(&bare, (struct span){text, 3});
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_SIG_CRYPTO_FAILURE);
	buf_free(&cms);
	policy_free(p);
}

static void
test_attached(void **state)
{
	struct odd attached = {.cert = "leader1.pem", .key = "leader1.key", .attached = true};
	struct odd old = {.cert = "leader1.pem", .key = "leader1.key", .attached = true,
		.plain = true, .digest_name = "SHA1"};
	struct buf cms = fixture_odd(&attached, content);
	struct policy *p = policy_at(NOW);
	unsigned char hash[20];
	struct verdict v;

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_PASSED, SUB_NONE);
	buf_free(&cms);
	cms = fixture_odd(&attached, (struct span){text, 3});
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_HASH_FAILURE);
	buf_free(&cms);

	/* adbe.pkcs7.sha1: the SHA-1 digest of the document is the content inside; weak, not corrupt */
	EVP_Digest(content.data, content.len, hash, NULL, EVP_sha1(), NULL);
	cms = fixture_odd(&old, (struct span){hash, sizeof(hash)});
	v = judge(&cms, p);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_true(v.weak_algorithm);
	assert_true(v.intact);
	buf_free(&cms);
	hash[0] ^= 1;
	cms = fixture_odd(&old, (struct span){hash, sizeof(hash)});
	assert_verdict(judge(&cms, p), INDICATION_FAILED, SUB_HASH_FAILURE);
	buf_free(&cms);
	policy_free(p);
}

/* What a passed verdict says besides speaks of the timestamp, not of the signature; and a timestamp that can be read takes no other remark away. */
static void
test_notes(void **state)
{
	static const unsigned char empty[] = {0x30, 0x00};
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .content_token = {empty, sizeof(empty)}};
	struct policy *p = policy_at(NOW), *offline = policy_new(fixture_time(NOW));
	struct buf root = fixture_pki("root.pem"), cms = fixture_odd(&odd, content), token;
	struct verdict v = judge(&cms, p);

	(void)state;
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_string_equal(v.why, "a timestamp cannot be read: it is not a CMS ContentInfo");
	buf_free(&cms);

	assert_int_equal(policy_add_anchors(offline, (struct span){root.data, root.len}), STATUS_OK);
	token = fixture_token("tsa.pem", "tsa.key", content, fixture_time("2026-01-01T00:00:00Z"));
	odd.content_token = (struct span){token.data, token.len};
	cms = fixture_odd(&odd, content);
	v = judge(&cms, offline);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_false(v.revocation_checked);
	assert_string_equal(v.why, "revocation could not be checked: no fresh data at hand");
	buf_free(&cms);
	buf_free(&token);
	buf_free(&root);
	policy_free(p);
	policy_free(offline);
}

/* By which hash the certificate is named in what is signed: SHA-1 is a weak one, MD5 names nothing any more. */
static void
test_reference_hash(void **state)
{
	static const struct {
		const char *md;
		bool weak;
		enum sub_indication sub;
	} rows[] = {{"SHA256", false, SUB_NONE}, {"SHA512", false, SUB_NONE}, {"SHA1", true, SUB_NONE}, {"SHA224", true, SUB_NONE},
		{"MD5", true, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE}};
	struct policy *p = policy_at(NOW);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .reference_md = rows[i].md};
		struct buf cms = fixture_odd(&odd, content);
		struct verdict v = judge(&cms, p);

		assert_verdict(v, rows[i].sub == SUB_NONE ? INDICATION_PASSED : INDICATION_INDETERMINATE, rows[i].sub);
		assert_true(v.intact);
		assert_int_equal(v.weak_algorithm, rows[i].weak);
		assert_string_equal(v.weak_name, rows[i].weak ? rows[i].md : "");
		buf_free(&cms);
	}
	policy_free(p);
}

static void
test_weak(void **state)
{
	static const struct odd weak[] = {
		{.cert = "leader1.pem", .key = "leader1.key", .digest_name = "SHA1"},
		{.cert = "leader1.pem", .key = "leader1.key", .digest_name = "SHA1", .plain = true},
		{.cert = "bad/weak.pem", .key = "bad/weak.key"},
		{.cert = "bad/sha1.pem", .key = "bad/bad.key"},
	};
	struct policy *label = policy_at(NOW), *refuse = policy_at(NOW);
	struct buf token = fixture_token("tsa.pem", "tsa.key", content,
		fixture_time("2026-06-01T00:00:00Z"));

	(void)state;
	policy_set_weak(refuse, POLICY_WEAK_REFUSE, fixture_time("2026-04-01T00:00:00Z"));
	for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++) {
		struct odd young = weak[i];
		struct buf cms = fixture_odd(&weak[i], content);
		struct verdict v = judge(&cms, label);

		assert_verdict(v, INDICATION_PASSED, SUB_NONE);
		assert_true(v.weak_algorithm);
		v = judge(&cms, refuse);
		assert_verdict(v, INDICATION_INDETERMINATE, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
		assert_true(v.intact);
		/* proven to exist while it was good enough */
		cms = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2026-03-01T00:00:00Z"));
		assert_verdict(judge(&cms, refuse), INDICATION_PASSED, SUB_NONE);
		buf_free(&cms);
		/* proven to be younger than that */
		young.content_token = (struct span){token.data, token.len};
		cms = fixture_odd(&young, content);
		assert_verdict(judge(&cms, refuse), INDICATION_INDETERMINATE,
			SUB_CRYPTO_CONSTRAINTS_FAILURE);
		buf_free(&cms);
	}
	buf_free(&token);
	policy_free(label);
	policy_free(refuse);
}

static void
test_broken_algorithm(void **state)
{
	struct odd md5 = {.cert = "leader1.pem", .key = "leader1.key", .digest_name = "MD5", .plain = true};
	struct buf cms = fixture_odd(&md5, content);
	struct policy *p = policy_at(NOW);

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE,
		SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
	policy_free(p);
	buf_free(&cms);
}

/* Without revocation data the verdict warns, or by policy waits. */
static void
test_no_revocation_data(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, content);
	struct policy *p = policy_without_crls(NOW);
	struct verdict v = judge(&cms, p);

	(void)state;
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_false(v.revocation_checked);
	policy_set_revocation(p, POLICY_REVOCATION_REQUIRE);
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_TRY_LATER);
	/* an old list is no better, half of the path neither, both fresh lists are enough */
	add_crl(p, "crls/root.crl");
	add_crl(p, "bad/crl-old.crl");
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_TRY_LATER);
	add_crl(p, "crls/issuing.crl");
	v = judge(&cms, p);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_true(v.revocation_checked);
	policy_free(p);
	buf_free(&cms);
}

static void
test_ocsp_responder_out_of_time(void **state)
{
	struct ocsp_answer good = {.cert = "leader1.pem", .signer = "bad/ocsp-expired.pem",
		.key = "bad/bad.key", .status = V_OCSP_CERTSTATUS_GOOD,
		.this_update = fixture_time("2026-11-24T00:00:00Z"),
		.next_update = fixture_time("2026-11-25T00:00:00Z")};
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, content);
	struct policy *p = policy_without_crls(NOW);

	(void)state;
	add_ocsp(p, &good);
	policy_set_revocation(p, POLICY_REVOCATION_REQUIRE);
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE,
		SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE);
	policy_free(p);
	buf_free(&cms);
}

static void
test_timestamp_order(void **state)
{
	struct buf token = fixture_token("tsa.pem", "tsa.key", content,
		fixture_time("2026-06-01T00:00:00Z"));
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key",
		.content_token = {token.data, token.len}};
	struct buf cms = fixture_odd(&odd, content);
	struct policy *p = policy_at(NOW);

	(void)state;
	assert_verdict(judge(&cms, p), INDICATION_PASSED, SUB_NONE);
	cms = fixture_stamp(cms, "tsa.pem", "tsa.key", fixture_time("2026-05-01T00:00:00Z"));
	assert_verdict(judge(&cms, p), INDICATION_INDETERMINATE, SUB_TIMESTAMP_ORDER_FAILURE);
	policy_free(p);
	buf_free(&cms);
	buf_free(&token);
}

/* Bad timestamps prove nothing and do no harm. */
static void
test_useless_timestamps(void **state)
{
	static const struct {
		const char *cert, *key, *time;
	} useless[] = {
		{"bad/tsa.pem", "bad/bad.key", "2026-03-01T00:00:00Z"},
		{"bad/tsa-revoked.pem", "bad/bad.key", "2026-02-01T00:00:00Z"},
		{"bad/tsa-expired.pem", "bad/bad.key", "2021-02-01T00:00:00Z"},
		{"leader3.pem", "leader3.key", "2026-03-01T00:00:00Z"},
		{"tsa.pem", "tsa.key", "2027-03-01T00:00:00Z"}, /* from the future */
	};
	struct buf cms, about, both;
	struct policy *p = policy_at(NOW);
	struct verdict v;

	(void)state;
	for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++) {
		cms = fixture_sign("leader1.pem", "leader1.key", NULL, content);
		cms = fixture_stamp(cms, useless[i].cert, useless[i].key, fixture_time(useless[i].time));
		v = judge(&cms, p);
		assert_verdict(v, INDICATION_PASSED, SUB_NONE);
		assert_int_equal(v.level, LEVEL_B_B);
		assert_true(v.proven_time == 0);
		assert_string_equal(v.tsa, "");
		assert_true(v.why[0] != '\0');
		buf_free(&cms);
	}
	/* about something else */
	cms = fixture_sign("leader1.pem", "leader1.key", NULL, content);
	about = fixture_token("tsa.pem", "tsa.key", content, fixture_time("2026-03-01T00:00:00Z"));
	buf_init(&both, CMS_MAX);
	assert_int_equal(cms_add_timestamp((struct span){cms.data, cms.len},
		(struct span){about.data, about.len}, &both), STATUS_OK);
	v = judge(&both, p);
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_int_equal(v.level, LEVEL_B_B);
	buf_free(&both);
	buf_free(&about);
	buf_free(&cms);
	policy_free(p);
}

static struct verdict
judge_token(const struct buf *token, const struct policy *p)
{
	struct span c = content;
	struct verdict v;

	verdict_judge_timestamp((struct span){token->data, token->len}, digest_content, &c, p, &v);
	return v;
}

static void
test_document_timestamp(void **state)
{
	clock_us time = fixture_time("2026-03-01T00:00:00Z");
	struct buf token = fixture_token("tsa.pem", "tsa.key", content, time);
	struct policy *p = policy_at(NOW);
	struct verdict v = judge_token(&token, p);
	struct span other = {text, 3};

	(void)state;
	assert_verdict(v, INDICATION_PASSED, SUB_NONE);
	assert_true(v.proven_time == time);
	assert_true(v.revocation_checked);
	assert_true(v.intact);
	assert_non_null(strstr(v.tsa, "Dấu thời gian"));
	verdict_judge_timestamp((struct span){token.data, token.len}, digest_content, &other, p, &v);
	assert_verdict(v, INDICATION_FAILED, SUB_HASH_FAILURE);
	assert_false(v.intact);
	assert_true(v.proven_time == 0);
	token.data[token.len - 5] ^= 1;
	assert_verdict(judge_token(&token, p), INDICATION_FAILED, SUB_SIG_CRYPTO_FAILURE);
	token.len -= 9;
	assert_verdict(judge_token(&token, p), INDICATION_FAILED, SUB_FORMAT_FAILURE);
	buf_free(&token);

	token = fixture_token("bad/tsa.pem", "bad/bad.key", content, time);
	assert_verdict(judge_token(&token, p), INDICATION_INDETERMINATE,
		SUB_CHAIN_CONSTRAINTS_FAILURE);
	buf_free(&token);
	token = fixture_token("bad/tsa-revoked.pem", "bad/bad.key", content, time);
	assert_verdict(judge_token(&token, p), INDICATION_INDETERMINATE, SUB_REVOKED_NO_POE);
	buf_free(&token);
	token = fixture_token("bad/tsa-expired.pem", "bad/bad.key", content,
		fixture_time("2021-02-01T00:00:00Z"));
	assert_verdict(judge_token(&token, p), INDICATION_INDETERMINATE, SUB_OUT_OF_BOUNDS_NO_POE);
	buf_free(&token);
	/* an ordinary signature is not a timestamp */
	token = fixture_sign("leader1.pem", "leader1.key", NULL, content);
	assert_verdict(judge_token(&token, p), INDICATION_FAILED, SUB_FORMAT_FAILURE);
	buf_free(&token);
	policy_free(p);
}

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(indication_name(INDICATION_PASSED), "TOTAL-PASSED");
	assert_string_equal(sub_indication_name(SUB_HASH_FAILURE), "HASH_FAILURE");
	assert_string_equal(sub_indication_name(SUB_SIGNED_DATA_NOT_FOUND), "SIGNED_DATA_NOT_FOUND");
	assert_string_equal(level_name(LEVEL_B_T), "B-T");
	assert_string_equal(level_name((enum level)99), "none");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passed),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_integrity),
		cmocka_unit_test(test_integrity_first),
		cmocka_unit_test(test_every_byte),
		cmocka_unit_test(test_revoked),
		cmocka_unit_test(test_revoked_issuer),
		cmocka_unit_test(test_suspended),
		cmocka_unit_test(test_expired),
		cmocka_unit_test(test_expired_but_not_revoked),
		cmocka_unit_test(test_not_yet_valid),
		cmocka_unit_test(test_issuer_out_of_time),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_forged_certificate),
		cmocka_unit_test(test_signing_certificate),
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_notes),
		cmocka_unit_test(test_reference_hash),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_broken_algorithm),
		cmocka_unit_test(test_no_revocation_data),
		cmocka_unit_test(test_ocsp_responder_out_of_time),
		cmocka_unit_test(test_timestamp_order),
		cmocka_unit_test(test_useless_timestamps),
		cmocka_unit_test(test_document_timestamp),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
