/* counter: see counter.h. */
#include "lib/pki/counter.h"

#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "lib/pki/cades_extend.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/der.h"

/* id-countersignature, 1.2.840.113549.1.9.6 */
static const unsigned char oid_counter[] = {DER_OID, 9, 42, 134, 72, 134, 247, 13, 1, 9, 6};
static const unsigned char oid_signed_data[] = {DER_OID, 9, 42, 134, 72, 134, 247, 13, 1, 7, 2};
static const unsigned char oid_data[] = {DER_OID, 9, 42, 134, 72, 134, 247, 13, 1, 7, 1};

bool
counter_is_attribute(struct span attribute)
{
	struct der type;
	struct span values;

	return cms_attribute_split(attribute, &type, &values) && type.whole.len == sizeof(oid_counter) &&
		memcmp(type.whole.data, oid_counter, sizeof(oid_counter)) == 0;
}

/* SignerInfo: its algorithm of the digest, its signature value and its unsigned attributes, one after the other (empty: none). */
static bool
open_info(struct span info, struct span *digest, struct span *value, struct span *attributes)
{
	struct der all, d;

	if (!der_expect(&info, DER_SEQUENCE, &all) || info.len != 0 || !der_expect(&all.value, DER_INTEGER, &d) ||
		!der_get(&all.value, &d) || !der_expect(&all.value, DER_SEQUENCE, &d))
		return false;
	*digest = d.whole;
	(void)der_expect(&all.value, DER_CONTEXT(0), &d);
	if (!der_expect(&all.value, DER_SEQUENCE, &d) || !der_expect(&all.value, DER_OCTET_STRING, &d) || d.value.len == 0)
		return false;
	*value = d.value;
	*attributes = (struct span){NULL, 0};
	if (all.value.len == 0)
		return true;
	if (!der_expect(&all.value, DER_CONTEXT(1), &d) || all.value.len != 0)
		return false;
	*attributes = d.value;
	return true;
}

struct walk {
	struct counter *list;
	size_t count;
	bool left_out;
};

static void
take_values(struct walk *w, struct span attribute, struct span over, size_t of)
{
	struct der type, d;
	struct span values, digest;

	if (!counter_is_attribute(attribute) || !cms_attribute_split(attribute, &type, &values))
		return;
	while (values.len != 0) {
		struct counter *c = &w->list[w->count];

		if (w->count == COUNTER_MAX) {
			w->left_out = true;
			return;
		}
		*c = (struct counter){.info = values, .over = over, .attribute = attribute, .of = of};
		if (der_get(&values, &d))
			c->info = d.whole;
		else
			values.len = 0; /* what follows cannot be told apart: it is one that cannot be read */
		if (!open_info(c->info, &digest, &c->value, &c->attributes))
			c->value = c->attributes = (struct span){NULL, 0};
		w->count++;
	}
}

/* Those over one that was found before. */
static void
take_nested(struct walk *w, size_t of, unsigned depth)
{
	struct span value = w->list[of].value, attributes = w->list[of].attributes;
	struct der attribute;

	while (attributes.len != 0 && der_expect(&attributes, DER_SEQUENCE, &attribute)) {
		if (depth < COUNTER_DEPTH)
			take_values(w, attribute.whole, value, of);
		else if (counter_is_attribute(attribute.whole))
			w->left_out = true;
	}
}

size_t
counter_list(const struct cms_parts *parts, struct counter list[COUNTER_MAX], bool *left_out)
{
	struct walk w = {list, 0, false};
	unsigned depth[COUNTER_MAX] = {0};

	for (size_t i = 0; i < parts->unsigned_count; i++)
		take_values(&w, parts->unsigned_attributes[i], parts->value, COUNTER_OF_SIGNATURE);
	for (size_t i = 0; i < w.count; i++) {
		depth[i] = list[i].of == COUNTER_OF_SIGNATURE ? 1 : depth[list[i].of] + 1;
		take_nested(&w, i, depth[i]);
	}
	if (left_out != NULL)
		*left_out = w.left_out;
	return w.count;
}

/* SignedData { 1, { digest }, { id-data }, [0] certs, [1] crls, { info } } in a ContentInfo. */
enum status
counter_whole(const struct cms_parts *parts, const struct counter *c, bool crls, struct buf *out)
{
	static const unsigned char version[] = {DER_INTEGER, 1, 1};
	struct span digest, value, attributes;
	struct buf data;
	size_t outer;
	enum status st;

	if (!open_info(c->info, &digest, &value, &attributes))
		return STATUS_INVALID;
	buf_init(&data, CMS_READ_MAX);
	buf_put(&data, version, sizeof(version));
	der_put(&data, DER_SET, digest.data, digest.len);
	der_put(&data, DER_SEQUENCE, oid_data, sizeof(oid_data));
	if (parts->certs.len != 0)
		der_put(&data, DER_CONTEXT(0), parts->certs.data, parts->certs.len);
	if (crls && parts->crls.len != 0)
		der_put(&data, DER_CONTEXT(1), parts->crls.data, parts->crls.len);
	der_put(&data, DER_SET, c->info.data, c->info.len);
	st = buf_status(&data);
	if (st == STATUS_OK) {
		outer = der_header_size(data.len) + data.len;
		der_put_header(out, DER_SEQUENCE, sizeof(oid_signed_data) + der_header_size(outer) + outer);
		buf_put(out, oid_signed_data, sizeof(oid_signed_data));
		der_put_header(out, DER_CONTEXT(0), outer);
		der_put(out, DER_SEQUENCE, data.data, data.len);
		st = buf_status(out);
	}
	buf_free(&data);
	return st;
}

enum status
counter_der(struct span cms, struct buf *out)
{
	struct cms_signature s;
	struct cms_parts parts;
	struct span in = cms;
	struct der d;
	const char *why;
	unsigned char *der = NULL;
	int len;

	if (der_expect(&in, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &parts))
		return STATUS_OK;
	if (cms_read(cms, NULL, &s, &why) != STATUS_OK)
		return STATUS_INVALID;
	len = i2d_CMS_ContentInfo(s.info, &der);
	if (len > 0)
		buf_put(out, der, (size_t)len);
	OPENSSL_free(der);
	cms_signature_free(&s);
	ERR_clear_error();
	return len > 0 ? buf_status(out) : STATUS_INVALID;
}

/* --- putting one in --- */

static enum status
wrong(struct diag *diag, const char *code, const char *where, const char *got, const char *want)
{
	diag_add(diag, SEVERITY_ERROR, code, where, got, want, "RFC 5652 11.4");
	return STATUS_INVALID;
}

/* It is by the rules, and about this signature value. */
static enum status
check_made(struct span made, struct span over, struct diag *diag)
{
	struct cms_signature s;
	unsigned char own[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	const char *why;
	enum status st = cms_read_counter(made, NULL, &s, &why);

	if (st != STATUS_OK)
		return wrong(diag, "counter.form", "countersignature", why, NULL);
	if (!s.has_attributes || EVP_get_digestbynid(s.digest_nid) == NULL ||
		EVP_Digest(over.data, over.len, own, &len, EVP_get_digestbynid(s.digest_nid), NULL) != 1 ||
		s.message_digest.len != len || memcmp(s.message_digest.data, own, len) != 0)
		st = wrong(diag, "counter.other", "messageDigest", NULL, NULL);
	cms_signature_free(&s);
	ERR_clear_error();
	return st;
}

/* The SignerInfo of a SignedData, whole. */
static void
put_info(struct cms_parts *made, struct buf *out)
{
	struct buf set;

	buf_init(&set, CMS_READ_MAX);
	if (made->unsigned_count > 0)
		der_put_set_of(&set, DER_CONTEXT(1), made->unsigned_attributes, made->unsigned_count);
	der_put_header(out, DER_SEQUENCE, made->signer.len + set.len);
	buf_put(out, made->signer.data, made->signer.len);
	buf_put(out, set.data, set.len);
	if (buf_status(&set) != STATUS_OK)
		out->failed = buf_status(&set);
	buf_free(&set);
}

/* The certificates that came with it go to those of the signature: that is where a reader looks for them. */
static enum status
add_certificates(struct span cms, struct span certs, struct buf *out, struct diag *diag)
{
	struct cades_proof proofs[COUNTER_MAX];
	size_t n = 0;
	struct der d;
	enum status st;

	while (certs.len != 0 && n < COUNTER_MAX && der_get(&certs, &d))
		if (d.tag == DER_SEQUENCE)
			proofs[n++] = (struct cades_proof){CADES_PROOF_CERT, d.whole};
	st = cades_add_proofs(cms, proofs, n, out, diag);
	if (st == STATUS_OK && out->len == 0) { /* all are there */
		buf_put(out, cms.data, cms.len);
		st = buf_status(out);
	}
	return st;
}

enum status
counter_add(struct span cms, struct span made, struct buf *out, struct diag *diag)
{
	struct counter list[COUNTER_MAX];
	struct cms_parts parts, own;
	struct buf info, with;
	bool left_out = false;
	enum status st;

	if (cms.len > CMS_READ_MAX || !cms_parts_split(cms, &parts))
		return wrong(diag, "counter.form", "SignedData", NULL, "DER, 1 SignerInfo");
	if (counter_list(&parts, list, &left_out) == COUNTER_MAX || left_out || parts.unsigned_count == CMS_UNSIGNED_MAX) {
		diag_add(diag, SEVERITY_ERROR, "counter.many", "unsignedAttrs", NULL, NULL, NULL);
		return STATUS_TOO_LARGE;
	}
	st = check_made(made, parts.value, diag);
	if (st != STATUS_OK)
		return st;
	if (!cms_parts_split(made, &own))
		return wrong(diag, "counter.form", "countersignature", NULL, "DER");
	buf_init(&info, CMS_READ_MAX);
	buf_init(&with, CMS_READ_MAX);
	put_info(&own, &info);
	st = buf_status(&info);
	if (st == STATUS_OK)
		st = add_certificates(cms, own.certs, &with, diag);
	if (st == STATUS_OK)
		st = cms_add_unsigned((struct span){with.data, with.len}, (struct span){oid_counter, sizeof(oid_counter)},
			(struct span){info.data, info.len}, out);
	buf_free(&info);
	buf_free(&with);
	return st;
}
