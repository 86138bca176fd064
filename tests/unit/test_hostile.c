/*
 * Every file of tests/corpus/hostile through the readers: refused for its own reason (or harmless
 * after all), within a time and without memory or files growing. Nothing may be opened: the test
 * forbids new files to itself while it reads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>
#include <cmocka.h>

#include "lib/doc/edxml.h"
#include "tests/unit/corpus.h"

#define SECONDS                                                                                    \
	20 /* of processor time for one file, under sanitizers on a slow machine; without them all \
	      take a second together */

static struct edxml_schemas *schemas;

/* The sanitizer's store of freed memory would hide how little is used. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}

static int
load(void **state)
{
	char dir[4096];
	const char *root = getenv("CONGVAN_SRCDIR");

	(void)state;
	snprintf(dir, sizeof(dir), "%s/schemas/xsd", root != NULL ? root : ".");
	return edxml_schemas_load(dir, NULL, &schemas) == STATUS_OK ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	edxml_schemas_free(schemas);
	return 0;
}

/* A sink whose files are there before the reading begins, so that the reader needs no new
 * descriptor of its own. */
static enum status
open_given(void *arg, int *fd_out)
{
	int *free_fd = arg;

	if (*free_fd < 0)
		return STATUS_IO;
	*fd_out = *free_fd;
	*free_fd = -1;
	return STATUS_OK;
}

/* How many descriptors are open, which is also the next one's number. */
static int
next_fd(void)
{
	int fd = dup(2);

	close(fd);
	return fd;
}

static const char *
judge(enum status st, const char *path, clock_t begun, const struct diag *diag)
{
	if ((clock() - begun) / CLOCKS_PER_SEC >= SECONDS)
		return "too slow";
	if (corpus_accepts(path))
		return st == STATUS_OK && !diag_has_error(diag) ? NULL : "refused";
	return st == STATUS_INVALID ? NULL : status_code(st);
}

static const char *
read_xml(const char *path, struct span bytes, struct diag *diag)
{
	struct edxml *e = NULL;
	clock_t begun = clock();
	enum status st =
		edxml_read(bytes, schemas, &edxml_limits_default, &edxml_sink_memory, diag, &e);

	edxml_free(e);
	return judge(st, path, begun, diag);
}

/* The same with RLIMIT_NOFILE at what is open now: whoever tries to open a file, a socket or an
 * iconv module fails and shows. */
static const char *
read_xml_shut(const char *path, struct span bytes, struct diag *diag)
{
	int given = output_memfd("given");
	const struct edxml_sink sink = {open_given, &given};
	struct rlimit old, shut;
	struct edxml *e = NULL;
	enum status st;

	(void)path;
	getrlimit(RLIMIT_NOFILE, &old);
	shut = (struct rlimit){(rlim_t)next_fd(), old.rlim_max};
	setrlimit(RLIMIT_NOFILE, &shut);
	st = edxml_read(bytes, schemas, &edxml_limits_default, &sink, diag, &e);
	setrlimit(RLIMIT_NOFILE, &old);
	edxml_free(e);
	if (given >= 0)
		close(given);
	/* Unwrapping asks for a second file: that one is the sink's refusal. */
	return st == STATUS_OK || st == STATUS_INVALID || st == STATUS_IO ? NULL : status_code(st);
}

static const char *
read_zip(const char *path, struct span bytes, struct diag *diag)
{
	struct pack *p = NULL;
	clock_t begun = clock();
	enum status st = pack_open(bytes, &pack_limits_default, false, diag, &p);

	if (st == STATUS_OK)
		st = pack_inspect(p, diag);
	pack_close(p);
	return judge(st, path, begun, diag);
}

static void
run(const char *suffix, corpus_fn fn, size_t least)
{
	size_t count, bad;

	corpus_run("tests/corpus/hostile/made", suffix, false, fn, &count, &bad);
	printf("# %zu files %s\n", count, suffix);
	assert_int_equal(bad, 0);
	assert_true(count >= least);
}

static void
test_xml(void **state)
{
	(void)state;
	run(".xml", read_xml, 20);
}

static void
test_zip(void **state)
{
	(void)state;
	run(".zip", read_zip, 20);
}

static void
test_nothing_is_opened(void **state)
{
	size_t count, bad;

	(void)state;
	/* One file is judged by what is in its archive, which cannot be unwrapped here. */
	corpus_run("tests/corpus/hostile/made", ".xml", false, read_xml_shut, &count, &bad);
	assert_true(bad <= 1);
}

static void
test_memory(void **state)
{
	struct rusage r;

	(void)state;
	getrusage(RUSAGE_SELF, &r);
	printf("# %ld KB at most\n", r.ru_maxrss);
	assert_true(r.ru_maxrss < 400 * 1024); /* without sanitizers 33 MB */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_zip),
		cmocka_unit_test(test_nothing_is_opened),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
