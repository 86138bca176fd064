/*
 * pdf_cache: pieces of updates that cost much to make and are the same in one document after the
 * other: a signer's picture unpacked and packed again, the subset of a font, the font itself. Kept
 * by a worker from job to job, found by the SHA-256 of what they are made from, so that a hit gives
 * the very bytes a miss would make. Whoever keeps it clears it after any error.
 */
#ifndef CONGVAN_DOC_PDF_CACHE_H
#define CONGVAN_DOC_PDF_CACHE_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/digest.h"

#define PDF_CACHE_BYTES (8u << 20) /* of all values; the least recently used make room */
#define PDF_CACHE_ITEMS 64u
#define PDF_CACHE_ITEM_MAX (2u << 20) /* larger ones are not kept */

struct pdf_cache;
struct pdf_face; /* pdf_font.h */

/* NULL without memory. Every function takes a NULL cache as one that holds nothing. */
struct pdf_cache *pdf_cache_new(void);
void pdf_cache_free(struct pdf_cache *c);

/* Forgets everything. */
void pdf_cache_clear(struct pdf_cache *c);

/* The value kept under this key; it lives until the next put or clear. */
bool pdf_cache_get(struct pdf_cache *c, const struct digest *key, struct span *out);

/* Keeps a copy when there is room and memory for it. */
void pdf_cache_put(struct pdf_cache *c, const struct digest *key, struct span value);

/* Values found and not found so far. */
void pdf_cache_counts(const struct pdf_cache *c, size_t *hits, size_t *misses);

/*
 * The font opened from this path (one at a time is kept): NULL when it is another or none. The
 * cache owns what is kept; pdf_cache_keep_face tells whether it took it.
 */
struct pdf_face *pdf_cache_face(const struct pdf_cache *c, const char *path);
bool pdf_cache_keep_face(struct pdf_cache *c, const char *path, struct pdf_face *face);

#endif
