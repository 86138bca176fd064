/*
 * expiry: deadlines of very many things with one timer. Every kind of waiting has a fixed length,
 * so each kind is a queue in which the oldest stands first: starting, moving and clearing a
 * deadline is a list operation, and looking for what is due is a look at the heads.
 */
#ifndef CONGVAN_IO_EXPIRY_H
#define CONGVAN_IO_EXPIRY_H

#include <stdint.h>
#include <sys/queue.h>

#include "daemon/io/loop.h"

#define EXPIRY_QUEUES 8u

struct expiry;

/* Part of the thing that may expire; zeroed before first use. */
struct expiry_item {
	TAILQ_ENTRY(expiry_item) link;
	struct expiry_queue *queue; /* NULL: not waiting */
	uint64_t due_ms;
	void *arg;
};

/*
 * expired(arg of the item, queue) is called once for each item that is due; it waits no more by
 * then.
 */
enum status
expiry_new(struct loop *loop, void (*expired)(void *arg, unsigned queue), struct expiry **out);
/* Not inside `expired`. */
void expiry_free(struct expiry *e);

/* How long things wait in that queue; for items put in later. */
void expiry_length(struct expiry *e, unsigned queue, uint64_t ms);

/*
 * Puts the item at the end of the queue, also out of another one or the same: its waiting begins
 * now.
 */
void expiry_set(struct expiry *e, struct expiry_item *item, unsigned queue, void *arg);
void expiry_clear(struct expiry_item *item);

/* The arg of the item that has waited longest in that queue; NULL when it is empty. */
void *expiry_oldest(struct expiry *e, unsigned queue);

#endif
