/* buf: see buf.h. */
#include "lib/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUF_FIRST 256u

void
buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void
buf_free(struct buf *b)
{
	size_t max = b->max;

	free(b->data);
	buf_init(b, max);
}

void
buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_free(b);
}

/* Room for n more bytes and the closing NUL. */
static bool
grow(struct buf *b, size_t n)
{
	size_t want, cap;
	unsigned char *p;

	if (b->failed != STATUS_OK)
		return false;
	if (n > b->max - b->len) {
		b->failed = STATUS_TOO_LARGE;
		return false;
	}
	want = b->len + n + 1;
	if (want <= b->cap)
		return true;
	for (cap = b->cap ? b->cap : BUF_FIRST; cap < want; cap *= 2)
		if (cap > SIZE_MAX / 2)
			break;
	if (cap < want)
		cap = want;
	if (cap > b->max + 1)
		cap = b->max + 1;
	p = malloc(cap);
	if (p == NULL) {
		b->failed = STATUS_NO_MEMORY;
		return false;
	}
	if (b->data != NULL) {
		/* Not realloc: the old copy may hold a secret, and realloc would leave it behind. */
		memcpy(p, b->data, b->len);
		explicit_bzero(b->data, b->len);
		free(b->data);
	}
	b->data = p;
	b->cap = cap;
	b->data[b->len] = '\0';
	return true;
}

unsigned char *
buf_reserve(struct buf *b, size_t n)
{
	unsigned char *p;

	if (!grow(b, n))
		return NULL;
	p = b->data + b->len;
	b->len += n;
	b->data[b->len] = '\0';
	return p;
}

void
buf_put(struct buf *b, const void *p, size_t n)
{
	unsigned char *to;

	if (n == 0 || (to = buf_reserve(b, n)) == NULL)
		return;
	memcpy(to, p, n);
}

void
buf_put_str(struct buf *b, const char *s)
{
	buf_put(b, s, strlen(s));
}

void
buf_put_byte(struct buf *b, unsigned char c)
{
	buf_put(b, &c, 1);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap, again;
	char small[256];
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n < sizeof(small)) {
		buf_put(b, small, (size_t)n);
	} else if (n >= 0 && grow(b, (size_t)n)) {
		vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
buf_put_u16(struct buf *b, uint16_t v)
{
	unsigned char p[2] = {(unsigned char)(v >> 8), (unsigned char)v};

	buf_put(b, p, sizeof(p));
}

void
buf_put_u32(struct buf *b, uint32_t v)
{
	buf_put_u16(b, (uint16_t)(v >> 16));
	buf_put_u16(b, (uint16_t)v);
}

void
buf_put_u64(struct buf *b, uint64_t v)
{
	buf_put_u32(b, (uint32_t)(v >> 32));
	buf_put_u32(b, (uint32_t)v);
}

void
buf_consume(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	b->len -= n;
	memmove(b->data, b->data + n, b->len + 1);
}

enum status
buf_status(const struct buf *b)
{
	return b->failed;
}

const char *
buf_str(const struct buf *b)
{
	return b->data ? (const char *)b->data : "";
}

unsigned char *
buf_steal(struct buf *b, size_t *len_out)
{
	unsigned char *p;

	if (b->failed != STATUS_OK || (b->data == NULL && !grow(b, 0)))
		return NULL;
	p = b->data;
	if (len_out != NULL)
		*len_out = b->len;
	b->data = NULL;
	buf_free(b);
	return p;
}

bool
span_get_bytes(struct span *s, size_t n, struct span *out)
{
	if (s->len < n)
		return false;
	out->data = s->data;
	out->len = n;
	s->data += n;
	s->len -= n;
	return true;
}

static bool
get_be(struct span *s, size_t n, uint64_t *out)
{
	struct span b;

	if (!span_get_bytes(s, n, &b))
		return false;
	*out = 0;
	for (size_t i = 0; i < n; i++)
		*out = *out << 8 | b.data[i];
	return true;
}

bool
span_get_u8(struct span *s, uint8_t *out)
{
	uint64_t v;

	if (!get_be(s, 1, &v))
		return false;
	*out = (uint8_t)v;
	return true;
}

bool
span_get_u16(struct span *s, uint16_t *out)
{
	uint64_t v;

	if (!get_be(s, 2, &v))
		return false;
	*out = (uint16_t)v;
	return true;
}

bool
span_get_u32(struct span *s, uint32_t *out)
{
	uint64_t v;

	if (!get_be(s, 4, &v))
		return false;
	*out = (uint32_t)v;
	return true;
}

bool
span_get_u64(struct span *s, uint64_t *out)
{
	return get_be(s, 8, out);
}
