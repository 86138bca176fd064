/* policy_derive: the policy that a run works on (policy_data.h), and what it knows to have existed when. */
#include "lib/pki/policy_data.h"

#include <stdlib.h>
#include <string.h>

/* The lists of revocation data, each entry with a reference of its own. */
static bool
share_revocation(struct policy *to, const struct policy *from)
{
	to->crls = malloc((from->crl_count + 1) * sizeof(*to->crls));
	to->ocsp = malloc((from->ocsp_count + 1) * sizeof(*to->ocsp));
	if (to->crls == NULL || to->ocsp == NULL)
		return false;
	to->crl_room = from->crl_count + 1;
	to->ocsp_room = from->ocsp_count + 1;
	for (size_t i = 0; i < from->crl_count && X509_CRL_up_ref(from->crls[i].crl) == 1; i++) {
		struct policy_crl *item = &to->crls[to->crl_count++];

		*item = from->crls[i];
		item->tried = item->signer = item->above = NULL;
	}
	/* OpenSSL 3.0 cannot count references to OCSP responses: they are few, and copied */
	for (size_t i = 0; i < from->ocsp_count; i++) {
		struct policy_ocsp item = {.inside = from->ocsp[i].inside, .digest = from->ocsp[i].digest,
			.basic = ASN1_item_dup(ASN1_ITEM_rptr(OCSP_BASICRESP), from->ocsp[i].basic)};

		if (item.basic == NULL)
			return false;
		to->ocsp[to->ocsp_count++] = item;
	}
	return to->crl_count == from->crl_count;
}

static struct policy *
copy(const struct policy *from, clock_us at)
{
	struct policy *p = policy_new(at);
	bool ok = p != NULL;

	if (!ok)
		return NULL;
	p->owns_signature_policies = false;
	p->signature_policies = from->signature_policies;
	p->signature_policy_count = from->signature_policy_count;
	p->revocation = from->revocation;
	p->weak = from->weak;
	p->weak_until = from->weak_until;
	memcpy(p->ageing, from->ageing, sizeof(p->ageing));
	p->ageing_count = from->ageing_count;
	p->known = from->known;
	p->max_age = from->max_age;
	p->grace = from->grace;
	p->anchors = malloc((from->anchor_count + 1) * sizeof(*p->anchors));
	ok = p->anchors != NULL;
	for (size_t i = 0; ok && i < from->anchor_count; i++) {
		ok = X509_up_ref(from->anchors[i].cert) == 1;
		if (ok)
			p->anchors[p->anchor_count++] = from->anchors[i];
	}
	for (int i = 0; ok && i < sk_X509_num(from->intermediates); i++)
		ok = X509_add_cert(p->intermediates, sk_X509_value(from->intermediates, i),
			X509_ADD_FLAG_UP_REF) == 1;
	if (ok && share_revocation(p, from))
		return p;
	policy_free(p);
	return NULL;
}

struct policy *
policy_derive(const struct policy *from)
{
	struct policy *p = copy(from, from->at);

	if (p != NULL && (p->proven = calloc(POLICY_PROVEN_SLOTS, sizeof(*p->proven))) == NULL) {
		policy_free(p);
		return NULL;
	}
	return p;
}

struct policy *
policy_share(struct policy *from, clock_us at)
{
	struct policy *p = copy(from, at);

	if (p != NULL) {
		from->references++;
		p->source = from;
	}
	return p;
}

static struct policy_proven *
find_slot(const struct policy *p, const struct digest *d)
{
	size_t at = ((size_t)d->bytes[0] << 8 | d->bytes[1]) % POLICY_PROVEN_SLOTS;

	/* at most three quarters are taken: the walk ends */
	while (p->proven[at].at != 0 && memcmp(&p->proven[at].digest, d, sizeof(*d)) != 0)
		at = (at + 1) % POLICY_PROVEN_SLOTS;
	return &p->proven[at];
}

void
policy_prove(struct policy *p, const struct digest *d, clock_us t)
{
	struct policy_proven *slot;

	if (p->proven == NULL || t <= 0)
		return;
	slot = find_slot(p, d);
	if (slot->at == 0 && p->proven_count >= POLICY_PROVEN_SLOTS / 4 * 3)
		return;
	if (slot->at == 0)
		p->proven_count++;
	if (slot->at == 0 || t < slot->at)
		*slot = (struct policy_proven){*d, t};
}

clock_us
policy_proven(const struct policy *p, const struct digest *d)
{
	const struct policy_proven *slot = p->proven != NULL ? find_slot(p, d) : NULL;

	return slot != NULL && slot->at != 0 && slot->at < p->at ? slot->at : p->at;
}
