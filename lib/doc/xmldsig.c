/* xmldsig: see xmldsig.h. References: xmldsig_reference.c; qualifying properties: xmldsig_xades.c. */
#include "lib/doc/xmldsig.h"

#include <stdlib.h>
#include <string.h>

#include "lib/doc/xmldsig_data.h"

#define ARENA_MAX (32u << 20)
#define VALUE_MAX 4096u
#define CERT_MAX 65536u
#define PREFIXES_MAX 64
#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"

xmlNodePtr
xmldsig_walk(const xmlNode *top, xmlNodePtr n)
{
	if (n->type == XML_ELEMENT_NODE && n->children != NULL)
		return n->children;
	while (n != top && n->next == NULL)
		n = n->parent;
	return n != top ? n->next : NULL;
}

bool
xmldsig_pay(struct xmldsig *x)
{
	x->visits += x->nodes;
	return x->visits <= XMLDSIG_VISITS_MAX;
}

/* PrefixList of InclusiveNamespaces: NMTOKENS, "#default" among them (Exclusive C14N 4). */
static xmlChar **
read_prefixes(struct xmldsig *x, const xmlNode *method)
{
	const char *list = xml_tree_attribute(xml_tree_child(method, EXCLUSIVE, "InclusiveNamespaces"), "PrefixList", x->arena);
	xmlChar **out;
	size_t n = 0;

	if (list == NULL || (out = arena_alloc(x->arena, (PREFIXES_MAX + 1) * sizeof(*out))) == NULL)
		return NULL;
	while (*list != '\0' && n < PREFIXES_MAX) {
		size_t len = strcspn(list, " \t\r\n");

		if (len > 0)
			out[n++] = (xmlChar *)arena_strndup(x->arena, list, len);
		list += len + (list[len] != '\0');
	}
	return out;
}

struct xmldsig_form
xmldsig_form_of(struct xmldsig *x, const xmlNode *method)
{
	struct xmldsig_form f = {xml_c14n_find(xml_tree_attribute(method, "Algorithm", x->arena)), NULL};

	if (f.c14n != NULL && f.c14n->mode == XML_C14N_EXCLUSIVE_1_0)
		f.inclusive = read_prefixes(x, method);
	return f;
}

struct span
xmldsig_canonical(struct xmldsig *x, const xmlNode *apex, const struct xmldsig_form *form)
{
	struct span out = {NULL, 0};
	struct output to;
	struct buf b;

	buf_init(&b, ARENA_MAX);
	to = output_buf(&b);
	if (form->c14n != NULL && xmldsig_pay(x) && xml_c14n_write(x->doc, apex, NULL, form->c14n, true, form->inclusive, &to) == STATUS_OK && b.len > 0) {
		unsigned char *kept = arena_alloc(x->arena, b.len);

		if (kept != NULL) {
			memcpy(kept, b.data, b.len);
			out = (struct span){kept, b.len};
		}
	}
	x->canonical += b.len;
	buf_free(&b);
	return out;
}

void
xmldsig_take_cert(struct xmldsig_signature *s, struct span der)
{
	if (der.len == 0 || s->cert_count == XMLDSIG_CERTS)
		return;
	for (size_t i = 0; i < s->cert_count; i++)
		if (s->certs[i].len == der.len && memcmp(s->certs[i].data, der.data, der.len) == 0)
			return;
	s->certs[s->cert_count++] = der;
}

/* KeyInfo is only a hint for finding the certificate: which one it must be is said by the signed properties, or by nothing. */
static void
read_key_info(struct xmldsig *x, const struct xmldsig_node *n, struct xmldsig_signature *s)
{
	const xmlNode *info = xml_tree_child(n->element, n->ns, "KeyInfo");

	for (const xmlNode *data = xml_tree_child(info, n->ns, "X509Data"); data != NULL;
		data = xml_tree_next(data, n->ns, "X509Data"))
		for (const xmlNode *c = xml_tree_child(data, n->ns, "X509Certificate"); c != NULL;
			c = xml_tree_next(c, n->ns, "X509Certificate"))
			xmldsig_take_cert(s, xml_tree_base64(c, CERT_MAX, x->arena));
}

/* One child of that name, and no second one that another reader could take instead. */
static bool
only_child(const struct xmldsig_node *n, const xmlNode *parent, const char *local, xmlNodePtr *out)
{
	*out = xml_tree_child(parent, n->ns, local);
	return *out != NULL && xml_tree_next(*out, n->ns, local) == NULL;
}

static const char *
read_signature(struct xmldsig *x, struct xmldsig_node *n, struct xmldsig_signature *s)
{
	xmlNodePtr c14n, method;
	struct xmldsig_form form;
	const char *fault;

	if (!only_child(n, n->element, "SignedInfo", &n->signed_info) || !only_child(n, n->element, "SignatureValue", &n->value) ||
		!only_child(n, n->signed_info, "CanonicalizationMethod", &c14n) ||
		!only_child(n, n->signed_info, "SignatureMethod", &method))
		return "the Signature element has another structure (XML-DSig 4.1)";
	s->method_uri = xml_tree_attribute(method, "Algorithm", x->arena);
	if (s->method_uri == NULL)
		return "the signature method is not named";
	s->method = xml_signature_method(s->method_uri);
	form = xmldsig_form_of(x, c14n);
	s->signed_info = xmldsig_canonical(x, n->signed_info, &form);
	if (s->signed_info.len == 0)
		return "SignedInfo cannot be put into the canonical form it names";
	s->value = xml_tree_base64(n->value, VALUE_MAX, x->arena);
	if (s->value.len == 0)
		return "the signature value is empty or not base64";
	read_key_info(x, n, s);
	fault = xmldsig_find_properties(x, n, s);
	if (fault == NULL)
		fault = xmldsig_references(x, n, s);
	if (fault == NULL)
		xmldsig_read_properties(x, n, s);
	return fault;
}

static enum status
add_signature(struct xmldsig *x, xmlNodePtr element)
{
	struct xmldsig_node n = {.element = element, .ns = xml_tree_ns(element)};
	struct xmldsig_signature *s = arena_alloc(x->arena, sizeof(*s));
	const char *id;

	if (s == NULL)
		return STATUS_NO_MEMORY;
	if (x->count == XMLDSIG_SIGNATURES)
		return STATUS_TOO_LARGE;
	s->path = xml_tree_path(element, x->arena);
	id = xml_tree_attribute(element, "Id", x->arena);
	s->id = id != NULL ? id : "";
	s->signing_time = s->method_uri = "";
	s->foreign_namespace = strcmp(n.ns, XML_DSIG) != 0;
	s->fault = read_signature(x, &n, s);
	x->signatures[x->count++] = s;
	return STATUS_OK;
}

static enum status
find_signatures(struct xmldsig *x, bool lenient)
{
	xmlNodePtr root = xmlDocGetRootElement(x->doc);
	const char *ns = xml_tree_ns(root);
	enum status st = STATUS_OK;

	x->root = xml_tree_path(root, x->arena);
	for (xmlNodePtr n = root; n != NULL && st == STATUS_OK; n = xmldsig_walk(root, n))
		if (xml_tree_is(n, XML_DSIG, "Signature") || (lenient && xml_tree_is(n, ns, "Signature")))
			st = add_signature(x, n);
	return st;
}

enum status
xmldsig_read(struct span document, const struct xmldsig_outside *outside, bool lenient, struct diag *diag, struct xmldsig **out)
{
	struct xmldsig *x = calloc(1, sizeof(*x));
	enum status st = x != NULL && (x->arena = arena_new(ARENA_MAX)) != NULL ? STATUS_OK : STATUS_NO_MEMORY;

	if (st == STATUS_OK && document.len > XMLDSIG_DOCUMENT_MAX)
		st = STATUS_TOO_LARGE;
	if (st == STATUS_OK) {
		x->outside = outside;
		st = xml_tree_read(document, diag, &x->doc, &x->nodes);
	}
	if (st == STATUS_OK)
		st = find_signatures(x, lenient);
	if (st != STATUS_OK) {
		xmldsig_free(x);
		return st;
	}
	/* what is needed later is in the arena */
	xmlFreeDoc(x->doc);
	x->doc = NULL;
	*out = x;
	return STATUS_OK;
}

void
xmldsig_free(struct xmldsig *x)
{
	if (x == NULL)
		return;
	if (x->doc != NULL)
		xmlFreeDoc(x->doc);
	arena_free(x->arena);
	free(x);
}

size_t
xmldsig_count(const struct xmldsig *x)
{
	return x->count;
}

const struct xmldsig_signature *
xmldsig_at(const struct xmldsig *x, size_t i)
{
	return x->signatures[i];
}

const char *
xmldsig_root(const struct xmldsig *x)
{
	return x->root;
}
