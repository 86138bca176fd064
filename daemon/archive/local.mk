# Texts read out of files for the search; routes on versions and the evidence log.
daemon_libdaemon_a_SOURCES += \
	daemon/archive/archive.c daemon/archive/archive.h \
	daemon/archive/text.c daemon/archive/text.h \
	daemon/api/log_api.c daemon/api/version_api.c daemon/api/verification_api.c \
	daemon/api/preview_cache.c daemon/api/preview_cache.h daemon/api/version_view.h \
	daemon/store/archive_store.c daemon/store/archive_store.h

dist_check_SCRIPTS += tests/flow/archive.sh
EXTRA_DIST += tests/flow/test_archive.py

check_PROGRAMS += tests/unit/test_archive_text
tests_unit_test_archive_text_SOURCES = tests/unit/test_archive_text.c
tests_unit_test_archive_text_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_archive_text_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
