noinst_LIBRARIES += lib/pki/libpki.a
lib_pki_libpki_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
lib_pki_libpki_a_SOURCES = \
	lib/pki/cades.c lib/pki/cades.h \
	lib/pki/cert.c lib/pki/cert.h \
	lib/pki/chain.c lib/pki/chain.h \
	lib/pki/checkpoint.c lib/pki/checkpoint.h \
	lib/pki/cms_build.c lib/pki/cms_build.h \
	lib/pki/cms_key.c \
	lib/pki/cms_read.c lib/pki/cms_read.h \
	lib/pki/cms_splice.c \
	lib/pki/crl.c \
	lib/pki/der.c lib/pki/der.h \
	lib/pki/judge.c \
	lib/pki/ocsp.c \
	lib/pki/policy.c lib/pki/policy.h lib/pki/policy_data.h \
	lib/pki/revocation.c lib/pki/revocation.h \
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
CLEAN_LOCAL += clean-pki
clean-pki:
	rm -rf tests/data/pki tests/data/pki.new

PKI_TEST_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(CMOCKA_CFLAGS)
PKI_TEST_LIBS = $(PKI_LIBS) $(CMOCKA_LIBS)
PKI_FIXTURE = tests/unit/pki_fixture.c tests/unit/pki_made.c tests/unit/pki_fixture.h

check_PROGRAMS += \
	tests/unit/test_checkpoint \
	tests/unit/test_cms_build \
	tests/unit/test_tsp \
	tests/unit/test_verdict
tests_unit_test_checkpoint_SOURCES = tests/unit/test_checkpoint.c $(PKI_FIXTURE)
tests_unit_test_checkpoint_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_checkpoint_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_cms_build_SOURCES = tests/unit/test_cms_build.c $(PKI_FIXTURE)
tests_unit_test_cms_build_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_cms_build_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_tsp_SOURCES = tests/unit/test_tsp.c $(PKI_FIXTURE)
tests_unit_test_tsp_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_tsp_LDADD = $(PKI_TEST_LIBS)
tests_unit_test_verdict_SOURCES = tests/unit/test_verdict.c $(PKI_FIXTURE)
tests_unit_test_verdict_CFLAGS = $(PKI_TEST_CFLAGS)
tests_unit_test_verdict_LDADD = $(PKI_TEST_LIBS)
