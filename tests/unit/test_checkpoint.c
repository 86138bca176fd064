/* checkpoint: bodies, notes and keys as C2SP signed-note and tlog-checkpoint have them; keys of other implementations are read. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/pki/checkpoint.h"
#include "tests/unit/pki_fixture.h"

#define ORIGIN "congvan.demo/nhat-ky"

static struct span
span_of(const char *s)
{
	return (struct span){(const unsigned char *)s, strlen(s)};
}

static void
test_keys_of_others(void **state)
{
	/* examples of the specification, golang.org/x/mod and transparency-dev; the last id is wrong */
	static const char *const right[] = {
		"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
		"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
		"TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
	};
	static const char *const wrong[] = {
		"PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
		"remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
		"PeterNeumann+c74f20a3", "", "+", "++", "a+c74f20a+AA==", "a b+c74f20a3+AA==",
	};
	struct checkpoint_key key;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		assert_int_equal(checkpoint_key_read(right[i], &key), STATUS_OK);
		assert_int_equal(checkpoint_key_text(&key, &b), STATUS_OK);
		assert_string_equal(buf_str(&b), right[i]);
		buf_free(&b);
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(checkpoint_key_read(wrong[i], &key), STATUS_INVALID);
}

static void
test_body(void **state)
{
	static const char example[] = "example.com/behind-the-sofa\n20852163\n"
		"CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
	static const char *const lines[] = {"time 1", "việc khác", NULL};
	static const char *const bad_lines[] = {"a\nb", NULL}, *const empty[] = {"", NULL};
	struct digest root = {{1, 2, 3}};
	struct checkpoint c, again;
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	assert_int_equal(checkpoint_read(span_of(example), &c), STATUS_OK);
	assert_string_equal(c.origin, "example.com/behind-the-sofa");
	assert_true(c.size == 20852163);
	assert_int_equal(c.extensions.len, 0);
	assert_int_equal(checkpoint_body(c.origin, c.size, &c.root, NULL, &b), STATUS_OK);
	assert_string_equal(buf_str(&b), example);
	buf_free(&b);

	assert_int_equal(checkpoint_body("gốc", UINT64_MAX, &root, lines, &b), STATUS_OK);
	assert_int_equal(checkpoint_read((struct span){b.data, b.len}, &again), STATUS_OK);
	assert_true(again.size == UINT64_MAX);
	assert_memory_equal(&again.root, &root, sizeof(root));
	assert_int_equal(again.extensions.len, strlen("time 1\nviệc khác\n"));
	buf_free(&b);

	assert_int_equal(checkpoint_body("", 1, &root, NULL, &b), STATUS_INVALID);
	assert_int_equal(checkpoint_body("a\n999", 1, &root, NULL, &b), STATUS_INVALID);
	assert_int_equal(checkpoint_body("a", 1, &root, bad_lines, &b), STATUS_INVALID);
	assert_int_equal(checkpoint_body("a", 1, &root, empty, &b), STATUS_INVALID);
	assert_int_equal(checkpoint_body("\xff", 1, &root, NULL, &b), STATUS_INVALID);
	assert_int_equal(b.len, 0);
}

static void
test_bad_bodies(void **state)
{
#define ROOT "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
	static const char *const bad[] = {
		"", "\n", "a\n1\n", "a\n01\n" ROOT, "a\n-1\n" ROOT, "a\n+1\n" ROOT, "a\n\n" ROOT,
		"a\n18446744073709551616\n" ROOT, "a\n1 \n" ROOT, "\n1\n" ROOT, "a\r\n1\n" ROOT,
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n",
		"a\n1\n" ROOT "x", "a\n1\n" ROOT "\n", "a\n1\n" ROOT "x\n\ny\n", "a\n1\n" ROOT "\x01\n",
		"a\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
	};
	struct checkpoint c;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (checkpoint_read(span_of(bad[i]), &c) != STATUS_MALFORMED)
			fail_msg("taken: %s", bad[i]);
	assert_int_equal(checkpoint_read(span_of("a\n0\n" ROOT), &c), STATUS_OK);
}

static struct buf
make_note(const char *name, const char *key_file)
{
	EVP_PKEY *key = fixture_key(key_file);
	struct digest root = digest_of("", 0);
	struct buf body, note;

	buf_init(&body, CHECKPOINT_MAX);
	buf_init(&note, CHECKPOINT_MAX);
	assert_int_equal(checkpoint_body(ORIGIN, 42, &root, NULL, &body), STATUS_OK);
	assert_int_equal(checkpoint_sign((struct span){body.data, body.len}, name, key, &note),
		STATUS_OK);
	buf_free(&body);
	EVP_PKEY_free(key);
	return note;
}

static void
test_note(void **state)
{
	struct buf note = make_note(ORIGIN, "log.key"), two;
	EVP_PKEY *private = fixture_key("log.key");
	struct checkpoint_key key, other;
	struct checkpoint c;

	(void)state;
	assert_int_equal(checkpoint_key_of(ORIGIN, private, &key), STATUS_OK);
	assert_int_equal(checkpoint_open((struct span){note.data, note.len}, &key, &c), STATUS_OK);
	assert_string_equal(c.origin, ORIGIN);
	assert_true(c.size == 42);
	assert_non_null(strstr(buf_str(&note), "\n\n\xe2\x80\x94 " ORIGIN " "));

	/* another name or another key is not ours; a witness's line beside ours is passed over */
	other = key;
	other.name[0] = 'x';
	assert_int_equal(checkpoint_open((struct span){note.data, note.len}, &other, &c),
		STATUS_NOT_FOUND);
	buf_init(&two, CHECKPOINT_MAX);
	buf_put(&two, note.data, note.len);
	buf_put_str(&two, "\xe2\x80\x94 nhan-chung.demo AAAAAAAAAAAA\n");
	assert_int_equal(checkpoint_open((struct span){two.data, two.len}, &key, &c), STATUS_OK);
	buf_put_str(&two, "không phải chữ ký\n");
	assert_int_equal(checkpoint_open((struct span){two.data, two.len}, &key, &c),
		STATUS_MALFORMED);
	buf_free(&two);

	/* a changed size or root, with the signature of the old one */
	for (size_t i = 0; i < note.len; i++) {
		note.data[i] ^= 1;
		assert_int_not_equal(checkpoint_open((struct span){note.data, note.len}, &key, &c),
			STATUS_OK);
		note.data[i] ^= 1;
	}
	note.data[sizeof(ORIGIN)] = '9';
	assert_int_equal(checkpoint_open((struct span){note.data, note.len}, &key, &c),
		STATUS_INVALID);
	for (size_t n = 0; n < note.len; n++)
		assert_int_equal(checkpoint_open((struct span){note.data, n}, &key, &c),
			STATUS_MALFORMED);
	buf_free(&note);
	EVP_PKEY_free(private);
}

/* openssl verifies the same signature over the body. */
static void
test_openssl_agrees(void **state)
{
	struct buf note = make_note(ORIGIN, "log.key");
	char *dir = fixture_scratch(), path[1100];

	(void)state;
	snprintf(path, sizeof(path), "%s/note", dir);
	fixture_write(path, note.data, note.len);
	assert_int_equal(fixture_run(dir, "sed -n '1,3p' note >body; sed -n '5s/.* //p' note | "
		"base64 -d | tail -c 64 >sig; openssl pkeyutl -verify -pubin -inkey '%s' -rawin "
		"-in body -sigfile sig", fixture_path("log.pub")), 0);
	fixture_scratch_free(dir);
	buf_free(&note);
}

static void
test_names(void **state)
{
	EVP_PKEY *rsa = fixture_key("leader1.key");
	struct checkpoint_key key;

	(void)state;
	assert_true(checkpoint_name_is_right("congvan.demo/nhật-ký"));
	assert_false(checkpoint_name_is_right(""));
	assert_false(checkpoint_name_is_right("a b"));
	assert_false(checkpoint_name_is_right("a+b"));
	assert_false(checkpoint_name_is_right("a\nb"));
	assert_false(checkpoint_name_is_right("a\xc2\xa0""b"));
	assert_false(checkpoint_name_is_right("a\xe3\x80\x80""b"));
	assert_false(checkpoint_name_is_right("a\xe2\x80\xaf""b"));
	assert_false(checkpoint_name_is_right("\xff"));
	assert_int_equal(checkpoint_key_of("a", rsa, &key), STATUS_UNSUPPORTED);
	EVP_PKEY_free(rsa);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_of_others),
		cmocka_unit_test(test_body),
		cmocka_unit_test(test_bad_bodies),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_openssl_agrees),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
