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
#include "lib/seal/seal_cms.h"
#include "lib/seal/seal_counter.h"
#include "lib/seal/seal_xml.h"

/* A timestamp over an archive manifest, kept for the run. */
struct archive {
	size_t manifest;         /* index of the manifest */
	struct buf token;
};

/* One judging under way. */
struct asic_judge {
	struct asic *a;
	const struct policy *policy;
	struct seal_report *report;
	struct diag *diag;
	bool *referred;          /* by a signature or timestamp whose manifest could be read, for each entry */
	struct archive archives[VERDICT_FILE_STAMPS_MAX]; /* oldest first, each covering those before it */
	struct verdict_stamp stamps[VERDICT_FILE_STAMPS_MAX];
	size_t archive_count;
	struct verdict_evidence evidence;
	struct verdict_run *run;
};

/* Where a signature's content comes from: an entry, inflated in pieces. */
struct content {
	struct asic_judge *j;
	size_t entry;
};

static const struct asic_manifest *
archive_manifest(const struct asic_judge *j, size_t i)
{
	return asic_manifest_at(j->a, j->archives[i].manifest);
}

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
		verdict_weaken(v, j->policy, strength_of_digest(OBJ_sn2nid(r->digest_name)), r->digest_name);
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
		fail(v, INDICATION_INDETERMINATE, r->digest_name == NULL ? SUB_CRYPTO_CONSTRAINTS_FAILURE_NO_POE :
			SUB_SIGNED_DATA_NOT_FOUND, why);
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

/* Which of the evidence's timestamps is this entry; archive_count: none. */
static size_t
archive_of(const struct asic_judge *j, size_t entry)
{
	size_t i = 0;

	while (i < j->archive_count && archive_manifest(j, i)->signature != entry)
		i++;
	return i;
}

/* The manifest refers to the entry, and the entry is what it was. */
static bool
covers_entry(struct asic_judge *j, const struct asic_manifest *m, size_t entry)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->references[i].entry == entry)
			return asic_check(j->a, &m->references[i], NULL) == ASIC_MATCH;
	return false;
}

/* The oldest archive timestamp that covers a signature with its manifest. */
static size_t
covered_by(struct asic_judge *j, size_t entry, const struct asic_manifest *m)
{
	for (size_t i = 0; i < j->archive_count; i++)
		if (covers_entry(j, archive_manifest(j, i), entry) && (m == NULL || covers_entry(j, archive_manifest(j, i), m->entry)))
			return i;
	return VERDICT_NOT_COVERED;
}

static void
judge_bytes(struct asic_judge *j, size_t i, struct span bytes, const struct asic_manifest *m, struct content *content,
	struct verdict *v)
{
	size_t archive = archive_of(j, i);
	unsigned char first;

	if (m == NULL && asic_first_byte(j->a, content->entry, &first) && seal_cms_is_confusion(bytes, (struct span){&first, 1})) {
		seal_cms_fail_confusion(v); /* a manifest is XML */
		return;
	}
	if (archive < j->archive_count)
		verdict_run_stamp(j->run, archive, v);
	else if (asic_at(j->a, i)->role == ASIC_TIMESTAMP)
		verdict_judge_timestamp(bytes, digest_entry, content, j->policy, v);
	else
		verdict_run_cms(j->run, bytes, digest_entry, content, covered_by(j, i, m), v);
}

static enum status
judge_entry(struct asic_judge *j, size_t i, struct seal_signature *s)
{
	const struct asic_manifest *m = asic_manifest_of(j->a, i);
	struct content content = {j, content_of(j, m)};
	size_t number = seal_report_count(j->report);
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
		judge_bytes(j, i, (struct span){bytes.data, bytes.len}, m, &content, s->verdict);
		j->referred[content.entry] = true;
		s->covers_whole_file = m == NULL;
		if (m != NULL)
			weigh_manifest(j, s, m);
		if (!s->is_timestamp)
			st = seal_counters_judge(j->report, number, j->run, (struct span){bytes.data, bytes.len}, covered_by(j, i, m), j->diag);
	}
	buf_free(&bytes);
	return st;
}

static struct seal_signature *
new_signature(struct asic_judge *j, const char *field, const char *form)
{
	struct seal_signature *s = seal_report_add(j->report);

	if (s != NULL) {
		s->field = seal_report_keep(j->report, field);
		s->sub_filter = form;
		s->changes = "none";
	}
	return s;
}

static void
keep_claimed(struct asic_judge *j, struct seal_signature *s)
{
	char time[CLOCK_TEXT];

	if (s->verdict->claimed_time == 0)
		return;
	clock_format_vietnam(s->verdict->claimed_time, time);
	s->claimed_time = seal_report_keep(j->report, time);
}

static enum status
add_signature(struct asic_judge *j, size_t i, const char *form)
{
	struct seal_signature *s = new_signature(j, asic_at(j->a, i)->name, form);
	enum status st;

	if (s == NULL)
		return STATUS_TOO_LARGE;
	s->is_timestamp = asic_at(j->a, i)->role == ASIC_TIMESTAMP;
	st = judge_entry(j, i, s);
	keep_claimed(j, s);
	return st;
}

/* --- XAdES (4.4.3.2): the signature itself refers to the objects --- */

static enum status
digest_uri(void *arg, const char *uri, const char *digest_name, unsigned char *to, size_t *len)
{
	struct asic_judge *j = arg;
	size_t i = asic_find_uri(j->a, uri);

	return i < asic_count(j->a) ? asic_digest(j->a, i, digest_name, to, len, j->diag) : STATUS_NOT_FOUND;
}

static bool
is_referred(const struct asic_judge *j, const struct xmldsig_signature *x, size_t entry)
{
	for (size_t i = 0; i < x->reference_count; i++)
		if (x->references[i].what == XMLDSIG_OUTSIDE && x->references[i].match == XMLDSIG_MATCH &&
			asic_find_uri(j->a, x->references[i].uri) == entry)
			return true;
	return false;
}

static enum status
add_xades(struct asic_judge *j, size_t entry, const struct xmldsig_signature *x)
{
	const char *name = asic_at(j->a, entry)->name;
	struct seal_signature *s;
	char field[300];

	snprintf(field, sizeof(field), x->id[0] != '\0' ? "%.200s#%.90s" : "%.200s", name, x->id);
	s = new_signature(j, field, x->is_xades ? "ASiC/XAdES" : "ASiC/XML-DSig");
	if (s == NULL)
		return STATUS_TOO_LARGE;
	seal_xml_judge(j->run, x, VERDICT_NOT_COVERED, s->field, s->verdict, j->diag);
	s->covers_whole_file = true;
	for (size_t i = 0; i < asic_count(j->a); i++)
		if (asic_at(j->a, i)->role == ASIC_DATA) {
			bool referred = is_referred(j, x, i);

			j->referred[i] = j->referred[i] || referred;
			s->covers_whole_file = s->covers_whole_file && referred;
		}
	keep_claimed(j, s);
	return STATUS_OK;
}

static enum status
judge_xades(struct asic_judge *j, size_t entry)
{
	struct xmldsig_outside outside = {digest_uri, j};
	struct xmldsig *x = NULL;
	struct seal_signature *s;
	struct buf xml;
	enum status st;

	buf_init(&xml, ASIC_META_MAX);
	st = asic_read(j->a, entry, &xml, j->diag);
	if (st == STATUS_OK)
		st = xmldsig_read((struct span){xml.data, xml.len}, &outside, false, j->diag, &x);
	if (st == STATUS_OK) {
		for (size_t i = 0; i < xmldsig_count(x) && st == STATUS_OK; i++)
			st = add_xades(j, entry, xmldsig_at(x, i));
	} else if (st != STATUS_NO_MEMORY) {
		/* a signature file that cannot be read is a signature that failed */
		s = new_signature(j, asic_at(j->a, entry)->name, "ASiC/XAdES");
		st = s != NULL ? STATUS_OK : STATUS_TOO_LARGE;
		if (s != NULL)
			fail(s->verdict, INDICATION_FAILED, SUB_FORMAT_FAILURE, "the XML of the signature cannot be read");
	}
	xmldsig_free(x);
	buf_free(&xml);
	return st;
}

struct named {
	const char *name;
	size_t entry;
};

static int
compare_named(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

static enum status
judge_entry_of(struct asic_judge *j, size_t i)
{
	static const char *const forms[][2] = {{"ASiC-S/CAdES", "ASiC-S/RFC3161"}, {"ASiC-E/CAdES", "ASiC-E/RFC3161"}};
	const struct asic_entry *e = asic_at(j->a, i);

	if (e->role == ASIC_CADES || e->role == ASIC_TIMESTAMP)
		return add_signature(j, i, forms[asic_form(j->a)][e->role == ASIC_TIMESTAMP]);
	if (e->role == ASIC_XADES)
		return judge_xades(j, i);
	if (e->role == ASIC_EVIDENCE)
		diag_add(j->diag, SEVERITY_WARNING, "asic.evidence", e->name, NULL, NULL, "EN 319 162-1 4.4");
	return STATUS_OK;
}

/* By name and not by place: a signature whose level is raised goes to the end of the container, and must not change its place in the report. */
static enum status
judge_signatures(struct asic_judge *j)
{
	size_t n = asic_count(j->a);
	struct named *order = calloc(n + 1, sizeof(*order));
	enum status st = order != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	for (size_t i = 0; order != NULL && i < n; i++)
		order[i] = (struct named){asic_at(j->a, i)->name, i};
	if (order != NULL)
		qsort(order, n, sizeof(*order), compare_named);
	for (size_t i = 0; st == STATUS_OK && i < n; i++)
		st = judge_entry_of(j, order[i].entry);
	free(order);
	return st;
}

/* --- archive timestamps (4.4.5) --- */

static size_t
manifest_index(const struct asic_judge *j, size_t entry)
{
	size_t i = 0;

	while (i < asic_manifest_count(j->a) && asic_manifest_at(j->a, i)->entry != entry)
		i++;
	return i;
}

/* The archive manifest that this one continues: the reference with Rootfile, if both it and its timestamp are what they were. */
static size_t
older_than(struct asic_judge *j, const struct asic_manifest *m)
{
	for (size_t i = 0; i < m->count; i++) {
		size_t older = m->references[i].root ? manifest_index(j, m->references[i].entry) : asic_manifest_count(j->a);

		if (older < asic_manifest_count(j->a) && asic_manifest_at(j->a, older)->archive &&
			covers_entry(j, m, asic_manifest_at(j->a, older)->entry) && covers_entry(j, m, asic_manifest_at(j->a, older)->signature))
			return older;
	}
	return asic_manifest_count(j->a);
}

/* From the newest (it has the fixed name) back, as far as each covers the one before; then turned round. */
static enum status
collect_archives(struct asic_judge *j)
{
	size_t at = manifest_index(j, asic_find(j->a, ASIC_ARCHIVE_MANIFEST)), n = 0;
	enum status st = STATUS_OK;

	while (at < asic_manifest_count(j->a) && n < VERDICT_FILE_STAMPS_MAX && st == STATUS_OK) {
		const struct asic_manifest *m = asic_manifest_at(j->a, at);
		struct archive *archive = &j->archives[n];

		if (m->signature >= asic_count(j->a) || asic_at(j->a, m->signature)->role != ASIC_TIMESTAMP)
			break;
		*archive = (struct archive){.manifest = at};
		buf_init(&archive->token, ASIC_META_MAX);
		n++;
		st = asic_read(j->a, m->signature, &archive->token, j->diag);
		at = older_than(j, m);
	}
	for (size_t i = 0; i < n / 2; i++) {
		struct archive swap = j->archives[i];

		j->archives[i] = j->archives[n - 1 - i];
		j->archives[n - 1 - i] = swap;
	}
	j->archive_count = n;
	return st;
}

static enum status
start_run(struct asic_judge *j, struct content *contents)
{
	for (size_t i = 0; i < j->archive_count; i++) {
		contents[i] = (struct content){j, archive_manifest(j, i)->entry};
		j->stamps[i] = (struct verdict_stamp){{j->archives[i].token.data, j->archives[i].token.len}, digest_entry, &contents[i]};
	}
	j->evidence = (struct verdict_evidence){.stamps = j->stamps, .stamp_count = j->archive_count};
	j->run = verdict_run_new(j->policy, &j->evidence);
	return j->run != NULL ? STATUS_OK : STATUS_NO_MEMORY;
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

static enum status
judge_all(struct asic_judge *j)
{
	struct content contents[VERDICT_FILE_STAMPS_MAX];
	enum status st;

	j->referred = calloc(asic_count(j->a) + 1, sizeof(*j->referred));
	if (j->referred == NULL)
		return STATUS_NO_MEMORY;
	st = collect_archives(j);
	if (st == STATUS_OK)
		st = start_run(j, contents);
	if (st == STATUS_OK)
		st = judge_signatures(j);
	if (st == STATUS_OK)
		report_unreferred(j);
	verdict_run_free(j->run);
	return st;
}

enum status
seal_asic_verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out,
	struct diag *diag)
{
	struct asic_judge *j = calloc(1, sizeof(*j));
	enum status st = STATUS_NO_MEMORY;

	(void)detached;
	if (j == NULL)
		return STATUS_NO_MEMORY;
	j->policy = policy;
	j->diag = diag;
	j->report = seal_report_new();
	if (j->report != NULL)
		st = asic_open(file, diag, &j->a);
	if (st == STATUS_OK)
		st = judge_all(j);
	for (size_t i = 0; i < j->archive_count; i++)
		buf_free(&j->archives[i].token);
	free(j->referred);
	asic_close(j->a);
	if (st == STATUS_OK)
		*out = j->report;
	else
		seal_report_free(j->report);
	free(j);
	return st;
}
