/* magic: what a file is by how it begins, for those who open no document and those who do. */
#ifndef CONGVAN_BASE_MAGIC_H
#define CONGVAN_BASE_MAGIC_H

#include <stdbool.h>
#include <stddef.h>

/* A SEQUENCE that begins with the identifier of CMS SignedData (RFC 5652 5.1), whatever is inside: its length is of one to five bytes, or is not told (BER). */
bool magic_is_signed_data(const unsigned char *p, size_t n);

#endif
