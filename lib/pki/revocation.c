/* revocation: see revocation.h. */
#include "lib/pki/revocation.h"

#include "lib/pki/policy_data.h"

/* Without nextUpdate newer data is always to be had (RFC 6960 4.2.2.1): such an answer is fresh for a day. */
#define FRESH_WITHOUT_NEXT CLOCK_DAY

void
revocation_age(struct revocation *r, const struct policy *p, const struct revocation_query *q)
{
	clock_us next = r->next_update != 0 ? r->next_update : r->this_update + FRESH_WITHOUT_NEXT;

	r->fresh = next >= q->t && (p->max_age == 0 || r->this_update >= q->t - p->max_age) &&
		r->this_update >= q->issued_from;
	/* data that is too old no longer says that somebody is good or held; revoked it is for ever */
	if (!q->sliding && !r->fresh && (r->state == REVOCATION_GOOD || r->state == REVOCATION_HELD))
		r->state = REVOCATION_STALE;
}

void
revocation_join(struct revocation *a, const struct revocation *b, bool sliding)
{
	/* A hold may have been lifted or become final: among good and held the newest data decides, revoked stays. */
	bool newer = a->state >= REVOCATION_GOOD && b->state >= REVOCATION_GOOD &&
		a->state != REVOCATION_REVOKED && b->state != REVOCATION_REVOKED;
	bool more = newer ? b->this_update > a->this_update :
		b->state > a->state || (b->state == a->state && b->this_update > a->this_update);

	if (sliding && b->state < REVOCATION_GOOD)
		return;
	/* also back in time revoked stays revoked, whatever a younger answer says */
	if (sliding && a->state >= REVOCATION_GOOD && (a->state == REVOCATION_REVOKED) == (b->state == REVOCATION_REVOKED))
		more = b->this_update > a->this_update ||
			(b->this_update == a->this_update && b->state > a->state);
	if (more)
		*a = *b;
}

void
revocation_find(X509 *cert, X509 *issuer, struct policy *p, const struct revocation_query *q,
	struct revocation *out)
{
	struct revocation by_ocsp;

	crl_find(cert, issuer, p, q, out);
	ocsp_find(cert, issuer, p, q, &by_ocsp);
	revocation_join(out, &by_ocsp, q->sliding);
}
