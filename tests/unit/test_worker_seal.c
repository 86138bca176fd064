/*
 * Signing as congvand does it, each step a job of the real worker: prepare, (the signer, here the
 * test PKI), timestamp request and answer of OpenSSL's TSA, embed, verify.
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
#include "tests/unit/pki_fixture.h"
#include "tests/unit/worker_client.h"

static const char content[] = "Công văn số 12: nội dung văn bản không phải PDF.\n";
#define CONTENT ((struct span){(const unsigned char *)content, sizeof(content) - 1})

static void
start(struct worker_client *w)
{
	static char trust[4096];
	const char *extra[] = {"--trust", trust, NULL};

	snprintf(trust, sizeof(trust), "%s", fixture_path(""));
	worker_client_start(w, extra);
}

/* One job; takes the parameters and closes the files. */
static void
call(struct worker_client *w, enum job_type type, json_t *params, const int *files, size_t count,
	struct job_result *result)
{
	struct job job = {.type = type, .params = params, .file_count = count};

	assert_non_null(params);
	if (count > 0)
		memcpy(job.files, files, count * sizeof(int));
	assert_int_equal(worker_client_call(w, &job, result), STATUS_OK);
	job_clear(&job);
}

static const char *
text_of(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s != NULL ? s : "";
}

static int
content_file(void)
{
	return worker_client_file(content, sizeof(content) - 1);
}

/* What the signer does with the digest that prepare gave. */
static struct buf
sign_digest(const char *hex)
{
	X509 *cert = fixture_cert("leader1.pem"), *issuing = fixture_cert("issuing.pem");
	struct cms_options options = {.signing_time = true};
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	EVP_PKEY *private = fixture_key("leader1.key");
	STACK_OF(X509) *chain = sk_X509_new_null();
	unsigned char digest[32];
	struct cms_input input = {
		.digest = {digest, 32}, .signing_time = fixture_time("2026-11-20T01:02:03Z")};
	struct buf cms;

	assert_true(hex_decode(hex, digest, 32));
	buf_init(&cms, CMS_MAX);
	sk_X509_push(chain, issuing);
	assert_int_equal(cms_template_new(cert, chain, &options, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, private, &key), STATUS_OK);
	assert_int_equal(cms_template_sign(t, &input, cms_key_sign, key, &cms), STATUS_OK);
	cms_key_free(key);
	cms_template_free(t);
	sk_X509_free(chain);
	X509_free(issuing);
	X509_free(cert);
	EVP_PKEY_free(private);
	return cms;
}

/* OpenSSL's TSA, with a serial file of its own. */
static int
ask_tsa(int request)
{
	char *dir = fixture_scratch(), path[4200];
	size_t n;
	char *der = worker_client_read(request, &n);
	struct buf reply;
	int fd;

	snprintf(path, sizeof(path), "%s/q", dir);
	fixture_write(path, der, n);
	assert_int_equal(fixture_run(dir,
				 "cd '%s' && cp '%s'/tsa.* '%s/issuing.pem' . && "
				 "openssl ts -reply -config tsa.cnf -queryfile q -out r",
				 dir, fixture_path(""), fixture_path("")),
		0);
	snprintf(path, sizeof(path), "%s/r", dir);
	reply = fixture_read(path);
	fd = worker_client_file(reply.data, reply.len);
	buf_free(&reply);
	free(der);
	fixture_scratch_free(dir);
	return fd;
}

static json_t *
prepare_params(const char *kind)
{
	return json_pack("{s:s, s:s, s:s, s:s}", "kind", kind, "signer", "Nguyễn Văn Một", "time",
		"2026-11-20T08:02:03+07:00", "role", "invisible");
}

static json_t *
embed_params(const char *kind, const json_t *prepared)
{
	return json_pack("{s:s, s:O, s:O, s:O, s:O}", "kind", kind, "base_sha256",
		json_object_get(prepared, "base_sha256"), "digest",
		json_object_get(prepared, "digest"), "hole_at",
		json_object_get(prepared, "hole_at"), "hole_size",
		json_object_get(prepared, "hole_size"));
}

static const json_t *
signature(const struct job_result *result, size_t i)
{
	return json_array_get(json_object_get(result->value, "signatures"), i);
}

static void
test_detached_with_timestamp(void **state)
{
	struct job_result prepared, request, stamped, sealed, verified;
	struct worker_client w;
	struct buf cms;
	int cms_fd;

	(void)state;
	start(&w);
	call(&w, JOB_SEAL_PREPARE, prepare_params("cms"), (int[]){content_file()}, 1, &prepared);
	assert_int_equal(prepared.status, STATUS_OK);
	assert_int_equal(prepared.file_count, 1);
	cms = sign_digest(text_of(prepared.value, "digest"));
	cms_fd = worker_client_file(cms.data, cms.len);
	buf_free(&cms);

	call(&w, JOB_TSP_REQUEST, json_object(), (int[]){dup(cms_fd)}, 1, &request);
	assert_int_equal(request.status, STATUS_OK);
	assert_int_equal(strlen(text_of(request.value, "nonce")), 32);
	call(&w, JOB_TSP_ATTACH, json_pack("{s:s}", "nonce", text_of(request.value, "nonce")),
		(int[]){cms_fd, ask_tsa(request.files[0])}, 2, &stamped);
	assert_int_equal(stamped.status, STATUS_OK);
	assert_int_equal(strncmp(text_of(stamped.value, "time"), "20", 2), 0);
	assert_in_range(json_integer_value(json_object_get(stamped.value, "token_size")), 1000, 10000);

	call(&w, JOB_SEAL_EMBED, embed_params("cms", prepared.value),
		(int[]){content_file(), dup(prepared.files[0]), dup(stamped.files[0])}, 3, &sealed);
	assert_int_equal(sealed.status, STATUS_OK);
	assert_string_equal(text_of(signature(&sealed, 0), "indication"), "TOTAL-PASSED");
	assert_string_equal(text_of(signature(&sealed, 0), "level"), "B-T");

	call(&w, JOB_VERIFY, json_pack("{s:s}", "kind", "cms"),
		(int[]){content_file(), dup(sealed.files[0])}, 2, &verified);
	assert_int_equal(verified.status, STATUS_OK);
	assert_true(json_equal(json_object_get(signature(&verified, 0), "signer"),
		json_object_get(signature(&sealed, 0), "signer")));
	job_result_clear(&verified);
	call(&w, JOB_NEEDS, json_pack("{s:s}", "kind", "cms"), (int[]){content_file(), dup(sealed.files[0])}, 2, &verified);
	assert_true(json_equal(json_object_get(sealed.value, "needs"), verified.value));
	assert_int_equal(json_array_size(json_object_get(verified.value, "certs")), 4); /* the leader, the issuing CA, the authority, the root */
	job_result_clear(&prepared);
	job_result_clear(&request);
	job_result_clear(&stamped);
	job_result_clear(&sealed);
	job_result_clear(&verified);
	assert_int_equal(worker_client_stop(&w), 0);
}

/* ASiC-E from two files: built, prepared, sealed, judged by its content, and stamped as an archive. */
static void
test_container(void **state)
{
	struct job_result built, prepared, sealed, verified, archive, archived;
	struct worker_client w;
	struct buf cms;

	(void)state;
	start(&w);
	call(&w, JOB_ZIP_BUILD, json_pack("{s:[{s:s,s:b},{s:s},{s:s}]}", "entries", "name", "mimetype", "stored", 1, "name", "thư.txt", "name",
		"phụ lục.txt"), (int[]){worker_client_file("application/vnd.etsi.asic-e+zip", 31), content_file(), content_file()}, 3, &built);
	assert_int_equal(built.status, STATUS_OK);
	call(&w, JOB_SEAL_PREPARE, prepare_params("asic"), (int[]){dup(built.files[0])}, 1, &prepared);
	assert_int_equal(prepared.status, STATUS_OK);
	cms = sign_digest(text_of(prepared.value, "digest"));
	call(&w, JOB_SEAL_EMBED, embed_params("asic", prepared.value),
		(int[]){dup(built.files[0]), dup(prepared.files[0]), worker_client_file(cms.data, cms.len)}, 3, &sealed);
	assert_int_equal(sealed.status, STATUS_OK);
	call(&w, JOB_VERIFY, json_pack("{s:s}", "kind", "auto"), (int[]){dup(sealed.files[0])}, 1, &verified);
	assert_int_equal(verified.status, STATUS_OK);
	assert_string_equal(text_of(signature(&verified, 0), "indication"), "TOTAL-PASSED");
	assert_string_equal(text_of(signature(&verified, 0), "sub_filter"), "ASiC-E/CAdES");
	assert_true(json_is_true(json_object_get(signature(&verified, 0), "covers_whole_file")));
	job_result_clear(&verified);
	call(&w, JOB_NEEDS, json_pack("{s:s}", "kind", "asic"), (int[]){dup(sealed.files[0])}, 1, &verified);
	assert_true(json_equal(json_object_get(sealed.value, "needs"), verified.value));
	call(&w, JOB_SEAL_ARCHIVE, json_pack("{s:s}", "kind", "asic"), (int[]){dup(sealed.files[0]), worker_client_file("", 0)}, 2, &archive);
	assert_int_equal(archive.status, STATUS_OK);
	json_object_set_new(archive.value, "kind", json_string("asic"));
	call(&w, JOB_SEAL_ARCHIVED, json_incref(archive.value), (int[]){dup(sealed.files[0]), worker_client_file("", 0), dup(archive.files[0]),
		ask_tsa(archive.files[1])}, 4, &archived);
	assert_int_equal(archived.status, STATUS_OK);
	assert_int_equal(json_array_size(json_object_get(archived.value, "signatures")), 2);
	assert_string_equal(text_of(archived.value, "indication"), "TOTAL-PASSED");
	buf_free(&cms);
	job_result_clear(&built);
	job_result_clear(&prepared);
	job_result_clear(&sealed);
	job_result_clear(&verified);
	job_result_clear(&archive);
	job_result_clear(&archived);
	assert_int_equal(worker_client_stop(&w), 0);
}

static void
test_verify_says_no(void **state)
{
	struct cms_options options = {.signing_time = true};
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &options, CONTENT);
	struct job_result result;
	struct worker_client w;

	(void)state;
	start(&w);
	call(&w, JOB_VERIFY, json_pack("{s:s}", "kind", "cms"),
		(int[]){worker_client_file("another text", 12),
			worker_client_file(cms.data, cms.len)},
		2, &result);
	assert_int_equal(result.status, STATUS_OK); /* the judgement is the result */
	assert_string_equal(text_of(signature(&result, 0), "indication"), "TOTAL-FAILED");
	assert_string_equal(text_of(signature(&result, 0), "sub_indication"), "HASH_FAILURE");
	job_result_clear(&result);

	call(&w, JOB_VERIFY, json_pack("{s:s, s:s}", "kind", "cms", "at", "2040-01-01T00:00:00Z"),
		(int[]){content_file(), worker_client_file(cms.data, cms.len)}, 2, &result);
	assert_int_equal(result.status, STATUS_OK);
	assert_string_equal(text_of(signature(&result, 0), "indication"),
		"INDETERMINATE"); /* expired by then */
	job_result_clear(&result);

	call(&w, JOB_VERIFY, json_pack("{s:s, s:s}", "kind", "cms", "at", "yesterday"),
		(int[]){content_file()}, 1, &result);
	assert_int_equal(result.status, STATUS_MALFORMED);
	job_result_clear(&result);
	call(&w, JOB_VERIFY, json_pack("{s:s}", "kind", "wax"), (int[]){content_file()}, 1,
		&result);
	assert_int_equal(result.status, STATUS_MALFORMED);
	job_result_clear(&result);
	buf_free(&cms);
	assert_int_equal(worker_client_stop(&w), 0);
}

static void
test_embed_refuses(void **state)
{
	struct job_result prepared, result;
	struct worker_client w;
	struct buf cms, other;

	(void)state;
	start(&w);
	call(&w, JOB_SEAL_PREPARE, prepare_params("cms"), (int[]){content_file()}, 1, &prepared);
	cms = sign_digest(text_of(prepared.value, "digest"));
	other = sign_digest("00000000000000000000000000000000000000000000000000000000000000ff");

	/* another base than the one prepared */
	call(&w, JOB_SEAL_EMBED, embed_params("cms", prepared.value),
		(int[]){worker_client_file("x", 1), dup(prepared.files[0]),
			worker_client_file(cms.data, cms.len)},
		3, &result);
	assert_int_equal(result.status, STATUS_CONFLICT);
	assert_true(diag_has(result.diag, "worker.base"));
	job_result_clear(&result);

	/* a signature over something else: never handed out */
	call(&w, JOB_SEAL_EMBED, embed_params("cms", prepared.value),
		(int[]){content_file(), dup(prepared.files[0]),
			worker_client_file(other.data, other.len)},
		3, &result);
	assert_int_equal(result.status, STATUS_INVALID);
	assert_true(diag_has(result.diag, "worker.seal"));
	assert_int_equal(result.file_count, 0);
	job_result_clear(&result);

	/* no signature at all */
	call(&w, JOB_SEAL_EMBED, embed_params("cms", prepared.value),
		(int[]){content_file(), dup(prepared.files[0]), worker_client_file("garbage", 7)},
		3, &result);
	assert_int_equal(result.status, STATUS_INVALID);
	assert_int_equal(result.file_count, 0);
	job_result_clear(&result);
	job_result_clear(&prepared);
	buf_free(&cms);
	buf_free(&other);
	assert_int_equal(worker_client_stop(&w), 0);
}

/* A dry run: over a digest that is named, measured, nothing made. */
static void
test_timestamp_measured(void **state)
{
	static const char digest[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
	struct job_result request, result;
	struct worker_client w;

	(void)state;
	start(&w);
	call(&w, JOB_TSP_REQUEST, json_pack("{s:s}", "digest", digest), NULL, 0, &request);
	assert_int_equal(request.status, STATUS_OK);
	call(&w, JOB_TSP_ATTACH, json_pack("{s:s,s:s}", "nonce", text_of(request.value, "nonce"), "digest", digest),
		(int[]){ask_tsa(request.files[0])}, 1, &result);
	assert_int_equal(result.status, STATUS_OK);
	assert_in_range(json_integer_value(json_object_get(result.value, "token_size")), 1000, 10000);
	assert_int_equal(result.file_count, 0);
	job_result_clear(&result);
	/* about another digest */
	call(&w, JOB_TSP_ATTACH, json_pack("{s:s,s:s+}", "nonce", text_of(request.value, "nonce"), "digest", "ff", digest + 2),
		(int[]){ask_tsa(request.files[0])}, 1, &result);
	assert_int_equal(result.status, STATUS_INVALID);
	job_result_clear(&result);
	job_result_clear(&request);
	for (int i = 0; i < 2; i++) { /* neither a CMS nor a digest */
		call(&w, JOB_TSP_REQUEST, i == 0 ? json_object() : json_pack("{s:s}", "digest", "00"), NULL, 0, &result);
		assert_int_equal(result.status, STATUS_MALFORMED);
		assert_true(diag_has(result.diag, "worker.parameter"));
		job_result_clear(&result);
	}
	assert_int_equal(worker_client_stop(&w), 0);
}

static void
test_timestamp_refused(void **state)
{
	struct cms_options options = {.signing_time = true};
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", &options, CONTENT);
	struct job_result request, result;
	struct worker_client w;

	(void)state;
	start(&w);
	call(&w, JOB_TSP_REQUEST, json_object(), (int[]){worker_client_file(cms.data, cms.len)}, 1,
		&request);
	assert_int_equal(request.status, STATUS_OK);

	/* the answer to another question: same imprint, another nonce */
	call(&w, JOB_TSP_ATTACH, json_pack("{s:s}", "nonce", "00112233445566778899aabbccddeeff"),
		(int[]){worker_client_file(cms.data, cms.len), ask_tsa(request.files[0])}, 2,
		&result);
	assert_int_equal(result.status, STATUS_INVALID);
	assert_true(diag_has_error(result.diag));
	assert_int_equal(result.file_count, 0);
	job_result_clear(&result);

	call(&w, JOB_TSP_ATTACH, json_pack("{s:s}", "nonce", text_of(request.value, "nonce")),
		(int[]){worker_client_file(cms.data, cms.len), worker_client_file("<html>", 6)}, 2,
		&result);
	assert_int_equal(result.status, STATUS_MALFORMED);
	job_result_clear(&result);
	call(&w, JOB_TSP_ATTACH, json_pack("{s:s}", "nonce", "xyz"),
		(int[]){worker_client_file(cms.data, cms.len), worker_client_file("x", 1)}, 2,
		&result);
	assert_int_equal(result.status, STATUS_MALFORMED);
	assert_true(diag_has(result.diag, "worker.parameter"));
	job_result_clear(&result);
	call(&w, JOB_TSP_REQUEST, json_object(), (int[]){worker_client_file("not a CMS", 9)}, 1,
		&result);
	assert_int_equal(result.status, STATUS_INVALID);
	job_result_clear(&result);
	job_result_clear(&request);
	buf_free(&cms);
	assert_int_equal(worker_client_stop(&w), 0);
}

static json_t *
base64_of(const char *name)
{
	X509 *cert = fixture_cert(name);
	unsigned char *der = NULL;
	int len = i2d_X509(cert, &der);
	char *text = base64_encode(der, (size_t)len);
	json_t *out = json_string(text);

	free(text);
	OPENSSL_free(der);
	X509_free(cert);
	return out;
}

static int
pki_file(const char *name)
{
	struct buf b = fixture_pki(name);
	int fd = worker_client_file(b.data, b.len);

	buf_free(&b);
	return fd;
}

/* Against a trust folder with nothing but the anchor: what is missing is named, and gone when it is brought along. */
static void
test_needs(void **state)
{
	struct buf cms = fixture_sign("leader1.pem", "leader1.key", NULL, CONTENT);
	char *dir = fixture_scratch();
	const char *extra[] = {"--trust", dir, NULL};
	struct job_result needs;
	struct worker_client w;
	const json_t *missing;

	(void)state;
	assert_int_equal(fixture_run(dir, "mkdir '%s/anchors' && cp '%s' '%s/anchors/'", dir, fixture_path("root.pem"), dir), 0);
	worker_client_start(&w, extra);
	call(&w, JOB_NEEDS, json_pack("{s:s}", "kind", "cms"), (int[]){content_file(), worker_client_file(cms.data, cms.len)}, 2,
		&needs);
	assert_int_equal(needs.status, STATUS_OK);
	missing = json_object_get(needs.value, "missing");
	assert_int_equal(json_array_size(missing), 2); /* the leader's state and the issuing CA's */
	assert_string_equal(text_of(json_array_get(missing, 0), "what"), "revocation");
	assert_string_equal(json_string_value(json_array_get(json_object_get(json_array_get(missing, 0), "ocsp"), 0)),
		"http://ocsp.demo.invalid/");
	assert_int_equal(json_array_size(json_object_get(needs.value, "certs")), 3);
	job_result_clear(&needs);

	call(&w, JOB_NEEDS, json_pack("{s:s, s:[s, s]}", "kind", "cms", "proofs", "crl", "crl"),
		(int[]){content_file(), worker_client_file(cms.data, cms.len), pki_file("crls/issuing.crl"), pki_file("crls/root.crl")}, 4,
		&needs);
	assert_int_equal(needs.status, STATUS_OK);
	assert_int_equal(json_array_size(json_object_get(needs.value, "missing")), 0);
	assert_false(json_is_true(json_object_get(needs.value, "revoked")));
	job_result_clear(&needs);

	/* a verdict with and without them */
	call(&w, JOB_VERIFY, json_pack("{s:s}", "kind", "cms"), (int[]){content_file(), worker_client_file(cms.data, cms.len)}, 2,
		&needs);
	assert_string_equal(text_of(signature(&needs, 0), "indication"), "TOTAL-PASSED");
	assert_true(json_is_false(json_object_get(signature(&needs, 0), "revocation_checked")));
	job_result_clear(&needs);
	call(&w, JOB_VERIFY, json_pack("{s:s, s:[s, s]}", "kind", "cms", "proofs", "crl", "crl"),
		(int[]){content_file(), worker_client_file(cms.data, cms.len), pki_file("crls/issuing.crl"), pki_file("crls/root.crl")}, 4,
		&needs);
	assert_true(json_is_true(json_object_get(signature(&needs, 0), "revocation_checked")));
	job_result_clear(&needs);

	call(&w, JOB_NEEDS, json_pack("{s:s, s:[s]}", "kind", "cms", "proofs", "password"),
		(int[]){content_file(), worker_client_file(cms.data, cms.len)}, 2, &needs);
	assert_int_equal(needs.status, STATUS_MALFORMED);
	job_result_clear(&needs);
	worker_client_stop(&w);
	buf_free(&cms);
	fixture_scratch_free(dir);
}

static void
test_proof_read(void **state)
{
	struct job_result read;
	struct worker_client w;

	(void)state;
	start(&w);
	call(&w, JOB_PROOF_READ, json_pack("{s:s, s:o, s:o}", "kind", "crl", "of", base64_of("bad/revoked.pem"), "issuer",
		base64_of("issuing.pem")), (int[]){pki_file("crls/issuing.crl")}, 1, &read);
	assert_int_equal(read.status, STATUS_OK);
	assert_string_equal(text_of(read.value, "state"), "revoked");
	assert_string_equal(text_of(read.value, "next_update"), "2035-12-31T23:59:59.000000Z");
	assert_int_equal(read.file_count, 1);
	job_result_clear(&read);
	call(&w, JOB_PROOF_READ, json_pack("{s:s, s:o}", "kind", "cert", "of", base64_of("leader1.pem")),
		(int[]){pki_file("issuing.pem")}, 1, &read);
	assert_int_equal(read.status, STATUS_OK);
	job_result_clear(&read);
	/* another's list, and a page that some server gives instead */
	call(&w, JOB_PROOF_READ, json_pack("{s:s, s:o, s:o}", "kind", "crl", "of", base64_of("leader1.pem"), "issuer",
		base64_of("issuing.pem")), (int[]){pki_file("crls/root.crl")}, 1, &read);
	assert_int_equal(read.status, STATUS_INVALID);
	assert_true(diag_has(read.diag, "worker.proof"));
	job_result_clear(&read);
	call(&w, JOB_PROOF_READ, json_pack("{s:s, s:o, s:o}", "kind", "ocsp", "of", base64_of("leader1.pem"), "issuer",
		base64_of("issuing.pem")), (int[]){worker_client_file("<html>", 6)}, 1, &read);
	assert_int_equal(read.status, STATUS_INVALID);
	job_result_clear(&read);
	worker_client_stop(&w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_detached_with_timestamp),
		cmocka_unit_test(test_needs),
		cmocka_unit_test(test_proof_read),
		cmocka_unit_test(test_container),
		cmocka_unit_test(test_verify_says_no),
		cmocka_unit_test(test_embed_refuses),
		cmocka_unit_test(test_timestamp_measured), cmocka_unit_test(test_timestamp_refused),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
