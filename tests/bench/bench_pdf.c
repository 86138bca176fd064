/*
 * bench_pdf: what a visible signature in the usual letter (200 KB, Vietnamese, PNG) costs a warm
 * worker, prepare and embed, by its processor time; and what judging a PDF with 1 and 10 signatures
 * costs it, against `pdfsig -nocert` on the same files in the same run. Use an optimised build.
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "lib/doc/pdf_cache.h"
#include "lib/doc/pdf_font.h"
#include "lib/doc/pdf_scan.h"
#include "lib/doc/pdf_second.h"
#include "lib/doc/pdf_text.h"
#include "lib/pki/cms_room.h"
#include "lib/seal/seal_second.h"
#include "tests/unit/pdf_fixture.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/seal_fixture.h"
#include "tests/unit/worker_client.h"

#define ROUNDS 200
#define SIGNATURES 10

static struct worker_client worker;
static char pdf[300];

/* Processor time so far, microseconds, of the worker. */
static double
used(void)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(worker.pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		exit(1);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double
elapsed(void)
{
	return (double)clock_monotonic();
}

/* One job; takes the parameters and closes the files. */
static void
call(enum job_type type, json_t *params, const int *files, size_t count, struct job_result *result)
{
	struct job job = {.type = type, .params = params, .file_count = count};

	memcpy(job.files, files, count * sizeof(int));
	if (worker_client_call(&worker, &job, result) != STATUS_OK ||
		result->status != STATUS_OK) {
		show(result->diag, "job");
		fail_msg("job %d: %s", (int)type, status_code(result->status));
	}
	job_clear(&job);
}

/* What congvand keeps for a signature of this key with a timestamp of 4 KB (daemon/sign/room.c). */
static size_t
room(void)
{
	static size_t kept;
	X509 *cert, *issuing;
	STACK_OF(X509) *chain;

	if (kept != 0)
		return kept;
	cert = fixture_cert("leader1.pem");
	issuing = fixture_cert("issuing.pem");
	chain = sk_X509_new_null();
	sk_X509_push(chain, issuing);
	assert_int_equal(cms_room(cert, chain, NULL, 4096, &kept), STATUS_OK);
	sk_X509_free(chain);
	X509_free(issuing);
	X509_free(cert);
	return kept;
}

static json_t *
look(const char *role, bool found)
{
	json_t *p = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I}", "kind", "pdf", "signer",
		"Nguyễn Văn An", "time", "2026-11-20T08:02:03+07:00", "role", role, "field", "ky", "room",
		(json_int_t)room());

	if (found)
		json_object_set_new(p, "anchor", json_string("Nguyễn Văn An"));
	else if (strcmp(role, "invisible") != 0)
		json_object_set_new(p, "rect", json_pack("[i,i,i,i]", 370, 150, 500, 220));
	return p;
}

static json_t *
embed_params(const json_t *prepared)
{
	json_t *p = json_pack("{s:s}", "kind", "pdf");

	json_object_update(p, (json_t *)(uintptr_t)prepared);
	return p;
}

struct cost {
	double prepare, embed;
};

static void
row(const char *name, const char *role, bool found, struct span base, struct span png)
{
	struct cost sum = {0, 0};
	struct job_result made, done;
	struct digest digest;
	double t[3];

	for (int i = -5; i < ROUNDS; i++) { /* the first five warm it up */
		struct span cms;

		t[0] = used();
		call(JOB_SEAL_PREPARE, look(role, found),
			(int[]){worker_client_file(base.data, base.len),
				worker_client_file(png.data, png.len)},
			png.len ? 2 : 1, &made);
		t[1] = used();
		if (!hex_decode(json_string_value(json_object_get(made.value, "digest")),
			    digest.bytes, DIGEST_BYTES))
			exit(1);
		cms = cms_over(&digest, "leader1");
		t[2] = used();
		call(JOB_SEAL_EMBED, embed_params(made.value),
			(int[]){worker_client_file(base.data, base.len), dup(made.files[0]),
				worker_client_file(cms.data, cms.len)},
			3, &done);
		if (i >= 0) {
			sum.prepare += t[1] - t[0];
			sum.embed += used() - t[2];
		}
		free((void *)(uintptr_t)cms.data);
		job_result_clear(&made);
		job_result_clear(&done);
	}
	printf("%-44s prepare %5.2f ms, embed and verify %5.2f ms, together %5.2f ms\n", name,
		sum.prepare / ROUNDS / 1e3, sum.embed / ROUNDS / 1e3,
		(sum.prepare + sum.embed) / ROUNDS / 1e3);
}

/* pdfsig's processor and elapsed time a run, milliseconds. */
static double
pdfsig(double *processor)
{
	struct rusage a, b;
	char command[400];
	double from = elapsed();
	int rounds = 20;

	snprintf(command, sizeof(command), "exec pdfsig -nocert %s >/dev/null 2>&1", pdf);
	getrusage(RUSAGE_CHILDREN, &a);
	for (int i = 0; i < rounds; i++)
		if (system(command) != 0)
			exit(1);
	getrusage(RUSAGE_CHILDREN, &b);
	*processor = ((double)(b.ru_utime.tv_sec - a.ru_utime.tv_sec + b.ru_stime.tv_sec -
			      a.ru_stime.tv_sec) *
				     1e6 +
			     (double)(b.ru_utime.tv_usec - a.ru_utime.tv_usec +
				     b.ru_stime.tv_usec - a.ru_stime.tv_usec)) /
		rounds / 1e3;
	return (elapsed() - from) / rounds / 1e3;
}

/*
 * The same steps in this process, one by one, with a cache as a worker has: what embedding itself
 * costs, and what each check before release.
 */
enum part {
	PART_SCAN,
	PART_PREPARE,
	PART_EMBED,
	PART_TRUST,
	PART_VERIFY,
	PART_SECOND,
	PART_COUNT
};

static const char *const part_names[PART_COUNT] = {
	[PART_SCAN] = "reading the file (pdf_scan)",
	[PART_PREPARE] = "prepare",
	[PART_EMBED] = "embed: CMS into the hole, structure",
	[PART_TRUST] = "check: folder of trust",
	[PART_VERIFY] = "check: our verifier",
	[PART_SECOND] = "check: OpenSSL and poppler",
};

static double
own_used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
one_round(struct span base, const struct seal_request *req, struct policy_folder *trust, double at[PART_COUNT + 1])
{
	struct policy *policy;
	struct seal_report *report;
	struct seal_prepared p;
	struct pdf_scan *scan;
	struct span cms, file;
	double t[PART_COUNT + 1];

	t[0] = own_used();
	assert_int_equal(pdf_scan_open(base, false, &scan, NULL), STATUS_OK);
	pdf_scan_free(scan);
	at[PART_SCAN] = own_used() - t[0];
	t[0] = own_used();
	assert_int_equal(seal_pdf.prepare(base, req, &p, NULL), STATUS_OK);
	at[PART_PREPARE] = own_used() - t[0];
	cms = cms_over(&p.digest, "leader1");
	t[0] = own_used();
	assert_int_equal(seal_pdf.embed(base, &p, cms, NULL), STATUS_OK);
	at[PART_EMBED] = own_used() - t[0];
	file = joined(base, &p.tail);
	t[0] = own_used();
	assert_int_equal(policy_folder_policy(trust, 0, &policy), STATUS_OK);
	at[PART_TRUST] = own_used() - t[0];
	t[0] = own_used();
	assert_int_equal(seal_pdf.verify(file, (struct span){NULL, 0}, policy, &report, NULL), STATUS_OK);
	at[PART_VERIFY] = own_used() - t[0];
	t[0] = own_used();
	assert_int_equal(seal_second(&seal_pdf, file, (struct span){NULL, 0}, policy, report, NULL), STATUS_OK);
	at[PART_SECOND] = own_used() - t[0];
	seal_report_free(report);
	seal_prepared_free(&p);
	free((void *)(uintptr_t)cms.data);
	free((void *)(uintptr_t)file.data);
	policy_free(policy);
}

static void
parts(void **state)
{
	static double at[ROUNDS][PART_COUNT + 1];
	struct span letter = built_file("tests/bench/letter-usual.pdf"),
		    png = built_file("tests/data/signature-1.png");
	struct seal_request r = {.signer = "Nguyễn Văn An",
		.time = INT64_C(1795500000000000),
		.cache = pdf_cache_new(),
		.room = room(),
		.look = {.role = SEAL_ROLE_LEADER, .png = png, .anchor = "Nguyễn Văn An"}};
	struct policy_folder *trust = policy_folder_new(fixture_path(""));
	struct pdf_text *poppler;

	(void)state;
	pdf_second_warm_up();
	assert_int_equal(pdf_text_open(letter, &poppler, NULL), STATUS_OK); /* keeps its tables, as in a worker */
	for (int i = -5; i < ROUNDS; i++)
		one_round(letter, &r, trust, at[i < 0 ? 0 : i]);
	printf("in parts (leader, place found by the printed name), median of %d:\n", ROUNDS);
	for (int k = 0; k < PART_COUNT; k++) {
		double one[ROUNDS];

		for (int i = 0; i < ROUNDS; i++)
			one[i] = at[i][k];
		qsort(one, ROUNDS, sizeof(one[0]), by_value);
		printf("  %-42s %6.2f ms\n", part_names[k], one[ROUNDS / 2] / 1e3);
	}
	pdf_text_free(poppler);
	policy_folder_free(trust);
	pdf_cache_free(r.cache);
}

static void
verify_row(struct span file, int signatures)
{
	double from, start, cpu, wall, their_cpu, their_wall;
	struct job_result result;
	int rounds = 50;

	write_file(pdf, file);
	for (int i = 0; i < 3; i++) {
		call(JOB_VERIFY, json_pack("{s:s}", "kind", "pdf"),
			(int[]){worker_client_file(file.data, file.len)}, 1, &result);
		job_result_clear(&result);
	}
	from = used();
	start = elapsed();
	for (int i = 0; i < rounds; i++) {
		call(JOB_VERIFY, json_pack("{s:s}", "kind", "pdf"),
			(int[]){worker_client_file(file.data, file.len)}, 1, &result);
		job_result_clear(&result);
	}
	cpu = (used() - from) / rounds / 1e3;
	wall = (elapsed() - start) / rounds / 1e3;
	their_wall = pdfsig(&their_cpu);
	printf("verify, %2d signatures (%4zu KB): %6.2f ms of processor, %6.2f ms elapsed; pdfsig %6.2f "
	       "and %6.2f ms; ratio %.2f\n",
		signatures, file.len / 1000, cpu, wall, their_cpu, their_wall, cpu / their_cpu);
}

static void
whole(void **state)
{
	static char trust[4096];
	const char *extra[] = {
		"--trust", trust, "--fonts", "/usr/share/fonts/truetype/liberation2", "--jobs",
		"100000", "--log", "error", NULL};
	struct span letter = built_file("tests/bench/letter-usual.pdf"),
		    png = built_file("tests/data/signature-1.png"), seal = built_file("tests/data/seal.png"),
		    now, next;
	char *scratch = fixture_scratch();

	(void)state;
	snprintf(pdf, sizeof(pdf), "%s/file.pdf", scratch);
	snprintf(trust, sizeof(trust), "%s", fixture_path(""));
	worker_client_start(&worker, extra);
	printf("letter of %zu KB, picture of %zu KB, %d rounds each\n", letter.len / 1000,
		png.len / 1000, ROUNDS);
	row("invisible", "invisible", false, letter, (struct span){NULL, 0});
	row("leader, picture at a given place", "leader", false, letter, png);
	row("leader, place found by the printed name", "leader", true, letter, png);
	row("office, seal with name and time", "office", true, letter, seal);
	now = letter;
	for (int i = 1; i <= SIGNATURES; i++) {
		struct seal_request r = {.signer = "Nguyễn Văn An",
			.time = INT64_C(1795500000000000),
			.look = {.role = SEAL_ROLE_LEADER, .page = 1, .png = png}};

		r.look.rect[0] = 50 + 40 * i, r.look.rect[1] = 60, r.look.rect[2] = 85 + 40 * i,
		r.look.rect[3] = 90;
		seal_file(now, &r, i % 2 ? "leader1" : "leader2", &next, NULL);
		now = next;
		if (i == 1 || i == SIGNATURES)
			verify_row(now, i);
	}
	worker_client_stop(&worker);
	fixture_scratch_free(scratch);
}

/* An argument chooses: "parts" or "whole". */
int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts), cmocka_unit_test(whole)};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests_name("bench_pdf", tests, NULL, NULL);
}
