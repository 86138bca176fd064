/* log: one line each, levels, and no forged lines from hostile text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/log.h"

/* What log_write writes, read back through a pipe. */
static void
capture(char *to, size_t size, enum log_level least, enum log_level level, const char *object,
	const char *text)
{
	int ends[2];
	ssize_t n;

	assert_int_equal(pipe(ends), 0);
	log_init("test", ends[1], least);
	log_write(level, object, "text=%s", text);
	close(ends[1]);
	n = read(ends[0], to, size - 1);
	assert_true(n >= 0);
	to[n] = '\0';
	close(ends[0]);
	log_init("test", 2, LOG_LEVEL_INFO);
}

static void
test_line(void **state)
{
	char line[4096];

	(void)state;
	capture(line, sizeof(line), LOG_LEVEL_INFO, LOG_LEVEL_WARN, "conn=12", "Công văn");
	assert_int_equal(line[4], '-');
	assert_non_null(strstr(line, "Z test warn conn=12 text=Công văn\n"));
	capture(line, sizeof(line), LOG_LEVEL_INFO, LOG_LEVEL_INFO, NULL, "x");
	assert_non_null(strstr(line, " test info - text=x\n"));
}

static void
test_level(void **state)
{
	char line[4096];

	(void)state;
	capture(line, sizeof(line), LOG_LEVEL_WARN, LOG_LEVEL_INFO, "x", "quiet");
	assert_string_equal(line, "");
	capture(line, sizeof(line), LOG_LEVEL_DEBUG, LOG_LEVEL_DEBUG, "x", "loud");
	assert_non_null(strstr(line, "debug x text=loud"));
	assert_int_equal(log_level_from_name("error"), LOG_LEVEL_ERROR);
	assert_int_equal(log_level_from_name("debug"), LOG_LEVEL_DEBUG);
	assert_int_equal(log_level_from_name("chatty"), LOG_LEVEL_INFO);
}

static void
test_forged_lines(void **state)
{
	char line[4096];

	(void)state;
	capture(line, sizeof(line), LOG_LEVEL_INFO, LOG_LEVEL_INFO, "x", "a\nb\x1b[31m\rc\x7f");
	assert_non_null(strstr(line, "text=a?b?[31m?c?\n"));
	assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

static void
test_long(void **state)
{
	char line[8192], text[5000];

	(void)state;
	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture(line, sizeof(line), LOG_LEVEL_INFO, LOG_LEVEL_INFO, "x", text);
	assert_in_range(strlen(line), 1000, 2048);
	assert_int_equal(line[strlen(line) - 1], '\n');
	capture(line, sizeof(line), LOG_LEVEL_INFO, LOG_LEVEL_INFO, text, "object too long");
	assert_string_equal(line, "");
}

static void
read_file(const char *path, char *to, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	assert_true(fd >= 0);
	n = read(fd, to, size - 1);
	assert_true(n >= 0);
	to[n] = '\0';
	close(fd);
}

/* Lines go to the file and, after it was renamed and named again, to a new one; a file that cannot be had changes nothing. */
static void
test_file(void **state)
{
	char dir[] = "/tmp/congvan-log-XXXXXX", path[64], moved[64], text[1000];
	int before = dup(2);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/log", dir);
	snprintf(moved, sizeof(moved), "%s/log.1", dir);
	assert_int_equal(log_to_file(path), STATUS_OK);
	log_error("x", "n=1");
	assert_int_equal(rename(path, moved), 0);
	log_error("x", "n=2");
	assert_int_equal(log_to_file(dir), STATUS_IO);
	log_error("x", "n=3");
	assert_int_equal(log_to_file(path), STATUS_OK);
	log_error("x", "n=4");
	assert_true(dup2(before, 2) == 2);
	close(before);
	read_file(moved, text, sizeof(text));
	assert_non_null(strstr(text, "n=1\n"));
	assert_non_null(strstr(text, "n=3\n"));
	assert_null(strstr(text, "n=4"));
	read_file(path, text, sizeof(text));
	assert_null(strstr(text, "n=3"));
	assert_non_null(strstr(text, "n=4\n"));
	unlink(path);
	unlink(moved);
	rmdir(dir);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_level),
		cmocka_unit_test(test_forged_lines),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
