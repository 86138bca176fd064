# PKCS#11 tokens: for the signer and for the command line's own token. Only headers are needed to build; modules are loaded when configured.
noinst_LIBRARIES += lib/token/libtoken.a
lib_token_libtoken_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(P11_CFLAGS)
lib_token_libtoken_a_SOURCES = \
	lib/token/cryptoki.h \
	lib/token/token.c lib/token/token.h \
	lib/token/token_key.c
TOKEN_LIBS = lib/token/libtoken.a

check_PROGRAMS += tests/unit/test_token
tests_unit_test_token_SOURCES = tests/unit/test_token.c
tests_unit_test_token_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_token_LDADD = $(TOKEN_LIBS) $(PKI_LIBS) $(CMOCKA_LIBS)
