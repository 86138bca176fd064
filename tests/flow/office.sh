#!/bin/sh
# The work of the office on a real congvand with its private PostgreSQL.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_office.py"
