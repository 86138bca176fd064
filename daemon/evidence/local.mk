# The evidence log: sequencer, stored tree, proofs.
daemon_libdaemon_a_SOURCES += \
	daemon/evidence/extract.c daemon/evidence/extract.h \
	daemon/evidence/note_signer.c daemon/evidence/note_signer.h \
	daemon/evidence/proof.c daemon/evidence/proof.h \
	daemon/evidence/sequencer.c daemon/evidence/sequencer.h \
	daemon/evidence/tree.c daemon/evidence/tree.h \
	daemon/store/log_store.c daemon/store/log_store.h

check_PROGRAMS += tests/unit/test_sequencer
tests_unit_test_sequencer_SOURCES = tests/unit/test_sequencer.c $(DB_FIXTURE)
tests_unit_test_sequencer_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(UV_CFLAGS)
tests_unit_test_sequencer_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
