/* sign_job: see sign_job.h. */
#include "signer/sign_job.h"

#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>

#include "lib/base/log.h"

#define RECORD_LISTS 5 /* of one decision */

struct sign_job {
	enum sign_job_state state;
	struct signer_sign *request;
	struct ucred peer;
	struct judged judged;
	struct refusal refusal;
	const struct cms_template *templates[SIGNER_FORMATS]; /* of the formats asked for; else NULL */
	const struct cms_template *any;                       /* one of them: what all have in common */
	struct cms_key *key; /* NULL: the session signs itself */
	size_t done;
	const char *skipped; /* why the rest was not signed; NULL: all were */
	size_t *sizes;
	struct buf cms; /* the pieces of all */
};

/* {state, may go to}: nobody else assigns the state. */
static const bool allowed[4][4] = {
	[SIGN_JOB_SIGNING] = {[SIGN_JOB_SIGNED] = true, [SIGN_JOB_REFUSED] = true},
	[SIGN_JOB_SIGNED] = {[SIGN_JOB_REFUSED] = true, [SIGN_JOB_DONE] = true},
	[SIGN_JOB_REFUSED] = {[SIGN_JOB_DONE] = true},
};

static void
set_state(struct sign_job *j, enum sign_job_state to)
{
	if (!allowed[j->state][to])
		abort();
	j->state = to;
}

static void
forget_key(struct sign_job *j)
{
	cms_key_free(j->key);
	j->key = NULL;
	key_lock(&j->judged.session);
}

static void
refuse(struct sign_job *j, enum status st, const char *why)
{
	j->refusal = (struct refusal){st, why, 0, -1};
	buf_wipe(&j->cms);
	forget_key(j);
	if (j->state != SIGN_JOB_REFUSED)
		set_state(j, SIGN_JOB_REFUSED);
}

static void
reserve(struct buf *b, size_t n)
{
	if (n <= b->max && buf_reserve(b, n) != NULL)
		b->len = 0;
}

/* The certificates are of the key, whatever the format: the file of a large answer has them once. */
static bool
same_shared(const struct cms_template *a, const struct cms_template *b)
{
	struct span x = cms_template_shared(a), y = cms_template_shared(b);

	return x.len == y.len && memcmp(x.data, y.data, x.len) == 0;
}

static enum status
find_templates(struct sign_job *j, size_t *room_out)
{
	enum status st = STATUS_OK;
	size_t room = 0;

	for (size_t i = 0; i < j->request->count && st == STATUS_OK; i++) {
		const struct cms_template **t = &j->templates[j->request->formats[i]];

		if (*t == NULL)
			st = key_template(j->judged.key, j->request->formats[i], t);
		if (st == STATUS_OK && j->any == NULL)
			j->any = *t;
		if (st == STATUS_OK && *t != j->any && !same_shared(*t, j->any))
			st = STATUS_INTERNAL;
		if (st == STATUS_OK)
			room += cms_template_room(*t) - cms_template_shared(*t).len;
	}
	*room_out = room;
	return st;
}

static enum status
prepare(struct sign_job *j)
{
	size_t room = 0;
	enum status st = find_templates(j, &room);

	if (st == STATUS_OK && j->judged.session.sign == NULL)
		st = cms_key_new(j->any, j->judged.session.private_key, &j->key);
	if (st == STATUS_OK) /* at once: growing would copy megabytes again and again */
		reserve(&j->cms, room);
	if (st == STATUS_OK && (j->sizes = calloc(j->request->count, sizeof(*j->sizes))) == NULL)
		st = STATUS_NO_MEMORY;
	return st;
}

enum status
sign_job_new(const struct sign_policy *p, struct signer_sign *request, const struct ucred *peer,
	clock_us now, struct sign_job **out)
{
	struct sign_job *j = calloc(1, sizeof(*j));

	if (j == NULL) {
		signer_sign_free(request);
		return STATUS_NO_MEMORY;
	}
	j->state = SIGN_JOB_SIGNING;
	j->request = request;
	j->peer = *peer;
	buf_init(&j->cms, SIGNER_CMS_TOTAL);
	j->refusal = policy_judge(p, request, now, &j->judged);
	if (j->refusal.status == STATUS_OK) {
		enum status st = prepare(j);

		if (st != STATUS_OK)
			refuse(j, st, "signing.failed");
	} else {
		set_state(j, SIGN_JOB_REFUSED);
	}
	*out = j;
	return STATUS_OK;
}

void
sign_job_free(struct sign_job *j)
{
	if (j == NULL)
		return;
	cms_key_free(j->key);
	judged_clear(&j->judged);
	signer_sign_free(j->request);
	free(j->sizes);
	buf_free(&j->cms);
	free(j);
}

enum sign_job_state
sign_job_state(const struct sign_job *j)
{
	return j->state;
}

/* A batch has megabytes of the same certificates: they are kept, and sent, once. A piece is where they belong, then all the rest. */
static enum status
sign_piece(struct sign_job *j, const struct cms_template *template, const struct cms_input *input, cms_sign_fn sign, void *arg)
{
	size_t before = j->cms.len, at = 0;
	enum status st;

	buf_put_byte(&j->cms, 0);
	st = buf_status(&j->cms);
	if (st == STATUS_OK)
		st = cms_template_sign_around(template, input, sign, arg, &j->cms, &at);
	if (st == STATUS_OK && at > UINT8_MAX)
		st = STATUS_INTERNAL;
	if (st == STATUS_OK)
		j->cms.data[before] = (unsigned char)at;
	else
		j->cms.len = before;
	return st;
}

/*
 * A key that failed ends the batch, once: what was signed is handed out, the rest is said to be skipped. Nothing signed: refused, for the
 * same reason.
 */
static void
stop(struct sign_job *j, enum status st)
{
	const struct key_session *s = &j->judged.session;
	const char *why = s->store->trouble != NULL ? s->store->trouble(s) : NULL;

	if (why == NULL)
		why = "signing.failed";
	if (j->done == 0 || s->sign == NULL) {
		refuse(j, st, why);
		return;
	}
	j->skipped = why;
	forget_key(j);
	set_state(j, SIGN_JOB_SIGNED);
}

void
sign_job_step(struct sign_job *j, clock_us budget)
{
	clock_us end = clock_monotonic() + budget;
	struct cms_input input = {{NULL, imprint_size(j->request->algorithm)}, j->request->time};
	cms_sign_fn sign = j->judged.session.sign != NULL ? j->judged.session.sign : cms_key_sign;
	void *arg = j->judged.session.sign != NULL ? j->judged.session.sign_arg : j->key;

	while (j->state == SIGN_JOB_SIGNING) {
		size_t before = j->cms.len;
		enum status st;

		input.digest.data = j->request->digests[j->done].bytes;
		st = sign_piece(j, j->templates[j->request->formats[j->done]], &input, sign, arg);
		if (st != STATUS_OK) {
			stop(j, st);
			return;
		}
		j->sizes[j->done++] = j->cms.len - before;
		if (j->done == j->request->count) {
			forget_key(j);
			set_state(j, SIGN_JOB_SIGNED);
		}
		if (clock_monotonic() >= end)
			return;
	}
}

void
sign_job_abandon(struct sign_job *j, const char *why)
{
	refuse(j, STATUS_CANCELLED, why);
}

/* --- the record --- */

static void
put_digests(struct buf *b, const struct imprint *digests, size_t count)
{
	char hex[IMPRINT_HEX];

	reserve(b, count * (IMPRINT_HEX + 3));
	buf_put_byte(b, '[');
	for (size_t i = 0; i < count; i++) {
		imprint_hex(&digests[i], hex);
		buf_put_str(b, i > 0 ? ",\"" : "\"");
		buf_put_str(b, hex);
		buf_put_byte(b, '"');
	}
	buf_put_byte(b, ']');
}

/* Titles have no control characters (activation.h): quote and backslash are all that needs an escape. */
static void
put_titles(struct buf *b, char *const *titles, size_t count)
{
	buf_put_byte(b, '[');
	for (size_t i = 0; i < count; i++) {
		const char *rest = titles[i];

		buf_put_str(b, i > 0 ? ",\"" : "\"");
		for (size_t n; (n = strcspn(rest, "\"\\")), rest[n] != '\0'; rest += n + 1) {
			buf_put(b, rest, n);
			buf_put_byte(b, '\\');
			buf_put_byte(b, (unsigned char)rest[n]);
		}
		buf_put_str(b, rest);
		buf_put_byte(b, '"');
	}
	buf_put_byte(b, ']');
}

static void
put_formats(struct buf *b, const enum signer_format *formats, size_t count)
{
	buf_put_byte(b, '[');
	for (size_t i = 0; i < count; i++) {
		buf_put_str(b, i > 0 ? ",\"" : "\"");
		buf_put_str(b, signer_format_name(formats[i]));
		buf_put_byte(b, '"');
	}
	buf_put_byte(b, ']');
}

/* What the person approved, if it could be read at all. */
static bool
put_approved(json_t *r, const struct activation *a)
{
	char when[CLOCK_TEXT];

	clock_format_utc(a->expires, when);
	return json_object_set_new(r, "key", json_string_nocheck(a->key)) == 0 &&
		json_object_set_new(r, "count", json_integer((json_int_t)a->count)) == 0 &&
		json_object_set_new(r, "algorithm", json_string_nocheck(imprint_name(a->algorithm))) == 0 &&
		json_object_set_new(r, "nonce", json_string_nocheck(a->nonce)) == 0 &&
		json_object_set_new(r, "expires", json_string_nocheck(when)) == 0;
}

static bool
is_mixed(const struct signer_sign *q)
{
	return !signer_format_is_one(q->formats, q->count);
}

/* The formats approved are said where they are not those asked for. */
static bool
is_other(const struct signer_sign *q, const struct activation *a)
{
	if (a->formats == NULL || a->count != q->count)
		return a->formats != NULL;
	return memcmp(a->formats, q->formats, q->count * sizeof(*q->formats)) != 0;
}

/* The whole decision without its lists, or NULL: nothing is signed with half a record. */
static json_t *
record_of(const struct sign_job *j, unsigned suppressed)
{
	const struct activation *a = j->judged.activation;
	const struct signer_sign *q = j->request;
	bool is_signed = j->refusal.status == STATUS_OK;
	char when[CLOCK_TEXT];
	json_t *r;

	clock_format_utc(q->time, when);
	r = json_pack("{s:s, s:s, s:s, s:s, s:{s:I, s:I}}", "event", "sign", "decision",
		is_signed ? "signed" : "refused", "format", is_mixed(q) ? "mixed" : signer_format_name(q->formats[0]), "time",
		when, "peer", "uid", (json_int_t)j->peer.uid, "pid", (json_int_t)j->peer.pid);
	if (r != NULL && (a == NULL || put_approved(r, a)) &&
		(is_signed ||
			json_object_set_new(r, "why", json_string_nocheck(j->refusal.why)) == 0) &&
		(j->skipped == NULL || (json_object_set_new(r, "signed", json_integer((json_int_t)j->done)) == 0 &&
			json_object_set_new(r, "skipped", json_string_nocheck(j->skipped)) == 0)) &&
		(suppressed == 0 ||
			json_object_set_new(r, "suppressed", json_integer(suppressed)) == 0))
		return r;
	json_decref(r);
	return NULL;
}

static struct span
text_of(const struct buf *b)
{
	return (struct span){b->data, b->len};
}

static enum status
append_record(const struct sign_job *j, struct sign_log *log, unsigned suppressed)
{
	const struct activation *a = j->judged.activation;
	const struct signer_sign *q = j->request;
	json_t *r = record_of(j, suppressed);
	enum status st = r != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	struct buf text[RECORD_LISTS]; /* approved_formats, asked, digests, formats, titles */

	for (size_t i = 0; i < RECORD_LISTS; i++)
		buf_init(&text[i], SIGN_LOG_LINE);
	/* What was asked is said only where it is not what was approved. */
	if (a == NULL || !signer_sign_is_about(q, a))
		put_digests(&text[1], q->digests, q->count);
	if (is_mixed(q))
		put_formats(&text[3], q->formats, q->count);
	if (a != NULL) {
		if (is_other(q, a))
			put_formats(&text[0], a->formats, a->count);
		put_digests(&text[2], a->digests, a->count);
		put_titles(&text[4], a->titles, a->count);
	}
	for (size_t i = 0; i < RECORD_LISTS && st == STATUS_OK; i++)
		st = buf_status(&text[i]);
	if (st == STATUS_OK) {
		const struct sign_log_text texts[] = {
			{"approved_formats", text_of(&text[0])}, {"asked", text_of(&text[1])}, {"digests", text_of(&text[2])}, {"formats", text_of(&text[3])},
			{"titles", text_of(&text[4])}};

		st = sign_log_append_with(log, r, texts, RECORD_LISTS);
	}
	for (size_t i = 0; i < RECORD_LISTS; i++)
		buf_free(&text[i]);
	json_decref(r);
	return st;
}

void
sign_job_record(struct sign_job *j, struct sign_log *log, unsigned suppressed)
{
	const struct activation *a = j->judged.activation;
	enum status st = append_record(j, log, suppressed);

	log_info(a != NULL ? a->key : "-", "sign=%s why=%s count=%zu uid=%u record=%s",
		j->refusal.status == STATUS_OK ? "signed" : "refused",
		j->refusal.why != NULL ? j->refusal.why : "-", j->request->count,
		(unsigned)j->peer.uid, status_code(st));
	if (st != STATUS_OK && j->state == SIGN_JOB_SIGNED)
		refuse(j, st, "signing.record");
	set_state(j, SIGN_JOB_DONE);
}

struct refusal
sign_job_refusal(const struct sign_job *j)
{
	return j->refusal;
}

struct span
sign_job_shared(const struct sign_job *j)
{
	return cms_template_shared(j->any);
}

struct span
sign_job_pieces(const struct sign_job *j)
{
	return (struct span){j->cms.data, j->cms.len};
}

void
sign_job_whole(const struct sign_job *j, struct span piece, struct buf *out)
{
	struct span shared = sign_job_shared(j), before;
	uint8_t at;

	if (!span_get_u8(&piece, &at) || !span_get_bytes(&piece, at, &before))
		abort(); /* made above */
	buf_put(out, before.data, before.len);
	buf_put(out, shared.data, shared.len);
	buf_put(out, piece.data, piece.len);
}

size_t
sign_job_count(const struct sign_job *j)
{
	return j->done;
}

const char *
sign_job_skipped(const struct sign_job *j)
{
	return j->skipped;
}

size_t
sign_job_size(const struct sign_job *j, size_t i)
{
	return j->sizes[i];
}
