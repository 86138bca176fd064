/*
 * second_gnutls: GnuTLS's word on a CMS signature by Ed25519 (RFC 8419), which OpenSSL 3.0's CMS does not know ("invalid digest"), nor NSS; and on the value of a counter-signature by
 * RSASSA-PSS, which OpenSSL's PKCS#7 code does not know. Only the value and the digest: the certificate's path is OpenSSL's to build (second.c). The only file that includes GnuTLS.
 */
#ifndef CONGVAN_PKI_SECOND_GNUTLS_H
#define CONGVAN_PKI_SECOND_GNUTLS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/imprint.h"

/*
 * True when GnuTLS calls the signature of the first SignerInfo valid by the certificate inside that it names. cms: DER without anything behind it. content: the signed bytes in
 * `parts` pieces, or 0 pieces: inside the CMS. Appends that certificate to `signer`, and the value of the attribute signingCertificateV2, if there is one, to `ess` (both DER). Else
 * `why` has GnuTLS's reason.
 */
bool second_gnutls(struct span cms, const struct span *content, size_t parts, struct buf *signer, struct buf *ess, char why[200]);

/* The same of the value alone: `message` is what it is over, the DER of the signed attributes as a SET (RFC 5652 5.4). Whether they speak of the content is the caller's to ask. */
bool second_gnutls_message(struct span cms, struct span message, struct buf *signer, struct buf *ess, char why[200]);

/* True when GnuTLS calls `value` the RSASSA-PSS signature of `message` by the key of this certificate (DER), with this digest, also inside the mask, and so many bytes of salt. */
bool second_gnutls_pss(struct span certificate, enum imprint_kind digest, unsigned salt, struct span message, struct span value, char why[200]);

#endif
