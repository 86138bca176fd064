/*
 * judgement: one row for every sub-indication of EN 319 102-1 (tables 5 and 6), and for the passes between them: what is made, what is
 * wrong with it, indication, sub-indication, level and remedy; and what `openssl cms -verify -cades -crl_check_all` says of the same files where it
 * answers the same question. test_complete fails when a sub-indication has no row.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "lib/base/message.h"
#include "lib/pki/cades_extend.h"
#include "lib/pki/verdict.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define NOW "2026-11-24T12:00:00Z"

static const unsigned char text[] = "nội dung văn bản";
static const struct span content = {text, sizeof(text) - 1};

struct made {
	struct buf cms;
	struct policy *policy;
	struct span content; /* what is given as the document; data NULL: it cannot be read */
};

enum openssl { ACCEPTS, REFUSES, OTHER_QUESTION };

/* --- how things are made --- */

static struct policy *
pki_at(const char *time)
{
	struct policy *p = policy_new(fixture_time(time));

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	return p;
}

static struct policy *
root_only(const char *time)
{
	struct policy *p = policy_new(fixture_time(time));
	struct buf root = fixture_pki("root.pem");

	assert_int_equal(policy_add_anchors(p, (struct span){root.data, root.len}), STATUS_OK);
	buf_free(&root);
	return p;
}

static void
sign(struct made *m, const struct odd *odd)
{
	m->cms = fixture_odd(odd, content);
	m->policy = pki_at(NOW);
}

static void
by(struct made *m, const char *cert, const char *key)
{
	struct odd odd = {.cert = cert, .key = key};

	sign(m, &odd);
}

static void
stamp(struct made *m, const char *time)
{
	m->cms = fixture_stamp(m->cms, "tsa.pem", "tsa.key", fixture_time(time));
}

static void
with_content_stamp(struct made *m, const char *cert, const char *key, const char *digest, const char *time)
{
	struct buf token = fixture_token("tsa.pem", "tsa.key", content, fixture_time(time));
	struct odd odd = {.cert = cert, .key = key, .digest_name = digest, .content_token = {token.data, token.len}};

	sign(m, &odd);
	buf_free(&token);
}

static void good(struct made *m) { by(m, "leader1.pem", "leader1.key"); }

static void
good_stamped(struct made *m)
{
	good(m);
	stamp(m, "2026-06-01T00:00:00Z");
}

static void
plain(struct made *m)
{
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .plain = true};

	sign(m, &odd);
}

static void
sha1(struct made *m)
{
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .digest_name = "SHA1"};

	sign(m, &odd);
}

static void
no_crls(struct made *m)
{
	good(m);
	policy_free(m->policy);
	m->policy = root_only(NOW);
}

static void
format(struct made *m)
{
	good(m);
	m->cms.len -= 20;
}

static void
hash(struct made *m)
{
	good(m);
	m->content.len--;
}

static void
sig_crypto(struct made *m)
{
	good(m);
	m->cms.data[m->cms.len - 10] ^= 1;
}

static void revoked_before_signing(struct made *m) { with_content_stamp(m, "bad/revoked.pem", "bad/bad.key", NULL, "2026-03-02T00:00:00Z"); }
static void expired_before_signing(struct made *m) { with_content_stamp(m, "bad/expired.pem", "bad/bad.key", NULL, "2023-01-01T00:00:00Z"); }
static void not_yet(struct made *m) { by(m, "bad/notyet.pem", "bad/bad.key"); }

static void
broken_serial(struct made *m)
{
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .reference_of = "leader1.pem", .break_serial = true};

	sign(m, &odd);
}

static void wrong_usage(struct made *m) { by(m, "bad/usage.pem", "bad/bad.key"); }

static void
forged(struct made *m)
{
	X509 *cert = fixture_cert("leader1.pem");
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	const unsigned char *p = der;
	struct odd odd = {.key = "leader1.key"};

	der[len - 1] ^= 1;
	odd.other_cert = d2i_X509(NULL, &p, len);
	sign(m, &odd);
	X509_free(odd.other_cert);
	X509_free(cert);
	OPENSSL_free(der);
}

static void
weak_and_young(struct made *m)
{
	with_content_stamp(m, "leader1.pem", "leader1.key", "SHA1", "2026-06-01T00:00:00Z");
	policy_set_weak(m->policy, POLICY_WEAK_REFUSE, fixture_time("2026-04-01T00:00:00Z"));
}

static void
weak_refused(struct made *m)
{
	sha1(m);
	policy_set_weak(m->policy, POLICY_WEAK_REFUSE, fixture_time("2026-04-01T00:00:00Z"));
}

static void
weak_but_old(struct made *m)
{
	weak_refused(m);
	stamp(m, "2026-03-01T00:00:00Z");
}

/* SignaturePolicyId: SEQUENCE { OID 1.3.6.1.4.1.99999.7.1, SEQUENCE { SEQUENCE { sha256 }, OCTET STRING } } */
static void
with_policy(struct made *m, const char *signed_text, bool unknown_hash)
{
	static const unsigned char oid[] = {0x06, 10, 43, 6, 1, 4, 1, 0x86, 0x8d, 0x1f, 7, 1};
	static const unsigned char sha256[] = {0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1};
	unsigned char der[128] = {0x30, 12 + 2 + 13 + 34, 0}, *at = der + 2;
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key"};

	memcpy(at, oid, sizeof(oid));
	at += sizeof(oid);
	*at++ = 0x30;
	*at++ = 13 + 34;
	memcpy(at, sha256, sizeof(sha256));
	at += sizeof(sha256);
	*at++ = 0x04;
	*at++ = 32;
	if (!unknown_hash)
		assert_int_equal(EVP_Digest(signed_text, strlen(signed_text), at, NULL, EVP_sha256(), NULL), 1);
	odd.signature_policy = (struct span){der, (size_t)(at + 32 - der)};
	sign(m, &odd);
}

static void
know_policy(struct made *m)
{
	assert_int_equal(policy_add_signature_policy(m->policy, "1.3.6.1.4.1.99999.7.1",
		(struct span){(const unsigned char *)"quy chế ký số", strlen("quy chế ký số")}), STATUS_OK);
}

static void policy_unknown(struct made *m) { with_policy(m, "quy chế ký số", false); }

static void
policy_known(struct made *m)
{
	with_policy(m, "quy chế ký số", false);
	know_policy(m);
}

static void
policy_known_without_digest(struct made *m)
{
	with_policy(m, "", true);
	know_policy(m);
}

static void
policy_altered(struct made *m)
{
	with_policy(m, "quy chế ký số, bản khác", false);
	know_policy(m);
}

static void
policy_implied(struct made *m)
{
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .policy_implied = true};

	sign(m, &odd);
}

static void
policy_unreadable(struct made *m)
{
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key",
		.signature_policy = {(const unsigned char *)"\x30\x02\x05\x00", 4}};

	sign(m, &odd);
}

static void
stamp_order(struct made *m)
{
	with_content_stamp(m, "leader1.pem", "leader1.key", NULL, "2026-06-01T00:00:00Z");
	stamp(m, "2026-05-01T00:00:00Z");
}

static void
no_certificate(struct made *m)
{
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .no_certs = true};

	sign(m, &odd);
}

static void
other_certificate(struct made *m)
{
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .reference_of = "leader3.pem"};

	sign(m, &odd);
}

static void foreign(struct made *m) { by(m, "bad/foreign.pem", "bad/p256.key"); }

static void
issuer_expired(struct made *m)
{
	by(m, "bad/long.pem", "bad/bad.key");
	policy_free(m->policy);
	m->policy = pki_at("2041-06-01T00:00:00Z");
}

static void
trust(struct policy *p, const char *cert, const char *rules)
{
	struct buf b = fixture_pki(cert);

	assert_int_equal(policy_add_ruled_anchors(p, (struct span){b.data, b.len},
		(struct span){(const unsigned char *)rules, strlen(rules)}), STATUS_OK);
	buf_free(&b);
}

/* The administrator's rules end the trust in the root before today; timestamps are trusted by another anchor. */
static void
trust_ended(struct made *m)
{
	good(m);
	policy_free(m->policy);
	m->policy = policy_new(fixture_time(NOW));
	trust(m->policy, "issuing.pem", "use: timestamp\n");
	trust(m->policy, "root.pem", "label: Gốc thử\nuse: signature # not for timestamps\ntrusted-until: 2026-09-01\n");
}

static void
trust_ended_stamped(struct made *m)
{
	trust_ended(m);
	stamp(m, "2026-06-01T00:00:00Z");
}

static void revoked(struct made *m) { by(m, "bad/revoked.pem", "bad/bad.key"); }

static void
revoked_later(struct made *m)
{
	revoked(m);
	stamp(m, "2026-02-01T00:00:00Z");
}

static void
ca_revoked(struct made *m)
{
	struct odd odd = {.cert = "bad/orphan.pem", .key = "bad/p256.key", .extra_cert = "bad/ca.pem"};

	sign(m, &odd);
}

static void expired(struct made *m) { by(m, "bad/expired.pem", "bad/bad.key"); }

/* keeps: from when on the responder keeps ended certificates; NULL: it does not say. */
static void
answer(struct made *m, const char *cert, const char *signer, const char *key, const char *keeps)
{
	struct ocsp_answer a = {.cert = cert, .signer = signer, .key = key, .status = V_OCSP_CERTSTATUS_GOOD,
		.this_update = fixture_time("2026-11-24T00:00:00Z"), .next_update = fixture_time("2026-11-25T00:00:00Z"),
		.keeps_from = keeps != NULL ? fixture_time(keeps) : 0};
	struct buf b = fixture_ocsp(&a);

	assert_int_equal(policy_add_ocsp(m->policy, (struct span){b.data, b.len}), STATUS_OK);
	buf_free(&b);
}

static void
expired_not_revoked(struct made *m)
{
	expired(m);
	answer(m, "bad/expired.pem", "ocsp.pem", "ocsp.key", "2020-01-01T00:00:00Z");
}

static void
responder_expired(struct made *m)
{
	good(m);
	policy_free(m->policy);
	m->policy = root_only(NOW);
	policy_set_revocation(m->policy, POLICY_REVOCATION_REQUIRE);
	answer(m, "leader1.pem", "bad/ocsp-expired.pem", "bad/bad.key", NULL);
}

static void suspended(struct made *m) { by(m, "bad/held.pem", "bad/bad.key"); }

static void
data_required(struct made *m)
{
	no_crls(m);
	policy_set_revocation(m->policy, POLICY_REVOCATION_REQUIRE);
}

static void
data_too_old(struct made *m)
{
	good(m);
	policy_set_revocation(m->policy, POLICY_REVOCATION_REQUIRE);
	policy_set_freshness(m->policy, 10 * CLOCK_DAY, 0);
}

/* The list is of 1 November: 23 days before. */
static void
data_young_enough(struct made *m)
{
	good(m);
	policy_set_revocation(m->policy, POLICY_REVOCATION_REQUIRE);
	policy_set_freshness(m->policy, 30 * CLOCK_DAY, 0);
}

/* Stamped on 20 November: the list of 1 November was made before; with a grace period newer data is waited for. */
static void
grace(struct made *m)
{
	good(m);
	stamp(m, "2026-11-20T00:00:00Z");
	policy_set_revocation(m->policy, POLICY_REVOCATION_REQUIRE);
	policy_set_freshness(m->policy, 0, CLOCK_DAY);
}

static void
unreadable(struct made *m)
{
	good(m);
	m->content = (struct span){NULL, 0};
}

/*
 * An archived signature whose CA has ended: the lists inside were archived later than the last moment for which the CA is known to be
 * good, so that they may be forged (EN 319 102-1 5.6.2.2).
 */
static void
no_proof(struct made *m)
{
	struct issue as[] = {
		{.name = "Gốc", .from = "2010-01-01T00:00:00Z", .to = "2050-01-01T00:00:00Z", .config = ISSUE_CA},
		{.name = "CA", .from = "2015-01-01T00:00:00Z", .to = "2025-01-01T00:00:00Z", .config = ISSUE_CA},
		{.name = "Người ký", .from = "2018-01-01T00:00:00Z", .to = "2020-01-01T00:00:00Z", .config = ISSUE_SIGNER},
		{.name = "TSA", .from = "2018-01-01T00:00:00Z", .to = "2035-01-01T00:00:00Z", .config = ISSUE_TSA},
	};
	struct subject root, ca, signer, tsa;
	X509 *chain[2] = {NULL, NULL};
	X509_CRL *lists[2];
	struct buf der[2], out;

	root = issue(&as[0]);
	as[1].issuer = as[3].issuer = &root;
	ca = issue(&as[1]);
	as[2].issuer = &ca;
	signer = issue(&as[2]);
	tsa = issue(&as[3]);
	chain[0] = ca.cert;
	m->cms = issue_stamped(issue_signature(&signer, chain, NULL, content), &tsa, NULL, "2019-03-01T00:00:00Z");
	lists[0] = issue_crl(&(struct issue_crl){.issuer = &root, .from = "2019-06-01T00:00:00Z", .to = "2019-12-01T00:00:00Z"});
	lists[1] = issue_crl(&(struct issue_crl){.issuer = &ca, .from = "2019-06-01T00:00:00Z", .to = "2019-07-01T00:00:00Z"});
	for (size_t i = 0; i < 2; i++) {
		struct cades_proof proof;

		der[i] = issue_crl_der(lists[i]);
		proof = (struct cades_proof){CADES_PROOF_CRL, {der[i].data, der[i].len}};
		buf_init(&out, CMS_MAX);
		assert_int_equal(cades_add_proofs((struct span){m->cms.data, m->cms.len}, &proof, 1, &out, NULL), STATUS_OK);
		buf_free(&m->cms);
		m->cms = out;
		buf_free(&der[i]);
		X509_CRL_free(lists[i]);
	}
	m->cms = issue_archived(m->cms, content, &tsa, NULL, "2021-06-01T00:00:00Z");
	m->policy = policy_new(fixture_time(NOW));
	policy_set_revocation(m->policy, POLICY_REVOCATION_REQUIRE);
	policy_trust(m->policy, &root);
	policy_take_crl(m->policy, issue_crl(&(struct issue_crl){.issuer = &root, .from = "2026-11-01T00:00:00Z",
		.to = "2026-12-01T00:00:00Z"}));
	subject_free(&root);
	subject_free(&ca);
	subject_free(&signer);
	subject_free(&tsa);
}

/* The same where a warning is enough. */
static void
no_proof_warned(struct made *m)
{
	no_proof(m);
	policy_set_revocation(m->policy, POLICY_REVOCATION_WARN);
}

#define PASSED INDICATION_PASSED, SUB_NONE
#define FAILED(s) INDICATION_FAILED, SUB_##s
#define OPEN(s) INDICATION_INDETERMINATE, SUB_##s

static const struct row {
	const char *name;
	void (*make)(struct made *);
	enum indication indication;
	enum sub_indication sub;
	enum level level;
	bool checked, weak;
	enum openssl openssl;
} rows[] = {
	{"good", good, PASSED, LEVEL_B_B, true, false, ACCEPTS},
	{"good, stamped", good_stamped, PASSED, LEVEL_B_T, true, false, ACCEPTS},
	{"plain PKCS#7", plain, PASSED, LEVEL_CMS, true, false, REFUSES}, /* -cades wants the attribute; we label */
	{"SHA-1", sha1, PASSED, LEVEL_B_B, true, true, ACCEPTS},
	{"no lists", no_crls, PASSED, LEVEL_B_B, false, false, OTHER_QUESTION},
	{"weak but proven old", weak_but_old, PASSED, LEVEL_B_T, true, true, ACCEPTS},
	{"known signature policy", policy_known, PASSED, LEVEL_B_B, true, false, ACCEPTS},
	{"known signature policy, no digest", policy_known_without_digest, PASSED, LEVEL_B_B, true, false, ACCEPTS},
	{"implied signature policy", policy_implied, PASSED, LEVEL_B_B, true, false, ACCEPTS},
	{"trust ended after the stamp", trust_ended_stamped, PASSED, LEVEL_B_T, false, false, OTHER_QUESTION},
	{"revoked after the stamp", revoked_later, PASSED, LEVEL_B_T, true, false, OTHER_QUESTION},
	{"data young enough", data_young_enough, PASSED, LEVEL_B_B, true, false, ACCEPTS},
	{"issuer gone, warned", no_proof_warned, PASSED, LEVEL_B_LTA, false, false, OTHER_QUESTION},

	{"cut short", format, FAILED(FORMAT_FAILURE), LEVEL_NONE, false, false, REFUSES},
	{"content changed", hash, FAILED(HASH_FAILURE), LEVEL_NONE, false, false, REFUSES},
	{"value changed", sig_crypto, FAILED(SIG_CRYPTO_FAILURE), LEVEL_NONE, false, false, REFUSES},
	{"signed after revocation", revoked_before_signing, FAILED(REVOKED), LEVEL_B_B, true, false, REFUSES},
	{"signed after the end", expired_before_signing, FAILED(EXPIRED), LEVEL_B_B, false, false, REFUSES},
	{"signed too early", not_yet, FAILED(NOT_YET_VALID), LEVEL_B_B, true, false, REFUSES},
	{"serial in the reference", broken_serial, OPEN(SIG_CONSTRAINTS_FAILURE), LEVEL_NONE, false, false, REFUSES},
	{"not for signing", wrong_usage, OPEN(CHAIN_CONSTRAINTS_FAILURE), LEVEL_B_B, true, false, OTHER_QUESTION},
	{"certificate forged", forged, OPEN(CERTIFICATE_CHAIN_GENERAL_FAILURE), LEVEL_B_B, false, false, REFUSES},
	{"weak, proven young", weak_and_young, OPEN(CRYPTO_CONSTRAINTS_FAILURE), LEVEL_B_B, true, true, OTHER_QUESTION},
	{"another signature policy", policy_altered, OPEN(POLICY_PROCESSING_ERROR), LEVEL_B_B, false, false, OTHER_QUESTION},
	{"signature policy unreadable", policy_unreadable, OPEN(POLICY_PROCESSING_ERROR), LEVEL_B_B, false, false,
		OTHER_QUESTION},
	{"unknown signature policy", policy_unknown, OPEN(SIGNATURE_POLICY_NOT_AVAILABLE), LEVEL_B_B, false, false,
		OTHER_QUESTION},
	{"stamps in a wrong order", stamp_order, OPEN(TIMESTAMP_ORDER_FAILURE), LEVEL_B_T, true, false, OTHER_QUESTION},
	{"no certificate", no_certificate, OPEN(NO_SIGNING_CERTIFICATE_FOUND), LEVEL_NONE, false, false, REFUSES},
	{"reference to another", other_certificate, OPEN(NO_SIGNING_CERTIFICATE_FOUND), LEVEL_NONE, false, false, REFUSES},
	{"unknown root", foreign, OPEN(NO_CERTIFICATE_CHAIN_FOUND), LEVEL_B_B, false, false, REFUSES},
	{"issuer ended", issuer_expired, OPEN(NO_CERTIFICATE_CHAIN_FOUND_NO_POE), LEVEL_B_B, false, false, OTHER_QUESTION},
	{"trust ended", trust_ended, OPEN(NO_CERTIFICATE_CHAIN_FOUND_NO_POE), LEVEL_B_B, false, false, OTHER_QUESTION},
	{"revoked", revoked, OPEN(REVOKED_NO_POE), LEVEL_B_B, true, false, REFUSES},
	{"CA revoked", ca_revoked, OPEN(REVOKED_CA_NO_POE), LEVEL_B_B, false, false, REFUSES},
	{"ended, was good", expired_not_revoked, OPEN(OUT_OF_BOUNDS_NOT_REVOKED), LEVEL_B_B, true, false, REFUSES},
	{"ended", expired, OPEN(OUT_OF_BOUNDS_NO_POE), LEVEL_B_B, false, false, REFUSES},
	{"responder ended", responder_expired, OPEN(REVOCATION_OUT_OF_BOUNDS_NO_POE), LEVEL_B_B, false, false,
		OTHER_QUESTION},
	{"weak", weak_refused, OPEN(CRYPTO_CONSTRAINTS_FAILURE_NO_POE), LEVEL_B_B, true, true, OTHER_QUESTION},
	{"issuer gone", no_proof, OPEN(NO_POE), LEVEL_B_LTA, false, false, OTHER_QUESTION},
	{"suspended", suspended, OPEN(TRY_LATER), LEVEL_B_B, true, false, REFUSES},
	{"data required", data_required, OPEN(TRY_LATER), LEVEL_B_B, false, false, OTHER_QUESTION},
	{"data too old", data_too_old, OPEN(TRY_LATER), LEVEL_B_B, false, false, OTHER_QUESTION},
	{"grace", grace, OPEN(TRY_LATER), LEVEL_B_T, false, false, OTHER_QUESTION},
	{"document missing", unreadable, OPEN(SIGNED_DATA_NOT_FOUND), LEVEL_NONE, false, false, OTHER_QUESTION},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static enum status
digest_content(void *arg, const char *name, unsigned char *to, size_t *len)
{
	const struct span *c = arg;
	unsigned got;

	if (c->data == NULL)
		return STATUS_IO;
	assert_int_equal(EVP_Digest(c->data, c->len, to, &got, EVP_get_digestbyname(name), NULL), 1);
	*len = got;
	return STATUS_OK;
}

/* Whatever is not simply valid says what would help, in both languages. */
static void
check_needs(const struct row *r, const struct verdict *v)
{
	char code[80];

	if (v->need_count == 0 && (r->indication != INDICATION_PASSED || !r->checked))
		fail_msg("%s: nothing is said that would help", r->name);
	for (size_t i = 0; i < v->need_count; i++) {
		snprintf(code, sizeof(code), "verdict.need.%s", verdict_need_name(v->needs[i].kind));
		if (message_find(code, LANGUAGE_VI) == NULL || message_find(code, LANGUAGE_EN) == NULL)
			fail_msg("%s is not in the catalogue", code);
	}
}

static void
check_row(const struct row *r)
{
	struct made m = {.content = content};
	struct verdict v;

	r->make(&m);
	verdict_judge_cms((struct span){m.cms.data, m.cms.len}, digest_content, &m.content, m.policy, &v);
	if (v.indication != r->indication || v.sub != r->sub || v.level != r->level || v.weak_algorithm != r->weak ||
		v.revocation_checked != r->checked)
		fail_msg("%s: %s %s %s%s%s (%s)", r->name, indication_name(v.indication), sub_indication_name(v.sub),
			level_name(v.level), v.revocation_checked ? " checked" : "", v.weak_algorithm ? " weak" : "", v.why);
	check_needs(r, &v);
	policy_free(m.policy);
	buf_free(&m.cms);
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++)
		check_row(&rows[i]);
}

static void
test_complete(void **state)
{
	(void)state;
	for (int s = SUB_NONE; s <= SUB_SIGNED_DATA_NOT_FOUND; s++) {
		bool found = false;

		for (size_t i = 0; i < ROWS; i++)
			found = found || rows[i].sub == (enum sub_indication)s;
		if (!found)
			fail_msg("no row for %s", sub_indication_name((enum sub_indication)s));
	}
}

/* The same question to openssl: signature, reference, path, lists, at the same time. */
static void
test_openssl(void **state)
{
	char *dir = fixture_scratch(), path[1100];

	(void)state;
	assert_int_equal(fixture_run(dir, "cat '%s' '%s' '%s' >all.pem", fixture_path("anchors/root.pem"),
		fixture_path("crls/root.crl"), fixture_path("crls/issuing.crl")), 0);
	for (size_t i = 0; i < ROWS; i++) {
		struct made m = {.content = content};
		int rc;

		if (rows[i].openssl == OTHER_QUESTION)
			continue;
		rows[i].make(&m);
		snprintf(path, sizeof(path), "%s/s.p7s", dir);
		fixture_write(path, m.cms.data, m.cms.len);
		snprintf(path, sizeof(path), "%s/content", dir);
		fixture_write(path, m.content.data, m.content.len);
		rc = fixture_run(dir, "openssl cms -verify -cades -binary -inform DER -in s.p7s -content content "
			"-CAfile all.pem -crl_check_all -attime %lld -purpose any -out /dev/null",
			(long long)(fixture_time(NOW) / CLOCK_SECOND));
		if ((rc == 0) != (rows[i].openssl == ACCEPTS))
			fail_msg("%s: openssl says %d", rows[i].name, rc);
		policy_free(m.policy);
		buf_free(&m.cms);
	}
	fixture_scratch_free(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_complete),
		cmocka_unit_test(test_openssl),
	};

	return cmocka_run_group_tests_name("judgement", tests, NULL, NULL);
}
