"""The document passport: made by the real office with a signed document in it, checked off line by `congvan verify`, and by a stranger with zipfile, hashlib
and openssl alone. And what was altered is found."""
import base64
import hashlib
import json
import os
import re
import subprocess
import zipfile

import pytest

from merkle import read_note, root_from_inclusion
from office import BUILD
from test_signing import cli, desk, sign, submitted, wait_until  # noqa: F401 (desk is a fixture)


def fetch(desk, document, login="luutru"):  # noqa: F811
    a = desk.people[login].get("/v1/documents/%s/passport" % document)
    return a


@pytest.fixture(scope="module")
def passport(desk):  # noqa: F811
    """A document signed by the leader, and its passport once every leaf of it is in a checkpoint."""
    d = submitted(desk)
    sign(desk, "bithu", d)
    path = os.path.join(desk.signer.dir, "passport.asice")

    def settled():
        a = fetch(desk, d)
        assert a.code == 200, a
        with open(path, "wb") as f:
            f.write(a.body)
        return json.loads(read(path, "evidence/leaves.json"))["waiting"] == 0

    wait_until(settled)
    return d, path


def read(path, name):
    with zipfile.ZipFile(path) as z:
        return z.read(name)


def names(path):
    with zipfile.ZipFile(path) as z:
        return z.namelist()


def log_key(desk):  # noqa: F811
    key = desk.people["luutru"].get("/v1/signer").json["log_key"]
    raw = b"\x01" + base64.b64decode(key["public"])
    name = key["name"]
    text = "%s+%s+%s" % (name, hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex(), base64.b64encode(raw).decode())
    path = os.path.join(desk.signer.dir, "log.vkey")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text + "\n")
    return path


def verify(desk, path, *more):  # noqa: F811
    run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "verify", "--json", "--trust", desk.signer.pki, "--lang", "en", *more, path],
                         capture_output=True, text=True, timeout=120, check=False)
    return run.returncode, json.loads(run.stdout) if run.stdout.strip() else None, run.stderr


def test_verified_off_line(desk, passport):  # noqa: F811
    _, path = passport
    code, report, said = verify(desk, path, "--log-key", log_key(desk))
    assert code == 0, said
    assert report["signatures"][0]["is_timestamp"] and report["signatures"][0]["covers_whole_file"] and report["indication"] == "TOTAL-PASSED"
    p = report["passport"]
    assert p["origin"] == "congvan/A01.Q1" and p["leaves"] >= 3 and p["document"] == passport[0]
    signed = [f for f in p["files"] if f["report"]]
    assert all(f["right"] and f["logged"] for f in p["files"]) and len(p["files"]) >= 2
    assert signed[-1]["report"]["indication"] == "TOTAL-PASSED" and "Nguyễn Văn Mẫu" in signed[-1]["report"]["signatures"][0]["signer"]["subject"]
    # without the office's key it is checked against its own, and that is said
    code, _, said = verify(desk, path)
    assert code == 0 and "--log-key" in said


def test_a_stranger_checks_it(desk, passport, tmp_path):  # noqa: F811
    d, path = passport
    with zipfile.ZipFile(path) as z:
        first = z.infolist()[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        z.extractall(tmp_path)
    about = json.loads((tmp_path / "passport.json").read_text(encoding="utf-8"))
    assert about["format"] == "congvan-passport" and about["document"]["id"] == d
    for f in about["files"]:
        assert hashlib.sha256((tmp_path / f["name"]).read_bytes()).hexdigest() == f["sha256"]
    # the timestamp is over a manifest that has the digest of every file
    manifest = (tmp_path / "META-INF/ASiCManifest001.xml").read_text(encoding="utf-8")
    inside = [n for n in names(path) if not n.startswith("META-INF/") and n != "mimetype"]
    assert len(re.findall("<asic:DataObjectReference ", manifest)) == len(inside)
    for n in inside:
        assert base64.b64encode(hashlib.sha256((tmp_path / n).read_bytes()).digest()).decode() in manifest
    subprocess.run(["openssl", "ts", "-verify", "-data", str(tmp_path / "META-INF/ASiCManifest001.xml"), "-token_in", "-in",
                    str(tmp_path / "META-INF/timestamp001.tst"), "-CAfile", desk.signer.pki + "/root.pem", "-untrusted",
                    desk.signer.pki + "/issuing.pem"], check=True, capture_output=True, timeout=60)
    # each leaf is in the tree of the checkpoint
    evidence = json.loads((tmp_path / "evidence/leaves.json").read_text(encoding="utf-8"))
    note = (tmp_path / "evidence/checkpoint").read_text(encoding="utf-8")
    origin, size, root = note.split("\n")[:3]
    assert origin == "congvan/A01.Q1" and int(size) == evidence["size"] and read_note is not None
    assert any('"move":"sign"' in x["body"] for x in evidence["leaves"])
    for x in evidence["leaves"]:
        leaf = hashlib.sha256(b"\0" + x["body"].encode()).digest()
        assert leaf.hex() == x["hash"]
        assert root_from_inclusion(leaf, x["index"], int(size), [bytes.fromhex(h) for h in x["proof"]]) == base64.b64decode(root)


def altered(path, to, name, change):
    with zipfile.ZipFile(path) as z, zipfile.ZipFile(to, "w") as out:
        for i in z.infolist():
            data = z.read(i)
            out.writestr(i, change(data) if i.filename == name else data)
    return str(to)


def test_what_was_altered_is_found(desk, passport, tmp_path):  # noqa: F811
    _, path = passport
    key = log_key(desk)
    version = [n for n in names(path) if n.startswith("versions/")][-1]
    code, report, said = verify(desk, altered(path, tmp_path / "v", version, lambda b: b + b"\n"), "--log-key", key)
    assert code == 7 and report["indication"] == "TOTAL-FAILED" and version in said
    assert [f["right"] for f in report["passport"]["files"] if f["name"] == version] == [False]
    code, report, said = verify(desk, altered(path, tmp_path / "l", "evidence/leaves.json", lambda b: b.replace(b"submit", b"subMit")), "--log-key", key)
    assert code == 7 and "leaf" in said.lower()
    # the log of somebody else
    with open(key, encoding="utf-8") as f:
        name, _, data = f.read().strip().split("+", 2)
    raw = bytes([1]) + bytes(32)
    with open(tmp_path / "other.vkey", "w", encoding="utf-8") as f:
        f.write("%s+%s+%s\n" % (name, hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4].hex(), base64.b64encode(raw).decode()))
    code, _, said = verify(desk, path, "--log-key", str(tmp_path / "other.vkey"))
    assert code == 7 and "checkpoint" in said.lower()


def test_command_line_and_ranges(desk, passport, tmp_path):  # noqa: F811
    d, _ = passport
    out = str(tmp_path / "p.asice")
    run = subprocess.run([os.path.join(BUILD, "cli", "congvan"), "--socket", desk.socket, "--token-file", os.path.join(desk.signer.dir, "luutru.token"),
                          "document", "passport", d, "--output", out], capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    assert verify(desk, out)[0] == 0


def test_who_may(desk, passport):  # noqa: F811
    d, _ = passport
    assert desk.client().get("/v1/documents/%s/passport" % d).code == 401
    assert desk.people["luutru"].get("/v1/documents/00000000-0000-7000-8000-000000000000/passport").problem == (404, "document.missing")
    empty = desk.people["chuyenvien"].create("outgoing", kind="CV", subject="Chưa có tệp")
    assert fetch(desk, empty["id"], "chuyenvien").problem == (409, "passport.empty")


def test_signatures_in_other_forms(desk):  # noqa: F811
    """A text whose leader signed in an ASiC-E container and whose office signed with the text inside the CMS: both files are judged in the passport."""
    text = "Tờ trình.\n".encode()
    d = submitted(desk, text, "to-trinh.txt")
    for login, move, form in (("bithu", "sign", "asic-e"), ("vanthu", "seal", "cms-attached")):
        key = {"bithu": "leader1", "vanthu": "office"}[login]
        cli(desk, login, move, d, "--key", key, "--pin-file", os.path.join(desk.signer.dir, key + ".pin"), "--yes", "--container", form)
        if move == "sign":
            desk.people["vanthu"].move(d, "number")
    path = os.path.join(desk.signer.dir, "forms.asice")

    def settled():
        with open(path, "wb") as f:
            f.write(fetch(desk, d).body)
        return json.loads(read(path, "evidence/leaves.json"))["waiting"] == 0

    wait_until(settled)
    code, report, said = verify(desk, path, "--log-key", log_key(desk))
    assert code == 0, said
    files = {f["name"].rsplit(".", 1)[1]: f for f in report["passport"]["files"]}
    for suffix in ("asice", "p7m"):
        assert files[suffix]["right"] and files[suffix]["report"]["indication"] == "TOTAL-PASSED" and len(files[suffix]["report"]["signatures"]) == 1, files
    assert files["txt"]["right"]


def test_never_without_a_timestamp(desk, passport):  # noqa: F811
    d, _ = passport
    desk.signer.stop_tsa()  # for good: this test is the last
    assert fetch(desk, d).problem == (503, "passport.timestamp")
