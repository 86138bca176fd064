/*
 * make_levels OUT: the same text signed at every baseline level (B-B, B-T, B-LT, B-LTA), in every format (PAdES, CAdES beside and around the file, ASiC-E, ASiC-S), by every kind
 * of key of make_key_kinds: OUT/KIND-LEVEL.pdf, .p7s, .p7m, .asice, .asics, and what they sign: OUT/letter.pdf, OUT/letter.txt. Timestamps are of OpenSSL's TSA. It makes and
 * does not judge: tests/flow/test_matrix.py does, with programs of others.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/asic.h"
#include "lib/seal/seal_asic.h"
#include "tests/unit/level_fixture.h"
#include "tests/unit/pki_fixture.h"
#include "tests/unit/seal_fixture.h"

static const char *out_dir;
static char *scratch;
static const char letter[] = "Số: 12-CV/QU. Nội dung văn bản.\n";
#define LETTER ((struct span){(const unsigned char *)letter, sizeof(letter) - 1})
#define NONE ((struct span){NULL, 0})

static const struct kind {
	const char *name, *key;
	bool pss;
	enum imprint_kind digest;
} kinds[] = {
	{"rsa3072", "rsa3072", false, IMPRINT_SHA256},
	{"rsa4096", "rsa4096", false, IMPRINT_SHA512},
	{"rsapss", "rsa3072", true, IMPRINT_SHA384},
	{"pss", "pss", true, IMPRINT_SHA256},
	{"p256", "p256", false, IMPRINT_SHA256},
	{"p384", "p384", false, IMPRINT_SHA384},
	{"p521", "p521", false, IMPRINT_SHA512},
	{"ed25519", "ed25519", false, IMPRINT_SHA512},
};

static const enum level levels[] = {LEVEL_B_B, LEVEL_B_T, LEVEL_B_LT, LEVEL_B_LTA};

static void
save(const struct kind *k, enum level level, const char *suffix, struct span bytes)
{
	char path[1200];

	snprintf(path, sizeof(path), "%s/%s-%s.%s", out_dir, k->name, level_name(level), suffix);
	fixture_write(path, bytes.data, bytes.len);
}

static struct buf
copy_of(struct span s)
{
	struct buf b;

	buf_init(&b, 1u << 24);
	buf_put(&b, s.data, s.len);
	assert_int_equal(buf_status(&b), STATUS_OK);
	return b;
}

/* Level B-B or B-T by the key over a digest; CAdES has its signing time inside, PAdES in the dictionary. */
static struct buf
sign(const struct kind *k, const struct imprint *imprint, bool cades, enum level level)
{
	char cert_name[60], key_name[60];
	struct cms_options options = {.digest_name = imprint_name(k->digest), .pss = k->pss, .signing_time = cades};
	struct cms_input input = {{imprint->bytes, imprint_size(imprint->kind)}, clock_now() - 60 * CLOCK_SECOND};
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *cert, *issuing = fixture_cert("issuing.pem");
	struct cms_template *t = NULL;
	struct cms_key *key = NULL;
	EVP_PKEY *private;
	struct buf cms;

	snprintf(cert_name, sizeof(cert_name), "../kinds/%s.pem", k->key);
	snprintf(key_name, sizeof(key_name), "../kinds/%s.key", k->key);
	cert = fixture_cert(cert_name);
	private = fixture_key(key_name);
	sk_X509_push(chain, issuing);
	buf_init(&cms, CMS_MAX);
	assert_int_equal(cms_template_new(cert, chain, &options, &t), STATUS_OK);
	assert_int_equal(cms_key_new(t, private, &key), STATUS_OK);
	assert_int_equal(cms_template_sign(t, &input, cms_key_sign, key, &cms), STATUS_OK);
	cms_key_free(key);
	cms_template_free(t);
	EVP_PKEY_free(private);
	X509_free(cert);
	sk_X509_pop_free(chain, X509_free);
	return level >= LEVEL_B_T ? level_b_t(scratch, cms) : cms;
}

/* Certificates, lists and an OCSP answer into the file; `tail` of a PDF is appended. Frees what `file` was. */
static void
add_proofs(const struct seal_kind *kind, const struct kind *k, struct buf *file, struct span content)
{
	struct level_proofs p;
	struct seal_proof proofs[LEVEL_PROOFS];
	char who[40];
	struct buf out;
	struct span base = content.data != NULL ? content : span_of(file), detached = content.data != NULL ? span_of(file) : NONE;

	snprintf(who, sizeof(who), "../kinds/%s", k->key);
	level_proofs(scratch, who, &p);
	for (size_t i = 0; i < LEVEL_PROOFS; i++)
		proofs[i] = (struct seal_proof){(enum seal_proof_kind)p.list[i].kind, p.list[i].der};
	buf_init(&out, 1u << 24);
	assert_int_equal(kind->add_proofs(base, detached, proofs, LEVEL_PROOFS, &out, NULL), STATUS_OK);
	assert_true(out.len > 0);
	level_proofs_free(&p);
	if (kind == &seal_pdf) {
		buf_put(file, out.data, out.len);
		buf_free(&out);
	} else {
		buf_free(file);
		*file = out;
	}
}

static void
archive(const struct seal_kind *kind, struct buf *file, struct span content)
{
	struct span base = content.data != NULL ? content : span_of(file), detached = content.data != NULL ? span_of(file) : NONE;
	struct seal_prepared p;
	struct buf token;

	assert_int_equal(kind->prepare_archive(base, detached, 0, &p, NULL), STATUS_OK);
	token = level_stamp(scratch, (struct span){p.digest.bytes, DIGEST_BYTES});
	assert_int_equal(kind->embed_archive(base, detached, &p, span_of(&token), NULL), STATUS_OK);
	if (kind == &seal_pdf) {
		buf_put(file, p.tail.data, p.tail.len);
		seal_prepared_free(&p);
	} else {
		buf_free(file);
		*file = p.tail;
	}
	buf_free(&token);
}

/* The finished signature (B-B or B-T) up to its level, and into its file. */
static void
raise_and_save(const struct seal_kind *kind, const struct kind *k, enum level level, struct buf *file, struct span content, const char *suffix)
{
	if (level >= LEVEL_B_LT)
		add_proofs(kind, k, file, content);
	if (level >= LEVEL_B_LTA)
		archive(kind, file, content);
	save(k, level, suffix, span_of(file));
	buf_free(file);
}

/* One file of a container that is prepared, signed and embedded. */
static void
make_one(const struct seal_kind *kind, const struct kind *k, enum level level, struct span base, bool attached, const char *suffix)
{
	struct seal_request req = {.time = clock_now(), .algorithm = k->digest, .attached = attached, .signer = "Người ký", .room = 32768,
		.look = {.role = SEAL_ROLE_INVISIBLE}};
	struct seal_prepared p;
	struct buf cms, file;

	assert_int_equal(kind->prepare(base, &req, &p, NULL), STATUS_OK);
	cms = sign(k, &p.imprint, kind != &seal_pdf, level);
	assert_int_equal(kind->embed(base, &p, span_of(&cms), NULL), STATUS_OK);
	if (kind == &seal_pdf) {
		file = copy_of(base);
		buf_put(&file, p.tail.data, p.tail.len);
		seal_prepared_free(&p);
	} else
		file = p.tail;
	buf_free(&cms);
	raise_and_save(kind, k, level, &file, kind == &seal_cms && !attached ? base : NONE, suffix);
}

static struct buf
container(bool simple, struct span signature)
{
	struct pack_member data = {"letter.txt", false, LETTER, -1};
	int fd = output_memfd("container");
	struct mapped m;
	struct buf out;

	assert_int_equal(seal_asic_make(fd, &data, 1, simple, signature, NONE, NULL), STATUS_OK);
	assert_int_equal(mapped_open(fd, &m), STATUS_OK);
	out = copy_of(m.span);
	mapped_close(&m);
	close(fd);
	return out;
}

/* ASiC-S is made of a finished signature, and raised as a container. */
static void
make_simple(const struct kind *k, enum level level)
{
	struct imprint imprint = imprint_of(k->digest, letter, sizeof(letter) - 1);
	struct buf cms = sign(k, &imprint, true, level), file = container(true, span_of(&cms));

	buf_free(&cms);
	raise_and_save(&seal_asic, k, level, &file, NONE, "asics");
}

static void
make_all(void **state)
{
	struct buf pdf, asic = container(false, NONE);
	char path[1200];

	(void)state;
	scratch = fixture_scratch();
	snprintf(path, sizeof(path), "%s/letter.txt", out_dir);
	fixture_write(path, letter, sizeof(letter) - 1);
	pdf = fixture_read(fixture_path("../letter.pdf"));
	snprintf(path, sizeof(path), "%s/letter.pdf", out_dir);
	fixture_write(path, pdf.data, pdf.len);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (size_t l = 0; l < sizeof(levels) / sizeof(levels[0]); l++) {
			make_one(&seal_pdf, &kinds[i], levels[l], span_of(&pdf), false, "pdf");
			make_one(&seal_cms, &kinds[i], levels[l], LETTER, false, "p7s");
			make_one(&seal_cms, &kinds[i], levels[l], LETTER, true, "p7m");
			make_one(&seal_asic, &kinds[i], levels[l], span_of(&asic), false, "asice");
			make_simple(&kinds[i], levels[l]);
		}
	buf_free(&pdf);
	buf_free(&asic);
	fixture_scratch_free(scratch);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(make_all)};

	if (argc != 2)
		return 2;
	out_dir = argv[1];
	return cmocka_run_group_tests_name("make_levels", tests, NULL, NULL);
}
