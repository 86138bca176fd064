/*
 * pdf_cache: what is kept between documents: bounded, and never to be told from what is made anew;
 * gone after a job that did not end well.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/pdf_cache.h"
#include "lib/seal/seal.h"
#include "lib/wire/frame.h"
#include "tests/unit/pdf_fixture.h"
#include "worker/jobs.h"
#include "tests/unit/spans.h"

static size_t
hits(const struct pdf_cache *c)
{
	size_t found, missed;

	pdf_cache_counts(c, &found, &missed);
	return found;
}

static void
test_bounds(void **state)
{
	struct pdf_cache *c = pdf_cache_new();
	size_t size = PDF_CACHE_ITEM_MAX, kept = 0;
	unsigned char *big = calloc(1, size + 1);
	struct digest first = {{0}}, key = {{0}};
	struct span got;

	(void)state;
	pdf_cache_put(c, &key, (struct span){big, size + 1});
	assert_false(pdf_cache_get(c, &key, &got)); /* too large */
	for (int i = 0; i < 200; i++) {
		key.bytes[0] = (unsigned char)i;
		pdf_cache_put(c, &key, (struct span){big, i < 100 ? 1000 : size});
		if (i < 100)
			assert_true(pdf_cache_get(c, &first, &got)); /* in use: it stays */
		assert_true(pdf_cache_get(c, &key, &got));
	}
	for (int i = 0; i < 200; i++) {
		key.bytes[0] = (unsigned char)i;
		if (pdf_cache_get(c, &key, &got))
			kept += got.len;
	}
	assert_true(kept > 0 && kept <= PDF_CACHE_BYTES);
	pdf_cache_clear(c);
	assert_false(pdf_cache_get(c, &key, &got));
	pdf_cache_put(NULL, &key, (struct span){big, 10});
	assert_false(pdf_cache_get(NULL, &key, &got));
	pdf_cache_free(c);
	free(big);
}

static struct buf
prepared(struct span letter, struct span png, enum seal_role role, struct pdf_cache *cache)
{
	struct seal_request r = {.signer = "Văn phòng Quận ủy Tân Giang",
		.time = INT64_C(1795500000000000),
		.cache = cache,
		.look = {.role = role, .page = 1, .rect = {300, 100, 500, 250}, .png = png}};
	struct seal_prepared p;

	assert_int_equal(seal_pdf.prepare(letter, &r, &p, NULL), STATUS_OK);
	return p.tail;
}

/* With an empty cache, a full one and none: the same bytes. */
static void
test_same_bytes(void **state)
{
	struct span letter = built_file("tests/data/letter.pdf"),
		    seal = built_file("tests/data/seal.png"),
		    ink = built_file("tests/data/signature-1.png");
	struct pdf_cache *cache = pdf_cache_new();

	(void)state;
	for (int i = 0; i < 3; i++) {
		size_t before = hits(cache);
		struct buf a = prepared(letter, seal, SEAL_ROLE_OFFICE, NULL),
			   b = prepared(letter, seal, SEAL_ROLE_OFFICE, cache),
			   c = prepared(letter, ink, SEAL_ROLE_LEADER, cache);

		assert_int_equal(a.len, b.len);
		assert_memory_equal(a.data, b.data, a.len);
		assert_int_equal(hits(cache) - before, i == 0 ? 0 : 3); /* two pictures, a font */
		buf_free(&a);
		buf_free(&b);
		buf_free(&c);
	}
	pdf_cache_free(cache);
	drop(letter);
	drop(seal);
	drop(ink);
}

static enum status
run(struct jobs *jobs, json_t *params, struct span file, struct span png)
{
	struct job job = {.type = JOB_SEAL_PREPARE, .params = params, .file_count = 2};
	struct job_result result;
	enum status st;

	for (size_t i = 0; i < 2; i++) {
		const struct span *s = i ? &png : &file;

		job.files[i] = frame_memfd("test");
		assert_int_equal(write(job.files[i], s->data, s->len), s->len);
		assert_int_equal(frame_seal(job.files[i]), STATUS_OK);
	}
	jobs_run(jobs, &job, &result);
	st = result.status;
	job_result_clear(&result);
	job_clear(&job);
	return st;
}

static json_t *
params(int page)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:i, s:[i,i,i,i]}", "kind", "pdf", "signer", "An",
		"time", "2026-11-20T08:02:03+07:00", "role", "leader", "page", page, "rect", 300,
		100, 500, 250);
}

/* A job that fails takes what was kept with it. */
static void
test_job_error(void **state)
{
	struct span letter = built_file("tests/data/letter.pdf"),
		    ink = built_file("tests/data/signature-1.png");
	const struct jobs_folders none = {NULL, NULL, NULL};
	struct digest key = digest_of(ink.data, ink.len);
	struct jobs *jobs = NULL;
	struct span kept;

	(void)state;
	assert_int_equal(jobs_open(&none, &jobs), STATUS_OK);
	assert_int_equal(run(jobs, params(1), letter, ink), STATUS_OK);
	assert_true(pdf_cache_get(jobs_cache(jobs), &key, &kept));
	assert_int_equal(run(jobs, params(99), letter, ink), STATUS_INVALID);
	assert_false(pdf_cache_get(jobs_cache(jobs), &key, &kept));
	assert_int_equal(run(jobs, params(1), letter, ink), STATUS_OK);
	jobs_close(jobs);
	drop(letter);
	drop(ink);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_job_error),
	};

	return cmocka_run_group_tests_name("pdf_cache", tests, NULL, NULL);
}
