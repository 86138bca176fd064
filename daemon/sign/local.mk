daemon_libdaemon_a_SOURCES += \
	daemon/io/link.c daemon/io/link.h \
	daemon/sign/approve.c daemon/sign/complete.c daemon/sign/complete.h \
	daemon/sign/container.c daemon/sign/container.h daemon/sign/objects.c daemon/sign/objects.h \
	daemon/sign/disagreement.c daemon/sign/disagreement.h \
	daemon/sign/gather.c daemon/sign/gather.h \
	daemon/sign/judge.c daemon/sign/judge.h \
	daemon/sign/level.c daemon/sign/level.h \
	daemon/sign/levels.c daemon/sign/levels.h \
	daemon/sign/memfile.c daemon/sign/memfile.h \
	daemon/sign/proofs.c daemon/sign/proofs.h \
	daemon/sign/raise.c daemon/sign/raise.h \
	daemon/sign/room.c daemon/sign/room.h \
	daemon/sign/sign_move.c daemon/sign/sign_move.h \
	daemon/sign/stamp.c daemon/sign/stamp.h \
	daemon/sign/trust.c daemon/sign/trust.h \
	daemon/sign/tsa.c daemon/sign/tsa.h \
	daemon/sign/whole.c daemon/sign/whole.h \
	daemon/store/proof.c daemon/store/proof.h \
	daemon/store/verdict.c daemon/store/verdict.h \
	daemon/sign/number.c daemon/sign/own.c daemon/sign/prepare.c daemon/sign/prepare_choose.c daemon/sign/prepare_look.c daemon/sign/prepare_private.h \
	daemon/sign/prepare_whole.c daemon/sign/sign.h \
	daemon/store/signing.c daemon/store/signing.h \
	daemon/sign/signer_link.c daemon/sign/signer_link.h

dist_check_SCRIPTS += tests/flow/appendices.sh tests/flow/copy.sh tests/flow/levels.sh tests/flow/room.sh tests/flow/signing.sh
EXTRA_DIST += tests/flow/pki_server.py tests/flow/test_appendices.py tests/flow/test_copy.py tests/flow/test_levels.py tests/flow/test_room.py tests/flow/test_signing.py tests/data/check_cades.py tests/data/demo_office.json
