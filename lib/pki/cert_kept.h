/*
 * cert_kept: certificates that were read a moment ago, by their bytes. Reading one costs some 0.13 ms, nearly all of it OpenSSL 3.0's search for the decoder of its key, and the certificates
 * of an office's signers and their issuers come again in every signature. One that is kept is the object that the same bytes were read into: nothing is judged here.
 */
#ifndef CONGVAN_PKI_CERT_KEPT_H
#define CONGVAN_PKI_CERT_KEPT_H

#include <stddef.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"

#define CERT_KEPT 64            /* certificates; the one that was kept longest ago goes first */
#define CERT_KEPT_BYTES 8192    /* of one; longer ones are read anew each time */

struct cert_kept;

/* NULL without memory. Every function takes a NULL one as one that holds nothing. */
struct cert_kept *cert_kept_new(void);
void cert_kept_free(struct cert_kept *k);

/* Holds nothing any more. */
void cert_kept_clear(struct cert_kept *k);

/* The certificate that these bytes are, all of them, in DER: a reference, X509_free. NULL when they are none, or without memory. */
X509 *cert_kept_read(struct cert_kept *k, struct span der);

/*
 * d2i_CMS_ContentInfo, with the same result: of a DER SignedData with one SignerInfo (cms_parts) the certificates are read by cert_kept_read and put in again. `used` gets the bytes that the
 * structure takes. NULL when it is none; CMS_ContentInfo_free.
 */
CMS_ContentInfo *cert_kept_cms(struct cert_kept *k, struct span cms, size_t *used);

/* Certificates that were found, and read, since it was made. */
void cert_kept_counts(const struct cert_kept *k, size_t *found, size_t *read);

#endif
