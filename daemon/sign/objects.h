/* objects: the files besides the main one that go into one container, from the content store, as descriptors for a job. */
#ifndef CONGVAN_SIGN_OBJECTS_H
#define CONGVAN_SIGN_OBJECTS_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/status.h"

#define OBJECTS_MOST 40 /* files besides the main one */

struct db;

struct objects {
	int fds[OBJECTS_MOST];
	size_t count;
};

typedef void (*objects_cb)(void *arg, enum status st);

/*
 * Loads the contents of list from element `from` on ([{"sha256"}]) into o, which is empty and lives until cb, as does list; objects_close it in every case. `most`: bytes of
 * each. STATUS_TOO_LARGE over OBJECTS_MOST. cb once; inside the call only when nothing is to be loaded, or over the limit.
 */
void objects_load(struct db *db, const json_t *list, size_t from, uint64_t most, struct objects *o, objects_cb cb, void *arg);
void objects_close(struct objects *o);

#endif
