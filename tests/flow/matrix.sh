#!/bin/sh
# Every level, format and kind of key, looked at by programs of others.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_matrix.py"
