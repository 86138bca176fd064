/*
 * pdf_layout: whether what was appended to a PDF is laid out so that a reader which does not believe its cross-reference sections, but goes through the bytes and takes
 * the objects that it finds, finds the same ones. PDFium (Chromium) does so when a table's lines do not have 20 bytes, pdf.js (Firefox) when a comment stands behind
 * `startxref`, others at other faults: an object that no section lists, or one in the bytes of a stream, is then the one that people see.
 */
#ifndef CONGVAN_DOC_PDF_LAYOUT_H
#define CONGVAN_DOC_PDF_LAYOUT_H

#include "lib/doc/pdf_lex.h"
#include "lib/doc/pdf_xref.h"

/*
 * True when the bytes of file from `from` to its end, revisions appended to what is before, are nothing but objects, each where its section lists it, and sections as
 * ISO 32000-1 7.5.4 to 7.5.8 write them, with white space and comments between, no key is twice in a dictionary, and no object, end of an object, trailer or startxref can be read out of a stream, a
 * string or a comment. `x` is the file's. STATUS_NO_MEMORY, or STATUS_OK.
 */
enum status pdf_layout_check(struct span file, const struct pdf_xref *x, uint64_t from, bool *plain_out);

/* True when no two of these numbers are the same; puts them in order. Of a dictionary's keys, or an object stream's objects. */
bool pdf_layout_differ(uint64_t *numbers, size_t n);

/* True when an object, the end of one, a trailer or startxref can be read out of these bytes of a stream, a string or a comment. */
bool pdf_layout_marked(struct span in);

/*
 * Skips one value as pdf_lex_skip. False also when a dictionary in it has a key twice: the first counts for poppler when there are many keys, the last for most others.
 */
bool pdf_layout_value(struct pdf_lex *l);

#endif
