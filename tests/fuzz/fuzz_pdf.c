/*
 * PDFs from anywhere through scan, judging and signing. What can be signed must, with the hole
 * filled, be read again strictly with a sound signature over the whole file, and nothing before the
 * appended part may be asked to change.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/doc/pdf_scan.h"
#include "lib/seal/seal.h"

#define SIZE_MAX_TRIED (256u << 10)

const char *const fuzz_corpora[] = {
	"tests/corpus/pdf/made", "tests/corpus/pdf/attacks", "tests/fuzz/corpus/pdf", NULL};

static void
check_verify(struct span file)
{
	struct policy *policy = policy_new(INT64_C(1795500000000000));
	struct seal_report *report = NULL;

	if (policy == NULL ||
		seal_pdf.verify(file, (struct span){NULL, 0}, policy, &report, NULL) != STATUS_OK)
		report = NULL;
	for (size_t i = 0; report != NULL && i < seal_report_count(report); i++)
		if (seal_report_at(report, i)->verdict->indication == INDICATION_PASSED)
			abort(); /* there is no anchor */
	seal_report_free(report);
	policy_free(policy);
}

static void
check_sign(struct span file)
{
	static const unsigned char cms[] = {0x30, 0x03, 0x02, 0x01, 0x00};
	struct seal_request request = {.signer = "Nguyễn Văn An",
		.time = INT64_C(1795500000000000),
		.room = 64,
		.look = {.role = SEAL_ROLE_INVISIBLE}};
	struct seal_prepared p;
	struct diag *diag = diag_new();
	enum status st = seal_pdf.prepare(file, &request, &p, diag);

	if (st == STATUS_OK) {
		/* embed opens the result strictly and looks for the signature. */
		st = seal_pdf.embed(file, &p, (struct span){cms, sizeof(cms)}, diag);
		if (st != STATUS_OK && st != STATUS_NO_MEMORY)
			abort();
		seal_prepared_free(&p);
	} else if (st == STATUS_INVALID && !diag_has_error(diag)) {
		abort(); /* refused without saying why */
	}
	diag_free(diag);
}

/* Room for a document timestamp, on top of what is there; what is prepared must stay a sound PDF. */
static void
check_archive(struct span file)
{
	struct seal_prepared p;
	struct diag *diag = diag_new();
	enum status st = seal_pdf.prepare_archive(file, (struct span){NULL, 0}, 64, &p, diag);

	if (st == STATUS_OK)
		seal_prepared_free(&p);
	else if (st == STATUS_INVALID && !diag_has_error(diag))
		abort();
	diag_free(diag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = {data, size};

	if (size > SIZE_MAX_TRIED)
		return 0;
	check_verify(file);
	check_sign(file);
	check_archive(file);
	return 0;
}
