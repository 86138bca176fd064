/*
 * seal_pdf: signing PDFs, the story of one letter, and every odd file of the corpus, held against
 * pdfsig, qpdf and mutool.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/base/message.h"
#include "lib/doc/pdf_scan.h"
#include "lib/seal/seal.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pdf_tools.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/seal_fixture.h"

#define WHEN INT64_C(1795500000000000) /* in November 2026 */

static char *scratch;

static int
make_scratch(void **state)
{
	(void)state;
	scratch = fixture_scratch();
	return scratch == NULL;
}

static int
drop_scratch(void **state)
{
	(void)state;
	fixture_scratch_free(scratch);
	return 0;
}

static struct seal_request
request(enum seal_role role)
{
	struct seal_request r = {.signer = "Nguyễn Văn An",
		.reason = "Phê duyệt",
		.time = WHEN,
		.look = {.role = role}};

	return r;
}

/* Base and result: not one byte before the appended part is another. */
static void
assert_appended(struct span base, struct span result)
{
	assert_true(result.len > base.len);
	assert_memory_equal(result.data, base.data, base.len);
}

static void
test_story(void **state)
{
	struct span letter = built_file("tests/data/letter.pdf"), one, two;
	struct span picture = built_file("tests/data/signature-1.png"),
		    seal = built_file("tests/data/seal.png");
	struct seal_request leader = request(SEAL_ROLE_LEADER), office = request(SEAL_ROLE_OFFICE);
	struct diag *diag = diag_new();
	struct pdf_scan *scan = NULL;
	const struct pdf_info *info;

	(void)state;
	leader.look.png = picture;
	leader.look.anchor = "Nguyễn Văn An";
	leader.fields[0] = (struct seal_field){.name = "so", .anchor = "Số"};
	leader.fields[1] = (struct seal_field){.name = "ngay", .anchor = "ngày"};
	leader.fields[2] = (struct seal_field){.name = "thang", .anchor = "tháng"};
	if (seal_file(letter, &leader, "leader1", &one, diag) != STATUS_OK)
		show(diag, "leader");
	assert_int_equal(diag_count(diag), 0);
	assert_appended(letter, one);
	office.look.png = seal;
	office.signer = "Quận ủy Tân Giang";
	office.look.anchor = "Nguyễn Văn An";
	office.fields[0] = (struct seal_field){.name = "so", .value = "12-CV/QU"};
	office.fields[1] = (struct seal_field){.name = "ngay", .value = "24"};
	office.fields[2] = (struct seal_field){.name = "thang", .value = "11"};
	seal_file(one, &office, "office", &two, NULL);
	assert_appended(one, two);
	assert_int_equal(pdf_scan_open(two, false, &scan, NULL), STATUS_OK);
	info = pdf_scan_info(scan);
	assert_int_equal(info->signature_count, 2);
	assert_false(info->signatures[0].whole_file);
	assert_int_equal(info->signatures[0].revision_end, one.len);
	assert_true(info->signatures[1].whole_file);
	assert_int_equal(info->signatures[1].lock, PDF_LOCK_ALL);
	assert_true(pdf_scan_field(scan, "so")->filled);
	pdf_scan_free(scan);
	tools_check(scratch, letter, one, 1, "letter signed by the leader");
	tools_check(scratch, letter, two, 2, "letter sealed by the office");
	assert_int_equal(tools_count(scratch, "pdftotext -layout # -", two, "12-CV/QU"), 1);
	assert_int_equal(
		tools_count(scratch, "pdftotext -layout # -", two, "ngày 24 tháng 11 năm 2026"), 1);
	assert_int_equal(tools_count(scratch, "mutool draw -F text #", two, "12-CV/QU"), 1);
	if (getenv("KEEP_PDF") != NULL) {
		write_file("/tmp/story-1.pdf", one);
		write_file("/tmp/story-2.pdf", two);
	}
	diag_free(diag);
	drop(letter);
	drop(picture);
	drop(seal);
	drop(one);
	drop(two);
}

/* What is put on a letter one after the other. */
static const struct {
	const char *name;
	enum seal_role role;
	const char *signer, *picture, *lines[4];
	enum seal_copy copy;
	const char *notation;
	const char *said[5]; /* the words of the decree, as others read them back */
} looks[] = {
	{"leader", SEAL_ROLE_LEADER, "Nguyễn Văn An", "tests/data/signature-1.png", {NULL}, 0, NULL, {NULL}},
	{"office", SEAL_ROLE_OFFICE, "Quận ủy Tân Giang", "tests/data/seal.png", {NULL}, 0, NULL,
		{"Quận ủy Tân Giang\n24/11/2026 13:00:00 +07:00\n"}},
	{"attachment", SEAL_ROLE_ATTACHMENT, "Quận ủy Tân Giang", NULL, {NULL}, 0, "Số: 12-CV/QU",
		{"Số: 12-CV/QU\n24/11/2026 13:00:00 +07:00\n"}},
	{"copy", SEAL_ROLE_COPY,
		"Văn phòng Ban Thường vụ Quận ủy Tân Giang, thành phố Hà Thành", NULL, {NULL},
		SEAL_COPY_SAO_LUC, NULL,
		{"Sao lục\nVăn phòng Ban Thường vụ Quận ủy Tân\nGiang, thành phố Hà Thành\n24/11/2026 "
		 "13:00:00 +07:00\n"}},
	{"arrival", SEAL_ROLE_ARRIVAL, "VĂN PHÒNG QUẬN ỦY TÂN GIANG", NULL,
		{"345", "24/11/2026", "Đ/c Chánh Văn phòng"}, 0, NULL,
		{"VĂN PHÒNG QUẬN ỦY TÂN GIANG\n", "ĐẾN", "Số: 345\n", "Ngày: 24/11/2026\n",
			"Chuyển: Đ/c Chánh Văn phòng\n"}},
};
#define LOOKS (sizeof(looks) / sizeof(looks[0]))

/* The letter with these looks, [from, to); free() it. */
static struct span
with_looks(const char *path, size_t from, size_t to)
{
	struct span now = built_file(path), next;

	for (size_t i = from; i < to; i++) {
		struct seal_request r = request(looks[i].role);

		r.signer = looks[i].signer;
		memcpy(r.look.lines, looks[i].lines, sizeof(r.look.lines));
		r.look.copy = looks[i].copy;
		r.look.notation = looks[i].notation;
		r.look.anchor = looks[i].role == SEAL_ROLE_LEADER ? "Nguyễn Văn An" : NULL;
		if (looks[i].picture != NULL)
			r.look.png = built_file(looks[i].picture);
		if (looks[i].role == SEAL_ROLE_LEADER) {
			r.fields[0] = (struct seal_field){.name = "so", .anchor = "Số"};
			r.fields[1] = (struct seal_field){.name = "ngay", .anchor = "ngày"};
		} else if (looks[i].role == SEAL_ROLE_OFFICE && from == 0) {
			r.fields[0] = (struct seal_field){.name = "so", .value = "12-CV/QU"};
			r.fields[1] = (struct seal_field){.name = "ngay", .value = "24"};
		}
		seal_file(now, &r, i % 2 ? "office" : "leader1", &next, NULL);
		assert_appended(now, next);
		drop(now);
		if (r.look.png.data != NULL)
			drop(r.look.png);
		now = next;
	}
	return now;
}

/* As pixels, grey, by poppler. */
static struct span
pixels_of(struct span file)
{
	char command[700], line[300];
	struct span pixels;
	struct buf out;
	size_t n;
	FILE *f;

	snprintf(line, sizeof(line), "%s/turned.pdf", scratch);
	write_file(line, file);
	snprintf(command, sizeof(command), "pdftoppm -cropbox -r 50 -gray %s", line);
	f = popen(command, "r");
	assert_non_null(f);
	buf_init(&out, 4u << 20);
	while ((n = fread(line, 1, sizeof(line), f)) > 0)
		buf_put(&out, line, n);
	pclose(f);
	pixels.data = buf_steal(&out, &pixels.len);
	return pixels;
}

/* Each look alone on the letter says what it must. */
static void
test_words(void **state)
{
	(void)state;
	for (size_t i = 1; i < LOOKS; i++) {
		struct span file = i == 1 ? with_looks("tests/data/letter.pdf", 0, 2)
					  : with_looks("tests/data/letter.pdf", i, i + 1);
		char *poppler = tools_output(scratch, "pdftotext -raw # -", file);

		for (size_t k = 0; k < 5 && looks[i].said[k] != NULL; k++)
			if (strstr(poppler, looks[i].said[k]) == NULL)
				fail_msg("%s: '%s' is not in:\n%s", looks[i].name,
					looks[i].said[k], poppler);
		if (getenv("KEEP_PDF") != NULL) {
			char name[100];

			snprintf(name, sizeof(name), "/tmp/look-%s.pdf", looks[i].name);
			write_file(name, file);
		}
		free(poppler);
		drop(file);
	}
}

/*
 * To the eye it is the same page, whatever its /Rotate and /CropBox, also with boxes that begin
 * elsewhere than at 0 and are inherited.
 */
static void
test_turned_pages(void **state)
{
	static const char *const paths[] = {"tests/data/letter-0.pdf", "tests/data/letter-90.pdf",
		"tests/data/letter-180.pdf", "tests/data/letter-270.pdf",
		"tests/data/letter-0-odd.pdf", "tests/data/letter-90-odd.pdf",
		"tests/data/letter-180-odd.pdf", "tests/data/letter-270-odd.pdf"};
	struct span file = with_looks(paths[0], 0, LOOKS), upright = pixels_of(file);

	(void)state;
	assert_true(upright.len > 200000);
	if (getenv("KEEP_PDF") != NULL)
		write_file("/tmp/looks.pdf", file);
	drop(file);
	for (size_t i = 1; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct span turned;
		size_t far = 0;

		file = with_looks(paths[i], 0, LOOKS);
		turned = pixels_of(file);
		assert_int_equal(turned.len, upright.len);
		for (size_t k = 20; k < turned.len; k++)
			far += abs(turned.data[k] - upright.data[k]) > 96;
		if (far > 90)
			fail_msg("%s: %zu pixels differ", paths[i], far);
		if (getenv("KEEP_PDF") != NULL) {
			char name[100];

			snprintf(name, sizeof(name), "/tmp/looks-%zu.pdf", i);
			write_file(name, file);
		}
		drop(turned);
		drop(file);
	}
	drop(upright);
}

static void
sign_twice(struct span base, const char *name, struct span picture)
{
	struct seal_request first = request(SEAL_ROLE_LEADER),
			    second = request(SEAL_ROLE_ATTACHMENT);
	struct span one, two;
	struct diag *diag = diag_new();

	first.look.page = 1;
	first.look.rect[0] = 60, first.look.rect[1] = 70, first.look.rect[2] = 190,
	first.look.rect[3] = 130;
	if (strncmp(name, "media_negative", 14) == 0)
		first.look.rect[1] = -120, first.look.rect[3] = -60;
	if (strcmp(name, "media_tiny") == 0)
		first.look.rect[0] = 5, first.look.rect[1] = 5, first.look.rect[2] = 67, first.look.rect[3] = 67;
	first.look.png = picture;
	second.look.lines[0] = "12-CV/QU";
	second.look.lines[1] = "24/11/2026 13:25:54 +07:00";
	if (seal_file(base, &first, "leader1", &one, diag) != STATUS_OK) {
		show(diag, name);
		fail_msg("%s cannot be signed", name);
	}
	assert_appended(base, one);
	if (seal_file(one, &second, "office", &two, diag) != STATUS_OK) {
		show(diag, name);
		fail_msg("%s cannot be signed again", name);
	}
	assert_appended(one, two);
	if (getenv("KEEP_PDF") != NULL) {
		char path[200];

		mkdir("/tmp/kept", 0700);
		snprintf(path, sizeof(path), "/tmp/kept/%s.pdf", name);
		write_file(path, two);
	}
	tools_check(scratch, base, two, 2, name);
	diag_free(diag);
	drop(one);
	drop(two);
}

static void
test_corpus(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	size_t n = corpus_read(entries), signed_count = 0;
	struct span picture = built_file("tests/data/signature-2.png");

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct span base = corpus_file(entries[i].name);

		if (entries[i].sign) {
			sign_twice(base, entries[i].name, picture);
			signed_count++;
		} else {
			struct seal_request r = request(SEAL_ROLE_INVISIBLE);
			struct diag *diag = diag_new();
			struct seal_prepared p;
			enum status st = seal_pdf.prepare(base, &r, &p, diag);

			if (st == STATUS_OK || !diag_has(diag, entries[i].code)) {
				show(diag, entries[i].name);
				fail_msg("%s: %s, not refused with %s", entries[i].name,
					status_code(st), entries[i].code);
			}
			diag_free(diag);
		}
		drop(base);
	}
	assert_true(signed_count >= 126);
	drop(picture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_story),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_turned_pages),
		cmocka_unit_test(test_corpus),
	};

	return cmocka_run_group_tests_name("seal_pdf", tests, make_scratch, drop_scratch);
}
