/*
 * seal_pdf_verify: the verdicts of a letter's signatures as it goes its way, and what forgers do to
 * signed PDFs: none of it may pass as valid and unchanged (pdf-insecurity.org: universal forgery,
 * incremental saving, wrapping, shadow, evil annotation, sneaky signature).
 */
#define _GNU_SOURCE /* memmem */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/message.h"
#include "lib/seal/seal.h"
#include "lib/seal/seal_pdf_hash.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/seal_fixture.h"

#define WHEN INT64_C(1795500000000000)

static struct policy *policy;
static struct span letter, by_leader, by_office; /* the letter, signed, filled in and sealed */

static struct seal_request
request(enum seal_role role)
{
	struct seal_request r = {.signer = "Nguyễn Văn An", .time = WHEN, .look = {.role = role}};

	return r;
}

static int
make_letter(void **state)
{
	struct seal_request leader = request(SEAL_ROLE_LEADER), office = request(SEAL_ROLE_OFFICE);

	(void)state;
	policy = pki_policy();
	letter = built_file("tests/data/letter.pdf");
	leader.look.anchor = "Nguyễn Văn An";
	leader.look.png = built_file("tests/data/signature-1.png");
	leader.fields[0] = (struct seal_field){.name = "so", .anchor = "Số"};
	leader.fields[1] = (struct seal_field){.name = "ngay", .anchor = "ngày"};
	seal_file(letter, &leader, "leader1", &by_leader, NULL);
	office.fields[0] = (struct seal_field){.name = "so", .value = "12-CV/QU"};
	office.fields[1] = (struct seal_field){.name = "ngay", .value = "24"};
	seal_file(by_leader, &office, "office", &by_office, NULL);
	drop(leader.look.png);
	return 0;
}

static int
drop_letter(void **state)
{
	(void)state;
	policy_free(policy);
	drop(letter);
	drop(by_leader);
	drop(by_office);
	return 0;
}

static struct seal_report *
judge(struct span file)
{
	struct seal_report *r = NULL;

	assert_int_equal(
		seal_pdf.verify(file, (struct span){NULL, 0}, policy, &r, NULL), STATUS_OK);
	for (size_t i = 0; i < seal_report_count(r); i++) {
		char code[80];

		for (const char *p = seal_report_at(r, i)->change_list; p != NULL && *p != '\0';
			p = strchr(p, '\n') + 1) {
			snprintf(code, sizeof(code), "%.*s", (int)strcspn(p, " \n"), p);
			assert_non_null(message_find(code, LANGUAGE_VI));
		}
	}
	return r;
}

static void
assert_signature(const struct seal_report *r, size_t i, enum indication indication,
	const char *changes, const char *code)
{
	const struct seal_signature *s = seal_report_at(r, i);

	if (s->verdict->indication != indication || strcmp(s->changes, changes) != 0 ||
		(code != NULL && (s->change_list == NULL || strstr(s->change_list, code) == NULL)))
		fail_msg("signature %zu: %s %s (%s), changes %s, list:\n%s\nexpected %s, %s, %s", i,
			indication_name(s->verdict->indication),
			sub_indication_name(s->verdict->sub), s->verdict->why, s->changes,
			s->change_list ? s->change_list : "-", indication_name(indication), changes,
			code ? code : "-");
}

static void
test_story(void **state)
{
	struct seal_report *r = judge(letter);
	const struct seal_signature *s;

	(void)state;
	assert_int_equal(seal_report_count(r), 0);
	seal_report_free(r);
	r = judge(by_leader);
	assert_int_equal(seal_report_count(r), 1);
	assert_signature(r, 0, INDICATION_PASSED, "none", NULL);
	s = seal_report_at(r, 0);
	assert_true(s->covers_whole_file);
	assert_null(s->change_list);
	assert_string_equal(s->sub_filter, "ETSI.CAdES.detached");
	assert_string_equal(s->claimed_time, "2026-11-24T13:00:00+07:00");
	assert_int_equal(s->verdict->level, LEVEL_B_B);
	assert_int_equal(s->revision_end, by_leader.len);
	seal_report_free(r);
	r = judge(by_office);
	assert_int_equal(seal_report_count(r), 2);
	assert_signature(r, 0, INDICATION_PASSED, "permitted", "pdf.change.filled so");
	s = seal_report_at(r, 0);
	assert_string_equal(s->change_list,
		"pdf.change.signature-added Signature2\npdf.change.filled so\npdf.change.filled "
		"ngay\n");
	assert_false(s->covers_whole_file);
	assert_signature(r, 1, INDICATION_PASSED, "none", NULL);
	seal_report_free(r);
}

/* The last body of the object that holds `needle` ("#26": of this number); its number too. */
static char *
find_body(struct span file, const char *needle, int *number)
{
	const unsigned char *p = file.data, *end = file.data + file.len, *best = NULL, *stop = NULL;

	while ((p = memmem(p, (size_t)(end - p), " 0 obj\n", 7)) != NULL) {
		const unsigned char *q = memmem(p, (size_t)(end - p), "\nendobj", 7), *d = p;
		int n;

		assert_non_null(q);
		while (d > file.data && d[-1] >= '0' && d[-1] <= '9')
			d--;
		n = atoi((const char *)d);
		if (*needle == '#' ? n == atoi(needle + 1)
				   : memmem(p, (size_t)(q - p), needle, strlen(needle)) != NULL) {
			best = p + 7;
			stop = q;
			*number = n;
		}
		p = q;
	}
	if (best == NULL)
		fail_msg("no object with '%s'", needle);
	return strndup((const char *)best, (size_t)(stop - best));
}

static uint64_t
last_startxref(struct span file)
{
	const unsigned char *p = file.data + file.len - 9;

	while (memcmp(p, "startxref", 9) != 0)
		p--;
	return strtoull((const char *)p + 9, NULL, 10);
}

struct revision {
	struct span base;
	struct buf tail;
	struct {
		int number;
		uint64_t at;
	} objects[16];
	size_t count;
};

static void
begin_revision(struct revision *v, struct span base)
{
	memset(v, 0, sizeof(*v));
	v->base = base;
	buf_init(&v->tail, 1u << 22);
	buf_put_byte(&v->tail, '\n');
}

static void
put_object(struct revision *v, int number, const char *body)
{
	v->objects[v->count].number = number;
	v->objects[v->count++].at = v->base.len + v->tail.len;
	buf_printf(&v->tail, "%d 0 obj\n", number);
	buf_put_str(&v->tail, body);
	buf_put_str(&v->tail, "\nendobj\n");
}

/* Closes it; free() the result. */
static struct span
end_revision(struct revision *v, const char *trailer)
{
	uint64_t at = v->base.len + v->tail.len;
	struct span out;

	buf_put_str(&v->tail, "xref\n");
	for (size_t i = 0; i < v->count; i++)
		buf_printf(&v->tail, "%d 1\n%010lu 00000 n \n", v->objects[i].number,
			(unsigned long)v->objects[i].at);
	buf_printf(&v->tail,
		"trailer\n<< /Size 2000 /Root 1 0 R /Prev %lu %s >>\nstartxref\n%lu\n%%%%EOF\n",
		(unsigned long)last_startxref(v->base), trailer, (unsigned long)at);
	out = joined(v->base, &v->tail);
	buf_free(&v->tail);
	return out;
}

/*
 * A revision in which one object has `from` replaced by `to` ("": appended at its end inside >>),
 * with an extra new object 900.
 */
static struct span
altered(struct span base, const char *needle, const char *from, const char *to, const char *extra)
{
	struct revision v;
	int number = 0;
	char *body = find_body(base, needle, &number), *at = strstr(body, from);
	struct buf b;

	if (at == NULL)
		fail_msg("object %d has no '%s': %s", number, from, body);
	buf_init(&b, 1u << 20);
	buf_put(&b, body, (size_t)(at - body));
	buf_put_str(&b, to);
	buf_put_str(&b, at + strlen(from));
	begin_revision(&v, base);
	put_object(&v, number, buf_str(&b));
	if (extra != NULL)
		put_object(&v, 900, extra);
	buf_free(&b);
	free(body);
	return end_revision(&v, "");
}

#define OVERLAY                                                                                    \
	"<< /Type /XObject /Subtype /Form /BBox [0 0 500 500] /Length 22 >>\nstream\n0 g 0 0 500 " \
	"500 re f   \nendstream"
#define NOTE "<< /Type /Annot /Subtype /Text /Rect [10 10 30 30] /Contents (x) >>"
#define FREE_TEXT                                                                                  \
	"<< /Type /Annot /Subtype /FreeText /Rect [10 10 500 500] /Contents (x) /DA (/Helv 12 "    \
	"Tf) >>"
#define WIDGET "<< /Type /Annot /Subtype /Widget /FT /Tx /T (evil) /Rect [10 10 500 500] >>"

static const struct attack {
	const char *name, *needle, *from, *to, *extra;
	enum indication indication;
	const char *changes, *code;
} attacks[] = {
	{"content replaced", "#26", "/Length", "/Odd 1 /Length", NULL, INDICATION_FAILED,
		"forbidden", "pdf.change.object 26"},
	{"page shows other content", "/Type /Page >>", "/Contents 26 0 R", "/Contents 900 0 R",
		OVERLAY, INDICATION_FAILED, "forbidden", "pdf.change.page 1 /Contents"},
	{"more content", "/Type /Page >>", "/Contents 26 0 R", "/Contents [26 0 R 900 0 R]",
		OVERLAY, INDICATION_FAILED, "forbidden", "pdf.change.page 1 /Contents"},
	{"other fonts", "/Type /Page >>", "/Bold 15 0 R", "/Bold 10 0 R", NULL, INDICATION_FAILED,
		"forbidden", "pdf.change.page 1 /Resources"},
	{"font replaced in place", "#10", "/Type0", "/Type0 /Odd 1", NULL, INDICATION_FAILED,
		"forbidden", "pdf.change.object 10"},
	{"page box", "/Type /Page >>", "/MediaBox [ 0 0 595.28 841.89 ]",
		"/MediaBox [0 0 595.28 400]", NULL, INDICATION_FAILED, "forbidden",
		"pdf.change.page 1 /MediaBox"},
	{"crop added", "/Type /Page >>", "/Type /Page", "/CropBox [0 400 595 842] /Type /Page",
		NULL, INDICATION_FAILED, "forbidden", "pdf.change.page 1 /CropBox"},
	{"page turned", "/Type /Page >>", "/Type /Page", "/Rotate 180 /Type /Page", NULL,
		INDICATION_FAILED, "forbidden", "pdf.change.page 1 /Rotate"},
	{"page script", "/Type /Page >>", "/Type /Page",
		"/AA << /O << /S /JavaScript /JS (x) >> >> /Type /Page", NULL, INDICATION_FAILED,
		"forbidden", "pdf.change.page 1 /AA"},
	{"page added", "#2", "/Count 1", "/Count 2", NULL, INDICATION_FAILED, "forbidden",
		"pdf.change.object 2"},
	{"page tree with another page", "#2", "25 0 R", "25 0 R 900 0 R",
		"<< /Type /Page /Parent 2 0 R >>", INDICATION_FAILED, "forbidden",
		"pdf.change.pages"},
	{"page replaced", "#2", "25 0 R", "900 0 R", "<< /Type /Page /Parent 2 0 R >>",
		INDICATION_FAILED, "forbidden", "pdf.change.pages"},
	{"script on opening", "/Type /Catalog", "/Type /Catalog",
		"/OpenAction << /S /JavaScript /JS (x) >> /Type /Catalog", NULL, INDICATION_FAILED,
		"forbidden", "/OpenAction"},
	{"other page tree", "/Type /Catalog", "/Pages 2 0 R", "/Pages 900 0 R",
		"<< /Type /Pages /Kids [25 0 R] /Count 1 >>", INDICATION_FAILED, "forbidden",
		"/Pages"},
	{"layers", "/Type /Catalog", "/Type /Catalog",
		"/OCProperties << /OCGs [] /D << >> >> /Type /Catalog", NULL, INDICATION_FAILED,
		"forbidden", "/OCProperties"},
	{"certification added", "/Type /Catalog", "/Type /Catalog",
		"/Perms << /DocMDP 900 0 R >> /Type /Catalog", "<< >>", INDICATION_INDETERMINATE,
		"suspicious", "/Perms"},
	{"note", "/Type /Page >>", "/Annots [", "/Annots [ 900 0 R ", NOTE,
		INDICATION_INDETERMINATE, "suspicious", "pdf.change.comment 1"},
	{"evil annotation", "/Type /Page >>", "/Annots [", "/Annots [ 900 0 R ", FREE_TEXT,
		INDICATION_INDETERMINATE, "suspicious", "pdf.change.annotation 1"},
	{"direct annotation", "/Type /Page >>", "/Annots [", "/Annots [ " FREE_TEXT " ", NULL,
		INDICATION_INDETERMINATE, "suspicious", "pdf.change.annotation 1"},
	{"text box over the page", "/Type /Page >>", "/Annots [", "/Annots [ 900 0 R ", WIDGET,
		INDICATION_INDETERMINATE, "suspicious", "pdf.change.annotation 1"},
	{"annotations removed", "/Type /Page >>", "/Annots", "/Odd", NULL, INDICATION_FAILED,
		"forbidden", "pdf.change.annotation 1"},
	{"field added", "/SigFlags 3", "/Fields [", "/Fields [ 900 0 R ", WIDGET,
		INDICATION_INDETERMINATE, "suspicious", "pdf.change.field-added evil"},
	{"looks made anew", "/SigFlags 3", "/SigFlags", "/NeedAppearances true /SigFlags", NULL,
		INDICATION_INDETERMINATE, "suspicious", "/NeedAppearances"},
	{"XFA", "/SigFlags 3", "/SigFlags", "/XFA 900 0 R /SigFlags", OVERLAY, INDICATION_FAILED,
		"forbidden", "/XFA"},
	{"form font replaced", "/SigFlags 3", "/TiRo ", "/TiRo 10 0 R /Old ", NULL,
		INDICATION_FAILED, "forbidden", "/DR"},
	{"field moved", "/T (so)", "/Rect [", "/Rect [0 0 1 1] /Odd [", NULL, INDICATION_FAILED,
		"forbidden", "pdf.change.field so"},
	{"field's look only", "/T (so)", "/AP << /N ", "/AP << /N 900 0 R /Odd ", OVERLAY,
		INDICATION_INDETERMINATE, "suspicious", "pdf.change.look so"},
	{"picture of the signature moved", "/FT /Sig", "/Rect [", "/Rect [0 0 1 1] /Odd [", NULL,
		INDICATION_FAILED, "forbidden", "pdf.change.object"},
	{"signature dictionary touched", "/SubFilter", "/Type /Sig", "/Odd 1 /Type /Sig", NULL,
		INDICATION_FAILED, "forbidden", "pdf.range.hole"},
};

static void
test_attacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
		const struct attack *a = &attacks[i];
		struct span forged = altered(by_leader, a->needle, a->from, a->to, a->extra);
		struct seal_report *r = judge(forged);

		if (seal_report_count(r) != 1)
			fail_msg("%s: %zu signatures", a->name, seal_report_count(r));
		assert_signature(r, 0, a->indication, a->changes, a->code);
		if (strcmp(a->code, "pdf.range.hole") != 0)
			assert_true(seal_report_at(r, 0)->verdict->intact);
		seal_report_free(r);
		drop(forged);
	}
}

/* The form without its fields: no signature is seen, but its bytes are. */
static void
test_removed(void **state)
{
	struct span forged = altered(by_leader, "/SigFlags 3", "/Fields", "/Odd", NULL);
	struct diag *diag = diag_new();
	struct seal_report *r = NULL;

	(void)state;
	assert_int_equal(
		seal_pdf.verify(forged, (struct span){NULL, 0}, policy, &r, diag), STATUS_OK);
	assert_int_equal(seal_report_count(r), 0);
	assert_true(diag_has(diag, "pdf.signature.removed"));
	seal_report_free(r);
	diag_free(diag);
	drop(forged);
}

/* Filling in: permitted while a field is empty; a value that was signed or locked is not. */
static void
test_filling(void **state)
{
	struct span filled = altered(by_leader, "/T (so)", "/T (so)", "/T (so) /V (7-CV/QU)", NULL),
		    refilled;
	struct span locked = altered(by_office, "/T (so)", "(12-CV/QU)", "(13-CV/QU)", NULL),
		    second;
	struct seal_request other = request(SEAL_ROLE_INVISIBLE);
	struct seal_report *r = judge(filled);

	(void)state;
	assert_signature(r, 0, INDICATION_PASSED, "permitted", "pdf.change.filled so");
	seal_report_free(r);
	r = judge(locked);
	assert_signature(r, 0, INDICATION_FAILED, "forbidden", "pdf.change.locked so");
	assert_signature(r, 1, INDICATION_FAILED, "forbidden", "pdf.change.locked so");
	seal_report_free(r);
	seal_file(filled, &other, "leader2", &second, NULL);
	refilled = altered(second, "/T (so)", "(7-CV/QU)", "(8-CV/QU)", NULL);
	r = judge(refilled);
	assert_signature(r, 0, INDICATION_INDETERMINATE, "suspicious", "pdf.change.refilled so");
	assert_signature(r, 1, INDICATION_INDETERMINATE, "suspicious", "pdf.change.refilled so");
	seal_report_free(r);
	drop(filled);
	drop(locked);
	drop(second);
	drop(refilled);
}

/* Bytes after the signed part that are no revision: incremental saving attacks. */
static void
test_incremental_saving(void **state)
{
	static const char *const tails[] = {
		"26 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n",
		"26 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\n%%EOF\n",
		"26 0 obj\n<< /Length 0 >>\nstream\n\nendstream\nendobj\ntrailer\n<< /Root 1 0 R "
		">>\n%%EOF\n",
		"xref\n26 1\n0000000000 00001 f \ntrailer\n<< /Size 2000 /Root 1 0 R "
		">>\nstartxref\n0\n%%EOF\n",
		"startxref\n1\n%%EOF\n",
		"trailer\n<< /Root 900 0 R >>\nstartxref\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		struct buf tail = {
			(unsigned char *)(uintptr_t)tails[i], strlen(tails[i]), 0, 0, STATUS_OK};
		struct span forged = joined(by_leader, &tail);
		struct seal_report *r = judge(forged);

		for (size_t k = 0; k < seal_report_count(r); k++)
			assert_signature(r, k, INDICATION_FAILED, "forbidden", "pdf.range.damaged");
		seal_report_free(r);
		drop(forged);
	}
}

/* A section that frees the content, and one that brings it in by a hidden stream of a hybrid. */
static void
test_sections(void **state)
{
	struct revision v;
	struct span forged;
	struct seal_report *r;
	char trailer[60];
	uint64_t at;

	(void)state;
	begin_revision(&v, by_leader);
	buf_printf(&v.tail,
		"xref\n26 1\n0000000000 00001 f \ntrailer\n<< /Size 2000 /Root 1 0 R /Prev %lu >>\n"
		"startxref\n%lu\n%%%%EOF\n",
		(unsigned long)last_startxref(by_leader), (unsigned long)by_leader.len + 1);
	forged = joined(by_leader, &v.tail);
	buf_free(&v.tail);
	r = judge(forged);
	assert_signature(r, 0, INDICATION_FAILED, "forbidden", "pdf.change.object 26");
	seal_report_free(r);
	drop(forged);

	begin_revision(&v, by_leader);
	put_object(&v, 900, "<< /Length 0 >>\nstream\n\nendstream");
	at = by_leader.len + v.tail.len;
	buf_printf(&v.tail,
		"901 0 obj\n<< /Type /XRef /W [1 4 1] /Index [26 1] /Size 2000 /Length 6 "
		">>\nstream\n");
	buf_put_byte(&v.tail, 1);
	buf_put_u32(&v.tail, (uint32_t)v.objects[0].at);
	buf_put_byte(&v.tail, 0);
	buf_put_str(&v.tail, "\nendstream\nendobj\n");
	snprintf(trailer, sizeof(trailer), "/XRefStm %lu", (unsigned long)at);
	forged = end_revision(&v, trailer);
	r = judge(forged);
	assert_signature(r, 0, INDICATION_FAILED, "forbidden", "pdf.change.object 26");
	seal_report_free(r);
	drop(forged);
}

/*
 * The signed content names an object that is not there yet: prepared by the author, brought in
 * after the signature.
 */
static void
test_dangling(void **state)
{
	struct span prepared = altered(
		letter, "/Type /Page ", "/Contents 26 0 R", "/Contents [26 0 R 900 0 R]", NULL);
	struct seal_request leader = request(SEAL_ROLE_INVISIBLE);
	struct span done, forged;
	struct revision v;
	struct seal_report *r;

	(void)state;
	seal_file(prepared, &leader, "leader1", &done, NULL);
	begin_revision(&v, done);
	put_object(&v, 900, OVERLAY);
	forged = end_revision(&v, "");
	r = judge(forged);
	assert_signature(r, 0, INDICATION_FAILED, "forbidden", "pdf.change.dangling 900");
	seal_report_free(r);
	drop(prepared);
	drop(done);
	drop(forged);
}

/*
 * Wrapping: a new dictionary with the old CMS claims another hole, behind which anything could
 * stand.
 */
static void
test_wrapping(void **state)
{
	int number = 0;
	char *body = find_body(by_leader, "/SubFilter", &number), *at;
	struct revision v;
	struct span forged;
	struct seal_report *r;
	char range[80];

	(void)state;
	begin_revision(&v, by_leader);
	at = strstr(body, "/ByteRange [0 ");
	assert_non_null(at);
	snprintf(range, sizeof(range), "%010lu %010lu %010lu", strtoul(at + 14, NULL, 10),
		(unsigned long)by_leader.len + 40000, 1000UL);
	memcpy(at + 14, range, strlen(range));
	put_object(&v, number, body);
	buf_printf(&v.tail, "%%%8000s\n", "");
	forged = end_revision(&v, "");
	r = judge(forged);
	assert_signature(r, 0, INDICATION_FAILED, "forbidden", "pdf.range.");
	assert_false(seal_report_at(r, 0)->verdict->intact);
	seal_report_free(r);
	drop(forged);
	free(body);
}

/* Universal forgery: a signature with nothing in it, or nothing to check it by. */
static void
test_universal_forgery(void **state)
{
	static const struct {
		const char *from, *to;
	} games[] = {
		{"/ByteRange [0", "/ByteRange [-1"},
		{"/ByteRange [0 ", "/ByteRange null /Odd [0 "},
		{"/Contents <", "/Contents 0 /Odd <"},
		{"/Contents <", "/Contents <00> /Odd <"},
		{"/Contents <", "/Contents () /Odd <"},
		{"/ByteRange", "/ByteRangf"},
		{"/SubFilter", "/SubFiltre"},
		{"/Contents <3", "/Contents <4"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(games) / sizeof(games[0]); i++) {
		struct span forged = replaced(by_leader, games[i].from, games[i].to);
		struct seal_report *r = judge(forged);

		assert_int_equal(seal_report_count(r), 1);
		assert_int_equal(seal_report_at(r, 0)->verdict->indication, INDICATION_FAILED);
		assert_false(seal_report_at(r, 0)->verdict->intact);
		seal_report_free(r);
		drop(forged);
	}
}

/*
 * Any byte changed, also in the padding of the hole: never passes. (The issuer's certificate inside
 * the CMS is not signed, and the policy has it anyway: the CMS itself is the business of lib/pki.)
 */
static void
test_every_region(void **state)
{
	const unsigned char *p = memmem(by_leader.data, by_leader.len, "/Contents <30", 13);
	size_t step = by_leader.len / 60, hole = (size_t)(p - by_leader.data) + 11, cms = 2 * 4096;

	(void)state;
	for (size_t at = 10; at < by_leader.len; at += step) {
		unsigned char *copy = malloc(by_leader.len);
		struct seal_report *r = NULL;

		if (at >= hole && at < hole + cms) {
			free(copy);
			continue;
		}
		memcpy(copy, by_leader.data, by_leader.len);
		copy[at] ^= 0x01;
		if (seal_pdf.verify((struct span){copy, by_leader.len}, (struct span){NULL, 0},
			    policy, &r, NULL) == STATUS_OK) {
			for (size_t i = 0; i < seal_report_count(r); i++)
				if (seal_report_at(r, i)->verdict->indication == INDICATION_PASSED)
					fail_msg("passes with byte %zu changed: %.60s", at,
						copy + at - 30);
			seal_report_free(r);
		}
		free(copy);
	}
}

/*
 * A signature by nobody known, with a picture over the page: the leader's is not simply permitted
 * any more.
 */
static void
test_sneaky_signature(void **state)
{
	struct seal_request evil = request(SEAL_ROLE_LEADER);
	struct span forged, broken;
	struct seal_report *r;
	const unsigned char *p;

	(void)state;
	evil.look.rect[0] = 10, evil.look.rect[1] = 10, evil.look.rect[2] = 500,
	evil.look.rect[3] = 800;
	evil.look.lines[0] = "x";
	seal_file(by_leader, &evil, "bad/foreign", &forged, NULL);
	r = judge(forged);
	assert_signature(r, 0, INDICATION_INDETERMINATE, "suspicious",
		"pdf.change.bad-signature Signature2");
	assert_int_not_equal(seal_report_at(r, 1)->verdict->indication, INDICATION_PASSED);
	seal_report_free(r);
	/* The same with a CMS that is broken. */
	broken = replaced(forged, "%PDF-1.7", "%PDF-1.7");
	p = memmem(broken.data + by_leader.len, broken.len - by_leader.len, "/Contents <30", 13);
	assert_non_null(p);
	((unsigned char *)(uintptr_t)p)[600] ^= 0x01;
	r = judge(broken);
	assert_signature(r, 0, INDICATION_INDETERMINATE, "suspicious",
		"pdf.change.bad-signature Signature2");
	seal_report_free(r);
	drop(forged);
	drop(broken);
}

/* Harmless updates as other programs make them. */
static void
test_permitted(void **state)
{
	struct span info = altered(by_leader, "#3", "(congvan demo)", "(other program)", NULL);
	struct span dss = altered(by_leader, "/Type /Catalog", "/Type /Catalog",
		"/DSS << /Certs [900 0 R] >> /Type /Catalog",
		"<< /Length 2 >>\nstream\n00\nendstream");
	struct seal_report *r = judge(info);

	(void)state;
	assert_signature(r, 0, INDICATION_PASSED, "permitted", "pdf.change.info");
	seal_report_free(r);
	r = judge(dss);
	assert_signature(r, 0, INDICATION_PASSED, "permitted", "pdf.change.dss");
	seal_report_free(r);
	drop(info);
	drop(dss);
}

/* Certified documents: what DocMDP says counts for what comes after. */
static void
test_certified(void **state)
{
	struct span base = corpus_file("certified_p2"), one, two, noted;
	struct seal_request leader = request(SEAL_ROLE_INVISIBLE);
	struct seal_report *r;

	(void)state;
	seal_file(base, &leader, "leader1", &one, NULL);
	seal_file(one, &leader, "leader2", &two, NULL);
	r = judge(two);
	assert_int_equal(seal_report_count(r), 3); /* the first is the rubbish of the corpus */
	assert_signature(r, 1, INDICATION_PASSED, "permitted", "pdf.change.signature-added");
	assert_signature(r, 2, INDICATION_PASSED, "none", NULL);
	seal_report_free(r);
	noted = altered(two, "/Type /Page >>", "/Annots [", "/Annots [ 900 0 R ", NOTE);
	r = judge(noted);
	assert_signature(r, 1, INDICATION_FAILED, "forbidden", "pdf.change.comment");
	assert_signature(r, 2, INDICATION_FAILED, "forbidden", "pdf.change.comment");
	seal_report_free(r);
	drop(base);
	drop(one);
	drop(two);
	drop(noted);
}

/* The plain PKCS#7 that offices really send is judged and labelled. */
static void
test_plain_pkcs7(void **state)
{
	struct seal_request leader = request(SEAL_ROLE_INVISIBLE);
	struct span plain = replaced(letter, "%PDF-1.7", "%PDF-1.5"), file;
	struct odd odd = {.cert = "leader1.pem", .key = "leader1.key", .plain = true};
	struct seal_prepared p;
	struct seal_report *r;
	struct buf content, cms;
	char *name;
	size_t from, to;

	(void)state;
	assert_int_equal(seal_pdf.prepare(plain, &leader, &p, NULL), STATUS_OK);
	name = memmem(p.tail.data, p.tail.len, "ETSI.CAdES.detached", 19);
	assert_non_null(name);
	memcpy(name, "adbe.pkcs7.detached", 19);
	from = (size_t)p.hole_at - plain.len - 1;
	to = from + (size_t)p.hole_size + 2;
	buf_init(&content, 1u << 24);
	buf_put(&content, plain.data, plain.len);
	buf_put(&content, p.tail.data, from);
	buf_put(&content, p.tail.data + to, p.tail.len - to);
	p.digest = digest_of(content.data, content.len);
	cms = fixture_odd(&odd, (struct span){content.data, content.len});
	assert_int_equal(
		seal_pdf.embed(plain, &p, (struct span){cms.data, cms.len}, NULL), STATUS_OK);
	file = joined(plain, &p.tail);
	r = judge(file);
	assert_signature(r, 0, INDICATION_PASSED, "none", NULL);
	assert_int_equal(seal_report_at(r, 0)->verdict->level, LEVEL_CMS);
	assert_string_equal(seal_report_at(r, 0)->sub_filter, "adbe.pkcs7.detached");
	seal_report_free(r);
	seal_prepared_free(&p);
	buf_free(&content);
	buf_free(&cms);
	drop(plain);
	drop(file);
}

/* What ranges have in common is read once: in whatever order, and by however many algorithms they are asked for, the digests are those of the bytes. */
static void
test_digests_of_ranges(void **state)
{
	static const char *const names[] = {"SHA256", "SHA1", "SHA512", "SHA224", "SHA384", "MD5", "SHA3-256", "SHA3-384", "SHA3-512", "SHA512-256", "SHA256"};
	struct pdf_scan *scan = NULL;
	const struct pdf_signature *s;

	(void)state;
	assert_int_equal(pdf_scan_open(by_office, false, &scan, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_info(scan)->signature_count, 2);
	s = pdf_scan_info(scan)->signatures;
	for (size_t order = 0; order < 4; order++) {
		struct seal_pdf_hash *h = seal_pdf_hash_new(scan);

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			for (size_t k = 0; k < 3; k++) {
				static const size_t which[4][3] = {{0, 1, 0}, {1, 0, 1}, {0, 0, 1}, {1, 1, 0}};
				const uint64_t *r = s[which[order][k]].range, odd[4] = {1, r[1] - 1, r[2], r[3] - 1};
				const EVP_MD *md = EVP_get_digestbyname(names[i]);
				unsigned char got[EVP_MAX_MD_SIZE], want[EVP_MAX_MD_SIZE], *all = malloc((size_t)(r[1] + r[3]));
				unsigned n = 0, size = 0;

				memcpy(all, by_office.data, (size_t)r[1]);
				memcpy(all + r[1], by_office.data + r[2], (size_t)r[3]);
				assert_int_equal(EVP_Digest(all, (size_t)(r[1] + r[3]), want, &size, md, NULL), 1);
				assert_true(seal_pdf_hash_range(h, r, md, got, &n));
				assert_int_equal(n, size);
				assert_memory_equal(got, want, n);
				assert_int_equal(EVP_Digest(all + 1, (size_t)(r[1] + r[3]) - 2, want, &size, md, NULL), 1);
				assert_true(seal_pdf_hash_range(h, odd, md, got, &n)); /* of none of its signatures */
				assert_memory_equal(got, want, n);
				free(all);
			}
		seal_pdf_hash_free(h);
	}
	pdf_scan_free(scan);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story),
		cmocka_unit_test(test_digests_of_ranges),
		cmocka_unit_test(test_attacks),
		cmocka_unit_test(test_removed),
		cmocka_unit_test(test_filling),
		cmocka_unit_test(test_incremental_saving),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_dangling),
		cmocka_unit_test(test_wrapping),
		cmocka_unit_test(test_universal_forgery),
		cmocka_unit_test(test_every_region),
		cmocka_unit_test(test_sneaky_signature),
		cmocka_unit_test(test_permitted),
		cmocka_unit_test(test_certified),
		cmocka_unit_test(test_plain_pkcs7),
	};

	return cmocka_run_group_tests_name("seal_pdf_verify", tests, make_letter, drop_letter);
}
