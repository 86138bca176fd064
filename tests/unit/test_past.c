/*
 * past: signatures whose certificates are long gone, judged in 2030 by what their timestamps and archive timestamps prove (EN 319 102-1 5.6):
 * a PKI of dates made for it, archives renewed once, and each single proof taken away again.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/x509v3.h>

#include "lib/pki/cades_extend.h"
#include "lib/pki/verdict_data.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define NOW "2030-03-01T00:00:00Z"

static const unsigned char text[] = "quyết định năm 2019";
static const struct span content = {text, sizeof(text) - 1};

/* Roots and authorities live long unless said; signer, TSA 1 and TSA 2 are gone in 2030, TSA 3 is there. */
static struct world {
	struct subject root, ca, old_ca, signer, old_signer, tsa1, tsa2, tsa3;
	X509 *chain[2], *old_chain[2];
} w;

static struct subject
make(const char *name, const struct subject *issuer, const char *from, const char *to, const char *config)
{
	struct issue i = {.name = name, .issuer = issuer, .from = from, .to = to, .config = config};

	return issue(&i);
}

static int
set_up(void **state)
{
	(void)state;
	w.root = make("Gốc", NULL, "2010-01-01T00:00:00Z", "2050-01-01T00:00:00Z", ISSUE_CA);
	w.ca = make("CA", &w.root, "2015-01-01T00:00:00Z", "2040-01-01T00:00:00Z", ISSUE_CA);
	w.old_ca = make("CA cũ", &w.root, "2015-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ISSUE_CA);
	w.signer = make("Người ký", &w.ca, "2018-01-01T00:00:00Z", "2020-01-01T00:00:00Z", ISSUE_SIGNER);
	w.old_signer = make("Người ký cũ", &w.old_ca, "2018-01-01T00:00:00Z", "2020-01-01T00:00:00Z", ISSUE_SIGNER);
	w.tsa1 = make("TSA 1", &w.root, "2018-01-01T00:00:00Z", "2023-01-01T00:00:00Z", ISSUE_TSA);
	w.tsa2 = make("TSA 2", &w.root, "2021-01-01T00:00:00Z", "2026-01-01T00:00:00Z", ISSUE_TSA);
	w.tsa3 = make("TSA 3", &w.root, "2024-01-01T00:00:00Z", "2035-01-01T00:00:00Z", ISSUE_TSA);
	w.chain[0] = w.ca.cert;
	w.old_chain[0] = w.old_ca.cert;
	return 0;
}

static int
tear_down(void **state)
{
	struct subject *all[] = {&w.root, &w.ca, &w.old_ca, &w.signer, &w.old_signer, &w.tsa1, &w.tsa2, &w.tsa3};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		subject_free(all[i]);
	return 0;
}

static X509_CRL *
crl(const struct subject *issuer, const char *from, const char *to, const struct issue_revoked *revoked, size_t count)
{
	struct issue_crl c = {.issuer = issuer, .from = from, .to = to, .revoked = revoked, .count = count, .number = 1};

	return issue_crl(&c);
}

/* What the administrator's folder has in 2030: the root, and the root's lists of 2025 and of today. */
static struct policy *
policy_2030(void)
{
	struct policy *p = policy_new(fixture_time(NOW));

	policy_trust(p, &w.root);
	policy_take_crl(p, crl(&w.root, "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", NULL, 0));
	policy_take_crl(p, crl(&w.root, "2030-02-01T00:00:00Z", "2030-04-01T00:00:00Z", NULL, 0));
	return p;
}

static struct buf
with_crl(struct buf cms, X509_CRL *list)
{
	struct buf der = issue_crl_der(list), out;
	struct cades_proof proof = {CADES_PROOF_CRL, {der.data, der.len}};

	buf_init(&out, CMS_MAX);
	assert_int_equal(cades_add_proofs((struct span){cms.data, cms.len}, &proof, 1, &out, NULL), STATUS_OK);
	assert_true(out.len > 0);
	X509_CRL_free(list);
	buf_free(&der);
	buf_free(&cms);
	return out;
}

static struct buf
with_root(struct buf cms)
{
	struct buf der = issue_cert_der(w.root.cert), out;
	struct cades_proof proof = {CADES_PROOF_CERT, {der.data, der.len}};

	buf_init(&out, CMS_MAX);
	assert_int_equal(cades_add_proofs((struct span){cms.data, cms.len}, &proof, 1, &out, NULL), STATUS_OK);
	buf_free(&der);
	buf_free(&cms);
	return out;
}

/* What was done to the signature over the years. */
#define STAMPED 1u   /* 2019: signature timestamp by TSA 1 */
#define DATA_2019 2u /* the lists of June 2019 */
#define ARCHIVED 4u  /* 2021: by TSA 2 */
#define DATA_2022 8u /* the root's list of June 2022 */
#define RENEWED 16u  /* 2025: archived by TSA 3 */
#define EVERYTHING 31u

static struct buf
live(const struct subject *signer, const struct subject *ca, X509 *const *chain, const EVP_MD *md, unsigned steps)
{
	struct buf b = issue_signature(signer, chain, md, content);

	if (steps & STAMPED)
		b = issue_stamped(b, &w.tsa1, NULL, "2019-03-01T00:00:00Z");
	if (steps & DATA_2019) {
		b = with_crl(b, crl(&w.root, "2019-06-01T00:00:00Z", "2019-12-01T00:00:00Z", NULL, 0));
		b = with_crl(b, crl(ca, "2019-06-01T00:00:00Z", "2019-07-01T00:00:00Z", NULL, 0));
		b = with_root(b);
	}
	if (steps & ARCHIVED)
		b = issue_archived(b, content, &w.tsa2, NULL, "2021-06-01T00:00:00Z");
	if (steps & DATA_2022)
		b = with_crl(b, crl(&w.root, "2022-06-01T00:00:00Z", "2022-12-01T00:00:00Z", NULL, 0));
	if (steps & RENEWED)
		b = issue_archived(b, content, &w.tsa3, NULL, "2025-06-01T00:00:00Z");
	return b;
}

static struct verdict
judge(const struct buf *cms, const struct policy *p)
{
	struct span c = content;
	struct verdict v;

	verdict_judge_cms((struct span){cms->data, cms->len}, fixture_digest, &c, p, &v);
	return v;
}

#define assert_verdict(v, s, l)                                                                    \
	do {                                                                                       \
		const struct verdict *v_ = (v);                                                    \
		if (v_->sub != (s) || v_->level != (l))                                            \
			fail_msg("%s %s %s (%s), wanted %s %s", indication_name(v_->indication),   \
				sub_indication_name(v_->sub), level_name(v_->level), v_->why,      \
				sub_indication_name(s), level_name(l));                            \
	} while (0)

static void
test_life(void **state)
{
	static const struct {
		unsigned steps;
		enum sub_indication sub;
		enum level level;
		const char *proven; /* NULL: not */
	} rows[] = {
		{EVERYTHING, SUB_NONE, LEVEL_B_LTA, "2019-03-01T00:00:00Z"},
		/* TSA 3 alone: the signature existed in 2025, which is too late */
		{EVERYTHING & ~ARCHIVED & ~STAMPED, SUB_OUT_OF_BOUNDS_NO_POE, LEVEL_B_T, "2025-06-01T00:00:00Z"},
		/* never renewed: TSA 2 is gone, nothing proves that its timestamp is old */
		{STAMPED | DATA_2019 | ARCHIVED, SUB_OUT_OF_BOUNDS_NO_POE, LEVEL_B_B, NULL},
		{STAMPED, SUB_OUT_OF_BOUNDS_NO_POE, LEVEL_B_B, NULL},
		/* TSA 1 was good in June 2022 by data that is proven; without it nobody knows */
		{EVERYTHING & ~DATA_2022, SUB_OUT_OF_BOUNDS_NO_POE, LEVEL_B_T, "2021-06-01T00:00:00Z"},
		{0, SUB_OUT_OF_BOUNDS_NO_POE, LEVEL_B_B, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf cms = live(&w.signer, &w.ca, w.chain, NULL, rows[i].steps);
		struct policy *p = policy_2030();
		struct verdict v = judge(&cms, p);

		assert_verdict(&v, rows[i].sub, rows[i].level);
		assert_true(v.proven_time == (rows[i].proven != NULL ? fixture_time(rows[i].proven) : 0));
		policy_free(p);
		buf_free(&cms);
	}
}

/* The same signature judged as the years pass. */
static void
test_years(void **state)
{
	struct buf cms = live(&w.signer, &w.ca, w.chain, NULL, STAMPED | DATA_2019);
	struct policy *p = policy_new(fixture_time("2019-06-15T00:00:00Z"));
	struct verdict v;

	(void)state;
	policy_trust(p, &w.root);
	v = judge(&cms, p);
	assert_verdict(&v, SUB_NONE, LEVEL_B_LT);
	assert_true(v.revocation_checked);
	policy_free(p);
	/* the signer's certificate has ended, the TSA's has not */
	p = policy_new(fixture_time("2022-07-01T00:00:00Z"));
	policy_trust(p, &w.root);
	policy_take_crl(p, crl(&w.root, "2022-06-01T00:00:00Z", "2022-12-01T00:00:00Z", NULL, 0));
	v = judge(&cms, p);
	assert_verdict(&v, SUB_NONE, LEVEL_B_LT);
	assert_true(v.revocation_checked);
	policy_free(p);
	buf_free(&cms);
}

/* The issuing authority itself has ended: what it said counts only where it is proven that it said it in time. */
static void
test_issuer_gone(void **state)
{
	struct buf cms = live(&w.old_signer, &w.old_ca, w.old_chain, NULL, EVERYTHING);
	struct policy *p = policy_2030();
	struct verdict v = judge(&cms, p);

	(void)state;
	/* by the list of 2025 the CA was good when the lists of 2019 were archived in 2021 */
	assert_verdict(&v, SUB_NONE, LEVEL_B_LTA);
	assert_true(v.by_past);
	assert_true(v.revocation_checked);
	policy_free(p);
	/* without it: the CA is known to be good until June 2022 only; still after 2021 */
	p = policy_new(fixture_time(NOW));
	policy_trust(p, &w.root);
	policy_take_crl(p, crl(&w.root, "2030-02-01T00:00:00Z", "2030-04-01T00:00:00Z", NULL, 0));
	/* but nobody says that TSA 2 was good when TSA 3 archived its timestamp: that proves only 2025 */
	v = judge(&cms, p);
	assert_verdict(&v, SUB_NO_POE, LEVEL_B_T);
	policy_free(p);
	buf_free(&cms);
}

/* Revoked long after; by the proven list of the time it was not. */
static void
test_revoked_since(void **state)
{
	struct issue_revoked ca = {w.ca.cert, "2029-01-01T00:00:00Z", CRL_REASON_CA_COMPROMISE, NULL};
	struct buf cms = live(&w.signer, &w.ca, w.chain, NULL, EVERYTHING);
	struct policy *p = policy_new(fixture_time(NOW));
	struct verdict v;

	(void)state;
	policy_trust(p, &w.root);
	policy_set_revocation(p, POLICY_REVOCATION_REQUIRE);
	policy_take_crl(p, crl(&w.root, "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z", NULL, 0));
	policy_take_crl(p, crl(&w.root, "2030-02-01T00:00:00Z", "2030-04-01T00:00:00Z", &ca, 1));
	v = judge(&cms, p);
	assert_verdict(&v, SUB_NONE, LEVEL_B_LTA);
	assert_true(v.by_past);
	policy_free(p);
	buf_free(&cms);
}

/* A weak digest was acceptable until 2020: proven to be older, it still is. */
static void
test_weak(void **state)
{
	struct policy *p = policy_2030();
	struct buf cms = live(&w.signer, &w.ca, w.chain, EVP_sha1(), EVERYTHING);
	struct verdict v;

	(void)state;
	policy_set_weak(p, POLICY_WEAK_REFUSE, fixture_time("2020-01-01T00:00:00Z"));
	v = judge(&cms, p);
	assert_verdict(&v, SUB_NONE, LEVEL_B_LTA);
	assert_true(v.weak_algorithm);
	policy_set_weak(p, POLICY_WEAK_REFUSE, fixture_time("2019-01-01T00:00:00Z"));
	v = judge(&cms, p);
	assert_int_equal(v.sub, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE);
	assert_string_equal(v.weak_name, "SHA1");
	policy_free(p);
	buf_free(&cms);
}

/* Something covered by an archive timestamp was taken out or altered afterwards: that timestamp proves nothing any more. */
static void
test_archive_broken(void **state)
{
	struct buf cms = live(&w.signer, &w.ca, w.chain, NULL, EVERYTHING);
	struct policy *p = policy_2030();
	struct buf root = issue_cert_der(w.root.cert);
	struct verdict v;
	bool found = false;

	(void)state;
	for (size_t i = 0; i + root.len <= cms.len && !found; i++)
		if (memcmp(cms.data + i, root.data, root.len) == 0) {
			cms.data[i + root.len - 1] ^= 1;
			found = true;
		}
	assert_true(found);
	v = judge(&cms, p);
	assert_int_equal(v.sub, SUB_OUT_OF_BOUNDS_NO_POE);
	assert_int_equal(v.stamp_count, 3);
	assert_int_equal(v.stamps[0].kind, STAMP_ARCHIVE);
	assert_int_equal(v.stamps[0].sub, SUB_HASH_FAILURE);
	policy_free(p);
	buf_free(&root);
	buf_free(&cms);
}

/* The same life as a PDF has it: lists in the DSS, document timestamps. */
struct file {
	struct buf cms, tokens[2], crls[3];
	struct span revisions[2];
	struct verdict_proof proofs[4];
	struct verdict_stamp stamps[2];
	struct verdict_evidence evidence;
	struct buf certs[1];
};

static struct buf
stamp_of(const struct subject *tsa, struct span revision, const char *time)
{
	unsigned char digest[32];

	assert_int_equal(EVP_Digest(revision.data, revision.len, digest, NULL, EVP_sha256(), NULL), 1);
	return issue_token(tsa, NULL, (struct span){digest, sizeof(digest)}, time);
}

static void
make_file(struct file *f)
{
	static const unsigned char bytes[] = "toàn bộ tệp, sửa đổi 1, sửa đổi 2";
	X509_CRL *lists[] = {crl(&w.root, "2019-06-01T00:00:00Z", "2019-12-01T00:00:00Z", NULL, 0),
		crl(&w.ca, "2019-06-01T00:00:00Z", "2019-07-01T00:00:00Z", NULL, 0),
		crl(&w.root, "2022-06-01T00:00:00Z", "2022-12-01T00:00:00Z", NULL, 0)};

	memset(f, 0, sizeof(*f));
	f->cms = issue_stamped(issue_signature(&w.signer, w.chain, NULL, content), &w.tsa1, NULL,
		"2019-03-01T00:00:00Z");
	buf_put(&f->cms, "\0\0\0\0", 4); /* the rest of the hole */
	f->revisions[0] = (struct span){bytes, 20};
	f->revisions[1] = (struct span){bytes, sizeof(bytes) - 1};
	f->tokens[0] = stamp_of(&w.tsa2, f->revisions[0], "2021-06-01T00:00:00Z");
	f->tokens[1] = stamp_of(&w.tsa3, f->revisions[1], "2025-06-01T00:00:00Z");
	for (size_t i = 0; i < 3; i++) {
		f->crls[i] = issue_crl_der(lists[i]);
		X509_CRL_free(lists[i]);
		f->proofs[i] = (struct verdict_proof){VERDICT_PROOF_CRL, {f->crls[i].data, f->crls[i].len}, i < 2 ? 0 : 1};
	}
	f->certs[0] = issue_cert_der(w.root.cert);
	f->proofs[3] = (struct verdict_proof){VERDICT_PROOF_CERT, {f->certs[0].data, f->certs[0].len}, 0};
	for (size_t i = 0; i < 2; i++)
		f->stamps[i] = (struct verdict_stamp){{f->tokens[i].data, f->tokens[i].len}, fixture_digest, &f->revisions[i]};
	f->evidence = (struct verdict_evidence){f->proofs, 4, f->stamps, 2};
}

static void
free_file(struct file *f)
{
	buf_free(&f->cms);
	for (size_t i = 0; i < 2; i++)
		buf_free(&f->tokens[i]);
	for (size_t i = 0; i < 3; i++)
		buf_free(&f->crls[i]);
	buf_free(&f->certs[0]);
}

static struct verdict
judge_file(struct file *f, const struct policy *p, struct verdict stamps[2])
{
	struct verdict_run *run = verdict_run_new(p, &f->evidence);
	struct span c = content;
	struct verdict v;

	assert_non_null(run);
	verdict_run_cms(run, (struct span){f->cms.data, f->cms.len}, fixture_digest, &c, 0, &v);
	for (size_t i = 0; i < f->evidence.stamp_count; i++)
		verdict_run_stamp(run, i, &stamps[i]);
	verdict_run_free(run);
	return v;
}

static void
test_document(void **state)
{
	struct policy *p = policy_2030();
	struct verdict v, stamps[2];
	struct file f;

	(void)state;
	make_file(&f);
	v = judge_file(&f, p, stamps);
	assert_verdict(&v, SUB_NONE, LEVEL_B_LTA);
	assert_true(v.proven_time == fixture_time("2019-03-01T00:00:00Z"));
	assert_true(v.revocation_checked);
	assert_int_equal(stamps[0].sub, SUB_NONE);
	assert_true(stamps[0].by_past);
	assert_int_equal(stamps[1].sub, SUB_NONE);
	assert_false(stamps[1].by_past);
	/* the newest alone: it proves 2025, and TSA 2 was good then, but the signature's own time was before */
	f.evidence.stamp_count = 1;
	v = judge_file(&f, p, stamps);
	assert_int_equal(v.sub, SUB_OUT_OF_BOUNDS_NO_POE);
	assert_int_equal(stamps[0].sub, SUB_OUT_OF_BOUNDS_NO_POE);
	f.evidence.stamp_count = 2;
	/* lists that no timestamp covers prove nothing about then: TSA 1 was good, but when was that said? It was said of 2022: after 2021. */
	f.proofs[2].covered_by = VERDICT_NOT_COVERED;
	v = judge_file(&f, p, stamps);
	assert_int_equal(v.sub, SUB_NONE);
	/* the newest timestamp is about another file */
	f.revisions[1].len--;
	v = judge_file(&f, p, stamps);
	assert_int_equal(v.sub, SUB_OUT_OF_BOUNDS_NO_POE);
	assert_int_equal(stamps[1].sub, SUB_HASH_FAILURE);
	assert_int_equal(stamps[0].sub, SUB_OUT_OF_BOUNDS_NO_POE);
	free_file(&f);
	policy_free(p);
}

/* A signature made after a timestamp is not covered by it. */
static void
test_not_covered(void **state)
{
	struct policy *p = policy_2030();
	struct verdict v, stamps[2];
	struct verdict_run *run;
	struct span c = content;
	struct file f;

	(void)state;
	make_file(&f);
	run = verdict_run_new(p, &f.evidence);
	verdict_run_cms(run, (struct span){f.cms.data, f.cms.len}, fixture_digest, &c, VERDICT_NOT_COVERED, &v);
	assert_int_equal(v.sub, SUB_OUT_OF_BOUNDS_NO_POE);
	assert_true(v.proven_time == 0);
	verdict_run_cms(run, (struct span){f.cms.data, f.cms.len}, fixture_digest, &c, 1, &v);
	verdict_run_stamp(run, 7, &stamps[0]);
	assert_int_equal(stamps[0].sub, SUB_FORMAT_FAILURE);
	verdict_run_free(run);
	free_file(&f);
	policy_free(p);
}

/*
 * A responder that has forgotten an ended certificate calls it good: that takes nothing back. Signed three months after the revocation; the CA's list of then, and
 * an answer of 2022, years after the end.
 */
static void
test_good_after_the_end(void **state)
{
	static const struct {
		bool list;               /* the list that has the revocation is at hand */
		const char *answer, *to; /* "good", of then */
		enum sub_indication sub;
	} rows[] = {
		{true, NULL, NULL, SUB_REVOKED_NO_POE},
		{true, "2022-06-30T00:00:00Z", "2022-07-30T00:00:00Z", SUB_REVOKED_NO_POE},
		{true, "2019-12-01T00:00:00Z", "2019-12-02T00:00:00Z", SUB_REVOKED_NO_POE}, /* in time, but revoked stays revoked */
		{false, "2022-06-30T00:00:00Z", "2022-07-30T00:00:00Z", SUB_OUT_OF_BOUNDS_NO_POE},
		{false, NULL, NULL, SUB_OUT_OF_BOUNDS_NO_POE},
	};
	const struct issue_revoked gone = {w.signer.cert, "2019-03-01T00:00:00Z", -1, NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf cms = issue_stamped(issue_signature(&w.signer, w.chain, NULL, content), &w.tsa1, NULL, "2019-06-01T00:00:00Z");
		struct policy *p = policy_new(fixture_time("2022-07-01T00:00:00Z"));
		struct span c = content;
		struct verdict v;

		policy_set_revocation(p, POLICY_REVOCATION_REQUIRE);
		policy_trust(p, &w.root);
		policy_take_crl(p, crl(&w.root, "2022-06-15T00:00:00Z", "2022-08-01T00:00:00Z", NULL, 0));
		if (rows[i].list)
			policy_take_crl(p, crl(&w.ca, "2019-04-01T00:00:00Z", "2019-07-01T00:00:00Z", &gone, 1));
		if (rows[i].answer != NULL) {
			const struct issue_ocsp o = {.issuer = &w.ca, .responder = &w.ca, .cert = w.signer.cert, .from = rows[i].answer, .to = rows[i].to};
			struct buf answer = issue_ocsp(&o);

			assert_int_equal(policy_add_ocsp(p, (struct span){answer.data, answer.len}), STATUS_OK);
			buf_free(&answer);
		}
		verdict_judge_cms((struct span){cms.data, cms.len}, fixture_digest, &c, p, &v);
		if (v.sub != rows[i].sub)
			fail_msg("%zu: %s (%s), expected %s", i, sub_indication_name(v.sub), v.why, sub_indication_name(rows[i].sub));
		policy_free(p);
		buf_free(&cms);
	}
}

/*
 * A run judges RUN_TOKENS_MAX timestamps; those over it prove nothing.
 */
static void
test_too_many(void **state)
{
	struct buf cms = issue_signature(&w.signer, w.chain, NULL, content);
	struct policy *p = policy_new(fixture_time("2022-07-01T00:00:00Z"));
	struct verdict_run *run;
	struct span c = content;
	struct verdict v;
	size_t judged = 0;
	clock_us before;

	(void)state;
	policy_trust(p, &w.root);
	for (int i = 0; i < 8; i++)
		cms = issue_stamped(cms, &w.tsa1, NULL, "2019-03-01T00:00:00Z");
	run = verdict_run_new(p, NULL);
	before = clock_monotonic();
	for (size_t i = 0; i < RUN_TOKENS_MAX / 8 + 2; i++) {
		verdict_run_cms(run, (struct span){cms.data, cms.len}, fixture_digest, &c, VERDICT_NOT_COVERED, &v);
		judged += v.proven_time != 0;
	}
	print_message("%d timestamps: %lld us\n", RUN_TOKENS_MAX, (long long)(clock_monotonic() - before));
	assert_int_equal(judged, RUN_TOKENS_MAX / 8);
	assert_int_equal(v.sub, SUB_OUT_OF_BOUNDS_NO_POE);
	assert_int_equal(v.stamps[0].sub, SUB_POLICY_PROCESSING_ERROR);
	verdict_run_free(run);
	policy_free(p);
	buf_free(&cms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_years),
		cmocka_unit_test(test_issuer_gone),
		cmocka_unit_test(test_revoked_since),
		cmocka_unit_test(test_weak),
		cmocka_unit_test(test_archive_broken),
		cmocka_unit_test(test_document),
		cmocka_unit_test(test_not_covered),
		cmocka_unit_test(test_good_after_the_end),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests_name("past", tests, set_up, tear_down);
}
