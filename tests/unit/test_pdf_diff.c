/* pdf_diff: the list of changes keeps every line whatever the names say, and single updates get the judgement their kind has. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pdf_diff.h"
#include "lib/doc/pdf_update.h"
#include "tests/unit/pdf_fixture.h"

static void
test_names(void **state)
{
	(void)state;
	assert_string_equal(pdf_change_name(PDF_CHANGE_NONE), "none");
	assert_string_equal(pdf_change_name(PDF_CHANGE_PERMITTED), "permitted");
	assert_string_equal(pdf_change_name(PDF_CHANGE_SUSPICIOUS), "suspicious");
	assert_string_equal(pdf_change_name(PDF_CHANGE_FORBIDDEN), "forbidden");
}

static void
test_add(void **state)
{
	static const struct {
		const char *code, *argument;
		enum pdf_change change, worst;
		const char *list;
	} rows[] = {
		{"pdf.change.dss", NULL, PDF_CHANGE_PERMITTED, PDF_CHANGE_PERMITTED, "pdf.change.dss\n"},
		{"pdf.change.dss", NULL, PDF_CHANGE_NONE, PDF_CHANGE_PERMITTED, "pdf.change.dss\n"},
		{"pdf.change.object", "5", PDF_CHANGE_FORBIDDEN, PDF_CHANGE_FORBIDDEN, "pdf.change.dss\npdf.change.object 5\n"},
		{"pdf.change.object", "5", PDF_CHANGE_SUSPICIOUS, PDF_CHANGE_FORBIDDEN, "pdf.change.dss\npdf.change.object 5\n"},
		{"pdf.change.object", "a\nb\rc", PDF_CHANGE_NONE, PDF_CHANGE_FORBIDDEN, "pdf.change.dss\npdf.change.object 5\npdf.change.object a b c\n"},
	};
	struct pdf_diff d;

	(void)state;
	pdf_diff_init(&d);
	assert_int_equal(d.worst, PDF_CHANGE_NONE);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pdf_diff_add(&d, rows[i].change, rows[i].code, rows[i].argument);
		assert_int_equal(d.worst, rows[i].worst);
		assert_string_equal(buf_str(&d.list), rows[i].list);
	}
	pdf_diff_free(&d);
}

/* A field's name is its author's: one that ends like another line does not keep that line out of the list. */
static void
test_name_hides_nothing(void **state)
{
	struct pdf_diff d;

	(void)state;
	pdf_diff_init(&d);
	pdf_diff_add(&d, PDF_CHANGE_PERMITTED, "pdf.change.filled", "x pdf.change.object 5");
	pdf_diff_add(&d, PDF_CHANGE_FORBIDDEN, "pdf.change.object", "5");
	assert_string_equal(buf_str(&d.list), "pdf.change.filled x pdf.change.object 5\npdf.change.object 5\n");
	pdf_diff_add(&d, PDF_CHANGE_FORBIDDEN, "pdf.change.object", "5"); /* once, though it stands behind another */
	assert_string_equal(buf_str(&d.list), "pdf.change.filled x pdf.change.object 5\npdf.change.object 5\n");
	pdf_diff_free(&d);
}

/* However many and however long: bounded, whole lines, and the worst still counts. */
static void
test_full_list(void **state)
{
	struct pdf_diff d;
	char name[2000], number[20];

	(void)state;
	pdf_diff_init(&d);
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(number, sizeof(number), "%u-", i);
		memcpy(name, number, strlen(number));
		pdf_diff_add(&d, PDF_CHANGE_PERMITTED, "pdf.change.filled", name);
	}
	assert_true(d.list.len > PDF_DIFF_LIST_MAX - 500 && d.list.len <= PDF_DIFF_LIST_MAX);
	assert_int_equal(buf_status(&d.list), STATUS_OK);
	assert_int_equal(d.list.data[d.list.len - 1], '\n');
	assert_int_equal(d.worst, PDF_CHANGE_PERMITTED);
	pdf_diff_add(&d, PDF_CHANGE_FORBIDDEN, "pdf.change.filled", name);
	assert_int_equal(d.worst, PDF_CHANGE_FORBIDDEN);
	pdf_diff_free(&d);
}

/* What one update does to a file. */
enum doing { ANNOTATION, SIGNATURE_FIELD, TEXT_FIELD, ROTATE_PAGE, OPEN_ACTION };

static struct span
as_span(const char *s)
{
	return (struct span){(const unsigned char *)s, strlen(s)};
}

static void
change(struct pdf_update *u, enum doing what)
{
	const struct pdf_page *page = &pdf_scan_info(pdf_update_scan(u))->pages[0];
	int n = pdf_update_new(u);

	switch (what) {
	case ANNOTATION:
		pdf_update_put(u, n, as_span("<< /Type /Annot /Subtype /Text /Rect [1 1 9 9] >>"));
		assert_int_equal(pdf_update_annotate(u, 1, n, NULL), STATUS_OK);
		return;
	case SIGNATURE_FIELD:
		pdf_update_put(u, n, as_span("<< /FT /Sig /T (chuky) >>"));
		assert_int_equal(pdf_update_add_field(u, n, true, NULL), STATUS_OK);
		return;
	case TEXT_FIELD:
		pdf_update_put(u, n, as_span("<< /FT /Tx /T (moi) >>"));
		assert_int_equal(pdf_update_add_field(u, n, false, NULL), STATUS_OK);
		return;
	case ROTATE_PAGE:
		assert_int_equal(pdf_update_set(u, page->object, page->generation, "/Rotate", "90"), STATUS_OK);
		break;
	case OPEN_ACTION:
		assert_int_equal(pdf_update_set(u, pdf_update_catalog(u), 0, "/OpenAction", "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"), STATUS_OK);
		break;
	}
	pdf_update_put(u, n, as_span("null"));
}

static struct span
updated(struct span base, enum doing what)
{
	struct pdf_update *u = NULL;
	struct buf tail;
	unsigned char *all;

	assert_int_equal(pdf_update_begin(base, &u, NULL), STATUS_OK);
	change(u, what);
	assert_int_equal(pdf_update_finish(u, &tail, NULL), STATUS_OK);
	all = malloc(base.len + tail.len);
	assert_non_null(all);
	memcpy(all, base.data, base.len);
	memcpy(all + base.len, tail.data, tail.len);
	base = (struct span){all, base.len + tail.len};
	buf_free(&tail);
	pdf_update_free(u);
	return base;
}

static void
test_updates(void **state)
{
	static const struct {
		enum doing what;
		enum pdf_change worst;
	} rows[] = {{SIGNATURE_FIELD, PDF_CHANGE_PERMITTED}, {ANNOTATION, PDF_CHANGE_SUSPICIOUS}, {TEXT_FIELD, PDF_CHANGE_SUSPICIOUS},
		{ROTATE_PAGE, PDF_CHANGE_FORBIDDEN}, {OPEN_ACTION, PDF_CHANGE_FORBIDDEN}};
	/* form_null: a null that is written out is no form, as one that is absent is none */
	static const char *const files[] = {"plain", "object_streams", "form_in_object_stream", "linearized", "form_null"};

	(void)state;
	for (size_t k = 0; k < sizeof(files) / sizeof(files[0]); k++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct span base = corpus_file(files[k]), next = updated(base, rows[i].what);
			struct pdf_scan *before = NULL, *after = NULL;
			struct pdf_diff d;

			pdf_diff_init(&d);
			assert_int_equal(pdf_scan_open(next, false, &after, NULL), STATUS_OK);
			assert_int_equal(pdf_scan_open((struct span){next.data, base.len}, false, &before, NULL), STATUS_OK);
			assert_int_equal(pdf_diff_run(before, after, &d), STATUS_OK);
			if (d.worst != rows[i].worst || d.list.len == 0)
				fail_msg("%s, %d: %s: %s", files[k], (int)rows[i].what, pdf_change_name(d.worst), buf_str(&d.list));
			pdf_diff_free(&d);
			pdf_scan_free(before);
			pdf_scan_free(after);
			free((void *)(uintptr_t)next.data);
			free((void *)(uintptr_t)base.data);
		}
}

/* Four objects, the last of them as given, a trailer that names the fifth; and, `later`, an update that brings this. */
static struct span
made(const char *object, struct buf *b, size_t *earlier)
{
	static const char *const objects[] = {"<< /Type /Catalog /Pages 2 0 R >> endobj", "<< /Type /Pages /Kids [3 0 R] /Count 1 >> endobj",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Odd 4 0 R >> endobj"};
	size_t at[5], xref, next;

	buf_init(b, 4096);
	buf_put_str(b, "%PDF-1.7\n");
	for (size_t i = 1; i < 5; i++) {
		at[i] = b->len;
		buf_printf(b, "%zu 0 obj %s\n", i, i < 4 ? objects[i - 1] : object);
	}
	xref = b->len;
	buf_put_str(b, "xref\n0 5\n0000000000 65535 f \n");
	for (size_t i = 1; i < 5; i++)
		buf_printf(b, "%010zu 00000 n \n", at[i]);
	buf_printf(b, "trailer\n<< /Size 5 /Root 1 0 R /Old 5 0 R >>\nstartxref\n%zu\n%%%%EOF\n", xref);
	*earlier = b->len;
	buf_put_str(b, "5 0 obj << /New true >> endobj\n");
	next = b->len;
	buf_printf(b, "xref\n5 1\n%010zu 00000 n \ntrailer\n<< /Size 6 /Root 1 0 R /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n", *earlier, xref, next);
	assert_int_equal(buf_status(b), STATUS_OK);
	return (struct span){b->data, b->len};
}

/*
 * A reference to what only the later revision has counts wherever a reader could take it for a part of a living object, and nowhere
 * else: what stands in a trailer or a dead object behind an object without its `endobj` is not that object's.
 */
static void
test_dangling(void **state)
{
	static const struct {
		const char *object;
		enum { NOTHING, DANGLING, UNCHECKED } finding;
	} rows[] = {
		/* readers differ in which object is meant: 5 to one of them */
		{"[ 4 0 R 5 0R ] endobj", UNCHECKED},    /* poppler */
		{"[ 4 0 R 5 0- R ] endobj", UNCHECKED},  /* mupdf */
		{"[ 4294967301 0 R ] endobj", UNCHECKED}, /* mupdf: 2^32 + 5 */
		{"[ 5.0 0 R ] endobj", UNCHECKED},
		{"[ 5 0.0 R ] endobj", UNCHECKED},
		{"[ 5 65536 R ] endobj", UNCHECKED},
		{"[ -4294967291 0 R ] endobj", UNCHECKED},
		{"[ 99999999999999999999999999 0 R ] endobj", UNCHECKED},
		{"[ --5 0 R ] endobj", UNCHECKED},
		{"[ 5- 0 R ] endobj", UNCHECKED},
		{"[ 5+0 R ] endobj", UNCHECKED},
		{"[ 5+0R ] endobj", UNCHECKED},
		{"<< /A 5 0R >>", UNCHECKED},
		/* what is no token: each reader goes on at another place */
		{"[ ) ) ) ) ) ) ) ) 5 0 R ] endobj", UNCHECKED},
		{"<< /A } >> endobj", UNCHECKED},
		{"[ <4z> ] endobj", UNCHECKED},
		{"[ > ] endobj", UNCHECKED},
		{"( endobj", UNCHECKED},
		{"[ 0 0 R 1 R -1 0 R R (5 0R) /5 0.5 1 ] endobj", NOTHING},
		{"[ 4 0 R 3 5 0 R ] endobj", DANGLING},
		{"<< /A 1 >> endobj", NOTHING},
		{"endobj", NOTHING},
		{"<< /A 1 >>", NOTHING},
		{"<< /A [ << /B 1 >> (endobj) ] >>", NOTHING},
		{"7", NOTHING},
		{"3 0 R", NOTHING},
		{"<< /A 1 >>\n9 0 obj << /B 5 0 R >> endobj", NOTHING},
		{"<< /A 1 >> >> endobj 9 0 obj << /B 5 0 R >> endobj", NOTHING},
		{"<< /A 5 0 R >> endobj", DANGLING},
		{"<< /A 5 0 R >>", DANGLING},
		{"5 0 R", DANGLING},
		{"[ 4 5 0 R ]", DANGLING},
		/* a word is a value like any other to readers: they go on to the bracket */
		{"<< /A endobj /B 5 0 R >> endobj", DANGLING},
		{"<< /A stream /B 5 0 R >> endobj", DANGLING},
		{"[ endobj 5 0 R ] endobj", DANGLING},
		{"[ trailer 5 0 R ]", DANGLING},
		{"trailer << /A 5 0 R >> endobj", DANGLING},
		{"[ 1 >> xref << /A 5 0 R >> ] endobj", DANGLING},
		{"<< /A 1 ] endobj /B 5 0 R >> endobj", DANGLING},
		/* a second value, should a reader take the last one */
		{"<< /A 1 >> << /B 5 0 R >> endobj", DANGLING},
		{"<< /A 1 >> << /B 5 0 R >>", DANGLING},
		{"1 [ xref 5 0 R ] endobj", DANGLING},
		/* nobody can say where this ends */
		{"[ 1 2", DANGLING},
		{"<< /A [ 1 2 >> endobj", DANGLING},
	};

	size_t wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pdf_scan *before = NULL, *after = NULL;
		struct pdf_diff d;
		struct buf b;
		size_t earlier;
		struct span file = made(rows[i].object, &b, &earlier);

		pdf_diff_init(&d);
		assert_int_equal(pdf_scan_open(file, false, &after, NULL), STATUS_OK);
		assert_int_equal(pdf_scan_open((struct span){file.data, earlier}, false, &before, NULL), STATUS_OK);
		assert_int_equal(pdf_diff_run(before, after, &d), STATUS_OK);
		if (d.worst != (rows[i].finding == NOTHING ? PDF_CHANGE_NONE : PDF_CHANGE_FORBIDDEN) ||
			(strstr(buf_str(&d.list), "pdf.change.dangling 5\n") != NULL) != (rows[i].finding == DANGLING) ||
			(strstr(buf_str(&d.list), "pdf.change.unchecked\n") != NULL) != (rows[i].finding == UNCHECKED)) {
			print_error("%s: %s: %s\n", rows[i].object, pdf_change_name(d.worst), buf_str(&d.list));
			wrong++;
		}
		pdf_diff_free(&d);
		pdf_scan_free(before);
		pdf_scan_free(after);
		buf_free(&b);
	}
	assert_int_equal(wrong, 0);
}

/*
 * Many objects with a value, and behind it what has no end, which pdf_references follows to the end of the file: refused as unchecked, not read for hours. (Where a value itself has no end the
 * file is not opened: test_pdf_reach.)
 */
static void
test_endless(void **state)
{
	enum { COUNT = 4000 };
	struct buf b;
	size_t *at = calloc(COUNT, sizeof(*at)), xref, earlier, next;
	struct pdf_scan *before = NULL, *after = NULL;
	struct pdf_diff d;

	(void)state;
	assert_non_null(at);
	buf_init(&b, 1u << 20);
	buf_put_str(&b, "%PDF-1.7\n");
	for (size_t i = 1; i < COUNT; i++) {
		at[i] = b.len;
		buf_printf(&b, "%zu 0 obj %s\n", i, i == 1 ? "<< /Type /Catalog /Pages 2 0 R >> endobj" :
			i == 2 ? "<< /Type /Pages /Kids [3 0 R] /Count 1 >> endobj" :
			i == 3 ? "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >> endobj" : "7 7 ( endobj");
	}
	xref = b.len;
	buf_printf(&b, "xref\n0 %d\n0000000000 65535 f \n", COUNT);
	for (size_t i = 1; i < COUNT; i++)
		buf_printf(&b, "%010zu 00000 n \n", at[i]);
	buf_printf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", COUNT, xref);
	earlier = b.len;
	next = b.len;
	buf_printf(&b, "xref\n0 0\ntrailer\n<< /Size %d /Root 1 0 R /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n", COUNT, xref, next);
	assert_int_equal(buf_status(&b), STATUS_OK);
	pdf_diff_init(&d);
	assert_int_equal(pdf_scan_open((struct span){b.data, b.len}, false, &after, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_open((struct span){b.data, earlier}, false, &before, NULL), STATUS_OK);
	assert_int_equal(pdf_diff_run(before, after, &d), STATUS_OK);
	assert_int_equal(d.worst, PDF_CHANGE_FORBIDDEN);
	assert_non_null(strstr(buf_str(&d.list), "pdf.change.unchecked\n"));
	pdf_diff_free(&d);
	pdf_scan_free(before);
	pdf_scan_free(after);
	buf_free(&b);
	free(at);
}

/*
 * Our own update of a file none of whose objects has its `endobj`: an old trailer's reference to the number that we would take is
 * nobody's, and where it could be an object's we take another.
 */
static void
test_objects_without_end(void **state)
{
	static const char *const files[] = {"objects-without-their-end", "behind-an-object-without-its-end"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct pdf_scan *before = NULL, *after = NULL;
		struct span base, next;
		struct pdf_diff d;
		char path[100];

		snprintf(path, sizeof(path), "tests/fuzz/corpus/pdf/%s", files[i]);
		base = source_file(path);
		next = updated(base, SIGNATURE_FIELD);
		pdf_diff_init(&d);
		assert_int_equal(pdf_scan_open(next, false, &after, NULL), STATUS_OK);
		assert_int_equal(pdf_scan_open((struct span){next.data, base.len}, false, &before, NULL), STATUS_OK);
		assert_int_equal(pdf_diff_run(before, after, &d), STATUS_OK);
		if (d.worst != PDF_CHANGE_PERMITTED)
			fail_msg("%s: %s: %s", files[i], pdf_change_name(d.worst), buf_str(&d.list));
		pdf_diff_free(&d);
		pdf_scan_free(before);
		pdf_scan_free(after);
		free((void *)(uintptr_t)next.data);
		free((void *)(uintptr_t)base.data);
	}
}

/* Neither the same revision again, nor the older as the later one, nor another file continues it: forbidden, not "no change". */
static void
test_no_continuation(void **state)
{
	struct span base = corpus_file("plain"), other = corpus_file("crlf"), next = updated(base, SIGNATURE_FIELD);
	struct pdf_scan *a = NULL, *b = NULL, *c = NULL;
	const struct pdf_scan *pairs[3][2];

	(void)state;
	assert_int_equal(pdf_scan_open(base, false, &a, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_open(next, false, &b, NULL), STATUS_OK);
	assert_int_equal(pdf_scan_open(other, false, &c, NULL), STATUS_OK);
	memcpy(pairs, (const struct pdf_scan *[3][2]){{a, a}, {b, a}, {c, b}}, sizeof(pairs));
	for (size_t i = 0; i < 3; i++) {
		struct pdf_diff d;

		pdf_diff_init(&d);
		assert_int_equal(pdf_diff_run(pairs[i][0], pairs[i][1], &d), STATUS_OK);
		assert_int_equal(d.worst, PDF_CHANGE_FORBIDDEN);
		assert_string_equal(buf_str(&d.list), "pdf.change.structure\n");
		pdf_diff_free(&d);
	}
	pdf_scan_free(a);
	pdf_scan_free(b);
	pdf_scan_free(c);
	free((void *)(uintptr_t)base.data);
	free((void *)(uintptr_t)other.data);
	free((void *)(uintptr_t)next.data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_name_hides_nothing),
		cmocka_unit_test(test_full_list),
		cmocka_unit_test(test_updates),
		cmocka_unit_test(test_dangling),
		cmocka_unit_test(test_objects_without_end),
		cmocka_unit_test(test_endless),
		cmocka_unit_test(test_no_continuation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
