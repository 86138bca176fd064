/*
 * seal_report: one verdict of every kind in all forms: the XML is valid by schemas/xsd/validation-report.xsd, the pages say what would help and
 * show strangers' names as text only.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/seal/seal_report_json.h"
#include "lib/seal/seal_report_page.h"
#include "lib/seal/seal_report_read.h"
#include "lib/seal/seal_report_xml.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define NOW "2026-11-24T12:00:00Z"

static const unsigned char text[] = "nội dung văn bản";
static const struct span content = {text, sizeof(text) - 1};

static struct seal_signature *
add(struct seal_report *r, struct buf cms, struct policy *p, const char *field)
{
	struct seal_signature *s = seal_report_add(r);
	struct span c = content;

	verdict_judge_cms((struct span){cms.data, cms.len}, fixture_digest, &c, p, s->verdict);
	s->field = seal_report_keep(r, field);
	s->covers_whole_file = true;
	s->changes = "none";
	buf_free(&cms);
	return s;
}

static struct buf
signed_by(const char *cert, const char *key, const char *digest)
{
	struct odd odd = {.cert = cert, .key = key, .digest_name = digest};

	return fixture_odd(&odd, content);
}

/* What was done to the file after the signature. */
static void
change(struct seal_signature *s, const char *changes, const char *list)
{
	s->covers_whole_file = false;
	s->changes = changes;
	s->change_list = list;
}

/* Passed at each level, with warnings, and what the reports must tell of it. */
static struct seal_report *
make_report(void)
{
	struct policy *p = policy_new(fixture_time(NOW)), *bare = policy_new(fixture_time(NOW));
	struct seal_report *r = seal_report_new();
	struct seal_signature *first, *foreign;
	struct buf b, root = fixture_pki("root.pem");

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	assert_int_equal(policy_add_anchors(bare, (struct span){root.data, root.len}), STATUS_OK);
	buf_free(&root);
	b = fixture_stamp(signed_by("leader1.pem", "leader1.key", NULL), "tsa.pem", "tsa.key",
		fixture_time("2026-06-01T00:00:00Z"));
	first = add(r, fixture_archive(b, content, "tsa.pem", "tsa.key", fixture_time("2026-06-02T00:00:00Z")), p, "Chữ ký 1");
	add(r, signed_by("leader2.pem", "leader2.key", NULL), bare, "không có CRL");
	add(r, signed_by("leader1.pem", "leader1.key", "SHA1"), p, "yếu");
	policy_set_weak(p, POLICY_WEAK_REFUSE, fixture_time("2026-04-01T00:00:00Z"));
	add(r, signed_by("leader1.pem", "leader1.key", "SHA1"), p, "quá yếu");
	add(r, signed_by("bad/revoked.pem", "bad/bad.key", NULL), p, "đã thu hồi");
	foreign = add(r, signed_by("bad/foreign.pem", "bad/p256.key", NULL), p, "<script>alert('&')</script>\x01");
	b = signed_by("leader1.pem", "leader1.key", NULL);
	b.len -= 9;
	add(r, b, p, "hỏng");
	change(first, "permitted", "pdf.change.filled congvan_number\npdf.change.signature-added Dấu của cơ quan\n");
	/* a field with a name that would be markup, and with a control byte */
	change(foreign, "forbidden", "pdf.change.annotation\npdf.change.field <script>x</script>\x02 &\n");
	policy_free(p);
	policy_free(bare);
	return r;
}

static void
test_xml(void **state)
{
	struct seal_report *r = make_report(), *empty = seal_report_new();
	char *dir = fixture_scratch(), path[1100];
	const char *source = getenv("CONGVAN_SRCDIR");
	struct buf b;

	(void)state;
	for (int i = 0; i < 2; i++) {
		buf_init(&b, 1 << 20);
		assert_int_equal(seal_report_xml(i == 0 ? r : empty, &b), STATUS_OK);
		snprintf(path, sizeof(path), "%s/report.xml", dir);
		fixture_write(path, b.data, b.len);
		if (fixture_run(dir, "xmllint --noout --nonet --schema '%s/schemas/xsd/validation-report.xsd' report.xml",
			source != NULL ? source : ".") != 0) {
			snprintf(path, sizeof(path), "head -c 3000 '%s/output' >&2", dir);
			assert_int_equal(system(path), 0);
			fail_msg("the report is not valid by the schema");
		}
		buf_free(&b);
	}
	/* the schema is one that can refuse */
	assert_int_not_equal(fixture_run(dir, "sed s/ValidationReport/ValidationBericht/ report.xml >other.xml && "
		"xmllint --noout --nonet --schema '%s/schemas/xsd/validation-report.xsd' other.xml",
		source != NULL ? source : "."), 0);
	fixture_scratch_free(dir);
	seal_report_free(r);
	seal_report_free(empty);
}

static void
assert_has(const struct buf *b, const char *want)
{
	if (strstr(buf_str(b), want) == NULL)
		fail_msg("not there: %s", want);
}

static void
test_xml_content(void **state)
{
	struct seal_report *r = make_report();
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_xml(r, &b), STATUS_OK);
	assert_has(&b, "urn:etsi:019102:mainindication:total-passed");
	assert_has(&b, "urn:etsi:019102:validationprocess:LTA");
	assert_has(&b, "<POETime>2026-06-01T00:00:00Z</POETime>");
	assert_has(&b, "<ArchiveTimeStamp><TimeStampValue>2026-06-02T00:00:00Z</TimeStampValue>");
	assert_has(&b, "urn:etsi:019102:subindication:CRYPTO_CONSTRAINTS_FAILURE_NO_POE");
	assert_has(&b, "<Algorithm>http://www.w3.org/2000/09/xmldsig#rsa-sha1</Algorithm>");
	assert_has(&b, "<SecureAlgorithm>false</SecureAlgorithm>\n<NotAfter>2026-04-01T00:00:00Z</NotAfter>");
	assert_has(&b, "<RevocationTime>2026-03-01T00:00:00Z</RevocationTime>");
	assert_has(&b, "urn:etsi:019102:mainindication:total-failed");
	assert_null(strstr(buf_str(&b), "<script>"));
	assert_has(&b, "<ReportData><Type>urn:congvan:change:pdf.change.filled</Type><Value>Điền trường còn trống: congvan_number</Value></ReportData>\n"
		"<ReportData><Type>urn:congvan:change:pdf.change.signature-added</Type><Value>Thêm chữ ký: Dấu của cơ quan</Value></ReportData>\n"
		"</AdditionalValidationReportData>");
	assert_has(&b, "<Value>Thuộc tính của một trường bị thay đổi: &lt;script&gt;x&lt;/script&gt;");
	/* no room: said, not cut */
	buf_free(&b);
	buf_init(&b, 1000);
	assert_int_equal(seal_report_xml(r, &b), STATUS_TOO_LARGE);
	buf_free(&b);
	seal_report_free(r);
}

static void
test_page(void **state)
{
	struct seal_report *r = make_report();
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_text(r, "công văn.pdf", LANGUAGE_VI, &b), STATUS_OK);
	assert_has(&b, "Báo cáo kiểm tra chữ ký số");
	assert_has(&b, "công văn.pdf");
	assert_has(&b, "Cần gì để kết luận hợp lệ:");
	/* what is missing, about whom, from where */
	assert_has(&b, "“Trần Thị Thử”, tải từ http://pki.demo.invalid/issuing.crl");
	assert_has(&b, "Cần bằng chứng (dấu thời gian) rằng chữ ký đã tồn tại trước 01/03/2026");
	assert_has(&b, "B-T");
	assert_has(&b, "    Thay đổi của tệp sau chữ ký này:\n      - Điền trường còn trống: congvan_number\n      - Thêm chữ ký: Dấu của cơ quan\n");
	assert_has(&b, "      - Chú thích có thể che nội dung được thêm, sửa hoặc xóa\n      - Thuộc tính của một trường bị thay đổi: <script>");
	buf_free(&b);
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_text(r, NULL, LANGUAGE_EN, &b), STATUS_OK);
	assert_has(&b, "What would make it valid:");
	assert_has(&b, "    Done to the file after this signature:\n      - An empty field was filled in: congvan_number\n      - A signature was added: Dấu của cơ quan\n");
	buf_free(&b);
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_html(r, "<b>.pdf", &b), STATUS_OK);
	assert_null(strstr(buf_str(&b), "<script>"));
	assert_null(strstr(buf_str(&b), "<b>"));
	assert_has(&b, "&lt;script&gt;alert('&amp;')&lt;/script&gt;");
	assert_has(&b, "<li>Điền trường còn trống: congvan_number</li>\n<li>Thêm chữ ký: Dấu của cơ quan</li>");
	assert_has(&b, "<li>A property of a field was changed: &lt;script&gt;x&lt;/script&gt;");
	/* Circular 15/2025: neither OCSP nor CRL could be had */
	assert_has(&b, "Cảnh báo: chưa kiểm tra được chứng thư có bị thu hồi hay không.");
	assert_has(&b, "Warning: it could not be checked whether the certificate is revoked.");
	assert_has(&b, "What would lift the warning:");
	assert_has(&b, "Cần gì để hết cảnh báo:");
	buf_free(&b);
	seal_report_free(r);
}

static void
test_json(void **state)
{
	struct seal_report *r = make_report();
	json_t *j = seal_report_json(r), *s, *list;

	(void)state;
	assert_non_null(j);
	s = json_array_get(json_object_get(j, "signatures"), 0);
	assert_string_equal(json_string_value(json_object_get(s, "process")), "LTA");
	assert_int_equal(json_array_size(json_object_get(s, "timestamps")), 2);
	assert_true(json_array_size(json_object_get(s, "objects")) >= 4);
	s = json_array_get(json_object_get(j, "signatures"), 4);
	assert_string_equal(json_string_value(json_object_get(s, "sub_indication")), "REVOKED_NO_POE");
	list = json_object_get(s, "needs");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "kind")), "timestamp");
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "at")), "2026-03-01T07:00:00+07:00");
	json_decref(j);
	seal_report_free(r);
}

/* Every form of the report, one after the other. */
static void
put_forms(const struct seal_report *r, struct buf *b)
{
	buf_init(b, 4 << 20);
	assert_int_equal(seal_report_xml(r, b), STATUS_OK);
	assert_int_equal(seal_report_text(r, "công văn.pdf", LANGUAGE_VI, b), STATUS_OK);
	assert_int_equal(seal_report_text(r, "công văn.pdf", LANGUAGE_EN, b), STATUS_OK);
	assert_int_equal(seal_report_html(r, "công văn.pdf", b), STATUS_OK);
}

/* From the JSON back, through its text, all other forms are the same, byte for byte. */
static void
test_read(void **state)
{
	struct seal_report *r = make_report(), *again = NULL;
	json_t *json = seal_report_json(r), *other;
	char *dumped = json_dumps(json, JSON_COMPACT);
	struct buf before, after;

	(void)state;
	other = json_loads(dumped, 0, NULL);
	assert_int_equal(seal_report_read(other, &again), STATUS_OK);
	put_forms(r, &before);
	put_forms(again, &after);
	assert_string_equal(buf_str(&after), buf_str(&before));
	buf_free(&before);
	buf_free(&after);
	seal_report_free(again);
	seal_report_free(r);
	json_decref(other);
	json_decref(json);
	free(dumped);
}

/* What congvand lays over it is in every form; the XML stays one of the schema. */
static void
test_read_laid_over(void **state)
{
	struct seal_report *r = make_report(), *again = NULL;
	json_t *json = seal_report_json(r), *first = json_array_get(json_object_get(json, "signatures"), 0);
	char *dir = fixture_scratch(), path[1100];
	const char *source = getenv("CONGVAN_SRCDIR");
	struct buf b;

	(void)state;
	json_object_set_new(first, "indication", json_string("INDETERMINATE"));
	json_object_set_new(first, "sub_indication", json_string("MANDATE_NOT_HELD"));
	json_object_set_new(first, "text", json_pack("{s:s,s:s}", "vi", "Ký ngoài phạm vi <ủy quyền>.", "en", "Outside the mandate."));
	assert_int_equal(seal_report_read(json, &again), STATUS_OK);
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_xml(again, &b), STATUS_OK);
	assert_has(&b, "urn:congvan:constraint:MANDATE_NOT_HELD");
	assert_has(&b, "<MainIndication>urn:etsi:019102:mainindication:indeterminate</MainIndication>\n<SubIndication>urn:etsi:019102:subindication:SIG_CONSTRAINTS_FAILURE");
	snprintf(path, sizeof(path), "%s/report.xml", dir);
	fixture_write(path, b.data, b.len);
	assert_int_equal(fixture_run(dir, "xmllint --noout --nonet --schema '%s/schemas/xsd/validation-report.xsd' report.xml", source != NULL ? source : "."), 0);
	buf_free(&b);
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_html(again, NULL, &b), STATUS_OK);
	assert_has(&b, "INDETERMINATE / MANDATE_NOT_HELD");
	assert_has(&b, "Ký ngoài phạm vi &lt;ủy quyền&gt;.");
	assert_has(&b, "Outside the mandate.");
	buf_free(&b);
	fixture_scratch_free(dir);
	seal_report_free(again);
	seal_report_free(r);
	json_decref(json);
}

static size_t
count(const struct buf *b, const char *what)
{
	size_t n = 0;

	for (const char *p = buf_str(b); (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

/* A signature of each sub-indication in one report: by the schema, each with the one constraint that was not met, and said in both languages. */
static void
test_every_sub_indication(void **state)
{
	struct seal_report *one = make_report(), *r = NULL;
	json_t *json = seal_report_json(one), *list = json_object_get(json, "signatures"), *model = json_deep_copy(json_array_get(list, 4));
	char *dir = fixture_scratch(), path[1100], want[200];
	const char *source = getenv("CONGVAN_SRCDIR");
	size_t subs = 0;
	struct buf b;

	(void)state;
	json_array_clear(list);
	for (int sub = SUB_NONE + 1; sub <= SUB_SIGNED_DATA_NOT_FOUND; sub++, subs++) {
		static const enum sub_indication failed[] = {SUB_FORMAT_FAILURE, SUB_HASH_FAILURE, SUB_SIG_CRYPTO_FAILURE, SUB_REVOKED, SUB_EXPIRED, SUB_NOT_YET_VALID};
		json_t *s = json_deep_copy(model);
		bool fails = false;

		for (size_t i = 0; i < sizeof(failed) / sizeof(failed[0]); i++)
			fails |= (int)failed[i] == sub;
		json_object_set_new(s, "indication", json_string(fails ? "TOTAL-FAILED" : "INDETERMINATE"));
		json_object_set_new(s, "sub_indication", json_string(sub_indication_name((enum sub_indication)sub)));
		json_array_append_new(list, s);
	}
	assert_int_equal(subs, 25);
	assert_int_equal(seal_report_read(json, &r), STATUS_OK);
	buf_init(&b, 1 << 20);
	assert_int_equal(seal_report_xml(r, &b), STATUS_OK);
	for (int sub = SUB_NONE + 1; sub <= SUB_SIGNED_DATA_NOT_FOUND; sub++) {
		snprintf(want, sizeof(want), "<SubIndication>urn:etsi:019102:subindication:%s</SubIndication>", sub_indication_name((enum sub_indication)sub));
		if (count(&b, want) != 2) /* of the signature, and of the constraint */
			fail_msg("%zu times %s", count(&b, want), want);
	}
	snprintf(path, sizeof(path), "%s/report.xml", dir);
	fixture_write(path, b.data, b.len);
	assert_int_equal(fixture_run(dir, "xmllint --noout --nonet --schema '%s/schemas/xsd/validation-report.xsd' report.xml", source != NULL ? source : "."), 0);
	buf_free(&b);
	put_forms(r, &b);
	assert_null(strstr(buf_str(&b), "verdict.")); /* a code without words */
	buf_free(&b);
	fixture_scratch_free(dir);
	seal_report_free(r);
	seal_report_free(one);
	json_decref(model);
	json_decref(json);
}

/* Not a report: refused, and nothing is left behind. */
static void
test_read_refuses(void **state)
{
	static const char *const bad[] = {"{}", "{\"signatures\":1}", "{\"signatures\":[{}]}", "{\"signatures\":[{\"indication\":\"PASSED\",\"level\":\"B-B\"}]}",
		"{\"signatures\":[{\"indication\":\"TOTAL-PASSED\",\"level\":\"B-Z\"}]}", "{\"signatures\":[7]}", "[]"};
	struct seal_report *r = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *json = json_loads(bad[i], 0, NULL);

		assert_int_equal(seal_report_read(json, &r), STATUS_INVALID);
		json_decref(json);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_xml_content),
		cmocka_unit_test(test_page),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_laid_over),
		cmocka_unit_test(test_read_refuses),
		cmocka_unit_test(test_every_sub_indication),
	};

	return cmocka_run_group_tests_name("seal_report", tests, NULL, NULL);
}
