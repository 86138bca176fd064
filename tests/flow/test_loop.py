"""What sanitizers distort, on a build without them: memory while 200 MB come and go, and the length of the loop's turns, in processor time, which a busy machine
does not change much. CONGVAN_PLAIN names such a build (./check makes one); a CONGVAN_BUILDDIR without sanitizers does too."""
import hashlib
import http.client
import os
import random
import re
import shutil
import subprocess
import time

import pytest

import office as flow
from ledger import Ledger, make_pdf
from office import UnixConnection
from test_crash import Works, patient, people_of
from test_signing import Signer

LIMIT_US = 5000       # DESIGN.md: no call over 5 ms
LIST_US = 60000       # the longest lists one may ask for (200 rows, 1000 leaves) are parsed and written in one turn still: 5 to 20 ms
MEMORY_KB = 64 * 1024
MB = 1 << 20


def is_sanitized(build):
    with open(os.path.join(build, "congvand"), "rb") as f:
        return b"__asan_init" in f.read()


pytestmark = pytest.mark.skipif(is_sanitized(flow.BUILD), reason="this build has sanitizers: set CONGVAN_PLAIN")


@pytest.fixture(scope="module")
def works():
    signer = Signer()
    signer.start()
    signer.start_tsa()
    try:
        with Works(signer) as o:
            people_of(o)
            yield o
    finally:
        signer.stop_tsa()
        signer.stop()
        shutil.rmtree(signer.dir, ignore_errors=True)


def forget_peak(pid):
    """A new measurement begins. Of a process that lets nobody look into it (a worker) this is root's."""
    try:
        with open("/proc/%s/clear_refs" % pid, "w", encoding="ascii") as f:
            f.write("5")
    except PermissionError:
        subprocess.run(["sudo", "-n", "sh", "-c", "echo 5 >/proc/%s/clear_refs" % pid], check=True)


def peak(o, again=False):
    """Peak resident memory of congvand in KB; `again` begins a new measurement."""
    if again:
        forget_peak(o.process.pid)
    with open("/proc/%d/status" % o.process.pid) as f:
        return int(re.search(r"VmHWM:\s+(\d+) kB", f.read())[1])


def turn(o):
    """The longest turn since the last call: (µs of processor time, what)."""
    text = o.people["bithu"].get("/metrics").body.decode()
    return (int(re.search(r"^congvan_loop_longest_turn_cpu_microseconds (\d+)", text, re.M)[1]),
            re.search(r'longest_turn_info\{(.*)\}', text)[1])


class Stream:
    """200 MB of bytes that do not repeat, read like a file."""

    def __init__(self, size):
        self.left, self.hash, self.block = size, hashlib.sha256(), random.Random(1).randbytes(MB)

    def read(self, n=65536):
        n = min(n, self.left, MB)
        data = self.left.to_bytes(8, "big")[:n] + self.block[: max(0, n - 8)]
        self.left -= n
        self.hash.update(data)
        return data


def test_200_mb_both_ways_in_little_memory(works):
    clerk, size = works.people["vanthu"], 200 * MB
    before = peak(works, again=True)
    stream = Stream(size)
    c = UnixConnection(works.socket, timeout=300)
    c.request("POST", "/v1/contents", stream, {"Authorization": "Bearer " + clerk.token, "Content-Length": str(size), "Content-Type": "application/octet-stream"})
    a = flow.Answer(c.getresponse())
    sha256 = stream.hash.hexdigest()
    assert a.code == 201 and a.json == {"sha256": sha256, "size": size}
    up, up_turn = peak(works), turn(works)
    d = clerk.create("incoming", issuer_name="X", main={"sha256": sha256, "name": "lon.bin"})
    peak(works, again=True)
    c.request("GET", "/v1/documents/%s/versions/main/content" % d["id"], headers={"Authorization": "Bearer " + clerk.token})
    r, got, read = c.getresponse(), hashlib.sha256(), 0
    while True:
        data = r.read(MB)
        if not data:
            break
        got.update(data)
        read += len(data)
    assert (r.status, read, got.hexdigest()) == (200, size, sha256)
    print("peak memory: %d KB before, %d KB up, %d KB down; longest turn up %r, down %r" % (before, up, peak(works), up_turn, turn(works)))
    assert max(up, peak(works)) < MEMORY_KB


def test_no_turn_of_the_story_is_long(works):
    """Clerks register, letters are drafted, signed with timestamps, numbered, sealed, dispatched, all at once. A neighbour on the processor lengthens one turn of
    thousands by chance (5.1 and 8.1 ms were seen on busy machines): what is long by itself is long in each of three stories."""
    long = []
    for n in range(3):
        ledger = Ledger(works, seed="loop %d" % n)
        turn(works)
        ledger.start()
        try:
            patient(lambda: ledger.failures or (len(ledger.signed) >= 12 and len(ledger.acts) >= 100), 120)
        finally:
            ledger.stop()
        us, what = turn(works)
        print("longest turn %d us (%s) in %d acts, %d signatures, %d contents" % (us, what, len(ledger.acts), len(ledger.signed), len(ledger.contents)))
        ledger.audit()
        if us <= LIMIT_US:
            return
        long.append((us, what))
    assert not long, long


@pytest.fixture(scope="module")
def full(works):
    """Enough rows that a list can be long."""
    clerk = works.people["vanthu"]
    for i in range(220):
        d = clerk.create("incoming", issuer_name="Ủy ban nhân dân phường %d" % i, subject="Về việc kiểm tra số %d " % i + "tình hình " * 40)
        clerk.move(d, "register")
    return works


LISTS = {
    "a list of 200": lambda c: c.get("/v1/documents", limit=200),
    "a search of 200": lambda c: c.get("/v1/documents", q="tinh hinh kiem tra", limit=200),
    "the inbox": lambda c: c.get("/v1/inbox", limit=200),
    "1000 leaves": lambda c: c.get("/v1/log/leaves", count=1000),
    "the printed register": lambda c: c.get("/v1/registers/%s/entries" % c.get("/v1/registers").json["items"][0]["id"], headers={"Accept": "text/plain"}),
    "the register": lambda c: c.get("/v1/registers/%s/entries" % c.get("/v1/registers").json["items"][0]["id"], limit=200),
}
BIG = {
    "the contract": lambda c: c.get("/v1/openapi.json"),
    "the messages": lambda c: c.get("/v1/messages"),
    "a body of 1 MB": lambda c: c.post("/v1/documents", {"direction": "incoming", "subject": "x", "issuer_name": "X", "summary": "ằ" * 300000}),
    "a body of many members": lambda c: c.post("/v1/documents", {"m%06d" % i: i for i in range(60000)}),
    "a body of many items": lambda c: c.post("/v1/documents", {"direction": "outgoing", "subject": "x", "receivers": [{"organ_id": "H%d" % i, "organ_name": "Nơi nhận"} for i in range(15000)]}),
    "a deep body": lambda c: c.request("POST", "/v1/documents", raw=b'{"a":' + b"[" * 200000 + b"]" * 200000 + b"}", headers={"Content-Type": "application/json"}),
    "a document of 200 receivers": lambda c: c.post("/v1/documents", {"direction": "outgoing", "kind": "CV", "subject": "x", "receivers": [
        {"organ_id": "H%d" % i, "organ_name": "Ủy ban nhân dân phường %d" % i} for i in range(200)]}),
}


@pytest.mark.parametrize("what", [*LISTS, *BIG])
def test_no_turn_of_a_big_call_is_long(full, what):
    c = full.people["vanthu"]
    turn(full)
    a = (LISTS.get(what) or BIG[what])(c)
    us, where = turn(full)
    print("%s: %d, %d bytes, longest turn %d us (%s)" % (what, a.code, len(a.body), us, where))
    assert us <= (LIST_US if what in LISTS else LIMIT_US), where


def test_memory_in_the_end(works):
    print("peak memory %d KB" % peak(works))
    assert peak(works) < MEMORY_KB
