/* routes: the tables of all handler files, joined. A new noun is a line in routes.c. */
#ifndef CONGVAN_API_ROUTES_H
#define CONGVAN_API_ROUTES_H

#include <stddef.h>

#include "daemon/http/http.h"

extern const struct http_route session_routes[], directory_routes[], account_routes[], content_routes[],
	document_routes[], packet_routes[], register_routes[], event_routes[], meta_routes[], signing_routes[], web_routes[], version_routes[], log_routes[], mandate_routes[], gateway_routes[],
	passport_routes[], entry_routes[];
extern const size_t session_route_count, directory_route_count, account_route_count, content_route_count,
	document_route_count, packet_route_count, register_route_count, event_route_count, meta_route_count, signing_route_count, web_route_count, version_route_count, log_route_count, mandate_route_count, gateway_route_count,
	passport_route_count, entry_route_count;

/* All of them in one new array (free() it); NULL without memory. */
struct http_route *api_routes(size_t *count_out);

#endif
