/* Bytes of a stranger as CMS signature: judged, and spliced as if it were ours. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include "lib/pki/cms_build.h"

const char *const fuzz_corpora[] = {"tests/corpus/pki/good", "tests/corpus/pki/bad", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char token[] = {0x30, 0};
	static struct policy *policy;
	struct span cms = {data, size}, value;
	struct verdict v;
	struct buf out;

	if (policy == NULL)
		policy = fuzz_pki_policy();
	verdict_judge_cms(cms, fuzz_pki_content, NULL, policy, &v);
	buf_init(&out, 2 * CMS_MAX);
	if (cms_add_timestamp(cms, (struct span){token, sizeof(token)}, &out) == STATUS_OK &&
		cms_signature_value((struct span){out.data, out.len}, &value) != STATUS_OK)
		abort();
	buf_free(&out);
	return 0;
}
