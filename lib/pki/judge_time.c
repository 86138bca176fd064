/*
 * judge_time: what the timestamps of a signature prove (EN 319 102-1 5.5.4 and 5.6.3.4): POE extraction (5.6.2.3) from document
 * timestamps and archive-time-stamp-v3, then signature and content timestamps.
 */
#include "lib/pki/judge_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/pki/ats.h"
#include "lib/pki/cert.h"
#include "lib/pki/counter.h"

/* The signature is proven to have existed at t, and with it the certificate that it names. */
static void
prove_signature(struct judge *j, clock_us t, const X509 *tsa)
{
	struct digest key = stamp_key(&j->cms), cert = cert_digest(j->cert);

	policy_prove(j->run->policy, &key, t);
	if (j->referred)
		policy_prove(j->run->policy, &cert, t);
	if (t > j->best)
		return;
	j->best = t;
	j->v->proven_time = t;
	if (tsa != NULL)
		cert_name_text(X509_get_subject_name(tsa), j->v->tsa, sizeof(j->v->tsa));
}

/* The oldest believed timestamp of the file that covers the signature; those before it are not its own. */
static clock_us
document_stamps(struct judge *j)
{
	const struct verdict_run *run = j->run;
	clock_us earliest = 0;

	for (size_t i = j->covered_by; i < run->stamp_count; i++) {
		const struct run_stamp *s = &run->stamps[i];
		enum sub_indication sub = !s->read ? SUB_FORMAT_FAILURE : !s->about ? SUB_HASH_FAILURE : s->worth.sub;

		verdict_add_stamp(j->v, STAMP_DOCUMENT, s->read ? s->token.gen_time : 0, sub,
			s->read ? s->worth.signer : NULL);
		if (sub != SUB_NONE)
			continue;
		j->archived = true;
		verdict_add_token(j->v, run, &s->token);
		if (earliest == 0 || s->token.gen_time < earliest)
			earliest = s->token.gen_time;
		prove_signature(j, s->token.gen_time, s->worth.signer);
	}
	return earliest;
}

static void
keep_path(struct judge *j, const struct stamp *s, clock_us t)
{
	if (s->path != NULL && j->stamp_path_count < CADES_TIMESTAMPS_MAX)
		j->stamp_paths[j->stamp_path_count++] =
			(struct judge_stamp_path){X509_chain_up_ref(s->path), t};
}

/* The timestamps of that kind; a signature that is not a CMS gives its own. */
static size_t
list_timestamps(const struct judge *j, enum cades_timestamp kind, struct span tokens[CADES_TIMESTAMPS_MAX])
{
	size_t n = 0;

	if (j->raw == NULL)
		return cades_timestamps(&j->cms, kind, tokens);
	for (; kind == CADES_SIGNATURE_TIMESTAMP && n < j->raw->token_count && n < CADES_TIMESTAMPS_MAX; n++)
		tokens[n] = j->raw->tokens[n].der;
	return n;
}

/* The token's imprint is of the signature value (as its form has it), or of the content. */
static bool
is_about_us(struct judge *j, const struct tsp_token *t, enum cades_timestamp kind, size_t i)
{
	struct span value = j->raw != NULL ? j->raw->tokens[i].about : j->cms.value;
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	const EVP_MD *md = EVP_get_digestbynid(t->digest_nid);
	struct span digest;

	if (md == NULL)
		return false;
	if (kind == CADES_CONTENT_TIMESTAMP)
		return judge_content(j, t->digest_nid, &digest) == STATUS_OK &&
			tsp_token_is_about(t, t->digest_nid, digest);
	return EVP_Digest(value.data, value.len, hash, &len, md, NULL) == 1 &&
		tsp_token_is_about(t, t->digest_nid, (struct span){hash, len});
}

static void
use_timestamp(struct judge *j, enum cades_timestamp kind, const struct tsp_token *t, const struct stamp *s)
{
	verdict_add_token(j->v, j->run, t);
	verdict_add_path(j->v, j->run, s->path, &s->finding);
	if (s->strength != STRENGTH_GOOD && j->strength == STRENGTH_GOOD)
		j->strength = STRENGTH_WEAK;
	if (s->strength == STRENGTH_WEAK && j->run->policy->weak == POLICY_WEAK_REFUSE)
		judge_age(j, j->run->policy->weak_until, "timestamp");
	if (kind == CADES_CONTENT_TIMESTAMP) {
		if (t->gen_time > j->made_after)
			j->made_after = t->gen_time;
		return;
	}
	keep_path(j, s, t->gen_time);
	prove_signature(j, t->gen_time, s->signer);
}

/* A note stands in the verdict beside "passed": it says of what it speaks. */
static bool
read_token(struct judge *j, struct span token, struct tsp_token *out)
{
	const char *why;

	if (tsp_token_read(token, j->run->policy->known, out, &why) == STATUS_OK)
		return true;
	snprintf(j->note_text, sizeof(j->note_text), "a timestamp cannot be read: %s", why);
	j->note = j->note_text;
	return false;
}

/*
 * Every timestamp of the kind: the earliest good signature timestamp proves that the signature existed, the latest good content
 * timestamp that it did not exist before. Bad ones prove nothing (EN 319 102-1 5.5.4 step 3); why is kept for the report.
 */
static void
read_timestamps(struct judge *j, enum cades_timestamp kind)
{
	struct span tokens[CADES_TIMESTAMPS_MAX];
	size_t n = list_timestamps(j, kind, tokens);
	enum stamp_kind fact = kind == CADES_CONTENT_TIMESTAMP ? STAMP_CONTENT : STAMP_SIGNATURE;

	for (size_t i = 0; i < n; i++) {
		struct tsp_token t;
		struct stamp s;

		if (!read_token(j, tokens[i], &t)) {
			verdict_add_stamp(j->v, fact, 0, SUB_FORMAT_FAILURE, NULL);
			continue;
		}
		stamp_judge(j->run, tokens[i], &t, &s);
		if (!is_about_us(j, &t, kind, i)) {
			j->note = "a timestamp is about something else";
			s.sub = SUB_HASH_FAILURE;
		} else if (s.sub != SUB_NONE)
			j->note = s.why;
		else
			use_timestamp(j, kind, &t, &s);
		verdict_add_stamp(j->v, fact, t.gen_time, s.sub, s.signer);
		stamp_free(&s);
		tsp_token_free(&t);
	}
}

struct archive {
	struct span token;
	struct tsp_token t;
	struct ats_index index;
	bool whole;              /* the index can be read */
};

static int
newest_first(const void *a, const void *b)
{
	clock_us x = ((const struct archive *)a)->t.gen_time, y = ((const struct archive *)b)->t.gen_time;

	return (x < y) - (x > y);
}

static size_t
collect(struct judge *j, struct archive *list)
{
	size_t n = 0;

	for (size_t i = 0; i < j->parts.unsigned_count; i++) {
		struct span values;
		struct der type, value;

		if (!ats_is_archive_timestamp(j->parts.unsigned_attributes[i]) ||
			!cms_attribute_split(j->parts.unsigned_attributes[i], &type, &values))
			continue;
		while (values.len != 0 && der_get(&values, &value) && n < JUDGE_ARCHIVES_MAX) {
			struct archive *a = &list[n];

			a->token = value.whole;
			if (!read_token(j, value.whole, &a->t)) {
				verdict_add_stamp(j->v, STAMP_ARCHIVE, 0, SUB_FORMAT_FAILURE, NULL);
				continue;
			}
			a->whole = ats_index_read(value.whole, &a->index);
			n++;
		}
	}
	qsort(list, n, sizeof(*list), newest_first);
	return n;
}

struct covering {
	struct judge *j;
	const struct archive *by;
};

static void
prove_covered(void *arg, const struct material *m)
{
	const struct covering *c = arg;
	struct digest d = digest_of(m->der.data, m->der.len);
	bool covered = m->place == MATERIAL_SIGNED ||
		(m->place == MATERIAL_CERTS && ats_covers_cert(&c->by->index, m->element)) ||
		(m->place == MATERIAL_CRLS && ats_covers_crl(&c->by->index, m->element)) ||
		(m->place == MATERIAL_UNSIGNED && ats_covers_attribute(&c->by->index, m->element));

	if (covered)
		policy_prove(c->j->run->policy, &d, c->by->t.gen_time);
}

/* Timestamps among the values of an attribute: they, and what they carry, existed. */
static void
prove_values(struct judge *j, struct span attribute, clock_us t)
{
	struct span values;
	struct der type, value;

	if (!cms_attribute_split(attribute, &type, &values))
		return;
	while (values.len != 0 && der_get(&values, &value)) {
		struct cms_parts token;
		struct digest key;

		if (value.tag != DER_SEQUENCE || !cms_parts_split(value.whole, &token))
			continue;
		key = digest_of(token.value.data, token.value.len);
		policy_prove(j->run->policy, &key, t);
		stamp_prove_inside(j->run, value.whole, t);
	}
}

/* Counter-signatures in covered attributes, with those over them and the timestamps of each. */
static void
prove_counters(struct judge *j, const struct archive *by)
{
	struct counter list[COUNTER_MAX];
	bool covered[COUNTER_MAX];
	size_t n = counter_list(&j->parts, list, NULL);

	for (size_t i = 0; i < n; i++) {
		struct span attributes = list[i].attributes;
		struct der attribute;
		struct digest key = digest_of(list[i].value.data, list[i].value.len);

		covered[i] = list[i].of == COUNTER_OF_SIGNATURE ? ats_covers_attribute(&by->index, list[i].attribute) :
			covered[list[i].of];
		if (!covered[i] || list[i].value.len == 0)
			continue;
		policy_prove(j->run->policy, &key, by->t.gen_time);
		while (attributes.len != 0 && der_expect(&attributes, DER_SEQUENCE, &attribute))
			prove_values(j, attribute.whole, by->t.gen_time);
	}
}

static void
prove_tokens(struct judge *j, const struct archive *by)
{
	for (size_t i = 0; i < j->parts.unsigned_count; i++)
		if (ats_covers_attribute(&by->index, j->parts.unsigned_attributes[i]))
			prove_values(j, j->parts.unsigned_attributes[i], by->t.gen_time);
	prove_counters(j, by);
}

static void
use_archive(struct judge *j, const struct archive *a, const struct stamp *s)
{
	struct covering c = {j, a};

	j->archived = true;
	verdict_add_token(j->v, j->run, &a->t);
	material_each(&j->parts, prove_covered, &c);
	prove_tokens(j, a);
	prove_signature(j, a->t.gen_time, s->signer);
}

/* What is wrong with an archive timestamp before its TSA is looked at. */
static enum sub_indication
check_archive(struct judge *j, const struct archive *a)
{
	struct span digest = {NULL, 0};

	j->note = "an archive timestamp has no readable ats-hash-index";
	if (!a->whole)
		return SUB_FORMAT_FAILURE;
	j->note = "the content for an archive timestamp cannot be read";
	if (j->parts.content.data == NULL && judge_content(j, a->t.digest_nid, &digest) != STATUS_OK)
		return SUB_SIGNED_DATA_NOT_FOUND;
	switch (ats_check(&j->parts, &a->index, a->t.digest_nid, a->t.imprint, digest)) {
	case ATS_RIGHT:
		return SUB_NONE;
	case ATS_NOT_READABLE:
		j->note = "an archive timestamp uses an unknown algorithm";
		return SUB_FORMAT_FAILURE;
	case ATS_MISSING_OBJECT:
		j->note = "something that an archive timestamp covered is no longer in the signature";
		return SUB_HASH_FAILURE;
	case ATS_OTHER_IMPRINT:
		break;
	}
	j->note = "an archive timestamp is about something else";
	return SUB_HASH_FAILURE;
}

/* From the newest to the oldest (5.6.3.4): each may rest on what the newer ones prove. */
static void
read_archives(struct judge *j)
{
	struct archive *list = calloc(JUDGE_ARCHIVES_MAX, sizeof(*list));
	size_t n = list != NULL ? collect(j, list) : 0;

	for (size_t i = 0; i < n; i++) {
		struct archive *a = &list[i];
		const char *note = j->note;
		struct stamp s = {.sub = check_archive(j, a)};

		if (s.sub == SUB_NONE) {
			j->note = note;
			stamp_judge(j->run, a->token, &a->t, &s);
			if (s.sub == SUB_NONE)
				use_archive(j, a, &s);
			else
				j->note = s.why;
		}
		verdict_add_stamp(j->v, STAMP_ARCHIVE, a->t.gen_time, s.sub, s.signer);
		stamp_free(&s);
		tsp_token_free(&a->t);
	}
	free(list);
}

/* A counter-signature that an archive timestamp of the signature it stands in covers: read_archives of that one proved it. */
static void
covered_before(struct judge *j)
{
	struct digest key = stamp_key(&j->cms);
	clock_us proven = policy_proven(j->run->policy, &key);

	if (proven >= j->run->policy->at || proven == j->v->proven_time)
		return;
	j->archived = true;
	prove_signature(j, proven, NULL);
}

void
judge_timestamps(struct judge *j)
{
	clock_us covered = document_stamps(j);

	run_take_cms(j->run, &j->cms, j->is_der ? &j->parts : NULL, covered);
	if (covered != 0 && j->is_der) {
		struct span tokens[CADES_TIMESTAMPS_MAX];
		size_t n = cades_timestamps(&j->cms, CADES_SIGNATURE_TIMESTAMP, tokens);

		for (size_t i = 0; i < n; i++) {
			struct cms_parts token;

			if (cms_parts_split(tokens[i], &token)) {
				struct digest key = digest_of(token.value.data, token.value.len);

				policy_prove(j->run->policy, &key, covered);
				stamp_prove_inside(j->run, tokens[i], covered);
			}
		}
	}
	if (j->counter)
		covered_before(j);
	else if (j->is_der)
		read_archives(j);
	read_timestamps(j, CADES_SIGNATURE_TIMESTAMP);
	read_timestamps(j, CADES_CONTENT_TIMESTAMP);
	ERR_clear_error();
}

void
judge_free(struct judge *j)
{
	for (size_t i = 0; i < j->stamp_path_count; i++)
		sk_X509_pop_free(j->stamp_paths[i].path, X509_free);
	sk_X509_pop_free(j->path, X509_free);
	cms_signature_free(&j->cms);
}
