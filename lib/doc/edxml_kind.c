/* edxml_kind: see edxml_kind.h. */
#include "lib/doc/edxml_kind.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_DEPTH 4u /* edXML/edXMLEnvelope/edXMLHeader/MessageHeader */

struct looking {
	size_t depth;
	bool in_header;
	enum edxml_packet packet;
};

static const struct {
	const char *name;
	enum edxml_packet packet;
} tells[] = {
	{"StatusCode", EDXML_STATUS},
	{"Timestamp", EDXML_STATUS},
	{"To", EDXML_DOCUMENT},
	{"DocumentId", EDXML_DOCUMENT},
	{"Code", EDXML_DOCUMENT},
	{"PromulgationInfo", EDXML_DOCUMENT},
	{"DocumentType", EDXML_DOCUMENT},
	{"Subject", EDXML_DOCUMENT},
	{"SignerInfo", EDXML_DOCUMENT},
	{"OtherInfo", EDXML_DOCUMENT},
};

static enum xml_take
on_begin(void *arg, struct xml *x, const char *ns, const char *local)
{
	struct looking *l = arg;

	(void)ns;
	l->depth++;
	if (l->depth == HEADER_DEPTH) {
		l->in_header = strcmp(local, "MessageHeader") == 0;
		if (strcmp(local, "Status") == 0) {
			l->packet = EDXML_STATUS;
			xml_stop(x, STATUS_CANCELLED);
		}
	}
	for (size_t i = 0; i < sizeof(tells) / sizeof(tells[0]) && l->depth == HEADER_DEPTH + 1 &&
		l->in_header;
		i++)
		if (strcmp(tells[i].name, local) == 0) {
			l->packet = tells[i].packet;
			xml_stop(x, STATUS_CANCELLED);
		}
	return XML_TAKE_STREAM;
}

static void
on_piece(void *arg, struct xml *x, const char *s, size_t n)
{
	(void)arg;
	(void)x;
	(void)s;
	(void)n;
}

static void
on_end(void *arg, struct xml *x, const char *text, size_t len)
{
	struct looking *l = arg;

	(void)x;
	(void)text;
	(void)len;
	l->depth--;
}

enum edxml_packet
edxml_kind(struct span packet, const struct edxml_limits *limits)
{
	static const struct xml_handler handler = {on_begin, on_piece, on_end};
	struct looking l = {.packet = EDXML_DOCUMENT};

	(void)xml_read(packet, &limits->xml, NULL, &handler, &l, NULL);
	return l.packet;
}

struct edxml_schemas {
	struct xml_schema *document, *status;
};

const struct xml_schema *
edxml_schema_for(const struct edxml_schemas *s, enum edxml_packet packet)
{
	return packet == EDXML_STATUS ? s->status : s->document;
}

enum status
edxml_schemas_load(const char *dir, struct diag *diag, struct edxml_schemas **out)
{
	struct edxml_schemas *s = calloc(1, sizeof(*s));
	char path[4096];
	enum status st;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	snprintf(path, sizeof(path), "%s/edxml.xsd", dir);
	st = xml_schema_load(path, diag, &s->document);
	snprintf(path, sizeof(path), "%s/edxml-status.xsd", dir);
	if (st == STATUS_OK)
		st = xml_schema_load(path, diag, &s->status);
	if (st == STATUS_OK)
		*out = s;
	else
		edxml_schemas_free(s);
	return st;
}

void
edxml_schemas_free(struct edxml_schemas *s)
{
	if (s == NULL)
		return;
	xml_schema_free(s->document);
	xml_schema_free(s->status);
	free(s);
}
