/* xmldsig_data: one document with signatures being read: shared by xmldsig.c, xmldsig_reference.c and xmldsig_xades.c. */
#ifndef CONGVAN_DOC_XMLDSIG_DATA_H
#define CONGVAN_DOC_XMLDSIG_DATA_H

#include <libxml/c14n.h>

#include "lib/doc/xml_tree.h"
#include "lib/doc/xmldsig.h"

#define XMLDSIG_XADES "http://uri.etsi.org/01903/v1.3.2#"

struct xmldsig {
	xmlDocPtr doc;
	struct arena *arena;
	const struct xmldsig_outside *outside;
	struct xmldsig_signature *signatures[XMLDSIG_SIGNATURES];
	size_t count;
	uint64_t canonical; /* octets so far */
	size_t nodes, visits; /* of the document; passed so far */
	const char *root;
};

/* One Signature element. */
struct xmldsig_node {
	xmlNodePtr element, signed_info, value;
	const char *ns;           /* of it and its parts */
	xmlNodePtr qualifying;    /* QualifyingProperties, NULL: none */
	xmlNodePtr properties;    /* its SignedProperties */
};

/* A canonicalization as an element asks for it: Algorithm, and InclusiveNamespaces for the exclusive form. */
struct xmldsig_form {
	const struct xml_c14n *c14n; /* NULL: unknown or not allowed */
	xmlChar **inclusive;         /* in the arena */
};
struct xmldsig_form xmldsig_form_of(struct xmldsig *x, const xmlNode *method);

/* Canonical octets into the arena; len 0: not possible, or over the limits. */
struct span xmldsig_canonical(struct xmldsig *x, const xmlNode *apex, const struct xmldsig_form *form);

/* All references of SignedInfo, resolved and compared. A fault (static) or NULL. */
const char *xmldsig_references(struct xmldsig *x, const struct xmldsig_node *n, struct xmldsig_signature *s);

/* Finds the qualifying properties (before the references) and reads them (after). A fault or NULL. */
const char *xmldsig_find_properties(struct xmldsig *x, struct xmldsig_node *n, struct xmldsig_signature *s);
void xmldsig_read_properties(struct xmldsig *x, const struct xmldsig_node *n, struct xmldsig_signature *s);

/* Takes a certificate: once each, at most XMLDSIG_CERTS. */
void xmldsig_take_cert(struct xmldsig_signature *s, struct span der);

/* Pays for one walk through the document; false when too much was done already. */
bool xmldsig_pay(struct xmldsig *x);

/* The next node in document order, inside `top`. */
xmlNodePtr xmldsig_walk(const xmlNode *top, xmlNodePtr n);

#endif
