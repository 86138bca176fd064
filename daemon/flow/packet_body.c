/*
 * packet_body: what the other side is told, in the JSON shape of lib/doc/edxml_json.h (QCVN 102:2016). The exchange has the worker write
 * the packet from it; attachments are named by digest, in the order of their "index".
 */
#include <stdio.h>
#include <string.h>

#include "daemon/flow/act_private.h"
#include "daemon/flow/packet_kind.h"

static void
put(json_t *o, const char *member, const char *value)
{
	if (value[0] != '\0')
		json_object_set_new(o, member, json_string(value));
}

static json_t *
from_of(const struct flow_document *d)
{
	json_t *from = json_object(), *v;
	const char *name;

	json_object_foreach(d->from, name, v)
		if (json_is_string(v) && json_string_length(v) > 0)
			json_object_set(from, name, v);
	return from;
}

json_t *
body_status(const struct flow_document *d, const char *code, const char *description, const json_t *staff)
{
	json_t *body = json_object(), *about = json_object();
	char now[CLOCK_TEXT];

	clock_format_utc(clock_now(), now);
	put(about, "organ_id", d->issuer_code);
	put(about, "code", d->notation);
	put(about, "promulgation_date", d->issued_date);
	put(about, "document_id", d->external_id);
	put(body, "packet", "status");
	json_object_set_new(body, "from", from_of(d));
	json_object_set_new(body, "response_for", json_pack("[o]", about));
	put(body, "status_code", code);
	put(body, "description", description);
	put(body, "timestamp", now);
	if (json_object_size(staff) > 0)
		json_object_set(body, "staff", (json_t *)staff);
	return body;
}

static bool
is_newest(const json_t *versions, const json_t *v)
{
	const json_t *w;
	size_t k;

	json_array_foreach(versions, k, w)
		if (strcmp(store_text(v, "part"), store_text(w, "part")) == 0 &&
			store_number(v, "part_number") == store_number(w, "part_number") &&
			store_number(w, "ordinal") > store_number(v, "ordinal"))
			return false;
	return true;
}

static void
add_part(json_t *list, const json_t *versions, const char *part)
{
	const json_t *v;
	size_t i;

	json_array_foreach(versions, i, v)
		if (strcmp(store_text(v, "part"), part) == 0 && is_newest(versions, v))
			json_array_append_new(list, json_pack("{s:s,s:s,s:s,s:I,s:i}", "name", store_text(v, "name"),
				"content_type", store_text(v, "mime"), "sha256", store_text(v, "sha256"), "size",
				(json_int_t)store_number(v, "size"), "index", (int)json_array_size(list)));
}

/* The newest file of every part that goes out, in the order in which others read it: the first one is the document. */
static json_t *
attachments_of(const struct flow_document *d)
{
	static const char *const parts[] = {"main", "attachment", "signature"};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		add_part(list, json_object_get(d->view, "versions"), parts[i]);
	return list;
}

static json_t *
answered_of(const struct flow_document *d)
{
	json_t *about = json_object(), *v;
	const char *name;

	json_object_foreach(d->answered, name, v)
		if (json_is_string(v) && json_string_length(v) > 0)
			json_object_set(about, name, v);
	return about;
}

json_t *
body_document(const struct flow_document *d, const json_t *receiver, int business, const char *reason, json_t *more)
{
	json_t *body = json_object(), *signer = json_object(), *deal = json_pack("{s:i}", "type", business);

	put(deal, "reason", reason);
	if (more != NULL)
		json_object_update(deal, more);
	put(signer, "competence", d->signer_competence);
	put(signer, "position", d->signer_position);
	put(signer, "full_name", d->signer_name);
	put(body, "packet", "document");
	json_object_set_new(body, "business", deal);
	json_object_set_new(body, "from", from_of(d));
	json_object_set_new(body, "to", json_pack("[O]", receiver));
	put(body, "document_id", d->external_id);
	put(body, "code_number", d->code_number);
	put(body, "code_notation", d->code_notation);
	put(body, "place", d->place[0] ? d->place : d->organ_place);
	put(body, "promulgation_date", d->issued_date);
	json_object_set_new(body, "type", json_integer(packet_kind_number(d->kind)));
	put(body, "type_name", d->kind_name);
	put(body, "subject", d->subject);
	put(body, "content", d->summary);
	if (json_object_size(signer) > 0)
		json_object_set(body, "signer", signer);
	json_decref(signer);
	put(body, "due_date", d->due_date);
	json_object_set_new(body, "priority", json_integer(d->priority));
	if (json_object_size(d->answered) > 0)
		json_object_set_new(body, "response_for", json_pack("[o]", answered_of(d)));
	json_object_set_new(body, "attachments", attachments_of(d));
	return body;
}
