"""The MIME type of a file is what its bytes are. A name that promises something else is refused, or shown where the office wants it so; programs never pass."""
import os
import sys

import pytest

import test_exchange as e
from office import SRC, Office

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import edxml_builder as b  # noqa: E402

PDF, DOCX, ZIP = b.pdf_bytes(["that"]), b.docx_bytes(["that"]), b.sdk_zip(b.docx_bytes(["that"]), "docx")
EXE = b"MZ" + bytes(62) + b"PE\0\0" + bytes(400)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.fixture(scope="module", params=["refuse", "show"])
def office(request):
    with Office(worker=True, settings='office { file_lies = "%s" }\n' % request.param) as o:
        o.lies, o.author = request.param, o.sign_in("chuyenvien")
        o.people = e.Exchange(o)
        yield o


def create(office, data, name, attachments=()):
    a = office.author
    return a.post("/v1/documents", {"direction": "outgoing", "kind": "CV", "subject": "Tệp " + name, "main": {"sha256": a.upload(data), "name": name},
                                    "attachments": [{"sha256": a.upload(d), "name": n} for n, d in attachments]})


def of(answer, part="main"):
    assert answer.code == 201, answer
    return [(v["name"], v["mime"], v["findings"]) for v in answer.json["versions"] if v["part"] == part]


@pytest.mark.parametrize("name,data,mime", [("a.pdf", PDF, "application/pdf"), ("a.docx", DOCX, WORD), ("khong-duoi", PDF, "application/pdf"),
                                            ("a.txt", "chữ thường".encode(), "text/plain"), ("A.PDF", PDF, "application/pdf")])
def test_what_is_as_it_says(office, name, data, mime):
    assert of(create(office, data, name)) == [(name, mime, [])]


@pytest.mark.parametrize("name,data,mime,kind", [("a.pdf", ZIP, "application/zip", "zip"), ("a.pdf", DOCX, WORD, "docx"), ("a.docx", PDF, "application/pdf", "pdf"),
                                                 ("a.pdf", "chữ".encode(), "text/plain", "text")])
def test_a_lie(office, name, data, mime, kind):
    a = create(office, data, name)
    if office.lies == "refuse":
        assert a.problem == (422, "sniff.disagrees"), a
        f = a.json["findings"][0]
        assert (f["where"], f["got"], f["want"]) == (name, kind, name)
    else:
        assert of(a) == [(name, mime, ["sniff.disagrees"])]


@pytest.mark.parametrize("name,data", [("a.pdf", EXE), ("a.exe", EXE), ("a.txt", b"#!/bin/sh\nrm -rf /\n")])
def test_a_program_never(office, name, data):
    assert create(office, data, name).problem == (422, "sniff.executable")


def test_all_findings_of_all_files(office):
    a = create(office, EXE, "chay.exe", [("tot.pdf", PDF), ("doi.pdf", DOCX), ("lenh.sh", b"#!/bin/sh\necho\n")])
    assert a.code == 422
    assert [(f["code"], f["where"]) for f in a.json["findings"]] == [("sniff.executable", "chay.exe")] + (
        [("sniff.disagrees", "doi.pdf")] if office.lies == "refuse" else []) + [("sniff.executable", "lenh.sh")]


def test_the_client_does_not_say_what_it_is(office):
    a = office.author
    r = a.post("/v1/documents", {"direction": "outgoing", "kind": "CV", "subject": "Tự nhận", "main": {
        "sha256": a.upload(PDF), "name": "a.pdf", "mime": "text/html", "findings": ["x"]}})
    assert of(r) == [("a.pdf", "application/pdf", [])]


def test_a_new_version_is_looked_at_too(office):
    a = office.author
    d = create(office, PDF, "a.pdf").json

    def add(data, name):
        return a.post("/v1/documents/%s/versions" % d["id"], {"part": "main", "sha256": a.upload(data), "name": name},
                      headers={"If-Match": '"%d"' % a.document(d["id"])["revision"]})
    assert add(EXE, "a.pdf").problem == (422, "sniff.executable")
    r = add(DOCX, "a.pdf")
    assert r.problem == (422, "sniff.disagrees") if office.lies == "refuse" else of(r)[-1] == ("a.pdf", WORD, ["sniff.disagrees"])
    assert of(add(DOCX, "a.docx"))[-1] == ("a.docx", WORD, [])


def test_out_of_a_packet_a_lie_is_shown(office):
    """Real partners send such files: they are taken in, and shown for what they are."""
    p = e.packet(files=[b.File("Công văn.pdf", PDF, "application/pdf"), b.File("Phụ lục.pdf", DOCX, "application/pdf"), b.File("ghi-chu.txt", "ghi chú".encode(), "text/plain")])
    a = e.hand_in(office.people.vanthu, str(p))
    assert a.code == 201, a
    versions = {v["name"]: (v["mime"], v["findings"]) for v in office.people.vanthu.document(a.json["document"])["versions"]}
    assert versions["Phụ lục.pdf"] == (WORD, ["sniff.disagrees"]) and versions["Công văn.pdf"] == ("application/pdf", [])
    assert versions["ghi-chu.txt"] == ("text/plain", [])
