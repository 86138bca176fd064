/* facts: see facts.h. */
#include "daemon/flow/facts.h"

#include <stddef.h>
#include <string.h>

#include "daemon/store/store.h"

/* Where each text of the facts comes from. */
static const struct {
	size_t offset;
	const char *part, *member; /* part: "view" or "facts" */
} texts[] = {
#define TEXT(field, part, member) {offsetof(struct flow_document, field), part, member}
	TEXT(id, "view", "id"), TEXT(organ, "view", "organ"), TEXT(organ_code, "view", "organ_code"),
	TEXT(organ_name, "view", "organ_name"), TEXT(kind, "view", "kind"), TEXT(kind_name, "view", "kind_name"),
	TEXT(code_number, "view", "code_number"), TEXT(code_notation, "view", "code_notation"),
	TEXT(notation, "view", "notation"), TEXT(issued_date, "view", "issued_date"), TEXT(issuer_code, "view", "issuer_code"),
	TEXT(issuer_name, "view", "issuer_name"), TEXT(subject, "view", "subject"), TEXT(summary, "view", "summary"),
	TEXT(place, "view", "place"), TEXT(signer_name, "view", "signer_name"),
	TEXT(signer_position, "view", "signer_position"), TEXT(signer_competence, "view", "signer_competence"),
	TEXT(external_id, "view", "external_id"), TEXT(due_date, "view", "due_date"),
	TEXT(organ_mark, "facts", "organ_mark"), TEXT(regime, "facts", "regime"), TEXT(unit_mark, "facts", "unit_mark"),
	TEXT(created_by, "facts", "created_by"), TEXT(reviewer, "facts", "reviewer"), TEXT(leader, "facts", "leader"),
	TEXT(organ_place, "facts", "organ_place"),
#undef TEXT
};

static json_t *
make_view(json_t *loaded)
{
	json_t *view = json_copy(json_object_get(loaded, "short"));

	if (view == NULL || json_object_update(view, json_object_get(loaded, "more")) != 0 ||
		json_object_set_new(loaded, "view", view) != 0)
		return NULL;
	return view;
}

bool
flow_document_from_json(json_t *loaded, struct flow_document *out)
{
	json_t *facts = json_object_get(loaded, "facts"), *main_file = json_object_get(facts, "main");
	struct flow_document d = {.view = make_view(loaded)};

	if (d.view == NULL || !json_is_object(facts) ||
		!flow_direction_from_name(store_text(d.view, "direction"), &d.direction) ||
		!flow_state_from_name(store_text(d.view, "state"), &d.state))
		return false;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		*(const char **)((char *)&d + texts[i].offset) =
			store_text(strcmp(texts[i].part, "view") == 0 ? d.view : facts, texts[i].member);
	d.revision = store_number(d.view, "revision");
	d.priority = (int)store_number(d.view, "priority");
	d.secret = strcmp(store_text(d.view, "secrecy"), "none") != 0;
	d.lead = store_flag(facts, "lead");
	d.asked_back = store_flag(facts, "asked_back");
	d.asking_back = store_flag(facts, "asking_back");
	d.main_version = store_text(main_file, "id");
	d.main_mime = store_text(main_file, "mime");
	d.main_cause = store_text(main_file, "cause");
	d.cosigners = json_object_get(facts, "cosigners");
	d.parallel = store_flag(facts, "parallel");
	d.main_name = store_text(main_file, "name");
	d.main_sha256 = store_text(main_file, "sha256");
	d.unsealed = json_object_get(facts, "unsealed");
	d.receivers = json_object_get(d.view, "receivers");
	d.from = json_object_get(facts, "from");
	d.answered = json_object_get(facts, "answered");
	d.mandates = json_object_get(facts, "mandates");
	d.replaced = json_object_get(facts, "replaced");
	*out = d;
	return true;
}
