#!/bin/sh
# kill -9 of every process while clients write: nothing acknowledged is lost.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_crash.py"
