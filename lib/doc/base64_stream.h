/*
 * base64_stream: base64 (RFC 4648 section 4) in pieces of any size, for attachments of hundreds of
 * MB that never stand in memory as one string. Reading is strict but for white space, which XML
 * writers put in to break lines.
 */
#ifndef CONGVAN_DOC_BASE64_STREAM_H
#define CONGVAN_DOC_BASE64_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/doc/output.h"

enum base64_fault {
	BASE64_GOOD,
	BASE64_CHARACTER, /* a character outside the alphabet */
	BASE64_PADDING,   /* missing, misplaced or followed by more */
	BASE64_STRAY_BITS /* bits set after the last byte: two texts must not mean the same bytes */
};

struct base64_decoder {
	struct output to;
	uint32_t group;          /* the bits of the unfinished group */
	unsigned have, pad;      /* digits and '=' in it */
	uint64_t digits;         /* characters read so far, white space not counted */
	enum base64_fault fault; /* the first one; everything after it is ignored */
	bool ended;
};

void base64_decode_begin(struct base64_decoder *d, struct output to);

/* Decodes a piece. Only an error of the output is returned; a fault of the text is kept in
 * d->fault. */
enum status base64_decode_put(struct base64_decoder *d, const char *s, size_t n);

/* To be called once at the end; sets d->fault when the last group is unfinished. */
enum status base64_decode_end(struct base64_decoder *d);

struct base64_encoder {
	struct output to;
	unsigned char rest[3];
	size_t have;
};

void base64_encode_begin(struct base64_encoder *e, struct output to);
enum status base64_encode_put(struct base64_encoder *e, const void *p, size_t n);
enum status base64_encode_end(struct base64_encoder *e);

#endif
