/*
 * congvan-signer with PKCS#11 tokens: SoftHSM with two tokens, and the shim (p11_shim.c) for what SoftHSM does not do. The CMS that come out
 * are judged by OpenSSL (or by us, for Ed25519), and wrong PINs are counted at the token.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "tests/unit/signer_fixture.h"

#define PIN "246810"
#define LEADER1 "CN=Nguyễn Văn Mẫu"
#define LEADER2 "CN=Trần Thị Thử"

static const char *const soft_hsm[] = {"/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"};

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
run(const struct office *o, const char *format, ...)
{
	char command[2048], whole[2600];
	va_list ap;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "{ %s; } >>%s/setup 2>&1 </dev/null", command, o->dir);
	if (system(whole) != 0)
		fail_msg("failed: %s", command);
}

static const char *
pki(const char *name)
{
	static char path[512];

	snprintf(path, sizeof(path), "%s/tests/data/pki/%s", getenv("CONGVAN_BUILDDIR"), name);
	return path;
}

/* A token with the label, and in it the key and certificate of a person of the test PKI. */
static void
make_token(const struct office *o, const char *label, const char *person, const char *more)
{
	run(o, "softhsm2-util --init-token --free --label '%s' --so-pin 12345678 --pin " PIN, label);
	run(o, "openssl pkcs8 -topk8 -nocrypt -outform DER -in '%s.key' -out %s/key.der", pki(person), o->dir);
	run(o, "openssl x509 -outform DER -in '%s.pem' -out %s/cert.der", pki(person), o->dir);
	run(o, "pkcs11-tool --module %s --token-label '%s' --login --pin " PIN " --write-object %s/key.der --type privkey --id 01 "
		"--label key --usage-sign %s", module_path(), label, o->dir, more);
	run(o, "pkcs11-tool --module %s --token-label '%s' --login --pin " PIN " --write-object %s/cert.der --type cert --id 01 "
		"--label key", module_path(), label, o->dir);
}

static void
write_text(const char *path, const char *text)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

/* data/keys/ID.pem and ID.p11. */
static void
add_token_key(const struct office *o, const char *id, const char *person, const char *module, const char *lines)
{
	char path[256], text[1024];

	run(o, "cat '%s.pem' > %s/data/keys/%s.pem", pki(person), o->dir, id);
	run(o, "cat '%s' >> %s/data/keys/%s.pem", pki("issuing.pem"), o->dir, id);
	snprintf(path, sizeof(path), "%s/data/keys/%s.p11", o->dir, id);
	snprintf(text, sizeof(text), "token { module = \"%s\"\n %s }\n", module, lines);
	write_text(path, text);
}

static char shim[512];

/* A signer whose leader1 and leader2 have tokens; `module` is SoftHSM or the shim. */
static void
begin(struct office *o, const char *module, const char *more_key)
{
	char conf[256], text[2048];

	office_stop(o, SIGTERM);
	snprintf(conf, sizeof(conf), "%s/softhsm.conf", o->dir);
	snprintf(text, sizeof(text), "directories.tokendir = %s/tokens\nobjectstore.backend = file\nlog.level = ERROR\n", o->dir);
	write_text(conf, text);
	snprintf(text, sizeof(text), "%s/tokens", o->dir);
	assert_int_equal(mkdir(text, 0700), 0);
	setenv("SOFTHSM2_CONF", conf, 1);
	setenv("P11_SHIM_MODULE", module_path(), 1);
	make_token(o, "Lãnh đạo 1", "leader1", more_key);
	make_token(o, "Lãnh đạo 2", "leader2", more_key);
	add_token_key(o, "t1", "leader1", module, "label = \"Lãnh đạo 1\"");
	add_token_key(o, "t2", "leader2", module, "label = \"Lãnh đạo 2\"");
}

static void
start(struct office *o, const char *module)
{
	char more[2048];

	snprintf(more, sizeof(more), "tokens { modules = \"%s\"\n folders = \"%s/tokens %s/softhsm.conf %s/logins\" }\n", module, o->dir,
		o->dir, o->dir);
	office_start(o, more);
}

static int
setup(void **state)
{
	struct office *o;
	static const char *const all[] = {"P11_SHIM_REMOVED", "P11_SHIM_PAD", "P11_SHIM_FINAL", "P11_SHIM_LOCKED", "P11_SHIM_RAW",
		"P11_SHIM_LOGINS"};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		unsetenv(all[i]);
	if (office_open(state) != 0)
		return -1;
	/* modules are named by their whole path, in a list that blanks separate */
	o = *state;
	snprintf(shim, sizeof(shim), "%s/p11_shim.so", o->dir);
	run(o, "cp '%s/tests/unit/p11_shim.so' %s", getenv("CONGVAN_BUILDDIR"), shim);
	return 0;
}

static void
expect_signed(struct office *o, const char *key, const char *pin, size_t count, const char *subject)
{
	struct activation *a = office_activation(key, pin, 3, count);
	json_t *reply, *list;
	unsigned type = office_sign(o, a, SIGNER_FORMAT_CADES, &reply);

	if (type != SIGNER_MSG_SIGN)
		fail_msg("%s", json_string_value(json_object_get(reply, "why")));
	list = json_object_get(reply, "cms");
	assert_int_equal(json_array_size(list), count);
	assert_null(json_object_get(reply, "skipped"));
	for (size_t i = 0; i < count; i++)
		assert_true(office_is_signed(json_string_value(json_array_get(list, i)), 3 + i, subject));
	json_decref(reply);
	activation_free(a);
}

static void
expect_refused(struct office *o, const char *key, const char *pin, const char *status, const char *why)
{
	struct activation *a = office_activation(key, pin, 3, 2);
	json_t *reply;

	assert_refused(office_sign(o, a, SIGNER_FORMAT_CADES, &reply), reply, status, why);
	json_decref(reply);
	activation_free(a);
}

static long
logins(const struct office *o)
{
	char path[256];
	struct stat sb;

	snprintf(path, sizeof(path), "%s/logins", o->dir);
	return stat(path, &sb) == 0 ? (long)sb.st_size : 0;
}

static void
count_logins(const struct office *o)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/logins", o->dir);
	write_text(path, "");
	setenv("P11_SHIM_LOGINS", path, 1);
}

/* Two tokens of one module, RSA and P-256; keys in files beside them. A wrong PIN is one try. */
static void
test_tokens(void **state)
{
	struct office *o = *state;
	json_t *reply, *key;

	begin(o, module_path(), "");
	start(o, module_path());
	assert_int_equal(office_ask(o, SIGNER_MSG_KEYS, json_pack("{s:s}", "key", "t2"), &reply), SIGNER_MSG_KEYS);
	assert_int_equal(json_array_size(json_object_get(reply, "keys")), 1);
	key = json_array_get(json_object_get(reply, "keys"), 0);
	assert_string_equal(json_string_value(json_object_get(key, "kind")), "p11");
	assert_string_equal(json_string_value(json_object_get(key, "algorithm")), "ecdsa-p256");
	json_decref(reply);
	expect_signed(o, "t1", PIN, 3, LEADER1);
	expect_signed(o, "t2", PIN, 3, LEADER2);
	expect_signed(o, "leader1", LEADER1_PIN, 1, LEADER1);
	expect_refused(o, "t1", "000000", "denied", "pin.wrong");
	expect_refused(o, "t1", "", "invalid", "pin.missing");
	/* the wrong one let nobody in */
	expect_refused(o, "t1", "000001", "denied", "pin.wrong");
	expect_signed(o, "t1", PIN, 1, LEADER1);
	assert_int_equal(office_count_decisions(o, "signed"), 4);
}

/* What names no token, or several, or a module that is not configured, or a token without this key. */
static void
test_wrong_tokens(void **state)
{
	struct office *o = *state;

	begin(o, module_path(), "");
	add_token_key(o, "absent", "leader1", module_path(), "label = \"Nobody\"");
	add_token_key(o, "several", "leader1", module_path(), "");
	add_token_key(o, "elsewhere", "leader1", "/usr/lib/other.so", "");
	add_token_key(o, "other", "leader1", module_path(), "label = \"Lãnh đạo 2\"");
	start(o, module_path());
	expect_refused(o, "absent", PIN, "unavailable", "token.absent");
	expect_refused(o, "several", PIN, "unavailable", "token.several");
	expect_refused(o, "elsewhere", PIN, "unsupported", "token.module");
	expect_refused(o, "other", PIN, "not-found", "token.no-key");
	expect_signed(o, "t1", PIN, 1, LEADER1);
}

/* RSASSA-PSS by the token's own mechanism, and by raw RSA where it has none. */
static void
test_pss(void **state)
{
	struct office *o = *state;
	char path[256];

	begin(o, shim, "");
	snprintf(path, sizeof(path), "%s/data/keys/t1.conf", o->dir);
	write_text(path, "key { scheme = \"pss\" }\n");
	start(o, shim);
	expect_signed(o, "t1", PIN, 2, LEADER1);
	office_stop(o, SIGTERM);
	setenv("P11_SHIM_RAW", "1", 1);
	start(o, shim);
	expect_signed(o, "t1", PIN, 2, LEADER1);
}

/* Keys that want the PIN before each signature (CKA_ALWAYS_AUTHENTICATE). */
static void
test_always_authenticate(void **state)
{
	struct office *o = *state;

	begin(o, shim, "--always-auth");
	count_logins(o);
	start(o, shim);
	expect_signed(o, "t1", PIN, 3, LEADER1);
	assert_int_equal(logins(o), 4); /* one for the token, one for each signature */
}

static void
test_pin_pad(void **state)
{
	struct office *o = *state;

	begin(o, shim, "");
	add_token_key(o, "t1", "leader1", shim, "label = \"Lãnh đạo 1\"\n pin_pad = true");
	setenv("P11_SHIM_PAD", PIN, 1);
	count_logins(o);
	start(o, shim);
	expect_refused(o, "t1", PIN, "invalid", "pin.at-reader"); /* no PIN may travel that has a pad */
	expect_refused(o, "t2", PIN, "invalid", "pin.at-reader"); /* the token says so, the file does not */
	assert_int_equal(logins(o), 0);
	expect_signed(o, "t1", "", 2, LEADER1);
	assert_int_equal(logins(o), 1);
}

/* A wrong PIN is tried once for a batch, and not at all when it could be the last one. */
static void
test_never_locks(void **state)
{
	struct office *o = *state;

	begin(o, shim, "");
	count_logins(o);
	start(o, shim);
	expect_refused(o, "t1", "000000", "denied", "pin.wrong");
	assert_int_equal(logins(o), 1);
	office_stop(o, SIGTERM);
	setenv("P11_SHIM_FINAL", "1", 1);
	start(o, shim);
	expect_refused(o, "t1", PIN, "locked", "token.final-try");
	assert_int_equal(logins(o), 1);
	add_token_key(o, "t3", "leader1", shim, "label = \"Lãnh đạo 1\"\n last_try = true");
	expect_signed(o, "t3", PIN, 1, LEADER1);
	assert_int_equal(logins(o), 2);
	office_stop(o, SIGTERM);
	setenv("P11_SHIM_LOCKED", "1", 1);
	start(o, shim);
	expect_refused(o, "t3", PIN, "locked", "token.locked");
	assert_int_equal(logins(o), 2);
}

/* Pulled out after three of five: these are handed out and recorded, the rest is said to be skipped, and the token is not asked again. */
static void
test_removed(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("t2", PIN, 3, 5);
	json_t *reply, *record;

	begin(o, shim, "");
	setenv("P11_SHIM_REMOVED", "3", 1);
	start(o, shim);
	assert_int_equal(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), SIGNER_MSG_SIGN);
	assert_int_equal(json_array_size(json_object_get(reply, "cms")), 3);
	assert_string_equal(json_string_value(json_object_get(reply, "skipped")), "token.removed");
	for (size_t i = 0; i < 3; i++)
		assert_true(office_is_signed(json_string_value(json_array_get(json_object_get(reply, "cms"), i)), 3 + i, LEADER2));
	json_decref(reply);
	record = office_last_decision(o);
	assert_string_equal(json_string_value(json_object_get(record, "decision")), "signed");
	assert_int_equal(json_integer_value(json_object_get(record, "count")), 5);
	assert_int_equal(json_integer_value(json_object_get(record, "signed")), 3);
	assert_string_equal(json_string_value(json_object_get(record, "skipped")), "token.removed");
	assert_int_equal(json_array_size(json_object_get(record, "digests")), 5);
	json_decref(record);
	/* the approval is used up, also for the rest */
	assert_refused(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), reply, "duplicate", "activation.replayed");
	json_decref(reply);
	expect_refused(o, "t2", PIN, "unavailable", "token.absent");
	activation_free(a);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, office_close)
	const struct CMUnitTest tests[] = {
		T(test_tokens),
		T(test_wrong_tokens),
		T(test_pss),
		T(test_always_authenticate),
		T(test_pin_pad),
		T(test_never_locks),
		T(test_removed),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(300);
	return cmocka_run_group_tests_name("signer_token", tests, NULL, NULL);
}
