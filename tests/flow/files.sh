#!/bin/sh
# Files that people add and that come in packets: what they are is said by their bytes.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_files.py"
