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
	lib/base/log.c lib/base/log.h \
	lib/base/message.c lib/base/message.h \
	lib/base/secret.c lib/base/secret.h \
	lib/base/status.c lib/base/status.h \
	lib/base/text.c lib/base/text.h \
	lib/base/uuid.c lib/base/uuid.h
# What every program that links libbase needs with it.
BASE_LIBS = lib/base/libbase.a $(CRYPTO_LIBS) $(UTF8PROC_LIBS) $(CONFUSE_LIBS)
EXTRA_DIST += \
	lib/base/catalogue/base.def lib/base/catalogue/doc.def lib/base/catalogue/pki.def \
	lib/base/catalogue/seal.def lib/base/catalogue/worker.def lib/base/catalogue/signer.def \
	lib/base/catalogue/http.def lib/base/catalogue/db.def lib/base/catalogue/office.def \
	lib/base/catalogue/exchange.def lib/base/catalogue/cli.def

check_PROGRAMS += tests/unit/test_buf
tests_unit_test_buf_SOURCES = tests/unit/test_buf.c
tests_unit_test_buf_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_buf_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
