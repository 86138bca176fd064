/* stamp: what a timestamp token is worth (EN 319 102-1 5.4, and 5.6.2.4 for one whose certificate is no longer good). */
#include "lib/pki/verdict_data.h"

#include <openssl/err.h>

#include "lib/pki/ageing.h"
#include "lib/pki/cert.h"

struct digest
stamp_key(const struct cms_signature *s)
{
	return digest_of(s->value.data, s->value.len);
}

struct proving {
	struct verdict_run *run;
	clock_us at;
};

static void
prove_one(void *arg, const struct material *m)
{
	const struct proving *p = arg;
	struct digest d = digest_of(m->der.data, m->der.len);

	policy_prove(p->run->policy, &d, p->at);
}

void
stamp_prove_inside(struct verdict_run *run, struct span token, clock_us t)
{
	struct proving p = {run, t};
	struct cms_parts parts;
	struct der d;

	if (der_expect(&token, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &parts))
		material_each(&parts, prove_one, &p);
}

/* What the token carries; its certificates are named in what the TSA signed, so they are as old as the token. */
static void
take(struct verdict_run *run, struct span token, const struct tsp_token *t)
{
	struct cms_parts parts;
	struct der d;
	bool is_der = der_expect(&token, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &parts);

	run_take_cms(run, &t->cms, is_der ? &parts : NULL, 0);
}

static void
judge_path(struct verdict_run *run, clock_us proven, struct stamp *out)
{
	struct policy *p = run->policy;
	struct revocation_query q = {.t = p->at};
	struct past past;
	struct digest d = cert_digest(out->signer);

	policy_prove(p, &d, proven);
	chain_judge(out->path, p, CHAIN_USE_TIMESTAMP, &q, &out->finding);
	out->sub = out->finding.sub;
	out->why = out->finding.why;
	out->revocation_checked = out->finding.revocation_checked;
	if (out->sub == SUB_NONE ? out->revocation_checked : !past_may_help(out->sub))
		return;
	if (past_judge(p, out->path, out->sub, proven, 0, &past) == SUB_NONE && proven < p->at) {
		out->by_past = out->sub != SUB_NONE;
		out->sub = SUB_NONE;
		out->why = "";
		out->revocation_checked = true;
	}
}

static clock_us
first_end(const struct policy *p, const struct tsp_token *t, clock_us of_path)
{
	const clock_us ends[] = {ageing_of_digest(p, t->cms.digest_nid), ageing_of_digest(p, t->digest_nid)};

	for (size_t i = 0; i < 2; i++)
		of_path = ends[i] < of_path ? ends[i] : of_path;
	return of_path;
}

static void
judge_strength(const struct policy *p, const struct tsp_token *t, clock_us proven, struct stamp *out)
{
	enum strength s = strength_of_digest(t->cms.digest_nid), imprint = strength_of_digest(t->digest_nid);

	out->strength = out->finding.strength > s ? out->finding.strength : s;
	if (imprint > out->strength)
		out->strength = imprint;
	/* a timestamp proves only what its own algorithms still prove, or proved when it is known to have existed */
	out->good_until = first_end(p, t, out->finding.good_until);
	if (out->strength == STRENGTH_BROKEN || proven >= out->good_until) {
		out->sub = SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
		out->why = "the timestamp uses an algorithm that is no longer good enough";
	}
}

void
stamp_judge(struct verdict_run *run, struct span der, const struct tsp_token *t, struct stamp *out)
{
	struct digest key = stamp_key(&t->cms);
	clock_us proven = policy_proven(run->policy, &key);

	*out = (struct stamp){.why = "", .good_until = AGEING_NEVER};
	if (run->tokens++ >= RUN_TOKENS_MAX) {
		out->sub = SUB_POLICY_PROCESSING_ERROR;
		out->why = "there are too many timestamps in this file";
		return;
	}
	take(run, der, t);
	out->sub = tsp_token_check(t, run->inside, &out->signer, &out->why);
	if (out->sub == SUB_NO_SIGNING_CERTIFICATE_FOUND)
		out->sub = tsp_token_check(t, run->policy->intermediates, &out->signer, &out->why);
	if (out->sub != SUB_NONE)
		return;
	out->sub = run_path(run, out->signer, CHAIN_USE_TIMESTAMP, &out->path, &out->last, &out->why);
	if (out->sub != SUB_NONE)
		return;
	judge_path(run, proven, out);
	if (out->sub == SUB_NONE && !cert_valid_at(out->signer, t->gen_time)) {
		out->sub = SUB_OUT_OF_BOUNDS_NO_POE;
		out->why = "the timestamp's time lies outside its certificate's validity";
	}
	if (out->sub == SUB_NONE && t->gen_time > run->policy->at) {
		out->sub = SUB_TIMESTAMP_ORDER_FAILURE;
		out->why = "the timestamp is younger than the time of judging";
	}
	if (out->sub == SUB_NONE)
		judge_strength(run->policy, t, proven, out);
	ERR_clear_error();
}

void
stamp_free(struct stamp *s)
{
	sk_X509_pop_free(s->path, X509_free);
	s->path = NULL;
}
