/* edxml: what is written reads back equal, through JSON too; what is read is what was sent; dates,
 * ids, limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/edxml_json.h"

/* The sanitizer's store of freed memory would count as ours. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

static struct edxml_schemas *schemas;

static int
load(void **state)
{
	char dir[4096];
	const char *root = getenv("CONGVAN_SRCDIR");

	(void)state;
	snprintf(dir, sizeof(dir), "%s/schemas/xsd", root != NULL ? root : ".");
	return edxml_schemas_load(dir, NULL, &schemas) == STATUS_OK ? 0 : -1;
}

static int
unload(void **state)
{
	(void)state;
	edxml_schemas_free(schemas);
	return 0;
}

static const char document_json[] =
	"{\"packet\":\"document\",\"business\":{\"type\":3,\"reason\":\"Thay văn bản "
	"sai\",\"paper\":1,\"document_info\":true,"
	"\"document_receiver\":false,\"receivers\":[{\"organ_id\":\"A99.03\",\"type\":1},{\"organ_"
	"id\":\"A99.04\",\"type\":0}],"
	"\"replacements\":[{\"document_id\":\"A99.01,2025/09/01,12/"
	"BC\",\"organ_ids\":[\"A99.03\",\"A99.04\"]},{\"document_id\":\"x\"}],"
	"\"staff\":{\"department\":\"Phòng Tổng hợp\",\"staff\":\"Cán "
	"bộ\",\"mobile\":\"09\",\"email\":\"a@b.example\"}},"
	"\"from\":{\"organ_id\":\"A99.01\",\"organ_name\":\"Văn phòng <A> & "
	"B\",\"in_charge\":\"Thành ủy\",\"address\":\"Số 1\","
	"\"email\":\"v@b.example\",\"telephone\":\"1\",\"fax\":\"2\",\"website\":\"w.example\"},"
	"\"to\":[{\"organ_id\":\"A99.02\",\"organ_name\":\"Đảng ủy "
	"một\"},{\"organ_id\":\"A99.03\",\"organ_name\":\"Đảng ủy hai\"}],"
	"\"document_id\":\"A99.01,2025/10/13,15/"
	"BC-TU\",\"code_number\":\"15\",\"code_notation\":\"BC-TU\",\"place\":\"Sông Thao\","
	"\"promulgation_date\":\"2025-10-13\",\"type\":14,\"type_detail\":0,\"type_name\":\"Báo "
	"cáo\",\"subject\":\"Về việc \\\"A\\\"\","
	"\"content\":\"Dòng một\\nDòng hai\",\"signer\":{\"competence\":\"T/M\",\"position\":\"Bí "
	"thư\",\"full_name\":\"Người Ký\"},"
	"\"due_date\":\"2025-11-01\",\"priority\":2,\"sphere\":\"Tổ "
	"chức\",\"typer_notation\":\"NV\",\"promulgation_amount\":10,"
	"\"page_amount\":3,\"direction\":\"0\",\"appendixes\":[\"Phụ lục 1\",\"Phụ lục 2\"],"
	"\"response_for\":[{\"organ_id\":\"A99.02\",\"code\":\"7/"
	"CV\",\"promulgation_date\":\"2025-09-30\",\"document_id\":\"d1\"},"
	"{\"document_id\":\"d2\"}],\"steering_type\":1,\"response_for_task\":\"NV-1\","
	"\"application_type\":\"1\","
	"\"to_places\":[\"Như "
	"trên\",\"Lưu\"],\"trace\":[{\"organ_id\":\"A99.01\",\"timestamp\":\"2025-10-13T09:15:30+"
	"07:00\"},"
	"{\"timestamp\":\"2025-10-13T09:15:31+07:00\"}],\"attachments\":[{\"content_id\":\"c-1\","
	"\"name\":\"Báo cáo.pdf\",\"index\":1,"
	"\"description\":\"toàn văn\"},{\"name\":\"hồ "
	"sơ.zip\",\"index\":0,\"content_id\":\"c-2\"}]}";

static const char status_json[] =
	"{\"packet\":\"status\",\"from\":{\"organ_id\":\"A99.02\",\"organ_name\":\"Đảng ủy "
	"một\"},\"response_for\":[{\"organ_id\":"
	"\"A99.01\",\"code\":\"15/"
	"BC-TU\",\"promulgation_date\":\"2025-10-13\",\"document_id\":\"A99.01,2025/10/13,15/"
	"BC-TU\"}],"
	"\"staff\":{\"department\":\"Văn phòng\",\"staff\":\"Văn "
	"thư\"},\"status_code\":\"02\",\"description\":\"Gửi nhầm & trả lại\","
	"\"timestamp\":\"2025-10-14T08:00:00+07:00\"}";

/* Two contents: an archive (which must come back as it is) and a PDF larger than one piece of
 * base64. */
static void
make_files(int files[2])
{
	const struct pack_member member = {"01234567-89ab-cdef-0123-456789abcdef.zip", true,
		{(const unsigned char *)"x", 1}, -1};
	char line[64];

	files[0] = output_memfd("zip");
	assert_int_equal(pack_build(files[0], &member, 1, NULL), STATUS_OK);
	files[1] = output_memfd("pdf");
	assert_int_equal(write(files[1], "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 15), 15);
	for (int i = 0; i < 20000; i++) {
		int n = snprintf(line, sizeof(line), "%d %d obj\n", i, i * 7);

		assert_int_equal(write(files[1], line, (size_t)n), n);
	}
}

static enum status
read_back(const struct buf *packet, struct diag *diag, struct edxml **out)
{
	return edxml_read((struct span){packet->data, packet->len}, schemas, &edxml_limits_default,
		&edxml_sink_memory, diag, out);
}

static void
assert_same_file(int a, int b)
{
	struct digest da, db;

	assert_int_equal(digest_of_fd(a, &da), STATUS_OK);
	assert_int_equal(digest_of_fd(b, &db), STATUS_OK);
	assert_memory_equal(&da, &db, sizeof(da));
}

/* The keys that only reading knows, and those that writing adds. */
static void
forget_reading(json_t *j)
{
	static const char *const keys[] = {
		"size", "sha256", "sniffed", "mime", "state", "unwrapped", "content_type", "index"};
	size_t i;
	json_t *a;

	json_array_foreach(json_object_get(j, "attachments"), i,
		a) for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
		json_object_del(a, keys[k]);
	json_object_del(j, "signature");
}

static void
round_trip(bool raw)
{
	json_t *j = json_loads(document_json, 0, NULL), *again;
	const struct edxml_write_options options = {.raw = raw};
	struct diag *diag = diag_new();
	struct edxml *e = NULL, *back = NULL;
	struct output to;
	struct buf b;
	int files[2];

	make_files(files);
	buf_init(&b, 16 << 20);
	to = output_buf(&b);
	assert_int_equal(edxml_from_json(j, files, 2, diag, &e), STATUS_OK);
	assert_int_equal(edxml_write_document(e, &options, &to, diag), STATUS_OK);
	assert_int_equal(read_back(&b, diag, &back), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(back->attachment_count, 2);
	assert_same_file(back->attachments[0].fd, files[1]);
	assert_same_file(back->attachments[1].fd, files[0]);
	assert_int_equal(back->attachments[0].unwrapped, !raw);
	assert_true(back->attachments[1].unwrapped);
	assert_string_equal(
		back->attachments[0].content_type, raw ? "application/pdf" : "application/zip");
	again = edxml_to_json(back);
	forget_reading(again);
	forget_reading(j);
	assert_true(json_equal(j, again));
	json_decref(j);
	json_decref(again);
	edxml_free(e);
	edxml_free(back);
	buf_free(&b);
	diag_free(diag);
	close(files[0]);
	close(files[1]);
}

static void
test_round_trip_zipped(void **state)
{
	(void)state;
	round_trip(false);
}

static void
test_round_trip_raw(void **state)
{
	(void)state;
	round_trip(true);
}

static void
test_round_trip_status(void **state)
{
	json_t *j = json_loads(status_json, 0, NULL), *again;
	struct diag *diag = diag_new();
	struct edxml *e, *back;
	struct output to;
	struct buf b;

	(void)state;
	buf_init(&b, 1 << 20);
	to = output_buf(&b);
	assert_int_equal(edxml_from_json(j, NULL, 0, diag, &e), STATUS_OK);
	assert_int_equal(edxml_write_status(e, &to, diag), STATUS_OK);
	assert_int_equal(read_back(&b, diag, &back), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	assert_int_equal(back->packet, EDXML_STATUS);
	again = edxml_to_json(back);
	assert_true(json_equal(j, again));
	json_decref(j);
	json_decref(again);
	edxml_free(e);
	edxml_free(back);
	buf_free(&b);
	diag_free(diag);
}

/* The stock tool agrees with what we write. */
static void
xmllint(const struct buf *packet, const char *xsd)
{
	const char *src = getenv("CONGVAN_SRCDIR");
	char path[] = "/tmp/congvan-edxml-XXXXXX", command[5000];
	int fd;

	if (system("command -v xmllint >/dev/null") != 0)
		return; /* package libxml2-utils, of the group test */
	fd = mkstemp(path);
	assert_int_equal(write(fd, packet->data, packet->len), packet->len);
	close(fd);
	snprintf(command, sizeof(command),
		"xmllint --noout --nonet --huge --schema '%s/schemas/xsd/%s' %s 2>&1", src, xsd,
		path);
	assert_int_equal(system(command), 0);
	unlink(path);
}

static void
test_xmllint(void **state)
{
	json_t *j = json_loads(document_json, 0, NULL), *s = json_loads(status_json, 0, NULL);
	const struct edxml_write_options options = {.raw = false};
	struct edxml *e;
	struct output to;
	struct buf b;
	int files[2];

	(void)state;
	make_files(files);
	buf_init(&b, 16 << 20);
	to = output_buf(&b);
	assert_int_equal(edxml_from_json(j, files, 2, NULL, &e), STATUS_OK);
	assert_int_equal(edxml_write_document(e, &options, &to, NULL), STATUS_OK);
	xmllint(&b, "edxml.xsd");
	edxml_free(e);
	buf_free(&b);
	assert_int_equal(edxml_from_json(s, NULL, 0, NULL, &e), STATUS_OK);
	assert_int_equal(edxml_write_status(e, &to, NULL), STATUS_OK);
	xmllint(&b, "edxml-status.xsd");
	edxml_free(e);
	buf_free(&b);
	json_decref(j);
	json_decref(s);
	close(files[0]);
	close(files[1]);
}

/* Memory of this process that is not a mapped file, in KB. */
static long
own_memory(void)
{
	char line[200];
	long kb = -1;
	FILE *f = fopen("/proc/self/status", "r");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (sscanf(line, "RssAnon: %ld", &kb) == 1)
			break;
	if (f != NULL)
		fclose(f);
	return kb;
}

/* A packet of 64 MB, written and read: what is kept in memory does not grow with it. */
static void
test_large(void **state)
{
	json_t *j = json_loads(document_json, 0, NULL);
	const struct edxml_write_options options = {.raw = true};
	char *piece = malloc(1 << 20);
	int files[2], packet = output_memfd("packet");
	struct output to = output_fd(&packet);
	struct diag *diag = diag_new();
	struct edxml *e, *back;
	struct mapped m;
	long before;

	(void)state;
	make_files(files);
	for (size_t i = 0; i < 1 << 20; i++)
		piece[i] = (char)(i * i >> 7 ^ i * 31);
	for (int i = 0; i < 48; i++)
		assert_int_equal(write(files[1], piece, 1 << 20), 1 << 20);
	before = own_memory();
	assert_int_equal(edxml_from_json(j, files, 2, diag, &e), STATUS_OK);
	assert_int_equal(edxml_write_document(e, &options, &to, diag), STATUS_OK);
	assert_int_equal(mapped_open(packet, &m), STATUS_OK);
	assert_true(m.len > 64u << 20);
	assert_int_equal(
		edxml_read(m.span, schemas, &edxml_limits_default, &edxml_sink_memory, diag, &back),
		STATUS_OK);
	assert_true(own_memory() - before < 16 * 1024);
	assert_same_file(back->attachments[0].fd, files[1]);
	mapped_close(&m);
	edxml_free(e);
	edxml_free(back);
	diag_free(diag);
	json_decref(j);
	free(piece);
	close(packet);
	close(files[0]);
	close(files[1]);
}

/* What we would not accept, we do not write. */
static void
test_write_refuses(void **state)
{
	static const struct {
		const char *drop, *code;
	} rows[] = {
		{"from", "edxml.header.missing"},
		{"to", "edxml.to.missing"},
		{"subject", "edxml.subject.missing"},
		{"document_id", "edxml.document_id.missing"},
		{"code_number", "edxml.code.incomplete"},
		{"promulgation_date", "edxml.promulgation_date.missing"},
		{"type_name", "edxml.type_name.missing"},
	};
	const struct edxml_write_options options = {.raw = false};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *j = json_loads(document_json, 0, NULL);
		struct diag *diag = diag_new();
		struct edxml *e;
		struct output to;
		struct buf b;
		int files[2];

		make_files(files);
		buf_init(&b, 1 << 20);
		to = output_buf(&b);
		json_object_del(j, rows[i].drop);
		assert_int_equal(edxml_from_json(j, files, 2, diag, &e), STATUS_OK);
		assert_int_equal(edxml_write_document(e, &options, &to, diag), STATUS_INVALID);
		assert_true(diag_has(diag, rows[i].code));
		assert_int_equal(b.len, 0);
		edxml_free(e);
		buf_free(&b);
		diag_free(diag);
		json_decref(j);
		close(files[0]);
		close(files[1]);
	}
}

static void
test_json_refuses(void **state)
{
	static const char *const bad[] = {"[]", "{}", "{\"packet\":\"x\"}",
		"{\"packet\":\"document\",\"subject\":1}", "{\"packet\":\"document\",\"to\":{}}",
		"{\"packet\":\"document\",\"to\":[1]}", "{\"packet\":\"document\",\"type\":\"1\"}",
		"{\"packet\":\"document\",\"due_date\":\"2025-02-30\"}",
		"{\"packet\":\"document\",\"attachments\":[{\"index\":0}]}",
		"{\"packet\":\"document\",\"attachments\":[{}]}",
		"{\"packet\":\"document\",\"attachments\":[{\"index\":-1}]}",
		"{\"packet\":\"document\",\"signer\":[]}",
		"{\"packet\":\"status\",\"timestamp\":\"hôm qua\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		json_t *j = json_loads(bad[i], 0, NULL);
		struct diag *diag = diag_new();
		struct edxml *e = NULL;

		assert_int_equal(edxml_from_json(j, NULL, 0, diag, &e), STATUS_INVALID);
		assert_true(diag_has(diag, "edxml.json"));
		assert_null(e);
		diag_free(diag);
		json_decref(j);
	}
}

static void
test_dates(void **state)
{
	static const struct {
		const char *raw;
		int year, month, day; /* 0: not valid */
	} rows[] = {
		{"2025/10/13", 2025, 10, 13},
		{"2025-10-13", 2025, 10, 13},
		{"13/10/2025", 2025, 10, 13},
		{"1/2/2025", 2025, 2, 1},
		{"2025/1/2", 2025, 1, 2},
		{"2025-10-13T00:00:00", 2025, 10, 13},
		{"2025/10/13 08:00", 2025, 10, 13},
		{"2014/02/30", 0, 0, 0},
		{"2025/13/01", 0, 0, 0},
		{"", 0, 0, 0},
		{"13.10.2025", 0, 0, 0},
		{"2025/10/13x", 0, 0, 0},
		{"20251013", 0, 0, 0},
		{"0000/00/00", 0, 0, 0},
		{"-025/10/13", 0, 0, 0},
		{"13/10/25", 0, 0, 0},
	};
	struct edxml_date d;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		edxml_date_set(&d, rows[i].raw);
		assert_int_equal(d.valid, rows[i].year != 0);
		if (d.valid) {
			assert_int_equal(d.date.year, rows[i].year);
			assert_int_equal(d.date.month, rows[i].month);
			assert_int_equal(d.date.day, rows[i].day);
		}
	}
	edxml_date_set(&d, NULL);
	assert_false(d.valid);
}

static void
test_times(void **state)
{
	static const struct {
		const char *raw, *vietnam;
	} rows[] = {
		{"2025/10/13 09:15:30", "2025-10-13T09:15:30+07:00"},
		{"2025-10-13T09:15:30Z", "2025-10-13T16:15:30+07:00"},
		{"2025-10-13T09:15:30.123+09:00", "2025-10-13T07:15:30+07:00"},
		{"2025/10/13 09:15", "2025-10-13T09:15:00+07:00"},
		{"13/10/2025 23:59:59", "2025-10-13T23:59:59+07:00"},
		{"2025-10-13T09:15:30+0700", "2025-10-13T09:15:30+07:00"},
		{"2025/10/13", NULL},
		{"2025/10/13 24:00:00", NULL},
		{"2025/10/13 09:15:30 sáng", NULL},
		{"null", NULL},
		{"2025/02/30 09:15:30", NULL},
	};
	char text[CLOCK_TEXT];
	struct edxml_time t;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		edxml_time_set(&t, rows[i].raw);
		assert_int_equal(t.valid, rows[i].vietnam != NULL);
		if (t.valid) {
			clock_format_vietnam(t.at, text);
			assert_string_equal(text, rows[i].vietnam);
		}
	}
}

static void
test_content_ids(void **state)
{
	static const char *const rows[][2] = {{"cid:a", "a"}, {"CID:<a>", "a"}, {"<a>", "a"},
		{"a", "a"}, {"<", "<"}, {"cid:", ""}, {"<>", ""}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char s[16];

		snprintf(s, sizeof(s), "%s", rows[i][0]);
		assert_string_equal(edxml_content_id(s), rows[i][1]);
	}
	assert_null(edxml_content_id(NULL));
}

/* Limits that a caller tightens hold, each with its own finding. */
static void
test_limits(void **state)
{
	json_t *j = json_loads(document_json, 0, NULL);
	const struct edxml_write_options options = {.raw = false};
	struct edxml_limits limits[5];
	static const char *const codes[] = {"edxml.limit.attachment", "edxml.limit.attachment",
		"edxml.limit.list", "edxml.limit.packet", "pack.size"};
	struct edxml *e;
	struct output to;
	struct buf b;
	int files[2];

	(void)state;
	for (size_t i = 0; i < 5; i++)
		limits[i] = edxml_limits_default;
	limits[0].attachment = 1000;
	limits[1].total = 60000;
	limits[2].attachments = 1;
	limits[3].packet = 100;
	limits[4].pack.entry = 100;
	make_files(files);
	buf_init(&b, 16 << 20);
	to = output_buf(&b);
	assert_int_equal(edxml_from_json(j, files, 2, NULL, &e), STATUS_OK);
	assert_int_equal(edxml_write_document(e, &options, &to, NULL), STATUS_OK);
	edxml_free(e);
	for (size_t i = 0; i < 5; i++) {
		struct diag *diag = diag_new();

		assert_int_equal(edxml_read((struct span){b.data, b.len}, schemas, &limits[i],
					 &edxml_sink_memory, diag, &e),
			STATUS_INVALID);
		assert_true(diag_has(diag, codes[i]));
		edxml_free(e);
		diag_free(diag);
	}
	buf_free(&b);
	json_decref(j);
	close(files[0]);
	close(files[1]);
}

static enum status
no_space(void *arg, int *fd_out)
{
	(void)arg;
	(void)fd_out;
	return STATUS_NO_SPACE;
}

static enum status
fail_output(void *arg, const void *p, size_t n)
{
	size_t *left = arg;

	(void)p;
	if (*left < n)
		return STATUS_NO_SPACE;
	*left -= n;
	return STATUS_OK;
}

/* A sink or output that fails ends the work with its own status and leaves nothing open (the leak
 * check sees to that). */
static void
test_failures_pass_through(void **state)
{
	json_t *j = json_loads(document_json, 0, NULL);
	const struct edxml_write_options options = {.raw = false};
	const struct edxml_sink sink = {no_space, NULL};
	struct edxml *e, *back;
	struct output to;
	struct buf b;
	int files[2];

	(void)state;
	make_files(files);
	buf_init(&b, 16 << 20);
	to = output_buf(&b);
	assert_int_equal(edxml_from_json(j, files, 2, NULL, &e), STATUS_OK);
	assert_int_equal(edxml_write_document(e, &options, &to, NULL), STATUS_OK);
	for (size_t room = 0; room < b.len; room += 997) {
		size_t left = room;
		struct output failing = {fail_output, &left};

		assert_int_equal(
			edxml_write_document(e, &options, &failing, NULL), STATUS_NO_SPACE);
	}
	assert_int_equal(edxml_read((struct span){b.data, b.len}, schemas, &edxml_limits_default,
				 &sink, NULL, &back),
		STATUS_NO_SPACE);
	assert_null(back);
	edxml_free(e);
	buf_free(&b);
	json_decref(j);
	close(files[0]);
	close(files[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip_zipped),
		cmocka_unit_test(test_round_trip_raw),
		cmocka_unit_test(test_round_trip_status),
		cmocka_unit_test(test_xmllint),
		cmocka_unit_test(test_large),
		cmocka_unit_test(test_write_refuses),
		cmocka_unit_test(test_json_refuses),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_content_ids),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_failures_pass_through),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
