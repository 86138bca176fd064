"""Certified copies (sao y, sao lục, trích sao) and the stamp ĐẾN: files of their own beside a document that stays as it is, made from its very bytes, with who may make
them, what they show, what the evidence log says of them, and that they are never sent with the document."""
import json
import os
import subprocess

import pytest

from test_signing import cli, desk, letter, newest, sign, submitted  # noqa: F401 (desk is a fixture)


def make(desk, login, move, document, *words, key=None, code=0):  # noqa: F811
    key = key or {"bithu": "leader1", "vanthu": "office"}[login]
    return cli(desk, login, move, document, "--key", key, "--pin-file", os.path.join(desk.signer.dir, key + ".pin"), "--yes", *words, code=code)


def parts(desk, document, part):  # noqa: F811
    return [v for v in desk.people["luutru"].document(document)["versions"] if v["part"] == part]


def bytes_of(desk, document, version):  # noqa: F811
    a = desk.people["luutru"].get("/v1/documents/%s/versions/%s/content" % (document, version["id"]))
    assert a.code == 200, a
    return a.body


def corner(pdf):
    """The words in the top right quarter of page 1, and those of the whole page."""
    box = subprocess.run(["pdftotext", "-f", "1", "-l", "1", "-x", "297", "-y", "0", "-W", "300", "-H", "120", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    page = subprocess.run(["pdftotext", "-f", "1", "-l", "1", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return box.stdout.decode(), page.stdout.decode()


def judged(desk, document, version):  # noqa: F811
    a = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, version["id"]))
    assert a.code == 200, a
    return [(s["indication"], s["changes"]) for s in a.json["signatures"]]


def leaf_of(desk, document, move):  # noqa: F811
    rows = desk.sql("SELECT convert_from(body, 'UTF8') FROM leaf WHERE document = '%s' ORDER BY id" % document)
    return [leaf for leaf in (json.loads(r[0]) for r in rows) if leaf.get("move") == move]


@pytest.fixture(scope="module")
def issued(desk):  # noqa: F811
    d = submitted(desk)
    sign(desk, "bithu", d)
    cli(desk, "vanthu", "document", "number", d)
    sign(desk, "vanthu", d, "seal")
    cli(desk, "vanthu", "document", "dispatch", d)
    return d


def test_sao_y(desk, issued):  # noqa: F811
    before = desk.people["luutru"].document(issued)
    main, original = newest(desk, issued)
    out = make(desk, "vanthu", "copy", issued)
    assert '"state": "done"' in out and '"level": "B-T"' in out, out
    after = desk.people["luutru"].document(issued)
    assert after["state"] == before["state"] == "dispatched" and after["revision"] == before["revision"] + 1
    assert [v for v in after["versions"] if v["part"] != "copy"] == before["versions"]
    (copy,) = parts(desk, issued, "copy")
    assert (copy["part_number"], copy["ordinal"], copy["cause"], copy["name"], copy["mime"]) == (1, 1, "copied", "thu.ban-sao.pdf", "application/pdf")
    data = bytes_of(desk, issued, copy)
    assert data.startswith(original) and len(data) > len(original)
    assert newest(desk, issued)[1] == original
    top, _ = corner(data)
    assert "Sao y" in top and "Quận ủy Một" in top and "+07:00" in top, top
    assert "Sao y" not in corner(original)[1]
    assert judged(desk, issued, copy) == [("TOTAL-PASSED", "permitted"), ("TOTAL-PASSED", "permitted"), ("TOTAL-PASSED", "none")]
    path = os.path.join(desk.signer.dir, "sao.pdf")
    with open(path, "wb") as f:
        f.write(data)
    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid") == 3 and said.count("Văn phòng Quận ủy Demo") >= 2, said
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False).returncode == 0
    # who, what of which version, in which form: in the history and the evidence log
    (leaf,) = leaf_of(desk, issued, "copy")
    assert leaf["details"]["form"] == "sao-y" and leaf["details"]["signing"]["of"] == main["id"] and leaf["details"]["signing"]["key"] == "office"
    assert [v["part"] for v in leaf["versions"]] == ["copy"] and leaf["versions"][0]["sha256"] == copy["sha256"]
    assert leaf["from"] == leaf["to"] == "dispatched"
    row = desk.people["luutru"].get("/v1/documents/%s/history" % issued).json["items"][-1]
    assert row["name"] == "copy" and row["actor"]["id"] == desk.people["vanthu"].id and row["leaf"]


def test_each_copy_is_a_file_of_its_own(desk, issued):  # noqa: F811
    """By the leader, as sao lục; made from the document, not from the copy before."""
    had = parts(desk, issued, "copy")
    make(desk, "bithu", "copy", issued, "--form", "sao-luc")
    copies = parts(desk, issued, "copy")
    assert copies[:len(had)] == had and copies[-1]["part_number"] == len(had) + 1 and copies[-1]["ordinal"] == 1
    data = bytes_of(desk, issued, copies[-1])
    assert data.startswith(newest(desk, issued)[1]) and len(judged(desk, issued, copies[-1])) == 3
    top, _ = corner(data)
    assert "Sao lục" in top and "Sao y" not in top and "Quận ủy Một" in top, top


def test_trich_sao(desk, issued):  # noqa: F811
    """The extract is a file that the clerk has made; the digest he approves is computed from that file."""
    path = os.path.join(desk.signer.dir, "phan trich.pdf")
    with open(path, "wb") as f:
        f.write(letter(desk))
    had = len(parts(desk, issued, "copy"))
    for words, code in ((("--form", "trich-sao"), "signing.extract"), (("--extract", path), "signing.extract"),
                        (("--form", "sao-y", "--extract", path), "signing.extract"), (("--form", "khac"), "param.value")):
        assert code in make(desk, "vanthu", "copy", issued, *words, code=2), words
    make(desk, "vanthu", "copy", issued, "--form", "trich-sao", "--extract", path)
    copies = parts(desk, issued, "copy")
    assert len(copies) == had + 1
    data = bytes_of(desk, issued, copies[-1])
    with open(path, "rb") as f:
        assert data.startswith(f.read())
    assert "Trích sao" in corner(data)[0] and judged(desk, issued, copies[-1]) == [("TOTAL-PASSED", "none")]
    leaf = leaf_of(desk, issued, "copy")[-1]
    assert leaf["details"]["form"] == "trich-sao" and leaf["details"]["signing"]["of"] == newest(desk, issued)[0]["id"]
    a = desk.people["vanthu"].post("/v1/signings", {"document": issued, "move": "copy", "key": "office", "copy": "trich-sao", "extract": {"sha256": "ab" * 32}})
    assert a.code == 422 and "content.missing" in a.codes(), a
    a = desk.people["vanthu"].post("/v1/signings", {"document": issued, "move": "copy", "key": "office", "copy": "trich-sao", "extract": {"sha256": "AB"}})
    assert a.code == 422 and "param.digest" in a.codes(), a


def test_who_may_copy_what(desk, issued):  # noqa: F811
    people = desk.people

    def ask(login, document, key="office", move="copy", **more):
        return people[login].post("/v1/signings", {"document": document, "move": move, "key": key, **more})

    assert ask("chuyenvien", issued).problem == (403, "move.role")
    assert ask("luutru", issued).problem == (403, "signing.key")  # may, but has no key at the signer
    assert ask("vanthu", submitted(desk)).problem[0] in (404, 409)
    assert ask("bithu", submitted(desk), "leader1").problem == (409, "move.state")
    for role in ("leader", "office", "arrival", "invisible"):
        a = ask("vanthu", issued, role=role)
        assert a.code == 422 and "signing.role" in a.codes(), a
    assert ask("vanthu", issued, role="copy").code == 201
    assert ask("vanthu", issued, move="stamp").problem == (409, "move.unknown")
    a = ask("vanthu", issued, attachments=True)
    assert a.code == 422 and "signing.together" in a.codes(), a
    # past the signing there is no way
    assert people["vanthu"].try_move(issued, "copy").problem == (422, "move.signing")
    assert "copy" in people["vanthu"].document(issued)["moves"] and "copy" not in people["chuyenvien"].document(issued)["moves"]
    other = people["vanthu"].create("incoming", issuer_name="Ban Dân vận", main={"sha256": people["vanthu"].upload(b"chu thuong"), "name": "thu.txt"})
    people["vanthu"].move(other, "register")
    for move in ("copy", "stamp"):
        a = ask("vanthu", other["id"], move=move)
        assert a.code == 422 and "signing.pdf" in a.codes(), a


def test_copies_are_not_sent(desk, issued):  # noqa: F811
    """A receiver who comes in later gets the document, not what the office made of it."""
    assert parts(desk, issued, "copy")
    desk.people["vanthu"].move(issued, "update", reason="Thêm nơi nhận", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"},
                                                                                   {"organ_id": "B02", "organ_name": "Phường Hai"}])
    bodies = [json.loads(r[0]) for r in desk.sql("SELECT body FROM outbox WHERE document = '%s' AND kind = 'document' AND receiver_code = 'B02'" % issued)]
    assert bodies and [[a["name"] for a in b["attachments"]] for b in bodies] == [["thu.pdf"]] * len(bodies)


def incoming(desk, data):  # noqa: F811
    clerk = desk.people["vanthu"]
    return clerk.create("incoming", issuer_name="Ủy ban nhân dân tỉnh", code_number="15", main={"sha256": clerk.upload(data), "name": "den tu tinh.pdf"})["id"]


def test_stamp(desk, issued):  # noqa: F811
    """Another office's signed document: its bytes and signatures stay; the stamp with number and day stands on a copy beside it."""
    original = newest(desk, issued)[1]
    d = incoming(desk, original)
    clerk = desk.people["vanthu"]
    a = clerk.post("/v1/signings", {"document": d, "move": "stamp", "key": "office"})
    assert a.problem == (409, "move.state"), a  # no number yet
    clerk.move(d, "register")
    document = clerk.document(d)
    out = make(desk, "vanthu", "stamp", d)
    assert '"state": "done"' in out, out
    (stamped,) = parts(desk, d, "arrival")
    assert (stamped["part_number"], stamped["ordinal"], stamped["cause"], stamped["name"]) == (0, 1, "stamped", "den tu tinh.den.pdf")
    data = bytes_of(desk, d, stamped)
    assert data.startswith(original) and newest(desk, d)[1] == original and newest(desk, d)[0]["cause"] == "received"
    assert judged(desk, d, stamped) == [("TOTAL-PASSED", "permitted"), ("TOTAL-PASSED", "permitted"), ("TOTAL-PASSED", "none")]
    _, page = corner(data)
    day = desk.sql("SELECT to_char(taken_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'DD/MM/YYYY') FROM register_entry WHERE document = '%s'" % d)[0][0]
    assert "ĐẾN" in page and day in page and str(document["arrival_number"]) in page.split("ĐẾN", 1)[1], page
    assert document["state"] == clerk.document(d)["state"] == "registered"
    (leaf,) = leaf_of(desk, d, "stamp")
    assert leaf["details"]["signing"]["of"] == newest(desk, d)[0]["id"] and [v["part"] for v in leaf["versions"]] == ["arrival"]
    # again once it is known whom it goes to: a newer form of the same file, made from the original once more
    desk.people["bithu"].move(d, "assign", direction="Giao tham mưu", lead="Ban Tổ chức")
    make(desk, "vanthu", "stamp", d)
    first, second = parts(desk, d, "arrival")
    assert (second["part_number"], second["ordinal"]) == (0, 2) and first["id"] == stamped["id"]
    data = bytes_of(desk, d, second)
    assert data.startswith(original) and "Ban Tổ chức" in corner(data)[1] and len(judged(desk, d, second)) == 3
    make(desk, "vanthu", "stamp", d, "--forward", "Đ/c Phó Bí thư")
    assert "Đ/c Phó Bí thư" in corner(bytes_of(desk, d, parts(desk, d, "arrival")[-1]))[1]
    assert desk.people["bithu"].post("/v1/signings", {"document": d, "move": "stamp", "key": "leader1"}).problem == (403, "move.role")
    # and a certified copy of what came in is of the original, not of the stamped one
    make(desk, "vanthu", "copy", d, "--form", "sao-luc")
    page = corner(bytes_of(desk, d, parts(desk, d, "copy")[-1]))[1]
    assert "Sao lục" in page and "ĐẾN" not in page


def test_a_secret_is_not_copied(desk, issued):  # noqa: F811
    d = submitted(desk)
    desk.sql("UPDATE document SET secrecy = 'mat' WHERE id = '%s'" % issued)
    try:
        a = desk.people["bithu"].post("/v1/signings", {"document": issued, "move": "copy", "key": "leader1"})
        assert a.code in (404, 422) and (a.code == 404 or "move.copy.secret" in a.codes()), a
    finally:
        desk.sql("UPDATE document SET secrecy = 'none' WHERE id = '%s'" % issued)
    assert desk.people["bithu"].document(d)["state"] == "submitted"


def test_a_copy_reaches_its_level_later(desk, issued):  # noqa: F811
    """Without the TSA the copy is B-B and waits in the queue, as any signature; the queue raises that file and no other."""
    had = len(parts(desk, issued, "copy"))
    desk.signer.stop_tsa()
    try:
        assert '"level": "B-B"' in make(desk, "vanthu", "copy", issued)
    finally:
        desk.signer.start_tsa(desk.signer.port)
    number = parts(desk, issued, "copy")[-1]["part_number"]
    main = newest(desk, issued)[0]
    desk.sql("UPDATE signing SET next_try = now() WHERE document = '%s' AND move = 'copy' AND held_level = 'B-B'" % issued)
    from test_signing import wait_until
    wait_until(lambda: desk.sql("SELECT held_level FROM signing WHERE document = '%s' AND move = 'copy' ORDER BY created_at DESC LIMIT 1" % issued) == [["B-T"]], 120)
    last = parts(desk, issued, "copy")[-1]
    assert (last["part_number"], last["ordinal"], last["cause"]) == (number, 2, "timestamped") and len(parts(desk, issued, "copy")) == had + 2
    assert newest(desk, issued)[0] == main
