/* Bytes of a stranger as XML document with signatures: taken apart, strictly and leniently, and judged. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include "lib/seal/seal_xml.h"

const char *const fuzz_corpora[] = {"tests/corpus/xmldsig/made/good", "tests/corpus/xmldsig/made/bad", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *policy;
	struct span in = {data, size};

	if (policy == NULL)
		policy = fuzz_pki_policy();
	for (int lenient = 0; lenient < 2; lenient++) {
		struct diag *diag = diag_new();
		struct seal_report *r = NULL;

		if (seal_xml_judge_document(in, lenient, policy, &r, diag) == STATUS_OK) {
			/* what is called right was found whole, or said to be a part */
			for (size_t i = 0; i < seal_report_count(r); i++)
				if (seal_report_at(r, i)->verdict->intact && diag_has(diag, "xmldsig.form") && seal_report_count(r) == 1)
					abort();
			seal_report_free(r);
		}
		diag_free(diag);
	}
	return 0;
}
