/* pki_made: odd signatures, timestamps of any time and OCSP responses for the tests (pki_fixture.h), made with OpenSSL's own CMS code. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include <openssl/cms.h>
#include <openssl/ocsp.h>
#include <openssl/ts.h>

#include "lib/pki/ats.h"
#include "lib/pki/cms_read.h"
#include "tests/unit/pki_fixture.h"

static struct buf
der_of(CMS_ContentInfo *info)
{
	unsigned char *der = NULL;
	int len = i2d_CMS_ContentInfo(info, &der);
	struct buf b;

	assert_true(len > 0);
	buf_init(&b, 1 << 24);
	buf_put(&b, der, (size_t)len);
	OPENSSL_free(der);
	return b;
}

/* The signing-certificate-v2 attribute that a good signature by the other certificate has. */
static void
add_reference(CMS_SignerInfo *si, const char *name, bool break_serial)
{
	X509 *cert = fixture_cert(name);
	struct cms_template *t = NULL;
	unsigned char zeros[32] = {0};
	struct cms_input input = {.digest = {zeros, 32}};
	struct buf attributes;
	const unsigned char *p;

	buf_init(&attributes, 10000);
	assert_int_equal(cms_template_new(cert, NULL, NULL, &t), STATUS_OK);
	assert_int_equal(cms_template_attributes(t, &input, &attributes), STATUS_OK);
	/* signingCertificateV2 is the longest and so the last attribute: it ends with the serial number */
	if (break_serial)
		attributes.data[attributes.len - 1] ^= 1;
	for (size_t i = 0; i + 13 < attributes.len; i++) {
		static const unsigned char oid[] = {6, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 47};
		X509_ATTRIBUTE *a;
		size_t start;

		if (memcmp(attributes.data + i, oid, sizeof(oid)) != 0)
			continue;
		/* the header before it: 30 82 hh ll, 30 81 ll or 30 ll */
		start = attributes.data[i - 3] == 0x82 ? i - 4 : attributes.data[i - 2] == 0x81 ? i - 3 : i - 2;
		p = attributes.data + start;
		a = d2i_X509_ATTRIBUTE(NULL, &p, (long)(attributes.len - start));
		assert_non_null(a);
		assert_int_equal(CMS_signed_add1_attr(si, a), 1);
		X509_ATTRIBUTE_free(a);
		break;
	}
	buf_free(&attributes);
	cms_template_free(t);
	X509_free(cert);
}

/* SigningCertificateV2 { { { AlgorithmIdentifier, hash } } }, all of one-byte lengths */
static void
add_reference_by(CMS_SignerInfo *si, X509 *cert, const EVP_MD *md)
{
	unsigned char der[200], *p = der + 6, hash[EVP_MAX_MD_SIZE];
	X509_ALGOR *algorithm = X509_ALGOR_new();
	unsigned len;
	size_t inner;

	X509_ALGOR_set_md(algorithm, md);
	assert_int_equal(X509_digest(cert, md, hash, &len), 1);
	inner = (size_t)i2d_X509_ALGOR(algorithm, &p) + 2 + len;
	*p++ = V_ASN1_OCTET_STRING;
	*p++ = (unsigned char)len;
	memcpy(p, hash, len);
	for (size_t i = 0; i < 3; i++) {
		der[2 * i] = V_ASN1_SEQUENCE | V_ASN1_CONSTRUCTED;
		der[2 * i + 1] = (unsigned char)(inner + 4 - 2 * i);
	}
	assert_true(inner + 4 < 128);
	assert_int_equal(CMS_signed_add1_attr_by_NID(si, NID_id_smime_aa_signingCertificateV2, V_ASN1_SEQUENCE, der, (int)inner + 6), 1);
	X509_ALGOR_free(algorithm);
}

/* signature-policy-identifier with its choice NULL */
static void
add_implied(CMS_SignerInfo *si)
{
	static const unsigned char der[] = {0x30, 17, 6, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 15, 0x31, 2, 5, 0};
	const unsigned char *p = der;
	X509_ATTRIBUTE *a = d2i_X509_ATTRIBUTE(NULL, &p, sizeof(der));

	assert_non_null(a);
	assert_int_equal(CMS_signed_add1_attr(si, a), 1);
	X509_ATTRIBUTE_free(a);
}

static void
add_signer(CMS_ContentInfo *info, const struct odd *odd, const char *cert_name, const char *key_name)
{
	X509 *cert = odd->other_cert != NULL ? odd->other_cert : fixture_cert(cert_name);
	EVP_PKEY *key = fixture_key(key_name);
	unsigned flags = CMS_BINARY | CMS_NOSMIMECAP;
	CMS_SignerInfo *si;

	if (odd->bare)
		flags |= CMS_NOATTR;
	else if (!odd->plain && odd->reference_of == NULL && odd->reference_md == NULL)
		flags |= CMS_CADES;
	if (odd->no_certs)
		flags |= CMS_NOCERTS;
	si = CMS_add1_signer(info, cert, key,
		EVP_get_digestbyname(odd->digest_name != NULL ? odd->digest_name : "SHA256"), flags);
	assert_non_null(si);
	if (odd->reference_of != NULL)
		add_reference(si, odd->reference_of, odd->break_serial);
	if (odd->reference_md != NULL)
		add_reference_by(si, cert, EVP_get_digestbyname(odd->reference_md));
	if (odd->content_token.len != 0)
		assert_int_equal(CMS_signed_add1_attr_by_NID(si, NID_id_smime_aa_ets_contentTimestamp,
			V_ASN1_SEQUENCE, odd->content_token.data, (int)odd->content_token.len), 1);
	if (odd->signature_policy.len != 0)
		assert_int_equal(CMS_signed_add1_attr_by_NID(si, NID_id_smime_aa_ets_sigPolicyId,
			V_ASN1_SEQUENCE, odd->signature_policy.data, (int)odd->signature_policy.len), 1);
	if (odd->policy_implied)
		add_implied(si);
	if (odd->other_cert == NULL)
		X509_free(cert);
	EVP_PKEY_free(key);
}

struct buf
fixture_odd(const struct odd *odd, struct span content)
{
	unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP | (odd->attached ? 0 : CMS_DETACHED);
	CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, NULL, flags);
	X509 *issuing = fixture_cert("issuing.pem");
	BIO *bio = BIO_new_mem_buf(content.data, (int)content.len);
	struct buf b;

	assert_non_null(info);
	add_signer(info, odd, odd->cert, odd->key);
	if (odd->two_signers)
		add_signer(info, odd, "leader2.pem", "leader2.key");
	if (!odd->no_certs)
		assert_int_equal(CMS_add1_cert(info, issuing), 1);
	if (odd->extra_cert != NULL) {
		X509 *extra = fixture_cert(odd->extra_cert);

		assert_int_equal(CMS_add1_cert(info, extra), 1);
		X509_free(extra);
	}
	assert_int_equal(CMS_final(info, bio, NULL, flags & ~(unsigned)CMS_PARTIAL), 1);
	b = der_of(info);
	BIO_free(bio);
	X509_free(issuing);
	CMS_ContentInfo_free(info);
	return b;
}

static struct buf
make_tst_info(struct span digest, clock_us gen_time)
{
	TS_TST_INFO *info = TS_TST_INFO_new();
	TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
	X509_ALGOR *algorithm = X509_ALGOR_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_OBJECT *policy = OBJ_txt2obj("1.3.6.1.4.1.99999.1.1", 1);
	ASN1_GENERALIZEDTIME *t = ASN1_GENERALIZEDTIME_set(NULL, (time_t)(gen_time / CLOCK_SECOND));
	unsigned char *der = NULL;
	struct buf b;
	int len;

	X509_ALGOR_set0(algorithm, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL);
	TS_MSG_IMPRINT_set_algo(imprint, algorithm);
	TS_MSG_IMPRINT_set_msg(imprint, (unsigned char *)(uintptr_t)digest.data, (int)digest.len);
	ASN1_INTEGER_set(serial, 4711);
	TS_TST_INFO_set_version(info, 1);
	TS_TST_INFO_set_policy_id(info, policy);
	TS_TST_INFO_set_msg_imprint(info, imprint);
	TS_TST_INFO_set_serial(info, serial);
	TS_TST_INFO_set_time(info, t);
	len = i2d_TS_TST_INFO(info, &der);
	assert_true(len > 0);
	buf_init(&b, 10000);
	buf_put(&b, der, (size_t)len);
	OPENSSL_free(der);
	TS_TST_INFO_free(info);
	TS_MSG_IMPRINT_free(imprint);
	X509_ALGOR_free(algorithm);
	ASN1_INTEGER_free(serial);
	ASN1_OBJECT_free(policy);
	ASN1_GENERALIZEDTIME_free(t);
	return b;
}

struct buf
fixture_token(const char *cert, const char *key, struct span data, clock_us gen_time)
{
	unsigned char hash[32];

	assert_int_equal(EVP_Digest(data.data, data.len, hash, NULL, EVP_sha256(), NULL), 1);
	return fixture_token_of((struct span){hash, sizeof(hash)}, cert, key, gen_time);
}

struct buf
fixture_token_of(struct span digest, const char *cert, const char *key, clock_us gen_time)
{
	unsigned flags = CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP;
	struct buf content = make_tst_info(digest, gen_time), b;
	CMS_ContentInfo *info = CMS_sign(NULL, NULL, NULL, NULL, flags);
	BIO *bio = BIO_new_mem_buf(content.data, (int)content.len);
	struct odd odd = {0};

	assert_int_equal(CMS_set1_eContentType(info, OBJ_nid2obj(NID_id_smime_ct_TSTInfo)), 1);
	add_signer(info, &odd, cert, key);
	assert_int_equal(CMS_final(info, bio, NULL, CMS_BINARY), 1);
	b = der_of(info);
	BIO_free(bio);
	CMS_ContentInfo_free(info);
	buf_free(&content);
	return b;
}

struct buf
fixture_stamp(struct buf cms, const char *cert, const char *key, clock_us gen_time)
{
	struct span value;
	struct buf token, out;

	assert_int_equal(cms_signature_value((struct span){cms.data, cms.len}, &value), STATUS_OK);
	token = fixture_token(cert, key, value, gen_time);
	buf_init(&out, CMS_MAX);
	assert_int_equal(cms_add_timestamp((struct span){cms.data, cms.len},
		(struct span){token.data, token.len}, &out), STATUS_OK);
	buf_free(&token);
	buf_free(&cms);
	return out;
}

struct buf
fixture_archive(struct buf cms, struct span content, const char *cert, const char *key, clock_us gen_time)
{
	unsigned char digest[32], imprint[EVP_MAX_MD_SIZE];
	struct span content_digest = {digest, sizeof(digest)};
	struct cms_parts parts;
	struct buf index, token, out;
	size_t len;

	buf_init(&index, CMS_MAX);
	buf_init(&out, CMS_READ_MAX);
	assert_int_equal(EVP_Digest(content.data, content.len, digest, NULL, EVP_sha256(), NULL), 1);
	assert_true(cms_parts_split((struct span){cms.data, cms.len}, &parts));
	assert_int_equal(ats_index_build(&parts, "SHA256", &index), STATUS_OK);
	assert_int_equal(ats_imprint(&parts, "SHA256", content_digest, (struct span){index.data, index.len},
		imprint, &len), STATUS_OK);
	token = fixture_token_of((struct span){imprint, len}, cert, key, gen_time);
	assert_int_equal(ats_embed((struct span){cms.data, cms.len}, (struct span){token.data, token.len},
		(struct span){index.data, index.len}, content_digest, &out), STATUS_OK);
	buf_free(&index);
	buf_free(&token);
	buf_free(&cms);
	return out;
}

static ASN1_TIME *
asn1_time(clock_us t)
{
	return t != 0 ? ASN1_GENERALIZEDTIME_set(NULL, (time_t)(t / CLOCK_SECOND)) : NULL;
}

struct buf
fixture_ocsp(const struct ocsp_answer *a)
{
	X509 *cert = fixture_cert(a->cert), *issuer = fixture_cert("issuing.pem");
	X509 *signer = fixture_cert(a->signer);
	EVP_PKEY *key = fixture_key(a->key);
	OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), cert, issuer);
	ASN1_TIME *revoked = asn1_time(a->revoked_at), *now = asn1_time(a->this_update);
	ASN1_TIME *next = asn1_time(a->next_update), *cutoff = asn1_time(a->keeps_from);
	ASN1_GENERALIZEDTIME *keeps = cutoff != NULL ? ASN1_TIME_to_generalizedtime(cutoff, NULL) : NULL;
	OCSP_SINGLERESP *single;
	OCSP_RESPONSE *response;
	unsigned char *der = NULL;
	struct buf b;
	int len;

	single = OCSP_basic_add1_status(basic, id, a->status, a->reason, revoked, now, next);
	assert_non_null(single);
	if (a->keeps_from != 0)
		assert_int_equal(OCSP_SINGLERESP_add1_ext_i2d(single, NID_id_pkix_OCSP_archiveCutoff, keeps, 0, 0), 1);
	assert_int_equal(OCSP_basic_sign(basic, signer, key, EVP_sha256(), NULL, 0), 1);
	response = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	len = i2d_OCSP_RESPONSE(response, &der);
	assert_true(len > 0);
	buf_init(&b, 1 << 20);
	buf_put(&b, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(response);
	OCSP_BASICRESP_free(basic);
	OCSP_CERTID_free(id);
	ASN1_TIME_free(revoked);
	ASN1_TIME_free(now);
	ASN1_TIME_free(next);
	ASN1_TIME_free(cutoff);
	ASN1_GENERALIZEDTIME_free(keeps);
	EVP_PKEY_free(key);
	X509_free(signer);
	X509_free(cert);
	X509_free(issuer);
	return b;
}
