/* arena: see arena.h. Blocks double in size; a large request gets a block of its own. */
#include "lib/base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_FIRST 1024u
#define ARENA_LARGEST 65536u

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	alignas(max_align_t) unsigned char data[];
};

struct arena {
	struct arena_block *head;
	size_t used, max, next_cap;
};

struct arena *
arena_new(size_t max)
{
	struct arena *a = calloc(1, sizeof(*a));

	if (a != NULL) {
		a->max = max;
		a->next_cap = ARENA_FIRST;
	}
	return a;
}

void
arena_free(struct arena *a)
{
	struct arena_block *b, *next;

	if (a == NULL)
		return;
	for (b = a->head; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

static struct arena_block *
add_block(struct arena *a, size_t n)
{
	size_t cap = n > a->next_cap ? n : a->next_cap;
	struct arena_block *b = calloc(1, sizeof(*b) + cap);

	if (b == NULL)
		return NULL;
	b->cap = cap;
	b->next = a->head;
	a->head = b;
	if (a->next_cap < ARENA_LARGEST)
		a->next_cap *= 2;
	return b;
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;
	void *p;

	if (n > a->max)
		return NULL;
	n = (n + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (n > a->max - a->used)
		return NULL;
	if (b == NULL || n > b->cap - b->used)
		if ((b = add_block(a, n)) == NULL)
			return NULL;
	p = b->data + b->used;
	b->used += n;
	a->used += n;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *p = s != NULL ? arena_alloc(a, n + 1) : NULL;

	if (p != NULL)
		memcpy(p, s, n);
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return s != NULL ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *p = NULL;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n >= 0 && (p = arena_alloc(a, (size_t)n + 1)) != NULL)
		vsnprintf(p, (size_t)n + 1, fmt, again);
	va_end(again);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
