#!/bin/sh
# Every documented answer of schemas/openapi.json, provoked from a real congvand.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_contract.py"
