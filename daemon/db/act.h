/* act: one act inside the combiner (private to combiner.c and act.c). What an act may do is in db.h. */
#ifndef CONGVAN_DB_ACT_H
#define CONGVAN_DB_ACT_H

#include "daemon/db/db.h"
#include "lib/base/clock.h"

struct combiner;

enum act_state {
	ACT_WAITING, /* in the queue */
	ACT_RUNNING, /* its savepoint is set; statements may be sent */
	ACT_FAILED,  /* a statement failed, or it fell with the connection: the rest is answered STATUS_CANCELLED */
	ACT_KEPT,    /* ended well: waits for the commit */
	ACT_REFUSED, /* ended otherwise: its work is rolled back; answered with the commit, because its neighbours' work was seen */
	ACT_OVER     /* answered though it never ended (STATUS_TIMEOUT): kept for a late act_end */
};

struct act {
	struct combiner *combiner;
	const struct act_kind *kind;
	void *arg;
	enum act_state state;
	enum status status; /* the answer, so far */
	bool ended;         /* act_end was called, or the act fell */
	bool inside;        /* run or a callback of it is on the stack */
	bool again;         /* failed by no fault of its own: run it once more */
	bool alone;         /* in a transaction of its own, after a batch that did not commit */
	unsigned pending;   /* callbacks owed */
	unsigned attempts;
	clock_us since;     /* asked for; while it runs: its last sign of life */
	struct act *next;
};

struct act_queue {
	struct act *head, *last;
	size_t count;
};

void act_push(struct act_queue *q, struct act *a);
/* NULL when empty. */
struct act *act_pop(struct act_queue *q);
/* Puts all of from, in order, before what is in q; from is empty afterwards. */
void act_push_all_front(struct act_queue *q, struct act_queue *from);

#endif
