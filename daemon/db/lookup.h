/*
 * lookup: the host names of a libpq URL as addresses, found on another thread: libpq itself would ask for them in the middle of a turn of the loop and
 * stop everything while the name server thinks. The names stay beside the addresses: TLS certificates are checked against them.
 */
#ifndef CONGVAN_DB_LOOKUP_H
#define CONGVAN_DB_LOOKUP_H

#include "lib/base/status.h"

struct loop;
struct lookup;

/* At most so many hosts of a URL and addresses of a host are tried. */
#define LOOKUP_HOSTS 16
#define LOOKUP_ADDRESSES 8

/*
 * Lists as libpq's parameters of these names take them, one element for each address, in the order of the URL. All NULL when the URL is to be taken as
 * it is: Unix sockets only, addresses given, or something in it that libpq has to complain about. Lives until the callback returns.
 */
struct lookup_lists {
	const char *host, *hostaddr, *port;
};

/*
 * cb once, later. STATUS_OK with lists; STATUS_NOT_FOUND when no host of the URL has an address (why: for the log). A host that is not found
 * or not in time (4 s) is left out when another one is. cb may call lookup_cancel or start another.
 */
typedef void (*lookup_cb)(void *arg, enum status st, const struct lookup_lists *lists, const char *why);
enum status lookup_start(struct loop *loop, const char *url, lookup_cb cb, void *arg, struct lookup **out);

/* cb is not called any more. Legal on NULL; not after cb. What another thread is doing ends by itself, before loop_free returns. */
void lookup_cancel(struct lookup *l);

#endif
