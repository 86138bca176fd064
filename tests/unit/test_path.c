/*
 * path: certification paths in the manner of NIST PKITS, its sections 4.1 to 4.16, made by tests/unit/pki_issue (none of NIST's files): each row a path
 * from the anchor down with what is odd in it, and what chain_build and chain_judge must find. The paths without odd revocation data are
 * also given to `openssl verify`. Then what is hostile: cycles, crowds of one name, endless paths, huge serials.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/pki/cert.h"
#include "lib/pki/chain.h"
#include "lib/pki/policy_data.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define NOW "2026-11-24T12:00:00Z"
#define LONG_AGO "2020-01-01T00:00:00Z"
#define FAR "2040-01-01T00:00:00Z"
#define LINKS 7

#define ENDS "[e]\nkeyUsage=critical,digitalSignature,nonRepudiation\n"
#define IS_CA "[e]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
#define CA_WITH(basic, usage) "[e]\nbasicConstraints=" basic "\nkeyUsage=" usage "\n"
#define OWN_ID "subjectKeyIdentifier=hash\n"
#define ISSUER_ID "authorityKeyIdentifier=keyid\n"
#define POLICY_1 "certificatePolicies=1.3.6.1.4.1.99999.3.1\n"
#define POLICY_2 "certificatePolicies=1.3.6.1.4.1.99999.3.2\n"
#define ANY_POLICY "certificatePolicies=2.5.29.32.0\n"
#define EXPLICIT(n) "policyConstraints=critical,requireExplicitPolicy:" #n "\n"

/* One certificate of a path; zeros are the usual. */
struct link {
	const char *config;      /* NULL: IS_CA, of the last one ENDS */
	const char *name;        /* NULL: by its place */
	const char *issuer_name; /* another one than the issuer has */
	const char *from, *to;
	bool wrong_signature, long_serial, negative_serial;
};

enum lists { GOOD_LISTS, NO_LISTS, NO_LEAF_LIST, WRONG_KEY, OLD_LISTS, ODD_LIST, LEAF_REVOKED, CA_REVOKED, NO_NEXT, TWO_LISTS,
	DELTA_REVOKES, DELTA_LIFTS, DELTA_OF_ANOTHER, EXPIRED_KEPT };

static const struct row {
	const char *what;        /* PKITS section and what is odd */
	struct link links[LINKS]; /* below the anchor; ended by one without `config` and name after `count` */
	int count;
	enum sub_indication sub;
	enum lists lists;
} rows[] = {
	{"4.1.1 valid signatures", {{0}}, 2, SUB_NONE, 0},
	{"4.1.2 CA signature wrong", {{.wrong_signature = true}}, 2, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, 0},
	{"4.1.3 end signature wrong", {{0}, {.wrong_signature = true}}, 2, SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE, 0},

	{"4.2.1 CA not yet valid", {{.from = "2027-01-01T00:00:00Z"}}, 2, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, 0},
	{"4.2.2 end not yet valid", {{0}, {.from = "2027-01-01T00:00:00Z"}}, 2, SUB_OUT_OF_BOUNDS_NO_POE, 0},
	{"4.2.3 notBefore before 2000", {{0}, {.from = "1955-01-01T00:00:00Z"}}, 2, SUB_NONE, 0},
	{"4.2.5 CA ended", {{.to = "2025-01-01T00:00:00Z"}}, 2, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, 0},
	{"4.2.6 end ended", {{0}, {.to = "2025-01-01T00:00:00Z"}}, 2, SUB_OUT_OF_BOUNDS_NO_POE, 0},
	{"4.2.8 notAfter after 2050", {{0}, {.to = "2150-01-01T00:00:00Z"}}, 2, SUB_NONE, 0},

	{"4.3.1 issuer has another name", {{0}, {.issuer_name = "CA khác"}}, 2, SUB_NO_CERTIFICATE_CHAIN_FOUND, 0},
	{"4.3.2 names in another order", {{.name = "/O=Cơ quan/CN=CA"}, {.issuer_name = "/CN=CA/O=Cơ quan"}}, 2,
		SUB_NO_CERTIFICATE_CHAIN_FOUND, 0},
	{"4.3.3 blanks do not count", {{.name = "CA  mot"}, {.issuer_name = "CA mot"}}, 2, SUB_NONE, 0},
	{"4.3.5 case does not count", {{.name = "CA mot"}, {.issuer_name = "ca MOT"}}, 2, SUB_NONE, 0},

	{"4.4.1 no list", {{0}}, 2, SUB_TRY_LATER, NO_LISTS},
	{"4.4.1 no list about the end", {{0}}, 2, SUB_TRY_LATER, NO_LEAF_LIST},
	{"4.4.2 CA revoked", {{0}}, 2, SUB_REVOKED_CA_NO_POE, CA_REVOKED},
	{"4.4.3 end revoked", {{0}}, 2, SUB_REVOKED_NO_POE, LEAF_REVOKED},
	{"4.4.4 list signed by another key", {{0}}, 2, SUB_TRY_LATER, WRONG_KEY},
	{"4.4.7 two lists", {{0}}, 2, SUB_NONE, TWO_LISTS},
	{"4.4.10 unknown critical extension in the list", {{0}}, 2, SUB_TRY_LATER, ODD_LIST},
	{"4.4.11 nextUpdate has passed", {{0}}, 2, SUB_TRY_LATER, OLD_LISTS},
	{"4.4 no nextUpdate", {{0}}, 2, SUB_TRY_LATER, NO_NEXT},
	{"4.4.14 negative serial", {{0}, {.negative_serial = true}}, 2, SUB_NONE, 0},
	{"4.4.16 long serial", {{0}, {.long_serial = true}}, 2, SUB_NONE, 0},
	{"4.4.18 long serial, revoked", {{0}, {.long_serial = true}}, 2, SUB_REVOKED_NO_POE, LEAF_REVOKED},
	{"4.4 list keeps ended ones", {{0}, {.to = "2026-06-01T00:00:00Z"}}, 2, SUB_OUT_OF_BOUNDS_NOT_REVOKED, EXPIRED_KEPT},

	{"4.5 new key by the old one", {{.name = "CA đổi khóa", .config = IS_CA OWN_ID}, {.name = "CA đổi khóa",
		.config = IS_CA OWN_ID ISSUER_ID}, {.config = ENDS ISSUER_ID}}, 3, SUB_NONE, 0},

	{"4.6.1 no basicConstraints", {{.config = "[e]\nkeyUsage=critical,keyCertSign,cRLSign\n"}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.6.2 CA false, critical", {{.config = CA_WITH("critical,CA:FALSE", "critical,keyCertSign,cRLSign")}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.6.3 CA false", {{.config = CA_WITH("CA:FALSE", "critical,keyCertSign,cRLSign")}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.6.4 not critical", {{.config = CA_WITH("CA:TRUE", "critical,keyCertSign,cRLSign")}}, 2, SUB_NONE, 0},
	{"4.6.5 path length 0, a CA below", {{.config = CA_WITH("critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign")}}, 3,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.6.7 path length 0, the end below", {{.config = CA_WITH("critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign")}},
		2, SUB_NONE, 0},
	{"4.6.9 path length 1, two CAs below", {{.config = CA_WITH("critical,CA:TRUE,pathlen:1", "critical,keyCertSign,cRLSign")}},
		4, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.6.13 path length 1, one CA below", {{.config = CA_WITH("critical,CA:TRUE,pathlen:1", "critical,keyCertSign,cRLSign")}},
		3, SUB_NONE, 0},
	{"4.6.15 self-issued ones do not count", {{.config = CA_WITH("critical,CA:TRUE,pathlen:0", "critical,keyCertSign,cRLSign")
		OWN_ID, .name = "CA tự cấp"}, {.name = "CA tự cấp", .config = IS_CA OWN_ID ISSUER_ID},
		{.config = ENDS ISSUER_ID}}, 3, SUB_NONE, 0},

	{"4.7.1 no keyCertSign, critical", {{.config = CA_WITH("critical,CA:TRUE", "critical,digitalSignature,cRLSign")}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.7.2 no keyCertSign", {{.config = CA_WITH("critical,CA:TRUE", "digitalSignature,cRLSign")}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.7.3 keyUsage not critical", {{.config = CA_WITH("critical,CA:TRUE", "keyCertSign,cRLSign")}}, 2, SUB_NONE, 0},
	{"4.7.4 no cRLSign", {{.config = CA_WITH("critical,CA:TRUE", "critical,keyCertSign")}}, 2, SUB_TRY_LATER, 0},
	{"4.7 end without signing", {{0}, {.config = "[e]\nkeyUsage=critical,keyEncipherment\n"}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},

	{"4.8.1 the same policy", {{.config = IS_CA POLICY_1 EXPLICIT(0)}, {.config = ENDS POLICY_1}}, 2, SUB_NONE, 0},
	{"4.8.3 another policy", {{.config = IS_CA POLICY_1 EXPLICIT(0)}, {.config = ENDS POLICY_2}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.8.2 no policy, none wanted", {{0}}, 2, SUB_NONE, 0},
	{"4.8.11 any policy", {{.config = IS_CA ANY_POLICY EXPLICIT(0)}, {.config = ENDS POLICY_2}}, 2, SUB_NONE, 0},
	{"4.9.1 explicit policy wanted deep below", {{.config = IS_CA POLICY_1 EXPLICIT(5)}}, 3, SUB_NONE, 0},
	{"4.9.3 explicit policy wanted, none there", {{.config = IS_CA POLICY_1 EXPLICIT(0)}}, 3, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.10.1 policy mapped", {{.config = IS_CA POLICY_1 EXPLICIT(0)
		"policyMappings=critical,1.3.6.1.4.1.99999.3.1:1.3.6.1.4.1.99999.3.2\n"}, {.config = ENDS POLICY_2}}, 2, SUB_NONE, 0},
	{"4.10.7 any policy mapped", {{.config = IS_CA POLICY_1 EXPLICIT(0)
		"policyMappings=critical,1.3.6.1.4.1.99999.3.1:2.5.29.32.0\n"}, {.config = ENDS POLICY_1}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.11.1 mapping inhibited", {{.config = IS_CA POLICY_1 "policyConstraints=critical,requireExplicitPolicy:0,inhibitPolicyMapping:0\n"},
		{.config = IS_CA POLICY_1 "policyMappings=critical,1.3.6.1.4.1.99999.3.1:1.3.6.1.4.1.99999.3.2\n"},
		{.config = ENDS POLICY_2}}, 3, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.12.1 any policy inhibited", {{.config = IS_CA POLICY_1 EXPLICIT(0) "inhibitAnyPolicy=critical,0\n"},
		{.config = ENDS ANY_POLICY}}, 2, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.12.2 any policy inhibited, the policy named", {{.config = IS_CA POLICY_1 EXPLICIT(0) "inhibitAnyPolicy=critical,0\n"},
		{.config = ENDS POLICY_1}}, 2, SUB_NONE, 0},

	{"4.13.1 name permitted", {{.config = IS_CA "nameConstraints=critical,permitted;dirName:n\n[n]\nO=Co quan\n"},
		{.name = "/O=Co quan/CN=A"}}, 2, SUB_NONE, 0},
	{"4.13.2 name not permitted", {{.config = IS_CA "nameConstraints=critical,permitted;dirName:n\n[n]\nO=Co quan\n"},
		{.name = "/O=Khac/CN=A"}}, 2, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.13.7 name excluded", {{.config = IS_CA "nameConstraints=critical,excluded;dirName:n\n[n]\nO=Co quan\n"},
		{.name = "/O=Co quan/CN=A"}}, 2, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.13.21 mail permitted", {{.config = IS_CA "nameConstraints=critical,permitted;email:.quan.example\n"},
		{.config = ENDS "subjectAltName=email:a@van-phong.quan.example\n"}}, 2, SUB_NONE, 0},
	{"4.13.22 mail not permitted", {{.config = IS_CA "nameConstraints=critical,permitted;email:.quan.example\n"},
		{.config = ENDS "subjectAltName=email:a@other.example\n"}}, 2, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.13.30 host permitted", {{.config = IS_CA "nameConstraints=critical,permitted;DNS:quan.example\n"},
		{.config = ENDS "subjectAltName=DNS:van-phong.quan.example\n"}}, 2, SUB_NONE, 0},
	{"4.13.31 host not permitted", {{.config = IS_CA "nameConstraints=critical,permitted;DNS:quan.example\n"},
		{.config = ENDS "subjectAltName=DNS:khacquan.example\n"}}, 2, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.13.35 address excluded", {{.config = IS_CA "nameConstraints=critical,excluded;URI:.quan.example\n"},
		{.config = ENDS "subjectAltName=URI:http://a.quan.example/x\n"}}, 2, SUB_CHAIN_CONSTRAINTS_FAILURE, 0},

	{"4.15.1 a delta revokes", {{0}}, 2, SUB_REVOKED_NO_POE, DELTA_REVOKES},
	{"4.15.4 a delta lifts the hold", {{0}}, 2, SUB_NONE, DELTA_LIFTS},
	{"4.15.5 a delta to another base", {{0}}, 2, SUB_NONE, DELTA_OF_ANOTHER},

	{"4.16.1 unknown extension", {{0}, {.config = ENDS "1.3.6.1.4.1.99999.9.9=DER:05:00\n"}}, 2, SUB_NONE, 0},
	{"4.16.2 unknown critical extension", {{0}, {.config = ENDS "1.3.6.1.4.1.99999.9.9=critical,DER:05:00\n"}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
	{"4.16 unknown critical extension of the CA", {{.config = IS_CA "1.3.6.1.4.1.99999.9.9=critical,DER:05:00\n"}}, 2,
		SUB_CHAIN_CONSTRAINTS_FAILURE, 0},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* A made path: anchor first. */
struct made {
	struct subject subjects[LINKS + 1];
	int count;
};

static void
make(const struct row *r, struct made *m)
{
	static const unsigned char long_serial[20] = {0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19};
	struct issue anchor = {.name = "Gốc của thử nghiệm", .from = LONG_AGO, .to = FAR, .config = IS_CA};

	m->subjects[0] = issue(&anchor);
	for (int i = 0; i < r->count; i++) {
		const struct link *l = &r->links[i];
		char name[40];
		struct issue one = {.name = l->name, .issuer = &m->subjects[i], .issuer_name = l->issuer_name,
			.from = l->from != NULL ? l->from : LONG_AGO, .to = l->to != NULL ? l->to : FAR,
			.config = l->config != NULL ? l->config : i == r->count - 1 ? ENDS : IS_CA,
			.wrong_signature = l->wrong_signature};

		snprintf(name, sizeof(name), "Bậc %d", i + 1);
		if (one.name == NULL)
			one.name = name;
		if (l->long_serial) {
			one.serial_bytes = long_serial;
			one.serial_len = sizeof(long_serial);
		}
		if (l->negative_serial)
			one.serial = -17;
		m->subjects[i + 1] = issue(&one);
	}
	m->count = r->count + 1;
}

static void
unmake(struct made *m)
{
	for (int i = 0; i < m->count; i++)
		subject_free(&m->subjects[i]);
}

static X509_CRL *
odd_list(const struct subject *issuer)
{
	X509_CRL *crl = issue_crl(&(struct issue_crl){.issuer = issuer, .from = "2026-11-01T00:00:00Z",
		.to = "2027-01-01T00:00:00Z"});
	ASN1_TIME *t = ASN1_TIME_set(NULL, 0);

	assert_int_equal(X509_CRL_add1_ext_i2d(crl, NID_invalidity_date, t, 1, 0), 1);
	assert_true(X509_CRL_sign(crl, issuer->key, EVP_sha256()) > 0);
	ASN1_TIME_free(t);
	return crl;
}

/* Every CA's list about the next one. */
static void
add_lists(struct policy *p, const struct made *m, enum lists kind)
{
	for (int i = 0; i + 1 < m->count; i++) {
		bool leaf = i + 2 == m->count;
		struct issue_revoked revoked = {m->subjects[i + 1].cert, "2026-03-01T00:00:00Z", CRL_REASON_KEY_COMPROMISE, NULL};
		struct issue_crl c = {.issuer = &m->subjects[i], .from = "2026-11-01T00:00:00Z", .to = "2027-01-01T00:00:00Z",
			.number = 10};
		struct issue_crl delta = {.issuer = &m->subjects[i], .from = "2026-11-20T00:00:00Z", .to = "2027-01-01T00:00:00Z",
			.number = 12, .base = 10, .revoked = &revoked, .count = 1};

		if (kind == NO_LISTS || (kind == NO_LEAF_LIST && leaf))
			continue;
		if ((kind == LEAF_REVOKED && leaf) || (kind == CA_REVOKED && !leaf) || (kind == DELTA_LIFTS && leaf)) {
			c.revoked = &revoked;
			c.count = 1;
		}
		if (kind == OLD_LISTS) {
			c.from = "2026-01-01T00:00:00Z";
			c.to = "2026-02-01T00:00:00Z";
		}
		if (kind == NO_NEXT)
			c.to = NULL;
		if (kind == EXPIRED_KEPT)
			c.expired_from = "2019-01-01T00:00:00Z";
		if (kind == WRONG_KEY && leaf) {
			struct subject other = {m->subjects[i].cert, m->subjects[0].key};

			c.issuer = &other;
			policy_take_crl(p, issue_crl(&c));
			continue;
		}
		if (kind == ODD_LIST && leaf) {
			policy_take_crl(p, odd_list(&m->subjects[i]));
			continue;
		}
		if (kind == DELTA_LIFTS && leaf)
			revoked.reason = CRL_REASON_CERTIFICATE_HOLD;
		policy_take_crl(p, issue_crl(&c));
		if (kind == TWO_LISTS) {
			c.from = "2026-10-01T00:00:00Z";
			policy_take_crl(p, issue_crl(&c));
		}
		if (kind == DELTA_LIFTS)
			revoked.reason = CRL_REASON_REMOVE_FROM_CRL;
		if (kind == DELTA_OF_ANOTHER)
			delta.base = 11;
		if (leaf && (kind == DELTA_REVOKES || kind == DELTA_LIFTS || kind == DELTA_OF_ANOTHER))
			policy_take_crl(p, issue_crl(&delta));
	}
}

static enum sub_indication
find(const struct row *r, const struct made *m, const char **why)
{
	struct policy *p = policy_new(fixture_time(NOW));
	STACK_OF(X509) *inside = sk_X509_new_null(), *path = NULL;
	struct revocation_query q = {.t = fixture_time(NOW)};
	struct chain_finding f;
	enum sub_indication sub;

	policy_trust(p, &m->subjects[0]);
	policy_set_revocation(p, POLICY_REVOCATION_REQUIRE);
	add_lists(p, m, r->lists);
	for (int i = 1; i < m->count; i++)
		sk_X509_push(inside, m->subjects[i].cert);
	sub = chain_build(m->subjects[m->count - 1].cert, inside, p, CHAIN_USE_DOCUMENT, &path, NULL, why);
	if (sub == SUB_NONE) {
		assert_int_equal(sk_X509_num(path), m->count);
		chain_judge(path, p, CHAIN_USE_DOCUMENT, &q, &f);
		sub = f.sub;
		*why = f.why;
	}
	sk_X509_pop_free(path, X509_free);
	sk_X509_free(inside);
	policy_free(p);
	return sub;
}

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		const char *why = "";
		struct made m;
		enum sub_indication sub;

		make(&rows[i], &m);
		sub = find(&rows[i], &m, &why);
		if (sub != rows[i].sub)
			fail_msg("%s: %s (%s), wanted %s", rows[i].what, sub_indication_name(sub), why,
				sub_indication_name(rows[i].sub));
		unmake(&m);
	}
}

static void
write_pem(const char *path, X509 *cert, const char *mode)
{
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	assert_int_equal(PEM_write_X509(f, cert), 1);
	fclose(f);
}

/* Where only the path itself is odd, openssl verify must agree. */
static void
test_openssl(void **state)
{
	char *dir = fixture_scratch(), anchor[1100], between[1100], leaf[1100];

	(void)state;
	snprintf(anchor, sizeof(anchor), "%s/anchor.pem", dir);
	snprintf(between, sizeof(between), "%s/between.pem", dir);
	snprintf(leaf, sizeof(leaf), "%s/leaf.pem", dir);
	for (size_t i = 0; i < ROWS; i++) {
		struct made m;
		int rc;

		if (rows[i].lists != GOOD_LISTS || rows[i].sub == SUB_TRY_LATER || strstr(rows[i].what, "end without") != NULL)
			continue;
		make(&rows[i], &m);
		write_pem(anchor, m.subjects[0].cert, "w");
		write_pem(leaf, m.subjects[m.count - 1].cert, "w");
		fixture_write(between, "", 0);
		for (int k = 1; k + 1 < m.count; k++)
			write_pem(between, m.subjects[k].cert, "a");
		rc = fixture_run(dir, "openssl verify -CAfile anchor.pem -untrusted between.pem -policy_check -policy 2.5.29.32.0 -purpose any "
			"-attime %lld leaf.pem", (long long)(fixture_time(NOW) / CLOCK_SECOND));
		if ((rc == 0) != (rows[i].sub == SUB_NONE))
			fail_msg("%s: openssl says %d", rows[i].what, rc);
		unmake(&m);
	}
	fixture_scratch_free(dir);
}

/* A period that nobody can read is no period: the signed certificate is good at no time, neither as the end nor as a CA. */
static void
test_unreadable_period(void **state)
{
	static const char *const times[] = {"26110%000000Z", "2601010000Z", "260101000000+0700", "20260101000000.5Z"};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(times) / sizeof(times[0]); i++) {
		const struct row *good = &rows[0];
		const char *time = times[i / 2], *why = "";
		struct made m;
		X509 *odd;

		make(good, &m);
		odd = m.subjects[2 - i % 2].cert;
		assert_int_equal(find(good, &m, &why), SUB_NONE);
		assert_int_equal(ASN1_STRING_set(X509_getm_notBefore(odd), time, -1), 1);
		X509_getm_notBefore(odd)->type = time[4] == '0' && strlen(time) > 16 ? V_ASN1_GENERALIZEDTIME : V_ASN1_UTCTIME;
		assert_true(X509_sign(odd, m.subjects[1 - i % 2].key, EVP_sha256()) > 0);
		assert_false(cert_has_period(odd));
		assert_false(cert_valid_at(odd, fixture_time(NOW)));
		if (find(good, &m, &why) != SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE)
			fail_msg("%s as the time of certificate %zu", time, 2 - i % 2);
		unmake(&m);
	}
}

/* --- hostile --- */

static enum sub_indication
build(struct policy *p, X509 *leaf, const STACK_OF(X509) *inside, int *length)
{
	STACK_OF(X509) *path = NULL;
	const char *why;
	enum sub_indication sub = chain_build(leaf, inside, p, CHAIN_USE_DOCUMENT, &path, NULL, &why);

	*length = path != NULL ? sk_X509_num(path) : 0;
	sk_X509_pop_free(path, X509_free);
	return sub;
}

/* Two authorities that certify each other, and nobody else does. */
static void
test_cycle(void **state)
{
	EVP_PKEY *ka = EVP_EC_gen("P-256"), *kb = EVP_EC_gen("P-256");
	struct subject as_issuer_a = {NULL, ka}, as_issuer_b = {NULL, kb};
	struct issue a = {.name = "A", .from = LONG_AGO, .to = FAR, .config = IS_CA, .key = ka};
	struct issue b = {.name = "B", .from = LONG_AGO, .to = FAR, .config = IS_CA, .key = kb};
	struct issue end = {.name = "C", .from = LONG_AGO, .to = FAR, .config = ENDS};
	struct subject self_a = issue(&a), self_b = issue(&b), ab, ba, leaf;
	struct policy *p = policy_new(fixture_time(NOW));
	STACK_OF(X509) *inside = sk_X509_new_null();
	int length;

	(void)state;
	as_issuer_a.cert = self_a.cert;
	as_issuer_b.cert = self_b.cert;
	a.issuer = &as_issuer_b;
	b.issuer = &as_issuer_a;
	ab = issue(&a);
	ba = issue(&b);
	end.issuer = &as_issuer_a;
	leaf = issue(&end);
	for (int i = 0; i < 3; i++) {
		sk_X509_push(inside, ab.cert);
		sk_X509_push(inside, ba.cert);
		sk_X509_push(inside, self_a.cert);
		sk_X509_push(inside, self_b.cert);
	}
	policy_trust(p, &leaf);
	assert_int_equal(build(p, leaf.cert, inside, &length), SUB_NONE); /* an anchor itself */
	policy_free(p);
	p = policy_new(fixture_time(NOW));
	assert_int_equal(build(p, leaf.cert, inside, &length), SUB_NO_CERTIFICATE_CHAIN_FOUND);
	/* where one of them is trusted, the way out of the cycle is found */
	policy_trust(p, &self_b);
	assert_int_equal(build(p, leaf.cert, inside, &length), SUB_NONE);
	assert_int_equal(length, 3);
	policy_free(p);
	sk_X509_free(inside);
	subject_free(&self_a);
	subject_free(&self_b);
	subject_free(&ab);
	subject_free(&ba);
	subject_free(&leaf);
	EVP_PKEY_free(ka);
	EVP_PKEY_free(kb);
}

/* Crowds of certificates with the issuer's name and other keys: the office's own intermediate is found, and the search ends. */
static void
test_crowd(void **state)
{
	struct made m;
	struct policy *p = policy_new(fixture_time(NOW));
	STACK_OF(X509) *inside = sk_X509_new_null();
	EVP_PKEY *other = EVP_EC_gen("P-256");
	clock_us before;
	int length;

	(void)state;
	make(&rows[0], &m);
	policy_trust(p, &m.subjects[0]);
	for (int i = 0; i < 2000; i++) {
		struct issue decoy = {.name = "Bậc 1", .from = LONG_AGO, .to = FAR, .config = IS_CA, .key = other, .serial = i + 1};
		struct subject s = issue(&decoy);

		sk_X509_push(inside, s.cert);
		EVP_PKEY_free(s.key);
	}
	before = clock_monotonic();
	assert_int_equal(build(p, m.subjects[2].cert, inside, &length), SUB_CERTIFICATE_CHAIN_GENERAL_FAILURE);
	print_message("crowd of 2000: %lld us\n", (long long)(clock_monotonic() - before));
	/* 128 signatures at most are checked: a second is far more than that takes */
	assert_true(clock_monotonic() - before < 10 * CLOCK_SECOND);
	/* the right one among the first hundred is found, though others of its name come before it */
	sk_X509_insert(inside, m.subjects[1].cert, 100);
	assert_int_equal(build(p, m.subjects[2].cert, inside, &length), SUB_NONE);
	(void)sk_X509_delete(inside, 100);
	/* what the office knows comes first, whatever came along */
	policy_know(p, &m.subjects[1]);
	assert_int_equal(build(p, m.subjects[2].cert, inside, &length), SUB_NONE);
	assert_int_equal(length, 3);
	policy_free(p);
	sk_X509_pop_free(inside, X509_free);
	EVP_PKEY_free(other);
	unmake(&m);
}

/* A tree of cross-certificates in which every authority certifies every other: many ways, none to an anchor. */
static void
test_mesh(void **state)
{
	enum { N = 8 };
	EVP_PKEY *keys[N];
	struct subject own[N], leaf;
	STACK_OF(X509) *inside = sk_X509_new_null();
	struct policy *p = policy_new(fixture_time(NOW));
	char name[N][16];
	clock_us before;
	int length;
	struct issue end = {.name = "C", .issuer = &own[0], .from = LONG_AGO, .to = FAR, .config = ENDS};

	(void)state;
	for (int i = 0; i < N; i++) {
		struct issue self = {.name = name[i], .from = LONG_AGO, .to = FAR, .config = IS_CA};

		snprintf(name[i], sizeof(name[i]), "M%d", i);
		keys[i] = self.key = EVP_EC_gen("P-256");
		own[i] = issue(&self);
	}
	for (int i = 0; i < N; i++)
		for (int k = 0; k < N; k++) {
			struct issue cross = {.name = name[i], .issuer = &own[k], .from = LONG_AGO, .to = FAR, .config = IS_CA,
				.key = keys[i]};
			struct subject s;

			if (i == k)
				continue;
			s = issue(&cross);
			sk_X509_push(inside, s.cert);
			EVP_PKEY_free(s.key);
		}
	leaf = issue(&end);
	before = clock_monotonic();
	assert_int_not_equal(build(p, leaf.cert, inside, &length), SUB_NONE);
	print_message("mesh of %d: %lld us\n", N, (long long)(clock_monotonic() - before));
	assert_true(clock_monotonic() - before < 10 * CLOCK_SECOND);
	subject_free(&leaf);
	for (int i = 0; i < N; i++) {
		subject_free(&own[i]);
		EVP_PKEY_free(keys[i]);
	}
	sk_X509_pop_free(inside, X509_free);
	policy_free(p);
}

/* Longer than CHAIN_DEPTH. */
static void
test_endless(void **state)
{
	struct subject chain[CHAIN_DEPTH + 4];
	STACK_OF(X509) *inside = sk_X509_new_null();
	struct policy *p = policy_new(fixture_time(NOW));
	int length;

	(void)state;
	for (int i = 0; i < CHAIN_DEPTH + 4; i++) {
		char name[16];
		struct issue one = {.name = name, .issuer = i > 0 ? &chain[i - 1] : NULL, .from = LONG_AGO, .to = FAR, .config = IS_CA};

		snprintf(name, sizeof(name), "D%d", i);
		chain[i] = issue(&one);
		sk_X509_push(inside, chain[i].cert);
	}
	policy_trust(p, &chain[0]);
	assert_int_equal(build(p, chain[CHAIN_DEPTH + 1].cert, inside, &length), SUB_NONE);
	assert_int_equal(length, CHAIN_DEPTH + 2);
	assert_int_equal(build(p, chain[CHAIN_DEPTH + 2].cert, inside, &length), SUB_CHAIN_CONSTRAINTS_FAILURE);
	for (int i = 0; i < CHAIN_DEPTH + 4; i++)
		subject_free(&chain[i]);
	sk_X509_free(inside);
	policy_free(p);
}

/* A serial number of 8 KiB is a number like another, and shown cut. */
static void
test_huge_serial(void **state)
{
	unsigned char serial[8192];
	struct issue anchor = {.name = "Gốc", .from = LONG_AGO, .to = FAR, .config = IS_CA};
	struct issue end = {.name = "Số lớn", .from = LONG_AGO, .to = FAR, .config = ENDS, .serial_bytes = serial,
		.serial_len = sizeof(serial)};
	struct subject root = issue(&anchor), leaf;
	struct policy *p = policy_new(fixture_time(NOW));
	struct issue_revoked revoked;
	struct buf cms;
	struct verdict v;
	struct span content = {(const unsigned char *)"x", 1};

	(void)state;
	memset(serial, 0x5a, sizeof(serial));
	end.issuer = &root;
	leaf = issue(&end);
	policy_trust(p, &root);
	revoked = (struct issue_revoked){leaf.cert, "2026-03-01T00:00:00Z", -1, NULL};
	policy_take_crl(p, issue_crl(&(struct issue_crl){.issuer = &root, .from = "2026-11-01T00:00:00Z",
		.to = "2027-01-01T00:00:00Z", .revoked = &revoked, .count = 1}));
	cms = issue_signature(&leaf, NULL, NULL, content);
	verdict_judge_cms((struct span){cms.data, cms.len}, fixture_digest, &content, p, &v);
	assert_int_equal(v.sub, SUB_REVOKED_NO_POE);
	assert_true(strlen(v.serial) < sizeof(v.serial));
	buf_free(&cms);
	policy_free(p);
	subject_free(&leaf);
	subject_free(&root);
}

/* An authority renewed its certificate with the same key: of the two the path takes the one that the end was issued under, wherever they are and in whatever order. */
static void
test_renewed(void **state)
{
	enum { OLD, NEW };
	static const char *const from[] = {"2015-01-01T00:00:00Z", "2022-01-01T00:00:00Z"}, *const to[] = {"2023-01-01T00:00:00Z", "2032-01-01T00:00:00Z"};
	static const char *const end_from[] = {"2020-01-01T00:00:00Z", "2024-01-01T00:00:00Z"}, *const end_to[] = {"2022-06-01T00:00:00Z", "2029-01-01T00:00:00Z"};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	struct subject root, ca[2], end;

	(void)state;
	root = issue(&(struct issue){.name = "Root", .from = LONG_AGO, .to = FAR, .config = IS_CA});
	for (int i = OLD; i <= NEW; i++)
		ca[i] = issue(&(struct issue){.name = "CA", .issuer = &root, .from = from[i], .to = to[i], .config = IS_CA, .key = key});
	for (int row = 0; row < 16; row++) {
		int first = row & 1, which = row >> 1 & 1;
		enum { ANCHORS, KNOWN, CARRIED, MIXED } place = row >> 2;
		struct policy *p = policy_new(fixture_time(NOW));
		STACK_OF(X509) *inside = sk_X509_new_null(), *path = NULL;
		const char *why;

		if (place != ANCHORS)
			policy_trust(p, &root);
		for (int k = 0; k < 2; k++) {
			struct subject *one = &ca[first ^ k];

			if (place == ANCHORS)
				policy_trust(p, one);
			else if (place == KNOWN || (place == MIXED && k == 0))
				policy_know(p, one);
			else
				sk_X509_push(inside, one->cert);
		}
		end = issue(&(struct issue){.name = "Leader", .issuer = &ca[which], .from = end_from[which], .to = end_to[which], .config = ENDS});
		assert_int_equal(chain_build(end.cert, inside, p, CHAIN_USE_DOCUMENT, &path, NULL, &why), SUB_NONE);
		if (X509_cmp(sk_X509_value(path, 1), ca[which].cert) != 0)
			fail_msg("row %d: of the two the other one", row);
		sk_X509_pop_free(path, X509_free);
		sk_X509_free(inside);
		subject_free(&end);
		policy_free(p);
	}
	/* an end that lies in neither's time still has its path, and a crowd that came along does not hide the office's certificate */
	{
		struct policy *p = policy_new(fixture_time(NOW));
		STACK_OF(X509) *inside = sk_X509_new_null();
		EVP_PKEY *other = EVP_EC_gen("P-256");
		int length;

		policy_trust(p, &root);
		policy_know(p, &ca[OLD]);
		for (int i = 0; i < 200; i++) {
			struct subject s = issue(&(struct issue){.name = "CA", .from = LONG_AGO, .to = FAR, .config = IS_CA, .key = other, .serial = i + 1});

			sk_X509_push(inside, s.cert);
			EVP_PKEY_free(s.key);
		}
		end = issue(&(struct issue){.name = "Leader", .issuer = &ca[OLD], .from = end_from[OLD], .to = "2031-01-01T00:00:00Z", .config = ENDS});
		assert_int_equal(build(p, end.cert, inside, &length), SUB_NONE);
		assert_int_equal(length, 3);
		subject_free(&end);
		sk_X509_pop_free(inside, X509_free);
		EVP_PKEY_free(other);
		policy_free(p);
	}
	EVP_PKEY_free(key);
	subject_free(&root);
	subject_free(&ca[OLD]);
	subject_free(&ca[NEW]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_openssl),
		cmocka_unit_test(test_unreadable_period),
		cmocka_unit_test(test_cycle),
		cmocka_unit_test(test_crowd),
		cmocka_unit_test(test_mesh),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_huge_serial),
		cmocka_unit_test(test_renewed),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
