/*
 * cert: reading X.509 certificates (RFC 5280) and the facts that are shown and judged: names as UTF-8 text, times, what the key may be
 * used for. Paths are built in chain.
 */
#ifndef CONGVAN_PKI_CERT_H
#define CONGVAN_PKI_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/status.h"

#define CERT_FILE_MAX 1024 /* certificates taken from one file */

/*
 * Appends every certificate of a PEM bundle, or the one of a DER file, to `to` (who owns them then). STATUS_INVALID: none, or DER with
 * something behind it; STATUS_TOO_LARGE over CERT_FILE_MAX; STATUS_NO_MEMORY.
 */
enum status cert_read_all(struct span pem_or_der, STACK_OF(X509) *to);

/* An ASN.1 time as clock_us; 0 when it cannot be read. */
clock_us cert_time(const ASN1_TIME *t);
clock_us cert_not_before(const X509 *cert);
clock_us cert_not_after(const X509 *cert); /* the last second of it is still valid */

/* True when both ends of the validity period are in the form of RFC 5280 4.1.2.5; one that is not says nothing, so the certificate is good at no time. */
bool cert_has_period(const X509 *cert);

/* True when t lies in the validity period. */
bool cert_valid_at(const X509 *cert, clock_us t);

/* A name in the order of RFC 4514 ("UID=…, CN=…, O=…"), valid UTF-8, cut at size. */
void cert_name_text(const X509_NAME *name, char *to, size_t size);

/* The first attribute of that kind (NID_commonName, …) or "". */
void cert_name_part(const X509_NAME *name, int nid, char *to, size_t size);

/* The serial number in upper-case hexadecimal. */
void cert_serial_text(const X509 *cert, char *to, size_t size);

/* SHA-256 of the DER. */
struct digest cert_digest(const X509 *cert);

/*
 * Usage by the certificate's own extensions. Documents: keyUsage, if there, has digitalSignature or nonRepudiation; extKeyUsage, if
 * there, has one that people sign with (not only server, timestamp or OCSP certificates). Timestamps: extKeyUsage is critical and
 * exactly timeStamping (RFC 3161 2.3). OCSP: extKeyUsage has OCSPSigning (RFC 6960 4.2.2.2).
 */
bool cert_may_sign_documents(X509 *cert);
bool cert_may_sign_timestamps(X509 *cert);
bool cert_may_sign_ocsp(X509 *cert);

#endif
