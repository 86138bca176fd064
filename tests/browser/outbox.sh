#!/bin/sh
# The outbox in the pages, in Chromium, on a real congvand with every part.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/browser/run.py" outbox.mjs
