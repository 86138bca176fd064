/* Bytes of an OCSP responder, asked about a certificate. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include "lib/pki/revocation.h"

const char *const fuzz_corpora[] = {"tests/corpus/pki/good", "tests/corpus/pki/bad", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static X509 *cert, *issuer;
	struct policy *p = policy_new(INT64_C(1795521600) * CLOCK_SECOND);
	struct revocation r;

	if (cert == NULL) {
		cert = fuzz_pki_cert("leader1.pem");
		issuer = fuzz_pki_cert("issuing.pem");
	}
	if (policy_add_ocsp(p, (struct span){data, size}) == STATUS_OK && cert != NULL && issuer != NULL)
		ocsp_find(cert, issuer, p, &(struct revocation_query){.t = policy_time(p)}, &r);
	policy_free(p);
	return 0;
}
