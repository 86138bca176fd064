/* cms_build: what we sign is accepted by `openssl cms -verify -cades` and has exactly the attributes that PAdES or CAdES wants. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <openssl/cms.h>

#include "lib/pki/cms_build.h"
#include "tests/unit/pki_fixture.h"

static const unsigned char text[] = "nội dung văn bản";
static const struct span content = {text, sizeof(text) - 1};

static void
check_with_openssl(struct span cms)
{
	char *dir = fixture_scratch();
	char path[1100];

	snprintf(path, sizeof(path), "%s/content", dir);
	fixture_write(path, content.data, content.len);
	snprintf(path, sizeof(path), "%s/s.p7s", dir);
	fixture_write(path, cms.data, cms.len);
	assert_int_equal(fixture_run(dir, "openssl cms -verify -cades -binary -inform DER -in s.p7s "
		"-content content -CAfile '%s' -purpose any -out /dev/null",
		fixture_path("anchors/root.pem")), 0);
	assert_int_not_equal(fixture_run(dir, "echo x >>content; openssl cms -verify -cades -binary "
		"-inform DER -in s.p7s -content content -CAfile '%s' -purpose any -out /dev/null",
		fixture_path("anchors/root.pem")), 0);
	fixture_scratch_free(dir);
}

static CMS_ContentInfo *
parse(const struct buf *cms)
{
	const unsigned char *p = cms->data;
	CMS_ContentInfo *info = d2i_CMS_ContentInfo(NULL, &p, (long)cms->len);

	assert_non_null(info);
	assert_ptr_equal(p, cms->data + cms->len);
	return info;
}

static void
test_openssl_accepts(void **state)
{
	static const char *digests[] = {"SHA256", "SHA384", "SHA512"};
	static const struct {
		const char *cert, *key;
		bool pss;
	} keys[] = {
		{"leader1.pem", "leader1.key", false},
		{"office.pem", "office.key", true},
		{"leader2.pem", "leader2.key", false},
	};

	(void)state;
	for (size_t i = 0; i < 9; i++) {
		struct cms_options o = {
			.digest_name = digests[i % 3],
			.pss = keys[i / 3].pss,
			.signing_time = i % 2 == 1
		};
		struct buf cms = fixture_sign(keys[i / 3].cert, keys[i / 3].key, &o, content);
		CMS_ContentInfo *info = parse(&cms);
		unsigned char *again = NULL;

		check_with_openssl((struct span){cms.data, cms.len});
		/* DER: re-encoding changes nothing */
		assert_int_equal(i2d_CMS_ContentInfo(info, &again), cms.len);
		assert_memory_equal(again, cms.data, cms.len);
		OPENSSL_free(again);
		CMS_ContentInfo_free(info);
		buf_free(&cms);
	}
}

static void
test_attributes(void **state)
{
	static const int with[] = {NID_pkcs9_contentType, NID_pkcs9_messageDigest,
		NID_id_smime_aa_signingCertificateV2};

	(void)state;
	for (int time = 0; time < 2; time++) {
		struct cms_options o = {.signing_time = time == 1};
		struct buf cms = fixture_sign("leader1.pem", "leader1.key", &o, content);
		CMS_ContentInfo *info = parse(&cms);
		CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
		STACK_OF(X509) *certs = CMS_get1_certs(info);
		ASN1_OCTET_STRING **inner = CMS_get0_content(info);

		assert_int_equal(CMS_signed_get_attr_count(si), 3 + time);
		for (size_t i = 0; i < 3; i++)
			assert_true(CMS_signed_get_attr_by_NID(si, with[i], -1) >= 0);
		assert_int_equal(CMS_signed_get_attr_by_NID(si, NID_pkcs9_signingTime, -1) >= 0, time);
		assert_int_equal(CMS_unsigned_get_attr_count(si), -1);
		assert_int_equal(sk_X509_num(certs), 2);
		assert_null(*inner);
		sk_X509_pop_free(certs, X509_free);
		CMS_ContentInfo_free(info);
		buf_free(&cms);
	}
}

static void
test_signing_time(void **state)
{
	struct cms_options o = {.signing_time = true};
	struct buf cms = fixture_sign("leader2.pem", "leader2.key", &o, content);
	CMS_ContentInfo *info = parse(&cms);
	CMS_SignerInfo *si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
	ASN1_UTCTIME *t = CMS_signed_get0_data_by_OBJ(si, OBJ_nid2obj(NID_pkcs9_signingTime), -3,
		V_ASN1_UTCTIME);

	(void)state;
	assert_non_null(t);
	assert_string_equal((const char *)ASN1_STRING_get0_data(t), "260203040506Z");
	CMS_ContentInfo_free(info);
	buf_free(&cms);
}

/* A key that is elsewhere: attributes out, signature value back in. */
static void
test_two_steps(void **state)
{
	X509 *cert = fixture_cert("leader1.pem");
	EVP_PKEY *key = fixture_key("leader1.key");
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct cms_template *t = NULL;
	unsigned char hash[32], value[512];
	size_t value_len = sizeof(value);
	struct cms_input input = {.digest = {hash, sizeof(hash)}};
	struct buf attributes, cms;

	(void)state;
	buf_init(&attributes, CMS_MAX);
	buf_init(&cms, CMS_MAX);
	assert_int_equal(EVP_Digest(text, sizeof(text) - 1, hash, NULL, EVP_sha256(), NULL), 1);
	assert_int_equal(cms_template_new(cert, NULL, NULL, &t), STATUS_OK);
	assert_int_equal(cms_template_attributes(t, &input, &attributes), STATUS_OK);
	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, value, &value_len, attributes.data, attributes.len), 1);
	assert_int_equal(cms_template_assemble(t, &input, (struct span){value, value_len}, &cms),
		STATUS_OK);
	assert_true(cms.len > 0);
	CMS_ContentInfo_free(parse(&cms));
	assert_int_equal(cms_template_assemble(t, &input, (struct span){value, 0}, &cms),
		STATUS_INVALID);
	buf_free(&attributes);
	buf_free(&cms);
	cms_template_free(t);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(key);
	X509_free(cert);
}

static enum status
failing_key(void *arg, const struct cms_to_sign *what, unsigned char *to, size_t *len)
{
	(void)what, (void)to, (void)len;
	return *(enum status *)arg;
}

static void
test_refusals(void **state)
{
	X509 *cert = fixture_cert("leader1.pem"), *weak = fixture_cert("bad/weak.pem");
	EVP_PKEY *other = fixture_key("leader3.key");
	struct cms_options sha1 = {.digest_name = "SHA1"}, timed = {.signing_time = true};
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	unsigned char hash[32] = {0};
	struct cms_input input = {.digest = {hash, 20}};
	enum status locked = STATUS_LOCKED;
	struct buf cms;

	(void)state;
	buf_init(&cms, CMS_MAX);
	assert_int_equal(cms_template_new(weak, NULL, NULL, &t), STATUS_UNSUPPORTED);
	assert_int_equal(cms_template_new(cert, NULL, &sha1, &t), STATUS_UNSUPPORTED);
	assert_null(t);
	assert_int_equal(cms_template_new(cert, NULL, &timed, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, other, &key), STATUS_INVALID);
	assert_null(key);
	/* digest of another length; a time that UTCTime does not have; the key's own refusal comes through */
	assert_int_equal(cms_template_sign(t, &input, failing_key, &locked, &cms), STATUS_INVALID);
	input.digest.len = 32;
	input.signing_time = fixture_time("2050-01-01T00:00:00Z");
	assert_int_equal(cms_template_sign(t, &input, failing_key, &locked, &cms), STATUS_INVALID);
	input.signing_time = fixture_time("2049-12-31T23:59:59Z");
	assert_int_equal(cms_template_sign(t, &input, failing_key, &locked, &cms), STATUS_LOCKED);
	assert_int_equal(cms.len, 0);
	cms_template_free(t);
	EVP_PKEY_free(other);
	X509_free(cert);
	X509_free(weak);
}

static void
test_add_timestamp(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, content), once, twice;
	static const unsigned char token[] = {0x30, 3, 2, 1, 7};
	struct span value, same;
	CMS_ContentInfo *info;
	CMS_SignerInfo *si;

	(void)state;
	buf_init(&once, CMS_MAX);
	buf_init(&twice, CMS_MAX);
	assert_int_equal(cms_signature_value((struct span){cms.data, cms.len}, &value), STATUS_OK);
	assert_int_equal(value.len, 256);
	assert_int_equal(cms_add_timestamp((struct span){cms.data, cms.len},
		(struct span){token, sizeof(token)}, &once), STATUS_OK);
	check_with_openssl((struct span){once.data, once.len});
	assert_int_equal(cms_add_timestamp((struct span){once.data, once.len},
		(struct span){token, sizeof(token)}, &twice), STATUS_OK);
	check_with_openssl((struct span){twice.data, twice.len});
	assert_int_equal(cms_signature_value((struct span){twice.data, twice.len}, &same), STATUS_OK);
	assert_memory_equal(value.data, same.data, 256);

	info = parse(&twice);
	si = sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(info), 0);
	assert_int_equal(CMS_unsigned_get_attr_count(si), 2);
	assert_true(CMS_unsigned_get_attr_by_NID(si, NID_id_smime_aa_timeStampToken, -1) >= 0);
	CMS_ContentInfo_free(info);

	/* every shortened form is refused, and so is a token that is not one element */
	for (size_t n = 0; n < cms.len; n++)
		assert_int_equal(cms_signature_value((struct span){cms.data, n}, &same),
			STATUS_INVALID);
	assert_int_equal(cms_add_timestamp((struct span){cms.data, cms.len},
		(struct span){token, sizeof(token) - 1}, &once), STATUS_INVALID);
	buf_free(&cms);
	buf_free(&once);
	buf_free(&twice);
}

/* Content put inside a finished detached signature, with and without unsigned attributes: still what was signed, still DER. */
static void
test_attach(void **state)
{
	struct cms_options o = {.signing_time = true};
	struct buf cms = fixture_sign("leader2.pem", "leader2.key", &o, content), attached, twice;
	struct span span = {cms.data, cms.len};
	unsigned char *again = NULL;
	CMS_ContentInfo *info;
	ASN1_OCTET_STRING **inner;

	(void)state;
	buf_init(&attached, CMS_MAX);
	buf_init(&twice, CMS_MAX);
	assert_int_equal(cms_attach(span, content, &attached), STATUS_OK);
	info = parse(&attached);
	inner = CMS_get0_content(info);
	assert_non_null(*inner);
	assert_int_equal(ASN1_STRING_length(*inner), content.len);
	assert_memory_equal(ASN1_STRING_get0_data(*inner), content.data, content.len);
	assert_int_equal(i2d_CMS_ContentInfo(info, &again), attached.len);
	assert_memory_equal(again, attached.data, attached.len);
	assert_int_equal(CMS_verify(info, NULL, NULL, NULL, NULL, CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY), 1);
	OPENSSL_free(again);
	CMS_ContentInfo_free(info);
	/* not twice, and nothing else than that */
	assert_int_equal(cms_attach((struct span){attached.data, attached.len}, content, &twice), STATUS_INVALID);
	assert_int_equal(cms_attach((struct span){cms.data, cms.len - 1}, content, &twice), STATUS_INVALID);
	assert_int_equal(twice.len, 0);
	buf_free(&cms);
	buf_free(&attached);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_openssl_accepts),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_signing_time),
		cmocka_unit_test(test_two_steps),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_add_timestamp),
		cmocka_unit_test(test_attach),
	};

	return cmocka_run_group_tests_name("cms_build", tests, NULL, NULL);
}
