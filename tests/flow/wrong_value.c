/* wrong_value: our own check of a signature's value finds everything right (--wrap): for workers whose mistakes only somebody else's verifier can notice. */
#include <stdbool.h>
#include <openssl/x509.h>

#include "lib/pki/cms_read.h"

bool __wrap_cms_check_value(const struct cms_signature *s, X509 *cert, struct span content_digest);

bool
__wrap_cms_check_value(const struct cms_signature *s, X509 *cert, struct span content_digest)
{
	(void)s;
	(void)cert;
	(void)content_digest;
	return true;
}
