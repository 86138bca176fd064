/*
 * Bytes of a stranger as the values of a counter-signature attribute (RFC 5652 11.4), in a signature of the house: the signature stays intact whatever they are, and no
 * counter-signature is called intact that OpenSSL's PKCS#7 code refuses.
 */
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/pki/cms_build.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/counter.h"
#include "lib/pki/needs.h"
#include "lib/pki/second.h"
#include "lib/pki/verdict.h"
#include "tests/fuzz/forge.h"
#include "tests/unit/pki_fixture.h"

const char *const fuzz_corpora[] = {"tests/fuzz/seeds/counter", "tests/fuzz/seeds/cms", NULL};
const unsigned fuzz_replay_mutations = 500;

static struct policy *policy;
static struct buf signature;

/* The signature that the seeds' counter-signatures are over. */
static void
prepare(void)
{
	const char *build = getenv("CONGVAN_BUILDDIR");
	char path[1024];

	policy = forge_policy();
	snprintf(path, sizeof(path), "%s/tests/fuzz/seeds/counter-base/base", build != NULL ? build : ".");
	signature = fixture_read(path);
}

static void
judge_one(struct verdict_run *run, const struct cms_parts *parts, const struct counter *c)
{
	enum second_scheme scheme;
	struct verdict v;
	struct buf whole;
	char why[200];

	verdict_run_counter(run, parts, c, VERDICT_NOT_COVERED, &v);
	if (v.indication == INDICATION_PASSED && !v.intact)
		abort();
	scheme = second_scheme_of(v.signature_name);
	if (!v.intact || scheme == SECOND_OTHER || scheme == SECOND_ED25519 || (scheme == SECOND_RSA && strncmp(v.signature_name, "RSA-2", 5) != 0))
		return;
	buf_init(&whole, CMS_READ_MAX);
	if (counter_whole(parts, c, false, &whole) != STATUS_OK ||
		!second_counter(scheme, (struct span){whole.data, whole.len}, c->over, SECOND_VALUE, policy, why)) {
		fprintf(stderr, "%s says: %s\n", scheme == SECOND_PSS ? "GnuTLS" : "OpenSSL", why);
		abort();
	}
	buf_free(&whole);
}

static void
judge_all(struct span cms)
{
	struct span content = forge_content();
	struct verdict_run *run = verdict_run_new(policy, NULL);
	struct counter list[COUNTER_MAX];
	struct cms_parts parts;
	struct verdict v;
	size_t n;

	if (run == NULL || !cms_parts_split(cms, &parts))
		abort();
	verdict_run_cms(run, cms, forge_digest, &content, VERDICT_NOT_COVERED, &v);
	/* an attribute that is no ASN.1 makes the whole unreadable; nothing else in it is the signature's business */
	if (!v.intact && v.sub != SUB_FORMAT_FAILURE) {
		fprintf(stderr, "the signature became %s: %s\n", sub_indication_name(v.sub), v.why);
		abort();
	}
	n = counter_list(&parts, list, NULL);
	if (n > COUNTER_MAX)
		abort();
	for (size_t i = 0; i < n; i++)
		if (list[i].of != COUNTER_OF_SIGNATURE && list[i].of >= i)
			abort(); /* each after the one that it is over */
		else
			judge_one(run, &parts, &list[i]);
	verdict_run_free(run);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned char oid[] = {DER_OID, 9, 42, 134, 72, 134, 247, 13, 1, 9, 6};
	struct cms_parts parts;
	struct buf attribute, with;
	struct needs *needs;

	if (policy == NULL)
		prepare();
	if (size > CMS_MAX / 2 || !cms_parts_split((struct span){signature.data, signature.len}, &parts))
		return 0;
	buf_init(&attribute, CMS_MAX);
	buf_init(&with, 2 * CMS_MAX);
	der_put_header(&attribute, DER_SEQUENCE, sizeof(oid) + der_header_size(size) + size);
	buf_put(&attribute, oid, sizeof(oid));
	der_put(&attribute, DER_SET, data, size);
	parts.unsigned_attributes[parts.unsigned_count++] = (struct span){attribute.data, attribute.len};
	if (cms_parts_join(&parts, &with) == STATUS_OK) {
		struct cms_parts again;

		if (cms_parts_split((struct span){with.data, with.len}, &again)) {
			judge_all((struct span){with.data, with.len});
			needs = needs_new(policy);
			if (needs != NULL && needs_add(needs, (struct span){with.data, with.len}) == STATUS_NO_MEMORY)
				abort();
			needs_free(needs);
		}
	}
	buf_free(&attribute);
	buf_free(&with);
	ERR_clear_error();
	return 0;
}
