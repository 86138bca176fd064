#!/bin/sh
# Certified copies and the stamp ĐẾN through a real congvand, worker, signer and TSA, by the real command line; judged by pdfsig too.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_copy.py"
