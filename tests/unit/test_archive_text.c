/* What files become for the archive, from bytes that nobody vouches for; and the memory of pictures. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/api/preview_cache.h"
#include "daemon/archive/text.h"
#include "lib/base/text.h"

static enum status
read_bytes(const void *p, size_t n, struct archive_text *out)
{
	int fd = memfd_create("test", MFD_CLOEXEC);
	enum status st;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	st = archive_text_read(fd, out);
	close(fd);
	return st;
}

static void
test_text_and_words(void **state)
{
	static const char file[] = "\xef\xbb\xbfĐề nghị\fTrồng\x01"
				   "cây\r\n"
				   "o\xcc\x82\xcc\x81"; /* o, circumflex, acute: decomposed */
	struct archive_text t;

	(void)state;
	assert_int_equal(read_bytes(file, strlen(file), &t), STATUS_OK);
	assert_string_equal(t.body, "Đề nghị\nTrồng cây \nố");
	assert_string_equal(t.words, "de nghi trong cay o");
	archive_text_clear(&t);
	assert_int_equal(read_bytes("", 0, &t), STATUS_OK);
	assert_string_equal(t.body, "");
	assert_string_equal(t.words, "");
	archive_text_clear(&t);
}

static void
test_not_text(void **state)
{
	static const char *const bad[] = {"\xff", "ab\xc3", "\xed\xa0\x80", "\xc0\x80"};
	struct archive_text t;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_bytes(bad[i], strlen(bad[i]), &t), STATUS_INVALID);
		assert_null(t.body);
	}
	assert_int_equal(read_bytes("a\0b", 3, &t), STATUS_OK); /* NUL is a control: a blank */
	assert_string_equal(t.body, "a b");
	archive_text_clear(&t);
}

/* Of a file of any size only so much is kept, cut between characters; letters that fold into many do not break the bound. */
static void
fill_and_read(const char *unit, size_t total)
{
	size_t n = strlen(unit), count = total / n;
	char *file = malloc(count * n + 1);
	struct archive_text t;

	assert_non_null(file);
	for (size_t i = 0; i < count; i++)
		memcpy(file + i * n, unit, n);
	assert_int_equal(read_bytes(file, count * n, &t), STATUS_OK);
	assert_true(strlen(t.body) <= ARCHIVE_BODY);
	assert_true(text_is_utf8(t.body, strlen(t.body)));
	assert_true(strlen(t.words) <= ARCHIVE_WORDS);
	archive_text_clear(&t);
	free(file);
}

static void
test_large(void **state)
{
	(void)state;
	fill_and_read("văn bản đến\n", 3u << 20);
	fill_and_read("ệ", 3u << 20);                 /* one line without an end */
	fill_and_read("\xef\xb7\xba ", 3u << 20);     /* U+FDFA: 18 letters each */
}

static void
test_pictures(void **state)
{
	struct preview_cache *c = preview_cache_new(1000);
	unsigned char bytes[200], large[251] = {0};
	struct span out;
	char key[40];

	(void)state;
	assert_false(preview_cache_get(c, "a", &out));
	for (int i = 0; i < 20; i++) {
		memset(bytes, i, sizeof(bytes));
		snprintf(key, sizeof(key), "%d", i);
		preview_cache_put(c, key, bytes, sizeof(bytes));
		assert_true(preview_cache_get(c, "0", &out) == true); /* used all the time: stays */
	}
	assert_int_equal(out.data[0], 0);
	assert_true(preview_cache_get(c, "19", &out));
	assert_int_equal(out.data[199], 19);
	assert_false(preview_cache_get(c, "15", &out)); /* five fit: 0 and the last four */
	assert_true(preview_cache_get(c, "16", &out));
	preview_cache_put(c, "large", large, sizeof(large));
	assert_false(preview_cache_get(c, "large", &out));
	preview_cache_free(c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_text_and_words), cmocka_unit_test(test_not_text),
		cmocka_unit_test(test_large), cmocka_unit_test(test_pictures)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
