/* cert: see cert.h. */
#include "lib/pki/cert.h"

#include <limits.h>
#include <string.h>
#include <time.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "lib/base/text.h"

static enum status
keep(STACK_OF(X509) *to, X509 *x, int *taken)
{
	if (*taken == CERT_FILE_MAX) {
		X509_free(x);
		return STATUS_TOO_LARGE;
	}
	if (sk_X509_push(to, x) <= 0) {
		X509_free(x);
		return STATUS_NO_MEMORY;
	}
	(*taken)++;
	return STATUS_OK;
}

enum status
cert_read_all(struct span in, STACK_OF(X509) *to)
{
	const unsigned char *p = in.data;
	enum status st = STATUS_OK;
	int taken = 0;
	BIO *bio;
	X509 *x;

	if (in.len == 0 || in.len > INT_MAX)
		return STATUS_INVALID;
	if (in.data[0] == 0x30) {
		x = d2i_X509(NULL, &p, (long)in.len);
		if (x != NULL && p == in.data + in.len)
			return keep(to, x, &taken);
		X509_free(x);
		ERR_clear_error();
		return STATUS_INVALID;
	}
	bio = BIO_new_mem_buf(in.data, (int)in.len);
	if (bio == NULL)
		return STATUS_NO_MEMORY;
	while (st == STATUS_OK && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL)
		st = keep(to, x, &taken);
	BIO_free(bio);
	ERR_clear_error();
	return st == STATUS_OK && taken == 0 ? STATUS_INVALID : st;
}

clock_us
cert_time(const ASN1_TIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return (clock_us)timegm(&tm) * CLOCK_SECOND;
}

clock_us
cert_not_before(const X509 *cert)
{
	return cert_time(X509_get0_notBefore(cert));
}

clock_us
cert_not_after(const X509 *cert)
{
	return cert_time(X509_get0_notAfter(cert));
}

/* X509_cmp_time takes the form of RFC 5280 4.1.2.5 and no other; 0 is its error. */
bool
cert_has_period(const X509 *cert)
{
	time_t any = 0;

	return X509_cmp_time(X509_get0_notBefore(cert), &any) != 0 && X509_cmp_time(X509_get0_notAfter(cert), &any) != 0;
}

bool
cert_valid_at(const X509 *cert, clock_us t)
{
	return cert_has_period(cert) && t >= cert_not_before(cert) && t < cert_not_after(cert) + CLOCK_SECOND;
}

void
cert_name_text(const X509_NAME *name, char *to, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *data = NULL;
	long len = 0;

	*to = '\0';
	if (bio == NULL)
		return;
	/* RFC 4514 without escaping of what is not ASCII: people read it */
	if (name != NULL && X509_NAME_print_ex(bio, name, 0, (XN_FLAG_RFC2253 & ~XN_FLAG_SEP_MASK &
		~(unsigned long)ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC) >= 0)
		len = BIO_get_mem_data(bio, &data);
	if (len > 0)
		text_excerpt(to, size, data, (size_t)len);
	BIO_free(bio);
	ERR_clear_error();
}

void
cert_name_part(const X509_NAME *name, int nid, char *to, size_t size)
{
	int at = name != NULL ? X509_NAME_get_index_by_NID(name, nid, -1) : -1;
	unsigned char *utf8 = NULL;
	int len;

	*to = '\0';
	if (at < 0)
		return;
	len = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
	if (len > 0)
		text_excerpt(to, size, (const char *)utf8, (size_t)len);
	OPENSSL_free(utf8);
	ERR_clear_error();
}

void
cert_serial_text(const X509 *cert, char *to, size_t size)
{
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_get0_serialNumber(cert), NULL);
	char *hex = n != NULL ? BN_bn2hex(n) : NULL;

	*to = '\0';
	if (hex != NULL)
		text_excerpt(to, size, hex, strlen(hex));
	OPENSSL_free(hex);
	BN_free(n);
	ERR_clear_error();
}

struct digest
cert_digest(const X509 *cert)
{
	struct digest d;

	memset(&d, 0, sizeof(d));
	if (X509_digest(cert, EVP_sha256(), d.bytes, NULL) != 1)
		ERR_clear_error();
	return d;
}

/* extKeyUsage values with which people sign documents. */
static const char *const document_usages[] = {
	"2.5.29.37.0",            /* any */
	"1.3.6.1.5.5.7.3.2",      /* clientAuth: Vietnamese CAs set it for persons */
	"1.3.6.1.5.5.7.3.4",      /* emailProtection */
	"1.3.6.1.5.5.7.3.36",     /* documentSigning (RFC 9336) */
	"1.3.6.1.4.1.311.10.3.12", /* Microsoft document signing */
	"1.2.840.113583.1.1.5",   /* Adobe authentic documents */
};

bool
cert_may_sign_documents(X509 *cert)
{
	uint32_t usage = X509_get_key_usage(cert); /* all bits when the extension is missing */
	EXTENDED_KEY_USAGE *extended;
	bool found = false;

	if ((usage & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) == 0)
		return false;
	extended = X509_get_ext_d2i(cert, NID_ext_key_usage, NULL, NULL);
	if (extended == NULL)
		return X509_get_ext_by_NID(cert, NID_ext_key_usage, -1) < 0;
	for (int i = 0; i < sk_ASN1_OBJECT_num(extended) && !found; i++) {
		char oid[80];

		if (OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(extended, i), 1) <= 0)
			continue;
		for (size_t k = 0; k < sizeof(document_usages) / sizeof(document_usages[0]); k++)
			found = found || strcmp(oid, document_usages[k]) == 0;
	}
	sk_ASN1_OBJECT_pop_free(extended, ASN1_OBJECT_free);
	ERR_clear_error();
	return found;
}

bool
cert_may_sign_timestamps(X509 *cert)
{
	int critical = 0;
	EXTENDED_KEY_USAGE *extended = X509_get_ext_d2i(cert, NID_ext_key_usage, &critical, NULL);
	bool right = extended != NULL && critical == 1 && sk_ASN1_OBJECT_num(extended) == 1 &&
		OBJ_obj2nid(sk_ASN1_OBJECT_value(extended, 0)) == NID_time_stamp &&
		(X509_get_key_usage(cert) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)) != 0;

	sk_ASN1_OBJECT_pop_free(extended, ASN1_OBJECT_free);
	ERR_clear_error();
	return right;
}

bool
cert_may_sign_ocsp(X509 *cert)
{
	return (X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) != 0 &&
		(X509_get_extended_key_usage(cert) & XKU_OCSP_SIGN) != 0;
}
