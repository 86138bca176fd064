/* digest: see digest.h. */
#include "lib/base/digest.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <openssl/evp.h>

#include "lib/base/hex.h"

struct digest_stream {
	EVP_MD_CTX *ctx;
};

static void
require(int ok)
{
	if (ok != 1)
		abort(); /* no SHA-256: nothing this program does would be safe */
}

struct digest_stream *
digest_begin(void)
{
	struct digest_stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->ctx = EVP_MD_CTX_new();
	if (s->ctx == NULL) {
		free(s);
		return NULL;
	}
	require(EVP_DigestInit_ex(s->ctx, EVP_sha256(), NULL));
	return s;
}

void
digest_put(struct digest_stream *s, const void *p, size_t n)
{
	require(EVP_DigestUpdate(s->ctx, p, n));
}

struct digest
digest_end(struct digest_stream *s)
{
	struct digest d;

	require(EVP_DigestFinal_ex(s->ctx, d.bytes, NULL));
	digest_free(s);
	return d;
}

struct digest
digest_so_far(const struct digest_stream *s)
{
	EVP_MD_CTX *copy = EVP_MD_CTX_new();
	struct digest d;

	require(copy != NULL && EVP_MD_CTX_copy_ex(copy, s->ctx) == 1);
	require(EVP_DigestFinal_ex(copy, d.bytes, NULL));
	EVP_MD_CTX_free(copy);
	return d;
}

void
digest_free(struct digest_stream *s)
{
	if (s == NULL)
		return;
	EVP_MD_CTX_free(s->ctx);
	free(s);
}

struct digest
digest_of(const void *p, size_t n)
{
	struct digest d;

	require(EVP_Digest(p, n, d.bytes, NULL, EVP_sha256(), NULL));
	return d;
}

enum status
digest_of_fd(int fd, struct digest *out)
{
	struct digest_stream *s = digest_begin();
	unsigned char *chunk = malloc(65536);
	off_t at = 0;
	ssize_t n;

	if (s == NULL || chunk == NULL) {
		digest_free(s);
		free(chunk);
		return STATUS_NO_MEMORY;
	}
	while ((n = pread(fd, chunk, 65536, at)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		digest_put(s, chunk, (size_t)n);
		at += n;
	}
	free(chunk);
	if (n < 0) {
		digest_free(s);
		return STATUS_IO;
	}
	*out = digest_end(s);
	return STATUS_OK;
}

void
digest_hex(const struct digest *d, char to[DIGEST_HEX])
{
	hex_encode(d->bytes, DIGEST_BYTES, to);
}
