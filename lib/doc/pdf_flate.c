/* pdf_flate: see pdf_flate.h. */
#include "lib/doc/pdf_flate.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define STEP 65536u

enum status
pdf_flate_pack(struct span in, int level, struct buf *to)
{
	uLongf len;
	unsigned char *p;
	size_t before = to->len;

	if (in.len > UINT32_MAX)
		return STATUS_TOO_LARGE;
	len = compressBound((uLong)in.len);
	if ((p = buf_reserve(to, len)) == NULL)
		return buf_status(to);
	if (compress2(p, &len, in.data, (uLong)in.len, level) != Z_OK) {
		to->len = before;
		return STATUS_NO_MEMORY;
	}
	to->len = before + len;
	to->data[to->len] = '\0';
	return STATUS_OK;
}

enum status
pdf_flate_unpack(struct span in, struct buf *to)
{
	z_stream z;
	unsigned char step[4096];
	int rc = Z_OK;

	memset(&z, 0, sizeof(z));
	if (in.len > UINT32_MAX || inflateInit(&z) != Z_OK)
		return STATUS_NO_MEMORY;
	z.next_in = (unsigned char *)(uintptr_t)in.data; /* zlib does not write to it */
	z.avail_in = (uInt)in.len;
	while (rc == Z_OK && buf_status(to) == STATUS_OK) {
		z.next_out = step;
		z.avail_out = sizeof(step);
		rc = inflate(&z, Z_NO_FLUSH);
		if (rc == Z_OK || rc == Z_STREAM_END)
			buf_put(to, step, sizeof(step) - z.avail_out);
	}
	inflateEnd(&z);
	if (buf_status(to) != STATUS_OK)
		return buf_status(to);
	return rc == Z_STREAM_END ? STATUS_OK : STATUS_INVALID;
}

/* PNG's Paeth predictor (PNG specification 9.4). */
static unsigned char
paeth(int a, int b, int c)
{
	int pa = abs(b - c), pb = abs(a - c), pc = abs(a + b - 2 * c);

	if (pa <= pb && pa <= pc)
		return (unsigned char)a;
	return (unsigned char)(pb <= pc ? b : c);
}

enum status
pdf_flate_unpredict(struct span in, size_t columns, struct buf *to)
{
	const unsigned char *row = in.data, *end = in.data + in.len;
	size_t above = 0;
	bool first = true;

	if (columns == 0 || columns > STEP)
		return STATUS_INVALID;
	for (; (size_t)(end - row) > columns; row += columns + 1) {
		unsigned char type = row[0], *p;
		size_t at = to->len;

		if (type > 4)
			return STATUS_INVALID;
		if ((p = buf_reserve(to, columns)) == NULL)
			return buf_status(to);
		for (size_t i = 0; i < columns; i++) {
			unsigned char b = first ? 0 : to->data[above + i];
			unsigned char a = i ? p[i - 1] : 0;
			unsigned char c = first || i == 0 ? 0 : to->data[above + i - 1];
			unsigned char add[5] = {
				0, a, b, (unsigned char)((a + b) / 2), paeth(a, b, c)};

			p[i] = (unsigned char)(row[i + 1] + add[type]);
		}
		above = at;
		first = false;
	}
	return row == end ? STATUS_OK : STATUS_INVALID;
}
