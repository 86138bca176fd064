noinst_LIBRARIES += lib/seal/libseal.a
lib_seal_libseal_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
lib_seal_libseal_a_SOURCES = \
	lib/seal/passport.c lib/seal/passport.h \
	lib/seal/seal.c lib/seal/seal.h \
	lib/seal/seal_asic.c lib/seal/seal_asic.h lib/seal/seal_asic_verify.c \
	lib/seal/seal_asic_parts.c lib/seal/seal_asic_parts.h \
	lib/seal/seal_cms.c lib/seal/seal_cms.h \
	lib/seal/seal_counter.c lib/seal/seal_counter.h \
	lib/seal/seal_digests.c \
	lib/seal/seal_edxml.c lib/seal/seal_edxml.h \
	lib/seal/seal_entries.c lib/seal/seal_entries.h \
	lib/seal/seal_imprint.c \
	lib/seal/seal_kind.c \
	lib/seal/seal_pdf.c lib/seal/seal_pdf.h lib/seal/seal_pdf_verify.c \
	lib/seal/seal_pieces.c lib/seal/seal_pieces.h \
	lib/seal/seal_pdf_look.c lib/seal/seal_pdf_look.h \
	lib/seal/seal_pdf_archive.c lib/seal/seal_pdf_evidence.c lib/seal/seal_pdf_evidence.h \
	lib/seal/seal_pdf_hash.c lib/seal/seal_pdf_hash.h \
	lib/seal/seal_report_json.c lib/seal/seal_report_json.h \
	lib/seal/seal_report_page.c lib/seal/seal_report_page.h \
	lib/seal/seal_report_read.c lib/seal/seal_report_read.h \
	lib/seal/seal_report_words.c lib/seal/seal_report_words.h \
	lib/seal/seal_report_xml.c lib/seal/seal_report_xml.h \
	lib/seal/seal_second.c lib/seal/seal_second.h \
	lib/seal/seal_xml.c lib/seal/seal_xml.h
# What a program that judges or makes signatures in files links; with the PDF side also DOC_LIBS.
SEAL_LIBS = lib/seal/libseal.a $(PKI_LIBS) $(JANSSON_LIBS)

check_PROGRAMS += tests/unit/test_seal_cms
tests_unit_test_seal_cms_SOURCES = tests/unit/test_seal_cms.c $(LEVEL_FIXTURE) $(PKI_FIXTURE)
tests_unit_test_seal_cms_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_cms_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_counter
EXTRA_DIST += tests/java/CounterSignature.java
tests_unit_test_counter_SOURCES = tests/unit/test_counter.c $(LEVEL_FIXTURE) $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_counter_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_counter_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(GNUTLS_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_seal_report
tests_unit_test_seal_report_SOURCES = tests/unit/test_seal_report.c $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_seal_report_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_report_LDADD = $(SEAL_LIBS) $(CMOCKA_LIBS)

# PDF
check_PROGRAMS += tests/unit/test_seal_pdf
SEAL_FIXTURE = tests/unit/seal_fixture.c tests/unit/seal_fixture.h tests/unit/pdf_tools.c tests/unit/pdf_tools.h \
	$(PDF_FIXTURE) $(PKI_FIXTURE)
tests_unit_test_seal_pdf_SOURCES = tests/unit/test_seal_pdf.c $(SEAL_FIXTURE)
tests_unit_test_seal_pdf_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_pdf_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_seal_pdf_verify
tests_unit_test_seal_pdf_verify_SOURCES = tests/unit/test_seal_pdf_verify.c $(SEAL_FIXTURE)
tests_unit_test_seal_pdf_verify_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_pdf_verify_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)

ATTACKS = tests/corpus/pdf/make_attacks.py tests/corpus/pdf/signed_letter.py tests/corpus/pdf/attacks_honest.py \
	tests/corpus/pdf/attacks_universal.py tests/corpus/pdf/attacks_incremental.py tests/corpus/pdf/attacks_wrapping.py \
	tests/corpus/pdf/attacks_range.py tests/corpus/pdf/attacks_shadow.py tests/corpus/pdf/attacks_certified.py tests/corpus/pdf/attacks_pages.py \
	tests/corpus/pdf/attacks_mdp.py tests/corpus/pdf/attacks_form.py tests/corpus/pdf/attacks_catalog.py tests/corpus/pdf/attacks_roles.py \
	tests/corpus/pdf/attacks_layout.py \
	tests/corpus/pdf/attacks_readers.py
EXTRA_DIST += tests/data/check_pades.py $(ATTACKS)
check_DATA += tests/corpus/pdf/attacks/expect
tests/corpus/pdf/attacks/expect: $(ATTACKS) tests/corpus/pdf/make_corpus.py tests/data/pki/root.pem
	$(AM_V_GEN)rm -rf tests/corpus/pdf/attacks && $(MKDIR_P) tests/corpus/pdf && \
		/usr/bin/python3 -B $(srcdir)/tests/corpus/pdf/make_attacks.py tests/corpus/pdf/attacks tests/data/pki
CLEAN_LOCAL += clean-corpus-attacks
clean-corpus-attacks:
	rm -rf tests/corpus/pdf/attacks
check_PROGRAMS += tests/unit/test_seal_pdf_attacks
tests_unit_test_seal_pdf_attacks_SOURCES = tests/unit/test_seal_pdf_attacks.c $(SEAL_FIXTURE)
tests_unit_test_seal_pdf_attacks_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_pdf_attacks_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_seal_imprint
tests_unit_test_seal_imprint_SOURCES = tests/unit/test_seal_imprint.c $(SEAL_FIXTURE)
tests_unit_test_seal_imprint_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_imprint_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_passport
tests_unit_test_passport_SOURCES = tests/unit/test_passport.c $(PKI_FIXTURE)
tests_unit_test_passport_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_passport_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_seal_pdf_archive
tests_unit_test_seal_pdf_archive_SOURCES = tests/unit/test_seal_pdf_archive.c $(SEAL_FIXTURE)
tests_unit_test_seal_pdf_archive_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_pdf_archive_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_pdf_scan tests/fuzz/fuzz_pdf_update tests/fuzz/fuzz_pdf_verify
tests_fuzz_fuzz_pdf_scan_SOURCES = tests/fuzz/fuzz_pdf_scan.c
tests_fuzz_fuzz_pdf_scan_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_pdf_scan_LDADD = $(FUZZ_MAIN) $(SEAL_LIBS) $(DOC_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_pdf_show
EXTRA_DIST += tests/fuzz/corpus/pdf_show
tests_fuzz_fuzz_pdf_show_SOURCES = tests/fuzz/fuzz_pdf_show.c
tests_fuzz_fuzz_pdf_show_LDADD = $(FUZZ_MAIN) $(DOC_LIBS)
tests_fuzz_fuzz_pdf_update_SOURCES = tests/fuzz/fuzz_pdf_update.c
tests_fuzz_fuzz_pdf_update_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_pdf_update_LDADD = $(FUZZ_MAIN) $(SEAL_LIBS) $(DOC_LIBS)
tests_fuzz_fuzz_pdf_verify_SOURCES = tests/fuzz/fuzz_pdf_verify.c
tests_fuzz_fuzz_pdf_verify_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_pdf_verify_LDADD = $(FUZZ_MAIN) tests/fuzz/libforge.a $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/fuzz/corpus/pdf

# ASiC
check_PROGRAMS += tests/unit/test_seal_asic
tests_unit_test_seal_asic_SOURCES = tests/unit/test_seal_asic.c $(LEVEL_FIXTURE) $(PKI_FIXTURE)
tests_unit_test_seal_asic_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_asic_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(GNUTLS_LIBS) $(CMOCKA_LIBS)

# Built on demand: tests/bench/README.md.
EXTRA_PROGRAMS += tests/bench/bench_pdf
CLEANFILES += tests/bench/bench_pdf$(EXEEXT) tests/bench/letter-usual.pdf
tests_bench_bench_pdf_SOURCES = tests/bench/bench_pdf.c tests/unit/worker_client.c tests/unit/worker_client.h $(SEAL_FIXTURE)
tests_bench_bench_pdf_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_bench_bench_pdf_LDADD = $(SEAL_LIBS) $(WIRE_LIBS) $(DOC_LIBS) $(GNUTLS_LIBS) $(CMOCKA_LIBS)
tests/bench/letter-usual.pdf: tests/data/make_pdf.py tests/data/truetype.py
	$(AM_V_GEN)$(MKDIR_P) tests/bench && /usr/bin/python3 -B $(srcdir)/tests/data/make_pdf.py $@ --letters all

# XML signatures
EXTRA_DIST += tests/corpus/xmldsig/make_xmldsig.py
check_DATA += tests/corpus/xmldsig/made/stamp
tests/corpus/xmldsig/made/stamp: tests/corpus/xmldsig/make_xmldsig.py tests/data/edxml_builder.py tests/data/pki/root.pem
	$(AM_V_GEN)rm -rf tests/corpus/xmldsig/made && $(MKDIR_P) tests/corpus/xmldsig/made && \
		/usr/bin/python3 -B $(srcdir)/tests/corpus/xmldsig/make_xmldsig.py tests/data/pki tests/corpus/xmldsig/made && touch $@
CLEAN_LOCAL += clean-corpus-xmldsig
clean-corpus-xmldsig:
	rm -rf tests/corpus/xmldsig/made
check_PROGRAMS += tests/unit/test_seal_xml
tests_unit_test_seal_xml_SOURCES = tests/unit/test_seal_xml.c $(PKI_FIXTURE)
tests_unit_test_seal_xml_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_xml_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)

# Containers, good and bad
EXTRA_DIST += tests/corpus/asic/make_asic.py
check_DATA += tests/corpus/asic/made/stamp
tests/corpus/asic/made/stamp: tests/corpus/asic/make_asic.py tests/data/pki/root.pem
	$(AM_V_GEN)rm -rf tests/corpus/asic/made && $(MKDIR_P) tests/corpus/asic/made && \
		/usr/bin/python3 -B $(srcdir)/tests/corpus/asic/make_asic.py tests/data/pki tests/corpus/asic/made && touch $@
CLEAN_LOCAL += clean-corpus-asic
clean-corpus-asic:
	rm -rf tests/corpus/asic/made
check_PROGRAMS += tests/unit/test_asic_corpus
tests_unit_test_asic_corpus_SOURCES = tests/unit/test_asic_corpus.c tests/unit/corpus.h $(PKI_FIXTURE)
tests_unit_test_asic_corpus_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_asic_corpus_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/fuzz/corpus/asic
check_PROGRAMS += tests/fuzz/fuzz_asic tests/fuzz/fuzz_xmldsig
tests_fuzz_fuzz_asic_SOURCES = tests/fuzz/fuzz_asic.c tests/fuzz/fuzz_pki.h
tests_fuzz_fuzz_asic_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_asic_LDADD = $(FUZZ_MAIN) $(SEAL_LIBS) $(DOC_LIBS)
tests_fuzz_fuzz_xmldsig_SOURCES = tests/fuzz/fuzz_xmldsig.c tests/fuzz/fuzz_pki.h
tests_fuzz_fuzz_xmldsig_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_xmldsig_LDADD = $(FUZZ_MAIN) $(SEAL_LIBS) $(DOC_LIBS)
# A second opinion before release.
check_PROGRAMS += tests/unit/test_seal_second
tests_unit_test_seal_second_SOURCES = tests/unit/test_seal_second.c tests/unit/seal_fixture.c tests/unit/seal_fixture.h \
	$(PDF_FIXTURE) $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_seal_second_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_seal_second_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(GNUTLS_LIBS) $(CMOCKA_LIBS)

# Every level, format and kind of key, for programs of others to look at (tests/flow/test_matrix.py): pkijs is npm's (build-aux/install-packages).
EXTRA_PROGRAMS += tests/unit/make_levels
CLEANFILES += tests/unit/make_levels$(EXEEXT)
tests_unit_make_levels_SOURCES = tests/unit/make_levels.c tests/unit/level_fixture.c tests/unit/level_fixture.h $(SEAL_FIXTURE)
tests_unit_make_levels_CFLAGS = $(PKI_TEST_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_make_levels_LDADD = $(SEAL_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)
check_DATA += tests/corpus/levels/letter.txt
tests/corpus/levels/letter.txt: tests/unit/make_levels$(EXEEXT) tests/data/kinds/ed25519.p12 tests/data/letter.pdf tests/data/pki/root.pem
	$(AM_V_GEN)rm -rf tests/corpus/levels && $(MKDIR_P) tests/corpus/levels && \
		CONGVAN_BUILDDIR="$(abs_top_builddir)" tests/unit/make_levels$(EXEEXT) tests/corpus/levels && touch $@
CLEAN_LOCAL += clean-levels
clean-levels:
	rm -rf tests/corpus/levels
dist_check_SCRIPTS += tests/flow/matrix.sh
EXTRA_DIST += tests/flow/test_matrix.py tests/js/check.mjs tests/js/package.json tests/js/package-lock.json
