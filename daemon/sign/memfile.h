/* memfile: bytes as an anonymous file, for a worker's job. */
#ifndef CONGVAN_SIGN_MEMFILE_H
#define CONGVAN_SIGN_MEMFILE_H

#include "lib/base/buf.h"

/* The caller's to close; -1 without memory. */
int memfile_of(struct span bytes);

#endif
