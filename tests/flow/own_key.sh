#!/bin/sh
# A person's own key in a PKCS#11 token at his own machine, through the office: one document, several, attachments, wrong PIN, pulled out, PIN pad.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_own_key.py"
