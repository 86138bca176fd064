#!/bin/sh
# Several leaders on one document, and a reviewer's initials, on a real congvand, worker and signer; judged by pdfsig too.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_signers.py"
