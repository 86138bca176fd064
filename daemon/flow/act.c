/*
 * act: see act.h. Steps: load the document (filtered by what the person may see), check by the rules, ask what else must be known
 * (targets, registers, contents), prepare all rows, then write them in one act. Only a number makes the act wait once for the database: its
 * notation stands in the register line and in the leaf.
 */
#include "daemon/flow/act.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/flow/act_private.h"
#include "daemon/flow/draft.h"
#include "daemon/store/document.h"
#include "daemon/store/register.h"

#define ACT_MEMORY (4u << 20)

static void
act_free(struct flow_act *a)
{
	json_t *owned[] = {a->loaded, a->context, a->insert, a->set, a->versions, a->assignments, a->note, a->told,
		a->packets, a->notice, a->details, a->number, a->moved};

	for (size_t i = 0; i < sizeof(owned) / sizeof(owned[0]); i++)
		json_decref(owned[i]);
	leaf_free(&a->leaf);
	diag_free(a->diag);
	arena_free(a->arena);
}

static void
finish(struct flow_act *a, enum status st)
{
	struct flow_result result = {st, a->diag, st == STATUS_OK ? a->moved : NULL};

	a->cb(a->arg, &result);
	act_free(a);
}

/* ---- the act ---- */

/* Keeps the first failure; the database makes the rest of the act fail by itself. */
static void
on_written(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct flow_act *a = arg;

	(void)value;
	if (st == STATUS_OK || st == STATUS_CANCELLED || a->failed != STATUS_OK)
		return;
	a->failed = st;
	snprintf(a->constraint, sizeof(a->constraint), "%s", constraint);
}

static json_t *
move_row(const struct flow_act *a)
{
	const char *reason = json_string_value(json_object_get(a->r.params, "reason"));
	const char *note = json_string_value(json_object_get(a->r.params, "note"));
	char id[UUID_TEXT];
	json_t *row;

	uuid_new(id);
	row = json_pack("{s:s,s:s,s:I,s:s,s:s,s:s,s:s,s:O,s:s}", "id", id, "document", a->id, "revision",
		(json_int_t)(a->d.revision + 1), "name", a->name, "from_state",
		a->what == DO_CREATE ? "" : flow_state_name(a->d.state), "to_state", flow_state_name(a->to),
		"note", a->what != DO_MOVE ? "" : reason ? reason : note ? note : "", "details", a->details, "leaf", a->leaf.id);
	if (a->r.person != NULL)
		json_object_set_new(row, "actor", json_string(a->r.person->id));
	return row;
}

/* What the leaf says and the caller is told. */
static enum status
make_leaf(struct flow_act *a)
{
	json_t *fields = json_pack("{s:s,s:I,s:s,s:s,s:s}", "document", a->id, "revision", (json_int_t)(a->d.revision + 1),
		"move", a->name, "from", a->what == DO_CREATE ? "" : flow_state_name(a->d.state), "to", flow_state_name(a->to));
	json_t *files = json_array(), *v;
	size_t i;
	enum status st;

	json_array_foreach(a->versions, i, v)
		json_array_append_new(files, json_pack("{s:O,s:O,s:O,s:O,s:O}", "id", json_object_get(v, "id"), "part",
			json_object_get(v, "part"), "sha256", json_object_get(v, "sha256"), "size",
			json_object_get(v, "size"), "name", json_object_get(v, "name")));
	if (a->number != NULL)
		json_object_set(fields, "register", a->number);
	if (json_array_size(files) > 0)
		json_object_set(fields, "versions", files);
	json_object_set(fields, "details", a->details);
	leaf_free(&a->leaf);
	st = leaf_make(a->what == DO_CREATE ? "document.create" : "document.move", a->r.person, a->d.organ_code, fields, &a->leaf);
	json_object_del(fields, "details");
	json_object_set_new(fields, "state", json_string(flow_state_name(a->to)));
	json_object_set_new(fields, "leaf", json_string(a->leaf.id));
	json_object_set(fields, "versions", files);
	json_decref(files);
	json_decref(a->moved);
	a->moved = fields;
	return st;
}

static void
write_assignments(struct flow_act *a, struct act *act)
{
	unsigned effects = a->row != NULL ? a->row->effects : 0;

	if (effects & (EFFECT_ASSIGN | EFFECT_END))
		assignment_end(act, a->id, "ended", on_written, a);
	if (effects & EFFECT_GIVE_BACK)
		assignment_end(act, a->id, "returned", on_written, a);
	if (effects & EFFECT_FINISH)
		assignment_end(act, a->id, "done", on_written, a);
	if (effects & EFFECT_ACCEPT)
		assignment_accept(act, a->id, a->r.person, on_written, a);
	if (effects & EFFECT_REOPEN)
		assignment_reopen(act, a->id, on_written, a);
	if (a->assignments != NULL)
		assignment_insert(act, a->assignments, on_written, a);
}

static void
write_void(struct flow_act *a, struct act *act)
{
	if (a->row != NULL && (a->row->effects & EFFECT_VOID_NUMBER))
		register_void_document(act, a->id, a->r.person->id, store_text(a->r.params, "reason"), on_written, a);
}

/* All statements but the number's; sent in one go. */
static void
write_all(struct flow_act *a, struct act *act, json_t *entry)
{
	enum status st = make_leaf(a);
	json_t *row, *answer, *v;
	size_t i;

	if (st != STATUS_OK) {
		act_end(act, st);
		return;
	}
	if (a->r.before != NULL)
		a->r.before(act, a->r.also_arg);
	if (a->insert != NULL)
		document_insert(act, a->insert, on_written, a);
	row = move_row(a);
	move_insert(act, row, on_written, a); /* before the update: two changes of one revision meet here */
	json_array_foreach(a->versions, i, v)
		json_object_set(v, "move", json_object_get(row, "id"));
	json_decref(row);
	if (a->what != DO_CREATE)
		document_set(act, a->id, a->d.revision + 1, a->set, on_written, a);
	if (entry != NULL)
		register_entry_insert(act, entry, on_written, a);
	if (json_array_size(a->versions) > 0)
		version_insert(act, a->versions, on_written, a);
	write_assignments(a, act);
	write_void(a, act);
	if (a->note != NULL)
		note_insert(act, a->note, on_written, a);
	json_array_foreach(a->told, i, row)
		status_tell(act, row, on_written, a);
	if (a->packets != NULL)
		packet_queue(act, a->packets, on_written, a);
	leaf_insert(act, &a->leaf, a->id, on_written, a);
	notify(act, a->notice, on_written, a);
	if (a->r.also != NULL)
		a->r.also(act, a->moved, a->r.also_arg);
	if (a->r.repeat != NULL) {
		answer = json_pack("{s:s}", "$document", a->id);
		repeat_insert(act, a->r.repeat, a->r.repeat_code, answer, on_written, a);
		json_decref(answer);
	}
	act_end(act, STATUS_OK);
}

struct number_step {
	struct flow_act *a;
	struct act *act;
};

/* The day may have ended, or a mark or rule changed, since the form was filled in. */
static bool
is_as_printed(const struct flow_act *a)
{
	const json_t *printed = a->r.printed;

	return printed == NULL || (strcmp(store_text(printed, "notation"), store_text(a->number, "notation")) == 0 &&
		strcmp(store_text(printed, "date"), store_text(a->number, "date")) == 0);
}

static void
on_number(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct number_step *step = arg;
	struct flow_act *a = step->a;
	struct act *act = step->act;
	int number = (int)store_number(value, "number"), expect = (int)store_number(a->r.params, "expect");
	json_t *entry = NULL;

	free(step);
	if (st == STATUS_NOT_FOUND) {
		diag_error(a->diag, "register.term", "register", NULL, NULL);
		st = STATUS_INVALID;
	}
	if (st == STATUS_OK && expect != 0 && expect != number) {
		diag_error(a->diag, "register.number-taken", "expect", NULL, NULL);
		st = STATUS_CONFLICT;
	}
	if (st == STATUS_OK)
		st = number_use(a, number, &entry);
	if (st == STATUS_OK && !is_as_printed(a)) {
		diag_error(a->diag, "register.number-taken", "printed", store_text(a->number, "notation"), store_text(a->r.printed, "notation"));
		json_decref(entry);
		st = STATUS_CONFLICT;
	}
	if (st != STATUS_OK) {
		on_written(a, st, NULL, constraint);
		act_end(act, st);
		return;
	}
	write_all(a, act, entry);
	json_decref(entry);
}

static void
run(struct act *act, void *arg)
{
	struct flow_act *a = arg;
	struct number_step *step;
	const char *period;
	bool year;

	a->failed = STATUS_OK;
	a->constraint[0] = '\0';
	if (a->reg < 0) {
		write_all(a, act, NULL);
		return;
	}
	step = malloc(sizeof(*step));
	if (step == NULL)
		abort();
	*step = (struct number_step){a, act};
	period = number_period(a, &year);
	register_take(act, store_text(json_array_get(json_object_get(a->context, "registers"), (size_t)a->reg), "id"), period, year,
		on_number, step);
}

static void
done(void *arg, enum status st)
{
	struct flow_act *a = arg;

	if (st == STATUS_DUPLICATE && strstr(a->constraint, "move_document_revision") != NULL) {
		diag_error(a->diag, "document.stale", "revision", NULL, NULL);
		st = STATUS_STALE;
	} else if (st == STATUS_DUPLICATE && strcmp(a->constraint, REPEAT_CONSTRAINT) != 0 && strcmp(a->constraint, FLOW_ONCE) != 0) {
		st = STATUS_CONFLICT;
	}
	finish(a, st);
}

static const struct act_kind kind = {.run = run, .done = done};

/* ---- the steps before ---- */

static void
on_context(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct flow_act *a = arg;

	(void)constraint;
	if (a->refused != STATUS_OK)
		st = a->refused;
	if (st == STATUS_OK) {
		a->context = json_incref(value);
		if (a->what == DO_NEXT_NUMBER) {
			st = number_choose(a, store_text(a->r.params, "register"));
			if (st == STATUS_OK && (a->moved = number_describe(a, 0, a->diag)) == NULL)
				st = STATUS_INVALID;
			finish(a, st);
			return;
		}
		st = a->what == DO_MOVE ? plan_move(a) : plan_document(a);
	}
	if (st != STATUS_OK) {
		finish(a, st);
		return;
	}
	db_act(a->r.db, &kind, a);
}

/* Most moves of a document that is there need no more than it: no number, nobody named, and files whose size is known. */
static bool
needs_context(const struct flow_act *a, const struct document_question *q)
{
	return a->what != DO_MOVE || (a->row->effects & (EFFECT_NUMBER | EFFECT_ARRIVAL_NUMBER)) != 0 || json_array_size(q->targets) > 0 ||
		json_array_size(q->contents) > 0 || json_array_size(q->documents) > 0;
}

static void
ask_context(struct flow_act *a)
{
	struct document_question q = {0};
	char day[CLOCK_TEXT];

	clock_format_date(a->day, day);
	q.organ = a->d.organ;
	q.regime = a->d.regime;
	q.direction = flow_direction_name(a->d.direction);
	q.kind = json_object_get(a->r.params, "kind") != NULL ? store_text(a->r.params, "kind") : a->d.kind;
	q.day = day;
	plan_question(a, &q);
	if (needs_context(a, &q)) {
		document_context(a->r.db, a->r.person, &q, on_context, a);
	} else {
		json_t *nothing = json_object();

		on_context(a, STATUS_OK, nothing, "");
		json_decref(nothing);
	}
	json_decref((json_t *)q.targets);
	json_decref((json_t *)q.contents);
	json_decref((json_t *)q.documents);
}

static enum status
check(struct flow_act *a)
{
	enum status st = STATUS_OK;

	a->to = a->d.state;
	switch (a->what) {
	case DO_MOVE:
		st = flow_check(&a->d, a->r.person, a->r.move, a->r.params, a->r.version_count, a->diag, &a->row);
		if (st == STATUS_OK && a->row->to != FLOW_SAME)
			a->to = (enum flow_state)a->row->to;
		a->name = a->r.move;
		break;
	case DO_CHANGE:
		a->name = "change";
		st = flow_check_change(&a->d, a->r.person, a->diag);
		if (st == STATUS_OK)
			st = draft_check_change(a->r.params, &a->d, a->r.certified, a->diag);
		break;
	case DO_VERSIONS:
		a->name = a->r.move != NULL ? a->r.move : "version";
		if (a->r.move == NULL)
			st = flow_check_change(&a->d, a->r.person, a->diag);
		if (st == STATUS_OK && a->d.secret && !a->r.certified) {
			diag_error(a->diag, "document.secret.content", "secrecy", NULL, "none");
			st = STATUS_INVALID;
		}
		break;
	default:
		break;
	}
	return st;
}

static void
on_loaded(void *arg, enum status st, json_t *value, const char *constraint)
{
	struct flow_act *a = arg;

	(void)constraint;
	if (st == STATUS_NOT_FOUND)
		diag_error(a->diag, "document.missing", "document", a->r.document, NULL);
	if (st == STATUS_OK) {
		a->loaded = json_incref(value);
		if (!flow_document_from_json(a->loaded, &a->d))
			st = STATUS_INTERNAL;
	}
	if (st == STATUS_OK && a->r.revision != 0 && a->r.revision != a->d.revision) {
		char got[24], want[24];

		snprintf(got, sizeof(got), "%lld", (long long)a->r.revision);
		snprintf(want, sizeof(want), "%lld", (long long)a->d.revision);
		diag_error(a->diag, "document.stale", "If-Match", got, want);
		st = STATUS_STALE;
	}
	if (st == STATUS_OK)
		st = check(a);
	if (st != STATUS_OK) {
		finish(a, st);
		return;
	}
	ask_context(a);
}

static struct flow_act *
act_new(const struct flow_request *r, enum flow_what what, flow_cb cb, void *arg)
{
	struct arena *arena = arena_new(ACT_MEMORY);
	struct flow_act *a = arena_alloc(arena, sizeof(*a));

	if (a == NULL || (a->diag = diag_new()) == NULL)
		abort();
	a->r = *r;
	a->what = what;
	a->cb = cb;
	a->arg = arg;
	a->arena = arena;
	a->reg = -1;
	a->details = json_object();
	a->day = clock_date_vietnam(clock_now());
	return a;
}

static void
begin(const struct flow_request *r, enum flow_what what, flow_cb cb, void *arg)
{
	struct flow_act *a = act_new(r, what, cb, arg);

	snprintf(a->id, sizeof(a->id), "%s", r->document);
	document_load_to_act(r->db, r->person, r->document, on_loaded, a);
}

void
flow_move(const struct flow_request *r, flow_cb cb, void *arg)
{
	begin(r, DO_MOVE, cb, arg);
}

void
flow_change(const struct flow_request *r, flow_cb cb, void *arg)
{
	begin(r, DO_CHANGE, cb, arg);
}

void
flow_add_versions(const struct flow_request *r, flow_cb cb, void *arg)
{
	begin(r, DO_VERSIONS, cb, arg);
}

void
flow_next_number(const struct flow_request *r, flow_cb cb, void *arg)
{
	begin(r, DO_NEXT_NUMBER, cb, arg);
}

/* The facts of a document that is not there yet: as much as the rules and the rows look at. */
static void
new_facts(struct flow_act *a, const struct flow_creation *c)
{
	const struct person *p = c->request.person;

	a->d = (struct flow_document){.organ = p ? p->organ : c->organ, .organ_code = p ? p->organ_code : c->organ_code,
		.regime = c->regime ? c->regime : "", .kind = "", .created_by = p ? p->id : "", .main_version = "", .main_mime = "",
		.unit_mark = "", .organ_mark = "", .external_id = store_text(c->request.params, "external_id"),
		.issuer_code = store_text(c->request.params, "issuer_code"), .issuer_name = store_text(c->request.params, "issuer_name"),
		.code_number = store_text(c->request.params, "code_number"), .reviewer = "", .leader = "",
		.issued_date = store_text(c->request.params, "issued_date"), .id = a->id};
	flow_direction_from_name(store_text(c->request.params, "direction"), &a->d.direction);
	a->to = a->d.state = a->d.direction == FLOW_INCOMING ? FLOW_STATE_ARRIVED : FLOW_STATE_DRAFT;
	a->name = "create";
}

void
flow_create(const struct flow_creation *c, flow_cb cb, void *arg)
{
	struct flow_act *a = act_new(&c->request, DO_CREATE, cb, arg);

	a->creation = c;
	if (c->request.document != NULL)
		snprintf(a->id, sizeof(a->id), "%s", c->request.document);
	else
		uuid_new(a->id);
	if (c->request.person != NULL) /* told after the next step: the callback never fires inside the call */
		a->refused = draft_check(c->request.params, c->request.person, c->request.certified, a->diag);
	new_facts(a, c);
	ask_context(a);
}
