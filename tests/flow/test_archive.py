"""The archive and the evidence log through the API: texts of files found without diacritics, pages as pictures, verification, and proofs checked
here with hashlib alone, as a stranger would."""
import base64
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import pytest

from merkle import read_note, root_from_inclusion, root_of, roots_from_consistency
from office import BUILD, SRC, Office

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import make_pdf  # noqa: E402


@pytest.fixture(scope="module")
def archive():
    with Office(worker=True, settings="archive { interval_ms = 100 }\nevidence { interval_ms = 50 }\n") as o:
        o.people = {login: o.sign_in(login) for login in ("chuyenvien", "vanthu", "khac")}
        yield o


@pytest.fixture
def author(archive):
    return archive.people["chuyenvien"]


def until(what, seconds=60):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        got = what()
        if got:
            return got
        time.sleep(0.1)
    raise AssertionError("waited in vain")


def letter(**options):
    return make_pdf.letter(options)


def draft(author, data, name="cong-van.pdf", **members):
    return author.create("outgoing", main={"sha256": author.upload(data), "name": name}, kind="CV",
                         receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], **members)


def found(author, words):
    return [d["id"] for d in author.get("/v1/documents", q=words, limit=200).json["items"]]


# --- texts ---

def test_words_of_a_pdf_are_found_without_diacritics(archive, author):
    d = draft(author, letter(body="Đề nghị trồng phượng vĩ trước trụ sở.|Việc khẩn."), subject="Về cây xanh")
    until(lambda: d["id"] in found(author, "phuong vi tru so"))
    assert d["id"] in found(author, "PHƯỢNG vĩ")
    assert d["id"] in found(author, "cay xanh")  # the metadata still counts
    assert d["id"] not in found(author, "phuong hoang")
    version = d["versions"][0]["id"]
    a = author.get("/v1/documents/%s/versions/%s/text" % (d["id"], version))
    assert a.code == 200 and a.headers["content-type"].startswith("text/plain")
    assert "trồng phượng vĩ" in " ".join(a.body.decode().split())
    assert archive.sql("SELECT state, pages FROM derived_text WHERE sha256 = '\\x%s'" % d["versions"][0]["sha256"]) == [["done", "1"]]


def test_words_of_plain_text_are_found(archive, author):
    d = draft(author, "\ufeffGửi đồng chí thủ kho\fsố lượng gạch ngói\x01".encode(), name="ghi-chu.txt")
    if d["versions"][0]["mime"] != "text/plain":
        pytest.skip("text files are kept as " + d["versions"][0]["mime"])
    until(lambda: d["id"] in found(author, "gach ngoi thu kho"))


def test_a_file_that_cannot_be_read_blocks_nothing(archive, author):
    bad = draft(author, b"%PDF-1.7\nthis is no PDF at all\n%%EOF\n", subject="Tệp hỏng")
    good = draft(author, letter(body="Ánh trăng vằng vặc."))
    until(lambda: good["id"] in found(author, "anh trang vang vac"))
    state = until(lambda: [s for s, in archive.sql("SELECT state FROM derived_text WHERE sha256 = '\\x%s'" % bad["versions"][0]["sha256"])
                           if s != "waiting"])
    assert state == ["failed"]
    assert bad["id"] in found(author, "tep hong")
    assert author.get("/v1/documents/%s/versions/main/text" % bad["id"]).code == 422


def test_derived_texts_are_rebuilt(archive, author):
    d = draft(author, letter(body="Sông nước mênh mông."))
    until(lambda: d["id"] in found(author, "menh mong"))
    archive.sql("DELETE FROM derived_text")
    archive.sql("UPDATE document SET words = words")
    assert found(author, "menh mong") == []
    assert archive.stop() == 0
    archive.start()
    until(lambda: d["id"] in found(author, "menh mong"))


# --- pictures ---

def test_preview_is_a_png(archive, author):
    d = draft(author, letter(pages="2"))
    url = "/v1/documents/%s/versions/main/preview" % d["id"]
    a = author.get(url, page=2, width=400)
    assert a.code == 200 and a.headers["content-type"] == "image/png", a
    assert a.body[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">I", a.body[16:20]) == (400,)
    assert author.get(url, page=2, width=400).body == a.body  # from memory
    assert author.get(url, page=2, width=400, headers={"If-None-Match": a.headers["etag"]}).code == 304
    assert author.get(url, page=1, width=400).headers["etag"] != a.headers["etag"]
    assert author.get(url, page=3).code in (404, 422)
    assert author.get(url, width=9).problem == (422, "param.number")
    assert author.get(url, width="1e9").problem == (422, "param.number")


def test_others_see_nothing(archive, author):
    d = draft(author, letter())
    stranger = archive.people["khac"]
    for what in ("preview", "text", "verdict"):
        assert stranger.get("/v1/documents/%s/versions/main/%s" % (d["id"], what)).problem == (404, "version.missing")
    assert archive.client().get("/v1/documents/%s/versions/main/text" % d["id"]).code == 401


def test_a_digest_opens_nothing(archive, author):
    """Whoever knows the SHA-256 of a file that he may not see, from wherever, gets neither the bytes nor a word that they are there."""
    data = letter(body="Chỉ tác giả được xem.")
    d = draft(author, data)
    digest, stranger = d["versions"][0]["sha256"], archive.people["khac"]
    file = {"sha256": digest, "name": "cua-toi.pdf"}
    for members in ({"main": file}, {"attachments": [file]}, {"main": dict(file, sha256="0" * 64)}):
        a = stranger.post("/v1/documents", {"direction": "outgoing", "subject": "Của tôi", "kind": "CV", **members})
        assert a.problem == (422, "content.missing"), a
    own = stranger.create("outgoing", kind="CV")
    path = "/v1/documents/%s/versions" % own["id"]
    a = stranger.post(path, dict(file, part="main"), headers={"If-Match": '"1"'})
    assert a.problem == (422, "content.missing"), a
    assert stranger.request("POST", "/v1/verifications?detached=" + digest, raw=b"abc", key=False).problem == (422, "version.missing")
    # who has the bytes may use them, and so may whoever sees a document that has them
    assert stranger.upload(data) == digest
    assert stranger.post(path, dict(file, part="main"), headers={"If-Match": '"1"'}).code == 201
    assert stranger.get(path + "/main/content").body == data
    again = author.create("outgoing", main=file, kind="CV")
    assert author.get("/v1/documents/%s/versions/main/content" % again["id"]).body == data


def test_leaves_tell_only_of_what_one_may_see(archive, author):
    """The log is everybody's to check: index and hash. What a leaf says, only whoever may see the document."""
    d = author.create("outgoing", subject="Trích yếu không dành cho người khác", kind="CV")
    mine = until(lambda: [x for x in leaves_of(author, 1) if x["document"] == d["id"]])[0]
    assert "Trích yếu không dành" in mine["body"]
    theirs = [x for x in leaves_of(archive.people["khac"], 1) if x["index"] == mine["index"]][0]
    assert (theirs["hash"], theirs["id"]) == (mine["hash"], mine["id"])
    assert theirs["body"] is None and theirs["document"] is None


# --- verification ---

def test_verdict_and_verification(archive, author):
    pdf = letter()
    d = draft(author, pdf)
    a = author.get("/v1/documents/%s/versions/main/verdict" % d["id"])
    assert a.code == 200 and a.json["signatures"] == [] and a.json["indication"] is None, a
    a = author.request("POST", "/v1/verifications", raw=pdf, key=False)
    assert a.code == 200 and a.json["signatures"] == [], a
    assert author.request("POST", "/v1/verifications", raw=b"abc", key=False).problem == (415, "verification.kind")
    assert author.request("POST", "/v1/verifications?detached=zz", raw=b"abc", key=False).problem == (422, "param.digest")
    other = author.upload(b"not a signature")
    assert author.request("POST", "/v1/verifications?detached=" + other, raw=b"abc", key=False).code in (200, 422)


# --- the evidence log ---

def leaves_of(client, least):
    def all_of():
        items = client.get("/v1/log/leaves", start=0, count=1000).json["items"]
        return items if len(items) >= least else None
    return until(all_of)


def test_leaves_are_dense_and_hash_right(archive, author):
    for i in range(10):
        author.create("outgoing", subject="Bản ghi %d" % i, kind="CV")
    leaves = leaves_of(author, 10)
    assert [x["index"] for x in leaves] == list(range(len(leaves)))
    for x in [x for x in leaves if x["body"] is not None]:
        assert hashlib.sha256(b"\0" + x["body"].encode()).hexdigest() == x["hash"]
        body = json.loads(x["body"])
        assert body["id"] == x["id"] and body["type"] == x["type"] and body["v"] == 1
    part = author.get("/v1/log/leaves", start=3, count=2).json["items"]
    assert part == leaves[3:5]
    assert author.get("/v1/log/leaves", count=1001).problem == (422, "param.number")
    assert author.get("/v1/log/leaves", start=-1).problem == (422, "param.number")


def test_inclusion(archive, author):
    leaves = leaves_of(author, 10)
    hashes = [bytes.fromhex(x["hash"]) for x in leaves]
    for size in (1, 2, 3, 7, 8, len(leaves)):
        for index in {0, size // 2, size - 1}:
            a = author.get("/v1/log/inclusion", leaf=leaves[index]["id"], size=size)
            assert a.code == 200, a
            p = a.json
            assert (p["leaf_hash"], p["index"], p["size"]) == (leaves[index]["hash"], index, size)
            assert p["checkpoint"] is None and p["root"] == root_of(hashes[:size]).hex()
            proof = [bytes.fromhex(h) for h in p["hashes"]]
            assert root_from_inclusion(hashes[index], index, size, proof).hex() == p["root"]
            if size > 1:
                assert root_from_inclusion(hashes[index - 1], index, size, proof).hex() != p["root"]
    assert author.get("/v1/log/inclusion", leaf=leaves[5]["id"], size=5).problem == (422, "log.size")
    assert author.get("/v1/log/inclusion", leaf=leaves[5]["id"], size=10 ** 9).problem == (422, "log.size")
    assert author.get("/v1/log/inclusion", leaf="00000000-0000-7000-8000-000000000000").problem == (404, "log.leaf.missing")
    assert author.get("/v1/log/inclusion", leaf="x").problem == (422, "param.id")


def test_consistency(archive, author):
    hashes = [bytes.fromhex(x["hash"]) for x in leaves_of(author, 10)]
    for first, second in ((1, 2), (3, 7), (4, 8), (6, len(hashes)), (5, 5)):
        p = author.get("/v1/log/consistency", first=first, second=second).json
        assert p["first_root"] == root_of(hashes[:first]).hex() and p["second_root"] == root_of(hashes[:second]).hex()
        made = roots_from_consistency(first, second, bytes.fromhex(p["first_root"]), [bytes.fromhex(h) for h in p["hashes"]])
        assert [m.hex() for m in made] == [p["first_root"], p["second_root"]]
    for first, second in ((0, 3), (5, 4), (1, 10 ** 9)):
        assert author.get("/v1/log/consistency", first=first, second=second).problem == (422, "log.size")
    assert author.get("/v1/log/consistency", first=1).problem == (422, "param.number")
    assert archive.client().get("/v1/log/leaves").code == 401


def test_no_checkpoint_without_signer(archive, author):
    assert author.get("/v1/log/checkpoint").problem == (404, "log.checkpoint.missing")


# --- with congvan-signer ---

class Signer:
    """A real signer with no keys but its own: enough for checkpoints."""

    def __init__(self, origin):
        self.dir = tempfile.mkdtemp(prefix="congvan-flow-signer-")
        self.socket = os.path.join(self.dir, "socket")
        os.makedirs(os.path.join(self.dir, "data", "keys"), mode=0o700)
        with open(os.path.join(self.dir, "conf"), "w", encoding="utf-8") as f:
            f.write('signer { data = "%s/data" socket = "%s" }\nevidence { origin = "%s" }\n' % (self.dir, self.socket, origin))
        self.process = None

    def start(self):
        with open(os.path.join(self.dir, "log"), "ab") as log:
            self.process = subprocess.Popen([os.path.join(BUILD, "signer", "congvan-signer"), "--config", os.path.join(self.dir, "conf")],
                                            stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
            self.process = None

    def verifies(self, body, signature):
        """OpenSSL's word on an Ed25519 signature by the log key."""
        for name, data in (("body", body), ("sig", signature)):
            with open(os.path.join(self.dir, name), "wb") as f:
                f.write(data)
        run = subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-inkey", os.path.join(self.dir, "data", "log.key"),
                              "-in", os.path.join(self.dir, "body"), "-sigfile", os.path.join(self.dir, "sig")], capture_output=True)
        return run.returncode == 0


@pytest.fixture(scope="module")
def signed():
    signer = Signer("congvan/A01.Q1")
    signer.start()
    try:
        with Office(settings='evidence { interval_ms = 50 }\nsigner { socket = "%s" }\n' % signer.socket) as o:
            o.signer, o.author = signer, o.sign_in("chuyenvien")
            yield o
    finally:
        signer.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


def checkpoint_of(client, least):
    def newest():
        a = client.get("/v1/log/checkpoint")
        return a.body.decode() if a.code == 200 and read_note(a.body.decode())[2] >= least else None
    return until(newest)


def test_checkpoint_is_signed_and_right(signed):
    c = signed.author
    for i in range(5):
        c.create("outgoing", subject="Mốc %d" % i, kind="CV")
    body, origin, size, root, signatures = read_note(checkpoint_of(c, 5))
    hashes = [bytes.fromhex(x["hash"]) for x in leaves_of(c, 5)]
    assert origin == "congvan/A01.Q1" and root == root_of(hashes[:size])
    dash, name, value = signatures[0].split(" ")
    assert (len(signatures), dash, name) == (1, "\u2014", origin)
    assert signed.signer.verifies(body, base64.b64decode(value)[4:])
    assert not signed.signer.verifies(body + b"x", base64.b64decode(value)[4:])
    p = c.get("/v1/log/inclusion", leaf=leaves_of(c, 5)[0]["id"]).json
    hashes = [bytes.fromhex(x["hash"]) for x in leaves_of(c, p["size"])]  # the log may have grown meanwhile
    assert p["root"] == root_of(hashes[:p["size"]]).hex() and read_note(p["checkpoint"])[2] == p["size"]


def test_checkpoints_go_on_after_the_signer_was_away(signed):
    c = signed.author
    before = read_note(checkpoint_of(c, 1))[2]
    signed.signer.stop()
    c.create("outgoing", subject="Khi máy ký vắng mặt", kind="CV")
    leaves = leaves_of(c, before + 1)  # numbered all the same
    time.sleep(0.3)
    assert read_note(c.get("/v1/log/checkpoint").body.decode())[2] == before
    signed.signer.start()
    size = read_note(checkpoint_of(c, len(leaves)))[2]
    p = c.get("/v1/log/consistency", first=before, second=size).json
    made = roots_from_consistency(before, size, bytes.fromhex(p["first_root"]), [bytes.fromhex(h) for h in p["hashes"]])
    assert [m.hex() for m in made] == [p["first_root"], p["second_root"]]
    metrics = c.get("/metrics").body.decode()
    assert "congvan_log_size %d\n" % size in metrics and "congvan_log_checkpoint_size %d\n" % size in metrics
