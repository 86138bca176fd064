#!/bin/sh
# A PDF of 100 MB through the office, on a build without sanitizers (CONGVAN_PLAIN) where there is one.
CONGVAN_BUILDDIR=${CONGVAN_PLAIN:-$CONGVAN_BUILDDIR} exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_large.py"
