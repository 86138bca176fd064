#!/bin/sh
# Two offices on one machine, each a congvand of its own: packets by HTTP gateway and by drop folder, killed in the middle; never twice, never lost.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_gateway.py"
