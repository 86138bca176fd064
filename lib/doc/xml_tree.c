/* xml_tree: see xml_tree.h. */
#include "lib/doc/xml_tree.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <libxml/c14n.h>
#include <libxml/parser.h>

#include "lib/doc/base64_stream.h"
#include "lib/doc/xml_guard.h"

#define TAG_MAX 65536u
#define SPACE " \t\r\n"

/* --- reading --- */

static void
quiet(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

static enum status
refuse(struct diag *diag, const char *code, const char *where, const char *got, const char *want)
{
	diag_error(diag, code, where, got, want);
	return STATUS_INVALID;
}

/* Namespace declarations: canonicalizing compares each with all that are in scope. */
static bool
has_few_namespaces(const xmlNode *n, size_t *total)
{
	size_t own = 0;

	for (const xmlNs *ns = n->type == XML_ELEMENT_NODE ? n->nsDef : NULL; ns != NULL; ns = ns->next)
		own++;
	*total += own;
	return own <= XML_TREE_NAMESPACES && *total <= XML_TREE_NODES / 5;
}

/* Depth and number of nodes, without recursion. */
static enum status
check_size(xmlDocPtr doc, struct diag *diag, size_t *count_out)
{
	xmlNodePtr n = xmlDocGetRootElement(doc);
	size_t depth = 1, count = 0, namespaces = 0;

	*count_out = 0;

	while (n != NULL) {
		if (!has_few_namespaces(n, &namespaces))
			return refuse(diag, "xml.limit.attributes", "/", NULL, NULL);
		if (++count > XML_TREE_NODES)
			return refuse(diag, "xml.limit.elements", "/", NULL, NULL);
		for (const xmlAttr *a = n->type == XML_ELEMENT_NODE ? n->properties : NULL; a != NULL; a = a->next)
			if (++count > XML_TREE_NODES)
				return refuse(diag, "xml.limit.elements", "/", NULL, NULL);
		if (n->type == XML_ELEMENT_NODE && n->children != NULL) {
			if (++depth > XML_TREE_DEPTH)
				return refuse(diag, "xml.limit.depth", "/", NULL, NULL);
			n = n->children;
			continue;
		}
		while (n != NULL && n->next == NULL) {
			n = n->parent;
			if (n == NULL || n->type != XML_ELEMENT_NODE) {
				*count_out = count + namespaces;
				return STATUS_OK;
			}
			depth--;
		}
		if (n != NULL)
			n = n->next;
	}
	*count_out = count + namespaces;
	return STATUS_OK;
}

enum status
xml_tree_read(struct span document, struct diag *diag, xmlDocPtr *out, size_t *nodes_out)
{
	const char *bad = xml_guard_encoding(document);
	struct xml_guard guard;
	xmlParserCtxtPtr parser;
	xmlDocPtr doc;
	char where[32];
	enum status st;

	xml_guard_begin(&guard, TAG_MAX);
	if (bad == NULL)
		bad = xml_guard_put(&guard, document);
	if (bad != NULL)
		return refuse(diag, bad, "/", NULL, NULL);
	if (document.len > INT_MAX || (parser = xmlNewParserCtxt()) == NULL)
		return STATUS_NO_MEMORY;
	/* HUGE: attachments are long texts; how much there is of anything else is bounded here */
	parser->sax->serror = quiet;
	doc = xmlCtxtReadMemory(parser, (const char *)document.data, (int)document.len, NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_HUGE | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	snprintf(where, sizeof(where), "/:%d", parser->input != NULL ? parser->input->line : 0);
	xmlFreeParserCtxt(parser);
	if (doc == NULL)
		return refuse(diag, "xml.malformed", where, NULL, NULL);
	st = xmlGetIntSubset(doc) != NULL ? refuse(diag, "xml.doctype", "/", NULL, NULL) : check_size(doc, diag, nodes_out);
	if (st != STATUS_OK) {
		xmlFreeDoc(doc);
		return st;
	}
	*out = doc;
	return STATUS_OK;
}

/* --- looking around --- */

const char *
xml_tree_ns(const xmlNode *n)
{
	return n->ns != NULL && n->ns->href != NULL ? (const char *)n->ns->href : "";
}

bool
xml_tree_is(const xmlNode *n, const char *ns, const char *local)
{
	return n->type == XML_ELEMENT_NODE && strcmp((const char *)n->name, local) == 0 && strcmp(xml_tree_ns(n), ns) == 0;
}

static xmlNodePtr
find_from(xmlNodePtr n, const char *ns, const char *local)
{
	while (n != NULL && !xml_tree_is(n, ns, local))
		n = n->next;
	return n;
}

xmlNodePtr
xml_tree_child(const xmlNode *parent, const char *ns, const char *local)
{
	return parent != NULL ? find_from(parent->children, ns, local) : NULL;
}

xmlNodePtr
xml_tree_next(const xmlNode *n, const char *ns, const char *local)
{
	return find_from(n->next, ns, local);
}

static const char *
keep(xmlChar *text, struct arena *arena)
{
	const char *s = (const char *)text, *kept = NULL;
	size_t n;

	if (s != NULL) {
		s += strspn(s, SPACE);
		n = strlen(s);
		while (n > 0 && strchr(SPACE, s[n - 1]) != NULL)
			n--;
		kept = arena_strndup(arena, s, n);
	}
	xmlFree(text);
	return kept;
}

const char *
xml_tree_text(const xmlNode *n, struct arena *arena)
{
	return n != NULL ? keep(xmlNodeGetContent(n), arena) : NULL;
}

const char *
xml_tree_attribute(const xmlNode *n, const char *name, struct arena *arena)
{
	return n != NULL ? keep(xmlGetNoNsProp(n, (const xmlChar *)name), arena) : NULL;
}

struct span
xml_tree_base64(const xmlNode *n, size_t max, struct arena *arena)
{
	xmlChar *text = n != NULL ? xmlNodeGetContent(n) : NULL;
	struct span none = {NULL, 0}, out = none;
	struct base64_decoder d;
	struct buf bytes;

	if (text == NULL)
		return none;
	buf_init(&bytes, max);
	base64_decode_begin(&d, output_buf(&bytes));
	if (base64_decode_put(&d, (const char *)text, strlen((const char *)text)) == STATUS_OK && base64_decode_end(&d) == STATUS_OK &&
		d.fault == BASE64_GOOD && bytes.len > 0) {
		unsigned char *kept = arena_alloc(arena, bytes.len);

		if (kept != NULL) {
			memcpy(kept, bytes.data, bytes.len);
			out = (struct span){kept, bytes.len};
		}
	}
	buf_free(&bytes);
	xmlFree(text);
	return out;
}

const char *
xml_tree_path(const xmlNode *n, struct arena *arena)
{
	const xmlNode *stack[XML_TREE_DEPTH + 1];
	size_t depth = 0;
	struct buf b;
	const char *out;

	for (; n != NULL && n->type == XML_ELEMENT_NODE && depth <= XML_TREE_DEPTH; n = n->parent)
		stack[depth++] = n;
	buf_init(&b, 4096);
	while (depth-- > 0) {
		const xmlNode *at = stack[depth];
		unsigned before = 0;

		for (const xmlNode *s = at->prev; s != NULL; s = s->prev)
			before += s->type == XML_ELEMENT_NODE && strcmp((const char *)s->name, (const char *)at->name) == 0;
		buf_printf(&b, "/%.64s", (const char *)at->name);
		if (before > 0)
			buf_printf(&b, "[%u]", before + 1);
	}
	out = arena_strdup(arena, buf_status(&b) == STATUS_OK ? buf_str(&b) : "/");
	buf_free(&b);
	return out;
}

/* --- canonical XML --- */

const struct xml_c14n *
xml_c14n_find(const char *uri)
{
	static const struct xml_c14n forms[] = {
		{"http://www.w3.org/TR/2001/REC-xml-c14n-20010315", XML_C14N_1_0, false},
		{"http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments", XML_C14N_1_0, true},
		{"http://www.w3.org/2006/12/xml-c14n11", XML_C14N_1_1, false},
		{"http://www.w3.org/2006/12/xml-c14n11#WithComments", XML_C14N_1_1, true},
		{"http://www.w3.org/2001/10/xml-exc-c14n#", XML_C14N_EXCLUSIVE_1_0, false},
		{"http://www.w3.org/2001/10/xml-exc-c14n#WithComments", XML_C14N_EXCLUSIVE_1_0, true},
	};

	for (size_t i = 0; uri != NULL && i < sizeof(forms) / sizeof(forms[0]); i++)
		if (strcmp(forms[i].uri, uri) == 0)
			return &forms[i];
	return NULL;
}

struct selection {
	const xmlNode *apex, *without;
};

/* libxml2 asks for each node, attribute and namespace declaration; parent is given for the latter two. */
static int
is_selected(void *arg, xmlNodePtr node, xmlNodePtr parent)
{
	const struct selection *s = arg;
	bool inside = s->apex == NULL;

	for (const xmlNode *n = node->type == XML_NAMESPACE_DECL || node->type == XML_ATTRIBUTE_NODE ? parent : node; n != NULL;
		n = n->parent) {
		if (n == s->without)
			return 0;
		inside = inside || n == s->apex;
	}
	return inside;
}

struct sink {
	const struct output *to;
	enum status status;
};

static int
sink_write(void *arg, const char *bytes, int n)
{
	struct sink *s = arg;

	if (s->status == STATUS_OK)
		s->status = output_put(s->to, bytes, (size_t)n);
	return s->status == STATUS_OK ? n : -1;
}

static int
sink_close(void *arg)
{
	(void)arg;
	return 0;
}

enum status
xml_c14n_write(xmlDocPtr doc, const xmlNode *apex, const xmlNode *without, const struct xml_c14n *form, bool comments,
	xmlChar **inclusive, const struct output *to)
{
	struct selection selection = {apex, without};
	struct sink sink = {to, STATUS_OK};
	xmlOutputBufferPtr buffer = xmlOutputBufferCreateIO(sink_write, sink_close, &sink, NULL);
	xmlStructuredErrorFunc before = xmlStructuredError;
	void *before_arg = xmlStructuredErrorContext;
	int done, closed;

	if (buffer == NULL)
		return STATUS_NO_MEMORY;
	xmlSetStructuredErrorFunc(NULL, quiet); /* its only way to be silent; of this thread */
	done = xmlC14NExecute(doc, is_selected, &selection, form->mode, inclusive, comments && form->comments, buffer);
	closed = xmlOutputBufferClose(buffer);
	xmlSetStructuredErrorFunc(before_arg, before);
	if (sink.status != STATUS_OK)
		return sink.status;
	return done >= 0 && closed >= 0 ? STATUS_OK : STATUS_INVALID;
}
