# Flow tests of what must hold whatever happens: processes killed, disks full, clients that misbehave.
dist_check_SCRIPTS += tests/flow/crash.sh tests/flow/rights.sh tests/flow/loop.sh tests/flow/large.sh tests/flow/memory.sh tests/flow/moves.sh tests/flow/strain.sh tests/flow/upgrade.sh
EXTRA_DIST += tests/flow/ledger.py tests/flow/merkle.py tests/flow/test_crash.py tests/flow/test_rights.py tests/flow/test_loop.py tests/flow/test_large.py tests/flow/test_moves.py tests/flow/test_strain.py tests/flow/test_upgrade.py tests/data/old/060.sql.xz tests/data/old/make_060.py

# The contract, schemas/openapi.json, both ways: office.py looks at every answer with contract.py, test_contract.py provokes every documented one.
dist_check_SCRIPTS += tests/flow/contract.sh
EXTRA_DIST += tests/flow/contract.py tests/flow/contract_world.py tests/flow/contract_recipes.py tests/flow/contract_writes.py tests/flow/test_contract.py

# Containers on the command line.
dist_check_SCRIPTS += tests/flow/asic.sh tests/flow/entries.sh
EXTRA_DIST += tests/flow/test_asic.py tests/flow/test_entries.py
dist_check_SCRIPTS += tests/flow/passport.sh
EXTRA_DIST += tests/flow/test_passport.py

# What first starts leave behind (tests/flow/first_start.py).
CLEAN_LOCAL += clean-first-starts
clean-first-starts:
	rm -rf tests/flow/first

# What the whole office signs with, by which way it goes out, and where its signatures stand.
dist_check_SCRIPTS += tests/flow/key_office.sh tests/flow/proxy.sh tests/flow/placing.sh tests/flow/tokens.sh
EXTRA_DIST += tests/flow/test_key_office.py tests/flow/test_proxy.py tests/flow/test_placing.py tests/flow/test_tokens.py

# A person's own key in a token at his own machine.
dist_check_SCRIPTS += tests/flow/own_key.sh
EXTRA_DIST += tests/flow/test_own_key.py

# A congvand that lies to the command line.
dist_check_SCRIPTS += tests/flow/lying.sh
EXTRA_DIST += tests/flow/test_lying.py

# Reports on the command line.
dist_check_SCRIPTS += tests/flow/report.sh tests/flow/report_api.sh
EXTRA_DIST += tests/flow/test_report.py tests/flow/test_report_api.py


# The flow table as it is compiled in, for test_moves.py.
EXTRA_PROGRAMS += tests/flow/move_rows
check_DATA += tests/flow/move_rows$(EXEEXT)
CLEANFILES += tests/flow/move_rows$(EXEEXT)
tests_flow_move_rows_SOURCES = tests/flow/move_rows.c
tests_flow_move_rows_CFLAGS = $(AM_CFLAGS) $(JANSSON_CFLAGS)
tests_flow_move_rows_LDADD = $(DAEMON_LIBS)
