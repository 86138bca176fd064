#!/bin/sh
# A leader with an Ed25519 key, through the office; the second opinion is GnuTLS.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_ed25519.py"
