/*
 * fetch_allow: whom congvand may ask (against SSRF: a certificate's addresses are written by strangers). Two questions: may this host be named in a URL,
 * and may a connection be made to this address? A listed name does not open inner doors: where it leads is looked at when the connection
 * is made, so that an answer of the DNS that changes between looking and connecting changes nothing.
 */
#ifndef CONGVAN_IO_FETCH_ALLOW_H
#define CONGVAN_IO_FETCH_ALLOW_H

#include <stdbool.h>
#include <sys/socket.h>

#include "lib/base/status.h"

#define FETCH_ALLOW_WORDS 1000

struct fetch_allow;

/*
 * words, separated by blanks or commas: "host", "host:port", "192.0.2.7", "[2001:db8::7]:80" and networks "10.1.0.0/16", "fd00::/8". A network opens its addresses,
 * in URLs too. STATUS_INVALID with `wrong` (a copy of the word) when one is none of these.
 */
enum status fetch_allow_new(const char *words, struct fetch_allow **out, char wrong[64]);
void fetch_allow_free(struct fetch_allow *a);

/* host as in a URL, IPv6 with or without brackets. */
bool fetch_allow_host(const struct fetch_allow *a, const char *host, const char *port);

/*
 * A public address, or one that is listed itself or in a listed network. Loopback, link-local (with the metadata services of clouds), private, shared, multicast,
 * reserved and documentation addresses are not public, and neither are IPv4 ones of those kinds inside IPv6 (mapped, NAT64, 6to4).
 */
bool fetch_allow_address(const struct fetch_allow *a, const struct sockaddr *address);

#endif
