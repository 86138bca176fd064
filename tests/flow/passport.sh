#!/bin/sh
# The document passport: made by the daemon, checked off line by us and by strangers' tools.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_passport.py"
