/* Bytes of a timestamp server, or of a document timestamp in a file. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include "lib/pki/tsp.h"

const char *const fuzz_corpora[] = {
	"tests/corpus/pki/responses", "tests/corpus/pki/good", "tests/corpus/pki/bad", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *policy;
	static struct tsp_request *request;
	static const unsigned char digest[32];
	struct diag *diag = diag_new();
	struct span bytes = {data, size};
	struct verdict v;
	struct buf token;

	if (policy == NULL) {
		policy = fuzz_pki_policy();
		if (tsp_request_new("SHA256", (struct span){digest, 32}, "1.2.3", &request) != STATUS_OK)
			abort();
	}
	verdict_judge_timestamp(bytes, fuzz_pki_content, NULL, policy, &v);
	buf_init(&token, CMS_READ_MAX);
	(void)tsp_response_read(request, bytes, &token, diag);
	buf_free(&token);
	diag_free(diag);
	return 0;
}
