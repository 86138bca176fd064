# Packets to and from other offices. daemon/exchange_part.c is congvand's own (daemon/office.mk).
daemon_libdaemon_a_SOURCES += \
	daemon/api/packet_api.c daemon/api/gateway_api.c daemon/api/gateway_api.h \
	daemon/exchange/exchange.c daemon/exchange/exchange.h \
	daemon/exchange/gateway.c daemon/exchange/gateway.h \
	daemon/exchange/folder.c daemon/exchange/folder.h \
	daemon/exchange/outbox.c daemon/exchange/outbox.h \
	daemon/exchange/receive.c daemon/exchange/receive_apply.c daemon/exchange/receive_private.h \
	daemon/exchange/settle.c daemon/exchange/settle.h \
	daemon/store/gateway.c daemon/store/gateway.h daemon/store/packet.c daemon/store/packet.h
dist_check_SCRIPTS += tests/flow/exchange.sh tests/flow/gateway.sh
EXTRA_DIST += tests/flow/test_exchange.py tests/flow/test_gateway.py
