/* fuzz_pki: the test PKI as policy for the fuzz targets of lib/pki, so that damaged signatures get as far as whole ones. */
#ifndef CONGVAN_TESTS_FUZZ_FUZZ_PKI_H
#define CONGVAN_TESTS_FUZZ_FUZZ_PKI_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/pki/policy.h"
#include "lib/pki/verdict.h"

static inline const char *
fuzz_pki_path(const char *name)
{
	static char path[1024];
	const char *build = getenv("CONGVAN_BUILDDIR");

	snprintf(path, sizeof(path), "%s/tests/data/pki/%s", build != NULL ? build : ".", name);
	return path;
}

static inline struct policy *
fuzz_pki_policy(void)
{
	struct policy *p = policy_new(INT64_C(1795521600) * CLOCK_SECOND); /* November 2026 */

	if (p != NULL)
		(void)policy_read_folder(p, fuzz_pki_path("."));
	return p;
}

static inline X509 *
fuzz_pki_cert(const char *name)
{
	FILE *f = fopen(fuzz_pki_path(name), "r");
	X509 *x = f != NULL ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

	if (f != NULL)
		fclose(f);
	return x;
}

/* The digest of nothing, by any name. */
static inline enum status
fuzz_pki_content(void *arg, const char *name, unsigned char *to, size_t *len)
{
	const EVP_MD *md = EVP_get_digestbyname(name);
	unsigned got;

	(void)arg;
	if (md == NULL || EVP_Digest("", 0, to, &got, md, NULL) != 1)
		return STATUS_UNSUPPORTED;
	*len = got;
	return STATUS_OK;
}

#endif
