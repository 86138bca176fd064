/* draft: see draft.h. */
#include "daemon/flow/draft.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/flow/notation.h"
#include "daemon/flow/param.h"
#include "daemon/flow/words.h"
#include "daemon/store/store.h"

/* Lengths: Decree 30/2020 Appendix VI where it names one (Subject 500 there; real packets have longer ones). */
#define METADATA                                                                                   \
	{"kind", PARAM_TEXT, false, 20}, {"summary", PARAM_TEXT, false, 10000}, {"priority", PARAM_LEVEL, false, 4},    \
	{"secrecy", PARAM_TEXT, false, 20}, {"due_date", PARAM_DATE, false, 0}, {"signer_name", PARAM_TEXT, false, 100}, \
	{"signer_position", PARAM_TEXT, false, 200}, {"signer_competence", PARAM_TEXT, false, 100},     \
	{"place", PARAM_TEXT, false, 100}, {"language", PARAM_TEXT, false, 30}, {"page_amount", PARAM_NUMBER, false, 99999}, \
	{"copies", PARAM_NUMBER, false, 99999}, {"unit", PARAM_TARGET, false, 1}
#define OUTGOING {"receivers", PARAM_RECEIVERS, false, 200}, {"answers", PARAM_ID, false, 0}, {"replaces", PARAM_ID, false, 0}
#define INCOMING                                                                                   \
	{"issuer_name", PARAM_TEXT, false, 200}, {"issuer_code", PARAM_TEXT, false, 35}, {"code_number", PARAM_TEXT, false, 20}, \
	{"code_notation", PARAM_TEXT, false, 60}, {"issued_date", PARAM_DATE, false, 0}
#define FILES {"main", PARAM_CONTENT, false, 0}, {"attachments", PARAM_CONTENTS, false, 50}
#define ROWS(t) (sizeof(t) / sizeof((t)[0]))

static const struct flow_param new_outgoing[] = {{"direction", PARAM_TEXT, true, 10}, {"subject", PARAM_TEXT, true, 2000},
	METADATA, OUTGOING, FILES};
static const struct flow_param new_incoming[] = {{"direction", PARAM_TEXT, true, 10}, {"subject", PARAM_TEXT, true, 2000},
	METADATA, INCOMING, FILES};
static const struct flow_param change_outgoing[] = {{"subject", PARAM_TEXT, false, 2000}, METADATA, OUTGOING};
static const struct flow_param change_incoming[] = {{"subject", PARAM_TEXT, false, 2000}, METADATA, INCOMING};

static bool
is_secret(const char *secrecy)
{
	return secrecy[0] != '\0' && strcmp(secrecy, "none") != 0;
}

/* Law on State Secrets 2018: a register stub without content unless the installation is certified. */
static void
check_secrecy(const char *secrecy, bool incoming, bool has_content, bool certified, struct diag *diag)
{
	static const char *const levels[] = {"", "none", "mat", "toi-mat", "tuyet-mat"};
	bool known = false;

	for (size_t i = 0; i < ROWS(levels); i++)
		known = known || strcmp(secrecy, levels[i]) == 0;
	if (!known)
		diag_error(diag, "param.value", "secrecy", secrecy, "none, mat, toi-mat, tuyet-mat");
	else if (is_secret(secrecy) && !certified && !incoming)
		diag_error(diag, "document.secret.outgoing", "secrecy", secrecy, "none");
	else if (is_secret(secrecy) && !certified && has_content)
		diag_error(diag, "document.secret.content", "main", NULL, NULL);
}

static void
check_subject(const json_t *params, struct diag *diag)
{
	const json_t *subject = json_object_get(params, "subject");

	if (subject != NULL && json_string_length(subject) == 0)
		diag_error(diag, "param.missing", "subject", "", NULL);
}

enum status
draft_check(const json_t *params, const struct person *person, bool certified, struct diag *diag)
{
	const char *direction = flow_param_text(params, "direction");
	unsigned may = ROLE_SPECIALIST | ROLE_CLERK;
	enum flow_direction d;
	bool incoming;

	if (!flow_direction_from_name(direction, &d)) {
		diag_error(diag, "param.value", "direction", direction, "incoming, outgoing, internal");
		return STATUS_INVALID;
	}
	incoming = d == FLOW_INCOMING;
	if (incoming)
		may = ROLE_CLERK;
	if (!(person->roles & may)) {
		char want[100];

		flow_who_names(may, want, sizeof(want));
		diag_error(diag, "document.create.role", "direction", direction, want);
		return STATUS_DENIED;
	}
	flow_params_check(incoming ? new_incoming : new_outgoing, incoming ? ROWS(new_incoming) : ROWS(new_outgoing), params,
		diag);
	check_secrecy(flow_param_text(params, "secrecy"), incoming, json_object_get(params, "main") != NULL ||
		json_array_size(json_object_get(params, "attachments")) > 0, certified, diag);
	return diag_has_error(diag) ? STATUS_INVALID : STATUS_OK;
}

enum status
draft_check_change(const json_t *params, const struct flow_document *d, bool certified, struct diag *diag)
{
	bool incoming = d->direction == FLOW_INCOMING;

	flow_params_check(incoming ? change_incoming : change_outgoing,
		incoming ? ROWS(change_incoming) : ROWS(change_outgoing), params, diag);
	check_subject(params, diag);
	check_secrecy(flow_param_text(params, "secrecy"), incoming, d->main_version[0] != '\0', certified, diag);
	if (json_object_size(params) == 0)
		diag_error(diag, "document.change.empty", "", NULL, NULL);
	return diag_has_error(diag) ? STATUS_INVALID : STATUS_OK;
}

/* Columns that may hold NULL; the others are cleared to "". */
static bool
is_nullable(const char *name)
{
	static const char *const names[] = {"due_date", "issued_date", "page_amount", "copies", "unit", "answers", "replaces"};

	for (size_t i = 0; i < ROWS(names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static json_t *
cleared(const char *name)
{
	if (is_nullable(name))
		return json_null();
	if (strcmp(name, "receivers") == 0)
		return json_array();
	if (strcmp(name, "priority") == 0)
		return json_integer(0);
	return json_string(strcmp(name, "secrecy") == 0 ? "none" : strcmp(name, "language") == 0 ? "vi" : "");
}

static const char *
either(const json_t *columns, const json_t *view, const char *member)
{
	return json_object_get(columns, member) != NULL ? store_text(columns, member) : store_text(view, member);
}

enum status
draft_derive(json_t *columns, const json_t *view)
{
	static const char *const parts[] = {"kind_name", "subject", "summary", "signer_name", "signer_position", "place", "file_code",
		"issuer_name", "issuer_code"};
	json_t *all = json_object(), *receivers = json_object_get(columns, "receivers");
	char notation[200], *key = NULL, *words = NULL, *issuer = NULL;
	enum status st;

	notation_join(either(columns, view, "code_number"), either(columns, view, "code_notation"), notation, sizeof(notation));
	if (json_object_get(columns, "notation") != NULL)
		snprintf(notation, sizeof(notation), "%s", store_text(columns, "notation"));
	for (size_t i = 0; i < ROWS(parts); i++)
		json_object_set_new(all, parts[i], json_string(either(columns, view, parts[i])));
	json_object_set_new(all, "notation", json_string(notation));
	json_object_set(all, "receivers", receivers != NULL ? receivers : json_object_get(view, "receivers"));
	st = notation_key(notation, &key);
	if (st == STATUS_OK)
		st = words_of_document(all, &words, &issuer);
	if (st == STATUS_OK) {
		json_object_set_new(columns, "notation", json_string(notation));
		json_object_set_new(columns, "notation_key", json_string(key));
		json_object_set_new(columns, "words", json_string(words));
		json_object_set_new(columns, "issuer_fold", json_string(issuer));
	}
	free(key);
	free(words);
	free(issuer);
	json_decref(all);
	return st;
}

enum status
draft_columns(const json_t *params, const json_t *view, const json_t *kind, json_t **out)
{
	static const char *const not_columns[] = {"main", "attachments", "unit"};
	json_t *columns = json_object(), *v;
	const char *name;
	enum status st;

	json_object_foreach((json_t *)params, name, v) {
		bool column = true;

		for (size_t i = 0; i < ROWS(not_columns); i++)
			column = column && strcmp(name, not_columns[i]) != 0;
		if (column)
			json_object_set_new(columns, name, json_is_null(v) ||
				(is_nullable(name) && json_is_string(v) && json_string_length(v) == 0) ? cleared(name) :
				json_incref(v));
	}
	if (json_is_object(kind))
		json_object_set(columns, "kind_name", json_object_get(kind, "name"));
	else if (json_object_get(params, "kind") != NULL)
		json_object_set_new(columns, "kind_name", json_string(""));
	st = draft_derive(columns, view);
	if (st != STATUS_OK) {
		json_decref(columns);
		return st;
	}
	*out = columns;
	return STATUS_OK;
}

const char *
draft_mime(const char *name)
{
	static const struct {
		const char *suffix, *mime;
	} rows[] = {
		{".pdf", "application/pdf"}, {".txt", "text/plain"}, {".json", "text/plain"}, {".xml", "application/xml"},
		{".edxml", "application/xml"}, {".p7s", "application/pkcs7-signature"}, {".p7m", "application/pkcs7-mime"}, {".zip", "application/zip"},
		{".doc", "application/msword"}, {".xls", "application/vnd.ms-excel"}, {".png", "image/png"},
		{".jpg", "image/jpeg"}, {".jpeg", "image/jpeg"}, {".tif", "image/tiff"}, {".tiff", "image/tiff"},
		{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{".asice", "application/vnd.etsi.asic-e+zip"}, {".sce", "application/vnd.etsi.asic-e+zip"},
		{".asics", "application/vnd.etsi.asic-s+zip"}, {".scs", "application/vnd.etsi.asic-s+zip"},
		{".odt", "application/vnd.oasis.opendocument.text"}, {".ods", "application/vnd.oasis.opendocument.spreadsheet"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot != NULL && i < ROWS(rows); i++)
		if (strcasecmp(dot, rows[i].suffix) == 0)
			return rows[i].mime;
	return "application/octet-stream";
}
