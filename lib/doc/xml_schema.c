/* xml_schema: see xml_schema.h; loading of schemas is in xml.h. */
#include "lib/doc/xml_schema.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <libxml/xmlschemas.h>

#include "lib/doc/output.h"

#define SCHEMA_BYTES (1u << 20) /* ours have some 20 KB */

struct xml_schema {
	xmlSchemaPtr schema;
};

struct loading {
	struct diag *diag;
	const char *path;
};

static void
on_load_error(void *arg, xmlErrorPtr error)
{
	const struct loading *l = arg;
	char where[500];

	snprintf(where, sizeof(where), "%.450s:%d", l->path, error->line);
	diag_error(l->diag, "xml.schema.load", where, error->message, NULL);
}

static enum status
compile(struct span text, struct loading *l, struct xml_schema *s)
{
	xmlSchemaParserCtxtPtr ctxt =
		xmlSchemaNewMemParserCtxt((const char *)text.data, (int)text.len);

	if (ctxt == NULL)
		return STATUS_NO_MEMORY;
	xmlSchemaSetParserStructuredErrors(ctxt, (xmlStructuredErrorFunc)on_load_error, l);
	s->schema = xmlSchemaParse(ctxt);
	xmlSchemaFreeParserCtxt(ctxt);
	return s->schema != NULL ? STATUS_OK : STATUS_INVALID;
}

enum status
xml_schema_load(const char *path, struct diag *diag, struct xml_schema **out)
{
	struct loading l = {diag, path};
	struct xml_schema *s = calloc(1, sizeof(*s));
	struct mapped m;
	enum status st = STATUS_NO_MEMORY;
	int fd;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	st = fd >= 0 ? mapped_open(fd, &m) : STATUS_IO;
	if (fd >= 0)
		close(fd);
	if (st == STATUS_OK && (m.len == 0 || m.len > SCHEMA_BYTES)) {
		st = STATUS_INVALID;
		diag_error(diag, "xml.schema.load", path, m.len == 0 ? "0 bytes" : "> 1 MiB", NULL);
		mapped_close(&m);
	} else if (st == STATUS_OK) {
		st = compile(m.span, &l, s);
		mapped_close(&m);
	} else {
		diag_error(diag, "xml.schema.load", path, strerror(errno), NULL);
	}
	if (st == STATUS_OK)
		*out = s;
	else
		xml_schema_free(s);
	return st;
}

void
xml_schema_free(struct xml_schema *s)
{
	if (s == NULL)
		return;
	if (s->schema != NULL)
		xmlSchemaFree(s->schema);
	free(s);
}

struct xml_validation {
	xmlSchemaValidCtxtPtr ctxt;
	xmlSchemaSAXPlugPtr plug;
	xmlSAXHandlerPtr sax; /* the validator's own callbacks */
	void *user;
	xml_schema_error_fn fn;
	void *arg;
	bool value_told; /* libxml2 reports a bad value twice: by its facet, then by its type */
};

/* Copies libxml2's message without "Element '…': " and without namespace URIs. */
static void
tidy(const char *from, char *to, size_t size)
{
	const char *colon = strstr(from, "': ");
	size_t used = 0;

	if (colon != NULL &&
		(strncmp(from, "Element", 7) == 0 || strncmp(from, "attribute", 9) == 0))
		from = colon + 3;
	while (*from != '\0' && *from != '\n' && used + 1 < size) {
		if (*from == '{' && strchr(from, '}') != NULL)
			from = strchr(from, '}') + 1;
		else
			to[used++] = *from++;
	}
	to[used] = '\0';
}

static const char *
code_of(int code)
{
	if (code == XML_SCHEMAV_ELEMENT_CONTENT || code == XML_SCHEMAV_CVC_TYPE_3_1_1 ||
		code == XML_SCHEMAV_CVC_ELT_1 ||
		(code >= XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1 &&
			code <= XML_SCHEMAV_CVC_COMPLEX_TYPE_2_4))
		return "xml.schema.element";
	if (code >= XML_SCHEMAV_CVC_COMPLEX_TYPE_3_1 && code <= XML_SCHEMAV_CVC_COMPLEX_TYPE_5_2)
		return "xml.schema.attribute";
	if (code >= XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1 &&
		code <= XML_SCHEMAV_CVC_ENUMERATION_VALID)
		return "xml.schema.value";
	return "xml.schema.other";
}

static void
on_error(void *arg, xmlErrorPtr error)
{
	struct xml_validation *v = arg;
	const char *code = code_of(error->code);
	char got[400], *want, *end;

	if (error->level <= XML_ERR_WARNING)
		return;
	if (strcmp(code, "xml.schema.value") == 0) {
		if (v->value_told)
			return;
		v->value_told = true;
	}
	tidy(error->message != NULL ? error->message : "", got, sizeof(got));
	want = strstr(got, " Expected is");
	if (want != NULL) {
		*want = '\0';
		want = strchr(want + 1, '(');
		if (want != NULL && (end = strrchr(want, ')')) != NULL)
			end[1] = '\0';
	}
	v->fn(v->arg, code, got, want);
}

struct xml_validation *
xml_validation_new(const struct xml_schema *schema, xml_schema_error_fn fn, void *arg)
{
	struct xml_validation *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->fn = fn;
	v->arg = arg;
	v->ctxt = xmlSchemaNewValidCtxt(schema->schema);
	if (v->ctxt != NULL) {
		xmlSchemaSetValidStructuredErrors(v->ctxt, (xmlStructuredErrorFunc)on_error, v);
		v->plug = xmlSchemaSAXPlug(v->ctxt, &v->sax, &v->user);
	}
	if (v->plug == NULL) {
		xml_validation_free(v);
		return NULL;
	}
	return v;
}

void
xml_validation_free(struct xml_validation *v)
{
	if (v == NULL)
		return;
	if (v->plug != NULL)
		xmlSchemaSAXUnplug(v->plug);
	if (v->ctxt != NULL)
		xmlSchemaFreeValidCtxt(v->ctxt);
	free(v);
}

void
xml_validation_begin(struct xml_validation *v, const xmlChar *local, const xmlChar *prefix,
	const xmlChar *uri, int namespaces, const xmlChar **nslist, int attributes, int defaulted,
	const xmlChar **attlist)
{
	v->value_told = false;
	v->sax->startElementNs(
		v->user, local, prefix, uri, namespaces, nslist, attributes, defaulted, attlist);
}

void
xml_validation_text(struct xml_validation *v, const xmlChar *s, int n)
{
	v->sax->characters(v->user, s, n);
}

void
xml_validation_end(
	struct xml_validation *v, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	v->value_told = false;
	v->sax->endElementNs(v->user, local, prefix, uri);
}
