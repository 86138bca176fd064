# sources of worker: all but main.c as a library, which tests link too
noinst_LIBRARIES += worker/libworker.a
worker_libworker_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS)
worker_libworker_a_SOURCES = \
	worker/filter.c worker/filter.h \
	worker/job_edxml.c \
	worker/job_entries.c \
	worker/job_needs.c \
	worker/job_pdf.c \
	worker/job_proof.c \
	worker/job_raise.c \
	worker/job_report.c \
	worker/job_seal.c \
	worker/job_sniff.c \
	worker/job_table.h \
	worker/job_tsp.c \
	worker/job_verify.c \
	worker/job_zip.c \
	worker/jobs.c worker/jobs.h \
	worker/landlock.c worker/landlock.h \
	worker/limits.c worker/limits.h \
	worker/sandbox.c worker/sandbox.h \
	worker/seal_form.c worker/seal_form.h \
	worker/seal_kinds.c worker/seal_kinds.h \
	worker/serve.c worker/serve.h
WORKER_LIBS = worker/libworker.a lib/seal/libseal.a lib/pki/libpki.a lib/doc/libdoc.a $(WIRE_LIBS) $(DOC_LIBS) $(SECCOMP_LIBS) $(GNUTLS_LIBS)

pkglibexec_PROGRAMS += congvan-worker
congvan_worker_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
congvan_worker_SOURCES = worker/main.c
congvan_worker_LDADD = $(WORKER_LIBS)

check_PROGRAMS += tests/unit/test_sandbox
tests_unit_test_sandbox_SOURCES = tests/unit/test_sandbox.c
tests_unit_test_sandbox_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sandbox_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)

# Drives the real program over a socketpair.
check_PROGRAMS += tests/unit/test_worker
tests_unit_test_worker_SOURCES = tests/unit/test_worker.c tests/unit/worker_client.c tests/unit/worker_client.h
tests_unit_test_worker_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_worker_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)

# Packets through the worker: those that the build makes for lib/doc.
check_PROGRAMS += tests/unit/test_worker_edxml
tests_unit_test_worker_edxml_SOURCES = tests/unit/test_worker_edxml.c tests/unit/worker_client.c \
	tests/unit/worker_client.h
tests_unit_test_worker_edxml_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_worker_edxml_LDADD = $(WIRE_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)

# Signing and judging through the worker, with the test PKI.
check_PROGRAMS += tests/unit/test_worker_seal
tests_unit_test_worker_seal_SOURCES = tests/unit/test_worker_seal.c tests/unit/worker_client.c tests/unit/worker_client.h \
	$(PKI_FIXTURE)
tests_unit_test_worker_seal_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_worker_seal_LDADD = $(PKI_LIBS) $(WIRE_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)

# PDFs through the worker: the corpus that the build makes for lib/doc, and signing one.
check_PROGRAMS += tests/unit/test_worker_pdf
tests_unit_test_worker_pdf_SOURCES = tests/unit/test_worker_pdf.c tests/unit/worker_client.c tests/unit/worker_client.h \
	$(PDF_FIXTURE) $(PKI_FIXTURE)
tests_unit_test_worker_pdf_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_worker_pdf_LDADD = $(PKI_LIBS) $(WIRE_LIBS) $(DOC_LIBS) $(CMOCKA_LIBS)

# What the worker keeps between signatures.
check_PROGRAMS += tests/unit/test_pdf_cache
tests_unit_test_pdf_cache_SOURCES = tests/unit/test_pdf_cache.c $(PDF_FIXTURE)
tests_unit_test_pdf_cache_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pdf_cache_LDADD = $(WORKER_LIBS) $(CMOCKA_LIBS)

# A worker that embeds wrongly and does not see it: what the second opinion is for (tests/flow/test_levels.py).
# Run by the tests of levels, no test itself.
EXTRA_PROGRAMS += tests/flow/wrong_worker
check_DATA += tests/flow/wrong_worker$(EXEEXT)
CLEANFILES += tests/flow/wrong_worker$(EXEEXT)
tests_flow_wrong_worker_SOURCES = tests/flow/wrong_worker.c tests/flow/wrong_value.c worker/main.c
tests_flow_wrong_worker_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
tests_flow_wrong_worker_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=cms_add_timestamp -Wl,--wrap=cms_check_value
tests_flow_wrong_worker_LDADD = $(WORKER_LIBS)

# The same in the steps that raise a level.
EXTRA_PROGRAMS += tests/flow/wrong_proofs tests/flow/wrong_archive
check_DATA += tests/flow/wrong_proofs$(EXEEXT) tests/flow/wrong_archive$(EXEEXT)
CLEANFILES += tests/flow/wrong_proofs$(EXEEXT) tests/flow/wrong_archive$(EXEEXT)
WRONG_RAISE_WRAPS = $(AM_LDFLAGS) -Wl,--wrap=cades_add_proofs -Wl,--wrap=cades_archive_imprint -Wl,--wrap=cades_add_archive_timestamp \
	-Wl,--wrap=pdf_second_look -Wl,--wrap=cms_check_value
tests_flow_wrong_proofs_SOURCES = tests/flow/wrong_raise.c tests/flow/wrong_value.c worker/main.c
tests_flow_wrong_proofs_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) -DWRONG_PROOFS
tests_flow_wrong_proofs_LDFLAGS = $(WRONG_RAISE_WRAPS)
tests_flow_wrong_proofs_LDADD = $(WORKER_LIBS)
tests_flow_wrong_archive_SOURCES = tests/flow/wrong_raise.c tests/flow/wrong_value.c worker/main.c
tests_flow_wrong_archive_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) -DWRONG_ARCHIVE
tests_flow_wrong_archive_LDFLAGS = $(WRONG_RAISE_WRAPS)
tests_flow_wrong_archive_LDADD = $(WORKER_LIBS)
