/* crl_signer: see crl_signer.h. */
#include "lib/pki/crl_signer.h"

#include <openssl/x509v3.h>

#include "lib/pki/chain.h"

#define CLIMB_COST 8 /* of a path, in signatures checked */

/* Every certificate that is known here, one list after the other. */
static X509 *
known_at(const struct policy *p, size_t i)
{
	int inside = sk_X509_num(p->carried), between = sk_X509_num(p->intermediates);

	if (i < p->anchor_count)
		return p->anchors[i].cert;
	i -= p->anchor_count;
	if (between > 0 && i < (size_t)between)
		return sk_X509_value(p->intermediates, (int)i);
	i -= between > 0 ? (size_t)between : 0;
	return inside > 0 && i < (size_t)inside ? sk_X509_value(p->carried, (int)i) : NULL;
}

static size_t
known_count(const struct policy *p)
{
	int inside = sk_X509_num(p->carried), between = sk_X509_num(p->intermediates);

	return p->anchor_count + (between > 0 ? (size_t)between : 0) + (inside > 0 ? (size_t)inside : 0);
}

static bool
spend(struct policy *p)
{
	return p->searches < CRL_SEARCHES_MAX && ++p->searches;
}

static bool
certified(struct policy *p, X509 *cert, X509 *by)
{
	return X509_NAME_cmp(X509_get_issuer_name(cert), X509_get_subject_name(by)) == 0 && X509_check_issued(by, cert) == X509_V_OK && spend(p) &&
		X509_verify(cert, X509_get0_pubkey(by)) == 1;
}

/*
 * The issuer and the authorities above it on a path to an anchor. Only a path will do: who follows signatures upwards by himself may be led away, since anybody can put
 * an authority's public key into a certificate of his own.
 */
static int
climb(struct policy *p, X509 *issuer, X509 *above[CHAIN_DEPTH + 2])
{
	static const enum chain_use uses[] = {CHAIN_USE_DOCUMENT, CHAIN_USE_TIMESTAMP};
	STACK_OF(X509) *path = NULL;
	const char *why;
	int n = 0;

	above[n++] = issuer;
	for (size_t u = 0; u < sizeof(uses) / sizeof(uses[0]) && path == NULL && p->searches + CLIMB_COST <= CRL_SEARCHES_MAX; u++) {
		p->searches += CLIMB_COST;
		if (chain_build(issuer, p->carried, p, uses[u], &path, NULL, &why) != SUB_NONE)
			path = NULL;
	}
	for (int i = 1; i < sk_X509_num(path) && n < CHAIN_DEPTH + 2; i++)
		above[n++] = sk_X509_value(path, i); /* all of them belong to the policy or the run */
	sk_X509_pop_free(path, X509_free);
	return n;
}

/* May its key sign lists? One that is no authority must say so; what it says critically must be understood. */
static bool
may_sign_lists(X509 *cert)
{
	uint32_t flags = X509_get_extension_flags(cert);

	return (flags & (EXFLAG_INVALID | EXFLAG_CRITICAL)) == 0 && (flags & EXFLAG_KUSAGE) != 0 && (X509_get_key_usage(cert) & KU_CRL_SIGN) != 0;
}

static X509 *
certified_by(struct policy *p, X509 *cert, X509 *const *above, int n)
{
	for (int i = 0; i < n; i++)
		if (X509_cmp(above[i], cert) == 0 || certified(p, cert, above[i]))
			return above[i];
	return NULL;
}

static void
search(struct policy *p, struct policy_crl *item, X509 *issuer)
{
	X509 *above[CHAIN_DEPTH + 2], *c, *by;
	int n = 0, tried = 0;

	for (size_t i = 0; item->signer == NULL && (c = known_at(p, i)) != NULL && tried < CRL_SIGNERS_MAX; i++) {
		if (X509_NAME_cmp(X509_get_subject_name(c), X509_CRL_get_issuer(item->crl)) != 0 || X509_cmp(c, issuer) == 0 || !may_sign_lists(c))
			continue;
		tried++;
		if (!spend(p) || X509_CRL_verify(item->crl, X509_get0_pubkey(c)) != 1)
			continue;
		if (n == 0)
			n = climb(p, issuer, above);
		by = certified_by(p, c, above, n);
		if (by == NULL)
			continue;
		X509_up_ref(c);
		X509_up_ref(by);
		item->signer = c;
		item->above = by;
	}
}

static void
look(struct policy *p, struct policy_crl *item, X509 *issuer)
{
	X509_up_ref(issuer);
	X509_free(item->tried);
	X509_free(item->signer);
	X509_free(item->above);
	item->signer = item->above = NULL;
	item->tried = issuer;
	item->known = known_count(p);
	if (X509_NAME_cmp(X509_CRL_get_issuer(item->crl), X509_get_subject_name(issuer)) == 0 && (X509_get_key_usage(issuer) & KU_CRL_SIGN) != 0 &&
		X509_CRL_verify(item->crl, X509_get0_pubkey(issuer)) == 1) {
		X509_up_ref(issuer);
		item->signer = issuer;
	} else
		search(p, item, issuer);
}

X509 *
crl_signer(struct policy *p, struct policy_crl *item, X509 *issuer, X509 **above_out)
{
	if (item->tried != issuer || (item->signer == NULL && item->known != known_count(p)))
		look(p, item, issuer);
	*above_out = item->above;
	return item->signer;
}
