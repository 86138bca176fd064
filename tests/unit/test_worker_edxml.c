/*
 * Packets through the real, sandboxed worker: every file of the corpus ends as it does in process,
 * and a packet read, written and read again says the same.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "tests/unit/corpus.h"
#include "tests/unit/worker_client.h"

static struct worker_client worker;

static int
start(void **state)
{
	static char schemas[4096], trust[4096];
	const char *extra[] = {"--schemas", schemas, "--trust", trust, NULL};
	const char *tree = getenv("CONGVAN_SRCDIR"), *build = getenv("CONGVAN_BUILDDIR");

	(void)state;
	snprintf(schemas, sizeof(schemas), "%s/schemas/xsd", tree != NULL ? tree : ".");
	snprintf(trust, sizeof(trust), "%s/tests/data/pki", build != NULL ? build : ".");
	worker_client_start(&worker, extra);
	return 0;
}

/* A worker ends by itself when it has served its time or has grown: then the next one goes on. */
static enum status
call(const struct job *job, struct job_result *result)
{
	if (worker.last) {
		assert_int_equal(worker_client_stop(&worker), 0);
		start(NULL);
	}
	return worker_client_call(&worker, job, result);
}

static int
stop(void **state)
{
	(void)state;
	return worker_client_stop(&worker) == 0 ? 0 : -1;
}

static void
read_packet(int fd, struct job_result *result)
{
	struct job job = {.type = JOB_EDXML_READ, .files = {fd}, .file_count = 1};

	job.params = json_object();
	assert_int_equal(call(&job, result), STATUS_OK);
	json_decref(job.params);
}

/* A file of the corpus that the build made. */
static int
made_file(const char *name)
{
	const char *tree = getenv("CONGVAN_BUILDDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/tests/corpus/edxml/made/%s", tree != NULL ? tree : ".",
		name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* The n-th attachment's file is what its row says. */
static bool
attachment_is_right(const struct job_result *result, size_t n)
{
	const json_t *row = json_array_get(json_object_get(result->value, "attachments"), n);
	const json_t *digest_wanted = json_object_get(row, "sha256");
	struct digest digest;
	char hex[DIGEST_HEX];

	if (json_integer_value(json_object_get(row, "index")) != (json_int_t)n ||
		n >= result->file_count)
		return false;
	if (digest_of_fd(result->files[n], &digest) != STATUS_OK)
		return false;
	digest_hex(&digest, hex);
	return digest_wanted == NULL || strcmp(json_string_value(digest_wanted), hex) == 0;
}

static const char *
judge(struct span bytes, struct diag *diag, enum status want)
{
	int fd = worker_client_file(bytes.data, bytes.len);
	struct job_result result;
	const char *wrong = NULL;
	size_t attachments;

	read_packet(fd, &result);
	close(fd);
	diag_join(diag, result.diag);
	attachments = json_array_size(json_object_get(result.value, "attachments"));
	if (result.status != want)
		wrong = status_code(result.status);
	else if (result.status != STATUS_OK && result.file_count > 0)
		wrong = "refused, with files";
	else if (result.status == STATUS_OK && result.file_count != attachments)
		wrong = "a file for each attachment";
	for (size_t i = 0; wrong == NULL && result.status == STATUS_OK && i < attachments; i++)
		if (!attachment_is_right(&result, i))
			wrong = "an attachment's file is another one";
	job_result_clear(&result);
	return wrong;
}

static const char *
judge_good(const char *path, struct span bytes, struct diag *diag)
{
	(void)path;
	return judge(bytes, diag, STATUS_OK);
}

static const char *
judge_bad(const char *path, struct span bytes, struct diag *diag)
{
	(void)path;
	return judge(bytes, diag, STATUS_INVALID);
}

static void
test_good(void **state)
{
	size_t count, bad;

	(void)state;
	corpus_run("tests/corpus/edxml/made/good", ".edxml", false, judge_good, &count, &bad);
	assert_true(count >= 25);
	assert_int_equal(bad, 0);
	corpus_run(
		"tests/corpus/edxml/made/status-good", ".edxml", false, judge_good, &count, &bad);
	assert_true(count > 0);
	assert_int_equal(bad, 0);
}

static void
test_bad(void **state)
{
	size_t count, bad;

	(void)state;
	corpus_run("tests/corpus/edxml/made/bad", ".edxml", true, judge_bad, &count, &bad);
	assert_true(count >= 60);
	assert_int_equal(bad, 0);
	corpus_run("tests/corpus/edxml/made/status-bad", ".edxml", true, judge_bad, &count, &bad);
	assert_true(count > 0);
	assert_int_equal(bad, 0);
}

/* A real signature in the header is judged and told; a bad one does not refuse the packet. */
static void
expect_signature(const char *name, const char *code, const char *indication)
{
	char path[100];
	struct job_result result;
	const json_t *report;
	int fd;

	snprintf(path, sizeof(path), "../../xmldsig/made/edxml/%s", name);
	fd = made_file(path);
	read_packet(fd, &result);
	close(fd);
	assert_int_equal(result.status, STATUS_OK);
	assert_true(diag_has(result.diag, code));
	assert_string_equal(json_string_value(json_object_get(result.value, "signature")), "real");
	report = json_object_get(result.value, "signature_report");
	assert_string_equal(json_string_value(json_object_get(report, "indication")), indication);
	job_result_clear(&result);
}

static void
test_signature(void **state)
{
	(void)state;
	expect_signature("edxml.signature.good.whole.edxml", "edxml.signature.good", "TOTAL-PASSED");
	expect_signature("edxml.signature.failed.subject.edxml", "edxml.signature.failed", "TOTAL-FAILED");
}

/* What most senders write is no signature: said, and nothing of it judged. */
static void
test_dummy(void **state)
{
	struct job_result result;
	int fd = made_file("../../xmldsig/made/edxml/none.dummy.edxml");

	(void)state;
	read_packet(fd, &result);
	close(fd);
	assert_int_equal(result.status, STATUS_OK);
	assert_true(diag_has(result.diag, "edxml.signature.dummy") && !diag_has_error(result.diag));
	assert_string_equal(json_string_value(json_object_get(result.value, "signature")), "dummy");
	assert_null(json_object_get(result.value, "signature_report"));
	job_result_clear(&result);
}

static const char *
judge_hostile(const char *path, struct span bytes, struct diag *diag)
{
	return judge(bytes, diag, corpus_accepts(path) ? STATUS_OK : STATUS_INVALID);
}

/* Unwrapping has limits of its own (a descriptor for each entry): what counts is that it ends with
 * an answer. */
static const char *
unwrap_hostile(const char *path, struct span bytes, struct diag *diag)
{
	struct job job = {.type = JOB_ZIP_UNWRAP, .file_count = 1, .params = json_object()};
	struct job_result result;
	const char *wrong = NULL;

	(void)path;
	(void)diag;
	job.files[0] = worker_client_file(bytes.data, bytes.len);
	if (call(&job, &result) != STATUS_OK)
		fail_msg("%s: the worker died", path);
	if (result.status != STATUS_OK && result.status != STATUS_INVALID)
		wrong = status_code(result.status);
	else if (result.status == STATUS_INVALID && !diag_has_error(result.diag))
		wrong = "refused without a word";
	job_clear(&job);
	job_result_clear(&result);
	return wrong;
}

static size_t unwrapped, unwrapped_wrong;

static const char *
count_unwrapped(const char *path, struct span bytes, struct diag *diag)
{
	const char *wrong = unwrap_hostile(path, bytes, diag);

	unwrapped++;
	if (wrong != NULL) {
		unwrapped_wrong++;
		print_message("# %s: %s\n", path, wrong);
	}
	return wrong;
}

static void
test_hostile(void **state)
{
	size_t count, bad;

	(void)state;
	corpus_run("tests/corpus/hostile/made", ".xml", false, judge_hostile, &count, &bad);
	assert_true(count >= 40);
	assert_int_equal(bad, 0);
	corpus_run("tests/corpus/hostile/made", ".zip", true, count_unwrapped, &count, &bad);
	assert_true(unwrapped >= 40); /* what was found is not compared here: test_hostile does */
	assert_int_equal(unwrapped_wrong, 0);
}

/* A refused packet that could be read to its end still says who sent it. */
static void
test_refused_with_sender(void **state)
{
	int fd = made_file("bad/program.edxml");
	struct job_result result;

	(void)state;
	read_packet(fd, &result);
	close(fd);
	assert_int_equal(result.status, STATUS_INVALID);
	assert_non_null(json_object_get(json_object_get(result.value, "from"), "organ_id"));
	assert_int_equal(result.file_count, 0);
	job_result_clear(&result);
}

static void
write_and_read_again(bool raw)
{
	static const char *const same[] = {"packet", "document_id", "code_number", "code_notation",
		"subject", "promulgation_date", "from", "to"};
	int fd = made_file("good/archive-stored.edxml");
	struct job_result first, written, second;
	struct job job = {.type = JOB_EDXML_WRITE};

	read_packet(fd, &first);
	close(fd);
	assert_int_equal(first.status, STATUS_OK);
	assert_true(first.file_count > 0);
	job.params = json_incref(first.value);
	json_object_set_new(job.params, "raw", json_boolean(raw));
	memcpy(job.files, first.files, sizeof(first.files));
	job.file_count = first.file_count;
	assert_int_equal(call(&job, &written), STATUS_OK);
	assert_int_equal(written.status, STATUS_OK);
	assert_int_equal(written.file_count, 1);
	assert_true(json_integer_value(json_object_get(written.value, "size")) > 1000);
	json_decref(job.params);

	read_packet(written.files[0], &second);
	assert_int_equal(second.status, STATUS_OK);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (!json_equal(json_object_get(first.value, same[i]),
			    json_object_get(second.value, same[i])))
			fail_msg("%s is another one", same[i]);
	assert_int_equal(second.file_count, first.file_count);
	for (size_t i = 0; i < first.file_count; i++)
		assert_true(attachment_is_right(&second, i));
	job_result_clear(&first);
	job_result_clear(&written);
	job_result_clear(&second);
}

static void
test_write(void **state)
{
	(void)state;
	write_and_read_again(false);
	write_and_read_again(true);
}

static void
test_write_refused(void **state)
{
	struct job job = {.type = JOB_EDXML_WRITE};
	struct job_result result;

	(void)state;
	job.params =
		json_pack("{s:s, s:s}", "packet", "document", "subject", "no sender, no receiver");
	assert_int_equal(call(&job, &result), STATUS_OK);
	assert_int_equal(result.status, STATUS_INVALID);
	assert_true(diag_has_error(result.diag));
	assert_int_equal(result.file_count, 0);
	job_result_clear(&result);
	json_decref(job.params);
}

static void
test_without_schemas(void **state)
{
	struct worker_client bare;
	struct job job = {.type = JOB_EDXML_READ, .file_count = 1};
	struct job_result result;

	(void)state;
	worker_client_start(&bare, NULL);
	job.params = json_object();
	job.files[0] = worker_client_file("<a/>", 4);
	assert_int_equal(worker_client_call(&bare, &job, &result), STATUS_OK);
	assert_int_equal(result.status, STATUS_UNAVAILABLE);
	job_result_clear(&result);
	job_clear(&job);
	assert_int_equal(worker_client_stop(&bare), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_dummy),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_refused_with_sender),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_write_refused),
		cmocka_unit_test(test_without_schemas),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, start, stop);
}
