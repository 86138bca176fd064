/* edxml_attachment: base64 in pieces of any size to a file and what it is; damaged, empty and too large ones told, never kept as good. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/edxml_attachment.h"

/* All of `base64` in pieces of `step`. The findings stay in diag. */
static enum status
take(struct edxml_intake *in, const char *base64, size_t step, struct edxml_attachment *a, struct diag *diag)
{
	size_t n = strlen(base64);
	enum status st = edxml_intake_begin(in);

	a->fd = -1;
	for (size_t at = 0; at < n && st == STATUS_OK; at += step)
		st = edxml_intake_put(in, base64 + at, n - at < step ? n - at : step);
	if (st == STATUS_OK)
		st = edxml_intake_finish(in, a, "/edXML/Attachment:7", diag);
	edxml_intake_abort(in);
	return st;
}

static void
test_rows(void **state)
{
	static const struct {
		const char *about, *base64, *name, *bytes, *code; /* code NULL: no finding */
		enum edxml_attachment_state state;
	} rows[] = {
		{"a text", "eGluIGNoYW8=", "a.txt", "xin chao", NULL, EDXML_ATTACHMENT_GOOD},
		{"broken into lines", "eGlu\r\nIGNo\n\tYW8=\n", "a.txt", "xin chao", NULL, EDXML_ATTACHMENT_GOOD},
		{"nothing", "", "a.txt", "", "edxml.attachment.empty", EDXML_ATTACHMENT_DAMAGED},
		{"a foreign character", "eGlu*IGNoYW8=", "a.txt", NULL, "edxml.attachment.base64", EDXML_ATTACHMENT_DAMAGED},
		{"no padding", "eGluIGNoYW8", "a.txt", NULL, "edxml.attachment.base64", EDXML_ATTACHMENT_DAMAGED},
		{"more after the padding", "eGluIGNoYW8=eGlu", "a.txt", NULL, "edxml.attachment.base64", EDXML_ATTACHMENT_DAMAGED},
		{"stray bits", "eGluIGNoYW9=", "a.txt", NULL, "edxml.attachment.base64", EDXML_ATTACHMENT_DAMAGED},
		{"an archive that is none", "UEsDBAAAAAA=", "a.zip", NULL, "edxml.attachment.damaged", EDXML_ATTACHMENT_DAMAGED},
		{"a program", "TVqQAAMAAAAEAAAA//8AALgAAAAAAAAAQAAAAAAAAAA=", "cong-van.pdf.exe", NULL, "sniff.executable", EDXML_ATTACHMENT_GOOD},
		{"another kind than its name", "eGluIGNoYW8=", "a.pdf", "xin chao", "sniff.disagrees", EDXML_ATTACHMENT_GOOD},
	};
	static const size_t steps[] = {1, 3, 5, 1000};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
			struct edxml_intake in = {.limits = &edxml_limits_default, .sink = &edxml_sink_memory, .fd = -1};
			struct edxml_attachment a = {.name = rows[i].name};
			struct diag *diag = diag_new();
			struct mapped m;

			assert_int_equal(take(&in, rows[i].base64, steps[k], &a, diag), STATUS_OK);
			if (a.state != rows[i].state || (rows[i].code != NULL ? !diag_has(diag, rows[i].code) : diag_count(diag) > 0))
				fail_msg("%s, by %zu: state %d, %s", rows[i].about, steps[k], (int)a.state,
					diag_count(diag) > 0 ? diag_at(diag, 0)->code : "no finding");
			if (rows[i].code != NULL)
				assert_string_equal(diag_at(diag, 0)->where, "/edXML/Attachment:7");
			if (rows[i].bytes != NULL) {
				struct digest wanted = digest_of(rows[i].bytes, strlen(rows[i].bytes));

				assert_int_equal(mapped_open(a.fd, &m), STATUS_OK);
				assert_int_equal(m.len, strlen(rows[i].bytes));
				assert_int_equal(a.size, m.len);
				if (m.len > 0)
					assert_memory_equal(m.span.data, rows[i].bytes, m.len);
				assert_memory_equal(&a.digest, &wanted, sizeof(wanted));
				mapped_close(&m);
			}
			assert_false(a.unwrapped);
			close(a.fd);
			diag_free(diag);
		}
}

/* The limits of one and of all together: the byte over it ends the reading. */
static void
test_limits(void **state)
{
	struct edxml_limits limits = edxml_limits_default;
	struct edxml_intake in = {.limits = &limits, .sink = &edxml_sink_memory, .fd = -1};
	struct edxml_attachment a = {.name = "a.txt"};

	(void)state;
	limits.attachment = 8;
	limits.total = 20;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(take(&in, "eGluIGNoYW8=", 4, &a, NULL), STATUS_OK); /* 8 bytes */
		close(a.fd);
	}
	assert_int_equal(in.total, 16);
	assert_int_equal(take(&in, "eGluIGNoYW8=", 4, &a, NULL), STATUS_TOO_LARGE); /* 24 in all */
	assert_int_equal(in.fd, -1);
	in.total = 0;
	assert_int_equal(take(&in, "eGluIGNoYW8h", 4, &a, NULL), STATUS_TOO_LARGE); /* 9 in one */
}

static enum status
no_file(void *arg, int *fd_out)
{
	(void)arg;
	*fd_out = 12345; /* not to be believed */
	return STATUS_NO_SPACE;
}

/* A sink without room: its error comes out, and no descriptor is closed that was not ours. */
static void
test_no_sink(void **state)
{
	static const struct edxml_sink full = {no_file, NULL};
	struct edxml_intake in = {.limits = &edxml_limits_default, .sink = &full, .fd = -1};

	(void)state;
	assert_int_equal(edxml_intake_begin(&in), STATUS_NO_SPACE);
	assert_int_equal(in.fd, -1);
	edxml_intake_abort(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_sink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
