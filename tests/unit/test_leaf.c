/* Leaf format 1: its bytes never change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/store/leaf.h"
#include "daemon/store/normal.h"

static void
canonical_bytes(void **state)
{
	/* "ệ" decomposed in the input, composed in the output; members sorted; no white space; slashes plain. */
	json_t *v = json_loads("{\"b\":[1,true,null,{\"y\":\"a/b\",\"x\":\"Vie\\u0323\\u0302t\\n\"}],\"a\":\"\\\"\",\"B\":-5}",
		0, NULL);
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(leaf_canonical(v, &b), STATUS_OK);
	assert_string_equal(buf_str(&b),
		"{\"B\":-5,\"a\":\"\\\"\",\"b\":[1,true,null,{\"x\":\"Vi\xe1\xbb\x87t\\n\",\"y\":\"a/b\"}]}");
	buf_free(&b);
	json_decref(v);
}

static void
refused(void **state)
{
	static const char *const bad[] = {"{\"a\":1.5}", "[[[[[[[[[[1]]]]]]]]]]", "{\"a\":\"\\u0007\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *v = json_loads(bad[i], 0, NULL);
		struct buf b;

		buf_init(&b, 1000);
		assert_non_null(v);
		assert_int_equal(leaf_canonical(v, &b), STATUS_INVALID);
		buf_free(&b);
		json_decref(v);
	}
}

/* A number that the database would give back as an integer of 301 digits, which nothing here can read, is kept out at the door. */
static void
numbers(void **state)
{
	static const struct {
		const char *text;
		enum status want;
	} rows[] = {
		{"[9223372036854775807, -9223372036854775807, 0.25, 1e15, -8.9e18]", STATUS_OK},
		{"[1e300]", STATUS_TOO_LARGE},
		{"[-9e18]", STATUS_TOO_LARGE},
		{"{\"a\":[{\"b\":9.3e18}]}", STATUS_TOO_LARGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *v = json_loads(rows[i].text, 0, NULL), *copy = NULL;

		assert_non_null(v);
		assert_int_equal(normal_json(v, false, &copy), rows[i].want);
		assert_true((copy != NULL) == (rows[i].want == STATUS_OK));
		json_decref(copy);
		json_decref(v);
	}
}

static void
made(void **state)
{
	struct person p = {.id = "i", .login = "vanthu", .name = "Văn thư"};
	json_t *fields = json_pack("{s:s,s:i,s:s}", "document", "d", "revision", 3, "move", "register");
	struct leaf leaf;
	json_t *body;
	unsigned char *raw;

	(void)state;
	assert_int_equal(leaf_make("document.move", &p, "A01", fields, &leaf), STATUS_OK);
	body = json_loadb((char *)leaf.body.data, leaf.body.len, 0, NULL);
	assert_int_equal(json_integer_value(json_object_get(body, "v")), 1);
	assert_string_equal(json_string_value(json_object_get(body, "type")), "document.move");
	assert_string_equal(json_string_value(json_object_get(body, "id")), leaf.id);
	assert_string_equal(json_string_value(json_object_get(body, "at")), leaf.at);
	assert_string_equal(json_string_value(json_object_get(json_object_get(body, "actor"), "login")), "vanthu");
	raw = malloc(leaf.body.len + 1);
	raw[0] = 0;
	memcpy(raw + 1, leaf.body.data, leaf.body.len);
	struct digest want = digest_of(raw, leaf.body.len + 1);
	assert_memory_equal(want.bytes, leaf.hash.bytes, DIGEST_BYTES);
	free(raw);
	json_decref(body);
	leaf_free(&leaf);

	assert_int_equal(leaf_make("document.move", NULL, "A01", fields, &leaf), STATUS_OK);
	assert_non_null(strstr(buf_str(&leaf.body), "\"actor\":null"));
	leaf_free(&leaf);
	json_decref(fields);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(canonical_bytes), cmocka_unit_test(refused), cmocka_unit_test(numbers),
		cmocka_unit_test(made)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
