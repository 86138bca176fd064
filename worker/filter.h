/*
 * filter: the layer that says which system calls this process may make (seccomp-bpf through
 * libseccomp).
 */
#ifndef CONGVAN_WORKER_FILTER_H
#define CONGVAN_WORKER_FILTER_H

#include "lib/base/status.h"

/*
 * In force for good from its return on. STATUS_UNAVAILABLE: the kernel has no seccomp filters.
 * Calls outside the list fail with EPERM, so that a library's idle probe does not cost a document;
 * those that nothing honest does in a worker end the process.
 */
enum status filter_enter(void);

#endif
