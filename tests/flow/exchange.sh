#!/bin/sh
# Packets between offices: a real congvand with workers, its drop folder and outbox.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_exchange.py"
