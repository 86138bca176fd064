/*
 * buf: a growing byte buffer made with its maximum. Everything whose size a peer decides goes through
 * one. Puts do not return errors: the first put that would pass the maximum or finds no memory sets
 * `failed`, later puts do nothing, and the owner asks once with buf_status().
 */
#ifndef CONGVAN_BASE_BUF_H
#define CONGVAN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

struct buf {
	unsigned char *data; /* NULL while empty; always followed by a NUL that len does not count */
	size_t len;
	size_t cap;
	size_t max;
	enum status failed;
};

/* An empty buffer for at most max bytes; allocates nothing. */
void buf_init(struct buf *b, size_t max);

/* Frees the bytes; the struct may be used again as an empty buffer with the same maximum. */
void buf_free(struct buf *b);

/* As buf_free, but the bytes are wiped first. */
void buf_wipe(struct buf *b);

void buf_put(struct buf *b, const void *p, size_t n);
void buf_put_str(struct buf *b, const char *s);
void buf_put_byte(struct buf *b, unsigned char c);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Big-endian numbers, for wire formats. */
void buf_put_u16(struct buf *b, uint16_t v);
void buf_put_u32(struct buf *b, uint32_t v);
void buf_put_u64(struct buf *b, uint64_t v);

/* Room for n more bytes, counted as written; the pointer lives until the next put. NULL on failure. */
unsigned char *buf_reserve(struct buf *b, size_t n);

/* Drops the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);

/* STATUS_OK, STATUS_TOO_LARGE (over max) or STATUS_NO_MEMORY: the first failure since init or free. */
enum status buf_status(const struct buf *b);

/* The content as a C string ("" while empty). Lives until the next put. */
const char *buf_str(const struct buf *b);

/* Hands the bytes to the caller (free() them) and leaves the buffer empty. NULL after a failure. */
unsigned char *buf_steal(struct buf *b, size_t *len_out);

/* A read-only view into bytes of somebody else. */
struct span {
	const unsigned char *data;
	size_t len;
};

/*
 * Typed gets for wire formats: each takes from the front of s and advances it, or returns false and
 * leaves s as it was when too few bytes remain.
 */
bool span_get_u8(struct span *s, uint8_t *out);
bool span_get_u16(struct span *s, uint16_t *out);
bool span_get_u32(struct span *s, uint32_t *out);
bool span_get_u64(struct span *s, uint64_t *out);
bool span_get_bytes(struct span *s, size_t n, struct span *out);

#endif
