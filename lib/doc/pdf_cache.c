/* pdf_cache: see pdf_cache.h. */
#include "lib/doc/pdf_cache.h"

#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_font.h"

struct item {
	struct digest key;
	unsigned char *data; /* NULL: free */
	size_t len;
	unsigned long used; /* the cache's clock at its last use */
};

struct pdf_cache {
	struct item items[PDF_CACHE_ITEMS];
	size_t bytes, hits, misses;
	unsigned long clock;
	char *path;
	struct pdf_face *face;
};

struct pdf_cache *
pdf_cache_new(void)
{
	return calloc(1, sizeof(struct pdf_cache));
}

void
pdf_cache_free(struct pdf_cache *c)
{
	pdf_cache_clear(c);
	free(c);
}

static void
drop(struct pdf_cache *c, struct item *i)
{
	c->bytes -= i->len;
	free(i->data);
	memset(i, 0, sizeof(*i));
}

void
pdf_cache_clear(struct pdf_cache *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < PDF_CACHE_ITEMS; i++)
		drop(c, &c->items[i]);
	pdf_face_free(c->face);
	free(c->path);
	c->face = NULL;
	c->path = NULL;
}

static struct item *
find(struct pdf_cache *c, const struct digest *key)
{
	for (size_t i = 0; i < PDF_CACHE_ITEMS; i++)
		if (c->items[i].data != NULL &&
			memcmp(&c->items[i].key, key, sizeof(*key)) == 0)
			return &c->items[i];
	return NULL;
}

bool
pdf_cache_get(struct pdf_cache *c, const struct digest *key, struct span *out)
{
	struct item *i = c != NULL ? find(c, key) : NULL;

	if (c == NULL)
		return false;
	if (i == NULL) {
		c->misses++;
		return false;
	}
	c->hits++;
	i->used = ++c->clock;
	*out = (struct span){i->data, i->len};
	return true;
}

/* A free place, or that of the least recently used item. */
static struct item *
oldest(struct pdf_cache *c)
{
	struct item *best = &c->items[0];

	for (size_t i = 0; i < PDF_CACHE_ITEMS && best->data != NULL; i++)
		if (c->items[i].data == NULL || c->items[i].used < best->used)
			best = &c->items[i];
	return best;
}

/* The item that was used longest ago among those that hold something. */
static struct item *
oldest_full(struct pdf_cache *c)
{
	struct item *best = NULL;

	for (size_t i = 0; i < PDF_CACHE_ITEMS; i++)
		if (c->items[i].data != NULL &&
			(best == NULL || c->items[i].used < best->used))
			best = &c->items[i];
	return best;
}

void
pdf_cache_put(struct pdf_cache *c, const struct digest *key, struct span value)
{
	struct item *i;
	unsigned char *copy;

	if (c == NULL || value.len == 0 || value.len > PDF_CACHE_ITEM_MAX ||
		find(c, key) != NULL || (copy = malloc(value.len)) == NULL)
		return;
	while (c->bytes + value.len > PDF_CACHE_BYTES && (i = oldest_full(c)) != NULL)
		drop(c, i);
	i = oldest(c);
	drop(c, i);
	memcpy(copy, value.data, value.len);
	*i = (struct item){*key, copy, value.len, ++c->clock};
	c->bytes += value.len;
}

void
pdf_cache_counts(const struct pdf_cache *c, size_t *hits, size_t *misses)
{
	*hits = c != NULL ? c->hits : 0;
	*misses = c != NULL ? c->misses : 0;
}

struct pdf_face *
pdf_cache_face(const struct pdf_cache *c, const char *path)
{
	return c != NULL && c->face != NULL && strcmp(c->path, path) == 0 ? c->face : NULL;
}

bool
pdf_cache_keep_face(struct pdf_cache *c, const char *path, struct pdf_face *face)
{
	char *copy = c != NULL && c->face == NULL ? strdup(path) : NULL;

	if (copy == NULL)
		return false;
	c->path = copy;
	c->face = face;
	return true;
}
