/* base64_stream: see base64_stream.h. */
#include "lib/doc/base64_stream.h"

#include <string.h>

#define PIECE 3072u /* bytes per call of the output: a multiple of 3 */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Digit value; 64 for '=', 65 for white space, 255 for anything else. Filled in at compile time. */
#define PAD 64
#define SPACE 65
#define BAD 255
static const unsigned char values[256] = {
	/* clang-format off */
	BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,SPACE,SPACE,BAD,BAD,SPACE,BAD,BAD,
	BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,
	SPACE,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,BAD,62,BAD,BAD,BAD,63,
	52,53,54,55,56,57,58,59,60,61,BAD,BAD,BAD,PAD,BAD,BAD,
	BAD,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,
	15,16,17,18,19,20,21,22,23,24,25,BAD,BAD,BAD,BAD,BAD,
	BAD,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,
	41,42,43,44,45,46,47,48,49,50,51,BAD,BAD,BAD,BAD,BAD,
	[128 ... 255] = BAD,
	/* clang-format on */
};

void
base64_decode_begin(struct base64_decoder *d, struct output to)
{
	memset(d, 0, sizeof(*d));
	d->to = to;
}

static void
fault(struct base64_decoder *d, enum base64_fault f)
{
	if (d->fault == BASE64_GOOD)
		d->fault = f;
}

/* A full group of four: its bytes to `to`, how many as result. */
static size_t
finish_group(struct base64_decoder *d, unsigned char *to)
{
	size_t bytes = 3 - d->pad;

	if ((d->pad == 1 && (d->group & 0xff) != 0) || (d->pad == 2 && (d->group & 0xffff) != 0))
		fault(d, BASE64_STRAY_BITS);
	for (size_t k = 0; k < bytes; k++)
		to[k] = (unsigned char)(d->group >> (16 - 8 * k));
	d->ended = d->pad > 0;
	d->group = 0;
	d->have = d->pad = 0;
	return bytes;
}

/* One character that is not white space; true when it completes a group. */
static bool
take(struct base64_decoder *d, unsigned value)
{
	d->digits++;
	if (value == BAD)
		fault(d, BASE64_CHARACTER);
	else if (d->ended || (value == PAD && d->have < 2) || (value != PAD && d->pad > 0))
		fault(d, BASE64_PADDING);
	if (d->fault != BASE64_GOOD)
		return false;
	if (value == PAD)
		d->pad++;
	d->group = d->group << 6 | (value == PAD ? 0 : value);
	d->have++;
	return d->have == 4;
}

enum status
base64_decode_put(struct base64_decoder *d, const char *s, size_t n)
{
	unsigned char piece[PIECE + 3];
	size_t fill = 0;
	enum status st = STATUS_OK;

	for (size_t i = 0; i < n && d->fault == BASE64_GOOD && st == STATUS_OK; i++) {
		unsigned value = values[(unsigned char)s[i]];

		if (value == SPACE || !take(d, value))
			continue;
		fill += finish_group(d, piece + fill);
		if (fill >= PIECE) {
			st = output_put(&d->to, piece, fill);
			fill = 0;
		}
	}
	return st == STATUS_OK ? output_put(&d->to, piece, fill) : st;
}

enum status
base64_decode_end(struct base64_decoder *d)
{
	if (d->have > 0)
		fault(d, BASE64_PADDING);
	return STATUS_OK;
}

void
base64_encode_begin(struct base64_encoder *e, struct output to)
{
	memset(e, 0, sizeof(*e));
	e->to = to;
}

static void
encode_group(const unsigned char *from, size_t n, char to[4])
{
	uint32_t v = (uint32_t)from[0] << 16;

	if (n > 1)
		v |= (uint32_t)from[1] << 8;
	if (n > 2)
		v |= from[2];
	to[0] = digits[v >> 18];
	to[1] = digits[v >> 12 & 63];
	to[2] = n > 1 ? digits[v >> 6 & 63] : '=';
	to[3] = n > 2 ? digits[v & 63] : '=';
}

enum status
base64_encode_put(struct base64_encoder *e, const void *p, size_t n)
{
	const unsigned char *from = p;
	char piece[4096];
	size_t fill = 0;
	enum status st = STATUS_OK;

	for (size_t i = 0; i < n && st == STATUS_OK; i++) {
		e->rest[e->have++] = from[i];
		if (e->have < 3)
			continue;
		encode_group(e->rest, 3, piece + fill);
		e->have = 0;
		fill += 4;
		if (fill == sizeof(piece)) {
			st = output_put(&e->to, piece, fill);
			fill = 0;
		}
	}
	return st == STATUS_OK ? output_put(&e->to, piece, fill) : st;
}

enum status
base64_encode_end(struct base64_encoder *e)
{
	char last[4];

	if (e->have == 0)
		return STATUS_OK;
	encode_group(e->rest, e->have, last);
	e->have = 0;
	return output_put(&e->to, last, sizeof(last));
}
