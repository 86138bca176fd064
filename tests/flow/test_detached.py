"""Detached signatures (NAME.p7s beside NAME) judged by the API: the leader's and the office's of one file, those that came in a packet, and what must not pass: another
version of the file, another file, a file without any."""
import os
import sys

from office import SRC
from test_signing import cli, desk, newest, sign, submitted  # noqa: F401 (desk is a fixture)

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import edxml_builder as b  # noqa: E402

TEXT = "Báo cáo bằng chữ thường.\n".encode()


def verdict(desk, document, version="main"):  # noqa: F811
    return desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, version))


def indications(answer):
    assert answer.code == 200, answer
    return [s["indication"] for s in answer.json["signatures"]], answer.json["indication"]


def test_leader_and_office_sign_beside_the_file(desk):  # noqa: F811
    d = submitted(desk, TEXT, "bao-cao.txt")
    assert verdict(desk, d).problem == (415, "verification.kind"), "nobody has signed it"
    sign(desk, "bithu", d)
    assert indications(verdict(desk, d)) == (["TOTAL-PASSED"], "TOTAL-PASSED")
    desk.people["vanthu"].move(d, "number")
    sign(desk, "vanthu", d, "seal")
    a = verdict(desk, d)
    assert indications(a) == (["TOTAL-PASSED"] * 2, "TOTAL-PASSED")
    assert len({s["signer"]["subject"] for s in a.json["signatures"]}) == 2
    for v in desk.people["luutru"].document(d)["versions"]:
        if v["part"] == "signature":
            assert indications(verdict(desk, d, v["id"])) == (["TOTAL-PASSED"], "TOTAL-PASSED"), v


def test_any_file_with_its_signature(desk):  # noqa: F811
    d = submitted(desk, TEXT, "to-trinh.txt")
    sign(desk, "bithu", d)
    digest = newest(desk, d, "signature")[0]["sha256"]
    person = desk.people["luutru"]
    a = person.request("POST", "/v1/verifications?detached=" + digest, raw=TEXT, key=False)
    assert indications(a) == (["TOTAL-PASSED"], "TOTAL-PASSED")
    a = person.request("POST", "/v1/verifications?detached=" + digest, raw=TEXT + b"x", key=False)
    assert indications(a)[1] == "TOTAL-FAILED" and a.json["signatures"][0]["sub_indication"] == "HASH_FAILURE", a


def test_out_of_a_packet(desk):  # noqa: F811
    """Another office's file and its signature, two attachments of one packet; a third that nobody signed; and one signed in other words."""
    d = submitted(desk, TEXT, "phu-luc.txt")
    sign(desk, "bithu", d)
    p7s = newest(desk, d, "signature")[1]
    packet = b.Document([b.File("Công văn.pdf", b.pdf_bytes(["den"]), "application/pdf"), b.File("Phụ lục.txt", TEXT, "text/plain"),
                         b.File("Phụ lục.txt.p7s", p7s, "application/pkcs7-signature"), b.File("khac.txt", b"khac", "text/plain"),
                         b.File("sai.txt", b"loi khac", "text/plain"), b.File("sai.txt.p7s", p7s, "application/pkcs7-signature")])
    packet.sender = dict(b.FROM, organ_id="H37", name="Ủy ban nhân dân tỉnh")
    packet.to = [dict(b.TO, organ_id="A01.Q1", name="Quận ủy Một")]
    clerk = desk.people["vanthu"]
    a = clerk.request("POST", "/v1/packets", raw=str(packet).encode(), key=False, headers={"Content-Type": "application/xml"})
    assert a.code == 201, a
    versions = {v["name"]: v["id"] for v in clerk.document(a.json["document"])["versions"]}
    assert indications(verdict(desk, a.json["document"], versions["Phụ lục.txt"])) == (["TOTAL-PASSED"], "TOTAL-PASSED")
    assert indications(verdict(desk, a.json["document"], versions["Phụ lục.txt.p7s"]))[1] == "TOTAL-PASSED"
    assert verdict(desk, a.json["document"], versions["khac.txt"]).problem == (415, "verification.kind")
    assert indications(verdict(desk, a.json["document"], versions["sai.txt"]))[1] == "TOTAL-FAILED"
    # the PDF beside them has none inside
    assert verdict(desk, a.json["document"], versions["Công văn.pdf"]).json["signatures"] == []


def test_an_earlier_version_is_not_signed(desk):  # noqa: F811
    author = desk.people["chuyenvien"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37"}], main={"sha256": author.upload(b"ban mot"), "name": "ban.txt"})
    revision = author.document(d["id"])["revision"]
    a = author.post("/v1/documents/%s/versions" % d["id"], {"part": "main", "sha256": author.upload(b"ban hai"), "name": "ban.txt"},
                    headers={"If-Match": '"%d"' % revision})
    assert a.code == 201, a
    author.move(d, "submit", leader="bithu")
    sign(desk, "bithu", d["id"])
    first, second = [v["id"] for v in author.document(d["id"])["versions"] if v["part"] == "main"]
    assert indications(verdict(desk, d["id"], second))[1] == "TOTAL-PASSED"
    assert verdict(desk, d["id"], first).problem == (415, "verification.kind")
