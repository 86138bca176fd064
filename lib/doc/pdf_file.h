/*
 * pdf_file: a PDF opened through qpdf's C API as a read-only parser, for the pdf_* files of this
 * folder only (it shows qpdf's types). qpdf keeps a returned string only until its next call:
 * everything here copies at once.
 */
#ifndef CONGVAN_DOC_PDF_FILE_H
#define CONGVAN_DOC_PDF_FILE_H

#include <qpdf/qpdf-c.h>
#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_box.h"
#include "lib/doc/pdf_scan.h"

#define PDF_FILE_MAX UINT64_C(9999999999) /* the last offset that a cross-reference table can say (7.5.4); nothing here copies the file */
#define PDF_REPAIR_MAX (UINT64_C(256) << 20) /* qpdf looks for objects line by line, and keeps each */

/*
 * Before anything else: STATUS_INVALID with pdf.empty or pdf.header, STATUS_TOO_LARGE with
 * pdf.too-large. recovery: also false for what is too large to be repaired.
 */
enum status pdf_file_check(struct span file, bool recovery, struct diag *diag);

/*
 * Opens the checked bytes, which must outlive the handle. recovery: let qpdf rebuild what is
 * broken. STATUS_INVALID with pdf.damaged or pdf.encrypted (a password is needed even to read).
 */
enum status pdf_file_open(struct span file, bool recovery, qpdf_data *out, struct diag *diag);
void pdf_file_close(qpdf_data *q);

/* A key of a dictionary, or of a stream's dictionary; the null object for anything else. */
qpdf_oh pdf_get(qpdf_data q, qpdf_oh of, const char *key);

bool pdf_name_is(qpdf_data q, qpdf_oh oh, const char *name);

/* The key's value read and its handle released. */
bool pdf_key_name_is(qpdf_data q, qpdf_oh of, const char *key, const char *name);
bool pdf_key_is(qpdf_data q, qpdf_oh of, const char *key); /* present and not null */
double pdf_key_number(qpdf_data q, qpdf_oh of, const char *key, double otherwise);
int
pdf_key_object(qpdf_data q, qpdf_oh of, const char *key); /* object number; 0: direct or absent */

/* A name without its slash, or a text string as UTF-8, copied; NULL when it is neither. */
const char *pdf_text_of(qpdf_data q, qpdf_oh oh, struct arena *a);
const char *pdf_key_text(qpdf_data q, qpdf_oh of, const char *key, struct arena *a);

/* A rectangle with its corners in order. False when it is not four finite numbers. */
bool pdf_box_of(qpdf_data q, qpdf_oh oh, struct pdf_box *out);

/* The handle a scan holds. */
qpdf_data pdf_scan_handle(const struct pdf_scan *s);

/* Appends the object's own text, not its reference; of a stream its dictionary. */
void pdf_unparse(qpdf_data q, qpdf_oh oh, struct buf *to);

#endif
