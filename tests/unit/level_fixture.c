/* level_fixture: see level_fixture.h. */
#include "tests/unit/level_fixture.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <openssl/ocsp.h>

#include "lib/base/clock.h"
#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "tests/unit/pki_fixture.h"

struct span
span_of(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

static struct buf
read_in(const char *dir, const char *name)
{
	char path[1200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return fixture_read(path);
}

struct buf
level_stamp(const char *dir, struct span digest)
{
	char hex[2 * 64 + 1];

	hex_encode(digest.data, digest.len, hex);
	assert_int_equal(fixture_run(dir, "cp -n '%s'/tsa.* '%s/issuing.pem' . && openssl ts -query -digest %s -sha256 -cert -out q && "
		"openssl ts -reply -config tsa.cnf -queryfile q -token_out -out token", fixture_path("."), fixture_path("."), hex), 0);
	return read_in(dir, "token");
}

struct buf
level_b_t(const char *dir, struct buf cms)
{
	struct span value;
	struct digest d;
	struct buf token, out;

	assert_int_equal(cms_signature_value(span_of(&cms), &value), STATUS_OK);
	d = digest_of(value.data, value.len);
	token = level_stamp(dir, (struct span){d.bytes, DIGEST_BYTES});
	buf_init(&out, CMS_MAX);
	assert_int_equal(cms_add_timestamp(span_of(&cms), span_of(&token), &out), STATUS_OK);
	buf_free(&token);
	buf_free(&cms);
	return out;
}

static struct buf
der_file(const char *dir, const char *command, const char *name)
{
	assert_int_equal(fixture_run(dir, "openssl %s -in '%s' -outform DER -out der", command, fixture_path(name)), 0);
	return read_in(dir, "der");
}

void
level_proofs(const char *dir, const char *who, struct level_proofs *p)
{
	char cert[40];
	struct ocsp_answer a = {.cert = cert, .signer = "ocsp.pem", .key = "ocsp.key", .status = V_OCSP_CERTSTATUS_GOOD};
	static const enum cades_proof_kind kinds[LEVEL_PROOFS] = {
		CADES_PROOF_CERT, CADES_PROOF_CERT, CADES_PROOF_CRL, CADES_PROOF_CRL, CADES_PROOF_OCSP};

	snprintf(cert, sizeof(cert), "%s.pem", who);
	a.this_update = clock_now() - 60 * CLOCK_SECOND;
	a.next_update = clock_now() + CLOCK_DAY;
	p->bytes[0] = der_file(dir, "x509", "issuing.pem");
	p->bytes[1] = der_file(dir, "x509", "root.pem");
	p->bytes[2] = der_file(dir, "crl", "crls/root.crl");
	p->bytes[3] = der_file(dir, "crl", "crls/issuing.crl");
	p->bytes[4] = fixture_ocsp(&a);
	for (size_t i = 0; i < LEVEL_PROOFS; i++)
		p->list[i] = (struct cades_proof){kinds[i], span_of(&p->bytes[i])};
}

void
level_proofs_free(struct level_proofs *p)
{
	for (size_t i = 0; i < LEVEL_PROOFS; i++)
		buf_free(&p->bytes[i]);
}

int
level_java(const char *dir, const char *pairs)
{
	return fixture_java(dir, "ArchiveTimestamp", pairs);
}
