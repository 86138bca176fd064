/* seal: what all containers share: the report. See seal.h. */
#include "lib/seal/seal.h"

#include <stdlib.h>

#include "lib/base/arena.h"

#define REPORT_MAX (8u << 20)

struct seal_report {
	struct arena *arena;
	size_t count;
	struct seal_signature *signatures[SEAL_SIGNATURES_MAX];
};

void
seal_prepared_free(struct seal_prepared *p)
{
	if (p == NULL)
		return;
	buf_free(&p->tail);
	imprint_free(p->over_base);
	p->over_base = NULL;
}

struct seal_report *
seal_report_new(void)
{
	struct seal_report *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->arena = arena_new(REPORT_MAX);
	if (r->arena == NULL) {
		free(r);
		return NULL;
	}
	return r;
}

void
seal_report_free(struct seal_report *r)
{
	if (r == NULL)
		return;
	arena_free(r->arena);
	free(r);
}

struct seal_signature *
seal_report_add(struct seal_report *r)
{
	struct seal_signature *s;

	if (r->count == SEAL_SIGNATURES_MAX)
		return NULL;
	s = arena_alloc(r->arena, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->verdict = arena_alloc(r->arena, sizeof(*s->verdict));
	if (s->verdict == NULL)
		return NULL;
	s->verdict->indication = INDICATION_INDETERMINATE;
	r->signatures[r->count++] = s;
	return s;
}

const char *
seal_report_keep(struct seal_report *r, const char *s)
{
	return arena_strdup(r->arena, s);
}

size_t
seal_report_count(const struct seal_report *r)
{
	return r->count;
}

const struct seal_signature *
seal_report_at(const struct seal_report *r, size_t i)
{
	return r->signatures[i];
}
