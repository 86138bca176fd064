/* state: what the command line remembers between runs, in $XDG_STATE_HOME/congvan (0700): session tokens and the signer's pinned key. */
#ifndef CONGVAN_CLI_STATE_H
#define CONGVAN_CLI_STATE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Reads the named entry for a server ("session", "signer"; server: its socket path or URL) into to; false when there is none.
 */
bool state_read(const char *what, const char *server, char *to, size_t size);

/* Writes it (mode 0600, replaced atomically); text NULL removes it. False on failure, errno set. */
bool state_write(const char *what, const char *server, const char *text);

#endif
