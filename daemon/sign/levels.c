/* levels: see levels.h. claim -> bytes from the content store -> raise -> content store -> act (new version, leaf, level), one after the other. */
#include "daemon/sign/levels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/flow/act.h"
#include "daemon/io/loop.h"
#include "daemon/sign/container.h"
#include "daemon/sign/disagreement.h"
#include "daemon/sign/level.h"
#include "daemon/sign/raise.h"
#include "daemon/sign/trust.h"
#include "daemon/store/content.h"
#include "daemon/store/document.h"
#include "daemon/store/signing.h"
#include "lib/base/hex.h"
#include "lib/base/log.h"

#define CLAIM_SECONDS 600 /* longer than one raise can take */

struct levels {
	const struct sign_office *office;
	struct loop_timer *timer;
	struct levels_counters counters;
	bool busy, again, closing;

	json_t *row;               /* at work */
	int file, detached, made;
	json_t *outcome;           /* of signing_level */
	json_t *report;
	bool reached, disagreed, digested; /* digested: file is the record of a larger one's digests */
	char sha256[DIGEST_HEX];
	char rules[DIGEST_HEX];    /* of trust, when the row was claimed; "" none */
	char swept[DIGEST_HEX];    /* with these every archived one has been looked at */
	struct flow_version version;
};

static void look(struct levels *l);

static const char *
text_of(const struct levels *l, const char *member)
{
	return store_text(l->row, member);
}

static void
close_file(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
clear(struct levels *l)
{
	close_file(&l->file);
	close_file(&l->detached);
	close_file(&l->made);
	json_decref(l->row);
	json_decref(l->outcome);
	json_decref(l->report);
	l->row = l->outcome = l->report = NULL;
	l->disagreed = l->digested = false;
}

/* One is done: the next, at once while there are any. */
static void
rest(struct levels *l, bool more)
{
	clear(l);
	l->busy = false;
	if (l->closing)
		free(l);
	else if (more || l->again)
		look(l);
}

/* --- the acts --- */

static void
alarm_people(struct levels *l, struct act *act)
{
	json_t *notice;

	if (l->disagreed)
		disagreement_write(act, &(struct disagreement){.organ = text_of(l, "organ"), .organ_code = text_of(l, "organ_code"),
			.document = text_of(l, "document"), .signing = text_of(l, "id"), .revision = store_number(l->row, "revision"),
			.what = store_text(l->outcome, "reason")});
	if (l->reached || !store_flag(l->row, "overdue"))
		return;
	notice = json_pack("{s:O,s:O,s:s,s:[s,s],s:O,s:s}", "document", json_object_get(l->row, "document"), "organ",
		json_object_get(l->row, "organ"), "kind", "level", "roles", "clerk", "admin", "revision", json_object_get(l->row, "revision"),
		"state", "");
	signing_alarmed(act, text_of(l, "id"), NULL, NULL);
	notify(act, notice, NULL, NULL);
	json_decref(notice);
}

static void
run_put_off(struct act *act, void *arg)
{
	struct levels *l = arg;

	signing_level(act, l->outcome, !l->reached, NULL, NULL);
	alarm_people(l, act);
	act_end(act, STATUS_OK);
}

static void
put_off_done(void *arg, enum status st)
{
	struct levels *l = arg;

	l->counters.put_off += !l->reached;
	l->counters.alarms += !l->reached && store_flag(l->row, "overdue");
	if (!l->reached)
		log_warn(text_of(l, "id"), "event=level-put-off document=%s wanted=%s held=%s tries=%d next_try=%s overdue=%s why=\"%s\"",
			text_of(l, "document"), text_of(l, "wanted_level"), text_of(l, "held_level"), (int)store_number(l->row, "tries") + 1,
			store_text(l->outcome, "next_try"), store_flag(l->row, "overdue") ? "yes" : "no", store_text(l->outcome, "reason"));
	rest(l, st == STATUS_OK);
}

static const struct act_kind put_off_act = {.run = run_put_off, .done = put_off_done};

/* The level stays; tried again later. */
static void
put_off(struct levels *l, const char *why)
{
	char next[CLOCK_TEXT];

	l->reached = false;
	level_next_try(l->office, text_of(l, "held_level"), text_of(l, "wanted_level"), "", (unsigned)store_number(l->row, "tries"), next);
	if (next[0] == '\0') /* a renewal */
		clock_format_utc(clock_now() + 6 * 3600 * CLOCK_SECOND, next);
	json_decref(l->outcome);
	l->outcome = json_pack("{s:O,s:O,s:s,s:s}", "id", json_object_get(l->row, "id"), "level", json_object_get(l->row, "held_level"),
		"reason", why, "next_try", next);
	db_act(l->office->db, &put_off_act, l);
}

static void
also_level(struct act *act, const json_t *moved, void *arg)
{
	struct levels *l = arg;

	(void)moved;
	signing_level(act, l->outcome, !l->reached, NULL, NULL);
	alarm_people(l, act);
}

static void
on_versioned(void *arg, const struct flow_result *r)
{
	struct levels *l = arg;

	if (r->status != STATUS_OK) { /* changed meanwhile, or the database is away */
		put_off(l, diag_count(r->diag) > 0 ? diag_at(r->diag, 0)->code : status_full_code(r->status));
		return;
	}
	l->counters.raised++;
	log_info(text_of(l, "id"), "event=level-raised document=%s from=%s to=%s wanted=%s", text_of(l, "document"),
		text_of(l, "held_level"), store_text(l->outcome, "level"), text_of(l, "wanted_level"));
	rest(l, true);
}

static void
on_stored(void *arg, enum status st, const struct content_stored *stored)
{
	struct levels *l = arg;
	struct flow_request r = {.db = l->office->db, .certified = l->office->certified, .document = text_of(l, "document"),
		.revision = store_number(l->row, "revision"), .move = "timestamp", .versions = &l->version, .version_count = 1,
		.also = also_level, .also_arg = l};

	if (st != STATUS_OK) {
		put_off(l, status_full_code(st));
		return;
	}
	digest_hex(&stored->sha256, l->sha256);
	l->version = (struct flow_version){.part = text_of(l, "part"), .part_number = (int)store_number(l->row, "part_number"),
		.sha256 = l->sha256, .name = text_of(l, "name"), .mime = text_of(l, "mime"), .cause = "timestamped", .verdict = l->report};
	flow_add_versions(&r, on_versioned, l);
}

/* --- one signing --- */

static void
on_raised(void *arg, enum status st, const struct diag *diag, struct raised *r)
{
	struct levels *l = arg;
	char next[CLOCK_TEXT];

	if (st != STATUS_OK) {
		put_off(l, diag_count(diag) > 0 ? diag_at(diag, 0)->code : status_full_code(st));
		return;
	}
	l->disagreed = r->disagreed;
	if (r->disagreed)
		log_error(text_of(l, "id"), "event=verifiers-disagree document=%s what=\"%s\"", text_of(l, "document"), r->why);
	if (r->made < 0 && (level_rank(r->level) < level_rank(text_of(l, "wanted_level")) || r->why[0] != '\0')) {
		put_off(l, r->why);
		return;
	}
	l->reached = level_rank(r->level) >= level_rank(text_of(l, "wanted_level"));
	level_next_try(l->office, r->level, text_of(l, "wanted_level"), r->until, (unsigned)store_number(l->row, "tries"), next);
	l->outcome = json_pack("{s:O,s:s,s:s,s:s,s:s}", "id", json_object_get(l->row, "id"), "level", r->level, "reason", r->why, "next_try",
		next, "rules", l->rules);
	if (r->made < 0) { /* another's upgrade of the same file brought this one along, or there was nothing to renew */
		db_act(l->office->db, &put_off_act, l);
		return;
	}
	l->made = r->made;
	r->made = -1;
	l->report = json_incref(r->report);
	content_put_fd(l->office->db, l->made, CONTENT_NO_LIMIT, on_stored, l);
}

static void
raise_it(struct levels *l)
{
	struct raise_wish wish = {.container = l->digested ? "digests" : container_find(text_of(l, "container"))->kind, .file = l->file, .detached = l->detached,
		.field = text_of(l, "field"), .wanted = text_of(l, "wanted_level")};

	wish.renew = strcmp(text_of(l, "held_level"), "B-LTA") == 0;
	wish.when_due = wish.renew && store_flag(l->row, "look");
	sign_raise(l->office, &wish, on_raised, l);
}

static void
on_signature(void *arg, enum status st, int fd)
{
	struct levels *l = arg;

	if (st != STATUS_OK) {
		put_off(l, status_full_code(st));
		return;
	}
	l->detached = fd;
	raise_it(l);
}

static void
on_file(void *arg, enum status st, int fd)
{
	struct levels *l = arg;
	struct digest signature, sha256;

	if (st == STATUS_TOO_LARGE && !l->digested && strcmp(text_of(l, "container"), "cms") == 0 && hex_decode(text_of(l, "sha256"), sha256.bytes, DIGEST_BYTES)) {
		l->digested = true;
		content_get_imprints(l->office->db, &sha256, on_file, l);
		return;
	}
	if (st != STATUS_OK) {
		put_off(l, status_full_code(st));
		return;
	}
	l->file = fd;
	if (hex_decode(text_of(l, "signature"), signature.bytes, DIGEST_BYTES))
		content_get_fd(l->office->db, &signature, SIGN_FILE_MOST, on_signature, l);
	else
		raise_it(l);
}

static void
on_waiting(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct levels *l = arg;

	(void)constraint;
	if (st == STATUS_OK) {
		l->counters.waiting = store_number(value, "waiting");
		l->counters.overdue = store_number(value, "overdue");
	}
	rest(l, false);
}

static void
on_claimed(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct levels *l = arg;
	struct digest sha256;

	(void)constraint;
	if (st == STATUS_NOT_FOUND && !l->closing) {
		memcpy(l->swept, l->rules, sizeof(l->swept));
		signing_waiting(l->office->db, l->office->alarm_seconds, on_waiting, l);
		return;
	}
	if (st != STATUS_OK || (l->row = json_deep_copy(value)) == NULL) {
		rest(l, false);
		return;
	}
	if (hex_decode(text_of(l, "sha256"), sha256.bytes, DIGEST_BYTES))
		content_get_fd(l->office->db, &sha256, SIGN_FILE_MOST, on_file, l);
	else
		put_off(l, "no content");
}

static void
look(struct levels *l)
{
	if (l->closing || l->busy)
		return;
	l->busy = true;
	l->again = false;
	/* rules that changed are looked for until none is left, not with every tick */
	snprintf(l->rules, sizeof(l->rules), "%s", l->office->trust != NULL ? trust_rules(l->office->trust) : "");
	signing_claim(l->office->db, CLAIM_SECONDS, l->office->alarm_seconds, l->rules, strcmp(l->rules, l->swept) != 0, on_claimed, l);
}

static void
on_tick(void *arg)
{
	look(arg);
}

enum status
levels_start(const struct sign_office *o, unsigned interval_ms, struct levels **out)
{
	struct levels *l = calloc(1, sizeof(*l));
	enum status st = STATUS_NO_MEMORY;

	if (l != NULL) {
		l->office = o;
		l->file = l->detached = l->made = -1;
		st = loop_timer_start(o->loop, interval_ms, interval_ms, on_tick, l, &l->timer);
	}
	if (st == STATUS_OK)
		*out = l;
	else
		free(l);
	return st;
}

void
levels_wake(struct levels *l)
{
	if (l == NULL)
		return;
	l->again = true;
	look(l);
}

struct levels_counters
levels_counters(const struct levels *l)
{
	return l->counters;
}

void
levels_stop(struct levels *l, void (*done)(void *arg), void *arg)
{
	if (l == NULL) {
		done(arg);
		return;
	}
	l->closing = true;
	loop_timer_stop(l->timer);
	if (!l->busy)
		free(l);
	done(arg);
}
