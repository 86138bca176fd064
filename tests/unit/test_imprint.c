/* imprint: the published SHA-2 examples (FIPS 180-4), in one and in parts, and which texts are no imprint of a kind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/imprints.h"

static const struct {
	enum imprint_kind kind;
	const char *name;
	size_t size;
	const char *empty, *abc;
} kinds[] = {
	{IMPRINT_SHA256, "SHA256", 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{IMPRINT_SHA384, "SHA384", 48, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b",
		"cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"},
	{IMPRINT_SHA512, "SHA512", 64,
		"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
		"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
test_examples(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct imprint x = imprint_of(kinds[i].kind, "", 0), back;
		struct imprint_stream *s = imprint_begin(kinds[i].kind), *fork;
		static const unsigned char zeros[IMPRINT_BYTES];
		char text[IMPRINT_HEX];

		assert_int_equal(x.kind, kinds[i].kind);
		imprint_hex(&x, text);
		assert_string_equal(text, kinds[i].empty);
		assert_memory_equal(x.bytes + kinds[i].size, zeros, IMPRINT_BYTES - kinds[i].size);
		assert_non_null(s);
		imprint_put(s, "a", 1);
		fork = imprint_fork(s);
		assert_non_null(fork);
		imprint_put(s, "", 0);
		imprint_put(s, "bc", 2);
		x = imprint_end(s);
		imprint_put(fork, "bc", 2); /* on its own, from where it began */
		back = imprint_end(fork);
		assert_memory_equal(&back, &x, sizeof(x));
		assert_int_equal(x.kind, kinds[i].kind);
		imprint_hex(&x, text);
		assert_string_equal(text, kinds[i].abc);
		assert_memory_equal(x.bytes + kinds[i].size, zeros, IMPRINT_BYTES - kinds[i].size);
		assert_true(imprint_from_hex(kinds[i].kind, kinds[i].abc, &back));
		assert_memory_equal(&back, &x, sizeof(x));
	}
}

/* All at once over parts, and the record that carries them: the same of the same bytes, and nothing else is one. */
static void
test_record(void **state)
{
	static const char *const texts[] = {"", "a", "abc", "a longer text that comes in parts"};
	struct imprints_stream *s;
	struct imprints i, back;
	struct buf record, other;

	(void)state;
	for (size_t t = 0; t < sizeof(texts) / sizeof(texts[0]); t++) {
		size_t n = strlen(texts[t]);

		s = imprints_begin();
		assert_non_null(s);
		imprints_put(s, texts[t], n / 2);
		imprints_put(s, texts[t], 0);
		imprints_put(s, texts[t] + n / 2, n - n / 2);
		i = imprints_end(s);
		assert_int_equal(i.size, n);
		assert_int_equal(i.first, texts[t][0]);
		for (size_t k = 0; k < KINDS; k++) {
			struct imprint whole = imprint_of(kinds[k].kind, texts[t], n);

			assert_true(imprint_equal(&i.of[k], &whole));
		}
		buf_init(&record, IMPRINTS_RECORD);
		buf_init(&other, IMPRINTS_RECORD);
		imprints_write(&i, &record);
		imprints_write(&i, &other);
		assert_int_equal(buf_status(&record), STATUS_OK);
		assert_int_equal(record.len, other.len);
		assert_memory_equal(record.data, other.data, record.len);
		assert_true(imprints_read((struct span){record.data, record.len}, &back));
		assert_true(back.size == i.size && back.first == i.first);
		for (size_t k = 0; k < KINDS; k++)
			assert_true(imprint_equal(&back.of[k], &i.of[k]));
		assert_false(imprints_read((struct span){record.data, record.len - 1}, &back));
		buf_put_byte(&record, 0);
		assert_false(imprints_read((struct span){record.data, record.len}, &back));
		other.data[0] ^= 1;
		assert_false(imprints_read((struct span){other.data, other.len}, &back));
		buf_free(&record);
		buf_free(&other);
	}
	imprints_free(imprints_begin());
	imprints_free(NULL);
}

static void
test_names(void **state)
{
	static const char *const bad[] = {"", "sha256", "SHA-256", "SHA2", "SHA2566", "SHA1", "SHA224", "MD5", " SHA256", "SHA3-256"};
	enum imprint_kind k;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		assert_string_equal(imprint_name(kinds[i].kind), kinds[i].name);
		assert_int_equal(imprint_size(kinds[i].kind), kinds[i].size);
		assert_true(imprint_kind_find(kinds[i].name, &k));
		assert_int_equal(k, kinds[i].kind);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (imprint_kind_find(bad[i], &k))
			fail_msg("found: '%s'", bad[i]);
	assert_false(imprint_kind_find(NULL, &k));
	assert_int_equal(IMPRINT_SHA256, 0); /* what a zeroed request means */
}

/* A text of another length, case or kind is no imprint: never a shorter one padded with zeros. */
static void
test_hex_refused(void **state)
{
	struct imprint x;

	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		char text[2 * IMPRINT_BYTES + 3];

		for (size_t k = 0; k < KINDS; k++)
			assert_int_equal(imprint_from_hex(kinds[i].kind, kinds[k].abc, &x), i == k);
		strcpy(text, kinds[i].abc);
		text[2 * kinds[i].size - 1] = '\0';
		assert_false(imprint_from_hex(kinds[i].kind, text, &x));
		strcpy(text, kinds[i].abc);
		strcat(text, "0");
		assert_false(imprint_from_hex(kinds[i].kind, text, &x));
		for (const char *bad = "gGAF xX-"; *bad != '\0'; bad++) {
			strcpy(text, kinds[i].abc);
			text[5] = *bad;
			if (imprint_from_hex(kinds[i].kind, text, &x))
				fail_msg("%s with '%c'", kinds[i].name, *bad);
		}
		assert_false(imprint_from_hex(kinds[i].kind, "", &x));
		assert_false(imprint_from_hex(kinds[i].kind, NULL, &x));
	}
}

/* Each bit counts, and the same bytes of another kind are another imprint. */
static void
test_equal(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct imprint a = imprint_of(kinds[i].kind, "x", 1), b = a;

		assert_true(imprint_equal(&a, &b));
		for (size_t bit = 0; bit < 8 * kinds[i].size; bit++) {
			b.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
			assert_false(imprint_equal(&a, &b));
			b.bytes[bit / 8] ^= (unsigned char)(1u << bit % 8);
		}
		b.kind = kinds[(i + 1) % KINDS].kind;
		assert_false(imprint_equal(&a, &b));
		assert_false(imprint_equal(&b, &a));
	}
}

/* However the bytes are cut into parts, the imprint is that of the whole; one begun and dropped leaks nothing. */
static void
test_parts(void **state)
{
	unsigned char bytes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + 1);
	for (size_t i = 0; i < KINDS; i++) {
		struct imprint whole = imprint_of(kinds[i].kind, bytes, sizeof(bytes));

		for (size_t step = 1; step <= sizeof(bytes); step += 13) {
			struct imprint_stream *s = imprint_begin(kinds[i].kind);
			struct imprint x;

			for (size_t at = 0; at < sizeof(bytes); at += step)
				imprint_put(s, bytes + at, sizeof(bytes) - at < step ? sizeof(bytes) - at : step);
			x = imprint_end(s);
			assert_true(imprint_equal(&x, &whole));
		}
		imprint_free(imprint_begin(kinds[i].kind));
	}
	imprint_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_hex_refused),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
