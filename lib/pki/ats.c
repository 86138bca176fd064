/* ats: see ats.h. */
#include "lib/pki/ats.h"

#include <string.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "lib/pki/cms_read.h"
#include "lib/pki/tsp.h"

/* id-aa-ets-archiveTimestampV3, 0.4.0.1733.2.4 */
static const unsigned char oid_archive_timestamp[] = {0x06, 6, 4, 0, 0x8d, 0x45, 2, 4};
/* id-aa-ATSHashIndex, 0.4.0.1733.2.5 */
static const unsigned char oid_index_v1[] = {0x06, 6, 4, 0, 0x8d, 0x45, 2, 5};
/* id-aa-ATSHashIndex-v2 and -v3, 0.4.0.19122.1.4 and .5 */
static const unsigned char oid_index_v2[] = {0x06, 7, 4, 0, 0x81, 0x95, 0x32, 1, 4};
static const unsigned char oid_index_v3[] = {0x06, 7, 4, 0, 0x81, 0x95, 0x32, 1, 5};

static bool
is_oid(const struct der *type, const unsigned char *oid, size_t len)
{
	return type->whole.len == len && memcmp(type->whole.data, oid, len) == 0;
}

/* A digest over pieces, started once per index: EVP's set-up costs more than hashing a certificate. */
struct hasher {
	EVP_MD_CTX *ctx;
	const EVP_MD *md;
	size_t size;
};

static bool
hasher_open(struct hasher *h, const EVP_MD *md)
{
	h->md = md;
	h->size = md != NULL ? (size_t)EVP_MD_get_size(md) : 0;
	h->ctx = md != NULL ? EVP_MD_CTX_new() : NULL;
	return h->ctx != NULL;
}

static bool
hash(struct hasher *h, struct span a, struct span b, unsigned char *to)
{
	return EVP_DigestInit_ex(h->ctx, h->md, NULL) == 1 &&
		EVP_DigestUpdate(h->ctx, a.data, a.len) == 1 &&
		EVP_DigestUpdate(h->ctx, b.data, b.len) == 1 &&
		EVP_DigestFinal_ex(h->ctx, to, NULL) == 1;
}

static enum status
put_hash(struct hasher *h, struct span a, struct span b, struct buf *to, size_t *count)
{
	unsigned char own[EVP_MAX_MD_SIZE];

	if (++*count > ATS_HASHES_MAX)
		return STATUS_TOO_LARGE;
	if (!hash(h, a, b, own))
		return STATUS_INTERNAL;
	der_put(to, DER_OCTET_STRING, own, h->size);
	return STATUS_OK;
}

/* A SEQUENCE OF the hashes of each element. */
static enum status
put_list(struct hasher *h, struct span elements, struct buf *to)
{
	enum status st = STATUS_OK;
	size_t count = 0;
	struct buf list;
	struct der d;

	buf_init(&list, CMS_READ_MAX);
	while (st == STATUS_OK && elements.len != 0)
		st = der_get(&elements, &d) ? put_hash(h, d.whole, (struct span){NULL, 0}, &list, &count) :
			STATUS_INVALID;
	if (st == STATUS_OK)
		st = buf_status(&list);
	if (st == STATUS_OK)
		der_put(to, DER_SEQUENCE, list.data, list.len);
	buf_free(&list);
	return st;
}

/* Every value is hashed after the type of its attribute (5.5.2). */
static enum status
put_values(struct hasher *h, const struct cms_parts *parts, struct buf *to)
{
	enum status st = STATUS_OK;
	size_t count = 0;
	struct buf list;

	buf_init(&list, CMS_READ_MAX);
	for (size_t i = 0; st == STATUS_OK && i < parts->unsigned_count; i++) {
		struct der type, value;
		struct span values;

		if (!cms_attribute_split(parts->unsigned_attributes[i], &type, &values))
			st = STATUS_INVALID;
		while (st == STATUS_OK && values.len != 0)
			st = der_get(&values, &value) ?
				put_hash(h, type.whole, value.whole, &list, &count) : STATUS_INVALID;
	}
	if (st == STATUS_OK)
		st = buf_status(&list);
	if (st == STATUS_OK)
		der_put(to, DER_SEQUENCE, list.data, list.len);
	buf_free(&list);
	return st;
}

/* hashIndAlgorithm: parameters absent (RFC 5754 2). */
static bool
put_algorithm(const EVP_MD *md, struct buf *to)
{
	unsigned char *der = NULL;
	int len = i2d_ASN1_OBJECT(OBJ_nid2obj(EVP_MD_get_type(md)), &der);

	if (len <= 0)
		return false;
	der_put(to, DER_SEQUENCE, der, (size_t)len);
	OPENSSL_free(der);
	return true;
}

enum status
ats_index_build(const struct cms_parts *parts, const char *digest_name, struct buf *out)
{
	const EVP_MD *md = EVP_get_digestbyname(digest_name);
	enum status st = STATUS_NO_MEMORY;
	struct hasher h;
	struct buf body;

	if (md == NULL)
		return STATUS_UNSUPPORTED;
	buf_init(&body, CMS_READ_MAX);
	if (hasher_open(&h, md))
		st = put_algorithm(md, &body) ? put_list(&h, parts->certs, &body) : STATUS_UNSUPPORTED;
	if (st == STATUS_OK)
		st = put_list(&h, parts->crls, &body);
	if (st == STATUS_OK)
		st = put_values(&h, parts, &body);
	if (st == STATUS_OK)
		st = buf_status(&body);
	if (st == STATUS_OK) {
		der_put(out, DER_SEQUENCE, body.data, body.len);
		st = buf_status(out);
	}
	EVP_MD_CTX_free(h.ctx);
	buf_free(&body);
	return st;
}

static enum status
compute_imprint(const struct cms_parts *parts, const EVP_MD *md, struct span content_digest, struct span index,
	unsigned char *to, size_t *len)
{
	unsigned char inside[EVP_MAX_MD_SIZE];
	size_t size = (size_t)EVP_MD_get_size(md);
	EVP_MD_CTX *ctx;
	bool ok;

	if (parts->content.data != NULL) {
		if (EVP_Digest(parts->content.data, parts->content.len, inside, NULL, md, NULL) != 1)
			return STATUS_INTERNAL;
		content_digest = (struct span){inside, size};
	}
	if (content_digest.len != size)
		return STATUS_INVALID;
	ctx = EVP_MD_CTX_new();
	ok = ctx != NULL && EVP_DigestInit_ex(ctx, md, NULL) == 1 &&
		EVP_DigestUpdate(ctx, parts->content_type.data, parts->content_type.len) == 1 &&
		EVP_DigestUpdate(ctx, content_digest.data, content_digest.len) == 1 &&
		EVP_DigestUpdate(ctx, parts->signer.data, parts->signer.len) == 1 &&
		EVP_DigestUpdate(ctx, index.data, index.len) == 1 &&
		EVP_DigestFinal_ex(ctx, to, NULL) == 1;
	EVP_MD_CTX_free(ctx);
	*len = size;
	return ok ? STATUS_OK : STATUS_NO_MEMORY;
}

enum status
ats_imprint(const struct cms_parts *parts, const char *digest_name, struct span content_digest, struct span index,
	unsigned char *to, size_t *len)
{
	const EVP_MD *md = EVP_get_digestbyname(digest_name);

	return md == NULL ? STATUS_UNSUPPORTED :
		compute_imprint(parts, md, content_digest, index, to, len);
}

/* The token with the index among its own unsigned attributes; they are outside the TSA's signature. */
static enum status
equip(struct span token, struct span index, struct buf *out)
{
	return cms_add_unsigned(token, (struct span){oid_index_v3, sizeof(oid_index_v3)}, index, out);
}

enum status
ats_embed(struct span cms, struct span token, struct span index, struct span content_digest, struct buf *out)
{
	struct cms_parts parts;
	struct ats_index own;
	struct tsp_token t;
	struct buf equipped;
	enum status st = STATUS_INVALID;
	const char *why;

	buf_init(&equipped, CMS_READ_MAX);
	if (!cms_parts_split(cms, &parts) || tsp_token_read(token, NULL, &t, &why) != STATUS_OK)
		return STATUS_INVALID;
	st = equip(token, index, &equipped);
	if (st == STATUS_OK && (!ats_index_read((struct span){equipped.data, equipped.len}, &own) ||
		((parts.content.data != NULL || content_digest.len != 0) &&
			ats_check(&parts, &own, t.digest_nid, t.imprint, content_digest) != ATS_RIGHT)))
		st = STATUS_INVALID;
	tsp_token_free(&t);
	if (st == STATUS_OK)
		st = cms_add_unsigned(cms, (struct span){oid_archive_timestamp, sizeof(oid_archive_timestamp)},
			(struct span){equipped.data, equipped.len}, out);
	buf_free(&equipped);
	return st;
}

/* ATSHashIndex: hashIndAlgorithm (only the first form may leave it out: SHA-256), then three lists. */
static bool
read_index(struct span value, bool may_default, struct ats_index *out)
{
	struct der all, d;
	struct span first, in;
	X509_ALGOR *algorithm;
	const ASN1_OBJECT *oid = NULL;

	if (!der_expect(&value, DER_SEQUENCE, &all) || value.len != 0)
		return false;
	out->der = all.whole;
	out->digest_nid = NID_sha256;
	in = all.value;
	if (!der_expect(&in, DER_SEQUENCE, &d))
		return false;
	first = d.value;
	if (der_expect(&first, DER_OID, &(struct der){0})) {
		const unsigned char *p = d.whole.data;

		algorithm = d2i_X509_ALGOR(NULL, &p, (long)d.whole.len);
		if (algorithm == NULL)
			return false;
		X509_ALGOR_get0(&oid, NULL, NULL, algorithm);
		out->digest_nid = OBJ_obj2nid(oid);
		X509_ALGOR_free(algorithm);
	} else if (may_default)
		in = all.value;
	else
		return false;
	if (!der_expect(&in, DER_SEQUENCE, &d))
		return false;
	out->certs = d.value;
	if (!der_expect(&in, DER_SEQUENCE, &d))
		return false;
	out->crls = d.value;
	if (!der_expect(&in, DER_SEQUENCE, &d) || in.len != 0)
		return false;
	out->values = d.value;
	return EVP_get_digestbynid(out->digest_nid) != NULL;
}

bool
ats_index_read(struct span token, struct ats_index *out)
{
	struct cms_parts parts;
	size_t found = 0;
	bool ok = true;

	if (!cms_parts_split(token, &parts))
		return false;
	for (size_t i = 0; i < parts.unsigned_count && ok; i++) {
		struct der type, value;
		struct span values;
		bool v1, v2, v3;

		ok = cms_attribute_split(parts.unsigned_attributes[i], &type, &values);
		v1 = ok && is_oid(&type, oid_index_v1, sizeof(oid_index_v1));
		v2 = ok && is_oid(&type, oid_index_v2, sizeof(oid_index_v2));
		v3 = ok && is_oid(&type, oid_index_v3, sizeof(oid_index_v3));
		if (!v1 && !v2 && !v3)
			continue;
		out->whole_attributes = !v3;
		ok = ++found == 1 && der_get(&values, &value) && values.len == 0 &&
			read_index(value.whole, v1, out);
	}
	ERR_clear_error();
	return ok && found == 1;
}

/* One of the OCTET STRINGs of the list is this hash. */
static bool
listed(struct span list, const unsigned char *own, size_t size)
{
	struct der d;

	for (size_t n = 0; list.len != 0 && n < ATS_HASHES_MAX; n++) {
		if (!der_expect(&list, DER_OCTET_STRING, &d))
			return false;
		if (d.value.len == size && memcmp(d.value.data, own, size) == 0)
			return true;
	}
	return false;
}

static bool
covers(const struct ats_index *index, struct span list, struct span a, struct span b)
{
	const EVP_MD *md = EVP_get_digestbynid(index->digest_nid);
	unsigned char own[EVP_MAX_MD_SIZE];
	struct hasher h;
	bool ok = hasher_open(&h, md) && hash(&h, a, b, own) && listed(list, own, h.size);

	EVP_MD_CTX_free(h.ctx);
	return ok;
}

bool
ats_covers_cert(const struct ats_index *index, struct span cert)
{
	return covers(index, index->certs, cert, (struct span){NULL, 0});
}

bool
ats_covers_crl(const struct ats_index *index, struct span crl)
{
	return covers(index, index->crls, crl, (struct span){NULL, 0});
}

bool
ats_covers_attribute(const struct ats_index *index, struct span attribute)
{
	struct der type, value;
	struct span values;

	if (index->whole_attributes)
		return covers(index, index->values, attribute, (struct span){NULL, 0});
	if (!cms_attribute_split(attribute, &type, &values))
		return false;
	while (values.len != 0)
		if (!der_get(&values, &value) || !covers(index, index->values, type.whole, value.whole))
			return false;
	return true;
}

bool
ats_is_archive_timestamp(struct span attribute)
{
	struct der type;
	struct span values;

	return cms_attribute_split(attribute, &type, &values) &&
		is_oid(&type, oid_archive_timestamp, sizeof(oid_archive_timestamp));
}

/* Every hash of `list` is in `present` (a list of the same form made from what is there). */
static bool
all_present(struct span list, struct span present)
{
	struct der d;

	for (size_t n = 0; list.len != 0; n++)
		if (n == ATS_HASHES_MAX || !der_expect(&list, DER_OCTET_STRING, &d) ||
			!listed(present, d.value.data, d.value.len))
			return false;
	return true;
}

/* The hashes of whole attributes, as the older index has them. */
static enum status
put_attributes(struct hasher *h, const struct cms_parts *parts, struct buf *to)
{
	enum status st = STATUS_OK;
	size_t count = 0;

	for (size_t i = 0; st == STATUS_OK && i < parts->unsigned_count; i++)
		st = put_hash(h, parts->unsigned_attributes[i], (struct span){NULL, 0}, to, &count);
	return st;
}

/* The index that the signature would have now is compared with the one given: what was added since is not in the latter. */
static bool
objects_present(const struct cms_parts *parts, const struct ats_index *index)
{
	struct buf now, attributes;
	struct ats_index built;
	struct hasher h;
	bool ok;

	buf_init(&now, CMS_READ_MAX);
	buf_init(&attributes, CMS_READ_MAX);
	ok = ats_index_build(parts, OBJ_nid2sn(index->digest_nid), &now) == STATUS_OK &&
		read_index((struct span){now.data, now.len}, false, &built);
	if (ok && index->whole_attributes) {
		ok = hasher_open(&h, EVP_get_digestbynid(index->digest_nid)) &&
			put_attributes(&h, parts, &attributes) == STATUS_OK;
		EVP_MD_CTX_free(h.ctx);
		built.values = (struct span){attributes.data, attributes.len};
	}
	ok = ok && all_present(index->certs, built.certs) && all_present(index->crls, built.crls) &&
		all_present(index->values, built.values);
	buf_free(&attributes);
	buf_free(&now);
	return ok;
}

enum ats_state
ats_check(const struct cms_parts *parts, const struct ats_index *index, int imprint_nid, struct span imprint,
	struct span content_digest)
{
	const EVP_MD *md = EVP_get_digestbynid(imprint_nid);
	unsigned char own[EVP_MAX_MD_SIZE];
	size_t len = 0;

	if (md == NULL)
		return ATS_NOT_READABLE;
	if (!objects_present(parts, index))
		return ATS_MISSING_OBJECT;
	if (compute_imprint(parts, md, content_digest, index->der, own, &len) != STATUS_OK ||
		len != imprint.len || memcmp(own, imprint.data, len) != 0)
		return ATS_OTHER_IMPRINT;
	return ATS_RIGHT;
}
