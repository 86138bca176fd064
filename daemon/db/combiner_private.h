/* combiner_private: acts and the combiner, as combiner.c (transactions) and act.c (statements of acts) share them. */
#ifndef CONGVAN_DB_COMBINER_PRIVATE_H
#define CONGVAN_DB_COMBINER_PRIVATE_H

#include "daemon/db/combiner.h"
#include "lib/base/clock.h"

enum act_state {
	ACT_WAITING, /* in the queue */
	ACT_RUNNING, /* its savepoint is set; statements may be sent until it has ended */
	ACT_FAILED,  /* a statement failed, or it fell with a neighbour or the connection: the rest is answered STATUS_CANCELLED */
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
	bool released;      /* RELEASE is sent: another act may follow before the answers are in */
	bool inside;        /* run or a callback of it is on the stack */
	bool again;         /* failed by no fault of its own: run it once more */
	bool fell;          /* with the act before it: that does not count as an attempt */
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

enum combiner_phase {
	PHASE_DOWN,      /* no connection */
	PHASE_IDLE,      /* no transaction */
	PHASE_OPEN,      /* BEGIN is sent; acts of `open` run, those of `batch` have run */
	PHASE_COMMITTING /* COMMIT is sent: if the connection goes now, nobody knows */
};

/* A statement of an act under way, or (deferred) one that was never sent. */
struct act_statement {
	struct act *act;
	db_cb cb;
	void *arg;
	struct act_statement *next;
};

struct combiner {
	struct loop *loop;
	struct combiner_config config;
	struct dbconn *conn;
	enum combiner_phase phase;
	clock_us opened;                    /* the transaction */
	struct act_queue waiting;           /* not begun */
	struct act_queue open;              /* begun, answers to come; all but the last have sent everything */
	struct act_queue batch;             /* kept or refused, to be answered with the commit */
	struct act_queue refused;           /* never begun, answered in the next turn */
	struct act_queue over;              /* ACT_OVER */
	struct act_statement *deferred, **deferred_tail;
	bool stepping; /* combiner_step, or callbacks that end in it, are on the stack */
	bool soon;     /* a later turn is asked for */
	bool closing;
	uint64_t acts, batches, largest_batch, lost, uncertain;
};

/* Goes on with whatever is to be done next; does nothing while stepping. */
void combiner_step(struct combiner *c);
/* Asks for a later turn: deferred callbacks, refused acts, then combiner_step. */
void combiner_later(struct combiner *c);

/* The act and those begun after it cannot be kept. */
void act_fail(struct act *a, enum status st);
/* Answers what was asked for and never sent. */
void act_answer_deferred(struct combiner *c);

#endif
