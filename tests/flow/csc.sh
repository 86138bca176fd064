#!/bin/sh
# Signing with a key at a remote service (CSC API v2), off line and at the office.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_csc.py"
