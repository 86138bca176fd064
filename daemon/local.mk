# The daemon as one library, so that tests and congvand link the same objects; main.c is congvand's own.
noinst_LIBRARIES += daemon/libdaemon.a
daemon_libdaemon_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(SSL_CFLAGS) $(JANSSON_CFLAGS) $(PQ_CFLAGS) $(CURL_CFLAGS)
daemon_libdaemon_a_SOURCES = \
	daemon/io/fetch.c daemon/io/fetch.h \
	daemon/io/loop.c daemon/io/loop.h daemon/io/loop_uv.h \
	daemon/io/pool.c daemon/io/pool.h \
	daemon/io/pool_worker.c daemon/io/pool_worker.h
# What every program that links libdaemon needs with it.
DAEMON_LIBS = daemon/libdaemon.a lib/wire/libwire.a $(UV_LIBS) $(SSL_LIBS) $(JANSSON_LIBS) $(PQ_LIBS) $(CURL_LIBS) \
	$(BASE_LIBS)

check_PROGRAMS += tests/unit/test_loop
tests_unit_test_loop_SOURCES = tests/unit/test_loop.c
tests_unit_test_loop_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_loop_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_fetch
tests_unit_test_fetch_SOURCES = tests/unit/test_fetch.c
tests_unit_test_fetch_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_fetch_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)

# The pool with real workers.
check_PROGRAMS += tests/unit/test_pool
tests_unit_test_pool_SOURCES = tests/unit/test_pool.c
tests_unit_test_pool_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_pool_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
