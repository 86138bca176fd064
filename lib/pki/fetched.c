/* fetched: see fetched.h. The judging itself is crl's and ocsp's, over a policy that holds nothing but the answer. */
#include "lib/pki/fetched.h"

#include <limits.h>
#include <string.h>
#include <openssl/cms.h>
#include <openssl/err.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"

/* An answer of tomorrow is a clock that is wrong, here or there; some minutes of difference are usual. */
#define AHEAD (600 * CLOCK_SECOND)

static enum status
keep(struct buf *to, unsigned char *der, int len)
{
	buf_init(to, len > 0 ? (size_t)len : 1);
	if (len > 0)
		buf_put(to, der, (size_t)len);
	OPENSSL_free(der);
	return len > 0 ? buf_status(to) : STATUS_NO_MEMORY;
}

/* certs-only CMS, as many caIssuers places give. */
static STACK_OF(X509) *
read_bag(struct span body)
{
	const unsigned char *at = body.data;
	CMS_ContentInfo *cms = body.len <= INT_MAX ? d2i_CMS_ContentInfo(NULL, &at, (long)body.len) : NULL;
	STACK_OF(X509) *certs = cms != NULL ? CMS_get1_certs(cms) : NULL;

	CMS_ContentInfo_free(cms);
	return certs;
}

enum status
fetched_issuer(struct span body, X509 *of, struct fetched *out, const char **why)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	unsigned char *der = NULL;
	enum status st;

	memset(out, 0, sizeof(*out));
	*why = "proof.no-certificate";
	if (certs == NULL)
		return STATUS_NO_MEMORY;
	st = cert_read_all(body, certs);
	if (st == STATUS_INVALID) {
		sk_X509_pop_free(certs, X509_free);
		certs = read_bag(body);
		st = certs != NULL ? STATUS_OK : STATUS_INVALID;
	}
	if (st == STATUS_OK) {
		st = STATUS_INVALID;
		*why = "proof.no-issuer";
	}
	for (int i = 0; st == STATUS_INVALID && i < sk_X509_num(certs) && i < CERT_FILE_MAX; i++) {
		X509 *cert = sk_X509_value(certs, i);

		if (X509_check_issued(cert, of) == X509_V_OK && X509_verify(of, X509_get0_pubkey(cert)) == 1)
			st = keep(&out->der, der, i2d_X509(cert, &der));
	}
	sk_X509_pop_free(certs, X509_free);
	ERR_clear_error();
	return st;
}

static const char *
state_refused(enum revocation_state s)
{
	switch (s) {
	case REVOCATION_UNKNOWN:
		return "proof.signer";
	case REVOCATION_STALE:
		return "proof.old";
	case REVOCATION_OUT_OF_BOUNDS:
		return "proof.signer-time";
	case REVOCATION_GOOD:
	case REVOCATION_HELD:
	case REVOCATION_REVOKED:
		break;
	}
	return NULL;
}

static enum status
accept(const struct revocation *r, clock_us at, struct fetched *out, const char **why)
{
	*why = state_refused(r->state);
	if (*why != NULL)
		return STATUS_INVALID;
	if (r->this_update > at + AHEAD) {
		*why = "proof.future";
		return STATUS_INVALID;
	}
	out->state = r->state;
	out->this_update = r->this_update;
	return STATUS_OK;
}

/* The certificates, and nothing of the revocation data, that are known. */
static enum status
take_certificates(struct policy *p, const struct policy *known)
{
	bool ok = true;

	for (int i = 0; ok && i < sk_X509_num(known->intermediates); i++)
		ok = X509_add_cert(p->intermediates, sk_X509_value(known->intermediates, i), X509_ADD_FLAG_UP_REF) == 1;
	for (size_t i = 0; ok && i < known->anchor_count; i++)
		ok = X509_add_cert(p->intermediates, known->anchors[i].cert, X509_ADD_FLAG_UP_REF) == 1;
	return ok ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
fetched_crl(struct span body, X509 *cert, X509 *issuer, const struct policy *known, clock_us at, struct fetched *out, const char **why)
{
	struct policy *p = policy_new(at);
	struct revocation r;
	unsigned char *der = NULL;
	X509_CRL *crl;
	enum status st;

	memset(out, 0, sizeof(*out));
	*why = "proof.no-list";
	if (p == NULL)
		return STATUS_NO_MEMORY;
	st = known != NULL ? take_certificates(p, known) : STATUS_OK;
	if (st == STATUS_OK)
		st = policy_add_crls(p, body);
	if (st == STATUS_OK && p->crl_count != 1) {
		*why = "proof.several";
		st = STATUS_INVALID;
	}
	if (st == STATUS_OK) {
		crl = p->crls[0].crl;
		crl_find(cert, issuer, p, &(struct revocation_query){.t = at}, &r);
		st = accept(&r, at, out, why);
		out->next_update = cert_time(X509_CRL_get0_nextUpdate(crl));
		if (st == STATUS_OK)
			st = keep(&out->der, der, i2d_X509_CRL(crl, &der));
	}
	policy_free(p);
	ERR_clear_error();
	return st;
}

/* The earliest nextUpdate of its answers; 0 when one has none. */
static clock_us
next_of(OCSP_BASICRESP *basic)
{
	clock_us next = 0;

	for (int i = 0; i < OCSP_resp_count(basic) && i < 256; i++) {
		ASN1_GENERALIZEDTIME *t = NULL;
		clock_us one;

		OCSP_single_get0_status(OCSP_resp_get0(basic, i), NULL, NULL, NULL, &t);
		if (t == NULL)
			return 0;
		one = cert_time(t);
		if (next == 0 || one < next)
			next = one;
	}
	return next;
}

enum status
fetched_ocsp(struct span body, X509 *cert, X509 *issuer, clock_us at, struct fetched *out, const char **why)
{
	struct policy *p = policy_new(at);
	struct revocation r;
	enum status st;

	memset(out, 0, sizeof(*out));
	*why = "proof.no-answer";
	if (p == NULL)
		return STATUS_NO_MEMORY;
	st = policy_add_ocsp(p, body);
	if (st == STATUS_OK) {
		ocsp_find(cert, issuer, p, &(struct revocation_query){.t = at}, &r);
		st = accept(&r, at, out, why);
		out->next_update = next_of(p->ocsp[0].basic);
	}
	if (st == STATUS_OK) {
		buf_init(&out->der, body.len);
		buf_put(&out->der, body.data, body.len);
		st = buf_status(&out->der);
	}
	policy_free(p);
	ERR_clear_error();
	return st;
}
