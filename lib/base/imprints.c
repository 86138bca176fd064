/* imprints: see imprints.h. The record: the mark, u64 size big-endian, first octet, the digests in the order of enum imprint_kind. */
#include "lib/base/imprints.h"

#include <stdlib.h>
#include <string.h>

static const char mark[] = "congvan imprints 1\n";

struct imprints_stream {
	struct imprints so_far;
	struct imprint_stream *of[IMPRINTS_KINDS];
};

void
imprints_free(struct imprints_stream *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < IMPRINTS_KINDS; i++)
		imprint_free(s->of[i]);
	free(s);
}

struct imprints_stream *
imprints_begin(void)
{
	struct imprints_stream *s = calloc(1, sizeof(*s));

	for (size_t i = 0; s != NULL && i < IMPRINTS_KINDS; i++)
		if ((s->of[i] = imprint_begin((enum imprint_kind)i)) == NULL) {
			imprints_free(s);
			return NULL;
		}
	return s;
}

void
imprints_put(struct imprints_stream *s, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (s->so_far.size == 0)
		s->so_far.first = *(const unsigned char *)p;
	s->so_far.size += n;
	for (size_t i = 0; i < IMPRINTS_KINDS; i++)
		imprint_put(s->of[i], p, n);
}

struct imprints
imprints_end(struct imprints_stream *s)
{
	struct imprints out = s->so_far;

	for (size_t i = 0; i < IMPRINTS_KINDS; i++) {
		out.of[i] = imprint_end(s->of[i]);
		s->of[i] = NULL;
	}
	imprints_free(s);
	return out;
}

void
imprints_write(const struct imprints *i, struct buf *out)
{
	buf_put_str(out, mark);
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_put_byte(out, (unsigned char)(i->size >> shift));
	buf_put_byte(out, i->first);
	for (size_t k = 0; k < IMPRINTS_KINDS; k++)
		buf_put(out, i->of[k].bytes, imprint_size((enum imprint_kind)k));
}

bool
imprints_read(struct span in, struct imprints *out)
{
	const unsigned char *at = in.data + sizeof(mark) - 1;
	size_t want = sizeof(mark) - 1 + 8 + 1;

	for (size_t k = 0; k < IMPRINTS_KINDS; k++)
		want += imprint_size((enum imprint_kind)k);
	if (in.len != want || memcmp(in.data, mark, sizeof(mark) - 1) != 0)
		return false;
	*out = (struct imprints){0};
	for (size_t i = 0; i < 8; i++)
		out->size = out->size << 8 | *at++;
	out->first = *at++;
	for (size_t k = 0; k < IMPRINTS_KINDS; k++) {
		out->of[k].kind = (enum imprint_kind)k;
		memcpy(out->of[k].bytes, at, imprint_size((enum imprint_kind)k));
		at += imprint_size((enum imprint_kind)k);
	}
	return true;
}
