/* gateway_api: who asks on the routes of other offices' gateways (daemon/api/auth.c finds out). */
#ifndef CONGVAN_API_GATEWAY_API_H
#define CONGVAN_API_GATEWAY_API_H

#include <jansson.h>
#include <stdbool.h>

#include "lib/base/arena.h"

/* Routes below this are a gateway's and nobody else's: the identity of their calls is a struct gateway_peer, everywhere else a struct person. */
#define GATEWAY_PATH "/v1/exchange/"

struct gateway_peer {
	const char *id, *organ_code;
	const char *codes; /* JSON: list of the codes it may speak for; "null": a relay, any */
};

/* The one question that decides which of the two it is, for auth and for the handlers. */
bool gateway_is_path(const char *path);

/* From what daemon/store/gateway.h answers; lives in the arena. */
struct gateway_peer *gateway_peer_from_json(const json_t *value, struct arena *arena);

#endif
