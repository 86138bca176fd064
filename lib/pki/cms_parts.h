/*
 * cms_parts: a DER SignedData with one SignerInfo (RFC 5652) cut into its fields as they stand, so that something can be added to it or
 * hashed over it without encoding anything anew. Reading for judgement is cms_read's, which takes BER too.
 */
#ifndef CONGVAN_PKI_CMS_PARTS_H
#define CONGVAN_PKI_CMS_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/status.h"
#include "lib/pki/der.h"

#define CMS_UNSIGNED_MAX 64 /* unsigned attributes of one signature: a renewed archive timestamp a year for a long life */

/* Views into the bytes given. */
struct cms_parts {
	struct span content_type; /* eContentType, the OID with its header */
	struct span content;      /* octets of eContent; data NULL: detached */
	struct span certs;        /* the CertificateChoices one after the other; may be empty */
	struct span crls;         /* the RevocationInfoChoices */
	struct span head;         /* SignedData before signerInfos */
	struct span signer;       /* SignerInfo from version up to and with the signature value */
	struct span value;        /* the signature value's octets */
	struct span unsigned_attributes[CMS_UNSIGNED_MAX + 1]; /* each Attribute whole; one place is kept to add to */
	size_t unsigned_count;
};

/* False when it is not that: BER, several SignerInfos, something behind it, more than CMS_UNSIGNED_MAX attributes. */
bool cms_parts_split(struct span cms, struct cms_parts *out);

/* Appends the SignedData with these parts: head, signer and the unsigned attributes in DER order. Sorts them in place. */
enum status cms_parts_join(struct cms_parts *parts, struct buf *out);

/* Appends the same SignedData without its field of certificates; every other byte is kept. `parts` are those of `cms`, and it has the field. */
enum status cms_parts_without_certs(struct span cms, const struct cms_parts *parts, struct buf *out);

/* Type and first value of an Attribute; false when it has none. `values` are all of them. */
bool cms_attribute_split(struct span attribute, struct der *type, struct span *values);

/*
 * Appends to `out` a copy of `cms` with an unsigned attribute more: `oid` with its header, `value` one DER element. Every other
 * byte is kept. STATUS_INVALID: cms or value are not that.
 */
enum status cms_add_unsigned(struct span cms, struct span oid, struct span value, struct buf *out);

#endif
