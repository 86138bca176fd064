/* plan_document: rows for a new document, changed metadata, and new versions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "daemon/flow/act_private.h"
#include "daemon/flow/draft.h"
#include "daemon/flow/param.h"

static json_int_t
content_size(const struct flow_act *a, const char *sha256)
{
	const json_t *contents = json_object_get(a->context, "contents"), *c;
	size_t i;

	json_array_foreach(contents, i, c)
		if (strcmp(store_text(c, "sha256"), sha256) == 0)
			return store_number(c, "size");
	return -1;
}

enum status
plan_versions(struct flow_act *a, const struct flow_version *files, size_t count)
{
	enum status st = STATUS_OK;

	if (a->versions == NULL)
		a->versions = json_array();
	for (size_t i = 0; i < count; i++) {
		const struct flow_version *f = &files[i];
		json_int_t size = f->size > 0 ? f->size : content_size(a, f->sha256);
		char id[UUID_TEXT], mime[128];
		json_t *row;

		snprintf(mime, sizeof(mime), "%.*s", (int)strcspn(f->mime != NULL ? f->mime : "", ";"), f->mime != NULL ? f->mime : "");
		if (mime[0] == '\0')
			snprintf(mime, sizeof(mime), "%s", draft_mime(f->name));
		if (size < 0) {
			diag_error(a->diag, "content.missing", f->part, f->sha256, NULL);
			st = STATUS_INVALID;
			continue;
		}
		uuid_new(id);
		row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s,s:I}", "id", id, "document", a->id, "part", f->part, "name", f->name,
			"mime", mime, "sha256", f->sha256, "cause", f->cause, "size",
			size);
		if (row == NULL)
			return STATUS_INVALID;
		if (f->part_number >= 0)
			json_object_set_new(row, "part_number", json_integer(f->part_number));
		if (json_array_size(f->findings) > 0)
			json_object_set(row, "findings", (json_t *)f->findings);
		if (f->verdict != NULL)
			json_object_set(row, "verdict", (json_t *)f->verdict);
		if (a->r.person != NULL)
			json_object_set_new(row, "created_by", json_string(a->r.person->id));
		json_array_append_new(a->versions, row);
	}
	return st;
}

/* The kind must be one of the rule set in force, when a person gives one. */
static enum status
check_kind(struct flow_act *a, const json_t **kind)
{
	const char *code = store_text(a->r.params, "kind");

	*kind = json_object_get(a->context, "kind");
	if (code[0] == '\0') {
		*kind = NULL;
		return STATUS_OK;
	}
	if (json_is_object(*kind))
		return STATUS_OK;
	diag_error(a->diag, "document.kind", "kind", code, NULL);
	return STATUS_INVALID;
}

/* A document that another is tied to must be one that the person may see. */
static enum status
check_seen(struct flow_act *a, const char *member, const char *code)
{
	const json_t *seen = json_object_get(a->context, "documents"), *id;
	const char *asked = store_text(a->r.params, member);
	size_t i;

	json_array_foreach(seen, i, id)
		if (strcasecmp(json_string_value(id), asked) == 0)
			return STATUS_OK;
	if (asked[0] == '\0')
		return STATUS_OK;
	diag_error(a->diag, code, member, asked, NULL);
	return STATUS_INVALID;
}

static enum status
check_links(struct flow_act *a)
{
	const char *unit = flow_target_text(json_object_get(a->r.params, "unit"));
	enum status st = STATUS_OK;

	if (check_seen(a, "answers", "document.answers") != STATUS_OK || check_seen(a, "replaces", "document.replaces") != STATUS_OK)
		st = STATUS_INVALID;
	if (unit[0] != '\0' && plan_target(a, unit, "unit") == NULL) {
		diag_error(a->diag, "move.target", "unit", unit, NULL);
		st = STATUS_INVALID;
	}
	return st;
}

static void
set_unit(struct flow_act *a, json_t *columns)
{
	const char *unit = flow_target_text(json_object_get(a->r.params, "unit"));
	const json_t *found = unit[0] ? plan_target(a, unit, "unit") : NULL;

	if (found != NULL)
		json_object_set(columns, "unit", json_object_get(found, "id"));
	else if (a->what == DO_CREATE && a->d.direction != FLOW_INCOMING && a->r.person != NULL && a->r.person->unit[0] != '\0')
		json_object_set_new(columns, "unit", json_string(a->r.person->unit));
}

/* A file as the request names it; what it is by its bytes was found out before (daemon/api/file_check), if it could be. */
static struct flow_version
named(const char *part, int number, const json_t *file, const char *cause)
{
	return (struct flow_version){.part = part, .part_number = number, .sha256 = store_text(file, "sha256"), .name = store_text(file, "name"),
		.mime = json_string_value(json_object_get(file, "mime")), .cause = cause, .findings = json_object_get(file, "findings")};
}

/* main and attachments of POST /v1/documents */
static enum status
plan_files(struct flow_act *a)
{
	const char *cause = a->d.direction == FLOW_INCOMING ? "received" : "drafted";
	const json_t *main_file = json_object_get(a->r.params, "main"), *list = json_object_get(a->r.params, "attachments"), *f;
	enum status st = plan_versions(a, a->r.versions, a->r.version_count);
	size_t i;

	if (a->r.person == NULL)
		return st;
	if (json_is_object(main_file)) {
		struct flow_version v = named("main", 0, main_file, cause);

		if (plan_versions(a, &v, 1) != STATUS_OK)
			st = STATUS_INVALID;
	}
	json_array_foreach(list, i, f) {
		struct flow_version v = named("attachment", (int)i + 1, f, cause);

		if (plan_versions(a, &v, 1) != STATUS_OK)
			st = STATUS_INVALID;
	}
	return st;
}

static void
plan_event(struct flow_act *a, const char *kind, const char *role)
{
	a->notice = json_pack("{s:s,s:s,s:s,s:I,s:s}", "document", a->id, "organ", a->d.organ, "kind", kind, "revision",
		(json_int_t)(a->d.revision + 1), "state", flow_state_name(a->to));
	if (role != NULL)
		json_object_set_new(a->notice, "roles", json_pack("[s]", role));
	if (a->r.person != NULL)
		json_object_set_new(a->notice, "actor", json_string(a->r.person->id));
}

static enum status
plan_create(struct flow_act *a, const json_t *kind)
{
	bool incoming = a->d.direction == FLOW_INCOMING;
	char now[CLOCK_TEXT], day[CLOCK_TEXT];
	enum status st = plan_files(a);

	if (st == STATUS_OK)
		st = draft_columns(a->r.params, NULL, kind, &a->insert);
	if (st != STATUS_OK)
		return st;
	if (a->r.person == NULL && json_object_get(a->r.params, "kind_name") != NULL)
		json_object_set(a->insert, "kind_name", json_object_get(a->r.params, "kind_name"));
	clock_format_utc(clock_now(), now);
	clock_format_date(a->day, day);
	json_object_set_new(a->insert, "id", json_string(a->id));
	json_object_set_new(a->insert, "state", json_string(flow_state_name(a->to)));
	json_object_set_new(a->insert, "organ", json_string(a->d.organ));
	json_object_set_new(a->insert, "sort_date", json_string(day));
	if (incoming)
		json_object_set_new(a->insert, "arrived_at", json_string(now));
	if (a->r.person != NULL)
		json_object_set_new(a->insert, "created_by", json_string(a->r.person->id));
	set_unit(a, a->insert);
	json_object_set_new(a->details, "direction", json_string(flow_direction_name(a->d.direction)));
	json_object_set(a->details, "subject", json_object_get(a->insert, "subject"));
	if (a->d.external_id[0] != '\0') {
		json_object_set_new(a->details, "external_id", json_string(a->d.external_id));
		json_object_set_new(a->details, "issuer", json_string(a->d.issuer_code));
	}
	if (a->creation->tell) {
		a->d.from = json_pack("{s:s,s:s}", "organ_id", a->d.organ_code, "organ_name",
			a->creation->request.person ? a->creation->request.person->organ_name : "");
		a->d.notation = store_text(a->insert, "notation");
		a->told = plan_status(a, "01", "", a->creation->staff);
		json_decref(a->d.from);
		a->d.from = NULL;
	}
	plan_event(a, incoming ? "arrived" : "", incoming ? "clerk" : NULL);
	return STATUS_OK;
}

/* What was changed, by name: the leaf says which members, the database what they are now. */
static void
plan_changed(struct flow_act *a)
{
	json_t *names = json_array(), *v;
	const char *name;

	json_object_foreach((json_t *)a->r.params, name, v)
		json_array_append_new(names, json_string(name));
	json_object_set_new(a->details, "changed", names);
}

enum status
plan_document(struct flow_act *a)
{
	const json_t *kind = NULL;
	enum status st = STATUS_OK;

	/* The exchange's kind is what the packet says; it may be one we do not have. */
	if (a->r.person != NULL && a->what != DO_VERSIONS) {
		st = check_kind(a, &kind);
		if (check_links(a) != STATUS_OK)
			st = STATUS_INVALID;
	}
	if (st != STATUS_OK)
		return st;
	if (a->what == DO_CREATE)
		return plan_create(a, kind);
	if (a->what == DO_CHANGE) {
		st = draft_columns(a->r.params, a->d.view, kind, &a->set);
		if (st == STATUS_OK)
			set_unit(a, a->set);
		plan_changed(a);
	} else {
		/* An update by exchange brings metadata too; the columns are those that the exchange knows. */
		if (a->r.person == NULL && json_object_size(a->r.params) > 0) {
			st = draft_columns(a->r.params, a->d.view, NULL, &a->set);
			if (st != STATUS_OK)
				return st;
			plan_changed(a);
		} else {
			a->set = json_object();
		}
		st = plan_versions(a, a->r.versions, a->r.version_count);
	}
	if (st == STATUS_OK)
		plan_event(a, "", NULL);
	return st;
}
