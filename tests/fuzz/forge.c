/* forge: see forge.h. */
#include "tests/fuzz/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/pki/cert_kept.h"
#include "lib/pki/cms_parts.h"
#include "lib/pki/cms_read.h"
#include "lib/pki/der.h"
#include "lib/pki/policy_data.h"

#define SIGNATURE_MAX 80 /* ECDSA by P-256, DER */

static const unsigned char ecdsa_sha256[] = {0x30, 0x0a, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2};

/* An ECPrivateKey (RFC 5915) without its public half, which OpenSSL computes; the secret is the digest of a name. */
static EVP_PKEY *
fixed_key(const char *name)
{
	unsigned char der[51] = {0x30, 49, 2, 1, 1, 4, 32};
	static const unsigned char curve[] = {0xa0, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7};
	const unsigned char *p = der;

	if (EVP_Digest(name, strlen(name), der + 7, NULL, EVP_sha256(), NULL) != 1)
		abort();
	memcpy(der + 39, curve, sizeof(curve));
	return d2i_AutoPrivateKey(NULL, &p, sizeof(der));
}

#define POINTS "crlDistributionPoints=URI:http://crl.example/i.crl\nauthorityInfoAccess=caIssuers;URI:http://aia.example/i.cer,OCSP;URI:http://ocsp.example\n"
static const struct {
	const char *name, *config;
	enum forge_who issuer;
} table[FORGE_COUNT] = {
	[FORGE_ROOT] = {"/C=VN/O=Forge/CN=Root", ISSUE_CA, FORGE_COUNT},
	[FORGE_ISSUING] = {"/C=VN/O=Forge/CN=Issuing", ISSUE_CA "certificatePolicies=2.5.29.32.0\n", FORGE_ROOT},
	[FORGE_SUB] = {"/C=VN/O=Forge/CN=Sub", "[e]\nbasicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign,cRLSign\n"
		"subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\nnameConstraints=critical,permitted;dirName:n,permitted;email:.example\n"
		"certificatePolicies=1.2.3.4\npolicyConstraints=requireExplicitPolicy:5\n" POINTS "[n]\nC=VN\nO=Forge\n", FORGE_ISSUING},
	[FORGE_SIGNER] = {"/C=VN/O=Forge/CN=Nguyễn Văn An", ISSUE_SIGNER "authorityKeyIdentifier=keyid\nsubjectAltName=email:an@v.example\n" POINTS, FORGE_ISSUING},
	[FORGE_LEAF] = {"/C=VN/O=Forge/CN=Leaf", ISSUE_SIGNER "subjectAltName=email:an@v.example\ncertificatePolicies=1.2.3.4\n", FORGE_SUB},
	[FORGE_TSA] = {"/C=VN/O=Forge/CN=TSA", ISSUE_TSA, FORGE_ISSUING},
	[FORGE_RESPONDER] = {"/C=VN/O=Forge/CN=OCSP", ISSUE_OCSP "noCheck=ignored\n", FORGE_ISSUING}};

const struct subject *
forge_subject(enum forge_who who)
{
	static struct subject made[FORGE_COUNT];

	if (made[who].cert == NULL) {
		EVP_PKEY *key = fixed_key(table[who].name);

		if (key == NULL)
			abort();
		made[who] = issue(&(struct issue){.name = table[who].name,
			.issuer = table[who].issuer != FORGE_COUNT ? forge_subject(table[who].issuer) : NULL, .from = "2020-01-01T00:00:00Z",
			.to = "2040-01-01T00:00:00Z", .config = table[who].config, .key = key, .serial = 4096 + (long)who});
		EVP_PKEY_free(key);
	}
	return &made[who];
}

struct policy *
forge_policy(void)
{
	static struct cert_kept *known; /* as a worker keeps them: what one input leaves there must not alter what the next is taken for */
	struct policy *p = policy_new(INT64_C(1795521600) * CLOCK_SECOND); /* FORGE_NOW */

	if (known == NULL)
		known = cert_kept_new();
	p->known = known;
	policy_trust(p, forge_subject(FORGE_ROOT));
	policy_know(p, forge_subject(FORGE_ISSUING));
	return p;
}

struct span
forge_content(void)
{
	static const char text[] = "Công văn số 12-CV/QU";

	return (struct span){(const unsigned char *)text, sizeof(text) - 1};
}

enum status
forge_digest(void *arg, const char *name, unsigned char *to, size_t *len)
{
	struct span content = forge_content();
	const EVP_MD *md = EVP_get_digestbyname(name);
	unsigned got;

	(void)arg;
	if (md == NULL || EVP_Digest(content.data, content.len, to, &got, md, NULL) != 1)
		return STATUS_UNSUPPORTED;
	*len = got;
	return STATUS_OK;
}

static size_t
sign(enum forge_who by, const EVP_MD *md, struct span data, unsigned char to[SIGNATURE_MAX])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIGNATURE_MAX;

	if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, md, NULL, forge_subject(by)->key) != 1 ||
		EVP_DigestSign(ctx, to, &len, data.data, data.len) != 1)
		abort();
	EVP_MD_CTX_free(ctx);
	return len;
}

/* One element around what `body` has; body is emptied. */
static bool
put_around(struct buf *out, unsigned char tag, struct buf *body)
{
	bool good = buf_status(body) == STATUS_OK;

	if (good)
		der_put(out, tag, body->data, body->len);
	buf_free(body);
	return good && buf_status(out) == STATUS_OK;
}

bool
forge_signed(struct span in, enum forge_who by, struct buf *out)
{
	unsigned char value[1 + SIGNATURE_MAX] = {0};
	struct der all, tbs, algorithm, bits;
	struct buf body;
	size_t len;

	if (!der_expect(&in, DER_SEQUENCE, &all) || in.len != 0 || !der_expect(&all.value, DER_SEQUENCE, &tbs) ||
		!der_expect(&all.value, DER_SEQUENCE, &algorithm) || !der_expect(&all.value, 0x03, &bits))
		return false;
	len = sign(by, EVP_sha256(), tbs.whole, value + 1);
	buf_init(&body, out->max);
	buf_put(&body, tbs.whole.data, tbs.whole.len);
	buf_put(&body, ecdsa_sha256, sizeof(ecdsa_sha256));
	der_put(&body, 0x03, value, len + 1);
	buf_put(&body, all.value.data, all.value.len);
	return put_around(out, DER_SEQUENCE, &body);
}

bool
forge_ocsp(struct span in, enum forge_who by, struct buf *out)
{
	struct der all, state, bytes, pair, oid, octets;
	struct buf basic, pairs, tagged, whole;

	if (!der_expect(&in, DER_SEQUENCE, &all) || in.len != 0 || !der_expect(&all.value, 0x0a, &state) ||
		!der_expect(&all.value, DER_CONTEXT(0), &bytes) || !der_expect(&bytes.value, DER_SEQUENCE, &pair) ||
		!der_expect(&pair.value, DER_OID, &oid) || !der_expect(&pair.value, DER_OCTET_STRING, &octets))
		return false;
	buf_init(&basic, out->max);
	if (!forge_signed(octets.value, by, &basic)) {
		buf_free(&basic);
		return false;
	}
	buf_init(&pairs, out->max);
	buf_init(&tagged, out->max);
	buf_init(&whole, out->max);
	buf_put(&pairs, oid.whole.data, oid.whole.len);
	put_around(&pairs, DER_OCTET_STRING, &basic);
	put_around(&tagged, DER_SEQUENCE, &pairs);
	buf_put(&whole, state.whole.data, state.whole.len);
	put_around(&whole, DER_CONTEXT(0), &tagged);
	return put_around(out, DER_SEQUENCE, &whole);
}

/* The fields of a SignerInfo that matter here, in a copy that may be written to. */
struct signer {
	struct der fields[3]; /* version, sid, digestAlgorithm */
	struct der attributes, algorithm, value;
};

static bool
split_signer(struct span in, struct signer *s)
{
	for (int i = 0; i < 3; i++)
		if (!der_get(&in, &s->fields[i]))
			return false;
	return der_expect(&in, DER_CONTEXT(0), &s->attributes) && der_expect(&in, DER_SEQUENCE, &s->algorithm) &&
		der_expect(&in, DER_OCTET_STRING, &s->value) && in.len == 0;
}

/* messageDigest as attributes have it: its OID, a SET of one OCTET STRING of a length we know. Makes it right in place; the digest used, or NULL. */
static const EVP_MD *
mend_digest(struct span attributes, struct span content)
{
	static const unsigned char oid[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4, DER_SET};
	const unsigned char *at = memmem(attributes.data, attributes.len, oid, sizeof(oid));
	size_t left = at != NULL ? attributes.len - (size_t)(at - attributes.data) : 0, len;
	const EVP_MD *md;
	unsigned char *value;

	if (left < sizeof(oid) + 3 || at[sizeof(oid) + 1] != DER_OCTET_STRING)
		return NULL;
	len = at[sizeof(oid) + 2];
	md = len == 32 ? EVP_sha256() : len == 48 ? EVP_sha384() : len == 64 ? EVP_sha512() : NULL;
	value = (unsigned char *)(uintptr_t)at + sizeof(oid) + 3;
	if (md == NULL || left < sizeof(oid) + 3 + len || EVP_Digest(content.data, content.len, value, NULL, md, NULL) != 1)
		return NULL;
	return md;
}

/* Signature timestamps are made to be about this signature value. `kept` has the new attributes. */
static void
mend_stamps(struct cms_parts *parts, struct span value, struct buf kept[CMS_UNSIGNED_MAX])
{
	static const unsigned char oid[] = {6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 16, 2, 14};
	unsigned char digest[32];

	if (EVP_Digest(value.data, value.len, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	for (size_t i = 0; i < parts->unsigned_count && i < CMS_UNSIGNED_MAX; i++) {
		struct span values;
		struct buf token, attribute;
		struct der type, one;

		if (!cms_attribute_split(parts->unsigned_attributes[i], &type, &values) || type.whole.len != sizeof(oid) ||
			memcmp(type.whole.data, oid, sizeof(oid)) != 0 || !der_get(&values, &one) || values.len != 0)
			continue;
		buf_init(&token, CMS_READ_MAX);
		buf_init(&attribute, CMS_READ_MAX);
		if (forge_token(one.whole, (struct span){digest, sizeof(digest)}, &token)) {
			buf_put(&attribute, oid, sizeof(oid));
			if (put_around(&attribute, DER_SET, &token) && put_around(&kept[i], DER_SEQUENCE, &attribute))
				parts->unsigned_attributes[i] = (struct span){kept[i].data, kept[i].len};
		}
		buf_free(&token);
		buf_free(&attribute);
	}
}

/* The SignerInfo anew with `value` as its signature. */
static void
put_signer(struct buf *to, const struct signer *s, struct span value)
{
	for (int i = 0; i < 3; i++)
		buf_put(to, s->fields[i].whole.data, s->fields[i].whole.len);
	buf_put(to, s->attributes.whole.data, s->attributes.whole.len);
	buf_put(to, s->algorithm.whole.data, s->algorithm.whole.len);
	der_put(to, DER_OCTET_STRING, value.data, value.len);
}

static bool
sign_parts(struct cms_parts *parts, enum forge_who by, struct buf *out)
{
	struct buf set, signer, kept[CMS_UNSIGNED_MAX];
	unsigned char bytes[SIGNATURE_MAX];
	struct span value = {bytes, 0};
	const EVP_MD *md;
	struct signer s;
	bool good;

	if (!split_signer(parts->signer, &s))
		return false;
	md = mend_digest(s.attributes.whole, parts->content.data != NULL ? parts->content : forge_content());
	if (md == NULL)
		return false;
	buf_init(&set, CMS_READ_MAX);
	buf_init(&signer, CMS_READ_MAX);
	for (size_t i = 0; i < CMS_UNSIGNED_MAX; i++)
		buf_init(&kept[i], CMS_READ_MAX);
	der_put(&set, DER_SET, s.attributes.value.data, s.attributes.value.len);
	value.len = sign(by, md, (struct span){set.data, set.len}, bytes);
	put_signer(&signer, &s, value);
	parts->signer = (struct span){signer.data, signer.len};
	mend_stamps(parts, value, kept);
	good = cms_parts_join(parts, out) == STATUS_OK;
	buf_free(&set);
	buf_free(&signer);
	for (size_t i = 0; i < CMS_UNSIGNED_MAX; i++)
		buf_free(&kept[i]);
	return good;
}

/* The imprint of a TSTInfo by SHA-256, made this one in place. */
static void
mend_imprint(struct span content, struct span imprint)
{
	static const unsigned char sha256[] = {6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1};
	const unsigned char *at = memmem(content.data, content.len, sha256, sizeof(sha256)), *end = content.data + content.len;

	if (at == NULL)
		return;
	at += sizeof(sha256);
	if (end - at > 2 && at[0] == DER_NULL)
		at += 2;
	if (end - at >= 34 && at[0] == DER_OCTET_STRING && at[1] == 32)
		memcpy((unsigned char *)(uintptr_t)at + 2, imprint.data, 32);
}

static bool
sign_cms(struct span in, enum forge_who by, struct span imprint, struct buf *out)
{
	unsigned char *copy = malloc(in.len + 1);
	struct cms_parts parts;
	bool good = false;

	if (copy == NULL)
		abort();
	if (in.len > 0)
		memcpy(copy, in.data, in.len);
	if (cms_parts_split((struct span){copy, in.len}, &parts)) {
		if (imprint.len == 32 && parts.content.data != NULL)
			mend_imprint(parts.content, imprint);
		good = sign_parts(&parts, by, out);
	}
	free(copy);
	return good;
}

bool
forge_cms(struct span cms, enum forge_who by, struct buf *out)
{
	return sign_cms(cms, by, (struct span){NULL, 0}, out);
}

bool
forge_token(struct span token, struct span imprint, struct buf *out)
{
	return sign_cms(token, FORGE_TSA, imprint, out);
}
