/* signer_fixture: see signer_fixture.h. */
#include "tests/unit/signer_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "lib/base/secret.h"

static const char *
build_dir(void)
{
	const char *dir = getenv("CONGVAN_BUILDDIR");

	return dir != NULL ? dir : ".";
}

static void
append_file(const char *from, const char *to)
{
	char bytes[65536];
	FILE *in = fopen(from, "r"), *out = fopen(to, "a");
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	n = fread(bytes, 1, sizeof(bytes), in);
	assert_int_equal(fwrite(bytes, 1, n, out), n);
	fclose(in);
	fclose(out);
}

static void
add_key(const struct office *o, const char *name)
{
	char from[512], to[128];

	snprintf(from, sizeof(from), "%s/tests/data/pki/%s.p12", build_dir(), name);
	snprintf(to, sizeof(to), "%s/data/keys/%s.p12", o->dir, name);
	append_file(from, to);
	snprintf(from, sizeof(from), "%s/tests/data/pki/%s.pem", build_dir(), name);
	snprintf(to, sizeof(to), "%s/data/keys/%s.pem", o->dir, name);
	append_file(from, to);
	snprintf(from, sizeof(from), "%s/tests/data/pki/issuing.pem", build_dir());
	append_file(from, to);
}

static void
make_dir(const char *dir, const char *name)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	assert_int_equal(mkdir(path, 0700), 0);
}

static void
run_signer(const struct office *o)
{
	char path[512], conf[128], log[128];
	int fd;

	snprintf(path, sizeof(path), "%s/signer/congvan-signer", build_dir());
	snprintf(conf, sizeof(conf), "%s/conf", o->dir);
	snprintf(log, sizeof(log), "%s/log", o->dir);
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
	dup2(fd, 2);
	dup2(fd, 1);
	execl(path, path, "--config", conf, (char *)NULL);
	_exit(127);
}

void
office_start(struct office *o, const char *more)
{
	char conf[128];
	FILE *out;

	snprintf(conf, sizeof(conf), "%s/conf", o->dir);
	out = fopen(conf, "w");
	assert_non_null(out);
	fprintf(out,
		"signer { data = \"%s/data\"\n socket = \"%s\"\n %s }\n"
		"evidence { origin = \"demo.invalid/log\" }\n%s\n",
		o->dir, o->socket, o->signer_lines != NULL ? o->signer_lines : "", more);
	fclose(out);
	o->pid = fork();
	assert_true(o->pid >= 0);
	if (o->pid == 0)
		run_signer(o);
	json_decref(office_hello(o));
}

int
office_run(const struct office *o, const char *input, const char *arguments)
{
	char command[1024];
	int status;

	snprintf(command, sizeof(command),
		"printf '%%s\\n' '%s' | '%s/signer/congvan-signer' --config %s/conf %s >%s/output "
		"2>&1",
		input, build_dir(), o->dir, arguments, o->dir);
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
office_stop(struct office *o, int sig)
{
	int status = -1;

	office_disconnect(o);
	if (o->pid > 0) {
		kill(o->pid, sig);
		assert_int_equal(waitpid(o->pid, &status, 0), o->pid);
		o->pid = 0;
	}
	return status;
}

int
office_open(void **state)
{
	struct office *o = calloc(1, sizeof(*o));

	o->fd = -1;
	strcpy(o->dir, "/tmp/congvan-signer-XXXXXX");
	assert_non_null(mkdtemp(o->dir));
	snprintf(o->socket, sizeof(o->socket), "%s/socket", o->dir);
	make_dir(o->dir, "data");
	make_dir(o->dir, "data/keys");
	add_key(o, "leader1");
	add_key(o, "leader2");
	*state = o;
	office_start(o, "");
	return 0;
}

static void
show_log(const struct office *o)
{
	char path[128], line[2048];
	FILE *in;

	snprintf(path, sizeof(path), "%s/log", o->dir);
	in = fopen(path, "r");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL)
		fprintf(stderr, "# %s", line);
	if (in != NULL)
		fclose(in);
}

int
office_close(void **state)
{
	struct office *o = *state;
	char command[128];
	int status = o->pid > 0 ? office_stop(o, SIGTERM) : 0;
	int clean = WIFEXITED(status) && WEXITSTATUS(status) == 0;

	if (!clean)
		show_log(o); /* a sanitizer's report, most likely */
	snprintf(command, sizeof(command), "rm -rf %s", o->dir);
	if (system(command) != 0)
		clean = 0;
	free(o);
	return clean ? 0 : -1;
}

static bool
try_connect(struct office *o)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};

	strcpy(to.sun_path, o->socket);
	o->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (connect(o->fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return true;
	close(o->fd);
	o->fd = -1;
	return false;
}

void
office_connect(struct office *o)
{
	office_disconnect(o);
	for (int i = 0; i < 1000 && !try_connect(o); i++) {
		if (o->pid > 0 && waitpid(o->pid, NULL, WNOHANG) == o->pid) {
			o->pid = 0;
			show_log(o);
			fail_msg("the signer did not start");
		}
		usleep(10000);
	}
	assert_true(o->fd >= 0);
	o->in = frame_reader_new(o->fd);
	o->out = frame_writer_new(o->fd, 4 * FRAME_MAX);
}

void
office_disconnect(struct office *o)
{
	if (o->fd < 0)
		return;
	frame_reader_free(o->in);
	frame_writer_free(o->out);
	close(o->fd);
	o->fd = -1;
}

void
office_send(struct office *o, unsigned type, const json_t *request)
{
	struct frame f = {.type = (uint8_t)type, .id = ++o->last_id};
	struct buf text;

	buf_init(&text, FRAME_MAX);
	assert_int_equal(signer_msg_encode(request, &text), STATUS_OK);
	f.payload = (struct span){text.data, text.len};
	assert_int_equal(frame_write(o->out, &f), STATUS_OK);
	(void)frame_flush(o->out); /* a peer that closed is seen by the read */
	buf_free(&text);
}

unsigned
office_receive(struct office *o, json_t **reply)
{
	struct frame f = {0};
	enum status st = frame_read(o->in, &f);
	struct span file;

	*reply = NULL;
	if (st != STATUS_OK) {
		assert_true(st == STATUS_CANCELLED || st == STATUS_IO);
		office_disconnect(o);
		return 0;
	}
	assert_int_equal(f.id, o->last_id);
	assert_int_equal(signer_msg_decode(f.payload, reply), STATUS_OK);
	if (f.fd_count == 1) {
		assert_int_equal(frame_map(f.fds[0], &file), STATUS_OK);
		assert_int_equal(signer_msg_join(*reply, file), STATUS_OK);
		frame_unmap(&file);
	}
	frame_close_fds(&f);
	return f.type;
}

unsigned
office_ask(struct office *o, unsigned type, json_t *request, json_t **reply)
{
	office_send(o, type, request);
	json_decref(request);
	return office_receive(o, reply);
}

json_t *
office_hello(struct office *o)
{
	json_t *reply = NULL;

	office_connect(o);
	assert_int_equal(office_ask(o, SIGNER_MSG_HELLO, json_object(), &reply), SIGNER_MSG_HELLO);
	assert_true(hex_decode(json_string_value(json_object_get(reply, "activation_key")),
		o->activation_key, 65));
	return reply;
}

void
office_document(size_t n, char to[32])
{
	snprintf(to, 32, "document %zu", n);
}

struct imprint
office_digest(size_t n)
{
	char text[32];

	office_document(n, text);
	return imprint_of(IMPRINT_SHA256, text, strlen(text));
}

struct activation *
office_activation(const char *key, const char *pin, size_t from, size_t count)
{
	struct activation *a = calloc(1, sizeof(*a));

	snprintf(a->key, sizeof(a->key), "%s", key);
	assert_int_equal(activation_nonce(a->nonce), STATUS_OK);
	a->expires = clock_now() + 300 * CLOCK_SECOND;
	a->count = count;
	a->digests = calloc(count, sizeof(*a->digests));
	a->titles = calloc(count, sizeof(*a->titles));
	a->pin = secret_alloc(64);
	strcpy(a->pin, pin);
	for (size_t i = 0; i < count; i++) {
		char title[64];

		a->digests[i] = office_digest(from + i);
		snprintf(title, sizeof(title), "%zu-CV/QU Về việc thử", from + i);
		a->titles[i] = strdup(title);
	}
	return a;
}

char *
office_seal(const struct office *o, const struct activation *a)
{
	struct buf sealed;
	char *text;

	buf_init(&sealed, ACTIVATION_MAX);
	assert_int_equal(activation_seal(a, o->activation_key, &sealed), STATUS_OK);
	text = base64_encode(sealed.data, sealed.len);
	buf_free(&sealed);
	return text;
}

unsigned
office_sign(struct office *o, const struct activation *a, enum signer_format f, json_t **reply)
{
	char *sealed = office_seal(o, a);
	unsigned type = office_ask(o, SIGNER_MSG_SIGN,
		signer_sign_encode(sealed, a->digests, a->count, f, clock_now()), reply);

	free(sealed);
	return type;
}

static X509_STORE *
trust(void)
{
	X509_STORE *store = X509_STORE_new();
	char path[512];

	snprintf(path, sizeof(path), "%s/tests/data/pki/root.pem", build_dir());
	assert_int_equal(X509_STORE_load_file(store, path), 1);
	return store;
}

int
office_is_signed(const char *cms_base64, size_t n, const char *subject)
{
	unsigned char *der = NULL;
	const unsigned char *at;
	char document[32], name[512] = "";
	STACK_OF(X509) * signers;
	X509_STORE *store = trust();
	CMS_ContentInfo *cms;
	size_t len;
	BIO *content;
	int ok;

	assert_non_null(cms_base64);
	assert_true(base64_decode(cms_base64, strlen(cms_base64), &der, &len));
	at = der;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
	office_document(n, document);
	content = BIO_new_mem_buf(document, -1);
	ok = cms != NULL && at == der + len &&
		CMS_verify(cms, NULL, store, content, NULL, CMS_BINARY | CMS_CADES) == 1;
	signers = ok ? CMS_get0_signers(cms) : NULL;
	if (signers != NULL && sk_X509_num(signers) == 1) {
		BIO *out = BIO_new(BIO_s_mem());

		X509_NAME_print_ex(out, X509_get_subject_name(sk_X509_value(signers, 0)), 0,
			XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB);
		(void)!BIO_read(out, name, sizeof(name) - 1);
		BIO_free(out);
		ok = strstr(name, subject) != NULL;
	} else {
		ok = 0;
	}
	sk_X509_free(signers);
	BIO_free(content);
	CMS_ContentInfo_free(cms);
	X509_STORE_free(store);
	free(der);
	return ok;
}

struct search {
	const char *decision;
	json_t *last;
	int count;
};

static void
look(void *arg, const json_t *record)
{
	struct search *s = arg;
	const char *event = json_string_value(json_object_get(record, "event"));
	const char *decision = json_string_value(json_object_get(record, "decision"));

	if (event == NULL || strcmp(event, "sign") != 0)
		return;
	json_decref(s->last);
	s->last = json_deep_copy(record);
	s->count += s->decision != NULL && strcmp(decision, s->decision) == 0;
}

static void
search_record(const struct office *o, struct search *s)
{
	struct sign_log_head head;
	char path[128];

	snprintf(path, sizeof(path), "%s/data/record", o->dir);
	assert_int_equal(sign_log_verify(path, look, s, NULL, &head), STATUS_OK);
}

json_t *
office_last_decision(const struct office *o)
{
	struct search s = {NULL, NULL, 0};

	search_record(o, &s);
	return s.last;
}

int
office_count_decisions(const struct office *o, const char *decision)
{
	struct search s = {decision, NULL, 0};

	search_record(o, &s);
	json_decref(s.last);
	return s.count;
}
