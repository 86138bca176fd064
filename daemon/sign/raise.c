/*
 * raise: see raise.h. look (gather, VERIFY) -> choose a step -> TSA and worker -> a candidate -> look at it -> taken or left. A step that brings nothing ends
 * it: a document must not grow by a timestamp with every try.
 */
#include "daemon/sign/raise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/io/pool.h"
#include "daemon/sign/disagreement.h"
#include "daemon/sign/level.h"
#include "daemon/sign/memfile.h"
#include "daemon/sign/room.h"
#include "daemon/sign/tsa.h"
#include "daemon/store/store.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/wire/frame.h"

#define STEPS 6

struct raise {
	const struct sign_office *office;
	char container[16], field[300], wanted[16];
	int file, detached;        /* as good as it is by now; detached is empty without one */
	bool is_detached, renew, when_due, changed;
	int candidate;             /* what the last step made, not yet taken */
	int tail;                  /* of SEAL_ARCHIVE */
	json_t *plan;
	json_t *report;            /* of file */
	json_t *judged, *needs;    /* of the wish, until the first look */
	struct proof_set set;
	char level[16], held[16], why[500]; /* held: at the beginning */
	unsigned steps;
	size_t room;               /* for a document timestamp; 0: as the authority's last token asks for */
	bool disagreed, renewed;
	enum pool_priority priority;
	char until[CLOCK_TEXT];    /* end of the newest timestamp's certificate before a renewal */
	bool proofs_in, stamped;   /* steps taken, for renewing */
	raise_cb cb;
	void *arg;
};

static void look(struct raise *r);

static void
close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
end(struct raise *r, enum status st, const struct diag *diag)
{
	struct raised out = {.made = -1, .report = r->report, .proofs = &r->set, .disagreed = r->disagreed, .until = r->set.until};

	if (r->renew && !r->renewed)
		r->changed = false; /* proofs for a timestamp that did not come */
	if (r->renew && !r->renewed)
		memcpy(r->level, r->held, sizeof(r->level));
	if (r->changed)
		out.made = r->is_detached ? r->detached : r->file;
	snprintf(out.level, sizeof(out.level), "%s", r->level);
	snprintf(out.why, sizeof(out.why), "%s", r->why);
	r->cb(r->arg, st, diag, &out);
	if (r->changed && out.made < 0)
		*(r->is_detached ? &r->detached : &r->file) = -1;
	close_file(&r->file);
	close_file(&r->detached);
	close_file(&r->candidate);
	close_file(&r->tail);
	json_decref(r->plan);
	json_decref(r->report);
	json_decref(r->judged);
	json_decref(r->needs);
	proof_set_clear(&r->set);
	free(r);
}

/* No step more: what is held is held, and why not more is said. what: a code of the catalogue. */
static void
stop(struct raise *r, const char *what, const char *detail)
{
	snprintf(r->why, sizeof(r->why), "%s%s%s", what, detail[0] != '\0' ? ": " : "", detail);
	end(r, STATUS_OK, NULL);
}

static const char *
reason_of(const struct job_result *result)
{
	return diag_count(result->diag) > 0 ? diag_at(result->diag, 0)->code : status_full_code(result->status);
}

static void
submit(struct raise *r, struct job *job, pool_cb cb)
{
	enum status st = job->params != NULL ? pool_submit(r->office->pool, job, r->priority, cb, r) : STATUS_NO_MEMORY;

	json_decref(job->params);
	if (st != STATUS_OK)
		stop(r, status_full_code(st), "");
}

/* --- steps that make a candidate --- */

static void stamp_all(struct raise *r);

static void
on_made(void *arg, struct job_result *result)
{
	struct raise *r = arg;

	if (result->status != STATUS_OK || result->file_count < 1) {
		char what[400] = "";

		r->disagreed = disagreement_text(result->diag, what, sizeof(what));
		if (r->renew && !r->stamped && !r->disagreed) { /* without further proofs the timestamp is worth having all the same */
			log_warn("raise", "event=renewed-without-proofs kind=%s field=%s why=\"%s %s\"", r->container, r->field, reason_of(result),
				diag_count(result->diag) > 0 && diag_at(result->diag, 0)->got != NULL ? diag_at(result->diag, 0)->got : "");
			stamp_all(r);
			return;
		}
		stop(r, r->disagreed ? DISAGREEMENT_CODE : "level.refused", r->disagreed ? what : reason_of(result));
		return;
	}
	r->candidate = result->files[0];
	result->files[0] = -1;
	look(r);
}

static void
add_proofs(struct raise *r)
{
	struct job job = {.type = JOB_SEAL_PROOFS, .params = json_pack("{s:s,s:b}", "kind", r->container, "renew", (int)r->renew),
		.files = {r->file, r->detached}, .file_count = 2};

	r->proofs_in = true;
	proof_set_into(&r->set, &job);
	submit(r, &job, on_made);
}

/* A token larger than its room: nothing of the try is kept, and the next one has more. Nobody has approved its digest, so nobody is asked. */
static void
on_archived(void *arg, struct job_result *result)
{
	struct raise *r = arg;
	size_t larger = result->status == STATUS_TOO_LARGE ? sign_room_larger(result->diag) : 0;

	if (larger == 0 || larger <= r->room) {
		on_made(r, result);
		return;
	}
	r->room = larger;
	stamp_all(r);
}

static void
on_archive_token(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct raise *r = arg;
	struct job job = {.type = JOB_SEAL_ARCHIVED, .params = json_copy(r->plan)};
	int answer;

	(void)http;
	if (st != STATUS_OK) {
		json_decref(job.params);
		stop(r, "level.no-timestamp", why);
		return;
	}
	answer = memfile_of(body);
	json_object_set_new(job.params, "kind", json_string(r->container));
	job.files[job.file_count++] = r->file;
	job.files[job.file_count++] = r->detached;
	job.files[job.file_count++] = r->tail;
	job.files[job.file_count++] = answer;
	proof_set_into(&r->set, &job);
	submit(r, &job, on_archived);
	if (answer >= 0)
		close(answer);
}

static void
on_archive_prepared(void *arg, struct job_result *result)
{
	struct raise *r = arg;
	struct span query;

	if (result->status != STATUS_OK || result->file_count < 2 || frame_map(result->files[1], &query) != STATUS_OK) {
		stop(r, "level.no-request", reason_of(result));
		return;
	}
	json_decref(r->plan);
	r->plan = json_incref(result->value);
	close_file(&r->tail);
	r->tail = result->files[0];
	result->files[0] = -1;
	tsa_ask(r->office, query, on_archive_token, r);
	frame_unmap(&query);
}

static void
stamp_all(struct raise *r)
{
	size_t room = r->room != 0 ? r->room : sign_room_stamp(r->office);
	struct job job = {.type = JOB_SEAL_ARCHIVE, .params = json_pack("{s:s,s:I}", "kind", r->container, "room", (json_int_t)room),
		.files = {r->file, r->detached}, .file_count = 2};

	r->stamped = true;
	submit(r, &job, on_archive_prepared);
}

/* Of what a signature timestamp goes into: the CMS itself, whatever is known of its file. */
static const char *
signature_kind(const struct raise *r)
{
	return strcmp(r->container, "digests") == 0 ? "cms" : r->container;
}

static void
on_signature_token(void *arg, enum status st, long http, struct span body, const char *why)
{
	struct raise *r = arg;
	struct job job = {.type = JOB_TSP_ATTACH, .params = json_pack("{s:O,s:s,s:s}", "nonce", json_object_get(r->plan, "nonce"), "kind", signature_kind(r), "field", r->field)};
	int answer;

	(void)http;
	if (st != STATUS_OK) {
		json_decref(job.params);
		stop(r, "level.no-timestamp", why);
		return;
	}
	answer = memfile_of(body);
	job.files[job.file_count++] = r->is_detached ? r->detached : r->file;
	job.files[job.file_count++] = answer;
	submit(r, &job, on_made);
	if (answer >= 0)
		close(answer);
}

static void
on_signature_query(void *arg, struct job_result *result)
{
	struct raise *r = arg;
	struct span query;

	if (result->status != STATUS_OK || result->file_count < 1 || frame_map(result->files[0], &query) != STATUS_OK) {
		stop(r, "level.no-request", reason_of(result));
		return;
	}
	json_decref(r->plan);
	r->plan = json_incref(result->value);
	tsa_ask(r->office, query, on_signature_token, r);
	frame_unmap(&query);
}

/* A CMS gets the attribute, wherever it stands; in a PDF, whose bytes stand, the document timestamp says the same (EN 319 142-1 6.3), and of a counter-signature an archive timestamp. */
static void
stamp_signature(struct raise *r)
{
	struct job job = {.type = JOB_TSP_REQUEST, .params = json_pack("{s:s,s:s}", "kind", signature_kind(r), "field", r->field),
		.files = {r->is_detached ? r->detached : r->file}, .file_count = 1};

	if (strcmp(r->container, "pdf") != 0 && strncmp(r->field, "counter-", 8) != 0)
		submit(r, &job, on_signature_query);
	else {
		json_decref(job.params);
		stamp_all(r);
	}
}

/* --- looking --- */

/* The newest timestamp's certificate, or one of its algorithms, ends soon. */
static bool
is_due(const struct raise *r)
{
	clock_us end = 0;

	return !clock_parse(r->set.until, &end) || end - (clock_us)r->office->renew_days * CLOCK_DAY <= clock_now();
}

static void
choose(struct raise *r)
{
	int held = level_rank(r->level), wanted = level_rank(r->wanted);
	char why[400];

	if (held >= wanted && (!(r->renew && !r->stamped) || (r->when_due && !r->proofs_in && !is_due(r)))) {
		end(r, STATUS_OK, NULL);
		return;
	}
	proof_set_why(&r->set, why, sizeof(why));
	if (r->steps++ == STEPS)
		stop(r, "level.no-rise", "");
	else if (held < level_rank("B-B"))
		stop(r, "level.no-baseline", r->level);
	else if (held < level_rank("B-T"))
		stamp_signature(r);
	else if (proof_set_lacks_revocation(&r->set))
		stop(r, "level.no-revocation", why);
	else if (!r->proofs_in && (held < level_rank("B-LT") || r->renew))
		add_proofs(r); /* before a new archive timestamp too: for the one that ages */
	else if (held >= level_rank("B-LT"))
		stamp_all(r);
	else
		stop(r, "level.no-rise", "");
}

/*
 * A renewal that is due must bring a timestamp whose certificate lives longer: without one the file would grow with every try until the authority has a new certificate. One that is
 * asked for before it is due is taken as it is.
 */
static bool
renews(const struct raise *r)
{
	clock_us end = 0;

	return !r->stamped || strcmp(r->set.until, r->until) > 0 || !clock_parse(r->until, &end) ||
		end - (clock_us)r->office->renew_days * CLOCK_DAY > clock_now();
}

/* The candidate becomes the file when it is better; the judging of the worker has seen that nothing got worse. */
static void
weigh(struct raise *r, const json_t *report)
{
	const json_t *s = level_find(report, r->field);
	const char *level = store_text(s, "level");
	bool first = r->candidate < 0, better;

	/* proofs for a signature that has its archive timestamp already do not raise it: they are for the one that follows */
	if (!r->renew)
		better = level_rank(level) > level_rank(r->level);
	else if (!r->stamped)
		better = level_rank(level) >= level_rank("B-LT");
	else
		better = level_rank(level) >= level_rank(r->held) && renews(r);
	if (first)
		snprintf(r->held, sizeof(r->held), "%s", level);
	if (first)
		snprintf(r->until, sizeof(r->until), "%s", r->set.until);
	if (!first && !better) {
		log_info("raise", "event=not-better kind=%s field=%s why=\"%s\"", r->container, r->field, store_text(s, "why"));
		stop(r, r->renew ? "level.no-newer" : "level.no-rise", store_text(s, "sub_indication"));
		return;
	}
	if (!first) {
		close_file(r->is_detached ? &r->detached : &r->file);
		*(r->is_detached ? &r->detached : &r->file) = r->candidate;
		r->candidate = -1;
		r->changed = true;
		r->renewed = r->stamped;
	}
	json_decref(r->report);
	r->report = json_incref((json_t *)report);
	snprintf(r->level, sizeof(r->level), "%s", level);
	if (s == NULL)
		stop(r, "the signature is not in the file", "");
	else if (strcmp(store_text(s, "indication"), "TOTAL-FAILED") == 0 || r->set.revoked)
		stop(r, "the signature is not valid", store_text(s, "sub_indication"));
	else
		choose(r);
}

static void
on_verified(void *arg, struct job_result *result)
{
	struct raise *r = arg;

	if (result->status != STATUS_OK && r->report == NULL)
		end(r, result->status, result->diag);
	else if (result->status != STATUS_OK)
		stop(r, "the result cannot be judged", reason_of(result));
	else
		weigh(r, result->value);
}

/* Nothing new to judge by: the same bytes, the same trust, no proof that the worker did not have. */
static json_t *
take_judged(struct raise *r, const struct proof_set *set)
{
	json_t *judged = r->judged;

	r->judged = NULL;
	if (set->count == 0)
		return judged;
	json_decref(judged);
	return NULL;
}

static void
on_gathered(void *arg, enum status st, struct proof_set *set)
{
	struct raise *r = arg;
	int file = r->file, detached = r->detached;
	struct job job = {.type = JOB_VERIFY};
	json_t *judged = take_judged(r, set);

	proof_set_clear(&r->set);
	r->set = *set;
	*set = (struct proof_set){0};
	if (st == STATUS_CANCELLED) {
		json_decref(judged);
		end(r, st, NULL);
		return;
	}
	if (judged != NULL) {
		weigh(r, judged);
		json_decref(judged);
		return;
	}
	job.params = json_pack("{s:s}", "kind", r->container);
	if (r->candidate >= 0)
		*(r->is_detached ? &detached : &file) = r->candidate;
	job.files[job.file_count++] = file;
	if (r->is_detached)
		job.files[job.file_count++] = detached;
	proof_set_into(&r->set, &job);
	st = pool_submit(r->office->pool, &job, r->priority, on_verified, r);
	json_decref(job.params);
	if (st != STATUS_OK)
		end(r, st, NULL);
}

static void
look(struct raise *r)
{
	int file = r->file, detached = r->detached;

	if (r->candidate >= 0)
		*(r->is_detached ? &detached : &file) = r->candidate;
	gather_start(r->office->loop, r->office->pool, r->office->proofs, r->container, file, r->is_detached ? detached : -1, r->needs,
		r->office->gather_ms, on_gathered, r);
	json_decref(r->needs);
	r->needs = NULL;
}

void
sign_raise(const struct sign_office *o, const struct raise_wish *wish, raise_cb cb, void *arg)
{
	struct raise *r = calloc(1, sizeof(*r));

	if (r == NULL)
		abort();
	r->office = o;
	snprintf(r->container, sizeof(r->container), "%s", wish->container);
	snprintf(r->field, sizeof(r->field), "%s", wish->field != NULL ? wish->field : "");
	snprintf(r->wanted, sizeof(r->wanted), "%s", wish->wanted);
	r->renew = wish->renew;
	r->when_due = wish->when_due;
	r->priority = wish->urgent ? POOL_URGENT : POOL_NORMAL;
	r->is_detached = wish->detached >= 0;
	r->file = dup(wish->file);
	r->detached = r->is_detached ? dup(wish->detached) : frame_memfd("congvan");
	r->candidate = r->tail = -1;
	r->judged = json_incref((json_t *)(uintptr_t)wish->report);
	r->needs = json_incref((json_t *)(uintptr_t)wish->needs);
	r->cb = cb;
	r->arg = arg;
	look(r);
}
