#!/bin/sh
# Containers on the command line: made, judged, taken apart, refused.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_asic.py"
