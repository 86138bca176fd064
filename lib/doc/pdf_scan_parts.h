/*
 * pdf_scan_parts: the parts of a scan, shared by the pdf_* files that fill it in: pages, fields,
 * signatures, flags.
 */
#ifndef CONGVAN_DOC_PDF_SCAN_PARTS_H
#define CONGVAN_DOC_PDF_SCAN_PARTS_H

#include "lib/doc/pdf_file.h"
#include "lib/doc/pdf_scan.h"

struct pdf_scan {
	struct span file;
	qpdf_data q;
	struct arena *arena;
	struct pdf_xref *xref;
	const struct pdf_scan *later; /* pdf_scan_open_earlier; else NULL */
	struct pdf_info info;
	struct pdf_page *pages;
	struct pdf_field *fields;
	struct pdf_signature *signatures;
	size_t page_room, field_room;
};

/* Each fills its part of the scan; findings as told in pdf_scan.h. */
enum status pdf_scan_pages(struct pdf_scan *s, qpdf_oh root, struct diag *diag);
enum status pdf_scan_fields(struct pdf_scan *s, qpdf_oh root, struct diag *diag);
enum status pdf_scan_signatures(struct pdf_scan *s, struct diag *diag);
void pdf_scan_flags(struct pdf_scan *s, qpdf_oh root, struct diag *diag);

/*
 * Checks the byte range of a signature whose other members are there; sets fault, revision_end,
 * whole_file.
 */
void pdf_signature_check_range(const struct pdf_scan *s, struct pdf_signature *sig);

/*
 * The signature whose dictionary is this object, read before by the later scan and the same in both,
 * or NULL.
 */
const struct pdf_signature *pdf_signature_known(const struct pdf_scan *s, int value_object);

#endif
