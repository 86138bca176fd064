/*
 * Bytes of a timestamp server, or of a document timestamp in a file, as they are and signed again by the TSA of the house. What is believed OpenSSL's own check of a
 * token believes too; what a response gives is a token about what was asked.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/ts.h>

#include "lib/base/digest.h"
#include "lib/pki/der.h"
#include "lib/pki/tsp.h"
#include "tests/fuzz/forge.h"

const char *const fuzz_corpora[] = {"tests/fuzz/seeds/tsp", "tests/corpus/pki/responses", "tests/corpus/pki/good", "tests/corpus/pki/bad",
	"tests/fuzz/corpus/tsp", NULL};
const bool fuzz_replay_made_whole = true;

static struct policy *policy;

static struct span
span_of(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

/* SignedData.digestAlgorithms is not signed, and who verifies need not ask it (RFC 5652 5.1): OpenSSL's PKCS#7 code does, before it looks at a signer. */
static bool
is_about_digests(void)
{
	bool is = false;

	for (unsigned long e = ERR_get_error(); e != 0; e = ERR_get_error()) {
		char text[200];

		ERR_error_string_n(e, text, sizeof(text));
		fprintf(stderr, "%s\n", text);
		is = is || (ERR_GET_LIB(e) == ERR_LIB_PKCS7 &&
			(ERR_GET_REASON(e) == PKCS7_R_UNKNOWN_DIGEST_TYPE || ERR_GET_REASON(e) == PKCS7_R_UNABLE_TO_FIND_MESSAGE_DIGEST));
	}
	return is;
}

/* Path, signature, usage and imprint by OpenSSL's ts code. */
static bool
openssl_believes(struct span token)
{
	const unsigned char *p = token.data;
	PKCS7 *pkcs7 = d2i_PKCS7(NULL, &p, (long)token.len);
	TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *more = sk_X509_new_null();
	bool good;

	X509_STORE_add_cert(store, forge_subject(FORGE_ROOT)->cert);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)(policy_time(policy) / CLOCK_SECOND));
	X509_up_ref(forge_subject(FORGE_ISSUING)->cert);
	sk_X509_push(more, forge_subject(FORGE_ISSUING)->cert);
	TS_VERIFY_CTX_set_store(ctx, store);
	TS_VERIFY_CTX_set_certs(ctx, more);
	TS_VERIFY_CTX_set_flags(ctx, TS_VFY_SIGNATURE | TS_VFY_VERSION | TS_VFY_DATA);
	TS_VERIFY_CTX_set_data(ctx, BIO_new_mem_buf(forge_content().data, (int)forge_content().len));
	ERR_clear_error();
	good = pkcs7 != NULL && (TS_RESP_verify_token(ctx, pkcs7) == 1 || is_about_digests());
	TS_VERIFY_CTX_free(ctx);
	PKCS7_free(pkcs7);
	ERR_clear_error();
	return good;
}

static void
judge(struct span token)
{
	struct verdict v;

	verdict_judge_timestamp(token, forge_digest, NULL, policy, &v);
	if (v.indication == INDICATION_PASSED && !openssl_believes(token))
		abort();
}

/* The same request each time, so that an input found today says the same tomorrow. */
static void
respond(struct span response)
{
	static const unsigned char nonce[TSP_NONCE_BYTES] = {1};
	static struct tsp_request *request;
	struct digest d = digest_of(forge_content().data, forge_content().len);
	struct diag *diag = diag_new();
	struct tsp_token t;
	const char *why;
	struct buf token;
	enum status st;

	if (request == NULL && tsp_request_again("SHA256", (struct span){d.bytes, sizeof(d.bytes)}, "1.3.6.1.4.1.99999.1.1",
		(struct span){nonce, sizeof(nonce)}, &request) != STATUS_OK)
		abort();
	buf_init(&token, CMS_READ_MAX);
	st = tsp_response_read(request, response, &token, diag);
	if (st == STATUS_OK) {
		if (tsp_token_read(span_of(&token), NULL, &t, &why) != STATUS_OK)
			abort();
		if (!tsp_token_is_about(&t, NID_sha256, (struct span){d.bytes, sizeof(d.bytes)}))
			abort();
		tsp_token_free(&t);
	} else if (!diag_has_error(diag)) {
		abort(); /* refused without saying why */
	}
	buf_free(&token);
	diag_free(diag);
}

/* SEQUENCE { PKIStatusInfo, token }: the token signed again. */
static bool
sign_response(struct span in, struct buf *out)
{
	struct der all, status;
	struct buf body;
	bool good;

	if (!der_expect(&in, DER_SEQUENCE, &all) || in.len != 0 || !der_expect(&all.value, DER_SEQUENCE, &status))
		return false;
	buf_init(&body, out->max);
	buf_put(&body, status.whole.data, status.whole.len);
	good = forge_token(all.value, (struct span){NULL, 0}, &body);
	if (good)
		der_put(out, DER_SEQUENCE, body.data, body.len);
	buf_free(&body);
	return good;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct digest d = digest_of(forge_content().data, forge_content().len);
	struct span in = {data, size};
	struct buf again;

	if (policy == NULL)
		policy = forge_policy();
	judge(in);
	respond(in);
	buf_init(&again, size + 65536);
	for (int about = 0; about < 2; about++) {
		if (forge_token(in, (struct span){d.bytes, about != 0 ? sizeof(d.bytes) : 0}, &again))
			judge(span_of(&again));
		buf_free(&again);
	}
	if (sign_response(in, &again))
		respond(span_of(&again));
	buf_free(&again);
	ERR_clear_error();
	return 0;
}
