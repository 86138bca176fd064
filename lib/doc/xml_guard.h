/*
 * xml_guard: a small lexical scanner in front of libxml2 that stops what must never reach it: other
 * encodings (iconv would load modules from disk), any DOCTYPE, and tags so long that libxml2's
 * pairwise comparison of attributes takes minutes. It knows only where tags, comments, CDATA
 * sections and processing instructions begin and end; what is well-formed is for libxml2 to say.
 */
#ifndef CONGVAN_DOC_XML_GUARD_H
#define CONGVAN_DOC_XML_GUARD_H

#include "lib/base/buf.h"

enum xml_guard_state {
	XML_GUARD_TEXT,
	XML_GUARD_OPEN,  /* after "<" or "<!…", kind not known yet */
	XML_GUARD_TAG,   /* in a tag, outside a value */
	XML_GUARD_VALUE, /* in a quoted value */
	XML_GUARD_COMMENT,
	XML_GUARD_CDATA,
	XML_GUARD_PI
};

struct xml_guard {
	enum xml_guard_state state;
	size_t max;    /* bytes of one tag, comment or instruction */
	size_t used;   /* of the one being read */
	char open[10]; /* its first bytes */
	char quote;
	unsigned match; /* characters of the closing sequence seen */
};

void xml_guard_begin(struct xml_guard *g, size_t max);

/* NULL, or the code of the finding that refuses the document. Pieces come in order. */
const char *xml_guard_put(struct xml_guard *g, struct span piece);

/* Looks at the start of a document: NULL, or "xml.encoding" (not UTF-8, or declared otherwise),
 * "xml.malformed" (no "<" first). */
const char *xml_guard_encoding(struct span document);

#endif
