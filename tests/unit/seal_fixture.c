/* seal_fixture: see seal_fixture.h. */
#include "tests/unit/seal_fixture.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <openssl/ocsp.h>
#include <openssl/pem.h>

#include "lib/pki/cms_build.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pki_fixture.h"

struct span
cms_over(const struct digest *digest, const char *who)
{
	struct cms_input input = {.digest = {digest->bytes, DIGEST_BYTES}};
	struct cms_template *t = NULL;
	struct cms_key *k = NULL;
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *cert, *issuing = fixture_cert("issuing.pem");
	EVP_PKEY *key;
	char name[64];
	struct buf out;
	struct span s;

	snprintf(name, sizeof(name), "%s.pem", who);
	cert = fixture_cert(name);
	snprintf(name, sizeof(name), "%s.key", strcmp(who, "bad/foreign") == 0 ? "bad/p256" : who);
	key = fixture_key(name);
	sk_X509_push(chain, issuing);
	assert_int_equal(cms_template_new(cert, chain, NULL, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, key, &k), STATUS_OK);
	buf_init(&out, CMS_MAX);
	assert_int_equal(cms_template_sign(t, &input, cms_key_sign, k, &out), STATUS_OK);
	cms_key_free(k);
	cms_template_free(t);
	sk_X509_pop_free(chain, X509_free);
	X509_free(cert);
	EVP_PKEY_free(key);
	s.data = buf_steal(&out, &s.len);
	return s;
}

struct policy *
pki_policy(void)
{
	struct policy *p = policy_new(fixture_time("2026-11-24T12:00:00Z"));

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	return p;
}

enum status
seal_file(struct span base, const struct seal_request *req, const char *who, struct span *out,
	struct diag *diag)
{
	struct diag *own = diag != NULL ? diag : diag_new();
	struct seal_prepared p;
	struct span cms;
	enum status st = seal_pdf.prepare(base, req, &p, own);

	if (st == STATUS_OK) {
		cms = cms_over(&p.digest, who);
		st = seal_pdf.embed(base, &p, cms, own);
		if (st == STATUS_OK)
			*out = joined(base, &p.tail);
		free((void *)(uintptr_t)cms.data);
		seal_prepared_free(&p);
	}
	if (diag == NULL) {
		if (st != STATUS_OK)
			show(own, "seal_file");
		assert_int_equal(st, STATUS_OK);
		diag_free(own);
	}
	return st;
}

static struct span
span_of(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

/* Signed at B-B or B-T. */
static struct span
signed_file(struct span base, const struct seal_request *req, const char *who, bool stamped)
{
	struct seal_prepared p;
	struct span cms, out;
	struct buf b;

	assert_int_equal(seal_pdf.prepare(base, req, &p, NULL), STATUS_OK);
	cms = cms_over(&p.digest, who);
	buf_init(&b, CMS_MAX);
	buf_put(&b, cms.data, cms.len);
	if (stamped)
		b = fixture_stamp(b, "tsa.pem", "tsa.key", req->time + 60 * CLOCK_SECOND);
	assert_int_equal(seal_pdf.embed(base, &p, span_of(&b), NULL), STATUS_OK);
	out = joined(base, &p.tail);
	buf_free(&b);
	drop(cms);
	seal_prepared_free(&p);
	return out;
}

/* DER of a certificate or CRL of the PKI; OPENSSL_free it. */
static struct span
der_of_pki(const char *name, bool crl)
{
	struct buf pem = fixture_pki(name);
	BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
	unsigned char *der = NULL;
	int len;

	if (crl) {
		X509_CRL *c = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);

		len = i2d_X509_CRL(c, &der);
		X509_CRL_free(c);
	} else {
		X509 *c = PEM_read_bio_X509(bio, NULL, NULL, NULL);

		len = i2d_X509(c, &der);
		X509_free(c);
	}
	assert_true(len > 0);
	BIO_free(bio);
	buf_free(&pem);
	return (struct span){der, (size_t)len};
}

struct span
seal_proofs(struct span file, const char *who)
{
	static const char *const certs[] = {"root.pem", "issuing.pem", "tsa.pem", "ocsp.pem"};
	static const char *const crls[] = {"crls/root.crl", "crls/issuing.crl"};
	clock_us at = fixture_time("2026-11-24T06:05:00Z");
	struct ocsp_answer answer = {.signer = "ocsp.pem",
		.key = "ocsp.key",
		.status = V_OCSP_CERTSTATUS_GOOD,
		.this_update = at,
		.next_update = at + 400 * CLOCK_DAY};
	struct seal_proof proofs[8];
	struct buf ocsp, tail;
	struct span out;
	char name[64];
	size_t n = 0;

	snprintf(name, sizeof(name), "%s.pem", who);
	answer.cert = name;
	ocsp = fixture_ocsp(&answer);
	proofs[n++] = (struct seal_proof){SEAL_PROOF_OCSP, span_of(&ocsp)};
	for (size_t i = 0; i < 4; i++)
		proofs[n++] = (struct seal_proof){SEAL_PROOF_CERT, der_of_pki(certs[i], false)};
	for (size_t i = 0; i < 2; i++)
		proofs[n++] = (struct seal_proof){SEAL_PROOF_CRL, der_of_pki(crls[i], true)};
	buf_init(&tail, 1u << 24);
	assert_int_equal(
		seal_pdf.add_proofs(file, (struct span){NULL, 0}, proofs, n, &tail, NULL),
		STATUS_OK);
	out = joined(file, &tail);
	for (size_t i = 1; i < n; i++)
		OPENSSL_free((void *)(uintptr_t)proofs[i].der.data);
	buf_free(&ocsp);
	buf_free(&tail);
	return out;
}

struct span
seal_timestamp(struct span file, clock_us gen_time)
{
	struct span none = {NULL, 0}, out;
	struct buf content, token;
	struct seal_prepared p;
	size_t hole;

	assert_int_equal(seal_pdf.prepare_archive(file, none, 0, &p, NULL), STATUS_OK);
	hole = (size_t)p.hole_at - file.len;
	buf_init(&content, 1u << 28);
	buf_put(&content, file.data, file.len);
	buf_put(&content, p.tail.data, hole - 1);
	buf_put(&content, p.tail.data + hole + p.hole_size + 1,
		p.tail.len - hole - (size_t)p.hole_size - 1);
	token = fixture_token("tsa.pem", "tsa.key", span_of(&content), gen_time);
	assert_int_equal(
		seal_pdf.embed_archive(file, none, &p, span_of(&token), NULL), STATUS_OK);
	out = joined(file, &p.tail);
	buf_free(&token);
	buf_free(&content);
	seal_prepared_free(&p);
	return out;
}

struct span
seal_level(struct span base, const struct seal_request *req, const char *who, enum level level)
{
	struct span now = signed_file(base, req, who, level >= LEVEL_B_T), next;

	if (level >= LEVEL_B_LT) {
		next = seal_proofs(now, who);
		drop(now);
		now = next;
	}
	if (level >= LEVEL_B_LTA) {
		next = seal_timestamp(now, req->time + CLOCK_DAY / 24);
		drop(now);
		now = next;
	}
	return now;
}
