/*
 * imprint: the digest of what is signed, by one of the algorithms that a signature may use (SHA-2; the key decides which). Content addresses are always
 * SHA-256: digest.h.
 */
#ifndef CONGVAN_BASE_IMPRINT_H
#define CONGVAN_BASE_IMPRINT_H

#include <stdbool.h>
#include <stddef.h>

#define IMPRINT_BYTES 64
#define IMPRINT_HEX (2 * IMPRINT_BYTES + 1)

/* SHA-256 is 0: what a zeroed request means. */
enum imprint_kind { IMPRINT_SHA256, IMPRINT_SHA384, IMPRINT_SHA512 };

struct imprint {
	enum imprint_kind kind;
	unsigned char bytes[IMPRINT_BYTES]; /* imprint_size of them, then zeros */
};

/* "SHA256", "SHA384", "SHA512": the names of OpenSSL, of the signer's messages and of the API. Static. */
const char *imprint_name(enum imprint_kind kind);
/* False: no such name; NULL gives false. */
bool imprint_kind_find(const char *name, enum imprint_kind *out);

/* Bytes of it: 32, 48, 64. */
size_t imprint_size(enum imprint_kind kind);

bool imprint_equal(const struct imprint *a, const struct imprint *b);

void imprint_hex(const struct imprint *i, char to[IMPRINT_HEX]);
/* Exactly the hex digits of this kind, lower case. False otherwise, and *out is not to be used. */
bool imprint_from_hex(enum imprint_kind kind, const char *hex, struct imprint *out);

/* Over parts that follow each other: begin, put … end. NULL without memory; end frees, as does free. */
struct imprint_stream;
struct imprint_stream *imprint_begin(enum imprint_kind kind);
void imprint_put(struct imprint_stream *s, const void *p, size_t n);
struct imprint imprint_end(struct imprint_stream *s);
void imprint_free(struct imprint_stream *s);

/* Another stream that has taken in the same bytes so far. NULL without memory. */
struct imprint_stream *imprint_fork(const struct imprint_stream *s);

/* The imprint of n bytes. Aborts only if OpenSSL has no SHA-2. */
struct imprint imprint_of(enum imprint_kind kind, const void *p, size_t n);

#endif
