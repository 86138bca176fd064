/*
 * xml: reading foreign XML as a stream of elements, in bounded memory, whatever its size. Built on
 * libxml2's push parser with everything that reaches out turned off: any DOCTYPE is refused before
 * libxml2 sees it (so no entities, no DTD), no encoding but UTF-8, no XInclude, no file, no
 * network. Schema validation (XSD) runs beside the reader on the same events.
 *
 * Findings: xml.doctype, xml.encoding, xml.malformed, xml.limit.* (all end the reading),
 * xml.schema.* (reading goes on).
 */
#ifndef CONGVAN_DOC_XML_H
#define CONGVAN_DOC_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"

struct xml_limits {
	size_t depth;      /* elements inside each other; at most XML_DEPTH_MAX */
	size_t elements;   /* in the document */
	size_t attributes; /* of one element, namespace declarations included */
	size_t tag;        /* bytes of one tag, comment or processing instruction */
	size_t text;       /* bytes of text of one element that is not streamed */
};

#define XML_DEPTH_MAX 64

/* A compiled schema; may serve many readings one after the other. */
struct xml_schema;

/*
 * Compiles the XSD in the file path. The schema must not import or include others. STATUS_IO when
 * it cannot be read, STATUS_INVALID with finding xml.schema.load.
 */
enum status xml_schema_load(const char *path, struct diag *diag, struct xml_schema **out);
void xml_schema_free(struct xml_schema *s);

/* One reading under way. */
struct xml;

/* What to do with the text of an element. */
enum xml_take {
	XML_TAKE_TEXT,   /* collect and hand over at the end, when the element has no children */
	XML_TAKE_STREAM, /* hand over in pieces as they come, unlimited; neither collected nor shown
			    to the schema */
	XML_TAKE_NOTHING /* drop */
};

struct xml_handler {
	/* A start tag. ns: namespace URI, "" for none. Strings live during the call. */
	enum xml_take (*begin)(void *arg, struct xml *x, const char *ns, const char *local);

	/* A piece of the text of an element begun with XML_TAKE_STREAM. */
	void (*piece)(void *arg, struct xml *x, const char *s, size_t n);

	/* The end of the element. text: its collected text, never NULL, with a closing NUL; lives
	 * during the call. */
	void (*end)(void *arg, struct xml *x, const char *text, size_t len);
};

/*
 * Reads the document in bytes to its end. schema: validate against it, or NULL. STATUS_OK:
 * well-formed (schema findings may be in diag); STATUS_INVALID: not well-formed or over a limit,
 * see the finding; or what xml_stop was given.
 */
enum status
xml_read(struct span bytes, const struct xml_limits *limits, const struct xml_schema *schema,
	const struct xml_handler *handler, void *arg, struct diag *diag);

/* For handlers, while they are called: */

/* The value of an attribute of the element just begun, as a copy to free(), or NULL. ns NULL: in
 * any namespace. */
char *xml_attribute(const struct xml *x, const char *ns, const char *local);

/* Line of the parser, from 1. */
unsigned xml_line(const struct xml *x);

/* "/a/b[2]/c:17": path of the open elements and the line. Lives until the next call with x. */
const char *xml_where(struct xml *x);

/* The path alone, without the line. Lives until the next element. */
const char *xml_path(const struct xml *x);

/* Ends the reading with this status once the handler returns. The first call counts. */
void xml_stop(struct xml *x, enum status why);

#endif
