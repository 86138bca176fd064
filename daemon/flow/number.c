/* number: which register, which number, how it is written. The number itself comes from the database inside the act. */
#include <stdio.h>
#include <string.h>

#include "daemon/flow/act_private.h"
#include "daemon/flow/draft.h"

#define REGISTERS 64

static const json_t *
chosen(const struct flow_act *a)
{
	return json_array_get(json_object_get(a->context, "registers"), (size_t)a->reg);
}

enum status
number_choose(struct flow_act *a, const char *asked)
{
	const json_t *list = json_object_get(a->context, "registers"), *r;
	struct register_row rows[REGISTERS];
	size_t count = 0, i;
	const char *wanted = asked;

	json_array_foreach(list, i, r) {
		if (count == REGISTERS)
			break;
		rows[count++] = (struct register_row){store_text(r, "id"), store_text(r, "name"), store_text(r, "period_kind"),
			json_object_get(r, "kinds"), store_text(r, "period")};
		if (asked[0] != '\0' && strcmp(store_text(r, "name"), asked) == 0)
			wanted = store_text(r, "id");
	}
	a->reg = register_choose(rows, count, wanted, a->d.kind, a->diag);
	return a->reg >= 0 ? STATUS_OK : STATUS_INVALID;
}

const char *
number_period(const struct flow_act *a, bool *year_out)
{
	const json_t *r = chosen(a);
	char *label;

	*year_out = strcmp(store_text(r, "period_kind"), "year") == 0;
	if (!*year_out)
		return store_text(r, "period");
	label = arena_alloc(a->arena, 8);
	if (label == NULL)
		return "";
	register_year(a->day, label);
	return label;
}

/* {"register","name","period","number"} and, for ours, the notation by the rule set in force today. */
static json_t *
describe(const struct flow_act *a, int number, struct diag *diag)
{
	const json_t *k = json_object_get(a->context, "kind");
	struct rule_set rules = {store_text(k, "rule_set"), store_text(k, "prefix"), store_text(k, "join"), store_text(k, "notation"),
		store_text(k, "notation_letter"), (int)store_number(k, "digits")};
	struct notation n;
	char day[CLOCK_TEXT];
	bool year;
	json_t *o = json_pack("{s:s,s:s,s:s,s:i}", "register", store_text(chosen(a), "id"), "name", store_text(chosen(a), "name"),
		"period", number_period(a, &year), "number", number);

	if (a->d.direction == FLOW_INCOMING)
		return o;
	if (!json_is_object(k)) {
		diag_error(diag, "document.kind", "kind", a->d.kind, NULL);
	} else if (notation_make(&rules, store_flag(k, "is_letter"), number, store_text(k, "mark"), a->d.organ_mark, a->d.unit_mark,
		&n) != STATUS_OK) {
		diag_error(diag, "register.notation", "mark", a->d.organ_mark, NULL);
	} else {
		clock_format_date(a->day, day);
		json_object_set_new(o, "code_number", json_string(n.number));
		json_object_set_new(o, "code_notation", json_string(n.text));
		json_object_set_new(o, "notation", json_string(n.full));
		json_object_set_new(o, "printed", json_string(n.printed));
		json_object_set_new(o, "date", json_string(day));
		return o;
	}
	json_decref(o);
	return NULL;
}

json_t *
number_describe(const struct flow_act *a, int number, struct diag *diag)
{
	int next = number > 0 ? number : (int)store_number(chosen(a), "last") + 1;

	return describe(a, next, diag);
}

enum status
number_use(struct flow_act *a, int number, json_t **entry_out)
{
	bool incoming = a->d.direction == FLOW_INCOMING;
	json_t *o = describe(a, number, a->diag), *line, *entry;
	enum status st = STATUS_OK;

	if (o == NULL)
		return STATUS_INVALID;
	json_decref(a->number);
	a->number = o;
	if (incoming) {
		json_object_set_new(a->set, "arrival_number", json_integer(number));
	} else {
		json_object_set(a->set, "code_number", json_object_get(o, "code_number"));
		json_object_set(a->set, "code_notation", json_object_get(o, "code_notation"));
		json_object_set(a->set, "notation", json_object_get(o, "notation"));
		json_object_set(a->set, "issued_date", json_object_get(o, "date"));
		json_object_set(a->set, "sort_date", json_object_get(o, "date"));
		json_object_set_new(a->set, "issuer_code", json_string(a->d.organ_code));
		json_object_set_new(a->set, "issuer_name", json_string(a->d.organ_name));
		st = draft_derive(a->set, a->d.view);
	}
	line = register_line(&a->d, number, incoming ? a->d.notation : store_text(o, "notation"), a->day,
		store_text(a->r.params, "note"));
	entry = json_pack("{s:O,s:O,s:i,s:s,s:o}", "register", json_object_get(o, "register"), "period", json_object_get(o, "period"),
		"number", number, "document", a->id, "line", line);
	if (a->r.person != NULL)
		json_object_set_new(entry, "taken_by", json_string(a->r.person->id));
	*entry_out = entry;
	return st;
}
