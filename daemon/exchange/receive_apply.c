/*
 * receive_apply: what a packet means (vn-standards 1.6, 1.11, 2): a new document, a recall, an update, a replacement, or what the other side says of
 * ours. Packets about documents that never reached us are kept and shown, not failed: real partners send them.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/exchange/receive_private.h"
#include "daemon/store/document.h"

enum { BUSINESS_NEW, BUSINESS_RECALL, BUSINESS_UPDATE, BUSINESS_REPLACE };

static const char *
found(const struct receive *r, const char *member)
{
	return store_text(json_object_get(r->context, member), "id");
}

/* --- statuses --- */

/* Whom a status of a receiver concerns: the clerks and the author of ours, the clerks when a sender asks for his back. */
static void
tell_people(struct receive *r, struct act *act, const json_t *about)
{
	json_t *notice = json_pack("{s:s,s:s,s:s,s:[s],s:O*,s:O,s:O}", "document", r->document, "organ", store_text(about, "organ"), "kind", "status",
		"roles", "clerk", "accounts", json_object_get(about, "people"), "revision", json_object_get(about, "revision"), "state",
		json_object_get(about, "state"));

	notify(act, notice, NULL, NULL);
	json_decref(notice);
}

void
receive_hear(struct receive *r, struct act *act)
{
	static const char *const loud[] = {"02", "13", "15", "16"};
	const char *code = store_text(r->body, "status_code");
	const json_t *about = json_object_get(r->context, strcmp(code, "13") == 0 ? "theirs" : "ours");
	json_t *row = json_pack("{s:s,s:s,s:O,s:O*,s:O*,s:O*}", "document", r->document, "organ_code",
		store_text(json_object_get(r->body, "from"), "organ_id"), "code", json_object_get(r->body, "status_code"),
		"description", json_object_get(r->body, "description"), "staff", json_object_get(r->body, "staff"),
		"said_at", json_object_get(r->body, "timestamp"));

	status_hear(act, row, NULL, NULL);
	json_decref(row);
	for (size_t i = 0; i < sizeof(loud) / sizeof(loud[0]); i++)
		if (strcmp(code, loud[i]) == 0)
			tell_people(r, act, about);
}

static void
decide_status(struct receive *r)
{
	const char *code = store_text(r->body, "status_code"), *from = store_text(json_object_get(r->body, "from"), "organ_id");
	bool asks_back = strcmp(code, "13") == 0;
	const char *document = found(r, asks_back ? "theirs" : "ours");

	if (document[0] == '\0') {
		diag_warn(r->diag, "exchange.unknown-document", "ResponseFor/DocumentId",
			store_text(json_array_get(json_object_get(r->body, "response_for"), 0), "document_id"), NULL);
		receive_note(r);
		return;
	}
	if (!asks_back && !store_flag(r->context, "receiver")) {
		diag_error(r->diag, "exchange.not-receiver", "From/OrganId", from, NULL);
		receive_refuse(r);
		return;
	}
	snprintf(r->document, sizeof(r->document), "%s", document);
	r->heard = true;
	receive_note(r);
}

/* --- documents --- */

static void
also_packet(struct act *act, const json_t *moved, void *arg)
{
	struct receive *r = arg;
	json_t *row;

	snprintf(r->document, sizeof(r->document), "%s", store_text(moved, "document"));
	row = receive_packet_row(r, "accepted");
	packet_insert(act, row, NULL, NULL);
	json_decref(row);
}

static void
on_applied(void *arg, const struct flow_result *result)
{
	struct receive *r = arg;

	if (result->status == STATUS_DUPLICATE) {
		receive_late(r);
	} else if (result->status == STATUS_INVALID || result->status == STATUS_CONFLICT) {
		diag_join(r->diag, result->diag);
		if (!diag_has_error(r->diag)) /* the database knows better than the schema what fits */
			diag_error(r->diag, "exchange.value", "MessageHeader", store_text(r->body, "document_id"), NULL);
		r->document[0] = '\0';
		receive_refuse(r);
	} else {
		receive_finish(r, result->status);
	}
}

static bool
is_pdf(const json_t *attachment)
{
	return strcmp(store_text(attachment, "mime"), "application/pdf") == 0;
}

/* What is beside a file as its signature: no main file while there is another. */
static bool
is_signature(const json_t *attachment)
{
	static const char *const mimes[] = {"application/pkcs7-signature", "application/pkcs7-mime", "application/vnd.etsi.asic-e+zip",
		"application/vnd.etsi.asic-s+zip"};

	for (size_t i = 0; i < sizeof(mimes) / sizeof(mimes[0]); i++)
		if (strcmp(store_text(attachment, "mime"), mimes[i]) == 0)
			return true;
	return false;
}

static size_t
find_main(const json_t *list)
{
	const json_t *a;
	size_t i;

	json_array_foreach(list, i, a)
		if (is_pdf(a))
			return i;
	json_array_foreach(list, i, a)
		if (!is_signature(a))
			return i;
	return 0;
}

/* The main file is the first PDF, else the first file that is no signature, else the first; the rest are attachments; the packet itself is kept as the sender's original. */
static void
list_versions(struct receive *r)
{
	const json_t *list = json_object_get(r->body, "attachments"), *a;
	size_t main_at = find_main(list), i;
	int number = 1;

	json_array_foreach(list, i, a) {
		size_t index = (size_t)store_number(a, "index");
		const char *name = store_text(a, "name"), *mime = store_text(a, "mime");

		if (index >= r->stored || r->version_count == JOB_FILES)
			continue;
		r->versions[r->version_count++] = (struct flow_version){
			.part = i == main_at ? "main" : "attachment", .part_number = i == main_at ? 0 : number++,
			.sha256 = r->digests[index], .name = name[0] != '\0' ? name : "tep-kem-theo",
			.mime = mime[0] != '\0' ? mime : NULL, .cause = "received", .findings = json_object_get(a, "findings")};
	}
	r->versions[r->version_count++] = (struct flow_version){.part = "packet", .sha256 = r->sha256,
		.name = r->source[0] != '\0' && strchr(r->source, '/') == NULL ? r->source : "goi-tin.edxml",
		.mime = "application/xml", .cause = "received"};
}

/* Decree 30/2020 knows four levels of urgency; senders' other numbers stay in the metadata. */
static int
level(int64_t n)
{
	return n < 0 ? 0 : n > 4 ? 4 : (int)n;
}

/* Members of the packet that have a column, by their names on both sides. */
static void
fill_columns(struct receive *r)
{
	static const struct {
		const char *column, *object, *member;
	} columns[] = {
		{"subject", NULL, "subject"}, {"summary", NULL, "content"}, {"kind_name", NULL, "type_name"},
		{"code_number", NULL, "code_number"}, {"code_notation", NULL, "code_notation"},
		{"issued_date", NULL, "promulgation_date"}, {"place", NULL, "place"}, {"due_date", NULL, "due_date"},
		{"priority", NULL, "priority"}, {"page_amount", NULL, "page_amount"},
		{"copies", NULL, "promulgation_amount"}, {"external_id", NULL, "document_id"},
		{"response_for", NULL, "response_for"}, {"issuer_code", "from", "organ_id"},
		{"issuer_name", "from", "organ_name"}, {"signer_name", "signer", "full_name"},
		{"signer_position", "signer", "position"}, {"signer_competence", "signer", "competence"},
	};
	json_t *metadata = json_copy(r->body);

	r->params = json_pack("{s:s}", "direction", "incoming");
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		const json_t *from = columns[i].object ? json_object_get(r->body, columns[i].object) : r->body;
		json_t *v = json_object_get(from, columns[i].member);

		if (v != NULL)
			json_object_set(r->params, columns[i].column, v);
	}
	if (json_object_get(r->params, "priority") != NULL)
		json_object_set_new(r->params, "priority", json_integer(level(store_number(r->params, "priority"))));
	if (json_object_get(r->params, "issuer_name") == NULL)
		json_object_set(r->params, "issuer_name", json_object_get(r->params, "issuer_code"));
	json_object_set_new(r->params, "metadata", metadata);
}

static void
create(struct receive *r)
{
	const json_t *own = json_object_get(r->context, "own");
	struct flow_request *q = &r->creation.request;

	fill_columns(r);
	list_versions(r);
	if (r->business == BUSINESS_REPLACE && found(r, "earlier")[0] != '\0')
		json_object_set_new(r->params, "replaces", json_string(found(r, "earlier")));
	*q = (struct flow_request){.db = r->office->db, .certified = r->office->certified, .params = r->params,
		.versions = r->versions, .version_count = r->version_count, .also = also_packet, .also_arg = r};
	r->creation.organ = store_text(own, "id");
	r->creation.organ_code = store_text(own, "code");
	r->creation.regime = store_text(own, "regime");
	r->creation.tell = true;
	flow_create(&r->creation, on_applied, r);
}

/* By the sender's recall, or an update that takes us off the list of receivers. */
static void
recall(struct receive *r)
{
	const char *reason = store_text(json_object_get(r->body, "business"), "reason");
	struct flow_request q = {.db = r->office->db, .certified = r->office->certified, .document = r->document,
		.move = "recall", .also = also_packet, .also_arg = r};

	r->params = json_pack("{s:s}", "reason", reason[0] != '\0' ? reason : "-");
	q.params = r->params;
	flow_move(&q, on_applied, r);
}

/* Files become new versions; metadata is taken over when the update says that it changed, but for what names the document. */
static void
update(struct receive *r)
{
	static const char *const kept[] = {"direction", "external_id", "issuer_code", "issuer_name", "response_for", "metadata"};
	struct flow_request q = {.db = r->office->db, .certified = r->office->certified, .document = r->document,
		.move = "update", .versions = r->versions, .also = also_packet, .also_arg = r};

	if (store_flag(json_object_get(r->body, "business"), "document_info")) {
		fill_columns(r);
		for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
			json_object_del(r->params, kept[i]);
		q.params = r->params;
	}
	list_versions(r);
	q.version_count = r->version_count;
	flow_add_versions(&q, on_applied, r);
}

/* True when the update's ReceiverList takes the organ off that has the document here. */
static bool
takes_us_off(const struct receive *r)
{
	const json_t *list = json_object_get(json_object_get(r->body, "business"), "receivers"), *e;
	const char *code = store_text(json_object_get(r->context, "own"), "code");
	size_t i;

	json_array_foreach(list, i, e)
		if (strcmp(store_text(e, "organ_id"), code) == 0 && json_is_integer(json_object_get(e, "type")) && store_number(e, "type") == 0)
			return true;
	return false;
}

void
receive_apply(struct receive *r)
{
	switch (r->business) {
	case BUSINESS_RECALL:
		recall(r);
		break;
	case BUSINESS_UPDATE:
		if (takes_us_off(r))
			recall(r);
		else
			update(r);
		break;
	default:
		create(r);
	}
}

/* A recall names its document in the header; an update and a replacement in their business part. */
static const char *
concerned(const struct receive *r)
{
	if (r->business == BUSINESS_RECALL)
		return found(r, "existing");
	return found(r, "earlier")[0] != '\0' ? found(r, "earlier") : found(r, "existing");
}

/* An office that proved who it is speaks for itself; only a relay carries what others say. */
static bool
speaks_for_itself(struct receive *r)
{
	const char *from = store_text(json_object_get(r->body, "from"), "organ_id");
	const json_t *code;
	size_t i;

	json_array_foreach(r->senders, i, code)
		if (strcmp(json_string_value(code), from) == 0)
			return true;
	if (r->senders == NULL)
		return true;
	diag_error(r->diag, "exchange.sender", "From/OrganId", from, json_string_value(json_array_get(r->senders, 0)));
	receive_refuse(r);
	return false;
}

void
receive_decide(struct receive *r)
{
	if (!speaks_for_itself(r))
		return;
	r->business = (int)store_number(json_object_get(r->body, "business"), "type");
	if (strcmp(store_text(r->body, "packet"), "status") == 0) {
		decide_status(r);
		return;
	}
	if (!json_is_object(json_object_get(r->context, "own"))) {
		diag_error(r->diag, "exchange.not-ours", "To/OrganId",
			store_text(json_array_get(json_object_get(r->body, "to"), 0), "organ_id"), NULL);
		receive_refuse(r);
		return;
	}
	if (r->business == BUSINESS_RECALL || r->business == BUSINESS_UPDATE) {
		snprintf(r->document, sizeof(r->document), "%s", concerned(r));
		if (r->document[0] == '\0') {
			diag_warn(r->diag, "exchange.unknown-document", "Bussiness/DocumentId",
				store_text(r->body, "document_id"), NULL);
			receive_note(r);
			return;
		}
	} else if (found(r, "existing")[0] != '\0') {
		diag_error(r->diag, "exchange.duplicate", "DocumentId", store_text(r->body, "document_id"),
			found(r, "existing"));
		receive_refuse(r);
		return;
	}
	receive_store(r);
}
