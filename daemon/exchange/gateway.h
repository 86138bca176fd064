/*
 * gateway: packets to other offices' gateways by HTTP (POST of the packet to the organ's address, with our token there). 2xx is taken; what may pass by
 * itself (no connection, 5xx, 408, 429, a token that is not right yet) is tried again; what the packet itself is refused for is not.
 */
#ifndef CONGVAN_EXCHANGE_GATEWAY_H
#define CONGVAN_EXCHANGE_GATEWAY_H

#include <stddef.h>

#include "daemon/exchange/exchange.h"

/* permanent: trying again cannot help. why: for people, with the findings' codes that the other side told. */
typedef void (*gateway_cb)(void *arg, enum status st, bool permanent, const char *why);

/* The packet of `size` bytes in fd, which is read before the call returns. cb exactly once, never inside. */
void gateway_send(const struct exchange_office *o, const char *organ_code, const char *url, int fd, uint64_t size, gateway_cb cb, void *arg);

/* The token for that organ in the file's text, or NULL: "CODE TOKEN" lines, # for comments. to: room for it. Pure. */
const char *gateway_token(const char *text, const char *organ_code, char *to, size_t size);

#endif
