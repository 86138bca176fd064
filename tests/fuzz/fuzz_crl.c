/* Bytes of a stranger as revocation lists, asked about a certificate of the issuer they name. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include "lib/pki/policy_data.h"
#include "lib/pki/revocation.h"

const char *const fuzz_corpora[] = {"tests/corpus/pki/good", "tests/corpus/pki/bad", NULL};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static X509 *cert, *issuer;
	struct policy *p = policy_new(1);
	struct revocation r;

	if (cert == NULL) {
		cert = fuzz_pki_cert("bad/revoked.pem");
		issuer = fuzz_pki_cert("issuing.pem");
	}
	if (policy_add_crls(p, (struct span){data, size}) == STATUS_OK && cert != NULL && issuer != NULL)
		crl_find(cert, issuer, p, &(struct revocation_query){.t = INT64_C(1795521600) * CLOCK_SECOND}, &r);
	policy_free(p);
	return 0;
}
