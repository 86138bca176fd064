/*
 * xml_schema: XSD validation of a stream of SAX events, inside lib/doc only. libxml2's schema plug
 * is driven by hand, so that the reader can keep the text of huge elements away from it.
 */
#ifndef CONGVAN_DOC_XML_SCHEMA_H
#define CONGVAN_DOC_XML_SCHEMA_H

#include <libxml/xmlstring.h>

#include "lib/doc/xml.h"

struct xml_validation;

/* code: xml.schema.element, .value, .attribute or .other; got and want may be NULL. */
typedef void (*xml_schema_error_fn)(void *arg, const char *code, const char *got, const char *want);

/* NULL without memory. The schema must outlive it. */
struct xml_validation *
xml_validation_new(const struct xml_schema *schema, xml_schema_error_fn fn, void *arg);
void xml_validation_free(struct xml_validation *v);

/* The events of libxml2's SAX2 interface. */
void xml_validation_begin(struct xml_validation *v, const xmlChar *local, const xmlChar *prefix,
	const xmlChar *uri, int namespaces, const xmlChar **nslist, int attributes, int defaulted,
	const xmlChar **attlist);
void xml_validation_text(struct xml_validation *v, const xmlChar *s, int n);
void xml_validation_end(
	struct xml_validation *v, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri);

#endif
