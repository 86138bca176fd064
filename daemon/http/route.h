/*
 * route: which row of the route table answers a method and a path. Patterns are made of literal
 * segments and {names}; where both fit, the literal wins, from left to right ("/a/new" before
 * "/a/{id}").
 */
#ifndef CONGVAN_HTTP_ROUTE_H
#define CONGVAN_HTTP_ROUTE_H

#include <stddef.h>

#include "daemon/http/http.h"
#include "daemon/http/target.h"

#define HTTP_PARAMS_MAX 4u

struct http_router;

/*
 * The routes must outlive the router. STATUS_INVALID with findings: a method that is not one of the
 * five, a malformed pattern, two routes that answer the same requests, a GET with a body.
 */
enum status http_router_new(
	const struct http_route *routes, size_t count, struct diag *diag, struct http_router **out);
void http_router_free(struct http_router *r);

struct http_match {
	const struct http_route *route;
	size_t param_count;
	struct {
		const char *name; /* lives as long as the router */
		const char *value;
	} params[HTTP_PARAMS_MAX];
};

/*
 * STATUS_OK; STATUS_NOT_FOUND: no route has that path; STATUS_UNSUPPORTED: some have, but for other
 * methods: `allow` is filled ("GET, HEAD, POST"). HEAD finds the GET route.
 */
enum status http_router_find(const struct http_router *r, const char *method,
	const struct http_path *path, struct http_match *out, char allow[64]);

#endif
