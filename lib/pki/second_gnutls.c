/* second_gnutls: see second_gnutls.h. */
#include "lib/pki/second_gnutls.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>
#include <gnutls/pkcs7.h>
#include <gnutls/x509.h>

#define SIGNING_CERTIFICATE_V2 "1.2.840.113549.1.9.16.2.47"
#define SERIAL_MAX 64 /* bytes; RFC 5280 allows 20 */

static bool
is_right(int rc, char why[200])
{
	if (rc < 0)
		snprintf(why, 200, "%s", gnutls_strerror(rc));
	return rc >= 0;
}

static bool
is_same(const gnutls_datum_t *a, const unsigned char *data, size_t size)
{
	return a->size == size && size > 0 && memcmp(a->data, data, size) == 0;
}

/* The certificate with the issuer and serial number that the SignerInfo names. */
static bool
is_named(gnutls_x509_crt_t cert, const gnutls_pkcs7_signature_info_st *info)
{
	unsigned char serial[SERIAL_MAX];
	size_t len = sizeof(serial);
	gnutls_datum_t dn = {NULL, 0};
	bool same = gnutls_x509_crt_get_serial(cert, serial, &len) >= 0 && is_same(&info->signer_serial, serial, len) &&
		gnutls_x509_crt_get_raw_issuer_dn(cert, &dn) >= 0 && is_same(&info->issuer_dn, dn.data, dn.size);

	gnutls_free(dn.data);
	return same;
}

/* Certificate i when it is the signer's, its DER to `der`; else NULL. */
static gnutls_x509_crt_t
read_signer(gnutls_pkcs7_t p7, unsigned i, const gnutls_pkcs7_signature_info_st *info, struct buf *der)
{
	gnutls_datum_t raw = {NULL, 0};
	gnutls_x509_crt_t cert = NULL;

	if (gnutls_pkcs7_get_crt_raw2(p7, i, &raw) < 0)
		return NULL;
	if (gnutls_x509_crt_init(&cert) >= 0 &&
		(gnutls_x509_crt_import(cert, &raw, GNUTLS_X509_FMT_DER) < 0 || !is_named(cert, info))) {
		gnutls_x509_crt_deinit(cert);
		cert = NULL;
	}
	if (cert != NULL)
		buf_put(der, raw.data, raw.size);
	gnutls_free(raw.data);
	return cert;
}

static void
read_attribute(const gnutls_pkcs7_signature_info_st *info, struct buf *ess)
{
	gnutls_datum_t data = {NULL, 0};
	char *oid = NULL;

	for (unsigned i = 0; gnutls_pkcs7_get_attr(info->signed_attrs, i, &oid, &data, 0) >= 0; i++) {
		if (strcmp(oid, SIGNING_CERTIFICATE_V2) == 0 && ess->len == 0)
			buf_put(ess, data.data, data.size);
		gnutls_free(data.data);
	}
}

/* One run of bytes, as GnuTLS wants it; the copy, if there is one, is the caller's to free. False without memory, or too large. */
static bool
join(const struct span *content, size_t parts, gnutls_datum_t *out, unsigned char **copy)
{
	size_t size = 0, at = 0;

	*copy = NULL;
	for (size_t i = 0; i < parts; i++)
		size += content[i].len;
	if (size > UINT_MAX)
		return false;
	if (parts == 1) {
		*out = (gnutls_datum_t){(unsigned char *)content[0].data, (unsigned)size};
		return true;
	}
	if ((*copy = malloc(size + 1)) == NULL)
		return false;
	for (size_t i = 0; i < parts; i++) {
		if (content[i].len > 0)
			memcpy(*copy + at, content[i].data, content[i].len);
		at += content[i].len;
	}
	*out = (gnutls_datum_t){*copy, (unsigned)size};
	return true;
}

/* The value alone, over the message that was signed. */
static bool
verify_message(gnutls_x509_crt_t cert, const gnutls_pkcs7_signature_info_st *info, const gnutls_datum_t *message, char why[200])
{
	gnutls_pubkey_t key = NULL;
	bool good = is_right(gnutls_pubkey_init(&key), why) && is_right(gnutls_pubkey_import_x509(key, cert, 0), why) &&
		is_right(gnutls_pubkey_verify_data2(key, GNUTLS_SIGN_EDDSA_ED25519, 0, message, &info->sig), why);

	gnutls_pubkey_deinit(key);
	return good;
}

/* Over the content, or with `message` over the signed attributes that it is. */
static bool
verify(gnutls_pkcs7_t p7, const gnutls_pkcs7_signature_info_st *info, const gnutls_datum_t *data, bool message, struct buf *signer, char why[200])
{
	int count = gnutls_pkcs7_get_crt_count(p7);
	gnutls_x509_crt_t cert = NULL;
	bool good;

	for (int i = 0; i < count && cert == NULL; i++)
		cert = read_signer(p7, (unsigned)i, info, signer);
	if (cert == NULL) {
		snprintf(why, 200, "the signer's certificate is not inside");
		return false;
	}
	good = message ? verify_message(cert, info, data, why) : is_right(gnutls_pkcs7_verify_direct(p7, cert, 0, data, 0), why);
	gnutls_x509_crt_deinit(cert);
	return good;
}

static bool
look(struct span cms, const gnutls_datum_t *data, bool message, struct buf *signer, struct buf *ess, char why[200])
{
	gnutls_datum_t der = {(unsigned char *)cms.data, (unsigned)cms.len};
	gnutls_pkcs7_signature_info_st info;
	gnutls_pkcs7_t p7 = NULL;
	bool good = false;

	if (cms.len > INT_MAX || !is_right(gnutls_pkcs7_init(&p7), why))
		return false;
	if (is_right(gnutls_pkcs7_import(p7, &der, GNUTLS_X509_FMT_DER), why) && is_right(gnutls_pkcs7_get_signature_info(p7, 0, &info), why)) {
		if (info.algo != GNUTLS_SIGN_EDDSA_ED25519)
			snprintf(why, 200, "not a signature by Ed25519");
		else
			good = verify(p7, &info, data, message, signer, why);
		if (good)
			read_attribute(&info, ess);
		gnutls_pkcs7_signature_info_deinit(&info);
	}
	gnutls_pkcs7_deinit(p7);
	return good && buf_status(signer) == STATUS_OK && buf_status(ess) == STATUS_OK;
}

bool
second_gnutls(struct span cms, const struct span *content, size_t parts, struct buf *signer, struct buf *ess, char why[200])
{
	gnutls_datum_t data;
	unsigned char *copy = NULL;
	bool good = false;

	snprintf(why, 200, "too large");
	if (join(content, parts, &data, &copy))
		good = look(cms, parts > 0 ? &data : NULL, false, signer, ess, why);
	free(copy);
	return good;
}

bool
second_gnutls_message(struct span cms, struct span message, struct buf *signer, struct buf *ess, char why[200])
{
	gnutls_datum_t data = {(unsigned char *)message.data, (unsigned)message.len};

	snprintf(why, 200, "too large");
	return message.len <= INT_MAX && look(cms, &data, true, signer, ess, why);
}

/* The key with the parameters that the signature says it is made with; a key that has its own takes no others. */
static bool
pss_key(gnutls_pubkey_t key, gnutls_digest_algorithm_t digest, unsigned salt, char why[200])
{
	gnutls_x509_spki_t spki = NULL;
	bool good = is_right(gnutls_x509_spki_init(&spki), why);

	if (good) {
		gnutls_x509_spki_set_rsa_pss_params(spki, digest, salt);
		good = is_right(gnutls_pubkey_set_spki(key, spki, 0), why);
		gnutls_x509_spki_deinit(spki);
	}
	return good;
}

bool
second_gnutls_pss(struct span certificate, enum imprint_kind digest, unsigned salt, struct span message, struct span value, char why[200])
{
	static const struct {
		gnutls_digest_algorithm_t digest;
		gnutls_sign_algorithm_t sign;
	} kinds[] = {
		[IMPRINT_SHA256] = {GNUTLS_DIG_SHA256, GNUTLS_SIGN_RSA_PSS_SHA256},
		[IMPRINT_SHA384] = {GNUTLS_DIG_SHA384, GNUTLS_SIGN_RSA_PSS_SHA384},
		[IMPRINT_SHA512] = {GNUTLS_DIG_SHA512, GNUTLS_SIGN_RSA_PSS_SHA512},
	};
	gnutls_datum_t der = {(unsigned char *)certificate.data, (unsigned)certificate.len}, data = {(unsigned char *)message.data, (unsigned)message.len},
		signature = {(unsigned char *)value.data, (unsigned)value.len};
	gnutls_x509_crt_t cert = NULL;
	gnutls_pubkey_t key = NULL;
	bool good;

	snprintf(why, 200, "too large");
	if (certificate.len > INT_MAX || message.len > INT_MAX || value.len > INT_MAX)
		return false;
	good = is_right(gnutls_x509_crt_init(&cert), why) && is_right(gnutls_x509_crt_import(cert, &der, GNUTLS_X509_FMT_DER), why) &&
		is_right(gnutls_pubkey_init(&key), why) && is_right(gnutls_pubkey_import_x509(key, cert, 0), why) && pss_key(key, kinds[digest].digest, salt, why) &&
		is_right(gnutls_pubkey_verify_data2(key, kinds[digest].sign, 0, &data, &signature), why);
	gnutls_pubkey_deinit(key);
	gnutls_x509_crt_deinit(cert);
	return good;
}
