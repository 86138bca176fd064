/*
 * Bytes of a stranger as certificates: facts, usage, path and its judgement; then signed again by the root or the issuing CA, as a leaf and as the CA of a leaf.
 * A path that is found here is one that OpenSSL's own path building finds too.
 */
#include "tests/fuzz/fuzz.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "lib/pki/cert.h"
#include "lib/pki/chain.h"
#include "lib/pki/policy_data.h"
#include "tests/fuzz/forge.h"
#include "tests/fuzz/fuzz_pki.h"

const char *const fuzz_corpora[] = {
	"tests/fuzz/seeds/cert", "tests/corpus/pki/good", "tests/corpus/pki/bad", "tests/fuzz/corpus/cert", NULL};
const bool fuzz_replay_made_whole = true;

/* Does OpenSSL find a path at the time, whatever the leaf is for? */
static bool
openssl_finds(X509 *leaf, const STACK_OF(X509) *inside, const struct policy *p)
{
	STACK_OF(X509) *more = sk_X509_dup(inside);
	X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	X509_STORE *store = X509_STORE_new();
	bool good;

	for (size_t i = 0; i < p->anchor_count; i++)
		X509_STORE_add_cert(store, p->anchors[i].cert);
	for (int i = 0; i < sk_X509_num(p->intermediates); i++)
		sk_X509_push(more, sk_X509_value(p->intermediates, i));
	X509_STORE_CTX_init(ctx, store, leaf, more);
	X509_VERIFY_PARAM_set_flags(X509_STORE_CTX_get0_param(ctx), X509_V_FLAG_PARTIAL_CHAIN);
	X509_VERIFY_PARAM_set_time(X509_STORE_CTX_get0_param(ctx), (time_t)(policy_time(p) / CLOCK_SECOND));
	X509_VERIFY_PARAM_set_purpose(X509_STORE_CTX_get0_param(ctx), X509_PURPOSE_ANY);
	good = X509_verify_cert(ctx) == 1;
	if (!good)
		fprintf(stderr, "OpenSSL: %s at %d\n", X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)), X509_STORE_CTX_get_error_depth(ctx));
	X509_STORE_CTX_free(ctx);
	X509_STORE_free(store);
	sk_X509_free(more);
	ERR_clear_error();
	return good;
}

/* OpenSSL 3.0's policy checking loses the memory of a policyConstraints extension that stands without certificatePolicies. */
static bool
is_lossy(const X509 *x)
{
	return X509_get_ext_by_NID(x, NID_policy_constraints, -1) >= 0 && X509_get_ext_by_NID(x, NID_certificate_policies, -1) < 0;
}

static void
check_path(X509 *x, const STACK_OF(X509) *all, struct policy *p, enum chain_use use)
{
	STACK_OF(X509) *path = NULL;
	struct chain_finding f;
	const char *why;

	if (!is_lossy(x) && chain_build(x, all, p, use, &path, NULL, &why) == SUB_NONE) {
		if (X509_cmp(sk_X509_value(path, 0), x) != 0 || policy_anchor_of(p, sk_X509_value(path, sk_X509_num(path) - 1)) == NULL)
			abort();
		chain_judge(path, p, use, &(struct revocation_query){.t = policy_time(p)}, &f);
		if (f.sub == SUB_NONE && !openssl_finds(x, all, p))
			abort();
	}
	sk_X509_pop_free(path, X509_free);
}

static void
look_at(X509 *x, const STACK_OF(X509) *all, struct policy *p)
{
	char text[100];

	cert_name_text(X509_get_subject_name(x), text, sizeof(text));
	cert_name_part(X509_get_issuer_name(x), NID_commonName, text, sizeof(text));
	cert_serial_text(x, text, sizeof(text));
	(void)cert_valid_at(x, policy_time(p));
	(void)cert_may_sign_timestamps(x);
	(void)cert_may_sign_ocsp(x);
	(void)strength_of_cert(x, 0);
	strength_name(X509_get0_pubkey(x), NID_undef, text, sizeof(text));
	check_path(x, all, p, CHAIN_USE_DOCUMENT);
	check_path(x, all, p, CHAIN_USE_TIMESTAMP);
}

/* As the CA between the issuing one and a leaf of the house. */
static void
check_as_ca(X509 *ca, struct policy *p)
{
	struct subject by = {ca, forge_subject(FORGE_SUB)->key}, leaf;
	STACK_OF(X509) *all = sk_X509_new_null();

	if (!is_lossy(ca) && X509_get0_pubkey(ca) != NULL && EVP_PKEY_eq(X509_get0_pubkey(ca), by.key) == 1) {
		leaf = issue(&(struct issue){.name = "/C=VN/O=Forge/CN=Below", .issuer = &by, .from = "2026-01-01T00:00:00Z",
			.to = "2030-01-01T00:00:00Z", .key = forge_subject(FORGE_LEAF)->key, .serial = 5,
			.config = ISSUE_SIGNER "subjectAltName=email:an@v.example\ncertificatePolicies=1.2.3.4\n"});
		sk_X509_push(all, ca);
		check_path(leaf.cert, all, p, CHAIN_USE_DOCUMENT);
		subject_free(&leaf);
	}
	sk_X509_free(all);
}

static void
check(struct span in, struct policy *p)
{
	STACK_OF(X509) *certs = sk_X509_new_null();

	(void)cert_read_all(in, certs);
	for (int i = 0; i < sk_X509_num(certs) && i < 8; i++)
		look_at(sk_X509_value(certs, i), certs, p);
	if (sk_X509_num(certs) == 1)
		check_as_ca(sk_X509_value(certs, 0), p);
	sk_X509_pop_free(certs, X509_free);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *policy, *house;
	struct span in = {data, size};
	struct buf again;

	if (policy == NULL) {
		policy = fuzz_pki_policy();
		house = forge_policy();
	}
	check(in, policy);
	buf_init(&again, size + 4096);
	for (enum forge_who by = FORGE_ROOT; by <= FORGE_ISSUING; by++) {
		if (forge_signed(in, by, &again))
			check((struct span){again.data, again.len}, house);
		buf_free(&again);
	}
	ERR_clear_error();
	return 0;
}
