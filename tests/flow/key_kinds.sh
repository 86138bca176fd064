#!/bin/sh
# Every kind of key by every format, signed on the command line and judged by openssl, pdfsig and our verifier.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_key_kinds.py"
