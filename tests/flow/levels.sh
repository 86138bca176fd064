#!/bin/sh
# Revocation data and levels, with OpenSSL's TSA and responder that the tests switch off and on.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_levels.py"
