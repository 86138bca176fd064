/*
 * pack_scan: walks the central directory of a ZIP archive (APPNOTE 4.3) without allocating by its
 * word, before libzip sees it.
 */
#ifndef CONGVAN_DOC_PACK_SCAN_H
#define CONGVAN_DOC_PACK_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"

struct pack_record {
	struct span name;
	struct span whole; /* the directory record itself, a view into the archive */
	uint64_t size, packed, offset;
	uint32_t attributes; /* external; upper half is the Unix mode when made_unix */
	uint16_t flags, method, local_extra; /* the last: bytes of the extra field of the local header */
	bool made_unix;
};

struct pack_scan {
	struct pack_record *records; /* free() */
	size_t count;
	uint64_t directory; /* where the central directory begins: entries end there */
	size_t end; /* bytes of the archive up to the end of its end record; the rest is trailing */
};

/*
 * STATUS_INVALID with a finding when this is not one whole archive of at most max entries, whose
 * entries share no bytes, every local header agreeing with the directory. STATUS_NO_MEMORY.
 */
enum status pack_scan_read(struct span zip, size_t max, struct diag *diag, struct pack_scan *out);

#endif
