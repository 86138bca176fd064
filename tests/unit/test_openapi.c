/* schemas/openapi.json against the daemon's table of routes, both ways: every route, its needs, its path parameters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/api/routes.h"

static json_t *contract;
static struct http_route *routes;
static size_t route_count;

static int
setup(void **state)
{
	char path[4096];

	(void)state;
	snprintf(path, sizeof(path), "%s/schemas/openapi.json", getenv("CONGVAN_SRCDIR") ? getenv("CONGVAN_SRCDIR") : ".");
	contract = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	routes = api_routes(&route_count);
	return contract != NULL && routes != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	json_decref(contract);
	free(routes);
	return 0;
}

static const char *
lower(const char *method)
{
	static char text[16];

	snprintf(text, sizeof(text), "%s", method);
	for (char *c = text; *c != '\0'; c++)
		*c = (char)(*c + ('a' - 'A'));
	return text;
}

static const json_t *
operation_of(const struct http_route *r)
{
	return json_object_get(json_object_get(json_object_get(contract, "paths"), r->pattern), lower(r->method));
}

/* A parameter by its name, or by the name of the component it refers to. */
static bool
has_parameter(const json_t *operation, const char *in, const char *name, const char *component)
{
	const json_t *list = json_object_get(operation, "parameters"), *p;
	char want[100];
	size_t i;

	snprintf(want, sizeof(want), "#/components/parameters/%s", component);
	json_array_foreach(list, i, p) {
		const char *ref = json_string_value(json_object_get(p, "$ref"));

		if (ref != NULL && strcmp(ref, want) == 0)
			return true;
		if (ref == NULL && strcmp(json_string_value(json_object_get(p, "in")), in) == 0 &&
			strcmp(json_string_value(json_object_get(p, "name")), name) == 0)
			return true;
	}
	return false;
}

static bool
has_response(const json_t *operation, const char *code)
{
	return json_object_get(json_object_get(operation, "responses"), code) != NULL;
}

static void
check_needs(const struct http_route *r, const json_t *operation)
{
	const json_t *content = json_object_get(json_object_get(operation, "requestBody"), "content");
	const json_t *security = json_object_get(operation, "security");
	bool open = security != NULL && json_array_size(security) == 0;

	assert_int_equal(open, !(r->need & HTTP_NEED_SESSION));
	if (r->need & HTTP_NEED_SESSION)
		assert_true(has_response(operation, "401"));
	assert_int_equal(has_parameter(operation, "header", "Idempotency-Key", "IdempotencyKey"), (r->need & HTTP_NEED_KEY) != 0);
	assert_int_equal(has_parameter(operation, "header", "If-Match", "IfMatch"), (r->need & HTTP_NEED_MATCH) != 0);
	if (r->need & (HTTP_NEED_KEY | HTTP_NEED_MATCH))
		assert_true(has_response(operation, "428"));
	if (r->need & HTTP_NEED_MATCH)
		assert_true(has_response(operation, "412"));
	assert_int_equal(content != NULL, r->body != HTTP_BODY_NONE);
	if (r->body == HTTP_BODY_JSON)
		assert_non_null(json_object_get(content, "application/json"));
}

static void
check_path(const struct http_route *r, const json_t *operation)
{
	char name[64];

	for (const char *p = strchr(r->pattern, '{'); p != NULL; p = strchr(p + 1, '{')) {
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(p + 1, "}"), p + 1);
		assert_true(has_parameter(operation, "path", name, "none"));
		assert_true(has_response(operation, "404"));
	}
}

static void
every_route_is_in_the_contract(void **state)
{
	(void)state;
	for (size_t i = 0; i < route_count; i++) {
		const json_t *operation = operation_of(&routes[i]);

		if (operation == NULL)
			print_error("%s %s is not in openapi.json\n", routes[i].method, routes[i].pattern);
		assert_non_null(operation);
		print_message("%s %s\n", routes[i].method, routes[i].pattern);
		check_needs(&routes[i], operation);
		check_path(&routes[i], operation);
	}
}

static void
everything_in_the_contract_is_a_route(void **state)
{
	const char *path, *method;
	json_t *operations, *operation;

	(void)state;
	json_object_foreach(json_object_get(contract, "paths"), path, operations)
		json_object_foreach(operations, method, operation) {
			bool found = false;

			for (size_t i = 0; i < route_count; i++)
				found = found || (strcmp(routes[i].pattern, path) == 0 && strcmp(lower(routes[i].method), method) == 0);
			if (!found)
				print_error("%s %s is not served\n", method, path);
			assert_true(found);
		}
}

/* Every $ref leads somewhere; an explicit stack, the file is ours but deep. */
static void
references_resolve(void **state)
{
	const json_t *stack[20000], *v, *e;
	const char *key;
	size_t top = 0, i, seen = 0;

	(void)state;
	stack[top++] = contract;
	while (top > 0) {
		v = stack[--top];
		json_object_foreach((json_t *)v, key, e) {
			assert_true(top < sizeof(stack) / sizeof(stack[0]));
			stack[top++] = e;
			if (strcmp(key, "$ref") == 0) {
				char path[200];
				const json_t *at = contract;

				snprintf(path, sizeof(path), "%s", json_string_value(e) + 2);
				for (char *save, *part = strtok_r(path, "/", &save); part != NULL; part = strtok_r(NULL, "/", &save))
					at = json_object_get(at, part);
				assert_non_null(at);
				seen++;
			}
		}
		json_array_foreach(v, i, e)
			stack[top++] = e;
	}
	assert_true(seen > 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_route_is_in_the_contract),
		cmocka_unit_test(everything_in_the_contract_is_a_route), cmocka_unit_test(references_resolve)};

	return cmocka_run_group_tests(tests, setup, teardown);
}
