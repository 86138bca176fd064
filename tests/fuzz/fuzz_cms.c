/*
 * Bytes of a stranger as CMS signature, as they are and signed again by the house: judged, cut into parts and joined, raised as if they were ours. Nobody's
 * signature is called intact that OpenSSL's own verification refuses, and no raising takes from a signature what it had.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include <openssl/err.h>

#include "lib/base/digest.h"
#include "lib/pki/ats.h"
#include "lib/pki/cades_extend.h"
#include "lib/pki/cms_build.h"
#include "lib/pki/second.h"
#include "tests/fuzz/forge.h"

const char *const fuzz_corpora[] = {
	"tests/fuzz/seeds/cms", "tests/corpus/pki/good", "tests/corpus/pki/bad", "tests/fuzz/corpus/cms", NULL};
const bool fuzz_replay_made_whole = true;
const unsigned fuzz_replay_mutations = 2000;

static struct policy *policy;

static struct span
span_of(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

/* An index made for whatever can be cut into its parts has the form that ats reads. */
static void
check_index(const struct cms_parts *parts)
{
	struct buf index;

	buf_init(&index, 2 * CMS_MAX);
	if (ats_index_build(parts, "SHA256", &index) == STATUS_OK) {
		struct span in = span_of(&index);
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

static bool
same(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Joined again nothing is lost: the unsigned attributes may stand in another order. */
static void
check_parts(struct span cms)
{
	struct cms_parts parts, copy, again;
	struct buf joined;
	size_t total = 0;

	if (!cms_parts_split(cms, &parts))
		return;
	check_index(&parts);
	copy = parts;
	buf_init(&joined, 2 * CMS_MAX);
	if (cms_parts_join(&copy, &joined) == STATUS_OK) {
		if (joined.len > cms.len + 16 || !cms_parts_split(span_of(&joined), &again) || !same(parts.head, again.head) ||
			!same(parts.signer, again.signer) || parts.unsigned_count != again.unsigned_count)
			abort();
		for (size_t i = 0; i < parts.unsigned_count; i++)
			total += parts.unsigned_attributes[i].len - again.unsigned_attributes[i].len;
		if (total != 0)
			abort();
	}
	buf_free(&joined);
}

/* OpenSSL 3.0 takes a SHA-512/256 among SignedData.digestAlgorithms for the SHA-256 that a signer names, and then finds the content to be another. */
static bool
misleads_openssl(struct span cms)
{
	static const unsigned char oid[] = {0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x06};
	struct der info, type, explicit, data, version, algorithms;

	return der_expect(&cms, DER_SEQUENCE, &info) && der_expect(&info.value, DER_OID, &type) && der_expect(&info.value, DER_CONTEXT(0), &explicit) &&
		der_expect(&explicit.value, DER_SEQUENCE, &data) && der_expect(&data.value, DER_INTEGER, &version) && der_expect(&data.value, DER_SET, &algorithms) &&
		memmem(algorithms.value.data, algorithms.value.len, oid, sizeof(oid)) != NULL;
}

static void
judge(struct span cms, struct verdict *v)
{
	struct span content = forge_content();
	char why[200];

	verdict_judge_cms(cms, forge_digest, NULL, policy, v);
	if (v->indication == INDICATION_PASSED && !v->intact)
		abort();
	/*
	 * SignedData.digestAlgorithms is not signed, and who verifies need not ask it (RFC 5652 5.1: may fail): OpenSSL does, before it looks at a signer.
	 * Not the path: OpenSSL takes a damaged CA certificate inside for the one that it has, and looks no further.
	 */
	if (v->intact && !second_cms(cms, &content, 1, v->level > LEVEL_CMS, SECOND_VALUE, policy, why) &&
		strstr(why, "unknown digest algorithm") == NULL && strstr(why, "no matching digest") == NULL && !misleads_openssl(cms)) {
		fprintf(stderr, "OpenSSL says: %s; we: %s %s\n", why, indication_name(v->indication), v->why);
		abort();
	}
}

/* What was worth something is worth no less with more proof inside, and its value is the same. */
static void
check_raised(struct span before, const struct verdict *was, const struct buf *after)
{
	struct span a, b;
	struct verdict is;

	judge(span_of(after), &is);
	if (cms_signature_value(before, &a) != STATUS_OK || cms_signature_value(span_of(after), &b) != STATUS_OK || !same(a, b))
		abort();
	if (was->indication == INDICATION_PASSED && is.indication != INDICATION_PASSED) {
		fprintf(stderr, "was TOTAL-PASSED, became %s: %s\n", indication_name(is.indication), is.why);
		abort();
	}
}

static void
raise_proofs(struct span cms, const struct verdict *was)
{
	static struct buf cert, ocsp;
	struct buf out;

	if (cert.len == 0) {
		cert = issue_cert_der(forge_subject(FORGE_ISSUING)->cert);
		ocsp = issue_ocsp(&(struct issue_ocsp){.issuer = forge_subject(FORGE_ISSUING), .responder = forge_subject(FORGE_RESPONDER),
			.cert = forge_subject(FORGE_SIGNER)->cert, .from = "2026-11-24T00:00:00Z"});
	}
	buf_init(&out, 2 * CMS_MAX);
	if (cades_add_proofs(cms, (const struct cades_proof[]){{CADES_PROOF_CERT, span_of(&cert)}, {CADES_PROOF_OCSP, span_of(&ocsp)}}, 2, &out, NULL) ==
		STATUS_OK && out.len > 0)
		check_raised(cms, was, &out);
	buf_free(&out);
}

static void
raise_archive(struct span cms, const struct verdict *was)
{
	X509 *const chain[] = {forge_subject(FORGE_ISSUING)->cert, NULL};
	struct digest content = digest_of(forge_content().data, forge_content().len);
	struct span digest = {content.bytes, sizeof(content.bytes)};
	unsigned char imprint[EVP_MAX_MD_SIZE];
	struct buf token, out;
	size_t len;

	if (cades_archive_imprint(cms, "SHA256", digest, imprint, &len, NULL) != STATUS_OK)
		return;
	buf_init(&out, 2 * CMS_MAX);
	token = issue_token(forge_subject(FORGE_TSA), chain, (struct span){imprint, len}, "2026-11-23T00:00:00Z");
	if (cades_add_archive_timestamp(cms, "SHA256", digest, span_of(&token), &out, NULL) == STATUS_OK)
		check_raised(cms, was, &out);
	buf_free(&token);
	buf_free(&out);
}

/* A timestamp that is none is kept beside the value. */
static void
add_stamp(struct span cms)
{
	static const unsigned char token[] = {0x30, 0};
	struct span value;
	struct buf out;

	buf_init(&out, 2 * CMS_MAX);
	if (cms_add_timestamp(cms, (struct span){token, sizeof(token)}, &out) == STATUS_OK &&
		cms_signature_value(span_of(&out), &value) != STATUS_OK)
		abort();
	buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span cms = {data, size};
	struct verdict v;
	struct buf again;

	if (policy == NULL)
		policy = forge_policy();
	judge(cms, &v);
	check_parts(cms);
	add_stamp(cms);
	buf_init(&again, size + 65536);
	if (forge_cms(cms, FORGE_SIGNER, &again)) {
		judge(span_of(&again), &v);
		raise_proofs(span_of(&again), &v);
		raise_archive(span_of(&again), &v);
	}
	buf_free(&again);
	ERR_clear_error();
	return 0;
}
