/* policy: see policy.h. */
#include "lib/pki/policy.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"

#define TEXT_MAX (64u << 20)

struct policy *
policy_new(clock_us at)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->at = at != 0 ? at : clock_now();
	p->owns_signature_policies = true;
	p->intermediates = sk_X509_new_null();
	if (p->intermediates == NULL) {
		policy_free(p);
		return NULL;
	}
	return p;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	if (p->references > 0) {
		p->references--;
		return;
	}
	for (size_t i = 0; i < p->anchor_count; i++)
		X509_free(p->anchors[i].cert);
	for (size_t i = 0; i < p->crl_count; i++) {
		X509_CRL_free(p->crls[i].crl);
		X509_free(p->crls[i].tried);
		X509_free(p->crls[i].signer);
		X509_free(p->crls[i].above);
	}
	for (size_t i = 0; i < p->ocsp_count; i++) {
		OCSP_BASICRESP_free(p->ocsp[i].basic);
		X509_free(p->ocsp[i].tried);
	}
	for (size_t i = 0; p->owns_signature_policies && i < p->signature_policy_count; i++)
		buf_free(&p->signature_policies[i].text);
	if (p->owns_signature_policies)
		free(p->signature_policies);
	sk_X509_pop_free(p->intermediates, X509_free);
	free(p->anchors);
	free(p->crls);
	free(p->ocsp);
	free(p->proven);
	policy_free(p->source);
	free(p);
}

static enum status
keep_anchors(struct policy *p, STACK_OF(X509) *certs)
{
	size_t n = (size_t)sk_X509_num(certs);
	struct policy_anchor *more = realloc(p->anchors, (p->anchor_count + n + 1) * sizeof(*more));

	if (more == NULL)
		return STATUS_NO_MEMORY;
	p->anchors = more;
	for (size_t i = 0; i < n; i++)
		more[p->anchor_count++] = (struct policy_anchor){.cert = sk_X509_value(certs, (int)i),
			.uses = POLICY_USE_SIGNATURE | POLICY_USE_TIMESTAMP | POLICY_USE_TLS_CLIENT};
	while (sk_X509_num(certs) > 0)
		(void)sk_X509_pop(certs);
	return STATUS_OK;
}

enum status
policy_add_ruled_anchors(struct policy *p, struct span in, struct span rules)
{
	STACK_OF(X509) *certs = sk_X509_new_null();
	size_t first = p->anchor_count;
	enum status st = certs != NULL ? cert_read_all(in, certs) : STATUS_NO_MEMORY;

	if (st == STATUS_OK)
		st = keep_anchors(p, certs);
	if (st == STATUS_OK && rules.len != 0)
		st = policy_apply_rules(p, first, rules);
	sk_X509_pop_free(certs, X509_free);
	return st;
}

enum status
policy_add_anchors(struct policy *p, struct span in)
{
	return policy_add_ruled_anchors(p, in, (struct span){NULL, 0});
}

const struct policy_anchor *
policy_anchor_of(const struct policy *p, const X509 *cert)
{
	for (size_t i = 0; i < p->anchor_count; i++)
		if (X509_cmp(p->anchors[i].cert, cert) == 0)
			return &p->anchors[i];
	return NULL;
}

enum status
policy_add_intermediates(struct policy *p, struct span in)
{
	return cert_read_all(in, p->intermediates);
}

static bool
same_digest(const struct digest *a, const struct digest *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool
room_for_one(void **list, size_t count, size_t *room, size_t size)
{
	size_t want = *room != 0 ? *room * 2 : 16;
	void *more;

	if (count < *room)
		return true;
	more = realloc(*list, want * size);
	if (more == NULL)
		return false;
	*list = more;
	*room = want;
	return true;
}

enum status
policy_keep_crl(struct policy *p, X509_CRL *crl, bool inside)
{
	struct policy_crl item = {.crl = crl, .inside = inside,
		.this_update = cert_time(X509_CRL_get0_lastUpdate(crl)),
		.next_update = cert_time(X509_CRL_get0_nextUpdate(crl)),
		.delta = X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0};
	enum status st = STATUS_OK;

	if (X509_CRL_digest(crl, EVP_sha256(), item.digest.bytes, NULL) != 1)
		st = STATUS_INVALID;
	for (size_t i = 0; st == STATUS_OK && i < p->crl_count; i++)
		if (same_digest(&p->crls[i].digest, &item.digest)) {
			p->crls[i].inside = p->crls[i].inside || inside;
			st = STATUS_DUPLICATE;
		}
	if (st == STATUS_OK && p->crl_count == POLICY_REVOCATION_MAX)
		st = STATUS_TOO_LARGE;
	if (st == STATUS_OK && !room_for_one((void **)&p->crls, p->crl_count, &p->crl_room, sizeof(item)))
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK)
		p->crls[p->crl_count++] = item;
	else
		X509_CRL_free(crl);
	return st == STATUS_DUPLICATE ? STATUS_OK : st;
}

enum status
policy_keep_ocsp(struct policy *p, OCSP_BASICRESP *basic, bool inside)
{
	struct policy_ocsp item = {.basic = basic, .inside = inside};
	unsigned char *der = NULL;
	int len = i2d_OCSP_BASICRESP(basic, &der);
	enum status st = len > 0 ? STATUS_OK : STATUS_INVALID;

	if (st == STATUS_OK)
		item.digest = digest_of(der, (size_t)len);
	OPENSSL_free(der);
	for (size_t i = 0; st == STATUS_OK && i < p->ocsp_count; i++)
		if (same_digest(&p->ocsp[i].digest, &item.digest)) {
			p->ocsp[i].inside = p->ocsp[i].inside || inside;
			st = STATUS_DUPLICATE;
		}
	if (st == STATUS_OK && p->ocsp_count == POLICY_REVOCATION_MAX)
		st = STATUS_TOO_LARGE;
	if (st == STATUS_OK && !room_for_one((void **)&p->ocsp, p->ocsp_count, &p->ocsp_room, sizeof(item)))
		st = STATUS_NO_MEMORY;
	if (st == STATUS_OK)
		p->ocsp[p->ocsp_count++] = item;
	else
		OCSP_BASICRESP_free(basic);
	return st == STATUS_DUPLICATE ? STATUS_OK : st;
}

enum status
policy_add_crls(struct policy *p, struct span in)
{
	const unsigned char *at = in.data;
	enum status st = STATUS_INVALID;
	X509_CRL *crl;
	BIO *bio;

	if (in.len == 0 || in.len > INT_MAX)
		return STATUS_INVALID;
	if (in.data[0] == 0x30) {
		crl = d2i_X509_CRL(NULL, &at, (long)in.len);
		if (crl != NULL && at == in.data + in.len)
			return policy_keep_crl(p, crl, false);
		X509_CRL_free(crl);
		ERR_clear_error();
		return STATUS_INVALID;
	}
	bio = BIO_new_mem_buf(in.data, (int)in.len);
	if (bio == NULL)
		return STATUS_NO_MEMORY;
	while ((crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL) {
		st = policy_keep_crl(p, crl, false);
		if (st != STATUS_OK)
			break;
	}
	BIO_free(bio);
	ERR_clear_error();
	return st;
}

enum status
policy_add_ocsp(struct policy *p, struct span der)
{
	const unsigned char *at = der.data;
	OCSP_RESPONSE *response = NULL;
	OCSP_BASICRESP *basic = NULL;

	if (der.len == 0 || der.len > INT_MAX)
		return STATUS_INVALID;
	response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
	if (response != NULL && at == der.data + der.len &&
		OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(response);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	return basic == NULL ? STATUS_INVALID : policy_keep_ocsp(p, basic, false);
}

enum status
policy_add_signature_policy(struct policy *p, const char *oid, struct span text)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	struct policy_signature_policy *more, one = {{0}, {0}};

	ERR_clear_error();
	if (object == NULL || OBJ_obj2txt(one.oid, sizeof(one.oid), object, 1) <= 0 ||
		strlen(oid) >= sizeof(one.oid)) {
		ASN1_OBJECT_free(object);
		return STATUS_INVALID;
	}
	ASN1_OBJECT_free(object);
	if (p->signature_policy_count == POLICY_SIGNATURE_POLICIES_MAX)
		return STATUS_TOO_LARGE;
	more = realloc(p->signature_policies, (p->signature_policy_count + 1) * sizeof(*more));
	if (more == NULL)
		return STATUS_NO_MEMORY;
	p->signature_policies = more;
	buf_init(&one.text, TEXT_MAX);
	buf_put(&one.text, text.data, text.len);
	if (buf_status(&one.text) != STATUS_OK) {
		buf_free(&one.text);
		return STATUS_NO_MEMORY;
	}
	more[p->signature_policy_count++] = one;
	return STATUS_OK;
}

void
policy_set_revocation(struct policy *p, enum policy_revocation mode)
{
	p->revocation = mode;
}

void
policy_set_weak(struct policy *p, enum policy_weak mode, clock_us until)
{
	p->weak = mode;
	p->weak_until = until;
}

void
policy_set_freshness(struct policy *p, clock_us max_age, clock_us grace)
{
	p->max_age = max_age;
	p->grace = grace;
}

clock_us
policy_time(const struct policy *p)
{
	return p->at;
}
