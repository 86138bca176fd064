/*
 * sandbox: takes from this process, for good and before it sees the first document, what a document
 * could abuse. Which layers the kernel gave is told, logged and sent to congvand.
 */
#ifndef CONGVAN_WORKER_SANDBOX_H
#define CONGVAN_WORKER_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/status.h"

#define SANDBOX_FOLDERS 16

struct sandbox {
	const char *folders[SANDBOX_FOLDERS]; /* what may be read besides the fonts and colour files
						 of the system; NULL entries are legal */
	/* what came of it */
	bool no_new_privs, seccomp;
	int landlock; /* ABI version, 0: the kernel has none */
};

/*
 * Closes every descriptor but 0, 1, 2 and keep; makes 0-2 valid ones; empties the environment.
 * Before anything else.
 */
enum status sandbox_clean(int keep);

/*
 * STATUS_UNAVAILABLE: no system call filter could be had; without it a worker must not open a
 * document.
 */
enum status sandbox_enter(struct sandbox *s);

/* "no_new_privs seccomp landlock=7" */
void sandbox_describe(const struct sandbox *s, char *to, size_t size);

#endif
