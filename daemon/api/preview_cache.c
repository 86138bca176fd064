/* preview_cache: see preview_cache.h. */
#include "daemon/api/preview_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define ENTRIES_MOST 1024 /* looked through one by one */

struct entry {
	TAILQ_ENTRY(entry) link;
	size_t n;
	char key[96];
	unsigned char bytes[];
};

struct preview_cache {
	TAILQ_HEAD(entries, entry) entries; /* the last used one first */
	size_t max, total, count;
};

struct preview_cache *
preview_cache_new(size_t max)
{
	struct preview_cache *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	TAILQ_INIT(&c->entries);
	c->max = max;
	return c;
}

static void
drop(struct preview_cache *c, struct entry *e)
{
	TAILQ_REMOVE(&c->entries, e, link);
	c->total -= e->n;
	c->count--;
	free(e);
}

void
preview_cache_free(struct preview_cache *c)
{
	if (c == NULL)
		return;
	while (!TAILQ_EMPTY(&c->entries))
		drop(c, TAILQ_FIRST(&c->entries));
	free(c);
}

bool
preview_cache_get(struct preview_cache *c, const char *key, struct span *out)
{
	struct entry *e;

	TAILQ_FOREACH(e, &c->entries, link)
		if (strcmp(e->key, key) == 0)
			break;
	if (e == NULL)
		return false;
	TAILQ_REMOVE(&c->entries, e, link);
	TAILQ_INSERT_HEAD(&c->entries, e, link);
	*out = (struct span){e->bytes, e->n};
	return true;
}

void
preview_cache_put(struct preview_cache *c, const char *key, const void *p, size_t n)
{
	struct span there;
	struct entry *e;

	if (n > c->max / 4 || strlen(key) >= sizeof(e->key) || preview_cache_get(c, key, &there))
		return;
	e = malloc(sizeof(*e) + n);
	if (e == NULL)
		return;
	while (c->count > 0 && (c->count >= ENTRIES_MOST || c->total + n > c->max))
		drop(c, TAILQ_LAST(&c->entries, entries));
	e->n = n;
	strcpy(e->key, key);
	memcpy(e->bytes, p, n);
	TAILQ_INSERT_HEAD(&c->entries, e, link);
	c->total += n;
	c->count++;
}
