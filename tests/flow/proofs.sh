#!/bin/sh
# Peer credentials, client certificates, and kill -9 of congvand.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_proofs.py"
