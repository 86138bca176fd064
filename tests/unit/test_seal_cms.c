/* seal_cms: prepare, sign, embed, verify of a file that is not a PDF, and the report as JSON. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/seal/seal.h"
#include "lib/seal/seal_report_json.h"
#include "tests/unit/level_fixture.h"
#include "tests/unit/pki_fixture.h"

static const unsigned char text[] = "<edXML>văn bản</edXML>";
static const struct span file = {text, sizeof(text) - 1};

static struct policy *
make_policy(clock_us at)
{
	struct policy *p = policy_new(at);

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	return p;
}

static const json_t *
first(const json_t *report)
{
	return json_array_get(json_object_get(report, "signatures"), 0);
}

static const char *
text_of(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	assert_non_null(v);
	return json_is_string(v) ? json_string_value(v) : "(null)";
}

static json_t *
report_at(clock_us at, struct span content, struct span detached)
{
	struct policy *p = make_policy(at);
	struct seal_report *r = NULL;
	json_t *j;

	assert_int_equal(seal_cms.verify(content, detached, p, &r, NULL), STATUS_OK);
	assert_int_equal(seal_report_count(r), 1);
	j = seal_report_json(r);
	assert_non_null(j);
	seal_report_free(r);
	policy_free(p);
	return j;
}

static json_t *
report_of(struct span content, struct span detached)
{
	return report_at(fixture_time("2026-11-24T12:00:00Z"), content, detached);
}

/* The same report of the digests as of the file itself. */
static void
expect_same(struct span content, struct span detached, const char *indication)
{
	struct policy *p = make_policy(fixture_time("2026-11-24T12:00:00Z"));
	struct seal_report *whole = NULL, *known = NULL;
	struct buf record = fixture_record(content);
	json_t *a, *b;

	assert_int_equal(seal_cms.verify(content, detached, p, &whole, NULL), STATUS_OK);
	assert_int_equal(seal_digests.verify(span_of(&record), detached, p, &known, NULL), STATUS_OK);
	a = seal_report_json(whole);
	b = seal_report_json(known);
	assert_string_equal(text_of(first(b), "indication"), indication);
	assert_true(json_equal(a, b));
	json_decref(a);
	json_decref(b);
	buf_free(&record);
	seal_report_free(whole);
	seal_report_free(known);
	policy_free(p);
}

static void
test_digests_alone(void **state)
{
	static const unsigned char set[] = {0x31, 3, 2, 1, 5};
	static const char *const names[] = {"SHA256", "SHA384", "SHA512"};
	struct odd bare = {.cert = "leader1.pem", .key = "leader1.key", .bare = true};
	struct buf cms, record = fixture_record(file);
	struct span confused = {set, sizeof(set)};
	struct policy *p = make_policy(fixture_time("2026-11-24T12:00:00Z"));
	struct seal_request request = {0};
	struct seal_prepared whole, known;
	struct seal_report *r = NULL;
	struct diag *d = diag_new();

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct cms_options o = {.signing_time = true, .digest_name = names[i]};

		cms = fixture_sign("leader1.pem", "leader1.key", &o, file);
		expect_same(file, span_of(&cms), "TOTAL-PASSED");
		expect_same((struct span){text, file.len - 1}, span_of(&cms), "TOTAL-FAILED");
		expect_same((struct span){text, 0}, span_of(&cms), "TOTAL-FAILED");
		buf_free(&cms);
		request.algorithm = (enum imprint_kind)i;
		assert_int_equal(seal_cms.prepare(file, &request, &whole, NULL), STATUS_OK);
		assert_int_equal(seal_digests.prepare(span_of(&record), &request, &known, NULL), STATUS_OK);
		assert_true(imprint_equal(&whole.imprint, &known.imprint));
		assert_memory_equal(&whole.digest, &known.digest, sizeof(whole.digest));
		seal_prepared_free(&whole);
		seal_prepared_free(&known);
	}
	cms = fixture_odd(&bare, file);
	expect_same(file, span_of(&cms), "TOTAL-PASSED");
	buf_free(&cms);
	cms = fixture_odd(&bare, confused);
	expect_same(confused, span_of(&cms), "INDETERMINATE");
	/* the file itself is no record of it, and nothing goes inside */
	assert_int_equal(seal_digests.verify(file, span_of(&cms), p, &r, d), STATUS_INVALID);
	assert_true(diag_has(d, "seal.digests"));
	assert_int_equal(seal_digests.verify(span_of(&record), (struct span){NULL, 0}, p, &r, d), STATUS_INVALID);
	request.attached = true;
	assert_int_equal(seal_digests.prepare(span_of(&record), &request, &known, d), STATUS_INVALID);
	buf_free(&cms);
	buf_free(&record);
	diag_free(d);
	policy_free(p);
}

static void
test_round(void **state)
{
	struct seal_request request = {0};
	struct seal_prepared prepared;
	struct digest d = digest_of(file.data, file.len);
	struct cms_options o = {.signing_time = true};
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &o, file);
	const json_t *s, *signer;
	json_t *j;

	(void)state;
	assert_int_equal(seal_cms.prepare(file, &request, &prepared, NULL), STATUS_OK);
	assert_memory_equal(&prepared.digest, &d, sizeof(d));
	assert_int_equal(prepared.tail.len, 0);
	assert_int_equal(seal_cms.embed(file, &prepared, (struct span){cms.data, cms.len}, NULL),
		STATUS_OK);
	assert_int_equal(prepared.tail.len, cms.len);

	j = report_of(file, (struct span){prepared.tail.data, prepared.tail.len});
	s = first(j);
	signer = json_object_get(s, "signer");
	assert_string_equal(text_of(j, "indication"), "TOTAL-PASSED");
	assert_string_equal(text_of(s, "indication"), "TOTAL-PASSED");
	assert_true(json_is_null(json_object_get(s, "sub_indication")));
	assert_string_equal(text_of(s, "level"), "B-B");
	assert_true(json_is_true(json_object_get(s, "intact")));
	assert_true(json_is_true(json_object_get(s, "covers_whole_file")));
	assert_true(json_is_true(json_object_get(s, "revocation_checked")));
	assert_string_equal(text_of(s, "changes"), "none");
	assert_string_equal(text_of(s, "claimed_time"), "2026-02-03T11:05:06+07:00");
	assert_true(json_is_null(json_object_get(s, "proven_time")));
	assert_string_equal(text_of(s, "digest"), "SHA256");
	assert_string_equal(text_of(s, "algorithm"), "RSA-2048");
	assert_string_equal(text_of(signer, "organ"), "Quận ủy Demo");
	assert_string_equal(text_of(signer, "not_after"), "2036-01-01T06:59:59+07:00");
	assert_non_null(strstr(text_of(json_object_get(s, "text"), "vi"), "Chữ ký số hợp lệ."));
	assert_non_null(strstr(text_of(json_object_get(s, "text"), "en"), "only claimed"));
	json_decref(j);
	seal_prepared_free(&prepared);
	buf_free(&cms);
}

static void
test_failures(void **state)
{
	struct buf cms = fixture_sign("leader2.pem", "leader2.key", NULL, file);
	json_t *j = report_of((struct span){text, 5}, (struct span){cms.data, cms.len});

	(void)state;
	assert_string_equal(text_of(j, "indication"), "TOTAL-FAILED");
	assert_string_equal(text_of(first(j), "sub_indication"), "HASH_FAILURE");
	assert_non_null(strstr(text_of(json_object_get(first(j), "text"), "vi"),
		"bị thay đổi sau khi ký"));
	json_decref(j);
	j = report_of(file, (struct span){text, 5});
	assert_string_equal(text_of(first(j), "sub_indication"), "FORMAT_FAILURE");
	assert_true(json_is_null(json_object_get(first(j), "signer")));
	json_decref(j);
	buf_free(&cms);
}

/* PEM, and content inside instead of beside. */
static void
test_other_forms(void **state)
{
	struct odd inside = {.cert = "office.pem", .key = "office.key", .attached = true};
	struct buf cms = fixture_sign("office.pem", "office.key", NULL, file), pem;
	char *dir = fixture_scratch(), path[1100];
	json_t *j;

	(void)state;
	snprintf(path, sizeof(path), "%s/s.p7s", dir);
	fixture_write(path, cms.data, cms.len);
	assert_int_equal(fixture_run(dir, "openssl pkcs7 -inform DER -in s.p7s -out s.pem"), 0);
	snprintf(path, sizeof(path), "%s/s.pem", dir);
	pem = fixture_read(path);
	j = report_of(file, (struct span){pem.data, pem.len});
	assert_string_equal(text_of(j, "indication"), "TOTAL-PASSED");
	json_decref(j);
	j = report_of(span_of(&cms), (struct span){NULL, 0}); /* without the file that it is over nothing is known to have been changed */
	assert_string_equal(text_of(j, "indication"), "INDETERMINATE");
	assert_string_equal(text_of(first(j), "sub_indication"), "SIGNED_DATA_NOT_FOUND");
	json_decref(j);
	buf_free(&cms);
	buf_free(&pem);
	fixture_scratch_free(dir);

	cms = fixture_odd(&inside, file);
	j = report_of((struct span){cms.data, cms.len}, (struct span){NULL, 0});
	assert_string_equal(text_of(j, "indication"), "TOTAL-PASSED");
	json_decref(j);
	buf_free(&cms);
}

/* Around a PDF, whose header stands within the first 1024 bytes of the CMS: it is the CMS that is judged. */
static void
test_around_pdf(void **state)
{
	static const unsigned char pdf[] = "%PDF-1.7\n% no more of it\n";
	struct odd inside = {.cert = "office.pem", .key = "office.key", .attached = true};
	struct buf cms = fixture_odd(&inside, (struct span){pdf, sizeof(pdf) - 1});

	(void)state;
	assert_ptr_equal(seal_kind_for(span_of(&cms), false), &seal_cms);
	assert_ptr_equal(seal_kind_for((struct span){pdf, sizeof(pdf) - 1}, false), &seal_pdf);
	for (size_t n = 0; n < 24; n++) /* no byte is read behind the end */
		(void)seal_kind_for((struct span){cms.data, n}, false);
	buf_free(&cms);
}

/* A file that is another signature's attributes, with that signature's value and the attributes left out. */
static void
test_attribute_confusion(void **state)
{
	static const unsigned char set[] = {0x31, 3, 2, 1, 5};
	struct odd bare = {.cert = "leader1.pem", .key = "leader1.key", .bare = true};
	struct buf cms = fixture_odd(&bare, (struct span){set, sizeof(set)});
	json_t *j = report_of((struct span){set, sizeof(set)}, (struct span){cms.data, cms.len});

	(void)state;
	assert_string_equal(text_of(first(j), "indication"), "INDETERMINATE");
	assert_string_equal(text_of(first(j), "sub_indication"), "SIG_CONSTRAINTS_FAILURE");
	json_decref(j);
	buf_free(&cms);
	cms = fixture_odd(&bare, file);
	j = report_of(file, (struct span){cms.data, cms.len});
	assert_string_equal(text_of(first(j), "indication"), "TOTAL-PASSED");
	assert_string_equal(text_of(first(j), "level"), "CMS");
	json_decref(j);
	buf_free(&cms);
}

/* The level raised through the table of the container, from a PEM file beside the document. */
static void
test_levels(void **state)
{
	struct cms_options o = {.signing_time = true};
	char *dir = fixture_scratch(), path[1100];
	struct buf cms = level_b_t(dir, fixture_sign("leader2.pem", "leader2.key", &o, file)), pem, made, token;
	struct level_proofs p;
	struct seal_proof proofs[LEVEL_PROOFS];
	struct seal_prepared archive, known;
	struct buf record = fixture_record(file);
	json_t *j;

	(void)state;
	snprintf(path, sizeof(path), "%s/s.p7s", dir);
	fixture_write(path, cms.data, cms.len);
	assert_int_equal(fixture_run(dir, "openssl pkcs7 -inform DER -in s.p7s -out s.pem"), 0);
	snprintf(path, sizeof(path), "%s/s.pem", dir);
	pem = fixture_read(path);
	level_proofs(dir, "leader2", &p);
	for (size_t i = 0; i < LEVEL_PROOFS; i++)
		proofs[i] = (struct seal_proof){(enum seal_proof_kind)p.list[i].kind, p.list[i].der};
	buf_init(&made, 1 << 22);
	assert_int_equal(seal_cms.add_proofs(file, span_of(&pem), proofs, LEVEL_PROOFS, &made, NULL), STATUS_OK);
	assert_int_equal(seal_cms.prepare_archive(file, span_of(&made), 0, &archive, NULL), STATUS_OK);
	token = level_stamp(dir, (struct span){archive.digest.bytes, DIGEST_BYTES});
	/* the same from the digests alone */
	assert_int_equal(seal_digests.prepare_archive(span_of(&record), span_of(&made), 0, &known, NULL), STATUS_OK);
	assert_memory_equal(&known.digest, &archive.digest, sizeof(known.digest));
	assert_int_equal(seal_digests.embed_archive(span_of(&record), span_of(&made), &known, span_of(&token), NULL), STATUS_OK);
	/* the document must be the one that was prepared for */
	assert_int_equal(seal_cms.embed_archive((struct span){text, 5}, span_of(&made), &archive, span_of(&token), NULL), STATUS_CONFLICT);
	assert_int_equal(seal_cms.embed_archive(file, span_of(&made), &archive, span_of(&token), NULL), STATUS_OK);
	assert_int_equal(known.tail.len, archive.tail.len);
	assert_memory_equal(known.tail.data, archive.tail.data, known.tail.len);
	seal_prepared_free(&known);
	buf_free(&record);
	j = report_at(clock_now(), file, (struct span){archive.tail.data, archive.tail.len});
	assert_string_equal(text_of(j, "indication"), "TOTAL-PASSED");
	assert_string_equal(text_of(first(j), "level"), "B-LTA");
	json_decref(j);
	level_proofs_free(&p);
	seal_prepared_free(&archive);
	buf_free(&token);
	buf_free(&made);
	buf_free(&pem);
	buf_free(&cms);
	fixture_scratch_free(dir);
}

static void
test_report(void **state)
{
	struct seal_report *r = seal_report_new();
	struct seal_signature *s;
	json_t *j = seal_report_json(r), *list;

	(void)state;
	assert_true(json_is_null(json_object_get(j, "indication")));
	json_decref(j);
	s = seal_report_add(r);
	s->field = seal_report_keep(r, "Chữ ký 1");
	s->verdict->indication = INDICATION_PASSED;
	s->verdict->intact = true;
	s->changes = "permitted";
	s->change_list = "seal.changes.permitted so_van_ban\nseal.revision.earlier\n";
	s = seal_report_add(r);
	s->covers_whole_file = true;
	j = seal_report_json(r);
	assert_string_equal(text_of(j, "indication"), "INDETERMINATE");
	list = json_object_get(first(j), "change_list");
	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(text_of(json_array_get(list, 0), "code"), "seal.changes.permitted");
	assert_string_equal(text_of(json_array_get(list, 0), "arguments"), "so_van_ban");
	assert_true(json_is_null(json_object_get(json_array_get(list, 1), "arguments")));
	assert_non_null(strstr(text_of(json_object_get(first(j), "text"), "vi"),
		"chỉ có thay đổi được phép"));
	json_decref(j);
	for (size_t i = 2; i < SEAL_SIGNATURES_MAX; i++)
		assert_non_null(seal_report_add(r));
	assert_null(seal_report_add(r));
	seal_report_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_other_forms), cmocka_unit_test(test_around_pdf),
		cmocka_unit_test(test_attribute_confusion),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_digests_alone),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests_name("seal_cms", tests, NULL, NULL);
}
