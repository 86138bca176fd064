/* note_signer: see note_signer.h. One note is under way at a time: the sequencer asks for the next when it has an answer. */
#include "daemon/evidence/note_signer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/store/store.h"
#include "lib/base/hex.h"
#include "lib/base/log.h"
#include "lib/pki/checkpoint.h"

struct note_signer {
	struct signer_link *link;
	struct buf body;
	unsigned failed; /* notes in a row that were not signed: said once, and again with their number when it is over */
	void (*signed_cb)(void *arg, const char *note);
	void *signed_arg;
};

struct note_signer *
note_signer_new(struct signer_link *link)
{
	struct note_signer *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->link = link;
	buf_init(&n->body, SIGNER_NOTE);
	return n;
}

void
note_signer_free(struct note_signer *n)
{
	if (n == NULL)
		return;
	buf_free(&n->body);
	free(n);
}

/* The log key of the HELLO. */
static bool
log_key(const json_t *hello, struct checkpoint_key *out)
{
	const json_t *key = json_object_get(hello, "log_key");
	const char *name = store_text(key, "name"), *text = store_text(key, "public");
	unsigned char *bytes = NULL;
	size_t n = 0;
	bool ok = checkpoint_name_is_right(name) && strlen(name) < sizeof(out->name) && base64_decode(text, strlen(text), &bytes, &n) &&
		n == CHECKPOINT_KEY_BYTES;

	if (ok) {
		snprintf(out->name, sizeof(out->name), "%s", name);
		memcpy(out->public_key, bytes, CHECKPOINT_KEY_BYTES);
	}
	free(bytes);
	return ok;
}

/* The note of body and signature line, if it verifies. */
static enum status
make_note(const struct note_signer *n, const char *line, struct buf *note)
{
	struct checkpoint_key key;
	struct checkpoint read;

	if (!log_key(signer_link_hello(n->link), &key))
		return STATUS_UNAVAILABLE;
	buf_printf(note, "%s\n%s%s", buf_str(&n->body), line, line[0] != '\0' && line[strlen(line) - 1] == '\n' ? "" : "\n");
	if (buf_status(note) != STATUS_OK)
		return buf_status(note);
	return checkpoint_open((struct span){note->data, note->len}, &key, &read);
}

/* The signer may be away for hours, and a note is due every few seconds: only the change is news. */
static void
note_outcome(struct note_signer *n, enum status st, const char *why)
{
	if (st != STATUS_OK && n->failed++ == 0)
		log_warn("evidence", "event=note-not-signed status=%s why=%s", status_code(st), why);
	if (st == STATUS_OK && n->failed > 0) {
		log_info("evidence", "event=note-signed-again missed=%u", n->failed);
		n->failed = 0;
	}
}

static void
on_signature(void *arg, enum status st, json_t *reply)
{
	struct note_signer *n = arg;
	struct buf note;

	buf_init(&note, CHECKPOINT_MAX);
	if (st == STATUS_OK)
		st = make_note(n, store_text(reply, "signature"), &note);
	note_outcome(n, st, reply != NULL ? store_text(reply, "why") : "");
	n->signed_cb(n->signed_arg, st == STATUS_OK ? buf_str(&note) : NULL);
	buf_free(&note);
}

static void
sign(void *arg, const char *body, void (*signed_cb)(void *cb_arg, const char *note), void *cb_arg)
{
	struct note_signer *n = arg;
	json_t *request = json_pack("{s:s}", "note", body);

	n->signed_cb = signed_cb;
	n->signed_arg = cb_arg;
	buf_free(&n->body);
	buf_put_str(&n->body, body);
	if (request == NULL || signer_link_call(n->link, SIGNER_MSG_CHECKPOINT, request, on_signature, n) != STATUS_OK)
		signed_cb(cb_arg, NULL);
	json_decref(request);
}

struct sequencer_signer
note_signer_of(struct note_signer *n)
{
	return (struct sequencer_signer){sign, n};
}
