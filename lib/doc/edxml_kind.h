/* edxml_kind: which of the two kinds of packets this is, and the schema of each. */
#ifndef CONGVAN_DOC_EDXML_KIND_H
#define CONGVAN_DOC_EDXML_KIND_H

#include "lib/doc/edxml.h"

/*
 * Reads as far as needed: a status message has StatusCode (or a header named Status), a document
 * has To, DocumentId, Code, Subject …. Both have the same root. EDXML_DOCUMENT when nothing tells,
 * or the packet is not well-formed.
 */
enum edxml_packet edxml_kind(struct span packet, const struct edxml_limits *limits);

const struct xml_schema *edxml_schema_for(const struct edxml_schemas *s, enum edxml_packet packet);

#endif
