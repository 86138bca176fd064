/*
 * archive: reads the text out of what is kept (PDF and plain text) so that the search finds its words. Rows of derived_text wait; of all
 * congvand on a database the one that holds the advisory lock takes a few at a time. What it derives can be thrown away: rows that are missing are
 * made again when it begins to lead and every ten minutes.
 */
#ifndef CONGVAN_ARCHIVE_ARCHIVE_H
#define CONGVAN_ARCHIVE_ARCHIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/db/db.h"
#include "daemon/io/loop.h"

struct archive;
struct offload;
struct pool;

struct archive_config {
	struct loop *loop;
	struct db *db;
	struct pool **pool;       /* looked at each time: NULL before the workers start and after they have ended */
	struct offload *offload;
	unsigned interval_ms;     /* between looks; 0: 2000 */
};

enum status archive_start(const struct archive_config *config, struct archive **out);

/* done once, when nothing of it runs any more and it is freed. Jobs under way are waited for: stop the pool first. */
void archive_stop(struct archive *a, void (*done)(void *arg), void *arg);

struct archive_counters {
	uint64_t done, failed, put_off;
	bool leading;
};
struct archive_counters archive_counters(const struct archive *a);

#endif
