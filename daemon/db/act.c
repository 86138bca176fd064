/* act: queues of acts; see act.h. */
#include "daemon/db/act.h"

#include <stddef.h>

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
