/*
 * make_seeds FOLDER: whole certificates, lists, answers, signatures and tokens by the keys of forge, a folder for each target: what its fuzzer starts from.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "lib/base/digest.h"
#include "lib/pki/cades_extend.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/counter.h"
#include "lib/pki/der.h"
#include "tests/fuzz/forge.h"
#include "tests/unit/pki_fixture.h"

#define FROM "2026-11-01T00:00:00Z"
#define TO "2026-12-31T00:00:00Z"

static const char *folder;

static void
put(const char *target, const char *name, struct buf b)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", folder, target);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", folder, target, name);
	fixture_write(path, b.data, b.len);
	buf_free(&b);
}

/* A certificate for everything that the path rules ask about. */
static void
make_certs(void)
{
	static const struct {
		const char *name, *config;
		enum forge_who issuer;
	} odd[] = {
		{"timestamping", ISSUE_TSA, FORGE_ISSUING},
		{"mapped", "[e]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\ncertificatePolicies=1.2.3.4,1.2.3.5\n"
			"policyMappings=1.2.3.4:1.2.3.5\npolicyConstraints=requireExplicitPolicy:0,inhibitPolicyMapping:1\ninhibitAnyPolicy=2\n", FORGE_ROOT},
		{"excluded", "[e]\nbasicConstraints=critical,CA:TRUE\nnameConstraints=critical,excluded;dirName:n,excluded;DNS:a.example,permitted;URI:.example,permitted;IP:10.0.0.0/255.0.0.0\n"
			"[n]\nC=VN\nO=Other\n", FORGE_ISSUING},
		{"names", ISSUE_SIGNER "subjectAltName=email:a@b.example,DNS:c.example,URI:http://d.example/,IP:10.0.0.1,RID:1.2.3.4,otherName:1.2.3.4;UTF8:x,dirName:n\nqcStatements=DER:30:0A:30:08:06:06:04:00:8E:46:01:01\n[n]\nO=x\n", FORGE_ISSUING},
		{"unknown-critical", ISSUE_SIGNER "1.2.3.4.5=critical,DER:05:00\n", FORGE_ISSUING},
		{"points", ISSUE_SIGNER "crlDistributionPoints=p,q\n[p]\nfullname=URI:http://a/a,URI:ldap://b/b\nCRLissuer=dirName:n\nreasons=keyCompromise,CACompromise\n[q]\nrelativename=n\n[n]\nCN=x\n", FORGE_ISSUING},
		{"bare", NULL, FORGE_ISSUING},
	};

	for (enum forge_who w = 0; w < FORGE_COUNT; w++) {
		char name[20];

		snprintf(name, sizeof(name), "house-%d", (int)w);
		put("cert", name, issue_cert_der(forge_subject(w)->cert));
	}
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct subject s = issue(&(struct issue){.name = odd[i].name, .issuer = forge_subject(odd[i].issuer), .from = FROM, .to = TO,
			.config = odd[i].config, .key = forge_subject(FORGE_LEAF)->key, .serial = 77});

		put("cert", odd[i].name, issue_cert_der(s.cert));
		subject_free(&s);
	}
}

static void
add_extension(X509_CRL *crl, const char *name, const char *value)
{
	static const char sections[] = "[p]\nfullname=URI:http://crl.example/i.crl\n[ca]\nonlyCA=TRUE\n[user]\nonlyuser=TRUE\n[some]\nonlysomereasons=keyCompromise,CACompromise\n"
		"[indirect]\nindirectCRL=TRUE\nfullname=URI:http://crl.example/i.crl\n[attr]\nonlyAA=TRUE\n";
	BIO *bio = BIO_new_mem_buf(sections, -1);
	CONF *conf = NCONF_new(NULL);
	X509_EXTENSION *x;
	X509V3_CTX ctx;
	long line;

	assert_int_equal(NCONF_load_bio(conf, bio, &line), 1);
	X509V3_set_ctx(&ctx, forge_subject(FORGE_ISSUING)->cert, NULL, NULL, crl, 0);
	X509V3_set_nconf(&ctx, conf);
	x = X509V3_EXT_nconf(conf, &ctx, name, value);
	assert_non_null(x);
	X509_CRL_add_ext(crl, x, -1);
	X509_EXTENSION_free(x);
	NCONF_free(conf);
	BIO_free(bio);
	assert_true(X509_CRL_sign(crl, forge_subject(FORGE_ISSUING)->key, EVP_sha256()) > 0);
}

static void
make_crls(void)
{
	static const char *const scopes[] = {"p", "ca", "user", "some", "indirect", "attr"};
	struct issue_revoked revoked[] = {
		{.cert = forge_subject(FORGE_SIGNER)->cert, .when = "2026-11-05T00:00:00Z", .reason = CRL_REASON_KEY_COMPROMISE},
		{.cert = forge_subject(FORGE_TSA)->cert, .when = "2026-11-06T00:00:00Z", .reason = -1}};
	struct issue_crl c = {.issuer = forge_subject(FORGE_ISSUING), .from = FROM, .to = TO, .number = 5};
	X509_CRL *crl = issue_crl(&c);

	put("crl", "empty", issue_crl_der(crl));
	X509_CRL_free(crl);
	c.revoked = revoked;
	c.count = 2;
	c.expired_from = "2020-01-01T00:00:00Z";
	crl = issue_crl(&c);
	put("crl", "revoked", issue_crl_der(crl));
	X509_CRL_free(crl);
	for (size_t i = 0; i < sizeof(scopes) / sizeof(scopes[0]); i++) {
		char value[40];

		crl = issue_crl(&c);
		snprintf(value, sizeof(value), "critical,@%s", scopes[i]);
		add_extension(crl, "issuingDistributionPoint", value);
		put("crl", scopes[i], issue_crl_der(crl));
		X509_CRL_free(crl);
	}
	revoked[0].reason = CRL_REASON_CERTIFICATE_HOLD;
	c = (struct issue_crl){.issuer = c.issuer, .from = "2026-11-10T00:00:00Z", .to = TO, .number = 7, .base = 5, .revoked = revoked, .count = 1};
	crl = issue_crl(&c);
	put("crl", "delta-held", issue_crl_der(crl));
	X509_CRL_free(crl);
	revoked[0].reason = CRL_REASON_REMOVE_FROM_CRL;
	crl = issue_crl(&c);
	put("crl", "delta-removed", issue_crl_der(crl));
	X509_CRL_free(crl);
}

static struct buf
answer(enum forge_who about, const char *revoked)
{
	return issue_ocsp(&(struct issue_ocsp){.issuer = forge_subject(FORGE_ISSUING), .responder = forge_subject(FORGE_RESPONDER),
		.cert = forge_subject(about)->cert, .from = "2026-11-24T00:00:00Z", .to = TO, .revoked = revoked});
}

static void
make_ocsps(void)
{
	put("ocsp", "good", answer(FORGE_SIGNER, NULL));
	put("ocsp", "revoked", answer(FORGE_SIGNER, "2026-11-05T00:00:00Z"));
	put("ocsp", "other", answer(FORGE_TSA, NULL));
	put("ocsp", "by-the-issuer", issue_ocsp(&(struct issue_ocsp){.issuer = forge_subject(FORGE_ISSUING), .responder = forge_subject(FORGE_ISSUING),
		.cert = forge_subject(FORGE_SIGNER)->cert, .from = "2026-11-24T00:00:00Z"}));
}

static struct buf
copy(struct buf b)
{
	struct buf c;

	buf_init(&c, CMS_READ_MAX);
	buf_put(&c, b.data, b.len);
	return c;
}

static void
make_signatures(void)
{
	X509 *const chain[] = {forge_subject(FORGE_ISSUING)->cert, NULL};
	struct buf cms = issue_signature(forge_subject(FORGE_SIGNER), chain, NULL, forge_content()), more, ocsp = answer(FORGE_SIGNER, NULL), der;
	struct issue_crl c = {.issuer = forge_subject(FORGE_ISSUING), .from = FROM, .to = TO, .number = 5};
	X509_CRL *crl = issue_crl(&c);

	put("cms", "b", copy(cms));
	put("cms", "b-sha512", issue_signature(forge_subject(FORGE_SIGNER), chain, EVP_sha512(), forge_content()));
	buf_init(&more, CMS_READ_MAX);
	assert_int_equal(cms_attach((struct span){cms.data, cms.len}, forge_content(), &more), STATUS_OK);
	put("cms", "attached", more);
	cms = issue_stamped(cms, forge_subject(FORGE_TSA), chain, "2026-11-20T00:00:00Z");
	put("cms", "t", copy(cms));
	der = issue_crl_der(crl);
	buf_init(&more, CMS_READ_MAX);
	assert_int_equal(cades_add_proofs((struct span){cms.data, cms.len}, (const struct cades_proof[]){{CADES_PROOF_CRL, {der.data, der.len}},
		{CADES_PROOF_OCSP, {ocsp.data, ocsp.len}}}, 2, &more, NULL), STATUS_OK);
	put("cms", "lt", copy(more));
	more = issue_archived(more, forge_content(), forge_subject(FORGE_TSA), chain, "2026-11-21T00:00:00Z");
	put("cms", "lta", copy(more));
	put("cms", "lta-twice", issue_archived(more, forge_content(), forge_subject(FORGE_TSA), chain, "2026-11-22T00:00:00Z"));
	X509_CRL_free(crl);
	buf_free(&cms);
	buf_free(&ocsp);
	buf_free(&der);
}

/* TimeStampResp { PKIStatusInfo { granted }, token }. */
static void
make_tokens(void)
{
	static const unsigned char granted[] = {0x30, 3, 2, 1, 0};
	X509 *const chain[] = {forge_subject(FORGE_ISSUING)->cert, NULL};
	struct digest d = digest_of(forge_content().data, forge_content().len);
	struct buf token = issue_token(forge_subject(FORGE_TSA), chain, (struct span){d.bytes, sizeof(d.bytes)}, "2026-11-20T00:00:00Z"), body, response;

	buf_init(&body, CMS_READ_MAX);
	buf_init(&response, CMS_READ_MAX);
	buf_put(&body, granted, sizeof(granted));
	buf_put(&body, token.data, token.len);
	der_put(&response, DER_SEQUENCE, body.data, body.len);
	put("tsp", "token", token);
	put("tsp", "response", response);
	buf_free(&body);
}

/* A counter-signature over the value of `of`, in a SignedData of its own. */
static struct buf
counter_over(const struct buf *of)
{
	struct cms_options options = {.counter = true, .signing_time = true};
	const struct subject *by = forge_subject(FORGE_SIGNER);
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	struct span value;
	struct digest d;
	struct buf made;

	assert_int_equal(cms_signature_value((struct span){of->data, of->len}, &value), STATUS_OK);
	d = digest_of(value.data, value.len);
	buf_init(&made, CMS_READ_MAX);
	assert_int_equal(cms_template_new(by->cert, NULL, &options, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, by->key, &key), STATUS_OK);
	assert_int_equal(cms_template_sign(t, &(struct cms_input){{d.bytes, sizeof(d.bytes)}, INT64_C(1795000000) * CLOCK_SECOND}, cms_key_sign, key, &made),
		STATUS_OK);
	cms_key_free(key);
	cms_template_free(t);
	return made;
}

/* Its SignerInfo alone. */
static struct buf
info_of(struct buf made)
{
	struct cms_parts parts;
	struct buf info, set;

	assert_true(cms_parts_split((struct span){made.data, made.len}, &parts));
	buf_init(&info, CMS_READ_MAX);
	buf_init(&set, CMS_READ_MAX);
	if (parts.unsigned_count > 0)
		der_put_set_of(&set, DER_CONTEXT(1), parts.unsigned_attributes, parts.unsigned_count);
	der_put_header(&info, DER_SEQUENCE, parts.signer.len + set.len);
	buf_put(&info, parts.signer.data, parts.signer.len);
	buf_put(&info, set.data, set.len);
	buf_free(&set);
	buf_free(&made);
	return info;
}

/* The signature that they are over is kept too: its value is another each time. */
static void
make_counters(void)
{
	X509 *const chain[] = {forge_subject(FORGE_ISSUING)->cert, NULL};
	struct buf base = issue_signature(forge_subject(FORGE_SIGNER), chain, NULL, forge_content()), outer = counter_over(&base), inner, with, two;

	put("counter", "plain", info_of(counter_over(&base)));
	put("counter", "stamped", info_of(issue_stamped(counter_over(&base), forge_subject(FORGE_TSA), chain, "2026-11-20T00:00:00Z")));
	inner = counter_over(&outer);
	buf_init(&with, CMS_READ_MAX);
	assert_int_equal(counter_add((struct span){outer.data, outer.len}, (struct span){inner.data, inner.len}, &with, NULL), STATUS_OK);
	put("counter", "nested", info_of(with));
	two = info_of(counter_over(&base));
	with = info_of(counter_over(&outer));
	buf_put(&two, with.data, with.len);
	put("counter", "two-one-of-another", two);
	put("counter-base", "base", base);
	buf_free(&with);
	buf_free(&outer);
	buf_free(&inner);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	folder = argv[1];
	mkdir(folder, 0777);
	make_certs();
	make_crls();
	make_ocsps();
	make_signatures();
	make_tokens();
	make_counters();
	return 0;
}
