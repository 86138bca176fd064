#!/bin/sh
# What is no PDF, seen before it is signed, in Chromium, on a real congvand with every part.
exec /usr/bin/python3 -B "$CONGVAN_SRCDIR/tests/browser/run.py" contents.mjs
