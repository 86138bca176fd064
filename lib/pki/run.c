/* run: everything in one file judged together (verdict.h): its evidence read once, its paths remembered. */
#include "lib/pki/verdict_data.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/pki/cert.h"

void
run_take_cert(struct verdict_run *run, X509 *cert)
{
	if (sk_X509_num(run->inside) >= RUN_CERTS_MAX || run_has_cert(run, cert))
		return;
	(void)X509_add_cert(run->inside, cert, X509_ADD_FLAG_UP_REF);
}

bool
run_has_cert(const struct verdict_run *run, const X509 *cert)
{
	for (int i = 0; i < sk_X509_num(run->inside); i++)
		if (X509_cmp(sk_X509_value(run->inside, i), cert) == 0)
			return true;
	return false;
}

enum sub_indication
run_path(struct verdict_run *run, X509 *leaf, enum chain_use use, STACK_OF(X509) **path_out, X509 **last_out,
	const char **why)
{
	struct digest d = cert_digest(leaf);
	enum sub_indication sub;

	for (size_t i = 0; i < run->path_count; i++)
		if (run->paths[i].use == use && memcmp(&run->paths[i].leaf, &d, sizeof(d)) == 0) {
			*path_out = X509_chain_up_ref(run->paths[i].path);
			*why = "";
			return *path_out != NULL ? SUB_NONE : SUB_POLICY_PROCESSING_ERROR;
		}
	sub = chain_build(leaf, run->inside, run->policy, use, path_out, last_out, why);
	if (sub == SUB_NONE && run->path_count < RUN_PATHS_MAX) {
		STACK_OF(X509) *kept = X509_chain_up_ref(*path_out);

		if (kept != NULL)
			run->paths[run->path_count++] = (struct run_path){d, use, kept};
	}
	return sub;
}

/* The imprint against the digest of what the timestamp covers. */
static void
compare(struct run_stamp *s, const struct verdict_stamp *in)
{
	unsigned char own[EVP_MAX_MD_SIZE];
	size_t len = sizeof(own);

	if (EVP_get_digestbynid(s->token.digest_nid) == NULL)
		return;
	s->content_read = in->content(in->arg, OBJ_nid2sn(s->token.digest_nid), own, &len) == STATUS_OK;
	s->about = s->content_read &&
		tsp_token_is_about(&s->token, s->token.digest_nid, (struct span){own, len});
}

/* What timestamp i proves: the timestamps before it, and the proofs that it covers. */
static void
prove_covered(struct verdict_run *run, size_t i)
{
	const struct verdict_evidence *e = run->evidence;
	clock_us t = run->stamps[i].token.gen_time;

	for (size_t k = 0; k < i; k++)
		if (run->stamps[k].read) {
			struct digest key = stamp_key(&run->stamps[k].token.cms);

			policy_prove(run->policy, &key, t);
			stamp_prove_inside(run, e->stamps[k].token, t);
		}
	for (size_t k = 0; k < e->proof_count && k < VERDICT_PROOFS_MAX; k++)
		if (e->proofs[k].covered_by <= i)
			material_take(run, e->proofs[k].kind, e->proofs[k].der, t);
}

/* EN 319 102-1 5.6.3.4: from the newest to the oldest, each on the proofs that those after it gave. */
static bool
judge_stamps(struct verdict_run *run)
{
	const struct verdict_evidence *e = run->evidence;
	size_t n = e->stamp_count < VERDICT_FILE_STAMPS_MAX ? e->stamp_count : VERDICT_FILE_STAMPS_MAX;

	run->stamps = calloc(n + 1, sizeof(*run->stamps));
	if (run->stamps == NULL)
		return false;
	run->stamp_count = n;
	for (size_t i = 0; i < n; i++) {
		struct run_stamp *s = &run->stamps[i];

		s->read = tsp_token_read(e->stamps[i].token, run->policy->known, &s->token, &s->why) == STATUS_OK;
		if (s->read)
			compare(s, &e->stamps[i]);
	}
	for (size_t i = n; i-- > 0;) {
		struct run_stamp *s = &run->stamps[i];

		if (!s->read)
			continue;
		stamp_judge(run, e->stamps[i].token, &s->token, &s->worth);
		if (s->about && s->worth.sub == SUB_NONE)
			prove_covered(run, i);
	}
	return true;
}

struct verdict_run *
verdict_run_new(const struct policy *policy, const struct verdict_evidence *evidence)
{
	struct verdict_run *run = calloc(1, sizeof(*run));
	bool ok = run != NULL;

	if (!ok)
		return NULL;
	run->evidence = evidence;
	run->policy = policy_derive(policy);
	run->inside = sk_X509_new_null();
	ok = run->policy != NULL && run->inside != NULL;
	if (ok)
		run->policy->carried = run->inside;
	for (size_t i = 0; ok && evidence != NULL && i < evidence->proof_count && i < VERDICT_PROOFS_MAX; i++)
		material_take(run, evidence->proofs[i].kind, evidence->proofs[i].der, 0);
	if (ok && evidence != NULL)
		ok = judge_stamps(run);
	ERR_clear_error();
	if (ok)
		return run;
	verdict_run_free(run);
	return NULL;
}

void
verdict_run_free(struct verdict_run *run)
{
	if (run == NULL)
		return;
	for (size_t i = 0; i < run->stamp_count; i++) {
		stamp_free(&run->stamps[i].worth);
		if (run->stamps[i].read)
			tsp_token_free(&run->stamps[i].token);
	}
	free(run->stamps);
	for (size_t i = 0; i < run->path_count; i++)
		sk_X509_pop_free(run->paths[i].path, X509_free);
	sk_X509_pop_free(run->inside, X509_free);
	policy_free(run->policy);
	free(run);
}
