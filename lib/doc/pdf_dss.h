/*
 * pdf_dss: the document security store (ISO 32000-2 12.8.4.3, EN 319 142-1 5.4.2): certificates,
 * CRLs and OCSP responses kept in a PDF so that its signatures can be judged when nobody answers
 * any more. What the bytes are worth is for lib/pki; here they are only found and added.
 */
#ifndef CONGVAN_DOC_PDF_DSS_H
#define CONGVAN_DOC_PDF_DSS_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/pdf_scan.h"
#include "lib/doc/pdf_update.h"

#define PDF_DSS_ITEMS_MAX 4000u
#define PDF_DSS_BYTES_MAX (64u << 20) /* of all items of one store, unpacked */

enum pdf_dss_part { PDF_DSS_CERTS, PDF_DSS_CRLS, PDF_DSS_OCSPS, PDF_DSS_PARTS };

struct pdf_dss_item {
	enum pdf_dss_part part;
	int object; /* number of its stream */
	struct span der;
};

struct pdf_dss {
	struct pdf_dss_item *items; /* those of the VRI dictionaries too; each stream once a part */
	size_t count;
	struct arena *arena;
};

/*
 * Reads the store; none is an empty one. What cannot be read (not a stream, another filter than
 * Flate, damaged, over the limits) is left out with warning pdf.dss. *out is to be freed by
 * pdf_dss_free also when it is empty.
 */
enum status pdf_dss_read(const struct pdf_scan *scan, struct pdf_dss *out, struct diag *diag);
void pdf_dss_free(struct pdf_dss *d);

/* True when these bytes stand in the store as this part. */
bool pdf_dss_has(const struct pdf_dss *d, enum pdf_dss_part part, struct span der);

/*
 * Adds an item to the store in this update; a store is made when there is none. Streams that are
 * there are not touched, and nothing is looked for: see pdf_dss_has. STATUS_INVALID with pdf.dss
 * when /DSS is there and is no dictionary.
 */
enum status pdf_dss_add(struct pdf_update *u, enum pdf_dss_part part, struct span der,
	struct diag *diag);

#endif
