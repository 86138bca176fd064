#!/bin/sh
# Detached signatures beside their files: judged by the API, of our own making and out of a packet.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_detached.py"
