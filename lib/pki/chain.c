/* chain: the judgement of a path at a moment. See chain.h; building it: chain_build.c. */
#include "lib/pki/chain.h"

#include <openssl/err.h>

#include "lib/pki/ageing.h"
#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"

/* Puts a finding down unless an earlier one stands. */
static void
find(struct chain_finding *f, enum sub_indication sub, const char *why, X509 *at)
{
	f->issuer_in_doubt = f->issuer_in_doubt || sub == SUB_REVOKED_CA_NO_POE ||
		sub == SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE;
	if (f->sub != SUB_NONE)
		return;
	f->sub = sub;
	f->why = why;
	f->at = at;
}

static void
unchecked(struct chain_finding *f, const struct revocation *r, X509 *cert)
{
	f->revocation_checked = false;
	if (f->unchecked != NULL)
		return;
	f->unchecked = cert;
	if (r->state == REVOCATION_STALE)
		f->stale_since = r->next_update != 0 ? r->next_update : r->this_update;
}

static void
judge_revocation(struct chain_finding *f, const struct revocation *r, X509 *cert, bool leaf, const struct policy *p,
	clock_us t)
{
	/* about a certificate out of its time there is no newer data to wait for: that it is so is the finding */
	bool require = p->revocation == POLICY_REVOCATION_REQUIRE && cert_valid_at(cert, t);

	switch (r->state) {
	case REVOCATION_GOOD:
		return;
	case REVOCATION_REVOKED:
		if (f->sub == SUB_NONE)
			f->revoked_at = r->revoked_at;
		if (leaf)
			find(f, SUB_REVOKED_NO_POE, "the certificate is revoked", cert);
		else
			find(f, SUB_REVOKED_CA_NO_POE, "a certificate of an issuer is revoked", cert);
		return;
	case REVOCATION_HELD: /* EN 319 102-1 5.2.6.4: suspended, may be lifted */
		if (f->sub == SUB_NONE)
			f->revoked_at = r->revoked_at;
		find(f, SUB_TRY_LATER, "the certificate is suspended", cert);
		return;
	case REVOCATION_OUT_OF_BOUNDS:
		unchecked(f, r, cert);
		if (require)
			find(f, SUB_REVOCATION_OUT_OF_BOUNDS_NO_POE,
				"the certificate of who signed the revocation data was not valid", cert);
		return;
	case REVOCATION_STALE:
		unchecked(f, r, cert);
		if (require)
			find(f, SUB_TRY_LATER, "the revocation data at hand is too old", cert);
		return;
	case REVOCATION_UNKNOWN:
		unchecked(f, r, cert);
		if (require)
			find(f, SUB_TRY_LATER, "no revocation data at hand", cert);
		return;
	}
}

static void
judge_validity(struct chain_finding *f, X509 *cert, bool leaf, const struct revocation *r, clock_us t)
{
	if (cert_valid_at(cert, t))
		return;
	if (!leaf)
		find(f, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE,
			"the certificate of an issuer is not valid at that time", cert);
	else if (t >= cert_not_before(cert) && r->state == REVOCATION_GOOD && r->after_expiry)
		find(f, SUB_OUT_OF_BOUNDS_NOT_REVOKED,
			"the certificate has expired; it was not revoked", cert);
	else
		find(f, SUB_OUT_OF_BOUNDS_NO_POE, "the certificate is not valid at that time", cert);
}

/* The administrator's dates for the anchor. */
static void
judge_anchor(struct chain_finding *f, X509 *cert, const struct policy *p, clock_us t)
{
	const struct policy_anchor *a = policy_anchor_of(p, cert);

	if (a != NULL && ((a->from != 0 && t < a->from) || (a->until != 0 && t >= a->until)))
		find(f, SUB_NO_CERTIFICATE_CHAIN_FOUND_NO_POE, "the anchor is not trusted at that time", cert);
}

static void
weigh(struct chain_finding *f, enum strength s, X509 *cert)
{
	if (s <= f->strength)
		return;
	f->strength = s;
	f->weakest = cert;
}

static void
age(struct chain_finding *f, clock_us until, X509 *cert)
{
	if (until >= f->good_until)
		return;
	f->good_until = until;
	f->ageing = cert;
}

void
chain_judge(const STACK_OF(X509) *path, struct policy *p, enum chain_use use, const struct revocation_query *q,
	struct chain_finding *out)
{
	X509 *leaf = sk_X509_value(path, 0);
	int last = sk_X509_num(path) - 1;
	bool may = use == CHAIN_USE_TIMESTAMP ? cert_may_sign_timestamps(leaf) :
		cert_may_sign_documents(leaf);

	*out = (struct chain_finding){.sub = SUB_NONE, .why = "", .revocation_checked = true, .good_until = AGEING_NEVER};
	if (!may)
		find(out, SUB_CHAIN_CONSTRAINTS_FAILURE, use == CHAIN_USE_TIMESTAMP ?
			"the certificate is not one for timestamps only (RFC 3161 2.3)" :
			"the certificate may not sign documents by its key usage", leaf);
	for (int i = 0; i <= last; i++) {
		X509 *cert = sk_X509_value(path, i);
		struct revocation r = {.state = REVOCATION_GOOD};
		struct revocation_query one = *q;

		weigh(out, strength_of_cert(cert, i == last), cert);
		age(out, ageing_of_cert(p, cert, i == last), cert);
		/* nobody stands above the anchor to revoke it; a leaf that is itself an anchor neither */
		if (i < last) {
			if (i > 0)
				one.issued_from = 0; /* the grace is for the signer's certificate (5.2.5) */
			revocation_find(cert, sk_X509_value(path, i + 1), p, &one, &r);
			weigh(out, r.strength, sk_X509_value(path, i + 1));
			if (r.strength == STRENGTH_WEAK && p->weak == POLICY_WEAK_REFUSE)
				age(out, p->weak_until, sk_X509_value(path, i + 1));
			out->revocations[i] = r;
			judge_revocation(out, &r, cert, i == 0, p, q->t);
		} else
			judge_anchor(out, cert, p, q->t);
		judge_validity(out, cert, i == 0, &r, q->t);
	}
	ERR_clear_error();
}
