/* What the other side is told: the bodies of packets and status messages, in the shape that lib/doc/edxml_json reads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/act_private.h"
#include "daemon/flow/packet_kind.h"

static json_t *loaded;
static struct flow_document d;

static int
setup(void **state)
{
	(void)state;
	loaded = json_loads(
		"{\"short\":{\"id\":\"d\",\"direction\":\"outgoing\",\"state\":\"sealed\",\"revision\":5,\"kind\":\"CV\",\"kind_name\":\"Công văn\","
		"\"code_number\":\"12\",\"code_notation\":\"CV/QU\",\"notation\":\"12-CV/QU\",\"issued_date\":\"2026-11-24\",\"subject\":\"Về A\","
		"\"priority\":1,\"secrecy\":\"none\",\"due_date\":null,\"receivers\":[],\"signer_name\":\"Lê An\",\"issuer_code\":\"H37\"},"
		"\"more\":{\"organ\":\"o\",\"organ_code\":\"A01\",\"signer_position\":\"Bí thư\",\"external_id\":\"X,2026/11/24,12/CV/QU\",\"versions\":["
		"{\"part\":\"main\",\"part_number\":0,\"ordinal\":1,\"name\":\"a.pdf\",\"mime\":\"application/pdf\",\"sha256\":\"aa\",\"size\":1},"
		"{\"part\":\"main\",\"part_number\":0,\"ordinal\":2,\"name\":\"a.pdf\",\"mime\":\"application/pdf\",\"sha256\":\"bb\",\"size\":2},"
		"{\"part\":\"attachment\",\"part_number\":1,\"ordinal\":1,\"name\":\"b.docx\",\"mime\":\"x/y\",\"sha256\":\"cc\",\"size\":3},"
		"{\"part\":\"packet\",\"part_number\":0,\"ordinal\":1,\"name\":\"p\",\"mime\":\"x/y\",\"sha256\":\"dd\",\"size\":4}]},"
		"\"facts\":{\"regime\":\"party\",\"from\":{\"organ_id\":\"A01\",\"organ_name\":\"Quận ủy\",\"email\":null},\"organ_place\":\"Quận Một\","
		"\"answered\":{\"organ_id\":\"H37\",\"code\":\"15/QĐ-UBND\",\"document_id\":null},\"lead\":false,\"asked_back\":false}}", 0, NULL);
	return loaded != NULL && flow_document_from_json(loaded, &d) ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	json_decref(loaded);
	return 0;
}

static void
same(json_t *got, const char *want)
{
	char *a = json_dumps(got, JSON_SORT_KEYS | JSON_COMPACT), *b;
	json_t *w = json_loads(want, 0, NULL);

	assert_non_null(w);
	b = json_dumps(w, JSON_SORT_KEYS | JSON_COMPACT);
	assert_string_equal(a, b);
	free(a);
	free(b);
	json_decref(w);
	json_decref(got);
}

static void
a_document(void **state)
{
	json_t *receiver = json_pack("{s:s}", "organ_id", "H37");

	(void)state;
	same(body_document(&d, receiver, 0, "", NULL),
		"{\"packet\":\"document\",\"business\":{\"type\":0},\"from\":{\"organ_id\":\"A01\",\"organ_name\":\"Quận ủy\"},\"to\":[{\"organ_id\":\"H37\"}],"
		"\"document_id\":\"X,2026/11/24,12/CV/QU\",\"code_number\":\"12\",\"code_notation\":\"CV/QU\",\"place\":\"Quận Một\","
		"\"promulgation_date\":\"2026-11-24\",\"type\":18,\"type_name\":\"Công văn\",\"subject\":\"Về A\",\"priority\":1,"
		"\"signer\":{\"position\":\"Bí thư\",\"full_name\":\"Lê An\"},\"response_for\":[{\"organ_id\":\"H37\",\"code\":\"15/QĐ-UBND\"}],"
		"\"attachments\":[{\"name\":\"a.pdf\",\"content_type\":\"application/pdf\",\"sha256\":\"bb\",\"size\":2,\"index\":0},"
		"{\"name\":\"b.docx\",\"content_type\":\"x/y\",\"sha256\":\"cc\",\"size\":3,\"index\":1}]}");
	json_decref(receiver);
}

static void
a_status(void **state)
{
	json_t *staff = json_pack("{s:s}", "staff", "Lê An"), *body = body_status(&d, "06", "Xong", staff);

	(void)state;
	assert_non_null(json_object_get(body, "timestamp"));
	json_object_del(body, "timestamp");
	same(body, "{\"packet\":\"status\",\"from\":{\"organ_id\":\"A01\",\"organ_name\":\"Quận ủy\"},\"status_code\":\"06\",\"description\":\"Xong\","
		"\"staff\":{\"staff\":\"Lê An\"},\"response_for\":[{\"organ_id\":\"H37\",\"code\":\"12-CV/QU\",\"promulgation_date\":\"2026-11-24\","
		"\"document_id\":\"X,2026/11/24,12/CV/QU\"}]}");
	json_decref(staff);
}

static void
kinds(void **state)
{
	(void)state;
	assert_int_equal(packet_kind_number("CV"), 18);
	assert_int_equal(packet_kind_number("KL"), 0);
	assert_int_equal(packet_kind_number(""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(a_document, setup, teardown),
		cmocka_unit_test_setup_teardown(a_status, setup, teardown), cmocka_unit_test(kinds)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
