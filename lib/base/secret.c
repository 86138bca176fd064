/*
 * secret: see secret.h. A process that has set up OpenSSL's secure heap (the signer) keeps its small secrets there, which is locked, not
 * dumped, and between guard pages already. Otherwise each allocation is its own mapping: secrets are few and small, but making, locking,
 * touching and taking down a mapping costs more than a signature.
 */
#include "lib/base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#define IN_HEAP (256u << 10) /* larger ones have a mapping of their own: keys need room in the heap too */

struct secret_head {
	size_t size;
	size_t pad;
};

static void *
alloc_in_heap(size_t n)
{
	void *p;

	if (n > IN_HEAP || !CRYPTO_secure_malloc_initialized())
		return NULL;
	ERR_set_mark();
	p = OPENSSL_secure_zalloc(n > 0 ? n : 1); /* NULL when it is full */
	ERR_pop_to_mark();
	return p;
}

void *
secret_alloc(size_t n)
{
	size_t size = n + sizeof(struct secret_head);
	struct secret_head *h;
	void *p;

	if (size < n)
		return NULL;
	if ((p = alloc_in_heap(n)) != NULL)
		return p;
	h = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (h == MAP_FAILED)
		return NULL;
	(void)mlock(h, size); /* RLIMIT_MEMLOCK may forbid it; the wipe below still holds */
	(void)madvise(h, size, MADV_DONTDUMP);
	h->size = size;
	return h + 1;
}

void
secret_free(void *p)
{
	struct secret_head *h;
	size_t size;

	if (p == NULL)
		return;
	if (CRYPTO_secure_allocated(p)) {
		OPENSSL_secure_free(p); /* wipes the whole block */
		return;
	}
	h = (struct secret_head *)p - 1;
	size = h->size;
	explicit_bzero(h, size);
	munmap(h, size);
}

bool
secret_equal(const void *a, const void *b, size_t n)
{
	return CRYPTO_memcmp(a, b, n) == 0;
}
