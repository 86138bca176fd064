/* Which register a document goes into, and the lines that are printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/register.h"

static struct register_row rows[3];

static int
setup(void **state)
{
	(void)state;
	rows[0] = (struct register_row){"r-all", "Sổ chung", "year", json_array(), ""};
	rows[1] = (struct register_row){"r-cv", "Sổ công văn", "term", json_pack("[s]", "CV"), "2025-2030"};
	rows[2] = (struct register_row){"r-nq", "Sổ nghị quyết", "term", json_pack("[s,s]", "NQ", "KL"), ""};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		json_decref(rows[i].kinds);
	return 0;
}

static void
choice(void **state)
{
	struct diag *diag = diag_new();

	(void)state;
	assert_int_equal(register_choose(rows, 3, "", "CV", diag), 1);
	assert_int_equal(register_choose(rows, 3, "", "BC", diag), 0);
	assert_int_equal(register_choose(rows, 3, "", "", diag), 0);
	assert_int_equal(register_choose(rows, 3, "r-all", "CV", diag), 0);
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(register_choose(rows + 1, 2, "", "BC", diag), -1);
	assert_true(diag_has(diag, "register.none"));
	assert_int_equal(register_choose(rows, 3, "r-cv", "BC", diag), -1);
	assert_true(diag_has(diag, "register.kind"));
	assert_int_equal(register_choose(rows, 3, "", "KL", diag), -1);
	assert_true(diag_has(diag, "register.term"));
	assert_int_equal(register_choose(rows, 3, "r-none", "BC", diag), -1);
	diag_free(diag);
}

static struct flow_document
document(enum flow_direction d)
{
	return (struct flow_document){.direction = d, .kind_name = "Quyết định", .subject = "Về việc\tkiện toàn",
		.issuer_name = "UBND tỉnh", .issuer_code = "H37", .issued_date = "2026-11-20", .signer_name = "Lê An"};
}

static void
incoming_line(void **state)
{
	struct flow_document d = document(FLOW_INCOMING);
	struct clock_date day = {2026, 11, 24};
	json_t *line = register_line(&d, 12, "15/QĐ-UBND", day, "hỏa tốc");
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	register_print_line(&b, FLOW_INCOMING, line, "");
	assert_string_equal(buf_str(&b), "24/11/2026 | 12 | UBND tỉnh | 15/QĐ-UBND | 20/11/2026 | "
		"Quyết định: Về việc kiện toàn |  |  |  | hỏa tốc\n");
	buf_free(&b);
	json_decref(line);
}

static void
outgoing_line(void **state)
{
	struct flow_document d = document(FLOW_OUTGOING);
	struct clock_date day = {2026, 11, 4};
	json_t *line;
	struct buf b;

	(void)state;
	d.receivers = json_pack("[{s:s,s:s},{s:s}]", "organ_id", "H37", "organ_name", "UBND tỉnh", "organ_id", "H26");
	line = register_line(&d, 0, "07-QĐ/QU", day, "");
	buf_init(&b, 10000);
	register_print_head(&b, FLOW_OUTGOING, "Quận ủy", "Sổ đi", "2025-2030");
	assert_non_null(strstr(buf_str(&b), "Sổ đi — 2025-2030"));
	assert_non_null(strstr(buf_str(&b), "Số, ký hiệu | Ngày tháng | Tên loại và trích yếu"));
	buf_free(&b);
	register_print_line(&b, FLOW_OUTGOING, line, "viết sai");
	assert_string_equal(buf_str(&b), "07-QĐ/QU | 04/11/2026 | Quyết định: Về việc kiện toàn | Lê An | "
		"UBND tỉnh; H26 |  |  |  |  | HỦY: viết sai\n");
	buf_free(&b);
	json_decref(line);
	json_decref(d.receivers);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(choice, setup, teardown),
		cmocka_unit_test(incoming_line), cmocka_unit_test(outgoing_line)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
