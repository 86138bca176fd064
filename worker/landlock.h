/*
 * landlock: the layer that says which folders this process may read (Linux 5.13 and later;
 * landlock(7)). Nothing may be written, made or removed anywhere, no TCP port be used, no abstract
 * socket be reached and no signal be sent outside: as far as the kernel knows these.
 */
#ifndef CONGVAN_WORKER_LANDLOCK_H
#define CONGVAN_WORKER_LANDLOCK_H

#include <stddef.h>

/*
 * Restricts this process for good to reading beneath the paths (folders or files; NULL entries and
 * what does not exist are passed over). The ABI version of the kernel's Landlock that is now in
 * force, or 0: not available. Needs no_new_privs.
 */
int landlock_enter(const char *const *paths, size_t count);

#endif
