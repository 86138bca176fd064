/*
 * seal_pdf_archive: every baseline level with RSA and EC keys, renewed and signed again, held
 * against pdfsig, mutool, qpdf, and openssl over what tests/data/check_pades.py takes out; what
 * must be refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pdf_dss.h"
#include "lib/pki/cms_room.h"
#include "lib/seal/seal.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pdf_tools.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/seal_fixture.h"

#define WHEN INT64_C(1795500000000000)

static const struct span none = {NULL, 0};
static struct policy *policy;
static struct span letter;
static char *scratch;

static int
make(void **state)
{
	(void)state;
	policy = pki_policy();
	letter = built_file("tests/data/letter.pdf");
	scratch = fixture_scratch();
	return scratch == NULL;
}

static int
unmake(void **state)
{
	(void)state;
	policy_free(policy);
	drop(letter);
	fixture_scratch_free(scratch);
	return 0;
}

static struct seal_request
request(void)
{
	struct seal_request r = {.signer = "Nguyễn Văn An",
		.time = WHEN,
		.look = {.role = SEAL_ROLE_INVISIBLE}};

	return r;
}

/* openssl and qpdf, by the script, find everything right and this level. */
static void
check_level(struct span file, const char *level, const char *about)
{
	const char *src = getenv("CONGVAN_SRCDIR");
	char command[700], wanted[32];
	char *said;

	snprintf(command, sizeof(command), "/usr/bin/python3 -B '%s/tests/data/check_pades.py' # '%s' '%s'",
		src != NULL ? src : ".", fixture_path("."), scratch);
	snprintf(wanted, sizeof(wanted), "level %s\n", level);
	said = tools_output(scratch, command, file);
	if (tools_words(said, "FAILED") != 0 || tools_words(said, wanted) != 1)
		fail_msg("%s: expected %s, check_pades.py says:\n%s", about, level, said);
	free(said);
}

/*
 * poppler and mupdf: `valid` signatures, and as many timestamps that these two cannot check; qpdf:
 * no fault.
 */
static void
check_tools(struct span file, int valid, int timestamps, const char *about)
{
	char *poppler = tools_output(scratch, "pdfsig -nocert #", file),
	     *mupdf = tools_output(scratch, "mutool sign -v #", file);
	int good = tools_words(mupdf, "The document is unchanged since signing.") +
		tools_words(mupdf, "The signature is valid but there have been edits");

	if (tools_words(poppler, "Signature is Valid.") != valid ||
		tools_words(poppler, "Signature has not yet been verified") != timestamps)
		fail_msg("%s: pdfsig says:\n%s", about, poppler);
	if (good != valid || tools_words(mupdf, "Signature is not signed.") != timestamps)
		fail_msg("%s: mutool says:\n%s", about, mupdf);
	if (tools_count(scratch, "qpdf --check #", file, "No syntax or stream encoding errors") !=
		1)
		fail_msg("%s: qpdf finds faults", about);
	free(poppler);
	free(mupdf);
}

/* All signatures are good, and what follows each is permitted. */
static void
check_report(struct span file, size_t count, const char *about)
{
	struct seal_report *r = NULL;

	assert_int_equal(seal_pdf.verify(file, none, policy, &r, NULL), STATUS_OK);
	assert_int_equal(seal_report_count(r), count);
	for (size_t i = 0; i < count; i++) {
		const struct seal_signature *s = seal_report_at(r, i);
		const char *wanted = s->covers_whole_file ? "none" : "permitted";

		if (s->verdict->indication != INDICATION_PASSED || strcmp(s->changes, wanted) != 0)
			fail_msg("%s: %s: %s %s (%s), changes %s:\n%s", about, s->field,
				indication_name(s->verdict->indication),
				sub_indication_name(s->verdict->sub), s->verdict->why, s->changes,
				s->change_list != NULL ? s->change_list : "-");
	}
	seal_report_free(r);
}

/* The level that our own verifier finds for the first signature. */
static void
check_own_level(struct span file, enum level level, const char *about)
{
	struct seal_report *r = NULL;
	const struct verdict *v;

	assert_int_equal(seal_pdf.verify(file, none, policy, &r, NULL), STATUS_OK);
	v = seal_report_at(r, 0)->verdict;
	if (v->level != level)
		fail_msg("%s: our verifier finds %s", about, level_name(v->level));
	assert_int_equal(v->proven_time != 0, level >= LEVEL_B_T);
	seal_report_free(r);
}

static void
test_levels(void **state)
{
	static const struct {
		const char *who, *kind;
	} keys[] = {{"leader1", "RSA"}, {"leader2", "EC"}};
	static const struct {
		enum level level;
		const char *name;
	} levels[] = {{LEVEL_B_B, "B-B"}, {LEVEL_B_T, "B-T"}, {LEVEL_B_LT, "B-LT"},
		{LEVEL_B_LTA, "B-LTA"}};
	struct seal_request r = request();

	(void)state;
	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; i < 4; i++) {
			struct span file = seal_level(letter, &r, keys[k].who, levels[i].level);
			char about[40];

			snprintf(about, sizeof(about), "%s with %s", levels[i].name, keys[k].kind);
			assert_memory_equal(file.data, letter.data, letter.len);
			if (getenv("KEEP_PDF") != NULL) {
				char path[100];

				snprintf(path, sizeof(path), "/tmp/level-%s-%s.pdf",
					levels[i].name, keys[k].kind);
				write_file(path, file);
			}
			check_level(file, levels[i].name, about);
			check_tools(file, 1, levels[i].level == LEVEL_B_LTA, about);
			check_report(file, levels[i].level == LEVEL_B_LTA ? 2 : 1, about);
			check_own_level(file, levels[i].level, about);
			drop(file);
		}
}

static size_t
dss_count(struct span file)
{
	struct pdf_scan *scan = NULL;
	struct pdf_dss dss;
	size_t n;

	assert_int_equal(pdf_scan_open(file, false, &scan, NULL), STATUS_OK);
	assert_int_equal(pdf_dss_read(scan, &dss, NULL), STATUS_OK);
	n = dss.count;
	pdf_dss_free(&dss);
	pdf_scan_free(scan);
	return n;
}

/* Base and result: not one byte before the appended part is another. */
static void
assert_grown(struct span base, struct span result)
{
	assert_true(result.len > base.len);
	assert_memory_equal(result.data, base.data, base.len);
}

/*
 * The life of a letter: leader to B-LTA, office to B-LTA, renewed twice, a third signature: nothing
 * before is touched, nothing stands twice, everything stays valid.
 */
static void
test_life(void **state)
{
	struct seal_request r = request();
	struct span a = seal_level(letter, &r, "leader1", LEVEL_B_LTA), b, c, d, e;

	(void)state;
	r.look.role = SEAL_ROLE_ATTACHMENT;
	r.time += CLOCK_DAY / 12;
	b = seal_level(a, &r, "office", LEVEL_B_LTA);
	assert_grown(a, b);
	assert_int_equal(dss_count(a), 7);
	assert_int_equal(dss_count(b), 8); /* one OCSP answer more, the rest was there */
	c = seal_proofs(b, "tsa");
	assert_grown(b, c);
	assert_int_equal(dss_count(c), 9);
	d = seal_timestamp(c, r.time + CLOCK_DAY / 8);
	assert_grown(c, d);
	r.look.role = SEAL_ROLE_INVISIBLE;
	r.time += CLOCK_DAY / 6;
	e = seal_level(d, &r, "leader2", LEVEL_B_T);
	assert_grown(d, e);
	check_level(b, "B-LTA", "leader and office");
	check_level(d, "B-LTA", "renewed");
	check_level(e, "B-LTA", "signed once more");
	check_tools(e, 3, 3, "signed once more");
	check_report(b, 4, "leader and office");
	check_report(e, 6, "signed once more");
	drop(a);
	drop(b);
	drop(c);
	drop(d);
	drop(e);
}

/* What is there is not put in again; then there is nothing to append. */
static void
test_nothing_new(void **state)
{
	struct seal_request r = request();
	struct span file = seal_level(letter, &r, "leader1", LEVEL_B_LT);
	struct pdf_scan *scan = NULL;
	struct seal_proof proofs[3];
	struct pdf_dss dss;
	struct buf tail;

	(void)state;
	assert_int_equal(pdf_scan_open(file, false, &scan, NULL), STATUS_OK);
	assert_int_equal(pdf_dss_read(scan, &dss, NULL), STATUS_OK);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(dss.items[i].part, PDF_DSS_CERTS);
		proofs[i] = (struct seal_proof){SEAL_PROOF_CERT, dss.items[i].der};
	}
	proofs[2] = proofs[0];
	buf_init(&tail, 1u << 20);
	assert_int_equal(seal_pdf.add_proofs(file, none, proofs, 3, &tail, NULL), STATUS_OK);
	assert_int_equal(tail.len, 0);
	/* In an unsigned file the same one is put in once. */
	assert_int_equal(seal_pdf.add_proofs(letter, none, proofs, 3, &tail, NULL), STATUS_OK);
	assert_true(tail.len > 0);
	drop(file);
	file = joined(letter, &tail);
	assert_int_equal(dss_count(file), 2);
	buf_free(&tail);
	pdf_dss_free(&dss);
	pdf_scan_free(scan);
	drop(file);
}

static enum status
count_piece(void *arg, enum seal_piece kind, struct span der)
{
	int *counts = arg;

	assert_true(der.len > 100);
	counts[kind]++;
	return STATUS_OK;
}

/* What the file holds is handed out whole to who asks what is still lacking. */
static void
test_pieces(void **state)
{
	struct seal_request r = request();
	struct span file = seal_level(letter, &r, "leader1", LEVEL_B_LTA);
	int counts[4] = {0};

	(void)state;
	assert_int_equal(seal_pdf.pieces(file, none, count_piece, counts, NULL), STATUS_OK);
	assert_int_equal(counts[SEAL_PIECE_CMS], 2);
	assert_int_equal(counts[SEAL_PIECE_CERT], 4);
	assert_int_equal(counts[SEAL_PIECE_CRL], 2);
	assert_int_equal(counts[SEAL_PIECE_OCSP], 1);
	drop(file);
}

/* Room as cms_room tells it for this certificate, its issuer and the TSA's last token. */
static size_t
room_for(const char *who, size_t token)
{
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *cert, *issuing = fixture_cert("issuing.pem");
	char name[64];
	size_t room = 0;

	snprintf(name, sizeof(name), "%s.pem", who);
	cert = fixture_cert(name);
	sk_X509_push(chain, issuing);
	assert_int_equal(cms_room(cert, chain, NULL, token, &room), STATUS_OK);
	sk_X509_pop_free(chain, X509_free);
	X509_free(cert);
	return room;
}

/*
 * The hole is as large as a dry run says and not much larger; one that is too small leaves what was
 * prepared as it was, and a larger one is taken.
 */
static void
test_room(void **state)
{
	static const char *const who[] = {"leader1", "leader2"};
	struct buf token = fixture_token("tsa.pem", "tsa.key", letter, WHEN);
	struct seal_request r = request();

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct span file, cms;
		struct seal_prepared p;
		struct diag *diag = diag_new();

		r.room = room_for(who[i], token.len);
		assert_in_range(r.room, token.len + 1500, token.len + 5000);
		file = seal_level(letter, &r, who[i], LEVEL_B_T);
		check_level(file, "B-T", who[i]);
		drop(file);

		r.room = 1024;
		assert_int_equal(seal_pdf.prepare(letter, &r, &p, NULL), STATUS_OK);
		cms = cms_over(&p.digest, who[i]);
		assert_int_equal(seal_pdf.embed(letter, &p, cms, diag), STATUS_TOO_LARGE);
		assert_true(diag_has(diag, "seal.hole"));
		for (size_t k = 0; k < p.hole_size; k++)
			assert_int_equal(p.tail.data[p.hole_at - letter.len + k], '0');
		seal_prepared_free(&p);
		r.room = cms_room_larger(r.room, cms.len);
		drop(cms);
		assert_true(r.room >= 2048);
		drop(seal_level(letter, &r, who[i], LEVEL_B_B));
		diag_free(diag);
	}
	assert_int_equal(cms_room_larger(CMS_ROOM_MOST, 1), 0);
	/* made by another, and a timestamp alone */
	assert_in_range(cms_room_for(2000, token.len), 2000 + token.len + 512, 2000 + token.len + 2048);
	assert_in_range(cms_room_for(0, 60000), 67500, 68000);
	assert_int_equal(cms_room_for(CMS_ROOM_MOST, 0), 0);
	assert_int_equal(cms_room_for(0, SIZE_MAX), 0);
	assert_int_equal(cms_room_for(CMS_ROOM_MOST / 2, 1), 0);
	buf_free(&token);
}

/*
 * Our signatures in a file (others in the corpus are rubbish): `count` of them, all good, the last
 * over everything, the others with permitted changes.
 */
static void
check_ours(struct span file, size_t count, const char *name, const char *step)
{
	struct seal_report *r = NULL;
	size_t ours = 0;

	assert_int_equal(seal_pdf.verify(file, none, policy, &r, NULL), STATUS_OK);
	for (size_t i = 0; i < seal_report_count(r); i++) {
		const struct seal_signature *s = seal_report_at(r, i);
		bool right = s->verdict->indication == INDICATION_PASSED &&
			strcmp(s->changes, s->covers_whole_file ? "none" : "permitted") == 0;

		if (strncmp(s->field, "Signature", 9) != 0)
			continue;
		ours++;
		if (!right)
			fail_msg("%s, after %s: %s: %s %s, changes %s:\n%s", name, step, s->field,
				indication_name(s->verdict->indication), s->verdict->why,
				s->changes, s->change_list != NULL ? s->change_list : "-");
	}
	if (ours != count)
		fail_msg("%s, after %s: %zu signatures", name, step, ours);
	seal_report_free(r);
}

/*
 * The next state of a file: not one byte before is another; takes `now`. The last step tells of all
 * before it, since changes are summed up from each signature on; the steps between are judged too
 * where `each` says so: in all but the six largest files (thousands of pages, fields, annotations or revisions, megabytes),
 * which differ in size and not in what a step does to them. With these the test takes 74 s of the processor, without 59
 * (with sanitizers).
 */
#define EACH_STEP_MAX (64u << 10)

static bool each;

static struct span
grown(struct span now, struct span next, size_t signatures, const char *name, const char *step)
{
	assert_grown(now, next);
	if (each || strcmp(step, "second leader") == 0)
		check_ours(next, signatures, name, step);
	drop(now);
	return next;
}

/* The leader with a field for the number, where the page has room for one. */
static struct span
by_leader(struct span base, bool *field)
{
	struct seal_request r = request();
	struct diag *diag = diag_new();
	struct span out;

	r.fields[0] = (struct seal_field){.name = "so", .page = 1, .rect = {30, 30, 90, 45}};
	*field = seal_file(base, &r, "leader1", &out, diag) == STATUS_OK;
	diag_free(diag);
	if (!*field) {
		r.fields[0].name = NULL;
		seal_file(base, &r, "leader1", &out, NULL);
	}
	return out;
}

static struct span
with_number(struct span file)
{
	struct seal_request r = request();
	struct buf tail;
	struct span out;

	r.fields[0] = (struct seal_field){.name = "so", .value = "12-CV/QU"};
	assert_int_equal(seal_pdf.fill(file, &r, &tail, NULL), STATUS_OK);
	out = joined(file, &tail);
	buf_free(&tail);
	return out;
}

static void
live(struct span file, const char *name)
{
	struct seal_request r = request();
	struct span next;
	bool field;

	file = grown(file, by_leader(file, &field), 1, name, "leader");
	if (strstr(name, "page_tree") != NULL) {
		/* Thousands of pages are compared for each signature: two of them are enough. */
		file = grown(file, seal_timestamp(file, WHEN + CLOCK_DAY / 24), 2, name,
			"second leader");
		drop(file);
		return;
	}
	if (field) {
		/* Until the office signs nothing covers the number: all is permitted, nothing is whole. */
		next = with_number(file);
		assert_grown(file, next);
		drop(file);
		file = next;
	}
	r.look.role = SEAL_ROLE_ATTACHMENT;
	seal_file(file, &r, "office", &next, NULL);
	file = grown(file, next, 2, name, "office");
	next = seal_proofs(file, "leader1");
	assert_grown(file, next);
	drop(file);
	file = next;
	file = grown(file, seal_timestamp(file, WHEN + CLOCK_DAY / 24), 3, name, "timestamp");
	r.look.role = SEAL_ROLE_INVISIBLE;
	seal_file(file, &r, "leader2", &next, NULL);
	file = grown(file, next, 4, name, "second leader");
	drop(file);
}

/* Every odd file goes the way of a letter. */
static void
test_corpus(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	size_t n = corpus_read(entries), lived = 0;

	(void)state;
	for (size_t i = 0; i < n; i++)
		if (entries[i].sign) {
			clock_us began = clock_monotonic();
			struct span file = corpus_file(entries[i].name);

			each = file.len < EACH_STEP_MAX;
			live(file, entries[i].name);
			lived++;
			if (getenv("SLOW") != NULL)
				fprintf(stderr, "# %s %lld ms\n", entries[i].name,
					(long long)(clock_monotonic() - began) / 1000);
		}
	assert_true(lived >= 120);
}

/* A hundred megabytes of one scanned page, made here. */
static void
test_hundred_megabytes(void **state)
{
	static const char head[] = "%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
				   "2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n"
				   "3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
				   "/Contents 4 0 R >>\nendobj\n";
	const size_t size = 100u << 20;
	struct buf b;
	size_t at[5] = {0};
	unsigned char *p;
	struct span file;

	(void)state;
	buf_init(&b, size + 4096);
	buf_put_str(&b, head);
	for (int i = 1; i < 4; i++) {
		char number[24];

		snprintf(number, sizeof(number), "%d 0 obj", i);
		at[i] = (size_t)(strstr(head, number) - head);
	}
	at[4] = b.len;
	buf_printf(&b, "4 0 obj\n<< /Length %zu >>\nstream\n", size);
	p = buf_reserve(&b, size);
	assert_non_null(p);
	for (size_t i = 0; i < size; i++)
		p[i] = (unsigned char)(i * 2654435761u >> 13);
	buf_put_str(&b, "\nendstream\nendobj\n");
	at[0] = b.len;
	buf_put_str(&b, "xref\n0 5\n0000000000 65535 f \n");
	for (int i = 1; i < 5; i++)
		buf_printf(&b, "%010zu 00000 n \n", at[i]);
	buf_printf(&b, "trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", at[0]);
	file.data = buf_steal(&b, &file.len);
	each = false;
	live(file, "100 MB");
}

static void
test_refused(void **state)
{
	struct diag *diag = diag_new();
	struct seal_prepared p;
	struct seal_proof bad = {SEAL_PROOF_CRL, {(const unsigned char *)"\x30\x01\x00", 3}};
	struct buf tail, token;

	(void)state;
	buf_init(&tail, 1u << 20);
	assert_int_equal(
		seal_pdf.add_proofs(letter, none, &bad, 1, &tail, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "seal.proof"));
	assert_int_equal(tail.len, 0);
	/* A token about something else, no token at all, and one that is larger than the hole. */
	assert_int_equal(
		seal_pdf.prepare_archive(letter, none, 2u << 20, &p, diag), STATUS_TOO_LARGE);
	assert_int_equal(seal_pdf.prepare_archive(letter, none, 500, &p, diag), STATUS_OK);
	token = fixture_token("tsa.pem", "tsa.key", letter, WHEN);
	assert_int_equal(seal_pdf.embed_archive(letter, none, &p,
				 (struct span){token.data, token.len}, diag),
		STATUS_INVALID);
	assert_true(diag_has(diag, "tsp.imprint"));
	assert_int_equal(seal_pdf.embed_archive(letter, none, &p, bad.der, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "tsp.malformed"));
	p.digest = digest_of(letter.data, letter.len);
	assert_int_equal(seal_pdf.embed_archive(letter, none, &p,
				 (struct span){token.data, token.len}, diag),
		STATUS_TOO_LARGE);
	seal_prepared_free(&p);
	buf_free(&token);
	buf_free(&tail);
	diag_free(diag);
}

/* A document certified against every change still takes validation data and timestamps. */
static void
test_certified(void **state)
{
	struct span base = corpus_file("certified_p1"), a = seal_proofs(base, "leader1"),
		    b = seal_timestamp(a, WHEN);
	struct seal_report *r = NULL;
	size_t n;

	(void)state;
	assert_grown(base, b);
	assert_int_equal(seal_pdf.verify(b, none, policy, &r, NULL), STATUS_OK);
	n = seal_report_count(r);
	assert_true(seal_report_at(r, n - 1)->is_timestamp);
	assert_int_equal(seal_report_at(r, n - 1)->verdict->indication, INDICATION_PASSED);
	seal_report_free(r);
	drop(base);
	drop(a);
	drop(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_life),
		cmocka_unit_test(test_nothing_new),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_hundred_megabytes),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_certified),
	};

	return cmocka_run_group_tests_name("seal_pdf_archive", tests, make, unmake);
}
