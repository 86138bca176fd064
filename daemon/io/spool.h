/*
 * spool: a file on disk without a name (open(2), O_TMPFILE), for bytes that are too many for memory: written off the loop, gone with its last descriptor. What a worker maps of it is page
 * cache, which the kernel takes back when it needs it.
 */
#ifndef CONGVAN_IO_SPOOL_H
#define CONGVAN_IO_SPOOL_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/status.h"

struct loop;

/* A disk that others live on too keeps so much. */
#define SPOOL_LEAVES (UINT64_C(512) << 20)

/*
 * An empty file in this folder, with room for `size` bytes set aside. STATUS_NO_SPACE: less than SPOOL_LEAVES would be left; STATUS_TOO_MANY: no more descriptors; STATUS_IO.
 */
enum status spool_open(const char *dir, uint64_t size, int *fd_out);

/*
 * Writes n bytes (copied) at this place on another thread; fd is duplicated. done once, in a later turn; also while the loop is being freed.
 */
void spool_write(struct loop *l, int fd, uint64_t at, const void *data, size_t n, void (*done)(void *arg, enum status st), void *arg);

/* The same file for reading only, and fd closed, also on failure: STATUS_IO, STATUS_TOO_MANY. */
enum status spool_seal(int fd, int *fd_out);

#endif
