/*
 * judge: the validation of EN 319 102-1: basic signatures (5.3), signatures with time (5.5) and with long-term material (5.6), each going
 * on where the one before could not decide. One difference in order: the cryptographic check comes before the certificate's, so that a
 * changed document is called changed whatever its certificate is. Timestamps: stamp.c, the past: past.c, levels: level.c.
 */
#include "lib/pki/judge_data.h"

#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "lib/pki/ageing.h"
#include "lib/pki/cades.h"
#include "lib/pki/cert.h"
#include "lib/pki/counter.h"

/* The digest of the real content; asks the caller at most twice in all. */
enum status
judge_content(struct judge *j, int nid, struct span *out)
{
	size_t i, len = EVP_MAX_MD_SIZE;
	enum status st;

	for (i = 0; i < j->known_count; i++)
		if (j->known[i].nid == nid) {
			*out = (struct span){j->known[i].bytes, j->known[i].len};
			return STATUS_OK;
		}
	if (i == sizeof(j->known) / sizeof(j->known[0]) || EVP_get_digestbynid(nid) == NULL)
		return STATUS_UNSUPPORTED;
	st = j->content(j->content_arg, OBJ_nid2sn(nid), j->known[i].bytes, &len);
	if (st != STATUS_OK)
		return st;
	j->known[i].nid = nid;
	j->known[i].len = len;
	j->known_count++;
	*out = (struct span){j->known[i].bytes, len};
	return STATUS_OK;
}

static bool
same(struct span a, struct span b)
{
	return a.len == b.len && a.len != 0 && memcmp(a.data, b.data, a.len) == 0;
}

void
judge_weaken(struct judge *j, enum strength s, const char *name)
{
	if (s <= j->strength)
		return;
	j->strength = s;
	snprintf(j->v->weak_name, sizeof(j->v->weak_name), "%s", name);
}

void
judge_age(struct judge *j, clock_us until, const char *name)
{
	if (until >= j->good_until)
		return;
	j->good_until = until;
	snprintf(j->ageing, sizeof(j->ageing), "%s", name);
}

/* Digest and key of the SignerInfo. */
void
judge_own_algorithms(struct judge *j)
{
	const struct policy *p = j->run->policy;
	EVP_PKEY *key = X509_get0_pubkey(j->cert);

	judge_weaken(j, strength_of_digest(j->cms.digest_nid), j->v->digest_name);
	judge_weaken(j, strength_of_key(key), j->v->signature_name);
	judge_age(j, ageing_of_digest(p, j->cms.digest_nid), j->v->digest_name);
	judge_age(j, ageing_of_key(p, key), j->v->signature_name);
	j->v->weak_algorithm = j->strength != STRENGTH_GOOD;
}

/* One that the signature rests on besides its own. */
void
judge_digest(struct judge *j, int nid)
{
	judge_weaken(j, strength_of_digest(nid), OBJ_nid2sn(nid));
	judge_age(j, ageing_of_digest(j->run->policy, nid), OBJ_nid2sn(nid));
}

static enum sub_indication
sub_of_content(enum status st, const char **why)
{
	*why = st == STATUS_UNSUPPORTED ? "the digest algorithm is not known" :
		"the signed content cannot be read";
	return st == STATUS_UNSUPPORTED ? SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE :
		SUB_SIGNED_DATA_NOT_FOUND;
}

/*
 * An encapsulated content is either the SHA-1 digest of the document (adbe.pkcs7.sha1, ISO 32000-1 12.8.3.3.1) or the document
 * itself. `own` is the digest of the encapsulated bytes.
 */
static enum sub_indication
check_encapsulated(struct judge *j, struct span own, const char **why)
{
	struct span real;
	enum status st;

	if (j->cms.content.len == 20) {
		st = judge_content(j, NID_sha1, &real);
		if (st == STATUS_OK && same(real, j->cms.content)) {
			judge_digest(j, NID_sha1);
			return SUB_NONE;
		}
	}
	st = judge_content(j, j->cms.digest_nid, &real);
	if (st != STATUS_OK)
		return sub_of_content(st, why);
	*why = "the content inside the signature is not the content given";
	return same(real, own) ? SUB_NONE : SUB_HASH_FAILURE;
}

/* Digest of the content, then the signature value (EN 319 102-1 5.2.7). */
static enum sub_indication
check_integrity(struct judge *j, const char **why)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned hash_len = 0;
	const EVP_MD *md = EVP_get_digestbynid(j->cms.digest_nid);
	struct span digest;
	enum sub_indication sub;

	if (md == NULL)
		return sub_of_content(STATUS_UNSUPPORTED, why);
	if (j->cms.content.data != NULL) {
		if (EVP_Digest(j->cms.content.data, j->cms.content.len, hash, &hash_len, md, NULL) != 1)
			return sub_of_content(STATUS_UNSUPPORTED, why);
		digest = (struct span){hash, hash_len};
		sub = check_encapsulated(j, digest, why);
		if (sub != SUB_NONE)
			return sub;
	} else {
		enum status st = judge_content(j, j->cms.digest_nid, &digest);

		if (st != STATUS_OK)
			return sub_of_content(st, why);
	}
	*why = "the content is not what was signed";
	if (j->cms.has_attributes && !same(digest, j->cms.message_digest))
		return SUB_HASH_FAILURE;
	*why = "the signature value is not that of the certificate's key over the signed attributes";
	return cms_check_value(&j->cms, j->cert, digest) ? SUB_NONE : SUB_SIG_CRYPTO_FAILURE;
}

static bool
carries(const struct cms_signature *s, const X509 *cert)
{
	for (int i = 0; i < sk_X509_num(s->certs); i++)
		if (X509_cmp(sk_X509_value(s->certs, i), cert) == 0)
			return true;
	return false;
}

/* EN 319 102-1 5.2.3.4 and 5.2.8: the signing certificate must be the one that was signed along. */
static enum sub_indication
check_reference(struct judge *j, const char **why)
{
	int hash;

	switch (cades_check_reference(&j->cms, j->cert, &hash)) {
	case CADES_NO_REFERENCE: /* plain PKCS#7: what really comes from other offices */
		j->v->level = LEVEL_CMS;
		return SUB_NONE;
	case CADES_REFERENCE_RIGHT:
		/* baseline: the signer's certificate is inside (EN 319 122-1 6.3) */
		j->v->level = carries(&j->cms, j->cert) ? LEVEL_B_B : LEVEL_CMS;
		j->referred = true;
		judge_digest(j, hash);
		return SUB_NONE;
	case CADES_OTHER_CERTIFICATE:
		*why = "the signing-certificate attribute refers to another certificate";
		return SUB_NO_SIGNING_CERTIFICATE_FOUND;
	case CADES_OTHER_ISSUER:
		*why = "issuer or serial in the signing-certificate attribute are another certificate's";
		return SUB_SIG_CONSTRAINTS_FAILURE;
	case CADES_REFERENCE_BROKEN:
		break;
	}
	*why = "the signing-certificate attribute cannot be read";
	return SUB_SIG_CONSTRAINTS_FAILURE;
}

/* EN 319 102-1 5.2.4: the policy that the signature says it was made under. */
static enum sub_indication
check_policy(struct judge *j, const char **why)
{
	const struct policy *p = j->run->policy;
	unsigned char own[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	struct span digest;
	int nid;

	switch (cades_signature_policy(&j->cms, j->v->signature_policy, &nid, &digest)) {
	case CADES_NO_POLICY:
		return SUB_NONE;
	case CADES_POLICY_IMPLIED:
		strcpy(j->v->signature_policy, "implied");
		return SUB_NONE;
	case CADES_POLICY_BROKEN:
		*why = "the signature-policy-identifier cannot be read";
		return SUB_POLICY_PROCESSING_ERROR;
	case CADES_POLICY:
		break;
	}
	for (size_t i = 0; i < p->signature_policy_count; i++) {
		const struct policy_signature_policy *known = &p->signature_policies[i];

		if (strcmp(known->oid, j->v->signature_policy) != 0)
			continue;
		if (digest.len == 0)
			return SUB_NONE;
		*why = "the signature policy at hand is not the one whose digest was signed";
		return EVP_get_digestbynid(nid) != NULL && EVP_Digest(known->text.data, known->text.len, own, &len,
				EVP_get_digestbynid(nid), NULL) == 1 && same(digest, (struct span){own, len}) ?
			SUB_NONE : SUB_POLICY_PROCESSING_ERROR;
	}
	*why = "the signature policy that the signature names is not at hand";
	return SUB_SIGNATURE_POLICY_NOT_AVAILABLE;
}

/* What content timestamps and the proven time say for certain of the certificate (5.5.4 step 4). */
static enum sub_indication
judge_certain(const struct judge *j, const struct chain_finding *now, const char **why)
{
	const struct verdict *v = j->v;

	if (j->made_after != 0 && now->sub == SUB_REVOKED_NO_POE && j->made_after > now->revoked_at) {
		*why = "it was signed after the certificate was revoked";
		return SUB_REVOKED;
	}
	if (j->made_after >= v->not_after + CLOCK_SECOND) {
		*why = "it was signed after the certificate expired";
		return SUB_EXPIRED;
	}
	if (j->best < v->not_before) {
		*why = "it was signed before the certificate's validity began";
		return SUB_NOT_YET_VALID;
	}
	return SUB_NONE;
}

/*
 * 5.5: the path when the signature is proven to have existed; then 5.6: on proofs for everything. What an issuer in doubt said about
 * others is good only where it is proven to be old: else the signature passes only with the warning that revocation is unchecked.
 */
static enum sub_indication
judge_earlier(struct judge *j, const STACK_OF(X509) *path, const char **why)
{
	struct policy *p = j->run->policy;
	struct revocation_query q = {.t = j->best, .issued_from = p->grace != 0 ? j->best + p->grace : 0};
	enum sub_indication sub, now = j->finding.sub;
	bool doubt = j->finding.issuer_in_doubt;
	struct chain_finding then;

	chain_judge(path, p, CHAIN_USE_DOCUMENT, &q, &then);
	if (then.sub == SUB_NONE && !doubt && then.revocation_checked) {
		j->v->revocation_checked = true;
		j->finding = then;
		return SUB_NONE;
	}
	sub = past_judge(p, path, now, j->best, q.issued_from, &j->past);
	if (sub == SUB_NONE && (now != SUB_NONE || !j->v->revocation_checked)) {
		j->v->by_past = now != SUB_NONE && (then.sub != SUB_NONE || doubt);
		j->v->revocation_checked = true;
		return SUB_NONE;
	}
	if (then.sub == SUB_NONE && p->revocation == POLICY_REVOCATION_WARN) {
		j->v->revocation_checked = false;
		j->finding = then;
		return SUB_NONE;
	}
	if (sub == SUB_NOT_YET_VALID || (sub == SUB_NO_POE && j->archived)) {
		*why = j->past.why;
		return sub;
	}
	return now;
}

static enum sub_indication
judge_path(struct judge *j, const STACK_OF(X509) *path, const char **why)
{
	struct policy *p = j->run->policy;
	struct revocation_query q = {.t = p->at,
		.issued_from = p->grace != 0 && j->v->proven_time != 0 ? j->best + p->grace : 0};
	enum sub_indication sub;
	char name[48];

	chain_judge(path, p, CHAIN_USE_DOCUMENT, &q, &j->finding);
	if (j->finding.weakest != NULL) {
		strength_name(X509_get0_pubkey(j->finding.weakest), X509_get_signature_nid(j->finding.weakest), name,
			sizeof(name));
		judge_weaken(j, j->finding.strength, name);
	}
	if (j->finding.ageing != NULL) {
		strength_name(X509_get0_pubkey(j->finding.ageing), X509_get_signature_nid(j->finding.ageing), name, sizeof(name));
		judge_age(j, j->finding.good_until, name);
	}
	j->v->revocation_checked = j->finding.revocation_checked;
	j->v->revoked_at = j->finding.revoked_at;
	*why = j->finding.why;
	sub = judge_certain(j, &j->finding, why);
	if (sub != SUB_NONE)
		return sub;
	sub = j->finding.sub;
	if ((sub == SUB_NONE && j->finding.revocation_checked) || (sub != SUB_NONE && !past_may_help(sub)) ||
		j->best >= p->at)
		return sub;
	return judge_earlier(j, path, why);
}

/* EN 319 102-1 5.2.8: are the algorithms still good enough, or were they when the signature is proven to have existed? */
static enum sub_indication
judge_strength(struct judge *j, const char **why)
{
	const struct policy *p = j->run->policy;

	bool aged = j->good_until <= p->at;

	j->v->weak_algorithm = j->strength != STRENGTH_GOOD || aged;
	if (aged && j->v->weak_name[0] == '\0')
		snprintf(j->v->weak_name, sizeof(j->v->weak_name), "%s", j->ageing);
	if (j->good_until != AGEING_NEVER && (aged || j->strength == STRENGTH_WEAK))
		j->v->weak_until = j->good_until;
	if (j->strength == STRENGTH_BROKEN) {
		*why = "an algorithm or key length is used that proves nothing any more";
		return SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
	}
	if (j->best < j->good_until)
		return SUB_NONE;
	*why = "an algorithm or key length is used that is no longer good enough, and nothing proves that the signature is older";
	return j->made_after != 0 && j->made_after >= j->good_until ?
		SUB_CRYPTO_CONSTRAINTS_FAILURE : SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
}

/* B-LT and B-LTA of a B-T signature: its path, and those of the timestamps that prove its time. */
static void
judge_level(struct judge *j, const STACK_OF(X509) *path)
{
	bool lt = level_path_inside(j->run, path, j->best), lta = lt && level_path_proven(j->run, path, j->best);

	if (j->v->proven_time == 0 || j->v->level != LEVEL_B_B)
		return;
	j->v->level = LEVEL_B_T;
	for (size_t i = 0; i < j->stamp_path_count && lt; i++) {
		const struct judge_stamp_path *s = &j->stamp_paths[i];

		lt = level_path_inside(j->run, s->path, s->at);
		lta = lta && lt && level_path_proven(j->run, s->path, s->at);
	}
	if (lt)
		j->v->level = lta && j->archived ? LEVEL_B_LTA : LEVEL_B_LT;
}

static void
name_anchor(struct judge *j, const STACK_OF(X509) *path)
{
	X509 *top = sk_X509_value(path, sk_X509_num(path) - 1);
	const struct policy_anchor *a = policy_anchor_of(j->run->policy, top);

	if (a != NULL && a->label[0] != '\0')
		snprintf(j->v->anchor, sizeof(j->v->anchor), "%s", a->label);
	else
		cert_name_part(X509_get_subject_name(top), NID_commonName, j->v->anchor, sizeof(j->v->anchor));
}

/* Certificate, time and strength of a signature that is intact. */
enum sub_indication
judge_conclude(struct judge *j, const char **why)
{
	const char *weak = "";
	enum sub_indication sub, strength;

	judge_timestamps(j);
	sub = run_path(j->run, j->cert, CHAIN_USE_DOCUMENT, &j->path, &j->last, why);
	if (sub == SUB_NONE) {
		name_anchor(j, j->path);
		sub = judge_path(j, j->path, why);
		judge_level(j, j->path);
	} else if (j->v->proven_time != 0 && j->v->level == LEVEL_B_B)
		j->v->level = LEVEL_B_T;
	strength = judge_strength(j, &weak);
	if (sub != SUB_NONE)
		return sub;
	if (j->v->proven_time != 0 && j->made_after > j->v->proven_time) {
		*why = "the content timestamp is younger than the signature timestamp";
		return SUB_TIMESTAMP_ORDER_FAILURE;
	}
	if (strength != SUB_NONE) {
		*why = weak;
		return strength;
	}
	*why = j->note != NULL ? j->note : !j->v->revocation_checked ?
		"revocation could not be checked: no fresh data at hand" : "";
	return SUB_NONE;
}

void
judge_start(struct verdict *out, const struct policy *p)
{
	memset(out, 0, sizeof(*out));
	out->indication = INDICATION_INDETERMINATE;
	out->judged_at = p->at;
}

void
judge_name_algorithms(struct verdict *v, const struct cms_signature *s, const X509 *cert)
{
	snprintf(v->digest_name, sizeof(v->digest_name), "%s", OBJ_nid2sn(s->digest_nid));
	strength_name(cert != NULL ? X509_get0_pubkey(cert) : NULL, s->signature_nid,
		v->signature_name, sizeof(v->signature_name));
	v->value_digest = digest_of(s->value.data, s->value.len);
}

/* What would help, and which objects were used. */
void
judge_tell(struct judge *j)
{
	struct verdict *v = j->v;

	for (size_t i = 0; i < j->known_count; i++)
		if (j->known[i].nid == j->cms.digest_nid && j->known[i].len <= sizeof(v->content_digest)) {
			memcpy(v->content_digest, j->known[i].bytes, j->known[i].len);
			v->content_digest_len = j->known[i].len;
		}
	v->process = j->archived || v->by_past ? PROCESS_LONG : v->proven_time != 0 ? PROCESS_TIME : PROCESS_BASIC;
	if (j->path != NULL) {
		need_of_path(v, &j->finding, j->path, &j->past);
		verdict_add_path(v, j->run, j->path, &j->finding);
	} else if (v->sub == SUB_NO_CERTIFICATE_CHAIN_FOUND)
		need_of_issuer(v, j->last);
	need_of_sub(v);
	/* weak by its own algorithms only: say their names */
	if (v->weak_algorithm && v->weak_name[0] == '\0')
		snprintf(v->weak_name, sizeof(v->weak_name), "%s", v->digest_name);
}

static X509 *
find_signer(struct judge *j)
{
	X509 *cert = cms_find_signer(&j->cms, j->run->inside);

	return cert != NULL ? cert : cms_find_signer(&j->cms, j->run->policy->intermediates);
}

static enum sub_indication
judge_signature(struct judge *j, const char **why)
{
	struct verdict *v = j->v;
	enum sub_indication sub;

	j->cert = find_signer(j);
	judge_name_algorithms(v, &j->cms, j->cert);
	if (j->cert == NULL) {
		*why = "the certificate of the signer is neither inside nor known here";
		return SUB_NO_SIGNING_CERTIFICATE_FOUND;
	}
	verdict_set_signer(v, j->cert);
	judge_own_algorithms(j);
	sub = check_integrity(j, why);
	v->intact = sub == SUB_NONE;
	if (sub == SUB_NONE)
		sub = check_reference(j, why);
	if (sub == SUB_NONE)
		sub = check_policy(j, why);
	return sub == SUB_NONE ? judge_conclude(j, why) : sub;
}

static void
run_cms(struct verdict_run *run, struct span cms, bool counter, content_digest_fn content, void *arg, size_t covered_by,
	struct verdict *out)
{
	struct judge j = {.run = run, .v = out, .content = content, .content_arg = arg, .best = run->policy->at,
		.covered_by = covered_by, .counter = counter, .good_until = AGEING_NEVER};
	struct span in = cms;
	enum sub_indication sub;
	struct der d;
	const char *why;

	judge_start(out, run->policy);
	if ((counter ? cms_read_counter(cms, run->policy->known, &j.cms, &why) : cms_read(cms, run->policy->known, &j.cms, &why)) != STATUS_OK) {
		verdict_set(out, SUB_FORMAT_FAILURE, why);
		need_of_sub(out);
		return;
	}
	j.is_der = der_expect(&in, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &j.parts);
	out->claimed_time = cades_signing_time(&j.cms);
	sub = judge_signature(&j, &why);
	verdict_set(out, sub, why);
	judge_tell(&j);
	judge_free(&j);
	ERR_clear_error();
}

void
verdict_run_cms(struct verdict_run *run, struct span cms, content_digest_fn content, void *arg, size_t covered_by,
	struct verdict *out)
{
	run_cms(run, cms, false, content, arg, covered_by, out);
}

/* The digest of a signature value. */
static enum status
digest_value(void *arg, const char *digest_name, unsigned char *to, size_t *len)
{
	const struct span *value = arg;
	const EVP_MD *md = EVP_get_digestbyname(digest_name);
	unsigned got = 0;

	if (md == NULL || (size_t)EVP_MD_get_size(md) > *len)
		return STATUS_UNSUPPORTED;
	if (EVP_Digest(value->data, value->len, to, &got, md, NULL) != 1)
		return STATUS_INTERNAL;
	*len = got;
	return STATUS_OK;
}

void
verdict_run_counter(struct verdict_run *run, const struct cms_parts *parts, const struct counter *c, size_t covered_by,
	struct verdict *out)
{
	struct span over = c->over;
	struct buf whole;

	buf_init(&whole, CMS_READ_MAX);
	if (counter_whole(parts, c, true, &whole) == STATUS_OK) {
		run_cms(run, (struct span){whole.data, whole.len}, true, digest_value, &over, covered_by, out);
	} else {
		judge_start(out, run->policy);
		verdict_set(out, SUB_FORMAT_FAILURE, "a counter-signature is no SignerInfo (RFC 5652 11.4)");
		need_of_sub(out);
	}
	buf_free(&whole);
}

void
verdict_run_stamp(struct verdict_run *run, size_t i, struct verdict *out)
{
	const struct run_stamp *s;
	const char *why;

	judge_start(out, run->policy);
	if (i >= run->stamp_count || !run->stamps[i].read) {
		verdict_set(out, SUB_FORMAT_FAILURE, i < run->stamp_count ? run->stamps[i].why : "no such timestamp");
		need_of_sub(out);
		return;
	}
	s = &run->stamps[i];
	judge_name_algorithms(out, &s->token.cms, s->worth.signer);
	out->claimed_time = s->token.gen_time;
	out->weak_algorithm = s->worth.strength != STRENGTH_GOOD || s->worth.good_until <= run->policy->at;
	out->revocation_checked = s->worth.revocation_checked;
	out->by_past = s->worth.by_past;
	out->revoked_at = s->worth.finding.revoked_at;
	if (s->worth.signer != NULL) {
		verdict_set_signer(out, s->worth.signer);
		cert_name_text(X509_get_subject_name(s->worth.signer), out->tsa, sizeof(out->tsa));
	}
	if (!s->content_read) {
		enum sub_indication sub = sub_of_content(EVP_get_digestbynid(s->token.digest_nid) == NULL ?
			STATUS_UNSUPPORTED : STATUS_IO, &why);

		verdict_set(out, sub, why);
	} else if (!s->about)
		verdict_set(out, SUB_HASH_FAILURE, "the content is not what was timestamped");
	else {
		out->intact = s->worth.signer != NULL;
		verdict_set(out, s->worth.sub, s->worth.why);
	}
	if (out->indication == INDICATION_PASSED)
		out->proven_time = s->token.gen_time;
	if (s->worth.path != NULL) {
		need_of_path(out, &s->worth.finding, s->worth.path, NULL);
		verdict_add_path(out, run, s->worth.path, &s->worth.finding);
	} else if (out->sub == SUB_NO_CERTIFICATE_CHAIN_FOUND)
		need_of_issuer(out, s->worth.last);
	need_of_sub(out);
}

void
verdict_judge_cms(struct span cms, content_digest_fn content, void *arg, const struct policy *policy,
	struct verdict *out)
{
	struct verdict_run *run = verdict_run_new(policy, NULL);

	if (run == NULL) {
		judge_start(out, policy);
		verdict_set(out, SUB_POLICY_PROCESSING_ERROR, "no memory");
		return;
	}
	verdict_run_cms(run, cms, content, arg, VERDICT_NOT_COVERED, out);
	verdict_run_free(run);
}

void
verdict_judge_timestamp(struct span token, content_digest_fn content, void *arg,
	const struct policy *policy, struct verdict *out)
{
	struct verdict_stamp stamp = {token, content, arg};
	struct verdict_evidence evidence = {.stamps = &stamp, .stamp_count = 1};
	struct verdict_run *run = verdict_run_new(policy, &evidence);

	if (run == NULL) {
		judge_start(out, policy);
		verdict_set(out, SUB_POLICY_PROCESSING_ERROR, "no memory");
		return;
	}
	verdict_run_stamp(run, 0, out);
	verdict_run_free(run);
}
