/*
 * sequencer: see sequencer.h. stale -> loading (the edge from the database) -> resting <-> numbering -> signing -> resting. A failure in
 * loading or numbering goes back to stale: the database is the truth, never memory.
 */
#include "daemon/evidence/sequencer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/evidence/tree.h"
#include "daemon/store/log_store.h"
#include "lib/base/log.h"
#include "lib/pki/checkpoint.h"

#define SEQUENCER_ARRAY (1u << 20)                 /* bytes of one array parameter */
#define SEQUENCER_BATCH 1000                       /* leaves of one round: the LIMIT of log_store_waiting */

enum sequencer_state {
	SEQUENCER_STALE,     /* the edge in memory is not known to be the database's; nothing under way */
	SEQUENCER_LOADING,   /* queries for the edge are under way */
	SEQUENCER_RESTING,   /* the edge is right; nothing under way */
	SEQUENCER_NUMBERING, /* an act is under way */
	SEQUENCER_SIGNING    /* the signer or the insert of a checkpoint is under way */
};

struct sequencer {
	struct sequencer_config config;
	struct sequencer_signer signer;
	enum sequencer_state state;
	struct loop_timer *timer;
	struct db_leader *leader;
	struct act *act;               /* while numbering */
	struct merkle_edge edge, next; /* committed; what the act under way makes of it */
	uint64_t checkpoint_size;
	size_t batch;                  /* leaves of the act under way */
	struct tree_list *list;        /* scratch of the round */
	bool leading, again, closing;
	bool away; /* the signer did not sign the last time: said once, not at each try */
	void (*done)(void *arg);
	void *done_arg;
};

static void look(struct sequencer *s);

static bool
is_busy(const struct sequencer *s)
{
	return s->state != SEQUENCER_STALE && s->state != SEQUENCER_RESTING;
}

static void
finish(void *arg)
{
	struct sequencer *s = arg;
	void (*done)(void *) = s->done;
	void *done_arg = s->done_arg;

	free(s->list);
	free(s);
	done(done_arg);
}

/* Ends a round in `state`; a sequencer that is being stopped is freed when its last round has ended. */
static void
settle(struct sequencer *s, enum sequencer_state state)
{
	s->state = s->leading ? state : SEQUENCER_STALE;
	if (s->closing)
		loop_soon(s->config.loop, finish, s);
	else if (s->again)
		look(s);
}

/* --- loading --- */

static void
on_edge(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct sequencer *s = arg;

	(void)error;
	if (st == STATUS_OK) {
		tree_take_rows(s->list, rows);
		st = tree_edge(s->edge.size, s->list, &s->edge);
	}
	s->again = st == STATUS_OK;
	if (st != STATUS_OK)
		log_error("sequencer", "event=load-failed status=%s size=%llu", status_code(st),
			(unsigned long long)s->edge.size);
	settle(s, st == STATUS_OK ? SEQUENCER_RESTING : SEQUENCER_STALE);
}

static void
on_size(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct sequencer *s = arg;
	struct buf levels, numbers;

	(void)error;
	if (st != STATUS_OK) {
		settle(s, SEQUENCER_STALE);
		return;
	}
	s->edge.size = (uint64_t)db_number(rows, 0, 0);
	s->list->count = 0;
	tree_want_edge(s->edge.size, s->list);
	buf_init(&levels, SEQUENCER_ARRAY);
	buf_init(&numbers, SEQUENCER_ARRAY);
	tree_arrays(s->list, &levels, &numbers, NULL);
	db_query(s->config.db, &log_store_get_nodes,
		(struct db_param[]){DB_TEXT(buf_str(&levels)), DB_TEXT(buf_str(&numbers))}, on_edge, s);
	buf_free(&levels);
	buf_free(&numbers);
}

static void
on_checkpoint(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct sequencer *s = arg;

	(void)error;
	if (st != STATUS_OK) {
		settle(s, SEQUENCER_STALE);
		return;
	}
	s->checkpoint_size = db_rows(rows) > 0 ? (uint64_t)db_number(rows, 0, 0) : 0;
	db_query(s->config.db, &log_store_size, NULL, on_size, s);
}

/* --- numbering: one act --- */

struct arrays {
	struct buf ids, indexes, levels, numbers, hashes;
};

static void
arrays_init(struct arrays *a)
{
	struct buf *all[] = {&a->ids, &a->indexes, &a->levels, &a->numbers, &a->hashes};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_init(all[i], SEQUENCER_ARRAY);
}

static void
arrays_free(struct arrays *a)
{
	struct buf *all[] = {&a->ids, &a->indexes, &a->levels, &a->numbers, &a->hashes};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buf_free(all[i]);
}

/* The waiting leaves appended to the edge: what is to be written. */
static enum status
extend(struct sequencer *s, const struct db_result *rows, struct arrays *a)
{
	s->next = s->edge;
	s->list->count = 0;
	for (size_t i = 0; i < s->batch; i++) {
		struct span hash = db_bytes(rows, i, 1);
		struct digest leaf;

		if (hash.len != DIGEST_BYTES)
			return STATUS_INTERNAL;
		memcpy(leaf.bytes, hash.data, DIGEST_BYTES);
		buf_printf(&a->ids, "%s%s", i > 0 ? "," : "{", db_text(rows, i, 0));
		buf_printf(&a->indexes, "%s%llu", i > 0 ? "," : "{", (unsigned long long)s->next.size);
		tree_append(&s->next, &leaf, s->list);
	}
	buf_put_byte(&a->ids, '}');
	buf_put_byte(&a->indexes, '}');
	tree_arrays(s->list, &a->levels, &a->numbers, &a->hashes);
	return buf_status(&a->hashes);
}

static void
ignore(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	(void)arg, (void)st, (void)rows, (void)error; /* a failed statement fails its act */
}

static void
on_waiting(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct sequencer *s = arg;
	struct arrays a;

	(void)error;
	if (st != STATUS_OK) {
		act_end(s->act, st);
		return;
	}
	s->batch = db_rows(rows);
	arrays_init(&a);
	if (s->batch > 0 && (st = extend(s, rows, &a)) == STATUS_OK) {
		act_query(s->act, &log_store_number,
			(struct db_param[]){DB_TEXT(buf_str(&a.ids)), DB_TEXT(buf_str(&a.indexes))}, ignore, s);
		if (s->list->count > 0)
			act_query(s->act, &log_store_put_nodes,
				(struct db_param[]){DB_TEXT(buf_str(&a.levels)), DB_TEXT(buf_str(&a.numbers)),
					DB_TEXT(buf_str(&a.hashes))}, ignore, s);
	}
	arrays_free(&a);
	act_end(s->act, st);
}

static void
run_numbering(struct act *act, void *arg)
{
	struct sequencer *s = arg;

	s->act = act;
	s->batch = 0;
	act_query(act, &log_store_waiting, NULL, on_waiting, s);
}

/* --- checkpoints --- */

static void
on_stored(void *arg, enum status st, const struct db_result *rows, const struct db_error *error)
{
	struct sequencer *s = arg;

	(void)rows;
	(void)error;
	if (st == STATUS_OK)
		s->checkpoint_size = s->edge.size;
	else
		log_warn("sequencer", "event=checkpoint-not-stored status=%s", status_code(st));
	settle(s, SEQUENCER_RESTING);
}

static void
on_signed(void *arg, const char *note)
{
	struct sequencer *s = arg;
	struct digest root = merkle_root(&s->edge);
	char size[24];

	if (note == NULL) {
		if (!s->away)
			log_warn("sequencer", "event=checkpoint-not-signed size=%llu", (unsigned long long)s->edge.size);
		s->away = true;
		s->again = false; /* not at once: the next tick tries again */
		settle(s, SEQUENCER_RESTING);
		return;
	}
	s->away = false;
	snprintf(size, sizeof(size), "%llu", (unsigned long long)s->edge.size);
	db_query(s->config.db, &log_store_put_checkpoint, (struct db_param[]){DB_TEXT(size),
		DB_BYTES(root.bytes, DIGEST_BYTES), DB_TEXT(note)}, on_stored, s);
}

static void
sign_checkpoint(struct sequencer *s)
{
	struct digest root = merkle_root(&s->edge);
	struct buf body;

	buf_init(&body, 4096);
	if (checkpoint_body(s->config.origin, s->edge.size, &root, NULL, &body) == STATUS_OK) {
		s->state = SEQUENCER_SIGNING;
		s->signer.sign(s->signer.arg, buf_str(&body), on_signed, s);
	} else {
		log_error("sequencer", "event=origin-not-valid");
		settle(s, SEQUENCER_RESTING);
	}
	buf_free(&body);
}

static void
numbered(void *arg, enum status st)
{
	struct sequencer *s = arg;

	s->act = NULL;
	if (st != STATUS_OK) {
		log_warn("sequencer", "event=numbering-failed status=%s", status_code(st));
		s->again = false;
		settle(s, SEQUENCER_STALE);
		return;
	}
	if (s->batch > 0)
		s->edge = s->next;
	if (s->batch == SEQUENCER_BATCH)
		s->again = true;
	else if (s->signer.sign != NULL && s->edge.size > s->checkpoint_size && s->leading && !s->closing) {
		sign_checkpoint(s);
		return;
	}
	settle(s, SEQUENCER_RESTING);
}

static const struct act_kind numbering = {.run = run_numbering, .done = numbered};

static void
look(struct sequencer *s)
{
	if (s->closing || !s->leading || is_busy(s))
		return;
	s->again = false;
	if (s->state == SEQUENCER_STALE) {
		s->state = SEQUENCER_LOADING;
		db_query(s->config.db, &log_store_checkpoint, NULL, on_checkpoint, s);
	} else {
		s->state = SEQUENCER_NUMBERING;
		db_act(s->config.db, &numbering, s);
	}
}

static void
on_tick(void *arg)
{
	look(arg);
}

static void
on_gained(void *arg)
{
	struct sequencer *s = arg;

	log_info("sequencer", "event=leading");
	s->leading = true;
	look(s);
}

static void
on_lost(void *arg)
{
	struct sequencer *s = arg;

	log_info("sequencer", "event=not-leading");
	s->leading = false;
	if (!is_busy(s))
		s->state = SEQUENCER_STALE;
}

enum status
sequencer_start(const struct sequencer_config *config, struct sequencer **out)
{
	struct sequencer *s = calloc(1, sizeof(*s));
	unsigned ms = config->interval_ms != 0 ? config->interval_ms : 500;
	enum status st;

	if (s == NULL || (s->list = malloc(sizeof(*s->list))) == NULL) {
		free(s);
		return STATUS_NO_MEMORY;
	}
	s->config = *config;
	if (config->signer != NULL)
		s->signer = *config->signer;
	st = loop_timer_start(config->loop, ms, ms, on_tick, s, &s->timer);
	if (st == STATUS_OK && (s->leader = db_leader_start(config->db, DB_LEADER_SEQUENCER, on_gained, on_lost, s)) == NULL)
		st = STATUS_NO_MEMORY;
	if (st != STATUS_OK) {
		loop_timer_stop(s->timer);
		free(s->list);
		free(s);
		return st;
	}
	*out = s;
	return STATUS_OK;
}

void
sequencer_wake(struct sequencer *s)
{
	if (s == NULL)
		return;
	s->again = true;
	look(s);
}

void
sequencer_stop(struct sequencer *s, void (*done)(void *arg), void *arg)
{
	s->closing = true;
	s->done = done;
	s->done_arg = arg;
	loop_timer_stop(s->timer);
	db_leader_stop(s->leader);
	if (!is_busy(s))
		loop_soon(s->config.loop, finish, s);
}

struct sequencer_counters
sequencer_counters(const struct sequencer *s)
{
	return (struct sequencer_counters){s->edge.size, s->checkpoint_size, s->leading};
}
