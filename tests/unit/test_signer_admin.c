/* congvan-signer for its administrator: keys come in, lockouts end, the record is checked; and who
 * may ask what, by user. */
#include "config.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/wire/activation.h"
#include "tests/unit/signer_fixture.h"

#define SIGNER_USER 65501 /* numbers nobody has */
#define OFFICE_USER 65502
#define OTHER_USER 65503

static void
pki(const char *name, char to[512])
{
	snprintf(to, 512, "%s/tests/data/pki/%s", getenv("CONGVAN_BUILDDIR"), name);
}

static bool
output_has(const struct office *o, const char *text)
{
	char path[128], bytes[8192];
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "%s/output", o->dir);
	in = fopen(path, "r");
	assert_non_null(in);
	n = fread(bytes, 1, sizeof(bytes) - 1, in);
	bytes[n] = '\0';
	fclose(in);
	return strstr(bytes, text) != NULL;
}

static int
import(const struct office *o, const char *pin, const char *file, const char *id)
{
	char path[512], arguments[640];

	pki(file, path);
	snprintf(arguments, sizeof(arguments), "--iterations 3000 --import-p12 '%s' --id %s",
		file[0] == '/' ? file : path, id);
	return office_run(o, pin, arguments);
}

static unsigned
sign_one(struct office *o, const char *key, const char *pin, json_t **reply)
{
	struct activation *a = office_activation(key, pin, 5, 1);
	unsigned type = office_sign(o, a, SIGNER_FORMAT_PADES, reply);

	activation_free(a);
	return type;
}

/* The running signer has the key at once; the chain is without the root. */
static void
test_import(void **state)
{
	struct office *o = *state;
	char path[128];
	struct stat sb;
	json_t *reply;

	assert_int_equal(import(o, "333333", "leader3.p12", "pho-bi-thu.2"), 0);
	snprintf(path, sizeof(path), "%s/data/keys/pho-bi-thu.2.p12", o->dir);
	assert_int_equal(stat(path, &sb), 0);
	assert_int_equal(sb.st_mode & 0777, 0600);
	assert_int_equal(sign_one(o, "pho-bi-thu.2", "333333", &reply), SIGNER_MSG_SIGN);
	assert_true(office_is_signed(
		json_string_value(json_array_get(json_object_get(reply, "cms"), 0)), 5,
		"CN=Lê Minh Họa"));
	json_decref(reply);
	assert_refused(sign_one(o, "pho-bi-thu.2", "333334", &reply), reply, "denied", "pin.wrong");
	json_decref(reply);
}

static void
test_import_refuses(void **state)
{
	static const struct {
		const char *pin, *file, *id, *says;
	} rows[] = {
		{"333333", "leader3.p12", "leader1", "id is already there"},
		{"333334", "leader3.p12", "x", "Wrong PIN"},
		{"3333", "leader3.p12", "x", "too short"},
		{"333333", "leader3.pem", "x", "cannot be read"},
		{"333333", "none.p12", "x", "cannot be read"},
		{"333333", "leader3.p12", "../x", "id is not valid"},
		{"333333", "leader3.p12", "X", "id is not valid"},
	};
	struct office *o = *state;
	json_t *reply;

	setenv("LANG", "en_US.UTF-8", 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(import(o, rows[i].pin, rows[i].file, rows[i].id), 1);
		assert_true(output_has(o, rows[i].says));
		assert_false(output_has(o, rows[i].pin));
	}
	assert_int_equal(office_ask(o, SIGNER_MSG_KEYS, json_object(), &reply), SIGNER_MSG_KEYS);
	assert_int_equal(json_array_size(json_object_get(reply, "keys")), 2);
	json_decref(reply);
}

/* Certificate authorities still hand out RC2 and 3DES: such a file comes in and is stored in a form
 * of today. */
static void
test_import_old_form(void **state)
{
	struct office *o = *state;
	char cert[512], key[512], command[2048], file[128];
	json_t *reply;

	pki("leader2.pem", cert);
	pki("leader2.key", key);
	snprintf(file, sizeof(file), "%s/old.p12", o->dir);
	snprintf(command, sizeof(command),
		"openssl pkcs12 -export -legacy -in '%s' -inkey '%s' -passout pass:424242 -out %s",
		cert, key, file);
	assert_int_equal(system(command), 0);
	assert_int_equal(import(o, "424242", file, "old"), 0);
	assert_int_equal(sign_one(o, "old", "424242", &reply), SIGNER_MSG_SIGN);
	json_decref(reply);
}

static void
test_commands(void **state)
{
	struct office *o = *state;
	json_t *reply;
	char key[131], code[ACTIVATION_KEY_CODE];

	setenv("LANG", "en_US.UTF-8", 1);
	for (size_t i = 0; i < 65; i++)
		snprintf(key + 2 * i, 3, "%02x", o->activation_key[i]);
	assert_int_equal(office_run(o, "", "--public-key"), 0);
	assert_true(output_has(o, key));
	activation_key_code(o->activation_key, code);
	assert_true(output_has(o, code));
	assert_refused(sign_one(o, "leader1", "000000", &reply), reply, "denied", "pin.wrong");
	json_decref(reply);
	assert_int_equal(office_run(o, "", "--unlock leader1"), 0);
	assert_refused(sign_one(o, "leader1", "000000", &reply), reply, "denied", "pin.wrong");
	assert_int_equal(json_integer_value(json_object_get(reply, "attempts_left")), 9);
	json_decref(reply);
	assert_int_equal(office_run(o, "", "--unlock nobody"), 1);
	assert_true(output_has(o, "No such signing key"));
	assert_int_equal(office_run(o, "", "--verify-record"), 0);
	assert_true(output_has(o, "4 ")); /* start, refused, unlock, refused */
	assert_int_equal(office_run(o, "", "--no-such-option"), 2);
	assert_int_equal(office_run(o, "", "--import-p12 x"), 2);
	office_stop(o, SIGTERM);
	assert_int_equal(office_run(o, "", "--public-key"), 1);
}

/* Two signers with one folder: the second one does not start. */
static void
test_second_signer(void **state)
{
	assert_int_equal(office_run(*state, "", ""), 1);
}

static void
test_bad_settings(void **state)
{
	static const char *const rows[] = {"attempts { free = 0 }",
		"attempts { free = 9\n most = 5 }", "signer { user = \"root\" }",
		"signer { clients = \"no-such-user-here\" }", "signer { no_such_key = 1 }",
		"signer { socket = \"\" }", "evidence { origin = \"two words\" }", "signer {"};
	struct office *o = *state;
	char path[128];

	office_stop(o, SIGTERM);
	snprintf(path, sizeof(path), "%s/conf", o->dir);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *out = fopen(path, "w");

		fputs(rows[i], out);
		fclose(out);
		assert_int_equal(office_run(o, "", "--verify-record"), 1);
		assert_true(output_has(o, "error: "));
	}
}

/* --- users; as root only --- */

/* Types of the answers to HELLO and then to this, asked by this user; 0 for a closed connection,
 * 999 when it could not connect. */
static int
asked_by(const struct office *o, uid_t uid, unsigned type, const char *request, int *second)
{
	int ends[2], answers[2] = {999, 999};
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		struct sockaddr_un to = {.sun_family = AF_UNIX};
		struct frame f = {.type = SIGNER_MSG_HELLO,
			.id = 1,
			.payload = {(const unsigned char *)"{}", 2}};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		struct frame_reader *in = frame_reader_new(fd);
		struct frame_writer *out = frame_writer_new(fd, FRAME_MAX);

		strcpy(to.sun_path, o->socket);
		if (setgroups(0, NULL) != 0 ||
			setresgid(OFFICE_USER, OFFICE_USER, OFFICE_USER) != 0 ||
			setresuid(uid, uid, uid) != 0)
			_exit(1);
		if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0) {
			for (int i = 0; i < 2; i++) {
				(void)!frame_write(out, &f);
				(void)!frame_flush(out);
				if (frame_read(in, &f) != STATUS_OK) {
					answers[i] = 0;
					break;
				}
				answers[i] = f.type;
				f = (struct frame){.type = (uint8_t)type,
					.id = 2,
					.payload = {
						(const unsigned char *)request, strlen(request)}};
			}
		}
		(void)!write(ends[1], answers, sizeof(answers));
		_exit(0);
	}
	close(ends[1]);
	assert_int_equal(read(ends[0], answers, sizeof(answers)), sizeof(answers));
	close(ends[0]);
	waitpid(pid, NULL, 0);
	*second = answers[1];
	return answers[0];
}

static void
test_users(void **state)
{
	struct office *o = *state;
	char command[256], path[64];
	json_t *reply;
	int second;

	if (getuid() != 0)
		skip();
	office_stop(o, SIGTERM);
	snprintf(command, sizeof(command), "chmod 711 %s && chown -R %d:%d %s/data", o->dir,
		SIGNER_USER, SIGNER_USER, o->dir);
	assert_int_equal(system(command), 0);
	o->signer_lines = "user = \"65501\"\n group = \"65502\"\n clients = \"65502\"";
	office_start(o, "");
	/* root brings in a key for it */
	assert_int_equal(import(o, "333333", "leader3.p12", "leader3"), 0);
	json_decref(office_hello(o));
	assert_int_equal(sign_one(o, "leader3", "333333", &reply), SIGNER_MSG_SIGN);
	json_decref(reply);
	snprintf(path, sizeof(path), "/proc/%d", (int)o->pid);
	snprintf(command, sizeof(command),
		"grep -q '^Uid:.65501.65501.65501.65501' %s/status && "
		"grep -q '^Groups:.*[^0-9 \t]*$' %s/status",
		path, path);
	assert_int_equal(system(command), 0);
	/* congvand's user may ask, but has no say in lockouts */
	assert_int_equal(
		asked_by(o, OFFICE_USER, SIGNER_MSG_KEYS, "{}", &second), SIGNER_MSG_HELLO);
	assert_int_equal(second, SIGNER_MSG_KEYS);
	assert_int_equal(
		asked_by(o, OFFICE_USER, SIGNER_MSG_UNLOCK, "{\"key\":\"leader1\"}", &second),
		SIGNER_MSG_HELLO);
	assert_int_equal(second, 0);
	/* a user not named may not ask at all, even with the group's access to the socket */
	assert_int_equal(asked_by(o, OTHER_USER, SIGNER_MSG_KEYS, "{}", &second), 0);
	/* the signer's own user may unlock */
	assert_int_equal(
		asked_by(o, SIGNER_USER, SIGNER_MSG_UNLOCK, "{\"key\":\"leader1\"}", &second),
		SIGNER_MSG_HELLO);
	assert_int_equal(second, SIGNER_MSG_UNLOCK);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)
	const struct CMUnitTest tests[] = {
		T(test_import),
		T(test_import_refuses),
		T(test_import_old_form),
		T(test_commands),
		T(test_second_signer),
		T(test_bad_settings),
		T(test_users),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(300); /* rather fail than hang */
	return cmocka_run_group_tests_name("signer_admin", tests, NULL, NULL);
}
