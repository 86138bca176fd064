/* xml_tree: hostile documents refused before they grow, places and values found by name and namespace, canonical XML by known octets. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/xml_tree.h"

static xmlDocPtr
tree(const char *text)
{
	size_t n = strlen(text), nodes;
	unsigned char *p = malloc(n ? n : 1);
	struct diag *diag = diag_new();
	xmlDocPtr doc = NULL;

	memcpy(p, text, n);
	if (xml_tree_read((struct span){p, n}, diag, &doc, &nodes) != STATUS_OK)
		fail_msg("%s: %s", text, diag_count(diag) > 0 ? diag_at(diag, 0)->code : "no finding");
	free(p);
	diag_free(diag);
	return doc;
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
		{"", "xml.malformed"},
		{"text", "xml.malformed"},
		{"<a>", "xml.malformed"},
		{"<a></b>", "xml.malformed"},
		{"<a/><b/>", "xml.malformed"},
		{"<a x='1' x='2'/>", "xml.malformed"},
		{"<a>&nbsp;</a>", "xml.malformed"},
		{"<a>\x01</a>", "xml.malformed"},
		{"<!DOCTYPE a><a/>", "xml.doctype"},
		{"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "xml.doctype"},
		{"<?xml version='1.0'?><!-- c --><!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "xml.doctype"},
		{"<?xml version='1.0' encoding='UTF-16'?><a/>", "xml.encoding"},
		{"\xff\xfe<a/>", "xml.encoding"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].text), nodes;
		unsigned char *p = malloc(n ? n : 1);
		struct diag *diag = diag_new();
		xmlDocPtr doc = NULL;

		memcpy(p, rows[i].text, n);
		if (xml_tree_read((struct span){p, n}, diag, &doc, &nodes) != STATUS_INVALID || !diag_has(diag, rows[i].code) || doc != NULL)
			fail_msg("%s: %s", rows[i].text, diag_count(diag) > 0 ? diag_at(diag, 0)->code : "no finding");
		free(p);
		diag_free(diag);
	}
}

/* `count` times `one` between a start and an end. */
static enum status
read_many(const char *start, const char *one, size_t count, const char *end, struct diag *diag)
{
	struct buf b;
	xmlDocPtr doc = NULL;
	size_t nodes;
	enum status st;

	buf_init(&b, (size_t)16 << 20);
	buf_put_str(&b, start);
	for (size_t i = 0; i < count; i++)
		buf_put_str(&b, one);
	buf_put_str(&b, end);
	assert_int_equal(buf_status(&b), STATUS_OK);
	st = xml_tree_read((struct span){b.data, b.len}, diag, &doc, &nodes);
	xmlFreeDoc(doc);
	buf_free(&b);
	return st;
}

/* Elements in each other, `depth` of them. */
static enum status
read_deep(size_t depth, struct diag *diag)
{
	struct buf b;
	xmlDocPtr doc = NULL;
	size_t nodes;
	enum status st;

	buf_init(&b, (size_t)16 << 20);
	for (size_t i = 0; i < depth; i++)
		buf_put_str(&b, "<a>");
	for (size_t i = 0; i < depth; i++)
		buf_put_str(&b, "</a>");
	st = xml_tree_read((struct span){b.data, b.len}, diag, &doc, &nodes);
	if (st == STATUS_OK)
		assert_int_equal(nodes, depth);
	xmlFreeDoc(doc);
	buf_free(&b);
	return st;
}

static void
test_limits(void **state)
{
	struct diag *diag = diag_new();
	struct buf names;

	(void)state;
	assert_int_equal(read_deep(XML_TREE_DEPTH, diag), STATUS_OK);
	assert_int_equal(read_deep(XML_TREE_DEPTH + 1, diag), STATUS_INVALID);
	assert_true(diag_has(diag, "xml.limit.depth"));
	assert_int_equal(read_deep(200000, NULL), STATUS_INVALID); /* and the stack stays */
	assert_int_equal(read_many("<a>", "<b/>", XML_TREE_NODES - 1, "</a>", diag), STATUS_OK);
	assert_int_equal(read_many("<a>", "<b/>", XML_TREE_NODES, "</a>", diag), STATUS_INVALID);
	assert_true(diag_has(diag, "xml.limit.elements"));
	assert_int_equal(read_many("<a>", "<b c=''/>", XML_TREE_NODES / 2, "</a>", NULL), STATUS_INVALID); /* attributes count too */
	for (unsigned more = 0; more < 2; more++) {
		buf_init(&names, 100000);
		buf_put_str(&names, "<a");
		for (unsigned i = 0; i < XML_TREE_NAMESPACES + more; i++)
			buf_printf(&names, " xmlns:n%u='urn:%u'", i, i);
		buf_put_str(&names, "/>");
		assert_int_equal(read_many(buf_str(&names), "", 0, "", diag), more ? STATUS_INVALID : STATUS_OK);
		buf_free(&names);
	}
	assert_true(diag_has(diag, "xml.limit.attributes"));
	assert_int_equal(read_many("<a x='", "y", 70000, "'/>", NULL), STATUS_INVALID); /* a tag of 70,000 bytes */
	diag_free(diag);
}

static void
test_finding(void **state)
{
	xmlDocPtr doc = tree("<r xmlns='urn:1' xmlns:p='urn:2'>t<a/><p:a n='1'/><!-- <p:b/> --><p:a n='2'><p:a n='3'/></p:a><q xmlns=''/></r>");
	xmlNodePtr root = xmlDocGetRootElement(doc), n;
	struct arena *a = arena_new(10000);

	(void)state;
	assert_true(xml_tree_is(root, "urn:1", "r"));
	assert_false(xml_tree_is(root, "", "r"));
	assert_false(xml_tree_is(root, "urn:1", "R"));
	n = xml_tree_child(root, "urn:2", "a");
	assert_string_equal(xml_tree_attribute(n, "n", a), "1");
	assert_string_equal(xml_tree_path(n, a), "/r/a[2]"); /* among siblings of that name, whatever their namespace */
	n = xml_tree_next(n, "urn:2", "a");
	assert_string_equal(xml_tree_attribute(n, "n", a), "2");
	assert_null(xml_tree_next(n, "urn:2", "a")); /* siblings only */
	assert_string_equal(xml_tree_path(xml_tree_child(n, "urn:2", "a"), a), "/r/a[3]/a");
	assert_null(xml_tree_child(root, "urn:2", "b")); /* in a comment */
	assert_non_null(xml_tree_child(root, "", "q"));
	assert_null(xml_tree_child(root, "urn:1", "q"));
	assert_null(xml_tree_child(NULL, "", "q"));
	assert_string_equal(xml_tree_ns(xml_tree_child(root, "", "q")), "");
	assert_null(xml_tree_attribute(n, "m", a));
	assert_null(xml_tree_attribute(NULL, "m", a));
	assert_null(xml_tree_text(NULL, a));
	arena_free(a);
	xmlFreeDoc(doc);
}

static void
test_values(void **state)
{
	static const struct {
		const char *xml, *text;
		size_t max, len;
		const char *bytes;
	} rows[] = {
		{"<a> \n x y\t</a>", "x y", 100, 0, NULL},
		{"<a/>", "", 100, 0, NULL},
		{"<a>Zm9v</a>", "Zm9v", 100, 3, "foo"},
		{"<a>\n Zm\r\n9v </a>", NULL, 100, 3, "foo"},
		{"<a>Zm9v</a>", "Zm9v", 3, 3, "foo"},
		{"<a>Zm9v</a>", "Zm9v", 2, 0, NULL},
		{"<a>Z<!-- x -->m9<![CDATA[v]]></a>", "Zm9v", 100, 3, "foo"},
		{"<a>Zm9</a>", "Zm9", 100, 0, NULL},
		{"<a>Zm9v!</a>", "Zm9v!", 100, 0, NULL},
		{"<a>====</a>", "====", 100, 0, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(10000);
		xmlDocPtr doc = tree(rows[i].xml);
		xmlNodePtr root = xmlDocGetRootElement(doc);
		struct span s = xml_tree_base64(root, rows[i].max, a);

		if (s.len != rows[i].len || (s.len > 0 && memcmp(s.data, rows[i].bytes, s.len) != 0))
			fail_msg("%s: %zu bytes", rows[i].xml, s.len);
		if (rows[i].text != NULL)
			assert_string_equal(xml_tree_text(root, a), rows[i].text);
		xmlFreeDoc(doc);
		arena_free(a);
	}
}

/* The octets that a signature covers: Canonical XML 1.0 and exclusive, of the whole, of a part, and without a part. */
static void
test_c14n(void **state)
{
#define C14N "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define EXCLUSIVE "http://www.w3.org/2001/10/xml-exc-c14n#"
	static const char text[] = "<?xml version='1.0'?>\n<r  xmlns:p='urn:p' xmlns='urn:d' ><!-- c --><e b = '2' a='1'/><p:f>&lt;x&#13;</p:f><s>gone</s></r>\n";
	static const struct {
		const char *form, *apex, *without;
		bool comments;
		const char *wanted;
	} rows[] = {
		{C14N, NULL, NULL, true,
			"<r xmlns=\"urn:d\" xmlns:p=\"urn:p\"><e a=\"1\" b=\"2\"></e><p:f>&lt;x&#xD;</p:f><s>gone</s></r>"},
		{C14N "#WithComments", NULL, NULL, true,
			"<r xmlns=\"urn:d\" xmlns:p=\"urn:p\"><!-- c --><e a=\"1\" b=\"2\"></e><p:f>&lt;x&#xD;</p:f><s>gone</s></r>"},
		{C14N "#WithComments", NULL, NULL, false,
			"<r xmlns=\"urn:d\" xmlns:p=\"urn:p\"><e a=\"1\" b=\"2\"></e><p:f>&lt;x&#xD;</p:f><s>gone</s></r>"},
		{C14N, NULL, "s", false, "<r xmlns=\"urn:d\" xmlns:p=\"urn:p\"><e a=\"1\" b=\"2\"></e><p:f>&lt;x&#xD;</p:f></r>"},
		{C14N, "e", NULL, false, "<e xmlns=\"urn:d\" xmlns:p=\"urn:p\" a=\"1\" b=\"2\"></e>"},
		{EXCLUSIVE, "e", NULL, false, "<e xmlns=\"urn:d\" a=\"1\" b=\"2\"></e>"},
		{EXCLUSIVE, NULL, "e", false, "<r xmlns=\"urn:d\"><p:f xmlns:p=\"urn:p\">&lt;x&#xD;</p:f><s>gone</s></r>"},
		{"http://www.w3.org/2006/12/xml-c14n11", "s", NULL, false, "<s xmlns=\"urn:d\" xmlns:p=\"urn:p\">gone</s>"},
		{C14N, "s", "s", false, ""},
	};
	xmlDocPtr doc = tree(text);
	xmlNodePtr root = xmlDocGetRootElement(doc);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct xml_c14n *form = xml_c14n_find(rows[i].form);
		struct output to;
		struct buf b;

		assert_non_null(form);
		buf_init(&b, 10000);
		to = output_buf(&b);
		assert_int_equal(xml_c14n_write(doc, rows[i].apex != NULL ? xml_tree_child(root, "urn:d", rows[i].apex) : NULL,
					 rows[i].without != NULL ? xml_tree_child(root, "urn:d", rows[i].without) : NULL, form,
					 rows[i].comments, NULL, &to),
			STATUS_OK);
		if (strcmp(buf_str(&b), rows[i].wanted) != 0)
			fail_msg("row %zu: %s", i, buf_str(&b));
		buf_free(&b);
		buf_init(&b, 5); /* the error of the output comes out, whatever was written */
		to = output_buf(&b);
		if (rows[i].wanted[0] != '\0')
			assert_int_equal(xml_c14n_write(doc, NULL, NULL, form, false, NULL, &to), STATUS_TOO_LARGE);
		buf_free(&b);
	}
	assert_null(xml_c14n_find(NULL));
	assert_null(xml_c14n_find(""));
	assert_null(xml_c14n_find(C14N "#withcomments"));
	assert_null(xml_c14n_find("http://www.w3.org/TR/1999/REC-xslt-19991116"));
	xmlFreeDoc(doc);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_finding),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_c14n),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
