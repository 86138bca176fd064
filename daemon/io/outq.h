/*
 * outq: bytes on their way to a slow peer, in pieces that are freed as they are taken. Its owner
 * bounds it (conn.h).
 */
#ifndef CONGVAN_IO_OUTQ_H
#define CONGVAN_IO_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

struct outq_piece;

/* Zeroed: empty. */
struct outq {
	struct outq_piece *first, *last;
	size_t bytes;
};

/* Copies n bytes behind the others; false without memory (the queue stays as it was). */
bool outq_put(struct outq *q, const void *p, size_t n);

/* Describes the first bytes in at most `max` pieces; returns how many. */
int outq_peek(const struct outq *q, struct iovec *to, int max);

/* Drops the first n bytes (n <= bytes). */
void outq_take(struct outq *q, size_t n);
void outq_free(struct outq *q);

#endif
