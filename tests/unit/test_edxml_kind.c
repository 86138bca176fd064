/* edxml_kind: document or status message, by the header and nothing else, whatever prefix, order and foreign parts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/edxml_kind.h"

#define NS " xmlns='" EDXML_NAMESPACE "'"
#define OPEN "<edXML" NS "><edXMLEnvelope><edXMLHeader>"
#define CLOSE "</edXMLHeader></edXMLEnvelope></edXML>"
#define HEADER(inside) OPEN "<MessageHeader>" inside "</MessageHeader>" CLOSE

static void
test_rows(void **state)
{
	static const struct {
		const char *in;
		enum edxml_packet packet;
	} rows[] = {
		{HEADER("<StatusCode>01</StatusCode>"), EDXML_STATUS},
		{HEADER("<From><OrganId>1</OrganId></From><StatusCode/>"), EDXML_STATUS},
		{HEADER("<Timestamp>2026/09/02 10:00:00</Timestamp>"), EDXML_STATUS},
		{OPEN "<Status><ResponseFor/></Status>" CLOSE, EDXML_STATUS},
		{"<e:edXML xmlns:e='" EDXML_NAMESPACE "'><e:edXMLEnvelope><e:edXMLHeader><e:MessageHeader><e:StatusCode/></e:MessageHeader>"
		 "</e:edXMLHeader></e:edXMLEnvelope></e:edXML>", EDXML_STATUS},
		{HEADER("<From/><To/>"), EDXML_DOCUMENT},
		{HEADER("<Code/>"), EDXML_DOCUMENT},
		{HEADER("<Subject>StatusCode</Subject>"), EDXML_DOCUMENT},
		{HEADER("<To/><StatusCode/>"), EDXML_DOCUMENT}, /* the first that tells */
		{HEADER("<StatusCode/><To/>"), EDXML_STATUS},
		{HEADER("<From/>"), EDXML_DOCUMENT},
		{HEADER(""), EDXML_DOCUMENT},
		/* Deeper, or beside the header, it tells nothing. */
		{HEADER("<From><StatusCode/></From>"), EDXML_DOCUMENT},
		{HEADER("<From><Status/></From>"), EDXML_DOCUMENT},
		{HEADER("<From/></MessageHeader><TraceHeaderList><StatusCode/></TraceHeaderList><MessageHeader>"), EDXML_DOCUMENT},
		{OPEN "<TraceHeaderList><Timestamp/></TraceHeaderList><MessageHeader><Code/></MessageHeader>" CLOSE, EDXML_DOCUMENT},
		{OPEN "<TraceHeaderList><To/></TraceHeaderList><MessageHeader><StatusCode/></MessageHeader>" CLOSE, EDXML_STATUS},
		{"<StatusCode/>", EDXML_DOCUMENT},
		{"<edXML><Status/></edXML>", EDXML_DOCUMENT},
		{HEADER("<!-- <StatusCode/> --><![CDATA[<StatusCode/>]]><To/>"), EDXML_DOCUMENT},
		/* Not well-formed: a document, unless it told before. */
		{"", EDXML_DOCUMENT},
		{"not XML", EDXML_DOCUMENT},
		{OPEN "<MessageHeader><StatusCode>", EDXML_STATUS},
		{OPEN "<MessageHeader></To><StatusCode/>", EDXML_DOCUMENT},
		{"<!DOCTYPE edXML>" HEADER("<StatusCode/>"), EDXML_DOCUMENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t n = strlen(rows[i].in);
		unsigned char *in = malloc(n ? n : 1);

		memcpy(in, rows[i].in, n);
		if (edxml_kind((struct span){in, n}, &edxml_limits_default) != rows[i].packet)
			fail_msg("another kind: %s", rows[i].in);
		free(in);
	}
}

/* The limits hold here too: what stands beyond the depth is not reached. */
static void
test_limits(void **state)
{
	static const char in[] = HEADER("<StatusCode/>");
	struct edxml_limits small = edxml_limits_default;
	struct span s = {(const unsigned char *)in, sizeof(in) - 1};

	(void)state;
	assert_int_equal(edxml_kind(s, &small), EDXML_STATUS);
	small.xml.depth = 4;
	assert_int_equal(edxml_kind(s, &small), EDXML_DOCUMENT);
}

/* Each kind has its own schema, loaded from the folder; a folder without them is told. */
static void
test_schemas(void **state)
{
	struct edxml_schemas *s = NULL;
	struct diag *diag = diag_new();
	const char *root = getenv("CONGVAN_SRCDIR");
	char dir[1000];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/schemas/xsd", root != NULL ? root : ".");
	assert_int_equal(edxml_schemas_load(dir, diag, &s), STATUS_OK);
	assert_non_null(edxml_schema_for(s, EDXML_DOCUMENT));
	assert_non_null(edxml_schema_for(s, EDXML_STATUS));
	assert_ptr_not_equal(edxml_schema_for(s, EDXML_DOCUMENT), edxml_schema_for(s, EDXML_STATUS));
	edxml_schemas_free(s);
	s = NULL;
	assert_int_not_equal(edxml_schemas_load("/nonexistent", diag, &s), STATUS_OK);
	assert_null(s);
	edxml_schemas_free(NULL);
	diag_free(diag);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_schemas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
