/* policy: see policy.h. */
#include "lib/pki/policy.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/pki/cert.h"
#include "lib/pki/policy_data.h"

#define FILE_MAX (64u << 20)
#define FILES_MAX 4096

struct policy *
policy_new(clock_us at)
{
	struct policy *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->at = at != 0 ? at : clock_now();
	p->anchor_store = X509_STORE_new();
	p->anchors = sk_X509_new_null();
	p->intermediates = sk_X509_new_null();
	p->crls = sk_X509_CRL_new_null();
	if (p->anchor_store == NULL || p->anchors == NULL || p->intermediates == NULL ||
		p->crls == NULL) {
		policy_free(p);
		return NULL;
	}
	return p;
}

void
policy_free(struct policy *p)
{
	if (p == NULL)
		return;
	X509_STORE_free(p->anchor_store);
	sk_X509_pop_free(p->anchors, X509_free);
	sk_X509_pop_free(p->intermediates, X509_free);
	sk_X509_CRL_pop_free(p->crls, X509_CRL_free);
	for (size_t i = 0; i < p->ocsp_count; i++)
		OCSP_BASICRESP_free(p->ocsp[i]);
	free(p->ocsp);
	free(p);
}

enum status
policy_add_anchors(struct policy *p, struct span in)
{
	int i = sk_X509_num(p->anchors);
	enum status st = cert_read_all(in, p->anchors);

	for (; i < sk_X509_num(p->anchors); i++)
		if (X509_STORE_add_cert(p->anchor_store, sk_X509_value(p->anchors, i)) != 1)
			st = STATUS_NO_MEMORY;
	return st;
}

enum status
policy_add_intermediates(struct policy *p, struct span in)
{
	return cert_read_all(in, p->intermediates);
}

static enum status
keep_crl(struct policy *p, X509_CRL *crl)
{
	if (sk_X509_CRL_push(p->crls, crl) > 0)
		return STATUS_OK;
	X509_CRL_free(crl);
	return STATUS_NO_MEMORY;
}

enum status
policy_add_crls(struct policy *p, struct span in)
{
	const unsigned char *at = in.data;
	enum status st = STATUS_INVALID;
	X509_CRL *crl;
	BIO *bio;

	if (in.len == 0 || in.len > INT_MAX)
		return STATUS_INVALID;
	if (in.data[0] == 0x30) {
		crl = d2i_X509_CRL(NULL, &at, (long)in.len);
		if (crl != NULL && at == in.data + in.len)
			return keep_crl(p, crl);
		X509_CRL_free(crl);
		ERR_clear_error();
		return STATUS_INVALID;
	}
	bio = BIO_new_mem_buf(in.data, (int)in.len);
	if (bio == NULL)
		return STATUS_NO_MEMORY;
	while ((crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)) != NULL) {
		st = keep_crl(p, crl);
		if (st != STATUS_OK)
			break;
	}
	BIO_free(bio);
	ERR_clear_error();
	return st;
}

enum status
policy_add_ocsp(struct policy *p, struct span der)
{
	const unsigned char *at = der.data;
	OCSP_RESPONSE *response = NULL;
	OCSP_BASICRESP *basic = NULL;
	OCSP_BASICRESP **more;

	if (der.len == 0 || der.len > INT_MAX)
		return STATUS_INVALID;
	if (p->ocsp_count == POLICY_OCSP_MAX)
		return STATUS_TOO_LARGE;
	response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.len);
	if (response != NULL && at == der.data + der.len &&
		OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
		basic = OCSP_response_get1_basic(response);
	OCSP_RESPONSE_free(response);
	ERR_clear_error();
	if (basic == NULL)
		return STATUS_INVALID;
	more = realloc(p->ocsp, (p->ocsp_count + 1) * sizeof(*more));
	if (more == NULL) {
		OCSP_BASICRESP_free(basic);
		return STATUS_NO_MEMORY;
	}
	p->ocsp = more;
	p->ocsp[p->ocsp_count++] = basic;
	return STATUS_OK;
}

void
policy_set_revocation(struct policy *p, enum policy_revocation mode)
{
	p->revocation = mode;
}

void
policy_set_weak(struct policy *p, enum policy_weak mode, clock_us until)
{
	p->weak = mode;
	p->weak_until = until;
}

clock_us
policy_time(const struct policy *p)
{
	return p->at;
}

static enum status
read_file(const char *path, struct buf *to)
{
	FILE *f = fopen(path, "rb");
	char chunk[16384];
	size_t n;
	bool bad;

	if (f == NULL)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0 && buf_status(to) == STATUS_OK)
		buf_put(to, chunk, n);
	bad = ferror(f);
	fclose(f);
	return bad ? STATUS_IO : buf_status(to);
}

static const struct place {
	const char *folder;
	const char *endings[6];
	enum status (*add)(struct policy *, struct span);
} places[] = {
	{"anchors", {".pem", ".crt", ".cer", ".der"}, policy_add_anchors},
	{"intermediates", {".pem", ".crt", ".cer", ".der"}, policy_add_intermediates},
	{"crls", {".pem", ".crl", ".crt", ".cer", ".der"}, policy_add_crls},
	{"ocsp", {".der", ".ors"}, policy_add_ocsp},
};

static bool
ends_well(const struct place *place, const char *name)
{
	size_t len = strlen(name);

	if (name[0] == '.')
		return false;
	for (const char *const *e = place->endings; *e != NULL; e++)
		if (len > strlen(*e) && strcmp(name + len - strlen(*e), *e) == 0)
			return true;
	return false;
}

static enum status
read_place(struct policy *p, const char *dir, const struct place *place)
{
	char path[PATH_MAX];
	enum status st = STATUS_OK;
	struct dirent *entry;
	unsigned files = 0;
	struct buf b;
	DIR *d;

	if (snprintf(path, sizeof(path), "%s/%s", dir, place->folder) >= (int)sizeof(path))
		return STATUS_INVALID;
	d = opendir(path);
	if (d == NULL)
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	buf_init(&b, FILE_MAX);
	while (st == STATUS_OK && (entry = readdir(d)) != NULL) {
		if (!ends_well(place, entry->d_name))
			continue;
		if (++files > FILES_MAX)
			st = STATUS_TOO_LARGE;
		else if (snprintf(path, sizeof(path), "%s/%s/%s", dir, place->folder,
			entry->d_name) >= (int)sizeof(path))
			st = STATUS_INVALID;
		else
			st = read_file(path, &b);
		if (st == STATUS_OK)
			st = place->add(p, (struct span){b.data, b.len});
		buf_free(&b);
	}
	closedir(d);
	return st;
}

enum status
policy_read_folder(struct policy *p, const char *dir)
{
	struct stat info;

	if (stat(dir, &info) != 0 || !S_ISDIR(info.st_mode))
		return STATUS_NOT_FOUND;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		enum status st = read_place(p, dir, &places[i]);

		if (st != STATUS_OK)
			return st;
	}
	return STATUS_OK;
}
