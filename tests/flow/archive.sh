#!/bin/sh
# Texts found, pages seen, files verified, and the evidence log proven, on a real congvand.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_archive.py"
