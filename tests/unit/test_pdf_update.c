/*
 * pdf_update: the rules of an incremental update, held against the corpus; pdf_form and pdf_write
 * with it.
 */
#define _GNU_SOURCE /* memmem */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pdf_form.h"
#include "lib/doc/pdf_update.h"
#include "lib/doc/pdf_write.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/spans.h"

/* A note on page 1 and a field: touches page or annotations, and catalog or form. */
static struct span
update(struct span base, const char *name)
{
	struct pdf_update *u = NULL;
	struct diag *diag = diag_new();
	struct buf tail;
	struct span out;
	int note, field;
	enum status st = pdf_update_begin(base, &u, diag);

	if (st != STATUS_OK) {
		show(diag, name);
		fail_msg("%s: no update", name);
	}
	note = pdf_update_new(u);
	field = pdf_update_new(u);
	assert_true(note > 0 && field == note + 1);
	pdf_update_put(u, note,
		(struct span){
			(const unsigned char *)"<< /Type /Annot /Subtype /Text /Rect [1 1 9 9] >>",
			49});
	pdf_update_put(
		u, field, (struct span){(const unsigned char *)"<< /FT /Tx /T (neu) >>", 22});
	assert_int_equal(pdf_update_annotate(u, 1, note, diag), STATUS_OK);
	assert_int_equal(pdf_update_add_field(u, field, true, diag), STATUS_OK);
	assert_int_equal(pdf_update_finish(u, &tail, NULL), STATUS_OK);
	assert_memory_equal(tail.data + pdf_update_offset(u, note), "", 0);
	out = joined(base, &tail);
	pdf_update_free(u);
	buf_free(&tail);
	diag_free(diag);
	return out;
}

static void
test_corpus(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	size_t n = corpus_read(entries);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct span base = corpus_file(entries[i].name), next;
		struct pdf_scan *before = NULL, *after = NULL;
		const struct pdf_info *x, *y;

		if (!entries[i].sign) {
			drop(base);
			continue;
		}
		next = update(base, entries[i].name);
		assert_memory_equal(base.data, next.data, base.len);
		assert_int_equal(pdf_scan_open(base, false, &before, NULL), STATUS_OK);
		assert_int_equal(pdf_scan_open(next, false, &after, NULL), STATUS_OK);
		x = pdf_scan_info(before);
		y = pdf_scan_info(after);
		if (y->xref->count != x->xref->count + 1 ||
			y->xref->revision_count != x->xref->revision_count + 1 ||
			y->stream_xref != x->stream_xref || y->page_count != x->page_count ||
			y->field_count != x->field_count + 1 || y->xref->no_eof)
			fail_msg("%s: the update is not one more revision of the same kind",
				entries[i].name);
		assert_non_null(pdf_scan_field(after, "neu"));
		/*
		 * Only what must change is written: note, field, page or array, form, fields,
		 * catalog, the stream itself.
		 */
		assert_true(y->xref->sections[0].count <= 7);
		pdf_scan_free(before);
		pdf_scan_free(after);
		drop(base);
		drop(next);
	}
}

static void
test_refusals(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	size_t n = corpus_read(entries), refused = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct span base;
		struct pdf_update *u = NULL;
		struct diag *diag;

		if (entries[i].sign || strcmp(entries[i].code, "pdf.page.direct") == 0 ||
			strcmp(entries[i].code, "pdf.form") == 0)
			continue;
		base = corpus_file(entries[i].name);
		diag = diag_new();
		assert_int_not_equal(pdf_update_begin(base, &u, diag), STATUS_OK);
		assert_true(diag_has(diag, entries[i].code));
		assert_null(u);
		refused++;
		diag_free(diag);
		drop(base);
	}
	assert_true(refused >= 25);
}

static bool
holds(struct span s, const char *text)
{
	return memmem(s.data, s.len, text, strlen(text)) != NULL;
}

static void
test_trailer(void **state)
{
	struct span base = corpus_file("with_info_and_id"), next = update(base, "id");
	struct span tail = {next.data + base.len, next.len - base.len};

	(void)state;
	assert_true(holds(tail, "/ID [<00112233445566778899AABBCCDDEEFF><"));
	assert_false(holds(
		tail, "<00112233445566778899AABBCCDDEEFF><00112233445566778899AABBCCDDEEFF>"));
	assert_true(holds(tail, "/Info 6 0 R"));
	assert_true(holds(tail, "/Root 1 0 R"));
	drop(base);
	drop(next);
	base = corpus_file("no_newline_at_end");
	next = update(base, "eof");
	assert_int_equal(next.data[base.len], '\n');
	drop(base);
	drop(next);
	base = corpus_file("size_too_large");
	next = update(base, "size");
	assert_true(holds(
		(struct span){next.data + base.len, next.len - base.len}, "\n100000 0 obj\n"));
	drop(base);
	drop(next);
}

/* A reference to an object that is not there must not come to mean a new one. */
static void
test_dangling(void **state)
{
	struct span plain = corpus_file("plain");
	struct span base =
		replaced(plain, "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>",
			"<< /Type /Font /X 6 0 R /Y 77 0 R /BaseFont /Times-Roman>>  ");
	struct pdf_update *u = NULL;

	(void)state;
	/* Same length is not kept: offsets after it move, so only use it when it still reads. */
	drop(base);
	base = replaced(plain, "/Subtype /Type1 /BaseFont /Times-Roman",
		"/Subtype /Type1 /X 6 0 R  /Y 77 0 R   ");
	assert_int_equal(base.len, plain.len);
	assert_int_equal(pdf_update_begin(base, &u, NULL), STATUS_OK);
	assert_true(pdf_update_new(u) > 77);
	pdf_update_free(u);
	drop(base);
	drop(plain);
}

static void
test_shared_annotations(void **state)
{
	struct span base = corpus_file("annots_shared"), next = update(base, "annots_shared");
	struct span tail = {next.data + base.len, next.len - base.len};

	(void)state;
	/* Page 1 gets an array of its own; the shared one (6) stays. */
	assert_true(holds(tail, "\n3 0 obj\n"));
	assert_false(holds(tail, "\n6 0 obj\n"));
	drop(base);
	drop(next);
}

static void
test_form(void **state)
{
	struct span base = corpus_file("form_nested_fields");
	struct pdf_update *u = NULL;
	struct pdf_font *font = NULL;
	struct diag *diag = diag_new();
	struct pdf_place at = {.page = 1, .rect = {300, 300, 400, 320}, .width = 100, .height = 20};
	struct pdf_scan *scan = NULL;
	struct buf tail;
	struct span next;

	(void)state;
	assert_int_equal(pdf_update_begin(base, &u, diag), STATUS_OK);
	assert_int_equal(pdf_font_open(NULL, NULL, &font, diag), STATUS_OK);
	assert_int_equal(pdf_form_make_text(u, font, "group", NULL, &at, diag), STATUS_INVALID);
	assert_int_equal(pdf_form_make_text(u, font, "a.b", NULL, &at, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.field.name"));
	assert_int_equal(pdf_form_make_text(u, font, "số", "12-CV/QU", &at, diag), STATUS_OK);
	assert_int_equal(pdf_form_fill_text(u, font, "group.a", "đã điền", diag), STATUS_OK);
	assert_int_equal(pdf_form_fill_text(u, font, "none", "x", diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.field.missing"));
	assert_int_equal(pdf_font_write(font, u), STATUS_OK);
	assert_int_equal(pdf_update_finish(u, &tail, NULL), STATUS_OK);
	next = joined(base, &tail);
	assert_int_equal(pdf_scan_open(next, false, &scan, NULL), STATUS_OK);
	assert_true(pdf_scan_field(scan, "số")->filled);
	assert_true(pdf_scan_field(scan, "group.a")->filled);
	pdf_scan_free(scan);
	pdf_font_free(font);
	pdf_update_free(u);
	buf_free(&tail);
	diag_free(diag);
	drop(base);
	drop(next);
}

/* The trailer names an encryption that is not there: to write a trailer without it would be a change. */
static void
test_no_encryption_there(void **state)
{
	struct span base = source_file("tests/fuzz/corpus/pdf/encryption-is-not-there");
	struct diag *diag = diag_new();
	struct pdf_update *u = NULL;

	(void)state;
	assert_int_equal(pdf_update_begin(base, &u, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.encrypted"));
	diag_free(diag);
	drop(base);
}

/* One object in two parts: what we add to the form must not change a page, the page tree or the catalog. */
static void
test_two_parts(void **state)
{
	struct span page = source_file("tests/fuzz/corpus/pdf/page-is-the-form"), catalog = source_file("tests/fuzz/corpus/pdf/page-is-the-catalog");
	struct span store = source_file("tests/fuzz/corpus/pdf/page-is-the-store"), own = source_file("tests/fuzz/corpus/pdf/page-is-a-field"), form = source_file("tests/fuzz/corpus/pdf/form-is-a-field");
	struct span shared = source_file("tests/fuzz/corpus/pdf/fields-are-annotations"), next;
	struct diag *diag = diag_new();
	struct pdf_update *u = NULL;
	struct buf tail;
	int field;

	(void)state;
	assert_int_equal(pdf_update_begin(catalog, &u, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.pages.deep"));
	assert_int_equal(pdf_update_begin(page, &u, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.form"));
	assert_int_equal(pdf_update_begin(store, &u, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.dss"));
	diag_free(diag);
	diag = diag_new();
	assert_int_equal(pdf_update_begin(own, &u, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.form"));
	diag_free(diag);
	diag = diag_new();
	assert_int_equal(pdf_update_begin(form, &u, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pdf.form"));
	/* the list is the page's too: the form gets one of its own, the page's stays as it is */
	assert_int_equal(pdf_update_begin(shared, &u, diag), STATUS_OK);
	field = pdf_update_new(u);
	pdf_update_put(u, field, (struct span){(const unsigned char *)"<< /FT /Sig /T (ky) >>", 22});
	assert_int_equal(pdf_update_add_field(u, field, true, diag), STATUS_OK);
	assert_int_equal(pdf_update_finish(u, &tail, NULL), STATUS_OK);
	next = joined(shared, &tail);
	assert_true(holds((struct span){tail.data, tail.len}, "4 0 obj\n"));
	assert_false(holds((struct span){tail.data, tail.len}, "5 0 obj\n"));
	pdf_update_free(u);
	buf_free(&tail);
	diag_free(diag);
	drop(page);
	drop(catalog);
	drop(store);
	drop(own);
	drop(form);
	drop(shared);
	drop(next);
}

/* The page is an earlier signature's dictionary: whatever would write that anew is refused, by the page or by its number. */
static void
test_signature_is_kept(void **state)
{
	struct span base = source_file("tests/fuzz/corpus/pdf/page-is-a-signature");

	(void)state;
	for (int by_number = 0; by_number < 2; by_number++) {
		struct diag *diag = diag_new();
		struct pdf_update *u = NULL;
		struct buf tail = {0};

		assert_int_equal(pdf_update_begin(base, &u, diag), STATUS_OK);
		assert_int_equal(by_number ? pdf_update_set(u, 6, 0, "/Reason", "(khac)") : pdf_update_annotate(u, 1, pdf_update_new(u), diag), STATUS_OK);
		assert_int_equal(pdf_update_finish(u, &tail, diag), STATUS_INVALID);
		assert_true(diag_has(diag, "pdf.signature.shared"));
		assert_int_equal(tail.len, 0);
		pdf_update_free(u);
		diag_free(diag);
	}
	drop(base);
}

static void
test_numbers(void **state)
{
	static const struct {
		double v;
		const char *want;
	} cases[] = {{0, "0"}, {1, "1"}, {-1.5, "-1.5"}, {0.1234, "0.123"}, {-0.05, "-0.05"},
		{12.340, "12.34"}, {1e300, "10000000"}, {-0.0004, "0"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf b;

		buf_init(&b, 100);
		pdf_put_number(&b, cases[i].v);
		assert_string_equal(buf_str(&b), cases[i].want);
		buf_free(&b);
	}
}

static void
test_strings(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	pdf_put_text(&b, "a(b)\\c");
	pdf_put_text(&b, "Số 😀");
	pdf_put_name(&b, "A B#/é");
	assert_string_equal(
		buf_str(&b), "(a\\(b\\)\\\\c)<FEFF00531ED10020D83DDE00>/A#20B#23#2F#C3#A9");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_corpus),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_trailer),
		cmocka_unit_test(test_dangling),
		cmocka_unit_test(test_shared_annotations),
		cmocka_unit_test(test_form),
		cmocka_unit_test(test_no_encryption_there),
		cmocka_unit_test(test_two_parts),
		cmocka_unit_test(test_signature_is_kept),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_strings),
	};

	return cmocka_run_group_tests_name("pdf_update", tests, NULL, NULL);
}
