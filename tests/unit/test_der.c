/* der: headers of every length, one element in, and what is no DER: indefinite, not minimal, cut short. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/der.h"
#include "tests/unit/spans.h"

static void
test_header_sizes(void **state)
{
	static const struct {
		size_t len, size;
		const char *header;
	} rows[] = {{0, 2, "\x04\x00"}, {1, 2, "\x04\x01"}, {127, 2, "\x04\x7f"}, {128, 3, "\x04\x81\x80"},
		{255, 3, "\x04\x81\xff"}, {256, 4, "\x04\x82\x01\x00"}, {65535, 4, "\x04\x82\xff\xff"},
		{65536, 5, "\x04\x83\x01\x00\x00"}, {16777215, 5, "\x04\x83\xff\xff\xff"},
		{16777216, 6, "\x04\x84\x01\x00\x00\x00"}, {UINT32_MAX, 6, "\x04\x84\xff\xff\xff\xff"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 100);
		der_put_header(&b, DER_OCTET_STRING, rows[i].len);
		assert_int_equal(der_header_size(rows[i].len), rows[i].size);
		assert_int_equal(b.len, rows[i].size);
		assert_memory_equal(b.data, rows[i].header, rows[i].size);
		buf_free(&b);
	}
}

/* What is put comes back, with what follows it untouched, for lengths around each change of form. */
static void
test_round_trip(void **state)
{
	static const size_t lens[] = {0, 1, 126, 127, 128, 129, 255, 256, 257, 65535, 65536};
	unsigned char *value = calloc(1, 65536);

	(void)state;
	assert_non_null(value);
	for (size_t i = 0; i < 65536; i++)
		value[i] = (unsigned char)(i * 31 + 5);
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct buf b;
		struct span s, all;
		struct der d;

		buf_init(&b, 100000);
		der_put(&b, DER_CONTEXT(3), value, lens[i]);
		der_put(&b, DER_NULL, NULL, 0);
		assert_int_equal(buf_status(&b), STATUS_OK);
		s = all = heap(b.data, b.len);
		assert_false(der_expect(&s, DER_SEQUENCE, &d));
		assert_ptr_equal(s.data, all.data);
		assert_true(der_expect(&s, 0xa3, &d));
		assert_int_equal(d.value.len, lens[i]);
		assert_memory_equal(d.value.data, value, lens[i]);
		assert_ptr_equal(d.whole.data, all.data);
		assert_int_equal(d.whole.len, der_header_size(lens[i]) + lens[i]);
		assert_true(der_get(&s, &d));
		assert_int_equal(d.tag, DER_NULL);
		assert_int_equal(s.len, 0);
		assert_false(der_get(&s, &d));
		drop(all);
		buf_free(&b);
	}
	free(value);
}

static void
test_no_der(void **state)
{
	static const struct {
		const char *about;
		size_t len;
		const char *bytes;
	} rows[] = {
		{"nothing", 0, ""},
		{"a tag alone", 1, "\x30"},
		{"value missing", 2, "\x04\x01"},
		{"value short", 4, "\x04\x03xy"},
		{"indefinite length", 6, "\x30\x80\x05\x00\x00\x00"},
		{"length bytes missing", 2, "\x04\x81"},
		{"length bytes cut", 3, "\x04\x82\x01"},
		{"long form of 0", 3, "\x04\x81\x00"},
		{"long form of 1", 4, "\x04\x81\x01x"},
		{"long form of 127", 3 + 127, "\x04\x81\x7f" "0123456789012345678901234567890123456789012345678901234567890123456789"
			"012345678901234567890123456789012345678901234567890123456"},
		{"leading zero", 5, "\x04\x82\x00\x80x"},
		{"leading zero of a long one", 6, "\x04\x84\x00\x01\x00\x00"},
		{"five length bytes", 8, "\x04\x85\x01\x00\x00\x00\x00x"},
		{"reserved length 0xff", 4, "\x04\xff\x01x"},
		{"4 GiB that are not there", 7, "\x04\x84\xff\xff\xff\xffx"},
		{"tag number of 31", 4, "\x1f\x01\x01x"},
		{"constructed high tag", 5, "\xbf\x81\x01\x01x"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span all = heap(rows[i].bytes, rows[i].len), s = all;
		struct der d;

		if (der_get(&s, &d) || s.data != all.data || s.len != all.len)
			fail_msg("%s: taken, or the input moved", rows[i].about);
		if (der_expect(&s, (unsigned char)rows[i].bytes[0], &d) || s.len != all.len)
			fail_msg("%s: taken as expected", rows[i].about);
		drop(all);
	}
}

/* Whatever the two bytes of a header: never read past the end, and what is taken lies inside. */
static void
test_all_headers(void **state)
{
	unsigned char bytes[40] = {0};

	(void)state;
	for (unsigned first = 0; first < 256; first++)
		for (size_t n = 2; n <= sizeof(bytes); n += 19) {
			struct span all, s;
			struct der d;

			memset(bytes, 1, sizeof(bytes));
			bytes[0] = DER_OCTET_STRING;
			bytes[1] = (unsigned char)first;
			s = all = heap(bytes, n);
			assert_int_equal(der_get(&s, &d), first < 0x80 && first <= n - 2);
			if (s.len != all.len)
				assert_int_equal(d.whole.len + s.len, all.len);
			drop(all);
		}
}

/* X.690 11.6: ascending, a shorter one that the longer begins with comes first. */
static void
test_set_of(void **state)
{
	static const char wanted[] = "\x31\x0f\x02\x01\x01\x02\x01\x02\x02\x02\x01\x00\x04\x01\x00\x05\x00";
	struct span set[] = {{(const unsigned char *)"\x05\x00", 2}, {(const unsigned char *)"\x02\x02\x01\x00", 4},
		{(const unsigned char *)"\x04\x01\x00", 3}, {(const unsigned char *)"\x02\x01\x02", 3},
		{(const unsigned char *)"\x02\x01\x01", 3}};
	struct span prefix[] = {{(const unsigned char *)"\x01\x02\x00", 3}, {(const unsigned char *)"\x01\x02", 2}};
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	der_put_set_of(&b, DER_SET, set, 5);
	assert_int_equal(b.len, sizeof(wanted) - 1);
	assert_memory_equal(b.data, wanted, b.len);
	buf_free(&b);
	der_put_set_of(&b, DER_CONTEXT(0), prefix, 2);
	assert_memory_equal(b.data, "\xa0\x05\x01\x02\x01\x02\x00", 7);
	buf_free(&b);
	der_put_set_of(&b, DER_SET, NULL, 0);
	assert_int_equal(b.len, 2);
	assert_memory_equal(b.data, "\x31\x00", 2);
	buf_free(&b);
}

/* A buffer that is full says so; nothing is cut without a word. */
static void
test_full_buffer(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	der_put(&b, DER_OCTET_STRING, "123456789", 9);
	assert_int_equal(buf_status(&b), STATUS_TOO_LARGE);
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header_sizes),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_no_der),
		cmocka_unit_test(test_all_headers),
		cmocka_unit_test(test_set_of),
		cmocka_unit_test(test_full_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
