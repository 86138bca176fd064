#!/bin/sh
# Where visible signatures stand on the page, and places given by the user.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_placing.py"
