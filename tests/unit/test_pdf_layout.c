/* pdf_layout: an appended revision written here byte by byte, and by each row a few of its bytes in other ways that some reader stumbles over. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "lib/doc/pdf_layout.h"
#include "lib/doc/pdf_write.h"
#include "tests/unit/spans.h"

#define BASE                                                                                       \
	"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n" \
	"trailer\n<< /Size 2 /Root 1 0 R >>\nstartxref\n45\n%%EOF\n"

/* Objects 2 and 3 and their table. `gap` stands before them, `text` is a value in the one; `more` is the other's dictionary and `data` its stream; @ is the table's place. */
struct parts {
	const char *gap, *text, *data, *more, *head, *line_end, *table, *trailer, *end;
};

static const struct parts plain = {"", "(van ban)", "0123456789", "/Length 10", "2 0 obj\n", " \n", "xref\n2 2\n", "trailer\n<<", "startxref\n@\n%%EOF\n"};

static const char *
or_(const char *s, const char *otherwise)
{
	return s != NULL ? s : otherwise;
}

static void
write_update(const struct parts *p, struct buf *b)
{
	size_t two, three, here;

	buf_put_str(b, BASE);
	buf_put_str(b, or_(p->gap, plain.gap));
	two = b->len;
	buf_printf(b, "%s<< /A %s >>\nendobj\n", or_(p->head, plain.head), or_(p->text, plain.text));
	three = b->len;
	buf_printf(b, "3 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\n", or_(p->more, plain.more), or_(p->data, plain.data));
	here = b->len;
	buf_printf(b, "%s%010zu 00000 n%s%010zu 00000 n%s", or_(p->table, plain.table), two, or_(p->line_end, plain.line_end), three, or_(p->line_end, plain.line_end));
	buf_printf(b, "%s /Size 4 /Root 1 0 R /Prev 45 >>\n", or_(p->trailer, plain.trailer));
	for (const char *c = or_(p->end, plain.end); *c != '\0'; c++)
		if (*c == '@')
			buf_printf(b, "%zu", here);
		else
			buf_put(b, c, 1);
}

/* UNREAD: the sections cannot be read at all. */
enum outcome { PLAIN, ODD, UNREAD };

static enum outcome
outcome_of(struct span file)
{
	struct pdf_xref *x = NULL;
	bool is_plain;

	if (pdf_xref_read(file, &x, NULL) != STATUS_OK)
		return UNREAD;
	assert_int_equal(x->sections[x->count - 1].at, 45);
	assert_int_equal(pdf_layout_check(file, x, strlen(BASE), &is_plain), STATUS_OK);
	pdf_xref_free(x);
	return is_plain ? PLAIN : ODD;
}

static void
test_rows(void **state)
{
	static const struct {
		struct parts parts;
		enum outcome outcome;
	} rows[] = {
		{{0}, PLAIN},
		{{.gap = "% made by somebody\r\n\n"}, PLAIN},
		{{.gap = "9 0 obj\nnull\nendobj\n"}, ODD}, /* listed nowhere */
		{{.gap = "null\n"}, ODD},
		{{.gap = "%9 0 obj\n"}, ODD},
		{{.gap = "%%EOF\n"}, PLAIN},
		{{.head = "2 0 obj"}, PLAIN},
		{{.head = "02 00 obj "}, PLAIN},
		{{.head = "2 %\n0 obj "}, ODD},
		{{.head = "2 1 obj\n"}, ODD}, /* another generation than the table's */
		{{.head = "3 0 obj\n"}, ODD},
		{{.text = "(trailer)"}, PLAIN},
		{{.text = "(obj 1 obj)"}, PLAIN},
		{{.text = "(endobj)"}, ODD},
		{{.text = "(1 0 obj)"}, ODD},
		{{.text = "(trailer\n<<)"}, ODD},
		{{.text = "(startxref)"}, ODD},
		{{.text = "<31203020>"}, PLAIN},
		{{.text = "1 /B 2"}, PLAIN},
		{{.text = "1 /A 2"}, ODD},
		{{.text = "1 /#41 2"}, ODD},
		{{.text = "[<< /A 1 /B << /A 1 >> >> << /A 1 >>]"}, PLAIN},
		{{.text = "[1 0 R << /C << /B 1 0 R /B null >> >>]"}, ODD},
		{{.text = "[1 2"}, ODD},
		{{.text = "<< 1 2 >>"}, ODD},
		{{.text = "1 %endobj\n"}, ODD},
		{{.text = "1 >> << /B 1"}, ODD},
		{{.data = "01\nendobj1"}, ODD},
		{{.data = "01\n1 0 obj", .more = "/Length 10"}, ODD},
		{{.data = "endstream1", .more = "/Length 10"}, ODD},
		{{.more = "/Length 8"}, ODD},
		{{.more = "/Length 9"}, ODD},
		{{.more = "/Length 11"}, PLAIN}, /* the line end counted too */
		{{.more = "/Length 12"}, ODD},
		{{.more = "/Length 99 0 R"}, ODD},
		{{.more = "/Length 1 0 R"}, ODD}, /* a dictionary */
		{{.more = ""}, ODD},
		{{.line_end = "\r\n"}, PLAIN},
		{{.line_end = " \r"}, PLAIN},
		{{.line_end = "\n"}, ODD},
		{{.line_end = "\r"}, ODD},
		{{.line_end = "  "}, ODD},
		{{.table = "xref\r2 2\r"}, PLAIN},
		{{.table = "xref \n2 2 \n"}, PLAIN},
		{{.table = "xref\n0 0\n2 2\n"}, PLAIN},
		{{.table = "xref\n%\n2 2\n"}, ODD},
		{{.table = "xref\n+2 2\n"}, ODD},
		{{.table = "xref\n2\n2\n"}, ODD},
		{{.trailer = "trailer <<"}, PLAIN},
		{{.trailer = "trailer<<"}, PLAIN},
		{{.trailer = "\r\n\ntrailer <<"}, PLAIN},
		{{.trailer = "%\ntrailer <<"}, ODD},
		{{.trailer = "trailer %\n<<"}, ODD},
		{{.end = "startxref @ %%EOF"}, PLAIN},
		{{.end = "% made by somebody\nstartxref\r\n@\r\n%%EOF\r\n\r\n"}, PLAIN},
		{{.end = "startxref\n%\n@\n%%EOF\n"}, ODD},
		{{.end = "startxref\n+@\n%%EOF\n"}, ODD},
		{{.end = "startxref\n0\nstartxref\n@\n%%EOF\n"}, ODD},
		{{.end = "startxref\n@\n%%EOF\n9 0 obj\nnull\nendobj\n"}, UNREAD},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;
		struct span file;

		buf_init(&b, 10000);
		write_update(&rows[i].parts, &b);
		file = heap(b.data, b.len); /* exactly as large: the address sanitizer sees a read past the end */
		if (outcome_of(file) != rows[i].outcome)
			fail_msg("row %zu: %d, not %d", i, (int)outcome_of(file), (int)rows[i].outcome);
		drop(file);
		buf_free(&b);
	}
}

/* Cut anywhere it is refused or odd, or nothing of it is left. */
static void
test_cut(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	write_update(&plain, &b);
	for (size_t n = strlen(BASE) + 1; n + 1 < b.len; n++) {
		struct span file = heap(b.data, n);

		assert_int_not_equal(outcome_of(file), PLAIN);
		drop(file);
	}
	buf_free(&b);
}

/* A stream's length in an object of its own: where that object is long, as for thousands of streams one could be that is a gap of megabytes, it is not looked through. */
static void
test_length_elsewhere(void **state)
{
	static const struct {
		int blanks;
		bool right;
	} rows[] = {{1, true}, {900, true}, {2000, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t two, three, here;
		struct span file;
		struct buf b;

		buf_init(&b, 10000);
		buf_put_str(&b, BASE);
		two = b.len;
		buf_printf(&b, "2 0 obj\n10%*s\nendobj\n", rows[i].blanks, "");
		three = b.len;
		buf_put_str(&b, "3 0 obj\n<< /Length 2 0 R >>\nstream\n0123456789\nendstream\nendobj\n");
		here = b.len;
		buf_printf(&b, "xref\n2 2\n%010zu 00000 n \n%010zu 00000 n \ntrailer\n<< /Size 4 /Root 1 0 R /Prev 45 >>\nstartxref\n%zu\n%%%%EOF\n", two, three, here);
		file = heap(b.data, b.len);
		assert_int_equal(outcome_of(file), rows[i].right ? PLAIN : ODD);
		drop(file);
		buf_free(&b);
	}
}

/*
 * A table of many entries that lead to older bytes, over as many sections as there may be: each entry is looked for among the older ones. When they were all looked through it took 25 s of
 * processor time, now 0.14 s (with the sanitizers). The bound is far from both.
 */
static void
test_old_entries(void **state)
{
	enum { ENTRIES = 1900000, SECTIONS = 4000 };
	struct pdf_xref *x = NULL;
	size_t prev = 45, from;
	bool is_plain;
	struct buf b;
	clock_t begin;

	(void)state;
	buf_init(&b, (size_t)128 << 20);
	buf_put_str(&b, BASE);
	for (int i = 0; i < SECTIONS; i++) {
		size_t here = b.len;

		buf_printf(&b, "xref\n1 1\n0000000009 00000 n \ntrailer\n<< /Size 2 /Root 1 0 R /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n", prev, here);
		prev = here;
	}
	from = b.len;
	buf_printf(&b, "xref\n0 %d\n", ENTRIES);
	for (int i = 0; i < ENTRIES; i++)
		buf_put_str(&b, i == 0 ? "0000000000 65535 f \n" : "0000000009 00000 n \n");
	buf_printf(&b, "trailer\n<< /Size %d /Root 1 0 R /Prev %zu >>\nstartxref\n%zu\n%%%%EOF\n", ENTRIES, prev, from);
	assert_int_equal(buf_status(&b), STATUS_OK);
	assert_int_equal(pdf_xref_read((struct span){b.data, b.len}, &x, NULL), STATUS_OK);
	assert_int_equal(x->count, SECTIONS + 2);
	begin = clock();
	assert_int_equal(pdf_layout_check((struct span){b.data, b.len}, x, from, &is_plain), STATUS_OK);
	print_message("%.2f s\n", (double)(clock() - begin) / CLOCKS_PER_SEC);
	assert_true(clock() - begin < 5 * CLOCKS_PER_SEC);
	assert_false(is_plain);
	pdf_xref_free(x);
	buf_free(&b);
}

/* What our own updates write is plain, whatever the strings are that they carry over. */
static void
test_tokens(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"<< /A (van ban) /B 1 0 R >>", "<< /A (van ban) /B 1 0 R >>"},
		{"<< /A (1 0 obj) /B (x) >>", "<< /A <312030206F626A> /B (x) >>"},
		{"<< /Aendobj 1 /B /obj >>", "<< /#41#65#6E#64#6F#62#6A 1 /B /obj >>"},
		{"[(\\(endobj\\)) (endstream)]", "[<28656E646F626A29> <656E6473747265616D>]"},
	};
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_init(&b, 1000);
		pdf_put_tokens(&b, (struct span){(const unsigned char *)rows[i].in, strlen(rows[i].in)});
		assert_string_equal(buf_str(&b), rows[i].out);
		buf_free(&b);
	}
	buf_init(&b, 1000);
	pdf_put_text(&b, "1 0 obj");
	assert_string_equal(buf_str(&b), "<FEFF0031002000300020006F0062006A>");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_cut), cmocka_unit_test(test_length_elsewhere), cmocka_unit_test(test_old_entries), cmocka_unit_test(test_tokens)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
