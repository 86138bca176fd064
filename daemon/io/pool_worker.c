/*
 * pool_worker: see pool_worker.h. Descriptors in frames need sendmsg and recvmsg, so the socket is
 * watched by uv_poll and not a uv_pipe. A job that is lost ends in one place, the exit callback of
 * the process, when it is known how the process went.
 */
#include "config.h"

#include "daemon/io/pool_worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/loop_uv.h"
#include "daemon/io/pool_spawn.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/frame.h"

#define START_MS 30000u /* from the start to READY: schemas are read in that time */
#define LEAVE_MS 5000u  /* from LAST_RESULT to the exit */
#define GRACE_MS                                                                                   \
	1000u /* over the job's seconds: the kernel's limit of processor time comes first */
#define JOB_RETURNS 3u
#define BACK_OFF_MS 100u       /* doubled from the second failure in a row on … */
#define BACK_OFF_MOST_MS 5000u /* … up to this */

struct pool_worker {
	struct loop *loop;
	const struct pool_config *config;
	const struct pool_worker_events *events;
	void *arg;
	enum pool_worker_state state;
	uv_process_t process;
	uv_poll_t poll;
	uv_timer_t timer;      /* lives from new to closed */
	unsigned open_handles; /* process and poll */
	int fd;
	struct frame_reader *reader;
	struct frame_writer *writer;
	struct pool_job *job;
	enum status verdict; /* for the job if the process is lost; STATUS_OK: not decided */
	unsigned failures;   /* ends in a row that were no clean ones */
	bool exited;         /* the process has gone; its last words may still be in the socket */
	bool undelivered; /* the job did not get through to it whole: somebody else may have it */
	bool misbehaved;  /* it broke the protocol: the SIGKILL was ours */
	bool stopping;
	char layers[96];
};

static const char *const state_names[] = {"down", "starting", "idle", "busy", "ending", "closed"};

/* A bit for each state that may follow. */
static const unsigned moves[] = {
	[POOL_WORKER_DOWN] =
		1u << POOL_WORKER_STARTING | 1u << POOL_WORKER_ENDING | 1u << POOL_WORKER_CLOSED,
	[POOL_WORKER_STARTING] = 1u << POOL_WORKER_IDLE | 1u << POOL_WORKER_ENDING,
	[POOL_WORKER_IDLE] = 1u << POOL_WORKER_BUSY | 1u << POOL_WORKER_ENDING,
	[POOL_WORKER_BUSY] = 1u << POOL_WORKER_IDLE | 1u << POOL_WORKER_ENDING,
	[POOL_WORKER_ENDING] = 1u << POOL_WORKER_DOWN,
	[POOL_WORKER_CLOSED] = 0,
};

static void start_process(struct pool_worker *w);

static void
set_state(struct pool_worker *w, enum pool_worker_state next)
{
	if (w->state == next)
		return;
	if ((moves[w->state] & 1u << next) == 0) {
		log_error("worker", "error=move from=%s to=%s", state_names[w->state],
			state_names[next]);
		abort();
	}
	w->state = next;
}

enum pool_worker_state
pool_worker_state(const struct pool_worker *w)
{
	return w->state;
}

const char *
pool_worker_layers(const struct pool_worker *w)
{
	return w->layers;
}

void
pool_job_free(struct pool_job *job)
{
	if (job == NULL)
		return;
	for (size_t i = 0; i < job->fd_count; i++)
		close(job->fds[i]);
	buf_free(&job->payload);
	free(job);
}

void
pool_job_fail(struct job_result *result, const struct pool_job *job, enum status st,
	const char *code, const char *got)
{
	memset(result, 0, sizeof(*result));
	result->status = st;
	result->diag = diag_new();
	diag_error(result->diag, code, job_name(job->type), got, NULL);
}

/* --- the end of a process --- */

static void
timer_closed(uv_handle_t *handle)
{
	struct pool_worker *w = handle->data;

	w->events->closed(w->arg, w);
}

static void
start_again(uv_timer_t *timer)
{
	loop_enter(timer->loop, "worker-start");
	start_process(timer->data);
	loop_leave(timer->loop);
}

static void
down(struct pool_worker *w)
{
	uint64_t ms = 0;

	set_state(w, POOL_WORKER_DOWN);
	if (w->stopping) {
		set_state(w, POOL_WORKER_CLOSED);
		uv_close((uv_handle_t *)&w->timer, timer_closed);
		return;
	}
	if (w->failures > 1) {
		unsigned shift = w->failures - 2 < 10 ? w->failures - 2 : 10;

		ms = (uint64_t)BACK_OFF_MS << shift;
		if (ms > BACK_OFF_MOST_MS)
			ms = BACK_OFF_MOST_MS;
	}
	uv_timer_start(&w->timer, start_again, ms, 0);
}

static void
handle_closed(uv_handle_t *handle)
{
	struct pool_worker *w = handle->data;

	if (--w->open_handles > 0)
		return;
	frame_reader_free(w->reader);
	frame_writer_free(w->writer);
	w->reader = NULL;
	w->writer = NULL;
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	down(w);
}

static void
answer(struct pool_worker *w, struct job_result *result)
{
	struct pool_job *job = w->job;

	w->job = NULL;
	loop_note(w->loop, job_name(job->type));
	w->events->answered(w->arg, job, result);
	loop_note(w->loop, "");
	job_result_clear(result);
}

/* From now on only the exit is awaited. */
static void
end_process(struct pool_worker *w, enum status verdict)
{
	if (w->verdict == STATUS_OK)
		w->verdict = verdict;
	if (w->state != POOL_WORKER_ENDING)
		set_state(w, POOL_WORKER_ENDING);
	uv_timer_stop(&w->timer);
	if (w->open_handles < 2 || w->exited)
		return;
	uv_poll_stop(&w->poll);
	uv_process_kill(&w->process, SIGKILL);
}

/* --- frames --- */

static void
take_ready(struct pool_worker *w, const struct frame *f)
{
	size_t n = f->payload.len < sizeof(w->layers) - 1 ? f->payload.len : sizeof(w->layers) - 1;

	if (n > 0)
		memcpy(w->layers, f->payload.data, n);
	w->layers[n] = '\0';
	uv_timer_stop(&w->timer);
	set_state(w, POOL_WORKER_IDLE);
	w->events->idle(w->arg, w);
}

static void
leave_too_slow(uv_timer_t *timer)
{
	end_process(timer->data, STATUS_OK);
}

/* False when it is not what a worker may say. The frame's descriptors are taken over or closed. */
static bool
take_result(struct pool_worker *w, struct frame *f)
{
	struct job_result result;

	if (f->id != w->job->id ||
		job_result_decode(f->payload, f->fds, f->fd_count, &result) != STATUS_OK) {
		frame_close_fds(f);
		return false;
	}
	for (size_t i = 0; i < result.file_count; i++)
		if (frame_seal(result.files[i]) != STATUS_OK) {
			job_result_clear(&result);
			return false;
		}
	uv_timer_stop(&w->timer);
	w->failures = 0;
	if (f->type == JOB_FRAME_LAST_RESULT) {
		set_state(w, POOL_WORKER_ENDING);
		uv_timer_start(&w->timer, leave_too_slow, LEAVE_MS, 0);
	} else {
		set_state(w, w->exited ? POOL_WORKER_ENDING : POOL_WORKER_IDLE);
	}
	answer(w, &result);
	if (w->state == POOL_WORKER_IDLE)
		w->events->idle(w->arg, w);
	return true;
}

static bool
take_frame(struct pool_worker *w, struct frame *f)
{
	if (f->type == JOB_FRAME_READY && w->state == POOL_WORKER_STARTING && f->fd_count == 0) {
		take_ready(w, f);
		return true;
	}
	if ((f->type == JOB_FRAME_RESULT || f->type == JOB_FRAME_LAST_RESULT) &&
		w->state == POOL_WORKER_BUSY)
		return take_result(w, f);
	frame_close_fds(f);
	return false;
}

static void
read_frames(struct pool_worker *w)
{
	while (w->state != POOL_WORKER_ENDING && w->state != POOL_WORKER_DOWN) {
		struct frame f;
		enum status st = frame_read(w->reader, &f);

		if (st == STATUS_UNAVAILABLE)
			return;
		if (st == STATUS_OK && take_frame(w, &f))
			continue;
		w->misbehaved = st != STATUS_CANCELLED;
		if (w->misbehaved)
			log_warn("worker", "event=protocol pid=%d state=%s status=%s",
				uv_process_get_pid(&w->process), state_names[w->state],
				status_code(st));
		end_process(w, STATUS_CRASHED);
	}
}

static void on_socket(uv_poll_t *poll, int error, int events);

static void
write_frames(struct pool_worker *w)
{
	enum status st = frame_flush(w->writer);

	if (st == STATUS_OK) {
		uv_poll_start(&w->poll, UV_READABLE, on_socket);
	} else if (st == STATUS_UNAVAILABLE) {
		uv_poll_start(&w->poll, UV_READABLE | UV_WRITABLE, on_socket);
	} else {
		w->undelivered = w->job != NULL && frame_writer_pending(w->writer);
		end_process(w, STATUS_CRASHED);
	}
}

static void
take_event(struct pool_worker *w, int error, int events)
{
	if (error != 0) {
		end_process(w, STATUS_CRASHED);
		return;
	}
	if ((events & UV_WRITABLE) != 0)
		write_frames(w);
	if ((events & UV_READABLE) != 0)
		read_frames(w);
}

static void
on_socket(uv_poll_t *poll, int error, int events)
{
	uv_loop_t *uv = poll->loop;

	loop_enter(uv, "worker");
	take_event(poll->data, error, events);
	loop_leave(uv);
}

static void
job_too_slow(uv_timer_t *timer)
{
	struct pool_worker *w = timer->data;

	log_warn("worker", "event=timeout pid=%d type=%s", uv_process_get_pid(&w->process),
		job_name(w->job->type));
	end_process(w, STATUS_TIMEOUT);
}

void
pool_worker_give(struct pool_worker *w, struct pool_job *job)
{
	unsigned percent = w->config->time_percent > 0 ? w->config->time_percent : 100;
	struct frame f = {.type = JOB_FRAME_JOB,
		.id = job->id,
		.payload = {job->payload.data, job->payload.len}};
	enum status st;

	memcpy(f.fds, job->fds, job->fd_count * sizeof(int));
	f.fd_count = job->fd_count;
	set_state(w, POOL_WORKER_BUSY);
	w->job = job;
	w->verdict = STATUS_OK;
	w->undelivered = false;
	job->started_us = (uint64_t)clock_monotonic();
	uv_timer_start(
		&w->timer, job_too_slow, job_seconds(job->type, job->input) * 10ul * percent + GRACE_MS, 0);
	st = frame_write(w->writer, &f);
	if (st != STATUS_OK) {
		end_process(w, st); /* rare: no memory. The job ends with the process */
		return;
	}
	write_frames(w);
}

/* --- the life of a process --- */

/* How it went, for a person: "signal 9", "exit 3". */
static void
fail_job(struct pool_worker *w, int64_t exit_status, int signum)
{
	struct job_result result;
	enum status st = w->verdict;
	const char *code;
	char got[48];

	if (st == STATUS_OK || st == STATUS_CRASHED)
		st = signum == SIGXCPU ? STATUS_TIMEOUT : STATUS_CRASHED;
	if (st == STATUS_TIMEOUT)
		snprintf(got, sizeof(got), "%u s", job_seconds(w->job->type, w->job->input));
	else if (signum != 0)
		snprintf(got, sizeof(got), "signal %d", signum);
	else
		snprintf(got, sizeof(got), "exit %lld", (long long)exit_status);
	code = st == STATUS_TIMEOUT ? "worker.timeout" : "worker.lost";
	if (st == STATUS_CRASHED)
		code = "worker.crashed";
	pool_job_fail(&result, w->job, st, code, got);
	answer(w, &result);
}

/* To the queue again: the job is not to blame. */
static void
return_job(struct pool_worker *w)
{
	struct pool_job *job = w->job;

	w->job = NULL;
	job->returns++;
	w->events->returned(w->arg, job);
}

/*
 * It died idle, and nobody had told us when the job was sent; or somebody else ended it (an administrator, a service being stopped with all its processes, the kernel short of memory). A document that
 * brings about the second has its worker killed again, and is refused then.
 */
static bool
is_not_to_blame(struct pool_worker *w, int signum)
{
	if (w->verdict != STATUS_CRASHED)
		return false;
	if (w->undelivered)
		return w->job->returns < JOB_RETURNS;
	if ((signum != SIGKILL && signum != SIGTERM && signum != SIGINT && signum != SIGHUP) || w->misbehaved || w->job->killed)
		return false;
	w->job->killed = true;
	return true;
}

static void
on_exit_of(uv_process_t *process, int64_t exit_status, int signum)
{
	struct pool_worker *w = process->data;
	bool expected;

	w->exited = true;
	read_frames(w); /* what it sent before it went */
	expected = w->state == POOL_WORKER_ENDING && w->job == NULL &&
		(w->failures == 0 || w->stopping);
	if (w->state != POOL_WORKER_ENDING)
		end_process(w, STATUS_CRASHED);
	if (!expected && !w->stopping) {
		w->failures++;
		log_warn("worker", "event=lost pid=%d job=%s exit=%lld signal=%d",
			uv_process_get_pid(process),
			w->job != NULL ? job_name(w->job->type) : "none", (long long)exit_status,
			signum);
	}
	if (w->job != NULL && is_not_to_blame(w, signum))
		return_job(w);
	else if (w->job != NULL)
		fail_job(w, exit_status, signum);
	uv_timer_stop(&w->timer);
	uv_close((uv_handle_t *)&w->poll, handle_closed);
	uv_close((uv_handle_t *)&w->process, handle_closed);
}

static void
start_too_slow(uv_timer_t *timer)
{
	struct pool_worker *w = timer->data;

	log_warn("worker", "event=start-timeout pid=%d", uv_process_get_pid(&w->process));
	end_process(w, STATUS_TIMEOUT);
}

static bool
open_socket(struct pool_worker *w, int *other)
{
	int s[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, s) != 0)
		return false;
	w->fd = s[0];
	*other = s[1];
	w->reader = frame_reader_new(w->fd);
	w->writer = frame_writer_new(w->fd, 2 * FRAME_MAX);
	return w->reader != NULL && w->writer != NULL && fcntl(w->fd, F_SETFL, O_NONBLOCK) == 0;
}

static void
give_up_start(struct pool_worker *w)
{
	w->failures++;
	set_state(w, POOL_WORKER_ENDING);
	if (w->open_handles == 0) {
		w->open_handles = 1; /* as if the last handle had been closed */
		handle_closed((uv_handle_t *)&w->timer);
	}
}

static void
start_process(struct pool_worker *w)
{
	int other = -1, error;

	if (!open_socket(w, &other)) {
		log_error("worker", "event=start error=%s", strerror(errno));
		if (other >= 0)
			close(other);
		give_up_start(w);
		return;
	}
	w->verdict = STATUS_OK;
	w->exited = w->misbehaved = false;
	w->process.data = w;
	error = pool_spawn(loop_uv(w->loop), &w->process, w->config, other, on_exit_of);
	close(other);
	w->open_handles = 1;
	if (error != 0) {
		log_error("worker", "event=start program=%s error=%s", w->config->program,
			uv_strerror(error));
		give_up_start(w);
		uv_close((uv_handle_t *)&w->process, handle_closed);
		return;
	}
	uv_poll_init(loop_uv(w->loop), &w->poll, w->fd);
	w->poll.data = w;
	w->open_handles = 2;
	set_state(w, POOL_WORKER_STARTING);
	uv_timer_start(&w->timer, start_too_slow, START_MS, 0);
	uv_poll_start(&w->poll, UV_READABLE, on_socket);
	w->events->started(w->arg);
}

enum status
pool_worker_new(struct loop *loop, const struct pool_config *config,
	const struct pool_worker_events *events, void *arg, struct pool_worker **out)
{
	struct pool_worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return STATUS_NO_MEMORY;
	w->loop = loop;
	w->config = config;
	w->events = events;
	w->arg = arg;
	w->fd = -1;
	uv_timer_init(loop_uv(loop), &w->timer);
	w->timer.data = w;
	uv_timer_start(&w->timer, start_again, 0, 0);
	*out = w;
	return STATUS_OK;
}

void
pool_worker_stop(struct pool_worker *w)
{
	w->stopping = true;
	if (w->state == POOL_WORKER_DOWN) {
		uv_timer_stop(&w->timer);
		down(w);
	} else if (w->state != POOL_WORKER_CLOSED) {
		end_process(w, STATUS_CANCELLED);
	}
}

void
pool_worker_free(struct pool_worker *w)
{
	free(w);
}
