/* keyring: see keyring.h. */
#include "signer/keyring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/base/conf.h"
#include "lib/base/diag.h"
#include "lib/base/log.h"
#include "lib/base/secret.h"
#include "lib/pki/cert.h"
#include "lib/wire/activation.h"

/* The key stores; a new one is a row here. */
static const struct key_store *const stores[] = {&key_p12, &key_p11};

struct keyring {
	int dir;
	const struct modules *modules;
	char path[KEYRING_PATH]; /* of the folder, for what is read by name */
	struct timespec changed;
	struct key **keys;
	size_t count;
};

struct key *
key_ref(struct key *k)
{
	k->refs++;
	return k;
}

void
key_unref(struct key *k)
{
	if (k == NULL || --k->refs > 0)
		return;
	for (size_t i = 0; i < SIGNER_FORMATS; i++)
		cms_template_free(k->templates[i]);
	X509_free(k->cert);
	sk_X509_pop_free(k->chain, X509_free);
	OSSL_DECODER_CTX_free(k->reader);
	free(k);
}

enum status
key_file_read(int dir, const char *name, unsigned char **out, size_t *len_out)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	enum status st = STATUS_IO;
	unsigned char *p = NULL;
	struct stat sb;

	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode))
		goto out;
	if (sb.st_size > KEY_FILE) {
		st = STATUS_TOO_LARGE;
		goto out;
	}
	if ((p = secret_alloc((size_t)sb.st_size + 1)) == NULL) {
		st = STATUS_NO_MEMORY;
		goto out;
	}
	if (read(fd, p, (size_t)sb.st_size) != sb.st_size)
		goto out;
	*out = p;
	*len_out = (size_t)sb.st_size;
	p = NULL;
	st = STATUS_OK;
out:
	secret_free(p);
	close(fd);
	return st;
}

static void
algorithm_text(EVP_PKEY *key, char *to, size_t size)
{
	char group[20] = "";

	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
		(void)EVP_PKEY_get_group_name(key, group, sizeof(group), NULL);
		snprintf(to, size, "ecdsa-%s",
			strcmp(group, "prime256v1") == 0          ? "p256"
				: strcmp(group, "secp384r1") == 0 ? "p384"
				: strcmp(group, "secp521r1") == 0 ? "p521"
								  : group);
	} else if (EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519) {
		snprintf(to, size, "ed25519");
	} else {
		snprintf(to, size, "%s-%d",
			EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA       ? "rsa"
				: EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA_PSS ? "rsa-pss"
										 : "key",
			EVP_PKEY_get_bits(key));
	}
}

static bool
read_chain(struct key *k, BIO *in)
{
	X509 *c;

	if ((k->cert = PEM_read_bio_X509(in, NULL, NULL, NULL)) == NULL ||
		(k->chain = sk_X509_new_null()) == NULL)
		return false;
	while ((c = PEM_read_bio_X509(in, NULL, NULL, NULL)) != NULL)
		if (sk_X509_num(k->chain) >= KEY_CHAIN || sk_X509_push(k->chain, c) <= 0) {
			X509_free(c);
			return false;
		}
	return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

enum status
key_from_pem(const char *id, const struct key_store *store, const unsigned char *pem, size_t len,
	struct key **out)
{
	BIO *in = BIO_new_mem_buf(pem, (int)len);
	struct key *k = calloc(1, sizeof(*k));
	enum status st = STATUS_INVALID;

	if (k != NULL)
		k->refs = 1;
	if (in == NULL || k == NULL) {
		st = STATUS_NO_MEMORY;
		goto out;
	}
	snprintf(k->id, sizeof(k->id), "%s", id);
	k->store = store;
	if (!read_chain(k, in) || X509_get0_pubkey(k->cert) == NULL)
		goto out;
	k->not_before = cert_not_before(k->cert);
	k->not_after = cert_not_after(k->cert);
	cert_name_part(
		X509_get_subject_name(k->cert), NID_commonName, k->subject, sizeof(k->subject));
	cert_name_part(
		X509_get_subject_name(k->cert), NID_organizationName, k->organ, sizeof(k->organ));
	k->digest = cms_digest_of(k->cert);
	algorithm_text(X509_get0_pubkey(k->cert), k->algorithm, sizeof(k->algorithm));
	*out = key_ref(k);
	st = STATUS_OK;
out:
	ERR_clear_error();
	BIO_free(in);
	key_unref(k);
	return st;
}

enum status
key_template(struct key *k, enum signer_format f, const struct cms_template **out)
{
	struct cms_options options = {.digest_name = imprint_name(k->digest),
		.pss = k->pss,
		.signing_time = f != SIGNER_FORMAT_PADES,
		.counter = f == SIGNER_FORMAT_COUNTER};
	enum status st = STATUS_OK;

	if (k->templates[f] == NULL)
		st = cms_template_new(k->cert, k->chain, &options, &k->templates[f]);
	if (st == STATUS_OK)
		*out = k->templates[f];
	return st;
}

static const struct key_store *
store_of(int dir, const char *id)
{
	char name[80];

	for (size_t i = 0; i < sizeof(stores) / sizeof(stores[0]); i++) {
		snprintf(name, sizeof(name), "%s.%s", id, stores[i]->name);
		if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
			return stores[i];
	}
	return NULL;
}

static const struct conf_key options[] = {
	{"key", "scheme", CONF_STRING, "", 0, 0, "pss: RSA keys sign by RSASSA-PSS; empty: what the key says"},
	{"key", "digest", CONF_STRING, "", 0, 0, "SHA256, SHA384 or SHA512; empty: what fits the key"},
};

/* ID.conf, where it is there: how this key signs. */
static enum status
read_options(const struct keyring *r, struct key *k)
{
	char path[KEYRING_PATH + 80];
	const char *scheme, *digest;
	struct conf *c = NULL;
	struct diag *diag;
	enum status st;

	snprintf(path, sizeof(path), "%s.conf", k->id);
	if (faccessat(r->dir, path, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return STATUS_OK;
	if ((diag = diag_new()) == NULL)
		return STATUS_NO_MEMORY;
	snprintf(path, sizeof(path), "%s/%s.conf", r->path, k->id);
	st = conf_read(path, options, sizeof(options) / sizeof(options[0]), diag, &c);
	if (st == STATUS_OK) {
		scheme = conf_string(c, "key", "scheme");
		digest = conf_string(c, "key", "digest");
		k->pss = strcmp(scheme, "pss") == 0;
		if ((scheme[0] != '\0' && !k->pss) || (digest[0] != '\0' && !imprint_kind_find(digest, &k->digest)))
			st = STATUS_INVALID;
	}
	conf_free(c);
	diag_free(diag);
	return st;
}

static struct key *
load_key(const struct keyring *r, const char *file, size_t id_len)
{
	int dir = r->dir;
	const struct key_store *store;
	unsigned char *pem = NULL;
	struct key *k = NULL;
	char id[64];
	size_t len;
	enum status st;

	snprintf(id, sizeof(id), "%.*s", (int)id_len, file);
	if (!activation_key_id_valid(id) || (store = store_of(dir, id)) == NULL) {
		log_warn(file, "key=ignored reason=\"no valid id or no private half\"");
		return NULL;
	}
	st = key_file_read(dir, file, &pem, &len);
	if (st == STATUS_OK)
		st = key_from_pem(id, store, pem, len, &k);
	if (st == STATUS_OK && ((st = read_options(r, k)) != STATUS_OK ||
		(store->load != NULL && (st = store->load(r, k)) != STATUS_OK))) {
		key_unref(k);
		k = NULL;
	}
	if (st != STATUS_OK)
		log_warn(file, "key=ignored status=%s", status_code(st));
	secret_free(pem);
	return k;
}

static int
compare_keys(const void *a, const void *b)
{
	return strcmp((*(struct key *const *)a)->id, (*(struct key *const *)b)->id);
}

static bool
read_folder(const struct keyring *r, struct key **keys, size_t *count)
{
	int fd = openat(r->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;

	if (d == NULL) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	*count = 0;
	while ((e = readdir(d)) != NULL && *count < KEYRING_KEYS) {
		size_t n = strlen(e->d_name);

		if (n <= 4 || n > 67 || strcmp(e->d_name + n - 4, ".pem") != 0)
			continue;
		keys[*count] = load_key(r, e->d_name, n - 4);
		if (keys[*count] != NULL)
			(*count)++;
	}
	closedir(d);
	qsort(keys, *count, sizeof(struct key *), compare_keys);
	return true;
}

static void
drop_keys(struct keyring *r)
{
	for (size_t i = 0; i < r->count; i++)
		key_unref(r->keys[i]);
	free(r->keys);
	r->keys = NULL;
	r->count = 0;
}

void
keyring_refresh(struct keyring *r, bool force)
{
	struct key **keys;
	struct stat sb;
	size_t count;

	if (fstat(r->dir, &sb) != 0)
		return;
	if (!force && sb.st_mtim.tv_sec == r->changed.tv_sec &&
		sb.st_mtim.tv_nsec == r->changed.tv_nsec)
		return;
	if ((keys = calloc(KEYRING_KEYS, sizeof(struct key *))) == NULL)
		return;
	if (!read_folder(r, keys, &count)) {
		free(keys);
		return;
	}
	drop_keys(r);
	r->keys = keys;
	r->count = count;
	r->changed = sb.st_mtim;
	log_info("keyring", "keys=%zu", count);
}

enum status
keyring_open(const char *dir, const struct modules *modules, struct keyring **out)
{
	struct keyring *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->dir = strlen(dir) < sizeof(r->path) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	snprintf(r->path, sizeof(r->path), "%s", dir);
	r->modules = modules;
	if (r->dir < 0) {
		free(r);
		return STATUS_NOT_FOUND;
	}
	keyring_refresh(r, true);
	*out = r;
	return STATUS_OK;
}

void
keyring_close(struct keyring *r)
{
	if (r == NULL)
		return;
	drop_keys(r);
	close(r->dir);
	free(r);
}

int
keyring_dir(const struct keyring *r)
{
	return r->dir;
}

const char *
keyring_path(const struct keyring *r)
{
	return r->path;
}

const struct modules *
keyring_modules(const struct keyring *r)
{
	return r->modules;
}

size_t
keyring_count(const struct keyring *r)
{
	return r->count;
}

struct key *
keyring_at(const struct keyring *r, size_t i)
{
	return r->keys[i];
}

struct key *
keyring_find(const struct keyring *r, const char *id)
{
	for (size_t i = 0; i < r->count; i++)
		if (strcmp(r->keys[i]->id, id) == 0)
			return r->keys[i];
	return NULL;
}

enum status
keyring_unlock(
	const struct keyring *r, struct key *k, const char *pin, struct key_session *out)
{
	*out = (struct key_session){.store = k->store};
	return k->store->unlock(r, k, pin, out);
}

void
key_lock(struct key_session *s)
{
	if (s->store != NULL)
		s->store->lock(s);
	*s = (struct key_session){.store = NULL};
}
