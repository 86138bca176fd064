/* pki_fixture: the test PKI (tests/data/make_pki, made by the build) and files for cross-checks with the openssl command. */
#ifndef CONGVAN_TESTS_PKI_FIXTURE_H
#define CONGVAN_TESTS_PKI_FIXTURE_H

#include <stddef.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/pki/cms_build.h"

/* Path of a file of the PKI ("leader1.pem"), static until the fourth next call. */
const char *fixture_path(const char *name);

/* Whole files; the test fails when they cannot be read. free() the data. */
struct buf fixture_read(const char *path);
struct buf fixture_pki(const char *name);
void fixture_write(const char *path, const void *p, size_t n);

X509 *fixture_cert(const char *name);
EVP_PKEY *fixture_key(const char *name);

/* A new folder for temporary files, removed by fixture_scratch_free. */
char *fixture_scratch(void);
void fixture_scratch_free(char *dir);

/* Runs a shell command; its exit code. Output goes to dir/output. */
int fixture_run(const char *dir, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A moment, "2026-11-24T00:00:00Z". */
clock_us fixture_time(const char *text);

/* A detached signature over `content` by certificate and key of the PKI, the issuing CA inside. */
struct buf fixture_sign(const char *cert, const char *key, const struct cms_options *options,
	struct span content);

/*
 * A TimeStampResp for the SHA-256 digest of `data`, made by `openssl ts -reply` with the TSA `tsa` ("tsa" or "bad/tsa-revoked"
 * with key file) with a nonce; `token` gets the token in it.
 */
struct buf fixture_timestamp(const char *tsa, const char *key, struct span data);

#endif
