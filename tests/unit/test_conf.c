/* conf: defaults, a file, and what a file may not say. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <unistd.h>

#include "lib/base/conf.h"

static const struct conf_key keys[] = {
	{"server", "socket", CONF_STRING, "/run/congvan/api", 0, 0, "where"},
	{"server", "port", CONF_NUMBER, "8443", 1, 65535, "port"},
	{"limits", "body", CONF_NUMBER, "1048576", 0, INT64_MAX, "bytes"},
	{"server", "tls", CONF_BOOL, "true", 0, 0, "tls"},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

/* Reads text as a configuration file. */
static enum status
read_text(const char *text, struct diag *diag, struct conf **out)
{
	char path[] = "/tmp/test_conf.XXXXXX";
	int fd = mkstemp(path);
	enum status st;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	st = conf_read(path, keys, KEYS, diag, out);
	unlink(path);
	return st;
}

static void
test_defaults(void **state)
{
	struct conf *c;

	(void)state;
	assert_int_equal(conf_read(NULL, keys, KEYS, NULL, &c), STATUS_OK);
	assert_string_equal(conf_string(c, "server", "socket"), "/run/congvan/api");
	assert_int_equal(conf_number(c, "server", "port"), 8443);
	assert_int_equal(conf_number(c, "limits", "body"), 1048576);
	assert_true(conf_bool(c, "server", "tls"));
	conf_free(c);
	conf_free(NULL);
}

static void
test_file(void **state)
{
	struct conf *c;
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(read_text("# comment\nserver {\n socket = \"/tmp/Công văn\"\n tls = no\n}\n"
		"limits { body = 5000000000 }\n", d, &c), STATUS_OK);
	assert_string_equal(conf_string(c, "server", "socket"), "/tmp/Công văn");
	assert_false(conf_bool(c, "server", "tls"));
	assert_int_equal(conf_number(c, "server", "port"), 8443);
	assert_true(conf_number(c, "limits", "body") == INT64_C(5000000000));
	assert_int_equal(diag_count(d), 0);
	conf_free(c);
	diag_free(d);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
		{"server { colour = red }", "conf.syntax"},
		{"colour { }", "conf.syntax"},
		{"server { port = ninety }", "conf.syntax"},
		{"server { port = 0 }", "conf.value"},
		{"server { port = 65536 }", "conf.value"},
		{"server { tls = perhaps }", "conf.syntax"},
		{"server { port = ", "conf.syntax"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct conf *c = NULL;
		struct diag *d = diag_new();

		if (read_text(rows[i].text, d, &c) != STATUS_INVALID)
			fail_msg("accepted: %s", rows[i].text);
		assert_null(c);
		if (!diag_has(d, rows[i].code))
			fail_msg("no finding %s for: %s", rows[i].code, rows[i].text);
		diag_free(d);
	}
}

static void
test_all_values_are_reported(void **state)
{
	struct conf *c = NULL;
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(read_text("server { port = 0 }\nlimits { body = -1 }", d, &c), STATUS_INVALID);
	assert_int_equal(diag_count(d), 2);
	assert_string_equal(diag_at(d, 0)->where, "server.port");
	assert_string_equal(diag_at(d, 0)->want, "1..65535");
	assert_string_equal(diag_at(d, 1)->got, "-1");
	diag_free(d);
}

static void
test_no_file(void **state)
{
	struct conf *c = NULL;
	struct diag *d = diag_new();

	(void)state;
	assert_int_equal(conf_read("/nonexistent/congvan.conf", keys, KEYS, d, &c), STATUS_NOT_FOUND);
	assert_true(diag_has(d, "conf.file"));
	diag_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_all_values_are_reported),
		cmocka_unit_test(test_no_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
