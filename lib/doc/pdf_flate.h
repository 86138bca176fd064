/* pdf_flate: the FlateDecode filter (ISO 32000-1 7.4.4) both ways, bounded. */
#ifndef CONGVAN_DOC_PDF_FLATE_H
#define CONGVAN_DOC_PDF_FLATE_H

#include "lib/base/buf.h"
#include "lib/base/status.h"

/*
 * Appends the zlib form of `in`. PDF_FLATE_FAST is for pixels: a third of the time for a tenth more
 * bytes.
 */
#define PDF_FLATE_USUAL 6
#define PDF_FLATE_FAST 2
enum status pdf_flate_pack(struct span in, int level, struct buf *to);

/*
 * Appends what `in` unpacks to. STATUS_INVALID: not zlib data; STATUS_TOO_LARGE: over the buffer's
 * maximum.
 */
enum status pdf_flate_unpack(struct span in, struct buf *to);

/*
 * Undoes a PNG predictor (7.4.4.4) of rows of `columns` bytes, one byte a sample. STATUS_INVALID:
 * unknown row type.
 */
enum status pdf_flate_unpredict(struct span in, size_t columns, struct buf *to);

#endif
