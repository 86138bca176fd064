/* job: both directions of the wire form, and that decoding takes nothing it does not know. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "lib/wire/job.h"

static void
test_table(void **state)
{
	enum job_type t;

	(void)state;
	for (unsigned i = 0; i < JOB_COUNT_; i++) {
		assert_int_equal(job_from_name(job_name((enum job_type)i), &t), STATUS_OK);
		assert_int_equal(t, i);
		assert_in_range(job_seconds(t, 0), 1, 600);
		assert_int_equal(job_seconds(t, JOB_INPUT), job_seconds(t, 0)); /* more input takes longer, but never for ever */
		assert_int_equal(job_seconds(t, JOB_INPUT + 10 * JOB_INPUT_PER_SECOND), job_seconds(t, 0) + 10);
		assert_int_equal(job_seconds(t, UINT64_MAX), JOB_SECONDS_MOST);
		assert_in_range(job_mib(t), 64, 4096);
	}
	assert_int_equal(job_from_name("format_disk", &t), STATUS_NOT_FOUND);
	assert_string_equal(job_name(JOB_COUNT_), "unknown");
	assert_int_equal(job_seconds(JOB_COUNT_, 1), 0);
	assert_int_equal(job_mib(JOB_COUNT_), 0);
}

static void
test_job_round_trip(void **state)
{
	struct job in = {.type = JOB_SEAL_PREPARE, .file_count = 2}, out;
	int fds[2] = {open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY)};
	struct buf b;

	(void)state;
	in.params = json_pack("{s:s, s:[i,i]}", "signer", "Nguyễn Văn Ẩn", "rect", 1, 2);
	buf_init(&b, FRAME_MAX);
	assert_int_equal(job_encode(&in, &b), STATUS_OK);
	assert_int_equal(job_decode((struct span){b.data, b.len}, fds, 1, &out), STATUS_MALFORMED);
	assert_int_equal(
		job_decode((struct span){b.data, b.len - 1}, fds, 2, &out), STATUS_MALFORMED);
	assert_int_equal(job_decode((struct span){b.data, b.len}, fds, 2, &out), STATUS_OK);
	assert_int_equal(out.type, JOB_SEAL_PREPARE);
	assert_true(json_equal(in.params, out.params));
	assert_int_equal(out.file_count, 2);
	assert_int_equal(out.files[1], fds[1]);
	job_clear(&out);
	assert_int_equal(fcntl(fds[0], F_GETFD), -1); /* they were the job's */
	buf_put_byte(&b, 0);
	assert_int_equal(job_decode((struct span){b.data, b.len}, NULL, 0, &out), STATUS_MALFORMED);
	buf_free(&b);
	json_decref(in.params);
}

static void
test_job_encode_refuses(void **state)
{
	struct job j = {.type = JOB_SNIFF};
	char *long_text = malloc(FRAME_MAX + 1);
	struct buf b;

	(void)state;
	assert_non_null(long_text);
	memset(long_text, 'x', FRAME_MAX);
	long_text[FRAME_MAX] = '\0';
	buf_init(&b, FRAME_MAX);
	assert_int_equal(job_encode(&j, &b), STATUS_INVALID); /* no parameters */
	j.params = json_array();
	assert_int_equal(job_encode(&j, &b), STATUS_INVALID);
	json_decref(j.params);
	j.params = json_pack("{s:s}", "name", long_text);
	assert_int_equal(job_encode(&j, &b), STATUS_TOO_LARGE);
	buf_free(&b);
	j.file_count = JOB_FILES + 1;
	assert_int_equal(job_encode(&j, &b), STATUS_INVALID);
	j.file_count = 0;
	j.type = JOB_COUNT_;
	assert_int_equal(job_encode(&j, &b), STATUS_INVALID);
	buf_free(&b);
	json_decref(j.params);
	free(long_text);
}

static enum status
decode_text(const char *bytes, size_t n)
{
	struct job out;
	enum status st = job_decode((struct span){(const unsigned char *)bytes, n}, NULL, 0, &out);

	if (st == STATUS_OK)
		job_clear(&out);
	return st;
}
#define DECODE(literal) decode_text(literal, sizeof(literal) - 1)

static void
test_job_decode_refuses(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\5sniff\0\0\0\0\2{}"), STATUS_OK);
	assert_int_equal(DECODE(""), STATUS_MALFORMED);
	assert_int_equal(DECODE("\5snafu\0\0\0\0\2{}"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\6sniff\0\0\0\0\0\2{}"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\100sniff"), STATUS_MALFORMED);
	assert_int_equal(
		DECODE("\5sniff\1\0\0\0\2{}"), STATUS_MALFORMED); /* a file that did not come */
	assert_int_equal(DECODE("\5sniff\0\0\0\0\0"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\5sniff\0\0\0\0\2[]"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\5sniff\0\0\0\0\3{}x"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\5sniff\0\0\0\0\2{}x"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\5sniff\0\377\377\377\377{}"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\5sniff\0\0\0\0\15{\"a\":1,\"a\":2}"), STATUS_MALFORMED);
	assert_int_equal(DECODE("\5sniff\0\0\0\0\11{\"a\":\"\377\"}"), STATUS_MALFORMED);
}

static void
test_result_round_trip(void **state)
{
	struct job_result in = {.status = STATUS_INVALID}, out;
	const struct finding *f;
	struct buf b;

	(void)state;
	in.diag = diag_new();
	diag_add(in.diag, SEVERITY_WARNING, "conf.value", "/edXML[1]", "có", "không",
		"QCVN 102:2016 2.1");
	diag_error(in.diag, "conf.file", "here", NULL, NULL);
	in.value = json_pack("{s:b}", "agrees", 1);
	buf_init(&b, FRAME_MAX);
	assert_int_equal(job_result_encode(&in, &b), STATUS_OK);
	assert_int_equal(job_result_decode((struct span){b.data, b.len}, NULL, 0, &out), STATUS_OK);
	assert_int_equal(out.status, STATUS_INVALID);
	assert_true(json_equal(in.value, out.value));
	assert_int_equal(diag_count(out.diag), 2);
	f = diag_at(out.diag, 0);
	assert_int_equal(f->severity, SEVERITY_WARNING);
	assert_string_equal(f->code, "conf.value");
	assert_string_equal(f->got, "có");
	assert_string_equal(f->clause, "QCVN 102:2016 2.1");
	assert_null(diag_at(out.diag, 1)->got);
	assert_true(diag_has_error(out.diag));
	job_result_clear(&out);
	assert_null(out.diag);
	buf_free(&b);

	json_decref(in.value);
	in.value = NULL;
	in.status = STATUS_OK;
	assert_int_equal(job_result_encode(&in, &b), STATUS_OK);
	assert_int_equal(job_result_decode((struct span){b.data, b.len}, NULL, 0, &out), STATUS_OK);
	assert_null(out.value);
	job_result_clear(&out);
	buf_free(&b);
	job_result_clear(&in);
}

static enum status
decode_result_text(const char *bytes, size_t n)
{
	struct job_result out;
	enum status st;

	st = job_result_decode((struct span){(const unsigned char *)bytes, n}, NULL, 0, &out);
	if (st == STATUS_OK)
		job_result_clear(&out);
	return st;
}
#define DECODE_RESULT(literal) decode_result_text(literal, sizeof(literal) - 1)

static void
test_result_decode_refuses(void **state)
{
	(void)state;
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\2[]\0\0\0\0"), STATUS_OK);
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\2[]\0\0\0\2{}"), STATUS_OK);
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\2[]\0\0\0\2[]"), STATUS_MALFORMED);
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\2{}\0\0\0\0"), STATUS_MALFORMED);
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\0\0\0\0\0"), STATUS_MALFORMED);
	assert_int_equal(DECODE_RESULT("\5maybe\0\0\0\0\2[]\0\0\0\0"), STATUS_MALFORMED);
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\3[1]\0\0\0\0"), STATUS_MALFORMED);
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\2[]\0\0\0\0x"), STATUS_MALFORMED);
	/* an unknown severity; a code that is no text; no code */
	assert_int_equal(
		DECODE_RESULT("\2ok\0\0\0\0\40[{\"severity\":\"bad\",\"code\":\"conf\"}]\0\0\0\0"),
		STATUS_MALFORMED);
	assert_int_equal(
		DECODE_RESULT("\2ok\0\0\0\0\35[{\"severity\":\"note\",\"code\":7}]\0\0\0\0"),
		STATUS_MALFORMED);
	assert_int_equal(DECODE_RESULT("\2ok\0\0\0\0\26[{\"severity\":\"note\"  }]\0\0\0\0"),
		STATUS_MALFORMED);
}

/* A hostile worker can send as many findings as a frame holds; the list keeps what it keeps. */
static void
test_many_findings(void **state)
{
	struct diag *d = diag_new();
	json_t *list = json_array();

	(void)state;
	for (int i = 0; i < 5000; i++)
		json_array_append_new(
			list, json_pack("{s:s,s:s}", "severity", "error", "code", "x"));
	assert_int_equal(job_findings_read(list, d), STATUS_OK);
	assert_int_equal(diag_count(d), 200);
	json_decref(list);
	diag_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_job_round_trip),
		cmocka_unit_test(test_job_encode_refuses),
		cmocka_unit_test(test_job_decode_refuses),
		cmocka_unit_test(test_result_round_trip),
		cmocka_unit_test(test_result_decode_refuses),
		cmocka_unit_test(test_many_findings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
