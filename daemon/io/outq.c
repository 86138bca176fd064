/*
 * outq: see outq.h. Small writes share a piece, so that an answer's head and body leave in one
 * system call.
 */
#include "daemon/io/outq.h"

#include <stdlib.h>
#include <string.h>

#define PIECE_LEAST 4000u /* with its head about one page */

struct outq_piece {
	struct outq_piece *next;
	size_t begin, end, cap;
	unsigned char data[];
};

static struct outq_piece *
add_piece(struct outq *q, size_t n)
{
	size_t cap = n > PIECE_LEAST ? n : PIECE_LEAST;
	struct outq_piece *piece = malloc(sizeof(*piece) + cap);

	if (piece == NULL)
		return NULL;
	piece->next = NULL;
	piece->begin = piece->end = 0;
	piece->cap = cap;
	if (q->last != NULL)
		q->last->next = piece;
	else
		q->first = piece;
	q->last = piece;
	return piece;
}

bool
outq_put(struct outq *q, const void *p, size_t n)
{
	struct outq_piece *last = q->last;

	if (n == 0)
		return true;
	if ((last == NULL || n > last->cap - last->end) && (last = add_piece(q, n)) == NULL)
		return false;
	memcpy(last->data + last->end, p, n);
	last->end += n;
	q->bytes += n;
	return true;
}

int
outq_peek(const struct outq *q, struct iovec *to, int max)
{
	int count = 0;

	for (struct outq_piece *p = q->first; p != NULL && count < max; p = p->next, count++)
		to[count] = (struct iovec){p->data + p->begin, p->end - p->begin};
	return count;
}

void
outq_take(struct outq *q, size_t n)
{
	struct outq_piece *p;
	size_t here;

	q->bytes -= n;
	while ((p = q->first) != NULL) {
		here = p->end - p->begin;
		if (n < here) {
			p->begin += n;
			return;
		}
		n -= here;
		q->first = p->next;
		if (q->first == NULL)
			q->last = NULL;
		free(p);
	}
}

void
outq_free(struct outq *q)
{
	outq_take(q, q->bytes);
}
