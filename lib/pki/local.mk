noinst_LIBRARIES += lib/pki/libpki.a
lib_pki_libpki_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
lib_pki_libpki_a_SOURCES = \
	lib/pki/ageing.c lib/pki/ageing.h \
	lib/pki/ats.c lib/pki/ats.h \
	lib/pki/cades.c lib/pki/cades.h \
	lib/pki/cades_extend.c lib/pki/cades_extend.h \
	lib/pki/cert.c lib/pki/cert.h \
	lib/pki/cert_kept.c lib/pki/cert_kept.h \
	lib/pki/chain.c lib/pki/chain.h lib/pki/chain_build.c \
	lib/pki/checkpoint.c lib/pki/checkpoint.h \
	lib/pki/cms_build.c lib/pki/cms_build.h \
	lib/pki/cms_key.c \
	lib/pki/cms_parts.c lib/pki/cms_parts.h \
	lib/pki/cms_read.c lib/pki/cms_read.h \
	lib/pki/cms_room.c lib/pki/cms_room.h \
	lib/pki/cms_splice.c \
	lib/pki/counter.c lib/pki/counter.h \
	lib/pki/crl.c lib/pki/crl_signer.c lib/pki/crl_signer.h \
	lib/pki/der.c lib/pki/der.h \
	lib/pki/fetched.c lib/pki/fetched.h \
	lib/pki/judge.c lib/pki/judge_time.c lib/pki/judge_value.c lib/pki/judge_data.h \
	lib/pki/level.c lib/pki/material.c \
	lib/pki/needs.c lib/pki/needs.h \
	lib/pki/ocsp.c lib/pki/past.c \
	lib/pki/policy.c lib/pki/policy.h lib/pki/policy_data.h \
	lib/pki/policy_derive.c lib/pki/policy_folder.c lib/pki/policy_rules.c \
	lib/pki/revocation.c lib/pki/revocation.h \
	lib/pki/remedy.c lib/pki/run.c lib/pki/stamp.c \
	lib/pki/second.c lib/pki/second.h \
	lib/pki/second_gnutls.c lib/pki/second_gnutls.h \
	lib/pki/strength.c lib/pki/strength.h \
	lib/pki/tsp.c lib/pki/tsp.h \
	lib/pki/verdict.c lib/pki/verdict.h lib/pki/verdict_data.h
PKI_LIBS = lib/pki/libpki.a $(BASE_LIBS)

# The demo and test PKI: made once per build folder by the openssl command.
EXTRA_DIST += tests/data/make_pki tests/data/demo_tsa
check_DATA += tests/data/pki/root.pem
tests/data/pki/root.pem: tests/data/make_pki
	$(AM_V_GEN)rm -rf tests/data/pki && $(MKDIR_P) tests/data && \
		$(srcdir)/tests/data/make_pki tests/data/pki && touch $@
# Good and bad signatures, timestamps, certificates and revocation data, made with that PKI.
EXTRA_DIST += tests/data/make_pki_corpus
check_DATA += tests/corpus/pki/document
tests/corpus/pki/document: tests/data/make_pki_corpus tests/data/pki/root.pem
	$(AM_V_GEN)$(MKDIR_P) tests/corpus && \
		/usr/bin/python3 $(srcdir)/tests/data/make_pki_corpus tests/data/pki tests/corpus/pki && touch $@
CLEAN_LOCAL += clean-pki
clean-pki:
	rm -rf tests/data/pki tests/data/pki.new tests/corpus/pki

PKI_TEST_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(CMOCKA_CFLAGS)
PKI_TEST_LIBS = $(PKI_LIBS) $(CMOCKA_LIBS)
PKI_ISSUE = tests/unit/pki_issue.c tests/unit/pki_issue.h
PKI_FIXTURE = tests/unit/pki_fixture.c tests/unit/pki_made.c tests/unit/pki_fixture.h

check_PROGRAMS += \
	tests/unit/test_ageing \
	tests/unit/test_ats \
	tests/unit/test_cert \
	tests/unit/test_cert_kept \
	tests/unit/test_chain \
	tests/unit/test_checkpoint \
	tests/unit/test_cms_build \
	tests/unit/test_cms_parts \
	tests/unit/test_cms_read \
	tests/unit/test_crl \
	tests/unit/test_crl_signer \
	tests/unit/test_der \
	tests/unit/test_needs \
	tests/unit/test_ocsp \
	tests/unit/test_judgement \
	tests/unit/test_past \
	tests/unit/test_path \
	tests/unit/test_policy \
	tests/unit/test_tsp \
	tests/unit/test_verdict
EXTRA_DIST += tests/data/check_ats.py
tests_unit_test_ageing_SOURCES = tests/unit/test_ageing.c $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_ageing_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_ageing_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_ats_SOURCES = tests/unit/test_ats.c $(PKI_FIXTURE)
tests_unit_test_ats_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_ats_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_cert_SOURCES = tests/unit/test_cert.c $(PKI_FIXTURE)
tests_unit_test_cert_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_cert_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_chain_SOURCES = tests/unit/test_chain.c $(PKI_FIXTURE)
tests_unit_test_chain_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_chain_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_checkpoint_SOURCES = tests/unit/test_checkpoint.c $(PKI_FIXTURE)
tests_unit_test_checkpoint_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_checkpoint_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_cms_build_SOURCES = tests/unit/test_cms_build.c $(PKI_FIXTURE)
tests_unit_test_cms_build_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_cms_build_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_cms_parts_SOURCES = tests/unit/test_cms_parts.c
tests_unit_test_cms_parts_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_cms_parts_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_cert_kept_SOURCES = tests/unit/test_cert_kept.c $(PKI_FIXTURE)
tests_unit_test_cert_kept_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_cert_kept_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_cms_read_SOURCES = tests/unit/test_cms_read.c $(PKI_FIXTURE)
tests_unit_test_cms_read_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_cms_read_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_crl_SOURCES = tests/unit/test_crl.c $(PKI_FIXTURE)
tests_unit_test_crl_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_crl_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_crl_signer_SOURCES = tests/unit/test_crl_signer.c $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_crl_signer_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_crl_signer_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_der_SOURCES = tests/unit/test_der.c
tests_unit_test_der_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_der_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_needs_SOURCES = tests/unit/test_needs.c $(PKI_FIXTURE)
tests_unit_test_needs_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_needs_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_ocsp_SOURCES = tests/unit/test_ocsp.c $(PKI_FIXTURE)
tests_unit_test_ocsp_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_ocsp_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_judgement_SOURCES = tests/unit/test_judgement.c $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_judgement_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_judgement_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_past_SOURCES = tests/unit/test_past.c $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_past_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_past_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_path_SOURCES = tests/unit/test_path.c $(PKI_FIXTURE) $(PKI_ISSUE)
tests_unit_test_path_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_path_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_policy_SOURCES = tests/unit/test_policy.c $(PKI_FIXTURE)
tests_unit_test_policy_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_policy_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_tsp_SOURCES = tests/unit/test_tsp.c $(PKI_FIXTURE)
tests_unit_test_tsp_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_tsp_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c $(PKI_FIXTURE)
tests_unit_test_verdict_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_verdict_LDADD = $(PKI_TEST_LIBS)

EXTRA_PROGRAMS += tests/bench/bench_judge
CLEANFILES += tests/bench/bench_judge$(EXEEXT)
tests_bench_bench_judge_SOURCES = tests/bench/bench_judge.c $(PKI_FIXTURE) $(PKI_ISSUE)
tests_bench_bench_judge_CFLAGS = $(PKI_TEST_CFLAGS)
tests_bench_bench_judge_LDADD = $(PKI_TEST_LIBS)

# Fuzz targets over inputs that are signed again by keys of their own (tests/fuzz/forge.h).
EXTRA_DIST += tests/fuzz/corpus/cert tests/fuzz/corpus/checkpoint tests/fuzz/corpus/cms tests/fuzz/corpus/crl tests/fuzz/corpus/ocsp \
	tests/fuzz/corpus/tsp
noinst_LIBRARIES += tests/fuzz/libforge.a
tests_fuzz_libforge_a_SOURCES = tests/fuzz/forge.c tests/fuzz/forge.h $(PKI_FIXTURE) $(PKI_ISSUE)
tests_fuzz_libforge_a_CFLAGS = $(PKI_TEST_CFLAGS)
FORGE_LIBS = tests/fuzz/libforge.a $(PKI_TEST_LIBS)
EXTRA_PROGRAMS += tests/fuzz/make_seeds
CLEANFILES += tests/fuzz/make_seeds$(EXEEXT)
tests_fuzz_make_seeds_SOURCES = tests/fuzz/make_seeds.c
tests_fuzz_make_seeds_CFLAGS = $(PKI_TEST_CFLAGS)
tests_fuzz_make_seeds_LDADD = $(FORGE_LIBS)
check_DATA += tests/fuzz/seeds/stamp
tests/fuzz/seeds/stamp: tests/fuzz/make_seeds$(EXEEXT)
	$(AM_V_GEN)rm -rf tests/fuzz/seeds && tests/fuzz/make_seeds$(EXEEXT) tests/fuzz/seeds && touch $@
CLEAN_LOCAL += clean-fuzz-seeds
clean-fuzz-seeds:
	rm -rf tests/fuzz/seeds
check_PROGRAMS += \
	tests/fuzz/fuzz_cert \
	tests/fuzz/fuzz_checkpoint \
	tests/fuzz/fuzz_cms \
	tests/fuzz/fuzz_counter \
	tests/fuzz/fuzz_crl \
	tests/fuzz/fuzz_ocsp \
	tests/fuzz/fuzz_tsp
tests_fuzz_fuzz_cert_SOURCES = tests/fuzz/fuzz_cert.c tests/fuzz/fuzz_pki.h
tests_fuzz_fuzz_cert_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_cert_LDADD = $(FUZZ_MAIN) $(FORGE_LIBS)
tests_fuzz_fuzz_checkpoint_SOURCES = tests/fuzz/fuzz_checkpoint.c
tests_fuzz_fuzz_checkpoint_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_checkpoint_LDADD = $(FUZZ_MAIN) $(PKI_LIBS)
tests_fuzz_fuzz_cms_SOURCES = tests/fuzz/fuzz_cms.c tests/fuzz/fuzz_pki.h
tests_fuzz_fuzz_cms_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_cms_LDADD = $(FUZZ_MAIN) $(FORGE_LIBS) $(GNUTLS_LIBS)
tests_fuzz_fuzz_counter_SOURCES = tests/fuzz/fuzz_counter.c
tests_fuzz_fuzz_counter_CFLAGS = $(PKI_TEST_CFLAGS)
tests_fuzz_fuzz_counter_LDADD = $(FUZZ_MAIN) $(FORGE_LIBS) $(GNUTLS_LIBS)
tests_fuzz_fuzz_crl_SOURCES = tests/fuzz/fuzz_crl.c tests/fuzz/fuzz_pki.h
tests_fuzz_fuzz_crl_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_crl_LDADD = $(FUZZ_MAIN) $(FORGE_LIBS)
tests_fuzz_fuzz_ocsp_SOURCES = tests/fuzz/fuzz_ocsp.c tests/fuzz/fuzz_pki.h
tests_fuzz_fuzz_ocsp_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_ocsp_LDADD = $(FUZZ_MAIN) $(FORGE_LIBS)
tests_fuzz_fuzz_tsp_SOURCES = tests/fuzz/fuzz_tsp.c tests/fuzz/fuzz_pki.h
tests_fuzz_fuzz_tsp_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_fuzz_fuzz_tsp_LDADD = $(FUZZ_MAIN) $(FORGE_LIBS)

# Raising levels, with a second opinion in Java.
check_PROGRAMS += tests/unit/test_cades_extend
EXTRA_DIST += tests/java/ArchiveTimestamp.java
LEVEL_FIXTURE = tests/unit/level_fixture.c tests/unit/level_fixture.h
tests_unit_test_cades_extend_SOURCES = tests/unit/test_cades_extend.c $(LEVEL_FIXTURE) $(PKI_FIXTURE)
tests_unit_test_cades_extend_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_cades_extend_LDADD = $(PKI_TEST_LIBS)
