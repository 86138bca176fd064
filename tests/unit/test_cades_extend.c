/*
 * cades_extend: every level of CAdES, attached and detached, by an RSA and an EC key, made by our code with a real TSA and OCSP answers, and
 * judged by our verifier, by `openssl cms -verify -cades`, by `openssl ts -verify` on the tokens and, for the archive timestamps, by
 * Bouncy Castle (tests/java). And that nothing that was signed or stamped changes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "lib/pki/ats.h"
#include "lib/pki/cades_extend.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/verdict.h"
#include "tests/unit/level_fixture.h"
#include "tests/unit/pki_fixture.h"

#define ROUNDS 3 /* archive timestamps one after the other */

static const unsigned char text[] = "Số: 12-CV/QU. Nội dung văn bản.";
static const struct span content = {text, sizeof(text) - 1};
static char *dir;

struct row {
	const char *who;
	bool attached;
};
static const struct row rows[] = {
	{"leader1", false}, {"leader1", true}, {"leader2", false}, {"leader2", true}};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *
in_dir(const char *name)
{
	static char path[1200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static enum status
digest_content(void *arg, const char *name, unsigned char *to, size_t *len)
{
	const EVP_MD *md = EVP_get_digestbyname(name);
	unsigned got;

	(void)arg;
	if (md == NULL || EVP_Digest(content.data, content.len, to, &got, md, NULL) != 1)
		return STATUS_UNSUPPORTED;
	*len = got;
	return STATUS_OK;
}

/* By the anchors alone: all else must be inside. */
static struct verdict
judge(struct span cms)
{
	struct policy *p = policy_new(clock_now());
	struct buf root = fixture_pki("root.pem");
	struct verdict v;

	assert_int_equal(policy_add_anchors(p, span_of(&root)), STATUS_OK);
	verdict_judge_cms(cms, digest_content, NULL, p, &v);
	policy_free(p);
	buf_free(&root);
	return v;
}

static void
openssl_agrees(struct span cms, bool attached)
{
	fixture_write(in_dir("s.p7s"), cms.data, cms.len);
	fixture_write(in_dir("content"), content.data, content.len);
	assert_int_equal(fixture_run(dir, "openssl cms -verify -cades -binary -inform DER -in s.p7s %s -CAfile '%s' -purpose any -out /dev/null",
		attached ? "" : "-content content", fixture_path("root.pem")), 0);
}

static struct buf
make_b_t(const struct row *row)
{
	char cert[40], key[40];
	struct cms_options o = {.signing_time = true};
	struct odd odd = {.cert = cert, .key = key, .attached = true};

	snprintf(cert, sizeof(cert), "%s.pem", row->who);
	snprintf(key, sizeof(key), "%s.key", row->who);
	return level_b_t(dir, row->attached ? fixture_odd(&odd, content) : fixture_sign(cert, key, &o, content));
}

/* Each element of `before` stands in `after` with the same bytes; `after` may have more. */
static void
still_there(struct span before, struct span after)
{
	struct der d;

	while (before.len != 0) {
		assert_true(der_get(&before, &d));
		assert_non_null(memmem(after.data, after.len, d.whole.data, d.whole.len));
	}
}

static void
kept(struct span before, struct span after)
{
	struct cms_parts a, b;

	assert_true(cms_parts_split(before, &a));
	assert_true(cms_parts_split(after, &b));
	assert_int_equal(a.signer.len, b.signer.len);
	assert_memory_equal(a.signer.data, b.signer.data, a.signer.len);
	assert_int_equal(a.content.len, b.content.len);
	assert_true(a.content.len == 0 || memcmp(a.content.data, b.content.data, a.content.len) == 0);
	still_there(a.certs, b.certs);
	still_there(a.crls, b.crls);
	for (size_t i = 0; i < a.unsigned_count; i++) {
		size_t k = 0;

		while (k < b.unsigned_count && (b.unsigned_attributes[k].len != a.unsigned_attributes[i].len ||
			memcmp(b.unsigned_attributes[k].data, a.unsigned_attributes[i].data, a.unsigned_attributes[i].len) != 0))
			k++;
		assert_true(k < b.unsigned_count);
	}
}

static struct buf
make_b_lt(const struct row *row)
{
	struct buf t = make_b_t(row), lt, again;
	struct level_proofs p;

	level_proofs(dir, row->who, &p);
	buf_init(&lt, CMS_READ_MAX);
	buf_init(&again, CMS_READ_MAX);
	assert_int_equal(cades_add_proofs(span_of(&t), p.list, 5, &lt, NULL), STATUS_OK);
	kept(span_of(&t), span_of(&lt));
	/* once more: nothing is there twice */
	assert_int_equal(cades_add_proofs(span_of(&lt), p.list, 5, &again, NULL), STATUS_OK);
	assert_int_equal(again.len, 0);
	level_proofs_free(&p);
	buf_free(&again);
	buf_free(&t);
	return lt;
}

static struct span
content_digest(const struct row *row, struct digest *d)
{
	*d = digest_of(content.data, content.len);
	return row->attached ? (struct span){NULL, 0} : (struct span){d->bytes, DIGEST_BYTES};
}

static void
archive(const struct row *row, struct buf *cms)
{
	unsigned char imprint[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	struct buf token, out;
	struct digest d;
	size_t len;

	assert_int_equal(cades_archive_imprint(span_of(cms), "SHA256", content_digest(row, &d), imprint, &len, NULL), STATUS_OK);
	assert_int_equal(len, DIGEST_BYTES);
	token = level_stamp(dir, (struct span){imprint, len});
	buf_init(&out, CMS_READ_MAX);
	assert_int_equal(cades_add_archive_timestamp(span_of(cms), "SHA256", content_digest(row, &d), span_of(&token), &out, NULL), STATUS_OK);
	kept(span_of(cms), span_of(&out));
	/* the token as it stands in the file now, the index among its unsigned attributes, is still the TSA's */
	{
		struct cms_parts parts;
		struct der type, value;
		struct span values;
		size_t found = 0;

		assert_true(cms_parts_split(span_of(&out), &parts));
		hex_encode(imprint, len, hex);
		for (size_t i = 0; i < parts.unsigned_count; i++) {
			if (!ats_is_archive_timestamp(parts.unsigned_attributes[i]))
				continue;
			assert_true(cms_attribute_split(parts.unsigned_attributes[i], &type, &values) && der_get(&values, &value));
			fixture_write(in_dir("taken"), value.whole.data, value.whole.len);
			found += fixture_run(dir, "cp '%s' '%s' . && openssl ts -verify -digest %s -in taken -token_in -CAfile root.pem -untrusted issuing.pem",
				fixture_path("root.pem"), fixture_path("issuing.pem"), hex) == 0;
		}
		assert_int_equal(found, 1);
	}
	buf_free(&token);
	buf_free(cms);
	*cms = out;
}

static void
test_levels(void **state)
{
	char command[4096] = "";
	size_t used = 0;

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct buf cms = make_b_lt(&rows[i]);
		struct verdict v = judge(span_of(&cms));
		char name[40];

		assert_string_equal(indication_name(v.indication), "TOTAL-PASSED");
		assert_true(v.revocation_checked);
		assert_string_equal(level_name(v.level), "B-LT");
		openssl_agrees(span_of(&cms), rows[i].attached);
		for (int k = 0; k < ROUNDS; k++) {
			archive(&rows[i], &cms);
			v = judge(span_of(&cms));
			assert_string_equal(indication_name(v.indication), "TOTAL-PASSED");
			assert_string_equal(level_name(v.level), "B-LTA");
			openssl_agrees(span_of(&cms), rows[i].attached);
		}
		snprintf(name, sizeof(name), "lta%zu", i);
		fixture_write(in_dir(name), cms.data, cms.len);
		used += (size_t)snprintf(command + used, sizeof(command) - used, " %s %s", name, rows[i].attached ? "-" : "content");
		buf_free(&cms);
	}
	/* Bouncy Castle computes all imprints and hashes anew */
	assert_int_equal(level_java(dir, command), 0);
	assert_int_equal(fixture_run(dir, "cp output said; test $(grep -c ': %d right$' said) = %zu", ROUNDS, ROWS), 0);
	/* and it does find a change: another content */
	fixture_write(in_dir("other"), "x", 1);
	assert_int_equal(level_java(dir, "lta0 other"), 1);
}

/* What was added after an archive timestamp does not break it, and RFC 5652's version follows the OCSP answer. */
static void
test_later_proofs(void **state)
{
	struct buf cms = make_b_t(&rows[0]), with;
	struct level_proofs p;
	struct cms_parts parts;
	struct verdict v;

	(void)state;
	level_proofs(dir, rows[0].who, &p);
	assert_true(cms_parts_split(span_of(&cms), &parts));
	assert_int_equal(parts.head.data[2], 1);
	archive(&rows[0], &cms);
	buf_init(&with, CMS_READ_MAX);
	assert_int_equal(cades_add_proofs(span_of(&cms), p.list, 5, &with, NULL), STATUS_OK);
	kept(span_of(&cms), span_of(&with));
	assert_true(cms_parts_split(span_of(&with), &parts));
	assert_int_equal(parts.head.data[2], 5);
	archive(&rows[0], &with);
	v = judge(span_of(&with));
	assert_string_equal(indication_name(v.indication), "TOTAL-PASSED");
	fixture_write(in_dir("later"), with.data, with.len);
	fixture_write(in_dir("content"), content.data, content.len);
	assert_int_equal(level_java(dir, "later content"), 0);
	level_proofs_free(&p);
	buf_free(&with);
	buf_free(&cms);
}

static void
test_refused(void **state)
{
	struct buf cms = make_b_t(&rows[0]), out;
	struct diag *diag = diag_new();
	struct level_proofs p;
	struct digest d = digest_of("x", 1);
	struct buf token = level_stamp(dir, (struct span){d.bytes, DIGEST_BYTES});
	struct span digest = content_digest(&rows[0], &d);

	(void)state;
	level_proofs(dir, rows[0].who, &p);
	buf_init(&out, CMS_READ_MAX);
	/* every wrong proof is said, and nothing is written */
	p.list[0].der.len--;
	p.list[2].kind = CADES_PROOF_CERT;
	p.list[4].der = (struct span){text, 4};
	assert_int_equal(cades_add_proofs(span_of(&cms), p.list, 5, &out, diag), STATUS_INVALID);
	assert_int_equal(diag_count(diag), 3);
	assert_string_equal(diag_at(diag, 1)->where, "proof 3");
	assert_int_equal(out.len, 0);
	assert_int_equal(cades_add_proofs(content, p.list + 3, 1, &out, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "cades.form"));
	assert_int_equal(cades_add_proofs(span_of(&cms), p.list + 3, CADES_PROOFS_MAX + 1, &out, diag), STATUS_TOO_LARGE);
	/* a token about something else, and no content at all */
	assert_int_equal(cades_add_archive_timestamp(span_of(&cms), "SHA256", digest, span_of(&token), &out, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "cades.archive-token"));
	assert_int_equal(cades_archive_imprint(span_of(&cms), "SHA256", (struct span){NULL, 0}, (unsigned char[64]){0}, &(size_t){0}, diag),
		STATUS_INVALID);
	assert_int_equal(out.len, 0);
	level_proofs_free(&p);
	buf_free(&token);
	buf_free(&cms);
	diag_free(diag);
}

/* An archive timestamp of the old kind covers certificates and crls as they stand. */
static void
test_old_archive(void **state)
{
	static const unsigned char oid_v2[] = {DER_OID, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 48};
	static const unsigned char value[] = {DER_SEQUENCE, 0};
	struct buf cms = make_b_t(&rows[0]), old, out;
	struct diag *diag = diag_new();
	struct level_proofs p;

	(void)state;
	level_proofs(dir, rows[0].who, &p);
	buf_init(&old, CMS_READ_MAX);
	buf_init(&out, CMS_READ_MAX);
	assert_int_equal(cms_add_unsigned(span_of(&cms), (struct span){oid_v2, sizeof(oid_v2)}, (struct span){value, sizeof(value)}, &old), STATUS_OK);
	assert_int_equal(cades_add_proofs(span_of(&old), p.list, 5, &out, diag), STATUS_UNSUPPORTED);
	assert_true(diag_has(diag, "cades.archive-v2"));
	assert_int_equal(out.len, 0);
	level_proofs_free(&p);
	buf_free(&old);
	buf_free(&cms);
	diag_free(diag);
}

static int
open_dir(void **state)
{
	(void)state;
	dir = fixture_scratch();
	return 0;
}

static int
close_dir(void **state)
{
	(void)state;
	fixture_scratch_free(dir);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_later_proofs),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_old_archive),
	};

	return cmocka_run_group_tests_name("cades_extend", tests, open_dir, close_dir);
}
