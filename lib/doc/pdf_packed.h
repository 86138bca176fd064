/*
 * pdf_packed: whether objects in object streams (ISO 32000-1 7.5.7) are the same for every reader. qpdf looks for an object by its number in the stream's header, pdf.js takes
 * the one at the index that the cross-reference entry says, others the first or the last of that number.
 */
#ifndef CONGVAN_DOC_PDF_PACKED_H
#define CONGVAN_DOC_PDF_PACKED_H

#include <qpdf/qpdf-c.h>

#include "lib/doc/pdf_xref.h"

/*
 * True when the header of each object stream that one of the `count` newest sections of x names can be read, has no number twice, and has each object at the index that its
 * entry says, and when each of its values is one that all read alike (pdf_layout_value). `q` has the file open.
 */
bool pdf_packed_plain(qpdf_data q, const struct pdf_xref *x, size_t count);

#endif
