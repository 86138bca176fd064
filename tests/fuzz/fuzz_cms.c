/* Bytes of a stranger as CMS signature: judged, and spliced and indexed for an archive timestamp as if it were ours. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include "lib/pki/ats.h"
#include "lib/pki/cms_build.h"

const char *const fuzz_corpora[] = {
	"tests/corpus/pki/good", "tests/corpus/pki/bad", "tests/fuzz/corpus/cms", NULL};

/* An index made for whatever can be cut into its parts has the form that ats reads. */
static void
index_it(struct span cms)
{
	struct cms_parts parts;
	struct buf index;

	buf_init(&index, 2 * CMS_MAX);
	if (cms_parts_split(cms, &parts) && ats_index_build(&parts, "SHA256", &index) == STATUS_OK) {
		struct span in = {index.data, index.len};
		struct der all, d;

		if (!der_expect(&in, DER_SEQUENCE, &all) || in.len != 0)
			abort();
		for (int i = 0; i < 4; i++) /* the algorithm and three lists */
			if (!der_expect(&all.value, DER_SEQUENCE, &d))
				abort();
		if (all.value.len != 0)
			abort();
	}
	buf_free(&index);
}

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
	index_it(cms);
	buf_init(&out, 2 * CMS_MAX);
	if (cms_add_timestamp(cms, (struct span){token, sizeof(token)}, &out) == STATUS_OK &&
		cms_signature_value((struct span){out.data, out.len}, &value) != STATUS_OK)
		abort();
	buf_free(&out);
	return 0;
}
