/*
 * crl: the state of a certificate by certificate revocation lists (RFC 5280 5 and 6.3): complete lists of the issuer or of the CRL issuer that the certificate names, and deltas to
 * them. Who may sign them: crl_signer.
 */
#include "lib/pki/revocation.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/pki/cert.h"
#include "lib/pki/crl_signer.h"
#include "lib/pki/policy_data.h"

#define CRLS_MAX 64  /* lists of one issuer that are looked at */
#define NAMES_MAX 16 /* points, and names of one point */

/* A name among those of a distribution point. */
static bool
has_name(const GENERAL_NAMES *names, GENERAL_NAME *name)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(names) && i < NAMES_MAX; i++)
		if (GENERAL_NAME_cmp(sk_GENERAL_NAME_value(names, i), name) == 0)
			return true;
	return false;
}

/* One name of the list's distribution point is one of the certificate's: of the point, or, where that has no name, of its CRL issuer (RFC 5280 6.3.3 b 2 i). */
static bool
same_name(const DIST_POINT *point, const DIST_POINT_NAME *of_list)
{
	const GENERAL_NAMES *own = point->distpoint == NULL ? point->CRLissuer : point->distpoint->type == 0 ? point->distpoint->name.fullname : NULL;

	for (int i = 0; of_list->type == 0 && i < sk_GENERAL_NAME_num(of_list->name.fullname) && i < NAMES_MAX; i++)
		if (has_name(own, sk_GENERAL_NAME_value(of_list->name.fullname, i)))
			return true;
	return false;
}

/* The point says that this one issues its list. */
static bool
names_issuer(const DIST_POINT *point, const X509_NAME *issuer)
{
	for (int i = 0; i < sk_GENERAL_NAME_num(point->CRLissuer) && i < NAMES_MAX; i++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(point->CRLissuer, i);

		if (name->type == GEN_DIRNAME && X509_NAME_cmp(name->d.directoryName, issuer) == 0)
			return true;
	}
	return false;
}

/* A distribution point of the certificate that this list is for. `indirect`: by the CRL issuer that the point names, else by the certificate's own. */
static bool
has_point(const CRL_DIST_POINTS *points, X509_CRL *crl, const DIST_POINT_NAME *of_list, bool indirect)
{
	for (int i = 0; i < sk_DIST_POINT_num(points) && i < NAMES_MAX; i++) {
		const DIST_POINT *point = sk_DIST_POINT_value(points, i);

		if (indirect ? point->reasons == NULL && names_issuer(point, X509_CRL_get_issuer(crl)) && (of_list == NULL || same_name(point, of_list)) :
			point->CRLissuer == NULL && same_name(point, of_list))
			return true;
	}
	return false;
}

/* Some point of the certificate names a CRL issuer at all. */
static bool
names_others(X509 *cert)
{
	CRL_DIST_POINTS *points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
	bool names = false;

	for (int i = 0; i < sk_DIST_POINT_num(points) && i < NAMES_MAX; i++)
		names = names || sk_DIST_POINT_value(points, i)->CRLissuer != NULL;
	CRL_DIST_POINTS_free(points);
	return names;
}

static bool
is_of_issuer(const X509_CRL *crl, const X509 *cert)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert)) == 0;
}

/* The list's issuingDistributionPoint covers this certificate, for all reasons; by another issuer only when it is indirect and the certificate names that issuer (6.3.3 b 1). */
static bool
covers(X509_CRL *crl, X509 *cert)
{
	int critical = -1;
	ISSUING_DIST_POINT *idp =
		X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &critical, NULL);
	bool ca = X509_check_ca(cert) == 1, own = is_of_issuer(crl, cert), right;
	CRL_DIST_POINTS *points;

	if (idp == NULL)
		return critical == -1 && own; /* not there; anything else: there, but unreadable */
	points = X509_get_ext_d2i(cert, NID_crl_distribution_points, NULL, NULL);
	right = !(idp->onlyuser && ca) && !(idp->onlyCA && !ca) && !idp->onlyattr && idp->onlysomereasons == NULL &&
		(own ? idp->distpoint == NULL || has_point(points, crl, idp->distpoint, false) :
			idp->indirectCRL && has_point(points, crl, idp->distpoint, true));
	CRL_DIST_POINTS_free(points);
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

static enum strength
strength_of(const X509_CRL *crl)
{
	const X509_ALGOR *algorithm = NULL;

	X509_CRL_get0_signature(crl, NULL, &algorithm);
	return strength_of_algorithm(algorithm);
}

/* Who signs lists can be revoked too: by a list of who certified it (RFC 5280 6.3.3 f; a list says nothing about its own signer). */
static bool
signer_revoked(X509 *signer, X509 *above, struct policy *p, const struct revocation_query *q)
{
	struct revocation_query own = {.t = q->t, .own = true};
	struct revocation r;

	crl_find(signer, above, p, &own, &r);
	return r.state == REVOCATION_REVOKED || r.state == REVOCATION_HELD;
}

/* Its key must be trustworthy when it signed, and until the list is proven to have existed: at latest now. */
static bool
signed_in_time(const struct policy_crl *item, const X509 *signer, const struct policy *p)
{
	clock_us proven = policy_proven(p, &item->digest);

	return cert_valid_at(signer, item->this_update) && (proven <= item->this_update || cert_valid_at(signer, proven));
}

/* `signer_out`: who signed it, when it is not the issuer by its own key. */
static bool
usable(struct policy_crl *item, X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q, X509 **signer_out)
{
	X509_CRL *crl = item->crl;
	X509 *signer, *above;

	*signer_out = NULL;
	if (strength_of(crl) == STRENGTH_BROKEN || !understood(crl) || !covers(crl, cert) || (signer = crl_signer(p, item, issuer, &above)) == NULL)
		return false;
	if (signer == issuer)
		return true;
	*signer_out = signer;
	/* an authority of the path itself is judged there */
	return !q->own && (X509_cmp(signer, above) == 0 || !signer_revoked(signer, above, p, q));
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
	X509 *signer;
	int64_t own = number(base->crl, NID_crl_number);
	int seen = 0;

	for (size_t i = 0; own >= 0 && i < p->crl_count && seen < CRLS_MAX; i++) {
		struct policy_crl *d = &p->crls[i];

		/* of the same issuer, by the same key (RFC 5280 6.3.3 c) */
		if (!d->delta || X509_NAME_cmp(X509_CRL_get_issuer(d->crl), X509_CRL_get_issuer(base->crl)) != 0 || !in_time(d, p, q) ||
			!usable(d, cert, issuer, p, q, &signer) || d->signer != base->signer)
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
	bool others = names_others(cert);

	*out = (struct revocation){.state = REVOCATION_UNKNOWN};
	for (size_t i = 0; i < p->crl_count && seen < CRLS_MAX; i++) {
		struct policy_crl *base = &p->crls[i];
		struct revocation r;
		X509 *signer;

		/* a list by another issuer that does not cover it is no list about it: a crowd of those hides none */
		if (base->delta || (!is_of_issuer(base->crl, cert) && !(others && covers(base->crl, cert))))
			continue;
		seen++;
		if (!in_time(base, p, q) || !usable(base, cert, issuer, p, q, &signer))
			continue;
		read_lists(base, find_delta(base, cert, issuer, p, q), cert, q->t, &r);
		r.signer = signer;
		if (signer != NULL && !signed_in_time(base, signer, p))
			r.state = REVOCATION_OUT_OF_BOUNDS;
		revocation_age(&r, p, q);
		revocation_join(out, &r, q->sliding);
	}
	ERR_clear_error();
}
