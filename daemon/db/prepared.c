/* prepared: see prepared.h. Open addressing; rows are never removed before the connection ends, only forgotten. */
#include "daemon/db/prepared.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static struct prepared_row *
find(const struct prepared *p, const struct db_stmt *stmt)
{
	size_t at;

	if (p->room == 0)
		return NULL;
	at = (size_t)((uintptr_t)stmt / sizeof(void *) * UINT64_C(0x9e3779b97f4a7c15) >> 20);
	for (at &= p->room - 1; p->rows[at].stmt != NULL; at = (at + 1) & (p->room - 1))
		if (p->rows[at].stmt == stmt)
			break;
	return &p->rows[at];
}

static int
grow(struct prepared *p)
{
	struct prepared wider = {NULL, p->room == 0 ? 64 : 2 * p->room, p->used, p->last};

	wider.rows = calloc(wider.room, sizeof(*wider.rows));
	if (wider.rows == NULL)
		return 0;
	for (size_t i = 0; i < p->room; i++)
		if (p->rows[i].stmt != NULL)
			*find(&wider, p->rows[i].stmt) = p->rows[i];
	free(p->rows);
	*p = wider;
	return 1;
}

unsigned
prepared_find(const struct prepared *p, const struct db_stmt *stmt)
{
	const struct prepared_row *row = find(p, stmt);

	return row != NULL && row->stmt != NULL ? row->number : 0;
}

unsigned
prepared_add(struct prepared *p, const struct db_stmt *stmt)
{
	struct prepared_row *row;

	if (2 * (p->used + 1) > p->room && !grow(p))
		return 0;
	row = find(p, stmt);
	if (row->stmt == NULL) {
		row->stmt = stmt;
		p->used++;
	}
	row->number = ++p->last;
	return row->number;
}

void
prepared_forget(struct prepared *p, const struct db_stmt *stmt)
{
	struct prepared_row *row = find(p, stmt);

	if (row != NULL && row->stmt != NULL)
		row->number = 0;
}

void
prepared_clear(struct prepared *p)
{
	free(p->rows);
	*p = (struct prepared){0};
}

void
prepared_name(unsigned number, char to[PREPARED_NAME])
{
	snprintf(to, PREPARED_NAME, "s%u", number);
}
