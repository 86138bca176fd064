/* checkpoints: see checkpoints.h. */
#include "signer/checkpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/digest.h"
#include "lib/base/hex.h"
#include "lib/pki/checkpoint.h"

#define STATE "checkpoint-state"
#define STATE_TEXT 128

struct state {
	uint64_t size;
	struct digest root;
};

struct checkpoints {
	int dir;
	struct checkpoint_key name; /* origin and public half */
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
	if (n <= 0 ||
		sscanf(text, "{\"root\":\"%64[0-9a-f]\",\"size\":%" SCNu64, hex, &c->last.size) !=
			2 ||
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
	int fd = openat(
		c->dir, STATE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

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
	st = checkpoint_key_of(origin, log_key, &c->name);
	if (st == STATUS_OK)
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

void
checkpoints_public(const struct checkpoints *c, unsigned char public_key[32])
{
	memcpy(public_key, c->name.public_key, sizeof(c->name.public_key));
}

/* Extension lines are refused: the office's log has none, and what a line there claims the signer
 * cannot know. */
static enum status
judge(const struct checkpoints *c, struct span body, struct state *out, const char **why)
{
	struct checkpoint p;

	if (checkpoint_read(body, &p) != STATUS_OK || p.extensions.len > 0) {
		*why = "checkpoint.form";
		return STATUS_MALFORMED;
	}
	*out = (struct state){p.size, p.root};
	if (strcmp(p.origin, c->name.name) != 0) {
		*why = "checkpoint.origin";
		return STATUS_DENIED;
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

/* The note is body, empty line, signature line, newline; the line alone is the answer. */
static enum status
sign_body(const struct checkpoints *c, struct span body, char line[CHECKPOINT_LINE])
{
	struct buf note;
	size_t n;
	enum status st;

	buf_init(&note, CHECKPOINT_MAX);
	st = checkpoint_sign(body, c->name.name, c->key, &note);
	if (st == STATUS_OK) {
		n = note.len - body.len - 2;
		if (n < CHECKPOINT_LINE) {
			memcpy(line, note.data + body.len + 1, n);
			line[n] = '\0';
		} else {
			st = STATUS_INTERNAL;
		}
	}
	buf_free(&note);
	return st;
}

enum status
checkpoints_sign(
	struct checkpoints *c, const char *note, char line[CHECKPOINT_LINE], const char **why)
{
	struct span body = {(const unsigned char *)note, strlen(note)};
	struct state s;
	enum status st = judge(c, body, &s, why);

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
	return sign_body(c, body, line);
}
