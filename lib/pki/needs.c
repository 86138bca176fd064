/* needs: see needs.h. */
#include "lib/pki/needs.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "lib/pki/ageing.h"
#include "lib/pki/cert.h"
#include "lib/pki/chain.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/counter.h"
#include "lib/pki/policy_data.h"
#include "lib/pki/tsp.h"

#define TOKENS_MAX 64 /* among the unsigned attributes of one signature */
#define LISTS_MAX 64  /* revocation lists inside one signature */
#define INSIDE_MAX 1024

struct needs {
	struct policy *policy; /* derived: holds the lists found inside the signatures too */
	STACK_OF(X509) *inside; /* certificates found there: one may have signed a list */
	struct needs_cert *certs[NEEDS_CERTS_MAX];
	size_t count;
};

struct needs *
needs_new(const struct policy *p)
{
	struct needs *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->policy = policy_derive(p);
	n->inside = sk_X509_new_null();
	if (n->policy == NULL || n->inside == NULL) {
		needs_free(n);
		return NULL;
	}
	n->policy->carried = n->inside;
	return n;
}

static void
free_urls(struct needs_urls *u)
{
	for (size_t i = 0; i < u->count; i++)
		free(u->at[i]);
}

void
needs_free(struct needs *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->count; i++) {
		struct needs_cert *c = n->certs[i];

		X509_free(c->cert);
		X509_free(c->issuer);
		free_urls(&c->issuers);
		free_urls(&c->ocsp);
		free_urls(&c->crl);
		buf_free(&c->proof_der);
		free(c);
	}
	policy_free(n->policy);
	sk_X509_pop_free(n->inside, X509_free);
	free(n);
}

/* --- where to ask --- */

static void
add_url(struct needs_urls *to, const GENERAL_NAME *name)
{
	const ASN1_IA5STRING *uri;
	const char *text;
	int len;

	if (name == NULL || name->type != GEN_URI || to->count == NEEDS_URLS)
		return;
	uri = name->d.uniformResourceIdentifier;
	text = (const char *)ASN1_STRING_get0_data(uri);
	len = ASN1_STRING_length(uri);
	if (len <= 0 || len > NEEDS_URL_MAX ||
		(strncasecmp(text, "http://", 7) != 0 && strncasecmp(text, "https://", 8) != 0))
		return;
	for (int i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] > '~')
			return;
	for (size_t i = 0; i < to->count; i++)
		if (strlen(to->at[i]) == (size_t)len && memcmp(to->at[i], text, (size_t)len) == 0)
			return;
	to->at[to->count] = strndup(text, (size_t)len);
	if (to->at[to->count] != NULL)
		to->count++;
}

static void
read_access(X509 *cert, int method, struct needs_urls *to)
{
	AUTHORITY_INFO_ACCESS *info = X509_get_ext_d2i(cert, NID_info_access, NULL, NULL);

	for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(info); i++) {
		const ACCESS_DESCRIPTION *d = sk_ACCESS_DESCRIPTION_value(info, i);

		if (OBJ_obj2nid(d->method) == method)
			add_url(to, d->location);
	}
	AUTHORITY_INFO_ACCESS_free(info);
}

/* Complete lists: not for some reasons only (lib/pki/crl reads no others). */
static void
read_points(X509 *cert, struct needs_urls *to)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);

	for (int i = 0; i < sk_DIST_POINT_num(points); i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(points, i);

		if (p->distpoint == NULL || p->distpoint->type != 0 || p->reasons != NULL)
			continue;
		for (int k = 0; k < sk_GENERAL_NAME_num(p->distpoint->name.fullname) && k < 16; k++)
			add_url(to, sk_GENERAL_NAME_value(p->distpoint->name.fullname, k));
	}
	CRL_DIST_POINTS_free(points);
}

/* --- which certificates --- */

static struct needs_cert *
find(struct needs *n, const X509 *cert)
{
	for (size_t i = 0; i < n->count; i++)
		if (X509_cmp(n->certs[i]->cert, cert) == 0)
			return n->certs[i];
	return NULL;
}

static enum status
note(struct needs *n, X509 *cert, X509 *issuer, bool anchor, struct needs_cert **out)
{
	struct needs_cert *c = find(n, cert);

	if (c == NULL) {
		if (n->count == NEEDS_CERTS_MAX)
			return STATUS_TOO_LARGE;
		c = calloc(1, sizeof(*c));
		if (c == NULL)
			return STATUS_NO_MEMORY;
		X509_up_ref(cert);
		c->cert = cert;
		c->no_revocation = X509_get_ext_by_NID(cert, NID_id_pkix_OCSP_noCheck, -1) >= 0;
		n->certs[n->count++] = c;
	}
	if (c->issuer == NULL && issuer != NULL) {
		X509_up_ref(issuer);
		c->issuer = issuer;
		free_urls(&c->issuers);
		c->issuers.count = 0;
	}
	c->anchor |= anchor;
	if (out != NULL)
		*out = c;
	return STATUS_OK;
}

static X509 *
issuer_among(X509 *cert, const STACK_OF(X509) *certs)
{
	for (int i = 0; i < sk_X509_num(certs) && i < CHAIN_CANDIDATES + POLICY_REVOCATION_MAX; i++) {
		X509 *other = sk_X509_value(certs, i);

		if (X509_cmp(other, cert) != 0 && X509_check_issued(other, cert) == X509_V_OK)
			return other;
	}
	return NULL;
}

/* No path: up to the certificate whose issuer nobody has. */
static enum status
note_stump(struct needs *n, X509 *leaf, const STACK_OF(X509) *inside)
{
	struct needs_cert *top = NULL;
	X509 *at = leaf;
	enum status st = STATUS_OK;

	for (int depth = 0; st == STATUS_OK && at != NULL && depth < CHAIN_DEPTH; depth++) {
		X509 *issuer = issuer_among(at, inside);

		if (issuer == NULL)
			issuer = issuer_among(at, n->policy->intermediates);
		st = note(n, at, issuer, false, &top);
		at = issuer;
	}
	if (st == STATUS_OK && top->issuer == NULL && top->issuers.count == 0 &&
		X509_check_issued(top->cert, top->cert) != X509_V_OK)
		read_access(top->cert, NID_ad_ca_issuers, &top->issuers);
	return st;
}

static enum status
note_path(struct needs *n, X509 *leaf, const STACK_OF(X509) *inside, enum chain_use use)
{
	STACK_OF(X509) *path = NULL;
	enum status st = STATUS_OK;
	const char *why;
	int count;

	if (chain_build(leaf, inside, n->policy, use, &path, NULL, &why) != SUB_NONE)
		return note_stump(n, leaf, inside);
	count = sk_X509_num(path);
	for (int i = 0; st == STATUS_OK && i < count; i++)
		st = note(n, sk_X509_value(path, i), i + 1 < count ? sk_X509_value(path, i + 1) : NULL, i + 1 == count,
			NULL);
	sk_X509_pop_free(path, X509_free);
	return st;
}

static void
keep_inside(struct needs *n, const STACK_OF(X509) *certs)
{
	for (int i = 0; i < sk_X509_num(certs) && sk_X509_num(n->inside) < INSIDE_MAX; i++)
		(void)X509_add_cert(n->inside, sk_X509_value(certs, i), X509_ADD_FLAG_UP_REF | X509_ADD_FLAG_NO_DUP);
}

static enum status
add_lists(struct needs *n, const STACK_OF(X509_CRL) *crls)
{
	for (int i = 0; i < sk_X509_CRL_num(crls) && i < LISTS_MAX; i++) {
		X509_CRL *crl = sk_X509_CRL_value(crls, i);

		if (X509_CRL_up_ref(crl) != 1 || policy_keep_crl(n->policy, crl, true) == STATUS_NO_MEMORY)
			return STATUS_NO_MEMORY;
	}
	return STATUS_OK;
}

static void
mark_timestamp(struct needs *n, const X509 *signer, int digest_nid, int imprint_nid)
{
	struct needs_cert *c = find(n, signer);
	clock_us a = ageing_of_digest(n->policy, digest_nid), b = ageing_of_digest(n->policy, imprint_nid);

	if (c == NULL)
		return;
	c->timestamp = true;
	a = a < b ? a : b;
	c->timestamp_until = a > c->timestamp_until ? a : c->timestamp_until;
}

static int
imprint_of_token(struct needs *n, struct span cms, int otherwise)
{
	struct tsp_token t;
	const char *why;
	int nid = otherwise;

	if (tsp_token_read(cms, n->policy->known, &t, &why) == STATUS_OK) {
		nid = t.digest_nid;
		tsp_token_free(&t);
	}
	return nid;
}

static enum status
add_token(struct needs *n, struct span der)
{
	struct tsp_token t;
	const char *why;
	X509 *signer;
	enum status st = STATUS_OK;

	if (tsp_token_read(der, n->policy->known, &t, &why) != STATUS_OK)
		return STATUS_OK;
	signer = cms_find_signer(&t.cms, n->policy->intermediates);
	if (signer != NULL) {
		st = note_path(n, signer, t.cms.certs, CHAIN_USE_TIMESTAMP);
		mark_timestamp(n, signer, t.cms.digest_nid, t.digest_nid);
	}
	if (st == STATUS_OK)
		st = add_lists(n, t.cms.crls);
	tsp_token_free(&t);
	return st;
}

/* Every unsigned attribute whose value is a timestamp token, whatever the timestamp is about. */
static enum status
add_tokens(struct needs *n, const struct cms_signature *s)
{
	int attributes = CMS_unsigned_get_attr_count(s->signer), seen = 0;
	enum status st = STATUS_OK;

	for (int i = 0; i < attributes && st == STATUS_OK; i++) {
		X509_ATTRIBUTE *a = CMS_unsigned_get_attr(s->signer, i);

		for (int k = 0; k < X509_ATTRIBUTE_count(a) && st == STATUS_OK && seen < TOKENS_MAX; k++, seen++) {
			const ASN1_TYPE *v = X509_ATTRIBUTE_get0_type(a, k);

			if (v != NULL && v->type == V_ASN1_SEQUENCE)
				st = add_token(n, (struct span){v->value.sequence->data,
					(size_t)v->value.sequence->length});
		}
	}
	return st;
}

static enum status
add_signature(struct needs *n, struct span cms, bool counter)
{
	struct cms_signature s;
	const char *why;
	X509 *signer;
	enum status st = STATUS_OK;

	if ((counter ? cms_read_counter(cms, n->policy->known, &s, &why) : cms_read(cms, n->policy->known, &s, &why)) != STATUS_OK)
		return STATUS_OK;
	signer = cms_find_signer(&s, n->policy->intermediates);
	if (signer != NULL) {
		st = note_path(n, signer, s.certs, s.content_type == NID_id_smime_ct_TSTInfo ?
			CHAIN_USE_TIMESTAMP : CHAIN_USE_DOCUMENT);
		if (s.content_type == NID_id_smime_ct_TSTInfo)
			mark_timestamp(n, signer, s.digest_nid, imprint_of_token(n, cms, s.digest_nid));
	}
	keep_inside(n, s.certs);
	if (st == STATUS_OK)
		st = add_lists(n, s.crls);
	if (st == STATUS_OK)
		st = add_tokens(n, &s);
	cms_signature_free(&s);
	ERR_clear_error();
	return st;
}

/* Whoever counter-signed it. */
static enum status
add_counters(struct needs *n, struct span cms)
{
	struct counter list[COUNTER_MAX];
	struct cms_parts parts;
	struct der d;
	struct buf der;
	size_t count = 0;
	enum status st = STATUS_OK;

	buf_init(&der, CMS_READ_MAX);
	if (counter_der(cms, &der) == STATUS_OK) {
		struct span in = der.len != 0 ? (struct span){der.data, der.len} : cms;

		if (der_expect(&in, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &parts))
			count = counter_list(&parts, list, NULL);
	}
	for (size_t i = 0; i < count && st == STATUS_OK; i++) {
		struct buf whole;

		buf_init(&whole, CMS_READ_MAX);
		if (counter_whole(&parts, &list[i], true, &whole) == STATUS_OK)
			st = add_signature(n, (struct span){whole.data, whole.len}, true);
		buf_free(&whole);
	}
	buf_free(&der);
	return st;
}

enum status
needs_add(struct needs *n, struct span cms)
{
	enum status st = add_signature(n, cms, false);

	return st == STATUS_OK ? add_counters(n, cms) : st;
}

/* --- what the data at hand say --- */

static bool
better(const struct revocation *a, const struct revocation *b)
{
	return b->state != a->state ? b->state > a->state : b->this_update > a->this_update;
}

/* The whole OCSPResponse again: the policy keeps what is inside. */
static enum status
put_ocsp(OCSP_BASICRESP *basic, struct buf *to)
{
	OCSP_RESPONSE *whole = OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic);
	unsigned char *der = NULL;
	int len = whole != NULL ? i2d_OCSP_RESPONSE(whole, &der) : -1;

	buf_free(to);
	buf_init(to, len > 0 ? (size_t)len : 1);
	if (len > 0)
		buf_put(to, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_RESPONSE_free(whole);
	return len > 0 ? buf_status(to) : STATUS_NO_MEMORY;
}

static enum status
put_crl(X509_CRL *crl, struct buf *to)
{
	unsigned char *der = NULL;
	int len = i2d_X509_CRL(crl, &der);

	buf_free(to);
	buf_init(to, len > 0 ? (size_t)len : 1);
	if (len > 0)
		buf_put(to, der, (size_t)len);
	OPENSSL_free(der);
	return len > 0 ? buf_status(to) : STATUS_NO_MEMORY;
}

/* The bytes of the data that speak; a delta alone is no proof. */
static enum status
put_source(const struct policy *p, const struct revocation *r, struct buf *to)
{
	for (size_t i = 0; r->is_ocsp && i < p->ocsp_count; i++)
		if (memcmp(&p->ocsp[i].digest, &r->source, sizeof(r->source)) == 0)
			return put_ocsp(p->ocsp[i].basic, to);
	for (size_t i = 0; !r->is_ocsp && i < p->crl_count; i++)
		if (memcmp(&p->crls[i].digest, &r->source, sizeof(r->source)) == 0 && !p->crls[i].delta)
			return put_crl(p->crls[i].crl, to);
	return STATUS_OK;
}

/* Of a response and a list that say the same the response: it is smaller. */
static enum status
choose_proof(struct needs *n, struct needs_cert *c)
{
	struct revocation_query q = {.t = n->policy->at};
	struct revocation best, list;
	enum status st = STATUS_OK;

	ocsp_find(c->cert, c->issuer, n->policy, &q, &best);
	crl_find(c->cert, c->issuer, n->policy, &q, &list);
	if (list.state > best.state || (best.state <= REVOCATION_STALE && better(&best, &list)))
		best = list;
	if (best.state > REVOCATION_STALE)
		st = put_source(n->policy, &best, &c->proof_der);
	/* whoever reads the list later needs the certificate that signed it, and data about that one */
	if (st == STATUS_OK && best.state > REVOCATION_STALE && best.signer != NULL)
		st = note(n, best.signer, X509_check_issued(c->issuer, best.signer) == X509_V_OK ? c->issuer : NULL, false, NULL);
	c->proof = (struct span){c->proof_der.data, c->proof_der.len};
	c->proof_is_ocsp = best.is_ocsp;
	c->next_update = best.state == REVOCATION_UNKNOWN ? 0 : best.next_update != 0 ? best.next_update : best.this_update + CLOCK_DAY;
	return st;
}

enum status
needs_ask(struct needs *n)
{
	enum status st = STATUS_OK;

	for (size_t i = 0; i < n->count && st == STATUS_OK; i++) {
		struct needs_cert *c = n->certs[i];
		struct revocation_query q = {.t = n->policy->at};
		struct revocation r;

		if (c->anchor || c->issuer == NULL)
			continue;
		revocation_find(c->cert, c->issuer, n->policy, &q, &r);
		c->state = r.state;
		read_access(c->cert, NID_ad_OCSP, &c->ocsp);
		read_points(c->cert, &c->crl);
		st = choose_proof(n, c);
	}
	ERR_clear_error();
	return st;
}

size_t
needs_count(const struct needs *n)
{
	return n->count;
}

const struct needs_cert *
needs_at(const struct needs *n, size_t i)
{
	return i < n->count ? n->certs[i] : NULL;
}

clock_us
needs_timestamps_until(const struct needs *n)
{
	clock_us newest = 0;

	for (size_t i = 0; i < n->count; i++) {
		struct needs_cert *c = n->certs[i];
		clock_us until = c->timestamp_until, end = cert_not_after(c->cert);

		if (!c->timestamp)
			continue;
		until = end < until ? end : until;
		for (int depth = 0; c != NULL && depth <= CHAIN_DEPTH; depth++) {
			clock_us aged = ageing_of_cert(n->policy, c->cert, c->anchor);

			until = aged < until ? aged : until;
			c = c->issuer != NULL ? find((struct needs *)(uintptr_t)n, c->issuer) : NULL;
		}
		newest = until > newest ? until : newest;
	}
	return newest;
}

clock_us
needs_stand_until(const struct needs *n)
{
	clock_us until = ageing_next(n->policy) != AGEING_NEVER ? ageing_next(n->policy) : 0;

	for (size_t i = 0; i < n->count; i++) {
		const struct needs_cert *c = n->certs[i];
		const clock_us ends[] = {cert_not_before(c->cert), cert_not_after(c->cert) + CLOCK_SECOND, c->next_update};

		for (size_t k = 0; k < sizeof(ends) / sizeof(ends[0]); k++)
			if (ends[k] > n->policy->at && (until == 0 || ends[k] < until))
				until = ends[k];
	}
	return until;
}

bool
needs_issuer(const struct needs_cert *c)
{
	return !c->anchor && c->issuer == NULL && c->issuers.count > 0;
}

bool
needs_revocation(const struct needs_cert *c)
{
	return !c->anchor && c->issuer != NULL && !c->no_revocation && c->state < REVOCATION_GOOD &&
		c->ocsp.count + c->crl.count > 0;
}

enum status
needs_ocsp_request(const struct needs_cert *c, struct buf *out)
{
	OCSP_REQUEST *request = OCSP_REQUEST_new();
	/* SHA-1 names the certificate, it protects nothing; it is what responders know (RFC 5019 2.1.1) */
	OCSP_CERTID *id = c->issuer != NULL ? OCSP_cert_to_id(EVP_sha1(), c->cert, c->issuer) : NULL;
	unsigned char *der = NULL;
	int len = -1;

	if (request != NULL && id != NULL && OCSP_request_add0_id(request, id) != NULL) {
		id = NULL;
		len = i2d_OCSP_REQUEST(request, &der);
	}
	buf_init(out, len > 0 ? (size_t)len : 1);
	if (len > 0)
		buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
	OCSP_CERTID_free(id);
	OCSP_REQUEST_free(request);
	return len > 0 ? buf_status(out) : STATUS_INVALID;
}
