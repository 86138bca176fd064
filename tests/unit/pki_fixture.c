/* pki_fixture: see pki_fixture.h. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <cmocka.h>

#include <openssl/pem.h>

#include "lib/base/imprints.h"
#include "tests/unit/pki_fixture.h"

const char *
fixture_path(const char *name)
{
	static char paths[4][1024];
	static unsigned next;
	const char *build = getenv("CONGVAN_BUILDDIR");
	char *to = paths[next++ % 4];

	snprintf(to, sizeof(paths[0]), "%s/tests/data/pki/%s", build != NULL ? build : ".", name);
	return to;
}

struct buf
fixture_record(struct span content)
{
	struct imprints_stream *s = imprints_begin();
	struct imprints i;
	struct buf record;

	imprints_put(s, content.data, content.len);
	i = imprints_end(s);
	buf_init(&record, IMPRINTS_RECORD);
	imprints_write(&i, &record);
	return record;
}

struct buf
fixture_read(const char *path)
{
	FILE *f = fopen(path, "rb");
	char chunk[4096];
	struct buf b;
	size_t n;

	if (f == NULL)
		fail_msg("cannot read %s", path);
	buf_init(&b, 1 << 26);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_put(&b, chunk, n);
	fclose(f);
	return b;
}

struct buf
fixture_pki(const char *name)
{
	return fixture_read(fixture_path(name));
}

void
fixture_write(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

X509 *
fixture_cert(const char *name)
{
	FILE *f = fopen(fixture_path(name), "rb");
	X509 *x;

	assert_non_null(f);
	x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(x);
	return x;
}

EVP_PKEY *
fixture_key(const char *name)
{
	FILE *f = fopen(fixture_path(name), "rb");
	EVP_PKEY *key;

	assert_non_null(f);
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(key);
	return key;
}

enum status
fixture_digest(void *arg, const char *digest_name, unsigned char *to, size_t *len)
{
	const struct span *s = arg;
	const EVP_MD *md = EVP_get_digestbyname(digest_name);
	unsigned got;

	if (md == NULL || EVP_Digest(s->data, s->len, to, &got, md, NULL) != 1)
		return STATUS_UNSUPPORTED;
	*len = got;
	return STATUS_OK;
}

char *
fixture_scratch(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[1024];

	snprintf(path, sizeof(path), "%s/congvan-test-XXXXXX", tmp != NULL ? tmp : "/tmp");
	assert_non_null(mkdtemp(path));
	return strdup(path);
}

void
fixture_scratch_free(char *dir)
{
	char command[1100];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	assert_int_equal(system(command), 0);
	free(dir);
}

int
fixture_run(const char *dir, const char *fmt, ...)
{
	char command[4096];
	int n = snprintf(command, sizeof(command), "cd '%s' && exec 2>>output >>output; ", dir);
	int status;
	va_list ap;

	va_start(ap, fmt);
	n += vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, ap);
	va_end(ap);
	assert_true((size_t)n < sizeof(command));
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
fixture_java(const char *dir, const char *program, const char *words)
{
	/* without a UTF-8 locale Java opens no file below a folder of another name than ASCII */
	return fixture_run(dir, "LC_ALL=C.UTF-8 java -XX:TieredStopAtLevel=1 -cp /usr/share/java/bcpkix.jar:/usr/share/java/bcprov.jar:/usr/share/java/bcutil.jar "
		"'%s/tests/java/%s.java' %s", getenv("CONGVAN_SRCDIR"), program, words);
}

clock_us
fixture_time(const char *text)
{
	clock_us t;

	assert_true(clock_parse(text, &t));
	return t;
}

struct buf
fixture_sign(const char *cert_name, const char *key_name, const struct cms_options *options,
	struct span content)
{
	X509 *cert = fixture_cert(cert_name), *issuing = fixture_cert("issuing.pem");
	EVP_PKEY *private = fixture_key(key_name);
	STACK_OF(X509) *chain = sk_X509_new_null();
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned hash_len;
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	struct cms_input input = {.signing_time = fixture_time("2026-02-03T04:05:06Z")};
	struct buf cms;

	buf_init(&cms, CMS_MAX);
	sk_X509_push(chain, issuing);
	assert_int_equal(cms_template_new(cert, chain, options, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, private, &key), STATUS_OK);
	assert_int_equal(EVP_Digest(content.data, content.len, hash, &hash_len,
		EVP_get_digestbyname(cms_template_digest_name(t)), NULL), 1);
	input.digest = (struct span){hash, hash_len};
	assert_int_equal(cms_template_sign(t, &input, cms_key_sign, key, &cms), STATUS_OK);
	assert_true(cms.len <= cms_template_room(t));
	cms_key_free(key);
	cms_template_free(t);
	sk_X509_free(chain);
	X509_free(issuing);
	X509_free(cert);
	EVP_PKEY_free(private);
	return cms;
}
