/* checkpoints: see checkpoints.h. */
#include "signer/checkpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/err.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"

#define STATE "checkpoint.state"
#define STATE_TEXT 128
#define SIGNATURE 64
#define NOTE_ED25519 1 /* signature type of C2SP signed-note */

struct state {
	uint64_t size;
	struct digest root;
};

struct checkpoints {
	int dir;
	char origin[128];
	EVP_PKEY *key;
	bool any; /* something was signed before */
	struct state last;
};

static void
state_text(const struct state *s, char to[STATE_TEXT])
{
	char hex[DIGEST_HEX];

	digest_hex(&s->root, hex);
	snprintf(to, STATE_TEXT, "{\"root\":\"%s\",\"size\":%" PRIu64 "}\n", hex, s->size);
}

static enum status
load_state(struct checkpoints *c)
{
	char text[STATE_TEXT] = "", again[STATE_TEXT], hex[DIGEST_HEX];
	int fd = openat(c->dir, STATE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT ? STATUS_OK : STATUS_IO;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0 || sscanf(text, "{\"root\":\"%64[0-9a-f]\",\"size\":%" SCNu64, hex, &c->last.size) != 2 ||
		!hex_decode(hex, c->last.root.bytes, DIGEST_BYTES))
		return STATUS_INVALID;
	state_text(&c->last, again);
	if (strcmp(text, again) != 0)
		return STATUS_INVALID;
	c->any = true;
	return STATUS_OK;
}

static enum status
store_state(const struct checkpoints *c, const struct state *s)
{
	char text[STATE_TEXT];
	enum status st = STATUS_OK;
	int fd = openat(c->dir, STATE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return errno == ENOSPC || errno == EDQUOT ? STATUS_NO_SPACE : STATUS_IO;
	state_text(s, text);
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		st = STATUS_NO_SPACE;
	else if (fsync(fd) != 0 || renameat(c->dir, STATE ".new", c->dir, STATE) != 0 ||
		fsync(c->dir) != 0)
		st = STATUS_IO;
	close(fd);
	return st;
}

enum status
checkpoints_open(int dir, const char *origin, EVP_PKEY *log_key, struct checkpoints **out)
{
	struct checkpoints *c = calloc(1, sizeof(*c));
	enum status st;

	if (c == NULL) {
		EVP_PKEY_free(log_key);
		return STATUS_NO_MEMORY;
	}
	c->dir = dir;
	c->key = log_key;
	snprintf(c->origin, sizeof(c->origin), "%s", origin);
	st = load_state(c);
	if (st != STATUS_OK) {
		checkpoints_close(c);
		return st;
	}
	*out = c;
	return STATUS_OK;
}

void
checkpoints_close(struct checkpoints *c)
{
	if (c == NULL)
		return;
	EVP_PKEY_free(c->key);
	free(c);
}

enum status
checkpoints_public(const struct checkpoints *c, unsigned char public_key[32])
{
	size_t len = 32;

	return EVP_PKEY_get_raw_public_key(c->key, public_key, &len) == 1 && len == 32 ? STATUS_OK :
		STATUS_INTERNAL;
}

/* The rest of the note after the origin's line: size, newline, 44 characters of base64, newline, nothing more. */
static bool
parse_tree(const char *at, struct state *out)
{
	unsigned char *root = NULL;
	size_t digits = strspn(at, "0123456789"), len = 0;
	bool good;

	if (digits == 0 || digits > 18 || (at[0] == '0' && digits > 1) || at[digits] != '\n')
		return false;
	out->size = strtoull(at, NULL, 10);
	at += digits + 1;
	if (strlen(at) != 45 || at[44] != '\n')
		return false;
	good = base64_decode(at, 44, &root, &len) && len == DIGEST_BYTES;
	if (good)
		memcpy(out->root.bytes, root, DIGEST_BYTES);
	free(root);
	return good;
}

static enum status
judge(const struct checkpoints *c, const char *note, struct state *out, const char **why)
{
	size_t n = strlen(c->origin);

	if (strncmp(note, c->origin, n) != 0 || note[n] != '\n') {
		*why = "checkpoint.origin";
		return STATUS_DENIED;
	}
	if (!parse_tree(note + n + 1, out)) {
		*why = "checkpoint.form";
		return STATUS_MALFORMED;
	}
	if (c->any && out->size < c->last.size) {
		*why = "checkpoint.shrinks";
		return STATUS_CONFLICT;
	}
	if (c->any && out->size == c->last.size &&
		memcmp(&out->root, &c->last.root, sizeof(out->root)) != 0) {
		*why = "checkpoint.differs";
		return STATUS_CONFLICT;
	}
	return STATUS_OK;
}

/* Key id of C2SP signed-note: the first four bytes of SHA-256(name, newline, type, public key). */
static enum status
key_id(const struct checkpoints *c, unsigned char id[4])
{
	unsigned char public_key[32];
	struct digest d;
	struct buf b;
	enum status st = checkpoints_public(c, public_key);

	if (st != STATUS_OK)
		return st;
	buf_init(&b, 256);
	buf_put_str(&b, c->origin);
	buf_put_byte(&b, '\n');
	buf_put_byte(&b, NOTE_ED25519);
	buf_put(&b, public_key, sizeof(public_key));
	if ((st = buf_status(&b)) == STATUS_OK) {
		d = digest_of(b.data, b.len);
		memcpy(id, d.bytes, 4);
	}
	buf_free(&b);
	return st;
}

static enum status
sign_note(const struct checkpoints *c, const char *note, char line[CHECKPOINT_LINE])
{
	unsigned char value[4 + SIGNATURE];
	size_t len = SIGNATURE;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	enum status st = key_id(c, value);
	char *text;

	if (st == STATUS_OK && (ctx == NULL || EVP_DigestSignInit(ctx, NULL, NULL, NULL, c->key) != 1 ||
		EVP_DigestSign(ctx, value + 4, &len, (const unsigned char *)note, strlen(note)) != 1 ||
		len != SIGNATURE))
		st = STATUS_INTERNAL;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (st != STATUS_OK)
		return st;
	if ((text = base64_encode(value, sizeof(value))) == NULL)
		return STATUS_NO_MEMORY;
	snprintf(line, CHECKPOINT_LINE, "\u2014 %s %s", c->origin, text);
	free(text);
	return STATUS_OK;
}

enum status
checkpoints_sign(struct checkpoints *c, const char *note, char line[CHECKPOINT_LINE], const char **why)
{
	struct state s;
	enum status st = judge(c, note, &s, why);

	if (st != STATUS_OK)
		return st;
	*why = "signing.failed";
	if (!c->any || s.size != c->last.size)
		st = store_state(c, &s);
	if (st != STATUS_OK) {
		*why = "signing.record";
		return st;
	}
	c->any = true;
	c->last = s;
	return sign_note(c, note, line);
}
