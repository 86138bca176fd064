/* ageing: see ageing.h. */
#include "lib/pki/ageing.h"

#include <strings.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "lib/pki/strength.h"

static clock_us
earlier(clock_us a, clock_us b)
{
	return a < b ? a : b;
}

static clock_us
of_strength(const struct policy *p, enum strength s)
{
	return s == STRENGTH_WEAK && p->weak == POLICY_WEAK_REFUSE ? p->weak_until : AGEING_NEVER;
}

clock_us
ageing_of_digest(const struct policy *p, int nid)
{
	clock_us until = of_strength(p, strength_of_digest(nid));

	for (size_t i = 0; i < p->ageing_count; i++)
		if (p->ageing[i].digest_nid != NID_undef && p->ageing[i].digest_nid == nid)
			until = earlier(until, p->ageing[i].until);
	return until;
}

/* RSASSA-PSS keys are RSA keys. */
static bool
is_key(const EVP_PKEY *key, const char *name)
{
	return EVP_PKEY_is_a(key, name) || (strcasecmp(name, "RSA") == 0 && EVP_PKEY_is_a(key, "RSA-PSS"));
}

clock_us
ageing_of_key(const struct policy *p, const EVP_PKEY *key)
{
	clock_us until = of_strength(p, strength_of_key(key));

	for (size_t i = 0; key != NULL && i < p->ageing_count; i++)
		if (p->ageing[i].digest_nid == NID_undef && is_key(key, p->ageing[i].key) &&
			(p->ageing[i].under_bits == 0 || EVP_PKEY_get_bits(key) < p->ageing[i].under_bits))
			until = earlier(until, p->ageing[i].until);
	return until;
}

clock_us
ageing_of_cert(const struct policy *p, X509 *cert, bool is_anchor)
{
	clock_us until = ageing_of_key(p, X509_get0_pubkey(cert));
	int digest = NID_undef;

	if (!is_anchor && X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1 && digest != NID_undef)
		until = earlier(until, ageing_of_digest(p, digest));
	return until;
}

clock_us
ageing_next(const struct policy *p)
{
	clock_us next = p->weak == POLICY_WEAK_REFUSE && p->weak_until > p->at ? p->weak_until : AGEING_NEVER;

	for (size_t i = 0; i < p->ageing_count; i++)
		if (p->ageing[i].until > p->at)
			next = earlier(next, p->ageing[i].until);
	return next;
}
