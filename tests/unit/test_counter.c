/*
 * counter: counter-signatures made, put in, found and judged, each on its own: those by several people, over each other, timestamped and archived; and the hostile ones: about
 * something else, altered, with a contentType, no SignerInfo, too many, too deep. Bouncy Castle finds the same; OpenSSL finds the signature under them unchanged.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/cms_read.h"
#include "lib/pki/counter.h"
#include "lib/seal/seal.h"
#include "lib/seal/seal_report_json.h"
#include "lib/seal/seal_report_page.h"
#include "lib/seal/seal_report_read.h"
#include "lib/seal/seal_report_xml.h"
#include "lib/seal/seal_second.h"
#include "tests/unit/level_fixture.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define NOW "2026-11-24T12:00:00Z"

static const unsigned char text[] = "Tờ trình đã ký";
static const struct span content = {text, sizeof(text) - 1};
static const unsigned char oid_counter[] = {6, 9, 42, 134, 72, 134, 247, 13, 1, 9, 6};
static const struct cms_options plain = {.signing_time = true}, counter_options = {.signing_time = true, .counter = true};

static struct span
value_of(const struct buf *cms)
{
	struct span value;

	assert_int_equal(cms_signature_value(span_of(cms), &value), STATUS_OK);
	return value;
}

static struct buf
counter_by(const char *who, struct span over, const struct cms_options *options)
{
	char cert[40], key[40];

	snprintf(cert, sizeof(cert), "%s.pem", who);
	snprintf(key, sizeof(key), "%s.key", strcmp(who, "bad/foreign") == 0 ? "bad/p256" : who);
	return fixture_sign(cert, key, options, over);
}

/* The signature with a counter-signature of `who` over `over` more, however wrong that is. Frees cms. */
static struct buf
forced(struct buf cms, const char *who, struct span over, const struct cms_options *options)
{
	struct buf made = counter_by(who, over, options), out, info;
	struct cms_parts parts;

	assert_true(cms_parts_split(span_of(&made), &parts));
	buf_init(&info, CMS_MAX);
	buf_init(&out, CMS_MAX);
	der_put(&info, DER_SEQUENCE, parts.signer.data, parts.signer.len);
	assert_int_equal(cms_add_unsigned(span_of(&cms), (struct span){oid_counter, sizeof(oid_counter)}, span_of(&info), &out), STATUS_OK);
	buf_free(&info);
	buf_free(&made);
	buf_free(&cms);
	return out;
}

static struct buf
added(struct buf cms, struct buf made)
{
	struct diag *diag = diag_new();
	struct buf out;

	buf_init(&out, CMS_READ_MAX);
	if (counter_add(span_of(&cms), span_of(&made), &out, diag) != STATUS_OK)
		fail_msg("not added: %s", diag_count(diag) > 0 ? diag_at(diag, 0)->code : "?");
	diag_free(diag);
	buf_free(&cms);
	buf_free(&made);
	return out;
}

static struct buf
countersigned(struct buf cms, const char *who)
{
	struct buf made = counter_by(who, value_of(&cms), &counter_options);

	return added(cms, made);
}

static struct seal_report *
judged_with(struct span file, struct span detached, struct diag *diag)
{
	struct policy *p = policy_new(fixture_time(NOW));
	struct seal_report *r = NULL;

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	assert_int_equal(seal_cms.verify(file, detached, p, &r, diag), STATUS_OK);
	policy_free(p);
	return r;
}

static struct seal_report *
judged(const struct buf *cms)
{
	return judged_with(content, span_of(cms), NULL);
}

static void
expect(const struct seal_report *r, size_t i, enum sub_indication sub, size_t counter_of)
{
	const struct seal_signature *s = seal_report_at(r, i);

	if (s->verdict->sub != sub)
		fail_msg("%zu: %s: %s, not %s", i, sub_indication_name(s->verdict->sub), s->verdict->why, sub_indication_name(sub));
	assert_int_equal(s->counter_of, counter_of);
}

static void
write_in(const char *dir, const char *name, struct span bytes)
{
	char path[1200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fixture_write(path, bytes.data, bytes.len);
}

static int
bouncy_castle(const char *dir, const char *files)
{
	return fixture_java(dir, "CounterSignature", files);
}

/* Two people over one signature; beside the file, and with it inside. Nothing that was signed is another byte. */
static void
test_made(void **state)
{
	struct buf first = fixture_sign("leader1.pem", "leader1.key", &plain, content), before, cms, attached, inside;
	struct cms_parts a, b;
	struct seal_report *r;
	char *dir = fixture_scratch();

	(void)state;
	buf_init(&before, CMS_MAX);
	buf_put(&before, first.data, first.len);
	buf_init(&inside, CMS_MAX);
	assert_int_equal(cms_attach(span_of(&first), content, &inside), STATUS_OK);
	cms = countersigned(countersigned(first, "leader2"), "office");
	assert_true(cms_parts_split(span_of(&before), &a) && cms_parts_split(span_of(&cms), &b));
	assert_int_equal(a.signer.len, b.signer.len);
	assert_memory_equal(a.signer.data, b.signer.data, a.signer.len);
	r = judged(&cms);
	assert_int_equal(seal_report_count(r), 3);
	expect(r, 0, SUB_NONE, 0);
	for (size_t i = 1; i < 3; i++) {
		const struct verdict *v = seal_report_at(r, i)->verdict;

		expect(r, i, SUB_NONE, 1);
		assert_int_equal(v->level, LEVEL_B_B);
		assert_true(v->claimed_time == fixture_time("2026-02-03T04:05:06Z"));
		assert_string_not_equal(v->subject, seal_report_at(r, 0)->verdict->subject);
	}
	assert_string_not_equal(seal_report_at(r, 1)->field, seal_report_at(r, 2)->field);
	seal_report_free(r);

	attached = countersigned(inside, "leader3");
	r = judged_with(span_of(&attached), (struct span){NULL, 0}, NULL);
	assert_int_equal(seal_report_count(r), 2);
	expect(r, 0, SUB_NONE, 0);
	expect(r, 1, SUB_NONE, 1);
	seal_report_free(r);

	/* others see the same */
	write_in(dir, "s.p7s", span_of(&cms));
	write_in(dir, "s.p7m", span_of(&attached));
	write_in(dir, "content", content);
	assert_int_equal(fixture_run(dir, "openssl cms -verify -cades -binary -inform DER -in s.p7s -content content -CAfile '%s' -out got && cmp got content",
		fixture_path("root.pem")), 0);
	assert_int_equal(fixture_run(dir, "test $(openssl cms -cmsout -print -inform DER -in s.p7s | grep -c 'object: countersignature') = 2"), 0);
	assert_int_equal(bouncy_castle(dir, "s.p7s s.p7m && grep -q 's.p7s: 2 right' output && grep -q 's.p7m: 1 right' output"), 0);
	/* and can refuse */
	cms = forced(cms, "leader2", content, &counter_options);
	write_in(dir, "wrong.p7s", span_of(&cms));
	assert_int_equal(bouncy_castle(dir, "wrong.p7s"), 1);
	fixture_scratch_free(dir);
	buf_free(&before);
	buf_free(&cms);
	buf_free(&attached);
}

/* A counter-signature over a counter-signature, as other programs make them. */
static struct buf
nested(struct buf cms, int depth)
{
	struct buf made = counter_by("leader2", value_of(&cms), &counter_options), inner[8];
	static const char *const who[] = {"leader3", "office"};

	assert_true(depth <= 8);
	/* from the innermost outwards: each is over the value of the one it goes into */
	inner[0] = made;
	for (int i = 1; i < depth; i++)
		inner[i] = counter_by(who[i % 2], value_of(&inner[i - 1]), &counter_options);
	for (int i = depth - 1; i > 0; i--)
		inner[i - 1] = added(inner[i - 1], inner[i]);
	return added(cms, inner[0]);
}

static void
test_nested(void **state)
{
	struct buf cms = nested(fixture_sign("leader1.pem", "leader1.key", &plain, content), COUNTER_DEPTH);
	struct diag *diag = diag_new();
	struct seal_report *r = judged(&cms), *again = NULL;
	char *dir = fixture_scratch();
	json_t *j;

	(void)state;
	assert_int_equal(seal_report_count(r), 1 + COUNTER_DEPTH);
	for (size_t i = 0; i <= COUNTER_DEPTH; i++)
		expect(r, i, SUB_NONE, i);
	/* and read again from JSON, as congvand does for a report in another form */
	j = seal_report_json(r);
	assert_int_equal(seal_report_read(j, &again), STATUS_OK);
	assert_int_equal(seal_report_count(again), 1 + COUNTER_DEPTH);
	for (size_t i = 0; i <= COUNTER_DEPTH; i++)
		expect(again, i, SUB_NONE, i);
	seal_report_free(again);
	json_decref(j);
	seal_report_free(r);
	write_in(dir, "s.p7s", span_of(&cms));
	assert_int_equal(bouncy_castle(dir, "s.p7s && grep -q 's.p7s: 4 right' output"), 0);
	fixture_scratch_free(dir);
	buf_free(&cms);

	/* deeper ones are not judged, and that is said */
	cms = nested(fixture_sign("leader1.pem", "leader1.key", &plain, content), COUNTER_DEPTH + 2);
	r = judged_with(content, span_of(&cms), diag);
	assert_int_equal(seal_report_count(r), 1 + COUNTER_DEPTH);
	assert_int_equal(diag_count(diag), 1);
	assert_string_equal(diag_at(diag, 0)->code, "counter.many");
	seal_report_free(r);
	diag_free(diag);
	buf_free(&cms);
}

/* Each wrong one has its own reason; the signature under it, and the right one beside it, stand as they are. */
static void
test_hostile(void **state)
{
	static const unsigned char garbage[] = {0x30, 3, 2, 1, 1}, other[] = "một chữ ký khác";
	struct buf cms, out;
	struct seal_report *r;
	struct cms_parts parts;
	size_t seen[3] = {0};
	enum { WRONG_DIGEST, WITH_TYPE, GARBAGE, ALTERED, UNKNOWN, KINDS };
	static const enum sub_indication wanted[KINDS] = {SUB_HASH_FAILURE, SUB_FORMAT_FAILURE, SUB_FORMAT_FAILURE, SUB_SIG_CRYPTO_FAILURE,
		SUB_NO_SIGNING_CERTIFICATE_FOUND};

	(void)state;
	for (int kind = 0; kind < KINDS; kind++) {
		struct span value;

		cms = countersigned(fixture_sign("leader1.pem", "leader1.key", &plain, content), "leader2");
		value = value_of(&cms);
		buf_init(&out, CMS_MAX);
		switch (kind) {
		case WRONG_DIGEST: /* lifted from another document's signature */
			cms = forced(cms, "leader2", (struct span){other, sizeof(other)}, &counter_options);
			break;
		case WITH_TYPE: /* a signature over a file that happens to be that value */
			cms = forced(cms, "leader2", value, &plain);
			break;
		case GARBAGE:
			assert_int_equal(cms_add_unsigned(span_of(&cms), (struct span){oid_counter, sizeof(oid_counter)},
				(struct span){garbage, sizeof(garbage)}, &out), STATUS_OK);
			buf_free(&cms);
			cms = out;
			break;
		case ALTERED: {
			struct counter list[COUNTER_MAX];

			cms = countersigned(cms, "office");
			assert_true(cms_parts_split(span_of(&cms), &parts));
			assert_int_equal(counter_list(&parts, list, NULL), 2);
			((unsigned char *)(uintptr_t)list[1].value.data)[list[1].value.len - 1] ^= 1;
			break;
		}
		case UNKNOWN: /* the certificate of a stranger, which nobody put in */
			cms = forced(cms, "bad/foreign", value, &counter_options);
			break;
		}
		r = judged(&cms);
		assert_int_equal(seal_report_count(r), 3);
		expect(r, 0, SUB_NONE, 0);
		memset(seen, 0, sizeof(seen));
		for (size_t i = 1; i < 3; i++) {
			assert_int_equal(seal_report_at(r, i)->counter_of, 1);
			if (seal_report_at(r, i)->verdict->sub == wanted[kind])
				seen[1]++;
			else if (seal_report_at(r, i)->verdict->sub == SUB_NONE)
				seen[0]++;
			else
				expect(r, i, wanted[kind], 1);
		}
		assert_int_equal(seen[0], 1);
		assert_int_equal(seen[1], 1);
		seal_report_free(r);
		buf_free(&cms);
	}
}

/* A verifier that calls counter-signature `i` whole, whose value has a bit turned over, is contradicted about that one, whatever its key. */
static void
contradicted(struct span cms, size_t i, const struct policy *p)
{
	struct counter list[COUNTER_MAX];
	struct diag *diag = diag_new();
	struct seal_report *r = NULL;
	struct cms_parts parts;
	struct buf wrong;
	size_t turned = 0;

	buf_init(&wrong, cms.len);
	buf_put(&wrong, cms.data, cms.len);
	assert_true(cms_parts_split(span_of(&wrong), &parts));
	assert_true(i < counter_list(&parts, list, NULL));
	wrong.data[(size_t)(list[i].value.data - wrong.data) + list[i].value.len - 1] ^= 1;
	assert_int_equal(seal_cms.verify(content, span_of(&wrong), p, &r, NULL), STATUS_OK);
	assert_int_equal(seal_second(&seal_cms, content, span_of(&wrong), p, r, diag), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	for (size_t k = 1; k < seal_report_count(r); k++)
		if (!seal_report_at(r, k)->verdict->intact) {
			seal_report_at(r, k)->verdict->intact = true;
			turned++;
		}
	assert_int_equal(turned, 1);
	if (seal_second(&seal_cms, content, span_of(&wrong), p, r, diag) != STATUS_CONFLICT)
		fail_msg("nobody contradicts about the counter-signature of %s", seal_report_at(r, 1 + i)->verdict->subject);
	assert_int_equal(diag_count(diag), 1);
	seal_report_free(r);
	diag_free(diag);
	buf_free(&wrong);
}

/* Every kind of key that a person may have. */
static void
test_keys(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &plain, content);
	struct subject ca = issue(&(struct issue){.name = "CA", .from = "2020-01-01T00:00:00Z", .to = "2035-01-01T00:00:00Z", .config = ISSUE_CA});
	struct policy *p = policy_new(fixture_time(NOW));
	struct seal_report *r = NULL;
	const struct {
		EVP_PKEY *key;
		bool pss;
		const char *name;
	} rows[] = {
		{EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), false, "RSA-2048"},
		{EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), true, "RSA-PSS-2048"},
		{EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), false, "ECDSA-P-256"},
		{EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384"), false, "ECDSA-P-384"},
		{EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-521"), false, "ECDSA-P-521"},
		{EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), false, "ED25519"},
	};
	size_t n = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	policy_trust(p, &ca);
	for (size_t i = 0; i < n; i++) {
		struct subject s = issue(&(struct issue){.name = rows[i].name, .issuer = &ca, .from = "2021-01-01T00:00:00Z", .to = "2030-01-01T00:00:00Z",
			.config = ISSUE_SIGNER, .key = rows[i].key});
		struct cms_options options = {.signing_time = true, .counter = true, .pss = rows[i].pss};
		struct span over = value_of(&cms);
		struct cms_template *t = NULL;
		struct cms_key *key = NULL;
		struct buf made;
		struct imprint of;

		buf_init(&made, CMS_MAX);
		assert_int_equal(cms_template_new(s.cert, NULL, &options, &t), STATUS_OK);
		assert_int_equal(cms_key_new(t, s.key, &key), STATUS_OK);
		of = imprint_of(cms_digest_of(s.cert), over.data, over.len);
		assert_int_equal(cms_template_sign(t, &(struct cms_input){{of.bytes, imprint_size(of.kind)}, fixture_time("2026-02-03T04:05:06Z")}, cms_key_sign,
			key, &made), STATUS_OK);
		cms_key_free(key);
		cms_template_free(t);
		cms = added(cms, made);
		subject_free(&s);
		EVP_PKEY_free(rows[i].key);
	}
	assert_int_equal(seal_cms.verify(content, span_of(&cms), p, &r, NULL), STATUS_OK);
	assert_int_equal(seal_report_count(r), 1 + n);
	for (size_t i = 0; i <= n; i++) {
		bool known = i == 0;

		expect(r, i, SUB_NONE, i == 0 ? 0 : 1);
		for (size_t k = 0; k < n; k++)
			known = known || strstr(seal_report_at(r, i)->verdict->subject, rows[k].name) != NULL;
		assert_true(known);
	}
	assert_int_equal(seal_second(&seal_cms, content, span_of(&cms), p, r, NULL), STATUS_OK);
	for (size_t i = 0; i < n; i++)
		contradicted(span_of(&cms), i, p);
	seal_report_free(r);
	policy_free(p);
	subject_free(&ca);
	buf_free(&cms);
}

/* What counter_add does not put in. */
static void
test_refused(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &plain, content);
	struct buf typed = counter_by("leader2", value_of(&cms), &plain), elsewhere = counter_by("leader2", content, &counter_options), out;
	const struct {
		struct span cms, made;
		enum status st;
		const char *code;
	} rows[] = {
		{span_of(&cms), span_of(&typed), STATUS_INVALID, "counter.form"},
		{span_of(&cms), span_of(&elsewhere), STATUS_INVALID, "counter.other"},
		{span_of(&cms), content, STATUS_INVALID, "counter.form"},
		{content, span_of(&elsewhere), STATUS_INVALID, "counter.form"},
		{{NULL, 0}, {NULL, 0}, STATUS_INVALID, "counter.form"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag *diag = diag_new();

		buf_init(&out, CMS_MAX);
		assert_int_equal(counter_add(rows[i].cms, rows[i].made, &out, diag), rows[i].st);
		assert_int_equal(diag_count(diag), 1);
		assert_string_equal(diag_at(diag, 0)->code, rows[i].code);
		assert_int_equal(out.len, 0);
		diag_free(diag);
	}
	buf_free(&typed);
	buf_free(&elsewhere);
	buf_free(&cms);
}

/* Many, in one attribute: no more than the bound are judged, and that is said; no more are put in. */
static void
test_many(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &plain, content), made = counter_by("leader2", value_of(&cms), &counter_options);
	struct buf attribute, infos, with, out;
	struct cms_parts parts, own;
	struct diag *diag = diag_new();
	struct seal_report *r;

	(void)state;
	assert_true(cms_parts_split(span_of(&cms), &parts) && cms_parts_split(span_of(&made), &own));
	buf_init(&infos, CMS_MAX);
	buf_init(&attribute, CMS_MAX);
	buf_init(&with, CMS_MAX);
	buf_init(&out, CMS_MAX);
	for (int i = 0; i < 2 * COUNTER_MAX; i++)
		der_put(&infos, DER_SEQUENCE, own.signer.data, own.signer.len);
	der_put_header(&attribute, DER_SEQUENCE, sizeof(oid_counter) + der_header_size(infos.len) + infos.len);
	buf_put(&attribute, oid_counter, sizeof(oid_counter));
	der_put(&attribute, DER_SET, infos.data, infos.len);
	parts.unsigned_attributes[parts.unsigned_count++] = span_of(&attribute);
	assert_int_equal(cms_parts_join(&parts, &with), STATUS_OK);
	r = judged_with(content, span_of(&with), diag);
	assert_int_equal(seal_report_count(r), 1 + COUNTER_MAX);
	expect(r, 0, SUB_NONE, 0);
	assert_int_equal(diag_count(diag), 1);
	assert_string_equal(diag_at(diag, 0)->code, "counter.many");
	assert_int_equal(counter_add(span_of(&with), span_of(&made), &out, diag), STATUS_TOO_LARGE);
	seal_report_free(r);
	diag_free(diag);
	buf_free(&infos);
	buf_free(&attribute);
	buf_free(&with);
	buf_free(&out);
	buf_free(&made);
	buf_free(&cms);
}

/* A counter-signature with a timestamp, under an archive timestamp of the signature; and one that comes after it, which leaves it right. */
static void
test_levels(void **state)
{
	struct buf cms = fixture_stamp(fixture_sign("leader1.pem", "leader1.key", &plain, content), "tsa.pem", "tsa.key", fixture_time("2026-06-01T00:00:00Z"));
	struct buf made = fixture_stamp(counter_by("leader2", value_of(&cms), &counter_options), "tsa.pem", "tsa.key", fixture_time("2026-06-02T00:00:00Z"));
	struct seal_report *r;
	const struct verdict *v;
	size_t late = 0, early = 0;

	(void)state;
	cms = added(cms, made);
	r = judged(&cms);
	v = seal_report_at(r, 1)->verdict;
	expect(r, 1, SUB_NONE, 1);
	assert_int_equal(v->level, LEVEL_B_T);
	assert_true(v->proven_time == fixture_time("2026-06-02T00:00:00Z"));
	assert_true(seal_report_at(r, 0)->verdict->proven_time == fixture_time("2026-06-01T00:00:00Z"));
	seal_report_free(r);

	cms = fixture_archive(cms, content, "tsa.pem", "tsa.key", fixture_time("2026-06-03T00:00:00Z"));
	cms = countersigned(cms, "office");
	r = judged(&cms);
	assert_int_equal(seal_report_count(r), 3);
	expect(r, 0, SUB_NONE, 0);
	assert_int_equal(seal_report_at(r, 0)->verdict->process, PROCESS_LONG);
	for (size_t i = 1; i < 3; i++) {
		v = seal_report_at(r, i)->verdict;
		expect(r, i, SUB_NONE, 1);
		if (v->proven_time == 0) {
			late++;
			assert_int_equal(v->process, PROCESS_BASIC);
		} else {
			early++;
			assert_true(v->proven_time == fixture_time("2026-06-02T00:00:00Z"));
			assert_int_equal(v->process, PROCESS_LONG);
		}
	}
	assert_true(late == 1 && early == 1);
	seal_report_free(r);
	buf_free(&cms);
}

/* BER: lengths left open, as streaming programs write. The counter-signature is found all the same. */
static void
test_ber(void **state)
{
	struct buf cms = countersigned(fixture_sign("leader1.pem", "leader1.key", &plain, content), "leader2"), ber;
	struct span in = span_of(&cms);
	struct der all;
	struct seal_report *r;

	(void)state;
	assert_true(der_expect(&in, DER_SEQUENCE, &all));
	buf_init(&ber, CMS_MAX);
	buf_put(&ber, "\x30\x80", 2);
	buf_put(&ber, all.value.data, all.value.len);
	buf_put(&ber, "\0\0", 2);
	r = judged(&ber);
	assert_int_equal(seal_report_count(r), 2);
	expect(r, 0, SUB_NONE, 0);
	expect(r, 1, SUB_NONE, 1);
	seal_report_free(r);
	buf_free(&ber);
	buf_free(&cms);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s != NULL ? s : "";
}

/* JSON has them inside the one they are over; the XML is valid by the schema and names them; the page says what they are. */
static void
test_reports(void **state)
{
	struct buf cms = forced(countersigned(fixture_sign("leader1.pem", "leader1.key", &plain, content), "leader2"), "leader2", content, &counter_options), b;
	struct seal_report *r = judged(&cms);
	json_t *j = seal_report_json(r), *list, *first;
	char *dir = fixture_scratch();

	(void)state;
	assert_int_equal(json_array_size(json_object_get(j, "signatures")), 1);
	first = json_array_get(json_object_get(j, "signatures"), 0);
	assert_string_equal(text_of(first, "indication"), "TOTAL-PASSED");
	assert_string_equal(text_of(j, "indication"), "TOTAL-FAILED"); /* one of them is about something else */
	list = json_object_get(first, "counter_signatures");
	assert_int_equal(json_array_size(list), 2);
	assert_int_equal(json_array_size(json_object_get(json_array_get(list, 0), "counter_signatures")), 0);
	assert_non_null(strstr(text_of(json_object_get(json_array_get(list, 0), "text"), "vi"), "ký đối chứng"));
	json_decref(j);

	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_xml(r, &b), STATUS_OK);
	write_in(dir, "report.xml", span_of(&b));
	assert_int_equal(fixture_run(dir, "xmllint --noout --nonet --schema '%s/schemas/xsd/validation-report.xsd' report.xml && "
		"test $(grep -c '<CounterSignature Signed' report.xml) = 2", getenv("CONGVAN_SRCDIR")), 0);
	buf_free(&b);
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_text(r, "to-trinh.txt", LANGUAGE_VI, &b), STATUS_OK);
	assert_non_null(strstr(buf_str(&b), "Chữ ký đối chứng trên chữ ký 1: TOTAL-PASSED"));
	assert_non_null(strstr(buf_str(&b), "Chữ ký đối chứng trên chữ ký 1: TOTAL-FAILED / HASH_FAILURE"));
	buf_free(&b);
	fixture_scratch_free(dir);
	seal_report_free(r);
	buf_free(&cms);
}

/* The container: prepare, sign, embed, and the second verifier, which agrees about a right one and about a wrong one that is called wrong. */
static void
test_container(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &plain, content), made, wrong;
	struct seal_request request = {0};
	struct seal_prepared prepared;
	struct imprint again;
	struct policy *p = policy_new(fixture_time(NOW));
	struct diag *diag = diag_new();
	struct seal_report *r;

	(void)state;
	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	assert_int_equal(seal_counter.prepare(content, &request, &prepared, diag), STATUS_INVALID);
	assert_int_equal(seal_counter.prepare(span_of(&cms), &request, &prepared, diag), STATUS_OK);
	assert_int_equal(seal_counter_imprint(span_of(&cms), IMPRINT_SHA256, &again), STATUS_OK);
	assert_true(imprint_equal(&again, &prepared.imprint));
	made = counter_by("leader2", value_of(&cms), &counter_options);
	assert_int_equal(seal_counter.embed(span_of(&cms), &prepared, span_of(&made), diag), STATUS_OK);
	r = judged(&prepared.tail);
	expect(r, 1, SUB_NONE, 1);
	assert_int_equal(seal_second(&seal_cms, content, span_of(&prepared.tail), p, r, diag), STATUS_OK);
	/* a verifier that calls it whole when it is not would be contradicted */
	wrong = forced(prepared.tail, "leader2", content, &counter_options);
	seal_report_free(r);
	r = judged(&wrong);
	assert_int_equal(seal_second(&seal_cms, content, span_of(&wrong), p, r, diag), STATUS_OK);
	for (size_t i = 1; i < seal_report_count(r); i++)
		seal_report_at(r, i)->verdict->intact = true;
	assert_int_equal(seal_second(&seal_cms, content, span_of(&wrong), p, r, diag), STATUS_CONFLICT);
	seal_report_free(r);
	diag_free(diag);
	policy_free(p);
	buf_free(&wrong);
	buf_free(&made);
	buf_free(&cms);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),
		cmocka_unit_test(test_nested),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_ber),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_container),
	};

	return cmocka_run_group_tests_name("counter", tests, NULL, NULL);
}
