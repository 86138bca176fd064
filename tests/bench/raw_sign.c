/*
 * raw_sign: what signing a PDF costs without an office, in one process and one thread, for bench_sign: the field and the hole (prepare), the CMS by a
 * key in memory (PAdES B-B), and its embedding. Nothing is checked, stored or logged: the work that a signing library does.
 *
 * raw_sign PDF KEY.pem CERT.pem ISSUER.pem SECONDS OUT   prints {"signatures","seconds","cpu","prepare_us","sign_us","embed_us"}, CPU time; the last file to OUT
 */
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/pki/cms_build.h"
#include "lib/seal/seal.h"

static double
cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void
fail(const char *what)
{
	fprintf(stderr, "raw_sign: %s\n", what);
	exit(1);
}

static FILE *
opened(const char *path, const char *mode)
{
	FILE *f = fopen(path, mode);

	if (f == NULL)
		fail(path);
	return f;
}

static struct buf
read_file(const char *path)
{
	FILE *f = opened(path, "rb");
	struct buf b;
	char piece[65536];
	size_t n;

	buf_init(&b, 256u << 20);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_put(&b, piece, n);
	fclose(f);
	if (buf_status(&b) != STATUS_OK)
		fail(path);
	return b;
}

static X509 *
read_cert(const char *path)
{
	FILE *f = opened(path, "r");
	X509 *c = PEM_read_X509(f, NULL, NULL, NULL);

	fclose(f);
	if (c == NULL)
		fail(path);
	return c;
}

struct spent {
	double prepare, sign, embed;
};

/* One file: base and tail, as embedding left it, to `whole`. */
static void
one(struct span base, const struct cms_template *t, struct cms_key *k, struct spent *spent, struct buf *whole)
{
	struct seal_request request = {.signer = "Nguyễn Văn An", .time = clock_now(), .look = {.role = SEAL_ROLE_INVISIBLE}};
	struct seal_prepared p = {0};
	struct cms_input input;
	struct buf cms;
	double at[4];

	at[0] = cpu();
	if (seal_pdf.prepare(base, &request, &p, NULL) != STATUS_OK)
		fail("prepare");
	at[1] = cpu();
	input = (struct cms_input){.digest = {p.digest.bytes, DIGEST_BYTES}};
	buf_init(&cms, CMS_MAX);
	if (cms_template_sign(t, &input, cms_key_sign, k, &cms) != STATUS_OK)
		fail("sign");
	at[2] = cpu();
	if (seal_pdf.embed(base, &p, (struct span){cms.data, cms.len}, NULL) != STATUS_OK)
		fail("embed");
	whole->len = 0;
	buf_put(whole, base.data, base.len);
	buf_put(whole, p.tail.data, p.tail.len);
	at[3] = cpu();
	spent->prepare += at[1] - at[0];
	spent->sign += at[2] - at[1];
	spent->embed += at[3] - at[2];
	buf_free(&cms);
	seal_prepared_free(&p);
}

int
main(int argc, char **argv)
{
	double seconds = argc == 7 ? atof(argv[5]) : 0, used;
	struct buf base, whole;
	STACK_OF(X509) *chain = sk_X509_new_null();
	struct cms_template *t = NULL;
	struct cms_key *k = NULL;
	struct spent spent = {0, 0, 0};
	clock_us began;
	size_t n = 0;
	X509 *cert;
	EVP_PKEY *key;
	FILE *f;

	if (seconds <= 0)
		return 2;
	base = read_file(argv[1]);
	buf_init(&whole, 256u << 20);
	cert = read_cert(argv[3]);
	sk_X509_push(chain, read_cert(argv[4]));
	f = opened(argv[2], "r");
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	if (key == NULL || cms_template_new(cert, chain, NULL, &t) != STATUS_OK || cms_key_new(t, key, &k) != STATUS_OK)
		fail(argv[2]);
	began = clock_monotonic();
	used = cpu();
	while (clock_monotonic() - began < (clock_us)(seconds * CLOCK_SECOND)) {
		one((struct span){base.data, base.len}, t, k, &spent, &whole);
		n++;
	}
	printf("{\"signatures\":%zu,\"seconds\":%.3f,\"cpu\":%.3f,\"prepare_us\":%.0f,\"sign_us\":%.0f,\"embed_us\":%.0f}\n", n,
		(double)(clock_monotonic() - began) / 1e6, (cpu() - used) / 1e6, spent.prepare / (double)n, spent.sign / (double)n,
		spent.embed / (double)n);
	f = opened(argv[6], "wb");
	if (fwrite(whole.data, 1, whole.len, f) != whole.len || fclose(f) != 0)
		fail(argv[6]);
	cms_key_free(k);
	cms_template_free(t);
	EVP_PKEY_free(key);
	X509_free(cert);
	sk_X509_pop_free(chain, X509_free);
	buf_free(&base);
	buf_free(&whole);
	return 0;
}
