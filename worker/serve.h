/* serve: reads job frames from the socket of congvand, runs them one at a time, answers each. */
#ifndef CONGVAN_WORKER_SERVE_H
#define CONGVAN_WORKER_SERVE_H

#include <stdint.h>

#include "lib/base/status.h"
#include "worker/jobs.h"
#include "worker/limits.h"

struct serve_config {
	int fd;
	const char *layers; /* told to congvand in the READY frame */
	unsigned jobs;      /* after that many the worker ends by itself */
	uint64_t resident;  /* or when it holds more bytes than that after a job */
};

/*
 * STATUS_OK: congvand closed, or the worker has served its time; STATUS_MALFORMED: the other end is
 * no congvand; STATUS_IO.
 */
enum status
serve(const struct serve_config *config, struct jobs *jobs, struct limits *limits);

#endif
