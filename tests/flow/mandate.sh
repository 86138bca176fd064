#!/bin/sh
# Mandates to sign for others, on a real congvand, worker and signer.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_mandate.py"
