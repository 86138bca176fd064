/* revocation: see revocation.h. */
#include "lib/pki/revocation.h"

#include "lib/pki/policy_data.h"

void
revocation_join(struct revocation *a, const struct revocation *b)
{
	/* A hold may have been lifted or become final: among good, held and revoked the newest data decides, except that revoked stays. */
	bool newer = a->state >= REVOCATION_GOOD && b->state >= REVOCATION_GOOD &&
		a->state != REVOCATION_REVOKED && b->state != REVOCATION_REVOKED;

	if (newer ? b->this_update > a->this_update : b->state > a->state)
		*a = *b;
}

void
revocation_find(X509 *cert, X509 *issuer, const struct policy *p, const STACK_OF(X509_CRL) *more,
	clock_us t, struct revocation *out)
{
	struct revocation one;

	*out = (struct revocation){.state = REVOCATION_UNKNOWN};
	ocsp_find(cert, issuer, p, t, &one);
	revocation_join(out, &one);
	crl_find(cert, issuer, p->crls, t, &one);
	revocation_join(out, &one);
	if (more != NULL) {
		crl_find(cert, issuer, more, t, &one);
		revocation_join(out, &one);
	}
}
