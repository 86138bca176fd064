/*
 * edxml_read: the stream of elements turned into struct edxml by the table of edxml_element.c. A
 * stack of frames says what the open elements fill in; rules that need the whole packet are
 * edxml_check.c's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/doc/edxml.h"
#include "lib/doc/edxml_attachment.h"
#include "lib/doc/edxml_element.h"
#include "lib/doc/edxml_kind.h"
#include "lib/doc/edxml_signature.h"
#include "lib/doc/edxml_text.h"

struct frame {
	const struct edxml_element
		*row; /* of the open element; NULL: skipped, or inside a signature */
	enum edxml_context inside;
	void *object;  /* what its children fill in */
	uint64_t seen; /* bits of the rows that occurred among its children */
};

struct reading {
	struct edxml *e;
	const struct edxml_limits *limits;
	struct diag *diag;
	struct frame frames[XML_DEPTH_MAX + 1];
	size_t depth;
	struct edxml_intake intake;
	struct edxml_attachment *attachment; /* the open one */
	char *attachment_where;
	bool discarding; /* bytes of a second content of one attachment */
	struct edxml_signature_block block;
	bool whole; /* read to its end */
};

static bool
repeats(const struct edxml_element *row)
{
	return row->action == EDXML_ITEM || row->action == EDXML_TEXT_ITEM;
}

/* The list item that the element fills in, or NULL after a finding or failure. */
static void *
new_item(struct reading *r, struct xml *x, const struct edxml_element *row, char *object)
{
	size_t *count = (size_t *)(void *)(object + row->count);
	size_t most = strcmp(row->name, "To") == 0   ? r->limits->receivers
		: row->inside == EDXML_IN_ATTACHMENT ? r->limits->attachments
						     : r->limits->list;
	void *item;
	char want[32];

	if (*count >= most) {
		snprintf(want, sizeof(want), "<= %zu", most);
		diag_error(r->diag, "edxml.limit.list", xml_where(x), NULL, want);
		xml_stop(x, STATUS_INVALID);
		return NULL;
	}
	item = edxml_add(r->e, object + row->offset, count, row->size);
	if (item == NULL)
		xml_stop(x, STATUS_NO_MEMORY);
	return item;
}

static enum xml_take
begin_bytes(struct reading *r, struct xml *x, const char *local)
{
	enum status st;

	r->discarding = r->attachment == NULL || r->attachment->fd >= 0 || r->intake.fd >= 0;
	if (r->discarding) {
		diag_error(r->diag, "edxml.element.repeated", xml_where(x), local, NULL);
		return XML_TAKE_STREAM;
	}
	if (strcmp(local, "AttachmentData") == 0)
		diag_warn(r->diag, "edxml.attachment.private", xml_where(x), local,
			"ContentTransferEncoded");
	st = edxml_intake_begin(&r->intake);
	if (st != STATUS_OK)
		xml_stop(x, st);
	return XML_TAKE_STREAM;
}

static void
set_line(const struct edxml_element *row, char *object, unsigned line)
{
	if (row->line != 0)
		memcpy(object + row->line, &line, sizeof(line));
}

/* The object that a group or item gives its children. */
static void
begin_object(struct reading *r, struct xml *x, const struct edxml_element *row, struct frame *up,
	struct frame *f)
{
	if (row->action == EDXML_ITEM)
		f->object = new_item(r, x, row, up->object);
	else if (row->action == EDXML_GROUP && row->offset != (size_t)-1)
		f->object = (char *)r->e + row->offset;
	else
		f->object = up->object;
	if (f->object == NULL)
		return;
	set_line(row, f->object, xml_line(x));
	if (row->inside == EDXML_IN_BUSINESS)
		r->e->business.present = true;
	if (row->inside == EDXML_IN_ATTACHMENT) {
		r->attachment = f->object;
		r->attachment->fd = -1;
		free(r->attachment_where);
		r->attachment_where = strdup(xml_where(x));
	}
}

/* Where S4's older manifest has its content id: an attribute xlink:href="cid:…". */
static void
begin_reference(struct reading *r, struct xml *x, struct frame *f)
{
	struct edxml_reference *ref = f->object;
	char *href;

	if (f->inside != EDXML_IN_REFERENCE || ref == NULL ||
		(href = xml_attribute(x, NULL, "href")) == NULL)
		return;
	if (edxml_text_keep(r->e->arena, href, strlen(href), xml_where(x), r->diag,
		    &ref->content_id) != STATUS_OK)
		xml_stop(x, STATUS_NO_MEMORY);
	free(href);
}

/* An element that has no row here. */
static void
begin_unknown(
	struct reading *r, struct xml *x, const char *ns, const char *local, const struct frame *up)
{
	if (up->inside == EDXML_IN_NOTHING)
		return;
	if (up->inside == EDXML_IN_FILE) {
		bool old = strstr(ns, "e-doc.vn") != NULL ||
			strstr(ns, "schemas.xmlsoap.org") != NULL || strcmp(local, "Envelope") == 0;

		diag_error(r->diag, old ? "edxml.old_form" : "edxml.root", xml_where(x), local,
			"edXML in " EDXML_NAMESPACE);
		xml_stop(x, STATUS_INVALID);
	} else if (strcmp(ns, EDXML_NAMESPACE) == 0) {
		diag_error(r->diag, "edxml.element.unknown", xml_where(x), local, NULL);
	} else {
		diag_warn(r->diag, "edxml.element.foreign", xml_where(x), *ns != '\0' ? ns : local,
			EDXML_NAMESPACE);
	}
}

static const struct edxml_element *
find_row(const char *ns, const char *local, const struct frame *up, unsigned *bit)
{
	const struct edxml_element *row;

	if (up->inside == EDXML_IN_NOTHING)
		return NULL;
	row = edxml_element_find(up->inside, local, bit);
	if (row == NULL || strcmp(ns, EDXML_NAMESPACE) == 0)
		return row;
	return row->action == EDXML_BLOCK && strcmp(ns, EDXML_SIGNATURE_NAMESPACE) == 0 ? row
											: NULL;
}

static enum xml_take
begin_known(struct reading *r, struct xml *x, const struct edxml_element *row, struct frame *up,
	struct frame *f)
{
	f->row = row;
	f->inside = row->inside;
	switch (row->action) {
	case EDXML_GROUP:
	case EDXML_ITEM:
		begin_object(r, x, row, up, f);
		begin_reference(r, x, f);
		return XML_TAKE_NOTHING;
	case EDXML_BYTES:
		return begin_bytes(r, x, row->name);
	case EDXML_BLOCK:
		r->block.present = true;
		return XML_TAKE_NOTHING;
	case EDXML_SKIP:
		return XML_TAKE_NOTHING;
	default:
		f->object = up->object;
		return XML_TAKE_TEXT;
	}
}

static enum xml_take
on_begin(void *arg, struct xml *x, const char *ns, const char *local)
{
	struct reading *r = arg;
	struct frame *up = &r->frames[r->depth], *f = &r->frames[++r->depth];
	const struct edxml_element *row;
	unsigned bit = 0;

	memset(f, 0, sizeof(*f));
	f->inside = EDXML_IN_NOTHING;
	if (up->inside == EDXML_IN_SIGNATURE) {
		f->inside = EDXML_IN_SIGNATURE;
		edxml_signature_begin(&r->block, local);
		return XML_TAKE_TEXT;
	}
	row = find_row(ns, local, up, &bit);
	if (row == NULL) {
		begin_unknown(r, x, ns, local, up);
		return XML_TAKE_NOTHING;
	}
	if ((up->seen >> bit & 1) != 0 && !repeats(row) && row->action != EDXML_BYTES) {
		diag_error(r->diag, "edxml.element.repeated", xml_where(x), local, NULL);
		return XML_TAKE_NOTHING; /* the first one stands */
	}
	up->seen |= UINT64_C(1) << bit;
	return begin_known(r, x, row, up, f);
}

static void
on_piece(void *arg, struct xml *x, const char *s, size_t n)
{
	struct reading *r = arg;
	enum status st;

	if (r->discarding)
		return;
	st = edxml_intake_put(&r->intake, s, n);
	if (st == STATUS_TOO_LARGE) {
		diag_error(r->diag, "edxml.limit.attachment", r->attachment_where, NULL, NULL);
		st = STATUS_INVALID;
	}
	if (st != STATUS_OK)
		xml_stop(x, st);
}

static void
check_number(struct reading *r, struct xml *x, const struct edxml_number *n)
{
	if (n->raw != NULL && !n->valid)
		diag_warn(r->diag, "edxml.number", xml_where(x), n->raw, "0, 1, 2 …");
}

static void
check_day(struct reading *r, struct xml *x, const struct edxml_date *d)
{
	if (d->raw != NULL && !d->valid)
		diag_warn(r->diag, "edxml.date", xml_where(x), d->raw, "yyyy/MM/dd");
	else if (d->raw != NULL && (strlen(d->raw) != 10 || d->raw[4] != '/'))
		diag_warn(r->diag, "edxml.date.form", xml_where(x), d->raw, "yyyy/MM/dd");
}

static void
check_moment(struct reading *r, struct xml *x, const struct edxml_time *t)
{
	if (t->raw != NULL && !t->valid)
		diag_warn(r->diag, "edxml.time", xml_where(x), t->raw, "yyyy/MM/dd HH:mm:ss");
}

/* Puts the text of a leaf where its row says. */
static void
end_leaf(struct reading *r, struct xml *x, const struct frame *f, const char *text, size_t len)
{
	const struct edxml_element *row = f->row;
	char *object = f->object;
	const char *kept = NULL;
	const char **item;
	enum status st;

	st = edxml_text_keep(r->e->arena, text, len, xml_where(x), r->diag, &kept);
	if (st != STATUS_OK) {
		xml_stop(x, st);
		return;
	}
	switch (row->action) {
	case EDXML_TEXT:
		/* An attribute may have given the value already (older manifests). */
		if (kept != NULL)
			memcpy(object + row->offset, &kept, sizeof(kept));
		break;
	case EDXML_TEXT_ITEM:
		if (kept != NULL && (item = new_item(r, x, row, object)) != NULL)
			*item = kept;
		break;
	case EDXML_DATE:
		edxml_date_set((void *)(object + row->offset), kept);
		check_day(r, x, (void *)(object + row->offset));
		break;
	case EDXML_TIME:
		edxml_time_set((void *)(object + row->offset), kept);
		check_moment(r, x, (void *)(object + row->offset));
		break;
	case EDXML_NUMBER:
		edxml_number_set((void *)(object + row->offset), kept);
		check_number(r, x, (void *)(object + row->offset));
		break;
	default:
		break;
	}
}

static void
end_attachment(struct reading *r, struct xml *x)
{
	struct edxml_attachment *a = r->attachment;
	const char *where = r->attachment_where != NULL ? r->attachment_where : "Attachment";
	enum status st = STATUS_OK;

	r->attachment = NULL;
	if (r->intake.fd >= 0) {
		st = edxml_intake_finish(&r->intake, a, where, r->diag);
	} else {
		a->state = EDXML_ATTACHMENT_DAMAGED;
		diag_error(r->diag, "edxml.attachment.empty", where, a->name,
			"ContentTransferEncoded");
	}
	if (st != STATUS_OK)
		xml_stop(x, st);
}

static void
on_end(void *arg, struct xml *x, const char *text, size_t len)
{
	struct reading *r = arg;
	struct frame *f = &r->frames[r->depth--];

	if (f->inside == EDXML_IN_SIGNATURE && f->row == NULL)
		edxml_signature_end(&r->block, text, len);
	else if (f->row == NULL)
		return;
	else if (f->row->action == EDXML_ITEM && f->inside == EDXML_IN_ATTACHMENT)
		end_attachment(r, x);
	else if (f->object != NULL)
		end_leaf(r, x, f, text, len);
}

static const struct xml_handler handler = {on_begin, on_piece, on_end};

/* Content ids without cid: and brackets; everything else is already as it is kept. */
static void
strip_ids(struct edxml *e)
{
	for (size_t i = 0; i < e->reference_count; i++)
		e->references[i].content_id =
			edxml_content_id((char *)(uintptr_t)e->references[i].content_id);
	for (size_t i = 0; i < e->attachment_count; i++)
		e->attachments[i].content_id =
			edxml_content_id((char *)(uintptr_t)e->attachments[i].content_id);
}

static enum status
read_into(struct reading *r, struct span packet, const struct edxml_schemas *schemas)
{
	enum status st = xml_read(packet, &r->limits->xml, edxml_schema_for(schemas, r->e->packet),
		&handler, r, r->diag);

	edxml_intake_abort(&r->intake);
	free(r->attachment_where);
	if (st != STATUS_OK)
		return st;
	r->whole = true;
	strip_ids(r->e);
	r->e->signature = edxml_signature_judge(&r->block);
	return edxml_check(r->e, false, r->diag);
}

static enum status
refuse_size(const struct edxml_limits *limits, struct diag *diag)
{
	char want[32];

	snprintf(want, sizeof(want), "<= %" PRIu64, limits->packet);
	diag_error(diag, "edxml.limit.packet", "/", NULL, want);
	return STATUS_INVALID;
}

enum status
edxml_read(struct span packet, const struct edxml_schemas *schemas,
	const struct edxml_limits *limits, const struct edxml_sink *sink, struct diag *diag,
	struct edxml **out)
{
	struct reading *r = calloc(1, sizeof(*r));
	struct diag *own = diag_new();
	enum status st = STATUS_NO_MEMORY;

	*out = NULL;
	if (r == NULL || own == NULL)
		goto out;
	if (packet.len > limits->packet) {
		st = refuse_size(limits, own);
		goto out;
	}
	r->e = edxml_new(edxml_kind(packet, limits));
	if (r->e == NULL)
		goto out;
	r->limits = limits;
	r->diag = own;
	r->intake = (struct edxml_intake){.limits = limits, .sink = sink, .fd = -1};
	st = read_into(r, packet, schemas);
	if (st == STATUS_OK && diag_has_error(own))
		st = STATUS_INVALID;
	if (r->whole && (st == STATUS_OK || st == STATUS_INVALID)) {
		*out = r->e;
		r->e = NULL;
	}
out:
	diag_join(diag, own);
	diag_free(own);
	if (r != NULL)
		edxml_free(r->e);
	free(r);
	return st;
}
