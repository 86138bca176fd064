/* cms_splice: the signature timestamp put into a finished SignedData (cms_build.h); nothing that is signed is encoded anew. */
#include "lib/pki/cms_build.h"

#include "lib/pki/cms_parts.h"
#include "lib/pki/der.h"

static const unsigned char oid_signed_data[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 7, 2};

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

enum status
cms_attach(struct span cms, struct span content, struct buf *out)
{
	size_t octets = der_header_size(content.len) + content.len, inner, encap, data, outer;
	struct der whole, explicit, sequence, version, digests, info, type;
	struct span in, rest; /* rest: certificates, revocation lists and the SignerInfo, which stay as they are */
	struct cms_parts parts;

	if (cms.len > CMS_MAX || !cms_parts_split(cms, &parts))
		return STATUS_INVALID;
	/* the split found all of these already */
	in = cms;
	if (!der_expect(&in, DER_SEQUENCE, &whole) || !der_expect(&whole.value, DER_OID, &type) ||
		!der_expect(&whole.value, DER_CONTEXT(0), &explicit) || !der_expect(&explicit.value, DER_SEQUENCE, &sequence))
		return STATUS_INVALID;
	rest = sequence.value;
	if (!der_expect(&rest, DER_INTEGER, &version) || !der_expect(&rest, DER_SET, &digests) ||
		!der_expect(&rest, DER_SEQUENCE, &info) || !der_expect(&info.value, DER_OID, &type) || info.value.len != 0)
		return STATUS_INVALID;
	inner = type.whole.len + der_header_size(octets) + octets;
	encap = der_header_size(inner) + inner;
	data = version.whole.len + digests.whole.len + encap + rest.len;
	outer = der_header_size(data) + data;
	der_put_header(out, DER_SEQUENCE, sizeof(oid_signed_data) + der_header_size(outer) + outer);
	buf_put(out, oid_signed_data, sizeof(oid_signed_data));
	der_put_header(out, DER_CONTEXT(0), outer);
	der_put_header(out, DER_SEQUENCE, data);
	buf_put(out, version.whole.data, version.whole.len);
	buf_put(out, digests.whole.data, digests.whole.len);
	der_put_header(out, DER_SEQUENCE, inner);
	buf_put(out, type.whole.data, type.whole.len);
	der_put_header(out, DER_CONTEXT(0), octets);
	der_put(out, DER_OCTET_STRING, content.data, content.len);
	buf_put(out, rest.data, rest.len);
	return buf_status(out);
}
