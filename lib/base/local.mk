noinst_LIBRARIES += lib/base/libbase.a
lib_base_libbase_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(UTF8PROC_CFLAGS) $(CONFUSE_CFLAGS)
lib_base_libbase_a_SOURCES = \
	lib/base/arena.c lib/base/arena.h \
	lib/base/buf.c lib/base/buf.h \
	lib/base/clock.c lib/base/clock.h \
	lib/base/conf.c lib/base/conf.h \
	lib/base/diag.c lib/base/diag.h \
	lib/base/digest.c lib/base/digest.h \
	lib/base/hex.c lib/base/hex.h \
	lib/base/imprint.c lib/base/imprint.h \
	lib/base/imprints.c lib/base/imprints.h \
	lib/base/log.c lib/base/log.h \
	lib/base/magic.c lib/base/magic.h \
	lib/base/merkle.c lib/base/merkle.h \
	lib/base/message.c lib/base/message.h \
	lib/base/order.c lib/base/order.h \
	lib/base/secret.c lib/base/secret.h \
	lib/base/status.c lib/base/status.h \
	lib/base/text.c lib/base/text.h \
	lib/base/uuid.c lib/base/uuid.h
# What every program that links libbase needs with it.
BASE_LIBS = lib/base/libbase.a $(CRYPTO_LIBS) $(UTF8PROC_LIBS) $(CONFUSE_LIBS)
EXTRA_DIST += \
	lib/base/catalogue/base.def lib/base/catalogue/doc.def lib/base/catalogue/pdf.def lib/base/catalogue/pki.def \
	lib/base/catalogue/seal.def lib/base/catalogue/worker.def lib/base/catalogue/signer.def \
	lib/base/catalogue/http.def lib/base/catalogue/db.def lib/base/catalogue/office.def \
	lib/base/catalogue/exchange.def lib/base/catalogue/cli.def lib/base/catalogue/web.def

check_PROGRAMS += \
	tests/unit/test_arena \
	tests/unit/test_buf \
	tests/unit/test_clock \
	tests/unit/test_conf \
	tests/unit/test_diag \
	tests/unit/test_digest \
	tests/unit/test_hex \
	tests/unit/test_imprint \
	tests/unit/test_log \
	tests/unit/test_merkle \
	tests/unit/test_message \
	tests/unit/test_secret \
	tests/unit/test_status \
	tests/unit/test_text \
	tests/unit/test_uuid
BASE_TEST_LIBS = $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_arena_SOURCES = tests/unit/test_arena.c
tests_unit_test_arena_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_arena_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_buf_SOURCES = tests/unit/test_buf.c
tests_unit_test_buf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_buf_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_clock_SOURCES = tests/unit/test_clock.c
tests_unit_test_clock_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_clock_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_conf_SOURCES = tests/unit/test_conf.c
tests_unit_test_conf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_conf_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_diag_SOURCES = tests/unit/test_diag.c
tests_unit_test_diag_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_diag_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_digest_SOURCES = tests/unit/test_digest.c
tests_unit_test_digest_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_digest_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_hex_SOURCES = tests/unit/test_hex.c
tests_unit_test_hex_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_hex_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_imprint_SOURCES = tests/unit/test_imprint.c
tests_unit_test_imprint_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_imprint_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_log_SOURCES = tests/unit/test_log.c
tests_unit_test_log_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_log_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_merkle_SOURCES = tests/unit/test_merkle.c
tests_unit_test_merkle_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_merkle_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_message_SOURCES = tests/unit/test_message.c
tests_unit_test_message_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_message_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_secret_SOURCES = tests/unit/test_secret.c
tests_unit_test_secret_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_secret_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_status_SOURCES = tests/unit/test_status.c
tests_unit_test_status_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_status_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_text_SOURCES = tests/unit/test_text.c
tests_unit_test_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_text_LDADD = $(BASE_TEST_LIBS)
tests_unit_test_uuid_SOURCES = tests/unit/test_uuid.c
tests_unit_test_uuid_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_uuid_LDADD = $(BASE_TEST_LIBS)
