/* token: SoftHSM with two tokens: which one is chosen, PINs, the key of a certificate, and that another key's signature never gets out. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "lib/token/token.h"

#define PIN "246810"

static const char *const soft_hsm[] = {"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"};
static char dir[] = "/tmp/test_token.XXXXXX";
static struct token_module *module;

static const char *
module_path(void)
{
	for (size_t i = 0; i < 2; i++)
		if (access(soft_hsm[i], R_OK) == 0)
			return soft_hsm[i];
	fail_msg("SoftHSM is not installed (build-aux/install-packages test)");
	return NULL;
}

static void
run(const char *format, ...)
{
	char command[1500], whole[2000];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "cd %s && { %s; } >>log 2>&1 </dev/null", dir, command);
	if (system(whole) != 0)
		fail_msg("failed: %s", command);
}

/* Puts a key, or a certificate, on a token. */
static void
put(const char *token, const char *file, const char *kind, const char *id)
{
	run("timeout 60 pkcs11-tool --module %s --token-label %s --login --pin " PIN " --write-object %s --type %s --id %s --label x", module_path(), token,
		file, kind, id);
}

/* Tokens "mot" (key a with its certificate; key b under the certificate of c) and "hai" (key d without a certificate). */
static int
setup(void **state)
{
	char text[600];
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof(text), "%s/conf", dir);
	f = fopen(text, "w");
	assert_non_null(f);
	fprintf(f, "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n", dir);
	fclose(f);
	setenv("SOFTHSM2_CONF", text, 1);
	run("mkdir tokens");
	for (const char *k = "abcd"; *k != '\0'; k++)
		run("timeout 60 openssl req -x509 -newkey rsa:2048 -nodes -keyout %c.key -out %c.pem -subj /CN=%c -days 2 && openssl pkcs8 -topk8 -nocrypt"
		    " -outform DER -in %c.key -out %c.key.der && openssl x509 -outform DER -in %c.pem -out %c.der", *k, *k, *k, *k, *k, *k, *k);
	run("timeout 60 softhsm2-util --init-token --free --label mot --so-pin 12345678 --pin " PIN);
	run("timeout 60 softhsm2-util --init-token --free --label hai --so-pin 12345678 --pin " PIN);
	put("mot", "a.key.der", "privkey", "01");
	put("mot", "a.der", "cert", "01");
	put("mot", "b.key.der", "privkey", "02");
	put("mot", "c.der", "cert", "02");
	put("hai", "d.key.der", "privkey", "01");
	assert_int_equal(token_module_open(module_path(), &module), STATUS_OK);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	token_module_close(module);
	run("rm -rf ./*");
	return rmdir(dir);
}

static X509 *
certificate(const char *name)
{
	char path[100];
	X509 *x;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s.pem", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(x);
	return x;
}

static struct token *
open_token(const char *label)
{
	const struct token_choice choice = {label, NULL, -1};
	struct token *t = NULL;

	assert_int_equal(token_open(module, &choice, &t), STATUS_OK);
	return t;
}

/* Not a module: no crash, and nothing stays loaded. */
static void
test_no_modules(void **state)
{
	static const char *const paths[] = {"/nonexistent.so", "/dev/null", "/etc/passwd", "/tmp", "libm.so.6"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct token_module *m = NULL;

		if (token_module_open(paths[i], &m) != STATUS_NOT_FOUND || m != NULL)
			fail_msg("a module: %s", paths[i]);
	}
	token_close(NULL);
}

static void
test_choice(void **state)
{
	static const struct {
		struct token_choice choice;
		enum status status;
	} rows[] = {
		{{"mot", NULL, -1}, STATUS_OK},
		{{"hai", NULL, -1}, STATUS_OK},
		{{NULL, NULL, -1}, STATUS_CONFLICT}, /* two, and nobody said which */
		{{"mo", NULL, -1}, STATUS_NOT_FOUND},
		{{"mot ", NULL, -1}, STATUS_NOT_FOUND},
		{{"MOT", NULL, -1}, STATUS_NOT_FOUND},
		{{"", NULL, -1}, STATUS_NOT_FOUND},
		{{"a label that is much longer than the thirty-two bytes of a token", NULL, -1}, STATUS_NOT_FOUND},
		{{"mot", "0", -1}, STATUS_NOT_FOUND}, /* all that are given must fit */
		{{"mot", NULL, 0x7ffffffe}, STATUS_NOT_FOUND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct token *t = NULL;
		enum status st = token_open(module, &rows[i].choice, &t);

		if (st != rows[i].status || (st == STATUS_OK) != (t != NULL))
			fail_msg("row %zu: %s", i, status_code(st));
		if (t != NULL)
			assert_false(token_has_pad(t));
		token_close(t);
	}
}

static void
test_login(void **state)
{
	static const struct {
		const char *pin;
		enum status status;
	} rows[] = {{NULL, STATUS_INVALID}, {"246811", STATUS_DENIED}, {PIN "0", STATUS_DENIED}, {PIN, STATUS_OK}, {"246811", STATUS_DENIED}, {PIN, STATUS_OK}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct token *t = open_token("mot");
		const char *why = NULL;
		enum status st = token_login(t, rows[i].pin, true, &why);

		if (st != rows[i].status || (st != STATUS_OK && why == NULL))
			fail_msg("row %zu: %s, %s", i, status_code(st), why != NULL ? why : "-");
		token_close(t); /* and with it the login: the wrong PIN after a right one is refused again */
	}
}

static enum status
sign(struct token *t, X509 *cert, const char *digest_name, size_t room, unsigned char *to, size_t *len)
{
	static const unsigned char data[] = "what is signed";
	unsigned char digest[64];
	unsigned n = 0;
	struct cms_to_sign what = {.scheme = CMS_RSA_PKCS1, .digest_name = digest_name, .data = {data, sizeof(data)}};
	struct token_key *k = NULL;
	enum status st = token_key_open(t, cert, &k);

	if (st != STATUS_OK)
		return st;
	assert_int_equal(EVP_Digest(data, sizeof(data), digest, &n, EVP_sha256(), NULL), 1);
	what.digest = (struct span){digest, n};
	*len = room;
	st = token_key_sign(k, &what, to, len);
	if (st == STATUS_OK) {
		EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, X509_get0_pubkey(cert)), 1);
		assert_int_equal(EVP_DigestVerify(ctx, to, *len, data, sizeof(data)), 1);
		EVP_MD_CTX_free(ctx);
	}
	if (st == STATUS_CONFLICT)
		assert_string_equal(token_key_why(k), "signing_key.mismatch");
	token_key_free(k);
	return st;
}

static void
test_sign(void **state)
{
	static const struct {
		const char *token, *cert, *digest_name;
		size_t room;
		enum status status;
	} rows[] = {
		{"mot", "a", "SHA256", 512, STATUS_OK},
		{"mot", "a", "SHA256", 256, STATUS_OK},
		{"hai", "d", "SHA256", 512, STATUS_OK}, /* no certificate on the token: by its public key */
		{"mot", "c", "SHA256", 512, STATUS_CONFLICT}, /* the key under its certificate is another's */
		{"hai", "a", "SHA256", 512, STATUS_NOT_FOUND},
		{"mot", "d", "SHA256", 512, STATUS_NOT_FOUND},
		{"mot", "a", "SHA1", 512, STATUS_UNSUPPORTED},
		{"mot", "a", "MD5", 512, STATUS_UNSUPPORTED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct token *t = open_token(rows[i].token);
		X509 *cert = certificate(rows[i].cert);
		unsigned char to[512];
		const char *why = NULL;
		size_t len = 0;
		enum status st;

		assert_int_equal(token_login(t, PIN, false, &why), STATUS_OK);
		st = sign(t, cert, rows[i].digest_name, rows[i].room, to, &len);
		if (st != rows[i].status)
			fail_msg("row %zu: %s", i, status_code(st));
		if (st == STATUS_OK)
			assert_int_equal(len, 256);
		X509_free(cert);
		token_close(t);
	}
}

/* Too little room for the value is an error, never half a signature. */
static void
test_no_room(void **state)
{
	struct token *t = open_token("mot");
	X509 *cert = certificate("a");
	unsigned char *to = malloc(100);
	const char *why = NULL;
	size_t len;

	(void)state;
	assert_int_equal(token_login(t, PIN, false, &why), STATUS_OK);
	assert_int_not_equal(sign(t, cert, "SHA256", 100, to, &len), STATUS_OK);
	free(to);
	X509_free(cert);
	token_close(t);
}

static void
test_certificates(void **state)
{
	static const char *const tokens[] = {"mot", "hai"};
	static const int counts[] = {2, 0};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct token *t = open_token(tokens[i]);
		STACK_OF(X509) *all = sk_X509_new_null();
		X509 *a = certificate("a");
		bool found = false;

		assert_int_equal(token_certificates(t, all), STATUS_OK);
		assert_int_equal(sk_X509_num(all), counts[i]);
		for (int k = 0; k < sk_X509_num(all); k++)
			found = found || X509_cmp(sk_X509_value(all, k), a) == 0;
		assert_int_equal(found, i == 0);
		sk_X509_pop_free(all, X509_free);
		X509_free(a);
		token_close(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_modules),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_login),
		cmocka_unit_test(test_sign),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_certificates),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
