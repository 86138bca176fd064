/*
 * crl_signer: lists that the path's issuer did not sign by its own key, in the manner of NIST PKITS 4.4.19 to 4.4.21 (separate keys for certificates and lists), 4.5 (change of keys)
 * and 4.14.22 to 4.14.35 (indirect lists, cRLIssuer), made by tests/unit/pki_issue: who may sign, and everybody who may not: another name, no cRLSign, revoked, ended, and one of the same
 * name below the same anchor. Where OpenSSL answers the same question it is asked too.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/x509v3.h>

#include "lib/pki/chain.h"
#include "lib/pki/crl_signer.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define NOW "2026-11-24T12:00:00Z"
#define LONG_AGO "2020-01-01T00:00:00Z"
#define FAR "2040-01-01T00:00:00Z"

#define IS_CA "[e]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
#define IS_CA_TOO IS_CA "authorityKeyIdentifier=keyid\n"
#define LISTS_ONLY "[e]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,cRLSign\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
#define ENDS "[e]\nkeyUsage=critical,digitalSignature,nonRepudiation\nsubjectKeyIdentifier=hash\n"
#define KEYID "[e]\nauthorityKeyIdentifier=keyid\n" /* of lists: by it OpenSSL tells certificates of one name apart */
#define POINT ENDS "crlDistributionPoints=dp\n[dp]\n"
#define WHO "CRLissuer=dirName:who\n[who]\nCN=Lister\n"
#define PLACE "fullname=URI:http://pki.demo.invalid/all.crl\n"
#define INDIRECT KEYID "issuingDistributionPoint=critical,@idp\n[idp]\nindirectCRL=TRUE\n"

/* Who there is; MADE ones are issued by the row. */
enum who { ROOT, CA, OTHER_ROOT, EVIL, SIGNER, WHO_COUNT };
enum revoked { NOTHING, LEAF, LEAF_OF_OTHER, SIGNER_TOO };

static const struct row {
	const char *what;
	/* the certificate that signs the list */
	const char *name, *config, *to;
	enum who by;              /* who certified it */
	bool signer_is_ca;        /* the list is by the CA's own key all the same */
	bool unknown;             /* the certificate is nowhere to be found */
	const char *leaf, *idp;   /* extensions of the leaf and of the list; NULL: the usual, none */
	enum revoked revoked;
	enum sub_indication sub;  /* with revocation: require */
	enum { SAME, STRICTER, LOOSER } openssl; /* than RFC 5280 as OpenSSL reads it */
} rows[] = {
	{"4.4.19 separate certificate for lists, by who certified the CA", "CA", LISTS_ONLY, NULL, ROOT, .sub = SUB_NONE},
	{"4.4.19 the same, by the CA itself", "CA", LISTS_ONLY, NULL, CA, .sub = SUB_NONE},
	{"4.4.19 the end revoked by such a list", "CA", LISTS_ONLY, NULL, ROOT, .revoked = LEAF, .sub = SUB_REVOKED_NO_POE},
	{"4.4.20 that certificate is revoked", "CA", LISTS_ONLY, NULL, ROOT, .revoked = SIGNER_TOO, .sub = SUB_TRY_LATER, .openssl = STRICTER},
	{"4.4.21 without cRLSign", "CA", ENDS, NULL, ROOT, .sub = SUB_TRY_LATER},
	{"4.4 nobody knows that certificate", "CA", LISTS_ONLY, NULL, ROOT, .unknown = true, .sub = SUB_TRY_LATER},
	{"4.4 without keyUsage, no authority", "CA", "[e]\nbasicConstraints=critical,CA:FALSE\nsubjectKeyIdentifier=hash\n", NULL, ROOT, .sub = SUB_TRY_LATER, .openssl = STRICTER},
	{"4.4 with an unknown critical extension", "CA", LISTS_ONLY "1.2.3.4=critical,ASN1:NULL\n", NULL, ROOT, .sub = SUB_TRY_LATER, .openssl = STRICTER},
	{"4.4 ended", "CA", LISTS_ONLY, "2026-11-10T00:00:00Z", ROOT, .sub = SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE, .openssl = STRICTER},
	{"4.5.2 old key, both certified from above", "CA", IS_CA_TOO, NULL, ROOT, .sub = SUB_NONE},
	{"4.5.4 new key certified by the old one", "CA", IS_CA_TOO, NULL, CA, .sub = SUB_NONE},
	{"4.5 the end revoked by the other key", "CA", IS_CA_TOO, NULL, CA, .revoked = LEAF, .sub = SUB_REVOKED_NO_POE},

	{"same name, below the same anchor, by another authority", "CA", LISTS_ONLY, NULL, EVIL, .sub = SUB_TRY_LATER, .openssl = STRICTER},
	{"same name in capitals, by another authority", "ca", LISTS_ONLY, NULL, EVIL, .sub = SUB_TRY_LATER, .openssl = STRICTER},
	{"same name, below another anchor", "CA", LISTS_ONLY, NULL, OTHER_ROOT, .sub = SUB_TRY_LATER, .openssl = STRICTER},
	{"same name, by itself", "CA", IS_CA_TOO, NULL, SIGNER, .sub = SUB_TRY_LATER},
	{"another name, not indirect", "Lister", LISTS_ONLY, NULL, ROOT, .sub = SUB_TRY_LATER},

	{"4.14.22 indirect, of the CA itself", "", NULL, NULL, ROOT, .signer_is_ca = true, .idp = INDIRECT, .sub = SUB_NONE},
	{"4.14.23 the same, the end is on it", "", NULL, NULL, ROOT, .signer_is_ca = true, .idp = INDIRECT, .revoked = LEAF, .sub = SUB_REVOKED_NO_POE},
	{"4.14.25 the same, another's certificate of that serial is on it", "", NULL, NULL, ROOT, .signer_is_ca = true, .idp = INDIRECT, .revoked = LEAF_OF_OTHER, .sub = SUB_NONE},
	{"4.14.26 a list by another, which the end does not name", "Lister", LISTS_ONLY, NULL, ROOT, .idp = INDIRECT, .sub = SUB_TRY_LATER},
	{"4.14.28 cRLIssuer, certified from above", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT WHO, .idp = INDIRECT, .revoked = LEAF_OF_OTHER, .sub = SUB_NONE},
	{"4.14.29 cRLIssuer, certified by the CA", "Lister", LISTS_ONLY, NULL, CA, .leaf = POINT WHO, .idp = INDIRECT, .sub = SUB_NONE},
	{"4.14.30 cRLIssuer, with the name of the point", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT PLACE WHO,
		.idp = INDIRECT PLACE, .sub = SUB_NONE},
	{"4.14.31 the end is on it", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT WHO, .idp = INDIRECT, .revoked = LEAF, .sub = SUB_REVOKED_NO_POE},
	{"4.14.34 cRLIssuer, the list is not indirect", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT WHO, .sub = SUB_TRY_LATER},
	{"4.14.35 cRLIssuer, the list has another point", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT PLACE WHO,
		.idp = INDIRECT "fullname=URI:http://pki.demo.invalid/other.crl\n", .sub = SUB_TRY_LATER},
	{"cRLIssuer is somebody else", "Lister 2", LISTS_ONLY, NULL, ROOT, .leaf = POINT WHO, .idp = INDIRECT, .sub = SUB_TRY_LATER},
	{"cRLIssuer's name below the same anchor, by another authority", "Lister", LISTS_ONLY, NULL, EVIL, .leaf = POINT WHO, .idp = INDIRECT, .sub = SUB_TRY_LATER,
		.openssl = STRICTER},
	{"cRLIssuer without cRLSign", "Lister", ENDS, NULL, ROOT, .leaf = POINT WHO, .idp = INDIRECT, .sub = SUB_TRY_LATER},
	{"cRLIssuer, for some reasons only", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT WHO, .idp = INDIRECT "onlysomereasons=keyCompromise\n",
		.sub = SUB_TRY_LATER},
	{"cRLIssuer, only for authorities", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT WHO, .idp = INDIRECT "onlyCA=TRUE\n", .sub = SUB_TRY_LATER},
	{"cRLIssuer for some reasons only", "Lister", LISTS_ONLY, NULL, ROOT, .leaf = POINT "reasons=keyCompromise\n" WHO, .idp = INDIRECT, .sub = SUB_TRY_LATER},
};

struct made {
	struct subject who[WHO_COUNT], leaf;
	X509_CRL *list, *of_root;
};

static void
make(const struct row *r, struct made *m)
{
	struct issue_crl c = {.from = "2026-11-01T00:00:00Z", .to = "2027-01-01T00:00:00Z", .config = r->idp != NULL ? r->idp : KEYID};
	struct issue_revoked revoked = {.when = "2026-03-01T00:00:00Z", .reason = CRL_REASON_KEY_COMPROMISE};

	m->who[ROOT] = issue(&(struct issue){.name = "Root", .from = LONG_AGO, .to = FAR, .config = IS_CA});
	m->who[OTHER_ROOT] = issue(&(struct issue){.name = "Other root", .from = LONG_AGO, .to = FAR, .config = IS_CA});
	m->who[EVIL] = issue(&(struct issue){.name = "Evil", .issuer = &m->who[ROOT], .from = LONG_AGO, .to = FAR, .config = IS_CA});
	m->who[CA] = issue(&(struct issue){.name = "CA", .issuer = &m->who[ROOT], .from = LONG_AGO, .to = FAR, .config = IS_CA});
	m->leaf = issue(&(struct issue){.name = "Leader", .issuer = &m->who[CA], .from = LONG_AGO, .to = FAR, .config = r->leaf != NULL ? r->leaf : ENDS});
	if (r->signer_is_ca)
		m->who[SIGNER] = (struct subject){NULL, NULL};
	else
		m->who[SIGNER] = issue(&(struct issue){.name = r->name, .issuer = r->by == SIGNER ? NULL : &m->who[r->by], .from = LONG_AGO,
			.to = r->to != NULL ? r->to : FAR, .config = r->config});
	c.issuer = r->signer_is_ca ? &m->who[CA] : &m->who[SIGNER];
	if (r->revoked == LEAF || r->revoked == LEAF_OF_OTHER) {
		/* on a list by another than the issuer each entry says whose certificate it is */
		revoked.cert = m->leaf.cert;
		revoked.issuer = r->revoked == LEAF_OF_OTHER ? m->who[EVIL].cert : r->idp != NULL ? m->who[CA].cert : NULL;
		c.revoked = &revoked;
		c.count = 1;
	}
	m->list = issue_crl(&c);
	c = (struct issue_crl){.issuer = &m->who[ROOT], .from = "2026-11-01T00:00:00Z", .to = "2027-01-01T00:00:00Z"};
	if (r->revoked == SIGNER_TOO) {
		revoked.cert = m->who[SIGNER].cert;
		c.revoked = &revoked;
		c.count = 1;
	}
	m->of_root = issue_crl(&c);
}

static void
unmake(struct made *m)
{
	for (int i = 0; i < WHO_COUNT; i++)
		subject_free(&m->who[i]);
	subject_free(&m->leaf);
	X509_CRL_free(m->list);
	X509_CRL_free(m->of_root);
}

static struct policy *
make_policy(const struct row *r, const struct made *m)
{
	struct policy *p = policy_new(fixture_time(NOW));

	policy_trust(p, &m->who[ROOT]);
	policy_trust(p, &m->who[OTHER_ROOT]);
	policy_set_revocation(p, POLICY_REVOCATION_REQUIRE);
	policy_know(p, &m->who[CA]);
	policy_know(p, &m->who[EVIL]);
	if (m->who[SIGNER].cert != NULL && !r->unknown)
		policy_know(p, &m->who[SIGNER]);
	X509_CRL_up_ref(m->list);
	X509_CRL_up_ref(m->of_root);
	policy_take_crl(p, m->list);
	policy_take_crl(p, m->of_root);
	return p;
}

static enum sub_indication
judge(const struct row *r, const struct made *m, const char **why)
{
	struct policy *p = make_policy(r, m);
	STACK_OF(X509) *path = NULL;
	struct revocation_query q = {.t = fixture_time(NOW)};
	struct chain_finding f;

	assert_int_equal(chain_build(m->leaf.cert, NULL, p, CHAIN_USE_DOCUMENT, &path, NULL, why), SUB_NONE);
	assert_int_equal(sk_X509_num(path), 3);
	chain_judge(path, p, CHAIN_USE_DOCUMENT, &q, &f);
	*why = f.why;
	sk_X509_pop_free(path, X509_free);
	policy_free(p);
	return f.sub;
}

/* OpenSSL with its support for these lists, about the leaf alone. */
static bool
openssl_takes(const struct row *r, const struct made *m)
{
	X509_STORE *store = X509_STORE_new();
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) *others = sk_X509_new_null();
	STACK_OF(X509_CRL) *lists = sk_X509_CRL_new_null();
	bool good;

	X509_STORE_add_cert(store, m->who[ROOT].cert);
	sk_X509_push(others, m->who[CA].cert);
	sk_X509_push(others, m->who[EVIL].cert);
	if (m->who[SIGNER].cert != NULL && !r->unknown)
		sk_X509_push(others, m->who[SIGNER].cert);
	sk_X509_CRL_push(lists, m->list);
	sk_X509_CRL_push(lists, m->of_root);
	assert_int_equal(X509_STORE_CTX_init(ctx, store, m->leaf.cert, others), 1);
	X509_STORE_CTX_set0_crls(ctx, lists);
	X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_CRL_CHECK | X509_V_FLAG_EXTENDED_CRL_SUPPORT);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)(fixture_time(NOW) / CLOCK_SECOND));
	good = X509_verify_cert(ctx) == 1;
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(others);
	sk_X509_CRL_free(lists);
	return good;
}

static void
test_rows(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const char *why = "";
		struct made m;
		enum sub_indication sub;

		make(r, &m);
		sub = judge(r, &m, &why);
		if (sub != r->sub) {
			print_error("%s: %s (%s), not %s\n", r->what, sub_indication_name(sub), why, sub_indication_name(r->sub));
			wrong++;
		}
		/* what is good here is good there, and the other way round but for the rows where we ask for more */
		if (r->openssl != STRICTER && openssl_takes(r, &m) != (r->sub == SUB_NONE)) {
			print_error("%s: OpenSSL does not agree\n", r->what);
			wrong++;
		}
		unmake(&m);
	}
	assert_int_equal(wrong, 0);
}

/* Many certificates of the CA's name, none of which signed: the search is bounded, and the answer of another list still found. */
static void
test_crowd(void **state)
{
	const struct row r = {.what = "crowd", .name = "CA", .config = LISTS_ONLY, .by = EVIL};
	struct revocation_query q = {.t = fixture_time(NOW)};
	struct subject crowd[40];
	struct revocation found;
	struct policy *p;
	struct made m;

	(void)state;
	make(&r, &m);
	p = make_policy(&r, &m);
	for (size_t i = 0; i < 40; i++) {
		crowd[i] = issue(&(struct issue){.name = "CA", .issuer = &m.who[EVIL], .from = LONG_AGO, .to = FAR, .config = LISTS_ONLY});
		policy_know(p, &crowd[i]);
	}
	crl_find(m.leaf.cert, m.who[CA].cert, p, &q, &found);
	assert_int_equal(found.state, REVOCATION_UNKNOWN);
	assert_true(p->searches <= 2 * CRL_SIGNERS_MAX);
	policy_take_crl(p, issue_crl(&(struct issue_crl){.issuer = &m.who[CA], .from = "2026-11-01T00:00:00Z", .to = "2027-01-01T00:00:00Z"}));
	crl_find(m.leaf.cert, m.who[CA].cert, p, &q, &found);
	assert_int_equal(found.state, REVOCATION_GOOD);
	assert_null(found.signer);
	policy_free(p);
	for (size_t i = 0; i < 40; i++)
		subject_free(&crowd[i]);
	unmake(&m);
}

/*
 * A stranger puts an authority's public key, which everybody has, into a certificate of his own: below that he certifies who he likes. The file brings it along, before the
 * right one; what is above an authority is the path to an anchor and nothing else. Once below the anchor, once above one that is no root.
 */
static void
test_key_in_another_certificate(void **state)
{
	(void)state;
	for (int above_anchor = 0; above_anchor < 2; above_anchor++) {
		struct subject root = issue(&(struct issue){.name = "Root", .from = LONG_AGO, .to = FAR, .config = IS_CA});
		struct subject mid = issue(&(struct issue){.name = "Mid", .issuer = &root, .from = LONG_AGO, .to = FAR, .config = IS_CA_TOO});
		struct subject ca = issue(&(struct issue){.name = "CA", .issuer = &mid, .from = LONG_AGO, .to = FAR, .config = IS_CA_TOO});
		struct subject leaf = issue(&(struct issue){.name = "Leader", .issuer = &ca, .from = LONG_AGO, .to = FAR, .config = ENDS});
		struct subject evil = issue(&(struct issue){.name = "Evil", .from = LONG_AGO, .to = FAR, .config = IS_CA});
		const struct subject *taken = above_anchor ? &root : &mid;
		struct subject planted = issue(&(struct issue){.name = above_anchor ? "Root" : "Mid", .issuer = &evil, .key = taken->key, .from = LONG_AGO, .to = FAR,
			.config = IS_CA_TOO});
		struct subject signer = issue(&(struct issue){.name = "CA", .issuer = &evil, .from = LONG_AGO, .to = FAR, .config = LISTS_ONLY});
		STACK_OF(X509) *carried = sk_X509_new_null(), *path = NULL;
		struct revocation_query q = {.t = fixture_time(NOW)};
		struct policy *p = policy_new(fixture_time(NOW));
		struct revocation found;
		const char *why;

		sk_X509_push(carried, planted.cert);
		sk_X509_push(carried, evil.cert);
		sk_X509_push(carried, signer.cert);
		sk_X509_push(carried, mid.cert);
		sk_X509_push(carried, ca.cert);
		policy_trust(p, above_anchor ? &mid : &root);
		p->carried = carried;
		policy_take_crl(p, issue_crl(&(struct issue_crl){.issuer = &signer, .from = "2026-11-01T00:00:00Z", .to = "2027-01-01T00:00:00Z", .config = KEYID}));
		assert_int_equal(chain_build(leaf.cert, carried, p, CHAIN_USE_DOCUMENT, &path, NULL, &why), SUB_NONE);
		crl_find(leaf.cert, ca.cert, p, &q, &found);
		assert_int_equal(found.state, REVOCATION_UNKNOWN);
		sk_X509_pop_free(path, X509_free);
		policy_free(p);
		sk_X509_free(carried);
		subject_free(&planted);
		subject_free(&signer);
		subject_free(&evil);
		subject_free(&leaf);
		subject_free(&ca);
		subject_free(&mid);
		subject_free(&root);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_key_in_another_certificate),
	};

	return cmocka_run_group_tests_name("crl_signer", tests, NULL, NULL);
}
