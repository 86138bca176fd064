/*
 * imprints: what judging and signing a detached signature need of the file it is over, in place of the file: its size, its first octet and its digest by every
 * algorithm that a signature here may use. Taken while the bytes stream by, so that a file of any size costs no memory; handed to workers as a small record.
 */
#ifndef CONGVAN_BASE_IMPRINTS_H
#define CONGVAN_BASE_IMPRINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/imprint.h"

#define IMPRINTS_KINDS 3 /* of enum imprint_kind */
#define IMPRINTS_RECORD 256 /* bytes that a record has at most */

struct imprints {
	uint64_t size;
	unsigned char first; /* 0 when size is 0 */
	struct imprint of[IMPRINTS_KINDS]; /* by enum imprint_kind */
};

/* Begin, put … end. NULL without memory; end frees, as does free. */
struct imprints_stream;
struct imprints_stream *imprints_begin(void);
void imprints_put(struct imprints_stream *s, const void *p, size_t n);
struct imprints imprints_end(struct imprints_stream *s);
void imprints_free(struct imprints_stream *s);

/* The record: of the same bytes always the same. Appended to out. */
void imprints_write(const struct imprints *i, struct buf *out);
/* False: not a record that imprints_write gave. */
bool imprints_read(struct span record, struct imprints *out);

#endif
