/* The move table against docs/api.md, written down a second time in other words: every combination of direction, state, move and relation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/flow/move.h"
#include "lib/base/message.h"

#define ME "01890000-0000-7000-8000-000000000001"
#define OTHER "01890000-0000-7000-8000-000000000002"
#define ORGAN "01890000-0000-7000-8000-0000000000aa"
#define UNIT "01890000-0000-7000-8000-0000000000bb"

/* direction letters (i, o, n); move; from; to ("=" same); who; parameters that satisfy the row */
static const struct expected {
	const char *directions, *move, *from, *to, *who, *params;
} table[] = {
	{"i", "reject", "arrived", "rejected", "clerk", "{'reason':'x'}"},
	{"i", "register", "arrived", "registered", "clerk", "{}"},
	{"i", "assign", "registered assigned in_progress", "assigned", "leader",
		"{'direction':'Giao nghiên cứu','lead':'" UNIT "','deadline':'2026-12-01'}"},
	{"i", "accept", "assigned", "in_progress", "lead", "{}"},
	{"i", "return", "assigned", "registered", "lead", "{'reason':'x'}"},
	{"i", "complete", "in_progress", "completed", "lead leader", "{'note':'x','answer':'" OTHER "'}"},
	{"i", "file", "completed", "filed", "archivist clerk", "{'file_code':'01.VP'}"},
	{"i", "reopen", "completed", "in_progress", "leader", "{'reason':'x'}"},
	{"i", "withdraw", "arrived registered assigned", "withdrawn", "clerk", "{'reason':'x'}"},
	{"i", "keep", "arrived registered assigned in_progress completed filed", "=", "clerk", "{'reason':'x'}"},
	{"i", "recall", "arrived registered assigned in_progress completed filed", "recalled", "clerk exchange",
		"{'reason':'x'}"},
	{"on", "review", "draft returned", "under_review", "author", "{'reviewer':'" OTHER "'}"},
	{"on", "submit", "draft returned under_review", "submitted", "author reviewer", "{'leader':'" OTHER "'}"},
	{"on", "return", "under_review", "returned", "reviewer leader", "{'reason':'x'}"},
	{"on", "return", "submitted", "returned", "leader", "{'reason':'x'}"},
	{"on", "initial", "under_review", "=", "reviewer", "{}"},
	{"on", "sign", "submitted", "signed", "asked", "{}"},
	{"on", "number", "signed", "numbered", "clerk", "{'register':'" OTHER "'}"},
	{"on", "seal", "numbered", "sealed", "clerk", "{}"},
	{"o", "dispatch", "sealed", "dispatched", "clerk", "{'receivers':[{'organ_id':'H26','organ_name':'UBND'}]}"},
	{"n", "issue", "sealed", "issued", "clerk", "{}"},
	{"o", "complete", "dispatched", "delivered", "clerk exchange", "{}"},
	{"o", "file", "dispatched delivered", "filed", "archivist clerk", "{'file_code':'01.VP'}"},
	{"n", "file", "issued", "filed", "archivist clerk", "{'file_code':'01.VP'}"},
	{"o", "ask_back", "dispatched delivered", "=", "clerk leader", "{'reason':'x'}"},
	{"o", "withdraw", "dispatched delivered", "withdrawn", "exchange", "{}"},
	{"o", "update", "dispatched delivered", "=", "clerk", "{'reason':'x','due_date':'2026-12-01'}"},
	{"o", "recall", "dispatched delivered", "recalled", "leader", "{'reason':'x'}"},
	{"i", "copy", "registered assigned in_progress completed filed", "=", "clerk archivist leader", "{'form':'sao-y'}"},
	{"o", "copy", "dispatched delivered filed", "=", "clerk archivist leader", "{'form':'trich-sao'}"},
	{"n", "copy", "issued filed", "=", "clerk archivist leader", "{}"},
	{"i", "stamp", "registered assigned in_progress completed", "=", "clerk", "{}"},
	{"on", "cancel", "draft returned submitted", "cancelled", "author", "{'reason':'x'}"},
	{"on", "void", "numbered sealed", "voided", "clerk", "{'reason':'x'}"},
};

static const char *const relations[] = {"leader", "clerk", "specialist", "archivist", "admin", "author",
	"reviewer", "asked", "lead", "exchange", "stranger"};

static struct flow_document
document(enum flow_direction direction, enum flow_state state)
{
	return (struct flow_document){.id = OTHER, .direction = direction, .state = state, .revision = 1,
		.organ = ORGAN, .organ_code = "A01", .organ_name = "", .organ_mark = "QU", .regime = "party",
		.unit_mark = "", .kind = "CV", .kind_name = "Công văn", .created_by = OTHER, .reviewer = "",
		.leader = "", .code_number = "", .code_notation = "", .issued_date = "", .issuer_code = "H26",
		.issuer_name = "", .subject = "x", .summary = "", .place = "", .signer_name = "",
		.signer_position = "", .signer_competence = "", .external_id = "", .due_date = "",
		.asked_back = true, .main_mime = "text/plain", .main_name = "a.txt", .main_version = OTHER,
		.main_sha256 = ""};
}

static bool
has_word(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; (p = strstr(p, word)) != NULL; p += n)
		if ((p == list || p[-1] == ' ') && (p[n] == '\0' || p[n] == ' '))
			return true;
	return false;
}

static const struct expected *
expect(enum flow_direction direction, enum flow_state state, const char *move)
{
	const char *letter = direction == FLOW_INCOMING ? "i" : direction == FLOW_OUTGOING ? "o" : "n";

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].move, move) == 0 && strstr(table[i].directions, letter) != NULL &&
			has_word(table[i].from, flow_state_name(state)))
			return &table[i];
	return NULL;
}

/* Makes the person what the relation says, and the document accordingly. */
static const struct person *
relate(const char *relation, struct person *p, struct flow_document *d)
{
	*p = (struct person){.id = ME, .login = "me", .name = "Me", .title = "", .organ = ORGAN, .organ_code = "A01",
		.organ_name = "", .unit = "", .unit_name = "", .key_id = "", .session = ""};
#define ROLE(name, text, bit) if (strcmp(relation, text) == 0) p->roles = bit;
	ROLE_TABLE(ROLE)
#undef ROLE
	if (strcmp(relation, "author") == 0)
		d->created_by = ME;
	if (strcmp(relation, "reviewer") == 0)
		d->reviewer = ME;
	if (strcmp(relation, "asked") == 0) {
		d->leader = ME;
		p->roles = ROLE_LEADER;
	}
	d->lead = strcmp(relation, "lead") == 0;
	return strcmp(relation, "exchange") == 0 ? NULL : p;
}

static json_t *
params_of(const struct expected *e)
{
	char text[400];

	snprintf(text, sizeof(text), "%s", e != NULL ? e->params : "{}");
	for (char *c = text; *c != '\0'; c++)
		if (*c == '\'')
			*c = '"';
	return json_loads(text, 0, NULL);
}

static void
check_one(enum flow_direction direction, enum flow_state state, const char *move, const char *relation)
{
	struct flow_document d = document(direction, state);
	const struct expected *e = expect(direction, state, move);
	const struct flow_move *m = NULL;
	struct person p;
	const struct person *person = relate(relation, &p, &d);
	json_t *params = params_of(e);
	struct diag *diag = diag_new();
	enum status st = flow_check(&d, person, move, params, 1, diag, &m);
	bool allowed = e != NULL && (has_word(e->who, relation) ||
		(strcmp(relation, "asked") == 0 && has_word(e->who, "leader")));

	if (e == NULL) {
		assert_int_equal(st, STATUS_CONFLICT);
		assert_true(diag_has(diag, "move.state") || diag_has(diag, "move.unknown"));
	} else if (!allowed) {
		assert_int_equal(st, STATUS_DENIED);
		assert_true(diag_has(diag, "move.role"));
	} else {
		if (st != STATUS_OK)
			print_error("%s %s %s: %s\n", move, flow_state_name(state), relation, diag_at(diag, 0)->code);
		assert_int_equal(st, STATUS_OK);
		assert_string_equal(strcmp(e->to, "=") == 0 ? flow_state_name(state) : e->to,
			flow_state_name(m->to == FLOW_SAME ? state : (enum flow_state)m->to));
	}
	for (size_t i = 0; i < diag_count(diag); i++)
		assert_non_null(message_find(diag_at(diag, i)->code, LANGUAGE_VI));
	diag_free(diag);
	json_decref(params);
}

static void
every_combination(void **state)
{
	const enum flow_direction directions[] = {FLOW_INCOMING, FLOW_OUTGOING, FLOW_INTERNAL};
	size_t n = 0;

	(void)state;
	for (size_t d = 0; d < 3; d++)
		for (int s = 0; s < FLOW_STATE_COUNT_; s++)
			for (size_t m = 0; m < sizeof(table) / sizeof(table[0]); m++)
				for (size_t r = 0; r < sizeof(relations) / sizeof(relations[0]); r++, n++)
					check_one(directions[d], (enum flow_state)s, table[m].move, relations[r]);
	assert_true(n > 10000);
}

static void
no_row_without_expectation(void **state)
{
	(void)state;
	for (size_t i = 0; i < flow_move_count; i++) {
		bool found = false;

		for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++)
			found = found || strcmp(table[k].move, flow_moves[i].name) == 0;
		assert_true(found);
	}
}

static enum status
try(struct flow_document *d, unsigned roles, const char *move, const char *params, size_t versions,
	struct diag *diag)
{
	struct person p;
	const struct flow_move *m;
	json_t *j = json_loads(params, 0, NULL);
	enum status st;

	relate("stranger", &p, d);
	p.roles = roles;
	assert_non_null(j);
	st = flow_check(d, &p, move, j, versions, diag, &m);
	json_decref(j);
	return st;
}

static void
guards(void **state)
{
	struct flow_document d = document(FLOW_OUTGOING, FLOW_STATE_SIGNED);
	struct diag *diag = diag_new();

	(void)state;
	assert_int_equal(try(&d, ROLE_CLERK, "number", "{}", 0, diag), STATUS_OK);
	d.main_mime = "application/pdf";
	assert_int_equal(try(&d, ROLE_CLERK, "number", "{}", 0, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "move.signing"));
	assert_int_equal(try(&d, ROLE_CLERK, "number", "{}", 1, diag), STATUS_OK);
	d.kind = "";
	assert_int_equal(try(&d, ROLE_CLERK, "number", "{}", 1, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "move.kind"));

	d = document(FLOW_OUTGOING, FLOW_STATE_NUMBERED);
	assert_int_equal(try(&d, ROLE_CLERK, "seal", "{}", 0, diag), STATUS_INVALID);

	d = document(FLOW_OUTGOING, FLOW_STATE_SEALED);
	assert_int_equal(try(&d, ROLE_CLERK, "dispatch", "{}", 0, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "move.receivers"));
	d.secret = true;
	assert_int_equal(try(&d, ROLE_CLERK, "dispatch", "{}", 0, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "document.secret.sent"));

	d = document(FLOW_INCOMING, FLOW_STATE_ARRIVED);
	d.asked_back = false;
	assert_int_equal(try(&d, ROLE_CLERK, "withdraw", "{\"reason\":\"x\"}", 0, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "move.not-asked-back"));
	assert_int_equal(try(&d, ROLE_CLERK, "keep", "{\"reason\":\"x\"}", 0, diag), STATUS_INVALID);

	d = document(FLOW_OUTGOING, FLOW_STATE_DRAFT);
	d.created_by = ME;
	d.main_version = "";
	assert_int_equal(try(&d, 0, "submit", "{\"leader\":\"" OTHER "\"}", 0, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "move.main"));
	diag_free(diag);
}

static void
parameters(void **state)
{
	static const struct {
		const char *params, *code;
	} bad[] = {
		{"{}", "param.missing"},
		{"{\"direction\":\"x\"}", "param.missing"},
		{"{\"direction\":\"\",\"lead\":\"" UNIT "\"}", "param.missing"},
		{"{\"direction\":1,\"lead\":\"" UNIT "\"}", "param.type"},
		{"{\"direction\":\"x\",\"lead\":\"\"}", "param.id"},
		{"{\"direction\":\"x\",\"lead\":7}", "param.id"},
		{"{\"direction\":\"x\",\"lead\":{\"person\":\"" UNIT "\"}}", "param.id"},
		{"{\"direction\":\"x\",\"lead\":\"" UNIT "\",\"coordinate\":\"" UNIT "\"}", "param.type"},
		{"{\"direction\":\"x\",\"lead\":\"" UNIT "\",\"coordinate\":[1]}", "param.id"},
		{"{\"direction\":\"x\",\"lead\":\"" UNIT "\",\"deadline\":\"2026-02-30\"}", "param.date"},
		{"{\"direction\":\"x\",\"lead\":\"" UNIT "\",\"deadline\":\"2026/02/03\"}", "param.date"},
		{"{\"direction\":\"x\",\"lead\":\"" UNIT "\",\"colour\":1}", "param.unknown"},
		{"{\"direction\":\"x\",\"lead\":\"" UNIT "\",\"move\":\"assign\"}", "param.unknown"},
	};
	struct flow_document d = document(FLOW_INCOMING, FLOW_STATE_REGISTERED);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct diag *diag = diag_new();

		assert_int_equal(try(&d, ROLE_LEADER, "assign", bad[i].params, 0, diag), STATUS_INVALID);
		assert_true(diag_has(diag, bad[i].code));
		diag_free(diag);
	}
	assert_int_equal(try(&d, ROLE_LEADER, "assign",
		"{\"direction\":\"x\",\"lead\":{\"account\":\"" OTHER "\"},\"inform\":[\"" UNIT
		"\",{\"unit\":\"" UNIT "\"}]}", 0, NULL), STATUS_OK);
}

static void
another_organ(void **state)
{
	struct flow_document d = document(FLOW_INCOMING, FLOW_STATE_ARRIVED);
	struct person p;
	const struct flow_move *m;

	(void)state;
	relate("clerk", &p, &d);
	p.organ = OTHER;
	assert_int_equal(flow_check(&d, &p, "register", NULL, 0, NULL, &m), STATUS_DENIED);
}

static void
allowed_names(void **state)
{
	struct flow_document d = document(FLOW_INCOMING, FLOW_STATE_ARRIVED);
	struct person p;
	json_t *list;
	char *text;

	(void)state;
	relate("clerk", &p, &d);
	d.asked_back = false;
	list = flow_moves_allowed(&d, &p);
	text = json_dumps(list, JSON_COMPACT);
	assert_string_equal(text, "[\"reject\",\"register\",\"recall\"]");
	free(text);
	json_decref(list);
}

static void
who_may_change(void **state)
{
	struct flow_document d = document(FLOW_OUTGOING, FLOW_STATE_DRAFT);
	struct person p;
	struct diag *diag = diag_new();

	(void)state;
	relate("author", &p, &d);
	assert_int_equal(flow_check_change(&d, &p, NULL), STATUS_OK);
	d.state = FLOW_STATE_SUBMITTED;
	assert_int_equal(flow_check_change(&d, &p, diag), STATUS_CONFLICT);
	assert_true(diag_has(diag, "document.change.state"));
	d = document(FLOW_OUTGOING, FLOW_STATE_DRAFT);
	relate("clerk", &p, &d);
	assert_int_equal(flow_check_change(&d, &p, diag), STATUS_DENIED);
	d = document(FLOW_INCOMING, FLOW_STATE_ARRIVED);
	relate("clerk", &p, &d);
	assert_int_equal(flow_check_change(&d, &p, diag), STATUS_OK);
	diag_free(diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_combination), cmocka_unit_test(no_row_without_expectation),
		cmocka_unit_test(guards), cmocka_unit_test(parameters), cmocka_unit_test(another_organ),
		cmocka_unit_test(allowed_names), cmocka_unit_test(who_may_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
