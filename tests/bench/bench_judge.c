/*
 * bench_judge: ten signatures of one file judged in one run, as plain B-B, B-T and B-LTA (each with two tokens, CRLs checked), against the cost of one
 * by itself and of a bare RSA-2048 verification; and what a crowd costs: a thousand certificates of one name inside.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <cmocka.h>

#include "lib/pki/verdict.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/pki_issue.h"

#define N 10
#define ROUNDS 20

static char contents[N][32];

/* By processor time: the machine is shared. */
static clock_us
processor_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

static struct span
content_of(size_t i)
{
	return (struct span){(const unsigned char *)contents[i], sizeof(contents[i])};
}

static double
judge(const struct buf *cms, size_t count, const struct policy *p, enum level want)
{
	clock_us best = INT64_MAX;

	for (int r = 0; r < ROUNDS; r++) {
		clock_us before = processor_time(), took;
		struct verdict_run *run = verdict_run_new(p, NULL);

		for (size_t i = 0; i < count; i++) {
			struct span c = content_of(i);
			struct verdict v;

			verdict_run_cms(run, (struct span){cms[i].data, cms[i].len}, fixture_digest, &c, VERDICT_NOT_COVERED, &v);
			if (v.indication != INDICATION_PASSED || v.level != want) {
				fprintf(stderr, "%s %s %s\n", indication_name(v.indication), level_name(v.level), v.why);
				exit(1);
			}
		}
		verdict_run_free(run);
		took = processor_time() - before;
		best = took < best ? took : best;
	}
	return (double)best / 1000.0;
}

static double
bare_verification(void)
{
	X509 *cert = fixture_cert("leader1.pem");
	EVP_PKEY *key = fixture_key("leader1.key");
	unsigned char hash[32] = {0}, value[256];
	size_t len = sizeof(value);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	clock_us before;

	assert_true(EVP_PKEY_sign_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1 &&
		EVP_PKEY_sign(ctx, value, &len, hash, sizeof(hash)) == 1);
	assert_true(EVP_PKEY_verify_init(ctx) == 1 && EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) == 1);
	before = processor_time();
	for (int i = 0; i < 1000; i++)
		assert_true(EVP_PKEY_verify(ctx, value, len, hash, sizeof(hash)) == 1);
	before = processor_time() - before;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	X509_free(cert);
	return (double)before / 1000.0 / 1000.0;
}

/* A signature that carries 1,000 certificates with its issuer's name. */
static double
crowd(const struct policy *p)
{
	X509 *chain[1001] = {NULL};
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *issuing = fixture_cert("issuing.pem");
	struct subject leader = {fixture_cert("leader1.pem"), fixture_key("leader1.key")};
	struct buf cms;
	double ms;

	for (int i = 0; i < 1000; i++) {
		struct issue decoy = {.name = "/C=VN/L=Xứ Demo/O=Cơ quan Chứng thực Demo/CN=CA cấp phát Demo congvan",
			.from = "2018-06-01T00:00:00Z", .to = "2040-01-01T00:00:00Z", .config = ISSUE_CA, .key = key, .serial = i + 1};
		struct subject s = issue(&decoy);

		chain[i] = s.cert;
		EVP_PKEY_free(s.key);
	}
	cms = issue_signature(&leader, chain, NULL, content_of(0));
	ms = judge(&cms, 1, p, LEVEL_B_B);
	for (int i = 0; i < 1000; i++)
		X509_free(chain[i]);
	buf_free(&cms);
	X509_free(issuing);
	subject_free(&leader);
	EVP_PKEY_free(key);
	return ms;
}

int
main(void)
{
	struct policy *p = policy_new(fixture_time("2026-11-24T12:00:00Z"));
	struct buf b[N], t[N], lta[N];
	struct rusage usage;
	double bare;

	assert_int_equal(policy_read_folder(p, fixture_path(".")), STATUS_OK);
	for (size_t i = 0; i < N; i++) {
		snprintf(contents[i], sizeof(contents[i]), "văn bản số %zu", i);
		b[i] = fixture_sign("leader1.pem", "leader1.key", NULL, content_of(i));
		t[i] = fixture_stamp(fixture_sign("leader1.pem", "leader1.key", NULL, content_of(i)), "tsa.pem", "tsa.key",
			fixture_time("2026-06-01T00:00:00Z"));
		lta[i] = fixture_archive(fixture_stamp(fixture_sign("leader1.pem", "leader1.key", NULL, content_of(i)), "tsa.pem",
			"tsa.key", fixture_time("2026-06-01T00:00:00Z")), content_of(i), "tsa.pem", "tsa.key",
			fixture_time("2026-06-02T00:00:00Z"));
	}
	bare = bare_verification();
	printf("bare RSA-2048 verification     %8.3f ms\n", bare);
	printf("one signature B-B              %8.3f ms\n", judge(b, 1, p, LEVEL_B_B));
	printf("ten signatures B-B             %8.3f ms\n", judge(b, N, p, LEVEL_B_B));
	printf("ten signatures B-T             %8.3f ms\n", judge(t, N, p, LEVEL_B_T));
	printf("ten with two tokens (archived) %8.3f ms\n", judge(lta, N, p, LEVEL_B_T));
	printf("one with 1,000 planted CAs     %8.3f ms\n", crowd(p));
	getrusage(RUSAGE_SELF, &usage);
	printf("peak memory                    %8ld KiB\n", usage.ru_maxrss);
	for (size_t i = 0; i < N; i++) {
		buf_free(&b[i]);
		buf_free(&t[i]);
		buf_free(&lta[i]);
	}
	policy_free(p);
	return 0;
}
