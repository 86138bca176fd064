#!/bin/sh
# The room kept in a PDF for a signature: chains and timestamps of every size, through a real congvand, worker, signer and TSA.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_room.py"
