/*
 * passport: one made here of a letter with its detached signature and a log of three leaves, checked off line; then each part of it altered
 * in turn, and each alteration found by its own finding.
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

#include "lib/base/hex.h"
#include "lib/base/merkle.h"
#include "lib/doc/output.h"
#include "lib/doc/pack.h"
#include "lib/pki/checkpoint.h"
#include "lib/seal/passport.h"
#include "lib/seal/seal_asic.h"
#include "tests/unit/pki_fixture.h"

#define LEAVES 3
#define ORIGIN "congvan/A01.Q1"

static const char letter[] = "Số: 12-CV/QU. Nội dung văn bản.";

/* What a passport is made of; a test alters it before it is put together. */
struct making {
	json_t *about, *evidence;
	struct buf signature, note;
	struct span letter;
	struct checkpoint_key key;
	bool no_checkpoint;
};

static struct span
letter_span(void)
{
	return (struct span){(const unsigned char *)letter, strlen(letter)};
}

static const char *
hex_of(const struct digest *d)
{
	static char hex[2 * DIGEST_BYTES + 1];

	hex_encode(d->bytes, DIGEST_BYTES, hex);
	return hex;
}

/* Three leaves: the middle one names the letter's digest, the last one the signature's. Their tree is made by hand. */
static void
make_log(struct making *m)
{
	char body[LEAVES][200];
	struct digest leaf[LEAVES], pair, root, d = digest_of(letter, strlen(letter)), s = digest_of(m->signature.data, m->signature.len);
	const struct digest *proof[LEAVES][2] = {{&leaf[1], &leaf[2]}, {&leaf[0], &leaf[2]}, {&pair, NULL}};
	json_t *list = json_array();
	struct buf text;
	EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

	snprintf(body[0], sizeof(body[0]), "{\"move\":\"draft\"}");
	snprintf(body[1], sizeof(body[1]), "{\"move\":\"submit\",\"main\":\"%s\"}", hex_of(&d));
	snprintf(body[2], sizeof(body[2]), "{\"move\":\"sign\",\"main\":\"%s\"}", hex_of(&s));
	for (size_t i = 0; i < LEAVES; i++)
		leaf[i] = merkle_leaf(body[i], strlen(body[i]));
	pair = merkle_node(&leaf[0], &leaf[1]);
	root = merkle_node(&pair, &leaf[2]);
	for (size_t i = 0; i < LEAVES; i++) {
		json_t *nodes = json_array();

		for (size_t j = 0; j < 2 && proof[i][j] != NULL; j++)
			json_array_append_new(nodes, json_string(hex_of(proof[i][j])));
		json_array_append_new(list, json_pack("{s:i,s:i,s:s,s:s,s:o}", "id", (int)i, "index", (int)i, "body", body[i], "hash",
			hex_of(&leaf[i]), "proof", nodes));
		json_object_set_new(json_array_get(list, i), "id", json_sprintf("leaf-%zu", i));
	}
	m->evidence = json_pack("{s:o,s:i}", "leaves", list, "waiting", 0);
	buf_init(&text, CHECKPOINT_MAX);
	buf_init(&m->note, CHECKPOINT_MAX);
	assert_non_null(key);
	assert_int_equal(checkpoint_key_of(ORIGIN, key, &m->key), STATUS_OK);
	assert_int_equal(checkpoint_body(ORIGIN, LEAVES, &root, NULL, &text), STATUS_OK);
	assert_int_equal(checkpoint_sign((struct span){text.data, text.len}, ORIGIN, key, &m->note), STATUS_OK);
	buf_free(&text);
	EVP_PKEY_free(key);
}

static struct making
make(void)
{
	struct making m = {.letter = letter_span()};
	struct cms_options o = {.signing_time = true};
	struct digest d = digest_of(letter, strlen(letter)), s;
	char first[2 * DIGEST_BYTES + 1];
	char *public;

	m.signature = fixture_sign("leader1.pem", "leader1.key", &o, letter_span());
	s = digest_of(m.signature.data, m.signature.len);
	snprintf(first, sizeof(first), "%s", hex_of(&d));
	make_log(&m);
	public = base64_encode(m.key.public_key, CHECKPOINT_KEY_BYTES);
	m.about = json_pack("{s:s,s:i,s:s,s:{s:s},s:{s:s,s:s},s:[{s:s,s:s,s:s,s:s},{s:s,s:s,s:s,s:s}]}", "format", "congvan-passport", "version", 1,
		"made_at", "2026-11-24T12:00:00Z", "document", "id", "d-1", "log_key", "name", ORIGIN, "public", public, "files", "name",
		"thư.txt", "part", "main", "sha256", first, "mime", "text/plain", "name", "thư.txt.p7s", "part", "signature", "sha256",
		hex_of(&s), "mime", "application/pkcs7-signature");
	assert_non_null(m.about);
	free(public);
	return m;
}

static struct span
dumped(const json_t *j)
{
	char *s = json_dumps(j, JSON_COMPACT);

	return (struct span){(const unsigned char *)s, strlen(s)};
}

static struct buf
put_together(const struct making *m)
{
	struct span about = dumped(m->about), evidence = dumped(m->evidence);
	struct pack_member members[] = {{"thư.txt", false, m->letter, -1}, {"thư.txt.p7s", false, {m->signature.data, m->signature.len}, -1},
		{"passport.json", false, about, -1}, {"evidence/leaves.json", false, evidence, -1},
		{"evidence/checkpoint", false, {m->note.data, m->note.len}, -1}};
	int fd = output_memfd("passport");
	struct mapped file;
	struct buf out;

	assert_int_equal(seal_asic_make(fd, members, m->no_checkpoint ? 4 : 5, false, (struct span){NULL, 0}, (struct span){NULL, 0}, NULL),
		STATUS_OK);
	assert_int_equal(mapped_open(fd, &file), STATUS_OK);
	buf_init(&out, 1 << 20);
	buf_put(&out, file.span.data, file.span.len);
	mapped_close(&file);
	close(fd);
	free((void *)about.data);
	free((void *)evidence.data);
	return out;
}

/* The finding codes, each once with a blank behind it. */
static void
codes_of(const struct diag *diag, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < diag_count(diag); i++)
		if (strstr(out, diag_at(diag, i)->code) == NULL)
			snprintf(out + strlen(out), size - strlen(out), "%s ", diag_at(diag, i)->code);
}

/* Puts it together, checks it, and frees it; wants these findings and no others. log_key: NULL, or the office's key text. */
static json_t *
check(struct making *m, const char *log_key, enum status want, const char *codes)
{
	struct buf file = put_together(m);
	struct policy *policy = policy_new(fixture_time("2026-11-24T12:00:00Z"));
	struct diag *diag = diag_new();
	char found[400];
	json_t *out = NULL;

	assert_int_equal(policy_read_folder(policy, fixture_path(".")), STATUS_OK);
	assert_true(passport_is((struct span){file.data, file.len}));
	assert_int_equal(passport_check((struct span){file.data, file.len}, log_key, policy, &out, diag), want);
	codes_of(diag, found, sizeof(found));
	assert_string_equal(found, codes);
	diag_free(diag);
	policy_free(policy);
	buf_free(&file);
	buf_free(&m->signature);
	buf_free(&m->note);
	json_decref(m->about);
	json_decref(m->evidence);
	return out;
}

static char *
key_text(const struct checkpoint_key *key)
{
	struct buf b;
	char *s;

	buf_init(&b, 1000);
	assert_int_equal(checkpoint_key_text(key, &b), STATUS_OK);
	s = strndup((const char *)b.data, b.len);
	buf_free(&b);
	return s;
}

static json_t *
leaf(struct making *m, size_t i)
{
	return json_array_get(json_object_get(m->evidence, "leaves"), i);
}

static json_t *
row(struct making *m, size_t i)
{
	return json_array_get(json_object_get(m->about, "files"), i);
}

static void
test_whole(void **state)
{
	struct making m = make();
	char *key = key_text(&m.key);
	json_t *out = check(&m, key, STATUS_OK, "");
	const json_t *files = json_object_get(out, "files"), *signature = json_array_get(files, 1);

	(void)state;
	assert_string_equal(json_string_value(json_object_get(out, "document")), "d-1");
	assert_string_equal(json_string_value(json_object_get(out, "origin")), ORIGIN);
	assert_int_equal(json_integer_value(json_object_get(out, "size")), LEAVES);
	assert_int_equal(json_integer_value(json_object_get(out, "leaves")), LEAVES);
	assert_int_equal(json_array_size(files), 2);
	for (size_t i = 0; i < 2; i++) {
		assert_true(json_is_true(json_object_get(json_array_get(files, i), "right")));
		assert_true(json_is_true(json_object_get(json_array_get(files, i), "logged")));
	}
	assert_true(json_is_null(json_object_get(json_array_get(files, 0), "report")));
	assert_string_equal(json_string_value(json_object_get(json_object_get(signature, "report"), "indication")), "TOTAL-PASSED");
	json_decref(out);
	free(key);
}

static void
test_keys(void **state)
{
	struct making m = make(), other = make();
	char *key = key_text(&other.key);

	(void)state;
	/* its own key finds damage, and that it is its own is said */
	json_decref(check(&m, NULL, STATUS_OK, "passport.key "));
	json_decref(check(&other, "no key at all", STATUS_OK, "passport.checkpoint "));
	/* the office's key is another: the log was signed by somebody else */
	m = make();
	json_decref(check(&m, key, STATUS_OK, "passport.checkpoint "));
	free(key);
	m = make();
	json_object_set_new(json_object_get(m.about, "log_key"), "public", json_string("AAAA"));
	json_decref(check(&m, NULL, STATUS_OK, "passport.checkpoint "));
	m = make();
	m.no_checkpoint = true;
	json_decref(check(&m, NULL, STATUS_OK, "passport.checkpoint "));
	m = make();
	m.note.data[m.note.len - 8] ^= 1;
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.checkpoint "));
}

static void
test_leaves(void **state)
{
	struct making m = make();
	json_t *nodes;

	(void)state;
	/* a leaf that says something else, one with another's proof, one past the tree's end, one whose proof is no proof */
	json_object_set_new(leaf(&m, 0), "body", json_string("{\"move\":\"reject\"}"));
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.leaf "));
	m = make();
	nodes = json_deep_copy(json_object_get(leaf(&m, 0), "proof"));
	json_object_set_new(leaf(&m, 1), "proof", nodes);
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.proof "));
	m = make();
	json_object_set_new(leaf(&m, 2), "index", json_integer(LEAVES));
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.proof "));
	m = make();
	json_object_set_new(leaf(&m, 2), "index", json_integer(-1));
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.proof "));
	m = make();
	json_object_set_new(leaf(&m, 2), "proof", json_pack("[s]", "not hex"));
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.proof "));
	m = make();
	json_object_set_new(m.evidence, "waiting", json_integer(2));
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.waiting "));
}

static void
test_files(void **state)
{
	struct making m = make();
	json_t *out;

	(void)state;
	/* the letter altered: its file is not what the passport says, and the signature over it is no longer intact */
	m.letter = (struct span){(const unsigned char *)"Số: 13-CV/QU.", 15};
	out = check(&m, NULL, STATUS_OK, "passport.key passport.file ");
	assert_true(json_is_false(json_object_get(json_array_get(json_object_get(out, "files"), 0), "right")));
	assert_string_equal(json_string_value(json_object_get(json_object_get(json_array_get(json_object_get(out, "files"), 1), "report"),
		"indication")), "TOTAL-FAILED");
	json_decref(out);
	/* a file the log never knew of, one that is not there, one whose digest is no digest */
	m = make();
	json_array_remove(json_object_get(m.evidence, "leaves"), 1);
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.unlogged "));
	m = make();
	json_object_set_new(row(&m, 0), "name", json_string("../thư.txt"));
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.file "));
	m = make();
	json_object_set_new(row(&m, 0), "sha256", json_string(""));
	json_decref(check(&m, NULL, STATUS_OK, "passport.key passport.file "));
}

static void
test_forms(void **state)
{
	struct making m = make();

	(void)state;
	json_object_set_new(m.about, "version", json_integer(2));
	assert_null(check(&m, NULL, STATUS_INVALID, "passport.form "));
	m = make();
	json_object_set_new(m.about, "files", json_string("all"));
	assert_null(check(&m, NULL, STATUS_INVALID, "passport.form "));
	m = make();
	json_decref(m.evidence);
	m.evidence = json_array();
	assert_null(check(&m, NULL, STATUS_INVALID, "passport.form "));
	assert_false(passport_is(letter_span()));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole), cmocka_unit_test(test_keys), cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_files), cmocka_unit_test(test_forms)};

	return cmocka_run_group_tests_name("passport", tests, NULL, NULL);
}
