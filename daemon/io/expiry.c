/*
 * expiry: see expiry.h. The timer is set for the earliest head when it fires; clearing items leaves
 * it alone, to save the work.
 */
#include "daemon/io/expiry.h"

#include <stdlib.h>

struct expiry_queue {
	TAILQ_HEAD(, expiry_item) items;
	uint64_t ms;
};

struct expiry {
	struct loop *loop;
	struct loop_timer *timer;
	uint64_t armed_ms; /* when the timer fires; UINT64_MAX: not set */
	void (*expired)(void *arg, unsigned queue);
	struct expiry_queue queues[EXPIRY_QUEUES];
};

static void
arm(struct expiry *e, uint64_t due_ms)
{
	uint64_t now = loop_now_ms(e->loop);

	if (due_ms >= e->armed_ms)
		return;
	e->armed_ms = due_ms;
	loop_timer_again(e->timer, due_ms > now ? due_ms - now : 0);
}

static void
fired(void *arg)
{
	struct expiry *e = arg;
	uint64_t now = loop_now_ms(e->loop), earliest = UINT64_MAX;
	struct expiry_item *item;

	for (unsigned i = 0; i < EXPIRY_QUEUES; i++) {
		struct expiry_queue *q = &e->queues[i];

		while ((item = TAILQ_FIRST(&q->items)) != NULL && item->due_ms <= now) {
			expiry_clear(item);
			e->expired(item->arg, i);
		}
	}
	/* After all callbacks: they may have put items into queues already looked at. */
	e->armed_ms = UINT64_MAX;
	for (unsigned i = 0; i < EXPIRY_QUEUES; i++)
		if ((item = TAILQ_FIRST(&e->queues[i].items)) != NULL && item->due_ms < earliest)
			earliest = item->due_ms;
	if (earliest != UINT64_MAX)
		arm(e, earliest);
}

enum status
expiry_new(struct loop *loop, void (*expired)(void *arg, unsigned queue), struct expiry **out)
{
	struct expiry *e = calloc(1, sizeof(*e));
	enum status st;

	if (e == NULL)
		return STATUS_NO_MEMORY;
	e->loop = loop;
	e->expired = expired;
	e->armed_ms = UINT64_MAX;
	for (unsigned i = 0; i < EXPIRY_QUEUES; i++)
		TAILQ_INIT(&e->queues[i].items);
	st = loop_timer_start(loop, UINT32_MAX, 0, fired, e, &e->timer);
	if (st != STATUS_OK) {
		free(e);
		return st;
	}
	*out = e;
	return STATUS_OK;
}

void
expiry_free(struct expiry *e)
{
	if (e == NULL)
		return;
	loop_timer_stop(e->timer);
	free(e);
}

void
expiry_length(struct expiry *e, unsigned queue, uint64_t ms)
{
	e->queues[queue].ms = ms;
}

void
expiry_set(struct expiry *e, struct expiry_item *item, unsigned queue, void *arg)
{
	struct expiry_queue *q = &e->queues[queue];

	expiry_clear(item);
	item->arg = arg;
	item->queue = q;
	item->due_ms = loop_now_ms(e->loop) + q->ms;
	TAILQ_INSERT_TAIL(&q->items, item, link);
	arm(e, item->due_ms);
}

void
expiry_clear(struct expiry_item *item)
{
	if (item->queue == NULL)
		return;
	TAILQ_REMOVE(&item->queue->items, item, link);
	item->queue = NULL;
}

void *
expiry_oldest(struct expiry *e, unsigned queue)
{
	struct expiry_item *item = TAILQ_FIRST(&e->queues[queue].items);

	return item != NULL ? item->arg : NULL;
}
