/*
 * cms_splice: adding an unsigned attribute to a finished SignedData (cms_build.h) without re-encoding anything that is signed: the new
 * attribute is put in, and only the lengths around it change.
 */
#include "lib/pki/cms_build.h"

#include <string.h>

#include "lib/pki/der.h"

#define UNSIGNED_MAX 32 /* unsigned attributes of one signature */

/* id-aa-timeStampToken, 1.2.840.113549.1.9.16.2.14 */
static const unsigned char oid_signature_timestamp[] = {
	0x06, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 14};
static const unsigned char oid_signed_data[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 7, 2};

/* The parts of a SignedData around its only SignerInfo. */
struct parts {
	struct span head;   /* SignedData before signerInfos */
	struct span signer; /* SignerInfo up to and with the signature value */
	struct span value;  /* the signature value itself */
	struct span extra[UNSIGNED_MAX + 1];
	size_t extras;
};

/* SignerInfo: version, sid, digestAlgorithm, [0] signedAttrs OPTIONAL, signatureAlgorithm, signature, [1] OPTIONAL. */
static bool
split_signer(struct span info, struct parts *out)
{
	struct span start = info;
	struct der d, attribute;

	if (!der_expect(&info, DER_INTEGER, &d) || !der_get(&info, &d) ||
		!der_expect(&info, DER_SEQUENCE, &d))
		return false;
	(void)der_expect(&info, DER_CONTEXT(0), &d);
	if (!der_expect(&info, DER_SEQUENCE, &d) || !der_expect(&info, DER_OCTET_STRING, &d))
		return false;
	out->value = d.value;
	out->signer = (struct span){start.data, start.len - info.len};
	out->extras = 0;
	if (info.len == 0)
		return true;
	if (!der_expect(&info, DER_CONTEXT(1), &d) || info.len != 0)
		return false;
	while (d.value.len != 0) {
		if (out->extras == UNSIGNED_MAX || !der_expect(&d.value, DER_SEQUENCE, &attribute))
			return false;
		out->extra[out->extras++] = attribute.whole;
	}
	return true;
}

static bool
split(struct span cms, struct parts *out)
{
	struct der content, data, infos, info, d;
	struct span in, start;

	if (!der_expect(&cms, DER_SEQUENCE, &content) || cms.len != 0)
		return false;
	in = content.value;
	if (!der_expect(&in, DER_OID, &d) || d.whole.len != sizeof(oid_signed_data) ||
		memcmp(d.whole.data, oid_signed_data, sizeof(oid_signed_data)) != 0 ||
		!der_expect(&in, DER_CONTEXT(0), &d) || in.len != 0)
		return false;
	in = d.value;
	if (!der_expect(&in, DER_SEQUENCE, &data) || in.len != 0)
		return false;
	in = start = data.value;
	if (!der_expect(&in, DER_INTEGER, &d) || !der_expect(&in, DER_SET, &d) ||
		!der_expect(&in, DER_SEQUENCE, &d))
		return false;
	(void)der_expect(&in, DER_CONTEXT(0), &d); /* certificates */
	(void)der_expect(&in, DER_CONTEXT(1), &d); /* crls */
	out->head = (struct span){start.data, start.len - in.len};
	if (!der_expect(&in, DER_SET, &infos) || in.len != 0)
		return false;
	return der_expect(&infos.value, DER_SEQUENCE, &info) && infos.value.len == 0 &&
		split_signer(info.value, out);
}

enum status
cms_signature_value(struct span cms, struct span *out)
{
	struct parts parts;

	if (cms.len > CMS_MAX || !split(cms, &parts))
		return STATUS_INVALID;
	*out = parts.value;
	return STATUS_OK;
}

static enum status
join(struct parts *parts, struct buf *out)
{
	size_t extra = 0, info, infos, data, outer;

	for (size_t i = 0; i < parts->extras; i++)
		extra += parts->extra[i].len;
	info = parts->signer.len + der_header_size(extra) + extra;
	infos = der_header_size(info) + info;
	data = parts->head.len + der_header_size(infos) + infos;
	outer = der_header_size(data) + data;
	der_put_header(out, DER_SEQUENCE, sizeof(oid_signed_data) + der_header_size(outer) + outer);
	buf_put(out, oid_signed_data, sizeof(oid_signed_data));
	der_put_header(out, DER_CONTEXT(0), outer);
	der_put_header(out, DER_SEQUENCE, data);
	buf_put(out, parts->head.data, parts->head.len);
	der_put_header(out, DER_SET, infos);
	der_put_header(out, DER_SEQUENCE, info);
	buf_put(out, parts->signer.data, parts->signer.len);
	der_put_set_of(out, DER_CONTEXT(1), parts->extra, parts->extras);
	return buf_status(out);
}

enum status
cms_add_timestamp(struct span cms, struct span token, struct buf *out)
{
	struct parts parts;
	struct span rest = token;
	struct der d;
	struct buf attribute;
	enum status st;

	if (cms.len > CMS_MAX || token.len > CMS_MAX || !split(cms, &parts) ||
		!der_expect(&rest, DER_SEQUENCE, &d) || rest.len != 0)
		return STATUS_INVALID;
	buf_init(&attribute, CMS_MAX + 64);
	der_put_header(&attribute, DER_SEQUENCE, sizeof(oid_signature_timestamp) +
		der_header_size(token.len) + token.len);
	buf_put(&attribute, oid_signature_timestamp, sizeof(oid_signature_timestamp));
	der_put(&attribute, DER_SET, token.data, token.len);
	st = buf_status(&attribute);
	if (st == STATUS_OK) {
		parts.extra[parts.extras++] = (struct span){attribute.data, attribute.len};
		st = join(&parts, out);
	}
	buf_free(&attribute);
	return st;
}
