/*
 * listener: a listening socket in the loop, Unix or TCP; hands over accepted sockets with what is
 * known of the other end.
 */
#ifndef CONGVAN_IO_LISTENER_H
#define CONGVAN_IO_LISTENER_H

#include <sys/types.h>

#include "daemon/io/conn.h"
#include "daemon/io/loop.h"
#include "lib/base/diag.h"

struct listener;

/* Takes over the connected socket fd (close-on-exec). Several times in one turn. */
typedef void (*listener_accept_cb)(void *arg, int fd, const struct conn_peer *peer);

/*
 * A Unix socket of that mode. A socket file that nobody listens on is replaced; STATUS_DUPLICATE
 * when somebody does, STATUS_INVALID with a finding for other errors.
 */
enum status listener_unix(struct loop *loop, const char *path, mode_t mode,
	listener_accept_cb accept, void *arg, struct diag *diag, struct listener **out);

/*
 * "127.0.0.1:8443" or "[::]:8443" (also for IPv4); port 0: any free one. Numeric only. Errors as
 * above.
 */
enum status listener_tcp(struct loop *loop, const char *address, listener_accept_cb accept,
	void *arg, struct diag *diag, struct listener **out);

/* The TCP port; 0 for a Unix socket. */
unsigned listener_port(const struct listener *l);

/* Accepts no more, removes the socket file and frees itself in a later turn. NULL is legal. */
void listener_close(struct listener *l);

#endif
