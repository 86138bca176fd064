/* sniff: kinds by bytes, agreement with names, ruined and runnable files. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "lib/doc/pack.h"
#include "lib/doc/sniff.h"

#define BYTES(s)                                                                                   \
	{                                                                                          \
		(const unsigned char *)(s), sizeof(s) - 1                                          \
	}

static void
test_kinds(void **state)
{
	static const struct {
		struct span bytes;
		const char *name;
		enum sniff_kind kind;
		bool agrees, damaged, executable;
	} rows[] = {
		{BYTES(""), "a.pdf", SNIFF_EMPTY, true, false, false},
		{BYTES("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\xff"), "a.PDF", SNIFF_PDF, true, false,
			false},
		{BYTES("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), "a.docx", SNIFF_PDF, false, false, false},
		{BYTES("\n\n%PDF-1.4\n1 0 obj\n"), NULL, SNIFF_PDF, true, false, false},
		{BYTES("%PDF-1.5\r%\xef\xbf\xbd\xef\xbf\xbd\r\n1 0 obj"), "a.pdf", SNIFF_PDF, true,
			true, false},
		{BYTES("%PDF-1.5\r%\xe2\xe3\r\nstream \xef\xbf\xbd \xff"), "a.pdf", SNIFF_PDF, true,
			false, false},
		{BYTES("\x89PNG\r\n\x1a\n...."), "a.png", SNIFF_PNG, true, false, false},
		{BYTES("\xef\xbf\xbdPNG\r\n\x1a\n...."), "a.png", SNIFF_PNG, true, true, false},
		{BYTES("\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
		       "aJFIF"),
			"a.jpg", SNIFF_JPEG, true, true, false},
		{BYTES("\xff\xd8\xff\xe0"), "ảnh.jpeg", SNIFF_JPEG, true, false, false},
		{BYTES("II*\0...."), "a.tif", SNIFF_TIFF, true, false, false},
		{BYTES("{\\rtf1"), "a.doc", SNIFF_RTF, true, false, false},
		{BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1  W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t\0"),
			"a.doc", SNIFF_DOC, true, false, false},
		{BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1  W\0o\0r\0k\0b\0o\0o\0k\0"), "a.doc",
			SNIFF_XLS, false, false, false},
		{BYTES("MZ\x90"), "a.pdf", SNIFF_EXECUTABLE, false, false, true},
		{BYTES("\x7f"
		       "ELF\2\1"),
			NULL, SNIFF_EXECUTABLE, true, false, true},
		{BYTES("#!/bin/sh\n"), "a.txt", SNIFF_SCRIPT, false, false, true},
		{BYTES("WScript.Echo 1\n"), "văn bản.pdf.VBS", SNIFF_TEXT, false, false, true},
		{BYTES("<?xml version=\"1.0\"?><a/>"), "a.xml", SNIFF_XML, true, false, false},
		{BYTES("<a b='c'>\n</a>"), "a.xml", SNIFF_XML, true, false, false},
		{BYTES("<a\x01\x9d\x7f scan"), "quet.bin", SNIFF_UNKNOWN, true, false, false}, /* bytes that only begin like markup */
		{BYTES("<\x7b\xd1 bytes"), "quet.bin", SNIFF_UNKNOWN, true, false, false},
		{BYTES("\xef\xbb\xbf<edXML xmlns=\"http://www.mic.gov.vn/TBT/QCVN_102_2016\">"),
			"a.edxml", SNIFF_EDXML, true, false, false},
		{BYTES("<!DOCTYPE html><html>"), "a.html", SNIFF_HTML, true, false, false},
		{BYTES("Kính gửi: các đồng chí\r\n"), "Công văn số 12.QĐ", SNIFF_TEXT, true, false,
			false},
		{BYTES("\0\1\2\3"), "a.pdf", SNIFF_UNKNOWN, true, false, false},
		{BYTES("\x30\x82\x01\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x82\x01"
		       "\x00\x30\x30\x30"),
			"a.p7s", SNIFF_P7S, true, false, false},
		/* SignedData { 1, {}, { data, [0] { "x" } } } in DER and with indefinite lengths; the same without it but with a certificate, [0] too */
		{BYTES("\x30\x25\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x18\x30\x16\x02\x01\x01\x31\x00\x30\x0f"
		       "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x02\x04\x00"),
			"a.p7m", SNIFF_P7M, true, false, false},
		{BYTES("\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01\x31\x00\x30\x80"
		       "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x80\x24\x80\x04\x01x"),
			"a.p7s", SNIFF_P7M, true, false, false},
		{BYTES("\x30\x25\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x18\x30\x16\x02\x01\x01\x31\x00\x30\x0b"
		       "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x02\x30\x00"),
			"a.p7m", SNIFF_P7S, true, false, false},
		/* a document inside that begins within the first 1024 bytes is not what the file is */
		{BYTES("\x30\x2e\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x21\x30\x1f\x02\x01\x01\x31\x00\x30\x18"
		       "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01\xa0\x0b\x04\x09%PDF-1.7\n"),
			"a.pdf.p7m", SNIFF_P7M, true, false, false},
		{BYTES("PK\3\4 this is no archive"), "a.zip", SNIFF_ZIP, true, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct diag *diag = diag_new();
		struct sniff s = sniff_bytes(rows[i].bytes, rows[i].name, diag);

		assert_string_equal(sniff_word(s.kind), sniff_word(rows[i].kind));
		assert_int_equal(s.agrees, rows[i].agrees);
		assert_int_equal(s.damaged, rows[i].damaged);
		assert_int_equal(s.executable, rows[i].executable);
		assert_int_equal(diag_has_error(diag), s.damaged || s.executable);
		assert_int_equal(diag_has(diag, "sniff.disagrees"), !s.agrees);
		diag_free(diag);
	}
}

static struct sniff
sniff_zip(const struct pack_member *members, size_t count, const char *name)
{
	int fd = output_memfd("test");
	struct mapped m;
	struct sniff s;

	assert_int_equal(pack_build(fd, members, count, NULL), STATUS_OK);
	assert_int_equal(mapped_open(fd, &m), STATUS_OK);
	s = sniff_bytes(m.span, name, NULL);
	mapped_close(&m);
	close(fd);
	return s;
}

static void
test_archives(void **state)
{
	const struct pack_member docx[] = {{"[Content_Types].xml", false, BYTES("<Types/>"), -1},
		{"word/document.xml", false, BYTES("<w/>"), -1},
		{"word/vbaProject.bin", false, BYTES("x"), -1}};
	const struct pack_member odt[] = {
		{"mimetype", true, BYTES("application/vnd.oasis.opendocument.text"), -1},
		{"content.xml", false, BYTES("<a/>"), -1}};
	struct sniff s;

	(void)state;
	s = sniff_zip(docx, 2, "a.docx");
	assert_int_equal(s.kind, SNIFF_DOCX);
	assert_true(s.agrees && !s.macros);
	s = sniff_zip(docx, 3, "a.docx");
	assert_true(s.kind == SNIFF_DOCX && s.macros);
	s = sniff_zip(odt, 2, "a.docx");
	assert_true(s.kind == SNIFF_ODT && !s.agrees);
	s = sniff_zip(odt + 1, 1, "a.zip");
	assert_true(s.kind == SNIFF_ZIP && s.agrees);
}

static void
test_words(void **state)
{
	(void)state;
	for (int k = 0; k < SNIFF_COUNT_; k++) {
		assert_non_null(sniff_word((enum sniff_kind)k));
		assert_non_null(strchr(sniff_mime((enum sniff_kind)k), '/'));
		assert_true(strlen(sniff_suffix((enum sniff_kind)k)) >= 2);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
