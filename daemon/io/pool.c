/*
 * pool: see pool.h. Here are the queue, the choice of the next job and the counters; one process is
 * pool_worker.c.
 */
#include "config.h"

#include "daemon/io/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/io/loop.h"
#include "daemon/io/pool_worker.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define POOL_WORKERS_MOST 256u
#define POOL_QUEUE_SECONDS 120u
#define POOL_TICK_MS 500u

TAILQ_HEAD(pool_queue, pool_job);

struct pool {
	struct loop *loop;
	struct pool_config config; /* its texts are ours */
	struct pool_worker *workers[POOL_WORKERS_MOST];
	unsigned worker_count, closed_count;
	struct pool_queue queues[POOL_PRIORITIES];
	uint32_t next_id;
	struct loop_task dispatch, stop;
	struct loop_timer *tick;
	struct pool_counters counters;
	char layers[96];
	bool stopping;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

/* --- the end of a job --- */

static void
count_end(struct pool *p, const struct pool_job *job, enum status st)
{
	struct pool_type_counters *type = &p->counters.types[job->type];

	switch (st) {
	case STATUS_CRASHED:
		p->counters.crashed++;
		type->crashed++;
		break;
	case STATUS_TIMEOUT:
		p->counters.timeouts++;
		type->timeouts++;
		break;
	case STATUS_UNAVAILABLE:
		p->counters.unavailable++;
		break;
	case STATUS_CANCELLED:
		p->counters.cancelled++;
		break;
	default:
		p->counters.done++;
		type->done++;
		type->us += (uint64_t)clock_monotonic() - job->started_us;
		break;
	}
}

static void
answered(void *arg, struct pool_job *job, struct job_result *result)
{
	struct pool *p = arg;
	pool_cb cb = job->cb;
	void *cb_arg = job->arg;

	p->counters.running--;
	count_end(p, job, result->status);
	pool_job_free(job);
	cb(cb_arg, result);
}

/* Ends a job that no worker had. */
static void
refuse(struct pool *p, struct pool_job *job, enum status st, const char *code)
{
	struct job_result result;
	pool_cb cb = job->cb;
	void *cb_arg = job->arg;

	pool_job_fail(&result, job, st, code, NULL);
	count_end(p, job, st);
	pool_job_free(job);
	cb(cb_arg, &result);
	job_result_clear(&result);
}

/* --- the queue --- */

static struct pool_job *
take_next(struct pool *p)
{
	for (unsigned i = 0; i < POOL_PRIORITIES; i++) {
		struct pool_job *job = TAILQ_FIRST(&p->queues[i]);

		if (job != NULL) {
			TAILQ_REMOVE(&p->queues[i], job, link);
			p->counters.queued--;
			return job;
		}
	}
	return NULL;
}

static void
give_next(struct pool *p, struct pool_worker *w)
{
	struct pool_job *job = p->stopping ? NULL : take_next(p);
	uint64_t waited;

	if (job == NULL)
		return;
	waited = loop_now_ms(p->loop) - job->queued_ms;
	if (waited > p->counters.longest_wait_ms)
		p->counters.longest_wait_ms = waited;
	p->counters.running++;
	pool_worker_give(w, job);
}

static void
worker_idle(void *arg, struct pool_worker *w)
{
	struct pool *p = arg;

	snprintf(p->layers, sizeof(p->layers), "%s", pool_worker_layers(w));
	give_next(p, w);
}

static void
worker_started(void *arg)
{
	struct pool *p = arg;

	p->counters.starts++;
}

/* Back to the front, where it came from. */
static void
returned(void *arg, struct pool_job *job)
{
	struct pool *p = arg;

	p->counters.running--;
	p->counters.queued++;
	TAILQ_INSERT_HEAD(&p->queues[job->priority], job, link);
	loop_task_post(p->loop, &p->dispatch);
}

static void
dispatch(void *arg)
{
	struct pool *p = arg;

	for (unsigned i = 0; i < p->worker_count; i++)
		if (pool_worker_state(p->workers[i]) == POOL_WORKER_IDLE)
			give_next(p, p->workers[i]);
}

/*
 * Jobs that found no worker in time: all are dead, or too few. The oldest of a queue stands first.
 */
static void
tick(void *arg)
{
	struct pool *p = arg;
	uint64_t patience =
		(p->config.queue_seconds > 0 ? p->config.queue_seconds : POOL_QUEUE_SECONDS) *
		UINT64_C(1000);

	for (unsigned i = 0; i < POOL_PRIORITIES; i++) {
		struct pool_job *job;

		while ((job = TAILQ_FIRST(&p->queues[i])) != NULL &&
			loop_now_ms(p->loop) - job->queued_ms > patience) {
			TAILQ_REMOVE(&p->queues[i], job, link);
			p->counters.queued--;
			refuse(p, job, STATUS_UNAVAILABLE, "worker.none");
		}
	}
}

/*
 * A descriptor that a worker may have. Memfds are sealed; other files are opened anew through
 * /proc, for reading only and with an offset of their own, since a worker may write to what it is
 * given. Its size is added to *input.
 */
static enum status
copy_file(int fd, int *out, uint64_t *input)
{
	char path[40];
	struct stat st;
	enum status sealed;

	if (fstat(fd, &st) != 0)
		return STATUS_IO;
	if (!S_ISREG(st.st_mode))
		return STATUS_INVALID;
	sealed = frame_seal(fd);
	if (sealed == STATUS_DENIED && (fcntl(fd, F_GET_SEALS) & F_SEAL_SEAL) == 0)
		return STATUS_INVALID; /* a memfd that somebody still maps for writing; files of
					  tmpfs have F_SEAL_SEAL */
	if (sealed == STATUS_OK) {
		*out = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	} else {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		*out = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (*out < 0)
		return errno == EMFILE || errno == ENFILE ? STATUS_TOO_MANY : STATUS_IO;
	*input += (uint64_t)st.st_size;
	return STATUS_OK;
}

static enum status
make_job(const struct job *from, struct pool_job **out)
{
	struct pool_job *job = calloc(1, sizeof(*job));
	enum status st;

	if (job == NULL)
		return STATUS_NO_MEMORY;
	job->type = from->type;
	buf_init(&job->payload, FRAME_MAX);
	st = job_encode(from, &job->payload);
	for (size_t i = 0; st == STATUS_OK && i < from->file_count; i++) {
		st = copy_file(from->files[i], &job->fds[i], &job->input);
		if (st == STATUS_OK)
			job->fd_count++;
	}
	if (st != STATUS_OK) {
		pool_job_free(job);
		return st;
	}
	*out = job;
	return STATUS_OK;
}

enum status
pool_submit(
	struct pool *p, const struct job *job, enum pool_priority priority, pool_cb cb, void *arg)
{
	struct pool_job *mine = NULL;
	enum status st;

	if (p->stopping)
		return STATUS_CANCELLED;
	if (p->counters.queued >= p->config.queue) {
		p->counters.refused++;
		return STATUS_TOO_MANY;
	}
	if ((st = make_job(job, &mine)) != STATUS_OK)
		return st;
	mine->priority = (unsigned)priority < POOL_PRIORITIES ? priority : POOL_BACKGROUND;
	mine->id = ++p->next_id;
	mine->queued_ms = loop_now_ms(p->loop);
	mine->cb = cb;
	mine->arg = arg;
	TAILQ_INSERT_TAIL(&p->queues[mine->priority], mine, link);
	p->counters.queued++;
	p->counters.submitted++;
	loop_task_post(p->loop, &p->dispatch);
	return STATUS_OK;
}

/* --- start and stop --- */

static void
free_config(struct pool_config *c)
{
	free((char *)(uintptr_t)c->program);
	free((char *)(uintptr_t)c->schemas);
	free((char *)(uintptr_t)c->fonts);
	free((char *)(uintptr_t)c->trust);
	free((char *)(uintptr_t)c->log_level);
}

/*
 * Absolute, since the workers' current folder is another. NULL for NULL and for what does not
 * exist.
 */
static char *
absolute(const char *path)
{
	return path != NULL ? realpath(path, NULL) : NULL;
}

static void
warn_missing(const char *what, const char *wanted, const char *found)
{
	if (wanted != NULL && found == NULL)
		log_warn("pool", "event=missing what=%s path=%s", what, wanted);
}

static void
copy_config(struct pool_config *to, const struct pool_config *from)
{
	*to = *from;
	to->program = absolute(from->program);
	to->schemas = absolute(from->schemas);
	to->fonts = absolute(from->fonts);
	to->trust = absolute(from->trust);
	to->log_level = from->log_level != NULL ? strdup(from->log_level) : NULL;
	warn_missing("schemas", from->schemas, to->schemas);
	warn_missing("fonts", from->fonts, to->fonts);
	warn_missing("trust", from->trust, to->trust);
	if (to->workers > POOL_WORKERS_MOST)
		to->workers = POOL_WORKERS_MOST;
}

static void
finish_stop(struct pool *p)
{
	void (*stopped)(void *) = p->stopped;
	void *arg = p->stopped_arg;

	for (unsigned i = 0; i < p->worker_count; i++)
		pool_worker_free(p->workers[i]);
	free_config(&p->config);
	free(p);
	if (stopped != NULL)
		stopped(arg);
}

static void
worker_closed(void *arg, struct pool_worker *w)
{
	struct pool *p = arg;

	(void)w;
	if (++p->closed_count == p->worker_count)
		finish_stop(p);
}

static void
stop_now(void *arg)
{
	struct pool *p = arg;
	struct pool_job *job;

	loop_task_cancel(&p->dispatch);
	loop_timer_stop(p->tick);
	while ((job = take_next(p)) != NULL)
		refuse(p, job, STATUS_CANCELLED, "worker.stopping");
	for (unsigned i = 0; i < p->worker_count; i++)
		pool_worker_stop(p->workers[i]);
	if (p->worker_count == 0)
		finish_stop(p);
}

void
pool_stop(struct pool *p, void (*done)(void *arg), void *arg)
{
	if (p->stopping)
		return;
	p->stopping = true;
	p->stopped = done;
	p->stopped_arg = arg;
	loop_task_post(p->loop, &p->stop);
}

static const struct pool_worker_events worker_events = {
	.idle = worker_idle,
	.started = worker_started,
	.answered = answered,
	.returned = returned,
	.closed = worker_closed,
};

enum status
pool_start(struct loop *loop, const struct pool_config *config, struct pool **out)
{
	struct pool *p;
	enum status st;

	if (config->workers == 0)
		return STATUS_INVALID;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return STATUS_NO_MEMORY;
	p->loop = loop;
	copy_config(&p->config, config);
	for (unsigned i = 0; i < POOL_PRIORITIES; i++)
		TAILQ_INIT(&p->queues[i]);
	loop_task_init(&p->dispatch, dispatch, p);
	loop_task_init(&p->stop, stop_now, p);
	st = p->config.program != NULL && access(p->config.program, X_OK) == 0 ? STATUS_OK
									       : STATUS_NOT_FOUND;
	if (st == STATUS_OK)
		st = loop_timer_start(loop, POOL_TICK_MS, POOL_TICK_MS, tick, p, &p->tick);
	if (st != STATUS_OK) {
		free_config(&p->config);
		free(p);
		return st;
	}
	while (p->worker_count < p->config.workers) {
		if (pool_worker_new(loop, &p->config, &worker_events, p,
			    &p->workers[p->worker_count]) != STATUS_OK)
			break; /* fewer than wanted */
		p->worker_count++;
	}
	*out = p;
	return STATUS_OK;
}

struct pool_counters
pool_counters(const struct pool *p)
{
	struct pool_counters c = p->counters;

	c.workers = p->worker_count;
	for (unsigned i = 0; i < p->worker_count; i++) {
		enum pool_worker_state s = pool_worker_state(p->workers[i]);

		c.ready += s == POOL_WORKER_IDLE || s == POOL_WORKER_BUSY;
	}
	return c;
}

const char *
pool_layers(const struct pool *p)
{
	return p->layers;
}
