"""Runs a pytest file and prints TAP, for `make check`: tap.py FILE [pytest arguments]. By hand, pytest itself is nicer:

    CONGVAN_BUILDDIR=build/dev python3 -m pytest -q tests/flow/test_http.py
"""
import os
import sys

import pytest

# Pytest's own words would not be TAP: they and what tests print go nowhere, and we write to a copy of standard output.
tap = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def say(line):
    print(line, file=tap)


class Tap:
    def __init__(self):
        self.count, self.reports = 0, []

    def pytest_collection_finish(self, session):
        say("1..%d" % len(session.items))

    def pytest_collectreport(self, report):
        if report.failed:
            say("Bail out! %s cannot be read" % report.nodeid)
            self.explain(report)

    def pytest_runtest_logreport(self, report):
        self.reports.append(report)
        if report.when != "teardown":
            return
        bad = [r for r in self.reports if r.failed]
        skipped = [r for r in self.reports if r.skipped]
        self.count += 1
        say("%s %d - %s%s" % ("not ok" if bad else "ok", self.count, report.nodeid.split("::", 1)[-1].replace("#", "_"),
                               " # SKIP %s" % self.reason(skipped[0]) if skipped else ""))
        for r in bad:
            self.explain(r)
        self.reports = []

    @staticmethod
    def reason(report):
        """Of a skipped test: the last of (file, line, reason)."""
        return report.longrepr[2] if isinstance(report.longrepr, tuple) else ""

    @staticmethod
    def explain(report):
        for line in str(report.longrepr).splitlines()[-60:]:
            say("# " + line)


sys.exit(pytest.main(["-q", "--tb=short", "-p", "no:cacheprovider", *sys.argv[1:]], plugins=[Tap()]))
