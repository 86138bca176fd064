"""Every refused move, from the table as it is compiled in (move_rows.c): each (state, move, role) that it does not allow is refused with the right code, and
changes nothing."""
import itertools
import json
import os
import subprocess
import threading

import pytest

from contract import CONTRACT
from office import BUILD

ROLES = {"admin": "admin", "bithu": "leader", "vanthu": "clerk", "chuyenvien": "specialist", "luutru": "archivist"}
CREATOR = {"incoming": "vanthu", "outgoing": "chuyenvien", "internal": "chuyenvien"}


def rows():
    return json.loads(subprocess.run([os.path.join(BUILD, "tests", "flow", "move_rows")], capture_output=True, check=True).stdout)


ROWS = rows()
SIGNINGS = {"initial", "sign", "seal", "copy", "stamp"}  # through /v1/signings, with members of its own
NAMES = sorted({r["name"] for r in ROWS})
STATES = {d: sorted({s for r in ROWS if d in r["directions"] for s in (*r["from"], *([r["to"]] if r["to"] else []))}) for d in CREATOR}


def expected(direction, state, move, login):
    """The problem's (status, code) when the table forbids it; None when the table has no objection."""
    named = [r for r in ROWS if r["name"] == move and direction in r["directions"]]
    if not named:
        return 409, "move.unknown"
    here = [r for r in named if state in r["from"]]
    if not here:
        return 409, "move.state"
    who = set(itertools.chain.from_iterable(r["who"].split(", ") for r in here))
    is_ = {ROLES[login]} | ({"author"} if CREATOR[direction] == login else set())
    return None if who & is_ else (403, "move.role")


def test_the_table_is_the_one_of_the_guide():
    """Nothing here is about an empty table; and a state that no row leaves is final."""
    assert len(ROWS) >= 25 and {"register", "sign", "number", "seal", "dispatch"} <= set(NAMES)
    assert expected("incoming", "arrived", "register", "vanthu") is None
    assert expected("incoming", "arrived", "register", "bithu") == (403, "move.role")
    assert expected("incoming", "filed", "register", "vanthu") == (409, "move.state")


def test_the_contract_names_every_parameter_of_a_move():
    taken = {p for r in ROWS if r["name"] not in SIGNINGS for p in r["params"]}
    assert set(CONTRACT.spec["components"]["schemas"]["Move"]["properties"]) == taken | {"move"}


@pytest.mark.parametrize("direction", CREATOR)
def test_what_the_table_does_not_allow_is_refused(office, people, direction):
    creator = people[CREATOR[direction]]
    members = {"issuer_name": "X"} if direction == "incoming" else {"kind": "CV", "main": {"sha256": creator.upload(b"x"), "name": "x.txt"}}
    d = creator.create(direction, **members)
    wrong, refused = [], [0]

    def trace():
        return office.sql("SELECT state, revision, (SELECT count(*) FROM move WHERE document = d.id), (SELECT count(*) FROM leaf WHERE document = d.id),"
                          " (SELECT count(*) FROM outbox WHERE document = d.id), (SELECT count(*) FROM register_entry WHERE document = d.id),"
                          " (SELECT count(*) FROM assignment WHERE document = d.id), (SELECT count(*) FROM version WHERE document = d.id)"
                          " FROM document d WHERE id = '%s'" % d["id"])[0]

    def try_all(login, state, revision):
        c = office.client(people[login].token)
        sees = c.get("/v1/documents/" + d["id"]).code == 200
        for move in NAMES:
            want = expected(direction, state, move, login)
            if want is None and sees:
                continue
            a = c.try_move(d["id"], move, revision=revision)
            got = a.problem if a.code >= 400 else (a.code, None)
            if got != (want if sees else (404, "document.missing")):
                wrong.append((state, move, login, want, a))
            refused[0] += 1
        c.close()

    for state in STATES[direction]:
        office.sql("UPDATE document SET state = '%s', revision = revision + 1 WHERE id = '%s' AND state <> '%s'" % (state, d["id"], state))
        before = trace()
        threads = [threading.Thread(target=try_all, args=(login, state, int(before[1]))) for login in ROLES]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        assert trace() == before, state
    assert not wrong, wrong[:5]
    print("%s: %d refused in %d states" % (direction, refused[0], len(STATES[direction])))
    assert refused[0] > 300
