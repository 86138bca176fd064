/* Bytes of a stranger as certificates: facts, usage, path and its judgement. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_pki.h"

#include "lib/pki/cert.h"
#include "lib/pki/chain.h"

const char *const fuzz_corpora[] = {"tests/corpus/pki/good", "tests/corpus/pki/bad", NULL};

static void
look_at(X509 *x, const STACK_OF(X509) *all, struct policy *p)
{
	STACK_OF(X509) *path = NULL;
	struct chain_finding f;
	char text[100];
	const char *why;

	cert_name_text(X509_get_subject_name(x), text, sizeof(text));
	cert_name_part(X509_get_issuer_name(x), NID_commonName, text, sizeof(text));
	cert_serial_text(x, text, sizeof(text));
	(void)cert_valid_at(x, policy_time(p));
	(void)cert_may_sign_timestamps(x);
	(void)cert_may_sign_ocsp(x);
	(void)strength_of_cert(x, 0);
	strength_name(X509_get0_pubkey(x), NID_undef, text, sizeof(text));
	if (chain_build(x, all, p, CHAIN_USE_DOCUMENT, &path, NULL, &why) == SUB_NONE)
		chain_judge(path, p, CHAIN_USE_DOCUMENT, &(struct revocation_query){.t = policy_time(p)}, &f);
	sk_X509_pop_free(path, X509_free);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct policy *policy;
	STACK_OF(X509) *certs = sk_X509_new_null();

	if (policy == NULL)
		policy = fuzz_pki_policy();
	(void)cert_read_all((struct span){data, size}, certs);
	for (int i = 0; i < sk_X509_num(certs) && i < 8; i++)
		look_at(sk_X509_value(certs, i), certs, policy);
	sk_X509_pop_free(certs, X509_free);
	return 0;
}
