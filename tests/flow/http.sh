#!/bin/sh
# The HTTP server over real sockets.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_http.py"
