/* cms_build: see cms_build.h. */
#include "lib/pki/cms_build.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "lib/pki/der.h"

#define ATTRIBUTES_MAX 4096 /* the issuer's name inside signingCertificateV2 is the only part without a fixed size */
#define SIGNATURE_MAX 4096  /* RSA of 32768 bits */
#define CHAIN_MAX 16

struct cms_template {
	struct buf attributes;  /* SET OF, messageDigest and signingTime still zeros */
	size_t digest_at;       /* offset of the digest in it */
	size_t time_at;         /* offset of the time's 13 characters; 0: none */
	struct buf head;        /* SignedData up to its signerInfos */
	struct buf signer;      /* SignerInfo: version, sid, digestAlgorithm */
	struct buf algorithm;   /* signatureAlgorithm */
	EVP_MD *md;
	EVP_MD_CTX *hash;       /* set up for md: only begun again for each signature */
	const char *digest_name;
	size_t digest_len;
	enum cms_scheme scheme;
	size_t signature_max;
	X509 *cert;
};

/* Attributes with their object identifiers already in DER (1.2.840.113549.1.9.x and …1.9.16.2.47). */
static const unsigned char oid_content_type[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 9, 3};
static const unsigned char oid_message_digest[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 9, 4};
static const unsigned char oid_signing_time[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 9, 5};
static const unsigned char oid_signing_certificate_v2[] = {
	0x06, 11, 42, 134, 72, 134, 247, 13, 1, 9, 16, 2, 47};
static const unsigned char oid_data[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 7, 1};
static const unsigned char oid_signed_data[] = {0x06, 9, 42, 134, 72, 134, 247, 13, 1, 7, 2};
static const unsigned char der_version_1[] = {DER_INTEGER, 1, 1};

static const struct digest_kind {
	const char *name;
	int nid, rsa_nid, ecdsa_nid;
	size_t len;
} digest_kinds[] = {
	{"SHA256", NID_sha256, NID_sha256WithRSAEncryption, NID_ecdsa_with_SHA256, 32},
	{"SHA384", NID_sha384, NID_sha384WithRSAEncryption, NID_ecdsa_with_SHA384, 48},
	{"SHA512", NID_sha512, NID_sha512WithRSAEncryption, NID_ecdsa_with_SHA512, 64},
};

static const struct digest_kind *
digest_kind_find(const char *name)
{
	for (size_t i = 0; i < sizeof(digest_kinds) / sizeof(digest_kinds[0]); i++)
		if (strcmp(digest_kinds[i].name, name) == 0)
			return &digest_kinds[i];
	return NULL;
}

/* Appends the DER that an OpenSSL i2d function gives. */
static void
put_i2d(struct buf *b, int len, unsigned char *der)
{
	if (len < 0 || der == NULL)
		b->failed = STATUS_NO_MEMORY;
	else
		buf_put(b, der, (size_t)len);
	OPENSSL_free(der);
}

static void
put_name(struct buf *b, const X509_NAME *name)
{
	unsigned char *der = NULL;
	int len = i2d_X509_NAME(name, &der);

	put_i2d(b, len, der);
}

static void
put_serial(struct buf *b, X509 *cert)
{
	unsigned char *der = NULL;
	int len = i2d_ASN1_INTEGER(X509_get0_serialNumber(cert), &der);

	put_i2d(b, len, der);
}

static void
put_oid(struct buf *b, int nid)
{
	unsigned char *der = NULL;
	int len = i2d_ASN1_OBJECT(OBJ_nid2obj(nid), &der);

	put_i2d(b, len, der);
}

/* AlgorithmIdentifier of a digest: parameters absent (RFC 5754 2). */
static void
put_digest_algorithm(struct buf *b, const struct digest_kind *kind)
{
	struct buf oid;

	buf_init(&oid, 64);
	put_oid(&oid, kind->nid);
	der_put(b, DER_SEQUENCE, oid.data, oid.len);
	buf_free(&oid);
}

/* RSASSA-PSS-params with one digest throughout and a salt of its length (RFC 4055 3.1, RFC 4056). */
static void
put_pss_parameters(struct buf *b, const struct digest_kind *kind)
{
	struct buf digest, mgf, all;
	const unsigned char salt[] = {DER_INTEGER, 1, (unsigned char)kind->len};

	buf_init(&digest, 64);
	buf_init(&mgf, 64);
	buf_init(&all, 256);
	put_digest_algorithm(&digest, kind);
	put_oid(&mgf, NID_mgf1);
	buf_put(&mgf, digest.data, digest.len);
	der_put(&all, DER_CONTEXT(0), digest.data, digest.len);
	der_put_header(&all, DER_CONTEXT(1), mgf.len + der_header_size(mgf.len));
	der_put(&all, DER_SEQUENCE, mgf.data, mgf.len);
	der_put(&all, DER_CONTEXT(2), salt, sizeof(salt));
	der_put(b, DER_SEQUENCE, all.data, all.len);
	buf_free(&digest);
	buf_free(&mgf);
	buf_free(&all);
}

static void
put_signature_algorithm(struct buf *b, enum cms_scheme scheme, const struct digest_kind *kind)
{
	static const unsigned char null[] = {DER_NULL, 0};
	struct buf inner;

	buf_init(&inner, 512);
	switch (scheme) {
	case CMS_RSA_PKCS1:
		put_oid(&inner, kind->rsa_nid);
		buf_put(&inner, null, sizeof(null));
		break;
	case CMS_RSA_PSS:
		put_oid(&inner, NID_rsassaPss);
		put_pss_parameters(&inner, kind);
		break;
	case CMS_ECDSA:
		put_oid(&inner, kind->ecdsa_nid);
		break;
	case CMS_ED25519: /* parameters absent (RFC 8410 3) */
		put_oid(&inner, NID_ED25519);
		break;
	}
	der_put(b, DER_SEQUENCE, inner.data, inner.len);
	buf_free(&inner);
}

/* One Attribute: SEQUENCE { type, SET { value } }. */
static void
put_attribute(struct buf *b, const unsigned char *oid, size_t oid_len, const struct buf *value)
{
	der_put_header(b, DER_SEQUENCE, oid_len + der_header_size(value->len) + value->len);
	buf_put(b, oid, oid_len);
	der_put(b, DER_SET, value->data, value->len);
}

/* IssuerSerial of RFC 5035: the issuer as the only GeneralName, then the serial number. */
static void
put_issuer_serial(struct buf *b, X509 *cert)
{
	struct buf name, directory, inner;

	buf_init(&name, ATTRIBUTES_MAX);
	buf_init(&directory, ATTRIBUTES_MAX);
	buf_init(&inner, ATTRIBUTES_MAX);
	put_name(&name, X509_get_issuer_name(cert));
	der_put(&directory, DER_CONTEXT(4), name.data, name.len);
	der_put(&inner, DER_SEQUENCE, directory.data, directory.len);
	put_serial(&inner, cert);
	der_put(b, DER_SEQUENCE, inner.data, inner.len);
	if (buf_status(&name) != STATUS_OK || buf_status(&directory) != STATUS_OK ||
		buf_status(&inner) != STATUS_OK)
		b->failed = STATUS_TOO_LARGE;
	buf_free(&name);
	buf_free(&directory);
	buf_free(&inner);
}

/* SigningCertificateV2 with one ESSCertIDv2; SHA-256 is the default algorithm and left out (RFC 5035 3). */
static void
put_signing_certificate(struct buf *b, X509 *cert)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned hash_len = 0;
	struct buf id, ids;

	buf_init(&id, ATTRIBUTES_MAX);
	buf_init(&ids, ATTRIBUTES_MAX);
	if (X509_digest(cert, EVP_sha256(), hash, &hash_len) != 1)
		b->failed = STATUS_NO_MEMORY;
	der_put(&id, DER_OCTET_STRING, hash, hash_len);
	put_issuer_serial(&id, cert);
	der_put(&ids, DER_SEQUENCE, id.data, id.len);
	der_put_header(b, DER_SEQUENCE, der_header_size(ids.len) + ids.len);
	der_put(b, DER_SEQUENCE, ids.data, ids.len);
	if (buf_status(&id) != STATUS_OK || buf_status(&ids) != STATUS_OK)
		b->failed = STATUS_TOO_LARGE;
	buf_free(&id);
	buf_free(&ids);
}

/* Where the bytes `needle` are in the attributes; each occurs once. */
static size_t
find(const struct buf *b, const unsigned char *needle, size_t len)
{
	for (size_t i = 0; i + len <= b->len; i++)
		if (memcmp(b->data + i, needle, len) == 0)
			return i;
	return 0;
}

static enum status
make_attributes(struct cms_template *t, const struct cms_options *options)
{
	static const unsigned char zeros[64];
	struct buf attr[4], value;
	struct span list[4];
	size_t n = 0;
	enum status st;

	for (size_t i = 0; i < 4; i++)
		buf_init(&attr[i], ATTRIBUTES_MAX);
	buf_init(&value, ATTRIBUTES_MAX);

	if (!options->counter) {
		buf_put(&value, oid_data, sizeof(oid_data));
		put_attribute(&attr[n++], oid_content_type, sizeof(oid_content_type), &value);
		buf_free(&value);
	}
	der_put(&value, DER_OCTET_STRING, zeros, t->digest_len);
	put_attribute(&attr[n++], oid_message_digest, sizeof(oid_message_digest), &value);
	buf_free(&value);
	put_signing_certificate(&value, t->cert);
	put_attribute(&attr[n++], oid_signing_certificate_v2, sizeof(oid_signing_certificate_v2),
		&value);
	st = buf_status(&value);
	buf_free(&value);
	if (options->signing_time) {
		der_put(&value, DER_UTC_TIME, zeros, 13);
		put_attribute(&attr[n++], oid_signing_time, sizeof(oid_signing_time), &value);
		buf_free(&value);
	}

	for (size_t i = 0; i < n; i++) {
		list[i] = (struct span){attr[i].data, attr[i].len};
		if (st == STATUS_OK)
			st = buf_status(&attr[i]);
	}
	if (st == STATUS_OK) {
		der_put_set_of(&t->attributes, DER_SET, list, n);
		/* identifier, SET header and OCTET STRING or UTCTime header stand before the value */
		t->digest_at = find(&t->attributes, oid_message_digest,
			sizeof(oid_message_digest)) + sizeof(oid_message_digest) + 4;
		if (options->signing_time)
			t->time_at = find(&t->attributes, oid_signing_time,
				sizeof(oid_signing_time)) + sizeof(oid_signing_time) + 4;
		st = buf_status(&t->attributes);
	}
	for (size_t i = 0; i < 4; i++)
		buf_free(&attr[i]);
	return st;
}

/* CertificateSet [0] IMPLICIT with the signer's certificate and its chain. */
static void
put_certificates(struct buf *b, X509 *cert, const STACK_OF(X509) *chain)
{
	struct span list[CHAIN_MAX + 1];
	unsigned char *der[CHAIN_MAX + 1] = {NULL};
	size_t n = 0;
	int more = chain != NULL ? sk_X509_num(chain) : 0;

	if (more > CHAIN_MAX) {
		b->failed = STATUS_TOO_LARGE;
		return;
	}
	for (int i = -1; i < more; i++) {
		X509 *x = i < 0 ? cert : sk_X509_value(chain, i);
		int len;

		if (i >= 0 && X509_cmp(x, cert) == 0)
			continue;
		len = i2d_X509(x, &der[n]);
		if (len < 0) {
			b->failed = STATUS_NO_MEMORY;
			break;
		}
		list[n] = (struct span){der[n], (size_t)len};
		n++;
	}
	der_put_set_of(b, DER_CONTEXT(0), list, n);
	for (size_t i = 0; i < n; i++)
		OPENSSL_free(der[i]);
}

static enum status
make_fixed_parts(struct cms_template *t, const STACK_OF(X509) *chain,
	const struct digest_kind *kind)
{
	struct buf name;

	buf_put(&t->head, der_version_1, sizeof(der_version_1));
	buf_init(&name, ATTRIBUTES_MAX);
	put_digest_algorithm(&name, kind);
	der_put(&t->head, DER_SET, name.data, name.len);
	buf_free(&name);
	der_put(&t->head, DER_SEQUENCE, oid_data, sizeof(oid_data));
	put_certificates(&t->head, t->cert, chain);

	buf_put(&t->signer, der_version_1, sizeof(der_version_1));
	put_name(&name, X509_get_issuer_name(t->cert));
	put_serial(&name, t->cert);
	der_put(&t->signer, DER_SEQUENCE, name.data, name.len);
	put_digest_algorithm(&t->signer, kind);
	if (buf_status(&name) != STATUS_OK)
		t->signer.failed = buf_status(&name);
	buf_free(&name);

	put_signature_algorithm(&t->algorithm, t->scheme, kind);
	if (buf_status(&t->head) != STATUS_OK)
		return buf_status(&t->head);
	if (buf_status(&t->signer) != STATUS_OK)
		return buf_status(&t->signer);
	return buf_status(&t->algorithm);
}

static enum status
choose_scheme(struct cms_template *t, bool pss)
{
	EVP_PKEY *key = X509_get0_pubkey(t->cert);
	int bits = key != NULL ? EVP_PKEY_get_bits(key) : 0;

	if (key != NULL && EVP_PKEY_is_a(key, "RSA") && bits >= 2048)
		t->scheme = pss ? CMS_RSA_PSS : CMS_RSA_PKCS1;
	else if (key != NULL && EVP_PKEY_is_a(key, "RSA-PSS") && bits >= 2048)
		t->scheme = CMS_RSA_PSS;
	else if (key != NULL && EVP_PKEY_is_a(key, "EC") && bits >= 256)
		t->scheme = CMS_ECDSA;
	else if (key != NULL && EVP_PKEY_is_a(key, "ED25519") && t->digest_len == 64)
		t->scheme = CMS_ED25519;
	else
		return STATUS_UNSUPPORTED;
	t->signature_max = (size_t)EVP_PKEY_get_size(key);
	return t->signature_max <= SIGNATURE_MAX ? STATUS_OK : STATUS_UNSUPPORTED;
}

/* The digest that the parameters of an RSASSA-PSS key prescribe; none: SHA-256 as for any RSA key. */
static enum imprint_kind
pss_digest(EVP_PKEY *key)
{
	char name[32] = "";
	int nid;

	if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_RSA_DIGEST, name, sizeof(name), NULL) != 1)
		return IMPRINT_SHA256;
	nid = OBJ_txt2nid(name);
	return nid == NID_sha512 || strcmp(name, "SHA512") == 0 || strcmp(name, "SHA2-512") == 0 ? IMPRINT_SHA512 :
		nid == NID_sha384 || strcmp(name, "SHA384") == 0 || strcmp(name, "SHA2-384") == 0 ? IMPRINT_SHA384 :
		IMPRINT_SHA256;
}

enum imprint_kind
cms_digest_of(X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	enum imprint_kind kind = IMPRINT_SHA256;

	if (key == NULL)
		return kind;
	if (EVP_PKEY_is_a(key, "ED25519"))
		kind = IMPRINT_SHA512;
	else if (EVP_PKEY_is_a(key, "EC"))
		kind = EVP_PKEY_get_bits(key) > 384 ? IMPRINT_SHA512 :
			EVP_PKEY_get_bits(key) > 256 ? IMPRINT_SHA384 : IMPRINT_SHA256;
	else if (EVP_PKEY_is_a(key, "RSA-PSS"))
		kind = pss_digest(key);
	ERR_clear_error();
	return kind;
}

enum status
cms_template_new(X509 *cert, const STACK_OF(X509) *chain, const struct cms_options *options,
	struct cms_template **out)
{
	static const struct cms_options defaults;
	const struct digest_kind *kind;
	struct cms_template *t;
	enum status st;

	if (options == NULL)
		options = &defaults;
	kind = digest_kind_find(options->digest_name != NULL ? options->digest_name :
		imprint_name(cms_digest_of(cert)));
	if (kind == NULL)
		return STATUS_UNSUPPORTED;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return STATUS_NO_MEMORY;
	buf_init(&t->attributes, ATTRIBUTES_MAX);
	buf_init(&t->head, CMS_MAX / 2);
	buf_init(&t->signer, ATTRIBUTES_MAX);
	buf_init(&t->algorithm, 512);
	t->digest_name = kind->name;
	t->digest_len = kind->len;
	X509_up_ref(cert);
	t->cert = cert;
	t->md = EVP_MD_fetch(NULL, kind->name, NULL);
	t->hash = EVP_MD_CTX_new();
	if (t->md != NULL && (t->hash == NULL || EVP_DigestInit_ex2(t->hash, t->md, NULL) != 1)) {
		cms_template_free(t);
		return STATUS_NO_MEMORY;
	}
	st = t->md != NULL ? choose_scheme(t, options->pss) : STATUS_UNSUPPORTED;
	if (st == STATUS_OK)
		st = make_attributes(t, options);
	if (st == STATUS_OK)
		st = make_fixed_parts(t, chain, kind);
	if (st != STATUS_OK)
		cms_template_free(t);
	else
		*out = t;
	return st;
}

void
cms_template_free(struct cms_template *t)
{
	if (t == NULL)
		return;
	buf_free(&t->attributes);
	buf_free(&t->head);
	buf_free(&t->signer);
	buf_free(&t->algorithm);
	EVP_MD_CTX_free(t->hash);
	EVP_MD_free(t->md);
	X509_free(t->cert);
	free(t);
}

const char *
cms_template_digest_name(const struct cms_template *t)
{
	return t->digest_name;
}

size_t
cms_template_digest_size(const struct cms_template *t)
{
	return t->digest_len;
}

enum cms_scheme
cms_template_scheme(const struct cms_template *t)
{
	return t->scheme;
}

EVP_PKEY *
cms_template_public_key(const struct cms_template *t)
{
	return X509_get0_pubkey(t->cert);
}

size_t
cms_template_room(const struct cms_template *t)
{
	/* nine headers of at most six bytes each */
	return t->head.len + t->signer.len + t->attributes.len + t->algorithm.len +
		t->signature_max + sizeof(oid_signed_data) + 54;
}

struct span
cms_template_shared(const struct cms_template *t)
{
	return (struct span){t->head.data, t->head.len};
}

/* The attributes with the values of this signature; `to` has room for all of them. */
static enum status
fill_attributes(const struct cms_template *t, const struct cms_input *input, unsigned char *to)
{
	if (input->digest.len != t->digest_len)
		return STATUS_INVALID;
	memcpy(to, t->attributes.data, t->attributes.len);
	memcpy(to + t->digest_at, input->digest.data, t->digest_len);
	if (t->time_at != 0) {
		time_t seconds = (time_t)(input->signing_time / CLOCK_SECOND);
		char text[32];
		struct tm tm;

		/* RFC 5652 11.3: UTCTime through 2049 */
		if (input->signing_time < 0 || gmtime_r(&seconds, &tm) == NULL || tm.tm_year >= 150)
			return STATUS_INVALID;
		/* the two-digit year is what UTCTime has */
		if (strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm) != 15)
			return STATUS_INVALID;
		memcpy(to + t->time_at, text + 2, 13);
	}
	return STATUS_OK;
}

/*
 * Writes the SignedData around attributes and signature; every length is known beforehand, so nothing is moved. With `shared_at` the
 * shared part is left out, and it says where that belongs.
 */
static enum status
put_signed_data(const struct cms_template *t, const unsigned char *attributes,
	struct span signature, struct buf *out, size_t *shared_at)
{
	size_t start = out->len;
	size_t value = der_header_size(signature.len) + signature.len;
	size_t info = t->signer.len + t->attributes.len + t->algorithm.len + value;
	size_t infos = der_header_size(info) + info;
	size_t data = t->head.len + der_header_size(infos) + infos;
	size_t explicit = der_header_size(data) + data;
	size_t all = sizeof(oid_signed_data) + der_header_size(explicit) + explicit;

	der_put_header(out, DER_SEQUENCE, all);
	buf_put(out, oid_signed_data, sizeof(oid_signed_data));
	der_put_header(out, DER_CONTEXT(0), explicit);
	der_put_header(out, DER_SEQUENCE, data);
	if (shared_at != NULL)
		*shared_at = out->len - start;
	else
		buf_put(out, t->head.data, t->head.len);
	der_put_header(out, DER_SET, infos);
	der_put_header(out, DER_SEQUENCE, info);
	buf_put(out, t->signer.data, t->signer.len);
	/* signed as SET OF, stored as [0] IMPLICIT (RFC 5652 5.4) */
	buf_put_byte(out, DER_CONTEXT(0));
	buf_put(out, attributes + 1, t->attributes.len - 1);
	buf_put(out, t->algorithm.data, t->algorithm.len);
	der_put(out, DER_OCTET_STRING, signature.data, signature.len);
	if (buf_status(out) != STATUS_OK)
		out->len = start;
	return buf_status(out);
}

enum status
cms_template_sign(const struct cms_template *t, const struct cms_input *input, cms_sign_fn sign,
	void *arg, struct buf *out)
{
	return cms_template_sign_around(t, input, sign, arg, out, NULL);
}

enum status
cms_template_sign_around(const struct cms_template *t, const struct cms_input *input,
	cms_sign_fn sign, void *arg, struct buf *out, size_t *shared_at)
{
	unsigned char attributes[ATTRIBUTES_MAX], hash[EVP_MAX_MD_SIZE], value[SIGNATURE_MAX];
	unsigned hash_len;
	size_t len = sizeof(value);
	struct cms_to_sign what = {.scheme = t->scheme, .digest_name = t->digest_name};
	enum status st = fill_attributes(t, input, attributes);

	if (st != STATUS_OK)
		return st;
	if (EVP_DigestInit_ex2(t->hash, NULL, NULL) != 1 ||
		EVP_DigestUpdate(t->hash, attributes, t->attributes.len) != 1 ||
		EVP_DigestFinal_ex(t->hash, hash, &hash_len) != 1)
		return STATUS_INTERNAL;
	what.data = (struct span){attributes, t->attributes.len};
	what.digest = (struct span){hash, hash_len};
	st = sign(arg, &what, value, &len);
	if (st != STATUS_OK)
		return st;
	if (len == 0 || len > t->signature_max)
		return STATUS_INTERNAL;
	return put_signed_data(t, attributes, (struct span){value, len}, out, shared_at);
}

enum status
cms_template_attributes(const struct cms_template *t, const struct cms_input *input,
	struct buf *out)
{
	unsigned char attributes[ATTRIBUTES_MAX];
	enum status st = fill_attributes(t, input, attributes);

	if (st != STATUS_OK)
		return st;
	buf_put(out, attributes, t->attributes.len);
	return buf_status(out);
}

enum status
cms_template_assemble(const struct cms_template *t, const struct cms_input *input,
	struct span signature, struct buf *out)
{
	unsigned char attributes[ATTRIBUTES_MAX];
	enum status st = fill_attributes(t, input, attributes);

	if (st != STATUS_OK)
		return st;
	if (signature.len == 0 || signature.len > t->signature_max)
		return STATUS_INVALID;
	return put_signed_data(t, attributes, signature, out, NULL);
}
