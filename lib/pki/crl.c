/* crl: the state of a certificate by certificate revocation lists (RFC 5280 5 and 6.3): complete direct lists, no deltas. */
#include "lib/pki/revocation.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/pki/cert.h"

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

/* A critical extension that is not understood makes the list unusable (RFC 5280 5.2); so does being a delta. */
static bool
understood(const X509_CRL *crl)
{
	for (int i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		X509_EXTENSION *x = X509_CRL_get_ext(crl, i);
		int nid = OBJ_obj2nid(X509_EXTENSION_get_object(x));

		if (nid == NID_delta_crl ||
			(X509_EXTENSION_get_critical(x) && nid != NID_issuing_distribution_point))
			return false;
	}
	return true;
}

static bool
usable(X509_CRL *crl, X509 *cert, X509 *issuer)
{
	return X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert)) == 0 &&
		X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) == 0 &&
		(X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0 && understood(crl) &&
		covers(crl, cert) && X509_CRL_verify(crl, X509_get0_pubkey(issuer)) == 1;
}

static void
read_entry(X509_CRL *crl, X509 *cert, clock_us t, struct revocation *r)
{
	X509_REVOKED *entry = NULL;
	ASN1_ENUMERATED *reason;
	clock_us when;
	int found = X509_CRL_get0_by_cert(crl, &entry, cert);

	if (found == 0 || found == 2) { /* 2: removeFromCRL */
		/* expired certificates leave the list: it says nothing about them (RFC 5280 3.3) */
		if (r->this_update < cert_not_after(cert) + CLOCK_SECOND)
			r->state = REVOCATION_GOOD;
		return;
	}
	when = cert_time(X509_REVOKED_get0_revocationDate(entry));
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

void
crl_find(X509 *cert, X509 *issuer, const STACK_OF(X509_CRL) *crls, clock_us t,
	struct revocation *out)
{
	int seen = 0;

	*out = (struct revocation){.state = REVOCATION_UNKNOWN};
	for (int i = 0; i < sk_X509_CRL_num(crls) && seen < CRLS_MAX; i++) {
		X509_CRL *crl = sk_X509_CRL_value(crls, i);
		struct revocation r = {.state = REVOCATION_UNKNOWN};
		clock_us next = cert_time(X509_CRL_get0_nextUpdate(crl));

		if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_issuer_name(cert)) != 0)
			continue;
		seen++;
		if (!usable(crl, cert, issuer))
			continue;
		r.this_update = cert_time(X509_CRL_get0_lastUpdate(crl));
		read_entry(crl, cert, t, &r);
		/* past its nextUpdate a list no longer says that somebody is good or held; revoked it is for ever */
		if (next < t && (r.state == REVOCATION_GOOD || r.state == REVOCATION_HELD))
			r.state = REVOCATION_STALE;
		revocation_join(out, &r);
	}
	ERR_clear_error();
}
