#!/bin/sh
# Keys of every kind through the whole office, in every form.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/flow/tap.py" "$CONGVAN_SRCDIR/tests/flow/test_key_office.py"
