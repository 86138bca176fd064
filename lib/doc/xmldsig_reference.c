/*
 * xmldsig_reference: what each Reference of a SignedInfo leads to, and whether it is what was signed (XML-DSig 4.4.3). Only what is on the lists here is
 * done; everything else refuses that reference.
 */
#include <string.h>
#include <openssl/evp.h>

#include "lib/doc/xmldsig_data.h"

#define INSIDE_MAX 64     /* references into the document of one signature: each walks through it */
#define TRANSFORMS_MAX 8
#define ENVELOPED XML_DSIG "enveloped-signature"

struct resolved {
	const xmlNode *apex;     /* NULL: the whole document */
	bool enveloped, comments;
	struct xmldsig_form form;
};

static void
settle(struct xmldsig_reference *r, enum xmldsig_match match, const char *why)
{
	r->match = match;
	r->why = why;
}

/* --- where it leads --- */

static bool
has_id(const xmlNode *n, const char *id)
{
	static const char *const names[] = {"Id", "ID", "id"};

	for (const xmlAttr *a = n->properties; a != NULL; a = a->next) {
		bool named = false, xml = a->ns != NULL && strcmp((const char *)a->ns->href, "http://www.w3.org/XML/1998/namespace") == 0;
		xmlChar *value;
		bool is;

		for (size_t i = 0; i < 3; i++)
			named = named || ((a->ns == NULL || xml) && strcmp((const char *)a->name, names[i]) == 0);
		if (!named)
			continue;
		value = xmlNodeListGetString(n->doc, a->children, 1);
		is = value != NULL && strcmp((const char *)value, id) == 0;
		xmlFree(value);
		if (is)
			return true;
	}
	return false;
}

/* The only element with that Id. Two: nobody can say which one was meant (signature wrapping). */
static const xmlNode *
find_id(struct xmldsig *x, const char *id, size_t *count)
{
	xmlNodePtr root = xmlDocGetRootElement(x->doc);
	const xmlNode *found = NULL;

	*count = 0;
	for (xmlNodePtr n = root; n != NULL; n = xmldsig_walk(root, n))
		if (n->type == XML_ELEMENT_NODE && has_id(n, id)) {
			found = n;
			++*count;
		}
	return found;
}

static bool
is_inside(const xmlNode *n, const xmlNode *apex)
{
	while (n != NULL && n != apex)
		n = n->parent;
	return n != NULL;
}

/* False when it is settled already. */
static bool
resolve(struct xmldsig *x, const struct xmldsig_node *n, struct xmldsig_reference *r, struct resolved *to)
{
	size_t count = 0;

	if (r->uri[0] == '\0' || strcmp(r->uri, "#xpointer(/)") == 0) {
		r->what = XMLDSIG_WHOLE;
		r->path = xml_tree_path(xmlDocGetRootElement(x->doc), x->arena);
		to->comments = r->uri[0] != '\0';
		return true;
	}
	r->what = XMLDSIG_ELEMENT;
	if (strncmp(r->uri, "#xpointer", 9) == 0) {
		settle(r, XMLDSIG_REFUSED, "this XPointer is not allowed");
		return false;
	}
	if (!xmldsig_pay(x)) {
		settle(r, XMLDSIG_REFUSED, "too much would have to be read");
		return false;
	}
	to->apex = find_id(x, r->uri + 1, &count);
	if (count != 1) {
		settle(r, XMLDSIG_MISSING, count == 0 ? "there is no element with that Id" : "several elements have that Id");
		return false;
	}
	r->path = xml_tree_path(to->apex, x->arena);
	if (to->apex == n->properties)
		r->what = XMLDSIG_PROPERTIES;
	return true;
}

/* --- transforms --- */

static bool
read_transforms(struct xmldsig *x, const struct xmldsig_node *n, const xmlNode *reference, struct xmldsig_reference *r,
	struct resolved *to)
{
	const xmlNode *list = xml_tree_child(reference, n->ns, "Transforms");
	size_t count = 0;

	to->form.c14n = xml_c14n_find("http://www.w3.org/TR/2001/REC-xml-c14n-20010315");
	for (const xmlNode *t = xml_tree_child(list, n->ns, "Transform"); t != NULL; t = xml_tree_next(t, n->ns, "Transform")) {
		const char *uri = xml_tree_attribute(t, "Algorithm", x->arena);
		bool last = xml_tree_next(t, n->ns, "Transform") == NULL;

		if (uri != NULL && strcmp(uri, ENVELOPED) == 0 && r->what != XMLDSIG_OUTSIDE && count == 0) {
			to->enveloped = true;
		} else if (uri != NULL && xml_c14n_find(uri) != NULL && r->what != XMLDSIG_OUTSIDE && last) {
			to->form = xmldsig_form_of(x, t);
		} else {
			settle(r, XMLDSIG_REFUSED, "a transform is not allowed, or not in this place");
			return false;
		}
		if (++count > TRANSFORMS_MAX) {
			settle(r, XMLDSIG_REFUSED, "too many transforms");
			return false;
		}
	}
	return true;
}

/* --- digest --- */

struct hashing {
	EVP_MD_CTX *ctx;
	struct xmldsig *x;
};

static enum status
put_hash(void *arg, const void *p, size_t n)
{
	struct hashing *h = arg;

	h->x->canonical += n;
	if (h->x->canonical > XMLDSIG_CANONICAL_MAX)
		return STATUS_TOO_LARGE;
	return EVP_DigestUpdate(h->ctx, p, n) == 1 ? STATUS_OK : STATUS_INTERNAL;
}

static enum status
digest_inside(struct xmldsig *x, const struct xmldsig_node *n, const struct resolved *from, const EVP_MD *md, unsigned char *to,
	size_t *len)
{
	struct hashing h = {EVP_MD_CTX_new(), x};
	struct output out = {put_hash, &h};
	unsigned got = 0;
	enum status st = h.ctx != NULL && EVP_DigestInit_ex(h.ctx, md, NULL) == 1 ? STATUS_OK : STATUS_NO_MEMORY;

	if (st == STATUS_OK && !xmldsig_pay(x))
		st = STATUS_TOO_LARGE;
	if (st == STATUS_OK)
		st = xml_c14n_write(x->doc, from->apex, from->enveloped ? n->element : NULL, from->form.c14n, from->comments,
			from->form.inclusive, &out);
	if (st == STATUS_OK && EVP_DigestFinal_ex(h.ctx, to, &got) != 1)
		st = STATUS_INTERNAL;
	*len = got;
	EVP_MD_CTX_free(h.ctx);
	return st;
}

static enum status
digest_of_reference(struct xmldsig *x, const struct xmldsig_node *n, const struct xmldsig_reference *r, const struct resolved *from,
	unsigned char *to, size_t *len)
{
	const EVP_MD *md = EVP_get_digestbyname(r->digest_name);

	if (md == NULL)
		return STATUS_UNSUPPORTED;
	if (r->what == XMLDSIG_OUTSIDE)
		return x->outside->digest(x->outside->arg, r->uri, r->digest_name, to, len);
	return digest_inside(x, n, from, md, to, len);
}

static void
compare(struct xmldsig *x, const struct xmldsig_node *n, const xmlNode *reference, struct xmldsig_reference *r,
	const struct resolved *from)
{
	struct span wanted = xml_tree_base64(xml_tree_child(reference, n->ns, "DigestValue"), XMLDSIG_DIGEST, x->arena);
	unsigned char own[EVP_MAX_MD_SIZE];
	size_t len = sizeof(own);
	enum status st;

	if (r->digest_name == NULL || wanted.len == 0) {
		settle(r, XMLDSIG_REFUSED, r->digest_name == NULL ? "the digest algorithm is not known" : "the digest value is not readable");
		return;
	}
	st = digest_of_reference(x, n, r, from, own, &len);
	if (st == STATUS_NOT_FOUND)
		settle(r, XMLDSIG_MISSING, "it is not in the container");
	else if (st != STATUS_OK)
		settle(r, XMLDSIG_REFUSED, st == STATUS_TOO_LARGE ? "too much would have to be read" : "it cannot be read");
	else if (len != wanted.len || memcmp(own, wanted.data, len) != 0)
		settle(r, XMLDSIG_CHANGED, "it is not what was signed");
	else
		settle(r, XMLDSIG_MATCH, NULL);
}

/* --- all of them --- */

static void
read_reference(struct xmldsig *x, const struct xmldsig_node *n, const xmlNode *reference, struct xmldsig_reference *r,
	size_t *inside)
{
	const char *type = xml_tree_attribute(reference, "Type", x->arena);
	const char *method = xml_tree_attribute(xml_tree_child(reference, n->ns, "DigestMethod"), "Algorithm", x->arena);
	struct resolved to = {0};

	r->path = "";
	r->type = type != NULL ? type : "";
	r->digest_name = method != NULL ? xml_digest_name(method) : NULL;
	r->uri = xml_tree_attribute(reference, "URI", x->arena);
	if (r->uri == NULL) {
		r->uri = "";
		r->what = XMLDSIG_ELEMENT;
		settle(r, XMLDSIG_REFUSED, "a reference without URI");
		return;
	}
	if (r->uri[0] != '\0' && r->uri[0] != '#') {
		r->what = XMLDSIG_OUTSIDE;
		r->path = r->uri;
		if (x->outside == NULL) {
			settle(r, XMLDSIG_REFUSED, "it leads out of the document");
			return;
		}
	} else if (++*inside > INSIDE_MAX) {
		settle(r, XMLDSIG_REFUSED, "too many references into the document");
		return;
	} else if (!resolve(x, n, r, &to))
		return;
	if (!read_transforms(x, n, reference, r, &to))
		return;
	if (to.enveloped && to.apex != NULL && (to.apex == n->element || !is_inside(n->element, to.apex))) {
		settle(r, XMLDSIG_REFUSED, "it is called enveloping, but this signature is not in it");
		return;
	}
	compare(x, n, reference, r, &to);
}

const char *
xmldsig_references(struct xmldsig *x, const struct xmldsig_node *n, struct xmldsig_signature *s)
{
	size_t count = 0, inside = 0;

	for (const xmlNode *r = xml_tree_child(n->signed_info, n->ns, "Reference"); r != NULL; r = xml_tree_next(r, n->ns, "Reference"))
		count++;
	if (count == 0)
		return "the signature refers to nothing";
	if (count > XMLDSIG_REFERENCES)
		return "the signature has too many references";
	s->references = arena_alloc(x->arena, count * sizeof(*s->references));
	if (s->references == NULL)
		return "there is no memory for the references";
	for (const xmlNode *r = xml_tree_child(n->signed_info, n->ns, "Reference"); r != NULL; r = xml_tree_next(r, n->ns, "Reference")) {
		struct xmldsig_reference *to = &s->references[s->reference_count++];

		read_reference(x, n, r, to, &inside);
		if (to->what == XMLDSIG_PROPERTIES && to->match == XMLDSIG_MATCH)
			s->properties_signed = true;
	}
	return NULL;
}
