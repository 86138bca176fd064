#!/bin/sh
# Reports of `congvan verify` in each form, off line.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_report.py"
