/* pdf_flate: both ways, bombs stopped at the maximum, cut and damaged data refused, each PNG predictor by hand-worked rows. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pdf_flate.h"
#include "tests/unit/spans.h"

static void
test_round_trip(void **state)
{
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 300000};
	static const int levels[] = {PDF_FLATE_USUAL, PDF_FLATE_FAST};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (size_t k = 0; k < 2; k++) {
			unsigned char *data = malloc(sizes[i] + 1);
			uint32_t x = 12345;
			struct buf packed, back;

			assert_non_null(data);
			for (size_t n = 0; n < sizes[i]; n++) /* half of it does not pack */
				data[n] = n % 2 ? (unsigned char)((x = x * 1664525u + 1013904223u) >> 24) : 'a';
			buf_init(&packed, 1000000);
			buf_init(&back, sizes[i] + 3);
			buf_put_str(&packed, "before");
			buf_put_str(&back, "abc");
			assert_int_equal(pdf_flate_pack((struct span){data, sizes[i]}, levels[k], &packed), STATUS_OK);
			assert_memory_equal(packed.data, "before", 6);
			assert_int_equal(packed.data[packed.len], 0);
			assert_int_equal(
				pdf_flate_unpack((struct span){packed.data + 6, packed.len - 6}, &back), STATUS_OK);
			assert_int_equal(back.len, sizes[i] + 3);
			assert_memory_equal(back.data, "abc", 3);
			assert_memory_equal(back.data + 3, data, sizes[i]);
			buf_free(&packed);
			buf_free(&back);
			free(data);
		}
}

/* A MiB of zeros in 2 KB: not one byte over the maximum is kept. */
static void
test_bomb(void **state)
{
	size_t n = 1 << 20;
	unsigned char *zeros = calloc(1, n);
	struct buf packed, back;

	(void)state;
	assert_non_null(zeros);
	buf_init(&packed, 2 * n);
	assert_int_equal(pdf_flate_pack((struct span){zeros, n}, PDF_FLATE_USUAL, &packed), STATUS_OK);
	assert_true(packed.len < 2000);
	buf_init(&back, n);
	assert_int_equal(pdf_flate_unpack((struct span){packed.data, packed.len}, &back), STATUS_OK);
	buf_free(&back);
	buf_init(&back, n - 1);
	assert_int_equal(pdf_flate_unpack((struct span){packed.data, packed.len}, &back), STATUS_TOO_LARGE);
	assert_true(back.len < n);
	buf_free(&back);
	buf_free(&packed);
	buf_init(&packed, 1000); /* less than it could need at worst */
	assert_int_equal(pdf_flate_pack((struct span){zeros, n}, PDF_FLATE_FAST, &packed), STATUS_TOO_LARGE);
	buf_free(&packed);
	free(zeros);
}

/* Each cut and each flipped byte: refused, or (a flag that does not count) the same bytes. */
static void
test_damaged(void **state)
{
	static const char text[] = "So 17-CV/VPTU, ngay 2 thang 9 nam 2026: So 17-CV/VPTU, ngay 2 thang 9 nam 2026";
	struct span in = {(const unsigned char *)text, sizeof(text) - 1};
	struct buf packed, back;

	(void)state;
	buf_init(&packed, 1000);
	assert_int_equal(pdf_flate_pack(in, PDF_FLATE_USUAL, &packed), STATUS_OK);
	for (size_t n = 0; n < packed.len; n++) {
		struct span cut = heap(packed.data, n);

		buf_init(&back, 100000);
		assert_int_equal(pdf_flate_unpack(cut, &back), STATUS_INVALID);
		buf_free(&back);
		drop(cut);
	}
	for (size_t n = 0; n < packed.len; n++) {
		struct span bad = heap(packed.data, packed.len);

		((unsigned char *)(uintptr_t)bad.data)[n] ^= 0x55;
		buf_init(&back, 100000);
		if (pdf_flate_unpack(bad, &back) == STATUS_OK &&
			(back.len != in.len || memcmp(back.data, text, in.len) != 0))
			fail_msg("byte %zu changed: other bytes, and no fault", n);
		buf_free(&back);
		drop(bad);
	}
	buf_free(&packed);
}

/* 7.4.4.4: all types against rows worked out by hand. */
static void
test_predictors(void **state)
{
	static const struct {
		const char *about;
		size_t columns, len;
		const char *in;
		size_t out_len;
		const char *out;
	} rows[] = {
		{"none", 3, 8, "\0abc\0def", 6, "abcdef"},
		{"sub", 4, 5, "\1\x01\x01\x01\xff", 4, "\x01\x02\x03\x02"},
		{"up, first row", 2, 3, "\2\x05\x06", 2, "\x05\x06"},
		{"up", 2, 6, "\0\x05\xff\2\x01\x02", 4, "\x05\xff\x06\x01"},
		{"average", 2, 6, "\0\x0a\x14\3\x01\x02", 4, "\x0a\x14\x06\x0f"},
		{"average without overflow", 2, 6, "\0\xff\xff\3\x80\x01", 4, "\xff\xff\xff\x00"},
		{"paeth: left, above, both", 3, 8, "\0\x0a\x14\x1e\4\x01\x01\x01", 6, "\x0a\x14\x1e\x0b\x15\x1f"},
		{"nothing", 3, 0, "", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span in = heap(rows[i].in, rows[i].len);
		struct buf to;

		buf_init(&to, 100);
		assert_int_equal(pdf_flate_unpredict(in, rows[i].columns, &to), STATUS_OK);
		if (to.len != rows[i].out_len || (to.len > 0 && memcmp(to.data, rows[i].out, to.len) != 0))
			fail_msg("%s", rows[i].about);
		buf_free(&to);
		drop(in);
	}
}

static void
test_predictors_refused(void **state)
{
	static const struct {
		const char *about;
		size_t columns, len;
		const char *in;
	} rows[] = {{"type 5", 1, 2, "\5x"}, {"type 255", 1, 2, "\xffx"}, {"no columns", 0, 2, "\0x"},
		{"columns without end", SIZE_MAX, 2, "\0x"}, {"65537 columns", 65537, 2, "\0x"}, {"row cut", 3, 7, "\0abc\0de"},
		{"a type alone", 3, 5, "\0abc\0"}};
	struct buf to;
	struct span in;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		in = heap(rows[i].in, rows[i].len);
		buf_init(&to, 100);
		if (pdf_flate_unpredict(in, rows[i].columns, &to) != STATUS_INVALID)
			fail_msg("%s", rows[i].about);
		buf_free(&to);
		drop(in);
	}
	in = heap("\0abc\0def", 8);
	buf_init(&to, 5);
	assert_int_equal(pdf_flate_unpredict(in, 3, &to), STATUS_TOO_LARGE);
	buf_free(&to);
	drop(in);
}

/* The row above is found again when the buffer moves as it grows, and when it does not begin empty. */
static void
test_growing(void **state)
{
	size_t columns = 7, count = 5000;
	unsigned char *in = malloc(count * (columns + 1));
	struct buf to;

	(void)state;
	assert_non_null(in);
	for (size_t i = 0; i < count; i++) {
		in[i * (columns + 1)] = 2;
		memset(in + i * (columns + 1) + 1, 1, columns);
	}
	buf_init(&to, 100000);
	buf_put_str(&to, "xyz");
	assert_int_equal(pdf_flate_unpredict((struct span){in, count * (columns + 1)}, columns, &to), STATUS_OK);
	assert_int_equal(to.len, 3 + count * columns);
	for (size_t i = 0; i < count * columns; i++)
		assert_int_equal(to.data[3 + i], (unsigned char)(i / columns + 1));
	buf_free(&to);
	free(in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_predictors),
		cmocka_unit_test(test_predictors_refused),
		cmocka_unit_test(test_growing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
