/*
 * level: what a path needs for the long term (EN 319 122-1 6.3 and EN 319 142-1 6.3, levels B-LT and B-LTA): every certificate below the
 * anchor and revocation data about it lie in the file, and all of that is proven to have existed. Structure alone is nothing.
 */
#include "lib/pki/verdict_data.h"

#include "lib/pki/cert.h"

/* The data in the file about a certificate at t, with the certificate of who signed it where that is not the issuer's; good, or revoked only later. */
static bool
find_inside(struct verdict_run *run, X509 *cert, X509 *issuer, clock_us t, struct revocation *r)
{
	struct revocation_query q = {.t = t, .inside = true};

	revocation_find(cert, issuer, run->policy, &q, r);
	return r->state == REVOCATION_GOOD && (r->signer == NULL || run_has_cert(run, r->signer));
}

static bool
proven(const struct verdict_run *run, const struct digest *d)
{
	return policy_proven(run->policy, d) < run->policy->at;
}

bool
level_path_inside(struct verdict_run *run, const STACK_OF(X509) *path, clock_us t)
{
	struct revocation r;

	for (int i = 0; i + 1 < sk_X509_num(path); i++)
		if (!run_has_cert(run, sk_X509_value(path, i)) ||
			!find_inside(run, sk_X509_value(path, i), sk_X509_value(path, i + 1), t, &r))
			return false;
	return true;
}

bool
level_path_proven(struct verdict_run *run, const STACK_OF(X509) *path, clock_us t)
{
	struct revocation r;

	for (int i = 0; i + 1 < sk_X509_num(path); i++) {
		struct digest d = cert_digest(sk_X509_value(path, i)), signer;

		if (!find_inside(run, sk_X509_value(path, i), sk_X509_value(path, i + 1), t, &r) ||
			!proven(run, &d) || !proven(run, &r.source))
			return false;
		if (r.signer == NULL)
			continue;
		signer = cert_digest(r.signer);
		if (!proven(run, &signer))
			return false;
	}
	return true;
}
