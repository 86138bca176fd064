/*
 * edxml_write: packets as the national SDK writes them (docs/edxml.md 1.2 to 1.11): its order of
 * elements, the prefix edXML: in the whole envelope (some receivers lose children without it),
 * attachments each in an archive of its own, or raw.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/uuid.h"
#include "lib/doc/base64_stream.h"
#include "lib/doc/edxml.h"
#include "lib/doc/edxml_status.h"
#include "lib/doc/xml_write.h"

#define ENVELOPE_BYTES (32u << 20) /* twice what a packet's arena holds: escapes and tags */
#define SUFFIX 12

static void
put_date(struct xml_writer *w, const char *name, const struct edxml_date *d)
{
	char day[16];

	if (d->valid)
		snprintf(day, sizeof(day), "%04d/%02d/%02d", d->date.year % 10000,
			d->date.month % 100, d->date.day % 100);
	xml_write_leaf(w, name, d->valid ? day : d->raw);
}

static void
put_time(struct xml_writer *w, const char *name, const struct edxml_time *t)
{
	char iso[CLOCK_TEXT], text[32];

	if (t->valid) {
		clock_format_vietnam(t->at, iso); /* 2026-11-24T13:25:54+07:00 */
		snprintf(
			text, sizeof(text), "%.4s/%.2s/%.2s %.8s", iso, iso + 5, iso + 8, iso + 11);
	}
	xml_write_leaf(w, name, t->valid ? text : t->raw);
}

static void
put_organ(struct xml_writer *w, const char *name, const struct edxml_organ *o)
{
	xml_write_open(w, name, "");
	xml_write_leaf(w, "OrganId", o->organ_id);
	xml_write_leaf(w, "OrganizationInCharge", o->in_charge);
	xml_write_leaf(w, "OrganName", o->organ_name);
	xml_write_leaf(w, "OrganAdd", o->address);
	xml_write_leaf(w, "Email", o->email);
	xml_write_leaf(w, "Telephone", o->telephone);
	xml_write_leaf(w, "Fax", o->fax);
	xml_write_leaf(w, "Website", o->website);
	xml_write_close(w, name);
}

static void
put_response(struct xml_writer *w, const struct edxml_response *r)
{
	xml_write_open(w, "ResponseFor", "");
	xml_write_leaf(w, "OrganId", r->organ_id);
	xml_write_leaf(w, "Code", r->code);
	put_date(w, "PromulgationDate", &r->promulgation_date);
	xml_write_leaf(w, "DocumentId", r->document_id);
	xml_write_close(w, "ResponseFor");
}

static void
put_staff(struct xml_writer *w, const struct edxml_staff *s)
{
	const struct edxml_staff none = {NULL, NULL, NULL, NULL, NULL, NULL};

	if (memcmp(s, &none, sizeof(none)) == 0)
		return;
	xml_write_open(w, "StaffInfo", "");
	xml_write_leaf(w, "Department", s->department);
	xml_write_leaf(w, "DepartmentId", s->department_id);
	xml_write_leaf(w, "Staff", s->staff);
	xml_write_leaf(w, "StaffId", s->staff_id);
	xml_write_leaf(w, "Email", s->email);
	xml_write_leaf(w, "Mobile", s->mobile);
	xml_write_close(w, "StaffInfo");
}

static void
put_texts(struct xml_writer *w, const char *list, const char *item, const char *const *texts,
	size_t count)
{
	if (count == 0)
		return;
	xml_write_open(w, list, "");
	for (size_t i = 0; i < count; i++)
		xml_write_leaf(w, item, texts[i]);
	xml_write_close(w, list);
}

static void
put_other(struct xml_writer *w, const struct edxml *e)
{
	if (e->priority.raw == NULL && e->sphere == NULL && e->typer_notation == NULL &&
		e->promulgation_amount.raw == NULL && e->page_amount.raw == NULL &&
		e->direction == NULL && e->appendix_count == 0)
		return;
	xml_write_open(w, "OtherInfo", "");
	xml_write_leaf(w, "Priority", e->priority.raw);
	xml_write_leaf(w, "SphereOfPromulgation", e->sphere);
	xml_write_leaf(w, "TyperNotation", e->typer_notation);
	xml_write_leaf(w, "PromulgationAmount", e->promulgation_amount.raw);
	xml_write_leaf(w, "PageAmount", e->page_amount.raw);
	xml_write_leaf(w, "Direction", e->direction);
	put_texts(w, "Appendixes", "Appendix", e->appendixes, e->appendix_count);
	xml_write_close(w, "OtherInfo");
}

/* A block that is left out when it has none of its leaves. */
static void
put_block(struct xml_writer *w, const char *name, const char *const pairs[3][2])
{
	if (pairs[0][1] == NULL && pairs[1][1] == NULL && pairs[2][1] == NULL)
		return;
	xml_write_open(w, name, "");
	for (size_t i = 0; i < 3; i++)
		xml_write_leaf(w, pairs[i][0], pairs[i][1]);
	xml_write_close(w, name);
}

/* 1.3, in the SDK's order. */
static void
put_message(struct xml_writer *w, const struct edxml *e)
{
	xml_write_open(w, "MessageHeader", "");
	put_organ(w, "From", &e->from);
	for (size_t i = 0; i < e->to_count; i++)
		put_organ(w, "To", &e->to[i]);
	xml_write_leaf(w, "DocumentId", e->document_id);
	put_block(w, "Code",
		(const char *const[3][2]){{"CodeNumber", e->code_number},
			{"CodeNotation", e->code_notation}, {NULL, NULL}});
	xml_write_open(w, "PromulgationInfo", "");
	xml_write_leaf(w, "Place", e->place);
	put_date(w, "PromulgationDate", &e->promulgation_date);
	xml_write_close(w, "PromulgationInfo");
	put_block(w, "DocumentType",
		(const char *const[3][2]){{"Type", e->type.raw}, {"TypeDetail", e->type_detail.raw},
			{"TypeName", e->type_name}});
	xml_write_leaf(w, "Subject", e->subject);
	xml_write_leaf(w, "Content", e->content);
	put_block(w, "SignerInfo",
		(const char *const[3][2]){{"Competence", e->competence}, {"Position", e->position},
			{"FullName", e->full_name}});
	put_date(w, "DueDate", &e->due_date);
	put_other(w, e);
	for (size_t i = 0; i < e->response_count; i++)
		put_response(w, &e->responses[i]);
	xml_write_leaf(w, "SteeringType", e->steering_type.raw);
	xml_write_leaf(w, "ResponseForTask", e->response_for_task);
	xml_write_leaf(w, "ApplicationType", e->application_type);
	put_texts(w, "ToPlaces", "Place", e->to_places, e->to_place_count);
	xml_write_close(w, "MessageHeader");
}

static void
put_changes(struct xml_writer *w, const struct edxml_business *b)
{
	if (b->document_info.raw == NULL && b->document_receiver.raw == NULL &&
		b->receiver_count == 0)
		return;
	xml_write_open(w, "BussinessDocumentInfo", "");
	xml_write_leaf(w, "DocumentInfo", b->document_info.raw);
	xml_write_leaf(w, "DocumentReceiver", b->document_receiver.raw);
	if (b->receiver_count > 0)
		xml_write_open(w, "ReceiverList", "");
	for (size_t i = 0; i < b->receiver_count; i++) {
		xml_write_open(w, "Receiver", "");
		xml_write_leaf(w, "OrganId", b->receivers[i].organ_id);
		xml_write_leaf(w, "ReceiverType", b->receivers[i].type.raw);
		xml_write_close(w, "Receiver");
	}
	if (b->receiver_count > 0)
		xml_write_close(w, "ReceiverList");
	xml_write_close(w, "BussinessDocumentInfo");
}

static void
put_replacements(struct xml_writer *w, const struct edxml_business *b)
{
	if (b->replacement_count == 0)
		return;
	xml_write_open(w, "ReplacementInfoList", "");
	for (size_t i = 0; i < b->replacement_count; i++) {
		const struct edxml_replacement *r = &b->replacements[i];

		xml_write_open(w, "ReplacementInfo", "");
		xml_write_leaf(w, "DocumentId", r->document_id);
		put_texts(w, "OrganIdList", "OrganId", r->organ_ids, r->organ_id_count);
		xml_write_close(w, "ReplacementInfo");
	}
	xml_write_close(w, "ReplacementInfoList");
}

/* 1.5 */
static void
put_traces(struct xml_writer *w, const struct edxml *e)
{
	xml_write_open(w, "TraceHeaderList", "");
	for (size_t i = 0; i < e->trace_count; i++) {
		xml_write_open(w, "TraceHeader", "");
		xml_write_leaf(w, "OrganId", e->traces[i].organ_id);
		put_time(w, "Timestamp", &e->traces[i].timestamp);
		xml_write_close(w, "TraceHeader");
	}
	xml_write_open(w, "Bussiness", "");
	xml_write_leaf(
		w, "BussinessDocType", e->business.type.raw != NULL ? e->business.type.raw : "0");
	xml_write_leaf(w, "BussinessDocReason", e->business.reason);
	xml_write_leaf(w, "DocumentId", e->business.document_id);
	xml_write_leaf(w, "Paper", e->business.paper.raw);
	put_changes(w, &e->business);
	put_replacements(w, &e->business);
	put_staff(w, &e->staff);
	xml_write_close(w, "Bussiness");
	xml_write_close(w, "TraceHeaderList");
}

/* One attachment as it is going to be sent. */
struct outgoing {
	char id[UUID_TEXT];
	const char *content_id; /* the packet's own, or id */
	bool zipped;
	enum sniff_kind kind;
};

static const char *
mime_of(const struct outgoing *o)
{
	return o->zipped ? "application/zip" : sniff_mime(o->kind);
}

static void
put_manifest(struct xml_writer *w, const struct edxml *e, const struct outgoing *out)
{
	xml_write_open(w, "edXMLBody", "");
	xml_write_open(w, "edXMLManifest", " version=\"1.0\"");
	for (size_t i = 0; i < e->attachment_count; i++) {
		char id[600];

		snprintf(id, sizeof(id), "cid:%.500s", out[i].content_id);
		xml_write_open(w, "Reference", "");
		xml_write_leaf(w, "ContentId", id);
		xml_write_leaf(w, "ContentType", mime_of(&out[i]));
		xml_write_leaf(w, "Description", e->attachments[i].description);
		xml_write_leaf(w, "AttachmentName", e->attachments[i].name);
		xml_write_close(w, "Reference");
	}
	xml_write_close(w, "edXMLManifest");
	xml_write_close(w, "edXMLBody");
}

static void
open_root(struct xml_writer *w)
{
	buf_put_str(w->to, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	buf_put_str(w->to, "<edXML xmlns=\"" EDXML_NAMESPACE "\">\n");
	w->depth = 1;
	w->prefix = "edXML:";
	xml_write_open(w, "edXMLEnvelope", " xmlns:edXML=\"" EDXML_NAMESPACE "\"");
	xml_write_open(w, "edXMLHeader", "");
}

/* Sends what is in the buffer and empties it. */
static enum status
flush(struct buf *b, const struct output *to)
{
	enum status st = buf_status(b);

	if (st == STATUS_OK && b->len > 0)
		st = output_put(to, b->data, b->len);
	buf_free(b);
	return st;
}

static enum status
put_envelope(const struct edxml *e, const struct outgoing *out, const struct output *to)
{
	struct buf b;
	struct xml_writer w = {&b, "", 0};

	buf_init(&b, ENVELOPE_BYTES);
	open_root(&w);
	put_message(&w, e);
	put_traces(&w, e);
	xml_write_close(&w, "edXMLHeader");
	put_manifest(&w, e, out);
	xml_write_close(&w, "edXMLEnvelope");
	return flush(&b, to);
}

/* The suffix for the entry of the SDK's archive: of the name when it is a plain one, else by the
 * kind. */
static void
suffix_for(const struct edxml_attachment *a, enum sniff_kind kind, char to[SUFFIX])
{
	const char *dot = a->name != NULL ? strrchr(a->name, '.') : NULL;
	size_t n = dot != NULL ? strlen(dot + 1) : 0;

	snprintf(to, SUFFIX, "%s", sniff_suffix(kind));
	if (n == 0 || n >= SUFFIX)
		return;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)dot[1 + i]))
			return;
	snprintf(to, SUFFIX, "%s", dot + 1);
}

/* The archive with one entry <uuid>.<suffix> in a new file. */
static enum status
zip_one(const struct edxml_attachment *a, const struct outgoing *o, const struct edxml_sink *temp,
	struct diag *diag, int *fd_out)
{
	char uuid[UUID_TEXT], suffix[SUFFIX], name[UUID_TEXT + SUFFIX];
	struct pack_member member = {name, false, {NULL, 0}, a->fd};
	enum status st;
	int fd = -1;

	uuid_new(uuid);
	suffix_for(a, o->kind, suffix);
	snprintf(name, sizeof(name), "%s.%s", uuid, suffix);
	st = temp->open(temp->arg, &fd);
	if (st != STATUS_OK)
		return st;
	st = pack_build(fd, &member, 1, diag);
	if (st == STATUS_OK)
		*fd_out = fd;
	else
		close(fd);
	return st;
}

static enum status
put_base64(int fd, const struct output *to)
{
	struct base64_encoder e;
	char *chunk = malloc(65536);
	enum status st = chunk != NULL ? STATUS_OK : STATUS_NO_MEMORY;
	off_t at = 0;
	ssize_t n = 0;

	base64_encode_begin(&e, *to);
	while (st == STATUS_OK && (n = pread(fd, chunk, 65536, at)) > 0) {
		st = base64_encode_put(&e, chunk, (size_t)n);
		at += n;
	}
	free(chunk);
	if (st == STATUS_OK && n < 0)
		st = STATUS_IO;
	return st == STATUS_OK ? base64_encode_end(&e) : st;
}

static enum status
put_attachment(const struct edxml_attachment *a, const struct outgoing *o,
	const struct edxml_sink *temp, const struct output *to, struct diag *diag)
{
	struct buf b;
	struct xml_writer w = {&b, "", 2};
	char id[600];
	int zip = -1;
	enum status st = STATUS_OK;

	if (o->zipped && (st = zip_one(a, o, temp, diag, &zip)) != STATUS_OK)
		return st;
	buf_init(&b, ENVELOPE_BYTES);
	snprintf(id, sizeof(id), "cid:%.500s", o->content_id);
	xml_write_open(&w, "Attachment", "");
	xml_write_leaf(&w, "ContentId", id);
	xml_write_leaf(&w, "AttachmentName", a->name);
	xml_write_leaf(&w, "Description", a->description);
	xml_write_leaf(&w, "ContentType", mime_of(o));
	buf_put_str(&b, "      <ContentTransferEncoded>");
	st = flush(&b, to);
	if (st == STATUS_OK)
		st = put_base64(o->zipped ? zip : a->fd, to);
	if (zip >= 0)
		close(zip);
	if (st != STATUS_OK)
		return st;
	buf_put_str(&b, "</ContentTransferEncoded>\n");
	xml_write_close(&w, "Attachment");
	return flush(&b, to);
}

static enum status
put_attachments(const struct edxml *e, const struct outgoing *out, const struct edxml_sink *temp,
	const struct output *to, struct diag *diag)
{
	static const char open[] = "  <AttachmentEncoded>\n",
			  close_all[] = "  </AttachmentEncoded>\n", end[] = "</edXML>\n";
	enum status st = STATUS_OK;

	if (e->attachment_count > 0)
		st = output_put(to, open, sizeof(open) - 1);
	for (size_t i = 0; i < e->attachment_count && st == STATUS_OK; i++)
		st = put_attachment(&e->attachments[i], &out[i], temp, to, diag);
	if (st == STATUS_OK && e->attachment_count > 0)
		st = output_put(to, close_all, sizeof(close_all) - 1);
	return st == STATUS_OK ? output_put(to, end, sizeof(end) - 1) : st;
}

/* What each attachment is, and the form it takes. */
static enum status
plan(const struct edxml *e, bool raw, struct outgoing *out)
{
	for (size_t i = 0; i < e->attachment_count; i++) {
		const struct edxml_attachment *a = &e->attachments[i];
		struct mapped m;
		enum status st = mapped_open(a->fd, &m);

		if (st != STATUS_OK)
			return st;
		out[i].kind = sniff_bytes(m.span, a->name, NULL).kind;
		mapped_close(&m);
		/* An archive sent raw might be taken for the SDK's form and unwrapped: it is always
		 * wrapped. */
		out[i].zipped = !raw || out[i].kind == SNIFF_ZIP;
		uuid_new(out[i].id);
		out[i].content_id = a->content_id != NULL ? a->content_id : out[i].id;
	}
	return STATUS_OK;
}

enum status
edxml_write_document(const struct edxml *e, const struct edxml_write_options *options,
	const struct output *to, struct diag *diag)
{
	const struct edxml_sink *temp = options->temp != NULL ? options->temp : &edxml_sink_memory;
	struct outgoing *out;
	enum status st = edxml_check(e, true, diag);

	if (st != STATUS_OK)
		return st;
	out = calloc(e->attachment_count + 1, sizeof(*out));
	if (out == NULL)
		return STATUS_NO_MEMORY;
	st = plan(e, options->raw, out);
	if (st == STATUS_OK)
		st = put_envelope(e, out, to);
	if (st == STATUS_OK)
		st = put_attachments(e, out, temp, to, diag);
	free(out);
	return st;
}

enum status
edxml_write_status(const struct edxml *e, const struct output *to, struct diag *diag)
{
	struct buf b;
	struct xml_writer w = {&b, "", 0};
	enum status st = edxml_check(e, true, diag);

	if (st != STATUS_OK)
		return st;
	buf_init(&b, ENVELOPE_BYTES);
	open_root(&w);
	xml_write_open(&w, "MessageHeader", "");
	put_organ(&w, "From", &e->from);
	put_response(&w, &e->responses[0]);
	put_staff(&w, &e->staff);
	xml_write_leaf(&w, "StatusCode", e->status_code);
	xml_write_leaf(&w, "Description", e->description);
	put_time(&w, "Timestamp", &e->timestamp);
	xml_write_close(&w, "MessageHeader");
	xml_write_close(&w, "edXMLHeader");
	xml_write_close(&w, "edXMLEnvelope");
	buf_put_str(&b, "</edXML>\n");
	return flush(&b, to);
}
