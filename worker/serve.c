/* serve: see serve.h. Frames and their order: lib/wire/job.h. */
#include "config.h"

#include "worker/serve.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

/*
 * Memory that a job freed is kept for the next up to this, above it goes back to the system: faulting
 * the same pages in again for each document costs as much as the work on a small one.
 */
#define KEPT (8 << 20)
#define OWN_MAPPING (2 << 20) /* from this size on an allocation comes and goes alone */

static void
keep_little(void)
{
	mallopt(M_TRIM_THRESHOLD, KEPT);
	mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
}

static void
give_back(void)
{
	if (mallinfo2().fordblks > KEPT)
		malloc_trim(0);
}

static enum status
send_frame(int fd, enum job_frame type, uint32_t id, const struct buf *payload,
	const struct job_result *files)
{
	struct frame_writer *w = frame_writer_new(fd, FRAME_MAX + 64);
	struct frame f = {
		.type = (uint8_t)type, .id = id, .payload = {payload->data, payload->len}};
	enum status st;

	if (w == NULL)
		return STATUS_NO_MEMORY;
	if (files != NULL) {
		memcpy(f.fds, files->files, files->file_count * sizeof(int));
		f.fd_count = files->file_count;
	}
	st = frame_write(w, &f);
	if (st == STATUS_OK)
		st = frame_flush(w);
	frame_writer_free(w);
	return st;
}

static enum status
send_ready(const struct serve_config *config)
{
	struct buf b;
	enum status st;

	buf_init(&b, 4096);
	buf_put_str(&b, config->layers);
	st = send_frame(config->fd, JOB_FRAME_READY, 0, &b, NULL);
	buf_free(&b);
	return st;
}

/* A result too large for a frame is replaced by one that says so. */
static enum status
send_result(int fd, uint32_t id, bool last, const struct job_result *result)
{
	struct job_result small = {.status = STATUS_TOO_LARGE};
	enum job_frame type = last ? JOB_FRAME_LAST_RESULT : JOB_FRAME_RESULT;
	struct buf b;
	enum status st;

	buf_init(&b, FRAME_MAX);
	st = job_result_encode(result, &b);
	if (st != STATUS_OK) {
		buf_free(&b);
		small.status = st;
		if (job_result_encode(&small, &b) != STATUS_OK)
			return STATUS_NO_MEMORY;
		result = &small;
	}
	st = send_frame(fd, type, id, &b, result);
	buf_free(&b);
	return st;
}

static void
run_job(struct jobs *jobs, struct limits *limits, const struct job *job, uint32_t id,
	struct job_result *result)
{
	clock_us began = clock_monotonic();
	uint64_t input = jobs_input_bytes(job);
	char object[24];
	enum status st;

	snprintf(object, sizeof(object), "job=%u", id);
	st = limits_job(limits, job_seconds(job->type, input), job_mib(job->type), input);
	if (st == STATUS_OK) {
		jobs_run(jobs, job, result);
	} else {
		memset(result, 0, sizeof(*result));
		result->status = st;
		result->diag = diag_new();
	}
	limits_job_done(limits);
	log_debug(object, "type=%s status=%s findings=%zu files=%zu us=%lld", job_name(job->type),
		status_code(result->status), diag_count(result->diag), result->file_count,
		(long long)(clock_monotonic() - began));
}

/* STATUS_CANCELLED: no more jobs. */
static enum status
serve_one(const struct serve_config *config, struct jobs *jobs, struct limits *limits,
	struct frame_reader *reader, unsigned *served)
{
	struct job_result result;
	struct frame f;
	struct job job;
	bool last;
	enum status st = frame_read(reader, &f);

	if (st != STATUS_OK)
		return st;
	if (f.type != JOB_FRAME_JOB ||
		job_decode(f.payload, f.fds, f.fd_count, &job) != STATUS_OK) {
		frame_close_fds(&f);
		return STATUS_MALFORMED;
	}
	run_job(jobs, limits, &job, f.id, &result);
	job_clear(&job);
	give_back();
	last = ++*served >= config->jobs || limits_resident(limits) > config->resident;
	if (last)
		log_info("worker", "event=leaving served=%u resident=%llu", *served,
			(unsigned long long)limits_resident(limits));
	st = send_result(config->fd, f.id, last, &result);
	job_result_clear(&result);
	return st == STATUS_OK && last ? STATUS_CANCELLED : st;
}

enum status
serve(const struct serve_config *config, struct jobs *jobs, struct limits *limits)
{
	struct frame_reader *reader = frame_reader_new(config->fd);
	unsigned served = 0;
	enum status st;

	if (reader == NULL)
		return STATUS_NO_MEMORY;
	keep_little();
	st = send_ready(config);
	while (st == STATUS_OK)
		st = serve_one(config, jobs, limits, reader, &served);
	frame_reader_free(reader);
	return st == STATUS_CANCELLED ? STATUS_OK : st;
}
