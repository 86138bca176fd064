/* cms_splice: the signature timestamp put into a finished SignedData (cms_build.h); nothing that is signed is encoded anew. */
#include "lib/pki/cms_build.h"

#include "lib/pki/cms_parts.h"

/* id-aa-timeStampToken, 1.2.840.113549.1.9.16.2.14 */
static const unsigned char oid_signature_timestamp[] = {
	0x06, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 14};

enum status
cms_signature_value(struct span cms, struct span *out)
{
	struct cms_parts parts;

	if (cms.len > CMS_MAX || !cms_parts_split(cms, &parts))
		return STATUS_INVALID;
	*out = parts.value;
	return STATUS_OK;
}

enum status
cms_add_timestamp(struct span cms, struct span token, struct buf *out)
{
	if (token.len == 0 || token.data[0] != DER_SEQUENCE)
		return STATUS_INVALID;
	return cms_add_unsigned(cms, (struct span){oid_signature_timestamp, sizeof(oid_signature_timestamp)},
		token, out);
}
