/* seal_pdf_verify: judges every signature of a PDF. */
#include "lib/seal/seal_pdf.h"

enum status
seal_pdf_verify(struct span file, struct span detached, const struct policy *policy, struct seal_report **out,
	struct diag *diag)
{
	(void)file;
	(void)detached;
	(void)policy;
	(void)out;
	(void)diag;
	return STATUS_UNSUPPORTED;
}
