/* routes: see routes.h. */
#include "daemon/api/routes.h"

#include <stdlib.h>
#include <string.h>

struct http_route *
api_routes(size_t *count_out)
{
	const struct {
		const struct http_route *routes;
		size_t count;
	} tables[] = {
		{meta_routes, meta_route_count}, {session_routes, session_route_count},
		{directory_routes, directory_route_count}, {account_routes, account_route_count},
		{content_routes, content_route_count}, {document_routes, document_route_count},
		{packet_routes, packet_route_count},
		{register_routes, register_route_count}, {event_routes, event_route_count},
		{signing_routes, signing_route_count}, {web_routes, web_route_count},
		{version_routes, version_route_count}, {log_routes, log_route_count},
		{mandate_routes, mandate_route_count}, {gateway_routes, gateway_route_count},
		{passport_routes, passport_route_count}, {entry_routes, entry_route_count},
	};
	struct http_route *all;
	size_t count = 0;

	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		count += tables[i].count;
	all = calloc(count, sizeof(*all));
	if (all == NULL)
		return NULL;
	*count_out = count;
	count = 0;
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		memcpy(all + count, tables[i].routes, tables[i].count * sizeof(*all));
		count += tables[i].count;
	}
	return all;
}
