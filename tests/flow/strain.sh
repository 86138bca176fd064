#!/bin/sh
# PostgreSQL restarted under load, a full disk, clients that misbehave.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_strain.py"
