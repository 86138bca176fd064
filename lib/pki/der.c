/* der: see der.h. */
#include "lib/pki/der.h"

#include <stdlib.h>
#include <string.h>

bool
der_get(struct span *s, struct der *out)
{
	struct span rest = *s;
	uint8_t tag, first, byte;
	size_t len;

	if (!span_get_u8(&rest, &tag) || (tag & 0x1f) == 0x1f || !span_get_u8(&rest, &first))
		return false;
	len = first;
	if (first >= 0x80) {
		size_t bytes = first & 0x7f;

		if (bytes == 0 || bytes > 4)
			return false;
		len = 0;
		for (size_t i = 0; i < bytes; i++) {
			if (!span_get_u8(&rest, &byte) || (i == 0 && byte == 0))
				return false;
			len = len << 8 | byte;
		}
		if (len < 0x80)
			return false;
	}
	out->tag = tag;
	if (!span_get_bytes(&rest, len, &out->value))
		return false;
	out->whole = (struct span){s->data, s->len - rest.len};
	*s = rest;
	return true;
}

bool
der_expect(struct span *s, unsigned char tag, struct der *out)
{
	struct span before = *s;

	if (der_get(s, out) && out->tag == tag)
		return true;
	*s = before;
	return false;
}

size_t
der_header_size(size_t len)
{
	size_t n = 2;

	if (len >= 0x80)
		for (; len != 0; len >>= 8)
			n++;
	return n;
}

void
der_put_header(struct buf *b, unsigned char tag, size_t len)
{
	size_t bytes = der_header_size(len) - 2, n = 0;
	unsigned char header[2 + sizeof(len)];

	header[n++] = tag;
	header[n++] = (unsigned char)(bytes == 0 ? len : 0x80 | bytes);
	while (bytes-- > 0)
		header[n++] = (unsigned char)(len >> (8 * bytes));
	buf_put(b, header, n);
}

void
der_put(struct buf *b, unsigned char tag, const void *value, size_t len)
{
	der_put_header(b, tag, len);
	buf_put(b, value, len);
}

static int
compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	size_t n = x->len < y->len ? x->len : y->len;
	int c = memcmp(x->data, y->data, n);

	return c != 0 ? c : (x->len > y->len) - (x->len < y->len);
}

void
der_put_set_of(struct buf *b, unsigned char tag, struct span *elements, size_t count)
{
	size_t len = 0;

	for (size_t i = 0; i < count; i++)
		len += elements[i].len;
	if (count > 1)
		qsort(elements, count, sizeof(*elements), compare);
	der_put_header(b, tag, len);
	for (size_t i = 0; i < count; i++)
		buf_put(b, elements[i].data, elements[i].len);
}
