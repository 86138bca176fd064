/* seal_pdf_hash: see seal_pdf_hash.h. The states of the digest where a hole begins are kept, by algorithm. */
#include "lib/seal/seal_pdf_hash.h"

#include <stdlib.h>

#include "lib/base/order.h"

#define ALGORITHMS 8 /* more than OpenSSL has that anybody signs with */

/* What one algorithm has taken in up to hole i; NULL: not yet. */
struct states {
	int type; /* EVP_MD_get_type; 0: free */
	EVP_MD_CTX *at[PDF_SIGNATURES_MAX];
};

struct seal_pdf_hash {
	struct span file;
	uint64_t holes[PDF_SIGNATURES_MAX]; /* where they begin, ascending, each once */
	size_t count;
	struct states *of[ALGORITHMS];
};

struct seal_pdf_hash *
seal_pdf_hash_new(const struct pdf_scan *scan)
{
	const struct pdf_info *info = pdf_scan_info(scan);
	struct seal_pdf_hash *h = calloc(1, sizeof(*h));
	size_t kept = 0;

	if (h == NULL)
		return NULL;
	h->file = pdf_scan_file(scan);
	for (size_t i = 0; i < info->signature_count && h->count < PDF_SIGNATURES_MAX; i++)
		if (info->signatures[i].fault == NULL)
			h->holes[h->count++] = info->signatures[i].range[1];
	qsort(h->holes, h->count, sizeof(h->holes[0]), order_u64);
	for (size_t i = 0; i < h->count; i++)
		if (kept == 0 || h->holes[kept - 1] != h->holes[i])
			h->holes[kept++] = h->holes[i];
	h->count = kept;
	return h;
}

void
seal_pdf_hash_free(struct seal_pdf_hash *h)
{
	if (h == NULL)
		return;
	for (size_t i = 0; i < ALGORITHMS && h->of[i] != NULL; i++) {
		for (size_t k = 0; k < h->count; k++)
			EVP_MD_CTX_free(h->of[i]->at[k]);
		free(h->of[i]);
	}
	free(h);
}

/* NULL: one too many, or without memory. */
static struct states *
states_of(struct seal_pdf_hash *h, const EVP_MD *md)
{
	int type = EVP_MD_get_type(md);

	for (size_t i = 0; i < ALGORITHMS; i++) {
		if (h->of[i] == NULL && (h->of[i] = calloc(1, sizeof(*h->of[i]))) != NULL)
			h->of[i]->type = type;
		if (h->of[i] == NULL || h->of[i]->type == type)
			return h->of[i];
	}
	return NULL;
}

/* Another state like it, or from the beginning. */
static EVP_MD_CTX *
begin(const EVP_MD_CTX *from, const EVP_MD *md)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (ctx != NULL && (from != NULL ? EVP_MD_CTX_copy_ex(ctx, from) : EVP_DigestInit_ex(ctx, md, NULL)) == 1)
		return ctx;
	EVP_MD_CTX_free(ctx);
	return NULL;
}

/* The state at hole `to`, by way of those before it that are not known yet. */
static const EVP_MD_CTX *
state_at(struct seal_pdf_hash *h, struct states *s, size_t to, const EVP_MD *md)
{
	size_t known = to + 1; /* one behind the nearest that is known; 0: none */

	while (known > 0 && s->at[known - 1] == NULL)
		known--;
	for (; known <= to; known++) {
		uint64_t from = known > 0 ? h->holes[known - 1] : 0;
		EVP_MD_CTX *ctx = begin(known > 0 ? s->at[known - 1] : NULL, md);

		if (ctx == NULL || EVP_DigestUpdate(ctx, h->file.data + from, h->holes[known] - from) != 1) {
			EVP_MD_CTX_free(ctx);
			return NULL;
		}
		s->at[known] = ctx;
	}
	return s->at[to];
}

bool
seal_pdf_hash_range(struct seal_pdf_hash *h, const uint64_t range[4], const EVP_MD *md, unsigned char *to, unsigned *len)
{
	const uint64_t *hole = bsearch(&range[1], h->holes, h->count, sizeof(h->holes[0]), order_u64);
	struct states *s = range[0] == 0 && hole != NULL ? states_of(h, md) : NULL;
	const EVP_MD_CTX *before = s != NULL ? state_at(h, s, (size_t)(hole - h->holes), md) : NULL;
	EVP_MD_CTX *ctx = begin(before, md);
	bool ok = ctx != NULL && (before != NULL || EVP_DigestUpdate(ctx, h->file.data + range[0], range[1]) == 1) &&
		EVP_DigestUpdate(ctx, h->file.data + range[2], range[3]) == 1 && EVP_DigestFinal_ex(ctx, to, len) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}
