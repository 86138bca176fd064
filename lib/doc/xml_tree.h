/*
 * xml_tree: a foreign document as libxml2 tree, and canonical XML (C14N 1.0, 1.1, exclusive) of a part of it; for xmldsig only. The same guard as
 * the streaming reader stands in front: no DTD, UTF-8, bounded tags.
 */
#ifndef CONGVAN_DOC_XML_TREE_H
#define CONGVAN_DOC_XML_TREE_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "lib/base/arena.h"
#include "lib/base/diag.h"
#include "lib/base/status.h"
#include "lib/doc/output.h"

#define XML_TREE_DEPTH 64
#define XML_TREE_NODES 500000
#define XML_TREE_NAMESPACES 64 /* declared on one element */

/* STATUS_INVALID with findings xml.*. xmlFreeDoc it. *nodes_out: elements, texts and attributes: what each walk through it costs. */
enum status xml_tree_read(struct span document, struct diag *diag, xmlDocPtr *out, size_t *nodes_out);

bool xml_tree_is(const xmlNode *n, const char *ns, const char *local);
const char *xml_tree_ns(const xmlNode *n); /* "" for none */

/* The first child element of that name; the next sibling element of that name. NULL: none. */
xmlNodePtr xml_tree_child(const xmlNode *parent, const char *ns, const char *local);
xmlNodePtr xml_tree_next(const xmlNode *n, const char *ns, const char *local);

/* Text of an element without white space at its ends; an attribute without namespace. Copies in the arena; NULL: none, or no memory. */
const char *xml_tree_text(const xmlNode *n, struct arena *arena);
const char *xml_tree_attribute(const xmlNode *n, const char *name, struct arena *arena);

/* Decoded base64 of an element's text; len 0: not base64, or longer than max. */
struct span xml_tree_base64(const xmlNode *n, size_t max, struct arena *arena);

/* "/a/b[2]": element names and, where siblings have the same name, the position. In the arena. */
const char *xml_tree_path(const xmlNode *n, struct arena *arena);

/* NULL: not a canonicalization. */
struct xml_c14n {
	const char *uri;
	int mode; /* xmlC14NMode */
	bool comments;
};
const struct xml_c14n *xml_c14n_find(const char *uri);

/*
 * Canonical octets of `apex` with everything in it but `without` (NULL: nothing is left out); apex NULL: the whole document. `inclusive`: prefixes of
 * InclusiveNamespaces, NULL-terminated, or NULL. STATUS_INVALID, or the error of `to`.
 */
enum status xml_c14n_write(xmlDocPtr doc, const xmlNode *apex, const xmlNode *without, const struct xml_c14n *form, bool comments,
	xmlChar **inclusive, const struct output *to);

#endif
