#!/bin/sh
# A day of the office in Chromium, on a real congvand with every part. What it needs, build-aux/install-packages puts there.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/browser/run.py"
