/* policy_data: what is inside a policy, for the other files of lib/pki only. Nobody changes it while judging. */
#ifndef CONGVAN_PKI_POLICY_DATA_H
#define CONGVAN_PKI_POLICY_DATA_H

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "lib/pki/policy.h"

#define POLICY_OCSP_MAX 4096

struct policy {
	clock_us at;
	X509_STORE *anchor_store;       /* the anchors again, as chain building wants them */
	STACK_OF(X509) *anchors;
	STACK_OF(X509) *intermediates;
	STACK_OF(X509_CRL) *crls;
	OCSP_BASICRESP **ocsp;
	size_t ocsp_count;
	enum policy_revocation revocation;
	enum policy_weak weak;
	clock_us weak_until;
};

#endif
