/* Every packet of tests/corpus/edxml through edxml_read: good ones without an error, bad ones with
 * the errors they are there for. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "lib/doc/edxml.h"
#include "tests/unit/corpus.h"

static struct edxml_schemas *schemas;

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

static const char *
read_good(const char *path, struct span bytes, struct diag *diag)
{
	struct edxml *e = NULL;
	enum status st =
		edxml_read(bytes, schemas, &edxml_limits_default, &edxml_sink_memory, diag, &e);
	const char *wrong =
		st == STATUS_OK && e != NULL && !diag_has_error(diag) ? NULL : "refused";

	(void)path;
	for (size_t i = 0; wrong == NULL && i < e->attachment_count; i++)
		if (e->attachments[i].fd < 0 || e->attachments[i].size == 0 ||
			e->attachments[i].state != EDXML_ATTACHMENT_GOOD)
			wrong = "attachment without content";
	edxml_free(e);
	return wrong;
}

static const char *
read_bad(const char *path, struct span bytes, struct diag *diag)
{
	struct edxml *e = NULL;
	enum status st =
		edxml_read(bytes, schemas, &edxml_limits_default, &edxml_sink_memory, diag, &e);

	(void)path;
	edxml_free(e);
	if (st != STATUS_INVALID)
		return status_code(st);
	for (size_t i = 0; i < diag_count(diag); i++)
		if (diag_at(diag, i)->where == NULL || diag_at(diag, i)->where[0] == '\0')
			return "a finding without a place";
	return NULL;
}

static void
run(const char *folder, bool as_error, corpus_fn fn, size_t least)
{
	size_t count, bad;

	corpus_run(folder, ".edxml", as_error, fn, &count, &bad);
	printf("# %s: %zu files\n", folder, count);
	assert_int_equal(bad, 0);
	assert_true(count >= least);
}

static void
test_good(void **state)
{
	(void)state;
	run("tests/corpus/edxml/made/good", false, read_good, 25);
}

static void
test_bad(void **state)
{
	(void)state;
	run("tests/corpus/edxml/made/bad", true, read_bad, 60);
}

static void
test_status_good(void **state)
{
	(void)state;
	run("tests/corpus/edxml/made/status-good", false, read_good, 9);
}

static void
test_status_bad(void **state)
{
	(void)state;
	run("tests/corpus/edxml/made/status-bad", true, read_bad, 15);
}

/* What the demo uses: tests/data/make_packets.py. */
static const char *
read_demo(const char *path, struct span bytes, struct diag *diag)
{
	return strstr(path, "/good.edxml") != NULL ? read_good(path, bytes, diag)
						   : read_bad(path, bytes, diag);
}

static void
test_demo_packets(void **state)
{
	(void)state;
	run("tests/corpus/edxml/made/demo", true, read_demo, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_status_good),
		cmocka_unit_test(test_status_bad),
		cmocka_unit_test(test_demo_packets),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
