/* offload: see offload.h. */
#include "daemon/io/offload.h"

#include <stdbool.h>
#include <stdlib.h>
#include <uv.h>

#include "daemon/io/loop.h"
#include "daemon/io/loop_uv.h"

struct task {
	uv_work_t uv;
	struct offload *offload;
	void (*work)(void *arg);
	void (*done)(void *arg, enum status st);
	void *arg;
	struct task *next;
};

struct offload {
	struct loop *loop;
	unsigned at_once, most_waiting, running, waiting;
	struct task *head, **tail;
	bool stopping;
	void (*stopped)(void *arg);
	void *stopped_arg;
};

enum status
offload_new(struct loop *loop, unsigned at_once, unsigned waiting, struct offload **out)
{
	struct offload *o = calloc(1, sizeof(*o));

	if (o == NULL)
		return STATUS_NO_MEMORY;
	o->loop = loop;
	o->at_once = at_once;
	o->most_waiting = waiting;
	o->tail = &o->head;
	*out = o;
	return STATUS_OK;
}

static void
work(uv_work_t *uv)
{
	struct task *t = uv->data;

	t->work(t->arg);
}

static void start_next(struct offload *o);

static void
gone(void *arg)
{
	struct offload *o = arg;

	o->stopped(o->stopped_arg);
	free(o);
}

static void
after(uv_work_t *uv, int error)
{
	struct task *t = uv->data;
	struct offload *o = t->offload;

	loop_enter(uv->loop, "offload");
	t->done(t->arg, error == 0 ? STATUS_OK : STATUS_CANCELLED);
	loop_leave(uv->loop);
	free(t);
	o->running--;
	if (!o->stopping)
		start_next(o);
	else if (o->running == 0)
		gone(o);
}

static struct task *
take(struct offload *o)
{
	struct task *t = o->head;

	if (t == NULL)
		return NULL;
	o->head = t->next;
	if (o->head == NULL)
		o->tail = &o->head;
	o->waiting--;
	return t;
}

static void
start_next(struct offload *o)
{
	struct task *t;

	while (o->running < o->at_once && (t = take(o)) != NULL) {
		o->running++;
		if (uv_queue_work(loop_uv(o->loop), &t->uv, work, after) != 0)
			abort(); /* only for a missing callback */
	}
}

enum status
offload_run(struct offload *o, void (*fn)(void *arg), void (*done)(void *arg, enum status st), void *arg)
{
	struct task *t;

	if (o->stopping || o->waiting >= o->most_waiting)
		return STATUS_TOO_MANY;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return STATUS_NO_MEMORY;
	t->offload = o;
	t->work = fn;
	t->done = done;
	t->arg = arg;
	t->uv.data = t;
	*o->tail = t;
	o->tail = &t->next;
	o->waiting++;
	start_next(o);
	return STATUS_OK;
}

void
offload_stop(struct offload *o, void (*stopped)(void *arg), void *arg)
{
	struct task *t;

	o->stopping = true;
	o->stopped = stopped;
	o->stopped_arg = arg;
	while ((t = take(o)) != NULL) {
		t->done(t->arg, STATUS_CANCELLED);
		free(t);
	}
	if (o->running == 0 && loop_soon(o->loop, gone, o) != STATUS_OK)
		gone(o);
}
