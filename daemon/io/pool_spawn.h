/*
 * pool_spawn: the command line and the surroundings of a congvan-worker process: its descriptor 3
 * is the socket, its environment is empty, and of ours it has nothing but the place to log to.
 */
#ifndef CONGVAN_IO_POOL_SPAWN_H
#define CONGVAN_IO_POOL_SPAWN_H

#include <uv.h>

#include "daemon/io/pool.h"

/* libuv's error, or 0. The process handle must be closed also after an error. socket stays the
 * caller's. */
int pool_spawn(uv_loop_t *loop, uv_process_t *process, const struct pool_config *config, int socket,
	uv_exit_cb on_exit);

#endif
