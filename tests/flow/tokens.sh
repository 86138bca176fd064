#!/bin/sh
# Keys on two tokens behind two PKCS#11 modules at once.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_tokens.py"
