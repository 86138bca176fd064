/* pack: what is built reads back; what nobody should unpack is refused, each for its own reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/base64_stream.h"
#include "lib/doc/pack.h"
#include "lib/doc/pack_name.h"

static struct span
text_span(const char *s)
{
	return (struct span){(const unsigned char *)s, strlen(s)};
}

static struct mapped
build(const struct pack_member *members, size_t count)
{
	int fd = output_memfd("test");
	struct mapped m;

	assert_true(fd >= 0);
	assert_int_equal(pack_build(fd, members, count, NULL), STATUS_OK);
	assert_int_equal(mapped_open(fd, &m), STATUS_OK);
	close(fd);
	return m;
}

static void
test_round_trip(void **state)
{
	struct pack_member members[] = {
		{"mimetype", true, text_span("application/vnd.etsi.asic-e+zip"), -1},
		{"thư mục/văn bản.txt", false,
			text_span("nội dung nội dung nội dung nội dung nội dung"), -1},
		{"rỗng", false, {NULL, 0}, -1},
	};
	struct mapped m = build(members, 3), again = build(members, 3);
	struct diag *diag = diag_new();
	struct pack *p;
	struct buf b;
	struct output to;

	(void)state;
	assert_int_equal(m.len, again.len);
	assert_memory_equal(m.span.data, again.span.data, m.len);
	/* EN 319 162-1 A.1: the type can be read at a fixed place */
	assert_memory_equal(m.span.data + 30, "mimetypeapplication/vnd.etsi.asic-e+zip", 39);
	assert_int_equal(pack_open(m.span, &pack_limits_default, false, diag, &p), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(pack_count(p), 3);
	assert_true(pack_at(p, 0)->stored);
	assert_int_equal(pack_find(p, "thư mục/văn bản.txt"), 1);
	buf_init(&b, 1000);
	to = output_buf(&b);
	assert_int_equal(pack_read(p, 1, &to, diag), STATUS_OK);
	assert_string_equal(buf_str(&b), "nội dung nội dung nội dung nội dung nội dung");
	assert_int_equal(pack_inspect(p, diag), STATUS_OK);
	buf_free(&b);
	pack_close(p);
	diag_free(diag);
	mapped_close(&m);
	mapped_close(&again);
}

static void
test_member_from_file(void **state)
{
	int fd = output_memfd("member");
	struct pack_member members[] = {{"a.bin", false, {NULL, 0}, fd}};
	char piece[8192];
	struct mapped m;
	struct pack *p;
	struct buf b;
	struct output to;

	(void)state;
	for (size_t i = 0; i < sizeof(piece); i++)
		piece[i] = (char)(i * 31 ^ i >> 3);
	for (int i = 0; i < 100; i++)
		assert_int_equal(write(fd, piece, sizeof(piece)), sizeof(piece));
	m = build(members, 1);
	close(fd);
	assert_int_equal(pack_open(m.span, &pack_limits_default, false, NULL, &p), STATUS_OK);
	assert_int_equal(pack_at(p, 0)->size, 100 * sizeof(piece));
	buf_init(&b, 100 * sizeof(piece));
	to = output_buf(&b);
	assert_int_equal(pack_read(p, 0, &to, NULL), STATUS_OK);
	assert_memory_equal(b.data + 99 * sizeof(piece), piece, sizeof(piece));
	buf_free(&b);
	pack_close(p);
	mapped_close(&m);
}

static void
test_limits_while_inflating(void **state)
{
	char *zeros = calloc(1, 8 << 20);
	struct pack_member members[] = {{"bom.txt", false, {(unsigned char *)zeros, 8 << 20}, -1}};
	struct mapped m = build(members, 1);
	struct pack_limits limits = pack_limits_default;
	struct diag *diag = diag_new();
	struct pack *p;
	struct buf b;
	struct output to = output_buf(&b);

	(void)state;
	buf_init(&b, 16 << 20);
	assert_int_equal(pack_open(m.span, &limits, false, diag, &p), STATUS_OK);
	assert_int_equal(pack_read(p, 0, &to, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.ratio"));
	pack_close(p);
	limits.ratio = 2000;
	limits.total = 1 << 20;
	assert_int_equal(pack_open(m.span, &limits, false, diag, &p), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.total"));
	assert_int_equal(pack_open(m.span, &limits, true, diag, &p), STATUS_OK);
	assert_int_equal(pack_read(p, 0, &to, diag), STATUS_INVALID);
	pack_close(p);
	limits.entries = 0;
	assert_int_equal(pack_open(m.span, &limits, true, diag, &p), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.entries"));
	buf_free(&b);
	free(zeros);
	diag_free(diag);
	mapped_close(&m);
}

static void
test_nesting(void **state)
{
	struct mapped m[6];
	struct diag *diag = diag_new();
	struct pack *p;

	(void)state;
	for (int i = 0; i < 6; i++) {
		struct pack_member member = {i == 0 ? "a.txt" : "a.zip", true,
			i == 0 ? text_span("a") : m[i - 1].span, -1};

		m[i] = build(&member, 1);
	}
	assert_int_equal(pack_open(m[3].span, &pack_limits_default, false, diag, &p), STATUS_OK);
	assert_int_equal(pack_inspect(p, diag), STATUS_OK);
	pack_close(p);
	assert_int_equal(pack_open(m[5].span, &pack_limits_default, false, diag, &p), STATUS_OK);
	assert_int_equal(pack_inspect(p, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.nesting"));
	pack_close(p);
	for (int i = 0; i < 6; i++)
		mapped_close(&m[i]);
	diag_free(diag);
}

/* Every cut and every single changed byte of a small archive: refused or read, never a crash or
 * endless work. */
static void
test_cut_and_changed(void **state)
{
	struct pack_member members[] = {
		{"a.txt", false, text_span("xin chào xin chào xin chào"), -1},
		{"b/c.txt", true, text_span("b"), -1}};
	struct mapped m = build(members, 2);
	struct pack *p;
	size_t refused = 0;

	(void)state;
	for (size_t i = 0; i < 2 * m.len; i++) {
		size_t len = i < m.len ? i : m.len;
		unsigned char *copy = malloc(len + 1);

		memcpy(copy, m.span.data, len);
		if (i >= m.len)
			copy[i - m.len] ^= 0x41;
		if (pack_open((struct span){copy, len}, &pack_limits_default, false, NULL, &p) ==
			STATUS_OK) {
			(void)pack_inspect(p, NULL);
			pack_close(p);
		} else {
			refused++;
		}
		free(copy);
	}
	assert_true(refused >= m.len);
	mapped_close(&m);
}

static void
test_names(void **state)
{
	static const char *const good[] = {"a", "a/b.txt", "thư mục/", "..a", "a..b/c"};
	static const char *const bad[] = {"", "/a", "../a", "a/../b", "a//b", "a/./b", "C:\\a",
		"c:a", "a\\b", "a\nb", "..", ".", "a/..", "\xff"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(pack_name_is_safe(good[i]));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct pack_member member = {bad[i], true, text_span("a"), -1};
		int fd = output_memfd("bad");

		assert_false(pack_name_is_safe(bad[i]));
		assert_int_equal(pack_build(fd, &member, 1, NULL), STATUS_INVALID);
		close(fd);
	}
}

static enum base64_fault
decode(const char *s, size_t step, struct buf *b)
{
	struct base64_decoder d;

	base64_decode_begin(&d, output_buf(b));
	for (size_t i = 0, len = strlen(s); i < len; i += step)
		assert_int_equal(
			base64_decode_put(&d, s + i, len - i < step ? len - i : step), STATUS_OK);
	assert_int_equal(base64_decode_end(&d), STATUS_OK);
	return d.fault;
}

static void
test_base64(void **state)
{
	static const struct {
		const char *text;
		enum base64_fault fault;
		const char *bytes;
	} rows[] = {
		{"", BASE64_GOOD, ""},
		{"YQ==", BASE64_GOOD, "a"},
		{"YWI=", BASE64_GOOD, "ab"},
		{"YW Jj\r\n\tZA==\n", BASE64_GOOD, "abcd"},
		{"YQ=", BASE64_PADDING, NULL},
		{"YQ", BASE64_PADDING, NULL},
		{"YQ==YQ==", BASE64_PADDING, NULL},
		{"=", BASE64_PADDING, NULL},
		{"Y=Q=", BASE64_PADDING, NULL},
		{"YQ=a", BASE64_PADDING, NULL},
		{"YR==", BASE64_STRAY_BITS, NULL},
		{"YWJ=", BASE64_STRAY_BITS, NULL},
		{"YW-j", BASE64_CHARACTER, NULL},
		{"YQ==\xc3", BASE64_CHARACTER, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t step = 1; step < 9; step++) {
			struct buf b;

			buf_init(&b, 100);
			assert_int_equal(decode(rows[i].text, step, &b), rows[i].fault);
			if (rows[i].bytes != NULL)
				assert_string_equal(buf_str(&b), rows[i].bytes);
			buf_free(&b);
		}
}

static void
test_base64_both_ways(void **state)
{
	unsigned char bytes[10000];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 ^ i >> 5);
	for (size_t n = 9990; n <= sizeof(bytes); n++) {
		struct buf text, back;
		struct base64_encoder e;

		buf_init(&text, 20000);
		buf_init(&back, 20000);
		base64_encode_begin(&e, output_buf(&text));
		assert_int_equal(base64_encode_put(&e, bytes, 17), STATUS_OK);
		assert_int_equal(base64_encode_put(&e, bytes + 17, n - 17), STATUS_OK);
		assert_int_equal(base64_encode_end(&e), STATUS_OK);
		assert_int_equal(decode(buf_str(&text), 4096, &back), BASE64_GOOD);
		assert_int_equal(back.len, n);
		assert_memory_equal(back.data, bytes, n);
		buf_free(&text);
		buf_free(&back);
	}
}

/* What stays keeps its bytes, what is new stands behind it, and what is wrong is refused. */
/* Every name is found where it stands, whatever the order of the archive, and one that is near to it is not. */
static void
test_find(void **state)
{
	enum { COUNT = 300 };
	static char names[COUNT][16];
	struct pack_member members[COUNT];
	struct mapped m;
	struct pack *p;

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(names[i], sizeof(names[i]), "t%zu.txt", i * 7919 % COUNT);
		members[i] = (struct pack_member){names[i], true, text_span("x"), -1};
	}
	m = build(members, COUNT);
	assert_int_equal(pack_open(m.span, &pack_limits_default, false, NULL, &p), STATUS_OK);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(pack_find(p, names[i]), i);
	assert_int_equal(pack_find(p, ""), COUNT);
	assert_int_equal(pack_find(p, "t1"), COUNT);
	assert_int_equal(pack_find(p, "t300.txt"), COUNT);
	assert_int_equal(pack_find(p, "zzz"), COUNT);
	pack_close(p);
	mapped_close(&m);
}

static void
test_edit(void **state)
{
	struct pack_member members[] = {
		{"mimetype", true, text_span("application/vnd.etsi.asic-e+zip"), -1},
		{"một.txt", false, text_span("một một một một một một một một"), -1},
		{"hai.txt", true, text_span("hai"), -1},
	};
	struct pack_member more = {"ba.txt", false, text_span("ba"), -1}, same = {"một.txt", false, text_span("khác"), -1};
	static const char *const drop[] = {"một.txt", "không có", NULL};
	struct mapped m = build(members, 3);
	struct diag *diag = diag_new();
	struct pack *p;
	struct buf out;
	size_t directory;

	(void)state;
	buf_init(&out, 1 << 20);
	assert_int_equal(pack_edit(m.span, NULL, &more, 1, &out, NULL), STATUS_OK);
	directory = (size_t)((const unsigned char *)memmem(m.span.data, m.span.len, "PK\1\2", 4) - m.span.data);
	assert_memory_equal(out.data, m.span.data, directory);
	assert_int_equal(pack_open((struct span){out.data, out.len}, &pack_limits_default, false, diag, &p), STATUS_OK);
	assert_int_equal(pack_count(p), 4);
	assert_string_equal(pack_at(p, 3)->name, "ba.txt");
	assert_true(pack_is_plain_first(p, 0));
	assert_false(pack_is_plain_first(p, 2));
	assert_int_equal(pack_inspect(p, diag), STATUS_OK);
	pack_close(p);
	buf_free(&out);
	/* one out, one of the same name in */
	assert_int_equal(pack_edit(m.span, drop, &same, 1, &out, NULL), STATUS_OK);
	assert_int_equal(pack_open((struct span){out.data, out.len}, &pack_limits_default, false, diag, &p), STATUS_OK);
	assert_int_equal(pack_count(p), 3);
	assert_int_equal(pack_find(p, "một.txt"), 2);
	assert_int_equal(pack_inspect(p, diag), STATUS_OK);
	pack_close(p);
	assert_int_equal(diag_count(diag), 0);
	buf_free(&out);
	/* refused: a name that is there, a name that no archive may have, no archive, too little room */
	assert_int_equal(pack_edit(m.span, NULL, &same, 1, &out, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.duplicate"));
	more.name = "../ba.txt";
	assert_int_equal(pack_edit(m.span, NULL, &more, 1, &out, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "pack.name"));
	buf_free(&out);
	assert_int_equal(pack_edit(text_span("không phải"), NULL, NULL, 0, &out, diag), STATUS_INVALID);
	buf_init(&out, 50);
	assert_int_equal(pack_edit(m.span, NULL, NULL, 0, &out, diag), STATUS_TOO_LARGE);
	buf_free(&out);
	mapped_close(&m);
	diag_free(diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_edit),
		cmocka_unit_test(test_member_from_file),
		cmocka_unit_test(test_limits_while_inflating),
		cmocka_unit_test(test_nesting),
		cmocka_unit_test(test_cut_and_changed),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_base64),
		cmocka_unit_test(test_base64_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
