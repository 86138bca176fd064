/* congvan-signer over its socket: what it does for an honest congvand, through restarts, crashes
 * and broken clients. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <openssl/evp.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "signer/sandbox.h"
#include "tests/unit/signer_fixture.h"

#define LEADER1 "CN=Nguyễn Văn Mẫu"
#define LEADER2 "CN=Trần Thị Thử"
#define ROUNDS 12

static const char *
text_of(const json_t *object, const char *member)
{
	const char *s = json_string_value(json_object_get(object, member));

	assert_non_null(s);
	return s;
}

static void
test_hello_and_keys(void **state)
{
	struct office *o = *state;
	json_t *hello = office_hello(o), *reply, *key, *log_key = json_object_get(hello, "log_key");

	assert_int_equal(json_integer_value(json_object_get(hello, "version")), 2);
	assert_int_equal(strlen(text_of(hello, "activation_key")), 130);
	assert_string_equal(text_of(log_key, "name"), "demo.invalid/log");
	assert_string_equal(text_of(log_key, "algorithm"), "ed25519");
	assert_int_equal(strlen(text_of(log_key, "public")), 44);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(hello, "record"), "seq")), 1);
	json_decref(hello);

	assert_int_equal(office_ask(o, SIGNER_MSG_KEYS, json_object(), &reply), SIGNER_MSG_KEYS);
	assert_int_equal(json_array_size(json_object_get(reply, "keys")), 2);
	key = json_array_get(json_object_get(reply, "keys"), 0);
	assert_string_equal(text_of(key, "id"), "leader1");
	assert_string_equal(text_of(key, "subject"), "Nguyễn Văn Mẫu");
	assert_string_equal(text_of(key, "organ"), "Quận ủy Demo");
	assert_string_equal(text_of(key, "algorithm"), "rsa-2048");
	assert_string_equal(text_of(key, "digest"), "SHA256");
	assert_string_equal(text_of(key, "state"), "ready");
	assert_string_equal(text_of(key, "kind"), "p12");
	assert_string_equal(text_of(key, "not_after"), "2035-12-31T23:59:59.000000Z");
	assert_int_equal(json_array_size(json_object_get(key, "chain")), 2);
	key = json_array_get(json_object_get(reply, "keys"), 1);
	assert_string_equal(text_of(key, "algorithm"), "ecdsa-p256");
	json_decref(reply);
}

static void
sign_and_check(struct office *o, const char *key, const char *pin, const char *subject,
	enum signer_format f)
{
	struct activation *a = office_activation(key, pin, 7, 3);
	json_t *reply, *list, *record;

	assert_int_equal(office_sign(o, a, f, &reply), SIGNER_MSG_SIGN);
	list = json_object_get(reply, "cms");
	assert_int_equal(json_array_size(list), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_true(office_is_signed(
			json_string_value(json_array_get(list, i)), 7 + i, subject));
		assert_false(office_is_signed(
			json_string_value(json_array_get(list, i)), 8 + i, subject));
	}
	record = office_last_decision(o);
	assert_string_equal(text_of(record, "decision"), "signed");
	assert_string_equal(text_of(record, "key"), key);
	assert_string_equal(text_of(record, "nonce"), a->nonce);
	assert_string_equal(
		text_of(record, "format"), f == SIGNER_FORMAT_PADES ? "pades" : "cades");
	assert_int_equal(json_integer_value(json_object_get(record, "count")), 3);
	assert_string_equal(json_string_value(json_array_get(json_object_get(record, "titles"), 1)),
		"8-CV/QU Về việc thử");
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(record, "peer"), "uid")),
		getuid());
	assert_null(json_object_get(record, "pin"));
	assert_null(json_object_get(record, "asked"));
	assert_true(json_integer_value(json_object_get(record, "seq")) ==
		json_integer_value(json_object_get(json_object_get(reply, "record"), "seq")));
	json_decref(record);
	json_decref(reply);
	activation_free(a);
}

static void
test_sign(void **state)
{
	sign_and_check(*state, "leader1", LEADER1_PIN, LEADER1, SIGNER_FORMAT_PADES);
	sign_and_check(*state, "leader1", LEADER1_PIN, LEADER1, SIGNER_FORMAT_CADES);
	sign_and_check(*state, "leader2", LEADER2_PIN, LEADER2, SIGNER_FORMAT_PADES);
	sign_and_check(*state, "leader2", LEADER2_PIN, LEADER2, SIGNER_FORMAT_CADES);
}

/* The largest batch, whose answer does not fit a frame; another client is served while it runs. */
static void
test_batch(void **state)
{
	struct office *o = *state, second = *o;
	struct activation *a = office_activation("leader1", LEADER1_PIN, 0, ACTIVATION_DIGESTS);
	char *sealed = office_seal(o, a);
	json_t *reply, *list, *request;

	second.fd = -1;
	second.pid = 0;
	json_decref(office_hello(&second));
	request =
		signer_sign_encode(sealed, a->digests, a->count, SIGNER_FORMAT_PADES, clock_now());
	office_send(o, SIGNER_MSG_SIGN, request);
	json_decref(request);
	assert_int_equal(
		office_ask(&second, SIGNER_MSG_KEYS, json_object(), &reply), SIGNER_MSG_KEYS);
	json_decref(reply);
	office_disconnect(&second);
	assert_int_equal(office_receive(o, &reply), SIGNER_MSG_SIGN);
	list = json_object_get(reply, "cms");
	assert_int_equal(json_array_size(list), ACTIVATION_DIGESTS);
	for (size_t i = 0; i < ACTIVATION_DIGESTS; i += 111)
		assert_true(
			office_is_signed(json_string_value(json_array_get(list, i)), i, LEADER1));
	json_decref(reply);
	free(sealed);
	activation_free(a);
}

/* A large list of two forms: the file that it comes in has the certificates once, whatever the form. */
static void
test_large_and_mixed(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, ACTIVATION_DIGESTS);
	char *sealed;
	json_t *reply, *list;

	assert_non_null(a->formats = calloc(a->count, sizeof(*a->formats)));
	for (size_t i = 0; i < a->count; i++)
		a->formats[i] = i % 3 == 0 ? SIGNER_FORMAT_CADES : SIGNER_FORMAT_PADES;
	sealed = office_seal(o, a);
	assert_int_equal(office_ask(o, SIGNER_MSG_SIGN, signer_sign_encode_each(sealed, a->digests, a->formats, a->count, clock_now()), &reply), SIGNER_MSG_SIGN);
	list = json_object_get(reply, "cms");
	assert_int_equal(json_array_size(list), ACTIVATION_DIGESTS);
	for (size_t i = 0; i < ACTIVATION_DIGESTS; i += 37)
		assert_true(office_is_signed(json_string_value(json_array_get(list, i)), i, LEADER2));
	json_decref(reply);
	free(sealed);
	activation_free(a);
}

/* A client that goes away in the middle: nothing comes of it, and that is recorded. */
static void
test_client_gone(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader1", LEADER1_PIN, 0, ACTIVATION_DIGESTS);
	char *sealed = office_seal(o, a);
	json_t *request, *record = NULL;

	request =
		signer_sign_encode(sealed, a->digests, a->count, SIGNER_FORMAT_PADES, clock_now());
	office_send(o, SIGNER_MSG_SIGN, request);
	json_decref(request);
	office_disconnect(o);
	for (int i = 0; i < 500 && (record = office_last_decision(o)) == NULL; i++)
		usleep(10000);
	assert_non_null(record);
	assert_string_equal(text_of(record, "decision"), "refused");
	assert_string_equal(text_of(record, "why"), "signing.cancelled");
	json_decref(record);
	free(sealed);
	activation_free(a);
	json_decref(office_hello(o));
}

/* The activation key is the same after a restart, a used activation stays used, and the record goes
 * on. */
static void
test_restart(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 1);
	unsigned char pinned[65];
	json_t *reply;
	int status;

	memcpy(pinned, o->activation_key, sizeof(pinned));
	assert_int_equal(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), SIGNER_MSG_SIGN);
	json_decref(reply);
	status = office_stop(o, SIGTERM);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	office_start(o, "");
	assert_memory_equal(pinned, o->activation_key, sizeof(pinned));
	assert_refused(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), reply, "duplicate",
		"activation.replayed");
	json_decref(reply);
	activation_free(a);
	a = office_activation("leader2", LEADER2_PIN, 0, 1);
	assert_int_equal(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), SIGNER_MSG_SIGN);
	json_decref(reply);
	activation_free(a);
}

/* kill -9 at odd moments: every answered signature is in the record, the chain holds, used
 * activations stay used. */
static void
test_killed(void **state)
{
	struct office *o = *state;
	clock_us begin = clock_monotonic(), usual;
	int answered = 1;

	sign_and_check(o, "leader2", LEADER2_PIN, LEADER2, SIGNER_FORMAT_PADES);
	usual = clock_monotonic() -
		begin; /* with checking: longer than the signing that is to be hit */
	for (int round = 0; round < ROUNDS; round++) {
		struct activation *a = office_activation("leader2", LEADER2_PIN, 0, 20);
		char *sealed = office_seal(o, a);
		json_t *request, *reply;
		unsigned type;
		pid_t killer;

		request = signer_sign_encode(
			sealed, a->digests, a->count, SIGNER_FORMAT_PADES, clock_now());
		killer = fork();
		if (killer == 0) {
			/* the last one long after the answer, however busy the machine is */
			usleep((useconds_t)(round == ROUNDS - 1 ? usual * 2 + 5000000 : usual * 2 * round / ROUNDS));
			kill(o->pid, SIGKILL);
			_exit(0);
		}
		office_send(o, SIGNER_MSG_SIGN, request);
		type = office_receive(o, &reply);
		answered += type == SIGNER_MSG_SIGN;
		json_decref(reply);
		waitpid(killer, NULL, 0);
		office_stop(o, SIGKILL);
		office_start(o, "");
		assert_true(office_count_decisions(o, "signed") >= answered);
		if (type == SIGNER_MSG_SIGN)
			assert_refused(office_ask(o, SIGNER_MSG_SIGN, json_incref(request), &reply),
				reply, "duplicate", "activation.replayed");
		else
			reply = NULL;
		json_decref(reply);
		json_decref(request);
		free(sealed);
		activation_free(a);
	}
	assert_true(answered > 1 && answered <= ROUNDS);
}

static void
expect_closed(struct office *o, const void *bytes, size_t len)
{
	json_t *reply;

	assert_int_equal(send(o->fd, bytes, len, MSG_NOSIGNAL), len);
	shutdown(o->fd, SHUT_WR);
	assert_int_equal(office_receive(o, &reply), 0);
}

static void
put_frame(struct buf *b, unsigned type, unsigned fds, const char *payload)
{
	buf_put_u32(b, (uint32_t)strlen(payload) + 8);
	buf_put_byte(b, FRAME_VERSION);
	buf_put_byte(b, (unsigned char)type);
	buf_put_byte(b, (unsigned char)fds);
	buf_put_byte(b, 0);
	buf_put_u32(b, 1);
	buf_put_str(b, payload);
}

/* Unknown, early, malformed, trailing: the connection ends without a word, and the signer goes on.
 */
static void
test_broken_clients(void **state)
{
	static const struct {
		bool hello;
		unsigned type;
		const char *payload;
	} rows[] = {
		{false, SIGNER_MSG_KEYS, "{}"}, /* early */
		{false, SIGNER_MSG_SIGN, "{}"},
		{false, SIGNER_MSG_HELLO, "{\"a\":1}"},
		{false, SIGNER_MSG_HELLO, "[]"},
		{false, SIGNER_MSG_HELLO, ""},
		{false, 0, "{}"},
		{true, 0, "{}"}, /* unknown */
		{true, 6, "{}"},
		{true, SIGNER_MSG_ERROR, "{}"},
		{true, 255, "{}"},
		{true, SIGNER_MSG_KEYS,
			"{} "
			"{}"}, /* trailing */
		{true, SIGNER_MSG_KEYS, "{}x"},
		{true, SIGNER_MSG_KEYS, "{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":1}}}}}"},
		{true, SIGNER_MSG_KEYS, "[[[[[[[[[[[[[[[["},
		{true, SIGNER_MSG_KEYS, "{\"a\":\"\xff\"}"},
		{true, SIGNER_MSG_KEYS, "{\"a\":1,\"a\":2}"},
		{true, SIGNER_MSG_SIGN, "{}"},
		{true, SIGNER_MSG_SIGN,
			"{\"activation\":\"\",\"digests\":[],\"format\":\"pades\","
			"\"time\":\"2026-11-24T06:25:54Z\"}"},
		{true, SIGNER_MSG_SIGN,
			"{\"activation\":\"!\",\"digests\":[\"00\"],\"format\":\"pades\","
			"\"time\":\"2026-11-24T06:25:54Z\"}"},
		{true, SIGNER_MSG_CHECKPOINT, "{\"note\":1}"},
		{true, SIGNER_MSG_CHECKPOINT, "{\"note\":\"a\",\"more\":1}"},
		{true, SIGNER_MSG_UNLOCK, "{\"key\":\"../leader1\"}"},
	};
	struct office *o = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;

		buf_init(&b, 4096);
		if (rows[i].hello)
			json_decref(office_hello(o));
		else
			office_connect(o);
		put_frame(&b, rows[i].type, 0, rows[i].payload);
		expect_closed(o, b.data, b.len);
		buf_free(&b);
	}
	json_decref(office_hello(o));
}

static void
test_broken_frames(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{"\xff\xff\xff\xff\x01\x02\x00\x00\x00\x00\x00\x01",
			12}, /* longer than any frame */
		{"\x00\x00\x00\x0a\x02\x02\x00\x00\x00\x00\x00\x01{}", 14}, /* another version */
		{"\x00\x00\x00\x0a\x01\x02\x01\x00\x00\x00\x00\x01{}",
			14}, /* a descriptor that is not there */
		{"\x00\x00\x00\x0a\x01\x02\x00\x01\x00\x00\x00\x01{}", 14}, /* not zero */
		{"\x00\x00\x00\x0a\x01\x02\x00\x00\x00\x00\x00\x01{", 13},  /* cut short */
		{"\x00\x00", 2},
	};
	struct office *o = *state;
	struct frame f = {
		.type = SIGNER_MSG_KEYS, .id = 1, .payload = {(const unsigned char *)"{}", 2}};
	json_t *reply;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_decref(office_hello(o));
		expect_closed(o, rows[i].bytes, rows[i].len);
	}
	/* A document, so to speak, handed over with a good message. */
	json_decref(office_hello(o));
	f.fds[0] = 0;
	f.fd_count = 1;
	assert_int_equal(frame_write(o->out, &f), STATUS_OK);
	assert_int_equal(frame_flush(o->out), STATUS_OK);
	assert_int_equal(office_receive(o, &reply), 0);
	json_decref(office_hello(o));
}

static const char note1[] = "demo.invalid/log\n5\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
static const char note2[] = "demo.invalid/log\n7\nAQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
static const char other2[] = "demo.invalid/log\n7\nAgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";

static unsigned
ask_checkpoint(struct office *o, const char *note, json_t **reply)
{
	return office_ask(o, SIGNER_MSG_CHECKPOINT, json_pack("{s:s}", "note", note), reply);
}

/* The line is a signature of C2SP signed-note: key id, then Ed25519 over the note. */
static void
check_signature(const char *line, const char *note, const char *public_base64)
{
	const char *base64 = strrchr(line, ' ') + 1;
	unsigned char *value = NULL, *public_key = NULL, id_input[128];
	size_t len, n = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct digest id;
	EVP_PKEY *key;

	assert_int_equal(strncmp(line, "— demo.invalid/log ", strlen("— demo.invalid/log ")), 0);
	assert_true(base64_decode(base64, strlen(base64), &value, &len));
	assert_int_equal(len, 68);
	assert_true(base64_decode(public_base64, strlen(public_base64), &public_key, &len));
	assert_int_equal(len, 32);
	n = strlen("demo.invalid/log\n");
	memcpy(id_input, "demo.invalid/log\n", n);
	id_input[n++] = 1;
	memcpy(id_input + n, public_key, 32);
	id = digest_of(id_input, n + 32);
	assert_memory_equal(value, id.bytes, 4);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key, 32);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key), 1);
	assert_int_equal(
		EVP_DigestVerify(ctx, value + 4, 64, (const unsigned char *)note, strlen(note)), 1);
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
	free(value);
	free(public_key);
}

static void
test_checkpoint(void **state)
{
	static const struct {
		const char *note, *status, *why;
	} rows[] = {
		{note1, "conflict", "checkpoint.shrinks"},
		{other2, "conflict", "checkpoint.differs"},
		{"other.invalid/log\n9\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "denied",
			"checkpoint.origin"},
		{"demo.invalid/log", "malformed", "checkpoint.form"},
		{"demo.invalid/log\n9\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore\n",
			"malformed", "checkpoint.form"},
		{"demo.invalid/log\n", "malformed", "checkpoint.form"},
		{"demo.invalid/log\n09\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
			"malformed", "checkpoint.form"},
		{"demo.invalid/log\n-9\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
			"malformed", "checkpoint.form"},
		{"demo.invalid/log\n9\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "malformed",
			"checkpoint.form"},
		{"demo.invalid/log\n9\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n",
			"malformed", "checkpoint.form"},
		{"demo.invalid/log\n9\nAAAA\n", "malformed", "checkpoint.form"},
		{"demo.invalid/"
		 "log\n99999999999999999999\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n",
			"malformed", "checkpoint.form"},
	};
	struct office *o = *state;
	json_t *hello = office_hello(o), *reply;
	const char *public_key = text_of(json_object_get(hello, "log_key"), "public");

	assert_int_equal(ask_checkpoint(o, note1, &reply), SIGNER_MSG_CHECKPOINT);
	check_signature(text_of(reply, "signature"), note1, public_key);
	json_decref(reply);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(ask_checkpoint(o, note2, &reply), SIGNER_MSG_CHECKPOINT);
		check_signature(text_of(reply, "signature"), note2, public_key);
		json_decref(reply);
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			assert_refused(ask_checkpoint(o, rows[i].note, &reply), reply,
				rows[i].status, rows[i].why);
			json_decref(reply);
		}
		office_stop(o, SIGKILL); /* what was signed last is not forgotten */
		office_start(o, "");
	}
	json_decref(hello);
}

/* The private file holds another key than the one published. */
static void
test_mismatched_key(void **state)
{
	struct office *o = *state;
	struct activation *a = office_activation("leader1", LEADER2_PIN, 0, 1);
	char from[128], to[128];
	json_t *reply;

	snprintf(from, sizeof(from), "%s/data/keys/leader2.p12", o->dir);
	snprintf(to, sizeof(to), "%s/data/keys/leader1.p12", o->dir);
	assert_int_equal(rename(from, to), 0);
	assert_refused(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), reply, "conflict",
		"signing_key.mismatch");
	json_decref(reply);
	activation_free(a);
}

/* A new key is there without a restart; a key taken away is gone. */
static void
test_keys_change(void **state)
{
	struct office *o = *state;
	struct activation *a;
	char path[128], moved[128];
	json_t *reply;

	snprintf(path, sizeof(path), "%s/data/keys/leader2.pem", o->dir);
	snprintf(moved, sizeof(moved), "%s/leader2.pem", o->dir);
	assert_int_equal(rename(path, moved), 0);
	a = office_activation("leader2", LEADER2_PIN, 0, 1);
	assert_refused(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), reply, "not-found",
		"signing_key.unknown");
	json_decref(reply);
	activation_free(a);
	assert_int_equal(rename(moved, path), 0);
	a = office_activation("leader2", LEADER2_PIN, 0, 1);
	assert_int_equal(office_sign(o, a, SIGNER_FORMAT_PADES, &reply), SIGNER_MSG_SIGN);
	json_decref(reply);
	activation_free(a);
}

/* After a damaged record nothing is signed: the signer does not start. */
static void
test_damaged_record(void **state)
{
	struct office *o = *state;
	char path[128];
	int status, fd;

	sign_and_check(o, "leader2", LEADER2_PIN, LEADER2, SIGNER_FORMAT_PADES);
	office_stop(o, SIGTERM);
	snprintf(path, sizeof(path), "%s/data/record/sign-0000000000000001.log", o->dir);
	fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "#", 1, 40), 1);
	close(fd);
	o->pid = fork();
	if (o->pid == 0) {
		char program[512], conf[128];

		snprintf(program, sizeof(program), "%s/signer/congvan-signer",
			getenv("CONGVAN_BUILDDIR"));
		snprintf(conf, sizeof(conf), "%s/conf", o->dir);
		close(2);
		execl(program, program, "--config", conf, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
	o->pid = 0;
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

/* In the sandbox: no new socket, no program, no file outside; the folder given may be written. */
static void
test_sandbox(void **state)
{
	struct office *o = *state;
	int status;
	pid_t pid;

	for (int what = 0; what < 4; what++) {
		pid = fork();
		if (pid == 0) {
			char path[128];
			int bad = 0;

			close(2);
			if (sandbox_enter(o->dir, o->dir, NULL) != STATUS_OK)
				_exit(9);
			snprintf(path, sizeof(path), "%s/written", o->dir);
			switch (what) {
			case 0:
				bad = socket(AF_UNIX, SOCK_STREAM, 0) >= 0;
				break;
			case 1:
				bad = execl("/bin/true", "true", (char *)NULL) == 0;
				break;
			case 2:
				bad = open("/etc/passwd", O_RDONLY) >= 0;
				break;
			default:
				bad = open(path, O_WRONLY | O_CREAT, 0600) < 0;
				break;
			}
			_exit(bad);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (WIFSIGNALED(status))
			assert_int_equal(WTERMSIG(status), SIGSYS);
		else
			assert_int_equal(WEXITSTATUS(status), 0);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)
	const struct CMUnitTest tests[] = {
		T(test_hello_and_keys),
		T(test_sign),
		T(test_batch),
		T(test_large_and_mixed),
		T(test_client_gone),
		T(test_restart),
		T(test_killed),
		T(test_broken_clients),
		T(test_broken_frames),
		T(test_checkpoint),
		T(test_mismatched_key),
		T(test_keys_change),
		T(test_damaged_record),
		T(test_sandbox),
	};

	signal(SIGPIPE, SIG_IGN);
	alarm(300); /* rather fail than hang */
	return cmocka_run_group_tests_name("signer", tests, NULL, NULL);
}
