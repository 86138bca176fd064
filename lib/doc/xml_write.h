/* xml_write: XML text into a buffer: escaped, indented, elements without attributes of their own.
 */
#ifndef CONGVAN_DOC_XML_WRITE_H
#define CONGVAN_DOC_XML_WRITE_H

#include "lib/base/buf.h"

struct xml_writer {
	struct buf *to;
	const char *prefix; /* of every element: "edXML:" or "" */
	unsigned depth;
};

/* Text with &, <, > escaped and characters that XML 1.0 section 2.2 forbids left out. s is UTF-8.
 */
void xml_write_escaped(struct buf *to, const char *s);

/* <name>, and what follows one deeper. attributes: " a=\"b\"" ready to print, or "". */
void xml_write_open(struct xml_writer *w, const char *name, const char *attributes);
void xml_write_close(struct xml_writer *w, const char *name);

/* <name>text</name>; nothing when text is NULL. */
void xml_write_leaf(struct xml_writer *w, const char *name, const char *text);

#endif
