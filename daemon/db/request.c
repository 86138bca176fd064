/* request: see request.h. The parameters and their bytes lie behind the struct in one allocation. */
#include "daemon/db/request.h"

#include <stdlib.h>
#include <string.h>

static size_t
param_size(const struct db_param *p)
{
	if (p->value == NULL)
		return 0;
	return p->bytes ? p->len : strlen(p->value) + 1;
}

struct request *
request_new(const struct db_stmt *stmt, const struct db_param *params, db_cb cb, void *arg)
{
	size_t count = (size_t)stmt->params, size = sizeof(struct request) + count * sizeof(*params), n;
	struct request *r;
	char *to;

	for (size_t i = 0; i < count; i++)
		size += param_size(&params[i]) + 1;
	r = malloc(size);
	if (r == NULL)
		abort();
	*r = (struct request){stmt, NULL, cb, arg, clock_monotonic(), 0, STATUS_OK, NULL};
	if (count == 0)
		return r;
	r->params = (struct db_param *)(r + 1);
	to = (char *)(r->params + count);
	for (size_t i = 0; i < count; i++) {
		r->params[i] = params[i];
		if (params[i].value == NULL)
			continue;
		n = param_size(&params[i]);
		memcpy(to, params[i].value, n);
		r->params[i].value = to;
		to += n + 1; /* never an empty piece: its address must not be NULL or the next one's end */
	}
	return r;
}

void
request_answer(struct request *r, enum status st, const struct db_result *result, const struct db_error *error)
{
	r->cb(r->arg, st, result, error);
	free(r);
}

void
request_push(struct request_queue *q, struct request *r)
{
	r->next = NULL;
	if (q->head == NULL)
		q->head = r;
	else
		q->last->next = r;
	q->last = r;
	q->count++;
}

void
request_push_front(struct request_queue *q, struct request *r)
{
	r->next = q->head;
	q->head = r;
	if (q->last == NULL || r->next == NULL)
		q->last = r;
	q->count++;
}

struct request *
request_pop(struct request_queue *q)
{
	struct request *r = q->head;

	if (r == NULL)
		return NULL;
	q->head = r->next;
	if (q->head == NULL)
		q->last = NULL;
	q->count--;
	return r;
}
