/*
 * pdf_text: text in NFC, words with their boxes, pictures; and pdf_place, which finds places by
 * them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/text.h"
#include "lib/doc/pdf_place.h"
#include "lib/doc/pdf_text.h"
#include "tests/unit/pdf_fixture.h"

struct opened {
	struct span file;
	struct pdf_text *text;
	struct pdf_scan *scan;
};

static struct opened
open_file(struct span file)
{
	struct opened o = {.file = file};

	assert_int_equal(pdf_text_open(file, &o.text, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_open(file, false, &o.scan, NULL), STATUS_OK);
	return o;
}

static void
release(struct opened *o)
{
	pdf_text_free(o->text);
	pdf_scan_free(o->scan);
	free((void *)(uintptr_t)o->file.data);
}

static void
test_letter(void **state)
{
	struct opened o = open_file(built_file("tests/data/letter.pdf"));
	struct buf text;
	char *folded = NULL;

	(void)state;
	assert_int_equal(pdf_text_pages(o.text), 1);
	buf_init(&text, PDF_TEXT_MAX);
	assert_int_equal(pdf_text_all(o.text, &text, NULL), STATUS_OK);
	assert_non_null(strstr(buf_str(&text), "ĐẢNG CỘNG SẢN VIỆT NAM"));
	assert_non_null(strstr(buf_str(&text), "Kính gửi: Văn phòng Thành ủy Hà Thành"));
	assert_non_null(strstr(buf_str(&text), "Nguyễn Văn An"));
	assert_true(text_is_utf8(buf_str(&text), text.len));
	assert_int_equal(text.data[text.len - 1], '\f');
	assert_int_equal(text_fold(buf_str(&text), text.len - 1, &folded), STATUS_OK);
	assert_non_null(strstr(folded, "chuyen doi so"));
	free(folded);
	buf_free(&text);
	release(&o);
}

static void
test_decomposed(void **state)
{
	struct opened o = open_file(corpus_file("text_decomposed"));
	struct buf text;

	(void)state;
	buf_init(&text, PDF_TEXT_MAX);
	assert_int_equal(pdf_text_all(o.text, &text, NULL), STATUS_OK);
	assert_non_null(strstr(buf_str(&text), "\xe1\xba\xbf")); /* ế, one code point */
	assert_null(strchr(buf_str(&text), 1));                  /* and no control character */
	buf_free(&text);
	release(&o);
}

static void
test_words(void **state)
{
	struct opened o = open_file(built_file("tests/data/letter.pdf"));
	struct pdf_words words;
	size_t found = 0;

	(void)state;
	assert_int_equal(pdf_text_words(o.text, 2, &words), STATUS_NOT_FOUND);
	assert_int_equal(pdf_text_words(o.text, 0, &words), STATUS_NOT_FOUND);
	assert_int_equal(pdf_text_words(o.text, 1, &words), STATUS_OK);
	assert_true(words.count > 150);
	for (size_t i = 0; i < words.count; i++) {
		const struct pdf_word *w = &words.words[i];

		assert_true(w->box.x0 < w->box.x1 && w->box.y0 < w->box.y1);
		assert_true(
			w->box.x0 > 0 && w->box.x1 < 595.3 && w->box.y0 > 0 && w->box.y1 < 841.9);
		if (strcmp(w->text, "Số") != 0)
			continue;
		found++;
		assert_true(w->size > 13.9 && w->size < 14.1);
		assert_true(
			w->box.x0 > 110 && w->box.x1 < 140 && w->box.y0 > 90 && w->box.y1 < 112);
	}
	assert_int_equal(found, 1);
	pdf_words_free(&words);
	release(&o);
}

static void
test_picture(void **state)
{
	static const unsigned char magic[] = {0x89, 'P', 'N', 'G'};
	struct opened o = open_file(built_file("tests/data/letter.pdf"));
	struct buf png;
	unsigned w, h;

	(void)state;
	buf_init(&png, 4u << 20);
	assert_int_equal(pdf_text_picture(o.text, 1, 200, &png, &w, &h), STATUS_OK);
	assert_int_equal(w, 200);
	assert_int_equal(h, 283);
	assert_memory_equal(png.data, magic, sizeof(magic));
	buf_free(&png);
	assert_int_equal(pdf_text_picture(o.text, 1, 0, &png, &w, &h), STATUS_INVALID);
	assert_int_equal(pdf_text_picture(o.text, 1, PDF_PICTURE_SIDE_MAX + 1, &png, &w, &h),
		STATUS_INVALID);
	assert_int_equal(pdf_text_picture(o.text, 9, 200, &png, &w, &h), STATUS_NOT_FOUND);
	buf_init(&png, 100);
	assert_int_equal(pdf_text_picture(o.text, 1, 200, &png, &w, &h), STATUS_TOO_LARGE);
	buf_free(&png);
	release(&o);
}

static void
test_refused(void **state)
{
	static const char *const names[] = {"empty", "not_a_pdf", "encrypted_password_needed"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct span file = corpus_file(names[i]);
		struct diag *diag = diag_new();
		struct pdf_text *t = NULL;

		assert_int_equal(pdf_text_open(file, &t, diag), STATUS_INVALID);
		assert_true(diag_has_error(diag));
		assert_int_equal(diag_has(diag, "pdf.encrypted"), i == 2);
		diag_free(diag);
		free((void *)(uintptr_t)file.data);
	}
}

/* Every file that can be scanned gives text and a picture, or says why not. */
static void
test_corpus(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	size_t n = corpus_read(entries), read = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct span file = corpus_file(entries[i].name);
		struct pdf_text *t = NULL;
		struct buf text, png;
		unsigned w, h;

		if (pdf_text_open(file, &t, NULL) == STATUS_OK) {
			buf_init(&text, PDF_TEXT_MAX);
			buf_init(&png, 4u << 20);
			assert_int_equal(pdf_text_all(t, &text, NULL), STATUS_OK);
			assert_true(text.len == 0 || text_is_utf8(buf_str(&text), text.len));
			/* poppler has no page when /Annots is not an array. */
			if (entries[i].sign && strcmp(entries[i].name, "annots_not_array") != 0 &&
				pdf_text_picture(t, 1, 64, &png, &w, &h) != STATUS_OK)
				fail_msg("%s: no picture", entries[i].name);
			if (strcmp(entries[i].name, "form_nested_fields") == 0)
				assert_non_null(strstr(buf_str(&text), "Cong van so 12\nx\f"));
			read += strstr(buf_str(&text), "Cong van so 12") != NULL;
			buf_free(&text);
			buf_free(&png);
		}
		pdf_text_free(t);
		free((void *)(uintptr_t)file.data);
	}
	assert_true(read > 70);
}

static bool
near(double a, double b)
{
	return a - b < 1.5 && b - a < 1.5;
}

static void
test_places(void **state)
{
	struct opened o = open_file(built_file("tests/data/letter.pdf"));
	struct pdf_place p;
	struct diag *diag = diag_new();

	(void)state;
	assert_int_equal(
		pdf_place_signature(o.text, o.scan, 0, "nguyen van an", 2, &p, diag), STATUS_OK);
	assert_int_equal(p.page, 1);
	assert_true(near((p.rect.x0 + p.rect.x1) / 2, 432)); /* over the middle of the name */
	assert_true(near(p.width, 2 * p.height) && p.height > 50);
	assert_int_equal(pdf_place_gap(o.text, o.scan, 0, "Số", &p, diag), STATUS_OK);
	assert_true(p.size > 13.9 && !p.bounded && !p.dots);
	assert_true(p.rect.x0 > 133 && p.width > 60);
	assert_int_equal(pdf_place_gap(o.text, o.scan, 0, "tháng", &p, diag), STATUS_OK);
	assert_true(p.bounded && p.width > 15 && p.width < 30);
	assert_int_equal(pdf_place_corner(o.scan, 0, 100, 40, &p, diag), STATUS_OK);
	assert_true(near(p.rect.x1, 587.28) && near(p.rect.y1, 825.89));
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(pdf_place_signature(o.text, o.scan, 0, "Trần Thị Không", 2, &p, diag),
		STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.place.anchor"));
	assert_int_equal(pdf_place_gap(o.text, o.scan, 0, "Kính", &p, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.place.room"));
	assert_int_equal(pdf_place_gap(o.text, o.scan, 7, "Số", &p, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.page.number"));
	assert_int_equal(
		pdf_place_given(o.scan, 1, &(struct pdf_box){600, 900, 700, 1000}, &p, diag),
		STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.place.rect"));
	diag_free(diag);
	release(&o);
}

/* A rectangle of the user's lies on the page as it is shown (cropped, turned) and is large enough; of a field that is there a part does. */
static void
test_given(void **state)
{
	static const struct {
		const char *file;
		struct pdf_box rect;
		const char *code, *got, *want; /* NULL: taken */
		bool existing;                 /* taken as the place of a field that is there */
	} rows[] = {
		{"letter", {100, 100, 300, 200}, NULL, NULL, NULL, true},
		{"letter", {300, 200, 100, 100}, NULL, NULL, NULL, true},
		{"letter", {0, 0, 595.28, 841.89}, NULL, NULL, NULL, true},
		{"letter", {-0.4, -0.4, 595.6, 842.3}, NULL, NULL, NULL, true}, /* a rounded number */
		{"letter", {10, 10, 18, 18}, NULL, NULL, NULL, true},
		{"letter", {600, 900, 700, 1000}, "pdf.place.rect", "600 900 700 1000", "0 0 595.28 841.89", false},
		{"letter", {-50, 100, 50, 200}, "pdf.place.rect", "-50 100 50 200", "0 0 595.28 841.89", true},
		{"letter", {500, 100, 600, 200}, "pdf.place.rect", "500 100 600 200", "0 0 595.28 841.89", true},
		{"letter", {100, -1, 200, 99}, "pdf.place.rect", "100 -1 200 99", "0 0 595.28 841.89", true},
		{"letter", {100, 800, 200, 900}, "pdf.place.rect", "100 800 200 900", "0 0 595.28 841.89", true},
		{"letter", {100, 100, 107, 200}, "pdf.place.small", "7 100", "8 8", true},
		{"letter", {100, 100, 200, 107.5}, "pdf.place.small", "100 7.5", "8 8", true},
		{"letter", {100, 100, 100.5, 200}, "pdf.place.small", "0.5 100", "8 8", false},
		{"letter-90", {51, 51, 251, 101}, NULL, NULL, NULL, true},
		{"letter-90", {-10, 60, 90, 160}, "pdf.place.rect", "-10 60 90 160", "0 0 841.89 595.28", true}, /* on the sheet, not in what is shown */
		{"letter-90", {100, 100, 107, 200}, "pdf.place.small", "100 7", "8 8", true}, /* as it is seen */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char path[64];
		struct opened o;
		struct pdf_place p;
		struct diag *diag = diag_new();
		enum status st;

		snprintf(path, sizeof(path), "tests/data/%s.pdf", rows[i].file);
		o = open_file(built_file(path));
		st = pdf_place_given(o.scan, 1, &rows[i].rect, &p, diag);
		if (rows[i].code == NULL ? st != STATUS_OK :
			st != STATUS_INVALID || diag_count(diag) != 1 || strcmp(diag_at(diag, 0)->code, rows[i].code) != 0 ||
			strcmp(diag_at(diag, 0)->where, "rect") != 0 || strcmp(diag_at(diag, 0)->got, rows[i].got) != 0 ||
			strcmp(diag_at(diag, 0)->want, rows[i].want) != 0) {
			show(diag, "rectangle");
			fail_msg("row %zu", i);
		}
		assert_int_equal(pdf_place_existing(o.scan, 1, &rows[i].rect, &p, diag) == STATUS_OK, rows[i].existing);
		diag_free(diag);
		release(&o);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_letter),
		cmocka_unit_test(test_decomposed),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_picture),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_given),
	};

	return cmocka_run_group_tests_name("pdf_text", tests, NULL, NULL);
}
