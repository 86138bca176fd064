/*
 * combiner: see combiner.h. The transaction goes BEGIN, then for each act SAVEPOINT, its statements, RELEASE or ROLLBACK TO, then COMMIT and a
 * sync; nothing waits for an answer that does not decide something, so an act is begun as soon as the one before it has sent all it has to
 * send. If that one fails after all, the server skips those behind it, and they are begun anew. Acts that come while the transaction runs join it up to a
 * limit, those that come during the commit make the next. A batch that is lost or refused as a whole is run again, each act in a
 * transaction of its own, so that one that kills its connection does not take its neighbours with it twice.
 */
#include "daemon/db/combiner_private.h"

#include <stdlib.h>

#include "daemon/db/result.h"
#include "daemon/io/loop.h"
#include "lib/base/log.h"

/* Acts in one transaction: beyond about 8 the flush is a small part (platform.md), and who came first should not wait long. */
#define BATCH_MOST 64
#define OPEN_MOST (100 * CLOCK_SECOND / 1000)
#define OPEN_ACTS 8
#define ATTEMPTS 3

static const struct db_stmt stmt_begin = {"begin", "BEGIN", 0};
static const struct db_stmt stmt_savepoint = {"savepoint", "SAVEPOINT act", 0};
static const struct db_stmt stmt_release = {"release", "RELEASE SAVEPOINT act", 0};
static const struct db_stmt stmt_rollback_to = {"rollback_to", "ROLLBACK TO SAVEPOINT act", 0};
static const struct db_stmt stmt_unflushed = {"unflushed", "SET LOCAL synchronous_commit TO off", 0};
static const struct db_stmt stmt_commit = {"commit", "COMMIT", 0};

static void
set_phase(struct combiner *c, enum combiner_phase phase)
{
	static const unsigned moves[] = {
		[PHASE_DOWN] = 1u << PHASE_IDLE,
		[PHASE_IDLE] = 1u << PHASE_OPEN | 1u << PHASE_DOWN,
		[PHASE_OPEN] = 1u << PHASE_COMMITTING | 1u << PHASE_DOWN,
		[PHASE_COMMITTING] = 1u << PHASE_IDLE | 1u << PHASE_DOWN,
	};

	if (phase != c->phase && !(moves[c->phase] & 1u << phase))
		abort();
	c->phase = phase;
}

/* ---- a later turn: deferred callbacks and refused acts; never inside the caller ---- */

static void
act_done(struct act *a)
{
	a->kind->done(a->arg, a->status);
	free(a);
}

static void
later(void *arg)
{
	struct combiner *c = arg;
	struct act *a;

	c->soon = false;
	if (!c->closing) {
		c->stepping = true;
		act_answer_deferred(c);
	}
	while ((a = act_pop(&c->refused)) != NULL)
		act_done(a);
	c->stepping = false;
	if (c->closing)
		free(c);
	else
		combiner_step(c);
}

void
combiner_later(struct combiner *c)
{
	if (!c->soon && loop_soon(c->loop, later, c) != STATUS_OK)
		abort();
	c->soon = true;
}

/* ---- statements of the transaction itself ---- */

static void
on_control(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct combiner *c = arg;

	(void)result;
	/* Skipped behind an act that failed, or else none of them fails on a sound connection; if one does, start again from a new one. */
	if (st == STATUS_OK || st == STATUS_UNCERTAIN || st == STATUS_CANCELLED)
		return;
	log_error("db=acts", "event=control-failed message=\"%s\"", error != NULL ? error->message : "");
	dbconn_break(c->conn);
}

static void
control(struct combiner *c, const struct db_stmt *stmt)
{
	dbconn_send(c->conn, stmt, NULL, false, on_control, c);
	dbconn_request(c->conn);
}

/* ---- one act after the other ---- */

/* It has sent all it has to send, and meant it well: the next one may follow on its heels. Not in a transaction of one, where nothing is gained. */
static void
release_early(struct combiner *c, struct act *a)
{
	if (a->state != ACT_RUNNING || !a->ended || a->status != STATUS_OK || a->released || a->alone)
		return;
	control(c, &stmt_release);
	a->released = true;
}

static void
start_act(struct combiner *c, struct act *a)
{
	act_push(&c->open, a);
	a->state = ACT_RUNNING;
	a->status = STATUS_OK;
	a->ended = a->released = a->again = a->fell = false;
	a->since = clock_monotonic();
	control(c, &stmt_savepoint);
	a->inside = true;
	a->kind->run(a, a->arg);
	a->inside = false;
}

/* The first open act is undone, those behind it with it. They wait again; it does too if it may run once more. */
static void
roll_back(struct combiner *c)
{
	struct act_queue again = {NULL, NULL, 0};
	struct act *a, *first = c->open.head;

	control(c, &stmt_rollback_to);
	control(c, &stmt_release);
	while ((a = act_pop(&c->open)) != NULL) {
		if (a->state == ACT_FAILED && a->again && (a->fell || ++a->attempts < ATTEMPTS)) {
			a->state = ACT_WAITING;
			a->alone = a->alone || a == first;
			act_push(&again, a);
			continue;
		}
		a->state = a->ended || a->status != STATUS_TIMEOUT ? ACT_REFUSED : ACT_OVER;
		act_push(&c->batch, a);
	}
	act_push_all_front(&c->waiting, &again);
}

/* Moves the acts that are through from `open` to `batch`. False: answers are still to come before anything else may be sent. */
static bool
settle(struct combiner *c)
{
	struct act *a;

	while ((a = c->open.head) != NULL) {
		if (a->state == ACT_RUNNING && a->status == STATUS_OK) {
			if (a->pending > 0 || !a->ended)
				break;
			if (!a->released)
				control(c, &stmt_release);
			a->state = ACT_KEPT;
			act_push(&c->batch, act_pop(&c->open));
			continue;
		}
		/* Failed, or refused itself: nothing may follow until all of it and behind it is answered. */
		for (const struct act *behind = a; behind != NULL; behind = behind->next)
			if (behind->pending > 0)
				return false;
		roll_back(c);
	}
	return c->open.last == NULL || (c->open.last->state == ACT_RUNNING && c->open.last->released);
}

/* May the first of the waiting acts join the transaction? */
static bool
may_join(const struct combiner *c)
{
	const struct act *next = c->waiting.head, *first = c->batch.head != NULL ? c->batch.head : c->open.head;

	if (next == NULL || first == NULL)
		return next != NULL;
	return c->batch.count + c->open.count < BATCH_MOST && c->open.count < OPEN_ACTS && !first->alone && !next->alone &&
		clock_monotonic() - c->opened < OPEN_MOST;
}

static void on_commit(void *arg, enum status st, const struct db_result *result,
	const struct db_error *error);

/* Whatever is in it may be lost by a crash, and nobody waits for the disk. */
static bool
is_unflushed(const struct combiner *c)
{
	for (const struct act *a = c->batch.head; a != NULL; a = a->next)
		if (!a->kind->unflushed)
			return false;
	return true;
}

/* One thing to be done; false when there is nothing before an answer comes. */
static bool
advance(struct combiner *c)
{
	if (c->open.last != NULL)
		release_early(c, c->open.last);
	if (!settle(c) || c->phase == PHASE_COMMITTING || c->phase == PHASE_DOWN)
		return false;
	if (c->phase == PHASE_IDLE) {
		if (c->waiting.head == NULL)
			return false;
		control(c, &stmt_begin);
		c->opened = clock_monotonic();
		set_phase(c, PHASE_OPEN);
		return true;
	}
	if (may_join(c)) {
		start_act(c, act_pop(&c->waiting));
		return true;
	}
	if (c->open.head != NULL)
		return false;
	if (is_unflushed(c))
		control(c, &stmt_unflushed);
	dbconn_send(c->conn, &stmt_commit, NULL, false, on_commit, c);
	dbconn_sync(c->conn, NULL, NULL);
	set_phase(c, PHASE_COMMITTING);
	return true;
}

void
combiner_step(struct combiner *c)
{
	if (c->stepping || c->closing)
		return;
	c->stepping = true;
	while (dbconn_is_up(c->conn) && advance(c))
		;
	c->stepping = false;
	dbconn_flush(c->conn);
}

/* ---- the end of a batch ---- */

/* Answers every act of the batch: kept ones with st, refused ones with their refusal if the commit stands and with `refused` otherwise. */
static void
answer_batch(struct combiner *c, enum status st, enum status refused)
{
	struct act_queue batch = c->batch;
	struct act *a;

	c->batch = (struct act_queue){NULL, NULL, 0};
	while ((a = act_pop(&batch)) != NULL) {
		if (a->state == ACT_OVER) {
			a->kind->done(a->arg, a->status);
			act_push(&c->over, a);
			continue;
		}
		if (a->state == ACT_KEPT)
			a->status = st;
		else if (refused != STATUS_OK)
			a->status = refused;
		c->uncertain += a->status == STATUS_UNCERTAIN;
		act_done(a);
	}
}

/* The batch did not happen: its acts wait again, in their order, each to be run alone. */
static void
batch_again(struct combiner *c)
{
	struct act_queue batch = c->batch, again = {NULL, NULL, 0}, spent = {NULL, NULL, 0};
	struct act *a;

	c->batch = (struct act_queue){NULL, NULL, 0};
	while ((a = act_pop(&batch)) != NULL) {
		if (a->state != ACT_OVER && ++a->attempts < ATTEMPTS) {
			a->state = ACT_WAITING;
			a->alone = true;
			act_push(&again, a);
		} else {
			a->status = a->state == ACT_OVER ? STATUS_TIMEOUT : STATUS_UNAVAILABLE;
			act_push(&spent, a);
		}
	}
	act_push_all_front(&c->waiting, &again);
	act_push_all_front(&c->batch, &spent);
	answer_batch(c, STATUS_UNAVAILABLE, STATUS_OK);
}

static void
on_commit(void *arg, enum status st, const struct db_result *result, const struct db_error *error)
{
	struct combiner *c = arg;
	bool outer = c->stepping;

	c->stepping = true;
	if (st == STATUS_UNCERTAIN || st == STATUS_CANCELLED) {
		answer_batch(c, STATUS_UNCERTAIN, STATUS_UNAVAILABLE);
		/* The phase changes when the connection reports itself down. */
	} else if (st == STATUS_OK && result_is_commit(result)) {
		c->batches++;
		if (c->batch.count > c->largest_batch)
			c->largest_batch = c->batch.count;
		set_phase(c, PHASE_IDLE);
		answer_batch(c, STATUS_OK, STATUS_OK);
	} else {
		/* A deferred constraint, or a transaction that had failed unnoticed: COMMIT answers ROLLBACK. */
		log_warn("db=acts", "event=commit-refused acts=%zu message=\"%s\"", c->batch.count,
			error != NULL ? error->message : "rolled back");
		set_phase(c, PHASE_IDLE);
		if (c->batch.count == 1 && st != STATUS_OK && st != STATUS_CONFLICT)
			answer_batch(c, st, STATUS_OK);
		else
			batch_again(c);
	}
	c->stepping = outer;
	combiner_step(c);
}

/* ---- the connection ---- */

static void
on_up(void *arg)
{
	static const struct db_stmt *const controls[] = {&stmt_begin, &stmt_savepoint, &stmt_rollback_to, &stmt_release, &stmt_unflushed, &stmt_commit};
	struct combiner *c = arg;

	/* An empty transaction prepares them all: one that was first prepared behind a failed act would not be there when it is needed. */
	for (size_t i = 0; i < sizeof(controls) / sizeof(controls[0]); i++)
		control(c, controls[i]);
	dbconn_sync(c->conn, NULL, NULL);
	set_phase(c, PHASE_IDLE);
	combiner_step(c);
	if (c->config.changed != NULL)
		c->config.changed(c->config.arg);
}

static void
on_down(void *arg, bool was_up, const char *why)
{
	struct combiner *c = arg;
	struct act *a;

	(void)why;
	if (!was_up)
		return;
	c->lost++;
	set_phase(c, PHASE_DOWN);
	c->stepping = true;
	/* Whatever the open acts sent has been answered; what they asked for since is answered now. */
	for (a = c->open.head; a != NULL; a = a->next) {
		a->again = true;
		act_fail(a, STATUS_UNAVAILABLE);
	}
	act_answer_deferred(c);
	while ((a = act_pop(&c->open)) != NULL) {
		a->state = ACT_REFUSED;
		act_push(&c->batch, a);
	}
	batch_again(c);
	c->stepping = false;
	if (c->config.changed != NULL)
		c->config.changed(c->config.arg);
}

/* ---- life ---- */

enum status
combiner_new(struct loop *loop, const struct combiner_config *config, struct combiner **out)
{
	struct combiner *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return STATUS_NO_MEMORY;
	c->loop = loop;
	c->config = *config;
	c->deferred_tail = &c->deferred;
	*out = c;
	return STATUS_OK;
}

enum status
combiner_connect(struct combiner *c, const char *url)
{
	static const struct dbconn_hooks hooks = {on_up, on_down, NULL};
	struct dbconn_target target = {url, c->config.settle, false};

	c->conn = dbconn_new(c->loop, "db=acts", &target, &hooks, c);
	return c->conn != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

void
combiner_retry(struct combiner *c)
{
	dbconn_retry(c->conn);
}

void
combiner_act(struct combiner *c, const struct act_kind *kind, void *arg)
{
	struct act *a = calloc(1, sizeof(*a));

	if (a == NULL)
		abort();
	a->combiner = c;
	a->kind = kind;
	a->arg = arg;
	a->since = clock_monotonic();
	c->acts++;
	if (c->closing || c->waiting.count >= c->config.queue) {
		a->status = c->closing ? STATUS_CANCELLED : STATUS_TOO_MANY;
		act_push(&c->refused, a);
		combiner_later(c);
		return;
	}
	act_push(&c->waiting, a);
	/* run is never called inside db_act */
	if (c->phase == PHASE_IDLE)
		combiner_later(c);
}

static void
free_ended_late(struct combiner *c, bool all)
{
	struct act_queue over = c->over;
	struct act *a;

	c->over = (struct act_queue){NULL, NULL, 0};
	while ((a = act_pop(&over)) != NULL) {
		if (all || (a->state == ACT_REFUSED && a->pending == 0))
			free(a);
		else
			act_push(&c->over, a);
	}
}

void
combiner_tick(struct combiner *c)
{
	clock_us now = clock_monotonic(), oldest = now - (clock_us)c->config.wait_ms * 1000;
	struct act *a = c->open.last;

	while (c->waiting.head != NULL && c->waiting.head->since < oldest) {
		c->waiting.head->status = STATUS_UNAVAILABLE;
		act_push(&c->refused, act_pop(&c->waiting));
		combiner_later(c);
	}
	if (a != NULL && a->state == ACT_RUNNING && !a->ended && a->pending == 0 && now - a->since > (clock_us)c->config.act_ms * 1000) {
		log_error("db=acts", "event=act-timeout");
		act_fail(a, STATUS_TIMEOUT);
		combiner_later(c);
	}
	free_ended_late(c, false);
	dbconn_check(c->conn, c->config.answer_ms);
}

void
combiner_free(struct combiner *c)
{
	struct act *a;

	if (c == NULL)
		return;
	c->closing = true;
	dbconn_close(c->conn);
	act_answer_deferred(c);
	act_push_all_front(&c->waiting, &c->open);
	act_push_all_front(&c->waiting, &c->batch);
	act_push_all_front(&c->waiting, &c->refused);
	while ((a = act_pop(&c->waiting)) != NULL) {
		a->status = STATUS_CANCELLED;
		act_done(a);
	}
	free_ended_late(c, true);
	if (!c->soon)
		free(c);
}

bool
combiner_is_up(const struct combiner *c)
{
	return dbconn_is_up(c->conn);
}

void
combiner_count(const struct combiner *c, struct db_counters *to)
{
	to->acts += c->acts;
	to->batches += c->batches;
	if (c->largest_batch > to->largest_batch)
		to->largest_batch = c->largest_batch;
	to->queued += c->waiting.count;
	to->reconnects += c->lost;
	to->uncertain += c->uncertain;
	to->connections += dbconn_is_up(c->conn);
}
