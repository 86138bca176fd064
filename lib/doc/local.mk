noinst_LIBRARIES += lib/doc/libdoc.a
lib_doc_libdoc_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(XML_CFLAGS) $(ZIPLIB_CFLAGS) $(JANSSON_CFLAGS) \
	$(QPDF_CFLAGS) $(POPPLER_CFLAGS) $(HARFBUZZ_CFLAGS) $(PNGLIB_CFLAGS)
lib_doc_libdoc_a_SOURCES = \
	lib/doc/base64_stream.c lib/doc/base64_stream.h \
	lib/doc/output.c lib/doc/output.h \
	lib/doc/pack.c lib/doc/pack.h lib/doc/pack_build.c \
	lib/doc/pack_name.c lib/doc/pack_name.h \
	lib/doc/pack_scan.c lib/doc/pack_scan.h \
	lib/doc/sniff.c lib/doc/sniff.h
# What every program that links libdoc needs with it (libbase and its libraries included).
DOC_LIBS = lib/doc/libdoc.a $(XML_LIBS) $(ZIPLIB_LIBS) $(JANSSON_LIBS) $(QPDF_LIBS) $(POPPLER_LIBS) \
	$(HARFBUZZ_LIBS) $(PNGLIB_LIBS) $(BASE_LIBS)

# edXML, archives, sniffing
check_PROGRAMS += tests/unit/test_pack tests/unit/test_sniff
tests_unit_test_pack_SOURCES = tests/unit/test_pack.c
tests_unit_test_pack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pack_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sniff_SOURCES = tests/unit/test_sniff.c
tests_unit_test_sniff_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sniff_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

# PDF
