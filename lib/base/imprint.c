/* imprint: see imprint.h. */
#include "lib/base/imprint.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/evp.h>

#include "lib/base/hex.h"

static const struct {
	const char *name;
	size_t size;
	const EVP_MD *(*md)(void);
} kinds[] = {
	[IMPRINT_SHA256] = {"SHA256", 32, EVP_sha256},
	[IMPRINT_SHA384] = {"SHA384", 48, EVP_sha384},
	[IMPRINT_SHA512] = {"SHA512", 64, EVP_sha512},
};

struct imprint_stream {
	enum imprint_kind kind;
	EVP_MD_CTX *ctx;
};

static void
require(int ok)
{
	if (ok != 1)
		abort(); /* no SHA-2: nothing this program does would be safe */
}

const char *
imprint_name(enum imprint_kind kind)
{
	return kinds[kind].name;
}

bool
imprint_kind_find(const char *name, enum imprint_kind *out)
{
	for (size_t i = 0; name != NULL && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, name) == 0) {
			*out = (enum imprint_kind)i;
			return true;
		}
	return false;
}

size_t
imprint_size(enum imprint_kind kind)
{
	return kinds[kind].size;
}

bool
imprint_equal(const struct imprint *a, const struct imprint *b)
{
	return a->kind == b->kind && memcmp(a->bytes, b->bytes, imprint_size(a->kind)) == 0;
}

void
imprint_hex(const struct imprint *i, char to[IMPRINT_HEX])
{
	hex_encode(i->bytes, imprint_size(i->kind), to);
}

bool
imprint_from_hex(enum imprint_kind kind, const char *hex, struct imprint *out)
{
	*out = (struct imprint){.kind = kind};
	return hex != NULL && hex_decode(hex, out->bytes, imprint_size(kind)) && strpbrk(hex, "ABCDEF") == NULL;
}

struct imprint_stream *
imprint_begin(enum imprint_kind kind)
{
	struct imprint_stream *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->kind = kind;
	if ((s->ctx = EVP_MD_CTX_new()) == NULL) {
		free(s);
		return NULL;
	}
	require(EVP_DigestInit_ex(s->ctx, kinds[kind].md(), NULL));
	return s;
}

void
imprint_put(struct imprint_stream *s, const void *p, size_t n)
{
	require(EVP_DigestUpdate(s->ctx, p, n));
}

struct imprint_stream *
imprint_fork(const struct imprint_stream *s)
{
	struct imprint_stream *f = imprint_begin(s->kind);

	if (f != NULL)
		require(EVP_MD_CTX_copy_ex(f->ctx, s->ctx));
	return f;
}

struct imprint
imprint_end(struct imprint_stream *s)
{
	struct imprint i = {.kind = s->kind};

	require(EVP_DigestFinal_ex(s->ctx, i.bytes, NULL));
	imprint_free(s);
	return i;
}

void
imprint_free(struct imprint_stream *s)
{
	if (s == NULL)
		return;
	EVP_MD_CTX_free(s->ctx);
	free(s);
}

struct imprint
imprint_of(enum imprint_kind kind, const void *p, size_t n)
{
	struct imprint i = {.kind = kind};

	require(EVP_Digest(p, n, i.bytes, NULL, kinds[kind].md(), NULL));
	return i;
}
