/* seal_pdf: the judging half of the PDF container (seal_pdf_verify.c), for its table in seal_pdf.c.
 */
#ifndef CONGVAN_SEAL_SEAL_PDF_H
#define CONGVAN_SEAL_SEAL_PDF_H

#include "lib/seal/seal.h"

enum status seal_pdf_verify(struct span file, struct span detached, const struct policy *policy,
	struct seal_report **out, struct diag *diag);

#endif
