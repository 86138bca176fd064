/* move: see move.h. State first, then who, then guards and parameters: the order in which a person would be told. */
#include "daemon/flow/move.h"

#include <stdio.h>
#include <string.h>

#include "daemon/flow/mandate.h"
#include "daemon/flow/param.h"

static const char *const state_names[] = {
#define NAME(name, text, what) text,
	FLOW_STATE_TABLE(NAME)
#undef NAME
};

const char *
flow_state_name(enum flow_state s)
{
	return s < FLOW_STATE_COUNT_ ? state_names[s] : "unknown";
}

bool
flow_state_from_name(const char *name, enum flow_state *out)
{
	for (int i = 0; i < FLOW_STATE_COUNT_; i++)
		if (strcmp(name, state_names[i]) == 0) {
			*out = (enum flow_state)i;
			return true;
		}
	return false;
}

const char *
flow_direction_name(enum flow_direction d)
{
	switch (d) {
#define NAME(name, text, bit) case FLOW_##name: return text;
		FLOW_DIRECTION_TABLE(NAME)
#undef NAME
	}
	return "unknown";
}

bool
flow_direction_from_name(const char *name, enum flow_direction *out)
{
#define FROM(n, text, bit) if (strcmp(name, text) == 0) { *out = FLOW_##n; return true; }
	FLOW_DIRECTION_TABLE(FROM)
#undef FROM
	return false;
}

void
flow_who_names(unsigned who, char *to, size_t size)
{
	static const struct {
		unsigned bit;
		const char *name;
	} names[] = {
#define NAME(name, text, bit) {bit, text},
		ROLE_TABLE(NAME)
#undef NAME
		{WHO_AUTHOR, "author"}, {WHO_REVIEWER, "reviewer"}, {WHO_ASKED, "leader asked"},
		{WHO_LEAD, "lead"}, {WHO_EXCHANGE, "exchange"}
	};
	size_t used = 0;

	to[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && used < size; i++)
		if (who & names[i].bit)
			used += (size_t)snprintf(to + used, size - used, "%s%s", used ? ", " : "",
				names[i].name);
}

static void
state_list(uint32_t states, char *to, size_t size)
{
	size_t used = 0;

	to[0] = '\0';
	for (int i = 0; i < FLOW_STATE_COUNT_ && used < size; i++)
		if (states >> i & 1)
			used += (size_t)snprintf(to + used, size - used, "%s%s", used ? ", " : "",
				state_names[i]);
}

static bool
is_cosigner(const struct flow_document *d, const struct person *p)
{
	const json_t *id;
	size_t i;

	json_array_foreach(d->cosigners, i, id)
		if (strcmp(json_string_value(id), p->id) == 0)
			return true;
	return false;
}

/* Of two rows of a name and state, this one. */
static bool
counts(const struct flow_move *m, const struct flow_document *d)
{
	bool more = json_array_size(d->cosigners) > 0;

	return !((m->guards & GUARD_LAST_SIGNER) && more) && !((m->guards & GUARD_MORE_SIGNERS) && !more);
}

/* What the person is to this document. */
static unsigned
who_is(const struct flow_document *d, const struct person *p)
{
	unsigned who;

	if (p == NULL)
		return WHO_EXCHANGE;
	if (strcmp(p->organ, d->organ) != 0)
		return 0;
	who = p->roles;
	if (strcmp(p->id, d->created_by) == 0)
		who |= WHO_AUTHOR;
	if (strcmp(p->id, d->reviewer) == 0)
		who |= WHO_REVIEWER;
	if ((p->roles & ROLE_LEADER) && (strcmp(p->id, d->leader) == 0 || (d->parallel && is_cosigner(d, p))))
		who |= WHO_ASKED;
	if (d->lead)
		who |= WHO_LEAD;
	return who;
}

/* The row of this name for the document's direction and state; wanted gets the states of all rows of that name. */
static const struct flow_move *
find_row(const struct flow_document *d, const char *name, uint32_t *wanted)
{
	const struct flow_move *found = NULL;

	*wanted = 0;
	for (size_t i = 0; i < flow_move_count; i++) {
		const struct flow_move *m = &flow_moves[i];

		if (strcmp(m->name, name) != 0 || !(m->directions & d->direction))
			continue;
		*wanted |= m->from;
		if ((m->from >> d->state & 1) && counts(m, d))
			found = m;
	}
	return found;
}

static bool
is_pdf(const struct flow_document *d)
{
	return strcmp(d->main_mime, "application/pdf") == 0;
}

static void
check_mandate(const struct flow_document *d, struct diag *diag)
{
	const char *kind = flow_mandate_kind(d->signer_competence);

	if (kind != NULL && flow_mandate_find(d->mandates, kind, d->kind) == NULL)
		diag_add(diag, SEVERITY_ERROR, "move.mandate", "signer_competence", d->signer_competence, kind, "Decree 30/2020 art. 13");
}

/* Each file issued with the document carries the office's signature; the clerk may decide otherwise about what is no appendix, and that is kept. */
static void
check_appendices(const struct flow_document *d, const json_t *params, struct diag *diag)
{
	const json_t *a;
	size_t i;

	if (json_is_true(json_object_get(params, "unsealed")))
		return;
	json_array_foreach(d->unsealed, i, a)
		diag_add(diag, SEVERITY_ERROR, "move.appendix", "attachments", json_string_value(json_object_get(a, "name")), "unsealed", "Decree 30/2020 App. I");
}

static void
check_guards(const struct flow_document *d, const struct flow_move *m, const json_t *params,
	size_t versions, struct diag *diag)
{
	bool wants_version = (m->guards & GUARD_VERSION) || ((m->guards & GUARD_VERSION_OF_PDF) && is_pdf(d));

	if ((m->guards & GUARD_MAIN) && d->main_version[0] == '\0')
		diag_error(diag, "move.main", "main", "", "pdf");
	if (wants_version && versions == 0)
		diag_error(diag, "move.signing", "move", m->name, "/v1/signings");
	if ((m->guards & GUARD_ASKED_BACK) && !d->asked_back)
		diag_error(diag, "move.not-asked-back", "exchange", "", "13");
	if ((m->guards & GUARD_NOT_ASKING) && d->asking_back)
		diag_error(diag, "move.asking-back", "exchange", "13", "15, 16");
	if ((m->guards & GUARD_NOT_SECRET) && d->secret)
		diag_add(diag, SEVERITY_ERROR, "document.secret.sent", "secrecy", NULL, "none",
			"QCVN 102:2016");
	if ((m->guards & GUARD_OPEN) && d->secret)
		diag_add(diag, SEVERITY_ERROR, "move.copy.secret", "secrecy", NULL, "none", "Law 29/2018/QH14 art. 11");
	if ((m->guards & GUARD_RECEIVERS) && json_object_get(params, "receivers") == NULL &&
		json_array_size(d->receivers) == 0)
		diag_error(diag, "move.receivers", "receivers", "[]", NULL);
	if ((m->guards & GUARD_KIND) && d->kind[0] == '\0')
		diag_error(diag, "move.kind", "kind", "", NULL);
	if (m->guards & GUARD_MANDATE)
		check_mandate(d, diag);
	if (m->guards & GUARD_APPENDICES)
		check_appendices(d, params, diag);
}

enum status
flow_check(const struct flow_document *d, const struct person *person, const char *move,
	const json_t *params, size_t versions, struct diag *diag, const struct flow_move **out)
{
	char text[400];
	const struct flow_move *m;
	uint32_t wanted;
	struct diag *own;
	enum status st = STATUS_OK;

	m = find_row(d, move, &wanted);
	if (m == NULL) {
		state_list(wanted, text, sizeof(text));
		diag_error(diag, wanted ? "move.state" : "move.unknown", "move", wanted ?
			flow_state_name(d->state) : move, wanted ? text : NULL);
		return STATUS_CONFLICT;
	}
	if (!(who_is(d, person) & m->who)) {
		char got[200];

		flow_who_names(m->who, text, sizeof(text));
		flow_who_names(who_is(d, person), got, sizeof(got));
		diag_error(diag, "move.role", "move", got, text);
		return STATUS_DENIED;
	}
	own = diag_new();
	if (own == NULL)
		return STATUS_NO_MEMORY;
	check_guards(d, m, params, versions, own);
	flow_params_check(m->params, FLOW_PARAMS, params, own);
	if (diag_has_error(own))
		st = STATUS_INVALID;
	diag_join(diag, own);
	diag_free(own);
	if (st == STATUS_OK)
		*out = m;
	return st;
}

json_t *
flow_moves_allowed(const struct flow_document *d, const struct person *person)
{
	json_t *list = json_array();
	unsigned who = who_is(d, person);

	for (size_t i = 0; i < flow_move_count; i++) {
		const struct flow_move *m = &flow_moves[i];

		if ((m->directions & d->direction) && (m->from >> d->state & 1) && (m->who & who) && counts(m, d) &&
			!((m->guards & GUARD_ASKED_BACK) && !d->asked_back) && !((m->guards & GUARD_NOT_ASKING) && d->asking_back))
			json_array_append_new(list, json_string(m->name));
	}
	return list;
}

enum status
flow_check_change(const struct flow_document *d, const struct person *person, struct diag *diag)
{
	static const struct {
		unsigned directions;
		uint32_t states;
		unsigned who;
	} rows[] = {
		{FLOW_OUTGOING | FLOW_INTERNAL, 1U << FLOW_STATE_DRAFT | 1U << FLOW_STATE_RETURNED, WHO_AUTHOR},
		{FLOW_OUTGOING | FLOW_INTERNAL, 1U << FLOW_STATE_UNDER_REVIEW, WHO_REVIEWER},
		{FLOW_INCOMING, 1U << FLOW_STATE_ARRIVED, ROLE_CLERK},
	};
	char text[200];
	uint32_t wanted = 0;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!(rows[i].directions & d->direction))
			continue;
		wanted |= rows[i].states;
		if (!(rows[i].states >> d->state & 1))
			continue;
		if (who_is(d, person) & rows[i].who)
			return STATUS_OK;
		flow_who_names(rows[i].who, text, sizeof(text));
		diag_error(diag, "document.change.who", "document", NULL, text);
		return STATUS_DENIED;
	}
	state_list(wanted, text, sizeof(text));
	diag_error(diag, "document.change.state", "state", flow_state_name(d->state), text);
	return STATUS_CONFLICT;
}
