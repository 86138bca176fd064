/*
 * arena: memory that lives as long as one request, job or command and is freed in one go. Bounded, so
 * that a request cannot grow without limit. Not for secrets.
 */
#ifndef CONGVAN_BASE_ARENA_H
#define CONGVAN_BASE_ARENA_H

#include <stddef.h>

struct arena;

/* An arena of at most max bytes in all; NULL when there is no memory. */
struct arena *arena_new(size_t max);
void arena_free(struct arena *a);

/* Zeroed, aligned memory that lives until arena_free(); NULL over the maximum or without memory. */
void *arena_alloc(struct arena *a, size_t n);

/* Copies with a closing NUL; NULL as arena_alloc, or when s is NULL. */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);

#endif
