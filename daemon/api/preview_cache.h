/* preview_cache: pictures of pages in memory, the least lately used ones given up first. They are derived: nothing is lost with them. */
#ifndef CONGVAN_API_PREVIEW_CACHE_H
#define CONGVAN_API_PREVIEW_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

struct preview_cache;

/* Of at most max bytes (0: keeps nothing). */
struct preview_cache *preview_cache_new(size_t max);
void preview_cache_free(struct preview_cache *c);

/* key: text that names content, page and width. False when it is not there; the view lives until the next put. */
bool preview_cache_get(struct preview_cache *c, const char *key, struct span *out);
/* Copies the bytes; keeps nothing that is larger than a quarter of all. */
void preview_cache_put(struct preview_cache *c, const char *key, const void *p, size_t n);

#endif
