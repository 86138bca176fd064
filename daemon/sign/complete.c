/*
 * complete: see complete.h. cms -> (worker: timestamp request -> TSA -> worker: attach) -> worker: embed and judge -> raise (proofs, archive timestamp) -> the act,
 * which stores the bytes too. What is missing never lowers the level silently: the level held is stored beside the level wanted and queued to be raised (levels.h), said in the
 * answer and logged, and the signature stays, because it was lawfully made.
 */
#include "daemon/sign/complete.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/flow/act.h"
#include "daemon/io/pool.h"
#include "daemon/sign/container.h"
#include "daemon/sign/disagreement.h"
#include "daemon/sign/level.h"
#include "daemon/sign/memfile.h"
#include "daemon/sign/objects.h"
#include "daemon/sign/raise.h"
#include "daemon/sign/room.h"
#include "daemon/sign/sign_move.h"
#include "daemon/sign/stamp.h"
#include "daemon/sign/trust.h"
#include "daemon/store/content.h"
#include "daemon/store/signing.h"
#include "lib/base/hex.h"
#include "lib/base/imprints.h"
#include "lib/base/log.h"
#include "lib/wire/frame.h"

#define RAISED DISAGREEMENT_CODE ": " /* raise's reason for having stopped begins with it; ours too, later */

/* One file. */
struct complete {
	struct complete_whole *whole;
	const struct sign_office *office;
	const struct person *person;
	const json_t *signing;
	const struct container *container;
	struct objects more;        /* files besides the main one that go into a new container */
	json_t *outcome;            /* NULL: still at work, or ready to be stored */
	int cms, base, tail, sealed;
	int bare;                   /* the CMS before it got its timestamp, or -1 */
	char why[500];              /* why the level wanted is not held */
	char large[80];             /* how much larger than its hole the signature is */
	char unfit[80];             /* why nobody would hold it valid */
	char level[16], field[300]; /* held, and of which signature */
	char next_try[CLOCK_TEXT];  /* of raising it */
	json_t *report, *needs, *evidence, *again;
	struct content_new *stored; /* the result, for the act */
	struct flow_version version;
	char sha256[65], name[300];
};

/* The files of a document that one act takes, or none of them; mostly one. */
struct complete_whole {
	const struct sign_office *office;
	const struct person *person;
	struct complete *items;
	struct flow_version *versions;
	size_t count, at;           /* at: the one at work */
	json_t *params;             /* of the move */
	complete_cb cb;
	void *arg;
};

static void begin(struct complete *c);
static void move_document(struct complete_whole *w);

static const char *
text_of(const struct complete *c, const char *member)
{
	return store_text(c->signing, member);
}

/* The signature is over another signature: base is that one, and the document is besides. */
static bool
is_counter(const struct complete *c)
{
	return store_flag(json_object_get(c->signing, "plan"), "counter");
}

/* base is the record of the file's digests: it is larger than what a worker maps (prepare.c). */
static bool
is_digested(const struct complete *c)
{
	return json_object_get(json_object_get(c->signing, "plan"), "imprints") != NULL;
}

static const char *
kind_of(const struct complete *c)
{
	return is_counter(c) ? "counter" : is_digested(c) ? "digests" : c->container->kind;
}

static void
say(struct complete *c, const char *version, const char *error)
{
	json_decref(c->outcome);
	c->outcome = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s?,s:s,s:s,s:s}", "id", text_of(c, "id"), "document",
		text_of(c, "document"), "state", error == NULL ? "done" : "failed", "wanted_level",
		text_of(c, "wanted_level"), "level", c->level, "version", version, "error", error != NULL ? error : "",
		"timestamp_error", c->why, "next_try", c->next_try);
	if (c->again != NULL)
		json_object_set_new(c->outcome, "again", c->again);
	c->again = NULL;
	if (error != NULL) {
		log_warn(text_of(c, "id"), "event=signing-failed why=\"%s\"", error);
		signing_failed(c->office->db, text_of(c, "id"), error, NULL, NULL);
	}
}

static void
let_go(struct complete *c)
{
	int *fds[] = {&c->cms, &c->base, &c->tail, &c->sealed, &c->bare};

	for (size_t k = 0; k < sizeof(fds) / sizeof(fds[0]); k++) {
		if (*fds[k] >= 0)
			close(*fds[k]);
		*fds[k] = -1;
	}
	objects_close(&c->more);
}

static void
whole_end(struct complete_whole *w)
{
	json_t *outcomes = json_array();

	for (size_t i = 0; i < w->count; i++) {
		struct complete *c = &w->items[i];

		let_go(c);
		json_array_append_new(outcomes, c->outcome);
		json_decref(c->report);
		json_decref(c->needs);
		json_decref(c->evidence);
		content_new_free(c->stored);
	}
	w->cb(w->arg, outcomes);
	json_decref(w->params);
	free(w->versions);
	free(w->items);
	free(w);
}

/* One of them cannot be: so none is. What it is stands with that one, and what was prepared again in its stead with the first. */
static void
finish(struct complete *c, const char *error)
{
	struct complete_whole *w = c->whole;
	char why[500];

	if (c->again != NULL && c != &w->items[0]) {
		w->items[0].again = c->again;
		c->again = NULL;
	}
	snprintf(why, sizeof(why), "signing.whole: %s: %s", text_of(c, "base_name"), error);
	for (size_t i = 0; i < w->count; i++)
		say(&w->items[i], NULL, &w->items[i] == c ? error : why);
	whole_end(w);
}

static void
fail(struct complete *c, enum status st, const struct diag *diag)
{
	char error[400];

	snprintf(error, sizeof(error), "%s%s%s", diag_count(diag) > 0 ? diag_at(diag, 0)->code : status_full_code(st),
		diag_count(diag) > 0 && diag_at(diag, 0)->got != NULL ? ": " : "",
		diag_count(diag) > 0 && diag_at(diag, 0)->got != NULL ? diag_at(diag, 0)->got : "");
	finish(c, error);
}

/* --- two verifiers that contradict each other --- */

static void
run_disagreement(struct act *act, void *arg)
{
	struct complete *c = arg;

	disagreement_write(act, &(struct disagreement){.person = c->person, .organ = c->person->organ, .organ_code = c->person->organ_code,
		.document = text_of(c, "document"), .signing = text_of(c, "id"), .revision = store_number(c->signing, "revision"), .what = c->why});
	act_end(act, STATUS_OK);
}

static void
disagreement_done(void *arg, enum status st)
{
	struct complete *c = arg;
	char error[600];

	if (st != STATUS_OK)
		log_error(text_of(c, "id"), "event=alarm-not-written status=%s", status_code(st));
	snprintf(error, sizeof(error), DISAGREEMENT_CODE ": %s", c->why);
	finish(c, error);
}

static const struct act_kind disagreement_act = {.run = run_disagreement, .done = disagreement_done};

/* --- a signature larger than what was kept for it --- */

static void embed(struct complete *c);

static void
on_again(void *arg, enum status st, const struct diag *diag, json_t *value)
{
	struct complete *c = arg;

	if (st == STATUS_OK)
		c->again = json_incref(value);
	else
		log_warn(text_of(c, "id"), "event=not-prepared-again status=%s why=%s", status_code(st),
			diag_count(diag) > 0 ? diag_at(diag, 0)->code : "");
	finish(c, c->large);
}

/*
 * It is the timestamp that does not fit: the signature goes in without it, and a document timestamp after it, which has its own room, says the same (EN 319 142-1
 * 6.3). It is the signature itself: the hole is part of what was signed, so a larger one is another digest, prepared here and approved by the person. Nothing has
 * been stored or moved.
 */
static void
does_not_fit(struct complete *c, const struct job_result *result)
{
	const json_t *wish = json_object_get(json_object_get(c->whole->items[0].signing, "plan"), "wish");
	size_t larger = sign_room_larger(result->diag);

	if (c->bare >= 0) {
		log_warn(text_of(c, "id"), "event=timestamp-does-not-fit then=document-timestamp");
		close(c->cms);
		c->cms = c->bare;
		c->bare = -1;
		embed(c);
		return;
	}
	if (larger == 0 || wish == NULL) {
		fail(c, STATUS_TOO_LARGE, result->diag);
		return;
	}
	snprintf(c->large, sizeof(c->large), "seal.hole: %s > %s", diag_at(result->diag, 0)->got, diag_at(result->diag, 0)->want);
	sign_prepare_again(c->office, c->person, wish, larger, on_again, c);
}

/* Nothing is released while two verifiers contradict each other about it: why says about what. */
static void
disagree(struct complete *c)
{
	log_error(text_of(c, "id"), "event=verifiers-disagree document=%s what=\"%s\"", text_of(c, "document"), c->why);
	db_act(c->office->db, &disagreement_act, c);
}

/* Refused by the worker: why, and whether people must know. */
static void
refused(struct complete *c, const struct job_result *result)
{
	if (result->status == STATUS_TOO_LARGE && diag_has(result->diag, "seal.hole"))
		does_not_fit(c, result);
	else if (result->status == STATUS_CONFLICT && disagreement_text(result->diag, c->why, sizeof(c->why)))
		disagree(c);
	else
		fail(c, result->status != STATUS_OK ? result->status : STATUS_INTERNAL, result->diag);
}

/* --- the act --- */

static void
put_contents(struct act *act, void *arg)
{
	const struct complete_whole *w = arg;

	for (size_t i = 0; i < w->count; i++)
		content_new_put(act, w->items[i].stored);
}

static void
also_done(struct act *act, const json_t *moved, void *arg)
{
	struct complete_whole *w = arg;

	for (size_t i = 0; i < w->count; i++) {
		struct complete *c = &w->items[i];
		const json_t *version = json_array_get(json_object_get(moved, "versions"), i);
		json_t *row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "id", text_of(c, "id"), "version", store_text(version, "id"), "level",
			c->level, "field", c->field, "reason", c->why, "next_try", c->next_try, "rules",
			c->office->trust != NULL ? trust_rules(c->office->trust) : "");

		signing_done(act, row, NULL, NULL);
		json_decref(row);
	}
}

static void
on_moved(void *arg, const struct flow_result *r)
{
	struct complete_whole *w = arg;

	if (r->status != STATUS_OK) {
		fail(&w->items[0], r->status, r->diag);
		return;
	}
	for (size_t i = 0; i < w->count; i++)
		say(&w->items[i], store_text(json_array_get(json_object_get(r->moved, "versions"), i), "id"), NULL);
	whole_end(w);
}

/* "thu.pdf" -> "thu.den.pdf"; what would be too long stays as it is. */
static void
name_beside(const char *base, const char *infix, char to[300])
{
	const char *dot = strrchr(base, '.');
	size_t stem = dot != NULL ? (size_t)(dot - base) : strlen(base);

	if (strlen(base) + strlen(infix) <= 255)
		snprintf(to, 300, "%.*s%s%s", (int)stem, base, infix, base + stem);
	else
		snprintf(to, 300, "%s", base);
}

static void
make_version(struct complete *c, const struct sign_move *m)
{
	bool pdf = strcmp(c->container->name, "pdf") == 0;
	bool grown = pdf || strcmp(text_of(c, "base_part"), c->container->part) == 0; /* the file that was there, with one more signature in it */

	snprintf(c->name, sizeof(c->name), "%s%s", text_of(c, "base_name"), grown ? "" : c->container->suffix);
	c->version = (struct flow_version){
		.part = pdf ? text_of(c, "base_part") : c->container->part, .part_number = grown ? (int)store_number(c->signing, "base_part_number") : -1,
		.sha256 = c->sha256, .size = (int64_t)content_new_size(c->stored), .name = c->name, .mime = c->container->mime, .cause = m->cause, .verdict = c->report,
	};
	if (!m->beside)
		return;
	name_beside(text_of(c, "base_name"), m->infix, c->name);
	c->version.part = m->part;
	c->version.part_number = m->part_number;
}

/* A copy and a stamp say in the history and the leaf which form they have and of which version they are; a whole, the approval of each of its files. */
static void
describe(struct complete_whole *w, const struct sign_move *m)
{
	struct complete *c = &w->items[0];
	const json_t *wish = json_object_get(json_object_get(c->signing, "plan"), "wish");
	const char *note = store_text(wish, "note");
	json_t *rest = w->count > 1 ? json_array() : NULL;

	w->params = json_object();
	if (note[0] != '\0')
		json_object_set_new(w->params, "note", json_string(note));
	if (m->beside)
		json_object_set(c->evidence, "of", json_object_get(c->signing, "base_version"));
	if (strcmp(m->name, "copy") == 0)
		json_object_set_new(w->params, "form", json_string(store_text(wish, "copy")[0] != '\0' ? store_text(wish, "copy") : "sao-y"));
	for (size_t i = 1; i < w->count; i++) {
		struct complete *k = &w->items[i];

		json_array_append_new(rest, json_pack("{s:O,s:O*,s:O*}", "attachment", json_object_get(k->signing, "attachment"), "digest",
			json_object_get(k->evidence, "digest"), "position", json_object_get(k->evidence, "position")));
	}
	if (rest != NULL)
		json_object_set_new(c->evidence, "attachments", rest);
}

/* All are there: one act stores them and moves the document, whose revision is the one that all were prepared for. */
static void
move_document(struct complete_whole *w)
{
	const struct sign_move *m = sign_move_find(text_of(&w->items[0], "move"));
	struct flow_request r = {
		.db = w->office->db, .person = w->person, .certified = w->office->certified,
		.document = text_of(&w->items[0], "document"), .revision = store_number(w->items[0].signing, "revision"),
		.move = text_of(&w->items[0], "move"), .versions = w->versions, .version_count = w->count,
		.also = also_done, .also_arg = w, .before = put_contents,
	};

	if (m == NULL) {
		fail(&w->items[0], STATUS_INTERNAL, NULL);
		return;
	}
	for (size_t i = 0; i < w->count; i++) {
		make_version(&w->items[i], m);
		w->versions[i] = w->items[i].version;
	}
	describe(w, m);
	r.signing = w->items[0].evidence;
	r.params = w->params;
	flow_move(&r, on_moved, w);
}

static void
on_hashed(void *arg, enum status st, struct content_new *stored)
{
	struct complete *c = arg;
	struct complete_whole *w = c->whole;

	if (st != STATUS_OK) {
		fail(c, st, NULL);
		return;
	}
	c->stored = stored;
	digest_hex(content_new_digest(stored), c->sha256);
	let_go(c); /* a document may have fifty of them */
	if (++w->at < w->count)
		begin(&w->items[w->at]);
	else
		move_document(w);
}

/* A PDF begins with what was signed. */
static void
store(struct complete *c)
{
	struct digest base;
	struct stat st;
	bool based = strcmp(c->container->name, "pdf") == 0 && hex_decode(text_of(c, "base_sha256"), base.bytes, DIGEST_BYTES) && fstat(c->base, &st) == 0;

	content_new_fd(c->office->db, c->sealed, based ? &base : NULL, based ? (uint64_t)st.st_size : 0, on_hashed, c);
}

/* --- embedding, and our verdict on the result --- */

/*
 * A signature that nobody will hold valid (a certificate that has ended, is not for signing, leads to no anchor of ours) is not released, however sound its value is. Only data that
 * may still come, of revocation, is waited for. The signer looks at the certificate of a key that it keeps before it signs; of a person's own key only this does.
 */
static const char *
why_unfit(struct complete *c, const json_t *own)
{
	const char *sub = store_text(own, "sub_indication");

	if (strncmp(sub, "REVOKED", 7) == 0)
		return "signing.revoked";
	if (strcmp(store_text(own, "indication"), "TOTAL-PASSED") == 0 || strcmp(sub, "TRY_LATER") == 0)
		return NULL;
	snprintf(c->unfit, sizeof(c->unfit), "signing.not-valid: %s", sub);
	return c->unfit;
}

/* The signature just made is the last one that is no timestamp; none of the file may be TOTAL-FAILED. */
static const char *
judge(struct complete *c)
{
	const json_t *all = json_object_get(c->report, "signatures"), *own = level_find(c->report, c->field), *s;
	const char *certificate;
	size_t i;

	if (own == NULL)
		return "signing.no-signature";
	json_array_foreach(all, i, s)
		if (strcmp(store_text(s, "indication"), "TOTAL-FAILED") == 0 || !store_flag(s, "intact"))
			return "signing.verdict";
	/* by the certificate that the account has, or that the signer's key had when it was prepared: nobody completes it with the PIN of somebody else's key */
	certificate = sign_key_is_own(text_of(c, "key_id")) ? text_of(c, "key_id") :
		store_text(json_object_get(c->signing, "plan"), "certificate");
	if (certificate[0] != '\0' && strcmp(store_text(json_object_get(own, "signer"), "digest"), certificate) != 0)
		return "signing.other-certificate";
	snprintf(c->level, sizeof(c->level), "%s", store_text(own, "level"));
	snprintf(c->field, sizeof(c->field), "%s", store_text(own, "field"));
	return why_unfit(c, own);
}

static void
on_raised(void *arg, enum status st, const struct diag *diag, struct raised *r)
{
	struct complete *c = arg;
	const char *bad;

	if (st != STATUS_OK) {
		fail(c, st, diag);
		return;
	}
	if (r->disagreed) { /* about what a step made, though not about the signature before it */
		snprintf(c->why, sizeof(c->why), "%s", r->why + (strncmp(r->why, RAISED, strlen(RAISED)) == 0 ? strlen(RAISED) : 0));
		disagree(c);
		return;
	}
	if (r->made >= 0) {
		close(c->sealed);
		c->sealed = r->made;
		r->made = -1;
	}
	json_decref(c->report);
	c->report = json_incref(r->report);
	json_object_set(c->report, "missing", r->proofs->missing);
	bad = judge(c);
	if (bad == NULL && r->proofs->revoked)
		bad = "signing.revoked";
	if (bad != NULL) {
		finish(c, bad);
		return;
	}
	if (c->why[0] == '\0')
		snprintf(c->why, sizeof(c->why), "%s", r->why);
	level_next_try(c->office, c->level, text_of(c, "wanted_level"), r->until, 0, c->next_try);
	if (level_rank(c->level) < level_rank(text_of(c, "wanted_level")))
		log_warn(text_of(c, "id"), "event=level-not-reached wanted=%s held=%s next_try=%s why=\"%s\"",
			text_of(c, "wanted_level"), c->level, c->next_try, c->why);
	store(c);
}

static void
on_embedded(void *arg, struct job_result *result)
{
	struct complete *c = arg;
	struct raise_wish wish = {.container = is_digested(c) ? "digests" : c->container->kind, .detached = -1, .wanted = text_of(c, "wanted_level"),
		.urgent = true};
	const char *bad;

	if (result->status != STATUS_OK || result->file_count < 1) {
		refused(c, result);
		return;
	}
	c->report = json_incref(result->value);
	snprintf(c->field, sizeof(c->field), "%s", store_text(c->report, "own"));
	json_object_del(c->report, "own");
	c->needs = json_incref(json_object_get(c->report, "needs"));
	json_object_del(c->report, "needs");
	bad = judge(c);
	if (bad != NULL) {
		finish(c, bad);
		return;
	}
	c->sealed = result->files[0];
	result->files[0] = -1;
	wish.field = c->field;
	wish.report = c->report;
	wish.needs = c->needs;
	wish.file = c->sealed;
	if (c->container->beside) {
		wish.file = is_counter(c) ? c->more.fds[0] : c->base;
		wish.detached = c->sealed;
	}
	if (c->why[0] != '\0')
		wish.wanted = c->level; /* without a timestamp now there is none in a moment either: the queue tries again */
	sign_raise(c->office, &wish, on_raised, c);
}

static void
embed(struct complete *c)
{
	struct job job = {.type = JOB_SEAL_EMBED, .params = json_copy(json_object_get(c->signing, "plan"))};
	enum status st;

	json_object_set_new(job.params, "kind", json_string(kind_of(c)));
	job.files[job.file_count++] = c->base;
	job.files[job.file_count++] = c->tail;
	job.files[job.file_count++] = c->cms;
	for (size_t i = 0; i < c->more.count; i++)
		job.files[job.file_count++] = c->more.fds[i];
	st = pool_submit(c->office->pool, &job, POOL_URGENT, on_embedded, c);
	json_decref(job.params);
	if (st != STATUS_OK)
		fail(c, st, NULL);
}

/* Content by the digest in the signing's row. */
static void
fetch_content(struct complete *c, const char *member, void (*cb)(void *arg, enum status st, int fd))
{
	struct digest d;

	if (hex_decode(text_of(c, member), d.bytes, DIGEST_BYTES))
		content_get_fd(c->office->db, &d, SIGN_FILE_MOST, cb, c);
	else
		fail(c, STATUS_INTERNAL, NULL);
}

static void
on_more(void *arg, enum status st)
{
	struct complete *c = arg;

	if (st != STATUS_OK)
		fail(c, st, NULL);
	else
		embed(c);
}

/* A new container is made of the same files as when it was prepared: their digests stand in what was signed. */
static void
load_more(struct complete *c)
{
	const json_t *plan = json_object_get(c->signing, "plan");

	if (strcmp(store_text(plan, "form"), "asic-e") == 0)
		objects_load(c->office->db, json_object_get(plan, "objects"), 1, SIGN_FILE_MOST, &c->more, on_more, c);
	else if (is_counter(c) && c->container->beside) /* the document that the signature is over */
		objects_load(c->office->db, json_object_get(plan, "objects"), 0, SIGN_FILE_MOST, &c->more, on_more, c);
	else
		embed(c);
}

static void
on_tail(void *arg, enum status st, int fd)
{
	struct complete *c = arg;

	if (st != STATUS_OK) {
		fail(c, st, NULL);
		return;
	}
	c->tail = fd;
	load_more(c);
}

static void
on_base(void *arg, enum status st, int fd)
{
	struct complete *c = arg;

	if (st != STATUS_OK) {
		fail(c, st, NULL);
		return;
	}
	c->base = fd;
	if (text_of(c, "tail")[0] != '\0')
		fetch_content(c, "tail", on_tail);
	else if ((c->tail = frame_memfd("congvan")) >= 0) /* nothing was prepared but the digest */
		load_more(c);
	else
		fail(c, STATUS_IO, NULL);
}

/* The record that was prepared with: of the very bytes that the version has by its hash. -1: it is not that. */
static int
record_of(const struct complete *c)
{
	const char *text = store_text(json_object_get(c->signing, "plan"), "imprints");
	unsigned char *record = NULL;
	struct imprints i;
	struct digest d;
	size_t len = 0;
	int fd = -1;

	if (base64_decode(text, strlen(text), &record, &len) && imprints_read((struct span){record, len}, &i) &&
		hex_decode(text_of(c, "base_sha256"), d.bytes, DIGEST_BYTES) && memcmp(d.bytes, i.of[IMPRINT_SHA256].bytes, DIGEST_BYTES) == 0)
		fd = memfile_of((struct span){record, len});
	free(record);
	return fd;
}

static void
load_base(struct complete *c)
{
	int record = is_digested(c) ? record_of(c) : -1;

	if (!is_digested(c))
		fetch_content(c, "base_sha256", on_base);
	else
		on_base(c, record >= 0 ? STATUS_OK : STATUS_INTERNAL, record);
}

/* --- timestamp --- */

static void
on_stamped(void *arg, int cms, const char *why)
{
	struct complete *c = arg;

	snprintf(c->why, sizeof(c->why), "%s", why);
	if (cms >= 0) {
		c->bare = c->cms;
		c->cms = cms;
	}
	load_base(c);
}

static void
begin(struct complete *c)
{
	enum status st;

	if (c->office->tsa_url[0] == '\0' || strcmp(text_of(c, "wanted_level"), "B-B") == 0 || c->cms < 0) {
		load_base(c);
		return;
	}
	st = stamp_start(c->office, c->cms, on_stamped, c);
	if (st != STATUS_OK)
		on_stamped(c, -1, status_full_code(st));
}

void
sign_complete(const struct sign_office *o, const struct person *person, const struct complete_file *files, size_t count, complete_cb cb, void *arg)
{
	struct complete_whole *w = calloc(1, sizeof(*w));

	if (w == NULL || (w->items = calloc(count, sizeof(*w->items))) == NULL || (w->versions = calloc(count, sizeof(*w->versions))) == NULL)
		abort();
	w->office = o;
	w->person = person;
	w->count = count;
	w->cb = cb;
	w->arg = arg;
	for (size_t i = 0; i < count; i++) {
		struct complete *c = &w->items[i];

		c->whole = w;
		c->office = o;
		c->person = person;
		c->signing = files[i].signing;
		c->container = container_find(text_of(c, "container"));
		c->evidence = json_incref(files[i].evidence);
		c->base = c->tail = c->sealed = c->bare = -1;
		c->cms = memfile_of(files[i].cms);
	}
	begin(&w->items[0]);
}
