/* signer: see signer.h. */
#include "signer/signer.h"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "lib/base/log.h"
#include "signer/modules.h"
#include "signer/sandbox.h"
#include "signer/serve.h"

#define SECURE_HEAP (1u << 20) /* for private keys while they are unlocked, and what lib/base/secret allocates */

#define KEPT_MEMORY (16 << 20)

struct signer {
	const struct settings *settings;
	int data, lock;
	struct hpke_recipient *activation_key;
	struct modules *modules;
	struct serve_parts parts;
};

static enum status
make_folder(const char *path, uid_t uid, gid_t gid)
{
	struct stat sb;

	if (mkdir(path, 0700) == 0) {
		if (geteuid() == 0 && chown(path, uid, gid) != 0)
			return STATUS_IO;
	} else if (errno != EEXIST) {
		log_error(path, "folder=\"%s\"", strerror(errno));
		return STATUS_IO;
	}
	if (stat(path, &sb) != 0)
		return STATUS_IO;
	if ((sb.st_mode & 022) != 0) {
		log_error(path, "folder=\"others may write to it\"");
		return STATUS_DENIED;
	}
	return STATUS_OK;
}

/* What root makes inside belongs to the one whose the data folder is. */
enum status
signer_make_folders(const struct settings *s)
{
	static const char *const inside[] = {"record", "attempts"};
	char path[SETTINGS_PATH + 16];
	struct stat sb;
	enum status st =
		make_folder(s->data, s->drop ? s->uid : geteuid(), s->drop ? s->gid : getegid());

	if (st == STATUS_OK && stat(s->data, &sb) != 0)
		st = STATUS_IO;
	if (st == STATUS_OK)
		st = make_folder(s->keys, sb.st_uid, sb.st_gid);
	for (size_t i = 0; st == STATUS_OK && i < sizeof(inside) / sizeof(inside[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", s->data, inside[i]);
		st = make_folder(path, sb.st_uid, sb.st_gid);
	}
	return st;
}

static enum status
lock_data(struct signer *g)
{
	g->data = open(g->settings->data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (g->data < 0)
		return STATUS_IO;
	g->lock = openat(g->data, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (g->lock < 0)
		return STATUS_IO;
	return flock(g->lock, LOCK_EX | LOCK_NB) == 0 ? STATUS_OK : STATUS_CONFLICT;
}

/* Nonces that could still be used come back from the record. */
static void
take_nonce(void *arg, const json_t *record)
{
	const char *nonce = json_string_value(json_object_get(record, "nonce"));
	const char *when = json_string_value(json_object_get(record, "expires"));
	clock_us expires;

	if (nonce == NULL || when == NULL || !clock_parse(when, &expires))
		return;
	if (nonces_add(arg, nonce, expires, clock_now()) != STATUS_OK)
		log_warn("nonce", "kept=no");
}

static enum status
open_record(struct signer *g, struct diag *diag)
{
	char path[SETTINGS_PATH + 16];

	snprintf(path, sizeof(path), "%s/record", g->settings->data);
	if ((g->parts.policy.nonces = nonces_new()) == NULL)
		return STATUS_NO_MEMORY;
	return sign_log_open(path, g->settings->record_bytes, take_nonce, g->parts.policy.nonces,
		diag, &g->parts.log);
}

static enum status
open_attempts(struct signer *g)
{
	const struct settings *s = g->settings;
	struct attempts_rules rules = {s->pin_free, s->pin_most, s->pin_delay};
	char path[SETTINGS_PATH + 16];

	snprintf(path, sizeof(path), "%s/attempts", s->data);
	return attempts_open(path, &rules, &g->parts.policy.attempts);
}

static enum status
open_keys(struct signer *g)
{
	EVP_PKEY *log_key = NULL;
	enum status st = activation_key_load(g->data, &g->activation_key);

	g->parts.policy.activation_key = g->activation_key;
	if (st == STATUS_OK)
		st = log_key_load(g->data, &log_key);
	if (st == STATUS_OK)
		st = checkpoints_open(g->data, g->settings->origin, log_key, &g->parts.checkpoints);
	if (st == STATUS_OK)
		st = keyring_open(g->settings->keys, g->modules, &g->parts.policy.keyring);
	return st;
}

static enum status
record_start(struct signer *g)
{
	json_t *r = json_pack("{s:s, s:s, s:I}", "event", "start", "version", PACKAGE_VERSION,
		"keys", (json_int_t)keyring_count(g->parts.policy.keyring));
	enum status st = r != NULL ? sign_log_append(g->parts.log, r) : STATUS_NO_MEMORY;

	json_decref(r);
	return st;
}

static void
warn_of_admins(const struct settings *s)
{
	for (size_t i = 0; i < s->client_count; i++)
		if (s->clients[i] == 0 || s->clients[i] == geteuid())
			log_warn("settings",
				"clients=%u problem=\"this user may also unlock keys and read "
				"the signer's files: give congvand a user of its own\"",
				(unsigned)s->clients[i]);
	if (geteuid() == 0)
		log_warn("sandbox", "user=root problem=\"set signer.user\"");
}

static enum status
open_all(struct signer *g, struct diag *diag)
{
	enum status st = lock_data(g);

	if (st == STATUS_OK)
		st = open_record(g, diag);
	if (st == STATUS_OK)
		st = open_attempts(g);
	if (st == STATUS_OK)
		st = modules_open(g->settings->modules, diag, &g->modules);
	if (st == STATUS_OK)
		st = open_keys(g);
	return st;
}

static void
close_all(struct signer *g)
{
	if (g->parts.listener >= 0)
		close(g->parts.listener);
	keyring_close(g->parts.policy.keyring);
	modules_close(g->modules);
	checkpoints_close(g->parts.checkpoints);
	hpke_recipient_free(g->activation_key);
	attempts_close(g->parts.policy.attempts);
	nonces_free(g->parts.policy.nonces);
	sign_log_close(g->parts.log);
	if (g->lock >= 0)
		close(g->lock);
	if (g->data >= 0)
		close(g->data);
}

enum status
signer_run(const struct settings *s, bool allow_unsandboxed, struct diag *diag)
{
	struct signer g = {
		.settings = s, .data = -1, .lock = -1, .parts = {.settings = s, .listener = -1}};
	enum status st;

	/* Batches come again: what one took from the system the next one uses. */
	(void)mallopt(M_MMAP_THRESHOLD, KEPT_MEMORY);
	(void)mallopt(M_TRIM_THRESHOLD, KEPT_MEMORY);
	sandbox_harden();
	if (CRYPTO_secure_malloc_init(SECURE_HEAP, 32) != 1)
		log_warn("sandbox", "secure_heap=no");
	st = signer_make_folders(s);
	if (st == STATUS_OK)
		st = serve_listen(s, &g.parts.listener);
	if (st == STATUS_OK && s->drop && geteuid() == 0)
		st = sandbox_become(s->uid, s->gid);
	if (st == STATUS_OK)
		st = serve_signals();
	if (st == STATUS_OK)
		st = open_all(&g, diag);
	if (st == STATUS_OK) {
		warn_of_admins(s);
		st = sandbox_enter(s->data, s->keys, modules_any(g.modules) ? s->module_folders : NULL);
		if (st != STATUS_OK && allow_unsandboxed)
			st = STATUS_OK;
	}
	if (st == STATUS_OK)
		st = record_start(&g);
	if (st == STATUS_OK) {
		log_info(s->socket, "serving=yes keys=%zu", keyring_count(g.parts.policy.keyring));
		serve_run(&g.parts);
		log_info(s->socket, "serving=ended");
	}
	close_all(&g);
	(void)CRYPTO_secure_malloc_done();
	return st;
}
