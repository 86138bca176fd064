"""Several leaders sign one document, one after the other or in any order; a reviewer initials it before them (ký nháy). Every earlier signature stays valid."""
import subprocess

import pytest

from test_signing import KEYS, cli, desk, letter, newest, sign  # noqa: F401 (desk is a fixture)


def paper(desk, **options):  # noqa: F811
    """Both names are printed: each signature is placed by its signer's."""
    return letter(desk, name="Nguyễn Văn Bí Thư", body="Hai bên thống nhất như sau:| | | |Trần Phó Bí Thư| ", **options)


def drafted(desk):  # noqa: F811
    author = desk.people["chuyenvien"]
    return author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Bí Thư",
                         main={"sha256": author.upload(paper(desk)), "name": "thu.pdf"})


def submitted(desk, order, first="bithu", others=("phobithu",)):  # noqa: F811
    return desk.people["chuyenvien"].move(drafted(desk), "submit", leader=first, cosigners=list(others), order=order)


def waits(desk, login, document):  # noqa: F811
    return [i["why"] for i in desk.people[login].get("/v1/inbox", limit=200).json["items"] if i["document"]["id"] == document]


def judged(desk, document, count):  # noqa: F811
    """All signatures valid by us and by pdfsig, and nothing forbidden after any of them."""
    v, data = newest(desk, document)
    report = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, v["id"])).json
    assert [s["indication"] for s in report["signatures"]] == ["TOTAL-PASSED"] * count, report
    assert {s["changes"] for s in report["signatures"]} <= {"none", "permitted"}, report
    path = "%s/nhieu.pdf" % desk.signer.dir
    with open(path, "wb") as f:
        f.write(data)
    out = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert out.count("Signature is Valid") == count, out
    return data


def test_one_after_the_other(desk):  # noqa: F811
    d = submitted(desk, "sequence")
    assert d["leader"]["name"] == "Nguyễn Văn Bí Thư" and [c["name"] for c in d["cosigners"]] == ["Trần Phó Bí Thư"] and not d["parallel"]
    d = d["id"]
    assert waits(desk, "bithu", d) == ["sign"] and waits(desk, "phobithu", d) == []
    assert "move.role" in sign(desk, "phobithu", d, code=3)
    sign(desk, "bithu", d)
    first = newest(desk, d)[1]
    now = desk.people["luutru"].document(d)
    assert now["state"] == "submitted" and now["leader"]["name"] == "Trần Phó Bí Thư" and now["cosigners"] == []
    assert waits(desk, "bithu", d) == [] and waits(desk, "phobithu", d) == ["sign"]
    assert desk.people["vanthu"].try_move(d, "number").code == 409
    assert "move.role" in sign(desk, "bithu", d, code=3)
    sign(desk, "phobithu", d)
    assert desk.people["luutru"].document(d)["state"] == "signed"
    assert judged(desk, d, 2).startswith(first)
    cli(desk, "vanthu", "document", "number", d)
    sign(desk, "vanthu", d, "seal")
    judged(desk, d, 3)


@pytest.mark.parametrize("who", [("bithu", "phobithu"), ("phobithu", "bithu")])
def test_in_any_order(desk, who):  # noqa: F811
    d = submitted(desk, "parallel")["id"]
    assert waits(desk, "bithu", d) == waits(desk, "phobithu", d) == ["sign"]
    sign(desk, who[0], d)
    assert desk.people["luutru"].document(d)["state"] == "submitted" and waits(desk, who[0], d) == []
    assert "move.role" in sign(desk, who[0], d, code=3)
    sign(desk, who[1], d)
    assert desk.people["luutru"].document(d)["state"] == "signed"
    judged(desk, d, 2)


def test_two_at_the_same_moment_one_begins_again(desk):  # noqa: F811
    """Both prepared over the same version: who is later is told that it is stale, and nothing is half signed."""
    d = submitted(desk, "parallel")["id"]
    a = desk.people["phobithu"].post("/v1/signings", {"document": d, "move": "sign", "key": KEYS["phobithu"]})
    assert a.code == 201, a
    sign(desk, "bithu", d)
    b = desk.people["phobithu"].post("/v1/signings/approve", {"activation": "AAAA", "signings": [a.json["id"]]})
    assert b.problem == (409, "signing.stale"), b
    sign(desk, "phobithu", d)
    judged(desk, d, 2)


def test_returned_after_the_first_signature(desk):  # noqa: F811
    d = submitted(desk, "sequence")["id"]
    sign(desk, "bithu", d)
    desk.people["phobithu"].move(d, "return", reason="Sửa mục 2")
    author = desk.people["chuyenvien"]
    a = author.post("/v1/documents/%s/versions" % d, {"part": "main", "sha256": author.upload(paper(desk, subject="V/v bản sửa")), "name": "thu.pdf"},
                    headers={"If-Match": '"%d"' % author.document(d)["revision"]})
    assert a.code == 201, a
    author.move(d, "submit", leader="phobithu")
    assert author.document(d)["cosigners"] == []
    sign(desk, "phobithu", d)
    assert desk.people["luutru"].document(d)["state"] == "signed"
    judged(desk, d, 1)


@pytest.mark.parametrize("members, code", [
    ({"cosigners": ["bithu"]}, "move.target.twice"), ({"cosigners": ["phobithu", "phobithu"]}, "move.target.twice"),
    ({"cosigners": ["chuyenvien2"]}, "move.target.role"), ({"cosigners": ["khac"]}, "move.target"), ({"order": "ngẫu"}, "param.value"),
    ({"cosigners": "phobithu"}, "param.type"),
])
def test_who_cannot_be_asked(desk, members, code):  # noqa: F811
    a = desk.people["chuyenvien"].try_move(drafted(desk), "submit", leader="bithu", **members)
    assert a.code == 422 and code in a.codes(), a


def test_initialled_before_the_leader(desk):  # noqa: F811
    author = desk.people["chuyenvien"]
    d = author.move(drafted(desk), "review", reviewer="phobithu")["id"]
    sign(desk, "bithu", d, "initial", code=4)  # not for his eyes yet
    sign(desk, "phobithu", d, "initial")
    now = author.document(d)
    assert now["state"] == "under_review" and [v["cause"] for v in now["versions"]][-1] == "initialled"
    author.move(d, "submit", leader="bithu")
    sign(desk, "bithu", d)
    judged(desk, d, 2)
    cli(desk, "vanthu", "document", "number", d)
    sign(desk, "vanthu", d, "seal")
    data = judged(desk, d, 3)
    text = subprocess.run(["pdftotext", "-", "-"], input=data, capture_output=True, check=True).stdout.decode()
    assert "-CV/QU" in text
