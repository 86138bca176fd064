#!/bin/sh
# Every move that the flow table does not allow is refused.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_moves.py"
