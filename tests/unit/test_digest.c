/* digest: FIPS 180-4 examples, in one piece, in pieces and from a file. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <unistd.h>

#include "lib/base/digest.h"

static void
assert_digest(const struct digest *d, const char *want)
{
	char text[DIGEST_HEX];

	digest_hex(d, text);
	assert_string_equal(text, want);
}

#define OF_NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OF_MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void
test_known_answers(void **state)
{
	struct digest d = digest_of("abc", 3);

	(void)state;
	assert_digest(&d, OF_ABC);
	d = digest_of("", 0);
	assert_digest(&d, OF_NOTHING);
	d = digest_of(NULL, 0);
	assert_digest(&d, OF_NOTHING);
}

static void
test_stream(void **state)
{
	struct digest_stream *s = digest_begin();
	char part[1009];
	size_t left = 1000000;
	struct digest d;

	(void)state;
	memset(part, 'a', sizeof(part));
	while (left > 0) {
		size_t n = left < sizeof(part) ? left : sizeof(part);

		digest_put(s, part, n);
		left -= n;
	}
	d = digest_end(s);
	assert_digest(&d, OF_MILLION_A);
	digest_free(digest_begin());
	digest_free(NULL);
}

static void
test_file(void **state)
{
	char path[] = "/tmp/test_digest.XXXXXX", part[1000];
	int fd = mkstemp(path);
	struct digest d;

	(void)state;
	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(digest_of_fd(fd, &d), STATUS_OK);
	assert_digest(&d, OF_NOTHING);
	memset(part, 'a', sizeof(part));
	for (int i = 0; i < 1000; i++)
		assert_int_equal(write(fd, part, sizeof(part)), sizeof(part));
	assert_int_equal(lseek(fd, 17, SEEK_SET), 17);
	assert_int_equal(digest_of_fd(fd, &d), STATUS_OK);
	assert_digest(&d, OF_MILLION_A);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 17); /* the caller's place in the file stays */
	close(fd);
	assert_int_equal(digest_of_fd(fd, &d), STATUS_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_answers),
		cmocka_unit_test(test_stream),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
