/*
 * pool_worker: one congvan-worker process of the pool: started, given a job, watched, ended,
 * started again. Internal to the pool (pool.h).
 */
#ifndef CONGVAN_IO_POOL_WORKER_H
#define CONGVAN_IO_POOL_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/io/pool.h"
#include "lib/base/buf.h"

/* A job on its way: in the queue, then with a worker. */
struct pool_job {
	TAILQ_ENTRY(pool_job) link;
	enum job_type type;
	uint32_t id;
	struct buf payload;
	int fds[JOB_FILES];
	size_t fd_count;
	uint64_t input; /* bytes of the files */
	uint64_t queued_ms, started_us;
	enum pool_priority priority;
	unsigned returns; /* times it came back from a worker that had died before it */
	bool killed;      /* its worker was killed from outside once: the next such end is held against it */
	pool_cb cb;
	void *arg;
};

enum pool_worker_state {
	POOL_WORKER_DOWN,     /* no process; the timer runs until the next start, unless it is being
				 stopped */
	POOL_WORKER_STARTING, /* the process runs and has not said READY; the timer is its deadline
			       */
	POOL_WORKER_IDLE,     /* may be given a job */
	POOL_WORKER_BUSY,     /* has a job; the timer is the job's deadline */
	POOL_WORKER_ENDING,   /* killed, or has served its time: its exit is awaited; may still hold
				 the job it died on */
	POOL_WORKER_CLOSED    /* stopped for good */
};

struct pool_worker;

struct pool_worker_events {
	void (*idle)(void *arg, struct pool_worker *w); /* may be given a job now, also inside */
	void (*started)(void *arg);                     /* a process was started */
	void (*answered)(void *arg, struct pool_job *job,
		struct job_result *result); /* takes the job; result is cleared by the caller */
	void (*returned)(void *arg,
		struct pool_job
			*job); /* the job did not reach the process: takes it back into the queue */
	void (*closed)(void *arg,
		struct pool_worker *w); /* after pool_worker_stop; the worker may be freed */
};

/*
 * Starts the process (now, and again whenever it ends). config and events live as long as the
 * worker.
 */
enum status pool_worker_new(struct loop *loop, const struct pool_config *config,
	const struct pool_worker_events *events, void *arg, struct pool_worker **out);

/* Ends the process; the job it has ends with STATUS_CANCELLED. Then `closed`. */
void pool_worker_stop(struct pool_worker *w);
void pool_worker_free(struct pool_worker *w);

enum pool_worker_state pool_worker_state(const struct pool_worker *w);
const char *pool_worker_layers(const struct pool_worker *w);

/* Sends the job to an idle worker. It comes back through `answered`, later. */
void pool_worker_give(struct pool_worker *w, struct pool_job *job);

void pool_job_free(struct pool_job *job);

/* A result made here: status, and a finding with this code about the job. */
void pool_job_fail(struct job_result *result, const struct pool_job *job, enum status st,
	const char *code, const char *got);

#endif
