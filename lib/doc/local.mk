noinst_LIBRARIES += lib/doc/libdoc.a
lib_doc_libdoc_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(XML_CFLAGS) $(ZIPLIB_CFLAGS) $(JANSSON_CFLAGS) \
	$(QPDF_CFLAGS) $(POPPLER_CFLAGS) $(HARFBUZZ_CFLAGS) $(PNGLIB_CFLAGS) $(CAIRO_CFLAGS)
lib_doc_libdoc_a_SOURCES = \
	lib/doc/appearance.c lib/doc/appearance.h \
	lib/doc/appearance_arrival.c lib/doc/appearance_arrival.h \
	lib/doc/asic.c lib/doc/asic.h \
	lib/doc/asic_manifest.c lib/doc/asic_manifest.h \
	lib/doc/base64_stream.c lib/doc/base64_stream.h \
	lib/doc/edxml.c lib/doc/edxml.h \
	lib/doc/edxml_attachment.c lib/doc/edxml_attachment.h \
	lib/doc/edxml_check.c lib/doc/edxml_check.h \
	lib/doc/edxml_element.c lib/doc/edxml_element.h \
	lib/doc/edxml_json.c lib/doc/edxml_json.h \
	lib/doc/edxml_kind.c lib/doc/edxml_kind.h \
	lib/doc/edxml_limits.c lib/doc/edxml_read.c lib/doc/edxml_write.c \
	lib/doc/edxml_signature.c lib/doc/edxml_signature.h \
	lib/doc/edxml_status.c lib/doc/edxml_status.h \
	lib/doc/edxml_text.c lib/doc/edxml_text.h \
	lib/doc/output.c lib/doc/output.h \
	lib/doc/pack.c lib/doc/pack.h lib/doc/pack_build.c lib/doc/pack_edit.c \
	lib/doc/pack_name.c lib/doc/pack_name.h \
	lib/doc/pack_scan.c lib/doc/pack_scan.h \
	lib/doc/pdf_box.h \
	lib/doc/pdf_cache.c lib/doc/pdf_cache.h \
	lib/doc/pdf_code.c lib/doc/pdf_code.h \
	lib/doc/pdf_diff.c lib/doc/pdf_diff.h lib/doc/pdf_diff_parts.h \
	lib/doc/pdf_diff_dss.c \
	lib/doc/pdf_diff_value.c \
	lib/doc/pdf_diff_form.c \
	lib/doc/pdf_diff_page.c \
	lib/doc/pdf_layout.c lib/doc/pdf_layout.h \
	lib/doc/pdf_packed.c lib/doc/pdf_packed.h \
	lib/doc/pdf_reach.c lib/doc/pdf_reach.h \
	lib/doc/pdf_references.c lib/doc/pdf_references.h \
	lib/doc/pdf_dss.c lib/doc/pdf_dss.h \
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
	lib/doc/pdf_second.c lib/doc/pdf_second.h \
	lib/doc/pdf_scan.c lib/doc/pdf_scan.h lib/doc/pdf_scan_parts.h \
	lib/doc/pdf_pieces.c lib/doc/pdf_pieces.h \
	lib/doc/pdf_show.c lib/doc/pdf_show.h \
	lib/doc/pdf_string.c lib/doc/pdf_string.h \
	lib/doc/pdf_signatures.c \
	lib/doc/pdf_text.c lib/doc/pdf_text.h \
	lib/doc/pdf_update.c lib/doc/pdf_update.h \
	lib/doc/pdf_words.c lib/doc/pdf_words.h \
	lib/doc/pdf_write.c lib/doc/pdf_write.h \
	lib/doc/pdf_xref.c lib/doc/pdf_xref.h \
	lib/doc/sniff.c lib/doc/sniff.h \
	lib/doc/xml.c lib/doc/xml.h \
	lib/doc/xml_algorithm.c lib/doc/xml_algorithm.h \
	lib/doc/xml_guard.c lib/doc/xml_guard.h \
	lib/doc/xml_schema.c lib/doc/xml_schema.h \
	lib/doc/xml_tree.c lib/doc/xml_tree.h \
	lib/doc/xml_write.c lib/doc/xml_write.h \
	lib/doc/xmldsig.c lib/doc/xmldsig.h lib/doc/xmldsig_data.h \
	lib/doc/xmldsig_reference.c lib/doc/xmldsig_xades.c
# What every program that links libdoc needs with it (libbase and its libraries included).
DOC_LIBS = lib/doc/libdoc.a $(XML_LIBS) $(ZIPLIB_LIBS) $(JANSSON_LIBS) $(QPDF_LIBS) $(POPPLER_LIBS) \
	$(HARFBUZZ_LIBS) $(PNGLIB_LIBS) $(CAIRO_LIBS) -lm $(BASE_LIBS)

# edXML, archives, sniffing
xsddir = $(pkgdatadir)/xsd
dist_xsd_DATA = schemas/xsd/edxml.xsd schemas/xsd/edxml-status.xsd \
	schemas/xsd/validation-report.xsd schemas/xsd/xmldsig-digest.xsd
check_PROGRAMS += tests/unit/test_pack tests/unit/test_sniff tests/unit/test_xml tests/unit/test_edxml \
	tests/unit/test_edxml_status tests/unit/test_edxml_corpus tests/unit/test_hostile
tests_unit_test_pack_SOURCES = tests/unit/test_pack.c
tests_unit_test_pack_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pack_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_sniff_SOURCES = tests/unit/test_sniff.c
tests_unit_test_sniff_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sniff_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_xml_SOURCES = tests/unit/test_xml.c
tests_unit_test_xml_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_xml_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_SOURCES = tests/unit/test_edxml.c
tests_unit_test_edxml_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_status_SOURCES = tests/unit/test_edxml_status.c
tests_unit_test_edxml_status_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_status_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_corpus_SOURCES = tests/unit/test_edxml_corpus.c tests/unit/corpus.h
tests_unit_test_edxml_corpus_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_corpus_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_hostile_SOURCES = tests/unit/test_hostile.c tests/unit/corpus.h
tests_unit_test_hostile_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hostile_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_edxml tests/fuzz/fuzz_pack
tests_fuzz_fuzz_edxml_SOURCES = tests/fuzz/fuzz_edxml.c
tests_fuzz_fuzz_edxml_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_edxml_LDADD = $(FUZZ_MAIN) $(DOC_LIBS)
tests_fuzz_fuzz_pack_SOURCES = tests/fuzz/fuzz_pack.c
tests_fuzz_fuzz_pack_LDADD = $(FUZZ_MAIN) $(DOC_LIBS)

# Packets are made by scripts when tests are built, so that nobody has to keep 200 files by hand.
EXTRA_DIST += docs/edxml.md tests/data/edxml_builder.py tests/data/make_packets.py tests/corpus/edxml/make_edxml.py \
	tests/corpus/hostile/make_hostile.py
check_DATA += tests/corpus/edxml/made/stamp
tests/corpus/edxml/made/stamp: tests/corpus/edxml/make_edxml.py tests/data/edxml_builder.py tests/data/make_packets.py
	$(AM_V_GEN)rm -rf tests/corpus/edxml/made && $(MKDIR_P) tests/corpus/edxml/made && \
		PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 $(srcdir)/tests/corpus/edxml/make_edxml.py tests/corpus/edxml/made && \
		PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 $(srcdir)/tests/data/make_packets.py tests/corpus/edxml/made/demo && touch $@
check_DATA += tests/corpus/hostile/made/stamp
tests/corpus/hostile/made/stamp: tests/corpus/hostile/make_hostile.py tests/data/edxml_builder.py
	$(AM_V_GEN)rm -rf tests/corpus/hostile/made && $(MKDIR_P) tests/corpus/hostile/made && \
		PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 $(srcdir)/tests/corpus/hostile/make_hostile.py tests/corpus/hostile/made && \
		touch $@
CLEAN_LOCAL += clean-corpus-edxml
clean-corpus-edxml:
	rm -rf tests/corpus/edxml/made tests/corpus/hostile/made

# PDF
EXTRA_DIST += tests/corpus/pdf/make_corpus.py
check_DATA += tests/corpus/pdf/made/expect
tests/corpus/pdf/made/expect: tests/corpus/pdf/make_corpus.py
	$(AM_V_GEN)$(MKDIR_P) tests/corpus/pdf/made && \
		/usr/bin/python3 $(srcdir)/tests/corpus/pdf/make_corpus.py tests/corpus/pdf/made
EXTRA_DIST += tests/corpus/pdf/make_show.py
check_DATA += tests/corpus/pdf/shown/names
tests/corpus/pdf/shown/names: tests/corpus/pdf/make_show.py tests/data/make_pdf.py tests/data/truetype.py
	$(AM_V_GEN)$(MKDIR_P) tests/corpus/pdf/shown && \
		/usr/bin/python3 -B $(srcdir)/tests/corpus/pdf/make_show.py tests/corpus/pdf/shown
CLEAN_LOCAL += clean-corpus-pdf
clean-corpus-pdf:
	rm -rf tests/corpus/pdf/made tests/corpus/pdf/shown

# The demo's letter and pictures.
EXTRA_DIST += tests/data/make_pdf.py tests/data/make_pictures.py tests/data/truetype.py
check_DATA += tests/data/letter.pdf tests/data/letter-0.pdf tests/data/seal.png
tests/data/letter.pdf: tests/data/make_pdf.py tests/data/truetype.py
	$(AM_V_GEN)$(MKDIR_P) tests/data && /usr/bin/python3 -B $(srcdir)/tests/data/make_pdf.py $@
tests/data/letter-0.pdf: tests/data/make_pdf.py tests/data/truetype.py
	$(AM_V_GEN)$(MKDIR_P) tests/data && for r in 0 90 180 270; do \
		/usr/bin/python3 -B $(srcdir)/tests/data/make_pdf.py tests/data/letter-$$r.pdf --rotate $$r --crop 50 && \
		/usr/bin/python3 -B $(srcdir)/tests/data/make_pdf.py tests/data/letter-$$r-odd.pdf --rotate $$r --crop 31 --shift -43 \
			--inherit yes || exit; done
tests/data/seal.png: tests/data/make_pictures.py tests/data/truetype.py
	$(AM_V_GEN)/usr/bin/python3 -B $(srcdir)/tests/data/make_pictures.py tests/data
CLEANFILES += tests/data/letter.pdf tests/data/seal.png tests/data/signature-1.png tests/data/signature-2.png \
	tests/data/signature-3.png tests/data/letter-0.pdf tests/data/letter-90.pdf tests/data/letter-180.pdf \
	tests/data/letter-270.pdf tests/data/letter-0-odd.pdf tests/data/letter-90-odd.pdf tests/data/letter-180-odd.pdf \
	tests/data/letter-270-odd.pdf

PDF_FIXTURE = tests/unit/pdf_fixture.c tests/unit/pdf_fixture.h

check_PROGRAMS += tests/unit/test_pdf_scan
tests_unit_test_pdf_scan_SOURCES = tests/unit/test_pdf_scan.c $(PDF_FIXTURE)
tests_unit_test_pdf_scan_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_scan_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_pdf_large
tests_unit_test_pdf_large_SOURCES = tests/unit/test_pdf_large.c
tests_unit_test_pdf_large_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_large_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_pdf_update
tests_unit_test_pdf_update_SOURCES = tests/unit/test_pdf_update.c $(PDF_FIXTURE)
tests_unit_test_pdf_update_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_update_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_pdf_text
tests_unit_test_pdf_text_SOURCES = tests/unit/test_pdf_text.c $(PDF_FIXTURE)
tests_unit_test_pdf_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_text_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_pdf_show
tests_unit_test_pdf_show_SOURCES = tests/unit/test_pdf_show.c $(PDF_FIXTURE)
tests_unit_test_pdf_show_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_show_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_appearance
tests_unit_test_appearance_SOURCES = tests/unit/test_appearance.c $(PDF_FIXTURE)
tests_unit_test_appearance_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_appearance_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)

# The small files of this folder, each on its own.
check_PROGRAMS += \
	tests/unit/test_pack_scan \
	tests/unit/test_xml_tree \
	tests/unit/test_xml_algorithm \
	tests/unit/test_asic_manifest \
	tests/unit/test_edxml_text \
	tests/unit/test_edxml_kind \
	tests/unit/test_edxml_signature \
	tests/unit/test_edxml_check \
	tests/unit/test_edxml_attachment \
	tests/unit/test_edxml_element \
	tests/unit/test_xml_schema \
	tests/unit/test_xmldsig \
	tests/unit/test_pdf_lex \
	tests/unit/test_pdf_reach \
	tests/unit/test_pdf_flate \
	tests/unit/test_pdf_layout \
	tests/unit/test_pdf_xref \
	tests/unit/test_pdf_file \
	tests/unit/test_pdf_diff \
	tests/unit/test_pdf_font
tests_unit_test_pack_scan_SOURCES = tests/unit/test_pack_scan.c
tests_unit_test_pack_scan_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pack_scan_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_xml_tree_SOURCES = tests/unit/test_xml_tree.c
tests_unit_test_xml_tree_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(XML_CFLAGS)
tests_unit_test_xml_tree_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_xml_algorithm_SOURCES = tests/unit/test_xml_algorithm.c
tests_unit_test_xml_algorithm_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_xml_algorithm_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_asic_manifest_SOURCES = tests/unit/test_asic_manifest.c
tests_unit_test_asic_manifest_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_asic_manifest_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_text_SOURCES = tests/unit/test_edxml_text.c
tests_unit_test_edxml_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_edxml_text_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_kind_SOURCES = tests/unit/test_edxml_kind.c
tests_unit_test_edxml_kind_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_kind_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_lex_SOURCES = tests/unit/test_pdf_lex.c
tests_unit_test_pdf_lex_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_lex_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_reach_SOURCES = tests/unit/test_pdf_reach.c
tests_unit_test_pdf_reach_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_reach_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_flate_SOURCES = tests/unit/test_pdf_flate.c
tests_unit_test_pdf_flate_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_flate_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_layout_SOURCES = tests/unit/test_pdf_layout.c
tests_unit_test_pdf_layout_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_layout_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_xref_SOURCES = tests/unit/test_pdf_xref.c $(PDF_FIXTURE)
tests_unit_test_pdf_xref_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_xref_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_file_SOURCES = tests/unit/test_pdf_file.c $(PDF_FIXTURE)
tests_unit_test_pdf_file_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(QPDF_CFLAGS)
tests_unit_test_pdf_file_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_diff_SOURCES = tests/unit/test_pdf_diff.c $(PDF_FIXTURE)
tests_unit_test_pdf_diff_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_diff_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_pdf_font_SOURCES = tests/unit/test_pdf_font.c $(PDF_FIXTURE)
tests_unit_test_pdf_font_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_font_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_check_SOURCES = tests/unit/test_edxml_check.c
tests_unit_test_edxml_check_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_check_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_attachment_SOURCES = tests/unit/test_edxml_attachment.c
tests_unit_test_edxml_attachment_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_attachment_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_element_SOURCES = tests/unit/test_edxml_element.c
tests_unit_test_edxml_element_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_element_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_xml_schema_SOURCES = tests/unit/test_xml_schema.c
tests_unit_test_xml_schema_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(XML_CFLAGS)
tests_unit_test_xml_schema_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_xmldsig_SOURCES = tests/unit/test_xmldsig.c
tests_unit_test_xmldsig_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_xmldsig_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
tests_unit_test_edxml_signature_SOURCES = tests/unit/test_edxml_signature.c
tests_unit_test_edxml_signature_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_edxml_signature_LDADD = $(DOC_LIBS) $(CMOCKA_LIBS)
