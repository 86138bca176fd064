/* param: see param.h. */
#include "daemon/flow/param.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/base/uuid.h"

static const struct flow_param *
find(const struct flow_param *table, size_t count, const char *name)
{
	for (size_t i = 0; i < count && table[i].name != NULL; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

const char *
flow_param_text(const json_t *params, const char *name)
{
	const char *s = json_string_value(json_object_get(params, name));

	return s != NULL ? s : "";
}

static bool
is_id(const json_t *v)
{
	return json_is_string(v) && json_string_length(v) == UUID_TEXT - 1 && uuid_is_valid(json_string_value(v));
}

const char *
flow_target_id(const json_t *target)
{
	const json_t *id = target;

	if (json_is_object(target)) {
		id = json_object_get(target, "unit");
		if (id == NULL)
			id = json_object_get(target, "account");
	}
	return is_id(id) ? json_string_value(id) : "";
}

static void
check_text(const struct flow_param *p, const json_t *v, struct diag *diag)
{
	char got[32], want[48];
	size_t n;

	if (!json_is_string(v)) {
		diag_error(diag, "param.type", p->name, NULL, "string");
		return;
	}
	n = text_length(json_string_value(v));
	if (n >= 1 && n <= p->most)
		return;
	snprintf(got, sizeof(got), "%zu", n);
	snprintf(want, sizeof(want), "1..%zu", p->most);
	diag_error(diag, n == 0 ? "param.missing" : "param.length", p->name, got, want);
}

static void
check_date(const struct flow_param *p, const json_t *v, struct diag *diag)
{
	struct clock_date day;

	if (!json_is_string(v))
		diag_error(diag, "param.type", p->name, NULL, "string");
	else if (strchr(json_string_value(v), '/') != NULL || !clock_parse_date(json_string_value(v), &day))
		diag_error(diag, "param.date", p->name, json_string_value(v), "YYYY-MM-DD");
}

static void
check_list(const struct flow_param *p, const json_t *v, struct diag *diag)
{
	size_t n = json_array_size(v);
	char where[80], got[32], want[32];

	if (!json_is_array(v)) {
		diag_error(diag, "param.type", p->name, NULL, "array");
		return;
	}
	if (n > p->most || (n == 0 && p->type == PARAM_RECEIVERS)) {
		snprintf(got, sizeof(got), "%zu", n);
		snprintf(want, sizeof(want), "1..%zu", p->most);
		diag_error(diag, "param.count", p->name, got, want);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *e = json_array_get(v, i);
		const char *organ = json_string_value(json_object_get(e, "organ_id"));
		const char *name = json_string_value(json_object_get(e, "organ_name"));

		snprintf(where, sizeof(where), "%s[%zu]", p->name, i);
		if (p->type == PARAM_TARGETS && flow_target_id(e)[0] == '\0')
			diag_error(diag, "param.id", where, json_string_value(e), "UUID");
		if (p->type == PARAM_RECEIVERS && (organ == NULL || organ[0] == '\0' || text_length(organ) > 35))
			diag_add(diag, SEVERITY_ERROR, "param.organ", where, organ, "1..35",
				"Amendment 1:2022 QCVN 102");
		if (p->type == PARAM_RECEIVERS && name != NULL && text_length(name) > 200)
			diag_error(diag, "param.length", where, name, "1..200");
	}
}

static void
check_number(const struct flow_param *p, const json_t *v, struct diag *diag)
{
	char want[32];

	snprintf(want, sizeof(want), "1..%zu", p->most);
	if (!json_is_integer(v) || json_integer_value(v) < 1 || json_integer_value(v) > (json_int_t)p->most)
		diag_error(diag, "param.number", p->name, NULL, want);
}

static void
check_value(const struct flow_param *p, const json_t *v, struct diag *diag)
{
	switch (p->type) {
	case PARAM_TEXT:
		check_text(p, v, diag);
		break;
	case PARAM_DATE:
		check_date(p, v, diag);
		break;
	case PARAM_ID:
		if (!is_id(v))
			diag_error(diag, "param.id", p->name, json_string_value(v), "UUID");
		break;
	case PARAM_TARGET:
		if (flow_target_id(v)[0] == '\0')
			diag_error(diag, "param.id", p->name, json_string_value(v), "UUID");
		break;
	case PARAM_TARGETS:
	case PARAM_RECEIVERS:
		check_list(p, v, diag);
		break;
	case PARAM_NUMBER:
		check_number(p, v, diag);
		break;
	}
}

void
flow_params_check(const struct flow_param *table, size_t count, const json_t *params, struct diag *diag)
{
	const char *name;
	json_t *v;

	for (size_t i = 0; i < count && table[i].name != NULL; i++) {
		v = json_object_get(params, table[i].name);
		if (v != NULL && !json_is_null(v))
			check_value(&table[i], v, diag);
		else if (table[i].required)
			diag_error(diag, "param.missing", table[i].name, NULL, NULL);
	}
	json_object_foreach((json_t *)params, name, v)
		if (strcmp(name, "move") != 0 && find(table, count, name) == NULL)
			diag_error(diag, "param.unknown", name, NULL, NULL);
}
