"""A file of 514 MB that is no PDF, over what any worker may map, signed beside it to B-LTA and judged; and a PDF of 100 MB all the way through the office: uploaded, signed by the leader where his name stands, numbered, sealed by the office, judged here and by pdfsig and qpdf, dispatched
as a packet. What was there before stays byte for byte, and congvand's own memory stays small. On a build without sanitizers, whose memory says something (large.sh)."""
import hashlib
import os
import random
import re
import subprocess
import sys
import threading
import time
import zlib

import pytest

import office as flow
from office import SRC, UnixConnection
from test_loop import MEMORY_KB, forget_peak, is_sanitized, peak
from test_signing import cli, desk, newest, sign  # noqa: F401 (desk is a fixture)

sys.path.insert(0, os.path.join(SRC, "tests", "data"))
import make_pdf  # noqa: E402

pytestmark = pytest.mark.skipif(is_sanitized(flow.BUILD), reason="this build has sanitizers: set CONGVAN_PLAIN")

MB = 1 << 20
flow.MEMORY = None  # gigabytes: on the disk
WIDE, HIGH = 620, 877  # of a picture, three bytes a point: 1.6 MB that no filter makes smaller


def large_pdf(least):
    """The letter, and a second revision with so many scanned pages behind it that the file has `least` bytes."""
    out = bytearray(make_pdf.letter({"name": "Nguyễn Văn Mẫu"}))
    kid = re.search(rb"/Kids \[(\d+) 0 R\]", out)[1]
    size, previous = int(re.findall(rb"/Size (\d+)", out)[-1]), int(re.findall(rb"startxref\n(\d+)", out)[-1])
    rng, at, kids, number = random.Random(100), {}, [kid + b" 0 R"], size

    def put(n, body):
        at[n] = len(out)
        out.extend(b"%d 0 obj\n" % n + body + b"\nendobj\n")

    draw = zlib.compress(b"q 595 0 0 842 0 0 cm /Scan Do Q")
    while len(out) < least:
        picture = rng.randbytes(WIDE * HIGH * 3)
        put(number, b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceRGB /BitsPerComponent 8 /Length %d >>\nstream\n" % (WIDE, HIGH, len(picture))
            + picture + b"\nendstream")
        put(number + 1, b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(draw) + draw + b"\nendstream")
        put(number + 2, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources << /XObject << /Scan %d 0 R >> >> >>" % (number + 1, number))
        kids.append(b"%d 0 R" % (number + 2))
        number += 3
    put(2, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids)))
    xref = len(out)
    out += b"xref\n2 1\n%010d 00000 n \n%d %d\n" % (at[2], size, number - size) + b"".join(b"%010d 00000 n \n" % at[n] for n in range(size, number))
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (number, previous, xref)
    return bytes(out)


@pytest.fixture(scope="module")
def story(desk):  # noqa: F811
    """The document's id, the file and what came of it, the verdict, and what congvand's memory was at most."""
    clock = [("begun", time.monotonic())]
    data = large_pdf(100 * MB)
    assert 100 * MB <= len(data) < 102 * MB
    peak(desk, again=True)
    clock.append(("made", time.monotonic()))

    def done(what):
        clock.append((what, time.monotonic()))

    author, clerk = desk.people["chuyenvien"], desk.people["vanthu"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Mẫu",
                      main={"sha256": author.upload(data), "name": "lon.pdf"})
    d = author.move(d, "submit", leader="bithu")["id"]
    done("uploaded")
    sign(desk, "bithu", d)
    done("signed")
    cli(desk, "vanthu", "document", "number", d)
    done("numbered")
    sign(desk, "vanthu", d, "seal")
    done("sealed")
    verdict = desk.people["luutru"].get("/v1/documents/%s/versions/main/verdict" % d)
    done("judged")
    made = newest(desk, d)[1]
    done("read")
    most = peak(desk)
    for (_, before), (what, after) in zip(clock, clock[1:]):
        print("%s in %.1f s" % (what, after - before))
    print("congvand's memory at most %d KB" % most)
    assert clerk.document(d)["state"] == "sealed"
    return d, data, made, verdict, most


def test_nothing_before_the_appended_part_is_altered(desk, story):  # noqa: F811
    """Each version is the beginning of the next: by its digest, which the office has told since it stored it."""
    d, data, made = story[:3]
    versions = [v for v in desk.people["luutru"].document(d)["versions"] if v["part"] == "main"]
    assert [v["cause"] for v in versions] == ["drafted", "signed", "numbered", "sealed"]
    assert made.startswith(data) and (versions[0]["size"], versions[-1]["size"]) == (len(data), len(made))
    for v in versions:
        assert hashlib.sha256(made[:v["size"]]).hexdigest() == v["sha256"], v
    for before, after in zip(versions, versions[1:]):
        assert 0 < after["size"] - before["size"] < MB


def test_our_verdict_through_the_office_and_off_line(desk, story):  # noqa: F811
    a = story[3]
    assert a.code == 200 and a.json["indication"] == "TOTAL-PASSED", a
    assert [(s["indication"], s["level"], s["changes"]) for s in a.json["signatures"]] == [("TOTAL-PASSED", "B-T", "permitted"), ("TOTAL-PASSED", "B-T", "none")], a
    path = os.path.join(desk.signer.dir, "lon.pdf")
    with open(path, "wb") as f:
        f.write(story[2])
    assert cli(desk, "luutru", "verify", path).count('"B-T"') == 2
    with open(path, "r+b") as f:
        f.seek(60 * MB)
        byte = f.read(1)[0]
        f.seek(60 * MB)
        f.write(bytes([byte ^ 1]))
    assert cli(desk, "luutru", "verify", path, code=7).count('"HASH_FAILURE"') == 2


def test_others_agree(desk, story):  # noqa: F811
    path = os.path.join(desk.signer.dir, "lon-xong.pdf")
    with open(path, "wb") as f:
        f.write(story[2])
    began = time.monotonic()
    out = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert out.count("Signature is Valid") == 2 and "Total document signed" in out, out
    print("pdfsig in %.1f s" % (time.monotonic() - began))
    assert subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def test_memory(story):
    assert story[4] < MEMORY_KB


# --- a PDF that is larger than memory should hold ---

def sparse_pdf(path, size):
    """The letter, and a second revision with two pages behind it whose pictures, black and without a filter, make the file that large; the disk holds little of it."""
    head = bytes(make_pdf.letter({"name": "Nguyễn Văn Mẫu"}))
    kid = re.search(rb"/Kids \[(\d+) 0 R\]", head)[1]
    first, previous = int(re.findall(rb"/Size (\d+)", head)[-1]), int(re.findall(rb"startxref\n(\d+)", head)[-1])
    wide, at, kids, n = 1 << 16, {}, [kid + b" 0 R"], first
    high = size // 2 // wide
    with open(path, "wb") as f:
        def put(number, *body):
            at[number] = f.tell()
            f.write(b"%d 0 obj\n" % number)
            for part in body:
                f.seek(part, os.SEEK_CUR) if isinstance(part, int) else f.write(part)
            f.write(b"\nendobj\n")

        f.write(head)
        for n in (first, first + 2):
            put(n, b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray /BitsPerComponent 8 /Length %d >>\nstream\n" % (wide, high, wide * high),
                wide * high, b"\nendstream")
            put(n + 1, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << /Scan %d 0 R >> >> >>" % n)
            kids.append(b"%d 0 R" % (n + 1))
        put(2, b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids)))
        xref = f.tell()
        f.write(b"xref\n2 1\n%010d 00000 n \n%d 4\n" % (at[2], first) + b"".join(b"%010d 00000 n \n" % at[i] for i in range(first, first + 4)))
        f.write(b"trailer\n<< /Size %d /Root 1 0 R /Info 3 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (first + 4, previous, xref))


class Memory:
    """While it is entered: the most memory of its own (not pages of files) that a worker of the office was seen with, in KB."""

    def __init__(self, o):
        self.office, self.most, self.leave = o, 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.leave.wait(0.02):
            for pid in workers(self.office):
                self.most = max(self.most, sum(status_kb(pid, name) for name in ("RssAnon", "RssShmem")))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.leave.set()
        self.thread.join()


def status_kb(pid, name):
    try:
        with open("/proc/%s/status" % pid, encoding="utf-8", errors="replace") as f:
            found = re.search(r"^%s:\s+(\d+) kB" % name, f.read(), re.M)
    except OSError:
        return 0
    return int(found[1]) if found else 0


def workers(o):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/status" % pid, encoding="utf-8", errors="replace") as f:
                status = f.read()
        except OSError:
            continue
        if re.search(r"^PPid:\s+%d$" % o.process.pid, status, re.M) and re.search(r"^Name:\s+congvan-worker", status, re.M):
            yield pid


def test_a_pdf_over_256_mib_is_judged(desk):  # noqa: F811
    """Signed off line, judged by the office: congvand holds a chunk of it, the worker maps the file on disk and holds nothing of it itself. One bit in the middle is seen."""
    path = os.path.join(desk.signer.dir, "ban-ve.pdf")
    made = path[:-4] + "-ky.pdf"
    sparse_pdf(path, 300 * MB)
    cli(desk, "bithu", "sign", path, "--p12", os.path.join(desk.signer.pki, "leader1.p12"), "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--out", made)
    size = os.path.getsize(made)
    peak(desk, again=True)
    began = time.monotonic()
    c = UnixConnection(desk.socket, timeout=300)
    with open(made, "rb") as f, Memory(desk) as memory:
        c.request("POST", "/v1/verifications", f, {"Authorization": "Bearer " + desk.people["luutru"].token, "Content-Length": str(size), "Content-Type": "application/octet-stream"})
        a = flow.Answer(c.getresponse())
    c.close()
    print("uploaded and judged in %.1f s; congvand at most %d KB, a worker %d KB" % (time.monotonic() - began, peak(desk), memory.most))
    assert size > 300 * MB and a.code == 200 and a.json["indication"] == "TOTAL-PASSED", a
    assert [(s["indication"], s["covers_whole_file"], s["revision_end"]) for s in a.json["signatures"]] == [("TOTAL-PASSED", True, size)], a
    assert peak(desk) < MEMORY_KB and 0 < memory.most < 4 * MEMORY_KB
    with open(made, "r+b") as f:
        f.seek(280 * MB)
        f.write(b"\1")
    assert cli(desk, "luutru", "verify", made, code=7).count('"HASH_FAILURE"') == 1
    os.unlink(path)
    os.unlink(made)


# --- a file that no worker maps ---

SIZE = 514 * MB  # over SIGN_FILE_MOST (256 MiB) and VERDICT_FILE (512 MiB)


def worker_peak(o, again=False):
    """Peak resident memory of congvan-worker in KB, with what it has mapped; `again` begins a new measurement."""
    most = 0
    for pid in workers(o):
        most = max(most, status_kb(pid, "VmHWM"))
        if again:
            forget_peak(pid)
    return most


def path_of(o):
    return os.path.join(o.signer.dir, "so-lieu.bin")


@pytest.fixture(scope="module")
def beyond(desk):  # noqa: F811
    """The document whose file is larger than what a worker maps, signed by its leader."""
    rng, author = random.Random(514), desk.people["chuyenvien"]
    with open(path_of(desk), "wb") as f:
        for _ in range(SIZE // MB):
            f.write(rng.randbytes(MB))
    peak(desk, again=True)
    worker_peak(desk, again=True)
    began = time.monotonic()
    c = UnixConnection(desk.socket, timeout=300)
    with open(path_of(desk), "rb") as f:
        c.request("POST", "/v1/contents", f, {"Authorization": "Bearer " + author.token, "Content-Length": str(SIZE), "Content-Type": "application/octet-stream"})
        a = flow.Answer(c.getresponse())
    c.close()
    assert a.code == 201 and a.json["size"] == SIZE, a
    d = author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Mẫu",
                      main={"sha256": a.json["sha256"], "name": "so-lieu.bin"})
    d = author.move(d, "submit", leader="bithu")["id"]
    done = time.monotonic()
    cli(desk, "bithu", "sign", d, "--key", "leader1", "--pin-file", os.path.join(desk.signer.dir, "leader1.pin"), "--level", "B-LTA", "--yes", seconds=600)
    print("uploaded in %.1f s, signed in %.1f s; congvand at most %d KB, a worker %d KB" % (done - began, time.monotonic() - done, peak(desk), worker_peak(desk)))
    return d


def test_signed_beside_a_file_of_any_size(desk, beyond):  # noqa: F811
    began, reader = time.monotonic(), desk.client(desk.people["luutru"].token)
    reader.connection = UnixConnection(desk.socket, timeout=600)  # the whole file is read for it
    a = reader.get("/v1/documents/%s/versions/main/verdict" % beyond)
    reader.close()
    print("judged in %.1f s; congvand at most %d KB, a worker %d KB" % (time.monotonic() - began, peak(desk), worker_peak(desk)))
    assert a.code == 200 and [(s["indication"], s["level"]) for s in a.json["signatures"]] == [("TOTAL-PASSED", "B-LTA")], a
    assert peak(desk) < MEMORY_KB and 0 < worker_peak(desk) < 4 * MEMORY_KB


def test_openssl_says_the_same_of_it(desk, beyond):  # noqa: F811
    path = path_of(desk)
    with open(path + ".p7s", "wb") as f:
        f.write(newest(desk, beyond, "signature")[1])

    def openssl():
        return subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", path + ".p7s", "-content", path, "-purpose", "any", "-out", "/dev/null",
                               "-CAfile", os.path.join(desk.signer.pki, "anchors", "root.pem")], capture_output=True, text=True, check=False).returncode
    assert openssl() == 0
    with open(path, "r+b") as f:
        f.seek(SIZE - 1)
        last = f.read(1)[0]
        f.seek(SIZE - 1)
        f.write(bytes([last ^ 1]))
    assert openssl() != 0


def test_what_must_be_opened_has_its_limit(desk, beyond):  # noqa: F811
    """With the file inside, or a container: 413, with what was found and what may be."""
    author = desk.people["chuyenvien"]
    d = author.create(kind="CV", receivers=[{"organ_id": "H37", "organ_name": "Ủy ban nhân dân tỉnh"}], signer_name="Nguyễn Văn Mẫu",
                      main={"sha256": next(v["sha256"] for v in author.document(beyond)["versions"] if v["part"] == "main"), "name": "so-lieu.bin"})
    author.move(d, "submit", leader="bithu")
    for container in ("cms-attached", "asic-e", "asic-s"):
        a = desk.people["bithu"].post("/v1/signings", {"document": d["id"], "move": "sign", "key": "leader1", "container": container})
        assert a.code == 413 and [(f["code"], f["got"], f["want"]) for f in a.json["findings"]] == [("content.large", str(SIZE), "0..%d" % (256 * MB))], a
