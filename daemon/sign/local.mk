daemon_libdaemon_a_SOURCES += \
	daemon/io/link.c daemon/io/link.h \
	daemon/sign/signer_link.c daemon/sign/signer_link.h
