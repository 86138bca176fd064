#!/bin/sh
# Signatures in every form through congvand: CMS with the document inside, ASiC-E and ASiC-S.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_containers.py"
