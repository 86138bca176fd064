/*
 * pool: the congvan-worker processes, and the jobs that wait for one. Each worker has one job at a
 * time; a worker that dies, breaks the protocol or does not answer in time costs the one job it
 * had, and is started anew (at once, then slower and slower while it goes on). Nothing a worker
 * sends is believed beyond its form: result files are sealed memfds, numbers are checked.
 */
#ifndef CONGVAN_IO_POOL_H
#define CONGVAN_IO_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"
#include "lib/wire/job.h"

struct loop;
struct pool;

struct pool_config {
	const char *program; /* path of congvan-worker */
	const char *schemas, *fonts,
		*trust;           /* read-only folders for the workers, absolute; NULL: none */
	unsigned workers;         /* processes; one per core is right */
	unsigned queue;           /* jobs waiting at most, running ones not counted */
	unsigned queue_seconds;   /* a job that finds no worker in this time ends with
				     STATUS_UNAVAILABLE; 0: 120 */
	unsigned time_percent;    /* of the seconds of the job table, for slow machines; 0: 100 */
	unsigned jobs_per_worker; /* then the process is replaced; 0: its own default */
	const char *log_level;    /* of the workers; NULL: "info" */
	bool allow_unsandboxed;
};

enum pool_priority {
	POOL_URGENT,     /* a person is waiting for it */
	POOL_NORMAL,     /* a packet that came in */
	POOL_BACKGROUND, /* text for the search, previews made ahead */
	POOL_PRIORITIES
};

/*
 * Starts the processes; config is copied. Workers become ready a little later; jobs may be
 * submitted at once. STATUS_NOT_FOUND: no such program; STATUS_INVALID: no workers wanted.
 */
enum status pool_start(struct loop *loop, const struct pool_config *config, struct pool **out);

/*
 * Stops: every job that waits or runs ends with STATUS_CANCELLED, the processes are ended; then
 * done is called once and the pool is gone. No pool_submit after this (it answers STATUS_CANCELLED
 * until done).
 */
void pool_stop(struct pool *p, void (*done)(void *arg), void *arg);

/*
 * The end of a job; called exactly once for each accepted one, never inside pool_submit.
 * result->status: what the worker said, or STATUS_CRASHED, STATUS_TIMEOUT, STATUS_UNAVAILABLE (no
 * worker came up in time), STATUS_CANCELLED (pool_stop), each with a finding. The result is cleared
 * after the callback: take files by setting their place to -1, and value by json_incref or by
 * setting it NULL. Files are sealed memfds at any offset.
 */
typedef void (*pool_cb)(void *arg, struct job_result *result);

/*
 * Queues a job. Parameters and descriptors are copied: the caller may change and close his at once.
 * Files that are memfds are sealed by this; others are opened anew for reading only, so that a
 * worker cannot write to them. STATUS_TOO_MANY: the queue is full; STATUS_TOO_LARGE: parameters
 * over a frame; STATUS_INVALID: not a file, a memfd that is still mapped for writing, a type that
 * is none; STATUS_IO; STATUS_NO_MEMORY.
 */
enum status pool_submit(
	struct pool *p, const struct job *job, enum pool_priority priority, pool_cb cb, void *arg);

struct pool_type_counters {
	uint64_t done; /* answered by a worker, whatever the answer */
	uint64_t crashed, timeouts;
	uint64_t us; /* running time of those done */
};

struct pool_counters {
	unsigned workers, ready;     /* processes wanted; able to take jobs or having one */
	uint64_t queued, running;    /* now */
	uint64_t submitted, refused; /* refused: the queue was full */
	uint64_t done, crashed, timeouts, unavailable, cancelled;
	uint64_t starts;          /* processes started */
	uint64_t longest_wait_ms; /* in the queue */
	struct pool_type_counters types[JOB_COUNT_];
};

struct pool_counters pool_counters(const struct pool *p);

/* The sandbox layers of the last worker that became ready, "" before that. */
const char *pool_layers(const struct pool *p);

#endif
