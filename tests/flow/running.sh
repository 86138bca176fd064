#!/bin/sh
# congvand as its administrator sees it: signals, limits, a PostgreSQL elsewhere.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_running.py"
