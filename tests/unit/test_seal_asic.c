/*
 * seal_asic: containers made, signed by several, raised to B-LTA twice, and judged; each step also looked at by programs of others: `unzip -Z` and
 * `zipcmp` for the layout, `openssl cms -verify -cades` over the manifest, `openssl ts -verify` over the archive manifest, Bouncy Castle for
 * ASiC-S. And every kind of tampering.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/asic.h"
#include "lib/seal/seal_asic.h"
#include "lib/seal/seal_second.h"
#include "tests/unit/level_fixture.h"
#include "tests/unit/pki_fixture.h"

static const char letter[] = "Số: 12-CV/QU. Nội dung văn bản.";
static const char annex[] = "Phụ lục: một hai ba bốn một hai ba bốn một hai ba bốn một hai ba bốn";
static char *dir;

static struct span
text_span(const char *s)
{
	return (struct span){(const unsigned char *)s, strlen(s)};
}

static const char *
in_dir(const char *name)
{
	static char path[1200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static struct buf
container(const struct pack_member *data, size_t count, bool simple, struct span signature)
{
	int fd = output_memfd("container");
	struct mapped m;
	struct buf out;

	assert_int_equal(seal_asic_make(fd, data, count, simple, signature, (struct span){NULL, 0}, NULL), STATUS_OK);
	assert_int_equal(mapped_open(fd, &m), STATUS_OK);
	buf_init(&out, 1 << 24);
	buf_put(&out, m.span.data, m.span.len);
	mapped_close(&m);
	close(fd);
	return out;
}

static struct buf
two_files(void)
{
	struct pack_member data[] = {
		{"Công văn 12.txt", false, text_span(letter), -1}, {"phụ lục/1.txt", false, text_span(annex), -1}};

	return container(data, 2, false, (struct span){NULL, 0});
}

/* Signs the container as `who`, with a signature timestamp. */
static void
sign(struct buf *asic, const char *who)
{
	struct seal_request req = {0};
	struct seal_prepared p;
	struct cms_options o = {.signing_time = true};
	struct buf cms;
	char cert[40], key[40];

	snprintf(cert, sizeof(cert), "%s.pem", who);
	snprintf(key, sizeof(key), "%s.key", who);
	assert_int_equal(seal_asic.prepare(span_of(asic), &req, &p, NULL), STATUS_OK);
	cms = level_b_t(dir, fixture_sign(cert, key, &o, (struct span){p.tail.data, p.tail.len}));
	assert_int_equal(seal_asic.embed(span_of(asic), &p, span_of(&cms), NULL), STATUS_OK);
	buf_free(&cms);
	buf_free(asic);
	*asic = p.tail;
}

static void
raise_level(struct buf *asic, const char *who)
{
	struct level_proofs p;
	struct seal_proof proofs[LEVEL_PROOFS];
	struct buf out;

	level_proofs(dir, who, &p);
	for (size_t i = 0; i < LEVEL_PROOFS; i++)
		proofs[i] = (struct seal_proof){(enum seal_proof_kind)p.list[i].kind, p.list[i].der};
	buf_init(&out, 1 << 24);
	assert_int_equal(seal_asic.add_proofs(span_of(asic), (struct span){NULL, 0}, proofs, LEVEL_PROOFS, &out, NULL), STATUS_OK);
	assert_true(out.len > asic->len);
	buf_free(asic);
	*asic = out;
	/* all are there: nothing to do */
	buf_init(&out, 1 << 24);
	assert_int_equal(seal_asic.add_proofs(span_of(asic), (struct span){NULL, 0}, proofs, LEVEL_PROOFS, &out, NULL), STATUS_OK);
	assert_int_equal(out.len, 0);
	level_proofs_free(&p);
}

static void
archive(struct buf *asic)
{
	struct seal_prepared p;
	struct buf token;
	struct digest other = digest_of("x", 1);

	assert_int_equal(seal_asic.prepare_archive(span_of(asic), (struct span){NULL, 0}, 0, &p, NULL), STATUS_OK);
	token = level_stamp(dir, (struct span){other.bytes, DIGEST_BYTES});
	assert_int_equal(seal_asic.embed_archive(span_of(asic), (struct span){NULL, 0}, &p, span_of(&token), NULL), STATUS_INVALID);
	buf_free(&token);
	token = level_stamp(dir, (struct span){p.digest.bytes, DIGEST_BYTES});
	assert_int_equal(seal_asic.embed_archive(span_of(asic), (struct span){NULL, 0}, &p, span_of(&token), NULL), STATUS_OK);
	buf_free(&token);
	buf_free(asic);
	*asic = p.tail;
}

/* By the trust folder of the test PKI, now. */
static struct seal_report *
judge(struct span asic, struct diag *diag)
{
	struct policy *p = policy_new(clock_now());
	struct seal_report *r = NULL;

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	if (seal_asic.verify(asic, (struct span){NULL, 0}, p, &r, diag) != STATUS_OK)
		r = NULL;
	policy_free(p);
	return r;
}

/* OpenSSL's own CMS code agrees with every verdict on a signature, and a verdict that calls right what is not is found. */
static void
second_agrees(const struct buf *asic, const struct seal_report *r)
{
	struct policy *p = policy_new(clock_now());
	struct diag *diag = diag_new();
	struct buf bad;
	static const char *const drop[] = {"META-INF/ASiCManifest001.xml", NULL};
	struct pack_member other = {"META-INF/ASiCManifest001.xml", false, text_span("<a:ASiCManifest xmlns:a=\"http://uri.etsi.org/02918/v1.2.1#\">"
		"<a:SigReference URI=\"META-INF/signature001.p7s\"/></a:ASiCManifest>"), -1};

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	assert_int_equal(seal_second(&seal_asic, span_of(asic), (struct span){NULL, 0}, p, r, diag), STATUS_OK);
	buf_init(&bad, 1 << 24);
	if (memmem(asic->data, asic->len, drop[0], strlen(drop[0])) != NULL) {
		assert_int_equal(pack_edit(span_of(asic), drop, &other, 1, &bad, NULL), STATUS_OK);
		assert_int_equal(seal_second(&seal_asic, span_of(&bad), (struct span){NULL, 0}, p, r, diag), STATUS_CONFLICT);
		assert_true(diag_has(diag, "seal.second"));
	}
	buf_free(&bad);
	diag_free(diag);
	policy_free(p);
}

static void
expect_passed(const struct buf *asic, size_t count, size_t stamps)
{
	struct diag *diag = diag_new();
	struct seal_report *r = judge(span_of(asic), diag);

	assert_non_null(r);
	assert_int_equal(seal_report_count(r), count);
	for (size_t i = 0; i < count; i++) {
		const struct seal_signature *s = seal_report_at(r, i);

		if (s->verdict->indication != INDICATION_PASSED)
			print_error("%s: %s %s\n", s->field, sub_indication_name(s->verdict->sub), s->verdict->why);
		assert_int_equal(s->verdict->indication, INDICATION_PASSED);
		assert_true(s->covers_whole_file);
		stamps -= s->is_timestamp;
	}
	assert_int_equal(stamps, 0);
	second_agrees(asic, r);
	for (size_t i = 0; i < diag_count(diag); i++)
		print_error("%s %s\n", diag_at(diag, i)->code, diag_at(diag, i)->where);
	assert_int_equal(diag_count(diag), 0);
	diag_free(diag);
	seal_report_free(r);
}

/* The first signature's level. */
static void
expect_level(const struct buf *asic, const char *level)
{
	struct seal_report *r = judge(span_of(asic), NULL);

	assert_non_null(r);
	assert_string_equal(level_name(seal_report_at(r, 0)->verdict->level), level);
	seal_report_free(r);
}

/* EN 319 162-1 A.1: mimetype first, stored, no extra field; the parts are taken out by unzip and judged by openssl. */
static void
others_agree(const struct buf *asic, int signatures)
{
	fixture_write(in_dir("c.asice"), asic->data, asic->len);
	assert_int_equal(fixture_run(dir, "rm -rf out; unzip -q -d out c.asice && test \"$(unzip -Z1 c.asice | head -1)\" = mimetype && "
		"unzip -Zl c.asice mimetype | grep -q ' stor ' && unzip -tq c.asice && "
		"test \"$(cat out/mimetype)\" = application/vnd.etsi.asic-e+zip && test \"$(head -c 69 c.asice | tail -c 39)\" = mimetype$(cat out/mimetype)"), 0);
	for (int i = 1; i <= signatures; i++)
		assert_int_equal(fixture_run(dir, "openssl cms -verify -cades -binary -inform DER -in out/META-INF/signature%03d.p7s "
			"-content out/META-INF/ASiCManifest%03d.xml -CAfile '%s' -purpose any -out /dev/null && "
			"for f in 'Công văn 12.txt' 'phụ lục/1.txt'; do "
			"grep -qF \"$(openssl dgst -sha256 -binary \"out/$f\" | base64)\" out/META-INF/ASiCManifest%03d.xml || exit 9; done", i, i,
			fixture_path("root.pem"), i), 0);
}

static void
test_several_sign(void **state)
{
	struct buf asic = two_files(), before;
	size_t directory;

	(void)state;
	fixture_write(in_dir("unsigned.zip"), asic.data, asic.len);
	sign(&asic, "leader1");
	expect_passed(&asic, 1, 0);
	others_agree(&asic, 1);
	/* what stands keeps its bytes: all entries of the first container are the beginning of the next */
	buf_init(&before, 1 << 24);
	buf_put(&before, asic.data, asic.len);
	sign(&asic, "leader2");
	directory = (size_t)((unsigned char *)memmem(before.data, before.len, "PK\1\2", 4) - before.data);
	assert_memory_equal(asic.data, before.data, directory);
	expect_passed(&asic, 2, 0);
	others_agree(&asic, 2);
	fixture_write(in_dir("signed.zip"), asic.data, asic.len);
	assert_int_equal(fixture_run(dir, "ziptool signed.zip delete 6 delete 5 delete 4 delete 3 && zipcmp -q signed.zip unsigned.zip"), 0);
	buf_free(&before);
	buf_free(&asic);
}

static void
test_levels(void **state)
{
	struct buf asic = two_files();

	(void)state;
	sign(&asic, "leader1");
	sign(&asic, "leader2");
	raise_level(&asic, "leader1");
	expect_passed(&asic, 2, 0);
	others_agree(&asic, 2);
	expect_level(&asic, "B-LT");
	archive(&asic);
	expect_passed(&asic, 3, 1);
	others_agree(&asic, 2);
	assert_int_equal(fixture_run(dir, "cp '%s' '%s' . && openssl ts -verify -data out/META-INF/ASiCArchiveManifest.xml -in out/META-INF/timestamp001.tst -token_in "
		"-CAfile root.pem -untrusted issuing.pem && cp out/META-INF/ASiCArchiveManifest.xml first.xml", fixture_path("root.pem"), fixture_path("issuing.pem")), 0);
	/* once more, with proofs for that timestamp in it: the old archive manifest keeps its bytes under another name */
	raise_level(&asic, "leader2");
	archive(&asic);
	expect_passed(&asic, 4, 2);
	expect_level(&asic, "B-LTA");
	others_agree(&asic, 2);
	assert_int_equal(fixture_run(dir, "cmp first.xml out/META-INF/ASiCArchiveManifest001.xml && "
		"for n in 1:META-INF/ASiCArchiveManifest001.xml 2:META-INF/ASiCArchiveManifest.xml; do "
		"openssl ts -verify -data out/${n#*:} -in out/META-INF/timestamp00${n%%%%:*}.tst -token_in -CAfile root.pem -untrusted issuing.pem || exit 9; done && "
		"grep -q 'ASiCArchiveManifest001.xml\" Rootfile=\"true\"' out/META-INF/ASiCArchiveManifest.xml"), 0);
	buf_free(&asic);
}

static void
test_simple(void **state)
{
	struct pack_member data = {"thư.txt", false, text_span(letter), -1};
	struct cms_options o = {.signing_time = true};
	struct buf cms = level_b_t(dir, fixture_sign("leader2.pem", "leader2.key", &o, text_span(letter)));
	struct buf asic = container(&data, 1, true, span_of(&cms));
	struct seal_prepared p;
	struct seal_request req = {0};
	struct diag *diag = diag_new();

	(void)state;
	expect_passed(&asic, 1, 0);
	raise_level(&asic, "leader2");
	archive(&asic);
	archive(&asic);
	expect_passed(&asic, 1, 0);
	fixture_write(in_dir("c.asics"), asic.data, asic.len);
	assert_int_equal(fixture_run(dir, "rm -rf out; unzip -q -d out c.asics && cp out/META-INF/signature.p7s simple && cp out/*.txt content && "
		"openssl cms -verify -cades -binary -inform DER -in simple -content content -CAfile '%s' -purpose any -out /dev/null",
		fixture_path("root.pem")), 0);
	assert_int_equal(level_java(dir, "simple content"), 0);
	/* signed once is enough */
	assert_int_equal(seal_asic.prepare(span_of(&asic), &req, &p, diag), STATUS_CONFLICT);
	assert_true(diag_has(diag, "asic.simple.signed"));
	diag_free(diag);
	buf_free(&cms);
	buf_free(&asic);
}

/* The container with one entry's bytes replaced, or away (NULL), or one added. */
static struct buf
tampered(const struct buf *asic, const char *name, const char *bytes, bool drop)
{
	const char *const list[] = {name, NULL};
	struct pack_member m = {name, false, text_span(bytes != NULL ? bytes : ""), -1};
	struct buf out;

	buf_init(&out, 1 << 24);
	assert_int_equal(pack_edit(span_of(asic), drop ? list : NULL, &m, bytes != NULL, &out, NULL), STATUS_OK);
	return out;
}

static void
expect_verdict(struct buf asic, enum indication indication, enum sub_indication sub, const char *code)
{
	struct diag *diag = diag_new();
	struct seal_report *r = judge(span_of(&asic), diag);

	assert_non_null(r);
	assert_int_equal(seal_report_at(r, 0)->verdict->indication, indication);
	assert_int_equal(seal_report_at(r, 0)->verdict->sub, sub);
	assert_true(diag_has(diag, code));
	seal_report_free(r);
	diag_free(diag);
	buf_free(&asic);
}

static void
test_tampered(void **state)
{
	struct buf asic = two_files();
	struct seal_report *r;
	struct diag *diag = diag_new();
	struct buf more;

	(void)state;
	sign(&asic, "leader1");
	expect_verdict(tampered(&asic, "phụ lục/1.txt", "khác", true), INDICATION_FAILED, SUB_HASH_FAILURE, "asic.changed");
	expect_verdict(tampered(&asic, "phụ lục/1.txt", NULL, true), INDICATION_INDETERMINATE, SUB_SIGNED_DATA_NOT_FOUND, "asic.missing");
	expect_verdict(tampered(&asic, "META-INF/ASiCManifest001.xml", NULL, true), INDICATION_INDETERMINATE, SUB_SIGNED_DATA_NOT_FOUND,
		"asic.manifest.none");
	expect_verdict(tampered(&asic, "META-INF/ASiCManifest001.xml", "<a:ASiCManifest xmlns:a=\"http://uri.etsi.org/02918/v1.2.1#\">"
		"<a:SigReference URI=\"META-INF/signature001.p7s\"/></a:ASiCManifest>", true), INDICATION_FAILED, SUB_HASH_FAILURE, "asic.unreferenced");
	/* a file that nobody signed is said, and the signature does not cover all */
	more = tampered(&asic, "thêm.txt", "chưa ký", false);
	r = judge(span_of(&more), diag);
	assert_int_equal(seal_report_at(r, 0)->verdict->indication, INDICATION_PASSED);
	assert_false(seal_report_at(r, 0)->covers_whole_file);
	assert_true(diag_has(diag, "asic.unreferenced"));
	seal_report_free(r);
	buf_free(&more);
	/* nothing signed at all */
	more = two_files();
	r = judge(span_of(&more), diag);
	assert_int_equal(seal_report_count(r), 0);
	assert_true(diag_has(diag, "asic.signature.none"));
	seal_report_free(r);
	buf_free(&more);
	buf_free(&asic);
	diag_free(diag);
}

/* After an archive timestamp a change of what it covers shows, in the signature too. */
static void
test_archived_tampered(void **state)
{
	struct buf asic = two_files(), bad;
	struct diag *diag = diag_new();
	struct seal_report *r;
	size_t failed = 0;

	(void)state;
	sign(&asic, "leader1");
	raise_level(&asic, "leader1");
	archive(&asic);
	bad = tampered(&asic, "META-INF/signature001.p7s", "x", true);
	r = judge(span_of(&bad), diag);
	assert_int_equal(seal_report_count(r), 2);
	for (size_t i = 0; i < 2; i++)
		failed += seal_report_at(r, i)->verdict->indication == INDICATION_FAILED;
	assert_int_equal(failed, 2);
	seal_report_free(r);
	buf_free(&bad);
	buf_free(&asic);
	diag_free(diag);
}

/* What a key by another digest signs: the imprint of the manifest, or of the only object. */
static void
test_other_digest(void **state)
{
	struct seal_request req = {.algorithm = IMPRINT_SHA384};
	struct pack_member data = {"a.txt", false, text_span(letter), -1};
	struct imprint own;
	struct seal_prepared p;
	struct buf asic = two_files();

	(void)state;
	assert_int_equal(seal_asic.prepare(span_of(&asic), &req, &p, NULL), STATUS_OK);
	own = imprint_of(IMPRINT_SHA384, p.tail.data, p.tail.len);
	assert_true(imprint_equal(&own, &p.imprint));
	seal_prepared_free(&p);
	buf_free(&asic);
	{
		/* an ASiC-S that waits for its signature: made by hand, since nobody needs one but this test */
		struct buf made, full = container(&data, 1, true, text_span("x"));
		static const char *const drop[] = {"META-INF/signature.p7s", NULL};

		buf_init(&made, 1 << 20);
		assert_int_equal(pack_edit(span_of(&full), drop, NULL, 0, &made, NULL), STATUS_OK);
		assert_int_equal(seal_asic.prepare(span_of(&made), &req, &p, NULL), STATUS_OK);
		own = imprint_of(IMPRINT_SHA384, letter, strlen(letter));
		assert_true(imprint_equal(&own, &p.imprint));
		seal_prepared_free(&p);
		buf_free(&made);
		buf_free(&full);
	}
}

static void
test_prepared_is_kept(void **state)
{
	struct buf asic = two_files();
	struct seal_request req = {0};
	struct seal_prepared p;

	(void)state;
	assert_int_equal(seal_asic.prepare(span_of(&asic), &req, &p, NULL), STATUS_OK);
	/* another manifest than the one whose digest was approved */
	p.tail.data[p.tail.len - 2] ^= 1;
	assert_int_equal(seal_asic.embed(span_of(&asic), &p, text_span("cms"), NULL), STATUS_CONFLICT);
	p.tail.data[p.tail.len - 2] ^= 1;
	p.base_size++;
	assert_int_equal(seal_asic.embed(span_of(&asic), &p, text_span("cms"), NULL), STATUS_CONFLICT);
	seal_prepared_free(&p);
	buf_free(&asic);
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
		cmocka_unit_test(test_several_sign),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_simple),
		cmocka_unit_test(test_tampered),
		cmocka_unit_test(test_archived_tampered),
		cmocka_unit_test(test_other_digest),
		cmocka_unit_test(test_prepared_is_kept),
	};

	return cmocka_run_group_tests_name("seal_asic", tests, open_dir, close_dir);
}
