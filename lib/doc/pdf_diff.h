/*
 * pdf_diff: what changed between two revisions of a PDF, judged by what a later revision may do
 * after a signature (ISO 32000-1 12.8.2.2, 12.8.4): fill in empty fields, add signatures,
 * timestamps and validation data. Objects are compared as they are parsed, each by the part it
 * plays in the older revision; whatever is not recognised counts as forbidden. Meets the shadow,
 * incremental saving and evil annotation attacks of pdf-insecurity.org.
 */
#ifndef CONGVAN_DOC_PDF_DIFF_H
#define CONGVAN_DOC_PDF_DIFF_H

#include "lib/base/buf.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_scan.h"

enum pdf_change {
	PDF_CHANGE_NONE,
	PDF_CHANGE_PERMITTED,
	PDF_CHANGE_SUSPICIOUS,
	PDF_CHANGE_FORBIDDEN
};

/* "none", "permitted", "suspicious", "forbidden". Static. */
const char *pdf_change_name(enum pdf_change c);

#define PDF_DIFF_LIST_MAX 65536u

struct pdf_diff {
	enum pdf_change worst;
	struct buf list; /* lines "code argument", codes pdf.change.*; at most PDF_DIFF_LIST_MAX
			    bytes */
};

void pdf_diff_init(struct pdf_diff *d);
void pdf_diff_free(struct pdf_diff *d);

/* Adds a line (unless it is there) and raises `worst`. */
void pdf_diff_add(struct pdf_diff *d, enum pdf_change c, const char *code, const char *argument);

/*
 * Compares the revision `before` with the later `after` (scans of the same bytes, the older one of
 * their first part; both strict). Adds to `out`. STATUS_NO_MEMORY; anything else that goes wrong is
 * a forbidden change.
 */
enum status
pdf_diff_run(const struct pdf_scan *before, const struct pdf_scan *after, struct pdf_diff *out);

#endif
