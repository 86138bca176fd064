/* import_p12: see import_p12.h. */
#include "signer/import_p12.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/x509v3.h>

#include "lib/base/secret.h"
#include "lib/pki/cert.h"
#include "lib/wire/activation.h"
#include "signer/keyring.h"

struct parts {
	EVP_PKEY *key;
	X509 *cert;
	STACK_OF(X509) * chain;
};

static void
parts_free(struct parts *p)
{
	EVP_PKEY_free(p->key);
	X509_free(p->cert);
	sk_X509_pop_free(p->chain, X509_free);
}

static enum status
refuse(struct diag *diag, enum status st, const char *code, const char *got)
{
	diag_error(diag, code, NULL, got, NULL);
	return st;
}

static enum status
read_parts(const char *file, const char *pin, struct diag *diag, struct parts *out)
{
	unsigned char *bytes = NULL;
	const unsigned char *at;
	PKCS12 *p12 = NULL;
	size_t len;
	enum status st = key_file_read(AT_FDCWD, file, &bytes, &len);

	if (st != STATUS_OK)
		return refuse(diag, st, "signing_key.unreadable", file);
	at = bytes;
	p12 = d2i_PKCS12(NULL, &at, (long)len);
	if (p12 == NULL)
		st = refuse(diag, STATUS_INVALID, "signing_key.unreadable", file);
	else if (PKCS12_parse(p12, pin, &out->key, &out->cert, &out->chain) != 1)
		st = ERR_GET_REASON(ERR_peek_last_error()) == PKCS12_R_MAC_VERIFY_FAILURE
			? refuse(diag, STATUS_DENIED, "pin.wrong", NULL)
			: refuse(diag, STATUS_INVALID, "signing_key.unreadable", file);
	else if (out->key == NULL || out->cert == NULL)
		st = refuse(diag, STATUS_INVALID, "signing_key.unreadable", file);
	else if (!cert_may_sign_documents(out->cert))
		st = refuse(diag, STATUS_INVALID, "signing_key.usage", file);
	PKCS12_free(p12);
	secret_free(bytes);
	return st;
}

/* PKCS12_parse gives the other certificates in no particular order: the chain is picked out by
 * issuer. */
static bool
write_chain(BIO *to, const struct parts *p)
{
	X509 *last = p->cert;
	int left = sk_X509_num(p->chain) < KEY_CHAIN ? sk_X509_num(p->chain) : KEY_CHAIN;

	if (PEM_write_bio_X509(to, p->cert) != 1)
		return false;
	for (bool found = true; found && left > 0; left--) {
		found = false;
		for (int i = 0; i < sk_X509_num(p->chain) && !found; i++) {
			X509 *c = sk_X509_value(p->chain, i);

			if (X509_cmp(c, last) == 0 || X509_check_issued(c, last) != X509_V_OK)
				continue;
			/* The root is the verifier's to have; it only makes every signature longer.
			 */
			if (X509_check_issued(c, c) == X509_V_OK)
				return true;
			if (PEM_write_bio_X509(to, c) != 1)
				return false;
			last = c;
			found = true;
		}
	}
	return true;
}

/* Made by root for the signer, whose the folder is. */
static enum status
write_file(int dir, const char *name, const char *bytes, long len, mode_t mode)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	enum status st = STATUS_OK;
	struct stat folder;

	if (fd < 0)
		return errno == EEXIST ? STATUS_DUPLICATE : STATUS_IO;
	if (write(fd, bytes, (size_t)len) != len || fsync(fd) != 0 || fchmod(fd, mode) != 0 ||
		fstat(dir, &folder) != 0 ||
		(geteuid() == 0 && fchown(fd, folder.st_uid, folder.st_gid) != 0) ||
		fsync(dir) != 0) {
		(void)unlinkat(dir, name, 0);
		st = STATUS_IO;
	}
	close(fd);
	return st;
}

static enum status
write_key(int dir, const char *id, const char *pin, int iterations, const struct parts *p)
{
	/* The certificate needs no secrecy; only the key is encrypted, so that unlocking derives a
	 * key once less. */
	PKCS12 *fresh = PKCS12_create(
		pin, id, p->key, p->cert, NULL, NID_aes_256_cbc, -1, iterations, iterations, 0);
	BIO *p12 = BIO_new(BIO_s_secmem()), *pem = BIO_new(BIO_s_mem());
	enum status st = STATUS_INTERNAL;
	char name[80], *bytes;
	long len;

	if (fresh == NULL || p12 == NULL || pem == NULL || i2d_PKCS12_bio(p12, fresh) != 1 ||
		!write_chain(pem, p))
		goto out;
	snprintf(name, sizeof(name), "%s.p12", id);
	len = BIO_get_mem_data(p12, &bytes);
	st = write_file(dir, name, bytes, len, 0600);
	if (st != STATUS_OK)
		goto out;
	snprintf(name, sizeof(name), "%s.pem", id);
	len = BIO_get_mem_data(pem, &bytes);
	st = write_file(dir, name, bytes, len, 0644);
	if (st != STATUS_OK) {
		snprintf(name, sizeof(name), "%s.p12", id);
		(void)unlinkat(dir, name, 0);
	}
out:
	BIO_free(p12);
	BIO_free(pem);
	PKCS12_free(fresh);
	return st;
}

enum status
import_p12(const struct settings *s, const char *file, const char *id, const char *pin,
	int iterations, struct diag *diag)
{
	OSSL_PROVIDER *standard = OSSL_PROVIDER_load(NULL, "default");
	OSSL_PROVIDER *legacy =
		OSSL_PROVIDER_load(NULL, "legacy"); /* RC2 and 3DES; may be missing */
	struct parts p = {NULL, NULL, NULL};
	int dir = -1;
	enum status st = STATUS_OK;

	if (!activation_key_id_valid(id))
		st = refuse(diag, STATUS_INVALID, "signing_key.id", id);
	else if (strlen(pin) < IMPORT_PIN)
		st = refuse(diag, STATUS_INVALID, "pin.short", NULL);
	if (st == STATUS_OK)
		st = read_parts(file, pin, diag, &p);
	if (st == STATUS_OK && (dir = open(s->keys, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		st = refuse(diag, STATUS_IO, "conf.file", s->keys);
	if (st == STATUS_OK) {
		st = write_key(dir, id, pin, iterations, &p);
		if (st == STATUS_DUPLICATE)
			st = refuse(diag, st, "signing_key.exists", id);
		else if (st != STATUS_OK)
			st = refuse(diag, st, "signing_key.unreadable", s->keys);
	}
	if (dir >= 0)
		close(dir);
	parts_free(&p);
	OSSL_PROVIDER_unload(legacy);
	OSSL_PROVIDER_unload(standard);
	ERR_clear_error();
	return st;
}
