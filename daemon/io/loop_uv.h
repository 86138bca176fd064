/* loop_uv: the libuv loop inside a loop, for daemon/io and daemon/db only. */
#ifndef CONGVAN_IO_LOOP_UV_H
#define CONGVAN_IO_LOOP_UV_H

#include <uv.h>

#include "daemon/io/loop.h"

/*
 * Lives as long as l. Handles on it must be closed (and their close callbacks run) before
 * loop_free.
 */
uv_loop_t *loop_uv(struct loop *l);

/*
 * Around what a callback of libuv does, so that a long turn has a name: `what` (a literal) is the longest of its callbacks. `handle->loop` is the loop. Costs two readings of
 * the clock.
 */
void loop_enter(uv_loop_t *uv, const char *what);
void loop_leave(uv_loop_t *uv);

/*
 * A libuv error (negative) as a status: memory, descriptors and the like; STATUS_IO for what has no
 * better name.
 */
enum status loop_uv_status(int error);

#endif
