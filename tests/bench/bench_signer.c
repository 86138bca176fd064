/*
 * bench_signer: signatures per second through the real signer (sealed activation, socket, PKCS#12
 * key, fsynced record) in batches of a thousand and one by one, against `openssl speed` of the same
 * key type, in turns in one run. openssl speed counts user time only, though each of its signatures asks the kernel for the process's number as
 * the signer's do; so EVP_PKEY_sign with one kept context is measured besides, in this process and by the clock that the signer is measured
 * with. Use an optimised build. An argument chooses one key type ("ecdsap256").
 */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <cmocka.h>

#include "tests/unit/signer_fixture.h"

#define SECONDS 1 /* of one measurement */
#define ROUNDS 5  /* of each, in turn, so that other work on the machine meets both alike */

struct row {
	const char *key, *pin, *algorithm;
};

/* The `+F2:…:sign:verify` (RSA) or `+F4:…` (ECDSA) line of openssl speed -mr: signatures a second
 * of processor time. */
static double
openssl_speed(const char *algorithm)
{
	char command[128], line[256];
	double rate = 0;
	FILE *in;

	snprintf(command, sizeof(command), "openssl speed -mr -seconds %d %s 2>/dev/null", SECONDS,
		algorithm);
	in = popen(command, "r");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		(void)sscanf(line, "+F%*d:%*d:%*d:%lf:", &rate);
	if (in != NULL)
		pclose(in);
	return rate;
}

/* The same primitive, of user and system time. */
static double
primitive(const char *algorithm)
{
	bool rsa = strcmp(algorithm, "rsa2048") == 0;
	EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key, NULL);
	unsigned char digest[32] = {1}, value[512];
	struct timespec begin, now;
	double used = 0;
	size_t n = 0;

	if (ctx == NULL || EVP_PKEY_sign_init(ctx) != 1 || EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) != 1)
		exit(1);
	for (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin); used < SECONDS; n += 100) {
		for (int i = 0; i < 100; i++) {
			size_t len = sizeof(value);

			if (EVP_PKEY_sign(ctx, value, &len, digest, sizeof(digest)) != 1)
				exit(1);
		}
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
		used = (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
	}
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(key);
	return (double)n / used;
}

/* Processor time of the signer so far, microseconds. */
static clock_us
signer_time(const struct office *o)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(o->pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
		exit(1);
	return t.tv_sec * CLOCK_SECOND + t.tv_nsec / 1000;
}

struct rate {
	double elapsed, processor; /* signatures a second of each */
};

/* Signatures a second in requests of `count`. Sealing is the client's work and not counted. */
static struct rate
measure(struct office *o, const char *key, const char *pin, size_t count)
{
	clock_us spent = 0, used = signer_time(o);
	size_t signatures = 0;

	while (spent < SECONDS * CLOCK_SECOND) {
		struct activation *a = office_activation(key, pin, 0, count);
		char *sealed = office_seal(o, a);
		json_t *reply,
			*request = signer_sign_encode(
				sealed, a->digests, count, SIGNER_FORMAT_PADES, clock_now());
		struct frame f;
		struct buf text;
		clock_us begin;

		buf_init(&text, FRAME_MAX);
		if (signer_msg_encode(request, &text) != STATUS_OK)
			exit(1);
		f = (struct frame){.type = SIGNER_MSG_SIGN,
			.id = ++o->last_id,
			.payload = {text.data, text.len}};
		begin = clock_monotonic();
		if (frame_write(o->out, &f) != STATUS_OK || frame_flush(o->out) != STATUS_OK ||
			frame_read(o->in, &f) != STATUS_OK || f.type != SIGNER_MSG_SIGN)
			exit(1);
		spent += clock_monotonic() - begin;
		signatures += count;
		reply = NULL;
		if (signer_msg_decode(f.payload, &reply) != STATUS_OK)
			exit(1);
		json_decref(reply);
		frame_close_fds(&f);
		buf_free(&text);
		json_decref(request);
		free(sealed);
		activation_free(a);
	}
	used = signer_time(o) - used;
	return (struct rate){(double)signatures * CLOCK_SECOND / (double)spent,
		(double)signatures * CLOCK_SECOND / (double)used};
}

/* The mean of rates over equal times is that of their inverses: time for a signature, added up. */
static void
add_round(struct rate *sum, struct rate r)
{
	sum->elapsed += 1 / r.elapsed / ROUNDS;
	sum->processor += 1 / r.processor / ROUNDS;
}

static struct rate
mean(struct rate sum)
{
	return (struct rate){1 / sum.elapsed, 1 / sum.processor};
}

/* The key again as congvan-signer --import-p12 stores it, with its slower derivation from the PIN.
 */
static void
import(const struct office *o, const struct row *r)
{
	char command[1024];
	const char *build = getenv("CONGVAN_BUILDDIR");

	snprintf(command, sizeof(command),
		"echo %s | %s/signer/congvan-signer --config %s/conf --import-p12 "
		"%s/tests/data/pki/%s.p12 --id %s-imported",
		r->pin, build, o->dir, build, r->key, r->key);
	if (system(command) != 0)
		exit(1);
}

int
main(int argc, char **argv)
{
	struct row rows[] = {
		{.key = "leader1", .pin = LEADER1_PIN, .algorithm = "rsa2048"},
		{.key = "leader2", .pin = LEADER2_PIN, .algorithm = "ecdsap256"},
	};
	void *state = NULL;
	struct office *o;

	if (getenv("CONGVAN_BUILDDIR") == NULL)
		setenv("CONGVAN_BUILDDIR", ".", 1);
	if (office_open(&state) != 0)
		return 1;
	o = state;
	if (argc > 1 && strcmp(argv[1], "batch") == 0) { /* to look at with perf */
		(void)measure(o, rows[1].key, rows[1].pin, ACTIVATION_DIGESTS);
		return office_close(&state);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct row *r = &rows[i];
		struct rate batch, single, slow;
		char imported[80];
		double raw, bare;

		if (argc > 1 && strcmp(argv[1], r->algorithm) != 0)
			continue;
		import(o, r);
		snprintf(imported, sizeof(imported), "%s-imported", r->key);
		raw = bare = 0;
		batch = single = (struct rate){0, 0};
		for (int round = 0; round < ROUNDS; round++) {
			raw += 1 / openssl_speed(r->algorithm) / ROUNDS;
			bare += 1 / primitive(r->algorithm) / ROUNDS;
			add_round(&batch, measure(o, r->key, r->pin, ACTIVATION_DIGESTS));
			add_round(&single, measure(o, r->key, r->pin, 1));
		}
		raw = 1 / raw;
		bare = 1 / bare;
		batch = mean(batch);
		single = mean(single);
		slow = measure(o, imported, r->pin, 1);
		printf("%-9s  openssl speed %6.0f/s, EVP_PKEY_sign %6.0f/s; signer, per second of its processor time: "
		       "batch of "
		       "1000 %6.0f (%.2f of openssl speed, %.2f of EVP_PKEY_sign), one by one %4.0f, imported key %3.0f; "
		       "elapsed: "
		       "%6.0f, %4.0f, %3.0f\n",
			r->algorithm, raw, bare, batch.processor, batch.processor / raw, batch.processor / bare, single.processor,
			slow.processor, batch.elapsed, single.elapsed, slow.elapsed);
	}
	return office_close(&state) == 0 ? 0 : 1;
}
