/* plan_move: what a move causes, as rows; see move_table.c for what each move causes. */
#include <stdio.h>
#include <string.h>

#include "daemon/flow/act_private.h"
#include "daemon/flow/draft.h"
#include "daemon/flow/mandate.h"
#include "daemon/flow/param.h"
#include "daemon/store/document.h"

const json_t *
plan_target(const struct flow_act *a, const char *asked, const char *type)
{
	const json_t *targets = json_object_get(a->context, "targets"), *t;
	size_t i;

	json_array_foreach(targets, i, t)
		if (strcmp(store_text(t, "asked"), asked) == 0 && store_text(t, "id")[0] != '\0' &&
			(type == NULL || strcmp(store_text(t, "type"), type) == 0))
			return t;
	return NULL;
}

static void
add_text(json_t *list, const char *s)
{
	if (s[0] != '\0')
		json_array_append_new(list, json_string(s));
}

static void
add_targets(json_t *list, const json_t *v)
{
	const json_t *e;
	size_t i;

	if (json_is_array(v))
		json_array_foreach(v, i, e)
			add_text(list, flow_target_text(e));
	else
		add_text(list, flow_target_text(v));
}

static void
add_digest(json_t *list, const char *digest)
{
	if (flow_is_digest(digest))
		add_text(list, digest);
}

void
plan_question(struct flow_act *a, struct document_question *q)
{
	static const char *const targets[] = {"lead", "coordinate", "inform", "reviewer", "leader", "cosigners", "unit"};
	static const char *const documents[] = {"answer", "answers", "replaces"};
	json_t *t = json_array(), *c = json_array(), *d = json_array();
	const json_t *files = json_object_get(a->r.params, "attachments"), *f;
	size_t i;

	for (i = 0; i < sizeof(targets) / sizeof(targets[0]); i++)
		add_targets(t, json_object_get(a->r.params, targets[i]));
	for (i = 0; i < sizeof(documents) / sizeof(documents[0]); i++)
		if (uuid_is_valid(store_text(a->r.params, documents[i])))
			add_text(d, store_text(a->r.params, documents[i]));
	for (i = 0; i < a->r.version_count; i++)
		add_digest(c, a->r.versions[i].size > 0 ? "" : a->r.versions[i].sha256);
	add_digest(c, store_text(json_object_get(a->r.params, "main"), "sha256"));
	json_array_foreach(files, i, f)
		add_digest(c, store_text(f, "sha256"));
	q->targets = t;
	q->contents = c;
	q->documents = d;
}

json_t *
plan_status(const struct flow_act *a, const char *code, const char *description, const json_t *staff)
{
	char id[UUID_TEXT];
	json_t *row;

	if (a->d.direction != FLOW_INCOMING || a->d.external_id[0] == '\0' || a->d.issuer_code[0] == '\0')
		return NULL;
	uuid_new(id);
	row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "id", id, "document", a->id, "receiver_code", a->d.issuer_code,
		"status_code", code, "description", description, "body", body_status(&a->d, code, description, staff));
	if (staff != NULL)
		json_object_set(row, "staff", (json_t *)staff);
	return json_pack("[o]", row);
}

/* Who did it, as the other side may see it (StaffInfo). */
static json_t *
staff_of(const struct person *p)
{
	return p != NULL ? json_pack("{s:s,s:s}", "department", p->unit_name, "staff", p->name) : NULL;
}

/* --- assignments --- */

static enum status
add_assignment(struct flow_act *a, const char *role, const json_t *target)
{
	const char *asked = flow_target_text(target), *type = NULL;
	const json_t *found;
	char id[UUID_TEXT];
	json_t *row;

	if (json_is_object(target))
		type = json_object_get(target, "unit") != NULL ? "unit" : "account";
	found = plan_target(a, asked, type);
	if (found == NULL) {
		diag_error(a->diag, "move.target", role, asked, NULL);
		return STATUS_INVALID;
	}
	uuid_new(id);
	row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s}", "id", id, "document", a->id, "role", role, store_text(found, "type"),
		store_text(found, "id"), "instruction", store_text(a->r.params, "direction"), "created_by", a->r.person->id);
	if (json_object_get(a->r.params, "deadline") != NULL)
		json_object_set(row, "deadline", json_object_get(a->r.params, "deadline"));
	json_array_append_new(a->assignments, row);
	return STATUS_OK;
}

static enum status
add_assignments(struct flow_act *a, const char *role, const json_t *list)
{
	enum status st = STATUS_OK;
	const json_t *e;
	size_t i;

	json_array_foreach(list, i, e)
		if (add_assignment(a, role, e) != STATUS_OK)
			st = STATUS_INVALID;
	return st;
}

/* The document follows its lead unit, or the unit of the person who leads: visible to it from now on. */
static enum status
plan_assign(struct flow_act *a)
{
	const json_t *params = a->r.params, *lead;
	char id[UUID_TEXT];
	enum status st;

	a->assignments = json_array();
	st = add_assignment(a, "lead", json_object_get(params, "lead"));
	if (add_assignments(a, "coordinate", json_object_get(params, "coordinate")) != STATUS_OK ||
		add_assignments(a, "inform", json_object_get(params, "inform")) != STATUS_OK)
		st = STATUS_INVALID;
	if (st != STATUS_OK)
		return st;
	lead = json_object_get(json_array_get(a->assignments, 0), "unit");
	if (lead != NULL)
		json_object_set(a->set, "unit", (json_t *)lead);
	json_object_set_new(a->set, "deadline", json_object_get(params, "deadline") != NULL ?
		json_incref(json_object_get(params, "deadline")) : json_null());
	uuid_new(id);
	a->note = json_pack("{s:s,s:s,s:s,s:s,s:s}", "id", id, "document", a->id, "kind", "direction", "author",
		a->r.person->id, "body", store_text(params, "direction"));
	return STATUS_OK;
}

/* --- people asked: reviewer, leader --- */

static bool
has_role(const json_t *roles, const char *role)
{
	const json_t *r;
	size_t i;

	json_array_foreach(roles, i, r)
		if (strcmp(json_string_value(r), role) == 0)
			return true;
	return false;
}

static enum status
plan_asked(struct flow_act *a, const char *column, const char *role)
{
	const char *asked = flow_target_text(json_object_get(a->r.params, column));
	const json_t *found = plan_target(a, asked, "account");

	if (found == NULL) {
		diag_error(a->diag, "move.target", column, asked, NULL);
		return STATUS_INVALID;
	}
	if (role != NULL && !has_role(json_object_get(found, "roles"), role)) {
		diag_error(a->diag, "move.target.role", column, store_text(found, "name"), role);
		return STATUS_INVALID;
	}
	json_object_set(a->set, column, json_object_get(found, "id"));
	return STATUS_OK;
}

/* The leaders who sign besides the first: each a leader of the organ, nobody twice. */
static enum status
plan_cosigners(struct flow_act *a)
{
	const json_t *asked = json_object_get(a->r.params, "cosigners"), *e;
	const char *order = store_text(a->r.params, "order");
	json_t *list = json_array(), *seen = json_object();
	enum status st = STATUS_OK;
	size_t i;

	json_object_set_new(seen, store_text(a->set, "leader"), json_true());
	json_array_foreach(asked, i, e) {
		const json_t *found = plan_target(a, flow_target_text(e), "account");
		const char *code = found == NULL ? "move.target" : !has_role(json_object_get(found, "roles"), "leader") ? "move.target.role" :
			json_object_get(seen, store_text(found, "id")) != NULL ? "move.target.twice" : NULL;

		if (code != NULL) {
			diag_error(a->diag, code, "cosigners", flow_target_text(e), "leader");
			st = STATUS_INVALID;
			continue;
		}
		json_object_set_new(seen, store_text(found, "id"), json_true());
		json_array_append(list, json_object_get(found, "id"));
	}
	if (order[0] != '\0' && strcmp(order, "sequence") != 0 && strcmp(order, "parallel") != 0) {
		diag_error(a->diag, "param.value", "order", order, "sequence, parallel");
		st = STATUS_INVALID;
	}
	json_object_set_new(a->set, "cosigners", list);
	json_object_set_new(a->set, "parallel", json_boolean(strcmp(order, "parallel") == 0));
	json_decref(seen);
	return st;
}

/* One has signed and others are to: who asked first makes room for the next, or is taken out of the list. */
static void
plan_next_signer(struct flow_act *a)
{
	json_t *rest = json_array(), *id;
	bool first = strcmp(a->r.person->id, a->d.leader) == 0;
	size_t i;

	json_array_foreach(a->d.cosigners, i, id) {
		if (first && i == 0)
			json_object_set(a->set, "leader", id);
		else if (strcmp(json_string_value(id), a->r.person->id) != 0)
			json_array_append(rest, id);
	}
	json_object_set_new(a->set, "cosigners", rest);
}

static enum status
plan_answer(struct flow_act *a)
{
	const char *answer = store_text(a->r.params, "answer");
	const json_t *seen = json_object_get(a->context, "documents");

	if (answer[0] == '\0' || (json_array_size(seen) == 1 && strcmp(json_string_value(json_array_get(seen, 0)), answer) == 0))
		return STATUS_OK;
	diag_error(a->diag, "move.answer", "answer", answer, NULL);
	return STATUS_INVALID;
}

/* --- the whole --- */

static void
add_people(json_t *list, const json_t *assignments, const char *member, bool current_only)
{
	const json_t *s;
	size_t i;

	json_array_foreach(assignments, i, s) {
		const char *state = store_text(s, "state"), *id = store_text(s, member);

		if (!current_only || strcmp(state, "open") == 0 || strcmp(state, "accepted") == 0)
			add_text(list, id);
	}
}

static void
plan_notice(struct flow_act *a)
{
	unsigned n = a->row->notify;
	json_t *roles = json_array(), *units = json_array(), *accounts = json_array();
	const json_t *assigned = a->assignments != NULL ? a->assignments : json_object_get(a->d.view, "assignments");

	if (n & NOTIFY_CLERKS)
		add_text(roles, "clerk");
	if (n & NOTIFY_LEADERS)
		add_text(roles, "leader");
	if (n & NOTIFY_ARCHIVISTS)
		add_text(roles, "archivist");
	if (n & NOTIFY_AUTHOR)
		add_text(accounts, a->d.created_by);
	if (n & NOTIFY_REVIEWER)
		add_text(accounts, store_text(a->set, "reviewer"));
	if (n & NOTIFY_ASKED) {
		add_text(accounts, store_text(a->set, "leader"));
		if (json_is_true(json_object_get(a->set, "parallel")))
			add_targets(accounts, json_object_get(a->set, "cosigners"));
	}
	if (n & NOTIFY_ASSIGNED) {
		add_people(units, assigned, "unit", a->assignments == NULL);
		add_people(accounts, assigned, "account", a->assignments == NULL);
	}
	a->notice = json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:I,s:s}", "document", a->id, "organ", a->d.organ, "kind",
		a->row->notice ? a->row->notice : "", "roles", roles, "units", units, "accounts", accounts, "revision",
		(json_int_t)(a->d.revision + 1), "state", flow_state_name(a->to));
	if (a->r.person != NULL)
		json_object_set_new(a->notice, "actor", json_string(a->r.person->id));
}

/* The mandate that a signature rests on stands in the history and the leaf; the database holds it against the mandate's row once more (schemas/sql/100_mandate.sql). */
static void
plan_mandate(struct flow_act *a)
{
	const char *kind = flow_mandate_kind(a->d.signer_competence);
	const json_t *m = kind != NULL ? flow_mandate_find(a->d.mandates, kind, a->d.kind) : NULL;

	if (m != NULL)
		json_object_set_new(a->details, "mandate", json_pack("{s:O,s:O,s:O}", "id", json_object_get(m, "id"), "kind", json_object_get(m, "kind"),
			"document", json_object_get(m, "document")));
}

/* What the history and the leaf keep of the parameters: all of them, named people by id. */
static void
plan_details(struct flow_act *a)
{
	static const char *const kept[] = {"reason", "note", "direction", "deadline", "answer", "file_code", "receivers", "summary", "due_date", "form"};

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		json_t *v = json_object_get(a->r.params, kept[i]);

		if (v != NULL && !json_is_null(v))
			json_object_set(a->details, kept[i], v);
	}
	for (size_t i = 0; i < 3; i++) {
		const char *column = i == 0 ? "reviewer" : i == 1 ? "leader" : "cosigners";

		if (json_object_get(a->set, column) != NULL)
			json_object_set(a->details, column, json_object_get(a->set, column));
	}
	if (a->row->guards & GUARD_MANDATE)
		plan_mandate(a);
	if ((a->row->guards & GUARD_APPENDICES) && json_array_size(a->d.unsealed) > 0)
		json_object_set(a->details, "unsealed", a->d.unsealed);
	if (a->r.signing != NULL)
		json_object_set(a->details, "signing", a->r.signing);
	if (a->assignments != NULL) {
		json_t *list = json_array(), *s;
		size_t i;

		json_array_foreach(a->assignments, i, s) {
			json_t *unit = json_object_get(s, "unit"), *account = json_object_get(s, "account");

			json_array_append_new(list, json_pack("{s:O,s:O}", "role", json_object_get(s, "role"),
				unit ? "unit" : "account", unit ? unit : account));
		}
		json_object_set_new(a->details, "assignments", list);
	}
}

enum status
plan_move(struct flow_act *a)
{
	unsigned effects = a->row->effects;
	enum status st = STATUS_OK;
	json_t *staff;

	a->set = json_pack("{s:s}", "state", flow_state_name(a->to));
	if (effects & (EFFECT_NUMBER | EFFECT_ARRIVAL_NUMBER))
		st = number_choose(a, flow_target_text(json_object_get(a->r.params, "register")));
	if (st == STATUS_OK && (effects & EFFECT_ASSIGN))
		st = plan_assign(a);
	if (st == STATUS_OK && (effects & EFFECT_REVIEWER))
		st = plan_asked(a, "reviewer", NULL);
	if (st == STATUS_OK && (effects & EFFECT_LEADER))
		st = plan_asked(a, "leader", "leader");
	if (st == STATUS_OK && (effects & EFFECT_LEADER))
		st = plan_cosigners(a);
	if (st == STATUS_OK && (effects & EFFECT_SIGNED))
		plan_next_signer(a);
	if (st == STATUS_OK)
		st = plan_answer(a);
	if (st == STATUS_OK && (effects & EFFECT_SEND))
		st = plan_send(a, 0);
	if (st == STATUS_OK && (effects & EFFECT_RECALL))
		st = plan_send(a, 1);
	if (st == STATUS_OK && (effects & EFFECT_UPDATE))
		st = plan_update(a);
	if (st == STATUS_OK && (effects & EFFECT_FILE))
		json_object_set(a->set, "file_code", json_object_get(a->r.params, "file_code"));
	if (st == STATUS_OK)
		st = plan_versions(a, a->r.versions, a->r.version_count);
	if (st != STATUS_OK)
		return st;
	if (json_object_get(a->set, "receivers") != NULL || (effects & (EFFECT_FILE | EFFECT_UPDATE)))
		st = draft_derive(a->set, a->d.view);
	staff = staff_of(a->r.person);
	if (a->row->status != NULL)
		a->told = plan_status(a, a->row->status, store_text(a->r.params, "reason"), staff);
	if (effects & EFFECT_ASK_BACK)
		plan_ask_back(a, staff);
	json_decref(staff);
	plan_details(a);
	plan_notice(a);
	return st;
}
