# The signer as one library, so that tests link the same objects; main.c is the program's own.
noinst_LIBRARIES += signer/libsigner.a
signer_libsigner_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS) $(SECCOMP_CFLAGS)
signer_libsigner_a_SOURCES = \
	signer/sign_log.c signer/sign_log.h
SIGNER_LIBS = signer/libsigner.a $(WIRE_LIBS) $(PKI_LIBS) $(SECCOMP_LIBS)

check_PROGRAMS += tests/unit/test_sign_log
tests_unit_test_sign_log_SOURCES = tests/unit/test_sign_log.c
tests_unit_test_sign_log_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_sign_log_LDADD = $(SIGNER_LIBS) $(CMOCKA_LIBS)
