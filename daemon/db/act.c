/* act: the statements of acts inside the combiner, and queues of acts; see combiner_private.h. What an act may do is in db.h. */
#include "daemon/db/combiner_private.h"

#include <stdlib.h>
#include <string.h>

/* ---- queues ---- */

void
act_push(struct act_queue *q, struct act *a)
{
	a->next = NULL;
	if (q->head == NULL)
		q->head = a;
	else
		q->last->next = a;
	q->last = a;
	q->count++;
}

struct act *
act_pop(struct act_queue *q)
{
	struct act *a = q->head;

	if (a == NULL)
		return NULL;
	q->head = a->next;
	if (q->head == NULL)
		q->last = NULL;
	q->count--;
	return a;
}

void
act_push_all_front(struct act_queue *q, struct act_queue *from)
{
	if (from->head == NULL)
		return;
	from->last->next = q->head;
	if (q->head == NULL)
		q->last = from->last;
	q->head = from->head;
	q->count += from->count;
	*from = (struct act_queue){NULL, NULL, 0};
}

/* ---- statements ---- */

void
act_answer_deferred(struct combiner *c)
{
	struct act_statement *s;

	while ((s = c->deferred) != NULL) {
		c->deferred = s->next;
		if (c->deferred == NULL)
			c->deferred_tail = &c->deferred;
		s->act->pending--;
		s->act->inside = true;
		s->cb(s->arg, STATUS_CANCELLED, NULL, NULL);
		s->act->inside = false;
		free(s);
	}
}

void
act_fail(struct act *a, enum status st)
{
	if (a->state != ACT_RUNNING)
		return;
	a->state = ACT_FAILED;
	if (a->status == STATUS_OK)
		a->status = st;
	/* Those behind it saw its work; they begin anew without it. */
	for (struct act *later = a->next; later != NULL; later = later->next) {
		later->state = ACT_FAILED;
		later->again = later->fell = true;
	}
}

/* The statement failed. What the status given to its callback is to be. */
static enum status
statement_failed(struct act *a, enum status st, const struct db_error *error)
{
	struct combiner *c = a->combiner;

	if (st == STATUS_UNCERTAIN) {
		/* The connection is lost and the transaction was not committed: nothing of it was done. */
		if (a->state == ACT_RUNNING)
			a->again = true;
		act_fail(a, STATUS_UNAVAILABLE);
		return STATUS_CANCELLED;
	}
	if (st == STATUS_CANCELLED)
		return st;
	if (error == NULL && a->released) {
		/* The server knows of no error (the result was too large for us) and has gone on: only a new transaction helps. */
		dbconn_break(c->conn);
	} else {
		if (a->state == ACT_RUNNING)
			a->again = error != NULL && strncmp(error->sqlstate, "40", 2) == 0;
		/* The server skips what follows in the pipeline up to here. */
		dbconn_sync(c->conn, NULL, NULL);
	}
	act_fail(a, st);
	return st;
}

static void
on_statement(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct act_statement *s = arg;
	struct act *a = s->act;
	struct combiner *c = a->combiner;
	bool outer = c->stepping;

	a->pending--;
	if (st != STATUS_OK) {
		st = statement_failed(a, st, error);
	} else if (a->state == ACT_FAILED) {
		st = STATUS_CANCELLED; /* it fell meanwhile */
		result = NULL;
	}
	c->stepping = true;
	a->inside = true;
	s->cb(s->arg, st, result, error);
	a->inside = false;
	a->since = clock_monotonic();
	free(s);
	c->stepping = outer;
	combiner_step(c);
}

void
act_query(struct act *a, const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg)
{
	struct combiner *c = a->combiner;
	struct act_statement *s = malloc(sizeof(*s));

	if (s == NULL)
		abort();
	*s = (struct act_statement){a, cb, arg, NULL};
	a->pending++;
	if (a->state == ACT_RUNNING && !a->ended && dbconn_send(c->conn, stmt, params, false, on_statement, s)) {
		dbconn_request(c->conn);
		if (!a->inside)
			dbconn_flush(c->conn);
		return;
	}
	*c->deferred_tail = s;
	c->deferred_tail = &s->next;
	combiner_later(c);
}

void
act_end(struct act *a, enum status st)
{
	if (a->state == ACT_OVER) {
		a->state = ACT_REFUSED; /* combiner_tick frees it */
		return;
	}
	if (a->ended)
		return;
	a->ended = true;
	if (st != STATUS_OK && !a->again)
		a->status = st;
	if (!a->inside)
		combiner_later(a->combiner);
}
