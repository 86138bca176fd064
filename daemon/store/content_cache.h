/*
 * content_cache: the last contents that passed through congvand as memory files, by their hash: what was just prepared, signed or uploaded by a worker is
 * asked for again within moments (completed, judged, read for the search), and going to the database for it would cost more than the work itself. Contents
 * never change; a file is kept only when nobody can write to it any more, and for a minute at most, so that what is destroyed is gone.
 */
#ifndef CONGVAN_STORE_CONTENT_CACHE_H
#define CONGVAN_STORE_CONTENT_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/db/db.h"
#include "lib/base/digest.h"

/* A descriptor of the content, the callee's to close; -1: not here, or over limit. */
int content_cache_find(struct db *db, const struct digest *sha256, uint64_t limit);

/* Nobody can write to it any more, and it is not too large to be kept. */
bool content_cache_takes(int fd);

/*
 * These bytes have this hash: the caller has computed it since content_cache_takes was true of them. fd is duplicated. Nothing happens with a file that is
 * not taken.
 */
void content_cache_keep(struct db *db, const struct digest *sha256, int fd);

#endif
