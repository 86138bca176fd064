/* spans: bytes on the heap, exactly as large as they are, so that the address sanitizer sees a read past the end. For unit tests and fuzz targets. */
#ifndef CONGVAN_TESTS_SPANS_H
#define CONGVAN_TESTS_SPANS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"

/* Both in one piece; drop it. */
static inline struct span
joined(struct span base, const struct buf *tail)
{
	size_t n = base.len + tail->len;
	unsigned char *all = malloc(n > 0 ? n : 1);

	if (all == NULL)
		abort();
	if (base.len > 0)
		memcpy(all, base.data, base.len);
	if (tail->len > 0)
		memcpy(all + base.len, tail->data, tail->len);
	return (struct span){all, n};
}

/* A copy; drop it. */
static inline struct span
heap(const void *p, size_t n)
{
	return joined((struct span){p, n}, &(struct buf){0});
}

static inline void
drop(struct span s)
{
	free((void *)(uintptr_t)s.data);
}

#endif
