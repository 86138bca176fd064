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
 * A libuv error (negative) as a status: memory, descriptors and the like; STATUS_IO for what has no
 * better name.
 */
enum status loop_uv_status(int error);

#endif
