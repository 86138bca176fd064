/* pdf_file: which bytes are opened at all, and what each accessor says of values of the wrong kind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pdf_file.h"
#include "tests/unit/pdf_fixture.h"

static void
test_check(void **state)
{
	static const struct {
		const char *in;
		bool recovery;
		const char *code; /* NULL: opened */
	} rows[] = {
		{"", false, "pdf.empty"},
		{"", true, "pdf.empty"},
		{"%PDF-1.7", false, NULL},
		{"%PDF-1.", false, "pdf.header"},
		{"%pdf-1.7\n", false, "pdf.header"},
		{" %PDF-1.7", false, "pdf.header"},
		{"\xef\xbb\xbf%PDF-1.7", false, "pdf.header"},
		{" %PDF-1.7", true, NULL},
		{"PK\3\4 and more", true, "pdf.header"},
		{"%PDF", true, "pdf.header"},
	};
	unsigned char late[2000];
	struct diag *diag = diag_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].in);
		unsigned char *p = malloc(n ? n : 1);
		struct diag *d = diag_new();
		enum status st;

		memcpy(p, rows[i].in, n);
		st = pdf_file_check((struct span){p, n}, rows[i].recovery, d);
		if (rows[i].code == NULL ? st != STATUS_OK || diag_count(d) > 0 : st != STATUS_INVALID || !diag_has(d, rows[i].code))
			fail_msg("'%s': %s", rows[i].in, status_code(st));
		diag_free(d);
		free(p);
	}
	memset(late, ' ', sizeof(late)); /* repair looks for it in the first 1024 bytes only */
	memcpy(late + 1024 - 5, "%PDF-1.7", 8);
	assert_int_equal(pdf_file_check((struct span){late, sizeof(late)}, true, diag), STATUS_OK);
	memset(late, ' ', sizeof(late));
	memcpy(late + 1024 - 4, "%PDF-1.7", 8);
	assert_int_equal(pdf_file_check((struct span){late, sizeof(late)}, true, diag), STATUS_INVALID);
	assert_int_equal(pdf_file_check((struct span){late, PDF_FILE_MAX + 1}, true, diag), STATUS_TOO_LARGE); /* by its length alone */
	assert_true(diag_has(diag, "pdf.too-large"));
	diag_free(diag);
}

static void
test_open(void **state)
{
	static const struct {
		const char *name;
		bool recovery;
		const char *code; /* NULL: opened */
	} rows[] = {
		{"plain", false, NULL},
		{"object_streams", false, NULL},
		{"encrypted_aes_256", false, NULL}, /* with an empty password: read, not signed */
		{"encrypted_password_needed", false, "pdf.encrypted"},
		{"encrypted_password_needed", true, "pdf.encrypted"},
		{"truncated", false, "pdf.damaged"},
		{"startxref_missing", false, "pdf.damaged"},
		{"startxref_missing", true, NULL},
		{"header_only", true, "pdf.damaged"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span file = corpus_file(rows[i].name);
		struct diag *diag = diag_new();
		qpdf_data q = NULL;
		enum status st = pdf_file_open(file, rows[i].recovery, &q, diag);

		if (rows[i].code == NULL ? st != STATUS_OK || q == NULL : st != STATUS_INVALID || q != NULL || !diag_has(diag, rows[i].code)) {
			show(diag, rows[i].name);
			fail_msg("%s: %s", rows[i].name, status_code(st));
		}
		pdf_file_close(&q);
		assert_null(q);
		pdf_file_close(&q); /* twice is once */
		diag_free(diag);
		free((void *)(uintptr_t)file.data);
	}
}

#define CATALOG                                                                                                                        \
	"<< /Type /Catalog /Pages 2 0 R /N /Ten#20dai /S (text) /U <FEFF1EC7> /Bad (\\377\\001) /E () /Int 7 /Real -2.5 /Null null"    \
	" /None 9 0 R /Box [10 20 -5 4.5] /Three [1 2 3] /Five [1 2 3 4 5] /Words [1 2 3 /x] /Huge [0 0 1 10000001]"                    \
	" /Longer [0 0 1 99999999999999999999999999999999.5] /Items [2 0 R] /D << /K /V >> /St 3 0 R >>"

/* A file with this catalog, a page tree and a stream. */
static void
build(struct buf *b)
{
	static const char *const objects[] = {CATALOG, "<< /Type /Pages /Kids [] /Count 0 >>", "<< /Length 3 /K /OfStream >>\nstream\nabc\nendstream"};
	size_t at[3], xref;

	buf_init(b, 10000);
	buf_put_str(b, "%PDF-1.7\n");
	for (size_t i = 0; i < 3; i++) {
		at[i] = b->len;
		buf_printf(b, "%zu 0 obj\n%s\nendobj\n", i + 1, objects[i]);
	}
	xref = b->len;
	buf_put_str(b, "xref\n0 4\n0000000000 65535 f \n");
	for (size_t i = 0; i < 3; i++)
		buf_printf(b, "%010zu 00000 n \n", at[i]);
	buf_printf(b, "trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", xref);
}

static void
test_keys(void **state)
{
	struct arena *a = arena_new(10000);
	qpdf_data q = NULL;
	qpdf_oh root, stream, dict;
	struct buf b, text;

	(void)state;
	build(&b);
	assert_int_equal(pdf_file_open((struct span){b.data, b.len}, false, &q, NULL), STATUS_OK);
	root = qpdf_get_root(q);
	assert_true(pdf_key_name_is(q, root, "/Type", "/Catalog"));
	assert_false(pdf_key_name_is(q, root, "/Type", "/Catalo"));
	assert_false(pdf_key_name_is(q, root, "/S", "/text")); /* a string is no name */
	assert_false(pdf_key_name_is(q, root, "/Gone", "/text"));
	assert_true(pdf_key_is(q, root, "/Int"));
	assert_false(pdf_key_is(q, root, "/Null") || pdf_key_is(q, root, "/None") || pdf_key_is(q, root, "/Gone"));
	assert_true(pdf_key_number(q, root, "/Int", 1) == 7 && pdf_key_number(q, root, "/Real", 1) == -2.5);
	assert_true(pdf_key_number(q, root, "/S", 1) == 1 && pdf_key_number(q, root, "/Gone", 3) == 3);
	assert_int_equal(pdf_key_object(q, root, "/Pages"), 2);
	assert_int_equal(pdf_key_object(q, root, "/D"), 0);
	assert_int_equal(pdf_key_object(q, root, "/Gone"), 0);
	assert_string_equal(pdf_key_text(q, root, "/N", a), "Ten dai");
	assert_string_equal(pdf_key_text(q, root, "/S", a), "text");
	assert_string_equal(pdf_key_text(q, root, "/U", a), "\xe1\xbb\x87");
	assert_string_equal(pdf_key_text(q, root, "/E", a), "");
	assert_non_null(pdf_key_text(q, root, "/Bad", a));
	assert_null(pdf_key_text(q, root, "/Int", a));
	assert_null(pdf_key_text(q, root, "/D", a));
	assert_null(pdf_key_text(q, root, "/Gone", a));
	stream = pdf_get(q, root, "/St"); /* a key of a stream is one of its dictionary */
	assert_true(pdf_key_name_is(q, stream, "/K", "/OfStream"));
	dict = pdf_get(q, root, "/Int"); /* a key of a number is nothing */
	assert_false(pdf_key_is(q, dict, "/K"));
	buf_init(&text, 1000);
	pdf_unparse(q, stream, &text);
	assert_non_null(strstr(buf_str(&text), "/OfStream"));
	assert_null(strstr(buf_str(&text), "abc"));
	buf_free(&text);
	assert_false(qpdf_has_error(q));
	pdf_file_close(&q);
	buf_free(&b);
	arena_free(a);
}

static void
test_boxes(void **state)
{
	static const char *const bad[] = {"/Three", "/Five", "/Words", "/Huge", "/Longer", "/Items", "/Int", "/D", "/Gone", "/Null"};
	struct pdf_box box = {1, 2, 3, 4};
	qpdf_data q = NULL;
	qpdf_oh root;
	struct buf b;

	(void)state;
	build(&b);
	assert_int_equal(pdf_file_open((struct span){b.data, b.len}, false, &q, NULL), STATUS_OK);
	root = qpdf_get_root(q);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (pdf_box_of(q, pdf_get(q, root, bad[i]), &box))
			fail_msg("a box: %s", bad[i]);
	assert_true(pdf_box_of(q, pdf_get(q, root, "/Box"), &box));
	assert_true(box.x0 == -5 && box.y0 == 4.5 && box.x1 == 10 && box.y1 == 20);
	pdf_file_close(&q);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_boxes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
