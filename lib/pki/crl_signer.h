/*
 * crl_signer: who may sign a revocation list (RFC 5280 6.3.3 f, g): the issuer of the certificate asked about by the key of its path; the same authority by another certificate (a
 * key before or after a change of keys, or one kept for lists); or the CRL issuer that the certificate names for its distribution point (indirect lists). A list by another certificate
 * counts only when that one is certified by the issuer itself or by an authority above it, or is one of these: narrower than RFC 5280, which asks for the same anchor only, so that
 * another authority below the anchor cannot make itself one of the same name.
 */
#ifndef CONGVAN_PKI_CRL_SIGNER_H
#define CONGVAN_PKI_CRL_SIGNER_H

#include <stdbool.h>
#include <openssl/x509.h>

#include "lib/pki/policy_data.h"

#define CRL_SIGNERS_MAX 16    /* certificates of the name that are tried for one list */
#define CRL_SEARCHES_MAX 4096 /* signatures checked in one run while looking for signers other than the path's issuer */

/*
 * The certificate whose key signed the list and may, about certificates of `issuer`; NULL: nobody who is known. `above_out`: who certified it, when it is not the issuer; NULL else.
 * Both belong to the item or are `issuer`. Its own validity and revocation are not asked here. Remembered until another issuer is asked about, or more certificates are known.
 */
X509 *crl_signer(struct policy *p, struct policy_crl *item, X509 *issuer, X509 **above_out);

#endif
