/* xml: see xml.h. */
#include "lib/doc/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/xmlschemas.h>

#include "lib/doc/xml_guard.h"
#include "lib/doc/xml_schema.h"

#define PIECE 65536u
#define NAME_SHOWN 64 /* bytes of an element name in a path */

/* One open element. */
struct level {
	enum xml_take take;
	bool parent;                /* has child elements */
	size_t path;                /* length of the path before it */
	char child[NAME_SHOWN + 1]; /* name of its last child ... */
	unsigned child_count;       /* ... and how many of that name came in a row */
};

struct xml {
	const struct xml_handler *handler;
	void *arg;
	const struct xml_limits *limits;
	struct diag *diag;
	xmlParserCtxtPtr parser;
	struct xml_validation *validation;      /* NULL without a schema */
	struct level levels[XML_DEPTH_MAX + 1]; /* [0] is the document */
	size_t depth, elements;
	struct buf text, path;
	size_t text_seen; /* bytes of text of the innermost element */
	char where[600];
	const xmlChar **attributes;
	int attribute_count;
	enum status stopped;
};

void
xml_stop(struct xml *x, enum status why)
{
	if (x->stopped != STATUS_OK)
		return;
	x->stopped = why;
	xmlStopParser(x->parser);
}

unsigned
xml_line(const struct xml *x)
{
	int line = xmlSAX2GetLineNumber(x->parser);

	return line > 0 ? (unsigned)line : 0;
}

const char *
xml_path(const struct xml *x)
{
	return x->path.len > 0 ? buf_str(&x->path) : "/";
}

const char *
xml_where(struct xml *x)
{
	snprintf(x->where, sizeof(x->where), "%.560s:%u", xml_path(x), xml_line(x));
	return x->where;
}

/* A finding that ends the reading. */
static void
refuse(struct xml *x, const char *code, const char *got, size_t most)
{
	char want[32];

	if (x->stopped != STATUS_OK)
		return;
	snprintf(want, sizeof(want), "<= %zu", most);
	diag_error(x->diag, code, xml_where(x), got, most > 0 ? want : NULL);
	xml_stop(x, STATUS_INVALID);
}

char *
xml_attribute(const struct xml *x, const char *ns, const char *local)
{
	for (int i = 0; i < x->attribute_count; i++) {
		const xmlChar **a = x->attributes + 5 * i; /* local, prefix, URI, value, end */

		if (strcmp((const char *)a[0], local) == 0 &&
			(ns == NULL || strcmp(a[2] != NULL ? (const char *)a[2] : "", ns) == 0))
			return strndup((const char *)a[3], (size_t)(a[4] - a[3]));
	}
	return NULL;
}

/* Opens a level: path, counts of equal siblings. */
static void
enter(struct xml *x, const char *local)
{
	struct level *up = &x->levels[x->depth], *l = &x->levels[++x->depth];

	up->parent = true;
	memset(l, 0, sizeof(*l));
	l->path = x->path.len;
	if (strncmp(up->child, local, NAME_SHOWN) == 0) {
		up->child_count++;
	} else {
		snprintf(up->child, sizeof(up->child), "%s", local);
		up->child_count = 1;
	}
	buf_printf(&x->path, "/%.*s", NAME_SHOWN, local);
	if (up->child_count > 1)
		buf_printf(&x->path, "[%u]", up->child_count);
	buf_consume(&x->text, x->text.len);
	x->text_seen = 0;
}

static void
on_begin(void *arg, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri, int namespaces,
	const xmlChar **nslist, int attributes, int defaulted, const xmlChar **attlist)
{
	struct xml *x = arg;

	if (x->stopped != STATUS_OK)
		return;
	if (x->depth >= x->limits->depth || x->depth >= XML_DEPTH_MAX) {
		refuse(x, "xml.limit.depth", (const char *)local, x->limits->depth);
		return;
	}
	enter(x, (const char *)local);
	if (++x->elements > x->limits->elements)
		refuse(x, "xml.limit.elements", NULL, x->limits->elements);
	if ((size_t)attributes + (size_t)namespaces > x->limits->attributes)
		refuse(x, "xml.limit.attributes", NULL, x->limits->attributes);
	if (x->stopped != STATUS_OK)
		return;
	if (x->validation != NULL)
		xml_validation_begin(x->validation, local, prefix, uri, namespaces, nslist,
			attributes, defaulted, attlist);
	x->attributes = attlist;
	x->attribute_count = attributes;
	x->levels[x->depth].take = x->handler->begin(
		x->arg, x, uri != NULL ? (const char *)uri : "", (const char *)local);
	x->attribute_count = 0;
}

static void
on_text(void *arg, const xmlChar *s, int n)
{
	struct xml *x = arg;
	struct level *l = &x->levels[x->depth];

	if (x->stopped != STATUS_OK || n <= 0 || x->depth == 0)
		return;
	if (l->take == XML_TAKE_STREAM) {
		x->handler->piece(x->arg, x, (const char *)s, (size_t)n);
		return;
	}
	x->text_seen += (size_t)n;
	if (x->text_seen > x->limits->text) {
		refuse(x, "xml.limit.text", NULL, x->limits->text);
		return;
	}
	if (x->validation != NULL)
		xml_validation_text(x->validation, s, n);
	if (l->take == XML_TAKE_TEXT && !l->parent)
		buf_put(&x->text, s, (size_t)n);
	if (buf_status(&x->text) != STATUS_OK)
		xml_stop(x, buf_status(&x->text));
}

static void
on_end(void *arg, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
	struct xml *x = arg;
	struct level *l = &x->levels[x->depth];
	bool has_text;

	if (x->stopped != STATUS_OK || x->depth == 0)
		return;
	if (x->validation != NULL)
		xml_validation_end(x->validation, local, prefix, uri);
	has_text = l->take == XML_TAKE_TEXT && !l->parent;
	x->handler->end(x->arg, x, has_text ? buf_str(&x->text) : "", has_text ? x->text.len : 0);
	x->path.len = l->path;
	if (x->path.data != NULL)
		x->path.data[x->path.len] = '\0';
	x->depth--;
	x->text_seen = 0;
	buf_consume(&x->text, x->text.len);
}

/* Never reached, because the guard stops every DOCTYPE; a second lock on the same door. */
static void
on_doctype(void *arg, const xmlChar *name, const xmlChar *external, const xmlChar *system)
{
	(void)external;
	(void)system;
	refuse(arg, "xml.doctype", (const char *)name, 0);
}

static xmlEntityPtr
on_entity(void *arg, const xmlChar *name)
{
	(void)arg;
	return xmlGetPredefinedEntity(name);
}

static xmlParserInputPtr
on_resolve(void *arg, const xmlChar *public, const xmlChar *system)
{
	(void)arg;
	(void)public;
	(void)system;
	return NULL;
}

static void
on_error(void *arg, xmlErrorPtr error)
{
	struct xml *x = arg;
	char got[300];

	if (x->stopped != STATUS_OK || error->level <= XML_ERR_WARNING)
		return;
	if (error->code == XML_ERR_NO_MEMORY) {
		xml_stop(x, STATUS_NO_MEMORY);
		return;
	}
	snprintf(got, sizeof(got), "%s", error->message != NULL ? error->message : "");
	got[strcspn(got, "\n")] = '\0';
	refuse(x, "xml.malformed", got, 0);
}

static void
on_schema_error(void *arg, const char *code, const char *got, const char *want)
{
	struct xml *x = arg;

	diag_error(x->diag, code, xml_where(x), got, want);
}

static const xmlSAXHandler sax = {
	.initialized = XML_SAX2_MAGIC,
	.internalSubset = on_doctype,
	.getEntity = on_entity,
	.resolveEntity = on_resolve,
	.startElementNs = on_begin,
	.endElementNs = on_end,
	.characters = on_text,
	.ignorableWhitespace = on_text,
	.cdataBlock = on_text,
	.serror = on_error,
};

static void
feed(struct xml *x, struct span bytes)
{
	struct xml_guard guard;
	const char *bad = xml_guard_encoding(bytes);

	if (bad != NULL) {
		diag_error(x->diag, bad, "/:1", NULL, "UTF-8");
		x->stopped = STATUS_INVALID;
		return;
	}
	xml_guard_begin(&guard, x->limits->tag);
	while (bytes.len > 0 && x->stopped == STATUS_OK) {
		struct span piece = {bytes.data, bytes.len < PIECE ? bytes.len : PIECE};

		bad = xml_guard_put(&guard, piece);
		if (bad != NULL) {
			refuse(x, bad, NULL,
				strcmp(bad, "xml.limit.tag") == 0 ? x->limits->tag : 0);
			return;
		}
		xmlParseChunk(x->parser, (const char *)piece.data, (int)piece.len, 0);
		bytes = (struct span){bytes.data + piece.len, bytes.len - piece.len};
	}
	if (x->stopped == STATUS_OK)
		xmlParseChunk(x->parser, NULL, 0, 1);
	if (x->stopped == STATUS_OK && !x->parser->wellFormed)
		refuse(x, "xml.malformed", NULL, 0);
}

enum status
xml_read(struct span bytes, const struct xml_limits *limits, const struct xml_schema *schema,
	const struct xml_handler *handler, void *arg, struct diag *diag)
{
	struct xml *x = calloc(1, sizeof(*x));
	xmlSAXHandler own = sax;
	enum status st = STATUS_NO_MEMORY;

	if (x == NULL)
		return STATUS_NO_MEMORY;
	x->handler = handler;
	x->arg = arg;
	x->limits = limits;
	x->diag = diag;
	buf_init(&x->text, limits->text);
	buf_init(&x->path, (XML_DEPTH_MAX + 1) * (NAME_SHOWN + 16));
	x->parser = xmlCreatePushParserCtxt(&own, x, NULL, 0, NULL);
	if (x->parser == NULL)
		goto out;
	/* IGNORE_ENC: the guard has settled the encoding; libxml2 must not ask iconv. */
	xmlCtxtUseOptions(x->parser, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
	if (schema != NULL) {
		x->validation = xml_validation_new(schema, on_schema_error, x);
		if (x->validation == NULL)
			goto out;
	}
	feed(x, bytes);
	st = x->stopped;
out:
	xml_validation_free(x->validation);
	if (x->parser != NULL)
		xmlFreeParserCtxt(x->parser);
	buf_free(&x->text);
	buf_free(&x->path);
	free(x);
	return st;
}
