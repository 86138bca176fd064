/* strength: see strength.h. */
#include "lib/pki/strength.h"

#include <stdio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>

static const struct {
	int nid;
	enum strength strength;
} digests[] = {
	{NID_sha256, STRENGTH_GOOD}, {NID_sha384, STRENGTH_GOOD}, {NID_sha512, STRENGTH_GOOD},
	{NID_sha512_224, STRENGTH_GOOD}, {NID_sha512_256, STRENGTH_GOOD},
	{NID_sha3_224, STRENGTH_GOOD}, {NID_sha3_256, STRENGTH_GOOD},
	{NID_sha3_384, STRENGTH_GOOD}, {NID_sha3_512, STRENGTH_GOOD},
	{NID_shake128, STRENGTH_GOOD}, {NID_shake256, STRENGTH_GOOD},
	{NID_sha224, STRENGTH_WEAK}, {NID_sha1, STRENGTH_WEAK},
};

static const struct {
	const char *name;
	int good, weak; /* bits */
} keys[] = {
	{"RSA", 2048, 1024}, {"RSA-PSS", 2048, 1024}, {"EC", 256, 192}, {"DSA", 1 << 20, 1024},
	{"ED25519", 0, 0}, {"ED448", 0, 0},
};

enum strength
strength_of_digest(int nid)
{
	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++)
		if (digests[i].nid == nid)
			return digests[i].strength;
	return STRENGTH_BROKEN;
}

/* RSASSA-PSS-params: hashAlgorithm [0] DEFAULT SHA-1 (RFC 4055 3.1). */
static int
pss_digest(const X509_ALGOR *a)
{
	const ASN1_OBJECT *oid = NULL;
	const void *value = NULL;
	RSA_PSS_PARAMS *pss;
	int type, nid = NID_sha1;

	X509_ALGOR_get0(NULL, &type, &value, a);
	pss = type == V_ASN1_SEQUENCE ? ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS)) : NULL;
	if (pss == NULL)
		return NID_undef;
	if (pss->hashAlgorithm != NULL) {
		X509_ALGOR_get0(&oid, NULL, NULL, pss->hashAlgorithm);
		nid = OBJ_obj2nid(oid);
	}
	RSA_PSS_PARAMS_free(pss);
	return nid;
}

enum strength
strength_of_algorithm(const X509_ALGOR *a)
{
	const ASN1_OBJECT *oid = NULL;
	int nid, digest = NID_undef;

	X509_ALGOR_get0(&oid, NULL, NULL, a);
	nid = OBJ_obj2nid(oid);
	if (nid == NID_ED25519 || nid == NID_ED448)
		return STRENGTH_GOOD;
	if (nid == NID_rsassaPss)
		digest = pss_digest(a);
	else
		OBJ_find_sigid_algs(nid, &digest, NULL);
	return strength_of_digest(digest);
}

enum strength
strength_of_key(const EVP_PKEY *key)
{
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;

	for (size_t i = 0; key != NULL && i < sizeof(keys) / sizeof(keys[0]); i++)
		if (EVP_PKEY_is_a(key, keys[i].name))
			return bits >= keys[i].good ? STRENGTH_GOOD :
				bits >= keys[i].weak ? STRENGTH_WEAK : STRENGTH_BROKEN;
	return STRENGTH_BROKEN;
}

enum strength
strength_of_cert(X509 *cert, int is_anchor)
{
	enum strength key = strength_of_key(X509_get0_pubkey(cert)), signature = STRENGTH_GOOD;
	int digest = NID_undef;

	if (!is_anchor) {
		/* PSS keeps its digest in the parameters; EdDSA has its own */
		if (X509_get_signature_info(cert, &digest, NULL, NULL, NULL) != 1)
			signature = STRENGTH_BROKEN;
		else if (digest != NID_undef)
			signature = strength_of_digest(digest);
	}
	return key > signature ? key : signature;
}

void
strength_name(const EVP_PKEY *key, int signature_nid, char *to, size_t size)
{
	char curve[32];
	const char *nist;

	if (key == NULL)
		snprintf(to, size, "%s", OBJ_nid2sn(signature_nid));
	else if (EVP_PKEY_is_a(key, "RSA-PSS") || signature_nid == NID_rsassaPss)
		snprintf(to, size, "RSA-PSS-%d", EVP_PKEY_get_bits(key));
	else if (EVP_PKEY_is_a(key, "EC")) {
		if (EVP_PKEY_get_utf8_string_param(key, "group", curve, sizeof(curve), NULL) != 1)
			snprintf(curve, sizeof(curve), "%d", EVP_PKEY_get_bits(key));
		nist = EC_curve_nid2nist(OBJ_sn2nid(curve));
		snprintf(to, size, "ECDSA-%s", nist != NULL ? nist : curve);
	} else
		snprintf(to, size, "%s-%d", EVP_PKEY_get0_type_name(key), EVP_PKEY_get_bits(key));
}
