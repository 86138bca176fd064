#!/bin/sh
# What is inside containers, through the API and by the command line.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_entries.py"
