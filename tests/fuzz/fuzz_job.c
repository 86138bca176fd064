/*
 * Payloads of a hostile process through job_decode and job_result_decode; what is accepted must
 * survive the way back.
 */
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "lib/wire/job.h"

const char *const fuzz_corpora[] = {"tests/fuzz/corpus/job", NULL};

static void
check_job(struct span payload, const int *fds, size_t count)
{
	struct job job, again;
	struct buf b;

	if (job_decode(payload, fds, count, &job) != STATUS_OK)
		return;
	buf_init(&b, 8 * FRAME_MAX); /* \u escapes may take more room than the text did */
	if (job_encode(&job, &b) != STATUS_OK ||
		job_decode((struct span){b.data, b.len}, fds, count, &again) != STATUS_OK ||
		again.type != job.type || !json_equal(again.params, job.params))
		abort();
	buf_free(&b);
	job_clear(&job);
	job_clear(&again);
}

static void
check_result(struct span payload, const int *fds, size_t count)
{
	struct job_result result, again;
	struct buf b;

	if (job_result_decode(payload, fds, count, &result) != STATUS_OK)
		return;
	buf_init(&b, 8 * FRAME_MAX);
	if (job_result_encode(&result, &b) != STATUS_OK ||
		job_result_decode((struct span){b.data, b.len}, fds, count, &again) != STATUS_OK ||
		again.status != result.status || diag_count(again.diag) != diag_count(result.diag))
		abort();
	buf_free(&b);
	job_result_clear(&result);
	job_result_clear(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fds[128];
	size_t count;

	if (size < 1)
		return 0;
	for (size_t i = 0; i < 128; i++)
		fds[i] = -1;
	count = data[0] % 128;
	check_job((struct span){data + 1, size - 1}, fds, count);
	check_result((struct span){data + 1, size - 1}, fds, count);
	return 0;
}
