/* xmldsig: references resolved in documents written here: what matches, what was changed, moved or doubled, and what is refused by the allow-list. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/base/hex.h"
#include "lib/base/imprint.h"
#include "lib/doc/xmldsig.h"

#define C14N "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
#define SHA256_URI "http://www.w3.org/2001/04/xmlenc#sha256"
#define ENVELOPED "<d:Transform Algorithm='" XML_DSIG "enveloped-signature'/>"
#define CANONICAL "<d:Transform Algorithm='" C14N "'/>"
#define TRANSFORM(uri) "<d:Transform Algorithm='" uri "'/>"

/* A Reference to `uri`; its digest is that of `octets`. free() it. */
static char *
reference(const char *uri, const char *transforms, const char *digest_uri, const char *octets)
{
	struct imprint x = imprint_of(IMPRINT_SHA256, octets, strlen(octets));
	char *digest = base64_encode(x.bytes, 32), *out;
	struct buf b;

	buf_init(&b, 10000);
	buf_printf(&b, "<d:Reference URI='%s'><d:Transforms>%s</d:Transforms><d:DigestMethod Algorithm='%s'/><d:DigestValue>%s</d:DigestValue></d:Reference>", uri,
		transforms, digest_uri, digest);
	free(digest);
	out = (char *)buf_steal(&b, NULL);
	assert_non_null(out);
	return out;
}

static struct xmldsig *
read_signed(const char *before, const char *references, const char *after, const struct xmldsig_outside *outside)
{
	struct xmldsig *x = NULL;
	struct diag *diag = diag_new();
	unsigned char *copy;
	struct buf b;

	buf_init(&b, 1000000);
	buf_printf(&b, "%s<d:Signature xmlns:d='" XML_DSIG "'><d:SignedInfo><d:CanonicalizationMethod Algorithm='" C14N "'/><d:SignatureMethod Algorithm='"
		"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256'/>%s</d:SignedInfo><d:SignatureValue>AAAA</d:SignatureValue></d:Signature>%s", before,
		references, after);
	assert_int_equal(buf_status(&b), STATUS_OK);
	copy = malloc(b.len);
	memcpy(copy, b.data, b.len);
	if (xmldsig_read((struct span){copy, b.len}, outside, false, diag, &x) != STATUS_OK)
		fail_msg("%s: %s", buf_str(&b), diag_count(diag) > 0 ? diag_at(diag, 0)->code : "no finding");
	free(copy);
	buf_free(&b);
	diag_free(diag);
	return x;
}

static enum status
outside_digest(void *arg, const char *uri, const char *digest_name, unsigned char *to, size_t *len)
{
	struct imprint x = imprint_of(IMPRINT_SHA256, "entry", 5);

	(void)arg;
	if (strcmp(uri, "a.pdf") != 0 || strcmp(digest_name, "SHA256") != 0)
		return STATUS_NOT_FOUND;
	memcpy(to, x.bytes, 32);
	*len = 32;
	return STATUS_OK;
}

static void
test_references(void **state)
{
	static const struct {
		const char *about, *before, *after, *uri, *transforms, *digest, *octets;
		enum xmldsig_match match;
		enum xmldsig_what what;
	} rows[] = {
		{"the whole", "<r><b>x</b>", "</r>", "", ENVELOPED CANONICAL, SHA256_URI, "<r><b>x</b></r>", XMLDSIG_MATCH, XMLDSIG_WHOLE},
		{"text changed", "<r><b>y</b>", "</r>", "", ENVELOPED CANONICAL, SHA256_URI, "<r><b>x</b></r>", XMLDSIG_CHANGED, XMLDSIG_WHOLE},
		{"something added", "<r><b>x</b>", "<c/></r>", "", ENVELOPED CANONICAL, SHA256_URI, "<r><b>x</b></r>", XMLDSIG_CHANGED, XMLDSIG_WHOLE},
		{"one element", "<r><b Id='i'>x</b>", "</r>", "#i", CANONICAL, SHA256_URI, "<b Id=\"i\">x</b>", XMLDSIG_MATCH, XMLDSIG_ELEMENT},
		{"element changed", "<r><b Id='i'>y</b>", "</r>", "#i", CANONICAL, SHA256_URI, "<b Id=\"i\">x</b>", XMLDSIG_CHANGED, XMLDSIG_ELEMENT},
		{"an Id that stands twice", "<r><b Id='i'>x</b>", "<b Id='i'>x</b></r>", "#i", CANONICAL, SHA256_URI, "<b Id=\"i\">x</b>", XMLDSIG_MISSING,
			XMLDSIG_ELEMENT},
		{"an Id that is not there", "<r><b Id='i'>x</b>", "</r>", "#j", CANONICAL, SHA256_URI, "", XMLDSIG_MISSING, XMLDSIG_ELEMENT},
		{"an entry", "<r>", "</r>", "a.pdf", "", SHA256_URI, "entry", XMLDSIG_MATCH, XMLDSIG_OUTSIDE},
		{"an entry changed", "<r>", "</r>", "a.pdf", "", SHA256_URI, "other", XMLDSIG_CHANGED, XMLDSIG_OUTSIDE},
		{"an entry that is not there", "<r>", "</r>", "b.pdf", "", SHA256_URI, "entry", XMLDSIG_MISSING, XMLDSIG_OUTSIDE},
		{"the network", "<r>", "</r>", "http://127.0.0.1/a.pdf", "", SHA256_URI, "entry", XMLDSIG_MISSING, XMLDSIG_OUTSIDE},
		{"a digest that is unknown", "<r>", "</r>", "", ENVELOPED CANONICAL, "urn:x", "<r></r>", XMLDSIG_REFUSED, XMLDSIG_WHOLE},
		{"XSLT", "<r>", "</r>", "", TRANSFORM("http://www.w3.org/TR/1999/REC-xslt-19991116"), SHA256_URI, "", XMLDSIG_REFUSED, XMLDSIG_WHOLE},
		{"XPath", "<r>", "</r>", "", TRANSFORM("http://www.w3.org/TR/1999/REC-xpath-19991116"), SHA256_URI, "", XMLDSIG_REFUSED, XMLDSIG_WHOLE},
		{"base64", "<r>", "</r>", "", TRANSFORM(XML_DSIG "base64"), SHA256_URI, "", XMLDSIG_REFUSED, XMLDSIG_WHOLE},
		{"an expression", "<r><b Id='i'/>", "</r>", "#xpointer(//b)", CANONICAL, SHA256_URI, "", XMLDSIG_REFUSED, XMLDSIG_ELEMENT},
	};
	static const struct xmldsig_outside outside = {outside_digest, NULL};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *one = reference(rows[i].uri, rows[i].transforms, rows[i].digest, rows[i].octets);
		struct xmldsig *x = read_signed(rows[i].before, one, rows[i].after, &outside);
		const struct xmldsig_signature *s;

		assert_int_equal(xmldsig_count(x), 1);
		s = xmldsig_at(x, 0);
		if (s->fault != NULL)
			fail_msg("%s: fault: %s", rows[i].about, s->fault);
		assert_int_equal(s->reference_count, 1);
		if (s->references[0].match != rows[i].match)
			fail_msg("%s: %d: %s", rows[i].about, (int)s->references[0].match, s->references[0].why != NULL ? s->references[0].why : "-");
		if (rows[i].match == XMLDSIG_MATCH) {
			assert_int_equal(s->references[0].what, rows[i].what);
			assert_string_equal(s->references[0].path, i == 0 ? "/r" : rows[i].what == XMLDSIG_OUTSIDE ? "a.pdf" : "/r/b");
		} else {
			assert_non_null(s->references[0].why);
		}
		xmldsig_free(x);
		free(one);
	}
}

/* Without a container nothing leads outside. */
static void
test_no_outside(void **state)
{
	char *one = reference("a.pdf", "", SHA256_URI, "entry");
	struct xmldsig *x = read_signed("<r>", one, "</r>", NULL);

	(void)state;
	assert_true(xmldsig_at(x, 0)->reference_count == 1 && xmldsig_at(x, 0)->references[0].match != XMLDSIG_MATCH);
	xmldsig_free(x);
	free(one);
}

/* The octets that the value is over, and what else stands in the signature. */
static void
test_signature(void **state)
{
	char *one = reference("", ENVELOPED CANONICAL, SHA256_URI, "<r></r>");
	struct xmldsig *x = read_signed("<r>", one, "</r>", NULL);
	const struct xmldsig_signature *s = xmldsig_at(x, 0);
	static const char start[] = "<d:SignedInfo xmlns:d=\"" XML_DSIG "\"><d:CanonicalizationMethod Algorithm=\"" C14N "\"></d:CanonicalizationMethod>";

	(void)state;
	assert_string_equal(xmldsig_root(x), "/r");
	assert_string_equal(s->path, "/r/Signature");
	assert_true(s->signed_info.len > sizeof(start));
	assert_memory_equal(s->signed_info.data, start, sizeof(start) - 1);
	assert_int_equal(s->value.len, 3);
	assert_string_equal(s->method->digest_name, "SHA256");
	assert_false(s->is_xades || s->properties_signed || s->has_cert_ref || s->foreign_namespace);
	assert_string_equal(s->id, "");
	assert_int_equal(s->cert_count + s->token_count + s->crl_count + s->ocsp_count, 0);
	xmldsig_free(x);
	free(one);
	xmldsig_free(NULL);
}

/* One reference or one signature over the limit is never quietly left out. */
static void
test_limits(void **state)
{
	struct xmldsig *x = NULL;
	struct diag *diag = diag_new();
	char *one = reference("#i", CANONICAL, SHA256_URI, "");
	struct buf b;
	enum status st;

	(void)state;
	buf_init(&b, 1000000);
	for (unsigned i = 0; i <= XMLDSIG_REFERENCES; i++)
		buf_put_str(&b, one);
	x = read_signed("<r>", buf_str(&b), "</r>", NULL);
	assert_non_null(xmldsig_at(x, 0)->fault);
	xmldsig_free(x);
	x = NULL;
	buf_free(&b);
	buf_put_str(&b, "<r xmlns:d='" XML_DSIG "'>");
	for (unsigned i = 0; i <= XMLDSIG_SIGNATURES; i++)
		buf_put_str(&b, "<d:Signature/>");
	buf_put_str(&b, "</r>");
	st = xmldsig_read((struct span){b.data, b.len}, NULL, false, diag, &x);
	assert_true(st == STATUS_TOO_LARGE || st == STATUS_INVALID);
	assert_null(x);
	buf_free(&b);
	free(one);
	diag_free(diag);
}

/* Signatures with nothing in them have a fault; documents without any, and what is no document. */
static void
test_odd_documents(void **state)
{
	static const struct {
		const char *text;
		enum status status;
		size_t count;
	} rows[] = {
		{"<r/>", STATUS_OK, 0},
		{"<r><Signature/></r>", STATUS_OK, 0},
		{"<r><!-- <d:Signature xmlns:d='" XML_DSIG "'/> --></r>", STATUS_OK, 0},
		{"<d:Signature xmlns:d='" XML_DSIG "'/>", STATUS_OK, 1},
		{"<r><d:Signature xmlns:d='" XML_DSIG "'><d:SignedInfo/><d:SignatureValue/></d:Signature></r>", STATUS_OK, 1},
		{"", STATUS_INVALID, 0},
		{"<r>", STATUS_INVALID, 0},
		{"<!DOCTYPE r [<!ATTLIST b Id ID #IMPLIED>]><r/>", STATUS_INVALID, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct xmldsig *x = NULL;
		struct diag *diag = diag_new();
		enum status st = xmldsig_read((struct span){(const unsigned char *)rows[i].text, strlen(rows[i].text)}, NULL, false, diag, &x);

		if (st != rows[i].status || (st == STATUS_OK && xmldsig_count(x) != rows[i].count))
			fail_msg("%s: %s", rows[i].text, status_code(st));
		if (st == STATUS_OK && rows[i].count > 0)
			assert_non_null(xmldsig_at(x, 0)->fault);
		assert_true(st == STATUS_OK || (x == NULL && diag_has_error(diag)));
		xmldsig_free(x);
		diag_free(diag);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_references),
		cmocka_unit_test(test_no_outside),
		cmocka_unit_test(test_signature),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_odd_documents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
