/* watch: see watch.h. The handle is freed in its close callback, turns after the descriptor may be gone. */
#include "daemon/db/watch.h"

#include <stdlib.h>
#include <uv.h>

#include "daemon/io/loop_uv.h"

struct watch {
	uv_poll_t poll;
	void (*fn)(void *arg);
	void *arg;
	int events;
};

static void
ready(uv_poll_t *poll, int status, int events)
{
	struct watch *w = poll->data;

	(void)events;
	/*
	 * On POLLERR libuv stops the handle. What is wrong the owner reads from the descriptor, perhaps behind data that comes first, so he is called again
	 * until he has seen it.
	 */
	if (status < 0)
		uv_poll_start(poll, w->events, ready);
	loop_enter(poll->loop, "database");
	w->fn(w->arg);
	loop_leave(poll->loop);
}

static void
closed(uv_handle_t *handle)
{
	free(handle->data);
}

enum status
watch_start(struct loop *loop, int fd, void (*fn)(void *arg), void *arg, struct watch **out)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return STATUS_NO_MEMORY;
	w->fn = fn;
	w->arg = arg;
	w->poll.data = w;
	if (uv_poll_init(loop_uv(loop), &w->poll, fd) != 0) {
		free(w);
		return STATUS_IO;
	}
	watch_set(w, true, false);
	*out = w;
	return STATUS_OK;
}

void
watch_set(struct watch *w, bool read, bool write)
{
	int events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);

	if (events == w->events)
		return;
	w->events = events;
	if (events == 0)
		uv_poll_stop(&w->poll);
	else
		uv_poll_start(&w->poll, events, ready);
}

void
watch_stop(struct watch *w)
{
	if (w != NULL)
		uv_close((uv_handle_t *)&w->poll, closed);
}
