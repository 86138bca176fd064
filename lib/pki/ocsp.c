/* ocsp: the state of a certificate by OCSP responses at hand (RFC 6960), signed by its issuer or by a responder the issuer named. */
#include "lib/pki/revocation.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"

#define SINGLES_MAX 256 /* answers of one response that are looked at */

/* The answer for this certificate: the id is compared under the hash that the answer uses. */
static OCSP_SINGLERESP *
find_single(OCSP_BASICRESP *basic, X509 *cert, X509 *issuer)
{
	int count = OCSP_resp_count(basic);

	for (int i = 0; i < count && i < SINGLES_MAX; i++) {
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
		const OCSP_CERTID *id = OCSP_SINGLERESP_get0_id(single);
		ASN1_OBJECT *hash = NULL;
		OCSP_CERTID *own;
		const EVP_MD *md;
		bool same;

		if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, (OCSP_CERTID *)id) != 1)
			continue;
		md = EVP_get_digestbyobj(hash);
		own = md != NULL ? OCSP_cert_to_id(md, cert, issuer) : NULL;
		same = own != NULL && OCSP_id_cmp(own, id) == 0;
		OCSP_CERTID_free(own);
		if (same)
			return single;
	}
	return NULL;
}

/* The responder is the issuer itself, or has OCSPSigning by the same issuer key (RFC 6960 4.2.2.2). */
static bool
authorised(X509 *signer, X509 *issuer)
{
	if (X509_cmp(signer, issuer) == 0)
		return true;
	return X509_NAME_cmp(X509_get_issuer_name(signer), X509_get_subject_name(issuer)) == 0 &&
		cert_may_sign_ocsp(signer) && X509_verify(signer, X509_get0_pubkey(issuer)) == 1;
}

/* The certificate that signed the response, if it may and the signature is right; belongs to the response or is `issuer`. */
static X509 *
find_signer(OCSP_BASICRESP *basic, X509 *issuer)
{
	STACK_OF(X509) *extra = sk_X509_new_null();
	X509 *signer = NULL;

	if (extra == NULL || sk_X509_push(extra, issuer) <= 0 ||
		OCSP_resp_get0_signer(basic, &signer, extra) != 1 || !authorised(signer, issuer) ||
		OCSP_basic_verify(basic, extra, NULL, OCSP_NOVERIFY) != 1)
		signer = NULL;
	sk_X509_free(extra);
	return signer;
}

/* find_signer, remembered: a response is asked about many certificates of one issuer. */
static X509 *
signer_of(struct policy_ocsp *item, X509 *issuer)
{
	if (item->tried != issuer) {
		X509_free(item->tried);
		X509_up_ref(issuer);
		item->tried = issuer;
		item->signer = find_signer(item->basic, issuer);
	}
	return item->signer;
}

/* A responder's own certificate may be revoked too, unless it says that nobody need ask (RFC 6960 4.2.2.2.1). */
static bool
responder_revoked(X509 *signer, X509 *issuer, struct policy *p, clock_us t)
{
	struct revocation_query q = {.t = t};
	struct revocation r;

	if (X509_cmp(signer, issuer) == 0 || X509_get_ext_by_NID(signer, NID_id_pkix_OCSP_noCheck, -1) >= 0)
		return false;
	crl_find(signer, issuer, p, &q, &r);
	return r.state == REVOCATION_REVOKED || r.state == REVOCATION_HELD;
}

/* The responder says from when on it keeps ended certificates (RFC 6960 4.4.4), and this one ended after that. */
static bool
keeps_ended(OCSP_SINGLERESP *single, const X509 *cert)
{
	ASN1_GENERALIZEDTIME *from = OCSP_SINGLERESP_get1_ext_d2i(single, NID_id_pkix_OCSP_archiveCutoff, NULL, NULL);
	bool keeps = from != NULL && cert_time(from) != 0 && cert_time(from) <= cert_not_after(cert);

	ASN1_GENERALIZEDTIME_free(from);
	return keeps;
}

/* A responder may have forgotten what ended: its "good" of afterwards says nothing, as a list of afterwards does not (crl.c). */
static void
read_single(OCSP_SINGLERESP *single, const X509 *cert, clock_us t, struct revocation *r)
{
	ASN1_GENERALIZEDTIME *when = NULL, *this_update = NULL, *next_update = NULL;
	int reason = -1;
	int status = OCSP_single_get0_status(single, &reason, &when, &this_update, &next_update);

	r->this_update = cert_time(this_update);
	r->next_update = cert_time(next_update);
	if (status == V_OCSP_CERTSTATUS_GOOD) {
		r->after_expiry = keeps_ended(single, cert);
		if (r->this_update < cert_not_after(cert) + CLOCK_SECOND || r->after_expiry)
			r->state = REVOCATION_GOOD;
	} else if (status == V_OCSP_CERTSTATUS_REVOKED) {
		r->revoked_at = cert_time(when);
		r->state = r->revoked_at > t ? REVOCATION_GOOD :
			reason == OCSP_REVOKED_STATUS_CERTIFICATEHOLD ? REVOCATION_HELD :
			REVOCATION_REVOKED;
	}
}

/* The responder's key must be trustworthy when it spoke, and until the answer is proven to have existed: at latest now. */
static bool
spoke_in_time(const struct policy_ocsp *item, const X509 *signer, const struct policy *p, clock_us this_update)
{
	clock_us proven = policy_proven(p, &item->digest);

	return cert_valid_at(signer, this_update) && (proven <= this_update || cert_valid_at(signer, proven));
}

void
ocsp_find(X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q, struct revocation *out)
{
	*out = (struct revocation){.state = REVOCATION_UNKNOWN};
	for (size_t i = 0; i < p->ocsp_count; i++) {
		struct policy_ocsp *item = &p->ocsp[i];
		struct revocation r = {.state = REVOCATION_UNKNOWN, .is_ocsp = true, .inside = item->inside,
			.source = item->digest, .strength = strength_of_algorithm(OCSP_resp_get0_tbs_sigalg(item->basic))};
		OCSP_SINGLERESP *single;
		X509 *signer;

		if ((q->inside && !item->inside) || r.strength == STRENGTH_BROKEN ||
			(single = find_single(item->basic, cert, issuer)) == NULL ||
			(signer = signer_of(item, issuer)) == NULL)
			continue;
		r.source_issuer = X509_get_subject_name(signer);
		read_single(single, cert, q->t, &r);
		if (q->sliding && (r.this_update > q->t || policy_proven(p, &item->digest) > q->t))
			continue;
		/* "revoked" is not forgotten because the responder's certificate has ended since: that would let the signature pass with a warning */
		if (!spoke_in_time(item, signer, p, r.this_update) &&
			!(r.state == REVOCATION_REVOKED && cert_valid_at(signer, r.this_update)))
			r.state = REVOCATION_OUT_OF_BOUNDS;
		else if (responder_revoked(signer, issuer, p, q->t))
			r.state = REVOCATION_UNKNOWN;
		revocation_age(&r, p, q);
		revocation_join(out, &r, q->sliding);
	}
	ERR_clear_error();
}
