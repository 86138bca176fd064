/*
 * cms_read: a CMS SignedData of foreign origin (RFC 5652; PKCS#7 1.5 is read as the same) with exactly one SignerInfo, taken apart for
 * judging. DER or BER. Only structure is checked here; what it is worth is said by verdict.
 */
#ifndef CONGVAN_PKI_CMS_READ_H
#define CONGVAN_PKI_CMS_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/cms.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"
#include "lib/pki/cert_kept.h"

#define CMS_READ_MAX (16u << 20) /* bytes; revocation lists can be inside */

struct cms_signature {
	CMS_ContentInfo *info;
	CMS_SignerInfo *signer;      /* in info */
	STACK_OF(X509) *certs;       /* those inside; may be empty */
	STACK_OF(X509_CRL) *crls;
	int content_type;            /* NID of eContentType */
	struct span content;         /* eContent; data NULL: detached */
	int digest_nid;              /* of the SignerInfo; NID_undef: unknown */
	int signature_nid;
	struct span value;           /* signature value */
	bool has_attributes;         /* signed ones */
	bool counter;                /* read by cms_read_counter */
	struct span message_digest;  /* the attribute; data NULL without signed attributes */
};

/*
 * Reads it; zero bytes may follow (the rest of a hole in a PDF). STATUS_INVALID with `why` as a static English sentence when it is not
 * that, has no or several SignerInfos, or breaks RFC 5652 5.3 and 11 (contentType and messageDigest exactly once,
 * contentType as the content's); STATUS_TOO_LARGE over CMS_READ_MAX. `kept`: certificates read before (cert_kept.h), may be NULL. The spans are views into `out`. Free after success only.
 */
enum status cms_read(struct span cms, struct cert_kept *kept, struct cms_signature *out, const char **why);

/* The same of a counter-signature by itself (counter_whole): it has no contentType (RFC 5652 11.4), and one that has is STATUS_INVALID. */
enum status cms_read_counter(struct span cms, struct cert_kept *kept, struct cms_signature *out, const char **why);

void cms_signature_free(struct cms_signature *s);

/* The certificate that the SignerInfo names, among those inside and `more` (may be NULL). Belongs to them. NULL: not there. */
X509 *cms_find_signer(const struct cms_signature *s, const STACK_OF(X509) *more);

/*
 * True when the signature value is that of the certificate's key over the signed attributes, or, without them, over the content
 * with this digest.
 */
bool cms_check_value(const struct cms_signature *s, X509 *cert, struct span content_digest);

/*
 * The attribute's only value of this ASN.1 type, or NULL: absent, repeated, several values, another type. Belongs to s. `there` tells
 * whether the attribute occurs at all.
 */
const ASN1_STRING *cms_signed_attribute(const struct cms_signature *s, int nid, int type,
	bool *there);

#endif
