/*
 * Bytes of an OCSP responder, as they are and signed again by the responder and by the issuer. What is believed here OpenSSL's own verification believes too, and
 * with one answer inside both read the same from it.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>

#include "lib/pki/policy_data.h"
#include "lib/pki/revocation.h"
#include "tests/fuzz/forge.h"
#include "tests/fuzz/fuzz_pki.h"

const char *const fuzz_corpora[] = {
	"tests/fuzz/seeds/ocsp", "tests/corpus/pki/good", "tests/corpus/pki/bad", "tests/fuzz/corpus/ocsp", NULL};
const bool fuzz_replay_made_whole = true;

#define NOW (INT64_C(1795521600) * CLOCK_SECOND)

/* By OpenSSL: the responder's path to the root at the time, the signature, and that the responder may. */
static bool
openssl_believes(OCSP_BASICRESP *basic)
{
	STACK_OF(X509) *more = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	bool good;

	X509_STORE_add_cert(store, forge_subject(FORGE_ROOT)->cert);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), NOW / CLOCK_SECOND);
	sk_X509_push(more, forge_subject(FORGE_ISSUING)->cert);
	good = OCSP_basic_verify(basic, more, store, 0) == 1;
	sk_X509_free(more);
	X509_STORE_free(store);
	ERR_clear_error();
	return good;
}

/* The state by OpenSSL's reading of the only answer; -1: it is about something else. */
static int
openssl_state(OCSP_BASICRESP *basic, const STACK_OF(X509) *pair)
{
	static const int digests[] = {NID_sha1, NID_sha256, NID_sha384, NID_sha512};

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		OCSP_CERTID *id = OCSP_cert_to_id(EVP_get_digestbynid(digests[i]), sk_X509_value(pair, 0), sk_X509_value(pair, 1));
		int state = -1, found = OCSP_resp_find_status(basic, id, &state, NULL, NULL, NULL, NULL);

		OCSP_CERTID_free(id);
		if (found == 1)
			return state;
	}
	return -1;
}

static void
check(struct span der)
{
	X509 *cert = forge_subject(FORGE_SIGNER)->cert, *issuer = forge_subject(FORGE_ISSUING)->cert;
	struct policy *p = policy_new(NOW);
	struct revocation r, again;
	struct revocation_query q = {.t = NOW};

	if (policy_add_ocsp(p, der) == STATUS_OK) {
		OCSP_BASICRESP *basic = p->ocsp[0].basic;
		STACK_OF(X509) *pair = sk_X509_new_null();

		sk_X509_push(pair, cert);
		sk_X509_push(pair, issuer);
		ocsp_find(cert, issuer, p, &q, &r);
		ocsp_find(cert, issuer, p, &q, &again);
		if (r.state != again.state || r.revoked_at != again.revoked_at)
			abort();
		if ((r.state == REVOCATION_GOOD || r.state == REVOCATION_REVOKED || r.state == REVOCATION_HELD) && !openssl_believes(basic))
			abort();
		if (r.state == REVOCATION_GOOD && OCSP_resp_count(basic) == 1 && openssl_state(basic, pair) != V_OCSP_CERTSTATUS_GOOD &&
			!(openssl_state(basic, pair) == V_OCSP_CERTSTATUS_REVOKED && r.revoked_at > q.t))
			abort();
		q.sliding = true;
		ocsp_find(cert, issuer, p, &q, &r);
		sk_X509_free(pair);
	}
	policy_free(p);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = {data, size};
	struct buf again;

	check(in);
	buf_init(&again, size + 4096);
	for (int i = 0; i < 2; i++) {
		if (forge_ocsp(in, i == 0 ? FORGE_RESPONDER : FORGE_ISSUING, &again))
			check((struct span){again.data, again.len});
		buf_free(&again);
	}
	ERR_clear_error();
	return 0;
}
