/* asic_manifest: what a manifest says, and each form that leaves open what is signed refused; URIs to entry names and back. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/doc/asic_manifest.h"

#define SHA256_URI "http://www.w3.org/2001/04/xmlenc#sha256"
#define DIGEST "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" /* of nothing */
#define HEAD "<a:ASiCManifest xmlns:a='http://uri.etsi.org/02918/v1.2.1#' xmlns:d='http://www.w3.org/2000/09/xmldsig#'>"
#define TAIL "</a:ASiCManifest>"
#define SIGNED "<a:SigReference URI='META-INF/signature001.p7s'/>"
#define METHOD "<d:DigestMethod Algorithm='" SHA256_URI "'/>"
#define VALUE "<d:DigestValue>" DIGEST "</d:DigestValue>"
#define OBJECT(uri) "<a:DataObjectReference URI='" uri "'>" METHOD VALUE "</a:DataObjectReference>"

static enum status
read_text(const char *text, struct arena *a, struct asic_manifest_text *out, struct diag *diag)
{
	size_t n = strlen(text);
	unsigned char *p = malloc(n ? n : 1);
	enum status st;

	memcpy(p, text, n);
	st = asic_manifest_read((struct span){p, n}, "META-INF/ASiCManifest001.xml", a, out, diag);
	free(p);
	return st;
}

static void
test_whole(void **state)
{
	static const char text[] = HEAD SIGNED OBJECT("C%C3%B4ng%20v%C4%83n.pdf")
		"<a:DataObjectReference URI='./b/c.xml' MimeType='text/xml' Rootfile='true'>" METHOD "<d:DigestValue>\n47DE Qpj8HBSa+/TImW+5"
		"JCeuQeRkm5NMpJWZG3hSuFU=\n</d:DigestValue></a:DataObjectReference>"
		"<a:DataObjectReference URI='d'><d:DigestMethod Algorithm='urn:x'/><d:DigestValue>AA==</d:DigestValue></a:DataObjectReference>"
		"<a:ASiCManifestExtensions><a:Extension Critical='false'><x/></a:Extension></a:ASiCManifestExtensions>" TAIL;
	struct arena *a = arena_new(100000);
	struct diag *diag = diag_new();
	struct asic_manifest_text m;

	(void)state;
	assert_int_equal(read_text(text, a, &m, diag), STATUS_OK);
	assert_int_equal(diag_count(diag), 0);
	assert_string_equal(m.signature, "META-INF/signature001.p7s");
	assert_int_equal(m.count, 3);
	assert_string_equal(m.references[0].uri, "C\xc3\xb4ng v\xc4\x83n.pdf");
	assert_string_equal(m.references[0].digest_name, "SHA256");
	assert_int_equal(m.references[0].digest_len, 32);
	assert_memory_equal(m.references[0].digest, "\xe3\xb0\xc4\x42", 4);
	assert_false(m.references[0].root);
	assert_string_equal(m.references[1].uri, "b/c.xml");
	assert_true(m.references[1].root);
	assert_memory_equal(m.references[1].digest, m.references[0].digest, 32);
	assert_null(m.references[2].digest_name); /* unknown: it never agrees with anything */
	assert_int_equal(m.references[2].digest_len, 1);
	diag_free(diag);
	arena_free(a);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *text, *code;
	} rows[] = {
		{"", "xml.malformed"},
		{"<ASiCManifest/>", "asic.manifest.form"},
		{"<a:ASiCManifest xmlns:a='urn:x'>" SIGNED TAIL, "asic.manifest.form"},
		{HEAD TAIL, "asic.manifest.form"},
		{HEAD OBJECT("a") TAIL, "asic.manifest.form"},
		{HEAD SIGNED SIGNED OBJECT("a") TAIL, "asic.manifest.form"},
		{HEAD "<a:SigReference/>" OBJECT("a") TAIL, "asic.manifest.uri"},
		{HEAD "<a:SigReference URI='../x.p7s'/>" OBJECT("a") TAIL, "asic.manifest.uri"},
		{HEAD SIGNED "<a:DataObjectReference>" METHOD VALUE "</a:DataObjectReference>" TAIL, "asic.manifest.uri"},
		{HEAD SIGNED OBJECT("http://x.vn/a") TAIL, "asic.manifest.uri"},
		{HEAD SIGNED OBJECT("/a") TAIL, "asic.manifest.uri"},
		{HEAD SIGNED OBJECT("a#b") TAIL, "asic.manifest.uri"},
		{HEAD SIGNED OBJECT("%2e%2e/a") TAIL, "asic.manifest.uri"},
		{HEAD SIGNED OBJECT("a") OBJECT("b") OBJECT("a") TAIL, "asic.manifest.repeated"},
		{HEAD SIGNED OBJECT("a") OBJECT("%61") TAIL, "asic.manifest.repeated"},
		{HEAD SIGNED OBJECT("a") OBJECT("./a") TAIL, "asic.manifest.repeated"},
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD "</a:DataObjectReference>" TAIL, "asic.manifest.digest"},
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD VALUE VALUE "</a:DataObjectReference>" TAIL, "asic.manifest.digest"},
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD "<d:DigestValue/></a:DataObjectReference>" TAIL, "asic.manifest.digest"},
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD "<d:DigestValue>!</d:DigestValue></a:DataObjectReference>" TAIL, "asic.manifest.digest"},
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD "<d:DigestValue>" DIGEST DIGEST "</d:DigestValue></a:DataObjectReference>" TAIL,
			"asic.manifest.digest"},
		/* 65 bytes: one more than the longest digest */
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD "<d:DigestValue>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
			"AAAAAAAAAAAAAAAAAAAAAAAAAAA=</d:DigestValue></a:DataObjectReference>" TAIL, "asic.manifest.digest"},
		/* The value of another namespace is none. */
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD "<a:DigestValue>" DIGEST "</a:DigestValue></a:DataObjectReference>" TAIL,
			"asic.manifest.digest"},
		{HEAD SIGNED "<a:DataObjectReference URI='a'>" METHOD METHOD VALUE "</a:DataObjectReference>" TAIL, "asic.manifest.form"},
		{HEAD SIGNED "<a:DataObjectReference URI='a'><d:DigestMethod/>" VALUE "</a:DataObjectReference>" TAIL, "asic.manifest.form"},
		{HEAD SIGNED OBJECT("a") "<a:ASiCManifestExtensions><a:Extension Critical='true'/></a:ASiCManifestExtensions>" TAIL,
			"asic.manifest.extension"},
		{HEAD SIGNED OBJECT("a") "<a:ASiCManifestExtensions><a:Extension Critical='1'/></a:ASiCManifestExtensions>" TAIL,
			"asic.manifest.extension"},
		{"<!DOCTYPE x [<!ENTITY e 'a'>]>" HEAD SIGNED OBJECT("a") TAIL, "xml.doctype"},
		{HEAD SIGNED OBJECT("a"), "xml.malformed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(100000);
		struct diag *diag = diag_new();
		struct asic_manifest_text m = {NULL, NULL, 99};

		if (read_text(rows[i].text, a, &m, diag) != STATUS_INVALID || !diag_has(diag, rows[i].code) || m.count != 99)
			fail_msg("%s: %s", rows[i].text, diag_count(diag) > 0 ? diag_at(diag, 0)->code : "no finding");
		diag_free(diag);
		arena_free(a);
	}
}

/* All findings of one manifest, each with its place. */
static void
test_all_findings(void **state)
{
	struct arena *a = arena_new(100000);
	struct diag *diag = diag_new();
	struct asic_manifest_text m;

	(void)state;
	assert_int_equal(read_text(HEAD "<a:SigReference/>\n" OBJECT("../a") "\n" OBJECT("/b") TAIL, a, &m, diag), STATUS_INVALID);
	assert_int_equal(diag_count(diag), 3);
	for (size_t i = 0; i < 3; i++)
		assert_non_null(strstr(diag_at(diag, i)->where, "META-INF/ASiCManifest001.xml:/"));
	diag_free(diag);
	arena_free(a);
}

/* One reference more than the limit is refused; the limit itself is not. */
static void
test_limit(void **state)
{
	for (size_t more = 0; more < 2; more++) {
		struct arena *a = arena_new((size_t)32 << 20);
		struct diag *diag = diag_new();
		struct asic_manifest_text m;
		struct buf b;

		(void)state;
		buf_init(&b, (size_t)16 << 20);
		buf_put_str(&b, HEAD SIGNED);
		for (unsigned i = 0; i < ASIC_REFERENCES_MAX + more; i++)
			buf_printf(&b, "<a:DataObjectReference URI='f%u'>" METHOD VALUE "</a:DataObjectReference>", i);
		buf_put_str(&b, TAIL);
		assert_int_equal(read_text(buf_str(&b), a, &m, diag), more ? STATUS_INVALID : STATUS_OK);
		if (more)
			assert_true(diag_has_error(diag));
		else
			assert_string_equal(m.references[ASIC_REFERENCES_MAX - 1].uri, "f9999");
		buf_free(&b);
		diag_free(diag);
		arena_free(a);
	}
}

static void
test_uri_names(void **state)
{
	static const struct {
		const char *uri, *name;
	} rows[] = {
		{"a.pdf", "a.pdf"}, {"./a", "a"}, {"././a", "a"}, {"a/b", "a/b"}, {"a%20b", "a b"}, {"%C4%90", "\xc4\x90"}, {"%c4%90", "\xc4\x90"},
		{"\xc4\x90", "\xc4\x90"}, {"100%25", "100%"}, {"%2525", "%25"}, {"a%23b", "a#b"}, {"a+b", "a+b"},
		{"", NULL}, {"./", NULL}, {"a?b", NULL}, {"#a", NULL}, {"%", NULL}, {"%4", NULL}, {"a%", NULL}, {"%zz", NULL}, {"%00", NULL},
		{"a%00.pdf", NULL}, {"%0a", NULL}, {"../a", NULL}, {"a/../b", NULL}, {"a/%2e%2e/b", NULL}, {"a/./b", NULL}, {"/a", NULL},
		{"%2fa", NULL}, {"//a", NULL}, {"a//b", NULL}, {"file:a", NULL}, {"C%3a/a", NULL}, {"a%5cb", NULL}, {"%ff", NULL}, {"%c4", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena *a = arena_new(10000);
		char *uri = strdup(rows[i].uri), *name = asic_uri_name(uri, a);

		if ((name == NULL) != (rows[i].name == NULL) || (name != NULL && strcmp(name, rows[i].name) != 0))
			fail_msg("'%s' means '%s'", rows[i].uri, name != NULL ? name : "(nothing)");
		free(uri);
		arena_free(a);
	}
}

/* Every name that may stand in a container comes back from its URI, which needs no escaping in XML. */
static void
test_round_trip(void **state)
{
	static const char *const names[] = {"a", "C\xc3\xb4ng v\xc4\x83n s\xe1\xbb\x91 1.pdf", "a&b<c>'d\".txt", "100%.pdf", "a?b#c", "a+b=c~d_e-f", "x/y z"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct arena *a = arena_new(10000);
		struct buf b;
		char *back;

		buf_init(&b, 1000);
		asic_put_uri(&b, names[i]);
		assert_null(strpbrk(buf_str(&b), " &<>'\"?#"));
		back = asic_uri_name(buf_str(&b), a);
		assert_non_null(back);
		assert_string_equal(back, names[i]);
		buf_free(&b);
		arena_free(a);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_all_findings),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_uri_names),
		cmocka_unit_test(test_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
