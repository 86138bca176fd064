/* nonces: see nonces.h. A plain list: at most some thousands live, and a list has no worst case
 * that a peer can choose. */
#include "signer/nonces.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/hex.h"

#define NONCE_BYTES 16
#define NONCES_MAX 131072
#define KEEP (INT64_C(600) * CLOCK_SECOND) /* after the expiry, should the clock be set back */

struct nonce {
	unsigned char bytes[NONCE_BYTES];
	clock_us until;
};

struct nonces {
	struct nonce *list;
	size_t count, cap;
};

struct nonces *
nonces_new(void)
{
	return calloc(1, sizeof(struct nonces));
}

void
nonces_free(struct nonces *n)
{
	if (n == NULL)
		return;
	free(n->list);
	free(n);
}

bool
nonces_seen(const struct nonces *n, const char *nonce)
{
	unsigned char bytes[NONCE_BYTES];

	if (!hex_decode(nonce, bytes, sizeof(bytes)))
		return true;
	for (size_t i = 0; i < n->count; i++)
		if (memcmp(n->list[i].bytes, bytes, sizeof(bytes)) == 0)
			return true;
	return false;
}

static void
drop_old(struct nonces *n, clock_us now)
{
	size_t kept = 0;

	for (size_t i = 0; i < n->count; i++)
		if (n->list[i].until > now)
			n->list[kept++] = n->list[i];
	n->count = kept;
}

/* Old ones go when the list is full, before it grows. */
static enum status
make_room(struct nonces *n, clock_us now)
{
	size_t cap = n->cap > 0 ? 2 * n->cap : 256;
	struct nonce *p;

	drop_old(n, now);
	if (n->count < n->cap / 2)
		return STATUS_OK;
	if (cap > NONCES_MAX)
		return n->count < n->cap ? STATUS_OK : STATUS_TOO_MANY;
	if ((p = reallocarray(n->list, cap, sizeof(*p))) == NULL)
		return STATUS_NO_MEMORY;
	n->list = p;
	n->cap = cap;
	return STATUS_OK;
}

enum status
nonces_add(struct nonces *n, const char *nonce, clock_us expires, clock_us now)
{
	struct nonce one = {.until = expires + KEEP};

	if (!hex_decode(nonce, one.bytes, sizeof(one.bytes)))
		return STATUS_INVALID;
	if (one.until <= now)
		return STATUS_OK;
	if (n->count == n->cap) {
		enum status st = make_room(n, now);

		if (st != STATUS_OK)
			return st;
	}
	n->list[n->count++] = one;
	return STATUS_OK;
}
