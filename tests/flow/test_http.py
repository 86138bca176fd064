"""daemon/http over real sockets: raw bytes against http_fixture (tests/flow/http_fixture.c), plain and TLS.

What clients do that ordinary libraries never would: pieces, silence, floods, half-closed and vanished connections.
"""
import hashlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time

import pytest

BUILD = os.environ.get("CONGVAN_BUILDDIR", "build/dev")
FIXTURE = os.path.join(BUILD, "tests/flow/http_fixture")
HOST = b"Host: localhost\r\n"
# A build with sanitizers spends memory of its own (with a small quarantine, so that growth is still seen).
SANITIZED = b"__asan_init" in open(FIXTURE, "rb").read()
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4:detect_leaks=1")


class Server:
    def __init__(self, folder, *args, tls=None):
        self.path = str(folder / "http.sock")
        self.log = open(folder / "log", "w+")
        command = [FIXTURE, "--socket", self.path, *args]
        if tls:
            command += ["--tls", "127.0.0.1:0", "--cert", tls["server.pem"], "--key", tls["server.key"], "--client-ca", tls["ca.pem"]]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env=ENVIRONMENT)
        self.port = int(self.process.stdout.readline().split("port=")[1])

    def connect(self):
        s = socket.socket(socket.AF_UNIX)
        s.settimeout(20)
        s.connect(self.path)
        return s

    def counters(self):
        return ask(self.connect(), b"GET /counters HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n").json()

    def resident(self, name="VmHWM"):
        with open("/proc/%d/status" % self.process.pid) as f:
            return int(re.search(name + r":\s*(\d+) kB", f.read()).group(1)) // 1024

    def text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=20)
        text = self.text()
        assert code == 0, text  # also what the sanitizers say of leaks
        assert "ERROR: " not in text and "error=" not in text.replace("error=answered-twice", "").replace(
            "error=bad-answer-header", "").replace("error=answer-too", ""), text


@pytest.fixture
def start(tmp_path):
    servers = []

    def begin(*args, tls=None):
        folder = tmp_path / str(len(servers))
        folder.mkdir()
        servers.append(Server(folder, *args, tls=tls))
        return servers[-1]

    yield begin
    for s in servers:
        s.stop()


@pytest.fixture
def server(start):
    return start()


class Answer:
    def __init__(self, code, fields, body, rest):
        self.code, self.fields, self.body, self.rest = code, fields, body, rest

    def json(self):
        return json.loads(self.body)


class Reader:
    """Reads answers off a socket, strictly enough to see a framing that is wrong."""

    def __init__(self, s):
        self.s, self.data = s, b""

    def more(self):
        piece = self.s.recv(1 << 16)
        if not piece:
            raise EOFError(self.data)
        self.data += piece

    def until(self, end):
        while end not in self.data:
            self.more()
        head, self.data = self.data.split(end, 1)
        return head

    def take(self, n):
        while len(self.data) < n:
            self.more()
        piece, self.data = self.data[:n], self.data[n:]
        return piece

    def head(self):
        lines = self.until(b"\r\n\r\n").split(b"\r\n")
        m = re.fullmatch(rb"HTTP/1\.1 (\d{3}) [ -~]*", lines[0])
        assert m, lines
        fields = {}
        for line in lines[1:]:
            name, value = line.split(b": ", 1)
            fields[name.lower().decode()] = value.decode()
        return int(m.group(1)), fields

    def answer(self, head_only=False):
        code, fields = self.head()
        body = b""
        if head_only or code in (204, 304) or code < 200:
            pass
        elif "content-length" in fields:
            body = self.take(int(fields["content-length"]))
        elif fields.get("transfer-encoding") == "chunked":
            while True:
                n = int(self.until(b"\r\n"), 16)
                body += self.take(n)
                assert self.take(2) == b"\r\n"
                if n == 0:
                    break
        else:
            try:
                while True:
                    self.more()
            except EOFError:
                body, self.data = self.data, b""
        return Answer(code, fields, body, self.data)

    def ended(self):
        """True when the server closes now, without another byte."""
        if self.data:
            return False
        try:
            return self.s.recv(1) == b""
        except ConnectionResetError:
            return True


def ask(s, request, **kw):
    s.sendall(request)
    return Reader(s).answer(**kw)


def get(target, *fields):
    return b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"".join(f + b"\r\n" for f in fields) + b"\r\n"


def post(target, body, *fields):
    return b"POST " + target + b" HTTP/1.1\r\n" + HOST + b"".join(f + b"\r\n" for f in fields) + \
        b"Content-Length: %d\r\n\r\n" % len(body) + body


JSON = b"Content-Type: application/json"

# ---- requests and answers ----


def test_echo(server):
    a = ask(server.connect(), get(b"/echo/15%2FQ%C4%90?q=c%C3%B4ng+v%C4%83n", b"X-Test: y", b"Accept-Language: en-GB,vi;q=0.5"))
    assert a.code == 200
    assert a.json() == {"method": "GET", "path": "/echo/15/QĐ", "q": "công văn", "id": "15/QĐ", "x": "y", "language": "en",
                        "peer": "unix", "uid": os.getuid(), "cert": "", "identity": None}
    assert a.fields["content-type"] == "application/json"
    assert a.fields["cache-control"] == "no-store" and a.fields["x-content-type-options"] == "nosniff"
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", a.fields["date"])


@pytest.mark.parametrize("header,want", [(None, "vi"), (b"vi", "vi"), (b"en", "en"), (b"fr", "vi"), (b"fr, en;q=0.3", "en"),
                                         (b"en;q=0.2, vi;q=0.9", "vi"), (b"en;q=0, fr", "vi"), (b"EN-us", "en")])
def test_language(server, header, want):
    a = ask(server.connect(), get(b"/echo", *([b"Accept-Language: " + header] if header else [])))
    assert a.json()["language"] == want


def test_keep_alive_and_pipelining(server):
    s = server.connect()
    r = Reader(s)
    for i in range(3):
        s.sendall(get(b"/echo/%d" % i))
        assert r.answer().json()["id"] == str(i)
    # answers in order, whatever takes longer
    s.sendall(get(b"/wait?ms=150") + get(b"/small") + post(b"/json", b'{"n":1}', JSON) + get(b"/wait?ms=1") +
              post(b"/stream", b"abc") + get(b"/echo/last"))
    assert r.answer().json() == {"waited": 150}
    assert r.answer().json() == {"ok": True}
    assert r.answer().json() == {"n": 1}
    assert r.answer().json() == {"waited": 1}
    assert r.answer().json()["bytes"] == 3
    assert r.answer().json()["id"] == "last"


def test_many_pipelined(server):
    s = server.connect()
    r = Reader(s)
    s.sendall(b"".join(get(b"/echo/%d" % i) for i in range(500)))
    for i in range(500):
        assert r.answer().json()["id"] == str(i)


def test_every_cut(server):
    """A request byte by byte, and at odd places, gives the same answer."""
    request = post(b"/json", b'{"a":1}', JSON) + get(b"/small")
    s = server.connect()
    r = Reader(s)
    for n in (1, 3, 7):
        for i in range(0, len(request), n):
            s.sendall(request[i:i + n])
            if n == 7:
                time.sleep(0.001)
        assert r.answer().json() == {"a": 1}
        assert r.answer().json() == {"ok": True}


def test_close_and_http_1_0(server):
    for request in (get(b"/small", b"Connection: close"), b"GET /small HTTP/1.0\r\n\r\n",
                    b"GET /small HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"):
        s = server.connect()
        s.sendall(request + get(b"/small"))  # what follows is not answered
        r = Reader(s)
        a = r.answer()
        assert a.code == 200 and a.fields["connection"] == "close"
        assert r.ended()
    s = server.connect()
    a = ask(s, b"GET /big?bytes=100000&chunked=1 HTTP/1.0\r\n\r\n")  # no chunks in HTTP/1.0
    assert "transfer-encoding" not in a.fields and len(a.body) == 100000


def test_half_closed_client_still_gets_its_answers(server):
    s = server.connect()
    s.sendall(get(b"/wait?ms=100") + get(b"/small"))
    s.shutdown(socket.SHUT_WR)
    r = Reader(s)
    assert r.answer().json() == {"waited": 100}
    assert r.answer().json() == {"ok": True}
    assert r.ended()


def test_head(server):
    s = server.connect()
    r = Reader(s)
    s.sendall(b"HEAD /small HTTP/1.1\r\n" + HOST + b"\r\n" + b"HEAD /big?bytes=7 HTTP/1.1\r\n" + HOST + b"\r\n" +
              b"HEAD /big?bytes=7&chunked=1 HTTP/1.1\r\n" + HOST + b"\r\n" + b"HEAD /none HTTP/1.1\r\n" + HOST + b"\r\n" +
              b"HEAD /events HTTP/1.1\r\n" + HOST + b"\r\n" + get(b"/small"))
    assert r.answer(head_only=True).fields["content-length"] == "11"
    assert r.answer(head_only=True).fields["content-length"] == "7"
    assert r.answer(head_only=True).fields["transfer-encoding"] == "chunked"
    assert r.answer(head_only=True).code == 404
    assert r.answer(head_only=True).fields["content-type"] == "text/event-stream"
    assert r.answer().json() == {"ok": True}


def test_answer_headers_are_checked(server):
    a = ask(server.connect(), get(b"/empty"))
    assert a.code == 204 and a.fields["x-test"] == "a"
    assert "x-bad" not in a.fields and "x-injected" not in a.fields and "content-length" not in a.fields


def test_answered_twice_does_not_confuse_the_client(server):
    s = server.connect()
    r = Reader(s)
    s.sendall(get(b"/twice") + get(b"/small"))
    assert r.answer().code == 204
    assert r.answer().json() == {"ok": True}


@pytest.mark.parametrize("target", [b"/abort", b"/short", b"/long"])
def test_broken_off_answer_is_seen_as_such(server, target):
    s = server.connect()
    s.sendall(get(target))
    r = Reader(s)
    try:
        code, fields = r.head()
        assert code == 200
        with pytest.raises((EOFError, ConnectionResetError)):
            r.take(int(fields["content-length"]))
            assert target == b"/long"  # nothing of the surplus is sent
            raise EOFError
    except (EOFError, ConnectionResetError):
        pass
    assert ask(server.connect(), get(b"/small")).code == 200


def test_range_and_etag(server):
    whole = bytes(97 + i % 26 for i in range(1000))
    for value, code, body in ((b"bytes=0-9", 206, whole[:10]), (b"bytes=990-", 206, whole[990:]), (b"bytes=-5", 206, whole[-5:]),
                              (b"bytes=-5000", 206, whole), (b"bytes=999-5000", 206, whole[999:]), (b"bytes=1000-", 416, None),
                              (b"bytes=-0", 416, None), (b"bytes=9-0", 200, whole), (b"bytes=0-1,3-4", 200, whole),
                              (b"lines=0-9", 200, whole), (b"bytes=+1-2", 200, whole), (b"bytes=99999999999999999999-", 200, whole)):
        a = ask(server.connect(), get(b"/file", b"Range: " + value))
        assert a.code == code, value
        if body is not None:
            assert a.body == body
        if code == 206:
            first = whole.index(body) if len(body) < 1000 and body[:1] == whole[:1] and len(body) == 10 else 1000 - len(body)
            assert a.fields["content-range"] == "bytes %d-%d/1000" % (first, first + len(body) - 1)
    assert ask(server.connect(), get(b"/file", b"Range: bytes=0-9", b'If-Range: "v0"')).code == 200
    for tag, code in ((b'"v1"', 304), (b'W/"v1"', 304), (b'"a", "v1"', 304), (b"*", 304), (b'"v2"', 200), (b"v1", 200)):
        a = ask(server.connect(), get(b"/file", b"If-None-Match: " + tag))
        assert a.code == code and a.fields["etag"] == '"v1"'


# ---- refusals ----


def problem(a, code, name):
    assert a.code == code, a.body
    assert a.fields["content-type"] == "application/problem+json"
    p = a.json()
    assert p["status"] == code and p["code"] == name and p["type"] == "urn:congvan:" + name and p["title"]
    assert isinstance(p["findings"], list) and p["instance"].startswith("urn:congvan:call:")
    return p


def test_problem(server):
    p = problem(ask(server.connect(), get(b"/problem", b"Accept-Language: en")), 422, "status.invalid")
    assert p["detail"] == "A configuration value is not valid (line 3)"
    assert p["findings"][1] == {"severity": "error", "code": "conf.value", "text": "A configuration value is not valid",
                                "where": "line 3", "got": "seven", "want": "7", "clause": "RFC 1 2.3"}
    assert "không hợp lệ" in problem(ask(server.connect(), get(b"/problem")), 422, "status.invalid")["title"]


def test_routes(server):
    s = server.connect()
    r = Reader(s)
    for request, code, name in ((get(b"/none"), 404, "http.path.unknown"), (get(b"/small/"), 404, "http.path.unknown"),
                                (get(b"/small/../echo"), 400, "http.target.encoding"), (get(b"/echo/%ff"), 400, "http.target.encoding"),
                                (get(b"/echo?q=%zz"), 400, "http.target.encoding"), (get(b"/echo?&"), 400, "http.target.encoding"),
                                (b"DELETE /small HTTP/1.1\r\n" + HOST + b"\r\n", 405, "http.method.not-allowed"),
                                (b"BREW /small HTTP/1.1\r\n" + HOST + b"\r\n", 501, "http.method.unknown")):
        s.sendall(request)
        a = r.answer()
        problem(a, code, name)
        assert ("allow" in a.fields) == (code == 405)
    s.sendall(get(b"/small"))
    assert r.answer().code == 200  # none of them cost the connection


def test_bodies_that_a_route_does_not_take(server):
    s = server.connect()
    r = Reader(s)
    for request, code, name in ((b"GET /small HTTP/1.1\r\n" + HOST + b"Content-Length: 3\r\n\r\nabc", 400, "http.body.unwanted"),
                                (post(b"/json", b"{}"), 415, "http.body.type"),
                                (post(b"/json", b"{}", b"Content-Type: text/plain"), 415, "http.body.type"),
                                (post(b"/json", b"{}", b"Content-Type: application/jsonx"), 415, "http.body.type"),
                                (post(b"/json", b"{", JSON), 400, "http.json"), (post(b"/json", b"[]", JSON), 400, "http.json.object"),
                                (post(b"/json", b'{"a":1,"a":2}', JSON), 400, "http.json"),
                                (post(b"/json", b'{"a":"\\u0000"}', JSON), 400, "http.json"),
                                (post(b"/json", b'{"a":"\xff"}', JSON), 400, "http.json"),
                                (post(b"/json", b'{} x', JSON), 400, "http.json"),
                                (post(b"/json", b"[" * 4900, JSON), 400, "http.json"),
                                (post(b"/json", b"[" * 10000, JSON), 413, "http.json.values"),
                                (post(b"/json", b'{"a":[' + b"1," * 5000 + b"1]}", JSON), 413, "http.json.values"),
                                (post(b"/json", b'{"a":"' + b"x" * 20000 + b'"}', JSON), 413, "http.body.long")):
        s.sendall(request)
        problem(r.answer(), code, name)
    s.sendall(post(b"/json", b'{"a":"' + b"x" * 20000 + b'"}', JSON, b"Authorization: Bearer lan"))  # who is known may say more
    assert len(r.answer().json()["a"]) == 20000
    s.sendall(post(b"/json", b'{"a":"\\"' + b",[{:" * 2000 + b'"}', JSON))  # in a text they are no values
    assert r.answer().json() == {"a": '"' + ",[{:" * 2000}
    s.sendall(post(b"/json", b'{"a":1}', b"Content-Type: Application/JSON; charset=utf-8") + post(b"/json", b""))
    assert r.answer().json() == {"a": 1}
    assert r.answer().json() == {}


def test_limits_of_size(start):
    server = start("json_bytes=1000", "stream_bytes=5000", "head_bytes=2000", "header_count=5")
    exact = b'{"a":"' + b"x" * 992 + b'"}'
    assert len(exact) == 1000
    assert ask(server.connect(), post(b"/json", exact, JSON)).code == 200
    long = ask(server.connect(), post(b"/json", exact + b" ", JSON))
    problem(long, 413, "http.body.long")
    assert [(f["where"], f["got"], f["want"]) for f in long.json()["findings"]] == [("body", "1001", "0..1000")]
    chunked = b"Transfer-Encoding: chunked\r\n"
    problem(ask(server.connect(), b"POST /json HTTP/1.1\r\n" + HOST + JSON + b"\r\n" + chunked + b"\r\n3e9\r\n" + exact + b" "), 413, "http.body.long")
    assert ask(server.connect(), post(b"/stream", b"x" * 5000)).json()["bytes"] == 5000
    long = ask(server.connect(), b"POST /stream HTTP/1.1\r\n" + HOST + b"Content-Length: 5001\r\n\r\n")
    problem(long, 413, "http.body.long")
    assert [(f["where"], f["got"], f["want"]) for f in long.json()["findings"]] == [("body", "5001", "0..5000")]
    s = server.connect()
    long = ask(s, b"POST /stream HTTP/1.1\r\n" + HOST + chunked + b"\r\n" + b"3e8\r\n" + b"x" * 1000 + b"\r\n" + (b"3e8\r\n" + b"x" * 1000 + b"\r\n") * 5)
    problem(long, 413, "http.body.long")
    assert 5001 <= int(long.json()["findings"][0]["got"]) <= 6000  # what had come by then
    problem(ask(server.connect(), get(b"/" + b"a" * 2000)), 414, "http.target.long")
    problem(ask(server.connect(), get(b"/small", b"X: " + b"a" * 2000)), 431, "http.head.long")
    problem(ask(server.connect(), get(b"/small", *[b"X: a"] * 5)), 431, "http.field.count")


@pytest.mark.parametrize("request_bytes,name", [
    (b"GET /small HTTP/1.1\r\nHost: a\nX: b\r\n\r\n", "http.line-end"),
    (b"POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "http.length.coding"),
    (b"POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "http.length.double"),
    (b"POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "http.coding"),
    (b"POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", "http.chunk.end"),
    (b"POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "http.chunk.size"),
    (b"GET /small HTTP/1.1\r\n\r\n", "http.host.missing"), (b"GET /small HTTP/2.0\r\n", "http.version"), (b"\x16\x03\x01", "http.control"),
])
def test_refused_and_closed(server, request_bytes, name):
    s = server.connect()
    s.sendall(request_bytes + get(b"/small"))  # smuggled behind: never answered
    r = Reader(s)
    a = r.answer()
    p = problem(a, 400, name)
    assert a.fields["connection"] == "close"
    assert r.ended()
    if "chunk" not in name:
        assert p["findings"][0]["code"] == name and p["findings"][0]["clause"].startswith("RFC 9")
    assert server.counters()["refused_by_parser"] == 1


def test_needs(server):
    s = server.connect()
    r = Reader(s)
    who = b"Authorization: Bearer lan"

    def go(*fields):
        s.sendall(post(b"/write", b"{}", JSON, *fields))
        return r.answer()

    a = go()
    problem(a, 401, "status.unauthenticated")
    assert a.fields["www-authenticate"] == "Bearer"
    problem(go(b"Authorization: Bearer bad"), 401, "status.unauthenticated")
    problem(go(who), 428, "http.key.missing")
    problem(go(who, b"Idempotency-Key: a b"), 400, "http.key")
    problem(go(who, b"Idempotency-Key: " + b"a" * 201), 400, "http.key")
    problem(go(who, b"Idempotency-Key:"), 400, "http.key")
    problem(go(who, b"Idempotency-Key: k"), 428, "http.match.missing")
    assert go(who, b"Idempotency-Key: " + b"k" * 200, b'If-Match: "1"').code == 200
    s.sendall(get(b"/private", who))
    assert r.answer().json()["identity"] == "lan"
    s.sendall(get(b"/private", b"Authorization: Bearer slow") + get(b"/small"))  # found out later
    assert r.answer().json()["identity"] == "slow"
    assert r.answer().json() == {"ok": True}


def test_calls_per_identity(start):
    server = start("calls_per_identity=3")
    who = b"Authorization: Bearer lan"
    waiting = [server.connect() for _ in range(3)]
    for s in waiting:
        s.sendall(get(b"/wait?ms=600", who))
    time.sleep(0.2)
    a = ask(server.connect(), get(b"/small", who))
    problem(a, 429, "http.calls")
    assert a.fields["retry-after"] == "1"
    assert ask(server.connect(), get(b"/small", b"Authorization: Bearer minh")).code == 200
    for s in waiting:
        assert Reader(s).answer().code == 200
    assert ask(server.connect(), get(b"/small", who)).code == 200
    assert server.counters()["refused_by_limit"] == 1


# ---- bodies ----


def test_expect_continue(server):
    s = server.connect()
    r = Reader(s)
    s.sendall(b"POST /stream HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert r.answer().code == 100
    s.sendall(b"abc")
    assert r.answer().json()["bytes"] == 3
    # late is the handler: 100 comes when it wants the body
    s.sendall(b"POST /late HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert r.answer().code == 100
    s.sendall(b"abc")
    assert r.answer().json()["bytes"] == 3
    # refused: the body is not asked for, and the connection ends since nobody knows whether it comes
    s.sendall(b"POST /early HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    a = r.answer()
    assert a.code == 422 and a.fields["connection"] == "close"
    assert r.ended()


def test_chunked_body(server):
    s = server.connect()
    r = Reader(s)
    body = b"".join(b"%x\r\n%s\r\n" % (n, b"x" * n) for n in (1, 16, 255, 4096, 70000)) + b"0\r\nX-Trailer: y\r\n\r\n"
    s.sendall(b"POST /stream HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + body + get(b"/small"))
    total = 1 + 16 + 255 + 4096 + 70000
    assert r.answer().json() == {"bytes": total, "sha256": hashlib.sha256(b"x" * total).hexdigest()}
    assert r.answer().json() == {"ok": True}


def test_empty_and_late_bodies(server):
    s = server.connect()
    r = Reader(s)
    for target in (b"/stream", b"/late"):
        s.sendall(post(target, b"") + post(target, b"hello") + b"POST " + target + b" HTTP/1.1\r\n" + HOST +
                  b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        assert [r.answer().json()["bytes"] for _ in range(3)] == [0, 5, 0]


def test_early_answer_small_body_keeps_the_connection(server):
    s = server.connect()
    r = Reader(s)
    s.sendall(post(b"/early", b"x" * 30000) + get(b"/small"))
    a = r.answer()
    assert a.code == 422 and "connection" not in a.fields
    assert r.answer().json() == {"ok": True}


def test_early_answer_large_body_is_read_by_the_client(server):
    """The answer arrives although the client goes on sending: no reset destroys it."""
    s = server.connect()
    s.sendall(b"POST /early HTTP/1.1\r\n" + HOST + b"Content-Length: 2000000\r\n\r\n")
    for _ in range(20):
        s.sendall(b"x" * 100000)
        time.sleep(0.005)
    r = Reader(s)
    a = r.answer()
    assert a.code == 422 and a.fields["connection"] == "close"
    assert r.ended()


def test_answer_in_the_middle_of_a_large_body_says_close(server):
    """A handler that has read some and had enough."""
    s = server.connect()
    s.sendall(b"POST /enough HTTP/1.1\r\n" + HOST + b"Content-Length: 3000000\r\n\r\n" + b"x" * 1000)
    a = Reader(s).answer()
    assert a.code == 422 and a.fields["connection"] == "close"


def test_pause_is_back_pressure(server):
    """While the handler pauses, the sender cannot go on: little of what it sends is taken."""
    s = server.connect()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
    s.sendall(b"POST /stream?pause=300 HTTP/1.1\r\n" + HOST + b"Content-Length: 100000000\r\n\r\n")
    s.setblocking(False)
    sent, end = 0, time.time() + 1
    while time.time() < end:
        try:
            sent += s.send(b"x" * 65536)
        except BlockingIOError:
            time.sleep(0.005)
    assert 65536 < sent < 3000000
    s.close()


# ---- clients that go away ----


def wait_for(condition, seconds=5):
    end = time.time() + seconds
    while not condition():
        assert time.time() < end
        time.sleep(0.02)


def test_gone(server):
    for request in (get(b"/wait?ms=300"), get(b"/big?bytes=50000000"), get(b"/events"), get(b"/flood"), b"POST /stream HTTP/1.1\r\n" + HOST +
                    b"Content-Length: 100\r\n\r\nabc", b"POST /late HTTP/1.1\r\n" + HOST + b"Content-Length: 100\r\n\r\nabc"):
        before = server.counters()["gone"]
        s = server.connect()
        s.sendall(request)
        time.sleep(0.05)
        s.close()
        wait_for(lambda: server.counters()["gone"] == before + 1)
    for request in (b"GET /sm", get(b"/private", b"Authorization: Bearer slow"), b"POST /json HTTP/1.1\r\n" + HOST + JSON +
                    b"\r\nContent-Length: 100\r\n\r\n{"):
        s = server.connect()
        s.sendall(request)
        s.close()
    wait_for(lambda: server.counters()["connections"] == 1 and server.counters()["calls"] == 1)


# ---- long answers and event streams ----


def test_chunked_answer(server):
    for target in (b"/big?bytes=3000000&chunked=1", b"/big?bytes=3000000", b"/big?bytes=0&chunked=1", b"/big?bytes=0"):
        a = ask(server.connect(), get(target))
        assert a.body == b"x" * int(re.search(rb"=(\d+)", target).group(1))


def test_events(server):
    s = server.connect()
    r = Reader(s)
    s.sendall(get(b"/events?count=3&ms=5") + get(b"/small"))
    a = r.answer()
    assert a.fields["content-type"] == "text/event-stream"
    assert a.body == b":\n\n" + b"".join(b"event: tick\nid: %d\ndata: one\ndata: two\n\n" % i for i in (1, 2, 3))
    assert r.answer().json() == {"ok": True}


def test_event_reader_that_does_not_keep_up_is_cut(server):
    s = server.connect()
    s.sendall(get(b"/flood"))
    wait_for(lambda: server.counters()["gone"] == 1)


# ---- time ----


def closed_within(s, least, most):
    began = time.time()
    s.settimeout(most + 5)
    try:
        while s.recv(65536):
            pass
    except ConnectionResetError:
        pass
    took = time.time() - began
    assert least <= took <= most, took


def test_slow_heads(start):
    server = start("head_ms=400", "keep_alive_ms=400")
    s = server.connect()
    began = time.time()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):  # a byte every 50 ms does not help
        for b in get(b"/small", *[b"X: y"] * 20):
            s.sendall(bytes([b]))
            time.sleep(0.05)
    assert 0.3 < time.time() - began < 4
    problem(Reader(s).answer(), 408, "http.head.slow")
    s = server.connect()  # says nothing at all
    closed_within(s, 0.3, 2)
    s = server.connect()  # says nothing after its request
    assert ask(s, get(b"/small")).code == 200
    closed_within(s, 0.3, 2)
    cuts = server.counters()["cut_by_timeout"]
    assert cuts["head"] == 1 and cuts["idle"] == 2


def test_slow_bodies(start):
    server = start("body_idle_ms=300")
    for head in (b"POST /stream HTTP/1.1\r\n" + HOST + b"Content-Length: 10000\r\n\r\n",
                 b"POST /json HTTP/1.1\r\n" + HOST + JSON + b"\r\nContent-Length: 10000\r\n\r\n"):
        s = server.connect()
        s.sendall(head)
        began = time.time()
        s.setblocking(False)
        data = b""
        while not data and time.time() < began + 5:  # a byte every 20 ms is less than 4 KiB in a period
            s.send(b" ")
            time.sleep(0.02)
            try:
                data = s.recv(4096)
            except BlockingIOError:
                pass
        assert data.startswith(b"HTTP/1.1 408 ") and 0.2 < time.time() - began < 2
    # steady, though longer than one period in all
    s = server.connect()
    s.sendall(b"POST /stream HTTP/1.1\r\n" + HOST + b"Content-Length: 100000\r\n\r\n")
    for _ in range(20):
        s.sendall(b"x" * 5000)
        time.sleep(0.05)
    assert Reader(s).answer().code == 201
    # a handler that pauses is not the client's fault
    s = server.connect()
    assert ask(s, post(b"/stream?pause=500", b"x" * 200000)).code == 201
    assert server.counters()["cut_by_timeout"]["body"] == 2


def test_slow_readers(start):
    server = start("write_idle_ms=300")
    s = server.connect()
    s.sendall(get(b"/big?bytes=30000000"))
    wait_for(lambda: server.counters()["cut_by_timeout"]["write"] == 1)
    assert server.counters()["gone"] == 1
    s = server.connect()  # slow, but it moves
    s.sendall(get(b"/big?bytes=2000000"))
    got = 0
    while got < 2000000:
        got += len(s.recv(100000))
        time.sleep(0.05)
    assert server.counters()["cut_by_timeout"]["write"] == 1


def test_connection_limit(start):
    server = start("connections=10", "head_ms=5000")
    busy = [server.connect() for _ in range(9)]
    for s in busy:
        s.sendall(b"GET /sm")
    time.sleep(0.1)
    idle = server.connect()
    assert ask(idle, get(b"/small")).code == 200
    s = server.connect()  # the idle one makes room
    assert ask(s, get(b"/small")).code == 200
    assert idle.recv(1) == b""
    s.sendall(b"GET /sm")
    time.sleep(0.1)
    a = Reader(server.connect()).answer()  # nobody can make room
    assert a.code == 503 and a.fields["retry-after"] == "1" and json.loads(a.body)["code"] == "http.connections"
    for s in busy:
        s.sendall(b"all HTTP/1.1\r\n" + HOST + b"\r\n")
        assert Reader(s).answer().code == 200
    counters = server.counters()
    assert counters["connections_refused"] == 1 and counters["connections_evicted"] >= 1


# ---- stopping ----


def test_graceful_stop(start):
    server = start()
    idle, waiting, pipelined, events, uploading = (server.connect() for _ in range(5))
    assert ask(idle, get(b"/small")).code == 200
    waiting.sendall(get(b"/wait?ms=500"))
    pipelined.sendall(get(b"/wait?ms=500") + get(b"/small"))
    events.sendall(get(b"/events"))
    uploading.sendall(b"POST /stream HTTP/1.1\r\n" + HOST + b"Content-Length: 6\r\n\r\nabc")
    time.sleep(0.2)
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.1)
    with pytest.raises((ConnectionRefusedError, FileNotFoundError)):
        server.connect()
    assert idle.recv(1) == b""
    uploading.sendall(b"def")
    assert Reader(uploading).answer().json()["bytes"] == 6
    for s in (waiting, pipelined):
        r = Reader(s)
        a = r.answer()
        assert a.json() == {"waited": 500} and a.fields["connection"] == "close"
        assert r.ended()
    assert Reader(events).answer().code == 200  # ended properly, with its last chunk
    assert server.process.wait(timeout=5) == 0
    assert not os.path.exists(server.path)


def test_forced_stop(start):
    server = start()
    s = server.connect()
    s.sendall(get(b"/wait?ms=3000"))
    time.sleep(0.1)
    began = time.time()
    server.process.send_signal(signal.SIGTERM)
    closed_within(s, 1.5, 3)  # the fixture gives two seconds
    assert server.process.wait(timeout=5) == 0  # and waits for its own handler
    assert 2.5 < time.time() - began < 5


def test_socket_file(start, tmp_path):
    server = start()
    assert os.stat(server.path).st_mode & 0o777 == 0o600
    second = subprocess.run([FIXTURE, "--socket", server.path], capture_output=True, text=True)
    assert second.returncode == 1 and "http.listen" in second.stderr  # in use: left alone
    assert ask(server.connect(), get(b"/small")).code == 200
    server.process.send_signal(signal.SIGKILL)
    server.process.wait()
    assert os.path.exists(server.path)
    again = start()
    again.stop()
    third = subprocess.Popen([FIXTURE, "--socket", server.path], stdout=subprocess.PIPE, text=True)
    assert third.stdout.readline().startswith("ready")  # a stale file is replaced
    third.send_signal(signal.SIGTERM)
    assert third.wait() == 0
    server.process = third


def test_access_log_has_no_query(server):
    ask(server.connect(), get(b"/echo/x?q=secret-word", b"Connection: close", b"Authorization: Bearer secret-token"))
    time.sleep(0.1)
    line = [x for x in server.text().splitlines() if "path=/echo/x" in x][0]
    assert re.search(r" info call=\d+ method=GET path=/echo/x status=200 ms=[\d.]+ in=0 out=\d+ peer=unix uid=%d$" % os.getuid(), line)
    assert "secret" not in server.text()


# ---- memory ----


@pytest.mark.parametrize("target", [b"/stream", b"/stream?pause=1"])
def test_upload_of_200_mb_in_little_memory(server, target):
    before = server.resident()
    block, count = b"\x5a" * (1 << 20), 200 if target == b"/stream" else 20
    s = server.connect()
    s.settimeout(120)
    s.sendall(b"POST " + target + b" HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % (count << 20))
    digest = hashlib.sha256()
    for _ in range(count):
        s.sendall(block)
        digest.update(block)
    assert Reader(s).answer().json() == {"bytes": count << 20, "sha256": digest.hexdigest()}
    assert server.resident() - before < (24 if SANITIZED else 4)


@pytest.mark.parametrize("more", [b"", b"&chunked=1"])
def test_download_of_200_mb_in_little_memory(server, more):
    before = server.resident()
    s = server.connect()
    s.settimeout(120)
    s.sendall(get(b"/big?bytes=%d" % (200 << 20) + more, b"Connection: close"))
    got, slow = 0, 0
    while True:
        piece = s.recv(1 << 20)
        if not piece:
            break
        got += len(piece)
        slow += 1
        if slow % 100 == 0:
            time.sleep(0.01)  # now and then slower than the source
    assert got >= 200 << 20
    assert server.resident() - before < (24 if SANITIZED else 4)


def test_idle_connections_are_small(server):
    count = 1000
    before = server.resident("VmRSS")
    idle = [server.connect() for _ in range(count)]
    for s in idle:
        assert ask(s, get(b"/small")).code == 200
    per = (server.resident("VmRSS") - before) * 1024 / count
    assert per < (30 if SANITIZED else 4)  # KiB; tests/bench/bench_http measures it properly
    assert server.counters()["connections"] == count + 1


# ---- TLS ----


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    d = tmp_path_factory.mktemp("pki")

    def openssl(*args):
        subprocess.run(["openssl", *args], check=True, cwd=d, capture_output=True)

    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "3"]
    for ca in ("ca", "other"):
        openssl("req", "-x509", *ec, "-subj", "/CN=" + ca, "-keyout", ca + ".key", "-out", ca + ".pem")
    for name, ca, more in (("server", "ca", ["-addext", "subjectAltName=IP:127.0.0.1"]), ("client", "ca", []), ("stranger", "other", [])):
        openssl("req", "-x509", *ec, "-subj", "/CN=" + name, "-CA", ca + ".pem", "-CAkey", ca + ".key", "-addext",
                "basicConstraints=critical,CA:FALSE", *more, "-keyout", name + ".key", "-out", name + ".pem")
    return {f.name: str(f) for f in d.iterdir()}


def tls(server, pki, client=None, version=ssl.TLSVersion.TLSv1_3, alpn=None):
    context = ssl.create_default_context(cafile=pki["ca.pem"])
    context.maximum_version = version
    if alpn:
        context.set_alpn_protocols(alpn)
    if client:
        context.load_cert_chain(pki[client + ".pem"], pki[client + ".key"])
    s = socket.create_connection(("127.0.0.1", server.port))
    s.settimeout(20)
    return context.wrap_socket(s, server_hostname="127.0.0.1")


def test_tls(start, pki):
    server = start(tls=pki)
    s = tls(server, pki, alpn=["http/1.1"])
    assert s.version() == "TLSv1.3" and s.selected_alpn_protocol() == "http/1.1"
    r = Reader(s)
    s.sendall(get(b"/echo") + get(b"/wait?ms=50") + get(b"/small"))
    a = r.answer().json()
    assert re.fullmatch(r"127\.0\.0\.1:\d+", a["peer"]) and a["cert"] == ""
    assert r.answer().json() == {"waited": 50}
    assert r.answer().json() == {"ok": True}
    body = os.urandom(3000000)
    s.sendall(post(b"/stream?pause=1", body))
    assert r.answer().json() == {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    s.sendall(get(b"/big?bytes=5000000&chunked=1"))
    assert r.answer().body == b"x" * 5000000
    for n in (1, 16384, 16385, 65536, 65537):  # around the sizes of records and of our buffer
        s.sendall(post(b"/late", b"y" * n) + get(b"/small"))
        assert r.answer().json()["bytes"] == n
        assert r.answer().json() == {"ok": True}


def test_tls_client_certificate(start, pki):
    server = start(tls=pki)
    der = ssl.PEM_cert_to_DER_cert(open(pki["client.pem"]).read())
    s = tls(server, pki, "client")
    assert ask(s, get(b"/echo")).json()["cert"] == hashlib.sha256(der).hexdigest()
    with pytest.raises((ssl.SSLError, ConnectionResetError, EOFError)):
        ask(tls(server, pki, "stranger"), get(b"/echo"))
    assert ask(tls(server, pki), get(b"/echo")).json()["cert"] == ""


def test_tls_resumption_keeps_the_certificate(start, pki):
    server = start(tls=pki)
    context = ssl.create_default_context(cafile=pki["ca.pem"])
    context.load_cert_chain(pki["client.pem"], pki["client.key"])
    session, certs = None, []
    for _ in range(2):
        raw = socket.create_connection(("127.0.0.1", server.port))
        s = context.wrap_socket(raw, server_hostname="127.0.0.1", session=session)
        certs.append(ask(s, get(b"/echo")).json()["cert"])
        reused, session = s.session_reused, s.session
        s.close()
    assert reused and certs[0] == certs[1] != ""


def test_tls_refuses_old_versions_and_other_protocols(start, pki):
    server = start(tls=pki)
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        tls(server, pki, version=ssl.TLSVersion.TLSv1_2)
    with pytest.raises((ssl.SSLError, ConnectionResetError)):
        tls(server, pki, alpn=["h2"])
    s = socket.create_connection(("127.0.0.1", server.port))
    s.settimeout(5)
    s.sendall(get(b"/small"))  # plain text on the TLS port
    try:
        data = b""
        while piece := s.recv(1000):
            data += piece
    except ConnectionResetError:
        pass
    assert b"HTTP" not in data
    wait_for(lambda: server.counters()["connections"] == 1)


def test_tls_slow_handshake_and_silence(start, pki):
    server = start("tls_handshake_ms=300", "keep_alive_ms=300", tls=pki)
    s = socket.create_connection(("127.0.0.1", server.port))
    s.sendall(b"\x16\x03\x01\x02\x00\x01")
    closed_within(s, 0.2, 2)
    s = tls(server, pki)
    assert ask(s, get(b"/small")).code == 200
    closed_within(s, 0.2, 2)
    assert server.counters()["cut_by_timeout"]["handshake"] == 1


def test_tls_many_at_once(start, pki):
    """Handshakes are spread over turns: all come through, and what is open is served meanwhile."""
    server = start(tls=pki)
    raw = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    context = ssl.create_default_context(cafile=pki["ca.pem"])
    sockets = [context.wrap_socket(s, server_hostname="127.0.0.1", do_handshake_on_connect=False) for s in raw]
    todo = list(sockets)
    for s in sockets:
        s.setblocking(False)
    end = time.time() + 30
    while todo and time.time() < end:
        for s in list(todo):
            try:
                s.do_handshake()
                todo.remove(s)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                pass
    assert not todo
    for s in sockets:
        s.setblocking(True)
        assert ask(s, get(b"/small")).code == 200


def test_tls_half_close(start, pki):
    server = start(tls=pki)
    s = tls(server, pki)
    s.sendall(get(b"/wait?ms=100"))
    r = Reader(s)
    assert r.answer().json() == {"waited": 100}
    s.unwrap()
    wait_for(lambda: server.counters()["connections"] == 1)


def test_tls_reload(start, pki, tmp_path):
    files = {name: str(tmp_path / name) for name in ("server.pem", "server.key", "ca.pem")}
    for name, path in files.items():
        with open(pki[name]) as f, open(path, "w") as to:
            to.write(f.read())
    server = start(tls=files)
    old = tls(server, pki)
    first = old.getpeercert(True)
    with open(files["server.pem"], "w") as to, open(files["server.key"], "w") as key:
        to.write(open(pki["client.pem"]).read())
        key.write(open(pki["client.key"]).read())
    server.process.send_signal(signal.SIGHUP)
    time.sleep(0.2)
    context = ssl.create_default_context(cafile=pki["ca.pem"])
    context.check_hostname = False
    s = context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)))
    assert s.getpeercert(True) != first
    assert ask(s, get(b"/small")).code == 200
    assert ask(old, get(b"/small")).code == 200


def test_tls_bad_files(pki, tmp_path):
    (tmp_path / "empty").write_text("")
    subprocess.run(["openssl", "ec", "-in", pki["server.key"], "-aes128", "-passout", "pass:secret", "-out", str(tmp_path / "locked")],
                   check=True, capture_output=True)
    for cert, key, ca, code in ((str(tmp_path / "none"), pki["server.key"], pki["ca.pem"], "tls.certificate"),
                                (pki["server.pem"], pki["client.key"], pki["ca.pem"], "tls.key"),
                                (pki["server.pem"], str(tmp_path / "locked"), pki["ca.pem"], "tls.key"),
                                (pki["server.pem"], pki["server.key"], str(tmp_path / "empty"), "tls.client-ca")):
        r = subprocess.run([FIXTURE, "--tls", "127.0.0.1:0", "--cert", cert, "--key", key, "--client-ca", ca], capture_output=True,
                           text=True, timeout=20)
        assert r.returncode == 1 and code in r.stderr, r.stderr
    for address in ("localhost:1", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:70000", "[::1:80", "256.0.0.1:80"):
        r = subprocess.run([FIXTURE, "--tls", address, "--cert", pki["server.pem"], "--key", pki["server.key"]], capture_output=True, text=True,
                           timeout=20)
        assert r.returncode == 1 and "http.listen" in r.stderr


def test_tls_ipv6(pki, start, tmp_path):
    command = [FIXTURE, "--tls", "[::]:0", "--cert", pki["server.pem"], "--key", pki["server.key"]]
    p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = int(p.stdout.readline().split("port=")[1])
    context = ssl.create_default_context(cafile=pki["ca.pem"])
    try:
        s = context.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="127.0.0.1")
        assert ask(s, get(b"/echo")).json()["peer"].startswith("[::ffff:127.0.0.1]:")
    finally:
        p.send_signal(signal.SIGTERM)
        assert p.wait() == 0
