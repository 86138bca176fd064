/*
 * plan_exchange: what a move sends to the receivers of an outgoing document, as rows: the document itself, its recall, update or replacement (QCVN
 * 102:2016 business types 0 to 3), and the take-back (status 13). One packet a receiver, whatever the number of times it is named.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/flow/act_private.h"

enum { BUSINESS_NEW, BUSINESS_RECALL, BUSINESS_UPDATE, BUSINESS_REPLACE };

/* The DocumentId of ours (docs/edxml.md 1.4), fixed at the first dispatch. */
static void
name_document(struct flow_act *a)
{
	char day[CLOCK_TEXT] = "", id[400];

	if (a->d.external_id[0] != '\0')
		return;
	snprintf(day, sizeof(day), "%s", a->d.issued_date);
	for (char *c = day; *c != '\0'; c++)
		if (*c == '-')
			*c = '/';
	snprintf(id, sizeof(id), "%s,%s,%s/%s", a->d.organ_code, day, a->d.code_number, a->d.code_notation);
	a->d.external_id = arena_strdup(a->arena, id);
	json_object_set_new(a->set, "external_id", json_string(a->d.external_id));
}

static bool
names(const json_t *receivers, const char *code)
{
	const json_t *r;
	size_t i;

	json_array_foreach(receivers, i, r)
		if (strcmp(json_is_string(r) ? json_string_value(r) : store_text(r, "organ_id"), code) == 0)
			return true;
	return false;
}

/* {"replacements":[…]} for a receiver who had the document replaced; NULL for one who had not. */
static json_t *
replacement_for(const struct flow_act *a, const char *code)
{
	const json_t *replaced = a->d.replaced;

	if (!json_is_object(replaced) || !names(json_object_get(replaced, "receivers"), code))
		return NULL;
	return json_pack("{s:[{s:O,s:[s]}]}", "replacements", "document_id", json_object_get(replaced, "document_id"), "organ_ids", code);
}

static void
queue(struct flow_act *a, const json_t *receiver, int business, json_t *more)
{
	const char *reason = store_text(a->r.params, "reason");
	char id[UUID_TEXT];

	uuid_new(id);
	json_array_append_new(a->packets, json_pack("{s:s,s:s,s:s,s:i,s:s,s:o}", "id", id, "document", a->id, "receiver_code",
		store_text(receiver, "organ_id"), "business", business, "description", reason, "body",
		body_document(&a->d, receiver, business, reason, more)));
}

/* True when an earlier row of the list has the same code. */
static bool
is_again(const json_t *receivers, size_t at)
{
	const char *code = store_text(json_array_get(receivers, at), "organ_id");

	for (size_t i = 0; i < at; i++)
		if (strcmp(store_text(json_array_get(receivers, i), "organ_id"), code) == 0)
			return true;
	return false;
}

enum status
plan_send(struct flow_act *a, int business)
{
	json_t *receivers = json_object_get(a->r.params, "receivers"), *r, *more;
	size_t i;

	if (receivers == NULL)
		receivers = a->d.receivers;
	else if (business == BUSINESS_NEW)
		json_object_set(a->set, "receivers", receivers);
	name_document(a);
	a->packets = json_array();
	json_array_foreach(receivers, i, r) {
		if (is_again(receivers, i))
			continue;
		more = business == BUSINESS_NEW ? replacement_for(a, store_text(r, "organ_id")) : NULL;
		queue(a, r, more != NULL ? BUSINESS_REPLACE : business, more);
		json_decref(more);
	}
	return STATUS_OK;
}

/* Who came in and who fell out, as ReceiverList has it: 1 and 0. */
static json_t *
changes_of(const json_t *before, const json_t *after)
{
	json_t *list = json_array();
	const json_t *r;
	size_t i;

	json_array_foreach(after, i, r)
		if (!names(before, store_text(r, "organ_id")))
			json_array_append_new(list, json_pack("{s:s,s:i}", "organ_id", store_text(r, "organ_id"), "type", 1));
	json_array_foreach(before, i, r)
		if (!names(after, store_text(r, "organ_id")))
			json_array_append_new(list, json_pack("{s:s,s:i}", "organ_id", store_text(r, "organ_id"), "type", 0));
	return list;
}

/* Everybody who had the document gets the update; who is new gets the document, as it is now. */
enum status
plan_update(struct flow_act *a)
{
	static const char *const members[] = {"summary", "due_date"};
	json_t *before = a->d.receivers, *after = json_object_get(a->r.params, "receivers"), *changes, *more, *r;
	bool info = false;
	size_t i;

	for (i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (json_object_get(a->r.params, members[i]) != NULL) {
			json_object_set(a->set, members[i], json_object_get(a->r.params, members[i]));
			info = true;
		}
	if (after == NULL)
		after = before;
	changes = changes_of(before, after);
	if (!info && json_array_size(changes) == 0) {
		json_decref(changes);
		diag_error(a->diag, "move.update.empty", "receivers", NULL, "receivers, summary, due_date");
		return STATUS_INVALID;
	}
	if (json_object_get(a->r.params, "summary") != NULL)
		a->d.summary = store_text(a->r.params, "summary");
	if (json_object_get(a->r.params, "due_date") != NULL)
		a->d.due_date = store_text(a->r.params, "due_date");
	json_object_set(a->set, "receivers", after);
	more = json_pack("{s:s,s:b,s:b,s:O}", "document_id", a->d.external_id, "document_info", (int)info, "document_receiver",
		(int)(json_array_size(changes) > 0), "receivers", changes);
	a->packets = json_array();
	json_array_foreach(before, i, r)
		if (!is_again(before, i))
			queue(a, r, BUSINESS_UPDATE, more);
	json_array_foreach(after, i, r)
		if (!is_again(after, i) && !names(before, store_text(r, "organ_id")))
			queue(a, r, BUSINESS_NEW, NULL);
	json_decref(more);
	json_decref(changes);
	return STATUS_OK;
}

/* The answer of each (15 or 16) is heard by the exchange; when all give it back, the document is withdrawn. */
void
plan_ask_back(struct flow_act *a, const json_t *staff)
{
	const char *reason = store_text(a->r.params, "reason");
	struct flow_document d = a->d;
	json_t *r;
	size_t i;

	d.issuer_code = a->d.organ_code; /* the document concerned is ours */
	a->told = json_array();
	json_array_foreach(a->d.receivers, i, r) {
		char id[UUID_TEXT];
		json_t *row;

		if (is_again(a->d.receivers, i))
			continue;
		uuid_new(id);
		row = json_pack("{s:s,s:s,s:s,s:s,s:s,s:o}", "id", id, "document", a->id, "receiver_code", store_text(r, "organ_id"),
			"status_code", "13", "description", reason, "body", body_status(&d, "13", reason, staff));
		if (staff != NULL)
			json_object_set(row, "staff", (json_t *)staff);
		json_array_append_new(a->told, row);
	}
}
