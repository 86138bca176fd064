# The signer as one library, so that tests link the same objects; main.c is the program's own.
noinst_LIBRARIES += signer/libsigner.a
signer_libsigner_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS)
signer_libsigner_a_SOURCES = \
	signer/admin.c signer/admin.h \
	signer/attempts.c signer/attempts.h \
	signer/checkpoints.c signer/checkpoints.h \
	signer/import_p12.c signer/import_p12.h \
	signer/key_p11.c \
	signer/key_p12.c \
	signer/keyring.c signer/keyring.h \
	signer/modules.c signer/modules.h \
	signer/nonces.c signer/nonces.h \
	signer/pbes2.c signer/pbes2.h \
	signer/policy.c signer/policy.h \
	signer/requests.c signer/requests.h \
	signer/sandbox.c signer/sandbox.h \
	signer/serve.c signer/serve.h \
	signer/service_keys.c signer/service_keys.h \
	signer/settings.c signer/settings.h \
	signer/sign_job.c signer/sign_job.h \
	signer/sign_log.c signer/sign_log.h \
	signer/signer.c signer/signer.h
SIGNER_LIBS = signer/libsigner.a $(TOKEN_LIBS) $(WIRE_LIBS) $(PKI_LIBS) $(SECCOMP_LIBS)

sbin_PROGRAMS += signer/congvan-signer
signer_congvan_signer_SOURCES = signer/main.c
signer_congvan_signer_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
signer_congvan_signer_LDADD = $(SIGNER_LIBS)

check_PROGRAMS += tests/unit/test_attempts
tests_unit_test_attempts_SOURCES = tests/unit/test_attempts.c
tests_unit_test_attempts_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_attempts_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_sign_log
tests_unit_test_sign_log_SOURCES = tests/unit/test_sign_log.c
tests_unit_test_sign_log_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sign_log_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_key_p12
tests_unit_test_key_p12_SOURCES = tests/unit/test_key_p12.c
tests_unit_test_key_p12_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_key_p12_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)

# These drive the real program with the test PKI.
SIGNER_FIXTURE = tests/unit/signer_fixture.c tests/unit/signer_fixture.h
SIGNER_TEST_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
check_PROGRAMS += tests/unit/test_signer tests/unit/test_signer_admin tests/unit/test_signer_threat
tests_unit_test_signer_SOURCES = tests/unit/test_signer.c $(SIGNER_FIXTURE)
tests_unit_test_signer_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_signer_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_signer_admin_SOURCES = tests/unit/test_signer_admin.c $(SIGNER_FIXTURE)
tests_unit_test_signer_admin_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_signer_admin_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)
tests_unit_test_signer_threat_SOURCES = tests/unit/test_signer_threat.c $(SIGNER_FIXTURE)
tests_unit_test_signer_threat_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_signer_threat_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)

# Tokens: SoftHSM, and a module before it that does what SoftHSM does not.
check_PROGRAMS += tests/unit/test_signer_token
tests_unit_test_signer_token_SOURCES = tests/unit/test_signer_token.c $(SIGNER_FIXTURE)
tests_unit_test_signer_token_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_signer_token_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)
dist_check_SCRIPTS += tests/flow/key_kinds.sh tests/flow/csc.sh
EXTRA_DIST += tests/unit/p11_shim.c tests/data/make_key_kinds tests/flow/test_key_kinds.py tests/data/demo_csc tests/flow/test_csc.py
check_DATA += tests/unit/p11_shim.so
CLEANFILES += tests/unit/p11_shim.so
tests/unit/p11_shim.so: tests/unit/p11_shim.c
	$(AM_V_GEN)$(MKDIR_P) tests/unit && $(CC) -O1 -shared -fPIC $(P11_CFLAGS) -o $@ $(srcdir)/tests/unit/p11_shim.c
# Every kind of key, for tests of the command line.
check_DATA += tests/data/kinds/ed25519.p12
tests/data/kinds/ed25519.p12: tests/data/make_key_kinds tests/data/pki/root.pem
	$(AM_V_GEN)rm -rf tests/data/kinds && $(srcdir)/tests/data/make_key_kinds tests/data/pki tests/data/kinds && touch $@
CLEAN_LOCAL += clean-kinds
clean-kinds:
	rm -rf tests/data/kinds

check_PROGRAMS += tests/unit/test_signer_link
tests_unit_test_signer_link_SOURCES = tests/unit/test_signer_link.c $(SIGNER_FIXTURE)
tests_unit_test_signer_link_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_unit_test_signer_link_LDADD = $(SIGNER_LIBS) $(DAEMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_activation tests/fuzz/fuzz_signer_msg
tests_fuzz_fuzz_activation_SOURCES = tests/fuzz/fuzz_activation.c
tests_fuzz_fuzz_activation_LDADD = $(FUZZ_MAIN) $(WIRE_LIBS) $(BASE_LIBS)
tests_fuzz_fuzz_signer_msg_SOURCES = tests/fuzz/fuzz_signer_msg.c
tests_fuzz_fuzz_signer_msg_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_signer_msg_LDADD = $(FUZZ_MAIN) $(WIRE_LIBS) $(BASE_LIBS)
EXTRA_DIST += tests/fuzz/corpus/activation tests/fuzz/corpus/signer_msg

# Units of both daemons and their users.
UNITS = signer/congvan-signer.service daemon/congvand.service
systemdsystemunit_DATA = $(UNITS)
sysusersdir = $(prefix)/lib/sysusers.d
sysusers_DATA = signer/congvan.conf
dist_man_MANS += signer/congvan-signer.8
dist_pkgdata_DATA += signer/congvan-signer.conf
FIRST_CONF += signer/congvan-signer.conf
EXTRA_DIST += tests/bench/README.md signer/congvan-signer.service.in daemon/congvand.service.in signer/congvan.sysusers
CLEANFILES += $(UNITS) signer/congvan.conf
UNIT_EDIT = sed -e 's|@sbindir[@]|$(sbindir)|g' -e 's|@docdir[@]|$(docdir)|g' -e 's|@confdir[@]|$(sysconfdir)/congvan|g'
signer/congvan-signer.service: signer/congvan-signer.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) signer && $(UNIT_EDIT) $(srcdir)/signer/congvan-signer.service.in >$@
daemon/congvand.service: daemon/congvand.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) daemon && $(UNIT_EDIT) $(srcdir)/daemon/congvand.service.in >$@
signer/congvan.conf: signer/congvan.sysusers
	$(AM_V_GEN)$(MKDIR_P) signer && cp $(srcdir)/signer/congvan.sysusers $@

EXTRA_PROGRAMS += tests/bench/bench_signer
tests_bench_bench_signer_SOURCES = tests/bench/bench_signer.c $(SIGNER_FIXTURE)
tests_bench_bench_signer_CFLAGS = $(SIGNER_TEST_CFLAGS)
tests_bench_bench_signer_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)
