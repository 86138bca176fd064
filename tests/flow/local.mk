# Flow tests of what must hold whatever happens: processes killed, disks full, clients that misbehave.
dist_check_SCRIPTS += tests/flow/crash.sh tests/flow/rights.sh tests/flow/loop.sh
EXTRA_DIST += tests/flow/ledger.py tests/flow/merkle.py tests/flow/test_crash.py tests/flow/test_rights.py tests/flow/test_loop.py

# Containers on the command line.
dist_check_SCRIPTS += tests/flow/asic.sh
EXTRA_DIST += tests/flow/test_asic.py
dist_check_SCRIPTS += tests/flow/passport.sh
EXTRA_DIST += tests/flow/test_passport.py

# Reports on the command line.
dist_check_SCRIPTS += tests/flow/report.sh
EXTRA_DIST += tests/flow/test_report.py
