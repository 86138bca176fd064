/* digest: SHA-256, the content address of everything stored (docs/architecture.md, data rules). */
#ifndef CONGVAN_BASE_DIGEST_H
#define CONGVAN_BASE_DIGEST_H

#include <stddef.h>

#include "lib/base/status.h"

#define DIGEST_BYTES 32
#define DIGEST_HEX (2 * DIGEST_BYTES + 1)

struct digest {
	unsigned char bytes[DIGEST_BYTES];
};

struct digest_stream;

/* The digest of n bytes. Aborts only if OpenSSL has no SHA-256. */
struct digest digest_of(const void *p, size_t n);

/* Streaming form. NULL without memory; end() frees the stream, as does free(). */
struct digest_stream *digest_begin(void);
void digest_put(struct digest_stream *s, const void *p, size_t n);
struct digest digest_end(struct digest_stream *s);
/* Of what was put so far; more may follow. */
struct digest digest_so_far(const struct digest_stream *s);
void digest_free(struct digest_stream *s);

/* The digest of the whole file behind fd from its start (pread; the offset stays). */
enum status digest_of_fd(int fd, struct digest *out);

void digest_hex(const struct digest *d, char to[DIGEST_HEX]);

#endif
