"""A main document and its appendices signed and sealed in one act: one PIN, one list with each digest, one move; each in the form that fits it (a PDF inside itself, another file by a signature
beside it or in a container); all of them or none, and the receivers get the signed ones."""
import base64
import contextlib
import io
import json
import os
import re
import subprocess
import xml.etree.ElementTree as xml
import zipfile

import pytest

from test_copy import bytes_of, corner, judged, leaf_of
from test_room import chain_at, key_chain, longer, padded_ca, swapped_at_the_prompt
from test_signing import PINS, cli, desk, letter, newest, own, sign, wait_until  # noqa: F401 (desk and own are fixtures)
from token_key import TokenKey


def pin(desk, key):  # noqa: F811
    return ("--key", key, "--pin-file", os.path.join(desk.signer.dir, key + ".pin"))


def appendix(desk, name):  # noqa: F811
    return letter(desk, subject="Phụ lục " + name)


def submitted(desk, files, leader="bithu"):  # noqa: F811
    """A letter with these attachments, with its leader."""
    author = desk.people["chuyenvien"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Mẫu",
                      main={"sha256": author.upload(letter(desk)), "name": "thu.pdf"}, attachments=[{"sha256": author.upload(b), "name": n} for n, b in files])
    return author.move(d, "submit", leader=leader)["id"]


def three(desk, leader="bithu"):  # noqa: F811
    return submitted(desk, [("phu luc 1.pdf", appendix(desk, "một")), ("bang tinh.txt", b"so lieu\n"), ("phu luc 2.pdf", appendix(desk, "hai"))], leader)


def trail(desk, document):  # noqa: F811
    """{(part, number): [causes]} of what the document has."""
    found = {}
    for v in desk.people["luutru"].document(document)["versions"]:
        found.setdefault((v["part"], v["part_number"]), []).append(v["cause"])
    return found


def newest_of(desk, document, number):  # noqa: F811
    v = [v for v in desk.people["luutru"].document(document)["versions"] if (v["part"], v["part_number"]) == ("attachment", number)][-1]
    return v, bytes_of(desk, document, v)


def states(desk, document):  # noqa: F811
    return [r[0] for r in desk.sql("SELECT state FROM signing WHERE document = '%s' ORDER BY created_at, id" % document)]


def xlsx():
    """A table as an office program writes one, the least of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in (("[Content_Types].xml", '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" '
                            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'),
                           ("_rels/.rels", '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>'),
                           ("xl/workbook.xml", '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>')):
            z.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), text)
    return out.getvalue()


def beside(desk, document, name):  # noqa: F811
    """The newest bytes of the signatures with this name, by their place."""
    versions = {v["part_number"]: v for v in desk.people["luutru"].document(document)["versions"] if v["part"] == "signature" and v["name"] == name}
    return [bytes_of(desk, document, versions[n]) for n in sorted(versions)]


def indications(desk, document, version):  # noqa: F811
    a = desk.people["luutru"].get("/v1/documents/%s/versions/%s/verdict" % (document, version["id"]))
    assert a.code == 200, a
    return [s["indication"] for s in a.json["signatures"]], a.json["indication"]


def openssl_judges(desk, data, p7s):  # noqa: F811
    """Another program than ours and than the worker's, off line: value, digest, path."""
    for name, content in (("tep", data), ("tep.p7s", p7s)):
        with open(os.path.join(desk.signer.dir, name), "wb") as f:
            f.write(content)
    run = subprocess.run(["openssl", "cms", "-verify", "-binary", "-cades", "-inform", "DER", "-in", os.path.join(desk.signer.dir, "tep.p7s"), "-content",
                          os.path.join(desk.signer.dir, "tep"), "-CAfile", os.path.join(desk.signer.pki, "root.pem"), "-purpose", "any", "-out", os.devnull],
                         capture_output=True, text=True, check=False)
    return run.returncode == 0, run.stderr


def packet_of(desk, document):  # noqa: F811
    wait_until(lambda: desk.sql("SELECT 1 FROM outbox WHERE document = '%s' AND packet IS NOT NULL" % document), 120)
    hexes = desk.sql("SELECT encode(k.bytes, 'hex') FROM outbox b JOIN content c ON c.sha256 = b.packet JOIN content_chunk k ON k.upload = c.upload "
                     "WHERE b.document = '%s' ORDER BY k.n" % document)
    return b"".join(bytes.fromhex(r[0]) for r in hexes)


@contextlib.contextmanager
def restarted(desk, more):  # noqa: F811
    """The office with other settings."""
    with open(desk.config, encoding="utf-8") as f:
        usual = f.read()

    def again(text):
        desk.stop()
        with open(desk.config, "w", encoding="utf-8") as f:
            f.write(text)
        desk.start()

    try:
        again(usual + more)
        yield
    finally:
        again(usual)


@pytest.fixture(scope="module")
def sealed(desk):  # noqa: F811
    """Signed by the leader and sealed by the office, both with the appendices; what each command said, and the appendices' bytes at each step."""
    d = three(desk)
    before = [newest_of(desk, d, n)[1] for n in (1, 3)]
    first = cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--yes")
    signed = [newest_of(desk, d, n)[1] for n in (1, 3)]
    cli(desk, "vanthu", "document", "number", d)
    second = cli(desk, "vanthu", "seal", d, *pin(desk, "office"), "--attachments", "--yes")
    return d, before, signed, first, second


def test_one_approval_one_move(desk, sealed):  # noqa: F811
    d, _, _, first, second = sealed
    for said in (first, second):
        assert said.count('"state": "done"') == 4 and len(set(re.findall("SHA256 ([0-9a-f]{64})", said))) == 4, said
        assert "phu luc 1.pdf" in said and "phu luc 2.pdf" in said and "bang tinh.txt" in said
        assert [said.count(form) for form in ("signature inside the PDF (PAdES)", "signature beside the file, .p7s (CAdES)")] == [3, 1], said  # shown for each
    assert trail(desk, d) == {("main", 0): ["drafted", "signed", "numbered", "sealed"], ("attachment", 1): ["drafted", "signed", "sealed"],
                              ("attachment", 2): ["drafted"], ("attachment", 3): ["drafted", "signed", "sealed"], ("signature", 1): ["signed"], ("signature", 2): ["sealed"]}
    document = desk.people["luutru"].document(d)
    moves = [h["name"] for h in desk.people["luutru"].get("/v1/documents/%s/history" % d).json["items"]]
    assert document["state"] == "sealed" and moves == ["create", "submit", "sign", "number", "seal"] and document["revision"] == len(moves)


def test_what_the_evidence_log_says(desk, sealed):  # noqa: F811
    (leaf,) = leaf_of(desk, sealed[0], "seal")
    assert [(v["part"], v["name"]) for v in leaf["versions"]] == [("main", "thu.pdf"), ("attachment", "phu luc 1.pdf"), ("signature", "bang tinh.txt.p7s"),
                                                                  ("attachment", "phu luc 2.pdf")]
    said = leaf["details"]["signing"]
    assert (said["key"], said["count"], said["position"]) == ("office", 4, 1)
    assert [(a["attachment"], a["position"]) for a in said["attachments"]] == [(1, 2), (2, 3), (3, 4)]
    lines = [line for name in sorted(os.listdir(os.path.join(desk.signer.dir, "data", "record"))) if name.startswith("sign-")
             for line in open(os.path.join(desk.signer.dir, "data", "record", name), "rb").read().splitlines()]
    record = json.loads(next(x for x in lines if json.loads(x)["seq"] == said["record"]["seq"]))
    assert record["digests"] == [said["digest"]] + [a["digest"] for a in said["attachments"]]
    assert "bang tinh.txt" in record["titles"][2] and "phu luc 2.pdf" in record["titles"][3]
    assert record["format"] == "mixed" and record["formats"] == ["pades", "pades", "cades", "pades"] and "approved_formats" not in record


def test_the_block_of_an_appendix(desk, sealed):  # noqa: F811
    """Decree 30/2020 App. I: number and notation of the document and the time, at the top right of page 1, by the office's signature. Nothing before it is altered."""
    d, before, signed, _, _ = sealed
    for i, number in enumerate((1, 3)):
        v, data = newest_of(desk, d, number)
        assert signed[i].startswith(before[i]) and data.startswith(signed[i])
        assert "Số 01-CV/QU" in corner(data)[0] and "+07:00" in corner(data)[0], corner(data)[0]
        assert "01-CV/QU" not in corner(signed[i])[1]
        assert judged(desk, d, v) == [("TOTAL-PASSED", "permitted"), ("TOTAL-PASSED", "none")]
        path = os.path.join(desk.signer.dir, "phu-luc.pdf")
        with open(path, "wb") as f:
            f.write(data)
        assert subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout.count("Signature is Valid") == 2
    assert judged(desk, d, newest(desk, d)[0])[-1] == ("TOTAL-PASSED", "none")


def test_dispatch_packs_the_signed_ones(desk, sealed):  # noqa: F811
    """What the worker has written into the packet are the very bytes of the sealed appendices, and the signatures beside them."""
    d = sealed[0]
    wanted = {newest(desk, d)[1], *(newest_of(desk, d, n)[1] for n in (1, 2, 3)), *beside(desk, d, "bang tinh.txt.p7s")}
    assert len(wanted) == 6
    cli(desk, "vanthu", "document", "dispatch", d)
    packet = packet_of(desk, d)
    path = os.path.join(desk.signer.dir, "goi.edxml")
    with open(path, "wb") as f:
        f.write(packet)
    packed = set()
    for e in xml.fromstring(packet).iter():
        if e.text and len(e.text) > 8 and re.fullmatch(r"[A-Za-z0-9+/=\s]+", e.text):
            try:
                packed.add(base64.b64decode(e.text))
            except ValueError:
                continue
    unpacked = set()
    for data in packed:
        if data[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(data)) as z:
                unpacked |= {z.read(n) for n in z.namelist()}
    assert wanted <= packed | unpacked, [len(x) for x in packed | unpacked]


def test_only_all_of_them_can_be_approved(desk):  # noqa: F811
    d, leader = three(desk), desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "attachments": True})
    assert a.code == 201, a
    main, one, two, three_ = a.json["id"], *(p["id"] for p in a.json["attachments"])
    assert [(p["attachment"], p["container"]) for p in a.json["attachments"]] == [(1, "pdf"), (2, "cms"), (3, "pdf")] and a.json["container"] == "pdf"
    for ids in ([main], [main, one], [one, two], [main, two, one], [main, two, one, three_], [main, one, three_, two], [main, one, three_], [main, one, two], [one, main, two, three_],
                [main, main, main, main], [main, one, one, one], [one], [main, one, two, three_, three_]):
        b = leader.post("/v1/signings/approve", {"activation": "AAAA", "signings": ids})
        assert b.problem[0] == 409 and "signing.whole" in b.codes(), (ids, b)
    assert states(desk, d) == ["prepared"] * 4 and desk.people["luutru"].document(d)["state"] == "submitted"
    # an approval of something else: past the list, and refused by the signer
    b = leader.post("/v1/signings/approve", {"activation": "QUJD" * 40, "signings": [main, one, two, three_]})
    assert b.code in (400, 403, 422) and b.json["code"] == "signing.refused", b


def test_one_that_cannot_be_prepared(desk):  # noqa: F811
    path = os.path.join(desk.signer.dir, "khoa.pdf")
    plain = os.path.join(desk.signer.dir, "thu.pdf")
    letter(desk)
    subprocess.run(["qpdf", "--encrypt", "", "chu", "256", "--", plain, path], check=True)
    with open(path, "rb") as f:
        locked = f.read()
    d = submitted(desk, [("phu luc 1.pdf", appendix(desk, "một")), ("khoa.pdf", locked)])
    a = desk.people["bithu"].post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "attachments": True})
    assert a.code == 422 and {"signing.attachment", "pdf.encrypted"} <= a.codes(), a
    assert next(f for f in a.json["findings"] if f["code"] == "signing.attachment")["got"] == "khoa.pdf"
    wait_until(lambda: set(states(desk, d)) == {"failed"})
    # without them it can be signed, which the person then has asked for
    sign(desk, "bithu", d)


def test_one_that_fails_after_the_approval_stops_all(desk):  # noqa: F811
    """The last appendix's row was altered: its signature fits no prepared bytes. Nothing of the others, which were whole, is stored."""
    d = three(desk)

    def alter():
        rows = desk.sql("SELECT s.id FROM signing s JOIN version v ON v.id = s.base_version WHERE s.document = '%s' AND v.part_number = 3" % d)
        desk.sql("UPDATE signing SET plan = jsonb_set(plan, '{digest}', to_jsonb(repeat('00', 32))) WHERE id = '%s'" % rows[0][0])

    with swapped_at_the_prompt(desk, d, alter, extra=("--attachments",)) as out:
        assert out.returncode != 0, out
    assert out.stdout.count('"state": "failed"') == 4 and out.stdout.count("signing.whole: phu luc 2.pdf") == 3, out.stdout
    assert trail(desk, d) == {("main", 0): ["drafted"], ("attachment", 1): ["drafted"], ("attachment", 2): ["drafted"], ("attachment", 3): ["drafted"]}
    document = desk.people["luutru"].document(d)
    assert document["state"] == "submitted" and set(states(desk, d)) == {"failed"} and not leaf_of(desk, d, "sign")
    # and once more, now right
    cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--yes")
    assert desk.people["luutru"].document(d)["state"] == "signed"


def test_a_change_in_between_stops_all(desk):  # noqa: F811
    d, leader = three(desk), desk.people["bithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "attachments": True}).json
    leader.move(d, "return", reason="Xem lại")
    b = leader.post("/v1/signings/approve", {"activation": "AAAA", "signings": [a["id"]] + [p["id"] for p in a["attachments"]]})
    assert b.problem == (409, "signing.stale"), b


def test_two_documents_one_with_appendices(desk):  # noqa: F811
    """One list for both: each document is a move of its own."""
    d, alone = three(desk), submitted(desk, [])
    out = cli(desk, "bithu", "sign", alone, d, *pin(desk, "leader1"), "--attachments", "--yes")
    assert out.count('"state": "done"') == 5, out
    assert [desk.people["luutru"].document(x)["state"] for x in (d, alone)] == ["signed", "signed"]
    positions = [leaf_of(desk, x, "sign")[0]["details"]["signing"] for x in (alone, d)]
    assert [(s["count"], s["position"]) for s in positions] == [(5, 1), (5, 2)] and positions[0]["record"] == positions[1]["record"]


def test_prepared_again_with_more_room(desk):  # noqa: F811
    """None of the signatures fits any more: all are prepared once more and approved by their new digests, in one list."""
    if not os.path.exists(os.path.join(desk.signer.pki, "dai6.pem")):
        for n in range(1, 7):
            padded_ca(desk.signer.pki, "dai%d" % n, "dai%d" % (n - 1) if n > 1 else None, 6000)
    d = three(desk)
    try:
        with swapped_at_the_prompt(desk, d, lambda: longer(desk), extra=("--attachments",)) as out:
            assert out.returncode == 0, out
    finally:
        key_chain(desk.signer, "leader1", "issuing")
        wait_until(lambda: chain_at(desk, "leader1") == 2)
    assert out.stderr.count("[c/K]") == 2 and len(set(re.findall("SHA256 ([0-9a-f]{64})", out.stderr))) == 7, out.stderr  # the text's digest is the same both times
    assert trail(desk, d)[("attachment", 3)] == ["drafted", "signed"] and sorted(states(desk, d)) == ["done"] * 4 + ["failed"] * 4


def test_own_key(desk, own):  # noqa: F811
    """The person's own key signs each file, and congvand takes them together."""
    d = three(desk, "phobithu")
    out = cli(desk, "phobithu", "sign", d, *own[1], "--attachments")
    assert out.count('"state": "done"') == 4 and "signature beside the file" in out, out
    assert trail(desk, d) == {("main", 0): ["drafted", "signed"], ("attachment", 1): ["drafted", "signed"], ("attachment", 2): ["drafted"],
                              ("attachment", 3): ["drafted", "signed"], ("signature", 1): ["signed"]}
    assert judged(desk, d, newest_of(desk, d, 3)[0]) == [("TOTAL-PASSED", "none")]
    assert indications(desk, d, newest_of(desk, d, 2)[0]) == (["TOTAL-PASSED"], "TOTAL-PASSED")
    # one alone is not taken
    d, leader = three(desk, "phobithu"), desk.people["phobithu"]
    a = leader.post("/v1/signings", {"document": d, "move": "sign", "key": own[0], "attachments": True}).json
    for id in (a["id"], a["attachments"][0]["id"]):
        b = leader.post("/v1/signings/%s/complete" % id, {"cms": "AAAA"})
        assert b.problem[0] == 409 and "signing.whole" in b.codes(), b
    b = leader.post("/v1/signings/%s/complete" % a["id"], {"cms": "AAAA", "attachments": [{"id": "x", "cms": "AAAA"}]})
    assert b.code == 404 and "signing.unknown" in b.codes(), b
    assert set(states(desk, d)) == {"prepared"}


@pytest.fixture(scope="module")
def mixed(desk):  # noqa: F811
    """A letter with a PDF, a text, a table and an XML: signed by the leader, sealed by the office and sent, in one act each. The attachments' bytes."""
    files = [("phu luc.pdf", appendix(desk, "một")), ("ghi chú.txt", "Ghi chú kèm theo\n".encode()), ("bảng tính.xlsx", xlsx()), ("so lieu.xml", b"<so-lieu><dong>1</dong></so-lieu>\n")]
    d = submitted(desk, files)
    cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--yes")
    cli(desk, "vanthu", "document", "number", d)
    out = cli(desk, "vanthu", "seal", d, *pin(desk, "office"), "--attachments", "--yes")
    assert out.count('"state": "done"') == 5, out
    return d, files


def test_every_kind_of_attachment_in_one_act(desk, mixed):  # noqa: F811
    d, files = mixed
    assert trail(desk, d) == {("main", 0): ["drafted", "signed", "numbered", "sealed"], ("attachment", 1): ["drafted", "signed", "sealed"],
                              **{("attachment", n): ["drafted"] for n in (2, 3, 4)}, **{("signature", n): ["signed"] for n in (1, 2, 3)},
                              **{("signature", n): ["sealed"] for n in (4, 5, 6)}}
    assert judged(desk, d, newest_of(desk, d, 1)[0]) == [("TOTAL-PASSED", "permitted"), ("TOTAL-PASSED", "none")]
    for number, (name, data) in enumerate(files[1:], 2):
        version, stored = newest_of(desk, d, number)
        assert stored == data and version["name"] == name, "the original is as it was"
        assert indications(desk, d, version) == (["TOTAL-PASSED"] * 2, "TOTAL-PASSED"), name
        signatures = beside(desk, d, name + ".p7s")
        assert len(signatures) == 2
        for p7s in signatures:
            assert openssl_judges(desk, data, p7s) == (True, "CAdES Verification successful\n"), name
            assert not openssl_judges(desk, data + b"x", p7s)[0]


def test_sent_without_unsealed_and_judged_by_the_receiver(desk, mixed):  # noqa: F811
    """Every attachment has the office's signature, so nobody has to say otherwise. The packet is taken in as another office's would be: by its names each file has its signatures."""
    d, files = mixed
    cli(desk, "vanthu", "document", "dispatch", d)
    assert "unsealed" not in leaf_of(desk, d, "dispatch")[0]["details"]
    text = packet_of(desk, d).decode()
    swapped = text.replace("A01.Q1", "\0").replace(">H37<", ">A01.Q1<").replace("\0", "H37")  # from there to here; "H37" may stand in base64
    a = desk.people["vanthu"].request("POST", "/v1/packets", raw=swapped.encode(), key=False, headers={"Content-Type": "application/xml"})
    assert a.code == 201, a
    versions = [v for v in desk.people["luutru"].document(a.json["document"])["versions"] if v["part"] != "packet"]
    assert sorted(v["name"] for v in versions) == sorted(["thu.pdf"] + [n for n, _ in files] + 2 * [n + ".p7s" for n, _ in files[1:]])
    for v in versions:
        two = not v["name"].endswith(".p7s")
        assert indications(desk, a.json["document"], v) == (["TOTAL-PASSED"] * (2 if two else 1), "TOTAL-PASSED"), v["name"]


@pytest.mark.parametrize("container, suffix", [("asic-e", ".asice"), ("asic-s", ".asics"), ("cms-attached", ".p7m")])
def test_attachments_in_the_form_that_is_chosen(desk, container, suffix):  # noqa: F811
    """Each attachment that is no PDF in a container of its own; where that takes several signatures the office's goes into the leader's, without being asked to."""
    data = xlsx()
    d = submitted(desk, [("phu luc.pdf", appendix(desk, "một")), ("bang.xlsx", data)])
    cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--attachment-container", container, "--yes")
    cli(desk, "vanthu", "document", "number", d)
    cli(desk, "vanthu", "seal", d, *pin(desk, "office"), "--attachments", "--yes")
    grows = container == "asic-e"
    assert trail(desk, d) == {("main", 0): ["drafted", "signed", "numbered", "sealed"], ("attachment", 1): ["drafted", "signed", "sealed"], ("attachment", 2): ["drafted"],
                              **({("signature", 1): ["signed", "sealed"]} if grows else {("signature", 1): ["signed"], ("signature", 2): ["sealed"]})}
    assert len(beside(desk, d, "bang.xlsx" + suffix)) == (1 if grows else 2)
    assert indications(desk, d, newest_of(desk, d, 2)[0]) == (["TOTAL-PASSED"] * 2, "TOTAL-PASSED")
    if container != "cms-attached":
        with zipfile.ZipFile(io.BytesIO(beside(desk, d, "bang.xlsx" + suffix)[-1])) as z:
            assert z.read("bang.xlsx") == data and not [n for n in z.namelist() if n.endswith(".pdf")]
    desk.people["vanthu"].move(d, "dispatch")
    assert "unsealed" not in leaf_of(desk, d, "dispatch")[0]["details"]


def test_the_form_that_the_office_has_set(desk):  # noqa: F811
    d, other = (submitted(desk, [("bang.xlsx", xlsx())]) for _ in range(2))
    wish = {"move": "sign", "key": "leader1", "attachments": True}
    with restarted(desk, 'signer { attachment_container = "asic-e" }\n'):
        leader = desk.people["bithu"]
        assert [leader.post("/v1/signings", {"document": x, **wish, **more}).json["attachments"][0]["container"]
                for x, more in ((d, {}), (d, {"attachment_container": "cms"}))] == ["asic-e", "cms"]
    assert desk.people["bithu"].post("/v1/signings", {"document": other, **wish}).json["attachments"][0]["container"] == "cms"


def test_forms_and_names_that_are_refused(desk, mixed):  # noqa: F811
    d, leader = submitted(desk, [("bang.xlsx", xlsx())]), desk.people["bithu"]
    wish = {"move": "sign", "key": "leader1", "attachments": True}
    for form in ("pdf", "zip", "CMS"):
        a = leader.post("/v1/signings", {"document": d, **wish, "attachment_container": form})
        assert a.problem == (422, "signing.container"), (form, a)
    # a signature beside a file belongs to it by name: two of one name, and one that has the name the signature of another will have
    same = submitted(desk, [("bang.txt", b"mot"), ("Bang.TXT", b"hai")])
    theirs = submitted(desk, [("bang.txt", b"mot"), ("bang.txt.p7s", beside(desk, mixed[0], "ghi chú.txt.p7s")[0])])
    for document, name in ((same, "Bang.TXT"), (theirs, "bang.txt.p7s")):
        a = leader.post("/v1/signings", {"document": document, **wish})
        assert a.code == 422 and named(a, "signing.same-name") == [name], a
    wait_until(lambda: set(states(desk, same) + states(desk, theirs)) == {"failed"})
    a = leader.post("/v1/signings", {"document": theirs, **wish, "attachment_container": "asic-e"})
    assert a.code == 201 and [p["container"] for p in a.json["attachments"]] == ["asic-e"] * 2, a
    # the signature of an attachment is none of the document: to sign that one is not to sign this
    cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--yes")
    cli(desk, "vanthu", "document", "number", d)
    p7s = next(v for v in leader.document(d)["versions"] if v["part"] == "signature")
    a = desk.people["vanthu"].post("/v1/signings", {"document": d, "move": "seal", "key": "office", "counter": p7s["id"]})
    assert a.code == 422 and "signing.counter" in a.codes(), a


def test_an_attachment_that_fails_after_the_approval_stops_all(desk):  # noqa: F811
    """What was prepared of the table was altered: its signature is not over the table. The letter, which was whole, is not stored either."""
    d = submitted(desk, [("bang.xlsx", xlsx())])

    def alter():
        desk.sql("UPDATE signing s SET base_version = v.id FROM version v WHERE s.document = '%s' AND s.container = 'cms' AND v.document = s.document AND v.part = 'main'" % d)

    with swapped_at_the_prompt(desk, d, alter, extra=("--attachments",)) as out:
        assert out.returncode != 0, out
    assert out.stdout.count('"state": "failed"') == 2, out.stdout
    assert trail(desk, d) == {("main", 0): ["drafted"], ("attachment", 1): ["drafted"]}
    assert desk.people["luutru"].document(d)["state"] == "submitted" and set(states(desk, d)) == {"failed"} and not leaf_of(desk, d, "sign")


def test_what_is_approved_is_the_form_too(desk):  # noqa: F811
    """congvand's row says another form than the person was shown: the signer, who has the person's list, refuses."""
    d = submitted(desk, [("bang.xlsx", xlsx())])

    def alter():
        desk.sql("UPDATE signing SET container = 'pdf' WHERE document = '%s' AND container = 'cms'" % d)

    with swapped_at_the_prompt(desk, d, alter, extra=("--attachments",)) as out:
        assert out.returncode != 0 and "activation.altered" in out.stdout + out.stderr, out
    assert desk.people["luutru"].document(d)["state"] == "submitted" and trail(desk, d) == {("main", 0): ["drafted"], ("attachment", 1): ["drafted"]}


def test_several_documents_with_mixed_attachments(desk):  # noqa: F811
    """One PIN, one list: letters with tables and texts, one of them without any, and a document that is no PDF."""
    author = desk.people["chuyenvien"]
    text = author.create(kind="CV", signer_name="Nguyễn Văn Mẫu", receivers=[{"organ_id": "H37"}], main={"sha256": author.upload(b"chu thuong"), "name": "thu.txt"})
    documents = [submitted(desk, [("bang.xlsx", xlsx()), ("phu luc.pdf", appendix(desk, "một"))]), submitted(desk, []), submitted(desk, [("ghi chu.txt", b"ghi chu")])]
    for d in documents:
        a = desk.people["bithu"].post("/v1/signings", {"document": d, "move": "sign", "key": "leader1", "attachments": True})
        assert a.code == 201, a
    out = cli(desk, "bithu", "sign", *documents, *pin(desk, "leader1"), "--attachments", "--yes")
    assert out.count('"state": "done"') == 6, out
    assert [desk.people["bithu"].document(d)["state"] for d in documents] == ["signed"] * 3
    said = [leaf_of(desk, d, "sign")[0]["details"]["signing"] for d in documents]
    assert [(s["count"], s["position"]) for s in said] == [(6, 1), (6, 4), (6, 5)] and len({s["record"]["seq"] for s in said}) == 1
    assert indications(desk, documents[2], newest_of(desk, documents[2], 1)[0]) == (["TOTAL-PASSED"], "TOTAL-PASSED")
    # a letter and a document of another kind, prepared each by itself
    text, pdf = author.move(text, "submit", leader="bithu")["id"], submitted(desk, [])
    out = cli(desk, "bithu", "sign", text, pdf, *pin(desk, "leader1"), "--yes")
    assert out.count('"state": "done"') == 2 and [desk.people["bithu"].document(d)["state"] for d in (text, pdf)] == ["signed"] * 2, out


def test_where_there_is_nothing_to_sign_together(desk):  # noqa: F811
    author = desk.people["chuyenvien"]
    d = author.create(kind="CV", signer_name="Nguyễn Văn Mẫu", receivers=[{"organ_id": "H37"}], main={"sha256": author.upload(b"chu thuong"), "name": "thu.txt"})
    d = author.move(d, "submit", leader="bithu")["id"]
    wish = {"document": d, "move": "sign", "key": "leader1", "attachments": True}
    a = desk.people["bithu"].post("/v1/signings", wish)
    assert a.code == 422 and "signing.together" in a.codes(), a
    # without any, it is the document alone
    d = submitted(desk, [])
    a = desk.people["bithu"].post("/v1/signings", {**wish, "document": d})
    assert a.code == 201 and a.json["attachments"] == [] and "left_out" not in a.json, a
    cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--yes")
    assert desk.people["luutru"].document(d)["state"] == "signed"


def test_no_appendix_is_signed_twice(desk):  # noqa: F811
    """Inside itself, or by the container that it is put into: a document has one form, by its main file, and only a PDF's takes its appendices one by one."""
    author, leader = desk.people["chuyenvien"], desk.people["bithu"]
    pdf = submitted(desk, [("phu luc 1.pdf", appendix(desk, "một"))])
    data = appendix(desk, "hai")
    text = author.create(kind="CV", signer_name="Nguyễn Văn Mẫu", receivers=[{"organ_id": "H37"}], main={"sha256": author.upload(b"chu thuong"), "name": "thu.txt"},
                         attachments=[{"sha256": author.upload(data), "name": "phu luc 2.pdf"}])
    text = author.move(text, "submit", leader="bithu")["id"]
    for document, container, code in ((pdf, "asic-e", "signing.container"), (pdf, "asic-s", "signing.container"), (pdf, "cms", "signing.container"),
                                      (text, "asic-e", "signing.together"), (text, "cms", "signing.together"), (text, "pdf", "signing.together")):
        a = leader.post("/v1/signings", {"document": document, "move": "sign", "key": "leader1", "attachments": True, "container": container})
        assert a.code == 422 and code in a.codes(), (container, a)
    assert states(desk, pdf) == states(desk, text) == []
    cli(desk, "bithu", "sign", text, *pin(desk, "leader1"), "--container", "asic-e", "--yes")
    assert trail(desk, text) == {("main", 0): ["drafted"], ("attachment", 1): ["drafted"], ("signature", 1): ["signed"]}
    container = next(v for v in author.document(text)["versions"] if v["part"] == "signature")
    with zipfile.ZipFile(io.BytesIO(bytes_of(desk, text, container))) as z:
        assert z.read("phu luc 2.pdf") == data


def named(answer, code):
    return [f["got"] for f in answer.json["findings"] if f["code"] == code]


def test_an_appendix_without_the_offices_signature(desk):  # noqa: F811
    """Decree 30/2020 App. I: the office signs each file that is issued with the document. Sealing without them, and sending them as they are, is said on purpose or refused."""
    d, clerk = three(desk), desk.people["vanthu"]
    cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--yes")
    cli(desk, "vanthu", "document", "number", d)
    wish = {"document": d, "move": "seal", "key": "office"}
    for more in ({}, {"attachments": False}, {"main_only": False}):
        a = clerk.post("/v1/signings", {**wish, **more})
        assert a.code == 422 and named(a, "signing.appendix") == ["phu luc 1.pdf", "bang tinh.txt", "phu luc 2.pdf"], a
    cli(desk, "vanthu", "seal", d, *pin(desk, "office"), "--main-only", "--yes")
    assert trail(desk, d)[("attachment", 1)] == ["drafted", "signed"]
    for more in ({}, {"unsealed": False}):
        a = clerk.try_move(d, "dispatch", **more)
        assert a.code == 422 and named(a, "move.appendix") == ["phu luc 1.pdf", "bang tinh.txt", "phu luc 2.pdf"], a
    assert clerk.document(d)["state"] == "sealed" and not desk.sql("SELECT 1 FROM outbox WHERE document = '%s'" % d)
    clerk.move(d, "dispatch", unsealed=True)
    (leaf,) = leaf_of(desk, d, "dispatch")
    assert leaf["details"]["unsealed"] == [{"part_number": 1, "name": "phu luc 1.pdf"}, {"part_number": 2, "name": "bang tinh.txt"},
                                           {"part_number": 3, "name": "phu luc 2.pdf"}]


def test_appendices_of_a_container(desk):  # noqa: F811
    """Of a document that is no PDF the office's signature covers what lies in the container with it; of an internal document, to be issued, the same is asked."""
    author, clerk = desk.people["chuyenvien"], desk.people["vanthu"]

    def numbered(*words):
        d = author.create("internal", kind="CV", signer_name="Nguyễn Văn Mẫu", main={"sha256": author.upload(b"chu thuong"), "name": "thu.txt"},
                          attachments=[{"sha256": author.upload(b"so lieu"), "name": "bang tinh.txt"}])
        d = author.move(d, "submit", leader="bithu")["id"]
        cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), *words, "--yes")
        cli(desk, "vanthu", "document", "number", d)
        return d

    together, alone = numbered("--container", "asic-e"), numbered()
    cli(desk, "vanthu", "seal", together, *pin(desk, "office"), "--yes")
    clerk.move(together, "issue")
    for more in ({}, {"container": "asic-s"}, {"container": "cms-attached"}):
        a = clerk.post("/v1/signings", {"document": alone, "move": "seal", "key": "office", **more})
        assert a.code == 422 and named(a, "signing.appendix") == ["bang tinh.txt"], a
    a = clerk.post("/v1/signings", {"document": alone, "move": "seal", "key": "office", "container": "asic-e"})
    assert a.code == 201, a
    cli(desk, "vanthu", "seal", alone, *pin(desk, "office"), "--main-only", "--yes")
    a = clerk.try_move(alone, "issue")
    assert a.code == 422 and named(a, "move.appendix") == ["bang tinh.txt"], a
    cli(desk, "vanthu", "document", "issue", alone, "--unsealed")
    assert clerk.document(alone)["state"] == "issued"


@pytest.fixture
def pulled_out(desk):  # noqa: F811
    """leader1's key is in a token (SoftHSM behind the shim) that is pulled out after two signatures; `back()` puts it in again. Afterwards the file is there again."""
    token = TokenKey(desk.signer, "leader1", PINS["leader1"], P11_SHIM_REMOVED="2")

    def back():
        del os.environ["P11_SHIM_REMOVED"]
        desk.signer.restart(desk)

    try:
        token.put_in()
        desk.signer.restart(desk)
        yield back
    finally:
        token.take_out()
        desk.signer.restart(desk)


def test_token_pulled_out_between_the_files_of_a_document(desk, pulled_out):  # noqa: F811
    """Two of five signatures exist: the document that has its one is signed, the one that has one of four is not, and stays as it was prepared."""
    alone, d = submitted(desk, []), three(desk)
    leader = desk.people["bithu"]
    out = cli(desk, "bithu", "sign", alone, d, *pin(desk, "leader1"), "--attachments", "--yes", code=2)
    assert out.count('"state": "done"') == 1 and out.count('"state": "skipped"') == 4 and "token.removed" in out, out
    assert leader.document(alone)["state"] == "signed" and leader.document(d)["state"] == "submitted"
    assert trail(desk, d) == {("main", 0): ["drafted"], ("attachment", 1): ["drafted"], ("attachment", 2): ["drafted"], ("attachment", 3): ["drafted"]}
    assert states(desk, d) == ["prepared"] * 4 and not leaf_of(desk, d, "sign")
    pulled_out()
    out = cli(desk, "bithu", "sign", d, *pin(desk, "leader1"), "--attachments", "--yes")
    assert out.count('"state": "done"') == 4 and leader.document(d)["state"] == "signed", out
    assert [judged(desk, d, newest_of(desk, d, n)[0]) for n in (1, 3)] == [[("TOTAL-PASSED", "none")]] * 2
