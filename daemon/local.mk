# The daemon as one library, so that tests and congvand link the same objects; main.c is congvand's own.
noinst_LIBRARIES += daemon/libdaemon.a
daemon_libdaemon_a_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS) $(SSL_CFLAGS) $(JANSSON_CFLAGS) $(PQ_CFLAGS) $(CURL_CFLAGS)
daemon_libdaemon_a_SOURCES = \
	daemon/http/answer.c \
	daemon/http/call.c daemon/http/http.h \
	daemon/http/condition.c \
	daemon/http/connection.c daemon/http/server_private.h \
	daemon/http/events.c \
	daemon/http/head.c daemon/http/head.h \
	daemon/http/parser.c daemon/http/parser.h \
	daemon/http/problem.c \
	daemon/http/refusal.c daemon/http/refusal.h \
	daemon/http/request.c \
	daemon/http/route.c daemon/http/route.h \
	daemon/http/server.c \
	daemon/http/tally.c daemon/http/tally.h \
	daemon/http/target.c daemon/http/target.h \
	daemon/io/conn.c daemon/io/conn.h \
	daemon/io/expiry.c daemon/io/expiry.h \
	daemon/io/fetch.c daemon/io/fetch.h \
	daemon/io/fetch_allow.c daemon/io/fetch_allow.h \
	daemon/io/listener.c daemon/io/listener.h \
	daemon/io/loop.c daemon/io/loop.h daemon/io/loop_uv.h \
	daemon/io/outq.c daemon/io/outq.h \
	daemon/io/pool.c daemon/io/pool.h \
	daemon/io/pool_spawn.c daemon/io/pool_spawn.h \
	daemon/io/spool.c daemon/io/spool.h \
	daemon/io/pool_worker.c daemon/io/pool_worker.h \
	daemon/io/tls.c daemon/io/tls.h
include daemon/db/local.mk
# The office (flow, store, evidence, api) lists its own.
include daemon/office.mk
# Proofs and the order of leaves.
include daemon/evidence/local.mk
# Texts of files, previews, verification, and the log, for people.
include daemon/archive/local.mk
# Exchange with other offices.
include daemon/exchange/local.mk
# The signer's client and the link it stands on.
include daemon/sign/local.mk
# What every program that links libdaemon needs with it.
DAEMON_LIBS = daemon/libdaemon.a lib/pki/libpki.a lib/wire/libwire.a $(ARGON2_LIBS) $(UV_LIBS) $(SSL_LIBS) $(JANSSON_LIBS) $(PQ_LIBS) $(CURL_LIBS) \
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

check_PROGRAMS += tests/unit/test_http_parser
tests_unit_test_http_parser_SOURCES = tests/unit/test_http_parser.c
tests_unit_test_http_parser_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_http_parser_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_expiry
tests_unit_test_expiry_SOURCES = tests/unit/test_expiry.c
tests_unit_test_expiry_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS)
tests_unit_test_expiry_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_http_server
tests_unit_test_http_server_SOURCES = tests/unit/test_http_server.c
tests_unit_test_http_server_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_http_server_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/test_http_route
tests_unit_test_http_route_SOURCES = tests/unit/test_http_route.c
tests_unit_test_http_route_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
tests_unit_test_http_route_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/fuzz/fuzz_http
tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz_http.c
tests_fuzz_fuzz_http_LDADD = $(FUZZ_MAIN) $(DAEMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/http

# A server with one route for each way of answering, for tests/flow/test_http.py and tests/bench/bench_http.
EXTRA_PROGRAMS += tests/flow/http_fixture
check_DATA += tests/flow/http_fixture$(EXEEXT)
CLEANFILES += tests/flow/http_fixture$(EXEEXT)
tests_flow_http_fixture_SOURCES = tests/flow/http_fixture.c
tests_flow_http_fixture_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_flow_http_fixture_LDADD = $(DAEMON_LIBS)
dist_check_SCRIPTS += tests/flow/http.sh
EXTRA_DIST += tests/flow/tap.py tests/flow/test_http.py

# Benches are built on demand: make tests/bench/load.
EXTRA_PROGRAMS += tests/bench/load
CLEANFILES += tests/bench/load$(EXEEXT)
tests_bench_load_SOURCES = tests/bench/load.c
EXTRA_PROGRAMS += tests/bench/load_sign tests/bench/raw_sign
CLEANFILES += tests/bench/load_sign$(EXEEXT) tests/bench/raw_sign$(EXEEXT)
tests_bench_load_sign_SOURCES = tests/bench/load_sign.c
tests_bench_load_sign_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS) $(CRYPTO_CFLAGS)
tests_bench_load_sign_LDADD = lib/seal/libseal.a lib/pki/libpki.a lib/doc/libdoc.a $(WIRE_LIBS) $(DOC_LIBS)
tests_bench_raw_sign_SOURCES = tests/bench/raw_sign.c
tests_bench_raw_sign_CFLAGS = $(AM_CFLAGS) $(CRYPTO_CFLAGS)
tests_bench_raw_sign_LDADD = $(tests_bench_load_sign_LDADD)
EXTRA_DIST += tests/bench/bench_http tests/bench/bench_memory tests/bench/bench_search tests/bench/bench_sign tests/bench/bench_start \
	tests/bench/signpdf.mjs
