/* pdf_reach: objects that end are read, however they are written; thousands that do not end are not, whatever it is that is not closed, and whether the file would be repaired or not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pdf_reach.h"
#include "lib/doc/pdf_scan.h"

#define PAGES 1000 /* each read to the end of the file: 80 MB for 160 KB, five times what is free */
#define APART "                                                                                                    "
#define GAP 3000 /* times that */

/* A page is written as this (@: its number); all of them, `apart` each, `end`; a gap of 300 KB. */
struct shape {
	const char *page, *apart, *end;
	bool gap;
};

static size_t
put_object(struct buf *b, const char *text, size_t number)
{
	size_t at = b->len;

	for (const char *c = text; *c != '\0'; c++)
		if (*c == '@')
			buf_printf(b, "%zu", number);
		else
			buf_put(b, c, 1);
	return at;
}

/* `whole`: its table can be read. */
static struct span
make(const struct shape *s, bool whole, struct buf *b)
{
	size_t *at = calloc(PAGES + 3, sizeof(*at)), xref;

	assert_non_null(at);
	buf_init(b, (size_t)32 << 20);
	buf_put_str(b, "%PDF-1.7\n");
	at[1] = put_object(b, "@ 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n", 1);
	at[2] = put_object(b, "@ 0 obj\n<< /Type /Pages /Count 1000 /Kids [", 2);
	for (size_t i = 3; i < PAGES + 3; i++)
		buf_printf(b, "%zu 0 R ", i);
	buf_put_str(b, "] >>\nendobj\n");
	for (size_t i = 3; i < PAGES + 3; i++) {
		at[i] = put_object(b, s->page, i);
		buf_put_str(b, s->apart);
	}
	buf_put_str(b, s->end);
	for (int i = 0; i < GAP && s->gap; i++)
		buf_put_str(b, APART);
	xref = b->len;
	buf_printf(b, "%s\n0 %d\n0000000000 65535 f \n", whole ? "xref" : "xrex", PAGES + 3);
	for (size_t i = 1; i < PAGES + 3; i++)
		buf_printf(b, "%010zu 00000 n \n", at[i]);
	buf_printf(b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", PAGES + 3, xref);
	assert_int_equal(buf_status(b), STATUS_OK);
	free(at);
	return (struct span){b->data, b->len};
}

#define PAGE "@ 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] "

static const struct {
	struct shape shape;
	bool bounded;
} rows[] = {
	{{PAGE ">>\nendobj\n", "", "", false}, true},
	{{PAGE ">>\nendobj\n", "", "", true}, true},
	{{PAGE "/X (endobj) /Y [<< >>] >> % a page\nendobj\n", "% apart\n", "", false}, true},
	{{PAGE ">>", APART, "", false}, true}, /* without its end, but nothing is read far */
	{{PAGE "/X (\nendobj\n", APART, "", false}, false},
	{{PAGE "/X (((\nendobj\n", APART, "", false}, false},
	{{PAGE "/X [\nendobj\n", APART, "", false}, false},
	{{PAGE "/X [ >> 1 1 1 1 1 1 1\nendobj\n", APART, "", false}, false}, /* closes nothing */
	{{PAGE "/X ) 1 1 1 1 1 1 ( \nendobj\n", APART, "", false}, false},
	{{PAGE "/X << ", APART, "", false}, false},
	{{PAGE "% ", APART, "\n", false}, false}, /* one comment that is everybody's */
	{{"@ 0 obj << /Type /Page >> % ", APART, "\n", false}, false},
	{{PAGE ">> (", APART, "", false}, false},
	{{"@ 0 obj (", APART, "", false}, false},
	{{"@ 0 obj % ", APART, "\n", false}, false},
	{{"@ 0 obj\n<< /Length 10 >>\nstream\n(((((<<[[\n\nendstream\nendobj\n", "", "", true}, true},
	{{"@ 0 obj\n<< /Length 150000 >>\nstream\n1\nendstream\nendobj\n", "", "", true}, false}, /* its end is looked for in the gap */
	{{"@ 0 obj\n<< /Leng#74h 150000 >>\nstream\n1\nendstream\nendobj\n", "", "", true}, false},
	{{"@ 0 obj\n<< /Length 150000 /X /Length /Y 5 >>\nstream\n1\nendstream\nendobj\n", "", "", true}, false},
	{{"@ 0 obj\n<< /Length 9000000 >>\nstream\n1\nendstream\nendobj\n", "", "", true}, true},
	{{"@ 0 obj\n<< /Length 1 /Length 1 /Length 1 /Length 1 /Length 1 >>\nstream\n1\nendstream\nendobj\n", "", "", false}, false},
};

static void
test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pdf_xref *x = NULL;
		struct buf whole, broken;
		struct span file = make(&rows[i].shape, true, &whole), other = make(&rows[i].shape, false, &broken);

		assert_int_equal(pdf_xref_read(file, &x, NULL), STATUS_OK);
		if (pdf_reach_bounded(file, x) != rows[i].bounded || pdf_reach_bounded_anywhere(other) != rows[i].bounded)
			fail_msg("row %zu", i);
		pdf_xref_free(x);
		buf_free(&whole);
		buf_free(&broken);
	}
}

/* Nobody opens them, and nobody repairs them. */
static void
test_not_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag *diag = diag_new();
		struct pdf_scan *scan = NULL;
		struct buf b;

		if (!rows[i / 2].bounded) {
			assert_int_equal(pdf_scan_open(make(&rows[i / 2].shape, i % 2 == 0, &b), true, &scan, diag), STATUS_INVALID);
			assert_true(diag_has(diag, "pdf.objects.endless"));
			assert_null(scan);
			buf_free(&b);
		}
		diag_free(diag);
	}
}

/* Those that end are opened, and repaired. */
static void
test_opened(void **state)
{
	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct pdf_scan *scan = NULL;
		struct buf b;

		assert_int_equal(pdf_scan_open(make(&rows[i / 2].shape, i % 2 == 0, &b), true, &scan, NULL), STATUS_OK);
		assert_int_equal(pdf_scan_info(scan)->page_count, PAGES);
		assert_int_equal(pdf_scan_info(scan)->recovered, i % 2 == 1);
		pdf_scan_free(scan);
		buf_free(&b);
	}
}

/* Many entries that lead to one gap: the white space before an object is read for each, when it is one's own. */
static void
test_before_an_object(void **state)
{
	enum { ENTRIES = 1000 };
	struct pdf_xref *x = NULL;
	size_t one, gap, xref;
	struct buf b;

	(void)state;
	buf_init(&b, (size_t)4 << 20);
	buf_put_str(&b, "%PDF-1.7\n");
	one = put_object(&b, "@ 0 obj\nnull\nendobj\n", 1);
	gap = b.len;
	for (int i = 0; i < GAP; i++)
		buf_put_str(&b, APART);
	buf_put_str(&b, "2 0 obj\nnull\nendobj\n");
	for (int k = 0; k < 2; k++) {
		xref = b.len;
		buf_printf(&b, "xref\n0 %d\n0000000000 65535 f \n", ENTRIES);
		for (int i = 1; i < ENTRIES; i++)
			buf_printf(&b, "%010zu 00000 n \n", k == 0 && i > 1 ? gap : one);
		buf_printf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", ENTRIES, xref);
		assert_int_equal(pdf_xref_read((struct span){b.data, b.len}, &x, NULL), STATUS_OK);
		assert_int_equal(pdf_reach_bounded((struct span){b.data, b.len}, x), k == 1);
		pdf_xref_free(x);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_not_opened),
		cmocka_unit_test(test_opened),
		cmocka_unit_test(test_before_an_object),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
