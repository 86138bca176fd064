/* The real congvan-worker over a socketpair: jobs, its life, and what its sandbox leaves to it. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/worker_client.h"

static const char some_pdf[] =
	"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n";

static void
assert_clean_end(struct worker_client *w)
{
	int status = worker_client_stop(w);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
sniff(struct worker_client *w, const char *name, const char *kind, bool agrees)
{
	struct job job = {.type = JOB_SNIFF, .file_count = 1};
	struct job_result result;

	job.params = json_pack("{s:s}", "name", name);
	job.files[0] = worker_client_file(some_pdf, sizeof(some_pdf) - 1);
	assert_int_equal(worker_client_call(w, &job, &result), STATUS_OK);
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(json_string_value(json_object_get(result.value, "kind")), kind);
	assert_int_equal(json_is_true(json_object_get(result.value, "agrees")), agrees);
	job_result_clear(&result);
	close(job.files[0]);
	json_decref(job.params);
}

static void
test_sniff(void **state)
{
	struct worker_client w;

	(void)state;
	worker_client_start(&w, NULL);
	sniff(&w, "12-CV.pdf", "pdf", true);
	sniff(&w, "12-CV.docx", "pdf", false);
	assert_clean_end(&w);
}

static void
test_zip_there_and_back(void **state)
{
	struct job build = {.type = JOB_ZIP_BUILD, .file_count = 2},
		   unwrap = {.type = JOB_ZIP_UNWRAP, .file_count = 1};
	struct job_result zip, files;
	struct worker_client w;
	json_t *row;
	char *text;

	(void)state;
	worker_client_start(&w, NULL);
	build.params = json_pack("{s:[{s:s, s:b}, {s:s}]}", "entries", "name", "mimetype", "stored",
		1, "name", "thư mục/văn bản.txt");
	build.files[0] = worker_client_file("application/test", 16);
	build.files[1] = worker_client_file("Nội dung", 10);
	assert_int_equal(worker_client_call(&w, &build, &zip), STATUS_OK);
	assert_int_equal(zip.status, STATUS_OK);
	assert_int_equal(zip.file_count, 1);
	assert_int_equal(ftruncate(zip.files[0], 0), -1); /* sealed */

	unwrap.params = json_object();
	unwrap.files[0] = zip.files[0];
	assert_int_equal(worker_client_call(&w, &unwrap, &files), STATUS_OK);
	assert_int_equal(files.status, STATUS_OK);
	assert_int_equal(files.file_count, 2);
	row = json_array_get(json_object_get(files.value, "entries"), 1);
	assert_string_equal(json_string_value(json_object_get(row, "name")), "thư mục/văn bản.txt");
	assert_int_equal(json_integer_value(json_object_get(row, "index")), 1);
	text = worker_client_read(files.files[1], NULL);
	assert_string_equal(text, "Nội dung");
	free(text);
	job_result_clear(&zip);
	job_result_clear(&files);
	close(build.files[0]);
	close(build.files[1]);
	json_decref(build.params);
	json_decref(unwrap.params);
	assert_clean_end(&w);
}

static void
test_findings_come_back(void **state)
{
	struct job job = {.type = JOB_ZIP_UNWRAP, .file_count = 1};
	struct job_result result;
	struct worker_client w;

	(void)state;
	worker_client_start(&w, NULL);
	job.params = json_object();
	job.files[0] = worker_client_file("PK\3\4 not really", 15);
	assert_int_equal(worker_client_call(&w, &job, &result), STATUS_OK);
	assert_int_equal(result.status, STATUS_INVALID);
	assert_true(diag_has_error(result.diag));
	assert_int_equal(result.file_count, 0);
	job_result_clear(&result);
	close(job.files[0]);
	json_decref(job.params);
	sniff(&w, "still.pdf", "pdf", true);
	assert_clean_end(&w);
}

static void
test_wrong_calls(void **state)
{
	struct job job = {.type = JOB_SNIFF};
	struct job_result result;
	struct worker_client w;
	int ends[2];

	(void)state;
	worker_client_start(&w, NULL);
	job.params = json_object();
	assert_int_equal(worker_client_call(&w, &job, &result), STATUS_OK); /* no file */
	assert_int_equal(result.status, STATUS_MALFORMED);
	assert_true(diag_has(result.diag, "worker.inputs"));
	job_result_clear(&result);

	assert_int_equal(pipe(ends), 0);
	job.files[0] = ends[0]; /* not a file: reading it would wait for ever */
	job.file_count = 1;
	assert_int_equal(worker_client_call(&w, &job, &result), STATUS_OK);
	assert_int_equal(result.status, STATUS_INVALID);
	job_result_clear(&result);
	close(ends[0]);
	close(ends[1]);

	json_object_set_new(job.params, "name", json_integer(7));
	job.files[0] = worker_client_file("x", 1);
	assert_int_equal(worker_client_call(&w, &job, &result), STATUS_OK);
	assert_int_equal(result.status, STATUS_MALFORMED);
	assert_true(diag_has(result.diag, "worker.parameter"));
	job_result_clear(&result);
	close(job.files[0]);
	json_decref(job.params);
	assert_clean_end(&w);
}

/* Each row of the table has its function: every type is answered, by a refusal when nothing is
 * given to it. */
static void
test_every_type_answers(void **state)
{
	struct worker_client w;

	(void)state;
	worker_client_start(&w, NULL);
	for (unsigned i = 0; i < JOB_COUNT_; i++) {
		struct job job = {.type = (enum job_type)i, .params = json_object()};
		struct job_result result;

		if (worker_client_call(&w, &job, &result) != STATUS_OK)
			fail_msg("the worker died of %s", job_name(job.type));
		if (result.status == STATUS_OK || result.status == STATUS_INTERNAL)
			fail_msg("%s of nothing: %s", job_name(job.type),
				status_code(result.status));
		job_result_clear(&result);
		json_decref(job.params);
	}
	assert_clean_end(&w);
}

static void
test_layers(void **state)
{
	struct worker_client w;

	(void)state;
	worker_client_start(&w, NULL);
	assert_non_null(strstr(w.layers, "no_new_privs seccomp"));
	print_message("# layers: %s\n", w.layers);
	assert_clean_end(&w);
}

/* /proc/PID/… of the worker as a text. */
static void
read_proc(pid_t pid, const char *what, char *to, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, what);
	fd = open(path, O_RDONLY);
	assert_true(fd >= 0);
	n = read(fd, to, size - 1);
	assert_true(n >= 0);
	to[n] = '\0';
	close(fd);
}

static void
test_what_is_left_to_it(void **state)
{
	struct worker_client w;
	char text[8192], link[64], target[256];
	int secret = open(
		"/etc/passwd", O_RDONLY); /* without close-on-exec: must be closed by the worker */
	ssize_t n;

	(void)state;
	setenv("CONGVAN_TEST_SECRET", "1", 1);
	worker_client_start(&w, NULL);
	read_proc(w.pid, "status", text, sizeof(text));
	assert_non_null(strstr(text, "NoNewPrivs:\t1"));
	assert_non_null(strstr(text, "Seccomp:\t2"));
	read_proc(w.pid, "limits", text, sizeof(text));
	assert_non_null(strstr(text, "Max core file size        0                    0"));
	snprintf(link, sizeof(link), "/proc/%d/fd/%d", (int)w.pid, secret == 3 ? 4 : secret);
	n = readlink(link, target, sizeof(target) - 1);
	if (n > 0) {
		target[n] = '\0';
		assert_null(strstr(target, "passwd"));
	}
	close(secret);
	assert_clean_end(&w);
}

static void
test_serves_its_time(void **state)
{
	static const char *const extra[] = {"--jobs", "2", NULL};
	struct worker_client w;
	struct job_result result;

	(void)state;
	worker_client_start(&w, extra);
	sniff(&w, "a.pdf", "pdf", true);
	assert_false(w.last);
	sniff(&w, "a.pdf", "pdf", true);
	assert_true(w.last);
	assert_int_equal(worker_client_answer(&w, &result), STATUS_CANCELLED);
	assert_clean_end(&w);
}

static void
test_broken_peer(void **state)
{
	struct worker_client w;
	int status;

	(void)state;
	worker_client_start(&w, NULL);
	assert_int_equal(write(w.fd, "GET / HTTP/1.1\r\n\r\n", 18), 18);
	status = worker_client_stop(&w);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
}

/* The one who started it is killed while somebody else still holds the socket open: the worker goes
 * too. */
static void
test_dies_with_its_parent(void **state)
{
	int s[2], status;
	struct pollfd p;
	char bytes[256];
	pid_t parent;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s), 0);
	parent = fork();
	if (parent == 0) {
		if (fork() == 0)
			worker_client_exec(s[1]);
		close(s[1]);
		for (;;)
			pause();
	}
	close(s[1]);
	p = (struct pollfd){.fd = s[0], .events = POLLIN};
	assert_int_equal(poll(&p, 1, 60000), 1);
	assert_true(read(s[0], bytes, sizeof(bytes)) > 12); /* READY */
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, &status, 0), parent);
	assert_int_equal(poll(&p, 1, 60000), 1);
	assert_int_equal(read(s[0], bytes, sizeof(bytes)), 0);
	close(s[0]);
}

static void
test_not_by_hand(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		char path[4096];

		snprintf(path, sizeof(path), "%s/congvan-worker", getenv("CONGVAN_BUILDDIR"));
		dup2(open("/dev/null", O_WRONLY), 2);
		execl(path, "congvan-worker", "--fd", "99", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sniff),
		cmocka_unit_test(test_zip_there_and_back),
		cmocka_unit_test(test_findings_come_back),
		cmocka_unit_test(test_wrong_calls),
		cmocka_unit_test(test_every_type_answers),
		cmocka_unit_test(test_layers),
		cmocka_unit_test(test_what_is_left_to_it),
		cmocka_unit_test(test_serves_its_time),
		cmocka_unit_test(test_broken_peer),
		cmocka_unit_test(test_dies_with_its_parent),
		cmocka_unit_test(test_not_by_hand),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
