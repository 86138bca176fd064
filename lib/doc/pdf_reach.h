/*
 * pdf_reach: how far the objects of a PDF reach for a reader that takes them one by one. In a sound file each ends before the next begins, and to read them all is to read the file once. A
 * string, an array or a comment that is never closed reaches to the end of the file, and thousands of them cost their number times the file (qpdf: an hour for some MB). Asked before qpdf is.
 */
#ifndef CONGVAN_DOC_PDF_REACH_H
#define CONGVAN_DOC_PDF_REACH_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/doc/pdf_xref.h"

#define PDF_REACH_FREE (UINT64_C(16) << 20) /* bytes that may be read of any file, besides twice the file */

/*
 * True when the objects that x has now, each read once from where its newest entry leads to, are bounded: 16 MiB and twice the file. Reads no more than that and the file once. Not counted is
 * what stands behind a stream whose length is in an object stream.
 */
bool pdf_reach_bounded(struct span file, const struct pdf_xref *x);

/* The same of whatever looks like an object or a trailer in the bytes, as somebody goes through them who repairs a file. */
bool pdf_reach_bounded_anywhere(struct span file);

#endif
