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

struct span
joined(struct span base, const struct buf *tail)
{
	unsigned char *all = malloc(base.len + tail->len + 1);

	assert_non_null(all);
	memcpy(all, base.data, base.len);
	memcpy(all + base.len, tail->data, tail->len);
	return (struct span){all, base.len + tail->len};
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
