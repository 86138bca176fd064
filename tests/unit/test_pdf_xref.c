/* pdf_xref: sections written here byte by byte: chains, streams, hybrids and revisions read; every lie and loop refused by its finding. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "lib/doc/pdf_flate.h"
#include "lib/doc/pdf_xref.h"
#include "tests/unit/pdf_fixture.h"

#define FREE0 "0000000000 65535 f \n"

/* Reads a copy exactly as large as the bytes: the address sanitizer sees a read past the end. */
static enum status
read_copy(const void *p, size_t n, struct pdf_xref **x, struct diag *diag)
{
	unsigned char *copy = malloc(n ? n : 1);
	enum status st;

	memcpy(copy, p, n);
	*x = NULL;
	st = pdf_xref_read((struct span){copy, n}, x, diag);
	free(copy);
	return st;
}

/* Appends a section of one free and one plain entry (object `number` at `at`), its trailer and end; returns its offset. */
static size_t
add_table(struct buf *b, unsigned number, unsigned at, size_t prev)
{
	size_t here = b->len;

	buf_printf(b, "xref\n0 1\n" FREE0 "%u 1\n%010u 00000 n \ntrailer\n<< /Size %u", number, at, number + 1);
	if (prev != 0)
		buf_printf(b, " /Prev %zu", prev);
	buf_printf(b, " >>\nstartxref\n%zu\n%%%%EOF\n", here);
	return here;
}

static void
test_one_table(void **state)
{
	struct pdf_xref *x;
	struct buf b;
	const struct pdf_entry *e;

	(void)state;
	buf_init(&b, 10000);
	buf_put_str(&b, "%PDF-1.7\n");
	add_table(&b, 7, 1234, 0);
	assert_int_equal(read_copy(b.data, b.len, &x, NULL), STATUS_OK);
	assert_int_equal(x->count, 1);
	assert_int_equal(x->startxref, 9);
	assert_int_equal(x->max_size, 8);
	assert_int_equal(x->revision_count, 1);
	assert_int_equal(x->revisions[0].end, b.len - 1);
	assert_int_equal(x->revisions[0].end_eol, b.len);
	assert_false(x->no_eof || x->sections[0].stream || x->sections[0].hybrid);
	e = pdf_xref_find(x, 0, 7);
	assert_true(e != NULL && e->kind == PDF_ENTRY_PLAIN && e->at == 1234 && e->generation == 0);
	e = pdf_xref_find(x, 0, 0);
	assert_true(e != NULL && e->kind == PDF_ENTRY_FREE && e->generation == 65535);
	assert_null(pdf_xref_find(x, 0, 6));
	assert_null(pdf_xref_find(x, 1, 7));
	assert_null(pdf_xref_find(x, 0, UINT32_MAX));
	pdf_xref_free(x);
	pdf_xref_free(NULL);
	buf_free(&b);
}

/* Newest first as sections, oldest first as revisions; each ends where its own %%EOF stands. */
static void
test_chain(void **state)
{
	size_t at[3], end[3];
	struct pdf_xref *x;
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	buf_put_str(&b, "%PDF-1.7\n");
	for (unsigned i = 0; i < 3; i++) {
		at[i] = add_table(&b, 5 + i % 2, 100 * (i + 1), i > 0 ? at[i - 1] : 0);
		end[i] = b.len;
		buf_put_str(&b, "\n% between\n" + (i == 2 ? 10 : 0));
	}
	assert_int_equal(read_copy(b.data, b.len, &x, NULL), STATUS_OK);
	assert_int_equal(x->count, 3);
	assert_int_equal(x->revision_count, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(x->sections[2 - i].at, at[i]);
		assert_int_equal(x->revisions[i].newest, 2 - i);
		assert_int_equal(x->revisions[i].end, end[i] - 1);
		assert_ptr_equal(pdf_xref_revision(x, end[i] - 1), &x->revisions[i]);
		assert_ptr_equal(pdf_xref_revision(x, end[i]), &x->revisions[i]);
		assert_null(pdf_xref_revision(x, end[i] - 2));
		assert_null(pdf_xref_revision(x, end[i] + 1));
	}
	assert_int_equal(pdf_xref_find(x, 0, 5)->at, 300); /* the newest */
	assert_int_equal(pdf_xref_find(x, 1, 5)->at, 100); /* as of the second revision */
	assert_int_equal(pdf_xref_find(x, 0, 6)->at, 200);
	assert_null(pdf_xref_find(x, 2, 6));
	pdf_xref_free(x);
	buf_free(&b);
}

/* "%PDF-1.7\n", the section at 9, "startxref 9". */
static void
one_section(struct buf *b, const char *section)
{
	buf_init(b, (size_t)64 << 20);
	buf_printf(b, "%%PDF-1.7\n%s\nstartxref\n9\n%%%%EOF\n", section);
}

#define XREF_DICT(more) "1 0 obj\n<< /Type /XRef " more " >>\nstream\n"

static void
test_refused(void **state)
{
	static const struct {
		const char *section, *code;
	} rows[] = {
		{"", "pdf.startxref"},
		{"trailer << /Size 1 >>", "pdf.startxref"},
		{"     xref\n0 1\n" FREE0 "trailer << /Size 1 >>", "pdf.startxref"},
		{"XREF\n0 1\n" FREE0 "trailer << /Size 1 >>", "pdf.startxref"},
		{"xref\n0 1\n" FREE0, "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 8388609 >>", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size -1 >>", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size (1) >>", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1 /Prev -9 >>", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1 /Prev /No >>", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1 /Prev 9 >>", "pdf.xref.loop"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1 /Prev 100000 >>", "pdf.startxref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1 /Prev 0 >>", "pdf.startxref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1 /XRefStm 9 >>", "pdf.xref"},
		{"xref\n0 1\n" FREE0 "trailer << /Size 1 /XRefStm 99999 >>", "pdf.xref"},
		{"xref\n-1 1\n" FREE0 "trailer << /Size 1 >>", "pdf.xref"},
		{"xref\n8388608 1\n" FREE0 "trailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 8388608\n" FREE0 "trailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 8388607\n" FREE0 "trailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 2\n" FREE0 "trailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 1\n0000000000 65536 f \ntrailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 1\n10000000000 00000 n \ntrailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 1\n-000000001 00000 n \ntrailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 1\n0000000000 65535 x \ntrailer << /Size 1 >>", "pdf.xref"},
		{"xref\n0 1\n0000000000 f \ntrailer << /Size 1 >>", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1]") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Length 5") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Length 2") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Length 9999999") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 0 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 9 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 -1 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 2 /W [1 1 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 8388609 /W [1 1 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Index [0 2] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Index [-1 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Index [8388608 1] /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Index [8388607 2] /Length 6") "abcabc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Index 0 /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Filter /LZWDecode /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Filter /FlateDecode /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 4 >> /Length 3") "abc\nendstream", "pdf.xref"},
		{XREF_DICT("/Size 1 /W [1 1 1] /Filter /FlateDecode /DecodeParms << /Predictor 2 >> /Length 3") "abc\nendstream", "pdf.xref"},
		{"1 0 obj\n<< /Type /ObjStm /Size 1 /W [1 1 1] /Length 3 >>\nstream\nabc\nendstream", "pdf.xref"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag *diag = diag_new();
		struct pdf_xref *x;
		struct buf b;

		one_section(&b, rows[i].section);
		if (read_copy(b.data, b.len, &x, diag) != STATUS_INVALID || !diag_has(diag, rows[i].code) || x != NULL) {
			show(diag, rows[i].section);
			fail_msg("%s", rows[i].section);
		}
		buf_free(&b);
		diag_free(diag);
	}
}

/* What stands at the end of the file, after a good table at 9. */
static void
test_tails(void **state)
{
	static const struct {
		const char *tail, *code; /* NULL: read */
		bool no_eof;
	} rows[] = {
		{"startxref\n9\n%%EOF\n", NULL, false},
		{"startxref\r\n9\r\n%%EOF", NULL, false},
		{"startxref 9 %%EOF \n\t\r\n", NULL, false},
		{"startxref\n9\n", NULL, true},
		{"startxref\n9", NULL, true},
		{"", "pdf.startxref", false},
		{"startxref", "pdf.startxref", false},
		{"startxref\n/9\n%%EOF", "pdf.startxref", false},
		{"startxref\n-9\n%%EOF", "pdf.startxref", false},
		{"startxref\n99999999999999999999\n%%EOF", "pdf.startxref", false},
		{"startxref\n9223372036854775799\n%%EOF", "pdf.startxref", false},
		{"startxref\n0\n%%EOF", "pdf.startxref", false},
		{"startxref\n10\n%%EOF", "pdf.startxref", false},
		{"startxref\n9\n%%EOF\nx", "pdf.trailing", false},
		{"startxref\n9\n%%EOF\n1 0 obj null endobj", "pdf.trailing", false},
		{"startxref\n9\nx", "pdf.trailing", false},
		/* The first end says one thing, the last another. */
		{"startxref\n8\n%%EOF\nstartxref\n9\n%%EOF\n", "pdf.startxref", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag *diag = diag_new();
		struct pdf_xref *x;
		struct buf b;
		enum status st;

		buf_init(&b, 10000);
		buf_printf(&b, "%%PDF-1.7\nxref\n0 1\n" FREE0 "trailer\n<< /Size 1 >>\n%s", rows[i].tail);
		st = read_copy(b.data, b.len, &x, diag);
		if (rows[i].code == NULL ? st != STATUS_OK || x->no_eof != rows[i].no_eof : st != STATUS_INVALID || !diag_has(diag, rows[i].code)) {
			show(diag, rows[i].tail);
			fail_msg("'%s': %s", rows[i].tail, status_code(st));
		}
		pdf_xref_free(x);
		buf_free(&b);
		diag_free(diag);
	}
}

/* 7.5.8: columns of each width, /Index, types that are not known; packed and not. */
static void
test_stream(void **state)
{
	static const unsigned char rows[] = {0, 0, 0, 255, 1, 1, 0, 0, 2, 0, 9, 4, 3, 9, 9, 9, 1, 0, 77, 2};

	(void)state;
	for (int form = 0; form < 2; form++) {
		struct pdf_xref *x;
		struct buf b, data;
		const struct pdf_entry *e;

		buf_init(&b, 10000);
		buf_init(&data, 10000);
		if (form == 0)
			buf_put(&data, rows, sizeof(rows));
		else
			assert_int_equal(pdf_flate_pack((struct span){rows, sizeof(rows)}, 6, &data), STATUS_OK);
		buf_printf(&b, "%%PDF-1.7\n1 0 obj\n<< /Type /XRef /Size 60 /W [1 2 1] /Index [0 4 50 1] %s /Length %zu >>\nstream\r\n",
			form == 0 ? "" : "/Filter [/FlateDecode] /DecodeParms [<< >>]", data.len);
		buf_put(&b, data.data, data.len);
		buf_put_str(&b, "\nendstream endobj\nstartxref\n9\n%%EOF");
		assert_int_equal(read_copy(b.data, b.len, &x, NULL), STATUS_OK);
		assert_true(x->sections[0].stream);
		assert_int_equal(x->sections[0].count, 4);
		assert_int_equal(x->max_size, 60);
		assert_int_equal(pdf_xref_find(x, 0, 0)->kind, PDF_ENTRY_FREE);
		assert_int_equal(pdf_xref_find(x, 0, 1)->at, 256);
		e = pdf_xref_find(x, 0, 2);
		assert_true(e->kind == PDF_ENTRY_PACKED && e->at == 9 && e->generation == 0);
		assert_null(pdf_xref_find(x, 0, 3)); /* of type 3 */
		e = pdf_xref_find(x, 0, 50);
		assert_true(e->kind == PDF_ENTRY_PLAIN && e->at == 77 && e->generation == 2);
		pdf_xref_free(x);
		buf_free(&data);
		buf_free(&b);
	}
}

/* 7.5.8.4: a hybrid's table comes before its stream, and of one object twice in a section the first counts. */
static void
test_hybrid_and_doubles(void **state)
{
	struct pdf_xref *x;
	struct buf b;
	size_t stream, table;

	(void)state;
	buf_init(&b, 10000);
	buf_put_str(&b, "%PDF-1.7\n");
	stream = b.len;
	buf_put_str(&b, XREF_DICT("/Size 9 /W [1 1 1] /Index [4 2] /Length 6") "\x01\x63\x01\x02\x08\x01\nendstream endobj\n");
	table = b.len;
	buf_printf(&b, "xref\n0 1\n" FREE0 "4 1\n0000000011 00000 n \n7 1\n0000000012 00000 n \n7 1\n0000000013 00000 n \n"
		"trailer\n<< /Size 9 /XRefStm %zu >>\nstartxref\n%zu\n%%%%EOF\n", stream, table);
	assert_int_equal(read_copy(b.data, b.len, &x, NULL), STATUS_OK);
	assert_int_equal(x->count, 1);
	assert_true(x->sections[0].hybrid && !x->sections[0].stream);
	assert_int_equal(pdf_xref_find(x, 0, 4)->at, 11);
	assert_int_equal(pdf_xref_find(x, 0, 5)->kind, PDF_ENTRY_PACKED);
	assert_int_equal(pdf_xref_find(x, 0, 7)->at, 12);
	pdf_xref_free(x);
	buf_free(&b);
}

/* As pdf_xref_find says, looked for in one section after the other. */
static const struct pdf_entry *
find_slowly(const struct pdf_xref *x, size_t from, uint32_t number)
{
	for (size_t i = from; i < x->count; i++)
		for (size_t k = 0; k < x->sections[i].count; k++)
			if (x->sections[i].entries[k].number == number)
				return &x->sections[i].entries[k];
	return NULL;
}

/* Few sections are looked through, many have an index: the same is found, from each section on, also of doubles. */
static void
test_many_sections(void **state)
{
	(void)state;
	for (unsigned sections = 5; sections <= 40; sections += 7) {
		size_t prev = 0, entries = 0;
		struct pdf_xref *x;
		struct buf b;

		buf_init(&b, 100000);
		buf_put_str(&b, "%PDF-1.7\n");
		for (unsigned i = 0; i < sections; i++)
			prev = add_table(&b, i % 5 == 0 ? 0 : i * 7 % 13, 1000 + i, prev);
		assert_int_equal(read_copy(b.data, b.len, &x, NULL), STATUS_OK);
		assert_int_equal(x->count, sections);
		for (size_t i = 0; i < x->count; i++)
			entries += x->sections[i].count;
		assert_int_equal(x->index != NULL, sections > 8);
		assert_int_equal(x->index_count, x->index != NULL ? entries : 0);
		for (size_t from = 0; from <= x->count; from++)
			for (uint32_t number = 0; number < 15; number++)
				assert_ptr_equal(pdf_xref_find(x, from, number), find_slowly(x, from, number));
		pdf_xref_free(x);
		buf_free(&b);
	}
}

/*
 * Sections within each other: the trailer of each ends in a string that holds the next one, and all would be read as often as there are sections. Refused at the third, whatever their number;
 * a section that only lies behind another is no such thing.
 */
static void
test_within_each_other(void **state)
{
	enum { SECTIONS = 50 };
	struct diag *diag = diag_new();
	struct pdf_xref *x;
	char third[32];
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_put_str(&b, "%PDF-1.7\n");
	for (unsigned i = 0; i < SECTIONS; i++) {
		size_t next = b.len + strlen("xref\n0 0\ntrailer\n<< /Size 7 /Prev 0000000000 /X (");

		if (i == 2)
			snprintf(third, sizeof(third), "%zu", b.len);
		buf_printf(&b, "xref\n0 0\ntrailer\n<< /Size 7 /Prev %010zu /X (", next);
	}
	for (unsigned i = 0; i < 100000; i++)
		buf_put(&b, "x", 1);
	for (unsigned i = 0; i < SECTIONS; i++)
		buf_put_str(&b, ")>>");
	buf_put_str(&b, "\nstartxref\n9\n%%EOF\n");
	assert_int_equal(read_copy(b.data, b.len, &x, diag), STATUS_INVALID);
	assert_string_equal(diag_at(diag, 0)->code, "pdf.xref");
	assert_string_equal(diag_at(diag, 0)->where, third);
	diag_free(diag);
	buf_free(&b);
}

/*
 * What may stand between `startxref` and its number is white space and comments; the word within such a comment, or within another word, is not the end. Each word
 * led through the rest of the file once: 25 s of processor time for these, now 0.2 (both with the sanitizers).
 */
static void
test_words_in_vain(void **state)
{
	static const struct {
		const char *begin, *again, *end; /* `again` is there many times */
		bool right;
	} rows[] = {
		{"", "", "startxref\n9\n%%EOF\n", true},
		{"", "", "startxref%\n % 5\r9 %%EOF\n", true},
		{"", "", "startxref%startxref\n9\n%%EOF\n", true},
		{"%", "startxref%", "\nstartxref\n9\n%%EOF\n", true},
		{"", "startxref%", "\n(x)\nstartxref\n9\n%%EOF\n", true},
		{"", "startxref%\n", "(x)\nstartxref\n9\n%%EOF\n", true},
		{"", "startxref(", "\nstartxref\n9\n%%EOF\n", true},
		{"", "startxref%\n(", "\nstartxref\n9\n%%EOF\n", true},
		{"", "startxref", " startxref\n9\n%%EOF\n", true},
		{"", "startxref7", " startxref\n9\n%%EOF\n", true},
		{"", "startxref/", " startxref\n9\n%%EOF\n", true},
		{"", "startxref<", " startxref\n9\n%%EOF\n", true},
		{"", "startxref%", "\n7                              x\nstartxref\n9\n%%EOF\n", true},
		{"", "startxref%", "\n7 %%EOF\nstartxref\n9\n%%EOF\n", false},
	};
	clock_t begin = clock();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pdf_xref *x;
		struct buf b;

		buf_init(&b, (size_t)4 << 20);
		buf_put_str(&b, "%PDF-1.7\nxref\n0 1\n" FREE0 "trailer\n<< /Size 1 >>\n");
		buf_put_str(&b, rows[i].begin);
		for (unsigned k = 0; k < 20000; k++)
			buf_put_str(&b, rows[i].again);
		buf_put_str(&b, rows[i].end);
		if ((read_copy(b.data, b.len, &x, NULL) == STATUS_OK) != rows[i].right)
			fail_msg("row %zu", i);
		pdf_xref_free(x);
		buf_free(&b);
	}
	print_message("%.2f s\n", (double)(clock() - begin) / CLOCKS_PER_SEC);
	assert_true(clock() - begin < 4 * CLOCKS_PER_SEC);
}

/* Too many sections, and a small stream of more entries than there may be: an end, and a finding. */
static void
test_bombs(void **state)
{
	struct diag *diag = diag_new();
	struct pdf_xref *x;
	struct buf b, data;
	size_t prev = 0, n = ((size_t)PDF_ENTRIES_MAX + 1) * 3;
	unsigned char *zeros = calloc(1, n);

	(void)state;
	buf_init(&b, 10000000);
	buf_put_str(&b, "%PDF-1.7\n");
	for (unsigned i = 0; i < PDF_SECTIONS_MAX; i++)
		prev = add_table(&b, 1, 1, prev);
	assert_int_equal(read_copy(b.data, b.len, &x, diag), STATUS_OK);
	assert_int_equal(x->revision_count, PDF_SECTIONS_MAX);
	pdf_xref_free(x);
	add_table(&b, 1, 1, prev);
	assert_int_equal(read_copy(b.data, b.len, &x, diag), STATUS_TOO_LARGE);
	assert_true(diag_has(diag, "pdf.xref.too-many"));
	diag_free(diag);
	buf_free(&b);
	diag = diag_new();
	buf_init(&data, 10000000);
	assert_int_equal(pdf_flate_pack((struct span){zeros, n}, 6, &data), STATUS_OK);
	buf_printf(&b, "%%PDF-1.7\n1 0 obj\n<< /Type /XRef /Size %u /W [1 1 1] /Filter /FlateDecode /Length %zu >>\nstream\n",
		PDF_ENTRIES_MAX + 1, data.len);
	buf_put(&b, data.data, data.len);
	buf_put_str(&b, "\nendstream endobj\nstartxref\n9\n%%EOF");
	assert_int_equal(read_copy(b.data, b.len, &x, diag), STATUS_TOO_LARGE);
	assert_true(diag_has(diag, "pdf.xref.too-many"));
	buf_free(&data);
	buf_free(&b);
	free(zeros);
	diag_free(diag);
}

/* Each cut of a file with a table, an update and a stream: ends, never a read outside; nothing cut before the first end is read. */
static void
test_every_cut(void **state)
{
	struct pdf_xref *x;
	struct buf b;
	size_t table, first_end, stream;

	(void)state;
	buf_init(&b, 10000);
	buf_put_str(&b, "%PDF-1.7\n");
	table = add_table(&b, 1, 9, 0);
	first_end = b.len;
	stream = b.len;
	buf_printf(&b, "1 0 obj\n<< /Type /XRef /Size 1 /W [1 1 1] /Prev %zu /Length 3 >>\nstream\nabc\nendstream\nstartxref\n%zu\n%%%%EOF\n", table, stream);
	for (size_t n = 0; n <= b.len; n++) {
		enum status st = read_copy(b.data, n, &x, NULL);

		assert_true(st == STATUS_OK || st == STATUS_INVALID);
		if (n == first_end || n == b.len)
			assert_int_equal(st, STATUS_OK);
		if (n < first_end - 8)
			assert_int_equal(st, STATUS_INVALID);
		pdf_xref_free(x);
	}
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_table),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_tails),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_hybrid_and_doubles),
		cmocka_unit_test(test_many_sections), cmocka_unit_test(test_within_each_other), cmocka_unit_test(test_words_in_vain), cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
