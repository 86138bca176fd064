/* pdf_lex: what each token is, and that broken, deep and cut syntax ends with "bad", inside the bytes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pdf_lex.h"
#include "tests/unit/spans.h"

static void
test_tokens(void **state)
{
	static const struct {
		const char *in;
		enum pdf_token token;
		const char *text; /* NULL: not looked at */
		int64_t integer;
	} rows[] = {
		{"", PDF_TOKEN_END, NULL, 0},
		{" \t\r\n\f", PDF_TOKEN_END, NULL, 0},
		{"% comment to the end", PDF_TOKEN_END, NULL, 0},
		{"%a\r12", PDF_TOKEN_INTEGER, "12", 12},
		{"0", PDF_TOKEN_INTEGER, "0", 0},
		{"-17 x", PDF_TOKEN_INTEGER, "-17", -17},
		{"+17", PDF_TOKEN_INTEGER, "+17", 17},
		{"0000000016", PDF_TOKEN_INTEGER, NULL, 16},
		{"9223372036854775799", PDF_TOKEN_INTEGER, NULL, INT64_C(9223372036854775799)},
		{"99999999999999999999", PDF_TOKEN_WORD, NULL, 0},
		{"-99999999999999999999", PDF_TOKEN_WORD, NULL, 0},
		{"3.", PDF_TOKEN_REAL, "3.", 3},
		{"-.5", PDF_TOKEN_REAL, "-.5", 0},
		{"1.2.3", PDF_TOKEN_WORD, "1.2.3", 0},
		{".", PDF_TOKEN_WORD, ".", 0},
		{"-", PDF_TOKEN_WORD, "-", 0},
		{"1-2", PDF_TOKEN_WORD, "1-2", 0},
		{"--1", PDF_TOKEN_WORD, "--1", 0},
		{"1e5", PDF_TOKEN_WORD, "1e5", 0},
		{"0x10", PDF_TOKEN_WORD, "0x10", 0},
		{"12/A", PDF_TOKEN_INTEGER, "12", 12},
		{"12%x", PDF_TOKEN_INTEGER, "12", 12},
		{"obj<<", PDF_TOKEN_WORD, "obj", 0},
		{"/Name(x)", PDF_TOKEN_NAME, "Name", 0},
		{"/A#42 ", PDF_TOKEN_NAME, "A#42", 0},
		{"/", PDF_TOKEN_NAME, "", 0},
		{"/ A", PDF_TOKEN_NAME, "", 0},
		{"//A", PDF_TOKEN_NAME, "", 0},
		{"(a(b)c)d", PDF_TOKEN_STRING, "(a(b)c)", 0},
		{"()", PDF_TOKEN_STRING, "()", 0},
		{"(\\)\\()x", PDF_TOKEN_STRING, "(\\)\\()", 0},
		{"(%not a comment)", PDF_TOKEN_STRING, "(%not a comment)", 0},
		{"(a\\\\)b)", PDF_TOKEN_STRING, "(a\\\\)", 0},
		{"(", PDF_TOKEN_BAD, NULL, 0},
		{"(a(b)", PDF_TOKEN_BAD, NULL, 0},
		{"(a\\", PDF_TOKEN_BAD, NULL, 0},
		{"(a\\)", PDF_TOKEN_BAD, NULL, 0},
		{"<>", PDF_TOKEN_HEX, "<>", 0},
		{"<0a F\n0>", PDF_TOKEN_HEX, "<0a F\n0>", 0},
		{"<0g>", PDF_TOKEN_BAD, NULL, 0},
		{"<00", PDF_TOKEN_BAD, NULL, 0},
		{"<", PDF_TOKEN_BAD, NULL, 0},
		{"<<", PDF_TOKEN_DICT_OPEN, "<<", 0},
		{"<<<", PDF_TOKEN_DICT_OPEN, "<<", 0},
		{">>", PDF_TOKEN_DICT_CLOSE, ">>", 0},
		{">", PDF_TOKEN_BAD, NULL, 0},
		{"> >", PDF_TOKEN_BAD, NULL, 0},
		{"[[", PDF_TOKEN_ARRAY_OPEN, "[", 0},
		{"]", PDF_TOKEN_ARRAY_CLOSE, "]", 0},
		{")", PDF_TOKEN_BAD, NULL, 0},
		{"{", PDF_TOKEN_BAD, NULL, 0},
		{"}", PDF_TOKEN_BAD, NULL, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span s = heap(rows[i].in, strlen(rows[i].in));
		struct pdf_lex l;
		enum pdf_token t;

		pdf_lex_init(&l, s, 0);
		t = pdf_lex_next(&l);
		if (t != rows[i].token || l.at > s.len || l.end > s.len || l.start > l.end)
			fail_msg("'%s': token %d", rows[i].in, (int)t);
		if (rows[i].text != NULL && !pdf_lex_is(&l, rows[i].text))
			fail_msg("'%s': text is not '%s'", rows[i].in, rows[i].text);
		if (t == PDF_TOKEN_INTEGER)
			assert_int_equal(l.integer, rows[i].integer);
		drop(s);
	}
}

/* A NUL is white space (7.2.2), so no text ends at one; a place past the end is the end. */
static void
test_nul_and_end(void **state)
{
	struct span s = heap("\0\0" "12\0" "34", 7);
	struct pdf_lex l;
	uint64_t v;

	(void)state;
	pdf_lex_init(&l, s, 0);
	assert_true(pdf_lex_integer(&l, 100, &v));
	assert_int_equal(v, 12);
	assert_int_equal(l.start, 2);
	assert_true(pdf_lex_integer(&l, 34, &v));
	assert_int_equal(v, 34);
	assert_int_equal(pdf_lex_next(&l), PDF_TOKEN_END);
	assert_int_equal(pdf_lex_next(&l), PDF_TOKEN_END);
	pdf_lex_init(&l, s, SIZE_MAX);
	assert_int_equal(l.at, s.len);
	assert_int_equal(pdf_lex_next(&l), PDF_TOKEN_END);
	for (unsigned c = 0; c < 256; c++)
		assert_int_equal(pdf_is_space((unsigned char)c),
			c == 0 || c == 9 || c == 10 || c == 12 || c == 13 || c == 32);
	drop(s);
}

static void
test_integers(void **state)
{
	static const struct {
		const char *in;
		uint64_t max;
		bool taken;
	} rows[] = {{"7", 7, true}, {"8", 7, false}, {"-1", 7, false}, {"-0", 7, true}, {"7.0", 7, false}, {"R", 7, false},
		{"", 7, false}, {"18446744073709551615", UINT64_MAX, false}, {"(7)", 7, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span s = heap(rows[i].in, strlen(rows[i].in));
		struct pdf_lex l;
		uint64_t v;

		pdf_lex_init(&l, s, 0);
		if (pdf_lex_integer(&l, rows[i].max, &v) != rows[i].taken)
			fail_msg("'%s' up to %ju", rows[i].in, (uintmax_t)rows[i].max);
		drop(s);
	}
}

static void
test_skip(void **state)
{
	static const struct {
		const char *in;
		bool whole;
		const char *rest; /* the word after it */
	} rows[] = {
		{"1 next", true, "next"},
		{"1 0 R next", true, "next"},
		{"1 0 obj", true, "0"},
		{"1 70000 R", true, "70000"},
		{"true next", true, "next"},
		{"[1 0 R [<< /A [] >>] (])] next", true, "next"},
		{"<< /A << /B >> >> next", true, "next"},
		{"/N next", true, "next"},
		{"", false, NULL},
		{"]", false, NULL},
		{">>", false, NULL},
		{"[1 2", false, NULL},
		{"<< /A (x", false, NULL},
		{"[ > ]", false, NULL},
		{"[ ) ]", false, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span s = heap(rows[i].in, strlen(rows[i].in));
		struct pdf_lex l;

		pdf_lex_init(&l, s, 0);
		if (pdf_lex_skip(&l) != rows[i].whole)
			fail_msg("'%s'", rows[i].in);
		if (rows[i].rest != NULL) {
			pdf_lex_next(&l);
			if (!pdf_lex_is(&l, rows[i].rest))
				fail_msg("'%s': stands before another word", rows[i].in);
		}
		drop(s);
	}
}

/* Depth has a limit, and however deep it is the stack does not grow. */
static void
test_deep(void **state)
{
	static const struct {
		size_t depth;
		bool whole;
	} rows[] = {{100, true}, {200, true}, {201, false}, {1000000, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = rows[i].depth;
		char *p = malloc(2 * n);
		struct pdf_lex l;

		assert_non_null(p);
		memset(p, '[', n);
		memset(p + n, ']', n);
		pdf_lex_init(&l, (struct span){(unsigned char *)p, 2 * n}, 0);
		assert_int_equal(pdf_lex_skip(&l), rows[i].whole);
		memset(p, '(', n);
		memset(p + n, ')', n);
		pdf_lex_init(&l, (struct span){(unsigned char *)p, 2 * n}, 0);
		assert_int_equal(pdf_lex_next(&l), PDF_TOKEN_STRING);
		assert_int_equal(l.at, 2 * n);
		free(p);
	}
}

static void
test_dict_find(void **state)
{
	static const struct {
		const char *in;
		bool found, ok;
		uint64_t value;
	} rows[] = {
		{"<< /K 7 >>", true, true, 7},
		{"<</K 7>>", true, true, 7},
		{"<< /K 1 /K 7 >>", true, true, 7},
		{"<< /A << /K 1 >> /K 7 >>", true, true, 7},
		{"<< /A << /K 1 >> >>", false, true, 0},
		{"<< /A [/K 1] >>", false, true, 0},
		{"<< /A (/K 1) /KK 2 /k 3 >>", false, true, 0},
		{"<< /A /K /B 1 >>", false, true, 0},
		{"<< /A 1 0 R /K 7 >>", true, true, 7},
		{"<< /K 7", false, false, 0},
		{"<< /K 7 ]", false, false, 0},
		{"<< /K 7 5 >>", false, false, 0},
		{"<< 5 /K 7 >>", false, false, 0},
		{"<< /K >>", false, false, 0},
		{"[ /K 7 ]", false, false, 0},
		{"", false, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span s = heap(rows[i].in, strlen(rows[i].in));
		struct pdf_lex l, value;
		bool ok = !rows[i].ok;
		uint64_t v;

		pdf_lex_init(&l, s, 0);
		if (pdf_lex_dict_find(&l, "K", &value, &ok) != rows[i].found || ok != rows[i].ok)
			fail_msg("'%s'", rows[i].in);
		assert_int_equal(pdf_lex_dict_find(&l, "K", &value, NULL), rows[i].found);
		assert_int_equal(l.at, 0);
		if (rows[i].found && (!pdf_lex_integer(&value, 100, &v) || v != rows[i].value))
			fail_msg("'%s': another value", rows[i].in);
		drop(s);
	}
}

/* Every cut of a text that uses all forms: ends, stays inside, and no cut dictionary is taken for a whole one. */
static void
test_every_cut(void **state)
{
	static const char text[] = "<< /A (x\\)(y)) /B <0aF> /C [1 0 R -2.5 true] /D << /E null >> /K 7 >>";

	(void)state;
	for (size_t n = 0; n <= sizeof(text) - 1; n++) {
		struct span s = heap(text, n);
		struct pdf_lex l, value;
		size_t tokens = 0;

		pdf_lex_init(&l, s, 0);
		assert_int_equal(pdf_lex_dict_find(&l, "K", &value, NULL), n == sizeof(text) - 1);
		while (pdf_lex_next(&l) != PDF_TOKEN_END) {
			assert_true(l.at <= n && ++tokens <= n);
			assert_true(pdf_lex_text(&l).len <= n);
		}
		drop(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_nul_and_end),
		cmocka_unit_test(test_integers),
		cmocka_unit_test(test_skip),
		cmocka_unit_test(test_deep),
		cmocka_unit_test(test_dict_find),
		cmocka_unit_test(test_every_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
