/*
 * appearance, pdf_font, pdf_image: Vietnamese text shaped, embedded and read back; pictures with
 * their limits.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/appearance.h"
#include "lib/doc/pdf_form.h"
#include "lib/doc/pdf_image.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/spans.h"

/* Every Vietnamese letter, both cases, and what stands in numbers and dates. */
#define LETTERS                                                                                                                                                                                               \
	"aàảãáạăằẳẵắặâầẩẫấậ bcdđ eèẻẽéẹêềểễếệ iìỉĩíị oòỏõóọôồổỗốộơờởỡớợ uùủũúụưừửữứự yỳỷỹýỵ " \
	"AÀẢÃÁẠĂẰẲẴẮẶÂẦẨẪẤẬ ĐEÈẺẼÉẸÊỀỂỄẾỆ OÒỎÕÓỌÔỒỔỖỐỘƠỜỞỠỚỢ UÙỦŨÚỤƯỪỬỮỨỰ YỲỶỸÝỴ 0123456789 "        \
	"/-:+.,()"

static void
test_all_letters(void **state)
{
	struct pdf_font *f = NULL;
	struct diag *diag = diag_new();
	struct buf b;

	(void)state;
	assert_int_equal(pdf_font_open(NULL, NULL, &f, diag), STATUS_OK);
	buf_init(&b, 1u << 16);
	assert_int_equal(pdf_font_show(f, LETTERS, 10, &b, diag), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(pdf_font_show(f, "漢", 10, &b, diag), STATUS_OK);
	assert_true(diag_has(diag, "pdf.font.glyph"));
	buf_free(&b);
	diag_free(diag);
	pdf_font_free(f);
}

static void
test_widths(void **state)
{
	struct pdf_font *f = NULL;
	char text[PDF_FONT_TEXT_MAX + 2];
	struct buf b;
	double w;

	(void)state;
	assert_int_equal(pdf_font_open(NULL, NULL, &f, NULL), STATUS_OK);
	/* Digits of Times New Roman are half an em wide. */
	assert_true(pdf_font_width(f, "0123456789", 10) == 50);
	w = pdf_font_width(f, "Nguyễn Văn An", 10);
	assert_true(w > 55 && w < 70);
	/* Decomposed text is composed by the shaper. */
	assert_true(pdf_font_width(f, "e\xcc\x82\xcc\x81", 10) == pdf_font_width(f, "ế", 10));
	assert_true(pdf_font_ascent(f, 10) > 7 && pdf_font_descent(f, 10) > 1);
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	buf_init(&b, 1u << 16);
	assert_int_equal(pdf_font_show(f, text, 10, &b, NULL), STATUS_INVALID);
	buf_free(&b);
	pdf_font_free(f);
}

static void
test_bad_fonts(void **state)
{
	struct pdf_font *f = NULL;
	struct diag *diag = diag_new();

	(void)state;
	assert_int_equal(pdf_font_open("/nowhere/font.ttf", NULL, &f, diag), STATUS_INVALID);
	assert_int_equal(pdf_font_open("/dev/null", NULL, &f, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.font"));
	assert_null(f);
	diag_free(diag);
}

/*
 * Lines shown in a field of a page can be read back by another program, letter by letter, and the
 * subset is small.
 */
static void
test_read_back(void **state)
{
	static const char *const lines[] = {"Quận ủy Tân Giang", "24/11/2026 13:25:54 +07:00",
		"aàảãáạăằẳẵắặâầẩẫấậ", "UÙỦŨÚỤƯỪỬỮỨỰ YỲỶỸÝỴ đĐ", "oòỏõóọôồổỗốộơờởỡớợ"};
	struct span base = corpus_file("contents_missing"), next;
	struct pdf_update *u = NULL;
	struct pdf_font *f = NULL;
	struct buf tail, text;
	char piece[4096];
	FILE *pipe;
	size_t n;

	(void)state;
	assert_int_equal(pdf_update_begin(base, &u, NULL), STATUS_OK);
	assert_int_equal(pdf_font_open(NULL, NULL, &f, NULL), STATUS_OK);
	for (size_t i = 0; i < 5; i++) {
		double y = 700 - 40 * (double)i;
		struct pdf_place at = {1, {50, y, 350, y + 20}, 300, 20, 12, false, false};
		char name[8];

		snprintf(name, sizeof(name), "f%zu", i);
		assert_int_equal(pdf_form_make_text(u, f, name, lines[i], &at, NULL), STATUS_OK);
	}
	assert_int_equal(pdf_font_write(f, u), STATUS_OK);
	assert_int_equal(pdf_update_finish(u, &tail, NULL), STATUS_OK);
	assert_true(tail.len < 40000);
	next.len = base.len + tail.len;
	unsigned char *all = malloc(next.len);
	memcpy(all, base.data, base.len);
	memcpy(all + base.len, tail.data, tail.len);
	next.data = all;
	write_file("appearance.tmp.pdf", next);
	pipe = popen("pdftotext -layout appearance.tmp.pdf -", "r");
	assert_non_null(pipe);
	buf_init(&text, 65536);
	while ((n = fread(piece, 1, sizeof(piece), pipe)) > 0)
		buf_put(&text, piece, n);
	pclose(pipe);
	remove("appearance.tmp.pdf");
	for (size_t i = 0; i < 5; i++)
		if (strstr(buf_str(&text), lines[i]) == NULL)
			fail_msg("'%s' is not in:\n%s", lines[i], buf_str(&text));
	pdf_font_free(f);
	pdf_update_free(u);
	buf_free(&tail);
	buf_free(&text);
	drop(base);
	drop(next);
}

static void
test_pictures(void **state)
{
	struct span png = built_file("tests/data/signature-1.png"), base = corpus_file("plain");
	struct diag *diag = diag_new();
	struct pdf_update *u = NULL;
	unsigned char *copy;
	unsigned w, h;
	int object = 0;

	(void)state;
	assert_int_equal(pdf_image_size(png, &w, &h, diag), STATUS_OK);
	assert_int_equal(w, 480);
	assert_int_equal(h, 240);
	assert_int_equal(pdf_update_begin(base, &u, NULL), STATUS_OK);
	assert_int_equal(pdf_image_write(png, NULL, u, &object, diag), STATUS_OK);
	assert_true(object > 0);
	assert_int_equal(diag_count(diag), 0);
	for (size_t n = 0; n + 12 < png.len; n += png.len / 40)
		assert_int_equal(pdf_image_write(
					 (struct span){png.data, n}, NULL, u, &object, diag),
			STATUS_INVALID);
	assert_true(diag_has(diag, "picture.png"));
	/* A header that claims more pixels than we take. */
	copy = malloc(png.len);
	memcpy(copy, png.data, png.len);
	copy[17] = copy[18] = 0xff;
	assert_int_equal(
		pdf_image_size((struct span){copy, png.len}, &w, &h, diag), STATUS_INVALID);
	free(copy);
	pdf_update_free(u);
	diag_free(diag);
	drop(base);
	drop(png);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_letters),
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_bad_fonts),
		cmocka_unit_test(test_read_back),
		cmocka_unit_test(test_pictures),
	};

	return cmocka_run_group_tests_name("appearance", tests, NULL, NULL);
}
