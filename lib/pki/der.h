/*
 * der: the little of X.690 DER that is needed to write a CMS byte by byte and to splice one without re-encoding it: headers out,
 * one element in. Whole structures of foreign origin are read by OpenSSL, not here.
 */
#ifndef CONGVAN_PKI_DER_H
#define CONGVAN_PKI_DER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

#define DER_INTEGER 0x02
#define DER_OCTET_STRING 0x04
#define DER_NULL 0x05
#define DER_OID 0x06
#define DER_UTC_TIME 0x17
#define DER_SEQUENCE 0x30
#define DER_SET 0x31
#define DER_CONTEXT(n) (0xa0 | (n)) /* constructed, context-specific */

struct der {
	unsigned char tag;
	struct span value; /* the contents */
	struct span whole; /* with the header */
};

/*
 * Takes one element from the front of s. False, and s as it was, when it is not DER: too short, a length that is
 * indefinite or not minimal (X.690 10.1), a tag number of 31 or more, more than 2^32-1 bytes.
 */
bool der_get(struct span *s, struct der *out);

/* The same, and the tag must be this one. */
bool der_expect(struct span *s, unsigned char tag, struct der *out);

/* Bytes of a header for a value of len bytes. */
size_t der_header_size(size_t len);

void der_put_header(struct buf *b, unsigned char tag, size_t len);
void der_put(struct buf *b, unsigned char tag, const void *value, size_t len);

/*
 * Puts a SET OF with the elements in DER order (X.690 11.6: ascending, the shorter padded with zeros). Sorts
 * `elements` in place.
 */
void der_put_set_of(struct buf *b, unsigned char tag, struct span *elements, size_t count);

#endif
