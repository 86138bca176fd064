/* requests: see requests.h. */
#include "signer/requests.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/crypto.h>

#include "lib/base/hex.h"
#include "lib/base/log.h"

#define BUDGET_BYTES (INT64_C(4) << 20) /* at once */
#define BUDGET_RATE 8192                /* bytes a second */
#define RECORD_OVERHEAD 1024
#define INLINE_CMS (2u << 20) /* more than this goes in a file */

#define WHEN_NEW (1u << CLIENT_NEW)
#define WHEN_READY (1u << CLIENT_READY)

struct handler {
	enum signer_msg type;
	unsigned when;
	bool admin;
	enum status (*serve)(
		struct requests *r, struct client *c, uint32_t id, const json_t *request);
	/* Instead: the one whose payload is not read by the JSON library. */
	enum status (*serve_raw)(
		struct requests *r, struct client *c, uint32_t id, struct span payload);
};

static bool
has_members(const json_t *request, size_t n)
{
	return json_object_size(request) == n;
}

/* Queues a reply; takes the reference. file: a descriptor to send along, or -1. */
static enum status
reply_file(struct client *c, enum signer_msg type, uint32_t id, json_t *value, int file)
{
	struct frame f = {.type = (uint8_t)type, .id = id};
	enum status st = STATUS_NO_MEMORY;
	struct buf text;

	buf_init(&text, FRAME_MAX);
	if (value != NULL)
		st = signer_msg_encode(value, &text);
	json_decref(value);
	if (st == STATUS_OK) {
		f.payload = (struct span){text.data, text.len};
		if (file >= 0)
			f.fds[f.fd_count++] = file;
		st = frame_write(c->out, &f);
	}
	buf_free(&text);
	return st;
}

static enum status
reply(struct client *c, enum signer_msg type, uint32_t id, json_t *value)
{
	return reply_file(c, type, id, value, -1);
}

static enum status
reply_refusal(struct client *c, uint32_t id, const struct refusal *r)
{
	json_t *v = json_pack("{s:s}", "status", status_code(r->status));

	if (v != NULL && r->why != NULL)
		json_object_set_new(v, "why", json_string(r->why));
	if (v != NULL && r->retry_after > 0)
		json_object_set_new(v, "retry_after", json_integer(r->retry_after));
	if (v != NULL && r->attempts_left >= 0)
		json_object_set_new(v, "attempts_left", json_integer(r->attempts_left));
	return reply(c, SIGNER_MSG_ERROR, id, v);
}

static enum status
reply_error(struct client *c, uint32_t id, enum status st, const char *why)
{
	struct refusal r = {st, why, 0, -1};

	return reply_refusal(c, id, &r);
}

static json_t *
record_json(const struct sign_log *log)
{
	struct sign_log_head h = sign_log_head(log);
	char hex[DIGEST_HEX];

	digest_hex(&h.hash, hex);
	return json_pack("{s:I, s:s}", "seq", (json_int_t)h.seq, "head", hex);
}

/* --- refused requests and the room they get in the record --- */

static bool
budget_left(struct refusal_budget *b)
{
	clock_us now = clock_monotonic();
	int64_t more = (now - b->at) * BUDGET_RATE / CLOCK_SECOND;

	if (more > 0) {
		b->bytes = b->bytes + more < BUDGET_BYTES ? b->bytes + more : BUDGET_BYTES;
		b->at = now;
	}
	return b->bytes > 0;
}

/* A record of something refused that is not a signature. */
static void
record_event(struct requests *r, const struct client *c, const char *event, const char *key,
	const char *why)
{
	json_t *v = json_pack("{s:s, s:{s:I, s:I}}", "event", event, "peer", "uid",
		(json_int_t)c->peer.uid, "pid", (json_int_t)c->peer.pid);

	if (v != NULL && key != NULL)
		json_object_set_new(v, "key", json_string(key));
	if (v != NULL && why != NULL)
		json_object_set_new(v, "why", json_string(why));
	if (v == NULL || sign_log_append(r->parts->log, v) != STATUS_OK)
		log_error("record", "event=%s status=failed", event);
	json_decref(v);
	r->budget.bytes -= RECORD_OVERHEAD;
}

void
requests_init(struct requests *r, const struct serve_parts *parts)
{
	*r = (struct requests){.parts = parts, .budget = {BUDGET_BYTES, clock_monotonic(), 0}};
}

/* --- HELLO, KEYS --- */

static enum status
serve_hello(struct requests *r, struct client *c, uint32_t id, const json_t *request)
{
	unsigned char log_public[32];
	char hex[2 * HPKE_PUBLIC + 1], *base64;
	enum status st;

	if (!has_members(request, 0))
		return STATUS_MALFORMED;
	checkpoints_public(r->parts->checkpoints, log_public);
	if ((base64 = base64_encode(log_public, sizeof(log_public))) == NULL)
		return STATUS_NO_MEMORY;
	hex_encode(hpke_recipient_public(r->parts->policy.activation_key), HPKE_PUBLIC, hex);
	st = reply(c, SIGNER_MSG_HELLO, id,
		json_pack("{s:i, s:s, s:s, s:{s:s, s:s, s:s}, s:o}", "version", 2, "signer",
			r->parts->settings->name, "activation_key", hex, "log_key", "name",
			r->parts->settings->origin, "algorithm", "ed25519", "public", base64,
			"record", record_json(r->parts->log)));
	free(base64);
	if (c->state == CLIENT_NEW)
		c->state = CLIENT_READY;
	return st;
}

static bool
push_cert(json_t *list, X509 *cert)
{
	unsigned char *der = NULL;
	int n = i2d_X509(cert, &der);
	char *text = n > 0 ? base64_encode(der, (size_t)n) : NULL;
	bool ok = text != NULL && json_array_append_new(list, json_string(text)) == 0;

	free(text);
	OPENSSL_free(der);
	return ok;
}

static json_t *
key_json(const struct requests *r, const struct key *k)
{
	struct attempts_state s = attempts_state(r->parts->policy.attempts, k->id, clock_now());
	char not_after[CLOCK_TEXT];
	json_t *chain = json_array();
	bool ok = chain != NULL && push_cert(chain, k->cert);

	for (int i = 0; ok && i < sk_X509_num(k->chain); i++)
		ok = push_cert(chain, sk_X509_value(k->chain, i));
	if (!ok) {
		json_decref(chain);
		return NULL;
	}
	clock_format_utc(k->not_after, not_after);
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:s, s:s, s:b}", "id", k->id, "subject",
		k->subject, "organ", k->organ, "algorithm", k->algorithm, "digest", imprint_name(k->digest), "not_after", not_after,
		"chain", chain, "state", s.status == STATUS_OK ? "ready" : "locked", "kind",
		k->store->name, "pin_pad", k->pin_pad);
}

static enum status
serve_keys(struct requests *r, struct client *c, uint32_t id, const json_t *request)
{
	struct keyring *keys = r->parts->policy.keyring;
	const char *only = signer_text_decode(request, "key", 63);
	json_t *list = json_array();

	if (!has_members(request, 0) && (only == NULL || !activation_key_id_valid(only))) {
		json_decref(list);
		return STATUS_MALFORMED;
	}
	keyring_refresh(keys, false);
	for (size_t i = 0; i < keyring_count(keys); i++) {
		json_t *k;

		if (only != NULL && strcmp(keyring_at(keys, i)->id, only) != 0)
			continue;
		k = key_json(r, keyring_at(keys, i));
		if (k == NULL || json_array_append_new(list, k) != 0) {
			json_decref(list);
			return STATUS_NO_MEMORY;
		}
	}
	return reply(c, SIGNER_MSG_KEYS, id, json_pack("{s:o}", "keys", list));
}

/* --- SIGN --- */

static json_t *
cms_list(const struct sign_job *j)
{
	struct span all = sign_job_pieces(j), one;
	json_t *list = json_array();
	struct buf whole;

	for (size_t i = 0; i < sign_job_count(j); i++) {
		char *text;
		int rc;

		if (!span_get_bytes(&all, sign_job_size(j, i), &one))
			break;
		buf_init(&whole, CMS_MAX);
		sign_job_whole(j, one, &whole);
		text = buf_status(&whole) == STATUS_OK ? base64_encode(whole.data, whole.len) : NULL;
		buf_free(&whole);
		rc = text != NULL ? json_array_append_new(list, json_string_nocheck(text)) : -1;
		free(text);
		if (rc != 0)
			break;
	}
	if (json_array_size(list) == sign_job_count(j))
		return list;
	json_decref(list);
	return NULL;
}

static bool
write_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.data, bytes.len);

		if (n <= 0)
			return false;
		bytes = (struct span){bytes.data + n, bytes.len - (size_t)n};
	}
	return true;
}

static int
file_of(const struct sign_job *j)
{
	int fd = frame_memfd("signatures");

	if (fd >= 0 && (!write_all(fd, sign_job_shared(j)) || !write_all(fd, sign_job_pieces(j)))) {
		close(fd);
		return -1;
	}
	return fd;
}

static enum status
reply_large(struct requests *r, struct client *c, const struct sign_job *j)
{
	json_t *sizes = json_array();
	enum status st;
	int fd;

	for (size_t i = 0; i < sign_job_count(j); i++)
		if (json_array_append_new(sizes, json_integer((json_int_t)sign_job_size(j, i))) !=
			0)
			break;
	fd = file_of(j);
	if (fd < 0 || json_array_size(sizes) != sign_job_count(j)) {
		json_decref(sizes);
		if (fd >= 0)
			close(fd);
		return STATUS_NO_MEMORY;
	}
	st = reply_file(c, SIGNER_MSG_SIGN, c->job_id,
		json_pack("{s:I, s:o, s:o, s:s*}", "shared", (json_int_t)sign_job_shared(j).len, "sizes", sizes, "record", record_json(r->parts->log), "skipped", sign_job_skipped(j)), fd);
	close(fd);
	return st;
}

/* The decision is on the disk; now it may be told. */
static enum status
answer_job(struct requests *r, struct client *c)
{
	struct sign_job *j = c->job;
	struct refusal refusal = sign_job_refusal(j);
	enum status st;

	if (refusal.status != STATUS_OK)
		st = reply_refusal(c, c->job_id, &refusal);
	else if (sign_job_pieces(j).len + sign_job_count(j) * sign_job_shared(j).len > INLINE_CMS)
		st = reply_large(r, c, j);
	else
		st = reply(c, SIGNER_MSG_SIGN, c->job_id,
			json_pack("{s:o, s:o, s:s*}", "cms", cms_list(j), "record",
				record_json(r->parts->log), "skipped", sign_job_skipped(j)));
	sign_job_free(j);
	c->job = NULL;
	c->state = CLIENT_READY;
	return st;
}

static void
record_job(struct requests *r, struct sign_job *j)
{
	sign_job_record(j, r->parts->log, r->budget.suppressed);
	r->budget.suppressed = 0;
}

enum status
requests_work(struct requests *r, struct client *c, clock_us budget)
{
	if (sign_job_state(c->job) == SIGN_JOB_SIGNING)
		sign_job_step(c->job, budget);
	if (sign_job_state(c->job) == SIGN_JOB_SIGNING)
		return STATUS_OK;
	record_job(r, c->job);
	return answer_job(r, c);
}

void
requests_abandon(struct requests *r, struct client *c)
{
	sign_job_abandon(c->job, "signing.cancelled");
	record_job(r, c->job);
	sign_job_free(c->job);
	c->job = NULL;
	c->state = CLIENT_CLOSED;
}

static enum status
serve_sign(struct requests *r, struct client *c, uint32_t id, struct span payload)
{
	struct signer_sign *q = NULL;
	struct sign_job *j = NULL;
	enum status st;
	int64_t cost;

	if (!budget_left(&r->budget)) {
		r->budget.suppressed++;
		return reply_error(c, id, STATUS_TOO_MANY, "activation.too-many");
	}
	st = signer_sign_decode(payload, &q);
	if (st != STATUS_OK)
		return st;
	cost = RECORD_OVERHEAD + (int64_t)q->sealed_len + (int64_t)q->count * IMPRINT_HEX;
	st = sign_job_new(&r->parts->policy, q, &c->peer, clock_now(), &j);
	if (st != STATUS_OK)
		return reply_error(c, id, st, "signing.failed");
	if (sign_job_state(j) == SIGN_JOB_REFUSED)
		r->budget.bytes -= cost;
	c->job = j;
	c->job_id = id;
	c->state = CLIENT_BUSY;
	return STATUS_OK;
}

/* --- CHECKPOINT, UNLOCK --- */

static enum status
serve_checkpoint(struct requests *r, struct client *c, uint32_t id, const json_t *request)
{
	const char *note = signer_text_decode(request, "note", SIGNER_NOTE), *why = NULL;
	char line[CHECKPOINT_LINE];
	enum status st;

	if (note == NULL)
		return STATUS_MALFORMED;
	st = checkpoints_sign(r->parts->checkpoints, note, line, &why);
	if (st == STATUS_OK)
		return reply(c, SIGNER_MSG_CHECKPOINT, id, json_pack("{s:s}", "signature", line));
	log_warn("checkpoint", "status=%s why=%s uid=%u", status_code(st), why,
		(unsigned)c->peer.uid);
	if (budget_left(&r->budget))
		record_event(r, c, "checkpoint", NULL, why);
	return reply_error(c, id, st, why);
}

static enum status
serve_unlock(struct requests *r, struct client *c, uint32_t id, const json_t *request)
{
	const char *key = signer_text_decode(request, "key", 63);
	enum status st;

	if (key == NULL || !activation_key_id_valid(key))
		return STATUS_MALFORMED;
	keyring_refresh(r->parts->policy.keyring, false);
	if (keyring_find(r->parts->policy.keyring, key) == NULL)
		return reply_error(c, id, STATUS_NOT_FOUND, "signing_key.unknown");
	st = attempts_unlock(r->parts->policy.attempts, key);
	if (st != STATUS_OK)
		return reply_error(c, id, st, "signing.record");
	record_event(r, c, "unlock", key, NULL);
	log_info(key, "unlock=done uid=%u", (unsigned)c->peer.uid);
	return reply(c, SIGNER_MSG_UNLOCK, id, json_object());
}

/* Which message is permitted when, and to whom. */
static const struct handler handlers[] = {
	{SIGNER_MSG_HELLO, WHEN_NEW | WHEN_READY, false, serve_hello, NULL},
	{SIGNER_MSG_KEYS, WHEN_READY, false, serve_keys, NULL},
	{SIGNER_MSG_SIGN, WHEN_READY, false, NULL, serve_sign},
	{SIGNER_MSG_CHECKPOINT, WHEN_READY, false, serve_checkpoint, NULL},
	{SIGNER_MSG_UNLOCK, WHEN_READY, true, serve_unlock, NULL},
};

enum status
requests_serve(struct requests *r, struct client *c, const struct frame *f)
{
	json_t *request = NULL;
	enum status st = STATUS_DENIED;

	if (f->fd_count > 0)
		return STATUS_MALFORMED; /* no message to the signer carries a file */
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++) {
		const struct handler *h = &handlers[i];

		if (h->type != f->type)
			continue;
		if ((h->when & 1u << c->state) == 0 || (h->admin && !c->admin))
			return STATUS_DENIED;
		if (h->serve_raw != NULL)
			return h->serve_raw(r, c, f->id, f->payload);
		st = signer_msg_decode(f->payload, &request);
		if (st == STATUS_OK)
			st = h->serve(r, c, f->id, request);
		json_decref(request);
		return st;
	}
	return st;
}
