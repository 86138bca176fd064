daemon_libdaemon_a_SOURCES += \
	daemon/io/link.c daemon/io/link.h \
	daemon/api/signing_api.c \
	daemon/api/web_api.c daemon/api/web_api.h \
	daemon/sign/approve.c daemon/sign/complete.c daemon/sign/complete.h \
	daemon/sign/number.c daemon/sign/prepare.c daemon/sign/sign.h \
	daemon/store/signing.c daemon/store/signing.h \
	daemon/sign/signer_link.c daemon/sign/signer_link.h

dist_check_SCRIPTS += tests/flow/signing.sh
EXTRA_DIST += tests/flow/test_signing.py tests/data/check_cades.py tests/data/demo_office.json
