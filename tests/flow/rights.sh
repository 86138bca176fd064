#!/bin/sh
# What the role that does the office's work may not do to its own tables.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_rights.py"
