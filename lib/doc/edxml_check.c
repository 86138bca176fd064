/*
 * edxml_check: what XSD 1.0 cannot say of a packet (presence and number of children in blocks
 * without order, relations between elements) and what is only worth a warning. Tolerances are those
 * of genuine packets (docs/edxml.md 1): what the axis sends passes.
 */
#include "lib/doc/edxml_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/doc/edxml_status.h"
#include "lib/doc/pack_name.h"

void
edxml_where(char to[EDXML_WHERE], const char *inside, unsigned line)
{
	if (line > 0)
		snprintf(to, EDXML_WHERE, "/edXML/edXMLEnvelope/edXMLHeader/%s:%u", inside, line);
	else
		snprintf(to, EDXML_WHERE, "/edXML/edXMLEnvelope/edXMLHeader/%s", inside);
}

struct check {
	const struct edxml *e;
	bool strict;
	struct diag *diag;
};

static void
add(const struct check *c, enum severity severity, const char *code, const char *inside,
	unsigned line, const char *got, const char *want, const char *clause)
{
	char where[EDXML_WHERE];

	edxml_where(where, inside, line);
	diag_add(c->diag, severity, code, where, got, want, clause);
}

/* A warning on reading, an error on writing. */
static enum severity
severity_of(const struct check *c)
{
	return c->strict ? SEVERITY_ERROR : SEVERITY_WARNING;
}

void
edxml_check_organ(const struct edxml_organ *o, const char *inside, unsigned line, struct diag *diag)
{
	const struct check c = {NULL, false, diag};

	if (o->organ_id == NULL)
		add(&c, SEVERITY_ERROR, "edxml.organ_id.missing", inside,
			o->line > 0 ? o->line : line, NULL, "OrganId", "QCVN 102:2016, From/To");
	else if (text_length(o->organ_id) > 35)
		add(&c, SEVERITY_ERROR, "edxml.organ_id.long", inside, o->line, o->organ_id,
			"<= 35", "Amendment 1:2022");
}

static void
check_parties(const struct check *c)
{
	const struct edxml *e = c->e;

	if (e->header_line > 0 && e->from.line == 0)
		add(c, SEVERITY_ERROR, "edxml.from.missing", "MessageHeader/From", e->header_line,
			NULL, "From", "QCVN 102:2016, 1.1");
	else
		edxml_check_organ(&e->from, "MessageHeader/From", e->header_line, c->diag);
	if (e->from.organ_id != NULL && e->from.organ_name == NULL)
		add(c, severity_of(c), "edxml.organ_name.missing", "MessageHeader/From",
			e->from.line, NULL, "OrganName", NULL);
	if (e->to_count == 0)
		add(c, SEVERITY_ERROR, "edxml.to.missing", "MessageHeader/To", e->header_line, NULL,
			"To", "QCVN 102:2016, 1.2");
	for (size_t i = 0; i < e->to_count; i++)
		edxml_check_organ(&e->to[i], "MessageHeader/To", e->header_line, c->diag);
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The same receiver under its old and its new code is usual; the very same code twice is not. */
static void
check_receivers(const struct check *c)
{
	const struct edxml *e = c->e;
	const char **ids = calloc(e->to_count + 1, sizeof(*ids));
	size_t count = 0;

	for (size_t i = 0; i < e->to_count && ids != NULL; i++)
		if (e->to[i].organ_id != NULL)
			ids[count++] = e->to[i].organ_id;
	if (ids != NULL)
		qsort(ids, count, sizeof(*ids), compare_texts);
	for (size_t i = 1; i < count; i++)
		if (strcmp(ids[i], ids[i - 1]) == 0)
			add(c, SEVERITY_WARNING, "edxml.to.duplicate", "MessageHeader/To",
				e->header_line, ids[i], NULL, NULL);
	free(ids);
}

/* The id is opaque (1.4); only where it has the usual form is its day looked at. */
static void
check_document_id(const struct check *c)
{
	const struct edxml *e = c->e;
	const char *first, *second;
	char day[16];
	struct edxml_date d;

	if (e->document_id == NULL) {
		add(c, SEVERITY_ERROR, "edxml.document_id.missing", "MessageHeader/DocumentId",
			e->header_line, NULL, "OrganId,yyyy/MM/dd,CodeNumber/CodeNotation",
			"QCVN 102:2016, 1.14");
		return;
	}
	first = strchr(e->document_id, ',');
	second = first != NULL ? strchr(first + 1, ',') : NULL;
	if (second == NULL || second - first - 1 != 10)
		return;
	snprintf(day, sizeof(day), "%.10s", first + 1);
	edxml_date_set(&d, day);
	if (!d.valid)
		add(c, SEVERITY_WARNING, "edxml.document_id.date", "MessageHeader/DocumentId",
			e->header_line, e->document_id,
			"OrganId,yyyy/MM/dd,CodeNumber/CodeNotation", "QCVN 102:2016, 1.14");
}

static void
check_identity(const struct check *c)
{
	const struct edxml *e = c->e;

	check_document_id(c);
	if (e->code_number == NULL && e->code_notation == NULL)
		add(c, SEVERITY_ERROR, "edxml.code.missing", "MessageHeader/Code", e->header_line,
			NULL, "CodeNumber, CodeNotation", "QCVN 102:2016, 1.3");
	else if (e->code_number == NULL || e->code_notation == NULL)
		add(c, severity_of(c), "edxml.code.incomplete", "MessageHeader/Code",
			e->header_line, e->code_number != NULL ? e->code_number : e->code_notation,
			"CodeNumber, CodeNotation", "QCVN 102:2016, 1.3");
	if (e->subject == NULL)
		add(c, SEVERITY_ERROR, "edxml.subject.missing", "MessageHeader/Subject",
			e->header_line, NULL, "Subject", "QCVN 102:2016, 1.6");
	if (e->promulgation_date.raw == NULL)
		add(c, severity_of(c), "edxml.promulgation_date.missing",
			"MessageHeader/PromulgationInfo/PromulgationDate", e->header_line, NULL,
			"yyyy/MM/dd", "QCVN 102:2016, 1.4");
	if (c->strict && e->promulgation_date.raw != NULL && !e->promulgation_date.valid)
		add(c, SEVERITY_ERROR, "edxml.date",
			"MessageHeader/PromulgationInfo/PromulgationDate", 0,
			e->promulgation_date.raw, "yyyy/MM/dd", "QCVN 102:2016, 1.4");
	if (e->type_name == NULL)
		add(c, severity_of(c), "edxml.type_name.missing",
			"MessageHeader/DocumentType/TypeName", e->header_line, NULL, "TypeName",
			"QCVN 102:2016, 1.5");
}

static void
check_update(const struct check *c)
{
	const struct edxml_business *b = &c->e->business;

	if (b->document_id == NULL)
		add(c, SEVERITY_ERROR, "edxml.business.document_id",
			"TraceHeaderList/Bussiness/DocumentId", b->line, NULL, "DocumentId",
			"QCVN 102:2016, BussinessDocType 2");
	if ((!b->document_info.valid || b->document_info.value == 0) &&
		(!b->document_receiver.valid || b->document_receiver.value == 0))
		add(c, severity_of(c), "edxml.business.nothing",
			"TraceHeaderList/Bussiness/BussinessDocumentInfo", b->line, NULL,
			"DocumentInfo, DocumentReceiver", "QCVN 102:2016, BussinessDocType 2");
}

static void
check_replace(const struct check *c)
{
	const struct edxml_business *b = &c->e->business;

	if (b->replacement_count == 0)
		add(c, SEVERITY_ERROR, "edxml.business.replacement",
			"TraceHeaderList/Bussiness/ReplacementInfoList", b->line, NULL,
			"ReplacementInfo", "QCVN 102:2016, BussinessDocType 3");
	for (size_t i = 0; i < b->replacement_count; i++)
		if (b->replacements[i].document_id == NULL)
			add(c, SEVERITY_ERROR, "edxml.business.document_id",
				"TraceHeaderList/Bussiness/ReplacementInfoList/ReplacementInfo",
				b->replacements[i].line, NULL, "DocumentId",
				"QCVN 102:2016, BussinessDocType 3");
}

static void
check_business(const struct check *c)
{
	const struct edxml_business *b = &c->e->business;

	if (b->present && b->type.raw == NULL)
		add(c, severity_of(c), "edxml.business.type.missing",
			"TraceHeaderList/Bussiness/BussinessDocType", b->line, NULL, "0, 1, 2, 3",
			"QCVN 102:2016, Bussiness");
	switch (edxml_business(c->e)) {
	case EDXML_NEW:
		break;
	case EDXML_RECALL:
		if (b->reason == NULL)
			add(c, severity_of(c), "edxml.reason.missing",
				"TraceHeaderList/Bussiness/BussinessDocReason", b->line, NULL,
				"BussinessDocReason", "QCVN 102:2016, BussinessDocType 1");
		break;
	case EDXML_UPDATE:
		check_update(c);
		break;
	case EDXML_REPLACE:
		check_replace(c);
		break;
	default:
		add(c, SEVERITY_ERROR, "edxml.business.type",
			"TraceHeaderList/Bussiness/BussinessDocType", b->line, b->type.raw,
			"0, 1, 2, 3", "QCVN 102:2016, Bussiness");
	}
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static void
at_attachment(const struct check *c, enum severity severity, const char *code, size_t i,
	const char *got, const char *want)
{
	const struct edxml_attachment *a = &c->e->attachments[i];
	char where[EDXML_WHERE];

	if (a->line > 0)
		snprintf(where, sizeof(where), "/edXML/AttachmentEncoded/Attachment[%zu]:%u", i + 1,
			a->line);
	else
		snprintf(where, sizeof(where), "/edXML/AttachmentEncoded/Attachment[%zu]", i + 1);
	diag_add(c->diag, severity, code, where, got, want, "QCVN 102:2016, edXMLBody");
}

static void
at_reference(
	const struct check *c, enum severity severity, const char *code, size_t i, const char *got)
{
	const struct edxml_reference *r = &c->e->references[i];
	char where[EDXML_WHERE];

	snprintf(where, sizeof(where),
		"/edXML/edXMLEnvelope/edXMLBody/edXMLManifest/Reference[%zu]:%u", i + 1, r->line);
	diag_add(c->diag, severity, code, where, got, NULL, "QCVN 102:2016, edXMLManifest");
}

/* The attachment that a manifest row means: by content id, else by name. */
static bool
find_attachment(const struct check *c, size_t ref, bool *by_name)
{
	const struct edxml_reference *r = &c->e->references[ref];

	*by_name = false;
	for (size_t i = 0; i < c->e->attachment_count; i++)
		if (same(c->e->attachments[i].content_id, r->content_id))
			return true;
	for (size_t i = 0; i < c->e->attachment_count; i++)
		if (same(c->e->attachments[i].name, r->name)) {
			*by_name = true;
			return true;
		}
	return false;
}

static bool
is_listed(const struct check *c, const struct edxml_attachment *a)
{
	for (size_t i = 0; i < c->e->reference_count; i++)
		if (same(c->e->references[i].content_id, a->content_id) ||
			same(c->e->references[i].name, a->name))
			return true;
	return false;
}

/* Pairwise: both lists are short (limits of edxml_limits.c). */
static void
check_references(const struct check *c)
{
	const struct edxml *e = c->e;
	/* A recall needs no attachment: the document is known already. */
	enum severity missing =
		edxml_business(e) == EDXML_RECALL ? SEVERITY_WARNING : SEVERITY_ERROR;
	bool by_name;

	for (size_t i = 0; i < e->reference_count; i++) {
		const char *id = e->references[i].content_id;

		if (id == NULL)
			at_reference(c, SEVERITY_WARNING, "edxml.content_id.missing", i,
				e->references[i].name);
		if (!find_attachment(c, i, &by_name))
			at_reference(c, missing, "edxml.attachment.missing", i,
				e->references[i].name != NULL ? e->references[i].name : id);
		else if (by_name && id != NULL)
			at_reference(c, SEVERITY_WARNING, "edxml.content_id.differs", i, id);
		for (size_t k = 0; k < i; k++)
			if (same(e->references[k].content_id, id)) {
				at_reference(
					c, SEVERITY_ERROR, "edxml.content_id.duplicate", i, id);
				break;
			}
	}
}

static void
check_attachments(const struct check *c)
{
	const struct edxml *e = c->e;

	for (size_t i = 0; i < e->attachment_count; i++) {
		const struct edxml_attachment *a = &e->attachments[i];

		if (a->name == NULL)
			at_attachment(c, severity_of(c), "edxml.attachment.name", i, a->content_id,
				"AttachmentName");
		else if (strchr(a->name, '/') != NULL || !pack_name_is_safe(a->name))
			at_attachment(
				c, SEVERITY_WARNING, "edxml.attachment.path", i, a->name, "a.pdf");
		if (a->content_id == NULL && !c->strict)
			at_attachment(c, SEVERITY_WARNING, "edxml.content_id.missing", i, a->name,
				"ContentId");
		for (size_t k = 0; k < i; k++)
			if (same(e->attachments[k].content_id, a->content_id)) {
				at_attachment(c, SEVERITY_ERROR, "edxml.content_id.duplicate", i,
					a->content_id, NULL);
				break;
			}
		if (!c->strict && !is_listed(c, a))
			at_attachment(c, SEVERITY_WARNING, "edxml.attachment.unlisted", i,
				a->name != NULL ? a->name : a->content_id, "Reference");
		if (c->strict && (a->fd < 0 || a->state != EDXML_ATTACHMENT_GOOD))
			at_attachment(
				c, SEVERITY_ERROR, "edxml.attachment.empty", i, a->name, NULL);
	}
	if (e->attachment_count == 0 && e->reference_count == 0 &&
		edxml_business(e) != EDXML_RECALL)
		diag_warn(c->diag, "edxml.attachment.none", "/edXML", NULL, "AttachmentEncoded");
}

static void
check_document(const struct check *c)
{
	check_parties(c);
	check_receivers(c);
	check_identity(c);
	check_business(c);
	check_references(c);
	check_attachments(c);
}

enum status
edxml_check(const struct edxml *e, bool strict, struct diag *diag)
{
	struct diag *own = diag_new();
	struct check c = {e, strict, own};
	bool refused;

	if (own == NULL)
		return STATUS_NO_MEMORY;
	if (e->header_line == 0 && e->from.line == 0 && e->from.organ_id == NULL)
		add(&c, SEVERITY_ERROR, "edxml.header.missing", "MessageHeader", 0, NULL,
			"MessageHeader", NULL);
	else if (e->packet == EDXML_STATUS)
		edxml_status_check(e, strict, own);
	else
		check_document(&c);
	refused = diag_has_error(own);
	diag_join(diag, own);
	diag_free(own);
	return refused ? STATUS_INVALID : STATUS_OK;
}
