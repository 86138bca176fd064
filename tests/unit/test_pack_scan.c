/* pack_scan: archives made here byte by byte, whole ones read, and each lie of a header or end record refused by its finding. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/pack_scan.h"

/* Where the fields of the made archive begin: two stored entries "a" (3 bytes) and "bb" (4 bytes). */
#define LOCAL_A 0
#define LOCAL_B (30 + 1 + 3)
#define DIRECTORY (LOCAL_B + 30 + 2 + 4)
#define RECORD_A DIRECTORY
#define RECORD_B (DIRECTORY + 46 + 1)
#define END (RECORD_B + 46 + 2)
#define WHOLE (END + 22)

static void
put16(unsigned char *p, unsigned v)
{
	p[0] = (unsigned char)v;
	p[1] = (unsigned char)(v >> 8);
}

static void
put32(unsigned char *p, uint32_t v)
{
	put16(p, v & 0xffff);
	put16(p + 2, v >> 16);
}

static void
put_local(unsigned char *p, const char *name, const char *data)
{
	memcpy(p, "PK\3\4", 4);
	put16(p + 4, 20);
	put32(p + 18, (uint32_t)strlen(data));
	put32(p + 22, (uint32_t)strlen(data));
	put16(p + 26, (unsigned)strlen(name));
	memcpy(p + 30, name, strlen(name));
	memcpy(p + 30 + strlen(name), data, strlen(data));
}

static void
put_record(unsigned char *p, const char *name, uint32_t size, uint32_t offset)
{
	memcpy(p, "PK\1\2", 4);
	p[5] = 3;
	put32(p + 20, size);
	put32(p + 24, size);
	put16(p + 28, (unsigned)strlen(name));
	put32(p + 38, UINT32_C(0100644) << 16);
	put32(p + 42, offset);
	memcpy(p + 46, name, strlen(name));
}

/* `after` more bytes of zeros behind it; free() it. Exactly as large: the address sanitizer sees a read past the end. */
static unsigned char *
made(size_t after)
{
	unsigned char *p = calloc(1, WHOLE + after);

	assert_non_null(p);
	put_local(p + LOCAL_A, "a", "one");
	put_local(p + LOCAL_B, "bb", "four");
	put_record(p + RECORD_A, "a", 3, LOCAL_A);
	put_record(p + RECORD_B, "bb", 4, LOCAL_B);
	memcpy(p + END, "PK\5\6", 4);
	put16(p + END + 8, 2);
	put16(p + END + 10, 2);
	put32(p + END + 12, END - DIRECTORY);
	put32(p + END + 16, DIRECTORY);
	return p;
}

static void
test_whole(void **state)
{
	unsigned char *p = made(5);
	struct pack_scan s;

	(void)state;
	assert_int_equal(pack_scan_read((struct span){p, WHOLE + 5}, 2, NULL, &s), STATUS_OK);
	assert_int_equal(s.count, 2);
	assert_int_equal(s.directory, DIRECTORY);
	assert_int_equal(s.end, WHOLE); /* what follows is trailing */
	assert_memory_equal(s.records[0].name.data, "a", s.records[0].name.len);
	assert_int_equal(s.records[1].name.len, 2);
	assert_int_equal(s.records[1].size, 4);
	assert_int_equal(s.records[1].offset, LOCAL_B);
	assert_true(s.records[1].made_unix);
	assert_int_equal(s.records[1].attributes >> 16, 0100644);
	assert_ptr_equal(s.records[1].whole.data, p + RECORD_B);
	assert_int_equal(s.records[1].whole.len, 48);
	free(s.records);
	put16(p + END + 20, 5); /* now they are its comment */
	assert_int_equal(pack_scan_read((struct span){p, WHOLE + 5}, 2, NULL, &s), STATUS_OK);
	assert_int_equal(s.end, WHOLE + 5);
	free(s.records);
	free(p);
}

static void
test_empty(void **state)
{
	unsigned char end[22] = "PK\5\6";
	struct pack_scan s;

	(void)state;
	assert_int_equal(pack_scan_read((struct span){end, sizeof(end)}, 0, NULL, &s), STATUS_OK);
	assert_int_equal(s.count, 0);
	free(s.records);
}

/* One field changed, 2 or 4 bytes wide. */
static const struct lie {
	const char *about;
	size_t at;
	unsigned width;
	uint32_t value;
	const char *code;
} lies[] = {
	{"one entry fewer", END + 8, 4, 0x00010001, "pack.malformed"},
	{"one entry more", END + 8, 4, 0x00030003, "pack.malformed"},
	{"more entries than allowed", END + 8, 4, 0x00650065, "pack.entries"},
	{"another number on this disk", END + 8, 2, 1, "pack.split"},
	{"disk 1", END + 4, 2, 1, "pack.split"},
	{"directory on disk 1", END + 6, 2, 1, "pack.split"},
	{"entry on disk 1", RECORD_B + 34, 2, 1, "pack.split"},
	{"directory size", END + 12, 4, END - DIRECTORY - 1, "pack.malformed"},
	{"directory size without end", END + 12, 4, 0xfffffffe, "pack.malformed"},
	{"directory behind the end", END + 16, 4, END + 1, "pack.malformed"},
	{"directory earlier", END + 16, 4, DIRECTORY - 1, "pack.malformed"},
	{"directory 4 GB away", END + 16, 4, 0xfffffffe, "pack.malformed"},
	{"64-bit end that is not there", END + 16, 4, 0xffffffff, "pack.malformed"},
	{"64-bit count that is not there", END + 8, 4, 0xffffffff, "pack.malformed"},
	{"no record", RECORD_B, 4, 0x04034b50, "pack.malformed"},
	{"name over the end", RECORD_B + 28, 2, 0xffff, "pack.malformed"},
	{"extra over the end", RECORD_B + 30, 2, 1, "pack.malformed"},
	{"comment over the end", RECORD_B + 32, 2, 0xffff, "pack.malformed"},
	{"name into the next record", RECORD_A + 28, 2, 2, "pack.malformed"},
	{"64-bit size without its field", RECORD_B + 24, 4, 0xffffffff, "pack.malformed"},
	{"64-bit packed size without its field", RECORD_B + 20, 4, 0xffffffff, "pack.malformed"},
	{"64-bit offset without its field", RECORD_B + 42, 4, 0xffffffff, "pack.malformed"},
	{"packed size over the directory", RECORD_B + 20, 4, 5, "pack.truncated"},
	{"packed size 4 GB", RECORD_A + 20, 4, 0xfffffffe, "pack.truncated"},
	{"offset in the directory", RECORD_B + 42, 4, DIRECTORY - 29, "pack.truncated"},
	{"offset behind everything", RECORD_B + 42, 4, 0xfffffffe, "pack.truncated"},
	{"offset not at a header", RECORD_B + 42, 4, LOCAL_B - 1, "pack.malformed"},
	{"no local header", LOCAL_B, 4, 0x02014b50, "pack.malformed"},
	{"local name over the end", LOCAL_B + 26, 2, 0xffff, "pack.truncated"},
	{"local extra over the end", LOCAL_B + 28, 2, 1, "pack.truncated"},
	{"another name in the local header", LOCAL_B + 30, 2, 0x6363, "pack.ambiguous"},
	{"another method in the local header", LOCAL_B + 8, 2, 8, "pack.ambiguous"},
	{"encrypted in the local header only", LOCAL_B + 6, 2, 1, "pack.ambiguous"},
	{"encrypted in the directory only", RECORD_B + 8, 2, 1, "pack.ambiguous"},
	{"shorter name in the directory", RECORD_B + 28, 4, 0x00010001, "pack.ambiguous"},
	{"a grows into b", RECORD_A + 20, 4, 4, "pack.overlap"},
};

static void
test_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		const struct lie *lie = &lies[i];
		unsigned char *p = made(0);
		struct diag *diag = diag_new();
		struct pack_scan s;
		enum status st;

		if (lie->width == 2)
			put16(p + lie->at, lie->value);
		else
			put32(p + lie->at, lie->value);
		st = pack_scan_read((struct span){p, WHOLE}, 100, diag, &s);
		if (st != STATUS_INVALID || diag_count(diag) != 1 || !diag_has(diag, lie->code))
			fail_msg("%s: %s, %s", lie->about, status_code(st),
				diag_count(diag) > 0 ? diag_at(diag, 0)->code : "no finding");
		diag_free(diag);
		free(p);
	}
}

/* Two entries of the directory over one local header: the trick of a small archive that inflates without bound. */
static void
test_shared_entry(void **state)
{
	unsigned char *p = made(0);
	struct diag *diag = diag_new();
	struct pack_scan s;

	(void)state;
	put_local(p + LOCAL_A, "bb", "on");
	put_record(p + RECORD_B, "bb", 0, LOCAL_A);
	put_record(p + RECORD_A, "b", 0, LOCAL_A);
	put16(p + LOCAL_A + 26, 1);
	assert_int_equal(pack_scan_read((struct span){p, WHOLE}, 9, diag, &s), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.ambiguous")); /* one header cannot have both names */
	diag_free(diag);
	diag = diag_new();
	memset(p + RECORD_B + 46, 'b', 2);
	put16(p + RECORD_B + 28, 1); /* the same name for both: the other byte is its comment */
	put16(p + RECORD_B + 32, 1);
	assert_int_equal(pack_scan_read((struct span){p, WHOLE}, 9, diag, &s), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.overlap"));
	diag_free(diag);
	free(p);
}

/* Each cut of a whole archive, and each byte of it changed to some values: a status, never a read outside. */
static void
test_every_cut_and_byte(void **state)
{
	static const unsigned char values[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
	unsigned char *whole = made(0);
	struct pack_scan s;

	(void)state;
	for (size_t n = 0; n < WHOLE; n++) {
		unsigned char *cut = malloc(n ? n : 1);

		memcpy(cut, whole, n);
		assert_int_equal(pack_scan_read((struct span){cut, n}, 9, NULL, &s), STATUS_INVALID);
		free(cut);
	}
	for (size_t n = 0; n < WHOLE; n++)
		for (size_t k = 0; k < sizeof(values); k++) {
			unsigned char was = whole[n];

			whole[n] = values[k];
			if (pack_scan_read((struct span){whole, WHOLE}, 9, NULL, &s) == STATUS_OK) {
				assert_int_equal(s.count, 2);
				for (size_t i = 0; i < s.count; i++)
					assert_true(s.records[i].offset + s.records[i].packed <= s.directory);
				free(s.records);
			}
			whole[n] = was;
		}
	free(whole);
}

/* ZIP64: the sizes stand in the extra field, the end in its own record; an end that points elsewhere is refused. */
static void
test_wide(void **state)
{
	enum { RECORD = 30 + 1 + 3, SHORT = RECORD + 46 + 1 + 28, LOCATOR = SHORT + 56, LAST = LOCATOR + 20, ALL = LAST + 22 };
	unsigned char p[ALL] = {0};
	struct pack_scan s;

	(void)state;
	put_local(p, "a", "one");
	put_record(p + RECORD, "a", 0xffffffff, 0xffffffff);
	put16(p + RECORD + 30, 28);
	put16(p + RECORD + 47, 1);
	put16(p + RECORD + 49, 24);
	put32(p + RECORD + 51, 3);
	put32(p + RECORD + 59, 3);
	memcpy(p + SHORT, "PK\6\6", 4);
	put32(p + SHORT + 24, 1);
	put32(p + SHORT + 32, 1);
	put32(p + SHORT + 40, SHORT - RECORD);
	put32(p + SHORT + 48, RECORD);
	memcpy(p + LOCATOR, "PK\6\7", 4);
	put32(p + LOCATOR + 8, SHORT);
	memcpy(p + LAST, "PK\5\6", 4);
	memset(p + LAST + 8, 0xff, 12);
	assert_int_equal(pack_scan_read((struct span){p, ALL}, 9, NULL, &s), STATUS_OK);
	assert_int_equal(s.count, 1);
	assert_int_equal(s.records[0].size, 3);
	assert_int_equal(s.records[0].offset, 0);
	free(s.records);
	for (size_t at = RECORD + 49; at < LOCATOR + 20; at++) {
		unsigned char was = p[at];

		p[at] = 0xff; /* the highest bytes: sums that run over */
		if (pack_scan_read((struct span){p, ALL}, 9, NULL, &s) == STATUS_OK)
			free(s.records);
		p[at] = was;
	}
	memset(p + RECORD + 67, 0xff, 8); /* offset 2^64-1 */
	assert_int_equal(pack_scan_read((struct span){p, ALL}, 9, NULL, &s), STATUS_INVALID);
	memset(p + RECORD + 67, 0, 8);
	memset(p + RECORD + 59, 0xff, 8); /* packed size 2^64-1 */
	assert_int_equal(pack_scan_read((struct span){p, ALL}, 9, NULL, &s), STATUS_INVALID);
	put32(p + RECORD + 59, 3);
	put32(p + RECORD + 63, 0);
	put16(p + RECORD + 49, 16); /* the field is too short for three values */
	assert_int_equal(pack_scan_read((struct span){p, ALL}, 9, NULL, &s), STATUS_INVALID);
	put16(p + RECORD + 49, 25); /* … or longer than the extra field */
	assert_int_equal(pack_scan_read((struct span){p, ALL}, 9, NULL, &s), STATUS_INVALID);
	put16(p + RECORD + 49, 24);
	memset(p + LOCATOR + 8, 0xff, 8);
	assert_int_equal(pack_scan_read((struct span){p, ALL}, 9, NULL, &s), STATUS_INVALID);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_shared_entry),
		cmocka_unit_test(test_every_cut_and_byte),
		cmocka_unit_test(test_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
