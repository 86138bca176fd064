# The office: the rules (flow), what is kept (store), the leaves of the evidence log, the API.
daemon_libdaemon_a_SOURCES += \
	daemon/api/account_api.c \
	daemon/api/api.c daemon/api/api.h \
	daemon/api/auth.c daemon/api/auth.h \
	daemon/api/content_api.c daemon/api/content_send.h \
	daemon/api/content_receive.c daemon/api/content_receive.h \
	daemon/api/directory_api.c daemon/api/document_api.c \
	daemon/api/entry_api.c daemon/api/file_send.c daemon/api/file_send.h \
	daemon/api/event_api.c daemon/api/event_hub.h \
	daemon/api/guard.c daemon/api/guard.h \
	daemon/api/mandate_api.c daemon/api/verdict_api.c daemon/api/report_form.c daemon/api/report_form.h daemon/api/file_check.c daemon/api/file_check.h \
	daemon/api/meta_api.c \
	daemon/api/passport_api.c \
	daemon/api/password.c daemon/api/password.h \
	daemon/api/register_api.c \
	daemon/api/routes.c daemon/api/routes.h \
	daemon/api/session_api.c \
	daemon/api/signing_api.c \
	daemon/api/web_api.c daemon/api/web_api.h \
	daemon/api/write.c daemon/api/write.h \
	daemon/io/offload.c daemon/io/offload.h \
	daemon/store/event.c daemon/store/event.h \
	daemon/store/normal.c daemon/store/normal.h \
	daemon/flow/act.c daemon/flow/act.h daemon/flow/act_private.h \
	daemon/flow/draft.c daemon/flow/draft.h \
	daemon/flow/facts.c daemon/flow/facts.h \
	daemon/flow/mandate.c daemon/flow/mandate.h \
	daemon/flow/number.c daemon/flow/packet_body.c \
	daemon/flow/packet_kind.c daemon/flow/packet_kind.h \
	daemon/flow/plan_document.c daemon/flow/plan_exchange.c daemon/flow/plan_move.c \
	daemon/flow/words.c daemon/flow/words.h \
	daemon/store/account.c daemon/store/account.h \
	daemon/store/directory.c daemon/store/directory.h \
	daemon/store/document.c daemon/store/document.h daemon/store/document_write.c \
	daemon/store/deadline.c daemon/store/deadline.h \
	daemon/store/holder.c daemon/store/holder.h \
	daemon/store/mandate.c daemon/store/mandate.h \
	daemon/store/person.h daemon/store/visible.h \
	daemon/store/register.c daemon/store/register.h \
	daemon/store/repeat.c daemon/store/repeat.h \
	daemon/store/search.c daemon/store/search.h \
	daemon/store/store.c daemon/store/store.h \
	daemon/flow/move.c daemon/flow/move.h daemon/flow/move_table.c \
	daemon/flow/notation.c daemon/flow/notation.h \
	daemon/flow/param.c daemon/flow/param.h \
	daemon/flow/register.c daemon/flow/register.h \
	daemon/store/leaf.c daemon/store/leaf.h daemon/store/leaf_write.c

OFFICE_TEST_CFLAGS = $(AM_CFLAGS) $(CMOCKA_CFLAGS) $(JANSSON_CFLAGS)
check_PROGRAMS += tests/unit/test_mandate
tests_unit_test_mandate_SOURCES = tests/unit/test_mandate.c
tests_unit_test_mandate_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_mandate_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
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

sbin_PROGRAMS += congvand
congvand_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
congvand_SOURCES = daemon/main.c daemon/app.c daemon/app.h daemon/bootstrap.c daemon/evidence_part.c daemon/exchange_part.c daemon/exchange_part.h daemon/outside.c daemon/outside.h daemon/settings.c daemon/settings.h
congvand_LDADD = $(DAEMON_LIBS)
# Its first configuration, and a sample of every key, written by the program from its own table.
FIRST_CONF += daemon/congvand.conf
EXTRA_DIST += daemon/congvand.conf
dist_man_MANS += daemon/congvand.8
pkgdata_DATA += daemon/congvand.conf.sample
CLEANFILES += daemon/congvand.conf.sample
daemon/congvand.conf.sample: congvand$(EXEEXT)
	$(AM_V_GEN)./congvand$(EXEEXT) --print-config >$@.new && mv $@.new $@
dist_check_SCRIPTS += tests/flow/office.sh tests/flow/proofs.sh tests/flow/running.sh tests/flow/mandate.sh tests/flow/signers.sh tests/flow/detached.sh tests/flow/containers.sh tests/flow/ed25519.sh tests/flow/counter_sign.sh tests/flow/files.sh
EXTRA_DIST += tests/flow/conftest.py tests/flow/office.py tests/flow/first_start.py tests/flow/demo_pki.py tests/flow/token_key.py tests/flow/test_office.py tests/flow/test_proofs.py tests/flow/test_running.py tests/flow/test_mandate.py tests/flow/test_signers.py tests/flow/test_detached.py tests/flow/test_containers.py tests/flow/test_ed25519.py tests/flow/test_counter_sign.py tests/flow/test_files.py
check_PROGRAMS += tests/unit/test_words tests/unit/test_draft tests/unit/test_guard tests/unit/test_packet_body
tests_unit_test_words_SOURCES = tests/unit/test_words.c
tests_unit_test_words_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_words_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_draft_SOURCES = tests/unit/test_draft.c
tests_unit_test_draft_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_draft_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_guard_SOURCES = tests/unit/test_guard.c
tests_unit_test_guard_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_guard_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
tests_unit_test_packet_body_SOURCES = tests/unit/test_packet_body.c
tests_unit_test_packet_body_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_packet_body_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/fuzz/fuzz_words
tests_fuzz_fuzz_words_SOURCES = tests/fuzz/fuzz_words.c
tests_fuzz_fuzz_words_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_fuzz_fuzz_words_LDADD = $(FUZZ_MAIN) $(DAEMON_LIBS)
EXTRA_DIST += tests/fuzz/corpus/words
check_PROGRAMS += tests/unit/test_openapi
tests_unit_test_openapi_SOURCES = tests/unit/test_openapi.c
tests_unit_test_openapi_CFLAGS = $(OFFICE_TEST_CFLAGS)
tests_unit_test_openapi_LDADD = $(DAEMON_LIBS) $(CMOCKA_LIBS)
