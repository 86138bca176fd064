/* past: what was right while its certificates were (EN 319 102-1 5.6.2.1, 5.6.2.2 and 5.6.2.4). */
#include "lib/pki/verdict_data.h"

#include "lib/pki/ageing.h"
#include "lib/pki/cert.h"

bool
past_may_help(enum sub_indication sub)
{
	switch (sub) {
	case SUB_REVOKED_NO_POE:
	case SUB_REVOKED_CA_NO_POE:
	case SUB_OUT_OF_BOUNDS_NO_POE:
	case SUB_OUT_OF_BOUNDS_NOT_REVOKED:
	case SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE:
	case SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE:
	case SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE:
	case SUB_TRY_LATER: /* data that was fresh once */
		return true;
	default:
		return false;
	}
}

/* There was a moment at which every certificate below the anchor was valid (5.6.2.1 step 2). */
static bool
were_valid_together(const STACK_OF(X509) *path)
{
	clock_us from = 0, until = INT64_MAX;

	for (int i = 0; i + 1 < sk_X509_num(path); i++) {
		clock_us a = cert_not_before(sk_X509_value(path, i)), b = cert_not_after(sk_X509_value(path, i));

		from = a > from ? a : from;
		until = b < until ? b : until;
	}
	return from <= until;
}

static void
lower(clock_us *control, clock_us to)
{
	if (to < *control)
		*control = to;
}

/* What the administrator and the anchor's own validity leave of the present. */
static void
start_at_anchor(const struct policy *p, const X509 *anchor, clock_us *control)
{
	const struct policy_anchor *a = policy_anchor_of(p, anchor);

	lower(control, cert_not_after(anchor));
	if (a != NULL && a->until != 0)
		lower(control, a->until - CLOCK_SECOND);
}

/* One certificate of the sliding: the newest data about it that existed by *control moves *control back. */
static bool
slide(struct policy *p, X509 *cert, X509 *issuer, clock_us issued_from, clock_us *control)
{
	struct revocation_query q = {.t = *control, .sliding = true};
	struct digest d = cert_digest(cert);
	struct revocation r;
	enum strength s;

	revocation_find(cert, issuer, p, &q, &r);
	if (r.state < REVOCATION_GOOD || r.this_update < issued_from || policy_proven(p, &d) > *control)
		return false;
	if (r.state == REVOCATION_REVOKED || r.state == REVOCATION_HELD)
		lower(control, r.revoked_at);
	else if (!r.fresh)
		lower(control, r.this_update);
	s = strength_of_cert(cert, 0);
	s = r.strength > s ? r.strength : s;
	if (s == STRENGTH_BROKEN)
		return false;
	if (s == STRENGTH_WEAK && p->weak == POLICY_WEAK_REFUSE)
		lower(control, p->weak_until);
	if (ageing_of_cert(p, cert, false) <= p->at) /* 5.6.2.2: its algorithms count up to their end only */
		lower(control, ageing_of_cert(p, cert, false));
	return true;
}

enum sub_indication
past_judge(struct policy *p, const STACK_OF(X509) *path, enum sub_indication now, clock_us proven, clock_us issued_from,
	struct past *out)
{
	int last = sk_X509_num(path) - 1;
	X509 *leaf = sk_X509_value(path, 0);

	*out = (struct past){.why = "", .control = p->at};
	if (!were_valid_together(path)) {
		out->why = "the certificates of the path were never valid together";
		return now;
	}
	start_at_anchor(p, sk_X509_value(path, last), &out->control);
	for (int i = last - 1; i >= 0; i--)
		if (!slide(p, sk_X509_value(path, i), sk_X509_value(path, i + 1), i == 0 ? issued_from : 0, &out->control)) {
			out->at = sk_X509_value(path, i);
			out->why = "no revocation data about a certificate is proven to have existed in time";
			return SUB_NO_POE;
		}
	if (proven > out->control) {
		out->why = "nothing proves that the signature existed while its certificates were good";
		return now;
	}
	/* 5.6.2.4: the certificate's own validity counts at the proven time */
	if (proven < cert_not_before(leaf)) {
		out->why = "it was signed before the certificate's validity began";
		return SUB_NOT_YET_VALID;
	}
	if (proven >= cert_not_after(leaf) + CLOCK_SECOND)
		return now;
	return SUB_NONE;
}
