/* secret: see secret.h. Each allocation is its own mapping: secrets are few and small. */
#include "lib/base/secret.h"

#include <string.h>
#include <sys/mman.h>
#include <openssl/crypto.h>

struct secret_head {
	size_t size;
	size_t pad;
};

void *
secret_alloc(size_t n)
{
	size_t size = n + sizeof(struct secret_head);
	struct secret_head *h;

	if (size < n)
		return NULL;
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
