/*
 * pdf_second: a second opinion on the signatures of a PDF by poppler: it finds the fields, reads the byte ranges and checks digests and values with its own PDF parser and with
 * NSS, and shares nothing with pdf_scan but the file. Certificates are not asked about (NSS has no anchors here).
 */
#ifndef CONGVAN_DOC_PDF_SECOND_H
#define CONGVAN_DOC_PDF_SECOND_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"

#define PDF_SECOND_MOST 200

enum pdf_second_state {
	PDF_SECOND_VALID,
	PDF_SECOND_INVALID,
	PDF_SECOND_UNKNOWN /* a kind it does not check: document timestamps above all */
};

struct pdf_second {
	char field[300]; /* full name of the form field */
	enum pdf_second_state state;
	char said[60];   /* its answer in words */
};

/* Before the sandbox: NSS loads parts of itself at the first use, which could not be loaded later. */
void pdf_second_warm_up(void);

/*
 * Every signed signature field, up to PDF_SECOND_MOST in list. STATUS_INVALID: poppler cannot open the file; STATUS_TOO_LARGE: more fields;
 * STATUS_UNAVAILABLE: it has no signature checking.
 */
enum status pdf_second_look(struct span file, struct pdf_second *list, size_t *count);

#endif
