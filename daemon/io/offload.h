/*
 * offload: work that would block the loop and needs no worker process (hashing a password), on libuv's threads. At most `at_once` run
 * together, so that what they use of memory and cores is bounded; the rest waits, up to a limit.
 */
#ifndef CONGVAN_IO_OFFLOAD_H
#define CONGVAN_IO_OFFLOAD_H

#include "lib/base/status.h"

struct loop;
struct offload;

enum status offload_new(struct loop *loop, unsigned at_once, unsigned waiting, struct offload **out);

/*
 * work(arg) runs on another thread and touches nothing but arg; then done(arg, STATUS_OK) in the loop, or done(arg, STATUS_CANCELLED) without work
 * when it is stopped before. STATUS_TOO_MANY: too many wait; done is not called then.
 */
enum status offload_run(struct offload *o, void (*work)(void *arg), void (*done)(void *arg, enum status st), void *arg);

/* Cancels what waits, lets what runs finish; stopped once, then it is gone. */
void offload_stop(struct offload *o, void (*stopped)(void *arg), void *arg);

#endif
