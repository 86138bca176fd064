/*
 * sandbox: what the signer gives away before it reads its first byte from anybody. Each layer is
 * used where the system has it and logged; only without the system-call filter does the signer
 * refuse to run (unless the configuration says otherwise).
 */
#ifndef CONGVAN_SIGNER_SANDBOX_H
#define CONGVAN_SIGNER_SANDBOX_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/status.h"

/* First of all: no core dumps, no debugger, locked memory, limits, umask. Before dropping
 * privileges, because locking needs them. */
void sandbox_harden(void);

/* From root to uid and gid, without a way back. STATUS_DENIED when it did not work. */
enum status sandbox_become(uid_t uid, gid_t gid);

/*
 * no_new_privs, Landlock (data may be written, keys may be read, nothing else opened; where the
 * kernel has it) and the system-call filter (no new sockets, no programs). STATUS_UNSUPPORTED: the
 * filter could not be set.
 * module_folders: NULL, or, with PKCS#11 modules, what these read and write (a list); the filter then also lets through what modules need: Unix
 * sockets to a reader's daemon, file locks, threads.
 */
enum status sandbox_enter(const char *data, const char *keys, const char *module_folders);

#endif
