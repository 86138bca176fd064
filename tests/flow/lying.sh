#!/bin/sh
# A congvand that lies, between the real command line and the real office: it cannot make a signature.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_lying.py"
