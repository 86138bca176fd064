#!/bin/sh
# Outgoing requests go by net.proxy, and not past it.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_proxy.py"
