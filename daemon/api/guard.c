/* guard: see guard.h. A table of fixed size; a new source takes the place of the one that is quietest in its row. */
#include "daemon/api/guard.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS 1024
#define COLUMNS 4
#define MINUTE (60 * CLOCK_SECOND)

struct source {
	char name[72];
	clock_us since; /* of the minute counted */
	unsigned failures;
};

struct guard {
	unsigned per_minute;
	uint32_t seed;
	struct source sources[ROWS][COLUMNS];
};

struct guard *
guard_new(unsigned per_minute)
{
	struct guard *g = calloc(1, sizeof(*g));

	if (g != NULL) {
		g->per_minute = per_minute;
		g->seed = (uint32_t)clock_now();
	}
	return g;
}

void
guard_free(struct guard *g)
{
	free(g);
}

static void
name_of(const struct http_peer *peer, char to[72])
{
	if (peer->kind == HTTP_PEER_UNIX)
		snprintf(to, 72, "uid:%u", (unsigned)peer->uid);
	else
		snprintf(to, 72, "%s", peer->address);
}

static struct source *
row_of(struct guard *g, const char *name)
{
	uint32_t h = 2166136261u ^ g->seed; /* FNV-1a */

	for (const char *c = name; *c != '\0'; c++)
		h = (h ^ (unsigned char)*c) * 16777619u;
	return g->sources[h % ROWS];
}

static struct source *
find(struct source *row, const char *name)
{
	for (int i = 0; i < COLUMNS; i++)
		if (strcmp(row[i].name, name) == 0)
			return &row[i];
	return NULL;
}

unsigned
guard_wait(struct guard *g, const struct http_peer *peer, clock_us now)
{
	char name[72];
	const struct source *s;

	name_of(peer, name);
	s = find(row_of(g, name), name);
	if (s == NULL || s->failures < g->per_minute || now - s->since >= MINUTE)
		return 0;
	return (unsigned)((s->since + MINUTE - now) / CLOCK_SECOND) + 1;
}

void
guard_failed(struct guard *g, const struct http_peer *peer, clock_us now)
{
	char name[72];
	struct source *row, *s;

	name_of(peer, name);
	row = row_of(g, name);
	s = find(row, name);
	if (s == NULL) {
		s = row;
		for (int i = 1; i < COLUMNS; i++)
			if (row[i].since < s->since)
				s = &row[i];
		memset(s, 0, sizeof(*s));
		snprintf(s->name, sizeof(s->name), "%s", name);
	}
	if (s->failures == 0 || now - s->since >= MINUTE) {
		s->since = now;
		s->failures = 0;
	}
	s->failures++;
}
