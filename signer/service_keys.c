/* service_keys: see service_keys.h. A key file is complete and on the disk before its name exists.
 */
#include "signer/service_keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/base/log.h"
#include "lib/base/secret.h"
#include "lib/wire/hpke.h"
#include "signer/keyring.h"

static enum status
write_new(int dir, const char *name, const char *text, size_t len)
{
	char temporary[64];
	enum status st = STATUS_IO;
	int fd;

	snprintf(temporary, sizeof(temporary), "%s.new", name);
	(void)unlinkat(dir, temporary, 0);
	fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return STATUS_IO;
	if (write(fd, text, len) == (ssize_t)len && fsync(fd) == 0 &&
		renameat(dir, temporary, dir, name) == 0 && fsync(dir) == 0)
		st = STATUS_OK;
	close(fd);
	return st;
}

static enum status
make(int dir, const char *name, EVP_PKEY *fresh)
{
	BIO *out = BIO_new(BIO_s_secmem());
	enum status st = STATUS_INTERNAL;
	char *text;
	long len;

	if (fresh != NULL && out != NULL &&
		PEM_write_bio_PKCS8PrivateKey(out, fresh, NULL, NULL, 0, NULL, NULL) == 1) {
		len = BIO_get_mem_data(out, &text);
		st = write_new(dir, name, text, (size_t)len);
		log_info(name, "key=made status=%s", status_code(st));
	}
	BIO_free(out);
	return st;
}

static enum status
load(int dir, const char *name, EVP_PKEY **out)
{
	unsigned char *text = NULL;
	size_t len = 0;
	enum status st = key_file_read(dir, name, &text, &len);
	BIO *in;

	if (st != STATUS_OK)
		return st;
	in = BIO_new_mem_buf(text, (int)len);
	*out = in != NULL ? PEM_read_bio_PrivateKey(in, NULL, NULL, NULL) : NULL;
	BIO_free(in);
	secret_free(text);
	ERR_clear_error();
	return *out != NULL ? STATUS_OK : STATUS_INVALID;
}

static enum status
load_or_make(int dir, const char *name, bool ec, EVP_PKEY **out)
{
	enum status st = load(dir, name, out);

	if (st == STATUS_NOT_FOUND) {
		EVP_PKEY *fresh =
			ec ? EVP_EC_gen("P-256") : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

		st = make(dir, name, fresh);
		EVP_PKEY_free(fresh);
		if (st == STATUS_OK)
			st = load(dir, name, out);
	}
	return st;
}

enum status
activation_key_load(int dir, struct hpke_recipient **out)
{
	unsigned char *private_key = NULL;
	EVP_PKEY *key = NULL;
	BIGNUM *d = NULL;
	enum status st = load_or_make(dir, "activation.key", true, &key);
	char group[40];

	if (st != STATUS_OK)
		return st;
	if ((private_key = secret_alloc(HPKE_PRIVATE)) == NULL)
		st = STATUS_NO_MEMORY;
	else if (EVP_PKEY_get_base_id(key) != EVP_PKEY_EC ||
		EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
		strcmp(group, "prime256v1") != 0 ||
		EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &d) != 1 ||
		BN_bn2binpad(d, private_key, HPKE_PRIVATE) != HPKE_PRIVATE)
		st = STATUS_INVALID;
	else
		st = hpke_recipient_new(private_key, out);
	BN_clear_free(d);
	EVP_PKEY_free(key);
	secret_free(private_key);
	ERR_clear_error();
	return st;
}

enum status
log_key_load(int dir, EVP_PKEY **out)
{
	EVP_PKEY *key = NULL;
	enum status st = load_or_make(dir, "log.key", false, &key);

	if (st == STATUS_OK && EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) {
		EVP_PKEY_free(key);
		st = STATUS_INVALID;
	}
	if (st == STATUS_OK)
		*out = key;
	return st;
}
