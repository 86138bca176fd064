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

/* A content_digest_fn over the span that `arg` points to. */
enum status fixture_digest(void *arg, const char *digest_name, unsigned char *to, size_t *len);

/* The record of a file's digests, which stands for a file that is not here (lib/base/imprints). */
struct buf fixture_record(struct span content);

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

/* The same for a program of tests/java with Bouncy Castle; what it says is in dir/output. */
int fixture_java(const char *dir, const char *program, const char *words);

/* A moment, "2026-11-24T00:00:00Z". */
clock_us fixture_time(const char *text);

/* A detached signature over `content` by certificate and key of the PKI, the issuing CA inside. */
struct buf fixture_sign(const char *cert, const char *key, const struct cms_options *options,
	struct span content);

/* Odd signatures, as other programs made them and as nobody should. */
struct odd {
	const char *cert, *key;     /* PKI names */
	const char *digest_name;    /* NULL: SHA256 */
	bool plain;                 /* no signing-certificate attribute */
	bool bare;                  /* no signed attributes at all */
	bool attached;              /* content inside */
	bool no_certs;              /* signer's certificate not inside */
	bool two_signers;
	X509 *other_cert;           /* signs with this certificate instead of `cert` */
	const char *reference_of;   /* signing-certificate attribute of this certificate (PKI name) */
	const char *reference_md;   /* signing-certificate-v2 of the signer by this hash ("MD5") */
	bool break_serial;          /* … with another serial number in it */
	const char *extra_cert;     /* put inside too */
	struct span content_token;  /* content-time-stamp attribute */
	struct span signature_policy; /* signature-policy-identifier: the contents of its SEQUENCE's DER, whole */
	bool policy_implied;        /* … or its other choice, NULL */
};
struct buf fixture_odd(const struct odd *odd, struct span content);

/* A timestamp token over the SHA-256 digest of `data` by certificate and key of the PKI, with any genTime; `nonce` 0: none. */
struct buf fixture_token(const char *cert, const char *key, struct span data, clock_us gen_time);

/* The same over a SHA-256 digest that is known. */
struct buf fixture_token_of(struct span digest, const char *cert, const char *key, clock_us gen_time);

/* `cms` with a signature timestamp of that time by the TSA (or another certificate and key). */
struct buf fixture_stamp(struct buf cms, const char *cert, const char *key, clock_us gen_time);

/* `cms` (over `content`) with an archive-time-stamp-v3 of that time over all that it holds; frees `cms`. */
struct buf fixture_archive(struct buf cms, struct span content, const char *cert, const char *key, clock_us gen_time);

/* An OCSP response about `cert` of the issuing CA. `status` V_OCSP_CERTSTATUS_…; `revoked_at` and `reason` for revoked ones. */
struct ocsp_answer {
	const char *cert, *signer, *key;
	int status, reason;
	clock_us revoked_at, this_update, next_update; /* next_update 0: none */
	clock_us keeps_from; /* archiveCutoff: ended certificates are kept that ended after it; 0: not said */
};
struct buf fixture_ocsp(const struct ocsp_answer *a);

#endif
