/*
 * pdf_scan: what is found in the odd files of the corpus, and that what cannot be read is refused
 * with the right finding.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/message.h"
#include "lib/doc/pdf_scan.h"
#include "tests/unit/pdf_fixture.h"

/* Opens a corpus file that can be read; the bytes are freed with release(). */
struct opened {
	struct span file;
	struct pdf_scan *scan;
	const struct pdf_info *info;
	struct diag *diag;
};

static struct opened
open_corpus(const char *name, bool recovery)
{
	struct opened o = {.file = corpus_file(name), .diag = diag_new()};
	enum status st = pdf_scan_open(o.file, recovery, &o.scan, o.diag);

	if (st != STATUS_OK)
		show(o.diag, name);
	assert_int_equal(st, STATUS_OK);
	o.info = pdf_scan_info(o.scan);
	return o;
}

static void
release(struct opened *o)
{
	pdf_scan_free(o->scan);
	diag_free(o->diag);
	free((void *)(uintptr_t)o->file.data);
}

static void
test_every_file(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	static const char *const later[] = {"pdf.encrypted", "pdf.certified", "pdf.page.direct",
		"pdf.form", "pdf.catalog.direct", "pdf.pages.count", "pdf.object.damaged"};
	size_t n = corpus_read(entries);

	(void)state;
	assert_true(n >= 150);
	for (size_t i = 0; i < n; i++) {
		struct span file = corpus_file(entries[i].name);
		struct pdf_scan *scan = NULL;
		struct diag *diag = diag_new();
		enum status st = pdf_scan_open(file, false, &scan, diag);
		bool refused_later = false;

		for (size_t k = 0; k < sizeof(later) / sizeof(later[0]); k++)
			refused_later |= strcmp(entries[i].code, later[k]) == 0;
		if (st == STATUS_OK ? !entries[i].sign && !refused_later
				    : !diag_has(diag, entries[i].code)) {
			show(diag, entries[i].name);
			fail_msg("%s: status %s, expected %s", entries[i].name, status_code(st),
				entries[i].sign ? "sign" : entries[i].code);
		}
		for (size_t k = 0; k < diag_count(diag); k++)
			assert_non_null(message_find(diag_at(diag, k)->code, LANGUAGE_VI));
		assert_true((st == STATUS_OK) == (scan != NULL));
		pdf_scan_free(scan);
		diag_free(diag);
		free((void *)(uintptr_t)file.data);
	}
}

static void
test_kinds_of_sections(void **state)
{
	static const struct {
		const char *name;
		bool stream, hybrid;
		size_t revisions;
		bool linearized;
	} want[] = {
		{"plain", false, false, 1, false},
		{"xref_stream_predictor", true, false, 1, false},
		{"hybrid", false, true, 2, false},
		{"hybrid_updated", false, false, 3, false},
		{"incremental_many", false, false, 41, false},
		{"incremental_streams", true, false, 4, false},
		{"linearized", false, false, 1, true},
		{"linearized_streams", true, false, 1, true},
		{"linearized_updated", false, false, 2, false},
		{"table_over_stream", false, false, 2, false},
		{"stream_with_pdf_inside", false, false, 1, false},
		{"no_eof_marker", false, false, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct opened o = open_corpus(want[i].name, false);
		const struct pdf_xref *x = o.info->xref;

		assert_int_equal(o.info->stream_xref, want[i].stream);
		assert_int_equal(o.info->hybrid, want[i].hybrid);
		assert_int_equal(o.info->linearized, want[i].linearized);
		assert_int_equal(x->revision_count, want[i].revisions);
		assert_true(x->revisions[x->revision_count - 1].end_eol <= o.file.len);
		for (size_t k = 1; k < x->revision_count; k++)
			assert_true(x->revisions[k].end > x->revisions[k - 1].end_eol);
		release(&o);
	}
}

/* What some readers take for a dictionary and others do not gives each of them other objects: it is not guessed at. */
static void
test_parameters_that_cannot_be_read(void **state)
{
	struct span file = source_file("tests/fuzz/corpus/pdf/parameters-that-are-no-dictionary");
	struct diag *diag = diag_new();
	struct pdf_scan *scan = NULL;

	(void)state;
	assert_int_equal(pdf_scan_open(file, false, &scan, diag), STATUS_INVALID);
	assert_null(scan);
	assert_true(diag_has_error(diag));
	diag_free(diag);
	free((void *)(uintptr_t)file.data);
}

static void
test_page_boxes(void **state)
{
	static const struct {
		const char *name;
		struct pdf_box crop;
		int rotate;
	} want[] = {
		{"plain", {0, 0, 595, 842}, 0},
		{"rotated_90", {0, 0, 595, 842}, 90},
		{"rotated_inherited_negative", {0, 0, 595, 842}, 270},
		{"rotated_odd_value", {0, 0, 595, 842}, 0},
		{"cropped", {50, 60, 500, 780}, 0},
		{"cropped_rotated", {50, 60, 500, 780}, 90},
		{"cropped_inherited", {50, 60, 500, 780}, 0},
		{"cropped_outside", {0, 0, 595, 842}, 0},
		{"cropped_away", {0, 0, 595, 842}, 0},
		{"media_inherited", {0, 0, 595, 842}, 0},
		{"media_missing", {0, 0, 612, 792}, 0},
		{"media_negative_origin", {-200, -300, 395, 542}, 0},
		{"media_reversed", {0, 0, 595, 842}, 0},
		{"deep_page_tree", {0, 0, 595, 842}, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct opened o = open_corpus(want[i].name, false);
		const struct pdf_page *p = &o.info->pages[0];

		assert_int_equal(o.info->page_count, 1);
		assert_int_equal(p->rotate, want[i].rotate);
		assert_memory_equal(&p->crop, &want[i].crop, sizeof(p->crop));
		release(&o);
	}
	struct opened o = open_corpus("wide_page_tree", false);
	assert_int_equal(o.info->page_count, 2000);
	release(&o);
}

static void
test_fields(void **state)
{
	struct opened o = open_corpus("form_nested_fields", false);
	const struct pdf_field *a = pdf_scan_field(o.scan, "group.a"),
			       *b = pdf_scan_field(o.scan, "group.b");

	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_null(pdf_scan_field(o.scan, "group"));
	assert_int_equal(a->kind, PDF_FIELD_TEXT);
	assert_false(a->filled);
	assert_true(b->filled);
	assert_int_equal(a->page, 1);
	assert_int_equal(b->page, 1); /* found in the page's annotations: it has no /P */
	assert_true(a->rect.x0 == 100 && a->rect.y1 == 120);
	release(&o);
}

static void
test_flags(void **state)
{
	static const struct {
		const char *name, *code;
		unsigned flags;
	} want[] = {
		{"javascript", "pdf.flag.javascript", PDF_FLAG(JAVASCRIPT) | PDF_FLAG(OPEN_ACTION)},
		{"launch_action", "pdf.flag.launch", PDF_FLAG(LAUNCH)},
		{"embedded_file", "pdf.flag.embedded-file", PDF_FLAG(EMBEDDED)},
		{"form_xfa", "pdf.flag.xfa", PDF_FLAG(XFA)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct opened o = open_corpus(want[i].name, false);

		assert_int_equal(o.info->flags, want[i].flags);
		assert_true(diag_has(o.diag, want[i].code));
		assert_false(diag_has_error(o.diag));
		release(&o);
	}
}

static void
test_damaged_but_readable(void **state)
{
	static const char *const names[] = {
		"startxref_wrong", "junk_before_header", "startxref_missing", "xref_garbage"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct opened o = open_corpus(names[i], true);

		assert_true(o.info->recovered);
		assert_true(diag_has(o.diag, "pdf.repaired"));
		assert_null(o.info->xref);
		assert_int_equal(o.info->page_count, 1);
		release(&o);
	}
}

static void
test_signature_of_corpus(void **state)
{
	struct opened o = open_corpus("signed_with_rubbish", false);
	const struct pdf_signature *s = &o.info->signatures[0];

	(void)state;
	assert_int_equal(o.info->signature_count, 1);
	assert_string_equal(s->field, "Old");
	assert_string_equal(s->sub_filter, "odd.sub");
	assert_null(s->fault);
	assert_true(s->whole_file);
	assert_int_equal(s->revision_end, o.file.len);
	assert_int_equal(s->contents.len, 200);
	release(&o);
}

/* A word inside of a dictionary ends nothing: what it names behind may be another in another revision. */
static void
test_closed(void **state)
{
	static const struct {
		const char *to; /* for /Filter /Odd.Filter */
		bool closed;
	} rows[] = {{"/Filter /Odd.Filter", true}, {"/A true  /B [false]", true}, {"/Y 9 0 R           ", false}, {"/O endobj /Y 9 0 R ", false},
		{"/O endobj          ", false}, {"/O stream          ", false}};
	struct span file = corpus_file("signed_with_rubbish");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span next = replaced(file, "/Filter /Odd.Filter", rows[i].to);
		const unsigned char *hole = memmem(next.data, next.len, "/Contents <00", 13), *end;
		struct pdf_scan *scan = NULL;

		assert_non_null(hole);
		end = memmem(hole, next.len - (size_t)(hole - next.data), "\nendobj", 7);
		assert_non_null(end);
		assert_int_equal(next.len, file.len);
		assert_int_equal(pdf_scan_open(next, false, &scan, NULL), STATUS_OK);
		assert_int_equal(pdf_scan_info(scan)->signature_count, 1);
		if (pdf_scan_info(scan)->signatures[0].closed != (rows[i].closed ? (uint64_t)(end - next.data) + 7 : 0))
			fail_msg("%s: %lu", rows[i].to, (unsigned long)pdf_scan_info(scan)->signatures[0].closed);
		pdf_scan_free(scan);
		free((void *)(uintptr_t)next.data);
	}
	free((void *)(uintptr_t)file.data);
}

/* A file of nine objects, of which the first is the catalog. */
static void
write_nine(const char *const objects[9], struct buf *b)
{
	size_t at[10], xref;

	buf_init(b, 10000);
	buf_put_str(b, "%PDF-1.7\n");
	for (size_t i = 1; i < 10; i++) {
		at[i] = b->len;
		buf_printf(b, "%zu 0 obj\n%s\nendobj\n", i, objects[i - 1]);
	}
	xref = b->len;
	buf_put_str(b, "xref\n0 10\n0000000000 65535 f \n");
	for (size_t i = 1; i < 10; i++)
		buf_printf(b, "%010zu 00000 n \n", at[i]);
	buf_printf(b, "trailer\n<< /Size 10 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", xref);
}

/* Fields that do not name their page: that of the first annotation which is their widget, of several fields with the same too. */
static void
test_pages_of_fields(void **state)
{
	static const char *const objects[] = {"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [7 0 R 5 0 R 6 0 R 5 0 R 8 0 R] >> >>", "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Annots [9 0 R 6 0 R 6 0 R] >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Annots [6 0 R 5 0 R null] >>",
		"<< /FT /Tx /T (a) /Rect [1 1 2 2] >>", "<< /FT /Tx /T (b) /Rect [1 1 2 2] >>", "<< /FT /Tx /T (c) /Rect [1 1 2 2] >>", "<< /FT /Tx /T (d) /Rect [1 1 2 2] /P 4 0 R >>",
		"<< /Subtype /Text >>"};
	static const size_t pages[] = {0, 2, 1, 2, 2};
	struct pdf_scan *scan = NULL;
	struct buf b;

	(void)state;
	write_nine(objects, &b);
	assert_int_equal(pdf_scan_open((struct span){b.data, b.len}, false, &scan, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_info(scan)->field_count, 5);
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(pdf_scan_info(scan)->fields[i].page, pages[i]);
	pdf_scan_free(scan);
	buf_free(&b);
}

/* A signature that several fields name, and one that stands in a field which is named twice: it is read once, and is each field's. */
static void
test_signature_of_many_fields(void **state)
{
	static const char *const objects[] = {"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [4 0 R 5 0 R 6 0 R 7 0 R 7 0 R] >> >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>", "<< /FT /Sig /T (a) /V 8 0 R >>", "<< /FT /Sig /T (b) /V 8 0 R >>", "<< /FT /Sig /T (c) /V 9 0 R >>",
		"<< /FT /Sig /T (d) /V << /Contents <3000> /Name (Ba) >> >>", "<< /Type /Sig /Contents <3000> /Name (Mot) >>", "<< /Type /Sig /Contents <3000> /Name (Hai) >>"};
	static const struct {
		const char *field, *name;
		size_t same; /* as this one's */
	} want[] = {{"a", "Mot", 0}, {"b", "Mot", 0}, {"c", "Hai", 2}, {"d", "Ba", 3}, {"d", "Ba", 3}};
	struct pdf_scan *scan = NULL;
	struct buf b;

	(void)state;
	write_nine(objects, &b);
	assert_int_equal(pdf_scan_open((struct span){b.data, b.len}, false, &scan, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_info(scan)->signature_count, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct pdf_signature *s = &pdf_scan_info(scan)->signatures[i];

		assert_string_equal(s->field, want[i].field);
		assert_string_equal(s->name, want[i].name);
		assert_int_equal(s->field_index, i);
		for (size_t k = 0; k < i; k++)
			assert_int_equal(s->contents.data == pdf_scan_info(scan)->signatures[k].contents.data, want[i].same == want[k].same);
	}
	pdf_scan_free(scan);
	buf_free(&b);
}

/* Byte ranges as forgers write them: none is sound. */
static void
test_range_games(void **state)
{
	struct span file = corpus_file("signed_with_rubbish");
	struct pdf_scan *scan = NULL;
	const struct pdf_signature *s;
	char from[100], to[100];
	uint64_t r[4];

	(void)state;
	assert_int_equal(pdf_scan_open(file, false, &scan, NULL), STATUS_OK);
	s = &pdf_scan_info(scan)->signatures[0];
	memcpy(r, s->range, sizeof(r));
	pdf_scan_free(scan);
	const struct {
		uint64_t r[4];
		const char *fault;
	} games[] = {
		{{1, r[1] - 1, r[2], r[3]}, "pdf.range.start"},
		{{0, r[1] - 1, r[2], r[3]}, "pdf.range.hole"},
		{{0, r[1] + 1, r[2], r[3]}, "pdf.range.hole"},
		{{0, r[1], r[2] + 1, r[3] - 1}, "pdf.range.hole"},
		{{0, r[1], r[2] - 1, r[3] + 1}, "pdf.range.hole"},
		{{0, r[2], r[1], r[3]}, "pdf.range.order"},
		{{0, r[1], r[1], r[3]}, "pdf.range.order"},
		{{0, 0, r[2], r[3]}, "pdf.range.order"},
		{{0, r[1], r[2], r[3] - 20}, "pdf.range.end"},
		{{0, r[1], r[2], r[3] + 1}, "pdf.range.beyond"},
		{{0, r[1], r[2], 9999999999}, "pdf.range.beyond"},
		{{0, r[1], r[2], 0}, "pdf.range.order"},
	};
	for (size_t i = 0; i < sizeof(games) / sizeof(games[0]); i++) {
		const uint64_t *g = games[i].r;
		struct span forged;

		snprintf(from, sizeof(from), "[0 %010u %010u %010u]", (unsigned)r[1],
			(unsigned)r[2], (unsigned)r[3]);
		snprintf(to, sizeof(to), "[%u %010lu %010lu %010lu]", (unsigned)g[0],
			(unsigned long)g[1], (unsigned long)g[2], (unsigned long)g[3]);
		forged = replaced(file, from, to);
		assert_int_equal(pdf_scan_open(forged, false, &scan, NULL), STATUS_OK);
		s = &pdf_scan_info(scan)->signatures[0];
		assert_non_null(s->fault);
		assert_string_equal(s->fault, games[i].fault);
		assert_int_equal(s->revision_end, 0);
		assert_false(s->whole_file);
		pdf_scan_free(scan);
		free((void *)(uintptr_t)forged.data);
	}
	free((void *)(uintptr_t)file.data);
}

static void
test_dates(void **state)
{
	char to[40];

	(void)state;
	assert_true(pdf_date_rfc3339("D:20251013102603+07'00'", to));
	assert_string_equal(to, "2025-10-13T10:26:03+07:00");
	assert_true(pdf_date_rfc3339("D:20251013102603+07'00", to));
	assert_string_equal(to, "2025-10-13T10:26:03+07:00");
	assert_true(pdf_date_rfc3339("D:2025", to));
	assert_string_equal(to, "2025-01-01T00:00:00Z");
	assert_true(pdf_date_rfc3339("20251013102603Z", to));
	assert_string_equal(to, "2025-10-13T10:26:03Z");
	assert_false(pdf_date_rfc3339("D:20251313", to));
	assert_false(pdf_date_rfc3339("yesterday", to));
	assert_false(pdf_date_rfc3339("", to));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_file),
		cmocka_unit_test(test_kinds_of_sections),
		cmocka_unit_test(test_parameters_that_cannot_be_read), cmocka_unit_test(test_page_boxes),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_damaged_but_readable),
		cmocka_unit_test(test_signature_of_corpus),
		cmocka_unit_test(test_closed),
		cmocka_unit_test(test_pages_of_fields),
		cmocka_unit_test(test_signature_of_many_fields),
		cmocka_unit_test(test_range_games),
		cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests_name("pdf_scan", tests, NULL, NULL);
}
