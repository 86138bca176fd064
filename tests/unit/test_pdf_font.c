/* pdf_font: Vietnamese widths whatever the form of the letters, text at and over the limit, files that are no font, and the cache's face. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/pdf_font.h"
#include "tests/unit/pdf_fixture.h"

static struct pdf_font *
font(void)
{
	struct pdf_font *f = NULL;

	assert_int_equal(pdf_font_open(NULL, NULL, &f, NULL), STATUS_OK);
	return f;
}

static void
test_metrics(void **state)
{
	/* the composed text and the same taken apart */
	static const char *const same[][2] = {{"\xe1\xba\xbf", "e\xcc\x82\xcc\x81"}, {"\xe1\xbb\x87", "e\xcc\xa3\xcc\x82"},
		{"\xc6\xb0\xe1\xbb\x9d", "u\xcc\x9bo\xcc\x9b\xcc\x80"}};
	struct pdf_font *f = font();

	(void)state;
	assert_true(pdf_font_width(f, "", 10) == 0);
	assert_true(fabs(pdf_font_width(f, "0", 10) - 5) < 0.001); /* a digit of Times is half an em */
	assert_true(fabs(pdf_font_width(f, "Vi\xe1\xbb\x87t Nam", 20) - 2 * pdf_font_width(f, "Vi\xe1\xbb\x87t Nam", 10)) < 0.001);
	assert_true(pdf_font_width(f, "iii", 10) < pdf_font_width(f, "MMM", 10));
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		assert_true(fabs(pdf_font_width(f, same[i][0], 10) - pdf_font_width(f, same[i][1], 10)) < 0.001);
	assert_true(pdf_font_ascent(f, 10) > 6 && pdf_font_ascent(f, 10) < 12);
	assert_true(pdf_font_descent(f, 10) > 1 && pdf_font_descent(f, 10) < 4);
	pdf_font_free(f);
	pdf_font_free(NULL);
}

/* 1000 bytes are shown; 1001 are refused, and nothing of them is written. */
static void
test_limit(void **state)
{
	struct pdf_font *f = font();
	struct diag *diag = diag_new();
	char text[PDF_FONT_TEXT_MAX + 2];
	struct buf b;

	(void)state;
	memset(text, 'a', sizeof(text));
	text[PDF_FONT_TEXT_MAX] = '\0';
	buf_init(&b, 100000);
	assert_int_equal(pdf_font_show(f, text, 10, &b, diag), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	buf_free(&b);
	text[PDF_FONT_TEXT_MAX] = 'a';
	text[PDF_FONT_TEXT_MAX + 1] = '\0';
	assert_int_equal(pdf_font_show(f, text, 10, &b, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.font.text"));
	assert_int_equal(b.len, 0);
	assert_true(pdf_font_width(f, text, 10) == 0);
	buf_free(&b);
	buf_init(&b, 20); /* the content has a maximum: told */
	assert_int_equal(pdf_font_show(f, "abcdefgh", 10, &b, NULL), STATUS_TOO_LARGE);
	buf_free(&b);
	diag_free(diag);
	pdf_font_free(f);
}

/* Only glyph numbers in hex get into the page: no text can end the string and go on as operators. */
static void
test_no_injection(void **state)
{
	static const char *const texts[] = {") Tj ET Q", "> ] TJ ET", "\\)\\(", "<</A>>", "%\n%", "\xe6\xbc\xa2", "\xc4\x90\xe1\xba\xa3ng b\xe1\xbb\x99"};
	struct pdf_font *f = font();

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct diag *diag = diag_new();
		struct buf b;
		const char *s;

		buf_init(&b, 10000);
		assert_int_equal(pdf_font_show(f, texts[i], 10, &b, diag), STATUS_OK);
		s = buf_str(&b);
		if (s[0] != '[' || strspn(s, "0123456789ABCDEF<>[]-. TJs\n") != b.len)
			fail_msg("'%s' became %s", texts[i], s);
		assert_int_equal(diag_has(diag, "pdf.font.glyph"), i == 4 || i == 5); /* a letter that the font lacks; a line end */
		buf_free(&b);
		diag_free(diag);
	}
	pdf_font_free(f);
}

static void
test_no_fonts(void **state)
{
	static const struct {
		const char *about;
		size_t len;
		const char *bytes;
	} rows[] = {{"empty", 0, ""}, {"text", 9, "no font\n\n"}, {"a header alone", 12, "\0\1\0\0\0\1\0\0\0\0\0\0"},
		{"tables without end", 16, "\0\1\0\0\xff\xff\0\0\0\0\0\0glyf"}, {"a table over the end", 28, "\0\1\0\0\0\1\0\0\0\0\0\0glyf\0\0\0\0\xff\xff\xff\xf0\0\0\0\x40"},
		{"a PDF", 9, "%PDF-1.7\n"}};
	char path[] = "/tmp/test_pdf_font.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag *diag = diag_new();
		struct pdf_font *f = NULL;

		write_file(path, (struct span){(const unsigned char *)rows[i].bytes, rows[i].len});
		if (pdf_font_open(path, NULL, &f, diag) != STATUS_INVALID || f != NULL || !diag_has(diag, "pdf.font"))
			fail_msg("%s", rows[i].about);
		diag_free(diag);
	}
	close(fd);
	unlink(path);
}

/* The cache keeps the opened file: the second font is another one, with the same letters, and both may be freed in any order. */
static void
test_cache(void **state)
{
	struct pdf_cache *cache = pdf_cache_new();
	struct pdf_font *a = NULL, *b = NULL;

	(void)state;
	assert_int_equal(pdf_font_open(NULL, cache, &a, NULL), STATUS_OK);
	assert_non_null(pdf_cache_face(cache, PDF_FONT_DEFAULT));
	assert_int_equal(pdf_font_open(NULL, cache, &b, NULL), STATUS_OK);
	assert_ptr_not_equal(a, b);
	assert_true(pdf_font_width(a, "Vi\xe1\xbb\x87t", 10) == pdf_font_width(b, "Vi\xe1\xbb\x87t", 10));
	pdf_font_free(a);
	assert_true(pdf_font_width(b, "Vi\xe1\xbb\x87t", 10) > 10);
	pdf_font_free(b);
	pdf_cache_free(cache);
}

/* One number for one update; nothing is written when nobody asked for it. */
static void
test_object(void **state)
{
	struct span base = corpus_file("plain");
	size_t lens[2];

	(void)state;
	for (int used = 0; used < 2; used++) {
		struct pdf_update *u = NULL;
		struct pdf_font *f = font();
		struct buf b, tail;

		assert_int_equal(pdf_update_begin(base, &u, NULL), STATUS_OK);
		pdf_update_put(u, pdf_update_new(u), (struct span){(const unsigned char *)"null", 4});
		buf_init(&b, 10000);
		assert_int_equal(pdf_font_show(f, "Vi\xe1\xbb\x87t Nam", 10, &b, NULL), STATUS_OK);
		if (used) {
			int n = pdf_font_object(f, u);

			assert_true(n > 0);
			assert_int_equal(pdf_font_object(f, u), n);
		}
		assert_int_equal(pdf_font_write(f, u), STATUS_OK);
		assert_int_equal(pdf_update_finish(u, &tail, NULL), STATUS_OK);
		lens[used] = tail.len;
		buf_free(&tail);
		buf_free(&b);
		pdf_font_free(f);
		pdf_update_free(u);
	}
	assert_true(lens[0] < 1000 && lens[1] > lens[0] + 1000);
	assert_true(lens[1] < 40000); /* a subset, not the font */
	free((void *)(uintptr_t)base.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metrics),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_no_injection),
		cmocka_unit_test(test_no_fonts),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
