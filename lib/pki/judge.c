/*
 * judge: the validation of EN 319 102-1: basic signatures (5.3), timestamps (5.4) and signatures with time (5.5). One difference in order: the
 * cryptographic check comes before the certificate's, so that a changed document is called changed whatever its certificate is. The
 * process with long-term material (5.6) continues where conclude() ends; it needs proofs of existence for what is inside.
 */
#include "lib/pki/verdict.h"

#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "lib/pki/cades.h"
#include "lib/pki/cert.h"
#include "lib/pki/chain.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/policy_data.h"
#include "lib/pki/strength.h"
#include "lib/pki/tsp.h"
#include "lib/pki/verdict_data.h"

struct judge {
	const struct policy *policy;
	content_digest_fn content;
	void *content_arg;
	struct {
		int nid;
		unsigned char bytes[EVP_MAX_MD_SIZE];
		size_t len;
	} known[2]; /* digests of the content that were asked for */
	size_t known_count;

	struct cms_signature cms;
	X509 *cert;                /* in cms or in the policy */
	enum strength strength;
	clock_us best;             /* the signature existed then: best-signature-time */
	clock_us made_after;       /* and did not exist before; 0: nothing known */
};

/* The digest of the real content; asks the caller at most twice in all. */
static enum status
content_digest(struct judge *j, int nid, struct span *out)
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

static void
weaken(struct judge *j, enum strength s)
{
	if (s > j->strength)
		j->strength = s;
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
		st = content_digest(j, NID_sha1, &real);
		if (st == STATUS_OK && same(real, j->cms.content)) {
			weaken(j, STRENGTH_WEAK);
			return SUB_NONE;
		}
	}
	st = content_digest(j, j->cms.digest_nid, &real);
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
		enum status st = content_digest(j, j->cms.digest_nid, &digest);

		if (st != STATUS_OK)
			return sub_of_content(st, why);
	}
	*why = "the content is not what was signed";
	if (j->cms.has_attributes && !same(digest, j->cms.message_digest))
		return SUB_HASH_FAILURE;
	*why = "the signature value is not that of the certificate's key over the signed attributes";
	return cms_check_value(&j->cms, j->cert, digest) ? SUB_NONE : SUB_SIG_CRYPTO_FAILURE;
}

/* EN 319 102-1 5.2.3.4 and 5.2.8: the signing certificate must be the one that was signed along. */
static enum sub_indication
check_reference(struct judge *j, struct verdict *v, const char **why)
{
	bool sha1 = false;

	switch (cades_check_reference(&j->cms, j->cert, &sha1)) {
	case CADES_NO_REFERENCE: /* plain PKCS#7: what really comes from other offices */
		v->level = LEVEL_CMS;
		return SUB_NONE;
	case CADES_REFERENCE_RIGHT:
		v->level = LEVEL_B_B;
		if (sha1)
			weaken(j, STRENGTH_WEAK);
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

/* What one timestamp is worth, apart from what it is about. */
struct stamp {
	enum sub_indication sub;
	const char *why;
	X509 *signer;
	enum strength strength;
	bool revocation_checked;
};

static void
judge_stamp(const struct policy *p, const struct tsp_token *t, struct stamp *out)
{
	STACK_OF(X509) *path = NULL;
	struct chain_finding f = {.sub = SUB_NONE};

	*out = (struct stamp){.why = ""};
	out->sub = tsp_token_check(t, p->intermediates, &out->signer, &out->why);
	if (out->sub != SUB_NONE)
		return;
	out->sub = chain_build(out->signer, t->cms.certs, p, &path, &out->why);
	if (out->sub != SUB_NONE)
		return;
	chain_judge(path, t->cms.crls, p, CHAIN_USE_TIMESTAMP, p->at, &f);
	out->sub = f.sub;
	out->why = f.why;
	out->revocation_checked = f.revocation_checked;
	out->strength = strength_of_digest(t->cms.digest_nid);
	if (f.strength > out->strength)
		out->strength = f.strength;
	if (strength_of_digest(t->digest_nid) > out->strength)
		out->strength = strength_of_digest(t->digest_nid);
	if (out->sub == SUB_NONE && !cert_valid_at(out->signer, t->gen_time)) {
		out->sub = SUB_OUT_OF_BOUNDS_NO_POE;
		out->why = "the timestamp's time lies outside its certificate's validity";
	}
	if (out->sub == SUB_NONE && t->gen_time > p->at) {
		out->sub = SUB_TIMESTAMP_ORDER_FAILURE;
		out->why = "the timestamp is younger than the time of judging";
	}
	/* a timestamp proves only what its own algorithms still prove */
	if (out->sub == SUB_NONE && (out->strength == STRENGTH_BROKEN ||
		(out->strength == STRENGTH_WEAK && p->weak == POLICY_WEAK_REFUSE))) {
		out->sub = SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
		out->why = "the timestamp uses a weak algorithm";
	}
	sk_X509_pop_free(path, X509_free);
}

/* The token's imprint is of the signature value, or of the content. */
static bool
is_about_us(struct judge *j, const struct tsp_token *t, enum cades_timestamp kind)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	const EVP_MD *md = EVP_get_digestbynid(t->digest_nid);
	struct span digest;

	if (md == NULL)
		return false;
	if (kind == CADES_CONTENT_TIMESTAMP)
		return content_digest(j, t->digest_nid, &digest) == STATUS_OK &&
			tsp_token_is_about(t, t->digest_nid, digest);
	return EVP_Digest(j->cms.value.data, j->cms.value.len, hash, &len, md, NULL) == 1 &&
		tsp_token_is_about(t, t->digest_nid, (struct span){hash, len});
}

/*
 * Every timestamp of the kind: the earliest good signature timestamp proves that the signature existed, the latest good content
 * timestamp that it did not exist before. Bad ones prove nothing (EN 319 102-1 5.5.4 step 3); why is kept for the report.
 */
static void
read_timestamps(struct judge *j, enum cades_timestamp kind, struct verdict *v, const char **why)
{
	struct span tokens[CADES_TIMESTAMPS_MAX];
	size_t n = cades_timestamps(&j->cms, kind, tokens);

	for (size_t i = 0; i < n; i++) {
		struct tsp_token t;
		struct stamp s;

		if (tsp_token_read(tokens[i], &t, why) != STATUS_OK)
			continue;
		judge_stamp(j->policy, &t, &s);
		if (!is_about_us(j, &t, kind))
			*why = "a timestamp is about something else";
		else if (s.sub != SUB_NONE)
			*why = s.why;
		else if (kind == CADES_CONTENT_TIMESTAMP) {
			if (t.gen_time > j->made_after)
				j->made_after = t.gen_time;
		} else if (t.gen_time <= j->best) {
			j->best = t.gen_time;
			v->proven_time = t.gen_time;
			cert_name_text(X509_get_subject_name(s.signer), v->tsa, sizeof(v->tsa));
		}
		if (s.strength != STRENGTH_GOOD && s.sub == SUB_NONE)
			weaken(j, STRENGTH_WEAK);
		tsp_token_free(&t);
	}
}

/* The path at the time of judging and, where that is not enough, when the signature is proven to have existed (5.5.4 step 4). */
static enum sub_indication
judge_path(struct judge *j, const STACK_OF(X509) *path, struct verdict *v, const char **why)
{
	struct chain_finding now, then;
	const struct policy *p = j->policy;

	chain_judge(path, j->cms.crls, p, CHAIN_USE_DOCUMENT, p->at, &now);
	weaken(j, now.strength);
	v->revocation_checked = now.revocation_checked;
	*why = now.why;
	if (j->made_after != 0 && now.sub == SUB_REVOKED_NO_POE && j->made_after > now.revoked_at) {
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
	if (now.sub == SUB_NONE || now.sub == SUB_CHAIN_CONSTRAINTS_FAILURE || j->best >= p->at)
		return now.sub;
	chain_judge(path, j->cms.crls, p, CHAIN_USE_DOCUMENT, j->best, &then);
	if (then.sub != SUB_NONE)
		return now.sub;
	v->revocation_checked = then.revocation_checked;
	return SUB_NONE;
}

/* EN 319 102-1 5.2.8: are the algorithms still good enough, or were they when the signature is proven to have existed? */
static enum sub_indication
judge_strength(struct judge *j, struct verdict *v, const char **why)
{
	const struct policy *p = j->policy;

	v->weak_algorithm = j->strength != STRENGTH_GOOD;
	if (j->strength == STRENGTH_BROKEN) {
		*why = "an algorithm or key length is used that proves nothing any more";
		return SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
	}
	if (j->strength == STRENGTH_GOOD || p->weak == POLICY_WEAK_LABEL ||
		(v->proven_time != 0 && v->proven_time < p->weak_until))
		return SUB_NONE;
	*why = "a weak algorithm or key length is used";
	return j->made_after != 0 && j->made_after >= p->weak_until ?
		SUB_CRYPTO_CONSTRAINTS_FAILURE : SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE;
}

/* Certificate, time and strength of a signature that is intact. */
static enum sub_indication
conclude(struct judge *j, struct verdict *v, const char **why)
{
	STACK_OF(X509) *path = NULL;
	const char *note = NULL, *weak = "";
	enum sub_indication sub, strength;

	read_timestamps(j, CADES_SIGNATURE_TIMESTAMP, v, &note);
	read_timestamps(j, CADES_CONTENT_TIMESTAMP, v, &note);
	if (v->proven_time != 0 && v->level == LEVEL_B_B)
		v->level = LEVEL_B_T;
	sub = chain_build(j->cert, j->cms.certs, j->policy, &path, why);
	if (sub == SUB_NONE) {
		sub = judge_path(j, path, v, why);
		sk_X509_pop_free(path, X509_free);
	}
	strength = judge_strength(j, v, &weak);
	if (sub != SUB_NONE)
		return sub;
	if (v->proven_time != 0 && j->made_after > v->proven_time) {
		*why = "the content timestamp is younger than the signature timestamp";
		return SUB_TIMESTAMP_ORDER_FAILURE;
	}
	if (strength != SUB_NONE) {
		*why = weak;
		return strength;
	}
	*why = note != NULL ? note : !v->revocation_checked ?
		"revocation could not be checked: no fresh data at hand" : "";
	return SUB_NONE;
}

static void
start(struct verdict *out)
{
	memset(out, 0, sizeof(*out));
	out->indication = INDICATION_INDETERMINATE;
}

static void
name_algorithms(struct verdict *v, const struct cms_signature *s, const X509 *cert)
{
	snprintf(v->digest_name, sizeof(v->digest_name), "%s", OBJ_nid2sn(s->digest_nid));
	strength_name(cert != NULL ? X509_get0_pubkey(cert) : NULL, s->signature_nid,
		v->signature_name, sizeof(v->signature_name));
}

void
verdict_judge_cms(struct span cms, content_digest_fn content, void *arg, const struct policy *policy,
	struct verdict *out)
{
	struct judge j = {.policy = policy, .content = content, .content_arg = arg,
		.best = policy->at};
	enum sub_indication sub;
	const char *why;

	start(out);
	if (cms_read(cms, &j.cms, &why) != STATUS_OK) {
		verdict_set(out, SUB_FORMAT_FAILURE, why);
		return;
	}
	out->claimed_time = cades_signing_time(&j.cms);
	j.cert = cms_find_signer(&j.cms, policy->intermediates);
	name_algorithms(out, &j.cms, j.cert);
	if (j.cert == NULL) {
		verdict_set(out, SUB_NO_SIGNING_CERTIFICATE_FOUND,
			"the certificate of the signer is neither inside nor known here");
		goto out;
	}
	verdict_set_signer(out, j.cert);
	j.strength = strength_of_digest(j.cms.digest_nid);
	weaken(&j, strength_of_key(X509_get0_pubkey(j.cert)));
	out->weak_algorithm = j.strength != STRENGTH_GOOD;
	sub = check_integrity(&j, &why);
	out->intact = sub == SUB_NONE;
	if (sub == SUB_NONE)
		sub = check_reference(&j, out, &why);
	if (sub == SUB_NONE)
		sub = conclude(&j, out, &why);
	verdict_set(out, sub, why);
out:
	cms_signature_free(&j.cms);
	ERR_clear_error();
}

void
verdict_judge_timestamp(struct span token, content_digest_fn content, void *arg,
	const struct policy *policy, struct verdict *out)
{
	struct judge j = {.policy = policy, .content = content, .content_arg = arg};
	struct tsp_token t;
	struct stamp s;
	struct span digest;
	const char *why;
	enum status st;

	start(out);
	if (tsp_token_read(token, &t, &why) != STATUS_OK) {
		verdict_set(out, SUB_FORMAT_FAILURE, why);
		return;
	}
	judge_stamp(policy, &t, &s);
	name_algorithms(out, &t.cms, s.signer);
	out->claimed_time = t.gen_time;
	out->weak_algorithm = s.strength != STRENGTH_GOOD;
	out->revocation_checked = s.revocation_checked;
	if (s.signer != NULL) {
		verdict_set_signer(out, s.signer);
		cert_name_text(X509_get_subject_name(s.signer), out->tsa, sizeof(out->tsa));
	}
	st = content_digest(&j, t.digest_nid, &digest);
	if (st != STATUS_OK)
		verdict_set(out, sub_of_content(st, &why), why);
	else if (!tsp_token_is_about(&t, t.digest_nid, digest))
		verdict_set(out, SUB_HASH_FAILURE, "the content is not what was timestamped");
	else {
		out->intact = s.signer != NULL;
		verdict_set(out, s.sub, s.why);
	}
	if (out->indication == INDICATION_PASSED)
		out->proven_time = t.gen_time;
	tsp_token_free(&t);
	ERR_clear_error();
}
