/*
 * seal_asic_verify: judging an ASiC container (EN 319 162-1 5): each signature and timestamp over its manifest or data object, then every object that
 * the manifest refers to. A signature is only worth what it covers: what no signature refers to is said.
 */
#include "lib/seal/seal_asic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "lib/base/text.h"
#include "lib/doc/asic.h"
#include "lib/pki/strength.h"

/* One judging under way. */
struct asic_judge {
	struct asic *a;
	const struct policy *policy;
	struct seal_report *report;
	struct diag *diag;
	bool *referred; /* by a signature or timestamp whose manifest could be read, for each entry */
	struct seal_signature **of_entry; /* the verdict on each entry that is a signature */
};

/* Where a signature's content comes from: an entry, inflated in pieces. */
struct content {
	struct asic_judge *j;
	size_t entry;
};

static enum status
digest_entry(void *arg, const char *digest_name, unsigned char *to, size_t *len)
{
	struct content *c = arg;
	enum status st = asic_digest(c->j->a, c->entry, digest_name, to, len, c->j->diag);

	return st == STATUS_OK || st == STATUS_UNSUPPORTED ? st : STATUS_INVALID;
}

static void
fail(struct verdict *v, enum indication indication, enum sub_indication sub, const char *why)
{
	v->indication = indication;
	v->sub = sub;
	v->intact = false;
	text_excerpt(v->why, sizeof(v->why), why, strlen(why));
}

/* Adds the reference's state to the verdict: the worst one stays. */
static void
weigh(struct asic_judge *j, struct verdict *v, const struct asic_manifest *m, const struct asic_reference *r)
{
	enum asic_match match = asic_check(j->a, r, j->diag);
	const char *manifest = asic_at(j->a, m->entry)->name;
	char why[300];

	if (match == ASIC_MATCH) {
		if (strength_of_digest(OBJ_sn2nid(r->digest_name)) != STRENGTH_GOOD)
			v->weak_algorithm = true;
		return;
	}
	diag_add(j->diag, SEVERITY_ERROR, match == ASIC_CHANGED ? "asic.changed" : match == ASIC_MISSING ? "asic.missing" :
		"asic.unreadable", r->uri, NULL, manifest, "EN 319 162-1 A.4");
	if (v->indication == INDICATION_FAILED)
		return;
	if (match == ASIC_CHANGED) {
		snprintf(why, sizeof(why), "the object %.200s is not what was signed", r->uri);
		fail(v, INDICATION_FAILED, SUB_HASH_FAILURE, why);
	} else if (match == ASIC_MISSING) {
		snprintf(why, sizeof(why), "the signed object %.200s is not in the container", r->uri);
		fail(v, INDICATION_INDETERMINATE, SUB_SIGNED_DATA_NOT_FOUND, why);
	} else {
		snprintf(why, sizeof(why), "the object %.200s cannot be checked", r->uri);
		fail(v, INDICATION_INDETERMINATE, SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE, why);
	}
}

static bool
covers_all(const struct asic_judge *j, const struct asic_manifest *m)
{
	for (size_t i = 0; i < asic_count(j->a); i++) {
		size_t k = 0;

		if (asic_at(j->a, i)->role != ASIC_DATA)
			continue;
		while (k < m->count && m->references[k].entry != i)
			k++;
		if (k == m->count)
			return false;
	}
	return true;
}

static void
weigh_manifest(struct asic_judge *j, struct seal_signature *s, const struct asic_manifest *m)
{
	for (size_t i = 0; i < m->count; i++) {
		if (m->references[i].entry < asic_count(j->a))
			j->referred[m->references[i].entry] = true;
		weigh(j, s->verdict, m, &m->references[i]);
	}
	if (m->count == 0 && s->verdict->indication == INDICATION_PASSED)
		fail(s->verdict, INDICATION_INDETERMINATE, SUB_SIG_CONSTRAINTS_FAILURE, "the manifest refers to nothing");
	s->covers_whole_file = m->count > 0 && covers_all(j, m);
}

/* What a signature is over: its manifest, or the only data object of ASiC-S; asic_count(): nothing. */
static size_t
content_of(const struct asic_judge *j, const struct asic_manifest *m)
{
	if (m != NULL)
		return m->entry;
	return asic_form(j->a) == ASIC_S ? asic_simple_data(j->a) : asic_count(j->a);
}

static void
judge_bytes(struct asic_judge *j, size_t i, struct span bytes, struct content *content, struct verdict *v)
{
	if (asic_at(j->a, i)->role == ASIC_TIMESTAMP)
		verdict_judge_timestamp(bytes, digest_entry, content, j->policy, v);
	else
		verdict_judge_cms(bytes, digest_entry, content, j->policy, v);
}

static enum status
judge_entry(struct asic_judge *j, size_t i, struct seal_signature *s)
{
	const struct asic_manifest *m = asic_manifest_of(j->a, i);
	struct content content = {j, content_of(j, m)};
	struct buf bytes;
	enum status st;

	buf_init(&bytes, ASIC_META_MAX);
	st = asic_read(j->a, i, &bytes, j->diag);
	if (st != STATUS_OK) {
		fail(s->verdict, INDICATION_FAILED, SUB_FORMAT_FAILURE, "the signature's entry cannot be read");
		st = st == STATUS_NO_MEMORY ? st : STATUS_OK;
	} else if (content.entry == asic_count(j->a)) {
		fail(s->verdict, INDICATION_INDETERMINATE, SUB_SIGNED_DATA_NOT_FOUND,
			"no manifest of the container refers to this signature");
		diag_add(j->diag, SEVERITY_ERROR, "asic.manifest.none", asic_at(j->a, i)->name, NULL, NULL, "EN 319 162-1 4.4.3");
	} else {
		judge_bytes(j, i, (struct span){bytes.data, bytes.len}, &content, s->verdict);
		j->referred[content.entry] = true;
		s->covers_whole_file = m == NULL;
		if (m != NULL)
			weigh_manifest(j, s, m);
	}
	buf_free(&bytes);
	return st;
}

static enum status
add_signature(struct asic_judge *j, size_t i, const char *form)
{
	struct seal_signature *s = seal_report_add(j->report);
	char time[CLOCK_TEXT];
	enum status st;

	if (s == NULL)
		return STATUS_TOO_LARGE;
	j->of_entry[i] = s;
	s->field = seal_report_keep(j->report, asic_at(j->a, i)->name);
	s->sub_filter = form;
	s->is_timestamp = asic_at(j->a, i)->role == ASIC_TIMESTAMP;
	s->changes = "none";
	st = judge_entry(j, i, s);
	if (s->verdict->claimed_time != 0) {
		clock_format_vietnam(s->verdict->claimed_time, time);
		s->claimed_time = seal_report_keep(j->report, time);
	}
	return st;
}

static enum status
judge_signatures(struct asic_judge *j)
{
	static const char *const forms[][2] = {{"ASiC-S/CAdES", "ASiC-S/RFC3161"}, {"ASiC-E/CAdES", "ASiC-E/RFC3161"}};
	enum status st = STATUS_OK;

	for (size_t i = 0; i < asic_count(j->a) && st == STATUS_OK; i++) {
		const struct asic_entry *e = asic_at(j->a, i);

		if (e->role == ASIC_CADES || e->role == ASIC_TIMESTAMP)
			st = add_signature(j, i, forms[asic_form(j->a)][e->role == ASIC_TIMESTAMP]);
		else if (e->role == ASIC_XADES || e->role == ASIC_EVIDENCE)
			diag_add(j->diag, SEVERITY_WARNING, e->role == ASIC_XADES ? "asic.xades" : "asic.evidence", e->name, NULL, NULL,
				"EN 319 162-1 4.4");
	}
	return st;
}

/* A good timestamp over an archive manifest raises what it covers: the signature with its manifest (4.4.5). */
static void
raise_archived(struct asic_judge *j, const struct asic_manifest *m)
{
	const struct seal_signature *stamp = m->signature < asic_count(j->a) ? j->of_entry[m->signature] : NULL;

	if (!m->archive || stamp == NULL || !stamp->is_timestamp || stamp->verdict->indication != INDICATION_PASSED)
		return;
	for (size_t i = 0; i < m->count; i++) {
		size_t entry = m->references[i].entry;
		struct seal_signature *s = entry < asic_count(j->a) ? j->of_entry[entry] : NULL;

		if (s != NULL && !s->is_timestamp && s->verdict->level == LEVEL_B_LT)
			s->verdict->level = LEVEL_B_LTA;
	}
}

static void
report_unreferred(struct asic_judge *j)
{
	for (size_t i = 0; i < asic_count(j->a); i++) {
		const struct asic_entry *e = asic_at(j->a, i);
		bool folder = e->name[0] != '\0' && e->name[strlen(e->name) - 1] == '/';

		if (!j->referred[i] && !folder && (e->role == ASIC_DATA || e->role == ASIC_OTHER))
			diag_add(j->diag, SEVERITY_WARNING, "asic.unreferenced", e->name, NULL, NULL, "EN 319 162-1 4.4.3");
	}
	if (seal_report_count(j->report) == 0)
		diag_warn(j->diag, "asic.signature.none", "zip", NULL, NULL);
}

enum status
seal_asic_verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out,
	struct diag *diag)
{
	struct asic_judge j = {.policy = policy, .diag = diag, .report = seal_report_new()};
	enum status st = j.report != NULL ? asic_open(file, diag, &j.a) : STATUS_NO_MEMORY;

	(void)detached;
	if (st == STATUS_OK) {
		j.referred = calloc(asic_count(j.a) + 1, sizeof(*j.referred));
		j.of_entry = calloc(asic_count(j.a) + 1, sizeof(*j.of_entry));
		if (j.referred == NULL || j.of_entry == NULL)
			st = STATUS_NO_MEMORY;
	}
	if (st == STATUS_OK)
		st = judge_signatures(&j);
	if (st == STATUS_OK) {
		for (size_t i = 0; i < asic_manifest_count(j.a); i++)
			raise_archived(&j, asic_manifest_at(j.a, i));
		report_unreferred(&j);
	}
	free(j.referred);
	free(j.of_entry);
	asic_close(j.a);
	if (st == STATUS_OK)
		*out = j.report;
	else
		seal_report_free(j.report);
	return st;
}
