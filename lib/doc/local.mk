noinst_LIBRARIES += lib/doc/libdoc.a
lib_doc_libdoc_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(XML_CFLAGS) $(ZIPLIB_CFLAGS) $(JANSSON_CFLAGS) \
	$(QPDF_CFLAGS) $(POPPLER_CFLAGS) $(HARFBUZZ_CFLAGS) $(PNGLIB_CFLAGS) $(CAIRO_CFLAGS)
lib_doc_libdoc_a_SOURCES = \
	lib/doc/appearance.c lib/doc/appearance.h \
	lib/doc/base64_stream.c lib/doc/base64_stream.h \
	lib/doc/output.c lib/doc/output.h \
	lib/doc/pack.c lib/doc/pack.h lib/doc/pack_build.c \
	lib/doc/pack_name.c lib/doc/pack_name.h \
	lib/doc/pack_scan.c lib/doc/pack_scan.h \
	lib/doc/pdf_box.h \
	lib/doc/pdf_fields.c \
	lib/doc/pdf_file.c lib/doc/pdf_file.h \
	lib/doc/pdf_flags.c \
	lib/doc/pdf_flate.c lib/doc/pdf_flate.h \
	lib/doc/pdf_font.c lib/doc/pdf_font.h \
	lib/doc/pdf_form.c lib/doc/pdf_form.h \
	lib/doc/pdf_image.c lib/doc/pdf_image.h \
	lib/doc/pdf_lex.c lib/doc/pdf_lex.h \
	lib/doc/pdf_pages.c \
	lib/doc/pdf_place.c lib/doc/pdf_place.h \
	lib/doc/pdf_scan.c lib/doc/pdf_scan.h lib/doc/pdf_scan_parts.h \
	lib/doc/pdf_signatures.c \
	lib/doc/pdf_text.c lib/doc/pdf_text.h \
	lib/doc/pdf_update.c lib/doc/pdf_update.h \
	lib/doc/pdf_write.c lib/doc/pdf_write.h \
	lib/doc/pdf_xref.c lib/doc/pdf_xref.h \
	lib/doc/sniff.c lib/doc/sniff.h
# What every program that links libdoc needs with it (libbase and its libraries included).
DOC_LIBS = lib/doc/libdoc.a $(XML_LIBS) $(ZIPLIB_LIBS) $(JANSSON_LIBS) $(QPDF_LIBS) $(POPPLER_LIBS) \
	$(HARFBUZZ_LIBS) $(PNGLIB_LIBS) $(CAIRO_LIBS) -lm $(BASE_LIBS)

# edXML, archives, sniffing
check_PROGRAMS += tests/unit/test_pack tests/unit/test_sniff
tests_unit_test_pack_SOURCES = tests/unit/test_pack.c
tests_unit_test_pack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pack_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sniff_SOURCES = tests/unit/test_sniff.c
tests_unit_test_sniff_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sniff_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

# PDF
EXTRA_DIST += tests/corpus/pdf/make_corpus.py
check_DATA += tests/corpus/pdf/made/expect
tests/corpus/pdf/made/expect: tests/corpus/pdf/make_corpus.py
	$(AM_V_GEN)$(MKDIR_P) tests/corpus/pdf/made && \
		/usr/bin/python3 $(srcdir)/tests/corpus/pdf/make_corpus.py tests/corpus/pdf/made
CLEAN_LOCAL += clean-corpus-pdf
clean-corpus-pdf:
	rm -rf tests/corpus/pdf/made

# The demo's letter and pictures.
EXTRA_DIST += tests/data/make_pdf.py tests/data/make_pictures.py tests/data/truetype.py
check_DATA += tests/data/letter.pdf tests/data/seal.png
tests/data/letter.pdf: tests/data/make_pdf.py tests/data/truetype.py
	$(AM_V_GEN)$(MKDIR_P) tests/data && /usr/bin/python3 -B $(srcdir)/tests/data/make_pdf.py $@
tests/data/seal.png: tests/data/make_pictures.py tests/data/truetype.py
	$(AM_V_GEN)/usr/bin/python3 -B $(srcdir)/tests/data/make_pictures.py tests/data
CLEANFILES += tests/data/letter.pdf tests/data/seal.png tests/data/signature-1.png tests/data/signature-2.png \
	tests/data/signature-3.png

PDF_FIXTURE = tests/unit/pdf_fixture.c tests/unit/pdf_fixture.h

check_PROGRAMS += tests/unit/test_pdf_scan
tests_unit_test_pdf_scan_SOURCES = tests/unit/test_pdf_scan.c $(PDF_FIXTURE)
tests_unit_test_pdf_scan_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_scan_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
