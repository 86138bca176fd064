# sources of lib/wire
noinst_LIBRARIES += lib/wire/libwire.a
lib_wire_libwire_a_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS) $(JANSSON_CFLAGS)
lib_wire_libwire_a_SOURCES = \
	lib/wire/activation.c lib/wire/activation.h \
	lib/wire/frame.c lib/wire/frame.h \
	lib/wire/hpke.c lib/wire/hpke.h \
	lib/wire/job.c lib/wire/job.h \
	lib/wire/signer_format.c lib/wire/signer_format.h \
	lib/wire/signer_msg.c lib/wire/signer_msg.h
# What every program that links libwire needs with it; BASE_LIBS come after.
WIRE_LIBS = lib/wire/libwire.a $(JANSSON_LIBS)

check_PROGRAMS += tests/unit/test_frame tests/unit/test_job
tests_unit_test_frame_SOURCES = tests/unit/test_frame.c
tests_unit_test_frame_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_frame_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
tests_unit_test_job_SOURCES = tests/unit/test_job.c
tests_unit_test_job_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_job_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_activation
tests_unit_test_activation_SOURCES = tests/unit/test_activation.c
tests_unit_test_activation_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_activation_LDADD = $(WIRE_LIBS) $(BASE_LIBS) $(CMOCKA_LIBS)
