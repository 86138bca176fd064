#!/bin/sh
# Verification reports by the API in every form.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_report_api.py"
