/* cms_parts: see cms_parts.h. */
#include "lib/pki/cms_parts.h"

#include <string.h>

#include "lib/pki/cms_read.h"

static const unsigned char oid_signed_data[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 7, 2};

/* SignerInfo: version, sid, digestAlgorithm, [0] signedAttrs OPTIONAL, signatureAlgorithm, signature, [1] OPTIONAL. */
static bool
split_signer(struct span info, struct cms_parts *out)
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
	if (info.len == 0)
		return true;
	if (!der_expect(&info, DER_CONTEXT(1), &d) || info.len != 0)
		return false;
	while (d.value.len != 0) {
		if (out->unsigned_count == CMS_UNSIGNED_MAX ||
			!der_expect(&d.value, DER_SEQUENCE, &attribute))
			return false;
		out->unsigned_attributes[out->unsigned_count++] = attribute.whole;
	}
	return true;
}

/* EncapsulatedContentInfo: eContentType, [0] eContent OPTIONAL; PKCS#7 1.5 has any element there instead of an OCTET STRING. */
static bool
split_content(struct span in, struct cms_parts *out)
{
	struct der d;

	if (!der_expect(&in, DER_OID, &d))
		return false;
	out->content_type = d.whole;
	if (in.len == 0)
		return true;
	if (!der_expect(&in, DER_CONTEXT(0), &d) || in.len != 0)
		return false;
	in = d.value;
	if (!der_get(&in, &d) || in.len != 0)
		return false;
	out->content = d.value;
	return true;
}

/* ContentInfo: the SignedData inside. */
static bool
open_signed_data(struct span cms, struct span *out)
{
	struct der content, d;
	struct span in;

	if (!der_expect(&cms, DER_SEQUENCE, &content) || cms.len != 0)
		return false;
	in = content.value;
	if (!der_expect(&in, DER_OID, &d) || d.whole.len != sizeof(oid_signed_data) ||
		memcmp(d.whole.data, oid_signed_data, sizeof(oid_signed_data)) != 0 ||
		!der_expect(&in, DER_CONTEXT(0), &d) || in.len != 0)
		return false;
	in = d.value;
	if (!der_expect(&in, DER_SEQUENCE, &d) || in.len != 0)
		return false;
	*out = d.value;
	return true;
}

bool
cms_parts_split(struct span cms, struct cms_parts *out)
{
	struct der infos, info, d;
	struct span in, start;

	*out = (struct cms_parts){.content = {NULL, 0}};
	if (!open_signed_data(cms, &in))
		return false;
	start = in;
	if (!der_expect(&in, DER_INTEGER, &d) || !der_expect(&in, DER_SET, &d) ||
		!der_expect(&in, DER_SEQUENCE, &d) || !split_content(d.value, out))
		return false;
	if (der_expect(&in, DER_CONTEXT(0), &d))
		out->certs = d.value;
	if (der_expect(&in, DER_CONTEXT(1), &d))
		out->crls = d.value;
	out->head = (struct span){start.data, start.len - in.len};
	if (!der_expect(&in, DER_SET, &infos) || in.len != 0)
		return false;
	return der_expect(&infos.value, DER_SEQUENCE, &info) && infos.value.len == 0 &&
		split_signer(info.value, out);
}

enum status
cms_parts_join(struct cms_parts *parts, struct buf *out)
{
	size_t extra = 0, info, infos, data, outer;

	for (size_t i = 0; i < parts->unsigned_count; i++)
		extra += parts->unsigned_attributes[i].len;
	info = parts->signer.len + (extra != 0 ? der_header_size(extra) + extra : 0);
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
	if (extra != 0)
		der_put_set_of(out, DER_CONTEXT(1), parts->unsigned_attributes, parts->unsigned_count);
	return buf_status(out);
}

enum status
cms_parts_without_certs(struct span cms, const struct cms_parts *parts, struct buf *out)
{
	const unsigned char *field = parts->certs.data - der_header_size(parts->certs.len), *after = parts->certs.data + parts->certs.len;
	size_t before = (size_t)(field - parts->head.data), rest = (size_t)(cms.data + cms.len - after), data = before + rest, outer = der_header_size(data) + data;

	der_put_header(out, DER_SEQUENCE, sizeof(oid_signed_data) + der_header_size(outer) + outer);
	buf_put(out, oid_signed_data, sizeof(oid_signed_data));
	der_put_header(out, DER_CONTEXT(0), outer);
	der_put_header(out, DER_SEQUENCE, data);
	buf_put(out, parts->head.data, before);
	buf_put(out, after, rest);
	return buf_status(out);
}

bool
cms_attribute_split(struct span attribute, struct der *type, struct span *values)
{
	struct der all, set;

	if (!der_expect(&attribute, DER_SEQUENCE, &all) || attribute.len != 0 ||
		!der_expect(&all.value, DER_OID, type) || !der_expect(&all.value, DER_SET, &set) ||
		all.value.len != 0)
		return false;
	*values = set.value;
	return set.value.len != 0;
}

enum status
cms_add_unsigned(struct span cms, struct span oid, struct span value, struct buf *out)
{
	struct cms_parts parts;
	struct span rest = value;
	struct der d;
	struct buf attribute;
	enum status st;

	if (cms.len > CMS_READ_MAX || value.len > CMS_READ_MAX || !cms_parts_split(cms, &parts) ||
		!der_get(&rest, &d) || rest.len != 0)
		return STATUS_INVALID;
	buf_init(&attribute, CMS_READ_MAX + 64);
	der_put_header(&attribute, DER_SEQUENCE, oid.len + der_header_size(value.len) + value.len);
	buf_put(&attribute, oid.data, oid.len);
	der_put(&attribute, DER_SET, value.data, value.len);
	st = buf_status(&attribute);
	if (st == STATUS_OK) {
		parts.unsigned_attributes[parts.unsigned_count++] =
			(struct span){attribute.data, attribute.len};
		st = cms_parts_join(&parts, out);
	}
	buf_free(&attribute);
	return st;
}
