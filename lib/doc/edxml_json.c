/* edxml_json: see edxml_json.h. One table of fields serves both directions. */
#include "lib/doc/edxml_json.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "lib/doc/edxml_text.h"

enum field_kind {
	FIELD_END,
	FIELD_TEXT,
	FIELD_DATE,
	FIELD_TIME,
	FIELD_NUMBER,
	FIELD_FLAG,
	FIELD_TEXTS,
	FIELD_OBJECT,
	FIELD_LIST
};

struct field {
	const char *key;
	enum field_kind kind;
	size_t offset;            /* in the struct of its table */
	size_t count, size;       /* lists */
	const struct field *rows; /* objects and lists: the table of what is inside */
};

/* It takes initialisers in macros for blocks: */
/* clang-format off */
#define TEXT(type, key, field) {key, FIELD_TEXT, offsetof(struct type, field), 0, 0, NULL}
#define DATE(type, key, field) {key, FIELD_DATE, offsetof(struct type, field), 0, 0, NULL}
#define TIME(type, key, field) {key, FIELD_TIME, offsetof(struct type, field), 0, 0, NULL}
#define NUMBER(type, key, field) {key, FIELD_NUMBER, offsetof(struct type, field), 0, 0, NULL}
#define FLAG(type, key, field) {key, FIELD_FLAG, offsetof(struct type, field), 0, 0, NULL}
#define TEXTS(type, key, list, number)                                                             \
	{key, FIELD_TEXTS, offsetof(struct type, list), offsetof(struct type, number),             \
		sizeof(char *), NULL}
#define OBJECT(type, key, field, rows) {key, FIELD_OBJECT, offsetof(struct type, field), 0, 0, rows}
#define INLINE(key, rows) {key, FIELD_OBJECT, 0, 0, 0, rows} /* the same struct, one level deeper */
#define LIST(type, key, list, number, item, rows)                                                  \
	{key, FIELD_LIST, offsetof(struct type, list), offsetof(struct type, number),              \
		sizeof(struct item), rows}
#define END {NULL, FIELD_END, 0, 0, 0, NULL}
/* clang-format on */

static const struct field organ[] = {
	TEXT(edxml_organ, "organ_id", organ_id),
	TEXT(edxml_organ, "organ_name", organ_name),
	TEXT(edxml_organ, "in_charge", in_charge),
	TEXT(edxml_organ, "address", address),
	TEXT(edxml_organ, "email", email),
	TEXT(edxml_organ, "telephone", telephone),
	TEXT(edxml_organ, "fax", fax),
	TEXT(edxml_organ, "website", website),
	END,
};

static const struct field staff[] = {
	TEXT(edxml_staff, "department", department),
	TEXT(edxml_staff, "staff", staff),
	TEXT(edxml_staff, "email", email),
	TEXT(edxml_staff, "mobile", mobile),
	TEXT(edxml_staff, "department_id", department_id),
	TEXT(edxml_staff, "staff_id", staff_id),
	END,
};

static const struct field receiver[] = {
	TEXT(edxml_receiver, "organ_id", organ_id),
	NUMBER(edxml_receiver, "type", type),
	END,
};

static const struct field replacement[] = {
	TEXT(edxml_replacement, "document_id", document_id),
	TEXTS(edxml_replacement, "organ_ids", organ_ids, organ_id_count),
	END,
};

/* Offsets from the packet, so that staff, which status messages have too, can stand inside. */
static const struct field business[] = {
	NUMBER(edxml, "type", business.type),
	TEXT(edxml, "reason", business.reason),
	TEXT(edxml, "document_id", business.document_id),
	NUMBER(edxml, "paper", business.paper),
	FLAG(edxml, "document_info", business.document_info),
	FLAG(edxml, "document_receiver", business.document_receiver),
	LIST(edxml, "receivers", business.receivers, business.receiver_count, edxml_receiver,
		receiver),
	LIST(edxml, "replacements", business.replacements, business.replacement_count,
		edxml_replacement, replacement),
	OBJECT(edxml, "staff", staff, staff),
	END,
};

static const struct field signer[] = {
	TEXT(edxml, "competence", competence),
	TEXT(edxml, "position", position),
	TEXT(edxml, "full_name", full_name),
	END,
};

static const struct field response[] = {
	TEXT(edxml_response, "organ_id", organ_id),
	TEXT(edxml_response, "code", code),
	DATE(edxml_response, "promulgation_date", promulgation_date),
	TEXT(edxml_response, "document_id", document_id),
	END,
};

static const struct field trace[] = {
	TEXT(edxml_trace, "organ_id", organ_id),
	TIME(edxml_trace, "timestamp", timestamp),
	END,
};

static const struct field document[] = {
	INLINE("business", business),
	OBJECT(edxml, "from", from, organ),
	LIST(edxml, "to", to, to_count, edxml_organ, organ),
	TEXT(edxml, "document_id", document_id),
	TEXT(edxml, "code_number", code_number),
	TEXT(edxml, "code_notation", code_notation),
	TEXT(edxml, "place", place),
	DATE(edxml, "promulgation_date", promulgation_date),
	NUMBER(edxml, "type", type),
	NUMBER(edxml, "type_detail", type_detail),
	TEXT(edxml, "type_name", type_name),
	TEXT(edxml, "subject", subject),
	TEXT(edxml, "content", content),
	INLINE("signer", signer),
	DATE(edxml, "due_date", due_date),
	NUMBER(edxml, "priority", priority),
	TEXT(edxml, "sphere", sphere),
	TEXT(edxml, "typer_notation", typer_notation),
	NUMBER(edxml, "promulgation_amount", promulgation_amount),
	NUMBER(edxml, "page_amount", page_amount),
	TEXT(edxml, "direction", direction),
	TEXTS(edxml, "appendixes", appendixes, appendix_count),
	LIST(edxml, "response_for", responses, response_count, edxml_response, response),
	NUMBER(edxml, "steering_type", steering_type),
	TEXT(edxml, "response_for_task", response_for_task),
	TEXT(edxml, "application_type", application_type),
	TEXTS(edxml, "to_places", to_places, to_place_count),
	LIST(edxml, "trace", traces, trace_count, edxml_trace, trace),
	END,
};

static const struct field status_message[] = {
	OBJECT(edxml, "from", from, organ),
	LIST(edxml, "response_for", responses, response_count, edxml_response, response),
	TEXT(edxml, "status_code", status_code),
	TEXT(edxml, "description", description),
	TIME(edxml, "timestamp", timestamp),
	OBJECT(edxml, "staff", staff, staff),
	END,
};

#define MEMBER(base, type, f) ((type)(void *)((char *)(uintptr_t)(base) + (f)->offset))

static json_t *emit(const struct field *rows, const void *base);

static void
put_string(json_t *to, const char *key, const char *s)
{
	if (s != NULL)
		json_object_set_new(to, key, json_string(s));
}

/* NAME_raw: the text of something that could not be understood. */
static void
put_raw(json_t *to, const char *key, const char *raw)
{
	char name[64];

	snprintf(name, sizeof(name), "%s_raw", key);
	put_string(to, name, raw);
}

static void
put_scalar(json_t *to, const struct field *f, const void *base)
{
	const struct edxml_date *d = MEMBER(base, const struct edxml_date *, f);
	const struct edxml_time *t = MEMBER(base, const struct edxml_time *, f);
	const struct edxml_number *n = MEMBER(base, const struct edxml_number *, f);
	char text[CLOCK_TEXT];

	switch (f->kind) {
	case FIELD_TEXT:
		put_string(to, f->key, *MEMBER(base, const char *const *, f));
		break;
	case FIELD_DATE:
		if (d->valid)
			clock_format_date(d->date, text);
		if (d->valid)
			put_string(to, f->key, text);
		else
			put_raw(to, f->key, d->raw);
		break;
	case FIELD_TIME:
		if (t->valid)
			clock_format_vietnam(t->at, text);
		if (t->valid)
			put_string(to, f->key, text);
		else
			put_raw(to, f->key, t->raw);
		break;
	default:
		if (!n->valid)
			put_raw(to, f->key, n->raw);
		else
			json_object_set_new(to, f->key,
				f->kind == FIELD_FLAG ? json_boolean(n->value != 0)
						      : json_integer(n->value));
	}
}

static void
put_list(json_t *to, const struct field *f, const void *base)
{
	const char *items = *MEMBER(base, const char *const *, f);
	size_t count;
	json_t *list;

	memcpy(&count, (const char *)base + f->count, sizeof(count));
	if (count == 0)
		return;
	list = json_array();
	for (size_t i = 0; i < count; i++) {
		const char *item = items + i * f->size;

		if (f->kind == FIELD_LIST)
			json_array_append_new(list, emit(f->rows, item));
		else
			json_array_append_new(
				list, json_string(*(const char *const *)(const void *)item));
	}
	json_object_set_new(to, f->key, list);
}

/* Recursion follows the tables above, three deep. */
static json_t *
emit(const struct field *rows, const void *base)
{
	json_t *to = json_object(), *inner;

	for (const struct field *f = rows; f->kind != FIELD_END && to != NULL; f++) {
		switch (f->kind) {
		case FIELD_OBJECT:
			inner = emit(f->rows, (const char *)base + f->offset);
			if (json_object_size(inner) > 0)
				json_object_set(to, f->key, inner);
			json_decref(inner);
			break;
		case FIELD_LIST:
		case FIELD_TEXTS:
			put_list(to, f, base);
			break;
		default:
			put_scalar(to, f, base);
		}
	}
	return to;
}

/* Codes of what is odd about it, left out when there is nothing: the caller keeps them with the file. */
static void
put_findings(json_t *to, const struct sniff *s)
{
	json_t *codes = json_array();

	if (!s->agrees)
		json_array_append_new(codes, json_string("sniff.disagrees"));
	if (s->macros)
		json_array_append_new(codes, json_string("sniff.macros"));
	if (json_array_size(codes) > 0)
		json_object_set(to, "findings", codes);
	json_decref(codes);
}

static json_t *
emit_attachment(const struct edxml_attachment *a, size_t index)
{
	json_t *to = json_object();
	char hex[DIGEST_HEX];

	digest_hex(&a->digest, hex);
	put_string(to, "content_id", a->content_id);
	put_string(to, "name", a->name);
	put_string(to, "content_type", a->content_type);
	put_string(to, "description", a->description);
	put_string(to, "state", a->state == EDXML_ATTACHMENT_GOOD ? "good" : "damaged");
	if (a->fd < 0)
		return to;
	json_object_set_new(to, "size", json_integer((json_int_t)a->size));
	put_string(to, "sha256", hex);
	put_string(to, "sniffed", sniff_word(a->sniff.kind));
	put_string(to, "mime", sniff_mime(a->sniff.kind));
	put_findings(to, &a->sniff);
	json_object_set_new(to, "unwrapped", json_boolean(a->unwrapped));
	json_object_set_new(to, "index", json_integer((json_int_t)index));
	return to;
}

static void
put_document(json_t *to, const struct edxml *e)
{
	static const char *const signatures[] = {"none", "dummy", "real"};
	json_t *list = json_array(), *b = json_object_get(to, "business");

	if (b == NULL)
		json_object_set_new(to, "business", b = json_object());
	if (json_object_get(b, "type") == NULL && json_object_get(b, "type_raw") == NULL)
		json_object_set_new(b, "type", json_integer(EDXML_NEW));
	for (size_t i = 0; i < e->attachment_count; i++)
		json_array_append_new(list, emit_attachment(&e->attachments[i], i));
	json_object_set_new(to, "attachments", list);
	put_string(to, "signature", signatures[e->signature]);
}

json_t *
edxml_to_json(const struct edxml *e)
{
	json_t *to = emit(e->packet == EDXML_STATUS ? status_message : document, e);

	if (to == NULL)
		return NULL;
	put_string(to, "packet", e->packet == EDXML_STATUS ? "status" : "document");
	if (e->packet == EDXML_DOCUMENT)
		put_document(to, e);
	return to;
}

/* Reading. */
struct parse {
	struct edxml *e;
	struct diag *diag;
	enum status st; /* the first failure that is not a finding */
};

static void
wrong(struct parse *p, const char *key, const char *want)
{
	diag_error(p->diag, "edxml.json", key, NULL, want);
}

static const char *
take_string(struct parse *p, const char *key, const json_t *v)
{
	const char *kept = NULL;
	enum status st;

	if (!json_is_string(v)) {
		wrong(p, key, "string");
		return NULL;
	}
	st = edxml_text_keep(
		p->e->arena, json_string_value(v), json_string_length(v), key, p->diag, &kept);
	if (st == STATUS_INVALID)
		wrong(p, key, "text");
	else if (st != STATUS_OK)
		p->st = st;
	return kept;
}

static void
take_number(struct parse *p, const struct field *f, void *base, const json_t *v)
{
	const char *raw = NULL;

	if (f->kind == FIELD_FLAG && json_is_boolean(v))
		raw = json_is_true(v) ? "1" : "0";
	else if (json_is_integer(v) &&
		(raw = arena_printf(p->e->arena, "%lld", (long long)json_integer_value(v))) == NULL)
		p->st = STATUS_NO_MEMORY;
	else if (raw == NULL)
		wrong(p, f->key, f->kind == FIELD_FLAG ? "boolean" : "integer");
	edxml_number_set(MEMBER(base, struct edxml_number *, f), raw);
}

static void
take_scalar(struct parse *p, const struct field *f, void *base, const json_t *v)
{
	const char *text;

	if (f->kind == FIELD_NUMBER || f->kind == FIELD_FLAG) {
		take_number(p, f, base, v);
		return;
	}
	text = take_string(p, f->key, v);
	if (f->kind == FIELD_TEXT) {
		*MEMBER(base, const char **, f) = text;
	} else if (f->kind == FIELD_DATE) {
		edxml_date_set(MEMBER(base, struct edxml_date *, f), text);
		if (text != NULL && !MEMBER(base, struct edxml_date *, f)->valid)
			wrong(p, f->key, "YYYY-MM-DD");
	} else {
		edxml_time_set(MEMBER(base, struct edxml_time *, f), text);
		if (text != NULL && !MEMBER(base, struct edxml_time *, f)->valid)
			wrong(p, f->key, "RFC 3339");
	}
}

static void parse_rows(struct parse *p, const struct field *rows, void *base, const json_t *from);

static void
take_list(struct parse *p, const struct field *f, void *base, const json_t *list)
{
	size_t *count = (size_t *)(void *)((char *)base + f->count);
	size_t i;
	json_t *v;

	if (!json_is_array(list) || json_array_size(list) > edxml_limits_default.receivers) {
		wrong(p, f->key, "array");
		return;
	}
	json_array_foreach((json_t *)(uintptr_t)list, i, v)
	{
		void *item = edxml_add(p->e, (char *)base + f->offset, count, f->size);

		if (item == NULL) {
			p->st = STATUS_NO_MEMORY;
			return;
		}
		if (f->kind == FIELD_LIST)
			parse_rows(p, f->rows, item, v);
		else
			*(const char **)item = take_string(p, f->key, v);
	}
}

static void
parse_rows(struct parse *p, const struct field *rows, void *base, const json_t *from)
{
	if (!json_is_object(from)) {
		wrong(p, rows->key, "object");
		return;
	}
	for (const struct field *f = rows; f->kind != FIELD_END && p->st == STATUS_OK; f++) {
		const json_t *v = json_object_get(from, f->key);

		if (v == NULL || json_is_null(v))
			continue;
		if (f->kind == FIELD_OBJECT)
			parse_rows(p, f->rows, (char *)base + f->offset, v);
		else if (f->kind == FIELD_LIST || f->kind == FIELD_TEXTS)
			take_list(p, f, base, v);
		else
			take_scalar(p, f, base, v);
	}
}

static const struct field attachment[] = {
	TEXT(edxml_attachment, "content_id", content_id),
	TEXT(edxml_attachment, "name", name),
	TEXT(edxml_attachment, "content_type", content_type),
	TEXT(edxml_attachment, "description", description),
	END,
};

static void
parse_attachments(struct parse *p, const json_t *list, const int *files, size_t file_count)
{
	size_t i;
	json_t *v;

	if (list != NULL &&
		(!json_is_array(list) ||
			json_array_size(list) > edxml_limits_default.attachments)) {
		wrong(p, "attachments", "array");
		return;
	}
	json_array_foreach((json_t *)(uintptr_t)list, i, v)
	{
		struct edxml_attachment *a =
			edxml_add(p->e, &p->e->attachments, &p->e->attachment_count, sizeof(*a));
		json_t *index = json_object_get(v, "index");

		if (a == NULL) {
			p->st = STATUS_NO_MEMORY;
			return;
		}
		a->fd = -1;
		parse_rows(p, attachment, a, v);
		if (!json_is_integer(index) || json_integer_value(index) < 0 ||
			(size_t)json_integer_value(index) >= file_count)
			wrong(p, "attachments.index", "0 …");
		else if ((a->fd = fcntl(files[json_integer_value(index)], F_DUPFD_CLOEXEC, 3)) < 0)
			p->st = STATUS_IO;
	}
}

enum status
edxml_from_json(const json_t *json, const int *files, size_t file_count, struct diag *diag,
	struct edxml **out)
{
	const char *packet = json_string_value(json_object_get(json, "packet"));
	struct parse p = {NULL, diag_new(), STATUS_OK};
	bool is_status = packet != NULL && strcmp(packet, "status") == 0;

	p.e = edxml_new(is_status ? EDXML_STATUS : EDXML_DOCUMENT);
	if (p.e == NULL || p.diag == NULL) {
		p.st = STATUS_NO_MEMORY;
		goto out;
	}
	if (packet == NULL || (!is_status && strcmp(packet, "document") != 0))
		wrong(&p, "packet", "document, status");
	parse_rows(&p, is_status ? status_message : document, p.e, json);
	if (!is_status) {
		p.e->business.present = json_object_get(json, "business") != NULL;
		parse_attachments(&p, json_object_get(json, "attachments"), files, file_count);
	}
	if (p.st == STATUS_OK && diag_has_error(p.diag))
		p.st = STATUS_INVALID;
	if (p.st == STATUS_OK) {
		*out = p.e;
		p.e = NULL;
	}
out:
	diag_join(diag, p.diag);
	diag_free(p.diag);
	edxml_free(p.e);
	return p.st;
}
