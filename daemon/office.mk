# The office: the rules (flow), what is kept (store), the leaves of the evidence log, the API.
daemon_libdaemon_a_SOURCES += \
	daemon/flow/facts.h daemon/store/person.h \
	daemon/flow/move.c daemon/flow/move.h daemon/flow/move_table.c \
	daemon/flow/notation.c daemon/flow/notation.h \
	daemon/flow/param.c daemon/flow/param.h \
	daemon/flow/register.c daemon/flow/register.h \
	daemon/evidence/leaf.c daemon/evidence/leaf.h

OFFICE_TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
check_PROGRAMS += tests/unit/test_move tests/unit/test_notation tests/unit/test_register tests/unit/test_leaf
tests_unit_test_move_SOURCES = tests/unit/test_move.c
tests_unit_test_move_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_move_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_notation_SOURCES = tests/unit/test_notation.c
tests_unit_test_notation_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_notation_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_register_SOURCES = tests/unit/test_register.c
tests_unit_test_register_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_register_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_leaf_SOURCES = tests/unit/test_leaf.c
tests_unit_test_leaf_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_leaf_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
