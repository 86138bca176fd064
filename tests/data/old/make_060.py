#!/usr/bin/python3
"""Made 060.sql.xz: the rows of an office that worked with migrations 001 to 060, for tests/flow/test_upgrade.py. Runs with the programs and the tests of the commit
07b0dd5, the last one with those, not with these:

    git worktree add ../old 07b0dd5 && cd ../old && (autoreconf -i; mkdir -p build/opt; cd build/opt; ../../configure; make congvand congvan-worker signer/congvan-signer cli/congvan)
    CONGVAN_SRCDIR=$PWD CONGVAN_BUILDDIR=$PWD/build/opt /usr/bin/python3 -B THIS 060.sql && xz -9e 060.sql
"""
import contextlib
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.environ["CONGVAN_SRCDIR"], "tests", "flow"))
import test_exchange  # noqa: E402
import test_office  # noqa: E402
import test_signing  # noqa: E402


def incoming(o):
    """One from its arrival to the file, with a file of two chunks; one that is registered; a packet that came in."""
    clerk, leader, author = (o.people[n] for n in ("vanthu", "bithu", "chuyenvien"))
    d = test_office.arrive(clerk, subject="Về việc kiện toàn tổ chức", kind="QD", main={"sha256": clerk.upload(test_signing.letter(o)), "name": "quyet-dinh.pdf"},
                           attachments=[{"sha256": clerk.upload(b"".join(b"%08d du lieu\n" % n for n in range(20000))), "name": "so-lieu.txt"}])
    d = clerk.move(d, "register", note="bản giấy")
    d = leader.move(d, "assign", direction="Giao Ban Tổ chức chủ trì", lead="Ban Tổ chức", coordinate=["Văn phòng"], inform=["luutru"], deadline="2026-12-01")
    d = author.move(d, "accept")
    author.post("/v1/documents/%s/notes" % d["id"], {"kind": "progress", "body": "Đã họp"})
    d = author.move(d, "complete", note="Đã xong")
    o.people["luutru"].move(d, "file", file_code="01.TCCB")
    clerk.move(test_office.arrive(clerk, subject="Về việc báo cáo tình hình"), "register")
    assert test_exchange.hand_in(clerk, str(test_exchange.packet())).code == 201


def outgoing(o):
    """One of each state from dispatched down to draft; one that was numbered and then voided; one whose signing is prepared and not approved."""
    clerk = o.people["vanthu"]

    def until(state):
        d = test_signing.submitted(o)
        test_signing.sign(o, "bithu", d)
        if state != "signed":
            test_signing.cli(o, "vanthu", "document", "number", d)
        if state == "sealed":
            test_signing.sign(o, "vanthu", d, "seal")
        return d
    clerk.move(until("sealed"), "dispatch", receivers=[{"organ_id": "H37"}])
    for state in ("sealed", "numbered", "signed"):
        until(state)
    clerk.move(until("numbered"), "void", reason="Viết sai")
    assert o.people["bithu"].post("/v1/signings", {"document": test_signing.submitted(o), "move": "sign", "key": "leader1"}).code == 201
    test_office.draft(o.people["chuyenvien"], subject="Dự thảo chưa trình")


def main():
    with contextlib.contextmanager(test_signing.desk.__wrapped__)() as o:
        incoming(o)
        outgoing(o)
        while o.sql("SELECT (SELECT count(*) FROM derived_text WHERE state = 'waiting') + (SELECT count(*) FROM leaf WHERE index IS NULL)")[0][0] != "0":
            time.sleep(0.2)
        time.sleep(2)  # the checkpoint of the last leaf
        with open(sys.argv[1], "wb") as f:
            subprocess.run(["/usr/lib/postgresql/15/bin/pg_dump", "-h", os.path.join(o.dir, "data", "postgresql", "run"), "-U", "congvan", "-d", "postgres", "--no-owner", "--no-privileges"],
                           stdout=f, check=True)


main()
