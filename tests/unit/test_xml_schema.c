/* xml_schema: schemas that load and those that do not, and each kind of error told once, from events driven by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/xml_schema.h"

#define XS "<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema' targetNamespace='urn:t' xmlns='urn:t' elementFormDefault='qualified'>"

static char path[] = "/tmp/test_xml_schema.XXXXXX";

static enum status
load(const char *text, size_t n, struct diag *diag, struct xml_schema **out)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	fclose(f);
	*out = NULL;
	return xml_schema_load(path, diag, out);
}

static void
test_load_refused(void **state)
{
	static const char *const texts[] = {"", "no XML", "<a/>", XS, XS "<xs:element/></xs:schema>", XS "<xs:element name='a' type='Gone'/></xs:schema>"};
	char *large = malloc((2u << 20) + 1);
	struct xml_schema *s;
	struct diag *diag;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		diag = diag_new();
		if (load(texts[i], strlen(texts[i]), diag, &s) != STATUS_INVALID || s != NULL || !diag_has(diag, "xml.schema.load"))
			fail_msg("'%s': %zu findings", texts[i], diag_count(diag));
		diag_free(diag);
	}
	diag = diag_new();
	memset(large, ' ', 2u << 20);
	assert_int_equal(load(large, 2u << 20, diag, &s), STATUS_INVALID);
	assert_true(diag_has(diag, "xml.schema.load"));
	diag_free(diag);
	free(large);
	diag = diag_new();
	assert_int_equal(xml_schema_load("/nonexistent/a.xsd", diag, &s), STATUS_IO);
	assert_true(diag_has(diag, "xml.schema.load"));
	diag_free(diag);
	xml_schema_free(NULL);
	xml_validation_free(NULL);
}

/* What was told, as "code;code;". */
static void
on_error(void *arg, const char *code, const char *got, const char *want)
{
	(void)got;
	(void)want;
	buf_printf(arg, "%s;", code);
}

static void
begin(struct xml_validation *v, const char *local, const char *attribute, const char *value)
{
	const xmlChar *list[5] = {(const xmlChar *)attribute, NULL, NULL, (const xmlChar *)value,
		(const xmlChar *)value + (value != NULL ? strlen(value) : 0)};

	xml_validation_begin(v, (const xmlChar *)local, NULL, (const xmlChar *)"urn:t", 0, NULL, attribute != NULL, 0,
		attribute != NULL ? list : NULL);
}

static void
end(struct xml_validation *v, const char *local)
{
	xml_validation_end(v, (const xmlChar *)local, NULL, (const xmlChar *)"urn:t");
}

/* <r><LOCAL ATTRIBUTE=VALUE>TEXT</LOCAL>…</r>, `times` of it. */
static void
test_errors(void **state)
{
	static const char schema[] = XS
		"<xs:element name='r'><xs:complexType><xs:sequence><xs:element name='n' minOccurs='1' maxOccurs='2'><xs:complexType><xs:simpleContent>"
		"<xs:extension base='Digit'><xs:attribute name='a' type='xs:integer'/></xs:extension></xs:simpleContent></xs:complexType></xs:element>"
		"</xs:sequence></xs:complexType></xs:element>"
		"<xs:simpleType name='Digit'><xs:restriction base='xs:string'><xs:pattern value='[0-9]'/></xs:restriction></xs:simpleType></xs:schema>";
	static const struct {
		const char *root, *local, *attribute, *value, *text;
		unsigned times;
		const char *told;
	} rows[] = {
		{"r", "n", NULL, NULL, "5", 1, ""},
		{"r", "n", "a", "17", "5", 2, ""},
		{"r", "n", NULL, NULL, "x", 1, "xml.schema.value;"},
		{"r", "n", NULL, NULL, "", 1, "xml.schema.value;"},
		{"r", "n", NULL, NULL, "x", 2, "xml.schema.value;xml.schema.value;"},
		{"r", "n", "a", "x", "5", 1, "xml.schema.value;"},
		{"r", "n", "b", "1", "5", 1, "xml.schema.attribute;"},
		{"r", "m", NULL, NULL, "5", 1, "xml.schema.element;"},
		{"r", "n", NULL, NULL, "5", 3, "xml.schema.element;"},
		{"r", "n", NULL, NULL, NULL, 0, "xml.schema.element;"},
		{"q", "n", NULL, NULL, NULL, 0, "xml.schema.element;"},
	};
	struct xml_schema *s;

	(void)state;
	assert_int_equal(load(schema, sizeof(schema) - 1, NULL, &s), STATUS_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xml_validation *v;
		struct buf told;

		buf_init(&told, 10000);
		v = xml_validation_new(s, on_error, &told);
		assert_non_null(v);
		begin(v, rows[i].root, NULL, NULL);
		for (unsigned k = 0; k < rows[i].times; k++) {
			begin(v, rows[i].local, rows[i].attribute, rows[i].value);
			xml_validation_text(v, (const xmlChar *)rows[i].text, (int)strlen(rows[i].text));
			end(v, rows[i].local);
		}
		end(v, rows[i].root);
		if (strcmp(buf_str(&told), rows[i].told) != 0)
			fail_msg("row %zu: %s", i, buf_str(&told));
		xml_validation_free(v);
		buf_free(&told);
	}
	xml_schema_free(s);
}

/* A reading that ends in the middle leaks nothing. */
static void
test_half_way(void **state)
{
	static const char schema[] = XS "<xs:element name='r' type='xs:anyType'/></xs:schema>";
	struct xml_schema *s;
	struct xml_validation *v;
	struct buf told;

	(void)state;
	assert_int_equal(load(schema, sizeof(schema) - 1, NULL, &s), STATUS_OK);
	buf_init(&told, 1000);
	v = xml_validation_new(s, on_error, &told);
	assert_non_null(v);
	begin(v, "r", NULL, NULL);
	begin(v, "any", "a", "1");
	xml_validation_free(v);
	assert_int_equal(told.len, 0);
	buf_free(&told);
	xml_schema_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_refused),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_half_way),
	};
	int fd = mkstemp(path), failed;

	if (fd < 0)
		return 1;
	close(fd);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	return failed;
}
