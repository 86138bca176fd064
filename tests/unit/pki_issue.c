/* pki_issue: see pki_issue.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include <openssl/cms.h>
#include <openssl/ocsp.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "lib/pki/ats.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/policy_data.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

static ASN1_TIME *
asn1_time(const char *text)
{
	return text != NULL ? ASN1_TIME_set(NULL, (time_t)(fixture_time(text) / CLOCK_SECOND)) : NULL;
}

static X509_NAME *
make_name(const char *name)
{
	X509_NAME *n = X509_NAME_new();
	char copy[4096], *save = NULL;

	if (name[0] != '/') {
		X509_NAME_add_entry_by_txt(n, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0);
		return n;
	}
	assert_true(strlen(name) < sizeof(copy));
	strcpy(copy, name);
	for (char *part = strtok_r(copy, "/", &save); part != NULL; part = strtok_r(NULL, "/", &save)) {
		char *value = strchr(part, '=');

		assert_non_null(value);
		*value++ = '\0';
		assert_int_equal(X509_NAME_add_entry_by_txt(n, part, MBSTRING_UTF8, (const unsigned char *)value, -1, -1, 0), 1);
	}
	return n;
}

/* To one of them. */
static void
add_extensions(X509 *cert, X509_CRL *crl, X509 *issuer, const char *config)
{
	BIO *bio = BIO_new_mem_buf(config, -1);
	CONF *conf = NCONF_new(NULL);
	X509V3_CTX ctx;
	long line = 0;

	assert_int_equal(NCONF_load_bio(conf, bio, &line), 1);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, crl, 0);
	X509V3_set_nconf(&ctx, conf);
	if ((cert != NULL ? X509V3_EXT_add_nconf(conf, &ctx, "e", cert) : X509V3_EXT_CRL_add_nconf(conf, &ctx, "e", crl)) != 1)
		fail_msg("extensions: %s", config);
	NCONF_free(conf);
	BIO_free(bio);
}

static void
set_serial(X509 *cert, const struct issue *i)
{
	static long next = 1000;
	BIGNUM *n = i->serial_bytes != NULL ? BN_bin2bn(i->serial_bytes, (int)i->serial_len, NULL) : BN_new();

	if (i->serial_bytes == NULL)
		BN_set_word(n, (BN_ULONG)(i->serial != 0 ? i->serial : next++));
	assert_non_null(BN_to_ASN1_INTEGER(n, X509_get_serialNumber(cert)));
	BN_free(n);
}

struct subject
issue(const struct issue *i)
{
	struct subject s = {.cert = X509_new(), .key = i->key};
	X509_NAME *name = make_name(i->name), *other = i->issuer_name != NULL ? make_name(i->issuer_name) : NULL;
	ASN1_TIME *from = asn1_time(i->from), *to = asn1_time(i->to);
	X509 *issuer = i->issuer != NULL ? i->issuer->cert : s.cert;
	const EVP_MD *md = i->md != NULL ? i->md : EVP_sha256();

	if (s.key == NULL)
		s.key = EVP_EC_gen("P-256");
	else
		EVP_PKEY_up_ref(s.key);
	assert_non_null(s.key);
	X509_set_version(s.cert, 2);
	set_serial(s.cert, i);
	X509_set_subject_name(s.cert, name);
	X509_set_issuer_name(s.cert, other != NULL ? other : X509_get_subject_name(issuer));
	X509_set1_notBefore(s.cert, from);
	X509_set1_notAfter(s.cert, to);
	X509_set_pubkey(s.cert, s.key);
	if (i->config != NULL)
		add_extensions(s.cert, NULL, issuer, i->config);
	assert_true(X509_sign(s.cert, i->issuer != NULL ? i->issuer->key : s.key, md) > 0);
	if (i->wrong_signature) {
		unsigned char *der = NULL;
		const unsigned char *p;
		int len = i2d_X509(s.cert, &der);

		der[len - 1] ^= 1;
		X509_free(s.cert);
		p = der;
		s.cert = d2i_X509(NULL, &p, len);
		assert_non_null(s.cert);
		OPENSSL_free(der);
	}
	X509_NAME_free(name);
	X509_NAME_free(other);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	return s;
}

void
subject_free(struct subject *s)
{
	X509_free(s->cert);
	EVP_PKEY_free(s->key);
	*s = (struct subject){NULL, NULL};
}

static void
add_number(X509_CRL *crl, int nid, long value, int critical)
{
	ASN1_INTEGER *n = ASN1_INTEGER_new();

	ASN1_INTEGER_set(n, value);
	assert_int_equal(X509_CRL_add1_ext_i2d(crl, nid, n, critical, 0), 1);
	ASN1_INTEGER_free(n);
}

static void
add_expired_from(X509_CRL *crl, const char *when)
{
	ASN1_GENERALIZEDTIME *t = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(fixture_time(when) / CLOCK_SECOND));
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	ASN1_OBJECT *oid = OBJ_txt2obj("2.5.29.60", 1);
	unsigned char *der = NULL;
	int len = i2d_ASN1_GENERALIZEDTIME(t, &der);
	X509_EXTENSION *x;

	ASN1_OCTET_STRING_set(value, der, len);
	x = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
	assert_int_equal(X509_CRL_add_ext(crl, x, -1), 1);
	X509_EXTENSION_free(x);
	ASN1_OBJECT_free(oid);
	ASN1_OCTET_STRING_free(value);
	ASN1_GENERALIZEDTIME_free(t);
	OPENSSL_free(der);
}

static void
add_revoked(X509_CRL *crl, const struct issue_revoked *r)
{
	X509_REVOKED *entry = X509_REVOKED_new();
	ASN1_TIME *when = asn1_time(r->when);

	X509_REVOKED_set_serialNumber(entry, (ASN1_INTEGER *)(uintptr_t)X509_get0_serialNumber(r->cert));
	X509_REVOKED_set_revocationDate(entry, when);
	if (r->reason >= 0) {
		ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();

		ASN1_ENUMERATED_set(reason, r->reason);
		X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
		ASN1_ENUMERATED_free(reason);
	}
	if (r->issuer != NULL) {
		GENERAL_NAMES *names = GENERAL_NAMES_new();
		GENERAL_NAME *name = GENERAL_NAME_new();

		GENERAL_NAME_set0_value(name, GEN_DIRNAME, X509_NAME_dup(X509_get_subject_name(r->issuer)));
		sk_GENERAL_NAME_push(names, name);
		assert_int_equal(X509_REVOKED_add1_ext_i2d(entry, NID_certificate_issuer, names, 1, 0), 1);
		GENERAL_NAMES_free(names);
	}
	X509_CRL_add0_revoked(crl, entry);
	ASN1_TIME_free(when);
}

X509_CRL *
issue_crl(const struct issue_crl *c)
{
	X509_CRL *crl = X509_CRL_new();
	ASN1_TIME *from = asn1_time(c->from), *to = asn1_time(c->to);
	unsigned char *der = NULL;
	const unsigned char *p;
	int len;

	X509_CRL_set_version(crl, 1);
	X509_CRL_set_issuer_name(crl, X509_get_subject_name(c->issuer->cert));
	X509_CRL_set1_lastUpdate(crl, from);
	if (to != NULL)
		X509_CRL_set1_nextUpdate(crl, to);
	for (size_t i = 0; i < c->count; i++)
		add_revoked(crl, &c->revoked[i]);
	if (c->number != 0)
		add_number(crl, NID_crl_number, c->number, 0);
	if (c->base != 0)
		add_number(crl, NID_delta_crl, c->base, 1);
	if (c->expired_from != NULL)
		add_expired_from(crl, c->expired_from);
	if (c->config != NULL)
		add_extensions(NULL, crl, c->issuer->cert, c->config);
	X509_CRL_sort(crl);
	assert_true(X509_CRL_sign(crl, c->issuer->key, c->md != NULL ? c->md : EVP_sha256()) > 0);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	/* read again, as one that came from elsewhere: OpenSSL notes reasons and scope when decoding */
	len = i2d_X509_CRL(crl, &der);
	X509_CRL_free(crl);
	p = der;
	crl = d2i_X509_CRL(NULL, &p, len);
	assert_non_null(crl);
	OPENSSL_free(der);
	return crl;
}

static struct buf
take_der(unsigned char *der, int len)
{
	struct buf b;

	assert_true(len > 0);
	buf_init(&b, CMS_READ_MAX);
	buf_put(&b, der, (size_t)len);
	OPENSSL_free(der);
	return b;
}

struct buf
issue_ocsp(const struct issue_ocsp *o)
{
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), o->cert, o->issuer->cert);
	ASN1_TIME *from = asn1_time(o->from), *to = asn1_time(o->to), *revoked = asn1_time(o->revoked);
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;
	int len;

	assert_non_null(OCSP_basic_add1_status(basic, id,
		revoked != NULL ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD,
		OCSP_REVOKED_STATUS_KEYCOMPROMISE, revoked, from, to));
	assert_int_equal(OCSP_basic_sign(basic, o->responder->cert, o->responder->key, EVP_sha256(), NULL, 0), 1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(from);
	ASN1_TIME_free(to);
	ASN1_TIME_free(revoked);
	return take_der(der, len);
}

struct buf
issue_cert_der(const X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);

	return take_der(der, len);
}

struct buf
issue_crl_der(X509_CRL *crl)
{
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(crl, &der);

	return take_der(der, len);
}

void
policy_trust(struct policy *p, const struct subject *s)
{
	struct buf der = issue_cert_der(s->cert);

	assert_int_equal(policy_add_anchors(p, (struct span){der.data, der.len}), STATUS_OK);
	buf_free(&der);
}

void
policy_know(struct policy *p, const struct subject *s)
{
	struct buf der = issue_cert_der(s->cert);

	assert_int_equal(policy_add_intermediates(p, (struct span){der.data, der.len}), STATUS_OK);
	buf_free(&der);
}

void
policy_take_crl(struct policy *p, X509_CRL *crl)
{
	assert_int_equal(policy_keep_crl(p, crl, false), STATUS_OK);
}

static struct buf
finish(CMS_ContentInfo *info, struct span content, unsigned flags)
{
	BIO *bio = BIO_new_mem_buf(content.data, (int)content.len);
	unsigned char *der = NULL;
	int len;

	assert_int_equal(CMS_final(info, bio, NULL, flags), 1);
	len = i2d_CMS_ContentInfo(info, &der);
	BIO_free(bio);
	CMS_ContentInfo_free(info);
	return take_der(der, len);
}

static void
add_chain(CMS_ContentInfo *info, X509 *const *chain)
{
	for (; chain != NULL && *chain != NULL; chain++)
		assert_int_equal(CMS_add1_cert(info, *chain), 1);
}

struct buf
issue_signature(const struct subject *by, X509 *const *chain, const EVP_MD *md, struct span content)
{
	unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | CMS_DETACHED;
	CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, NULL, flags);

	assert_non_null(CMS_add1_signer(info, by->cert, by->key, md != NULL ? md : EVP_sha256(),
		CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES));
	add_chain(info, chain);
	return finish(info, content, flags & ~(unsigned)CMS_PARTIAL);
}

static struct buf
tst_info(struct span digest, const char *gen_time)
{
	TS_TST_INFO *info = TS_TST_INFO_new();
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.3.6.1.4.1.99999.1.1", 1);
	ASN1_GENERALIZEDTIME *t = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(fixture_time(gen_time) / CLOCK_SECOND));
	unsigned char *der = NULL;
	int len;

	X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL);
	TS_MSG_IMPRINT_set_algo(imprint, algorithm);
	TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)(uintptr_t)digest.data, (int)digest.len);
	ASN1_INTEGER_set(serial, 17);
	TS_TST_INFO_set_version(info, 1);
	TS_TST_INFO_set_policy_id(info, policy);
	TS_TST_INFO_set_msg_imprint(info, imprint);
	TS_TST_INFO_set_serial(info, serial);
	TS_TST_INFO_set_time(info, t);
	len = i2d_TS_TST_INFO(info, &der);
	TS_TST_INFO_free(info);
	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algorithm);
	ASN1_INTEGER_free(serial);
	ASN1_OBJECT_free(policy);
	ASN1_GENERALIZEDTIME_free(t);
	return take_der(der, len);
}

struct buf
issue_token(const struct subject *tsa, X509 *const *chain, struct span digest, const char *gen_time)
{
	CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, NULL, CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP);
	struct buf content = tst_info(digest, gen_time), b;

	assert_int_equal(CMS_set1_eContentType(info, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)), 1);
	assert_non_null(CMS_add1_signer(info, tsa->cert, tsa->key, EVP_sha256(), CMS_BINARY | CMS_NOSMIMECAP | CMS_CADES));
	add_chain(info, chain);
	b = finish(info, (struct span){content.data, content.len}, CMS_BINARY);
	buf_free(&content);
	return b;
}

struct buf
issue_stamped(struct buf cms, const struct subject *tsa, X509 *const *chain, const char *gen_time)
{
	unsigned char digest[32];
	struct span value;
	struct buf token, out;

	buf_init(&out, CMS_READ_MAX);
	assert_int_equal(cms_signature_value((struct span){cms.data, cms.len}, &value), STATUS_OK);
	assert_int_equal(EVP_Digest(value.data, value.len, digest, NULL, EVP_sha256(), NULL), 1);
	token = issue_token(tsa, chain, (struct span){digest, sizeof(digest)}, gen_time);
	assert_int_equal(cms_add_timestamp((struct span){cms.data, cms.len}, (struct span){token.data, token.len}, &out),
		STATUS_OK);
	buf_free(&token);
	buf_free(&cms);
	return out;
}

struct buf
issue_archived(struct buf cms, struct span content, const struct subject *tsa, X509 *const *chain, const char *gen_time)
{
	unsigned char digest[32], imprint[EVP_MAX_MD_SIZE];
	struct span content_digest = {digest, sizeof(digest)};
	struct cms_parts parts;
	struct buf index, token, out;
	size_t len;

	buf_init(&index, CMS_READ_MAX);
	buf_init(&out, CMS_READ_MAX);
	assert_int_equal(EVP_Digest(content.data, content.len, digest, NULL, EVP_sha256(), NULL), 1);
	assert_true(cms_parts_split((struct span){cms.data, cms.len}, &parts));
	assert_int_equal(ats_index_build(&parts, "SHA256", &index), STATUS_OK);
	assert_int_equal(ats_imprint(&parts, "SHA256", content_digest, (struct span){index.data, index.len},
		imprint, &len), STATUS_OK);
	token = issue_token(tsa, chain, (struct span){imprint, len}, gen_time);
	assert_int_equal(ats_embed((struct span){cms.data, cms.len}, (struct span){token.data, token.len},
		(struct span){index.data, index.len}, content_digest, &out), STATUS_OK);
	buf_free(&index);
	buf_free(&token);
	buf_free(&cms);
	return out;
}
