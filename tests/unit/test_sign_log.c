/* sign_log: the chain holds over restarts and files; any altered byte, line or file is found; a
 * torn last line is set aside. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "signer/sign_log.h"

#define FILE_BYTES 1000

struct folder {
	char path[64];
};

static int
make_folder(void **state)
{
	struct folder *f = calloc(1, sizeof(*f));

	strcpy(f->path, "/tmp/congvan-sign-log-XXXXXX");
	if (mkdtemp(f->path) == NULL)
		return -1;
	*state = f;
	return 0;
}

static void
each_file(const char *dir, void (*fn)(const char *path))
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[512];

	while ((e = readdir(d)) != NULL)
		if (e->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
			fn(path);
		}
	closedir(d);
}

static void
delete_file(const char *path)
{
	unlink(path);
}

static int
remove_folder(void **state)
{
	struct folder *f = *state;

	each_file(f->path, delete_file);
	rmdir(f->path);
	free(f);
	return 0;
}

static struct sign_log *
open_log(const char *dir)
{
	struct sign_log *l = NULL;

	assert_int_equal(sign_log_open(dir, FILE_BYTES, NULL, NULL, NULL, &l), STATUS_OK);
	return l;
}

static void
append(struct sign_log *l, int n)
{
	json_t *r = json_pack("{s:s, s:i, s:s}", "event", "test", "n", n, "text", "Về việc thử");

	assert_int_equal(sign_log_append(l, r), STATUS_OK);
	json_decref(r);
}

static void
fill(const char *dir, int from, int to)
{
	struct sign_log *l = open_log(dir);

	for (int i = from; i < to; i++)
		append(l, i);
	sign_log_close(l);
}

struct seen {
	int count, last;
};

static void
count_record(void *arg, const json_t *record)
{
	struct seen *s = arg;

	s->count++;
	s->last = (int)json_integer_value(json_object_get(record, "n"));
}

static enum status
verify(const char *dir, struct diag *d, struct seen *s, struct sign_log_head *head)
{
	return sign_log_verify(dir, count_record, s, d, head);
}

static void
path_of(const struct folder *f, uint64_t first, char to[128])
{
	snprintf(to, 128, "%s/sign-%016llu.log", f->path, (unsigned long long)first);
}

static void
test_chain_over_restarts(void **state)
{
	const struct folder *f = *state;
	struct seen s = {0, -1};
	struct sign_log_head head;
	struct sign_log *l;

	for (int i = 0; i < 5; i++)
		fill(f->path, 10 * i, 10 * i + 10);
	assert_int_equal(verify(f->path, NULL, &s, &head), STATUS_OK);
	assert_int_equal(s.count, 50);
	assert_int_equal(s.last, 49);
	assert_int_equal(head.seq, 50);
	l = open_log(f->path);
	assert_int_equal(sign_log_head(l).seq, 50);
	assert_memory_equal(sign_log_head(l).hash.bytes, head.hash.bytes, DIGEST_BYTES);
	sign_log_close(l);
}

/* Anybody can check the chain with stock tools: the lines are what `sha256sum` of the line before
 * says. */
static void
test_lines_are_what_they_say(void **state)
{
	const struct folder *f = *state;
	char path[128], line[1000], prev[DIGEST_HEX], want[120];
	FILE *in;

	fill(f->path, 0, 3);
	path_of(f, 1, path);
	in = fopen(path, "r");
	assert_non_null(in);
	memset(prev, '0', DIGEST_HEX - 1);
	prev[DIGEST_HEX - 1] = '\0';
	for (int i = 1; i <= 3; i++) {
		struct digest d;

		assert_non_null(fgets(line, sizeof(line), in));
		snprintf(want, sizeof(want), "\"prev\":\"%s\",\"seq\":%d,", prev, i);
		assert_non_null(strstr(line, want));
		assert_int_equal(strncmp(line, "{\"at\":\"20", 9), 0);
		d = digest_of(line, strcspn(line, "\n"));
		digest_hex(&d, prev);
	}
	fclose(in);
}

static void
flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	unsigned char c;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &c, 1, at), 1);
	c ^= 1;
	assert_int_equal(pwrite(fd, &c, 1, at), 1);
	close(fd);
}

/* Each byte of the record but those of the very last line, which nothing follows yet. */
static void
test_every_altered_byte(void **state)
{
	const struct folder *f = *state;
	char path[128];
	struct stat sb;

	fill(f->path, 0, 4);
	path_of(f, 1, path);
	assert_int_equal(stat(path, &sb), 0);
	for (off_t i = 0; i < sb.st_size * 3 / 4 - 1; i++) {
		struct seen s = {0, 0};
		struct sign_log_head head;
		struct sign_log *l = NULL;

		flip(path, i);
		assert_int_equal(verify(f->path, NULL, &s, &head), STATUS_INVALID);
		assert_int_equal(
			sign_log_open(f->path, FILE_BYTES, NULL, NULL, NULL, &l), STATUS_INVALID);
		assert_null(l);
		flip(path, i);
	}
}

static void
test_missing_file(void **state)
{
	const struct folder *f = *state;
	struct diag *d = diag_new();
	struct seen s = {0, 0};
	struct sign_log_head head;
	char path[128];
	uint64_t second = 0;

	fill(f->path, 0, 40);
	for (uint64_t n = 2; n < 40 && second == 0; n++) {
		path_of(f, n, path);
		if (access(path, F_OK) == 0)
			second = n;
	}
	assert_true(second > 1);
	unlink(path);
	assert_int_equal(verify(f->path, d, &s, &head), STATUS_INVALID);
	assert_true(diag_has(d, "sign_log.missing"));
	diag_free(d);
}

/* The last line cut at every length: the rest stands, the torn part is kept aside, and the chain
 * goes on. */
static void
test_torn_everywhere(void **state)
{
	const struct folder *f = *state;
	char path[128];
	struct stat sb;
	off_t third;

	fill(f->path, 0, 2);
	path_of(f, 1, path);
	assert_int_equal(stat(path, &sb), 0);
	third = sb.st_size;
	fill(f->path, 2, 3);
	assert_int_equal(stat(path, &sb), 0);
	for (off_t cut = third; cut < sb.st_size; cut += 7) {
		struct diag *d = diag_new();
		struct seen s = {0, 0};
		struct sign_log_head head;
		struct sign_log *l = NULL;

		assert_int_equal(truncate(path, cut), 0);
		assert_int_equal(sign_log_open(f->path, 1 << 20, NULL, NULL, d, &l), STATUS_OK);
		assert_int_equal(diag_has(d, "sign_log.torn"), cut > third);
		assert_int_equal(sign_log_head(l).seq, cut > third ? 3 : 2);
		append(l, 99);
		sign_log_close(l);
		assert_int_equal(verify(f->path, NULL, &s, &head), STATUS_OK);
		assert_int_equal(s.last, 99);
		assert_int_equal(s.count, cut > third ? 4 : 3);
		assert_int_equal(truncate(path, third), 0);
		fill(f->path, 2, 3);
		diag_free(d);
	}
}

/* At a start everything written lately is looked at again, however many files it fills; older files
 * are not. */
static void
test_recent_files(void **state)
{
	const struct folder *f = *state;
	struct timespec old[2] = {{1000000, 0}, {1000000, 0}};
	struct seen s = {0, 0};
	struct sign_log *l = NULL;
	char path[128];
	int files = 0;

	fill(f->path, 0, 60);
	assert_int_equal(sign_log_open(f->path, FILE_BYTES, count_record, &s, NULL, &l), STATUS_OK);
	sign_log_close(l);
	assert_int_equal(s.count, 60);
	for (uint64_t n = 1; n < 60; n++) {
		path_of(f, n, path);
		if (access(path, F_OK) == 0 && files++ < 4)
			assert_int_equal(utimensat(AT_FDCWD, path, old, 0), 0);
	}
	assert_true(files > 6);
	s.count = 0;
	assert_int_equal(sign_log_open(f->path, FILE_BYTES, count_record, &s, NULL, &l), STATUS_OK);
	sign_log_close(l);
	assert_true(s.count < 60 && s.count > 10);
}

/* A torn line in an older file is no accident. */
static void
test_torn_in_the_middle(void **state)
{
	const struct folder *f = *state;
	struct sign_log *l = NULL;
	char path[128];
	struct stat sb;

	fill(f->path, 0, 8);
	path_of(f, 1, path);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(truncate(path, sb.st_size - 1), 0);
	assert_int_equal(sign_log_open(f->path, FILE_BYTES, NULL, NULL, NULL, &l), STATUS_INVALID);
}

/* A full disk: the line is not there, the file ends at a line, and appending goes on when there is
 * room again. */
static void
test_no_space(void **state)
{
	const struct folder *f = *state;
	struct rlimit old, small;
	struct seen s = {0, 0};
	struct sign_log_head head;
	struct sign_log *l = NULL;
	json_t *r = json_pack("{s:s}", "event", "a line that does not fit");
	char path[128];
	struct stat sb;

	assert_int_equal(sign_log_open(f->path, 1 << 20, NULL, NULL, NULL, &l), STATUS_OK);
	append(l, 1);
	path_of(f, 1, path);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = (rlim_t)sb.st_size + 20;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(sign_log_append(l, r), STATUS_NO_SPACE);
	assert_int_equal(sign_log_append(l, r), STATUS_NO_SPACE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(sign_log_head(l).seq, 1);
	append(l, 2);
	sign_log_close(l);
	assert_int_equal(verify(f->path, NULL, &s, &head), STATUS_OK);
	assert_int_equal(head.seq, 2);
	json_decref(r);
}

static void
test_too_long_line(void **state)
{
	const struct folder *f = *state;
	struct sign_log *l = open_log(f->path);
	char *text = malloc(SIGN_LOG_LINE + 1);
	json_t *r;

	memset(text, 'x', SIGN_LOG_LINE);
	text[SIGN_LOG_LINE] = '\0';
	r = json_pack("{s:s}", "event", text);
	assert_int_equal(sign_log_append(l, r), STATUS_TOO_LARGE);
	json_decref(r);
	free(text);
	append(l, 1);
	assert_int_equal(sign_log_head(l).seq, 1);
	sign_log_close(l);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
	const struct CMUnitTest tests[] = {
		T(test_chain_over_restarts),
		T(test_lines_are_what_they_say),
		T(test_every_altered_byte),
		T(test_missing_file),
		T(test_torn_everywhere),
		T(test_torn_in_the_middle),
		T(test_recent_files),
		T(test_no_space),
		T(test_too_long_line),
	};

	return cmocka_run_group_tests_name("sign_log", tests, NULL, NULL);
}
