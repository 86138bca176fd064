/* cert_kept: see cert_kept.h. */
#include "lib/pki/cert_kept.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/pki/cms_parts.h"

struct kept {
	unsigned char *der; /* NULL: free */
	size_t len;
	X509 *cert;
};

struct cert_kept {
	struct kept slots[CERT_KEPT];
	size_t next; /* to be overwritten */
	size_t found, read;
};

struct cert_kept *
cert_kept_new(void)
{
	return calloc(1, sizeof(struct cert_kept));
}

static void
drop(struct kept *slot)
{
	X509_free(slot->cert);
	free(slot->der);
	*slot = (struct kept){0};
}

void
cert_kept_clear(struct cert_kept *k)
{
	for (size_t i = 0; k != NULL && i < CERT_KEPT; i++)
		drop(&k->slots[i]);
}

void
cert_kept_free(struct cert_kept *k)
{
	cert_kept_clear(k);
	free(k);
}

void
cert_kept_counts(const struct cert_kept *k, size_t *found, size_t *read)
{
	*found = k != NULL ? k->found : 0;
	*read = k != NULL ? k->read : 0;
}

static X509 *
decode(struct span der)
{
	const unsigned char *p = der.data;
	X509 *x = der.len > 0 && der.len <= INT_MAX ? d2i_X509(NULL, &p, (long)der.len) : NULL;

	if (x != NULL && p == der.data + der.len)
		return x;
	X509_free(x);
	return NULL;
}

static void
keep(struct cert_kept *k, struct span der, X509 *cert)
{
	struct kept *slot = &k->slots[k->next];
	unsigned char *copy = malloc(der.len);

	if (copy == NULL || X509_up_ref(cert) != 1) {
		free(copy);
		return;
	}
	drop(slot);
	memcpy(copy, der.data, der.len);
	*slot = (struct kept){copy, der.len, cert};
	k->next = (k->next + 1) % CERT_KEPT;
}

X509 *
cert_kept_read(struct cert_kept *k, struct span der)
{
	X509 *cert;

	for (size_t i = 0; k != NULL && i < CERT_KEPT; i++) {
		struct kept *slot = &k->slots[i];

		if (slot->der != NULL && slot->len == der.len && memcmp(slot->der, der.data, der.len) == 0 && X509_up_ref(slot->cert) == 1) {
			k->found++;
			return slot->cert;
		}
	}
	cert = decode(der);
	if (k != NULL && cert != NULL) {
		k->read++;
		if (der.len <= CERT_KEPT_BYTES)
			keep(k, der, cert);
	}
	return cert;
}

/* The certificates one after the other, each as X509_get… of the whole would give it; false when something among them is another thing or comes twice. */
static bool
add_all(struct cert_kept *k, struct span certs, CMS_ContentInfo *to)
{
	struct der d;

	while (certs.len > 0) {
		X509 *cert = der_expect(&certs, DER_SEQUENCE, &d) ? cert_kept_read(k, d.whole) : NULL;

		if (cert == NULL)
			return false;
		if (CMS_add0_cert(to, cert) != 1) {
			X509_free(cert);
			return false;
		}
	}
	return true;
}

CMS_ContentInfo *
cert_kept_cms(struct cert_kept *k, struct span cms, size_t *used)
{
	const unsigned char *p = cms.data;
	CMS_ContentInfo *info = NULL;
	struct span in = cms;
	struct cms_parts parts;
	struct buf bare;
	struct der d;

	if (cms.len == 0 || cms.len > INT_MAX)
		return NULL;
	if (k != NULL && der_expect(&in, DER_SEQUENCE, &d) && cms_parts_split(d.whole, &parts) && parts.certs.len > 0) {
		buf_init(&bare, cms.len);
		if (cms_parts_without_certs(d.whole, &parts, &bare) == STATUS_OK) {
			const unsigned char *at = bare.data;

			info = d2i_CMS_ContentInfo(NULL, &at, (long)bare.len);
		}
		buf_free(&bare);
		if (info != NULL && add_all(k, parts.certs, info)) {
			*used = d.whole.len;
			return info;
		}
		CMS_ContentInfo_free(info);
		ERR_clear_error();
	}
	info = d2i_CMS_ContentInfo(NULL, &p, (long)cms.len);
	*used = (size_t)(p - cms.data);
	return info;
}
