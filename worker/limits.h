/* limits: what a worker, and each of its jobs, may use of the machine (setrlimit(2)). */
#ifndef CONGVAN_WORKER_LIMITS_H
#define CONGVAN_WORKER_LIMITS_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

struct limits;

/*
 * The limits of the process: descriptors, file size, no core. Opens what the others need; before
 * the sandbox. NULL on failure.
 */
struct limits *limits_enter(void);

/*
 * For one job: `seconds` of processor time from now (the kernel ends the process beyond), and `mib`
 * of address space above what is in use now (allocations fail beyond; not under AddressSanitizer,
 * which reserves terabytes). input: bytes of the files it will map.
 */
enum status limits_job(struct limits *l, unsigned seconds, unsigned mib, uint64_t input);

/* Lifts the limit of address space again, so that a result can be sent. */
void limits_job_done(struct limits *l);

/* Resident memory in bytes, 0 when unknown. */
uint64_t limits_resident(const struct limits *l);

#endif
