/*
 * PDFs through the real, sandboxed worker: the whole corpus of odd files is looked at, read and
 * drawn by one process without a loss, and a letter is signed by leader and office.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/base/hex.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/worker_client.h"

static struct worker_client worker;

static int
start(void **state)
{
	static char trust[4096];
	const char *extra[] = {
		"--trust", trust, "--fonts", "/usr/share/fonts/truetype/liberation2", NULL};

	(void)state;
	snprintf(trust, sizeof(trust), "%s", fixture_path(""));
	worker_client_start(&worker, extra);
	return 0;
}

static int
stop(void **state)
{
	(void)state;
	return worker_client_stop(&worker) == 0 ? 0 : -1;
}

/* One job; takes the parameters and closes the files. */
static enum status
call(enum job_type type, json_t *params, const int *files, size_t count, struct job_result *result)
{
	struct job job = {.type = type, .params = params, .file_count = count};
	enum status st;

	assert_non_null(params);
	memcpy(job.files, files, count * sizeof(int));
	if (worker.last) { /* it has served its time or has grown: the next one goes on */
		assert_int_equal(worker_client_stop(&worker), 0);
		start(NULL);
	}
	st = worker_client_call(&worker, &job, result);
	job_clear(&job);
	return st;
}

static int
file_of(const char *name)
{
	struct span bytes = corpus_file(name);
	int fd = worker_client_file(bytes.data, bytes.len);

	free((void *)(uintptr_t)bytes.data);
	return fd;
}

static json_int_t
number(const struct job_result *r, const char *name)
{
	return json_integer_value(json_object_get(r->value, name));
}

/* Refusals must have a finding; the process must live on. */
static void
one_job(const char *name, enum job_type type, json_t *params)
{
	struct job_result result;

	if (call(type, params, (int[]){file_of(name)}, 1, &result) != STATUS_OK)
		fail_msg("%s: the worker died of %s", name, job_name(type));
	if (result.status != STATUS_OK && result.status != STATUS_INVALID &&
		result.status != STATUS_NOT_FOUND && result.status != STATUS_TOO_LARGE &&
		result.status != STATUS_UNSUPPORTED)
		fail_msg("%s: %s: %s", name, job_name(type), status_code(result.status));
	if (result.status != STATUS_OK && result.status != STATUS_NOT_FOUND &&
		!diag_has_error(result.diag))
		fail_msg("%s: %s: refused without a word", name, job_name(type));
	job_result_clear(&result);
}

static void
test_whole_corpus(void **state)
{
	static struct corpus_entry entries[CORPUS_MAX];
	size_t n = corpus_read(entries);

	(void)state;
	assert_true(n >= 40);
	for (size_t i = 0; i < n; i++) {
		char name[80];

		snprintf(name, sizeof(name), "%s", entries[i].name);
		one_job(name, JOB_PDF_INSPECT, json_object());
		one_job(name, JOB_PDF_TEXT, json_object());
		one_job(name, JOB_PDF_PREVIEW, json_pack("{s:i}", "width", 200));
	}
}

static void
test_inspect(void **state)
{
	struct job_result r;

	(void)state;
	assert_int_equal(
		call(JOB_PDF_INSPECT, json_object(), (int[]){file_of("javascript")}, 1, &r),
		STATUS_OK);
	assert_int_equal(r.status, STATUS_OK);
	assert_true(number(&r, "pages") > 0);
	assert_string_equal(json_string_value(json_array_get(json_object_get(r.value, "flags"), 0)),
		"javascript");
	assert_true(diag_has(r.diag, "pdf.flag.javascript"));
	assert_int_equal(
		json_array_size(json_object_get(r.value, "page_list")), number(&r, "pages"));
	job_result_clear(&r);
}

static void
test_preview_bounds(void **state)
{
	struct job_result r;

	(void)state;
	call(JOB_PDF_PREVIEW, json_pack("{s:i}", "page", 99), (int[]){file_of("plain")}, 1, &r);
	assert_int_equal(r.status, STATUS_NOT_FOUND);
	job_result_clear(&r);
	call(JOB_PDF_PREVIEW, json_pack("{s:i}", "width", 100000), (int[]){file_of("plain")}, 1,
		&r);
	assert_int_equal(r.status, STATUS_MALFORMED);
	job_result_clear(&r);
	call(JOB_PDF_PREVIEW, json_pack("{s:i, s:i}", "page", 0, "width", 300),
		(int[]){file_of("plain")}, 1, &r);
	assert_int_equal(r.status, STATUS_OK);
	assert_int_equal(number(&r, "width"), 300);
	assert_int_equal(number(&r, "page"), number(&r, "pages"));
	job_result_clear(&r);
}

/* What the signer does with the digest that prepare gave. */
static int
sign_digest(const char *hex, const char *cert_name, const char *key_name)
{
	X509 *cert = fixture_cert(cert_name), *issuing = fixture_cert("issuing.pem");
	EVP_PKEY *private = fixture_key(key_name);
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	struct cms_options options = {0};
	unsigned char digest[32];
	struct cms_input input = {.digest = {digest, 32}};
	struct buf cms;
	int fd;

	assert_true(hex_decode(hex, digest, 32));
	buf_init(&cms, CMS_MAX);
	sk_X509_push(chain, issuing);
	assert_int_equal(cms_template_new(cert, chain, &options, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, private, &key), STATUS_OK);
	assert_int_equal(cms_template_sign(t, &input, cms_key_sign, key, &cms), STATUS_OK);
	fd = worker_client_file(cms.data, cms.len);
	cms_key_free(key);
	cms_template_free(t);
	sk_X509_free(chain);
	X509_free(issuing);
	X509_free(cert);
	EVP_PKEY_free(private);
	buf_free(&cms);
	return fd;
}

static void
prepare(int base, const char *role, const char *signer, struct job_result *out)
{
	json_t *params = json_pack("{s:s, s:s, s:s, s:s, s:s, s:[f,f,f,f], s:[s,s]}", "kind", "pdf",
		"role", role, "signer", signer, "reason", "Ký ban hành", "time",
		"2026-11-24T13:25:54+07:00", "rect", 100.0, 100.0, 300.0, 180.0, "lines", signer,
		"24/11/2026 13:25:54 +07:00");

	assert_int_equal(call(JOB_SEAL_PREPARE, params, (int[]){dup(base)}, 1, out), STATUS_OK);
	if (out->status != STATUS_OK)
		show(out->diag, "prepare");
	assert_int_equal(out->status, STATUS_OK);
	assert_true(number(out, "hole_size") > 1000);
	assert_int_equal(out->file_count, 1);
}

static void
test_prepared_is_shown(void **state)
{
	int base = file_of("plain");
	struct job_result prepared, before, after;
	char *a, *b;
	size_t na, nb;

	(void)state;
	prepare(base, "attachment", "Đảng ủy Khối các cơ quan tỉnh", &prepared);
	call(JOB_PDF_PREVIEW, json_object(), (int[]){dup(base)}, 1, &before);
	call(JOB_PDF_PREVIEW, json_object(), (int[]){base, dup(prepared.files[0])}, 2, &after);
	assert_int_equal(before.status, STATUS_OK);
	assert_int_equal(after.status, STATUS_OK);
	a = worker_client_read(before.files[0], &na);
	b = worker_client_read(after.files[0], &nb);
	assert_memory_equal(b, "\x89PNG", 4);
	assert_true(na != nb || memcmp(a, b, na) != 0); /* the picture of the signature is in it */
	assert_null(json_object_get(before.value, "signature_page"));
	assert_int_equal(number(&after, "signature_page"), 1); /* an appendix has it at the top of its first page */
	free(a);
	free(b);
	job_result_clear(&prepared);
	job_result_clear(&before);
	job_result_clear(&after);
}

/* Without a page asked for: the one with the signature, wherever it is; one that is not seen has none, and the first is shown. */
static void
test_signature_page(void **state)
{
	static const struct {
		const char *role;
		int page, shown;
	} rows[] = {{"attachment", 2000, 2000}, {"invisible", 0, 1}};
	struct job_result prepared, r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int base = file_of("wide_page_tree");

		prepare(base, rows[i].role, "Nguyễn Văn An", &prepared);
		call(JOB_PDF_PREVIEW, json_object(), (int[]){base, dup(prepared.files[0])}, 2, &r);
		assert_int_equal(r.status, STATUS_OK);
		assert_int_equal(number(&r, "pages"), 2000);
		assert_int_equal(number(&r, "page"), rows[i].shown);
		assert_int_equal(number(&r, "signature_page"), rows[i].page);
		assert_int_equal(json_array_size(json_object_get(r.value, "box")), 4);
		if (rows[i].page == 0) {
			assert_null(json_object_get(r.value, "signature_rect"));
		} else { /* as it was asked for */
			assert_int_equal((int)json_number_value(json_array_get(json_object_get(r.value, "signature_rect"), 0)), 100);
			assert_int_equal((int)json_number_value(json_array_get(json_object_get(r.value, "signature_rect"), 3)), 180);
		}
		job_result_clear(&r);
		job_result_clear(&prepared);
	}
}

static int
data_file(const char *path)
{
	struct span bytes = built_file(path);
	int fd = worker_client_file(bytes.data, bytes.len);

	free((void *)(uintptr_t)bytes.data);
	return fd;
}

/* One signature: prepare, sign the digest with a key of the PKI, embed. The new file. */
static int
seal(int base, const char *picture, json_t *params, const char *who, struct job_result *sealed)
{
	struct job_result prepared;
	char cert[40], key[40];
	json_t *embed;

	snprintf(cert, sizeof(cert), "%s.pem", who);
	snprintf(key, sizeof(key), "%s.key", who);
	json_object_set_new(params, "kind", json_string("pdf"));
	json_object_set_new(params, "time", json_string("2026-11-24T13:25:54+07:00"));
	assert_int_equal(call(JOB_SEAL_PREPARE, params,
				 (int[]){dup(base), picture != NULL ? data_file(picture) : -1},
				 picture != NULL ? 2 : 1, &prepared),
		STATUS_OK);
	if (prepared.status != STATUS_OK)
		show(prepared.diag, "prepare");
	assert_int_equal(prepared.status, STATUS_OK);
	embed = json_deep_copy(prepared.value);
	json_object_set_new(embed, "kind", json_string("pdf"));
	assert_int_equal(call(JOB_SEAL_EMBED, embed,
				 (int[]){base, dup(prepared.files[0]),
					 sign_digest(json_string_value(json_object_get(
							     prepared.value, "digest")),
						 cert, key)},
				 3, sealed),
		STATUS_OK);
	if (sealed->status != STATUS_OK)
		show(sealed->diag, "embed");
	assert_int_equal(sealed->status, STATUS_OK);
	assert_int_equal(sealed->file_count, 1);
	job_result_clear(&prepared);
	return dup(sealed->files[0]);
}

static const char *
verdict_of(const struct job_result *r, size_t i, const char *name)
{
	const json_t *s = json_array_get(json_object_get(r->value, "signatures"), i);
	const char *text = json_string_value(json_object_get(s, name));

	return text != NULL ? text : "";
}

/* The letter of the demo: the leader signs and leaves room for number and date, the office fills
 * them in and seals. */
static void
test_letter(void **state)
{
	struct job_result leader, office, verified, text;
	int file = data_file("tests/data/letter.pdf");
	char *words;

	(void)state;
	file = seal(file, "tests/data/signature-1.png",
		json_pack("{s:s, s:s, s:s, s:[{s:s,s:s},{s:s,s:s},{s:s,s:s}]}", "role", "leader",
			"signer", "Nguyễn Văn An", "anchor", "Nguyễn Văn An", "fields", "name",
			"so", "anchor", "Số", "name", "ngay", "anchor", "ngày", "name", "thang",
			"anchor", "tháng"),
		"leader1", &leader);
	assert_string_equal(verdict_of(&leader, 0, "indication"), "TOTAL-PASSED");
	file = seal(file, "tests/data/seal.png",
		json_pack("{s:s, s:s, s:s, s:[{s:s,s:s},{s:s,s:s},{s:s,s:s}]}", "role", "office",
			"signer", "Quận ủy Tân Giang", "anchor", "Nguyễn Văn An", "fields", "name",
			"so", "value", "12-CV/QU", "name", "ngay", "value", "24", "name", "thang",
			"value", "11"),
		"office", &office);
	call(JOB_VERIFY, json_pack("{s:s}", "kind", "pdf"), (int[]){dup(file)}, 1, &verified);
	assert_int_equal(verified.status, STATUS_OK);
	assert_int_equal(json_array_size(json_object_get(verified.value, "signatures")), 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(verdict_of(&verified, i, "indication"), "TOTAL-PASSED");
	assert_string_equal(verdict_of(&verified, 0, "changes"), "permitted");
	call(JOB_PDF_TEXT, json_object(), (int[]){file}, 1, &text);
	assert_int_equal(text.status, STATUS_OK);
	words = worker_client_read(text.files[0], NULL);
	assert_non_null(strstr(words, "12-CV/QU"));
	free(words);
	job_result_clear(&leader);
	job_result_clear(&office);
	job_result_clear(&verified);
	job_result_clear(&text);
}

/* A copy and the stamp of an incoming document, by their names in the job. */
static void
test_copy_and_arrival(void **state)
{
	struct job_result copy, arrival, bad;
	int file;

	(void)state;
	file = seal(data_file("tests/data/letter.pdf"), NULL,
		json_pack("{s:s, s:s, s:s}", "role", "copy", "copy", "trich-sao", "signer",
			"Văn phòng Quận ủy"),
		"office", &copy);
	assert_string_equal(verdict_of(&copy, 0, "indication"), "TOTAL-PASSED");
	file = seal(file, NULL,
		json_pack("{s:s, s:s, s:[s,s,s]}", "role", "arrival", "signer", "Văn phòng Quận ủy",
			"lines", "345", "24/11/2026", "Chánh Văn phòng"),
		"office", &arrival);
	assert_string_equal(verdict_of(&arrival, 0, "changes"), "permitted");
	assert_string_equal(verdict_of(&arrival, 1, "indication"), "TOTAL-PASSED");
	call(JOB_SEAL_PREPARE,
		json_pack("{s:s, s:s, s:s, s:s}", "kind", "pdf", "role", "copy", "copy", "photo",
			"time", "2026-11-24T13:25:54+07:00"),
		(int[]){file}, 1, &bad);
	assert_int_equal(bad.status, STATUS_MALFORMED);
	job_result_clear(&copy);
	job_result_clear(&arrival);
	job_result_clear(&bad);
}

/* Number and date filled in without a signature: the leader's stays valid, the change is a
 * permitted one. */
static void
test_fill(void **state)
{
	struct job_result leader, filled, needs, verified, text;
	int file;
	char *words;

	(void)state;
	file = seal(data_file("tests/data/letter.pdf"), "tests/data/signature-1.png",
		json_pack("{s:s, s:s, s:s, s:[{s:s,s:s}]}", "role", "leader", "signer",
			"Nguyễn Văn An", "anchor", "Nguyễn Văn An", "fields", "name", "so",
			"anchor", "Số"),
		"leader1", &leader);
	/* embedding said what is missing, as whoever asks afterwards is told */
	call(JOB_NEEDS, json_pack("{s:s}", "kind", "pdf"), (int[]){dup(file)}, 1, &needs);
	assert_int_equal(needs.status, STATUS_OK);
	assert_int_equal(json_array_size(json_object_get(needs.value, "certs")), 3);
	assert_true(json_equal(needs.value, json_object_get(leader.value, "needs")));
	job_result_clear(&needs);
	call(JOB_PDF_FILL,
		json_pack("{s:[{s:s, s:s}]}", "fields", "name", "so", "value", "12-CV/QU"),
		(int[]){file}, 1, &filled);
	if (filled.status != STATUS_OK)
		show(filled.diag, "fill");
	assert_int_equal(filled.status, STATUS_OK);
	assert_int_equal(filled.file_count, 1);
	call(JOB_VERIFY, json_pack("{s:s}", "kind", "pdf"), (int[]){dup(filled.files[0])}, 1,
		&verified);
	assert_int_equal(verified.status, STATUS_OK);
	assert_string_equal(verdict_of(&verified, 0, "indication"), "TOTAL-PASSED");
	assert_string_equal(verdict_of(&verified, 0, "changes"), "permitted");
	call(JOB_PDF_TEXT, json_object(), (int[]){dup(filled.files[0])}, 1, &text);
	words = worker_client_read(text.files[0], NULL);
	assert_non_null(strstr(words, "12-CV/QU"));
	free(words);
	job_result_clear(&leader);
	job_result_clear(&filled);
	job_result_clear(&verified);
	job_result_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_corpus),
		cmocka_unit_test(test_inspect),
		cmocka_unit_test(test_preview_bounds),
		cmocka_unit_test(test_prepared_is_shown),
		cmocka_unit_test(test_signature_page),
		cmocka_unit_test(test_letter),
		cmocka_unit_test(test_copy_and_arrival),
		cmocka_unit_test(test_fill),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, start, stop);
}
