/*
 * route: see route.h. The table is sorted so that the first row that fits is the right one; a
 * hundred rows need no tree.
 */
#include "daemon/http/route.h"

#include <stdlib.h>
#include <string.h>

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

struct compiled {
	const struct http_route *route;
	char *text; /* the pattern, cut at its slashes and braces */
	size_t count;
	struct {
		const char *text;
		size_t len;
		bool is_param;
	} segments[HTTP_SEGMENTS_MAX];
};

struct http_router {
	size_t count;
	struct compiled rows[];
};

static bool
is_name(const char *s, size_t n, const char *extra)
{
	for (size_t i = 0; i < n; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') &&
			strchr(extra, s[i]) == NULL)
			return false;
	return n > 0;
}

/* One segment of a pattern, without its slash. */
static bool
compile_segment(struct compiled *c, char *s, size_t n, size_t *params)
{
	bool is_param = *s == '{';

	if (c->count == HTTP_SEGMENTS_MAX)
		return false;
	if (is_param) {
		if (n < 3 || s[n - 1] != '}' || ++*params > HTTP_PARAMS_MAX)
			return false;
		s++;
		n -= 2;
	}
	if (!is_name(s, n, is_param ? "_" : "-_.ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
		return false;
	s[n] = '\0';
	c->segments[c->count].text = s;
	c->segments[c->count].len = n;
	c->segments[c->count].is_param = is_param;
	c->count++;
	return true;
}

static bool
compile(struct compiled *c, const struct http_route *route)
{
	size_t params = 0, n;
	char *s;

	c->route = route;
	c->text = strdup(route->pattern);
	if (c->text == NULL || *c->text != '/')
		return false;
	for (s = c->text + 1; *s != '\0'; s += n) {
		bool last;

		n = strcspn(s, "/");
		last = s[n] == '\0';
		if (!compile_segment(c, s, n, &params))
			return false;
		n += !last;
		if (!last && s[n] == '\0')
			return false; /* ends with a slash */
	}
	return true;
}

/*
 * Shorter paths first, then literals before parameters from the left, then by text and method. 0:
 * they answer the same.
 */
static int
compare(const void *pa, const void *pb)
{
	const struct compiled *a = pa, *b = pb;
	int d;

	if (a->count != b->count)
		return a->count < b->count ? -1 : 1;
	for (size_t i = 0; i < a->count; i++) {
		if (a->segments[i].is_param != b->segments[i].is_param)
			return a->segments[i].is_param ? 1 : -1;
		if (!a->segments[i].is_param &&
			(d = strcmp(a->segments[i].text, b->segments[i].text)) != 0)
			return d;
	}
	return strcmp(a->route->method, b->route->method);
}

static bool
method_is_known(const char *method)
{
	for (size_t i = 0; i < METHODS; i++)
		if (strcmp(methods[i], method) == 0)
			return true;
	return false;
}

static void
complain(struct diag *diag, const struct http_route *route, const char *want)
{
	diag_add(diag, SEVERITY_ERROR, "http.route", route->pattern, route->method, want, NULL);
}

static void
check_row(const struct compiled *c, bool compiled, struct diag *diag, bool *bad)
{
	const struct http_route *route = c->route;

	if (!method_is_known(route->method))
		complain(diag, route, "GET, POST, PUT, PATCH, DELETE");
	else if (!compiled)
		complain(diag, route, "/literal/{name}");
	else if (strcmp(route->method, "GET") == 0 && route->body != HTTP_BODY_NONE)
		complain(diag, route, "GET without a body");
	else if (route->handler == NULL)
		complain(diag, route, "a handler");
	else
		return;
	*bad = true;
}

enum status
http_router_new(
	const struct http_route *routes, size_t count, struct diag *diag, struct http_router **out)
{
	struct http_router *r = calloc(1, sizeof(*r) + count * sizeof(r->rows[0]));
	bool bad = false, ok;

	if (r == NULL)
		return STATUS_NO_MEMORY;
	r->count = count;
	for (size_t i = 0; i < count; i++) {
		ok = compile(&r->rows[i], &routes[i]);
		check_row(&r->rows[i], ok, diag, &bad);
	}
	qsort(r->rows, count, sizeof(r->rows[0]), compare);
	for (size_t i = 1; i < count && !bad; i++)
		if (compare(&r->rows[i - 1], &r->rows[i]) == 0) {
			complain(diag, r->rows[i].route, "one route for each method and path");
			bad = true;
		}
	if (bad) {
		http_router_free(r);
		return STATUS_INVALID;
	}
	*out = r;
	return STATUS_OK;
}

void
http_router_free(struct http_router *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->count; i++)
		free(r->rows[i].text);
	free(r);
}

static bool
fits(const struct compiled *c, const struct http_path *path)
{
	if (c->count != path->count)
		return false;
	for (size_t i = 0; i < c->count; i++)
		if (!c->segments[i].is_param && strcmp(c->segments[i].text, path->segments[i]) != 0)
			return false;
	return true;
}

static void
add_allowed(char allow[64], const char *method)
{
	if (*allow != '\0')
		strcat(allow, ", ");
	strcat(allow, method);
	if (strcmp(method, "GET") == 0)
		strcat(allow, ", HEAD");
}

static void
fill_match(const struct compiled *c, const struct http_path *path, struct http_match *out)
{
	out->route = c->route;
	out->param_count = 0;
	for (size_t i = 0; i < c->count; i++)
		if (c->segments[i].is_param) {
			out->params[out->param_count].name = c->segments[i].text;
			out->params[out->param_count].value = path->segments[i];
			out->param_count++;
		}
}

enum status
http_router_find(const struct http_router *r, const char *method, const struct http_path *path,
	struct http_match *out, char allow[64])
{
	unsigned allowed = 0;

	if (strcmp(method, "HEAD") == 0)
		method = "GET";
	for (size_t i = 0; i < r->count; i++) {
		const struct compiled *c = &r->rows[i];

		if (!fits(c, path))
			continue;
		if (strcmp(c->route->method, method) == 0) {
			fill_match(c, path, out);
			return STATUS_OK;
		}
		for (size_t m = 0; m < METHODS; m++)
			if (strcmp(methods[m], c->route->method) == 0)
				allowed |= 1u << m;
	}
	if (allowed == 0)
		return STATUS_NOT_FOUND;
	*allow = '\0';
	for (size_t m = 0; m < METHODS; m++)
		if ((allowed & 1u << m) != 0)
			add_allowed(allow, methods[m]);
	return STATUS_UNSUPPORTED;
}
