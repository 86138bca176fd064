/* pdf_write: PDF syntax into a buffer (ISO 32000-1 7.3), independent of the locale. */
#ifndef CONGVAN_DOC_PDF_WRITE_H
#define CONGVAN_DOC_PDF_WRITE_H

#include "lib/base/buf.h"
#include "lib/doc/pdf_box.h"

/* At most three decimals, no exponent; values beyond 1e7 are cut to it. */
void pdf_put_number(struct buf *to, double v);

/* "[x0 y0 x1 y1]" */
void pdf_put_box(struct buf *to, const struct pdf_box *b);

/* A text string (7.9.2.2) of valid UTF-8: literal when ASCII and not marked (pdf_layout.h), else UTF-16BE in hexadecimal. */
void pdf_put_text(struct buf *to, const char *utf8);

/* "/Name" with what is not a plain character as #xx. */
void pdf_put_name(struct buf *to, const char *name);

/* The tokens of an object as qpdf writes it; strings and names that are marked (pdf_layout.h) in hexadecimal. */
void pdf_put_tokens(struct buf *to, struct span text);

/* "<…>" */
void pdf_put_hex(struct buf *to, const unsigned char *p, size_t n);

#endif
