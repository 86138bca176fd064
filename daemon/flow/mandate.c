/* mandate: see mandate.h. */
#include "daemon/flow/mandate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "daemon/store/store.h"
#include "lib/base/message.h"

static const struct {
	const char *kind, *meaning;
} kinds[] = {
	{"KT", "ký thay"},
	{"TL", "thừa lệnh"},
	{"TM", "thay mặt"},
	{"TUQ", "thừa ủy quyền"},
	{"Q", "quyền"},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* The first word, without the marks between its letters: "K/T", "KT." and "T.U.Q." are all written. */
static void
letters(const char *s, char *to, size_t size)
{
	size_t n = 0;

	while (isspace((unsigned char)*s))
		s++;
	for (; *s != '\0' && !isspace((unsigned char)*s); s++)
		if (*s != '.' && *s != '/' && *s != ',' && n + 1 < size)
			to[n++] = (char)toupper((unsigned char)*s);
	to[n] = '\0';
}

const char *
flow_mandate_kind(const char *competence)
{
	char word[8];

	letters(competence, word, sizeof(word));
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(word, kinds[i].kind) == 0)
			return kinds[i].kind;
	return NULL;
}

const char *
flow_mandate_meaning(const char *kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			return kinds[i].meaning;
	return NULL;
}

static bool
covers(const json_t *mandate, const char *document_kind)
{
	const json_t *list = json_object_get(mandate, "kinds"), *k;
	size_t i;

	json_array_foreach(list, i, k)
		if (strcmp(json_string_value(k), document_kind) == 0)
			return true;
	return json_array_size(list) == 0;
}

const json_t *
flow_mandate_find(const json_t *mandates, const char *kind, const char *document_kind)
{
	const json_t *m;
	size_t i;

	json_array_foreach(mandates, i, m)
		if (strcmp(store_text(m, "kind"), kind) == 0 && covers(m, document_kind))
			return m;
	return NULL;
}

/* "held", or the first thing that is wrong with it. */
static const char *
status_of(const json_t *use, const char *needed)
{
	const json_t *m = json_object_get(use, "mandate");
	const char *at = store_text(use, "at"), *revoked = store_text(m, "revoked_from"), *signed_at = store_text(m, "signed_at");

	if (!json_is_object(m))
		return "none";
	if (strcmp(store_text(m, "kind"), needed) != 0)
		return "kind";
	if (!covers(m, store_text(use, "document_kind")))
		return "scope";
	if (signed_at[0] == '\0' || strcmp(signed_at, at) > 0)
		return "unsigned";
	if (strcmp(at, store_text(m, "from")) < 0 || strcmp(at, store_text(m, "until")) >= 0)
		return "time";
	if (revoked[0] != '\0' && strcmp(at, revoked) >= 0)
		return "revoked";
	return "held";
}

/* One sentence more for people, in both languages. */
static void
tell(json_t *signature, const char *status)
{
	static const struct {
		const char *member;
		enum language lang;
	} languages[] = {{"vi", LANGUAGE_VI}, {"en", LANGUAGE_EN}};
	json_t *text = json_object_get(signature, "text");
	char code[40];

	snprintf(code, sizeof(code), "mandate.%s", status);
	for (size_t i = 0; i < 2; i++) {
		const char *before = store_text(text, languages[i].member);

		json_object_set_new(text, languages[i].member, json_sprintf("%s%s%s.", before, before[0] != '\0' ? " " : "",
			message_text(code, languages[i].lang)));
	}
}

static bool
lay_over(json_t *signature, const json_t *use, const char *needed)
{
	static const char *const shown[] = {"id", "grantor", "holder", "basis"};
	const char *status = status_of(use, needed);
	json_t *mandate = json_object_get(use, "mandate"), *said = json_pack("{s:s,s:s}", "needed", needed, "status", status);

	for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (json_object_get(mandate, shown[i]) != NULL)
			json_object_set(said, shown[i], json_object_get(mandate, shown[i]));
	json_object_set_new(signature, "mandate", said);
	tell(signature, status);
	if (strcmp(status, "held") == 0 || strcmp(store_text(signature, "indication"), "TOTAL-PASSED") != 0)
		return false;
	json_object_set_new(signature, "indication", json_string("INDETERMINATE"));
	json_object_set_new(signature, "sub_indication", json_string("MANDATE_NOT_HELD"));
	return true;
}

void
flow_mandate_judge(json_t *report, const json_t *uses)
{
	json_t *signatures = json_object_get(report, "signatures");
	const json_t *use;
	size_t i;

	json_array_foreach(uses, i, use) {
		const char *needed = flow_mandate_kind(store_text(use, "competence"));
		json_int_t at = store_number(use, "signature");
		json_t *signature = at >= 0 ? json_array_get(signatures, (size_t)at) : NULL;

		if (needed != NULL && json_is_object(signature) && lay_over(signature, use, needed) &&
			strcmp(store_text(report, "indication"), "TOTAL-PASSED") == 0)
			json_object_set_new(report, "indication", json_string("INDETERMINATE"));
	}
}
