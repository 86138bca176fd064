/* xml: what must never get through (DOCTYPE, entities, encodings, limits), and how places and
 * pieces are told. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/xml.h"
#include "lib/doc/xml_guard.h"
#include "lib/doc/xml_write.h"

static const struct xml_limits limits = {
	.depth = 8, .elements = 50, .attributes = 4, .tag = 200, .text = 100};

/* Writes what it hears into a buffer. */
struct heard {
	struct buf b;
	const char *stop_at;
};

static enum xml_take
on_begin(void *arg, struct xml *x, const char *ns, const char *local)
{
	struct heard *h = arg;
	char *a = xml_attribute(x, NULL, "a");

	buf_printf(&h->b, "<%s|%s%s%s>", ns, local, a != NULL ? " a=" : "", a != NULL ? a : "");
	free(a);
	if (h->stop_at != NULL && strcmp(local, h->stop_at) == 0)
		xml_stop(x, STATUS_CANCELLED);
	return strcmp(local, "s") == 0    ? XML_TAKE_STREAM
		: strcmp(local, "n") == 0 ? XML_TAKE_NOTHING
					  : XML_TAKE_TEXT;
}

static void
on_piece(void *arg, struct xml *x, const char *s, size_t n)
{
	struct heard *h = arg;

	(void)x;
	buf_put(&h->b, s, n);
}

static void
on_end(void *arg, struct xml *x, const char *text, size_t len)
{
	struct heard *h = arg;

	assert_int_equal(strlen(text), len);
	buf_printf(&h->b, "%s=%s;", xml_where(x), text);
}

static const struct xml_handler handler = {on_begin, on_piece, on_end};

static enum status
hear(const char *doc, size_t len, struct heard *h, struct diag *diag)
{
	buf_init(&h->b, 1 << 20);
	return xml_read(
		(struct span){(const unsigned char *)doc, len}, &limits, NULL, &handler, h, diag);
}

static void
test_events(void **state)
{
	static const char doc[] =
		"<r xmlns='u'><t a='1'>x &lt; <![CDATA[&]]>&#7857;</t>\n<t>y</t><s>p<!-- c -->q</s>"
		"<n>dropped</n><m>lost<t/>lost</m></r>";
	struct heard h = {.stop_at = NULL};

	(void)state;
	assert_int_equal(hear(doc, strlen(doc), &h, NULL), STATUS_OK);
	assert_string_equal(buf_str(&h.b),
		"<u|r><u|t a=1>/r/t:1=x < "
		"&\xe1\xba\xb1;<u|t>/r/t[2]:2=y;<u|s>pq/r/s:2=;<u|n>/r/n:2=;"
		"<u|m><u|t>/r/m/t:2=;/r/m:2=;/r:2=;");
	buf_free(&h.b);
}

static void
test_stop(void **state)
{
	struct heard h = {.stop_at = "t"};

	(void)state;
	assert_int_equal(hear("<r><t/><u/></r>", 15, &h, NULL), STATUS_CANCELLED);
	assert_string_equal(buf_str(&h.b), "<|r><|t>");
	buf_free(&h.b);
}

/* A document too regular to write out: head, n times body, tail. */
static char *
repeat(const char *head, const char *body, size_t n, const char *tail)
{
	struct buf b;

	buf_init(&b, 32 << 20);
	buf_put_str(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_put_str(&b, body);
	buf_put_str(&b, tail);
	return (char *)buf_steal(&b, NULL);
}

static void
refused(const char *doc, size_t len, const char *code)
{
	struct heard h = {.stop_at = NULL};
	struct diag *diag = diag_new();

	assert_int_equal(hear(doc, len, &h, diag), STATUS_INVALID);
	if (!diag_has(diag, code))
		print_message("# %.60s: %s, not %s\n", doc,
			diag_count(diag) ? diag_at(diag, 0)->code : "-", code);
	assert_true(diag_has(diag, code));
	assert_int_equal(diag_count(diag), 1);
	buf_free(&h.b);
	diag_free(diag);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *doc, *code;
	} rows[] = {
		{"<!DOCTYPE r><r/>", "xml.doctype"},
		{"<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>", "xml.doctype"},
		{"<?xml version='1.0'?><!-- <r> --><!DOCTYPE r SYSTEM 'file:///etc/passwd'><r/>",
			"xml.doctype"},
		{"<r><!ENTITY a 'b'></r>", "xml.doctype"},
		{"<r>&a;</r>", "xml.malformed"},
		{"<r>", "xml.malformed"},
		{"", "xml.malformed"},
		{"  <r/>", "xml.malformed"},
		{"<r/><r/>", "xml.malformed"},
		{"<p:r/>", "xml.malformed"},
		{"<r a='1' a='2'/>", "xml.malformed"},
		{"<r>\xff</r>", "xml.malformed"},
		{"<r>\xed\xa0\x80</r>", "xml.malformed"},
		{"<r>&#0;</r>", "xml.malformed"},
		{"<r><![CDATA[x</r>", "xml.malformed"},
		{"<r><!-- x </r>", "xml.malformed"},
		{"<?xml version='1.0' encoding='UTF-16'?><r/>", "xml.encoding"},
		{"<?xml version='1.0' encoding='UTF-7'?><r/>", "xml.encoding"},
		{"<?xml version='1.0' encoding='windows-1258'?><r/>", "xml.encoding"},
		{"<?xml version='1.0' encoding='", "xml.malformed"},
		{"\xff\xfe<\0r\0/\0>\0", "xml.encoding"},
		{"<a><b><c><d><e><f><g><h><i/></h></g></f></e></d></c></b></a>", "xml.limit.depth"},
		{"<r a='1' b='2' c='3' d='4' e='5'/>", "xml.limit.attributes"},
		{"<r xmlns:a='1' xmlns:b='2' xmlns:c='3' xmlns:d='4' xmlns:e='5'/>",
			"xml.limit.attributes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		refused(rows[i].doc, rows[i].doc[0] == '\xff' ? 10 : strlen(rows[i].doc),
			rows[i].code);
}

static void
test_refused_by_size(void **state)
{
	const struct {
		const char *head, *body;
		size_t n;
		const char *tail, *code;
	} rows[] = {
		{"<r>", "<a/>", 50, "</r>", "xml.limit.elements"},
		{"<r>", "<a/>", 3000000, "</r>", "xml.limit.elements"},
		{"<r>", "x", 101, "</r>", "xml.limit.text"},
		{"<r><n>", "x", 101, "</n></r>", "xml.limit.text"},
		{"<r><![CDATA[", "x", 101, "]]></r>", "xml.limit.text"},
		{"<r a='", "x", 300, "'/>", "xml.limit.tag"},
		{"<r a='", "x", 20000000, "", "xml.limit.tag"},
		{"<", "r", 300, "/>", "xml.limit.tag"},
		{"<r><!--", "x", 300, "--></r>", "xml.limit.tag"},
		{"<r><!--", "x", 20000000, "", "xml.limit.tag"},
		{"<r><?p ", "x", 300, "?></r>", "xml.limit.tag"},
		{"", "<a>", 1000000, "", "xml.limit.depth"},
		{"<r>&", "a", 1000000, ";</r>", "xml.malformed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *doc = repeat(rows[i].head, rows[i].body, rows[i].n, rows[i].tail);

		refused(doc, strlen(doc), rows[i].code);
		free(doc);
	}
}

/* The text of a streamed element may be of any size, in text or CDATA. */
static void
test_stream_is_unlimited(void **state)
{
	static const char *const heads[] = {"<r><s>", "<r><s><![CDATA["},
				 *const tails[] = {"</s></r>", "]]></s></r>"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *doc = repeat(heads[i], "0123456789", 90000, tails[i]);
		struct heard h = {.stop_at = NULL};

		assert_int_equal(hear(doc, strlen(doc), &h, NULL), STATUS_OK);
		assert_int_equal(h.b.len, strlen("<|r><|s>") + 900000 + strlen("/r/s:1=;/r:1=;"));
		buf_free(&h.b);
		free(doc);
	}
}

/* Wherever a document is cut into pieces, the guard says the same. */
static void
test_guard_in_pieces(void **state)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
		{"<a b='>'>x<!-- <!DOCTYPE --><![CDATA[<!DOCTYPE ]]]]><?p <!DOCTYPE ?></a>", NULL},
		{"<a><!-- - -- ---><b/></a><!DOCTYPE a>", "xml.doctype"},
		{"<a><![CDATA[ ]] ]]><!ENTITY", "xml.doctype"},
		{"<![CDATX", "xml.doctype"},
		{"<!-x", "xml.doctype"},
		{"<?p ?"
		 "?"
		 "?><!D",
			"xml.doctype"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		for (size_t cut = 1; cut <= strlen(rows[i].text); cut++) {
			const unsigned char *text = (const unsigned char *)rows[i].text;
			const char *bad = NULL;
			struct xml_guard g;

			xml_guard_begin(&g, 100);
			for (size_t at = 0; at < strlen(rows[i].text) && bad == NULL; at += cut)
				bad = xml_guard_put(&g,
					(struct span){text + at,
						at + cut < strlen(rows[i].text)
							? cut
							: strlen(rows[i].text) - at});
			if (rows[i].code == NULL)
				assert_null(bad);
			else
				assert_string_equal(bad, rows[i].code);
		}
}

static void
test_schema(void **state)
{
	static const char xsd[] =
		"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'><xs:element "
		"name='r'><xs:complexType><xs:all>"
		"<xs:element name='d'><xs:simpleType><xs:restriction base='xs:string'><xs:pattern "
		"value='[0-9]+'/>"
		"</xs:restriction></xs:simpleType></xs:element><xs:element name='s' "
		"type='xs:string'/></xs:all>"
		"</xs:complexType></xs:element></xs:schema>";
	static const struct {
		const char *doc, *code, *where;
	} rows[] = {
		{"<r><d>1</d><s>any</s></r>", NULL, NULL},
		{"<r><s/><d>1</d></r>", NULL, NULL},
		{"<r>\n<d>x</d><s/></r>", "xml.schema.value", "/r/d:2"},
		{"<r><d>1</d><z/></r>", "xml.schema.element", "/r/z:1"},
		{"<r><d>1</d></r>", "xml.schema.element", "/r:1"},
		{"<r a='1'><d>1</d><s/></r>", "xml.schema.attribute", "/r:1"},
		{"<q/>", "xml.schema.element", "/q:1"},
	};
	char path[] = "/tmp/congvan-xsd-XXXXXX";
	int fd = mkstemp(path);
	struct xml_schema *schema;

	(void)state;
	assert_int_equal(write(fd, xsd, strlen(xsd)), strlen(xsd));
	close(fd);
	assert_int_equal(xml_schema_load(path, NULL, &schema), STATUS_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct heard h = {.stop_at = NULL};
		struct diag *diag = diag_new();

		buf_init(&h.b, 10000);
		assert_int_equal(xml_read((struct span){(const unsigned char *)rows[i].doc,
						  strlen(rows[i].doc)},
					 &limits, schema, &handler, &h, diag),
			STATUS_OK);
		assert_int_equal(diag_count(diag), rows[i].code != NULL);
		if (rows[i].code != NULL) {
			assert_string_equal(diag_at(diag, 0)->code, rows[i].code);
			assert_string_equal(diag_at(diag, 0)->where, rows[i].where);
		}
		buf_free(&h.b);
		diag_free(diag);
	}
	xml_schema_free(schema);
	unlink(path);
	assert_int_equal(xml_schema_load(path, NULL, &schema), STATUS_IO);
}

static void
test_write(void **state)
{
	struct buf b;
	struct xml_writer w = {&b, "p:", 0};

	(void)state;
	buf_init(&b, 1000);
	xml_write_open(&w, "a", " v=\"1\"");
	xml_write_leaf(&w, "b", "x & <y>\x01\r\n\xc4\x91");
	xml_write_leaf(&w, "c", NULL);
	xml_write_close(&w, "a");
	assert_string_equal(buf_str(&b),
		"<p:a v=\"1\">\n  <p:b>x &amp; &lt;y&gt;&#13;\n\xc4\x91</p:b>\n</p:a>\n");
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_refused_by_size),
		cmocka_unit_test(test_stream_is_unlimited),
		cmocka_unit_test(test_guard_in_pieces),
		cmocka_unit_test(test_schema),
		cmocka_unit_test(test_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
