/* crl: the state of a certificate by certificate revocation lists (RFC 5280 5 and 6.3): complete lists of the issuer itself and deltas to them. */
#include "lib/pki/revocation.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"

#define CRLS_MAX 64 /* lists of one issuer that are looked at */

/* One name of the list's distribution point is one that the certificate points to (RFC 5280 6.3.3 b 2 i). */
static bool
same_point(X509 *cert, DIST_POINT_NAME *point)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
	bool same = false;

	for (int i = 0; !same && point->type == 0 && i < sk_DIST_POINT_num(points); i++) {
		DIST_POINT_NAME *other = sk_DIST_POINT_value(points, i)->distpoint;

		if (other == NULL || other->type != 0)
			continue;
		for (int a = 0; a < sk_GENERAL_NAME_num(point->name.fullname); a++)
			for (int b = 0; b < sk_GENERAL_NAME_num(other->name.fullname) && b < 16; b++)
				same = same || GENERAL_NAME_cmp(
					sk_GENERAL_NAME_value(point->name.fullname, a),
					sk_GENERAL_NAME_value(other->name.fullname, b)) == 0;
	}
	CRL_DIST_POINTS_free(points);
	return same;
}

/* The list's issuingDistributionPoint covers this certificate, for all reasons. */
static bool
covers(X509_CRL *crl, X509 *cert)
{
	int critical = -1;
	ISSUING_DIST_POINT *idp =
		X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &critical, NULL);
	bool ca = X509_check_ca(cert) == 1, right;

	if (idp == NULL)
		return critical == -1; /* not there; anything else: there, but unreadable */
	right = !(idp->onlyuser && ca) && !(idp->onlyCA && !ca) && !idp->onlyattr &&
		!idp->indirectCRL && idp->onlysomereasons == NULL &&
		(idp->distpoint == NULL || same_point(cert, idp->distpoint));
	ISSUING_DIST_POINT_free(idp);
	return right;
}

/* A critical extension that is not understood makes the list unusable (RFC 5280 5.2). */
static bool
understood(const X509_CRL *crl)
{
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *x = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(x));

		if (X509_EXTENSION_get_critical(x) && nid != NID_issuing_distribution_point && nid != NID_delta_crl)
			return false;
	}
	return true;
}

static bool
signed_by(struct policy_crl *item, X509 *issuer)
{
	if (item->tried != issuer) {
		X509_free(item->tried);
		X509_up_ref(issuer);
		item->tried = issuer;
		item->right = X509_CRL_verify(item->crl, X509_get0_pubkey(issuer)) == 1;
	}
	return item->right;
}

static enum strength
strength_of(const X509_CRL *crl)
{
	int digest = NID_undef;

	OBJ_find_sigid_algs(X509_CRL_get_signature_nid(crl), &digest, NULL);
	/* PSS and EdDSA name no digest of their own here */
	return digest == NID_undef ? STRENGTH_GOOD : strength_of_digest(digest);
}

static bool
usable(struct policy_crl *item, X509 *cert, X509 *issuer)
{
	X509_CRL *crl = item->crl;

	return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
		(X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0 && strength_of(crl) != STRENGTH_BROKEN &&
		understood(crl) && covers(crl, cert) && signed_by(item, issuer);
}

static bool
in_time(const struct policy_crl *item, const struct policy *p, const struct revocation_query *q)
{
	if (q->inside && !item->inside)
		return false;
	return !q->sliding || (item->this_update <= q->t && policy_proven(p, &item->digest) <= q->t);
}

/* The list says from when on it keeps expired certificates (X.509 expiredCertsOnCRL), and this one expired after that. */
static bool
keeps_expired(const X509_CRL *crl, X509 *cert)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("2.5.29.60", 1);
	int at = oid != NULL ? X509_CRL_get_ext_by_OBJ(crl, oid, -1) : -1;
	const ASN1_OCTET_STRING *value;
	const unsigned char *p;
	ASN1_GENERALIZEDTIME *from;
	bool keeps;

	ASN1_OBJECT_free(oid);
	if (at < 0)
		return false;
	value = X509_EXTENSION_get_data(X509_CRL_get_ext(crl, at));
	p = ASN1_STRING_get0_data(value);
	from = d2i_ASN1_GENERALIZEDTIME(NULL, &p, ASN1_STRING_length(value));
	keeps = from != NULL && cert_time(from) != 0 && cert_time(from) <= cert_not_after(cert);
	ASN1_GENERALIZEDTIME_free(from);
	return keeps;
}

static void
read_entry(X509_REVOKED *entry, clock_us t, struct revocation *r)
{
	clock_us when = cert_time(X509_REVOKED_get0_revocationDate(entry));
	ASN1_ENUMERATED *reason;

	if (when > t) {
		r->state = REVOCATION_GOOD;
		return;
	}
	reason = X509_REVOKED_get_ext_d2i(entry, NID_crl_reason, NULL, NULL);
	r->state = reason != NULL && ASN1_ENUMERATED_get(reason) == CRL_REASON_CERTIFICATE_HOLD ?
		REVOCATION_HELD : REVOCATION_REVOKED;
	r->revoked_at = when;
	ASN1_ENUMERATED_free(reason);
}

/* What a list says, and the delta to it (may be NULL) where that says something. */
static void
read_lists(const struct policy_crl *base, const struct policy_crl *delta, X509 *cert, clock_us t,
	struct revocation *r)
{
	const struct policy_crl *newest = delta != NULL ? delta : base;
	X509_REVOKED *entry = NULL;
	int found = 0;

	*r = (struct revocation){.this_update = newest->this_update, .next_update = newest->next_update,
		.inside = newest->inside, .source = newest->digest, .strength = strength_of(newest->crl),
		.source_issuer = X509_CRL_get_issuer(newest->crl)};
	if (delta != NULL)
		found = X509_CRL_get0_by_cert(delta->crl, &entry, cert);
	if (found == 0)
		found = X509_CRL_get0_by_cert(base->crl, &entry, cert);
	if (found == 1) {
		read_entry(entry, t, r);
		return;
	}
	/* not listed, or removeFromCRL (2). Expired certificates leave the list: it says nothing about them (RFC 5280 3.3) */
	r->after_expiry = keeps_expired(base->crl, cert);
	if (r->this_update < cert_not_after(cert) + CLOCK_SECOND || r->after_expiry)
		r->state = REVOCATION_GOOD;
}

/* Numbers of a list; -1: no such extension, or none that fits. */
static int64_t
number(const X509_CRL *crl, int nid)
{
	ASN1_INTEGER *n = X509_CRL_get_ext_d2i(crl, nid, NULL, NULL);
	int64_t value = -1;

	if (n == NULL || ASN1_INTEGER_get_int64(&value, n) != 1)
		value = -1;
	ASN1_INTEGER_free(n);
	return value;
}

/* The newest delta to this base (RFC 5280 5.2.4): made for a base not younger than it, and itself younger. */
static struct policy_crl *
find_delta(struct policy_crl *base, X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q)
{
	struct policy_crl *best = NULL;
	int64_t own = number(base->crl, NID_crl_number);
	int seen = 0;

	for (size_t i = 0; own >= 0 && i < p->crl_count && seen < CRLS_MAX; i++) {
		struct policy_crl *d = &p->crls[i];

		if (!d->delta || !in_time(d, p, q) || !usable(d, cert, issuer))
			continue;
		seen++;
		if (number(d->crl, NID_delta_crl) <= own && number(d->crl, NID_crl_number) > own &&
			(best == NULL || d->this_update > best->this_update))
			best = d;
	}
	return best;
}

void
crl_find(X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q, struct revocation *out)
{
	int seen = 0;

	*out = (struct revocation){.state = REVOCATION_UNKNOWN};
	for (size_t i = 0; i < p->crl_count && seen < CRLS_MAX; i++) {
		struct policy_crl *base = &p->crls[i];
		struct revocation r;

		if (base->delta || X509_NAME_cmp(X509_CRL_get_issuer(base->crl), X509_get_issuer_name(cert)) != 0)
			continue;
		seen++;
		if (!in_time(base, p, q) || !usable(base, cert, issuer))
			continue;
		read_lists(base, find_delta(base, cert, issuer, p, q), cert, q->t, &r);
		revocation_age(&r, p, q);
		revocation_join(out, &r, q->sliding);
	}
	ERR_clear_error();
}
