#!/bin/sh
# Counter-signatures through every part.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_counter_sign.py"
