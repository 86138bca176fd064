#!/bin/sh
# A document signed and sealed together with its appendices by one approval: through a real congvand, worker, signer and TSA, by the real command line.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_appendices.py"
