#!/bin/sh
# An office of the first migrations starts with this congvand, and goes on.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_upgrade.py"
