/* cades: see cades.h. */
#include "lib/pki/cades.h"

#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509.h>

#include "lib/pki/cert.h"
#include "lib/pki/der.h"
#include "lib/pki/strength.h"

/* AlgorithmIdentifier of an ESSCertIDv2. */
static const EVP_MD *
read_hash(struct span algorithm)
{
	const unsigned char *p = algorithm.data;
	X509_ALGOR *a = d2i_X509_ALGOR(NULL, &p, (long)algorithm.len);
	const ASN1_OBJECT *oid = NULL;
	const EVP_MD *md = NULL;

	if (a != NULL) {
		X509_ALGOR_get0(&oid, NULL, NULL, a);
		md = EVP_get_digestbyobj(oid);
	}
	X509_ALGOR_free(a);
	return md;
}

/* IssuerSerial: SEQUENCE { GeneralNames with one directoryName, INTEGER } is the certificate's. */
static bool
same_issuer(struct span issuer_serial, X509 *cert)
{
	struct der names, general, serial;
	const unsigned char *p;
	X509_NAME *name;
	ASN1_INTEGER *number;
	bool same;

	if (!der_expect(&issuer_serial, DER_SEQUENCE, &names) ||
		!der_expect(&issuer_serial, DER_INTEGER, &serial) || issuer_serial.len != 0 ||
		!der_expect(&names.value, DER_CONTEXT(4), &general) || names.value.len != 0)
		return false;
	p = general.value.data;
	name = d2i_X509_NAME(NULL, &p, (long)general.value.len);
	p = serial.whole.data;
	number = d2i_ASN1_INTEGER(NULL, &p, (long)serial.whole.len);
	same = name != NULL && number != NULL &&
		X509_NAME_cmp(name, X509_get_issuer_name(cert)) == 0 &&
		ASN1_INTEGER_cmp(number, X509_get0_serialNumber(cert)) == 0;
	X509_NAME_free(name);
	ASN1_INTEGER_free(number);
	return same;
}

/* The first ESSCertID or ESSCertIDv2 is the signer's (RFC 5035 5.4.1). */
static enum cades_reference
check_id(const ASN1_STRING *value, bool v2, X509 *cert, int *hash_nid)
{
	const EVP_MD *md = v2 ? EVP_sha256() : EVP_sha1();
	unsigned char own[EVP_MAX_MD_SIZE];
	unsigned own_len;
	struct span in;
	struct der all, ids, id, part;

	if (value == NULL)
		return CADES_REFERENCE_BROKEN;
	in = (struct span){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
	if (!der_expect(&in, DER_SEQUENCE, &all) || in.len != 0 ||
		!der_expect(&all.value, DER_SEQUENCE, &ids) ||
		!der_expect(&ids.value, DER_SEQUENCE, &id))
		return CADES_REFERENCE_BROKEN;
	if (v2 && der_expect(&id.value, DER_SEQUENCE, &part))
		md = read_hash(part.whole);
	if (md == NULL || !der_expect(&id.value, DER_OCTET_STRING, &part) ||
		X509_digest(cert, md, own, &own_len) != 1)
		return CADES_REFERENCE_BROKEN;
	*hash_nid = EVP_MD_get_type(md);
	if (part.value.len != own_len || memcmp(part.value.data, own, own_len) != 0)
		return CADES_OTHER_CERTIFICATE;
	if (id.value.len == 0)
		return CADES_REFERENCE_RIGHT;
	if (!der_expect(&id.value, DER_SEQUENCE, &part) || id.value.len != 0)
		return CADES_REFERENCE_BROKEN;
	return same_issuer(part.value, cert) ? CADES_REFERENCE_RIGHT : CADES_OTHER_ISSUER;
}

enum cades_reference
cades_check_reference(const struct cms_signature *s, X509 *cert, int *hash_nid)
{
	static const int attributes[] = {
		NID_id_smime_aa_signingCertificate, NID_id_smime_aa_signingCertificateV2};
	enum cades_reference worst = CADES_NO_REFERENCE;
	int best = NID_undef;

	for (int v2 = 0; v2 < 2; v2++) {
		bool there;
		int hash = NID_undef;
		const ASN1_STRING *value =
			cms_signed_attribute(s, attributes[v2], V_ASN1_SEQUENCE, &there);
		enum cades_reference one;

		if (!there)
			continue;
		one = check_id(value, v2 == 1, cert, &hash);
		if (one > worst)
			worst = one;
		if (best == NID_undef || strength_of_digest(hash) < strength_of_digest(best))
			best = hash;
	}
	*hash_nid = worst == CADES_REFERENCE_RIGHT ? best : NID_undef;
	ERR_clear_error();
	return worst;
}

static int
digest_nid_of(struct span algorithm)
{
	const EVP_MD *md = read_hash(algorithm);

	return md != NULL ? EVP_MD_get_type(md) : NID_undef;
}

static bool
all_zeros(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] != 0)
			return false;
	return true;
}

/* The attribute's first value is NULL. */
static bool
is_null(const struct cms_signature *s, int nid)
{
	int at = CMS_signed_get_attr_by_NID(s->signer, nid, -1);
	X509_ATTRIBUTE *a = at >= 0 ? CMS_signed_get_attr(s->signer, at) : NULL;
	ASN1_TYPE *value = a != NULL && X509_ATTRIBUTE_count(a) == 1 ? X509_ATTRIBUTE_get0_type(a, 0) : NULL;

	return value != NULL && value->type == V_ASN1_NULL;
}

enum cades_policy
cades_signature_policy(const struct cms_signature *s, char oid[80], int *digest_nid, struct span *digest)
{
	bool there;
	const ASN1_STRING *value = cms_signed_attribute(s, NID_id_smime_aa_ets_sigPolicyId, V_ASN1_SEQUENCE, &there);
	struct der all, id, hash, algorithm, bytes;
	const unsigned char *p;
	ASN1_OBJECT *object;
	struct span in;

	ERR_clear_error();
	if (!there)
		return CADES_NO_POLICY;
	if (value == NULL)
		return is_null(s, NID_id_smime_aa_ets_sigPolicyId) ? CADES_POLICY_IMPLIED : CADES_POLICY_BROKEN;
	in = (struct span){ASN1_STRING_get0_data(value), (size_t)ASN1_STRING_length(value)};
	if (!der_expect(&in, DER_SEQUENCE, &all) || in.len != 0 || !der_expect(&all.value, DER_OID, &id))
		return CADES_POLICY_BROKEN;
	p = id.whole.data;
	object = d2i_ASN1_OBJECT(NULL, &p, (long)id.whole.len);
	if (object == NULL || OBJ_obj2txt(oid, 80, object, 1) <= 0) {
		ASN1_OBJECT_free(object);
		ERR_clear_error();
		return CADES_POLICY_BROKEN;
	}
	ASN1_OBJECT_free(object);
	*digest_nid = NID_undef;
	*digest = (struct span){NULL, 0};
	if (!der_expect(&all.value, DER_SEQUENCE, &hash))
		return CADES_POLICY;
	if (!der_expect(&hash.value, DER_SEQUENCE, &algorithm) ||
		!der_expect(&hash.value, DER_OCTET_STRING, &bytes))
		return CADES_POLICY_BROKEN;
	if (!all_zeros(bytes.value)) {
		*digest_nid = digest_nid_of(algorithm.whole);
		*digest = bytes.value;
	}
	ERR_clear_error();
	return CADES_POLICY;
}

clock_us
cades_signing_time(const struct cms_signature *s)
{
	bool there;
	const ASN1_STRING *t =
		cms_signed_attribute(s, NID_pkcs9_signingTime, V_ASN1_UTCTIME, &there);

	if (there && t == NULL)
		t = cms_signed_attribute(s, NID_pkcs9_signingTime, V_ASN1_GENERALIZEDTIME, &there);
	ERR_clear_error();
	return cert_time(t);
}

size_t
cades_timestamps(const struct cms_signature *s, enum cades_timestamp kind,
	struct span tokens[CADES_TIMESTAMPS_MAX])
{
	bool is_signed = kind == CADES_CONTENT_TIMESTAMP;
	int nid = is_signed ? NID_id_smime_aa_ets_contentTimestamp : NID_id_smime_aa_timeStampToken;
	size_t n = 0;
	int at = -1;

	for (;;) {
		X509_ATTRIBUTE *attribute;

		at = is_signed ? CMS_signed_get_attr_by_NID(s->signer, nid, at) :
			CMS_unsigned_get_attr_by_NID(s->signer, nid, at);
		if (at < 0)
			break;
		attribute = is_signed ? CMS_signed_get_attr(s->signer, at) :
			CMS_unsigned_get_attr(s->signer, at);
		for (int i = 0; i < X509_ATTRIBUTE_count(attribute) && n < CADES_TIMESTAMPS_MAX; i++) {
			ASN1_TYPE *value = X509_ATTRIBUTE_get0_type(attribute, i);

			if (value == NULL || value->type != V_ASN1_SEQUENCE)
				continue;
			tokens[n++] = (struct span){
				ASN1_STRING_get0_data(value->value.sequence),
				(size_t)ASN1_STRING_length(value->value.sequence)};
		}
	}
	ERR_clear_error();
	return n;
}
