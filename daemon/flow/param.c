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
flow_target_text(const json_t *target)
{
	const json_t *text = target;

	if (json_is_object(target)) {
		text = json_object_get(target, "unit");
		if (text == NULL)
			text = json_object_get(target, "account");
	}
	return json_is_string(text) && text_length(json_string_value(text)) <= 200 ? json_string_value(text) : "";
}

bool
flow_is_digest(const char *s)
{
	return strspn(s, "0123456789abcdef") == 64 && s[64] == '\0';
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
	if (n <= p->most && (n >= 1 || !p->required))
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

/* An object in the body has these members and no other. */
static void
check_members(const char *where, const json_t *v, const char *const *names, size_t count, struct diag *diag)
{
	const char *name;
	json_t *member;

	json_object_foreach((json_t *)v, name, member) {
		bool known = false;

		for (size_t i = 0; i < count; i++)
			known = known || strcmp(name, names[i]) == 0;
		if (!known)
			diag_error(diag, "param.unknown", where, name, NULL);
	}
}

static void
check_receiver(const char *where, const json_t *v, struct diag *diag)
{
	static const char *const members[] = {"organ_id", "organ_name"};
	const json_t *given = json_object_get(v, "organ_name");
	const char *organ = json_string_value(json_object_get(v, "organ_id"));
	const char *name = json_string_value(given);

	check_members(where, v, members, 2, diag);
	if (given != NULL && name == NULL)
		diag_error(diag, "param.type", where, "organ_name", "string");
	if (organ == NULL || organ[0] == '\0' || text_length(organ) > 35)
		diag_add(diag, SEVERITY_ERROR, "param.organ", where, organ, "1..35", "Amendment 1:2022 QCVN 102");
	if (name != NULL && text_length(name) > 200)
		diag_error(diag, "param.length", where, name, "0..200");
}

static void
check_digest(const char *where, const json_t *v, struct diag *diag)
{
	const char *digest = json_string_value(json_object_get(v, "sha256"));

	if (digest == NULL || !flow_is_digest(digest))
		diag_error(diag, "param.digest", where, digest, NULL);
}

static void
check_file(const char *where, const json_t *v, struct diag *diag)
{
	static const char *const members[] = {"sha256", "name"};
	const json_t *name = json_object_get(v, "name");

	check_members(where, v, members, 2, diag);
	check_digest(where, v, diag);
	if (name != NULL && !json_is_string(name))
		diag_error(diag, "param.type", where, "name", "string");
}

static void
check_rect(const char *where, const json_t *v, struct diag *diag)
{
	bool numbers = json_array_size(v) == 4;

	for (size_t i = 0; i < 4; i++)
		numbers = numbers && json_is_number(json_array_get(v, i));
	if (!numbers)
		diag_error(diag, "param.type", where, NULL, "[number, number, number, number]");
}

/* A name that is one file's: no path, no control bytes (those are refused with the whole text). */
static void
check_content(const char *where, const json_t *v, struct diag *diag)
{
	static const char *const members[] = {"sha256", "name", "mime", "findings"}; /* the last two by daemon/api/file_check.c */
	const char *name = json_string_value(json_object_get(v, "name"));

	check_members(where, v, members, 4, diag);
	check_digest(where, v, diag);
	if (name == NULL || name[0] == '\0' || strchr(name, '/') != NULL || text_length(name) > 255)
		diag_error(diag, "param.length", where, name, "name, 1..255");
}

static void
check_element(const struct flow_param *p, const char *where, const json_t *v, struct diag *diag)
{
	if (p->type == PARAM_RECEIVERS)
		check_receiver(where, v, diag);
	else if (p->type == PARAM_CONTENTS)
		check_content(where, v, diag);
	else if (flow_target_text(v)[0] == '\0')
		diag_error(diag, "param.id", where, json_string_value(v), NULL);
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
	if (n > p->most || (n == 0 && p->required)) {
		snprintf(got, sizeof(got), "%zu", n);
		snprintf(want, sizeof(want), "1..%zu", p->most);
		diag_error(diag, "param.count", p->name, got, want);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		snprintf(where, sizeof(where), "%s[%zu]", p->name, i);
		check_element(p, where, json_array_get(v, i), diag);
	}
}

static void
check_number(const struct flow_param *p, const json_t *v, struct diag *diag)
{
	json_int_t least = p->type == PARAM_NUMBER ? 1 : 0;
	char want[32];

	snprintf(want, sizeof(want), "%d..%zu", (int)least, p->most);
	if (!json_is_integer(v) || json_integer_value(v) < least || json_integer_value(v) > (json_int_t)p->most)
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
		if (flow_target_text(v)[0] == '\0')
			diag_error(diag, "param.id", p->name, json_string_value(v), NULL);
		break;
	case PARAM_CONTENT:
		check_content(p->name, v, diag);
		break;
	case PARAM_FILE:
		check_file(p->name, v, diag);
		break;
	case PARAM_RECT:
		check_rect(p->name, v, diag);
		break;
	case PARAM_VALUE:
		break;
	case PARAM_TARGETS:
	case PARAM_RECEIVERS:
	case PARAM_CONTENTS:
		check_list(p, v, diag);
		break;
	case PARAM_FLAG:
		if (!json_is_boolean(v))
			diag_error(diag, "param.type", p->name, NULL, "boolean");
		break;
	case PARAM_NUMBER:
	case PARAM_LEVEL:
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
		if (find(table, count, name) == NULL)
			diag_error(diag, "param.unknown", name, NULL, NULL);
}
