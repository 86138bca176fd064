/* seal_second: see seal_second.h. */
#include "lib/seal/seal_second.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"
#include "lib/base/imprints.h"
#include "lib/doc/asic.h"
#include "lib/doc/pdf_second.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/counter.h"
#include "lib/pki/second.h"

#define OBJECT_MOST (UINT64_C(512) << 20) /* bytes of the file in ASiC-S: more than is ever signed here */

bool
seal_agree(const struct seal_signature *ours, const struct seal_opinion *theirs, struct diag *diag)
{
	const struct verdict *v = ours->verdict;
	char got[300], want[120];

	/* ours being stricter than theirs is no contradiction where the bytes are whole: policies and later changes are our business */
	if (theirs->says == SEAL_OPINION_GOOD ? v->intact : theirs->says == SEAL_OPINION_BAD ? !v->intact : false)
		return true;
	snprintf(got, sizeof(got), "%s: %s%s%s", theirs->by, theirs->says == SEAL_OPINION_GOOD ? "valid" :
		theirs->says == SEAL_OPINION_BAD ? "not valid" : "does not know it", theirs->why[0] != '\0' ? ": " : "", theirs->why);
	snprintf(want, sizeof(want), "%s, %s", v->intact ? "intact" : "not intact", indication_name(v->indication));
	diag_error(diag, "seal.second", ours->field, got, want);
	return false;
}

static enum second_scheme
scheme_of(const struct seal_signature *ours)
{
	return second_scheme_of(ours->verdict->signature_name);
}

/* Not known to OpenSSL 3.0's CMS. */
static bool
is_edwards(const struct seal_signature *ours)
{
	return scheme_of(ours) == SECOND_ED25519;
}

/* OpenSSL, or for Ed25519 GnuTLS, on one signature: the path too when we say that it passed now. */
static bool
ask_another(const struct seal_signature *ours, struct span cms, const struct span *content, size_t parts, const struct policy *policy,
	struct diag *diag)
{
	const struct verdict *v = ours->verdict;
	bool cades = v->level >= LEVEL_B_B, now = v->indication == INDICATION_PASSED && policy_time(policy) <= v->not_after;
	char why[200] = "";
	bool edwards = is_edwards(ours);
	bool good = (edwards ? second_eddsa : second_cms)(cms, content, parts, cades, now ? SECOND_PATH : SECOND_VALUE, policy, why);
	struct seal_opinion o = {.by = edwards ? "GnuTLS" : "OpenSSL", .says = good ? SEAL_OPINION_GOOD : SEAL_OPINION_BAD, .why = good ? "" : why};

	return seal_agree(ours, &o, diag);
}

static bool
ask_poppler(const struct seal_signature *ours, const struct pdf_second *list, size_t count, struct diag *diag)
{
	struct seal_opinion o = {.by = "poppler", .says = SEAL_OPINION_NONE, .why = ""};

	for (size_t i = 0; i < count; i++) {
		if (ours->field == NULL || strcmp(list[i].field, ours->field) != 0)
			continue;
		o.says = list[i].state == PDF_SECOND_VALID ? SEAL_OPINION_GOOD :
			list[i].state == PDF_SECOND_INVALID ? SEAL_OPINION_BAD : SEAL_OPINION_NONE;
		o.why = o.says == SEAL_OPINION_GOOD ? "" : list[i].said;
	}
	return seal_agree(ours, &o, diag);
}

/* What NSS's CMS and this poppler check at all: neither RSA-PSS nor Edwards curves, and no SHA-1 digest inside the signature. */
static bool
poppler_knows(const struct seal_signature *ours)
{
	const char *f = ours->sub_filter;

	return f != NULL && (strcmp(f, "ETSI.CAdES.detached") == 0 || strcmp(f, "adbe.pkcs7.detached") == 0) &&
		(scheme_of(ours) == SECOND_RSA || scheme_of(ours) == SECOND_ECDSA);
}

static bool
ask_about(const struct seal_signature *ours, const struct cms_parts *parts, const struct counter *c, const struct policy *policy, struct diag *diag)
{
	const struct verdict *v = ours->verdict;
	bool now = v->indication == INDICATION_PASSED && policy_time(policy) <= v->not_after;
	enum second_depth depth = now ? SECOND_PATH : SECOND_VALUE;
	enum second_scheme scheme = scheme_of(ours);
	struct seal_opinion o = {.by = scheme == SECOND_PSS || scheme == SECOND_ED25519 ? "GnuTLS" : "OpenSSL", .says = SEAL_OPINION_BAD};
	char why[200] = "";
	struct buf whole;

	buf_init(&whole, CMS_READ_MAX);
	if (counter_whole(parts, c, false, &whole) == STATUS_OK && second_counter(scheme, (struct span){whole.data, whole.len}, c->over, depth, policy, why))
		o.says = SEAL_OPINION_GOOD;
	buf_free(&whole);
	o.why = o.says == SEAL_OPINION_GOOD ? "" : why;
	return seal_agree(ours, &o, diag);
}

/*
 * A counter-signature is known again by the digest of its own value. One that cannot be read at all is not asked about; one that we call intact and that is by a key which nobody else is asked about,
 * or is not found again, has no second opinion, and is not agreed on.
 */
static bool
ask_counter(const struct seal_signature *ours, struct span cms, const struct policy *policy, struct diag *diag)
{
	struct counter list[COUNTER_MAX];
	struct cms_parts parts;
	struct span in = cms;
	struct der d;
	size_t n = der_expect(&in, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &parts) ? counter_list(&parts, list, NULL) : 0;

	for (size_t i = 0; scheme_of(ours) != SECOND_OTHER && i < n; i++) {
		struct digest own = digest_of(list[i].value.data, list[i].value.len);

		if (list[i].value.len != 0 && memcmp(&own, &ours->verdict->value_digest, sizeof(own)) == 0)
			return ask_about(ours, &parts, &list[i], policy, diag);
	}
	return !ours->verdict->intact || seal_agree(ours, &(struct seal_opinion){.by = "OpenSSL, GnuTLS", .says = SEAL_OPINION_NONE, .why = ours->verdict->signature_name}, diag);
}

/* The range lies in this file, around a string in hexadecimal: the report may be of another. */
static bool
is_range(struct span file, const uint64_t r[4])
{
	return r[0] == 0 && r[1] > 0 && r[1] + 1 < r[2] && r[2] < file.len && r[3] <= file.len - r[2] &&
		file.data[r[1]] == '<' && file.data[r[2] - 1] == '>';
}

/* The CMS in the hole, with the padding after it. A digit that is missing at the end is 0 (ISO 32000-1 7.3.4.3). */
static bool
read_hole(struct span file, const uint64_t r[4], struct buf *to)
{
	size_t digits = (size_t)(r[2] - r[1] - 2), n = digits / 2;
	const unsigned char *from = file.data + r[1] + 1, last[2] = {from[digits - (digits > 0)], '0'};
	unsigned char *bytes;

	buf_init(to, n + 1);
	bytes = buf_reserve(to, n + digits % 2);
	return bytes != NULL && hex_decode_bytes(from, bytes, n) && hex_decode_bytes(last, bytes + n, digits % 2);
}

/* Where the signature is and which bytes it is about we have found; what they say of them is asked anew. */
static bool
ask_about_range(const struct seal_signature *ours, struct span file, const struct policy *policy, struct diag *diag)
{
	const uint64_t *r = ours->range;
	struct seal_opinion none = {.by = "OpenSSL", .says = SEAL_OPINION_NONE, .why = "no signature there"};
	bool agree = false, there = is_range(file, r);
	struct buf cms;

	buf_init(&cms, 0);
	if (there && (there = read_hole(file, r, &cms)))
		agree = ask_another(ours, (struct span){cms.data, cms.len},
			(const struct span[]){{file.data, (size_t)r[1]}, {file.data + r[2], (size_t)r[3]}}, 2, policy, diag);
	buf_free(&cms);
	return there ? agree : seal_agree(ours, &none, diag);
}

static enum status
second_pdf(struct span file, const struct policy *policy, const struct seal_report *report, struct diag *diag)
{
	struct pdf_second *list = calloc(PDF_SECOND_MOST, sizeof(*list));
	size_t count = 0;
	bool agree = true;
	enum status st = list != NULL ? pdf_second_look(file, list, &count) : STATUS_NO_MEMORY;

	for (size_t i = 0; st == STATUS_OK && i < seal_report_count(report); i++) {
		const struct seal_signature *ours = seal_report_at(report, i);

		if (ours->is_timestamp || ours->counter_of != 0)
			continue;
		if (poppler_knows(ours))
			agree &= ask_poppler(ours, list, count, diag);
		if (ours->range[1] != 0)
			agree &= ask_about_range(ours, file, policy, diag);
	}
	free(list);
	return st != STATUS_OK ? st : agree ? STATUS_OK : STATUS_CONFLICT;
}

/* What an entry of the container is a signature over: its manifest, or the only object of ASiC-S. */
static enum status
read_signed(struct span file, struct asic *a, size_t entry, struct buf *to)
{
	const struct asic_manifest *m = asic_manifest_of(a, entry);
	struct output out = output_buf(to);
	struct pack *p = NULL;
	size_t content = asic_simple_data(a);
	enum status st;

	if (m != NULL)
		return asic_read(a, m->entry, to, NULL);
	if (content >= asic_count(a))
		return STATUS_NOT_FOUND;
	st = pack_open(file, &pack_limits_default, false, NULL, &p);
	if (st == STATUS_OK)
		st = pack_read(p, pack_find(p, asic_at(a, content)->name), &out, NULL);
	pack_close(p);
	return st;
}

/*
 * OpenSSL over the manifest that each CAdES signature of the container signs. The digests in the manifest are compared by us alone, so that a signature that
 * is not intact here may be right there: only what we call intact is asked about. What cannot be read to be asked about has no second opinion, and is not agreed on.
 */
static enum status
second_asic(struct span file, const struct policy *policy, const struct seal_report *report, struct diag *diag)
{
	struct asic *a = NULL;
	bool agree = true;
	enum status st = asic_open(file, NULL, &a);

	for (size_t i = 0; st == STATUS_OK && i < seal_report_count(report); i++) {
		const struct seal_signature *ours = seal_report_at(report, i);
		size_t entry = ours->field != NULL ? asic_find(a, ours->field) : asic_count(a);
		struct buf cms, content;
		struct span part;

		if (entry == asic_count(a) || asic_at(a, entry)->role != ASIC_CADES || !ours->verdict->intact)
			continue;
		buf_init(&cms, ASIC_META_MAX);
		buf_init(&content, OBJECT_MOST);
		if (asic_read(a, entry, &cms, NULL) == STATUS_OK && read_signed(file, a, entry, &content) == STATUS_OK) {
			part = (struct span){content.data, content.len};
			agree &= ask_another(ours, (struct span){cms.data, cms.len}, &part, 1, policy, diag);
		} else
			agree &= seal_agree(ours, &(struct seal_opinion){.by = "OpenSSL", .says = SEAL_OPINION_NONE, .why = "the signed file cannot be read"}, diag);
		buf_free(&cms);
		buf_free(&content);
	}
	asic_close(a);
	return st != STATUS_OK ? st : agree ? STATUS_OK : STATUS_CONFLICT;
}

/* OpenSSL, or for Ed25519 GnuTLS, with the digests alone. */
static enum status
second_known(struct span record, struct span cms, const struct policy *policy, const struct seal_report *report, struct diag *diag)
{
	struct imprints known;
	bool agree = true;

	if (!imprints_read(record, &known)) {
		diag_error(diag, "seal.digests", NULL, NULL, NULL);
		return STATUS_INVALID;
	}
	for (size_t i = 0; i < seal_report_count(report); i++) {
		const struct seal_signature *s = seal_report_at(report, i);
		const struct verdict *v = s->verdict;
		bool now = v->indication == INDICATION_PASSED && policy_time(policy) <= v->not_after, edwards = is_edwards(s);
		char why[200] = "";
		struct seal_opinion o = {.by = edwards ? "GnuTLS" : "OpenSSL", .says = SEAL_OPINION_BAD, .why = why};

		if (s->counter_of != 0) {
			agree &= ask_counter(s, cms, policy, diag);
			continue;
		}
		if ((edwards ? second_eddsa_digests : second_digests)(cms, &known, v->level >= LEVEL_B_B, now ? SECOND_PATH : SECOND_VALUE, policy, why)) {
			o.says = SEAL_OPINION_GOOD;
			o.why = "";
		}
		agree &= seal_agree(s, &o, diag);
	}
	return agree ? STATUS_OK : STATUS_CONFLICT;
}

enum status
seal_second(const struct seal_kind *kind, struct span file, struct span detached, const struct policy *policy,
	const struct seal_report *report, struct diag *diag)
{
	bool agree = true;

	if (kind == &seal_pdf)
		return second_pdf(file, policy, report, diag);
	if (kind == &seal_asic)
		return second_asic(file, policy, report, diag);
	if (kind == &seal_digests)
		return second_known(file, detached, policy, report, diag);
	if (kind != &seal_cms)
		return STATUS_UNSUPPORTED;
	for (size_t i = 0; i < seal_report_count(report); i++) { /* attached: OpenSSL takes the content out by itself */
		const struct seal_signature *s = seal_report_at(report, i);
		struct span cms = detached.len != 0 ? detached : file;

		agree &= s->counter_of != 0 ? ask_counter(s, cms, policy, diag) : ask_another(s, cms, &file, detached.len != 0 ? 1 : 0, policy, diag);
	}
	return agree ? STATUS_OK : STATUS_CONFLICT;
}
