/* worker_client: see worker_client.h. */
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
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/worker_client.h"

#define PATIENCE_MS 60000 /* a loaded machine, under sanitizers */

static _Noreturn void
run_worker(int fd, const char *const *extra)
{
	const char *tree = getenv("CONGVAN_BUILDDIR");
	const char *argv[24] = {"congvan-worker", "--fd", "3"};
	char path[4096];
	size_t n = 3;

	for (; extra != NULL && *extra != NULL && n < 23; extra++)
		argv[n++] = *extra;
	snprintf(path, sizeof(path), "%s/congvan-worker", tree != NULL ? tree : ".");
	if (fd != 3)
		dup2(fd, 3);
	else
		fcntl(fd, F_SETFD, 0);
	execv(path, (char *const *)(uintptr_t)argv);
	_exit(127);
}

void
worker_client_exec(int fd)
{
	run_worker(fd, NULL);
}

static enum status
next_frame(struct worker_client *w, struct frame *f)
{
	struct pollfd p = {.fd = w->fd, .events = POLLIN};

	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	return frame_read(w->reader, f);
}

void
worker_client_start(struct worker_client *w, const char *const *extra)
{
	struct frame f;
	int s[2];

	memset(w, 0, sizeof(*w));
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s), 0);
	w->pid = fork();
	assert_true(w->pid >= 0);
	if (w->pid == 0)
		run_worker(s[1], extra);
	close(s[1]);
	w->fd = s[0];
	w->reader = frame_reader_new(w->fd);
	w->writer = frame_writer_new(w->fd, 2 * FRAME_MAX);
	assert_int_equal(next_frame(w, &f), STATUS_OK);
	assert_int_equal(f.type, JOB_FRAME_READY);
	assert_true(f.payload.len < sizeof(w->layers));
	memcpy(w->layers, f.payload.data, f.payload.len);
}

int
worker_client_stop(struct worker_client *w)
{
	int status = 0;

	frame_reader_free(w->reader);
	frame_writer_free(w->writer);
	close(w->fd);
	assert_int_equal(waitpid(w->pid, &status, 0), w->pid);
	memset(w, 0, sizeof(*w));
	w->fd = -1;
	return status;
}

void
worker_client_send(struct worker_client *w, const struct job *job)
{
	struct frame f = {.type = JOB_FRAME_JOB, .id = ++w->id};
	struct buf b;

	buf_init(&b, FRAME_MAX);
	assert_int_equal(job_encode(job, &b), STATUS_OK);
	f.payload = (struct span){b.data, b.len};
	memcpy(f.fds, job->files, job->file_count * sizeof(int));
	f.fd_count = job->file_count;
	assert_int_equal(frame_write(w->writer, &f), STATUS_OK);
	assert_int_equal(frame_flush(w->writer), STATUS_OK);
	buf_free(&b);
}

enum status
worker_client_answer(struct worker_client *w, struct job_result *result)
{
	struct frame f;
	enum status st = next_frame(w, &f);

	memset(result, 0, sizeof(*result));
	if (st != STATUS_OK)
		return st;
	assert_true(f.type == JOB_FRAME_RESULT || f.type == JOB_FRAME_LAST_RESULT);
	w->last = f.type == JOB_FRAME_LAST_RESULT;
	assert_int_equal(f.id, w->id);
	assert_int_equal(job_result_decode(f.payload, f.fds, f.fd_count, result), STATUS_OK);
	return STATUS_OK;
}

enum status
worker_client_call(struct worker_client *w, const struct job *job, struct job_result *result)
{
	worker_client_send(w, job);
	return worker_client_answer(w, result);
}

int
worker_client_file(const void *bytes, size_t n)
{
	int fd = frame_memfd("test-input");

	assert_true(fd >= 0);
	for (size_t done = 0; done < n;) {
		ssize_t k = write(fd, (const char *)bytes + done, n - done);

		assert_true(k > 0);
		done += (size_t)k;
	}
	assert_int_equal(frame_seal(fd), STATUS_OK);
	return fd;
}

int
worker_client_open(const char *path_in_source_tree)
{
	const char *tree = getenv("CONGVAN_SRCDIR");
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", tree != NULL ? tree : ".", path_in_source_tree);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		fail_msg("cannot open %s", path);
	return fd;
}

char *
worker_client_read(int fd, size_t *n_out)
{
	struct stat st;
	char *text;

	assert_int_equal(fstat(fd, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(pread(fd, text, (size_t)st.st_size, 0), st.st_size);
	if (n_out != NULL)
		*n_out = (size_t)st.st_size;
	return text;
}
