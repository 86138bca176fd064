# The only folder that sees libpq.
daemon_libdaemon_a_SOURCES += \
	daemon/db/act.c \
	daemon/db/child.c daemon/db/child.h \
	daemon/db/combiner.c daemon/db/combiner.h daemon/db/combiner_private.h \
	daemon/db/dbconn.c daemon/db/dbconn_pipeline.c daemon/db/dbconn.h daemon/db/dbconn_private.h \
	daemon/db/control.c daemon/db/control.h \
	daemon/db/db.c daemon/db/db.h \
	daemon/db/embedded.c daemon/db/embedded.h \
	daemon/db/lookup.c daemon/db/lookup.h \
	daemon/db/migrate.c daemon/db/migrate.h \
	daemon/db/migration_files.c daemon/db/migration_files.h \
	daemon/db/pid_file.c daemon/db/pid_file.h \
	daemon/db/place.c daemon/db/place.h \
	daemon/db/dbpool.c daemon/db/dbpool.h \
	daemon/db/prepared.c daemon/db/prepared.h \
	daemon/db/request.c daemon/db/request.h \
	daemon/db/room.c daemon/db/room.h \
	daemon/db/result.c daemon/db/result.h \
	daemon/db/session.c daemon/db/session.h \
	daemon/db/watch.c daemon/db/watch.h
# The content store stands on it alone.
daemon_libdaemon_a_SOURCES += \
	daemon/store/content.c daemon/store/content.h daemon/store/content_private.h \
	daemon/store/content_cache.c daemon/store/content_cache.h \
	daemon/store/content_fd.c \
	daemon/store/content_new.c \
	daemon/store/content_get.c \
	daemon/store/content_imprints.c \
	daemon/store/content_put.c

# Each of these starts a PostgreSQL of its own.
DB_FIXTURE = tests/unit/db_fixture.c tests/unit/db_fixture.h
check_PROGRAMS += tests/unit/test_db_embedded
tests_unit_test_db_embedded_SOURCES = tests/unit/test_db_embedded.c $(DB_FIXTURE)
tests_unit_test_db_embedded_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_db_embedded_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_db_lookup
tests_unit_test_db_lookup_SOURCES = tests/unit/test_db_lookup.c
tests_unit_test_db_lookup_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_db_lookup_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_db_pool
tests_unit_test_db_pool_SOURCES = tests/unit/test_db_pool.c $(DB_FIXTURE)
tests_unit_test_db_pool_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_db_pool_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_db_combiner
tests_unit_test_db_combiner_SOURCES = tests/unit/test_db_combiner.c $(DB_FIXTURE)
tests_unit_test_db_combiner_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_db_combiner_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_db_migrate
tests_unit_test_db_migrate_SOURCES = tests/unit/test_db_migrate.c $(DB_FIXTURE)
tests_unit_test_db_migrate_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_db_migrate_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/test_store_content
tests_unit_test_store_content_SOURCES = tests/unit/test_store_content.c $(DB_FIXTURE)
tests_unit_test_store_content_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_store_content_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)

# make tests/bench/bench_ingest, in a build without sanitizers (tests/bench/README.md).
EXTRA_PROGRAMS += tests/bench/bench_ingest
tests_bench_bench_ingest_SOURCES = tests/bench/bench_ingest.c
tests_bench_bench_ingest_CFLAGS = $(AM_CFLAGS) $(UV_CFLAGS)
tests_bench_bench_ingest_LDADD = $(DAEMON_LIBS)
check_PROGRAMS += tests/unit/test_db_full
tests_unit_test_db_full_SOURCES = tests/unit/test_db_full.c $(DB_FIXTURE)
tests_unit_test_db_full_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_db_full_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
