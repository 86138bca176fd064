/*
 * route and target: which row answers, literals before parameters, 405 with its methods, bad
 * tables; strict percent-decoding, NFC.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/http/route.h"

static void
handler(struct http_call *call)
{
	(void)call;
}

static const struct http_route routes[] = {
	{"GET", "/", HTTP_BODY_NONE, 0, handler},
	{"GET", "/v1/documents", HTTP_BODY_NONE, 0, handler},
	{"POST", "/v1/documents", HTTP_BODY_JSON, 0, handler},
	{"GET", "/v1/documents/{id}", HTTP_BODY_NONE, 0, handler},
	{"DELETE", "/v1/documents/{id}", HTTP_BODY_NONE, 0, handler},
	{"PATCH", "/v1/documents/{id}", HTTP_BODY_JSON, 0, handler},
	{"GET", "/v1/documents/new", HTTP_BODY_NONE, 0, handler},
	{"GET", "/v1/documents/{id}/versions/{n}", HTTP_BODY_NONE, 0, handler},
	{"PUT", "/v1/{kind}/x/versions/1", HTTP_BODY_STREAM, 0, handler},
};

#define COUNT (sizeof(routes) / sizeof(routes[0]))

struct fixture {
	struct http_router *router;
	struct arena *arena;
};

static int
setup(void **state)
{
	static struct fixture f;

	assert_int_equal(http_router_new(routes, COUNT, NULL, &f.router), STATUS_OK);
	f.arena = arena_new(1 << 20);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	http_router_free(f->router);
	arena_free(f->arena);
	return 0;
}

static enum status
find(struct fixture *f, const char *method, const char *raw, struct http_match *match,
	char allow[64])
{
	struct http_path path;
	enum status st = http_path_read(f->arena, raw, &path);

	return st != STATUS_OK ? st : http_router_find(f->router, method, &path, match, allow);
}

static void
test_found(void **state)
{
	static const struct {
		const char *method, *path, *pattern, *first, *second;
	} rows[] = {
		{"GET", "/", "/", NULL, NULL},
		{"HEAD", "/", "/", NULL, NULL},
		{"GET", "/v1/documents", "/v1/documents", NULL, NULL},
		{"GET", "/v1/documents/new", "/v1/documents/new", NULL, NULL},
		{"DELETE", "/v1/documents/new", "/v1/documents/{id}", "new", NULL},
		{"GET", "/v1/documents/n%65w", "/v1/documents/new", NULL, NULL},
		{"GET", "/v1/documents/15%2FQ%C4%90", "/v1/documents/{id}", "15/Q\xc4\x90", NULL},
		{"GET", "/v1/documents/7/versions/2", "/v1/documents/{id}/versions/{n}", "7", "2"},
		{"PUT", "/v1/documents/x/versions/1", "/v1/{kind}/x/versions/1", "documents", NULL},
	};
	struct http_match match;
	char allow[64];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
			find(*state, rows[i].method, rows[i].path, &match, allow), STATUS_OK);
		assert_string_equal(match.route->pattern, rows[i].pattern);
		assert_int_equal(
			match.param_count, (rows[i].first != NULL) + (rows[i].second != NULL));
		if (rows[i].first != NULL)
			assert_string_equal(match.params[0].value, rows[i].first);
		if (rows[i].second != NULL)
			assert_string_equal(match.params[1].value, rows[i].second);
	}
}

static void
test_not_found(void **state)
{
	static const char *const paths[] = {"/v1", "/v2/documents", "/v1/documents/1/versions",
		"/v1/documents/", "/v1/documents/1/versions/2/3", "/V1/documents",
		"/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s"};
	struct http_match match;
	char allow[64];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(find(*state, "GET", paths[i], &match, allow), STATUS_NOT_FOUND);
}

static void
test_other_methods(void **state)
{
	struct http_match match;
	char allow[64];

	assert_int_equal(find(*state, "PUT", "/v1/documents/1", &match, allow), STATUS_UNSUPPORTED);
	assert_string_equal(allow, "GET, HEAD, PATCH, DELETE");
	assert_int_equal(
		find(*state, "OPTIONS", "/v1/documents", &match, allow), STATUS_UNSUPPORTED);
	assert_string_equal(allow, "GET, HEAD, POST");
	assert_int_equal(find(*state, "get", "/", &match, allow), STATUS_UNSUPPORTED);
	assert_string_equal(allow, "GET, HEAD");
}

static void
test_bad_tables(void **state)
{
	static const struct http_route bad[][2] = {
		{{"FETCH", "/a", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "a", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/a/", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/a//b", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/{}", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/{a", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/{A}", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/{a}/{b}/{c}/{d}/{e}", HTTP_BODY_NONE, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/{a}", HTTP_BODY_NONE, 0, handler},
			{"GET", "/{b}", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/a", HTTP_BODY_JSON, 0, handler},
			{"GET", "/b", HTTP_BODY_NONE, 0, handler}},
		{{"GET", "/a", HTTP_BODY_NONE, 0, NULL}, {"GET", "/b", HTTP_BODY_NONE, 0, handler}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag *diag = diag_new();
		struct http_router *router = NULL;

		assert_int_equal(http_router_new(bad[i], 2, diag, &router), STATUS_INVALID);
		assert_null(router);
		assert_int_equal(diag_count(diag), 1);
		assert_true(diag_has(diag, "http.route"));
		diag_free(diag);
	}
	http_router_free(NULL);
}

static void
test_bad_paths(void **state)
{
	static const char *const paths[] = {"/a//b", "//a", "/./a", "/a/..", "/%2e%2E/a", "/a/%2e",
		"/a%", "/a%4", "/a%4g", "/a%00", "/a%0a", "/a%1f", "/a%7f", "/%ff", "/%c0%af",
		"/%ed%a0%80", "/a%+1", "*"};
	struct fixture *f = *state;
	struct http_path path;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		assert_int_equal(http_path_read(f->arena, paths[i], &path), STATUS_MALFORMED);
	assert_int_equal(http_path_read(f->arena, "/a+b/%C4%90%E1%BB%93", &path), STATUS_OK);
	assert_string_equal(path.text, "/a+b/\xc4\x90\xe1\xbb\x93");
	assert_string_equal(path.segments[0], "a+b");
}

static void
test_query(void **state)
{
	struct fixture *f = *state;
	struct http_query q;

	assert_int_equal(http_query_read(f->arena, NULL, &q), STATUS_OK);
	assert_null(http_query_find(&q, "a"));
	assert_int_equal(http_query_read(f->arena, "", &q), STATUS_OK);
	assert_int_equal(q.count, 0);
	assert_int_equal(
		http_query_read(f->arena, "q=c%C3%B4ng+v%C4%83n&a=1&a=2&flag&e=&x=a=b%26c", &q),
		STATUS_OK);
	assert_int_equal(q.count, 6);
	assert_string_equal(http_query_find(&q, "q"), "c\xc3\xb4ng v\xc4\x83n");
	assert_string_equal(http_query_find(&q, "a"), "1");
	assert_string_equal(http_query_find(&q, "flag"), "");
	assert_string_equal(http_query_find(&q, "e"), "");
	assert_string_equal(http_query_find(&q, "x"), "a=b&c");
	/* decomposed, as a Mac sends it: e, circumflex, dot below */
	assert_int_equal(http_query_read(f->arena, "q=vi%65%CC%A3%CC%82t&l=a%0Ab", &q), STATUS_OK);
	assert_string_equal(http_query_find(&q, "q"), "vi\xe1\xbb\x87t");
	assert_string_equal(http_query_find(&q, "l"), "a\nb");
}

static void
test_bad_queries(void **state)
{
	static const char *const queries[] = {"&", "a=1&", "&a=1", "a=1&&b=2", "=1", "a=%", "a=%4",
		"a=%zz", "a=%00", "a=%01", "a=%ff", "%ff=1", "a=%C4", "a=%ed%a0%80", "a=%EF%BF"};
	struct fixture *f = *state;
	struct http_query q;
	char many[4 * HTTP_QUERY_MAX + 8] = "a";

	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		assert_int_equal(http_query_read(f->arena, queries[i], &q), STATUS_MALFORMED);
	for (size_t i = 1; i < HTTP_QUERY_MAX; i++)
		strcat(many, "&a");
	assert_int_equal(http_query_read(f->arena, many, &q), STATUS_OK);
	strcat(many, "&a");
	assert_int_equal(http_query_read(f->arena, many, &q), STATUS_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_not_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_methods, setup, teardown),
		cmocka_unit_test(test_bad_tables),
		cmocka_unit_test_setup_teardown(test_bad_paths, setup, teardown),
		cmocka_unit_test_setup_teardown(test_query, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_queries, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
